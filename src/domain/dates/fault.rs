//! What is wrong with a date, a time or a length, in a line for the person who typed it.

use chrono::NaiveDate;
use thiserror::Error;

use crate::domain::text;

/// How many cells of what was typed a fault repeats: its field shows the rest, and the line is to be
/// whole at 80 columns.
const QUOTED_CELLS: usize = 15;
/// The same on the command line.
const MOMENT_CELLS: usize = 40;
const MONTH_NAMES: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// What is wrong with a date, a time or a length that somebody typed. Displays as half a line, to
/// follow the field's name. What was typed is held safe to draw, and cut.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DateFault {
    /// Nothing was typed.
    #[error("is empty; write {}", .0.examples())]
    Empty(Wanted),
    /// It has none of the forms that are understood.
    #[error("\"{typed}\" is not {}; write {}", .wanted.noun(), .wanted.examples())]
    Form {
        /// What was asked for.
        wanted: Wanted,
        /// What was typed.
        typed: String,
    },
    /// The calendar has no such day.
    #[error("{}", no_such_date(*.day, *.month, *.year))]
    NoSuchDate {
        /// Day of the month.
        day: u32,
        /// Month, from 1.
        month: u32,
        /// Year, where one was typed.
        year: Option<i32>,
    },
    /// A year that no visit or birth lies in.
    #[error("the year {year} is outside {first} to {last}")]
    Year {
        /// The year that was typed.
        year: i32,
        /// The first that is possible.
        first: i32,
        /// The last that is possible.
        last: i32,
    },
    /// It may be either of two dates.
    #[error(
        "\"{typed}\" may be {} or {}; write {one}",
        .one.format("%-d %b %Y"), .other.format("%-d %b %Y")
    )]
    Ambiguous {
        /// What was typed.
        typed: String,
        /// The one reading.
        one: NaiveDate,
        /// The other reading.
        other: NaiveDate,
    },
    /// A birth that has not happened.
    #[error("{} lies in the future; a birth is today or earlier", .0.format("%-d %B %Y"))]
    Future(NaiveDate),
    /// The clock has no such time.
    #[error("\"{typed}\" is not on the clock, which goes from 0:00 to 23:59")]
    NoSuchTime {
        /// What was typed.
        typed: String,
    },
    /// Seconds, which no visit's time has.
    #[error("\"{typed}\" has seconds; times are whole minutes, like 09:30")]
    Seconds {
        /// What was typed.
        typed: String,
    },
    /// A length below a minute.
    #[error("{typed} is too short; a visit lasts from 1 minute to 24 hours")]
    TooShort {
        /// What was typed.
        typed: String,
    },
    /// A length above a day.
    #[error("{typed} is too long; a visit lasts from 1 minute to 24 hours")]
    TooLong {
        /// What was typed.
        typed: String,
    },
}

/// What a field asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A day of the calendar.
    Day,
    /// A date of birth.
    BirthDate,
    /// A time of day.
    Time,
    /// A visit's length.
    Length,
    /// A date with a time of day.
    Moment,
}

impl Wanted {
    fn noun(self) -> &'static str {
        match self {
            Wanted::Day | Wanted::BirthDate => "a date",
            Wanted::Time => "a time of day",
            Wanted::Length => "a length",
            Wanted::Moment => "a date and time",
        }
    }

    fn examples(self) -> &'static str {
        match self {
            Wanted::Day => "2026-12-01, 1.12., mon or +3",
            Wanted::BirthDate => "1980-04-02 or 2 Apr 1980",
            Wanted::Time => "9:15, 0915 or 9pm",
            Wanted::Length => "30, 45m, 1h30 or 1:30",
            Wanted::Moment => "2026-12-01T09:30",
        }
    }
}

/// A year outside `first` to `last`.
pub(super) fn year_fault(year: i32, first: i32, last: i32) -> DateFault {
    DateFault::Year { year, first, last }
}

/// Typed nothing, or nothing that is understood.
pub(super) fn form_fault(wanted: Wanted, input: &str) -> DateFault {
    if input.trim().is_empty() {
        DateFault::Empty(wanted)
    } else {
        DateFault::Form {
            wanted,
            typed: if wanted == Wanted::Moment { quoted_moment(input) } else { quoted(input) },
        }
    }
}

/// What was typed, safe to repeat in a line.
pub(super) fn quoted(input: &str) -> String {
    text::fit(input.trim(), QUOTED_CELLS).into_owned()
}

/// The same of a date and time.
pub(super) fn quoted_moment(input: &str) -> String {
    text::fit(input.trim(), MOMENT_CELLS).into_owned()
}

fn no_such_date(day: u32, month: u32, year: Option<i32>) -> String {
    let name = usize::try_from(month).ok().and_then(|month| MONTH_NAMES.get(month.wrapping_sub(1)));
    match (name, year) {
        (None, _) => format!("there is no month {month}; they go from 1 to 12"),
        // Whether there is a 29 February is the year's doing; every other day never exists.
        (Some(name), Some(year)) if day == 29 => {
            format!("{day} {name} {year} does not exist; that {name} has 28 days")
        }
        (Some(name), _) => {
            let days = match month {
                2 => "28 or 29",
                4 | 6 | 9 | 11 => "30",
                _ => "31",
            };
            format!("{day} {name} does not exist; {name} has {days} days")
        }
    }
}
