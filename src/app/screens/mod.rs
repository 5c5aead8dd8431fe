//! One file per screen: its state, and what its keys do.

pub mod audit;
pub mod board;
pub mod booking;
pub mod calendar;
pub mod clinic;
pub mod glass;
pub mod history;
pub mod patient_form;
pub mod patients;
pub mod prompts;
pub mod rows;
pub mod sheet;
pub mod sign_in;
pub mod staff_form;
pub mod visit;

use chrono::{Datelike as _, NaiveDate};

use crate::domain::appointment::Status;

/// A day inside a sentence, `Tue 1 Dec`: with its year where that is not `today`'s, since a date without
/// one may have been read as another year's.
#[must_use]
pub fn day_word(date: NaiveDate, today: NaiveDate) -> String {
    let format = if date.year() == today.year() { "%a %-d %b" } else { "%a %-d %b %Y" };
    date.format(format).to_string()
}

/// A status inside a sentence.
#[must_use]
pub fn status_word(status: Status) -> &'static str {
    match status {
        Status::Scheduled => "scheduled",
        Status::Completed => "done",
        Status::Cancelled => "cancelled",
        Status::NoShow => "a no-show",
    }
}
