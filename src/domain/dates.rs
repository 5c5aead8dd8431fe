//! Dates, times of day and lengths as people type them.
//!
//! Every function takes what was typed, and today's date where the answer depends on it, and
//! answers a value or a [`DateFault`] whose line says what was wrong and what is expected. No
//! clock is read here, and no zone is known: these are dates and times on the clinic's wall.
//!
//! Where a form may be read in two ways, the calendar takes the more usual one (day first), the
//! look-up takes both, and registering a patient asks. The forms themselves are taken apart in
//! `written`; times of day and lengths are in `times`, the lines in `fault`.

mod begun;
mod fault;
mod times;
mod written;

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use self::fault::{form_fault, quoted, year_fault};
use self::written::{Written, Year, by_pattern, number, usual};

pub use self::begun::{is_day_begun, is_length_begun, is_time_begun};
pub use self::fault::{DateFault, Wanted};
pub use self::times::{parse_local, parse_minutes, parse_time};

/// The years a visit can lie in.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;
/// Nobody who comes to a desk was born before this year.
const FIRST_BIRTH_YEAR: i32 = 1880;
/// How old, in years, a birth date with a two-digit year may make somebody.
const GREATEST_AGE: i32 = 120;
/// How far back, in months, a day without a year is still looked for.
const MONTHS_BACK: u32 = 6;
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

/// Reads a day for the calendar.
///
/// Understood: `2026-12-01`, `20261201`; `1.12.2026`, `1/12/2026`, `1-12-2026` and the same with
/// a two-digit year (day first, unless the second number can only be a day); `1 dec 2026`,
/// `dec 1, 2026`; `1.12.`, `1/12` and `1 dec`, the next such day, or a past one not more than six
/// months back; `today`, `tomorrow`, `yesterday`; a weekday's name or its first three letters or
/// more, the next such day after today; `+3` and `-1` in days, `+2w` weeks, `+1m` months (the
/// last day of a shorter month).
///
/// # Errors
/// `Empty` or `Form`; `NoSuchDate`; `Year` outside 1900 to 2199.
pub fn parse_day(input: &str, today: NaiveDate) -> Result<NaiveDate, DateFault> {
    let typed = usual(input);
    let form = || form_fault(Wanted::Day, input);
    let day = match typed.as_str() {
        "today" => Some(today),
        "tomorrow" => today.succ_opt(),
        "yesterday" => today.pred_opt(),
        _ if typed.starts_with(['+', '-']) => Some(shifted(&typed, today).ok_or_else(form)?),
        _ => weekday(&typed).and_then(|weekday| next_weekday(weekday, today)),
    };
    if let Some(day) = day {
        return in_years(day);
    }
    let written = match Written::parse(&typed).ok_or_else(form)? {
        // Compact dates have the order of ISO 8601; the calendar does not guess another.
        Written::Compact(digits) if digits.len() == 8 => Some(by_pattern(&digits, "yyyymmdd")),
        Written::Compact(_) => None,
        Written::Date(date) => Some(date),
        Written::Numbers { a, b, year, .. } if b > 12 && a <= 12 => Some((b, a, year)),
        Written::Numbers { a, b, year, .. } => Some((a, b, year)),
    };
    let (day, month, year) = written.ok_or_else(form)?;
    match year {
        Some(Year { value, digits: 2 }) => date(day, month, 2000 + value),
        Some(Year { value, .. }) if YEARS.contains(&value) => date(day, month, value),
        Some(Year { value, .. }) => Err(year_fault(value, *YEARS.start(), *YEARS.end())),
        None => {
            let earliest = today.checked_sub_months(Months::new(MONTHS_BACK)).unwrap_or(today);
            // A 29 February may be eight years away.
            (today.year() - 1..=today.year() + 8)
                .filter_map(|year| NaiveDate::from_ymd_opt(year, month, day))
                .find(|date| *date >= earliest)
                .ok_or(DateFault::NoSuchDate { day, month, year: None })
                .and_then(in_years)
        }
    }
}

/// Every birth date that the text may mean, sorted: none in the future, none before 1880, and
/// none at all when the text is no date in full. For look-up, where a reading too many costs less
/// than a patient not found.
///
/// Understood: ISO; day, month and year between dots (in this order), or between slashes, hyphens
/// or spaces (month first as well); eight or six digits without separators, in any usual order;
/// month names before or after the day. A two-digit year is one of the last 120 years.
#[must_use]
pub fn birth_dates(input: &str, today: NaiveDate) -> Vec<NaiveDate> {
    let mut dates: Vec<_> = Written::parse(&usual(input))
        .map(|written| birth_readings(&written, today))
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(day, month, year)| NaiveDate::from_ymd_opt(year, month, day))
        .filter(|date| *date <= today && date.year() >= FIRST_BIRTH_YEAR)
        .collect();
    dates.sort_unstable();
    dates.dedup();
    dates
}

/// Reads a date of birth that is to be kept, in the forms of [`birth_dates`], as long as the text
/// has one reading only.
///
/// # Errors
/// `Empty` or `Form`; `NoSuchDate`; `Ambiguous` with both readings; `Future`; `Year` before 1880.
pub fn parse_birth_date(input: &str, today: NaiveDate) -> Result<NaiveDate, DateFault> {
    let form = || form_fault(Wanted::BirthDate, input);
    let written = Written::parse(&usual(input)).ok_or_else(form)?;
    let readings = birth_readings(&written, today);
    let mut dates: Vec<_> = readings
        .iter()
        .filter_map(|(day, month, year)| NaiveDate::from_ymd_opt(*year, *month, *day))
        .collect();
    if matches!(written, Written::Compact(_)) {
        // Eight digits read in another order give years such as 0412.
        dates.retain(|date| date.year() >= FIRST_BIRTH_YEAR && date.year() <= *YEARS.end());
    }
    dates.sort_unstable();
    dates.dedup();
    match (dates.as_slice(), readings.first()) {
        ([one, other, ..], _) => Err(DateFault::Ambiguous { typed: quoted(input), one: *one, other: *other }),
        ([date], _) if date.year() < FIRST_BIRTH_YEAR => {
            Err(year_fault(date.year(), FIRST_BIRTH_YEAR, today.year()))
        }
        ([date], _) if *date > today => Err(DateFault::Future(*date)),
        ([date], _) => Ok(*date),
        ([], Some((day, month, year))) if !matches!(written, Written::Compact(_)) => {
            date(*day, *month, *year)
        }
        ([], _) => Err(form()),
    }
}

/// The readings of a birth date as (day, month, year), the likeliest first; some may be days that
/// do not exist.
fn birth_readings(written: &Written, today: NaiveDate) -> Vec<(u32, u32, i32)> {
    let orders = match written {
        Written::Date(date) => vec![*date],
        Written::Numbers { a, b, year } if *b > 12 && *a <= 12 => {
            vec![(*b, *a, *year), (*a, *b, *year)]
        }
        Written::Numbers { a, b, year } => vec![(*a, *b, *year), (*b, *a, *year)],
        Written::Compact(digits) => {
            let patterns = if digits.len() == 8 {
                ["yyyymmdd", "ddmmyyyy", "mmddyyyy"]
            } else {
                ["ddmmyy", "mmddyy", "yymmdd"]
            };
            patterns.map(|pattern| by_pattern(digits, pattern)).to_vec()
        }
    };
    let mut readings = Vec::new();
    for (day, month, year) in orders {
        match year {
            None => {}
            Some(Year { value, digits: 2 }) => {
                let past = |year: &i32| {
                    let born = NaiveDate::from_ymd_opt(*year, month, day);
                    let years = today.year() - GREATEST_AGE..=today.year();
                    years.contains(year) && born.is_none_or(|born| born <= today)
                };
                let centuries = [2000 + value, 1900 + value].into_iter().filter(past);
                readings.extend(centuries.map(|year| (day, month, year)));
            }
            Some(Year { value, .. }) => readings.push((day, month, value)),
        }
    }
    readings
}

/// `+3`, `-1d`, `+2w`, `+1m`: today, moved.
fn shifted(typed: &str, today: NaiveDate) -> Option<NaiveDate> {
    let back = typed.starts_with('-');
    let amount = typed[1..].trim_start();
    let unit = amount.trim_start_matches(|c: char| c.is_ascii_digit());
    let count = number(amount.strip_suffix(unit)?, 4)?;
    let days = |count: u32| Days::new(u64::from(count));
    match (unit.trim_start(), back) {
        ("" | "d", false) => today.checked_add_days(days(count)),
        ("" | "d", true) => today.checked_sub_days(days(count)),
        ("w", false) => today.checked_add_days(days(count * 7)),
        ("w", true) => today.checked_sub_days(days(count * 7)),
        ("m", false) => today.checked_add_months(Months::new(count)),
        ("m", true) => today.checked_sub_months(Months::new(count)),
        _ => None,
    }
}

fn weekday(typed: &str) -> Option<Weekday> {
    let begins = |(name, _): &&(&str, Weekday)| typed.len() >= 3 && name.starts_with(typed);
    WEEKDAYS.iter().find(begins).map(|(_, weekday)| *weekday)
}

fn next_weekday(weekday: Weekday, today: NaiveDate) -> Option<NaiveDate> {
    today.iter_days().skip(1).find(|day| day.weekday() == weekday)
}

fn in_years(day: NaiveDate) -> Result<NaiveDate, DateFault> {
    if YEARS.contains(&day.year()) {
        Ok(day)
    } else {
        Err(year_fault(day.year(), *YEARS.start(), *YEARS.end()))
    }
}

fn date(day: u32, month: u32, year: i32) -> Result<NaiveDate, DateFault> {
    NaiveDate::from_ymd_opt(year, month, day).ok_or(DateFault::NoSuchDate { day, month, year: Some(year) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("the tests write ISO dates")
    }

    /// A Tuesday.
    fn today() -> NaiveDate {
        day("2026-12-01")
    }

    #[test]
    fn the_calendar_reads_days() {
        for (typed, expected) in [
            ("2026-12-24", "2026-12-24"),
            (" 2026/12/24 ", "2026-12-24"),
            ("20261224", "2026-12-24"),
            ("24.12.2026", "2026-12-24"),
            ("24. 12. 2026", "2026-12-24"),
            ("1.12.26", "2026-12-01"),
            ("24.12.", "2026-12-24"),
            ("24.12", "2026-12-24"),
            ("1.6.", "2026-06-01"),
            ("31.5.", "2027-05-31"),
            ("1/6", "2026-06-01"),
            ("6/24", "2026-06-24"),
            ("29.2.", "2028-02-29"),
            ("1/12/2026", "2026-12-01"),
            ("12/31/2026", "2026-12-31"),
            ("1-12-2026", "2026-12-01"),
            ("1 dec", "2026-12-01"),
            ("dec 1", "2026-12-01"),
            ("1 December 2026", "2026-12-01"),
            ("December 1st, 2026", "2026-12-01"),
            ("1. dec. 26", "2026-12-01"),
            ("2jan", "2027-01-02"),
            ("Today", "2026-12-01"),
            ("tomorrow", "2026-12-02"),
            ("yesterday", "2026-11-30"),
            ("mon", "2026-12-07"),
            ("Tuesday", "2026-12-08"),
            ("weds", ""),
            ("wed", "2026-12-02"),
            ("sunday", "2026-12-06"),
            ("+3", "2026-12-04"),
            ("-1", "2026-11-30"),
            ("−1", "2026-11-30"),
            ("+ 2w", "2026-12-15"),
            ("-1w", "2026-11-24"),
            ("+1m", "2027-01-01"),
            ("+0", "2026-12-01"),
            ("٢٤.١٢.٢٠٢٦", "2026-12-24"),
        ] {
            let read = parse_day(typed, today()).map(|day| day.to_string()).unwrap_or_default();
            assert_eq!(read, expected, "{typed}");
        }
        assert_eq!(parse_day("+1m", day("2027-01-31")), Ok(day("2027-02-28")));
    }

    #[test]
    fn the_calendar_says_what_is_wrong() {
        for (typed, line) in [
            ("", "is empty; write 2026-12-01, 1.12., mon or +3"),
            ("foo", "\"foo\" is not a date; write 2026-12-01, 1.12., mon or +3"),
            ("31.4.", "31 April does not exist; April has 30 days"),
            ("2026-04-31", "31 April does not exist; April has 30 days"),
            ("29.2.2027", "29 February 2027 does not exist; that February has 28 days"),
            ("30 feb", "30 February does not exist; February has 28 or 29 days"),
            ("1.13.2026", "there is no month 13; they go from 1 to 12"),
            ("0.1.2026", "0 January does not exist; January has 31 days"),
            ("20261301", "there is no month 13; they go from 1 to 12"),
            ("1.1.2200", "the year 2200 is outside 1900 to 2199"),
            ("1899-12-31", "the year 1899 is outside 1900 to 2199"),
            ("+9999w", "the year 2218 is outside 1900 to 2199"),
        ] {
            let fault = parse_day(typed, today()).map_err(|fault| fault.to_string());
            assert_eq!(fault, Err(line.to_owned()));
        }
        for typed in
            ["+", "+x", "+99999", "1", "1.2.3", "1.2/2026", "1--2", "mo", "1 foo 2026", "-", "2026-12"]
        {
            let fault = parse_day(typed, today());
            assert!(matches!(fault, Err(DateFault::Form { .. })), "{typed}: {fault:?}");
        }
    }

    #[test]
    fn a_birth_date_is_found_in_every_reading() {
        for (typed, expected) in [
            ("1980-04-02", "1980-04-02"),
            ("2.4.1980", "1980-04-02"),
            ("02.04.1980", "1980-04-02"),
            ("2/4/1980", "1980-02-04 1980-04-02"),
            ("2-4-1980", "1980-02-04 1980-04-02"),
            ("02 04 1980", "1980-02-04 1980-04-02"),
            ("13/4/1980", "1980-04-13"),
            ("4/13/1980", "1980-04-13"),
            ("3/3/1980", "1980-03-03"),
            ("19800402", "1980-04-02"),
            ("02041980", "1980-02-04 1980-04-02"),
            ("2.4.80", "1980-04-02"),
            ("2.4.15", "1915-04-02 2015-04-02"),
            ("2.4.05", "2005-04-02"),
            ("2 Apr 1980", "1980-04-02"),
            ("April 2, 1980", "1980-04-02"),
            ("2nd of April 1980", "1980-04-02"),
            ("2apr1980", "1980-04-02"),
            ("2-Apr-80", "1980-04-02"),
            ("1980 apr 2", "1980-04-02"),
            ("130480", "1980-04-13"),
            ("800413", "1980-04-13"),
            ("2.12.26", "1926-12-02"),
            ("1.12.2026", "2026-12-01"),
            ("2.12.2026", ""),
            ("1879-12-31", ""),
            ("1880-01-01", "1880-01-01"),
            ("31.4.1980", ""),
            ("2 apr", ""),
            ("2.4.", ""),
            ("02 04 80", ""),
            ("today", ""),
            ("smith", ""),
            ("", ""),
        ] {
            let found: Vec<_> = birth_dates(typed, today()).iter().map(NaiveDate::to_string).collect();
            assert_eq!(found.join(" "), expected, "{typed}");
        }
    }

    #[test]
    fn a_birth_date_is_kept_only_when_it_has_one_reading() {
        for (typed, expected) in [
            ("1980-04-02", "1980-04-02"),
            ("2.4.1980", "1980-04-02"),
            ("13/4/1980", "1980-04-13"),
            ("3/3/1980", "1980-03-03"),
            ("19800402", "1980-04-02"),
            ("20011980", "1980-01-20"),
            ("2 apr 80", "1980-04-02"),
            ("2026-12-01", "2026-12-01"),
        ] {
            assert_eq!(parse_birth_date(typed, today()), Ok(day(expected)), "{typed}");
        }
        for (typed, line) in [
            ("", "is empty; write 1980-04-02 or 2 Apr 1980"),
            ("foo", "\"foo\" is not a date; write 1980-04-02 or 2 Apr 1980"),
            ("2 apr", "\"2 apr\" is not a date; write 1980-04-02 or 2 Apr 1980"),
            ("99999999", "\"99999999\" is not a date; write 1980-04-02 or 2 Apr 1980"),
            ("3/4/1980", "\"3/4/1980\" may be 4 Mar 1980 or 3 Apr 1980; write 1980-03-04"),
            ("2.4.15", "\"2.4.15\" may be 2 Apr 1915 or 2 Apr 2015; write 1915-04-02"),
            ("2026-12-02", "2 December 2026 lies in the future; a birth is today or earlier"),
            ("2.4.2500", "2 April 2500 lies in the future; a birth is today or earlier"),
            ("2.4.1780", "the year 1780 is outside 1880 to 2026"),
            ("31/4/1980", "31 April does not exist; April has 30 days"),
            ("4/31/1980", "31 April does not exist; April has 30 days"),
            ("29.2.1981", "29 February 1981 does not exist; that February has 28 days"),
        ] {
            let fault = parse_birth_date(typed, today()).map_err(|fault| fault.to_string());
            assert_eq!(fault, Err(line.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn every_way_of_writing_a_day_is_read(offset in 0u64..100_000, back in 0u64..45_000) {
            let date = day("1900-01-01") + Days::new(offset);
            for form in ["%Y-%m-%d", "%-d.%-m.%Y", "%d/%m/%Y", "%-d %b %Y", "%B %-d, %Y", "%Y%m%d"] {
                let typed = date.format(form).to_string();
                prop_assert_eq!(parse_day(&typed, today()), Ok(date), "{}", typed);
            }
            let born = today() - Days::new(back);
            for form in ["%F", "%-d.%-m.%Y", "%-d.%-m.%y", "%-d/%-m/%Y", "%m/%d/%Y", "%d-%m-%Y",
                "%Y%m%d", "%d%m%Y", "%d%m%y", "%-d %b %Y", "%B %-d, %Y", "%-d%b%Y"] {
                let typed = born.format(form).to_string();
                prop_assert!(born.year() < 1907 || birth_dates(&typed, today()).contains(&born), "{}", typed);
            }
            prop_assert_eq!(parse_birth_date(&born.to_string(), today()), Ok(born));
        }

        #[test]
        fn what_is_kept_is_what_is_found(typed in "[0-9]{1,4}[-./ ]?([0-9]{1,2}|apr|feb)[-./ ]?[0-9]{0,4}") {
            if let Ok(born) = parse_birth_date(&typed, today()) {
                prop_assert_eq!(birth_dates(&typed, today()), vec![born]);
            }
        }

        #[test]
        fn any_text_gets_an_answer(typed in any::<String>(), dated in "[-+0-9./: apmhdw]{0,14}") {
            for text in [&typed, &dated] {
                let _ = parse_day(text, today());
                let _ = parse_birth_date(text, today());
                prop_assert!(birth_dates(text, today()).iter().all(|born| *born <= today()));
            }
        }
    }
}
