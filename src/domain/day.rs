//! One day of the clinic, as the day board shows it.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::appointment::{Appointment, Visit};
use super::doctor::Doctor;
use super::ids::{DoctorId, PatientId};
use super::patient::Named;
use super::schedule::Schedule;

/// How far a day was read: what changed since is what differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayVersions {
    /// The versions of the day's rows in `calendar_days`, by doctor.
    pub of_doctors: BTreeMap<DoctorId, i64>,
    /// A number that another change of a doctor's record makes another, and of a patient's name.
    pub of_records: i64,
}

/// Who patients are. A day has thousands of visits, and no index of the visits holds a name: those
/// in sight are read, not all.
pub type Names = HashMap<PatientId, Named>;

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
    /// The patients' names, as far as they were asked for.
    pub names: Names,
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
        /// Names, as far as they were asked for.
        names: Names,
        /// How far this has been read.
        versions: DayVersions,
    },
    /// So much that the day was read anew.
    Everything(Box<Day>),
}

impl Day {
    /// Who a visit's patient is, where that was read.
    #[must_use]
    pub fn patient_of(&self, visit: &Visit) -> Option<&Named> {
        self.names.get(&visit.patient_id)
    }

    /// Takes a visit in as it was just written here, before what changed is read: until then the
    /// versions stay as they are.
    pub fn put(&mut self, appointment: &Appointment) {
        let visit = &appointment.visit;
        self.names.insert(visit.patient_id, appointment.patient());
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
            DayChange::Doctors { doctors, mut schedules, visits, names, versions } => {
                for doctor in &doctors {
                    match schedules.remove(doctor) {
                        Some(schedule) => self.schedules.insert(*doctor, schedule),
                        None => self.schedules.remove(doctor),
                    };
                }
                self.visits.retain(|visit| !doctors.contains(&visit.doctor_id));
                self.visits.extend(visits);
                self.visits.sort_by_key(|visit| (visit.starts, visit.id));
                self.names.extend(names);
                self.versions = versions;
            }
        }
    }
}
