//! Writing many records at once into an empty clinic: made-up ones, for the demo and for
//! measurements. The booking rule is not asked and no audit row is written, so a clinic that
//! people work in is never written this way.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use super::Store;
use super::conn::{Conn, Stmt};
use super::patients::{count_words, write_name_keys};
use super::versions::{Calendar, RECORD_DAY, bump};
use crate::domain::appointment::Status;
use crate::domain::clock::Instant;
use crate::domain::doctor::DoctorDetails;
use crate::domain::fold::reversed_digits;
use crate::domain::ids::{DoctorId, PatientId};
use crate::domain::patient::Patient;
use crate::domain::permission::Deed;
use crate::domain::schedule::{Recurrence, TimeOfDay, weekday_column};
use crate::store::Result;

/// Rows a statement: many, and far from the 32,766 values that SQLite binds.
const ROWS: usize = 500;

/// A visit as it is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVisit {
    /// `doctor_id`
    pub doctor_id: DoctorId,
    /// `patient_id`
    pub patient_id: PatientId,
    /// `appointment_time`
    pub starts: NaiveDateTime,
    /// `duration_minutes`
    pub minutes: u16,
    /// `status`
    pub status: Status,
    /// `notes`
    pub notes: Option<&'static str>,
    /// `overbook_reason`
    pub overbook_reason: Option<&'static str>,
    /// `booked_by` and `booked_at`
    pub booked: (&'static str, Instant),
    /// `changed_by` and `changed_at`
    pub changed: Option<(&'static str, Instant)>,
}

/// An open transaction that writes many records. Dropped without [`Bulk::commit`], it writes none
/// of those since the last one.
#[derive(Debug)]
pub struct Bulk {
    conn: Conn,
    words: BTreeMap<String, i64>,
    days: BTreeSet<(NaiveDate, DoctorId)>,
}

impl Store {
    /// Begins to write many records: in a clinic that nobody has set up yet, or for whoever administers it.
    ///
    /// # Errors
    /// Where the person may not, or the database's.
    pub async fn bulk(&self) -> Result<Bulk> {
        if self.has_staff().await? {
            self.permit(Deed::ManageClinic)?;
        }
        let mut conn = self.db.acquire().await?;
        conn.wait_for_ever();
        conn.begin().await?;
        Ok(Bulk { conn, words: BTreeMap::new(), days: BTreeSet::new() })
    }
}

impl Bulk {
    /// Writes doctors under the ids that they have.
    ///
    /// # Errors
    /// The database's.
    pub async fn doctors(&mut self, doctors: &[(DoctorId, DoctorDetails, bool)]) -> Result<()> {
        for rows in doctors.chunks(ROWS) {
            let mut stmt = Stmt::new(
                "INSERT INTO doctors (id, name, email, phone, specialization, license_number, default_minutes, is_active) VALUES ",
            )
            .rows("(?, ?, ?, ?, ?, ?, ?, ?)", rows.len());
            for (id, details, is_active) in rows {
                stmt = stmt.bind(*id).bind(details.name.as_str()).bind(details.email.as_str());
                stmt = stmt.bind(details.phone.as_str()).bind(details.specialization.as_str());
                stmt = stmt.bind(details.license_number.as_str()).bind(details.default_minutes);
                stmt = stmt.bind(*is_active);
                self.days.insert((RECORD_DAY, *id));
            }
            self.conn.run(stmt).await?;
        }
        Ok(())
    }

    /// Writes sessions of doctors.
    ///
    /// # Errors
    /// The database's.
    pub async fn hours(&mut self, hours: &[(DoctorId, Recurrence, TimeOfDay, TimeOfDay)]) -> Result<()> {
        for rows in hours.chunks(ROWS) {
            let mut stmt = Stmt::new(
                "INSERT INTO doctor_availability (doctor_id, day_of_week, start_time, end_time, is_recurring, exception_date) VALUES ",
            )
            .rows("(?, ?, ?, ?, ?, ?)", rows.len());
            for (doctor, recurrence, start, end) in rows {
                let (weekday, exception) = match recurrence {
                    Recurrence::Weekly(weekday) => (*weekday, None),
                    Recurrence::Exception(date) => (date.weekday(), Some(*date)),
                };
                stmt = stmt.bind(*doctor).bind(weekday_column(weekday)).bind(start.column());
                stmt = stmt.bind(end.column()).bind(exception.is_none()).bind(exception);
            }
            self.conn.run(stmt).await?;
        }
        Ok(())
    }

    /// Writes patients under the ids that they have, and makes them known to the look-up. The
    /// words of their names are counted with [`Bulk::commit`].
    ///
    /// # Errors
    /// The database's.
    pub async fn patients(&mut self, patients: &[Patient]) -> Result<()> {
        for rows in patients.chunks(ROWS) {
            let mut stmt = Stmt::new(
                "INSERT INTO patients (id, name, email, phone, date_of_birth, address, created_at, phone_reversed, known_name, known_phone) VALUES ",
            )
            .rows("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows.len());
            let mut names = Vec::with_capacity(rows.len());
            for patient in rows {
                let details = &patient.details;
                stmt = stmt.bind(patient.id).bind(details.name.as_str()).bind(details.email.as_str());
                stmt = stmt.bind(details.phone.as_str()).bind(details.date_of_birth);
                stmt = stmt.bind(details.address.clone()).bind(patient.created_at);
                stmt = stmt.bind(reversed_digits(&details.phone));
                stmt = stmt.bind(details.name.as_str()).bind(details.phone.as_str());
                names.push((patient.id, details.name.clone()));
            }
            self.conn.run(stmt).await?;
            for (word, uses) in write_name_keys(&mut self.conn, &names).await? {
                *self.words.entry(word).or_default() += uses;
            }
        }
        Ok(())
    }

    /// Writes visits. The rows of their days are written with [`Bulk::commit`].
    ///
    /// # Errors
    /// The database's.
    pub async fn visits(&mut self, visits: &[NewVisit]) -> Result<()> {
        for rows in visits.chunks(ROWS) {
            let mut stmt = Stmt::new(
                "INSERT INTO appointments (doctor_id, patient_id, appointment_time, duration_minutes, status, notes, \
                 booked_by, booked_at, changed_by, changed_at, overbook_reason) VALUES ",
            )
            .rows("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows.len());
            for visit in rows {
                let (changed_by, changed_at) = visit.changed.unzip();
                stmt = stmt.bind(visit.doctor_id).bind(visit.patient_id).bind(visit.starts);
                stmt = stmt.bind(visit.minutes).bind(visit.status.column()).bind(visit.notes);
                stmt = stmt.bind(visit.booked.0).bind(visit.booked.1).bind(changed_by).bind(changed_at);
                stmt = stmt.bind(visit.overbook_reason);
                self.days.insert((visit.starts.date(), visit.doctor_id));
            }
            self.conn.run(stmt).await?;
        }
        Ok(())
    }

    /// Commits what was written, with the words and days that it touched, and goes on.
    ///
    /// # Errors
    /// The database's.
    pub async fn commit(&mut self) -> Result<()> {
        count_words(&mut self.conn, std::mem::take(&mut self.words)).await?;
        let days: Vec<_> = std::mem::take(&mut self.days).into_iter().collect();
        for rows in days.chunks(ROWS) {
            bump(&mut self.conn, Calendar::Doctors, rows.iter().copied().collect()).await?;
        }
        self.conn.commit().await?;
        self.conn.begin().await
    }
}
