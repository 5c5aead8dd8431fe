//! Visits: the rows of `appointments`, their status, and what each status means for the calendar.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::clock::{Instant, Zone};
use super::ids::{AppointmentId, DoctorId, PatientId};
use super::patient::Named;
use super::slot::Interval;

/// The shortest and the longest visit, in minutes. The longest bounds the index range in which
/// visits that may overlap an interval are looked for.
pub const MIN_MINUTES: u16 = 1;
/// See [`MIN_MINUTES`].
pub const MAX_MINUTES: u16 = 24 * 60;
/// The schema's default for `duration_minutes`.
pub const DEFAULT_MINUTES: u16 = 60;
/// The longest notes that a desk writes, in characters.
pub const MAX_NOTES: usize = 4_000;

/// The longest reason for overbooking, in characters (`overbook_reason`).
pub const MAX_REASON: usize = 500;

/// `appointments.status` (schema page).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Booked, still to come or not yet dealt with.
    Scheduled,
    /// It took place.
    Completed,
    /// Called off: its time is free again.
    Cancelled,
    /// The patient did not come: its time is free again.
    NoShow,
}

impl Status {
    /// All of them, in the schema's order.
    pub const ALL: [Status; 4] = [Status::Scheduled, Status::Completed, Status::Cancelled, Status::NoShow];

    /// As the column holds it.
    #[must_use]
    pub fn column(self) -> &'static str {
        match self {
            Status::Scheduled => "Scheduled",
            Status::Completed => "Completed",
            Status::Cancelled => "Cancelled",
            Status::NoShow => "No-Show",
        }
    }

    /// The status of a column's value.
    #[must_use]
    pub fn from_column(text: &str) -> Option<Self> {
        Status::ALL.into_iter().find(|status| status.column() == text)
    }

    /// One letter, so that a status is never told by its hue alone.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Status::Scheduled => 'S',
            Status::Completed => 'C',
            Status::Cancelled => 'X',
            Status::NoShow => 'N',
        }
    }

    /// Whether a visit of this status keeps its time from others: Scheduled and Completed do.
    #[must_use]
    pub fn holds_time(self) -> bool {
        matches!(self, Status::Scheduled | Status::Completed)
    }
}

/// A visit, as the day board and the booking rule see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// `id`
    pub id: AppointmentId,
    /// `doctor_id`
    pub doctor_id: DoctorId,
    /// `patient_id`
    pub patient_id: PatientId,
    /// `appointment_time`: the clinic's wall clock.
    pub starts: NaiveDateTime,
    /// `duration_minutes`
    pub minutes: u16,
    /// `status`
    pub status: Status,
}

impl Visit {
    /// The instants it covers. A visit at a time that the clock change skips (an older program may
    /// have written one) begins at the jump.
    #[must_use]
    pub fn interval(&self, zone: Zone) -> Interval {
        Interval::of_minutes(zone.boundary(self.starts), self.minutes)
    }

    /// Whether it says what came of a visit whose day has not come yet.
    #[must_use]
    pub fn is_early(&self, today: NaiveDate) -> bool {
        matches!(self.status, Status::Completed | Status::NoShow) && self.starts.date() > today
    }

    /// When it ends, on the wall clock.
    #[must_use]
    pub fn ends(&self, zone: Zone) -> NaiveDateTime {
        end_of(self.starts, self.minutes, zone)
    }
}

/// When a visit of `minutes` from `starts` ends, on the wall clock: by the minutes that really
/// pass, also over a clock change; from a time that the change skips, as from the jump.
#[must_use]
pub fn end_of(starts: NaiveDateTime, minutes: u16, zone: Zone) -> NaiveDateTime {
    zone.wall(zone.boundary(starts) + TimeDelta::minutes(i64::from(minutes)))
}

/// A visit with all that is known of it: the record that a desk opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appointment {
    /// What the day board shows of it.
    pub visit: Visit,
    /// `patients.name`
    pub patient_name: String,
    /// `patients.date_of_birth`; none where what stands there is no date.
    pub patient_born: Option<NaiveDate>,
    /// `doctors.name`
    pub doctor_name: String,
    /// `notes`
    pub notes: Option<String>,
    /// Why it was booked over the rule; none when it was not.
    pub overbook_reason: Option<String>,
    /// Who booked it; none for visits that an older program wrote.
    pub booked_by: Option<String>,
    /// When it was booked.
    pub booked_at: Option<Instant>,
    /// Who changed it last.
    pub changed_by: Option<String>,
    /// When it was changed last.
    pub changed_at: Option<Instant>,
}

impl Appointment {
    /// Whose it is.
    #[must_use]
    pub fn patient(&self) -> Named {
        Named { name: self.patient_name.clone(), born: self.patient_born }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_the_schemas_and_tell_themselves_apart_without_colour() {
        for status in Status::ALL {
            assert_eq!(Status::from_column(status.column()), Some(status));
        }
        let letters: std::collections::HashSet<_> = Status::ALL.map(Status::letter).into();
        assert_eq!(letters.len(), Status::ALL.len());
        assert_eq!(Status::from_column("no-show"), None);
    }

    #[test]
    fn a_visit_over_the_autumn_change_ends_by_the_minutes_that_pass() {
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        let wall =
            |text: &str| NaiveDateTime::parse_from_str(text, crate::domain::clock::WALL_FORMAT).unwrap();
        assert_eq!(end_of(wall("2026-10-25T01:30"), 120, berlin), wall("2026-10-25T02:30"));
        assert_eq!(end_of(wall("2026-03-29T01:30"), 60, berlin), wall("2026-03-29T03:30"));
        assert_eq!(end_of(wall("2026-12-31T23:30"), 60, berlin), wall("2027-01-01T00:30"));
    }
}
