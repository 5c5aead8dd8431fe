//! The visits of one doctor's day: one after the other through the sessions, with gaps, so that
//! none overlaps another.

use std::collections::HashSet;

use chrono::{NaiveDateTime, TimeDelta};
use fastrand::Rng;

use crate::domain::appointment::Status;
use crate::domain::clock::{Now, Zone};
use crate::domain::ids::{DoctorId, PatientId};
use crate::store::sql::bulk::NewVisit;

/// Who books at the made-up clinics.
pub(super) const ACTORS: [&str; 4] = ["Ana Brandt", "João Ferreira", "Petra Nowak", "Sam Adeyemi"];

const NOTES: [&str; 14] = [
    "First visit",
    "Follow-up",
    "Brings an interpreter",
    "Wheelchair access",
    "Results of the blood test",
    "Prefers the morning",
    "Referral letter is missing",
    "Fasting since last night",
    "Allergic to penicillin",
    "Yearly check-up",
    "Vaccination record to be brought along",
    "Please call a day before",
    "Comes with a parent",
    "Needs a sick note",
];

/// The lengths to which the end of a session is filled, longest first.
const LENGTHS: [u16; 5] = [60, 45, 30, 20, 15];
/// What is left free where nothing is booked, in minutes.
const GAPS: [u16; 4] = [15, 15, 15, 30];

/// Where and when visits are made up.
#[derive(Clone, Copy, Debug)]
pub struct Scene {
    /// The moment that parts what was from what will be.
    pub now: Now,
    /// The clinic's zone.
    pub zone: Zone,
    /// How many patients there are, with ids from 1 on.
    pub patients: u32,
}

/// A doctor's day that is to be filled.
#[derive(Clone, Debug)]
pub struct OpenDay {
    /// Whose it is.
    pub doctor: DoctorId,
    /// The usual length of their visits.
    pub usual: u16,
    /// The sessions, sorted, on the wall clock.
    pub sessions: Vec<(NaiveDateTime, NaiveDateTime)>,
    /// Which part of the time visits hold, 0 to 1.
    pub fill: f64,
}

impl Scene {
    /// The visits of a day. `seen` holds the patients who have a visit on it: nobody has two, so
    /// that nobody is in two places at once.
    pub fn visits(&self, rng: &mut Rng, day: &OpenDay, seen: &mut HashSet<u32>) -> Vec<NewVisit> {
        let usual = lengths(day.usual);
        let gap_share = gap_share(&usual, day.fill);
        let mut visits = Vec::new();
        for (start, end) in &day.sessions {
            let mut at = *start;
            while at < *end {
                let left = u16::try_from((*end - at).num_minutes()).unwrap_or(u16::MAX);
                let minutes = usual[rng.usize(..usual.len())];
                let free = rng.f64() < gap_share;
                let Some(minutes) = fitting(minutes, left, day.fill) else { break };
                let length = if !free {
                    self.held(rng, day.doctor, (at, minutes), seen, &mut visits)
                } else if let Some(minutes) = self.given_up(rng, day.doctor, (at, minutes), seen, &mut visits)
                {
                    minutes
                } else {
                    GAPS[rng.usize(..GAPS.len())]
                };
                at += TimeDelta::minutes(length.into());
            }
        }
        visits
    }

    /// A visit that holds its time; now and then after one that was cancelled and gave it free.
    fn held(
        &self,
        rng: &mut Rng,
        doctor: DoctorId,
        (starts, minutes): (NaiveDateTime, u16),
        seen: &mut HashSet<u32>,
        visits: &mut Vec<NewVisit>,
    ) -> u16 {
        if rng.u32(..100) < 4 {
            visits.extend(self.visit(rng, doctor, (starts, minutes), Status::Cancelled, seen));
        }
        let ends = starts + TimeDelta::minutes(minutes.into());
        let wall = self.now.wall;
        // What ended a moment ago is not always dealt with yet.
        let fresh = ends > wall - TimeDelta::minutes(40);
        let status = if ends > wall || (fresh && rng.bool()) { Status::Scheduled } else { Status::Completed };
        visits.extend(self.visit(rng, doctor, (starts, minutes), status, seen));
        minutes
    }

    /// A visit that was called off or to which nobody came, and whose time stayed free; or none.
    fn given_up(
        &self,
        rng: &mut Rng,
        doctor: DoctorId,
        (starts, minutes): (NaiveDateTime, u16),
        seen: &mut HashSet<u32>,
        visits: &mut Vec<NewVisit>,
    ) -> Option<u16> {
        let past = starts + TimeDelta::minutes(20) < self.now.wall;
        let status = match rng.u32(..100) {
            0..25 => Status::Cancelled,
            25..60 if past => Status::NoShow,
            _ => return None,
        };
        visits.extend(self.visit(rng, doctor, (starts, minutes), status, seen));
        // The longer of the two would make the day emptier than it is to be.
        Some(minutes.min(GAPS[GAPS.len() - 1]))
    }

    /// One visit of a patient who has none on that day; none where there is no such patient or no
    /// such time.
    pub(super) fn visit(
        &self,
        rng: &mut Rng,
        doctor_id: DoctorId,
        (starts, minutes): (NaiveDateTime, u16),
        status: Status,
        seen: &mut HashSet<u32>,
    ) -> Option<NewVisit> {
        let start = self.zone.instant(starts)?;
        let patient = (0..50).map(|_| rng.u32(..self.patients.max(1)) + 1).find(|n| seen.insert(*n))?;
        let actor = |rng: &mut Rng| ACTORS[rng.usize(..ACTORS.len())];
        let latest = self.now.at.min(start);
        let ago = if rng.u32(..4) == 0 { rng.i64(20..600) } else { rng.i64(600..50_000) };
        let booked_at = latest - TimeDelta::minutes(ago);
        let end = start + TimeDelta::minutes(minutes.into());
        let changed = match status {
            Status::Scheduled => None,
            Status::Completed => Some((actor(rng), end.min(self.now.at))),
            Status::NoShow => Some((actor(rng), (start + TimeDelta::minutes(20)).min(self.now.at))),
            Status::Cancelled => Some((actor(rng), booked_at + TimeDelta::minutes(rng.i64(5..ago.max(6))))),
        };
        Some(NewVisit {
            doctor_id,
            patient_id: PatientId(i32::try_from(patient).unwrap_or(i32::MAX)),
            starts,
            minutes,
            status,
            notes: (rng.u32(..100) < 22).then(|| NOTES[rng.usize(..NOTES.len())]),
            overbook_reason: None,
            booked: (actor(rng), booked_at),
            changed,
        })
    }
}

/// The lengths that visits of a doctor have, by the usual one.
fn lengths(usual: u16) -> [u16; 6] {
    match usual {
        ..=15 => [15, 15, 15, 15, 20, 30],
        16..=20 => [20, 20, 20, 20, 15, 30],
        21..=30 => [30, 30, 30, 15, 20, 45],
        31..=45 => [45, 45, 45, 45, 60, 30],
        _ => [60, 60, 60, 45, 30, 60],
    }
}

/// How likely a gap is at each step, so that visits hold `fill` of the time.
fn gap_share(lengths: &[u16], fill: f64) -> f64 {
    let mean = |lengths: &[u16]| {
        f64::from(lengths.iter().sum::<u16>()) / f64::from(u16::try_from(lengths.len()).unwrap_or(1))
    };
    let fill = fill.clamp(0.0, 1.0);
    let (visit, gap) = (mean(lengths), mean(&GAPS));
    (1.0 - fill) * visit / ((1.0 - fill) * visit + fill * gap)
}

/// The length if it fits into what is left of a session, else the longest usual one that does. A
/// day that is to be full is filled to the last minute.
fn fitting(minutes: u16, left: u16, fill: f64) -> Option<u16> {
    if minutes <= left {
        return Some(minutes);
    }
    let rest = (fill >= 1.0 && left > 0).then_some(left);
    LENGTHS.into_iter().find(|length| *length <= left).or(rest)
}
