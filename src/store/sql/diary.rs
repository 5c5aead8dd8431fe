//! What the booking rule looks at: who is meant, the doctor's hours and the visits around the
//! proposal. In few statements, since the desk that waits is not alone: the rows of the day are held
//! meanwhile.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::appointments::{VISIT, visit};
use super::availability::{COLUMN_COUNT, COLUMNS, COUNTS, availability};
use super::conn::{Conn, Row, Stmt};
use super::dialect::NAIVE_END;
use crate::domain::appointment::{MAX_MINUTES, end_of};
use crate::domain::booking::{Diary, Held, Proposal};
use crate::domain::clock::Zone;
use crate::domain::schedule::Schedule;
use crate::store::{Result, StoreError};

/// A clock change moves the wall clock by at most this much against the minutes that pass.
pub(super) const CLOCK_CHANGE: TimeDelta = TimeDelta::hours(3);

/// What is known of those whom a proposal is about.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The doctor's name, and whether they see patients.
    doctor: Option<(String, bool)>,
    /// The patient's name.
    pub(super) patient_name: Option<String>,
    /// The doctor's hours on the days of the proposal and on the day before.
    schedule: Schedule,
    /// The visits around it, of the doctor and of the patient.
    visits: Vec<Held>,
}

impl Facts {
    /// The doctor's name, and whether they see patients.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such doctor.
    pub(super) fn doctor(&self, proposal: &Proposal) -> Result<(&str, bool)> {
        let known = self.doctor.as_ref().map(|(name, active)| (name.as_str(), *active));
        known.ok_or(StoreError::Missing { what: "doctor", id: proposal.doctor_id.0 })
    }

    /// What the rule looks at.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such doctor.
    pub(super) fn diary(&self, proposal: &Proposal) -> Result<Diary> {
        let (_, doctor_active) = self.doctor(proposal)?;
        Ok(Diary { doctor_active, schedule: self.schedule.clone(), visits: self.visits.clone() })
    }

    /// Reads what the statements of [`asked`] answered.
    ///
    /// # Errors
    /// A row that cannot be read.
    pub(super) fn read([people, visits]: [&[Row]; 2]) -> Result<Self> {
        let mut facts = Facts::default();
        let mut hours = Vec::new();
        for (n, row) in people.iter().enumerate() {
            if row.cells("doctor_availability").get::<Option<i32>>()?.is_some() {
                hours.push(availability(&mut row.cells("doctor_availability"))?);
            }
            if n == 0 {
                let mut cells = row.cells("doctors").skip(COLUMN_COUNT);
                let name: Option<String> = cells.get()?;
                let active = cells.get()?;
                facts.doctor = name.map(|name| (name, active));
                facts.patient_name = cells.get()?;
            }
        }
        facts.schedule = Schedule::new(hours);
        facts.visits = visits.iter().map(held).collect::<Result<_>>()?;
        Ok(facts)
    }
}

/// The statements that read a proposal's [`Facts`].
pub(super) fn asked(conn: &Conn, proposal: &Proposal, zone: Zone) -> [Stmt; 2] {
    [people(proposal, zone), visits(conn, proposal, zone)]
}

/// Who is meant, and the doctor's hours. These come first, so that it is their id that is named
/// where one cannot be read.
fn people(proposal: &Proposal, zone: Zone) -> Stmt {
    let first = proposal.starts.date().pred_opt().unwrap_or(NaiveDate::MIN);
    let last = end_of(proposal.starts, proposal.minutes, zone).date();
    Stmt::new("SELECT ")
        .then(COLUMNS)
        .then(
            ", d.name, COALESCE(d.is_active, TRUE) AS is_active, p.name FROM (SELECT 1 AS one) one \
             LEFT JOIN doctors d ON d.id = ? LEFT JOIN patients p ON p.id = ? \
             LEFT JOIN doctor_availability v ON v.doctor_id = d.id AND ",
        )
        .then(COUNTS)
        .then(" AND (v.exception_date IS NULL OR v.exception_date BETWEEN ? AND ?)")
        .bind(proposal.doctor_id)
        .bind(proposal.patient_id)
        .bind(first)
        .bind(last)
}

/// The visits around a proposal, of the doctor and of the patient: a bounded range of an index,
/// since a visit's length is bounded.
fn visits(conn: &Conn, proposal: &Proposal, zone: Zone) -> Stmt {
    let near = zone.changes_near(proposal.starts.date());
    let margin = if near { CLOCK_CHANGE } else { TimeDelta::zero() };
    let from = proposal.starts - margin;
    let earliest = from - TimeDelta::minutes(i64::from(MAX_MINUTES));
    let latest = end_of(proposal.starts, proposal.minutes, zone) + margin;
    let naive_end = conn.pick(NAIVE_END);
    let one = |stmt: Stmt, whose: &'static str| {
        stmt.then("SELECT ")
            .then(VISIT)
            .then(", p.name, d.name, a.booked_by, a.booked_at FROM appointments a JOIN patients p ON p.id = a.patient_id JOIN doctors d ON d.id = a.doctor_id WHERE ")
            .then(whose)
            .then(" AND a.appointment_time >= ? AND a.appointment_time < ? AND ")
            .then(naive_end)
            .then(" > ?")
    };
    let bounds = |stmt: Stmt| stmt.bind(earliest).bind(latest).bind(from);
    let mut stmt = bounds(one(Stmt::new(""), "a.doctor_id = ?").bind(proposal.doctor_id));
    if let Some(patient) = proposal.patient_id {
        stmt = one(stmt.then(" UNION ALL "), "a.patient_id = ? AND a.doctor_id <> ?");
        stmt = bounds(stmt.bind(patient).bind(proposal.doctor_id));
    }
    stmt
}

fn held(row: &Row) -> Result<Held> {
    let mut cells = row.cells("appointments");
    let visit = visit(&mut cells)?;
    let patient_name = cells.get()?;
    let doctor_name = cells.get()?;
    let booked_by = cells.get()?;
    let booked_at: Option<NaiveDateTime> = cells.get()?;
    Ok(Held { visit, patient_name, doctor_name, booked_by, booked_at: booked_at.map(|at| at.and_utc()) })
}
