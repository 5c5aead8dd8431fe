//! The booking rule: the one place that says whether a visit may stand.
//!
//! Create, move, resize, change of doctor and un-cancel all ask [`judge`], the preview while
//! somebody types and the transaction that decides alike. A refusal is a value: the conflicts,
//! and the next openings to offer instead. Rules: schema page, *appointments* ("application logic
//! prevents overlapping appointments") and *doctor_availability* ("used to validate appointment
//! booking requests").

use chrono::{NaiveDate, NaiveDateTime, TimeDelta, Timelike};

use super::appointment::{Appointment, Status, Visit, end_of};
use super::clock::{Instant, Zone};
use super::ids::{AppointmentId, DoctorId, PatientId};
use super::patient::Named;
use super::schedule::Schedule;
use super::slot::{Interval, subtract, union};

/// A visit that somebody would like to stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// With whom.
    pub doctor_id: DoctorId,
    /// For whom; none while the patient is not chosen yet.
    pub patient_id: Option<PatientId>,
    /// When, on the clinic's wall clock.
    pub starts: NaiveDateTime,
    /// How long.
    pub minutes: u16,
    /// The visit that is moved, which does not stand in its own way.
    pub moving: Option<AppointmentId>,
}

/// What a desk asks for. Everything that can put a visit on a time goes through here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// A new visit.
    Book {
        /// For whom.
        patient_id: PatientId,
        /// With whom.
        doctor_id: DoctorId,
        /// When, on the clinic's wall clock.
        starts: NaiveDateTime,
        /// How long.
        minutes: u16,
        /// `notes`
        notes: Option<String>,
    },
    /// Another time, doctor or length for a visit; what is none stays as it is.
    Reschedule {
        /// The visit.
        id: AppointmentId,
        /// Another doctor.
        doctor_id: Option<DoctorId>,
        /// Another time.
        starts: Option<NaiveDateTime>,
        /// Another length.
        minutes: Option<u16>,
    },
    /// Another status; one that holds time again (un-cancel) is judged like a new visit.
    SetStatus {
        /// The visit.
        id: AppointmentId,
        /// The status it is to have.
        status: Status,
        /// The visit as it was seen: where it is another by now, somebody else changed it. None
        /// where it is to have the status whatever it is.
        seen: Option<Visit>,
    },
    /// Other notes.
    SetNotes {
        /// The visit.
        id: AppointmentId,
        /// The notes as they were read: where they are others by now, somebody else wrote them.
        instead_of: Option<String>,
        /// The notes; none clears them.
        notes: Option<String>,
    },
}

/// What became of an [`Intent`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It stands.
    Done {
        /// The visit as it is now.
        appointment: Box<Appointment>,
        /// Whether this request had been carried out before, under the same idempotency key.
        repeated: bool,
        /// Whether that was another request than this one: another time, doctor, length, patient or
        /// status was asked for under the key then.
        differs: bool,
    },
    /// The booking rule says no.
    Refused(Verdict),
}

/// A visit that holds time, with who booked it: what a conflict tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The visit.
    pub visit: Visit,
    /// `patients.name`
    pub patient_name: String,
    /// `patients.date_of_birth`; none where what stands there is no date.
    pub patient_born: Option<NaiveDate>,
    /// `doctors.name`
    pub doctor_name: String,
    /// Who booked it, where that is known.
    pub booked_by: Option<String>,
    /// When it was booked, where that is known.
    pub booked_at: Option<Instant>,
}

impl Held {
    /// Whose it is.
    #[must_use]
    pub fn patient(&self) -> Named {
        Named { name: self.patient_name.clone(), born: self.patient_born }
    }
}

/// All that the rule looks at, as it stood when it was read.
#[derive(Clone, Debug, Default)]
pub struct Diary {
    /// Whether the doctor sees patients (`doctors.is_active`).
    pub doctor_active: bool,
    /// The doctor's hours.
    pub schedule: Schedule,
    /// The doctor's and the patient's visits around the proposal, of any status.
    pub visits: Vec<Held>,
}

/// Why a proposal cannot stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The doctor has a visit then.
    DoctorBusy(Clash),
    /// The patient has a visit then, with another doctor.
    PatientBusy(Clash),
    /// The doctor is not there for all of it: this part lies outside their hours.
    Closed {
        /// Whose hours.
        doctor_id: DoctorId,
        /// The first moment outside the hours, on the wall clock.
        starts: NaiveDateTime,
        /// The moment after the last one outside, on the wall clock.
        ends: NaiveDateTime,
    },
    /// The clock change skips its start: there is no such time on that day.
    SkippedHour {
        /// With whom it was to be.
        doctor_id: DoctorId,
        /// The time that does not exist.
        starts: NaiveDateTime,
        /// The first time that does, after it.
        ends: NaiveDateTime,
    },
    /// The doctor no longer sees patients.
    InactiveDoctor {
        /// Who.
        doctor_id: DoctorId,
        /// The proposal's own start.
        starts: NaiveDateTime,
        /// The proposal's own end.
        ends: NaiveDateTime,
    },
}

/// The visit that stands in the way, and by how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// The visit in the way.
    pub held: Held,
    /// When it ends, on the wall clock.
    pub ends: NaiveDateTime,
    /// How long both would run at once, in minutes.
    pub overlap_minutes: i64,
}

impl Conflict {
    /// The name by which scripts know this kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Conflict::DoctorBusy(_) => "doctor_busy",
            Conflict::PatientBusy(_) => "patient_busy",
            Conflict::Closed { .. } => "closed",
            Conflict::SkippedHour { .. } => "skipped_hour",
            Conflict::InactiveDoctor { .. } => "inactive_doctor",
        }
    }

    /// The visit in the way, where there is one.
    #[must_use]
    pub fn clash(&self) -> Option<&Clash> {
        match self {
            Conflict::DoctorBusy(clash) | Conflict::PatientBusy(clash) => Some(clash),
            _ => None,
        }
    }

    /// The same, to fill in what the rule has no need of: the names.
    #[must_use]
    pub fn clash_mut(&mut self) -> Option<&mut Clash> {
        match self {
            Conflict::DoctorBusy(clash) | Conflict::PatientBusy(clash) => Some(clash),
            _ => None,
        }
    }

    /// When the obstacle starts and ends, on the wall clock.
    #[must_use]
    pub fn span(&self) -> (NaiveDateTime, NaiveDateTime) {
        match self {
            Conflict::DoctorBusy(clash) | Conflict::PatientBusy(clash) => {
                (clash.held.visit.starts, clash.ends)
            }
            Conflict::Closed { starts, ends, .. }
            | Conflict::SkippedHour { starts, ends, .. }
            | Conflict::InactiveDoctor { starts, ends, .. } => (*starts, *ends),
        }
    }

    /// Whose time it is about: of the visit in the way, that visit's doctor; else the one who was
    /// asked for.
    #[must_use]
    pub fn doctor_id(&self) -> DoctorId {
        match self {
            Conflict::DoctorBusy(clash) | Conflict::PatientBusy(clash) => clash.held.visit.doctor_id,
            Conflict::Closed { doctor_id, .. }
            | Conflict::SkippedHour { doctor_id, .. }
            | Conflict::InactiveDoctor { doctor_id, .. } => *doctor_id,
        }
    }

    /// Whether a reason may book over it: people may be squeezed in, but a time that does not
    /// exist and a doctor who has left cannot be argued with.
    #[must_use]
    pub fn can_be_overbooked(&self) -> bool {
        !matches!(self, Conflict::SkippedHour { .. } | Conflict::InactiveDoctor { .. })
    }
}

/// The minutes of the hour at which an opening amid free time begins are multiples of this: nobody is
/// asked to come at 14:37. One that begins where a visit or the closed time ends begins there, whatever
/// the minute.
pub const OPENING_STEP: u32 = 5;

/// How many days ahead openings are looked for.
pub const HORIZON_DAYS: u64 = 180;

/// A time at which a visit of the asked length could stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opening {
    /// When it starts, on the wall clock.
    pub starts: NaiveDateTime,
    /// When it ends, on the wall clock.
    pub ends: NaiveDateTime,
    /// With whom.
    pub doctor_id: DoctorId,
}

/// What the rule says of a proposal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Why it cannot stand; empty when it can.
    pub conflicts: Vec<Conflict>,
    /// The next openings to offer instead; empty when there is nothing to offer.
    pub openings: Vec<Opening>,
}

impl Verdict {
    /// Whether the proposal may stand.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.conflicts.is_empty()
    }
}

/// Whether the proposal may stand: its conflicts, worst first; none when it may.
#[must_use]
pub fn judge(proposal: &Proposal, diary: &Diary, zone: Zone) -> Vec<Conflict> {
    let (starts, doctor_id) = (proposal.starts, proposal.doctor_id);
    let ends = end_of(starts, proposal.minutes, zone);
    let mut conflicts = Vec::new();
    if !diary.doctor_active {
        conflicts.push(Conflict::InactiveDoctor { doctor_id, starts, ends });
    }
    let Some(start) = zone.instant(starts) else {
        let ends = zone.wall(zone.boundary(starts));
        conflicts.push(Conflict::SkippedHour { doctor_id, starts, ends });
        return conflicts;
    };
    let asked = Interval::of_minutes(start, proposal.minutes);
    let mut clashes: Vec<Conflict> = diary
        .visits
        .iter()
        .filter(|held| held.visit.status.holds_time() && Some(held.visit.id) != proposal.moving)
        .filter_map(|held| {
            let overlap = held.visit.interval(zone).intersection(&asked)?;
            let clash = Clash {
                held: held.clone(),
                ends: held.visit.ends(zone),
                // A visit of an older program may start within a minute: count a part as a whole.
                overlap_minutes: overlap.minutes().max(1),
            };
            if held.visit.doctor_id == proposal.doctor_id {
                Some(Conflict::DoctorBusy(clash))
            } else if Some(held.visit.patient_id) == proposal.patient_id {
                Some(Conflict::PatientBusy(clash))
            } else {
                None
            }
        })
        .collect();
    clashes.sort_by_key(|conflict| (matches!(conflict, Conflict::PatientBusy(_)), conflict.span()));
    conflicts.append(&mut clashes);
    let (first, last) = (starts.date(), ends.date());
    let open = diary.schedule.open(first, last.max(first), zone);
    conflicts.extend(subtract(&[asked], &open).into_iter().map(|closed| Conflict::Closed {
        doctor_id,
        starts: zone.wall(closed.start),
        ends: zone.wall(closed.end),
    }));
    conflicts
}

/// The times from `from` on at which a visit of `minutes` fits: `open` less `taken`, gap by gap,
/// each gap filled from its start without overlap, at most `limit` of them. A gap that began before
/// `from` is filled from the next multiple of [`OPENING_STEP`].
#[must_use]
pub fn openings(
    doctor_id: DoctorId,
    open: &[Interval],
    taken: Vec<Interval>,
    (from, minutes): (Instant, u16),
    zone: Zone,
    limit: usize,
) -> Vec<Opening> {
    let length = TimeDelta::minutes(i64::from(minutes));
    let mut found = Vec::new();
    for gap in subtract(open, &union(taken)) {
        let mut start = bookable_from(if gap.start < from { stepped(from, zone) } else { gap.start }, zone);
        while found.len() < limit && start + length <= gap.end {
            let (starts, ends) = (zone.wall(start), zone.wall(start + length));
            found.push(Opening { starts, ends, doctor_id });
            start = bookable_from(start + length, zone);
        }
        if found.len() >= limit {
            break;
        }
    }
    found
}

/// The first instant at or after `at` at which the wall clock shows a multiple of [`OPENING_STEP`].
fn stepped(at: Instant, zone: Zone) -> Instant {
    let wall = zone.wall(at);
    let past = TimeDelta::minutes(i64::from(wall.minute() % OPENING_STEP))
        + TimeDelta::seconds(i64::from(wall.second()))
        + TimeDelta::nanoseconds(i64::from(wall.nanosecond()));
    if past.is_zero() { at } else { at - past + TimeDelta::minutes(i64::from(OPENING_STEP)) }
}

/// The first instant at or after `at` that a visit's wall-clock start can name: a whole minute,
/// and not the second pass through an hour that the autumn change repeats, since the column
/// cannot tell it from the first.
fn bookable_from(at: Instant, zone: Zone) -> Instant {
    let past_minute =
        TimeDelta::seconds(i64::from(at.second())) + TimeDelta::nanoseconds(i64::from(at.nanosecond()));
    let mut at = if past_minute.is_zero() { at } else { at - past_minute + TimeDelta::minutes(1) };
    while zone.instant(zone.wall(at)) != Some(at) {
        at += TimeDelta::minutes(1);
    }
    at
}
