//! Times of day, lengths of visits, and whole moments for the command line.

use chrono::{NaiveDateTime, NaiveTime};

use crate::domain::appointment::MAX_MINUTES;

use super::fault::{DateFault, Wanted, form_fault, quoted, quoted_moment, year_fault};
use super::written::{number, usual};
use super::{YEARS, date};

/// The longest visit, in minutes.
const LONGEST: u32 = MAX_MINUTES as u32;

/// Reads a time of day in whole minutes: `9`, `9:15`, `0915`, `915`, `9.15`, `9h15`, `9pm`,
/// `9:15 am`, `noon`.
///
/// # Errors
/// `Empty` or `Form`; `NoSuchTime` for 24:00 and later and for minute 60 and later; `Seconds`.
pub fn parse_time(input: &str) -> Result<NaiveTime, DateFault> {
    let typed = closed_up(input);
    let form = || form_fault(Wanted::Time, input);
    let (clock, afternoon) = match typed.as_str() {
        "noon" => ("12", None),
        "midnight" => ("0", None),
        typed => ["a.m.", "p.m.", "am", "pm"]
            .iter()
            .find_map(|half| Some((typed.strip_suffix(half)?, Some(half.starts_with('p')))))
            .unwrap_or((typed, None)),
    };
    let parts: Vec<&str> = clock.split([':', '.', 'h']).collect();
    let (hours, minutes) = match parts.as_slice() {
        [hours, ""] if clock.ends_with('h') => (*hours, "00"),
        [hours] if hours.len() <= 2 => (*hours, "00"),
        [digits] if digits.len() <= 4 && digits.is_ascii() => digits.split_at(digits.len() - 2),
        [hours, minutes] if minutes.len() == 2 => (*hours, *minutes),
        [hours, minutes, seconds]
            if [hours, minutes, seconds].iter().all(|part| number(part, 2).is_some()) =>
        {
            return Err(DateFault::Seconds { typed: quoted(input) });
        }
        _ => return Err(form()),
    };
    let (hours, minutes) = number(hours, 2).zip(number(minutes, 2)).ok_or_else(form)?;
    let hours = match afternoon {
        None => Some(hours),
        Some(afternoon) if (1..=12).contains(&hours) => Some(hours % 12 + if afternoon { 12 } else { 0 }),
        Some(_) => None,
    };
    hours
        .and_then(|hours| NaiveTime::from_hms_opt(hours, minutes, 0))
        .ok_or_else(|| DateFault::NoSuchTime { typed: quoted(input) })
}

/// Reads a visit's length, in minutes: `30`, `30m`, `30 min`, `1h`, `1h30`, `1:30`, `1.5h`.
///
/// # Errors
/// `Empty` or `Form`; `TooShort` below 1 minute, `TooLong` above 24 hours.
pub fn parse_minutes(input: &str) -> Result<u16, DateFault> {
    let typed = closed_up(input);
    let minutes = minutes_in(&typed).ok_or_else(|| form_fault(Wanted::Length, input))?;
    match u16::try_from(minutes) {
        Ok(0) => Err(DateFault::TooShort { typed: quoted(input) }),
        Ok(short) if minutes <= LONGEST => Ok(short),
        _ => Err(DateFault::TooLong { typed: quoted(input) }),
    }
}

/// Reads `YYYY-MM-DDTHH:MM`, for the command line. A space may stand for the `T`, and seconds may
/// be written where they are 00. It is the clinic's wall-clock time, so that no zone is accepted.
///
/// # Errors
/// `Empty` or `Form`; `NoSuchDate`, `NoSuchTime`, `Seconds` or `Year` where the form is right.
pub fn parse_local(input: &str) -> Result<NaiveDateTime, DateFault> {
    let typed = usual(input);
    let form = || form_fault(Wanted::Moment, input);
    let fields = |text: &str, separator: char, lengths: &[usize]| -> Option<Vec<u32>> {
        let parts: Vec<_> = text.split(separator).collect();
        let fits = parts.iter().map(|part| part.len()).eq(lengths.iter().copied());
        parts.iter().map(|part| number(part, 4)).collect::<Option<Vec<_>>>().filter(|_| fits)
    };
    let (day, clock) = typed.split_once(['t', ' ']).ok_or_else(form)?;
    let day = fields(day, '-', &[4, 2, 2]).ok_or_else(form)?;
    let clock = fields(clock, ':', &[2, 2]).or_else(|| fields(clock, ':', &[2, 2, 2]));
    let clock = clock.ok_or_else(form)?;
    let year = i32::try_from(day[0]).map_err(|_| form())?;
    if !YEARS.contains(&year) {
        return Err(year_fault(year, *YEARS.start(), *YEARS.end()));
    }
    let day = date(day[2], day[1], year)?;
    let time = NaiveTime::from_hms_opt(clock[0], clock[1], 0)
        .ok_or_else(|| DateFault::NoSuchTime { typed: quoted_moment(input) })?;
    if clock.get(2).is_some_and(|seconds| *seconds != 0) {
        return Err(DateFault::Seconds { typed: quoted_moment(input) });
    }
    Ok(day.and_time(time))
}

/// The minutes of a length without white space, however many they are; `None` when it is no
/// length. A negative length counts as none at all, which is too short rather than unreadable.
fn minutes_in(typed: &str) -> Option<u32> {
    if let Some(positive) = typed.strip_prefix('-') {
        let readable = !positive.starts_with('-') && minutes_in(positive).is_some();
        return readable.then_some(0);
    }
    if let Some((hours, minutes)) = typed.split_once(':') {
        let minutes = number(minutes, 2).filter(|part| *part < 60 && minutes.len() == 2)?;
        return Some(count(hours)?.saturating_mul(60).saturating_add(minutes));
    }
    let end = typed.find(|c: char| !matches!(c, '0'..='9' | '.' | ',')).unwrap_or(typed.len());
    let (amount, unit) = typed.split_at(end);
    match unit {
        "" | "m" | "min" | "mins" | "minute" | "minutes" => return count(amount),
        _ => {}
    }
    let rest = ["hours", "hour", "hrs", "hr", "h"].iter().find_map(|name| unit.strip_prefix(name))?;
    let (whole, fraction) = amount.split_once(['.', ',']).unwrap_or((amount, ""));
    let hours = count(whole)?.saturating_mul(60);
    if fraction.is_empty() && whole.len() == amount.len() {
        let minutes = rest.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let named = &rest[minutes.len()..];
        return match (minutes, named) {
            ("", "") => Some(hours),
            (_, "" | "m" | "min" | "mins" | "minutes") => {
                Some(hours.saturating_add(number(minutes, 2).filter(|part| *part < 60)?))
            }
            _ => None,
        };
    }
    // 1.25h is 75 minutes; a fraction that is no whole minute is a slip of the finger.
    let parts = number(fraction, 2)? * 60;
    let scale = if fraction.len() == 1 { 10 } else { 100 };
    (rest.is_empty() && parts % scale == 0).then(|| hours.saturating_add(parts / scale))
}

/// Without white space, but for that between two digits, which would become another number.
fn closed_up(input: &str) -> String {
    let mut closed = String::with_capacity(input.len());
    for word in usual(input).split(' ') {
        let digit = |c: char| c.is_ascii_digit();
        if closed.ends_with(digit) && word.starts_with(digit) {
            closed.push(' ');
        }
        closed.push_str(word);
    }
    closed
}

/// A count of any size, as far as it can matter.
fn count(digits: &str) -> Option<u32> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| digits.parse().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_of_day_are_read() {
        for (typed, expected) in [
            ("9", "09:00"),
            ("09", "09:00"),
            ("0", "00:00"),
            ("9:15", "09:15"),
            ("09:15", "09:15"),
            ("0915", "09:15"),
            ("915", "09:15"),
            ("9.15", "09:15"),
            ("9h15", "09:15"),
            ("9h", "09:00"),
            ("9pm", "21:00"),
            ("9 PM", "21:00"),
            ("9:15 a.m.", "09:15"),
            ("12am", "00:00"),
            ("12 pm", "12:00"),
            ("noon", "12:00"),
            ("midnight", "00:00"),
            ("23:59", "23:59"),
            ("٩:١٥", "09:15"),
        ] {
            let read = parse_time(typed).map(|time| time.format("%H:%M").to_string());
            assert_eq!(read.as_deref(), Ok(expected), "{typed}");
        }
    }

    #[test]
    fn what_is_no_time_is_said() {
        for (typed, line) in [
            ("", "is empty; write 9:15, 0915 or 9pm"),
            ("foo", "\"foo\" is not a time of day; write 9:15, 0915 or 9pm"),
            ("9:60", "\"9:60\" is not on the clock, which goes from 0:00 to 23:59"),
            ("9:15:00", "\"9:15:00\" has seconds; times are whole minutes, like 09:30"),
        ] {
            assert_eq!(parse_time(typed).map_err(|fault| fault.to_string()), Err(line.to_owned()));
        }
        for typed in ["24:00", "25", "2400", "960", "13pm", "0am"] {
            let fault = parse_time(typed);
            assert!(matches!(fault, Err(DateFault::NoSuchTime { .. })), "{typed}: {fault:?}");
        }
        for typed in ["9:5", "9:", ":15", "12345", "-9", "pm", "9:15x", "100:00", "9,15", "é", "1:2:x"] {
            let fault = parse_time(typed);
            assert!(matches!(fault, Err(DateFault::Form { .. })), "{typed}: {fault:?}");
        }
    }

    #[test]
    fn lengths_are_read() {
        for (typed, expected) in [
            ("30", 30),
            ("30m", 30),
            ("30 min", 30),
            ("45 minutes", 45),
            ("1h", 60),
            ("2 hours", 120),
            ("1h30", 90),
            ("1h 30m", 90),
            ("1 h 5 min", 65),
            ("1:30", 90),
            ("0:45", 45),
            ("1.5h", 90),
            ("1,5 h", 90),
            ("0.25h", 15),
            ("24h", 1440),
            ("1", 1),
        ] {
            assert_eq!(parse_minutes(typed), Ok(expected), "{typed}");
        }
        for (typed, line) in [
            ("", "is empty; write 30, 45m, 1h30 or 1:30"),
            ("foo", "\"foo\" is not a length; write 30, 45m, 1h30 or 1:30"),
            ("0", "0 is too short; a visit lasts from 1 minute to 24 hours"),
            ("-30", "-30 is too short; a visit lasts from 1 minute to 24 hours"),
            ("25h", "25h is too long; a visit lasts from 1 minute to 24 hours"),
            ("1441", "1441 is too long; a visit lasts from 1 minute to 24 hours"),
            ("99999999999", "99999999999 is too long; a visit lasts from 1 minute to 24 hours"),
        ] {
            assert_eq!(parse_minutes(typed).map_err(|fault| fault.to_string()), Err(line.to_owned()));
        }
        for typed in
            ["1:75", "1:5", "1h75", "1.5", "1.33h", "h", "1.h", "1.5h30", "1x", "--1", "1h30x", "1 30"]
        {
            let fault = parse_minutes(typed);
            assert!(matches!(fault, Err(DateFault::Form { .. })), "{typed}: {fault:?}");
        }
    }

    #[test]
    fn moments_are_read_strictly() {
        for typed in ["2026-12-01T09:30", "2026-12-01 09:30", " 2026-12-01t09:30:00 "] {
            let read = parse_local(typed).map(|moment| moment.to_string());
            assert_eq!(read.as_deref(), Ok("2026-12-01 09:30:00"));
        }
        for (typed, line) in [
            ("", "is empty; write 2026-12-01T09:30"),
            ("2026-12-01", "\"2026-12-01\" is not a date and time; write 2026-12-01T09:30"),
            ("2026-12-01T9:30", "\"2026-12-01T9:30\" is not a date and time; write 2026-12-01T09:30"),
            ("2026-12-01T09:30Z", "\"2026-12-01T09:30Z\" is not a date and time; write 2026-12-01T09:30"),
            ("1.12.2026 09:30", "\"1.12.2026 09:30\" is not a date and time; write 2026-12-01T09:30"),
            ("2026-02-29T09:30", "29 February 2026 does not exist; that February has 28 days"),
            ("2026-13-01T09:30", "there is no month 13; they go from 1 to 12"),
            ("2026-04-31T25:30", "31 April does not exist; April has 30 days"),
            ("2026-12-01T24:00", "\"2026-12-01T24:00\" is not on the clock, which goes from 0:00 to 23:59"),
            (
                "2026-12-01T09:30:15",
                "\"2026-12-01T09:30:15\" has seconds; times are whole minutes, like 09:30",
            ),
            ("3026-12-01T09:30", "the year 3026 is outside 1900 to 2199"),
        ] {
            assert_eq!(parse_local(typed).map_err(|fault| fault.to_string()), Err(line.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn every_minute_is_read_in_every_form(minute in 0u32..1440) {
            let time = NaiveTime::from_hms_opt(minute / 60, minute % 60, 0).expect("less than a day");
            for form in ["%H:%M", "%-H:%M", "%H%M", "%-H.%M", "%Hh%M", "%I:%M %p", "%-I%M%P"] {
                let typed = time.format(form).to_string();
                prop_assert_eq!(parse_time(&typed), Ok(time), "{}", typed);
            }
            if minute > 0 {
                for typed in [format!("{minute}"), format!("{}:{:02}", minute / 60, minute % 60),
                    format!("{}h{}m", minute / 60, minute % 60)] {
                    prop_assert_eq!(parse_minutes(&typed).map(u32::from), Ok(minute), "{}", typed);
                }
            }
        }

        #[test]
        fn any_text_gets_an_answer(typed in any::<String>(), clock in "[-+0-9.,:Tt apmhé]{0,17}") {
            for text in [&typed, &clock] {
                let _ = (parse_time(text), parse_local(text));
                prop_assert!(parse_minutes(text).is_ok_and(|minutes| (1..=1440).contains(&minutes))
                    || parse_minutes(text).is_err());
            }
        }
    }
}
