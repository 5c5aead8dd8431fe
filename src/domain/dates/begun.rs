//! Whether what is typed so far may still become something right: until it cannot, nobody who is
//! typing is told that it is wrong.
//!
//! Decided by trying: the text is completed in each way that its form may go on, and where none of
//! these is read, none ever will be. Of digits that may be typed next, those that fit nearly anywhere
//! stand for all.

use chrono::NaiveDate;

use super::written::{MONTHS, usual};
use super::{WEEKDAYS, parse_day, parse_minutes, parse_time};

/// How a clock may go on: with the rest of an hour, of minutes, of a half of the day.
const CLOCKS: [&str; 10] = ["0", "00", ":00", "0:00", "m", "pm", ".m.", "m.", ".", "0pm"];

/// How a length may go on.
const LENGTHS: [&str; 9] = ["0", "1", "5", "00", "30", ":30", "h", "5h", ".5h"];

/// How a date may go on: with a day, a month or a year, the rest of eight digits in a row, the ending
/// of an ordinal. Of the years that are completed here, one that has a 29 February is always one.
const DATES: [&str; 54] = [
    "0", "1", "2", "4", "8", "01", "04", "12", "28", "904", "001", "028", "101", "104", "0101", "2028",
    "00101", ".", ".1", ".1.", "1.", "1.1", "1.2028", "/1", "/1/", "1/1", "1/2028", "/2028", "-01", "-1",
    "-01-01", "01-01", "1-01", "1-1", "-1-2028", "1-2028", "-2028", " 1", "1 1", " 1 2028", "1 2028",
    " 2028", "12/1", "t", "d", "h", " jan", "t jan", "d jan", "h jan", "f jan", " of jan", "c", "w",
];

/// How a date may go on behind the name of a month.
const NAMED: [&str; 3] = ["", " 1", " 2028"];

/// Whether a text is a day for the calendar, or the beginning of one.
#[must_use]
pub fn is_day_begun(typed: &str, today: NaiveDate) -> bool {
    let is_right = |text: &str| parse_day(text, today).is_ok();
    let text = usual(typed);
    // The name of a month stands beside blanks and dots.
    let fits = |rest: &&&str| !rest.contains("jan") || !text.contains(['-', '/']);
    let words = ["today", "tomorrow", "yesterday"].into_iter().chain(WEEKDAYS.map(|(name, _)| name));
    let months = MONTHS.iter().filter_map(|month| begun_word(month, &text));
    text.is_empty()
        || is_right(&text)
        || words.into_iter().any(|word| word.starts_with(&text))
        || DATES.iter().filter(fits).any(|rest| is_right(&format!("{text}{rest}")))
        || months.into_iter().any(|rest| NAMED.iter().any(|day| is_right(&format!("{text}{rest}{day}"))))
}

/// Whether a text is a time of day, or the beginning of one.
#[must_use]
pub fn is_time_begun(typed: &str) -> bool {
    let text = usual(typed);
    text.is_empty()
        || parse_time(&text).is_ok()
        || ["noon", "midnight"].iter().any(|word| word.starts_with(&text))
        || CLOCKS.iter().any(|rest| parse_time(&format!("{text}{rest}")).is_ok())
}

/// Whether a text is a visit's length, or the beginning of one.
#[must_use]
pub fn is_length_begun(typed: &str) -> bool {
    let is_right = |text: &str| parse_minutes(text).is_ok();
    let text = usual(typed);
    let units = ["minutes", "mins", "hours", "hrs"];
    let units = units.iter().filter_map(|unit| begun_word(unit, &text));
    text.is_empty()
        || is_right(&text)
        || LENGTHS.iter().any(|rest| is_right(&format!("{text}{rest}")))
        || units.into_iter().any(|rest| is_right(&format!("{text}{rest}")))
}

/// The rest of a word that the letters at the end of a text begin.
fn begun_word<'w>(word: &'w str, text: &str) -> Option<&'w str> {
    let letters = &text[text.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len()..];
    word.strip_prefix(letters).filter(|_| !letters.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn today() -> NaiveDate {
        "2026-12-01".parse().unwrap()
    }

    /// Each beginning of a text.
    fn beginnings(text: &str) -> impl Iterator<Item = &str> {
        text.char_indices().map(|(at, c)| &text[..at + c.len_utf8()])
    }

    #[test]
    fn what_can_become_nothing_right_is_told_apart() {
        for (typed, begun) in [
            ("", true),
            ("2", true),
            ("25", true),
            ("25:", false),
            ("25:00", false),
            ("7:", true),
            ("7:9", false),
            ("7:99", false),
            ("96", false),
            ("24:00", false),
            ("9:15:", false),
            ("9:15 p", true),
            ("13p", false),
            ("noo", true),
            ("soon", false),
        ] {
            assert_eq!(is_time_begun(typed), begun, "{typed}");
        }
        for (typed, begun) in [
            ("3", true),
            ("32", false),
            ("31.", true),
            ("31.2", false),
            ("31.2.2027", false),
            ("29.2.20", true),
            ("29.2.202", true),
            ("29.2.2027", false),
            ("2026-1", true),
            ("2026-13", false),
            ("2026-02-3", true),
            ("2026-02-30", false),
            ("1899", false),
            ("202613", false),
            ("tom", true),
            ("weds", false),
            ("+", true),
            ("+2 x", false),
            ("1st of d", true),
            ("soon", false),
        ] {
            assert_eq!(is_day_begun(typed, today()), begun, "{typed}");
        }
        for (typed, begun) in [
            ("0", true),
            ("0:", true),
            ("1:7", false),
            ("25h", false),
            ("1441", false),
            ("-", false),
            ("1 h 5 mi", true),
        ] {
            assert_eq!(is_length_begun(typed), begun, "{typed}");
        }
    }

    proptest! {
        // A date has many beginnings.
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn nobody_is_told_off_amid_a_right_date(days in 0i64..109_000) {
            let day = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + chrono::TimeDelta::days(days);
            for form in [
                "%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y.%-m.%-d", "%-d.%-m.%Y", "%d.%m.%Y", "%-d. %-m. %Y", "%-d.%-m.",
                "%-d/%-m/%Y", "%d-%m-%Y", "%-d %-m %Y", "%-d %b %Y", "%-d. %B %Y", "%B %-d, %Y", "%-d %B", "%b %-d",
                "%Y %b %-d", "%-d%b", "%B %-dth, %Y", "%-dst of %B %Y",
            ] {
                let typed = day.format(form).to_string();
                if parse_day(&typed, today()).is_ok() {
                    for text in beginnings(&typed) {
                        prop_assert!(is_day_begun(text, today()), "{} of {}", text, typed);
                    }
                }
            }
        }

        #[test]
        fn nobody_is_told_off_amid_a_right_time(minute in 0u32..1440) {
            let time = chrono::NaiveTime::from_hms_opt(minute / 60, minute % 60, 0).unwrap();
            for form in ["%H:%M", "%-H:%M", "%H%M", "%-H.%M", "%Hh%M", "%I:%M %p", "%-I%M%P", "%-I:%M %P"] {
                let typed = time.format(form).to_string().replace(" am", " a.m.").replace(" pm", " p.m.");
                for text in beginnings(&typed) {
                    prop_assert!(is_time_begun(text), "{} of {}", text, typed);
                }
            }
        }

        #[test]
        fn nobody_is_told_off_amid_a_right_length(minutes in 1u32..=1440) {
            let (hours, rest) = (minutes / 60, minutes % 60);
            for typed in [
                format!("{minutes} minutes"), format!("{minutes}m"), format!("{hours}:{rest:02}"),
                format!("{hours}h{rest:02}"), format!("{hours} h {rest} min"), format!("{hours} hours"),
            ] {
                if parse_minutes(&typed).is_ok() {
                    for text in beginnings(&typed) {
                        prop_assert!(is_length_begun(text), "{} of {}", text, typed);
                    }
                }
            }
        }
    }
}
