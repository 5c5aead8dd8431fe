//! What the booking rule looks at: who is meant, the doctor's hours and the visits around the
//! proposal. In few statements, since the desk that waits is not alone: the rows of the day are held
//! meanwhile.

use chrono::{NaiveDate, TimeDelta};

use super::appointments::{VISIT, visit};
use super::availability;
use super::conn::{Conn, Row, Stmt, Value};
use super::dialect::{BY_DOCTOR, BY_PATIENT, Both, NAIVE_END};
use super::packed::{self, Fields};
use crate::domain::appointment::{MAX_MINUTES, end_of};
use crate::domain::booking::{Conflict, Diary, Held, Proposal};
use crate::domain::clock::Zone;
use crate::domain::ids::AppointmentId;
use crate::domain::patient::Named;
use crate::domain::schedule::Schedule;
use crate::store::{Result, StoreError};

/// A clock change moves the wall clock by at most this much against the minutes that pass.
pub(super) const CLOCK_CHANGE: TimeDelta = TimeDelta::hours(3);

/// What is known of those whom a proposal is about.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The doctor's name, and whether they see patients.
    doctor: Option<(String, bool)>,
    /// The patient.
    pub(super) patient: Option<Named>,
    /// The doctor's hours on the days of the proposal and on the day before.
    schedule: Schedule,
    /// The visits around it, of the doctor and of the patient: see [`name`].
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
        if let Some(row) = people.first() {
            let mut cells = row.cells("doctors").skip(1);
            facts.doctor = Some((cells.get()?, cells.get()?));
            let name: Option<String> = cells.get()?;
            // What is no date is none: who it is is known all the same.
            let born = cells.get().unwrap_or_default();
            facts.patient = name.map(|name| Named { name, born });
            let hours: Option<String> = cells.get()?;
            facts.schedule = availability::counted(hours.as_deref())?;
        }
        facts.visits = visits.iter().map(held).collect::<Result<_>>()?;
        facts.visits.sort_by_key(|held| held.visit.id);
        facts.visits.dedup_by_key(|held| held.visit.id);
        Ok(facts)
    }
}

/// The statements that read a proposal's [`Facts`]: few, and without joins, since to plan one takes a
/// server longer than to find these few rows.
pub(super) fn asked(conn: &Conn, proposal: &Proposal, zone: Zone) -> [Stmt; 2] {
    [people(conn, proposal, zone), visits(conn, proposal, zone)]
}

fn people(conn: &Conn, proposal: &Proposal, zone: Zone) -> Stmt {
    let first = proposal.starts.date().pred_opt().unwrap_or(NaiveDate::MIN);
    let last = end_of(proposal.starts, proposal.minutes, zone).date();
    Stmt::new(
        "SELECT d.id, d.name, COALESCE(d.is_active, TRUE) AS is_active, \
         (SELECT p.name FROM patients p WHERE p.id = ?), \
         (SELECT p.date_of_birth FROM patients p WHERE p.id = ?), ",
    )
    .bind(proposal.patient_id)
    .bind(proposal.patient_id)
    .append(availability::of_doctor(conn, proposal.doctor_id, (first, last)))
    .then(" FROM doctors d WHERE d.id = ?")
    .bind(proposal.doctor_id)
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
    let of = |index: Both, whose: &'static str, id: Value| {
        packed::listed(VISIT)
            .then(", a.booked_by, a.booked_at FROM appointments a")
            .then(conn.pick(index))
            .then(whose)
            .then(" = ? AND a.appointment_time >= ? AND a.appointment_time < ? AND ")
            .then(naive_end)
            .then(" > ?")
            .bind(id)
            .bind(earliest)
            .bind(latest)
            .bind(from)
    };
    let of_doctor = of(BY_DOCTOR, " WHERE a.doctor_id", proposal.doctor_id.into());
    match proposal.patient_id {
        None => of_doctor,
        // A visit of both comes twice, which is told by its id.
        Some(patient) => {
            of_doctor.then(" UNION ALL ").append(of(BY_PATIENT, " WHERE a.patient_id", patient.into()))
        }
    }
}

/// A visit that holds time, without the names, which are of use where it is in the way alone.
fn held(row: &Row) -> Result<Held> {
    let mut fields = Fields::of_row(row, "appointments");
    let visit = visit(&mut fields)?;
    let booked_by = fields.text_if_any("booked_by")?;
    let booked_at = fields.wall_if_any("booked_at")?.map(|at| at.and_utc());
    let (patient_name, doctor_name) = (String::new(), String::new());
    Ok(Held { visit, patient_name, patient_born: None, doctor_name, booked_by, booked_at })
}

/// Reads the names of those whose visits are in the way.
///
/// # Errors
/// The database's, or a row that cannot be read.
pub(super) async fn name(conn: &mut Conn, conflicts: &mut [Conflict]) -> Result<()> {
    let ids: Vec<_> = conflicts.iter().filter_map(Conflict::clash).map(|clash| clash.held.visit.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let stmt = Stmt::new(
        "SELECT a.id, p.name, d.name, p.date_of_birth FROM appointments a JOIN patients p ON p.id = a.patient_id \
         JOIN doctors d ON d.id = a.doctor_id WHERE a.id IN ",
    );
    for row in conn.all(stmt.list(ids)).await? {
        let mut cells = row.cells("appointments");
        let id = AppointmentId(cells.get()?);
        let (patient_name, doctor_name): (String, String) = (cells.get()?, cells.get()?);
        let born = cells.get().unwrap_or_default();
        let clashes = conflicts.iter_mut().filter_map(Conflict::clash_mut);
        for clash in clashes.filter(|clash| clash.held.visit.id == id) {
            clash.held.patient_name.clone_from(&patient_name);
            clash.held.doctor_name.clone_from(&doctor_name);
            clash.held.patient_born = born;
        }
    }
    Ok(())
}
