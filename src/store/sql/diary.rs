//! What the booking transaction reads: whether it was done before, who is meant, the doctor's hours
//! and the visits around the proposal. In few statements, since the desk that waits is not alone:
//! the rows of the day are held meanwhile.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::appointments::{VISIT, visit};
use super::availability::{COLUMN_COUNT, COLUMNS, COUNTS, availability};
use super::conn::{Conn, Stmt};
use super::dialect::NAIVE_END;
use crate::domain::appointment::{MAX_MINUTES, end_of};
use crate::domain::booking::{Held, Proposal};
use crate::domain::clock::Zone;
use crate::domain::schedule::Schedule;
use crate::store::{Result, StoreError};

/// A clock change moves the wall clock by at most this much against the minutes that pass.
pub(super) const CLOCK_CHANGE: TimeDelta = TimeDelta::hours(3);

/// What is known of a request and of those whom it is about.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The record that a request of this key wrote, and what kind of request it was.
    pub(super) done: Option<(i32, String)>,
    /// The doctor's name, and whether they see patients.
    pub(super) doctor: Option<(String, bool)>,
    /// The patient's name.
    pub(super) patient_name: Option<String>,
    /// The doctor's hours on the days of the proposal and on the day before.
    pub(super) schedule: Schedule,
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
}

/// Reads all but the visits in one statement. No `key` is a request that is not one yet.
pub(super) async fn facts(
    conn: &mut Conn,
    proposal: &Proposal,
    zone: Zone,
    key: Option<&str>,
) -> Result<Facts> {
    let first = proposal.starts.date().pred_opt().unwrap_or(NaiveDate::MIN);
    let last = end_of(proposal.starts, proposal.minutes, zone).date();
    // The hours come first, so that it is their id that is named where one cannot be read.
    let stmt = Stmt::new("SELECT ")
        .then(COLUMNS)
        .then(
            ", d.name, COALESCE(d.is_active, TRUE) AS is_active, p.name, k.record_id, k.action FROM (SELECT 1 AS one) one \
             LEFT JOIN doctors d ON d.id = ? LEFT JOIN patients p ON p.id = ? \
             LEFT JOIN idempotency_keys k ON k.idempotency_key = ? \
             LEFT JOIN doctor_availability v ON v.doctor_id = d.id AND ",
        )
        .then(COUNTS)
        .then(" AND (v.exception_date IS NULL OR v.exception_date BETWEEN ? AND ?)")
        .bind(proposal.doctor_id)
        .bind(proposal.patient_id)
        .bind(key)
        .bind(first)
        .bind(last);
    let mut facts = Facts::default();
    let mut hours = Vec::new();
    for (n, row) in conn.all(stmt).await?.iter().enumerate() {
        if row.cells("doctor_availability").get::<Option<i32>>()?.is_some() {
            hours.push(availability(&mut row.cells("doctor_availability"))?);
        }
        if n > 0 {
            continue;
        }
        let mut cells = row.cells("doctors").skip(COLUMN_COUNT);
        let name: Option<String> = cells.get()?;
        let active = cells.get()?;
        facts.doctor = name.map(|name| (name, active));
        facts.patient_name = cells.get()?;
        let record: Option<i32> = cells.get()?;
        let action: Option<String> = cells.get()?;
        facts.done = record.zip(action);
    }
    facts.schedule = Schedule::new(hours);
    Ok(facts)
}

/// The visits around a proposal, of the doctor and of the patient: a bounded range of an index,
/// since a visit's length is bounded.
pub(super) async fn held(conn: &mut Conn, proposal: &Proposal, zone: Zone) -> Result<Vec<Held>> {
    let near = zone.changes_near(proposal.starts.date());
    let margin = if near { CLOCK_CHANGE } else { TimeDelta::zero() };
    let from = proposal.starts - margin;
    let earliest = from - TimeDelta::minutes(i64::from(MAX_MINUTES));
    let latest = end_of(proposal.starts, proposal.minutes, zone) + margin;
    let naive_end = conn.pick(NAIVE_END);
    let one = |stmt: Stmt, whose: &'static str| {
        stmt.then("SELECT ")
            .then(VISIT)
            .then(", d.name, a.booked_by, a.booked_at FROM appointments a JOIN patients p ON p.id = a.patient_id JOIN doctors d ON d.id = a.doctor_id WHERE ")
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
    let rows = conn.all(stmt).await?;
    rows.iter()
        .map(|row| {
            let mut cells = row.cells("appointments");
            let visit = visit(&mut cells)?;
            let doctor_name = cells.get()?;
            let booked_by = cells.get()?;
            let booked_at: Option<NaiveDateTime> = cells.get()?;
            Ok(Held { visit, doctor_name, booked_by, booked_at: booked_at.map(|at| at.and_utc()) })
        })
        .collect()
}
