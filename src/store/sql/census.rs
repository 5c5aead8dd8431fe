//! What the administrator's commands ask of a whole clinic: how much there is, and what does not
//! fit together.

use std::collections::HashMap;

use chrono::{Days, NaiveDateTime};

use super::Store;
use super::appointments::{VISIT, visit};
use super::availability::{COUNTS, FIELDS, of_row};
use super::conn::Stmt;
use super::packed::{self, Fields};
use crate::domain::appointment::Visit;
use crate::domain::ids::{AvailabilityId, DoctorId};
use crate::domain::permission::Deed;
use crate::domain::schedule::Availability;
use crate::domain::slot::subtract;
use crate::store::{Result, StoreError};

/// How many rows the tables of the schema page hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// `patients`
    pub patients: u64,
    /// `doctors`
    pub doctors: u64,
    /// `appointments`
    pub appointments: u64,
    /// `doctor_availability`
    pub doctor_availability: u64,
    /// `payments`
    pub payments: u64,
    /// Rows of hours that are neither weekly nor of a date, and so never count.
    pub idle_hours: Vec<AvailabilityId>,
    /// Rows of hours that cannot be read, and keep their doctors' hours from being known.
    pub unreadable_hours: Vec<AvailabilityId>,
    /// Pairs of rows of hours that cannot both be meant (see [`Availability::contradicts`]).
    pub contradicting_hours: Vec<(AvailabilityId, AvailabilityId)>,
}

impl Store {
    /// Counts the clinic's rows.
    ///
    /// # Errors
    /// The database's.
    pub async fn census(&self) -> Result<Census> {
        let mut conn = self.db.acquire().await?;
        conn.wait_for_ever();
        let counts = Stmt::new(
            "SELECT (SELECT COUNT(*) FROM patients), (SELECT COUNT(*) FROM doctors), \
             (SELECT COUNT(*) FROM appointments), (SELECT COUNT(*) FROM doctor_availability), \
             (SELECT COUNT(*) FROM payments)",
        );
        let row = conn.first(counts).await?.ok_or(StoreError::Lost)?;
        let mut cells = row.cells("information_schema");
        let mut count = || cells.get::<i64>().map(|count| u64::try_from(count).unwrap_or(0));
        let mut census = Census {
            patients: count()?,
            doctors: count()?,
            appointments: count()?,
            doctor_availability: count()?,
            payments: count()?,
            idle_hours: Vec::new(),
            unreadable_hours: Vec::new(),
            contradicting_hours: Vec::new(),
        };
        let idle = Stmt::new("SELECT v.id FROM doctor_availability v WHERE NOT ").then(COUNTS);
        for row in conn.all(idle.then(" ORDER BY v.id")).await? {
            census.idle_hours.push(AvailabilityId(row.cells("doctor_availability").get()?));
        }
        let hours = packed::listed(&FIELDS).then(" FROM doctor_availability v ORDER BY v.id");
        let mut of_doctors: HashMap<DoctorId, Vec<Availability>> = HashMap::new();
        for row in conn.all(hours).await? {
            match of_row(&row) {
                Ok(row) if census.idle_hours.contains(&row.id) => {}
                Ok(row) => of_doctors.entry(row.doctor_id).or_default().push(row),
                Err(_) => {
                    census.unreadable_hours.push(AvailabilityId(row.cells("doctor_availability").get()?));
                }
            }
        }
        for rows in of_doctors.values() {
            for (n, row) in rows.iter().enumerate() {
                let others = rows[n + 1..].iter().filter(|other| other.contradicts(row));
                census.contradicting_hours.extend(others.map(|other| (row.id, other.id)));
            }
        }
        census.contradicting_hours.sort_unstable();
        Ok(census)
    }

    /// A doctor's scheduled visits from `wall` on of which a part lies outside the hours, soonest
    /// first: what a change of hours leaves to be dealt with.
    ///
    /// # Errors
    /// The database's, or a row that cannot be read.
    pub async fn visits_outside_hours(&self, doctor: DoctorId, wall: NaiveDateTime) -> Result<Vec<Visit>> {
        self.permit_of(Deed::ReadCalendar, doctor)?;
        let schedule = self.hours(doctor, wall.date() - Days::new(1)).await?;
        let stmt = packed::listed(VISIT)
            .then(" FROM appointments a WHERE a.doctor_id = ? AND a.appointment_time >= ?")
            .then(" AND COALESCE(a.status, 'Scheduled') = 'Scheduled' ORDER BY a.appointment_time, a.id");
        let mut outside = Vec::new();
        for row in self.db.acquire().await?.all(stmt.bind(doctor).bind(wall)).await? {
            let visit = visit(&mut Fields::of_row(&row, "appointments"))?;
            let (first, last) = (visit.starts.date(), visit.ends(self.zone()).date());
            let open = schedule.open(first, last.max(first), self.zone());
            if !subtract(&[visit.interval(self.zone())], &open).is_empty() {
                outside.push(visit);
            }
        }
        Ok(outside)
    }
}
