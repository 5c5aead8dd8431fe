//! Reading the audit trail: by patient, person, visit and time, newest first; what was done to a visit; and
//! whether its chains are whole. `trail` writes it. (HIPAA 164.308(a)(1)(ii)(D), review of activity.)

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use serde_json::{Value as Json, json};

use super::Store;
use super::appointments::by_id;
use super::conn::{Conn, Row, Stmt};
use super::dialect::Both;
use super::trail::{Author, Entry};
use super::verify::Check;
use crate::domain::audit::chain::{Began, Finding, Heads};
use crate::domain::audit::witness::WITNESS;
use crate::domain::audit::{AuditFilter, AuditPage, AuditRow, Cursor, VisitEvent};
use crate::domain::clock::Instant;
use crate::domain::ids::{AppointmentId, DoctorId, PatientId, StaffId};
use crate::domain::permission::Deed;
use crate::store::{Result, StoreError};

/// How many changes of a visit are read at the most.
const CHANGES: u16 = 500;

/// How many chains that began first are looked at for where chains began.
const FIRST_CHAINS: u16 = 16;

/// The time of the row before is that of the last one which is shown: what chains say of each other comes with
/// another row, and is left out. A clock that was set back before it is told by the row that it comes with.
const COLUMNS: &str = "SELECT id, at, staff_id, actor, host, os_user, action, record, record_id, patient_id, detail, \
     desk, seq, COALESCE(\
     (SELECT b.at FROM audit_log b WHERE b.desk = audit_log.desk AND b.seq = audit_log.seq - 1 \
     AND b.action <> 'audit.witness'), \
     (SELECT b.at FROM audit_log b WHERE b.desk = audit_log.desk AND b.seq = audit_log.seq - 2), \
     (SELECT b.at FROM audit_log b WHERE b.desk = audit_log.desk AND b.seq = audit_log.seq - 1)) \
     FROM audit_log";

/// The one index by which rows are to be found. Left to themselves, the servers read the whole trail
/// backwards for a page of somebody who has no such page.
const BY_PATIENT: Both = Both { mysql: " FORCE INDEX (audit_log_patient)", sqlite: "" };
const BY_RECORD: Both = Both { mysql: " FORCE INDEX (audit_log_record)", sqlite: "" };
const BY_STAFF: Both = Both { mysql: " FORCE INDEX (audit_log_staff)", sqlite: "" };
const BY_TIME: Both = Both { mysql: " FORCE INDEX (audit_log_time)", sqlite: "" };

/// What rows are read for: to be looked at, or to be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadFor {
    /// On a screen or in a terminal.
    People,
    /// As a sheet or a document.
    Export,
}

/// What came of checking the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// What is wrong, and what is worth a look; in the order of the chains.
    pub findings: Vec<Finding>,
    /// Where each chain ends, as it was read.
    pub heads: Heads,
    /// When a program wrote the last row that is older than the chains, and in none.
    pub unchained_last: Option<Instant>,
}

impl Verified {
    /// Whether nobody altered the trail, as far as it shows.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !self.findings.iter().any(|finding| finding.fault.is_tampering())
    }
}

impl Store {
    /// A page of the trail, newest first, from before `cursor` on. What chains say of each other
    /// (`audit.witness`) is left out where it is not asked for by its whole name. That it was read is on the trail too: once for
    /// each filter, with its first page.
    ///
    /// # Errors
    /// Where the person may not, the database's, or a row that cannot be read.
    pub async fn audit_rows(
        &self,
        filter: &AuditFilter,
        cursor: Option<Cursor>,
        limit: u16,
        read_for: ReadFor,
    ) -> Result<AuditPage> {
        let mut conn = self.conn(Deed::ReadAudit).await?;
        let found = conn.all(page(&conn, filter, cursor, limit.saturating_add(1))).await?;
        let mut rows = found.iter().map(audit_row).collect::<Result<Vec<_>>>()?;
        mark_unchained(&mut conn, &mut rows).await?;
        drop(conn);
        let goes_on = rows.len() > usize::from(limit);
        rows.truncate(limit.into());
        let next = if goes_on { rows.last().map(|row| Cursor { at: row.at, id: row.id }) } else { None };
        if cursor.is_none() {
            let action = match read_for {
                ReadFor::People => "audit.read",
                ReadFor::Export => "audit.export",
            };
            self.trail_was_read(action, filter.patient, asked(filter)).await?;
        }
        Ok(AuditPage { rows, next })
    }

    /// What was done to a visit, oldest first; for whoever may open it.
    ///
    /// # Errors
    /// As [`Store::appointment`]; [`StoreError::Missing`].
    pub async fn visit_history(&self, id: AppointmentId) -> Result<Vec<VisitEvent>> {
        let mut conn = self.conn(Deed::ReadCalendar).await?;
        let found = by_id(&mut conn, id).await?.ok_or(StoreError::Missing { what: "visit", id: id.0 })?;
        self.permit_visit(&mut conn, &found.visit).await?;
        let stmt = Stmt::new(COLUMNS).then(conn.pick(BY_RECORD)).then(
            " WHERE record = 'appointments' AND record_id = ? AND SUBSTR(action, 1, 12) = 'appointment.' \
             ORDER BY id DESC LIMIT ?",
        );
        let rows = conn.all(stmt.bind(id).bind(CHANGES)).await?;
        let mut rows = rows.iter().rev().map(audit_row).collect::<Result<Vec<_>>>()?;
        mark_unchained(&mut conn, &mut rows).await?;
        let mut events: Vec<VisitEvent> = rows.into_iter().filter_map(VisitEvent::of).collect();
        let mut doctors: Vec<DoctorId> =
            events.iter_mut().flat_map(VisitEvent::spots_mut).map(|spot| spot.doctor_id).collect();
        doctors.sort_unstable();
        doctors.dedup();
        let names = names_of(&mut conn, doctors).await?;
        drop(conn);
        for spot in events.iter_mut().flat_map(VisitEvent::spots_mut) {
            spot.doctor_name = names.get(&spot.doctor_id).cloned().unwrap_or_default();
        }
        self.opened("visit.open", ("appointments", id.0), found.visit.patient_id, Some(&found.visit)).await?;
        Ok(events)
    }

    /// Checks all chains: that each row is as it was written, in its place, and none is missing. With the heads
    /// of an earlier look also that nothing was taken off since. It goes on while desks write.
    ///
    /// # Errors
    /// Where the person may not, or the database's.
    pub async fn verify_audit(&self, since: Option<Heads>) -> Result<Verified> {
        let mut conn = self.conn(Deed::ReadAudit).await?;
        conn.wait_for_ever();
        let mut check = Check::begin(&mut conn, since).await?;
        check.all(&mut conn).await?;
        let verified = check.finish(&mut conn).await?;
        drop(conn);
        let faults = verified.findings.iter().filter(|finding| finding.fault.is_tampering()).count();
        let detail = json!({
            "chains": verified.heads.heads.len(), "rows": verified.heads.rows, "faults": faults,
            "digest": verified.heads.digest(),
        });
        self.trail_was_read("audit.verify", None, detail).await?;
        Ok(verified)
    }

    async fn trail_was_read(
        &self,
        action: &'static str,
        patient: Option<PatientId>,
        detail: Json,
    ) -> Result<()> {
        let place = ("audit_log", 0.into());
        let entry = Entry { at: self.trail.now(), action, place, patient, detail };
        self.tell(Author::from(&self.identity()?), entry).await
    }
}

/// The query of a page.
fn page(conn: &Conn, filter: &AuditFilter, cursor: Option<Cursor>, limit: u16) -> Stmt {
    let index = match filter {
        AuditFilter { visit: Some(_), .. } => BY_RECORD,
        AuditFilter { patient: Some(_), .. } => BY_PATIENT,
        AuditFilter { staff: Some(_), .. } => BY_STAFF,
        _ => BY_TIME,
    };
    let mut stmt = Stmt::new(COLUMNS).then(conn.pick(index)).then(" WHERE 1 = 1");
    if let Some(visit) = filter.visit {
        stmt = stmt.then(" AND record = 'appointments' AND record_id = ?").bind(visit);
    }
    if let Some(patient) = filter.patient {
        stmt = stmt.then(" AND patient_id = ?").bind(patient);
    }
    if let Some(staff) = filter.staff {
        stmt = stmt.then(" AND staff_id = ?").bind(staff);
    }
    if let Some(from) = filter.from {
        stmt = stmt.then(" AND at >= ?").bind(from);
    }
    if let Some(until) = filter.until {
        stmt = stmt.then(" AND at < ?").bind(until);
    }
    if let Some(action) = &filter.action {
        let action = action.trim_end_matches('.');
        let within = format!("{action}.");
        let letters = u32::try_from(within.chars().count()).unwrap_or(u32::MAX);
        stmt = stmt.then(" AND (action = ? OR SUBSTR(action, 1, ?) = ?)").bind(action);
        stmt = stmt.bind(letters).bind(within);
    }
    // Of those in no chain none is left out: no program of ours wrote them.
    if filter.action.as_deref() != Some(WITNESS) {
        stmt = stmt.then(" AND (action <> ? OR desk IS NULL)").bind(WITNESS);
    }
    if let Some(Cursor { at, id }) = cursor {
        stmt = stmt.then(" AND at <= ? AND (at < ? OR id < ?)").bind(at).bind(at).bind(id);
    }
    stmt.then(" ORDER BY at DESC, id DESC LIMIT ?").bind(limit)
}

/// A filter, as the trail keeps it.
fn asked(filter: &AuditFilter) -> Json {
    let time = |at: Option<Instant>| at.map(|at| at.to_rfc3339());
    json!({
        "patient": filter.patient, "staff": filter.staff, "visit": filter.visit,
        "from": time(filter.from), "until": time(filter.until), "action": filter.action,
    })
}

fn audit_row(row: &Row) -> Result<AuditRow> {
    let mut cells = row.cells("audit_log");
    let id = cells.get()?;
    let at: NaiveDateTime = cells.get()?;
    Ok(AuditRow {
        id,
        at: at.and_utc(),
        staff_id: cells.get::<Option<i32>>()?.map(StaffId),
        actor: cells.get()?,
        host: cells.get()?,
        os_user: cells.get()?,
        action: cells.get()?,
        record: cells.get()?,
        record_id: cells.get()?,
        patient_id: cells.get::<Option<i32>>()?.map(PatientId),
        detail: match cells.get::<Option<String>>()? {
            None => Json::Null,
            Some(text) => serde_json::from_str(&text).unwrap_or(Json::String(text)),
        },
        place: cells.get::<Option<String>>()?.zip(cells.get()?),
        // What cannot be read there is the row before's.
        before: cells.get::<Option<NaiveDateTime>>().ok().flatten().map(|at| at.and_utc()),
        is_unchained: false,
    })
}

/// Marks the rows that are in no chain though chains had begun.
async fn mark_unchained(conn: &mut Conn, rows: &mut [AuditRow]) -> Result<()> {
    if rows.iter().all(|row| row.place.is_some()) {
        return Ok(());
    }
    // The names of desks begin with the time at which they were made, and which of the first wrote first is seen
    // by the ids.
    let stmt = Stmt::new(
        "SELECT l.id, l.at FROM (SELECT desk FROM audit_chains ORDER BY desk LIMIT ?) c \
         JOIN audit_log l ON l.desk = c.desk AND l.seq = 1 ORDER BY l.id LIMIT 1",
    );
    let Some(first) = conn.first(stmt.bind(FIRST_CHAINS)).await? else { return Ok(()) };
    let mut cells = first.cells("audit_log");
    let began = Began { id: cells.get()?, at: cells.get()? };
    for row in rows.iter_mut().filter(|row| row.place.is_none()) {
        row.is_unchained = began.is_before(row.id, row.at.naive_utc());
    }
    Ok(())
}

async fn names_of(conn: &mut Conn, doctors: Vec<DoctorId>) -> Result<BTreeMap<DoctorId, String>> {
    if doctors.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = conn.all(Stmt::new("SELECT id, name FROM doctors WHERE id IN ").list(doctors)).await?;
    let name = |row: &Row| {
        let mut cells = row.cells("doctors");
        Ok((DoctorId(cells.get()?), cells.get()?))
    };
    rows.iter().map(name).collect()
}
