//! Reading the audit trail: by patient, person, visit and time, newest first; what was done to a visit; and
//! whether its chains are whole. `trail` writes it. (HIPAA 164.308(a)(1)(ii)(D), review of activity.)

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use serde_json::{Value as Json, json};

use super::Store;
use super::appointments::by_id;
use super::conn::{Cells, Conn, Row, Stmt};
use super::dialect::{AUDIT_AT, Both, HAS_NO_PLACE, HAS_PLACE};
use super::trail::{Author, Entry};
use crate::domain::audit::chain::{Checker, Fault, Finding, Head, Heads, Link};
use crate::domain::audit::{AuditFilter, AuditPage, AuditRow, Cursor, VisitEvent};
use crate::domain::clock::Instant;
use crate::domain::ids::{AppointmentId, DoctorId, PatientId, StaffId};
use crate::domain::permission::Deed;
use crate::store::{Result, StoreError};

/// How many rows are read at once where all are checked.
const PAGE: u16 = 2_000;
/// How many changes of a visit are read at the most.
const CHANGES: u16 = 500;

const COLUMNS: &str = "SELECT id, at, staff_id, actor, host, os_user, action, record, record_id, patient_id, detail, \
     desk, seq FROM audit_log";

/// The one index by which rows are to be found. Left to themselves, the servers read the whole trail
/// backwards for a page of somebody who has no such page.
const BY_PATIENT: Both = Both { mysql: " FORCE INDEX (audit_log_patient)", sqlite: "" };
const BY_RECORD: Both = Both { mysql: " FORCE INDEX (audit_log_record)", sqlite: "" };
const BY_STAFF: Both = Both { mysql: " FORCE INDEX (audit_log_staff)", sqlite: "" };
const BY_TIME: Both = Both { mysql: " FORCE INDEX (audit_log_time)", sqlite: "" };
const BY_CHAIN: Both = Both { mysql: " FORCE INDEX (audit_log_chain)", sqlite: "" };

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
    /// When a program wrote a row last that is in no chain: one that is older than the chains.
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
    /// A page of the trail, newest first, from before `cursor` on. That it was read is on the trail too: once for
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
        drop(conn);
        let mut rows = found.iter().map(audit_row).collect::<Result<Vec<_>>>()?;
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
        let rows = rows.iter().rev().map(audit_row).collect::<Result<Vec<_>>>()?;
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
        self.opened("visit.open", ("appointments", id.0), found.visit.patient_id).await?;
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
    })
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

/// A check under way.
struct Check {
    checker: Checker,
    /// The heads of desks of which no row was seen yet, as they were when it began.
    waiting: BTreeMap<String, Head>,
    /// Where each chain that was read ends.
    ended: BTreeMap<String, Head>,
    unchained_before: u64,
}

impl Check {
    async fn begin(conn: &mut Conn, since: Option<Heads>) -> Result<Self> {
        let ids_grow = match conn {
            // On a cluster each server gives ids of its own.
            Conn::MySql(_) => {
                number(conn, Stmt::new("SELECT CAST(@@auto_increment_increment AS SIGNED)")).await? == 1
            }
            Conn::Sqlite(_) => true,
        };
        let mut waiting = BTreeMap::new();
        let take = |row: &Row| {
            let mut cells = row.cells("audit_chains");
            let desk: String = cells.get()?;
            waiting.insert(desk, head(&mut cells)?);
            Ok(())
        };
        conn.each(Stmt::new("SELECT desk, seq, hash FROM audit_chains"), take).await?;
        let unchained_before = since.as_ref().map_or(0, |since| since.unchained);
        let since = since.map(|since| since.heads).unwrap_or_default();
        let checker = Checker::new(ids_grow, since);
        Ok(Check { checker, waiting, ended: BTreeMap::new(), unchained_before })
    }

    /// Reads all rows in the order of their chains.
    async fn all(&mut self, conn: &mut Conn) -> Result<()> {
        let mut last = String::new();
        loop {
            let stmt = links(conn).then("desk > ? ORDER BY desk, seq LIMIT ?").bind(last.as_str()).bind(PAGE);
            let found = rows(conn, stmt).await?;
            let is_last = found.len() < PAGE.into();
            for row in found {
                if self.checker.at().is_some_and(|(desk, _)| desk != row.desk) {
                    self.end(conn).await?;
                }
                self.checker.row(row);
            }
            let Some((desk, _)) = self.checker.at() else { break };
            desk.clone_into(&mut last);
            // What of the last desk's chain did not fit.
            self.end(conn).await?;
            if is_last {
                break;
            }
        }
        Ok(())
    }

    /// Reads the rest of a chain, and ends it with its head, as it is now: a desk may be at work.
    async fn end(&mut self, conn: &mut Conn) -> Result<()> {
        let Some((desk, _)) = self.checker.at() else { return Ok(()) };
        let desk = desk.to_owned();
        let mut head = self.waiting.remove(&desk);
        while let Some((_, seq)) = self.checker.at()
            && head.as_ref().is_none_or(|head| head.seq != seq)
        {
            // The head first: the rows up to it are then there.
            let stmt = Stmt::new("SELECT desk, seq, hash FROM audit_chains WHERE desk = ?");
            let row = conn.first(stmt.bind(desk.as_str())).await?;
            head = row.map(|row| self::head(&mut row.cells("audit_chains").skip(1))).transpose()?;
            let stmt = links(conn).then("desk = ? AND seq > ? ORDER BY seq LIMIT ?");
            let found = rows(conn, stmt.bind(desk.as_str()).bind(seq).bind(PAGE)).await?;
            if found.is_empty() {
                break;
            }
            for row in found {
                self.checker.row(row);
            }
        }
        if let Some(end) = self.checker.end(head.as_ref()) {
            self.ended.insert(desk, end);
        }
        Ok(())
    }

    async fn finish(mut self, conn: &mut Conn) -> Result<Verified> {
        // Heads of which no row was seen; of a desk that began meanwhile there are rows now.
        for (desk, head) in std::mem::take(&mut self.waiting) {
            let stmt = links(conn).then("desk = ? AND seq > ? ORDER BY seq LIMIT ?");
            let found = rows(conn, stmt.bind(desk.as_str()).bind(0).bind(PAGE)).await?;
            if found.is_empty() {
                self.checker.without_rows(&desk, &head);
            }
            for row in found {
                self.checker.row(row);
            }
            self.end(conn).await?;
        }
        let stmt = Stmt::new("SELECT id, desk FROM audit_log WHERE desk IS NOT NULL AND ");
        for row in conn.all(stmt.then(conn.pick(HAS_NO_PLACE))).await? {
            let mut cells = row.cells("audit_log");
            let (id, desk) = (cells.get()?, cells.get().ok());
            self.checker.found.push(Finding { desk, seq: None, id: Some(id), fault: Fault::NoPlace });
        }
        let unchained = number(conn, Stmt::new("SELECT COUNT(*) FROM audit_log WHERE desk IS NULL")).await?;
        let unchained = u64::try_from(unchained).unwrap_or(0);
        let last = conn.first(Stmt::new("SELECT MAX(at) FROM audit_log WHERE desk IS NULL")).await?;
        // One that cannot be read was not written by any program of ours.
        let last = last.and_then(|row| row.cells("audit_log").get::<Option<NaiveDateTime>>().ok().flatten());
        let Check { mut checker, ended, unchained_before, .. } = self;
        checker.finish();
        if unchained < unchained_before {
            let fault = Fault::FewerUnchained(unchained_before);
            checker.found.push(Finding { desk: None, seq: None, id: None, fault });
        }
        Ok(Verified {
            heads: Heads { heads: ended, rows: checker.rows, unchained },
            findings: checker.found,
            unchained_last: last.map(|at| at.and_utc()),
        })
    }
}

/// The query of rows as they are hashed, up to which of them.
fn links(conn: &Conn) -> Stmt {
    Stmt::new("SELECT id, desk, seq, hash, ")
        .then(conn.pick(AUDIT_AT))
        .then(
            ", staff_id, actor, host, os_user, action, record, record_id, patient_id, detail FROM audit_log",
        )
        .then(conn.pick(BY_CHAIN))
        .then(" WHERE ")
        .then(conn.pick(HAS_PLACE))
        .then(" AND ")
}

async fn rows(conn: &mut Conn, stmt: Stmt) -> Result<Vec<Link>> {
    let mut all = Vec::new();
    let take = |row: &Row| {
        all.push(link(row)?);
        Ok(())
    };
    conn.each(stmt, take).await?;
    Ok(all)
}

/// A row as it is kept. What somebody made of it that no program wrote is not what its hash is of.
fn link(row: &Row) -> Result<Link> {
    let mut cells = row.cells("audit_log");
    let text = |cells: &mut Cells<'_>| cells.get::<Option<String>>().unwrap_or_default();
    let number = |cells: &mut Cells<'_>| cells.get::<Option<i64>>().unwrap_or(Some(i64::MIN));
    Ok(Link {
        id: cells.get()?,
        desk: cells.get()?,
        seq: cells.get()?,
        hash: text(&mut cells),
        at: text(&mut cells),
        staff_id: number(&mut cells),
        actor: text(&mut cells),
        host: text(&mut cells),
        os_user: text(&mut cells),
        action: text(&mut cells),
        record: text(&mut cells),
        record_id: number(&mut cells).unwrap_or(i64::MIN),
        patient_id: number(&mut cells),
        detail: text(&mut cells),
    })
}

fn head(cells: &mut Cells<'_>) -> Result<Head> {
    Ok(Head { seq: cells.get()?, hash: cells.get()? })
}

async fn number(conn: &mut Conn, stmt: Stmt) -> Result<i64> {
    conn.first(stmt).await?.map_or(Ok(0), |row| row.cells("audit_log").get())
}
