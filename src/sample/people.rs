//! Patients and doctors of made-up clinics, each from their own number alone, so that they can be
//! made in any order and a million of them need no memory.

use chrono::{Days, NaiveDate, TimeDelta, Weekday};
use fastrand::Rng;

use super::names::Names;
use crate::domain::clock::Instant;
use crate::domain::doctor::DoctorDetails;
use crate::domain::fold::words;
use crate::domain::ids::{DoctorId, PatientId};
use crate::domain::patient::{Patient, PatientDetails};
use crate::domain::schedule::{Recurrence, TimeOfDay};

/// A doctor who is to be written, with their hours.
#[derive(Clone, Debug)]
pub struct NewDoctor {
    /// `id`
    pub id: DoctorId,
    /// The columns.
    pub details: DoctorDetails,
    /// `is_active`
    pub is_active: bool,
    /// The sessions of the week, and the exceptions.
    pub hours: Vec<(Recurrence, TimeOfDay, TimeOfDay)>,
}

/// From where patients are drawn.
#[derive(Debug)]
pub struct People {
    names: Names,
    seed: u64,
    now: Instant,
    /// Whether there are so many that the numbers kept for fiction do not tell them apart.
    crowd: bool,
}

/// How many patients a clinic has before its telephone numbers are of a country that is none.
const CROWD: u32 = 5_000;

const DOMAINS: [&str; 3] = ["example.org", "example.com", "example.net"];

const STREETS: [&str; 12] = [
    "Mill Lane",
    "Station Road",
    "Church Street",
    "Lindenallee",
    "Am Markt",
    "Rue des Écoles",
    "Calle Mayor",
    "ul. Ogrodowa",
    "Rua das Flores",
    "Riverside Walk",
    "Harbour View",
    "Storgatan",
];

const SPECIALIZATIONS: [&str; 20] = [
    "General Practice",
    "Cardiology",
    "Dermatology",
    "Paediatrics",
    "Neurology",
    "Orthopaedics",
    "Ophthalmology",
    "Gynaecology",
    "Psychiatry",
    "Endocrinology",
    "Urology",
    "Oncology",
    "Radiology",
    "Rheumatology",
    "Nephrology",
    "Pulmonology",
    "Gastroenterology",
    "Haematology",
    "Allergology",
    "Geriatrics",
];

impl People {
    /// The people of a clinic of `patients`, made from a seed; nobody is younger than at `now`.
    #[must_use]
    pub fn new(seed: u64, patients: u32, now: Instant) -> Self {
        People { names: Names::load(), seed, now, crowd: patients > CROWD }
    }

    /// The patient of a number from 1 on: the same each time.
    #[must_use]
    pub fn patient(&self, n: u32) -> Patient {
        let mut rng = self.rng(n, 0);
        let name = self.names.draw(&mut rng);
        let email = format!("{}{n}@{}", local_part(&name), DOMAINS[rng.usize(..DOMAINS.len())]);
        let phone = if self.crowd { nowhere(&mut rng) } else { fictional(&mut rng) };
        let today = self.now.date_naive();
        // Two draws added: few are very old, few are new-born.
        let age = rng.u64(..17_000) + rng.u64(..17_000);
        let date_of_birth = today.checked_sub_days(Days::new(age + 1)).unwrap_or(today);
        let address = (rng.u32(..100) < 80)
            .then(|| format!("{} {}", STREETS[rng.usize(..STREETS.len())], rng.u32(1..160)));
        let created = self.now - TimeDelta::minutes(rng.i64(60..2_000_000));
        Patient {
            id: PatientId(i32::try_from(n).unwrap_or(i32::MAX)),
            details: PatientDetails { name, email, phone, date_of_birth, address },
            created_at: Some(created),
        }
    }

    /// The doctor of a number from 1 on, who is there every day from eight to twelve and from one
    /// to five.
    #[must_use]
    pub fn doctor(&self, n: u32) -> NewDoctor {
        let mut rng = self.rng(n, 1);
        let name = format!("Dr. {}", self.names.draw(&mut rng));
        let specialization = SPECIALIZATIONS[n as usize % SPECIALIZATIONS.len()].to_owned();
        let details = DoctorDetails {
            email: format!("doctor{n}@example.org"),
            phone: fictional(&mut rng),
            specialization,
            license_number: format!("MB-{n:06}"),
            default_minutes: Some([20, 30, 30, 45][rng.usize(..4)]),
            name,
        };
        let mut weekday = Weekday::Mon;
        let mut week = Vec::with_capacity(14);
        for _ in 0..7 {
            for (start, end) in [(8, 12), (13, 17)] {
                week.push((Recurrence::Weekly(weekday), hour(start, 0), hour(end, 0)));
            }
            weekday = weekday.succ();
        }
        NewDoctor {
            id: DoctorId(i32::try_from(n).unwrap_or(i32::MAX)),
            details,
            is_active: true,
            hours: week,
        }
    }

    /// The draws of one person, or of one doctor's day.
    pub(super) fn rng(&self, n: u32, kind: u64) -> Rng {
        Rng::with_seed(
            self.seed.wrapping_add(u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15)) ^ (kind << 56),
        )
    }
}

/// The draws of one day of one doctor.
pub(super) fn rng_of_day(seed: u64, doctor: DoctorId, day: NaiveDate) -> Rng {
    use chrono::Datelike as _;
    let place = u64::from(doctor.0.unsigned_abs()) << 32 | u64::from(day.num_days_from_ce().unsigned_abs());
    Rng::with_seed(seed ^ place.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// A time of day.
pub(super) fn hour(hour: u32, minute: u32) -> TimeOfDay {
    chrono::NaiveTime::from_hms_opt(hour, minute, 0).map_or(TimeOfDay::END, TimeOfDay::from)
}

/// The part of an e-mail address before the number: the first and the last word of the name.
fn local_part(name: &str) -> String {
    let words = words(name);
    match words.as_slice() {
        [first, .., last] => format!("{first}.{last}"),
        [only] => only.clone(),
        [] => "patient".to_owned(),
    }
}

/// A number that is kept for fiction: by the NANP, Ofcom, the Bundesnetzagentur, Arcep and PTS.
pub(super) fn fictional(rng: &mut Rng) -> String {
    match rng.u32(..10) {
        0 | 1 => {
            format!("+1{}55501{:02}", ["212", "312", "415", "617", "206"][rng.usize(..5)], rng.u32(..100))
        }
        2 | 3 => format!("+447700900{:03}", rng.u32(..1000)),
        4 => format!("+442079460{:03}", rng.u32(..1000)),
        5 | 6 => format!("+493023125{:03}", rng.u32(..1000)),
        7 => format!("+3363998{:04}", rng.u32(..10_000)),
        8 => format!("+3319900{:04}", rng.u32(..10_000)),
        _ => format!("+468465004{:02}", rng.u32(..100)),
    }
}

/// A number under +999, a country code that no country has.
fn nowhere(rng: &mut Rng) -> String {
    format!("+999{:09}", rng.u32(..1_000_000_000))
}
