//! One day of the clinic, as the day board shows it.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::appointment::Visit;
use super::doctor::Doctor;
use super::ids::DoctorId;
use super::schedule::Schedule;

/// The versions of a day's rows in `calendar_days`, by doctor: what changed since is what differs.
pub type DayVersions = BTreeMap<(NaiveDate, DoctorId), i64>;

/// One day: who is there, when, and with which visits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// The date.
    pub date: NaiveDate,
    /// All doctors, by name; also those who left, since they may have visits on an older day.
    pub doctors: Vec<Doctor>,
    /// The rows of `doctor_availability` that count on the date, by doctor.
    pub schedules: HashMap<DoctorId, Schedule>,
    /// The visits that touch the date, of any status, by time and id.
    pub visits: Vec<Visit>,
    /// How far this has been read.
    pub versions: DayVersions,
}

/// What changed on a day since it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DayChange {
    /// The hours and visits of these doctors.
    Doctors {
        /// Who is meant; what the day held of them is replaced.
        doctors: Vec<DoctorId>,
        /// Their hours.
        schedules: HashMap<DoctorId, Schedule>,
        /// Their visits.
        visits: Vec<Visit>,
        /// How far this has been read.
        versions: DayVersions,
    },
    /// So much that the day was read anew.
    Everything(Box<Day>),
}

impl Day {
    /// Takes a visit in as it was just written here, before what changed is read: until then the
    /// versions stay as they are.
    pub fn put(&mut self, visit: &Visit) {
        let stood = self.visits.iter().any(|of| of.id == visit.id && of.starts == visit.starts);
        self.visits.retain(|of| of.id != visit.id);
        if stood || visit.starts.date() == self.date {
            self.visits.push(visit.clone());
            self.visits.sort_by_key(|visit| (visit.starts, visit.id));
        }
    }

    /// Takes a change in.
    pub fn apply(&mut self, change: DayChange) {
        match change {
            DayChange::Everything(day) => *self = *day,
            DayChange::Doctors { doctors, mut schedules, visits, versions } => {
                for doctor in &doctors {
                    match schedules.remove(doctor) {
                        Some(schedule) => self.schedules.insert(*doctor, schedule),
                        None => self.schedules.remove(doctor),
                    };
                }
                self.visits.retain(|visit| !doctors.contains(&visit.doctor_id));
                self.visits.extend(visits);
                self.visits.sort_by_key(|visit| (visit.starts, visit.id));
                self.versions = versions;
            }
        }
    }
}
