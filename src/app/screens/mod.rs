//! One file per screen: its state, and what its keys do.

pub mod board;
pub mod booking;
pub mod calendar;
pub mod patient_form;
pub mod patients;
pub mod prompts;
pub mod rows;
pub mod visit;

use crate::domain::appointment::Status;

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
