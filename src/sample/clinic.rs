//! A clinic made up from a plan: patients, doctors with their hours, and the days filled with
//! visits. Written batch by batch, so that a million patients need little memory.

use std::collections::HashSet;

use chrono::{Days, NaiveDate};

use super::people::{NewDoctor, People, rng_of_day};
use super::visits::{OpenDay, Scene};
use crate::domain::appointment::DEFAULT_MINUTES;
use crate::domain::clock::Now;
use crate::domain::ids::{AvailabilityId, DoctorId};
use crate::domain::schedule::{Availability, Schedule};
use crate::store::sql::bulk::{Bulk, NewVisit};
use crate::store::{Result, Store};

/// How many patients are made and written at a time.
const BATCH: u32 = 2_000;
/// After how many patients a large load is committed.
const COMMIT: u32 = 20_000;

/// What a made-up clinic is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// The same seed makes the same clinic.
    pub seed: u64,
    /// How many doctors.
    pub doctors: u32,
    /// How many patients.
    pub patients: u32,
    /// How many days before today have visits.
    pub days_back: u32,
    /// How many days, with today, have visits ahead.
    pub days_ahead: u32,
    /// Which part of the doctors' time visits hold up to today, 0 to 1.
    pub fill: f64,
    /// The same for the last day; it goes evenly from the one to the other.
    pub last_fill: f64,
}

impl Plan {
    /// The clinic on which speed is measured.
    pub const MEASURED: Plan = Plan {
        seed: 20_261_201,
        doctors: 200,
        patients: 1_000_000,
        days_back: 0,
        days_ahead: 90,
        fill: 0.8,
        last_fill: 0.8,
    };

    /// The days that have visits.
    pub fn days(&self, today: NaiveDate) -> impl Iterator<Item = NaiveDate> + use<> {
        let first = today.checked_sub_days(Days::new(self.days_back.into())).unwrap_or(today);
        first.iter_days().take((self.days_back + self.days_ahead) as usize)
    }

    /// How full a day is.
    fn fill_of(&self, day: NaiveDate, today: NaiveDate) -> f64 {
        let ahead = u32::try_from((day - today).num_days()).unwrap_or(0);
        let part = f64::from(ahead) / f64::from(self.days_ahead.max(1));
        self.fill + (self.last_fill - self.fill) * part.min(1.0)
    }
}

/// Fills an empty, migrated database by a plan, as of a moment. `told` hears what was done.
///
/// # Errors
/// The database's.
pub async fn fill(store: &Store, plan: &Plan, now: Now, mut told: impl FnMut(String)) -> Result<()> {
    let people = People::new(plan.seed, plan.patients, now.at);
    let mut bulk = store.bulk().await?;
    let doctors: Vec<NewDoctor> = (1..=plan.doctors).map(|n| people.doctor(n)).collect();
    write_doctors(&mut bulk, &doctors).await?;
    write_patients(&mut bulk, &people, plan.patients, &mut told).await?;
    let rota = Rota::new(&doctors);
    let scene = Scene { now, zone: store.zone(), patients: plan.patients };
    for day in plan.days(now.today()) {
        let visits = rota.visits(plan, &scene, day, &mut HashSet::new());
        bulk.visits(&visits).await?;
        bulk.commit().await?;
        told(format!("{day}: {} visits", visits.len()));
    }
    Ok(())
}

/// Writes doctors and their hours.
pub(super) async fn write_doctors(bulk: &mut Bulk, doctors: &[NewDoctor]) -> Result<()> {
    let rows: Vec<_> =
        doctors.iter().map(|doctor| (doctor.id, doctor.details.clone(), doctor.is_active)).collect();
    bulk.doctors(&rows).await?;
    let hours: Vec<_> = doctors
        .iter()
        .flat_map(|doctor| doctor.hours.iter().map(|(when, start, end)| (doctor.id, *when, *start, *end)))
        .collect();
    bulk.hours(&hours).await
}

/// Writes patients, with ids from 1 to `count`.
pub(super) async fn write_patients(
    bulk: &mut Bulk,
    people: &People,
    count: u32,
    mut told: impl FnMut(String),
) -> Result<()> {
    let mut first = 1;
    while first <= count {
        let last = count.min(first + BATCH - 1);
        let patients: Vec<_> = (first..=last).map(|n| people.patient(n)).collect();
        bulk.patients(&patients).await?;
        if last.is_multiple_of(COMMIT) {
            bulk.commit().await?;
            told(format!("{last} patients"));
        }
        first = last + 1;
    }
    Ok(())
}

/// Who works when.
#[derive(Debug)]
pub(super) struct Rota {
    doctors: Vec<(DoctorId, u16, Schedule)>,
}

impl Rota {
    pub(super) fn new(doctors: &[NewDoctor]) -> Self {
        let rota = |doctor: &NewDoctor| {
            let rows = doctor.hours.iter().map(|(recurrence, start, end)| Availability {
                id: AvailabilityId(0),
                doctor_id: doctor.id,
                recurrence: *recurrence,
                start: *start,
                end: *end,
            });
            let usual = doctor.details.default_minutes.unwrap_or(DEFAULT_MINUTES);
            (doctor.id, usual, Schedule::new(rows.collect()))
        };
        Rota { doctors: doctors.iter().map(rota).collect() }
    }

    /// The visits of all doctors on a day; `seen` gets the patients who have one.
    pub(super) fn visits(
        &self,
        plan: &Plan,
        scene: &Scene,
        day: NaiveDate,
        seen: &mut HashSet<u32>,
    ) -> Vec<NewVisit> {
        let fill = plan.fill_of(day, scene.now.today());
        self.doctors
            .iter()
            .flat_map(|(doctor, usual, schedule)| {
                let open = OpenDay { doctor: *doctor, usual: *usual, sessions: schedule.sessions(day), fill };
                scene.visits(&mut rng_of_day(plan.seed, *doctor, day), &open, seen)
            })
            .collect()
    }
}
