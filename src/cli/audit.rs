//! `audit show` and `audit verify`: who did what to whose record, and whether anybody altered that.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use chrono::Days;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::answer::{Answer, Failure, Format, Status};
use super::person::staff_looks_like_another;
use super::session::Session;
use super::{csv, json, show, values};
use crate::domain::audit::chain::{Finding, Heads};
use crate::domain::audit::{AuditFilter, AuditRow, Flag, Told};
use crate::domain::clock::{Instant, midnight};
use crate::domain::dates;
use crate::domain::ids::{AppointmentId, PatientId, StaffId};
use crate::domain::scripts::mixed;
use crate::store::sql::audit::{ReadFor, Verified};

/// How many rows are printed for people, and in a document, where nobody says.
const SHOWN: u32 = 50;
/// How many rows are read at once.
const PAGE: u16 = 1_000;
/// What is said first where an earlier look knew none of the chains that are here.
const OTHER_CLINIC: &str = "no chain of the earlier look is known here: it may be another clinic's\n";
/// How many findings are printed.
const FINDINGS: usize = 1_000;

/// `audit ...`
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Who did what to whose record, newest first
    Show(Show),
    /// Check that no row was changed, taken out or put elsewhere; ends with status 1 where one was
    Verify(Verify),
}

/// Arguments of `audit show`.
#[derive(Debug, Args)]
pub struct Show {
    /// What is about this patient
    #[arg(long, value_name = "ID", value_parser = values::id::<PatientId>)]
    patient: Option<PatientId>,
    /// What this member of staff did
    #[arg(long, value_name = "ID", value_parser = values::id::<StaffId>)]
    staff: Option<StaffId>,
    /// What is about this visit
    #[arg(long, value_name = "ID", value_parser = values::id::<AppointmentId>)]
    visit: Option<AppointmentId>,
    /// From this day or time on, like 2026-12-01 or 2026-12-01T09:30
    #[arg(long, value_name = "WHEN")]
    from: Option<String>,
    /// Up to this time, or to the end of this day
    #[arg(long, value_name = "WHEN")]
    to: Option<String>,
    /// An action, or the first words of several: sign_in, appointment.move, record. What the desks'
    /// chains say of each other, which is for `audit verify`, is left out but for --action audit.witness
    #[arg(long, value_name = "ACTION", value_parser = values::action)]
    action: Option<String>,
    /// So many rows at the most [default: 50; with --csv, all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// A sheet for a spreadsheet; that it was made is on the trail as an export
    #[arg(long)]
    csv: bool,
}

/// Arguments of `audit verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Compare with what --save wrote earlier: finds also what was taken off the end of a chain, or a chain
    /// as a whole
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
    /// Write where each chain ends to a new file, to be kept where the database's administrators cannot
    /// write
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

/// Does what an `audit` command asks.
///
/// # Errors
/// A value that cannot stand, a file that cannot be read or written, or the store's.
pub async fn audit(command: &Command, session: &Session, format: Format) -> Result<Answer, Failure> {
    match command {
        Command::Show(args) => show_rows(args, session, format).await,
        Command::Verify(args) => verify(args, session, format).await,
    }
}

async fn show_rows(args: &Show, session: &Session, format: Format) -> Result<Answer, Failure> {
    if args.csv && format == Format::Json {
        return Err(Failure::input("--csv", "it is one or the other: a sheet, or a document with --json"));
    }
    let filter = filter(args, session)?;
    let limit = args.limit.unwrap_or(if args.csv { u32::MAX } else { SHOWN });
    let read_for = if args.csv || format == Format::Json { ReadFor::Export } else { ReadFor::People };
    let mut rows: Vec<AuditRow> = Vec::new();
    let mut cursor = None;
    let goes_on = loop {
        let left = limit.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        let page = u16::try_from(left).map_or(PAGE, |left| left.min(PAGE));
        let page = session.store.audit_rows(&filter, cursor, page, read_for).await?;
        rows.extend(page.rows);
        cursor = page.next;
        if cursor.is_none() || rows.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
            break cursor.is_some();
        }
    };
    if args.csv {
        let body = sheet(&rows)?;
        let notes = left_off(&rows, goes_on, session);
        return Ok(Answer { body, notes, status: Status::Done });
    }
    let document = || Trail { rows: json::all(&rows), left_off: goes_on };
    let answer = Answer::new(format, document, || table(&rows, session))?;
    let answer = answer.with_notes(left_off(&rows, goes_on, session));
    Ok(if rows.is_empty() && format == Format::People {
        answer.with_note("there are no such rows")
    } else {
        answer
    })
}

/// What was left off, and where clocks were set back, which no order of rows shows.
fn left_off(rows: &[AuditRow], goes_on: bool, session: &Session) -> Vec<String> {
    let mut notes: Vec<String> = looks_like_others(rows);
    let back = rows.iter().filter(|row| row.flags().iter().any(|flag| matches!(flag, Flag::ClockSetBack(_))));
    let back: Vec<i64> = back.map(|row| row.id).collect();
    if let Some((first, more)) = back.split_first() {
        let others = if more.is_empty() { String::new() } else { format!(" and {} others", more.len()) };
        notes.push(format!(
            "before row {first}{others} the clock of its desk was set back: times around it cannot be relied on"
        ));
    }
    if let (true, Some(last)) = (goes_on, rows.last()) {
        let last = show::second(last.at, session.zone());
        notes.push(format!("the last {}; older ones than {last} were left off: --limit, --to", rows.len()));
    }
    notes
}

/// Who has a name that may look like another's, once each.
fn looks_like_others(rows: &[AuditRow]) -> Vec<String> {
    let mut seen: BTreeSet<(Option<StaffId>, &str)> = BTreeSet::new();
    let new = rows.iter().filter(|row| seen.insert((row.staff_id, &row.actor)));
    new.filter_map(|row| {
        let mixed = mixed(&row.actor)?;
        Some(match row.staff_id {
            Some(id) => staff_looks_like_another(id, &mixed),
            None => format!("the name {} {mixed}; it may look like another name than it is", row.actor),
        })
    })
    .collect()
}

fn flag_words(flag: Flag) -> &'static str {
    match flag {
        Flag::BreakGlass => "! break-glass",
        Flag::ClockSetBack(_) => "< clock back",
        Flag::Unchained => "? in no chain",
    }
}

fn filter(args: &Show, session: &Session) -> Result<AuditFilter, Failure> {
    let today = session.now.today();
    let zone = session.zone();
    let from = args.from.as_deref().map(|typed| values::moment_or_day("--from", typed, today)).transpose()?;
    let until = match args.to.as_deref() {
        None => None,
        // A day is meant as a whole.
        Some(typed) => Some(match dates::parse_day(typed, today) {
            Ok(day) => midnight(day + Days::new(1)),
            Err(_) => values::moment_or_day("--to", typed, today)?,
        }),
    };
    let filter = AuditFilter {
        patient: args.patient,
        staff: args.staff,
        visit: args.visit,
        from: from.map(|wall| zone.boundary(wall)),
        until: until.map(|wall| zone.boundary(wall)),
        action: args.action.clone(),
    };
    filter.accept_times().map_err(|fault| Failure::input("--from", format!("is not before --to: {fault}")))
}

fn table(rows: &[AuditRow], session: &Session) -> String {
    let any = rows.iter().any(|row| !row.flags().is_empty());
    let row = |row: &AuditRow| {
        let told: Vec<String> = row.told().iter().map(Told::words).collect();
        let patient = row.patient_id.map_or(String::new(), |id| format!("patient #{id}"));
        let flags = any.then(|| row.flags().into_iter().map(flag_words).collect::<Vec<_>>().join(", "));
        let cells = [
            show::second(row.at, session.zone()),
            if mixed(&row.actor).is_some() { format!("! {}", row.who()) } else { row.who() },
            row.origin_words(),
            row.action.clone(),
            row.record_words(),
            patient,
            told.join("; "),
        ];
        flags.into_iter().chain(cells).collect()
    };
    show::table(&rows.iter().map(row).collect::<Vec<Vec<String>>>())
}

fn sheet(rows: &[AuditRow]) -> Result<String, Failure> {
    let head = [
        "id",
        "at",
        "staff_id",
        "actor",
        "host",
        "os_user",
        "action",
        "record",
        "record_id",
        "patient_id",
        "detail",
        "desk",
        "seq",
        "flags",
    ];
    let id = |id: Option<i32>| id.map_or(String::new(), |id| id.to_string());
    let cells = rows.iter().map(|row| {
        let (desk, seq) =
            row.place.clone().map_or_else(Default::default, |(desk, seq)| (desk, seq.to_string()));
        let detail = if row.detail.is_null() { String::new() } else { row.detail.to_string() };
        [
            row.id.to_string(),
            json::instant(Some(row.at)).unwrap_or_default(),
            id(row.staff_id.map(|id| id.0)),
            row.actor.clone(),
            row.host.clone().unwrap_or_default(),
            row.os_user.clone().unwrap_or_default(),
            row.action.clone(),
            row.record.clone(),
            row.record_id.to_string(),
            id(row.patient_id.map(|id| id.0)),
            detail,
            desk,
            seq,
            row.flags().iter().map(|flag| flag.name()).collect::<Vec<_>>().join(" "),
        ]
    });
    csv::document(&head, cells).map_err(|error| Failure::Other(format!("the sheet cannot be made: {error}")))
}

async fn verify(args: &Verify, session: &Session, format: Format) -> Result<Answer, Failure> {
    let since = args.since.as_deref().map(read).transpose()?;
    if let Some(path) = args.save.as_deref().filter(|path| path.exists()) {
        return Err(Failure::input(
            "--save",
            format!("{} is there already; name a new file", path.display()),
        ));
    }
    let kept: Option<BTreeSet<String>> =
        since.as_ref().map(|since| since.heads.keys().cloned().collect::<BTreeSet<_>>());
    let found = session.store.verify_audit(since).await?;
    let is_another = kept
        .filter(|kept| !kept.is_empty())
        .is_some_and(|kept| kept.iter().all(|desk| !found.heads.heads.contains_key(desk)));
    let answer = Answer::new(
        format,
        || Report::from(&found),
        || {
            let first = if is_another { OTHER_CLINIC } else { "" };
            first.to_owned() + &people(&found)
        },
    )?;
    let answer =
        if is_another && format == Format::Json { answer.with_note(OTHER_CLINIC.trim_end()) } else { answer };
    if !found.is_whole() {
        let mut answer = answer;
        answer.status = Status::Other;
        let note = "nothing was saved: what is kept must be of a trail that is whole";
        return Ok(if args.save.is_some() { answer.with_note(note) } else { answer });
    }
    if let Some(path) = &args.save {
        save(path, &found.heads)?;
    }
    Ok(answer)
}

fn read(path: &Path) -> Result<Heads, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::input("--since", format!("{}: {}", path.display(), said(error.kind()))))?;
    Heads::parse(&text).map_err(|fault| Failure::input("--since", format!("{} {fault}", path.display())))
}

/// Why a file cannot be used.
fn said(kind: ErrorKind) -> String {
    match kind {
        ErrorKind::NotFound => "no such file or folder".to_owned(),
        kind => kind.to_string(),
    }
}

fn save(path: &Path, heads: &Heads) -> Result<(), Failure> {
    let written = std::fs::File::create_new(path)
        .and_then(|mut file| file.write_all(heads.to_text().as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::input("--save", format!("{} is there already; name a new file", path.display()))
        }
        ErrorKind::NotFound => {
            Failure::input("--save", format!("{}: {}", path.display(), said(ErrorKind::NotFound)))
        }
        kind => Failure::Other(format!("{} cannot be written: {kind}", path.display())),
    })
}

fn people(found: &Verified) -> String {
    let mut out = String::new();
    for finding in found.findings.iter().take(FINDINGS) {
        let _ = writeln!(out, "{finding}");
    }
    if let Some(more) = found.findings.len().checked_sub(FINDINGS + 1) {
        let _ = writeln!(out, "and {} more", more + 1);
    }
    let heads = &found.heads;
    let counted = |count: u64, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let faults = found.findings.iter().filter(|finding| finding.fault.is_tampering()).count();
    let outcome = match faults {
        0 => "whole".to_owned(),
        count => counted(count as u64, "fault"),
    };
    let _ = writeln!(
        out,
        "{outcome}: {}, {}; digest {}",
        counted(heads.rows, "row"),
        counted(heads.heads.len() as u64, "chain"),
        heads.digest()
    );
    if heads.unchained > 0 {
        let last =
            found.unchained_last.map_or(String::new(), |at| format!(", the last of {}", at.date_naive()));
        let _ = writeln!(out, "and {} of older programs, in no chain{last}", counted(heads.unchained, "row"));
    }
    out
}

/// `{"rows": [...], "left_off": ...}`: whether there are older ones.
#[derive(Serialize)]
struct Trail {
    rows: Vec<Row>,
    left_off: bool,
}

/// A row as a document: by the names of the columns, and what must not be overlooked about it.
#[derive(Serialize)]
struct Row {
    id: i64,
    at: Option<String>,
    staff_id: Option<i32>,
    actor: String,
    host: Option<String>,
    os_user: Option<String>,
    action: String,
    record: String,
    record_id: i32,
    patient_id: Option<i32>,
    detail: serde_json::Value,
    desk: Option<String>,
    seq: Option<i64>,
    flags: Vec<&'static str>,
}

impl From<&AuditRow> for Row {
    fn from(row: &AuditRow) -> Self {
        let row = row.clone();
        let flags = row.flags().iter().map(|flag| flag.name()).collect();
        let (desk, seq) = row.place.unzip();
        Row {
            flags,
            id: row.id,
            at: json::instant(Some(row.at)),
            staff_id: row.staff_id.map(|id| id.0),
            actor: row.actor,
            host: row.host,
            os_user: row.os_user,
            action: row.action,
            record: row.record,
            record_id: row.record_id,
            patient_id: row.patient_id.map(|id| id.0),
            detail: row.detail,
            desk,
            seq,
        }
    }
}

/// `{"whole": ..., "findings": [...]}`
#[derive(Serialize)]
struct Report {
    whole: bool,
    chains: usize,
    rows: u64,
    unchained: u64,
    unchained_last: Option<String>,
    digest: String,
    findings: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    kind: &'static str,
    desk: Option<String>,
    seq: Option<i64>,
    id: Option<i64>,
    message: String,
}

impl From<&Verified> for Report {
    fn from(found: &Verified) -> Self {
        let at = |at: Option<Instant>| json::instant(at);
        Report {
            whole: found.is_whole(),
            chains: found.heads.heads.len(),
            rows: found.heads.rows,
            unchained: found.heads.unchained,
            unchained_last: at(found.unchained_last),
            digest: found.heads.digest(),
            findings: found.findings.iter().map(Found::from).collect(),
        }
    }
}

impl From<&Finding> for Found {
    fn from(finding: &Finding) -> Self {
        Found {
            kind: finding.fault.kind(),
            desk: finding.desk.clone(),
            seq: finding.seq,
            id: finding.id,
            message: finding.to_string(),
        }
    }
}
