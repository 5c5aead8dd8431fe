//! Checking the audit trail: reads all chains, and compares them with their heads, with what they say of each
//! other, and with an earlier look. What breaks a chain is `domain::audit::chain`'s.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::audit::Verified;
use super::conn::{Cells, Conn, Row, Stmt};
use super::dialect::{AUDIT_AT, Both, HAS_NO_PLACE, HAS_PLACE};
use crate::domain::audit::chain::{Began, Checker, Fault, Finding, Head, Heads, Link};
use crate::domain::audit::witness::Place;
use crate::store::Result;

/// How many rows are read at once.
const PAGE: u16 = 2_000;
/// How many rows that others name are looked up at once.
const NAMED: usize = 100;

pub(super) const BY_CHAIN: Both = Both { mysql: " FORCE INDEX (audit_log_chain)", sqlite: "" };

/// What no column of times holds a later one than. (No desk can fail here: a constant is worked out when it is
/// compiled.)
const END_OF_TIME: NaiveDateTime =
    NaiveDate::from_ymd_opt(9999, 12, 31).expect("a date").and_time(NaiveTime::MIN);

/// Chains whose heads say of where and when they began what their first rows do not. By bytes: to the servers'
/// collations `Ana` is `ana`.
const OTHER_ORIGIN: &str = "SELECT c.desk FROM audit_chains c JOIN audit_log l ON l.desk = c.desk AND l.seq = 1 \
     WHERE COALESCE(HEX(c.host), '') <> COALESCE(HEX(l.host), '') \
     OR COALESCE(HEX(c.os_user), '') <> COALESCE(HEX(l.os_user), '') OR c.opened_at <> l.at ORDER BY c.desk";

/// A check under way.
pub(super) struct Check {
    checker: Checker,
    /// The heads of desks of which no row was seen yet, as they were when it began.
    waiting: BTreeMap<String, Head>,
    /// Where each chain that was read ends.
    ended: BTreeMap<String, Head>,
    /// How many rows were in no chain at an earlier look, and whether there were chains then.
    unchained_before: Option<(u64, bool)>,
}

impl Check {
    pub(super) async fn begin(conn: &mut Conn, since: Option<Heads>) -> Result<Self> {
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
        let unchained_before = since.as_ref().map(|since| (since.unchained, !since.heads.is_empty()));
        let since = since.map(|since| since.heads).unwrap_or_default();
        let checker = Checker::new(ids_grow, since);
        Ok(Check { checker, waiting, ended: BTreeMap::new(), unchained_before })
    }

    /// Reads all rows in the order of their chains.
    pub(super) async fn all(&mut self, conn: &mut Conn) -> Result<()> {
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
            self.look_up(conn, NAMED).await?;
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

    pub(super) async fn finish(mut self, conn: &mut Conn) -> Result<Verified> {
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
        self.look_up(conn, 1).await?;
        let Check { mut checker, ended, unchained_before, .. } = self;
        checker.finish();
        let found = std::mem::take(&mut checker.witnesses).findings(&checker.found);
        checker.found.extend(found);
        for row in conn.all(Stmt::new(OTHER_ORIGIN)).await? {
            let desk = row.cells("audit_chains").get().ok();
            checker.found.push(Finding { desk, seq: None, id: None, fault: Fault::OtherOrigin });
        }
        // What is in no chain: of programs that were older than chains, or put there since.
        let began = checker.began.unwrap_or(Began { id: i64::MAX, at: NaiveDateTime::MAX });
        let until = began.until().min(END_OF_TIME).and_utc();
        let younger = Stmt::new(
            "SELECT id FROM audit_log WHERE desk IS NULL AND (id > ? OR id <= 0 OR at > ?) ORDER BY id",
        );
        for row in conn.all(younger.bind(began.id).bind(until)).await? {
            let id = row.cells("audit_log").get()?;
            let fault = if id > 0 { Fault::Unchained } else { Fault::OddId };
            checker.found.push(Finding { desk: None, seq: None, id: Some(id), fault });
        }
        let older = Stmt::new(
            "SELECT COUNT(*), MAX(at) FROM audit_log WHERE desk IS NULL AND id < ? AND id > 0 AND at <= ?",
        );
        let older = conn.first(older.bind(began.id).bind(until)).await?;
        let (unchained, unchained_last) = match older {
            None => (0, None),
            Some(row) => {
                let mut cells = row.cells("audit_log");
                // A time that cannot be read was not written by any program of ours.
                (cells.get::<i64>()?, cells.get::<Option<NaiveDateTime>>().ok().flatten())
            }
        };
        let unchained = u64::try_from(unchained).unwrap_or(0);
        let fault = match unchained_before {
            Some((before, _)) if unchained < before => Some(Fault::FewerUnchained(before)),
            Some((before, true)) if unchained > before => Some(Fault::MoreUnchained(before)),
            _ => None,
        };
        checker.found.extend(fault.map(|fault| Finding { desk: None, seq: None, id: None, fault }));
        Ok(Verified {
            heads: Heads { heads: ended, rows: checker.rows, unchained },
            findings: checker.found,
            unchained_last: unchained_last.map(|at| at.and_utc()),
        })
    }

    /// Looks up the rows that others name, once there are so many of them.
    async fn look_up(&mut self, conn: &mut Conn, enough: usize) -> Result<()> {
        let witnesses = &mut self.checker.witnesses;
        if witnesses.waiting() < enough {
            return Ok(());
        }
        let places: Vec<Place> = witnesses.places().cloned().collect();
        let mut there = BTreeMap::new();
        for places in places.chunks(NAMED) {
            let mut stmt = Stmt::new("SELECT desk, seq, hash FROM audit_log").then(conn.pick(BY_CHAIN));
            let mut between = " WHERE ";
            for (desk, seq) in places {
                stmt = stmt.then(between).then("(desk = ? AND seq = ?)").bind(desk.as_str()).bind(*seq);
                between = " OR ";
            }
            for row in conn.all(stmt).await? {
                let mut cells = row.cells("audit_log");
                let place = (cells.get()?, cells.get()?);
                there.insert(place, cells.get::<Option<String>>().ok().flatten().unwrap_or_default());
            }
        }
        witnesses.compare(&there);
        Ok(())
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

/// The place of a row and its hash; none for a row that is in no chain, or that no program of ours wrote.
pub(super) fn place(row: &Row) -> Option<(String, Head)> {
    let mut cells = row.cells("audit_log");
    let desk = cells.get::<Option<String>>().ok()??;
    let seq = cells.get::<Option<i64>>().ok()??;
    Some((desk, Head { seq, hash: cells.get::<Option<String>>().ok()?? }))
}

fn head(cells: &mut Cells<'_>) -> Result<Head> {
    Ok(Head { seq: cells.get()?, hash: cells.get()? })
}

async fn number(conn: &mut Conn, stmt: Stmt) -> Result<i64> {
    conn.first(stmt).await?.map_or(Ok(0), |row| row.cells("audit_log").get())
}
