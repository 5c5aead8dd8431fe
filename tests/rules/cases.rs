//! Random clinics around midnights and clock changes.

use std::sync::LazyLock;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta};
use frontdesk::domain::appointment::{Status, Visit};
use frontdesk::domain::booking::Proposal;
use frontdesk::domain::ids::{AppointmentId, AvailabilityId, DoctorId, PatientId};
use frontdesk::domain::schedule::{Availability, Recurrence, TimeOfDay};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::model::Minutes;

/// Where and when: both clock changes of several laws, among them one that moves by half an hour
/// and one at midnight; the turn of the year; and a day on which nothing happens.
const PLACES: [(&str, &str); 10] = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("America/Santiago", "2026-09-06"),
    ("America/Santiago", "2026-04-05"),
    ("UTC", "2026-12-31"),
    ("Asia/Kolkata", "2026-06-17"),
];

static SCENES: LazyLock<Vec<Minutes>> =
    LazyLock::new(|| PLACES.iter().map(|(zone, day)| Minutes::around(zone, day)).collect());

/// A clinic and what somebody asks of it.
pub struct Case {
    pub minutes: &'static Minutes,
    pub rows: Vec<Availability>,
    pub visits: Vec<Visit>,
    pub active: bool,
    pub proposal: Proposal,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} {}, active {}", self.minutes.zone.name(), self.minutes.day, self.active)?;
        for row in &self.rows {
            writeln!(f, "  {:?} {}-{}", row.recurrence, row.start, row.end)?;
        }
        for visit in &self.visits {
            let Visit { id, doctor_id, patient_id, starts, minutes, status, .. } = visit;
            writeln!(f, "  {id}: D{doctor_id} P{patient_id} {starts} {minutes} min {status:?}")?;
        }
        write!(f, "  {:?}", self.proposal)
    }
}

/// A minute of the day, often one where sessions, visits and clock changes meet.
fn minute_of_day() -> impl Strategy<Value = u32> {
    prop_oneof![
        3 => (0u32..=96).prop_map(|quarter| quarter * 15),
        2 => (0u32..=24).prop_map(|ten| ten * 10),
        2 => 0u32..=240,
        1 => 0u32..=1440,
    ]
}

fn wall(day: NaiveDate, days: u64, minute: u32) -> NaiveDateTime {
    (day - Days::new(1) + Days::new(days)).and_hms_opt(0, 0, 0).expect("midnight")
        + TimeDelta::minutes(minute.into())
}

fn length() -> impl Strategy<Value = u16> {
    prop_oneof![
        4 => (1u16..=12).prop_map(|quarter| quarter * 15),
        2 => 1u16..=240,
        1 => 1u16..=1440,
    ]
}

fn time_of_day(minute: u32) -> TimeOfDay {
    format!("{}:{:02}", minute / 60, minute % 60).parse().expect("a time of day")
}

/// A row of hours that counts on the day, the day before or the day after.
fn row(day: NaiveDate) -> impl Strategy<Value = Availability> {
    let hours = prop_oneof![
        3 => Just((0, 1440)),
        4 => (minute_of_day(), minute_of_day()),
        1 => minute_of_day().prop_map(|minute| (minute, minute)),
    ];
    (0u64..3, prop::bool::weighted(0.3), hours).prop_map(move |(days, exception, (start, end))| {
        let date = day - Days::new(1) + Days::new(days);
        Availability {
            id: AvailabilityId(0),
            doctor_id: DoctorId(1),
            recurrence: if exception {
                Recurrence::Exception(date)
            } else {
                Recurrence::Weekly(date.weekday())
            },
            start: time_of_day(start),
            end: time_of_day(end),
        }
    })
}

fn visit(day: NaiveDate) -> impl Strategy<Value = Visit> {
    let status = prop::sample::select(&Status::ALL);
    (1i32..=2, 1i32..=2, 0u64..3, minute_of_day(), length(), status).prop_map(
        move |(doctor, patient, days, minute, minutes, status)| Visit {
            id: AppointmentId(0),
            doctor_id: DoctorId(doctor),
            patient_id: PatientId(patient),
            starts: wall(day, days, minute),
            minutes,
            status,
        },
    )
}

fn case_in(minutes: &'static Minutes) -> impl Strategy<Value = Case> {
    let day = minutes.day;
    let asked = (0u64..3, minute_of_day(), length(), proptest::option::of(1i32..=2));
    let moving = proptest::option::weighted(0.3, 1i32..=3);
    (vec(row(day), 1..6), vec(visit(day), 0..5), prop::bool::weighted(0.95), asked, moving).prop_map(
        move |(mut rows, mut visits, active, (days, minute, length, patient), moving)| {
            for (id, row) in (1..).zip(&mut rows) {
                row.id = AvailabilityId(id);
            }
            for (id, visit) in (1..).zip(&mut visits) {
                visit.id = AppointmentId(id);
            }
            let proposal = Proposal {
                doctor_id: DoctorId(1),
                patient_id: patient.map(PatientId),
                starts: wall(day, days, minute),
                minutes: length,
                moving: moving.map(AppointmentId),
            };
            Case { minutes, rows, visits, active, proposal }
        },
    )
}

pub fn case() -> impl Strategy<Value = Case> {
    (0..PLACES.len()).prop_flat_map(|place| case_in(&SCENES[place]))
}
