//! The audit trail: who did what to whose record, when, and from where, in a chain that shows what was
//! taken out of it or changed in it. (HIPAA 164.312(b), audit controls; 164.312(c), integrity.)
//!
//! Each running program is a *desk* with a chain of its own, so that no two wait for each other. A row
//! holds the hash of what it says together with the hash of the row before it; `audit_chains` holds each
//! chain's last row, so that one that is taken off the end is missed too. Chains say of each other where they
//! end (`domain::audit::witness`), so that one is missed that is taken away as a whole. `audit.rs` reads them
//! again, and `verify.rs` checks them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex as Memory, PoisonError};

use chrono::TimeDelta;
use serde_json::json;
use tokio::sync::{Mutex, MutexGuard, OwnedMutexGuard};

use super::conn::{Conn, Stmt, Value};
use crate::domain::audit::chain::{self, AT, Said, hash_of};
use crate::domain::audit::witness;
use crate::domain::clock::Instant;
use crate::domain::ids::{PatientId, StaffId};
use crate::domain::permission::Forbidden;
use crate::domain::staff::{Identity, MAX_OS_USER};
use crate::domain::text;
use crate::store::{Result, StoreError};

/// The record of what is nobody's record: a look-up, a sign-in by an unknown name.
const NO_RECORD: i32 = 0;
/// The longest host's name, in characters (`audit_log.host`).
const MAX_HOST: usize = 255;
/// A record that is read again within this time, with no other between, was opened once.
const STAYS_OPEN: TimeDelta = TimeDelta::minutes(10);
/// A chain says of the others where they end when it begins, and again after so long.
const WITNESSES_EVERY: TimeDelta = TimeDelta::hours(1);
/// How many chains that began last, and how many of the last rows, are looked at for that. A chain is named as
/// long as another one begins before so many more.
const LAST_CHAINS: u16 = 8;
const LAST_ROWS: u16 = 64;
/// So many of them are named at the most, those that began last before the others: each program that runs a
/// moment and writes says it, and the row is no longer than that.
const MOST_NAMED: usize = 16;
/// How many notes wait to be written at the most, where the database is away. Beyond that they are counted,
/// and the trail says how many it lacks.
const MAX_NOTES: usize = 200;

/// Where a desk runs, and under which account.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The host's name.
    pub host: String,
    /// The Unix account.
    pub os_user: String,
    /// The time.
    pub clock: fn() -> Instant,
}

/// What a row of the trail says, but for who and where.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) at: Instant,
    /// `visit.book`, `record.open`, `sign_in`, ...
    pub(super) action: &'static str,
    /// The table of the record, and its id.
    pub(super) place: (&'static str, Value),
    /// Whose record it is, or is about.
    pub(super) patient: Option<PatientId>,
    /// What was before and after, and what else there is to say.
    pub(super) detail: serde_json::Value,
}

/// Who a row is about: somebody who is signed in, or who would be.
#[derive(Clone, Debug)]
pub(super) struct Author {
    pub(super) staff_id: Option<i32>,
    pub(super) name: String,
}

impl From<&Identity> for Author {
    fn from(identity: &Identity) -> Self {
        Author { staff_id: Some(identity.staff_id.0), name: identity.name.clone() }
    }
}

/// The chain of this desk.
#[derive(Debug)]
pub(super) struct Trail {
    desk: String,
    origin: Origin,
    head: Arc<Mutex<Head>>,
    notes: Memory<Notes>,
    opened: Mutex<Vec<Opened>>,
    /// When the chain said last where the others end.
    witnessed: Memory<Option<Instant>>,
}

/// What is to be written with the next row.
#[derive(Debug, Default)]
struct Notes {
    waiting: Vec<(Author, Entry)>,
    /// Those that are in a transaction which has not ended, as far as anybody knows.
    sent: Vec<(Author, Entry)>,
    /// How many found no room.
    lost: usize,
}

impl Notes {
    /// What was sent was not written.
    fn send_again(&mut self) {
        let later = std::mem::take(&mut self.waiting);
        self.waiting = std::mem::take(&mut self.sent);
        self.waiting.extend(later);
    }
}

/// A record that was opened: by whom, how, which, and when it was read last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opened {
    pub(super) who: StaffId,
    pub(super) action: &'static str,
    pub(super) place: (&'static str, i32),
    pub(super) last: Instant,
}

/// The records that were opened last, one of each kind.
#[derive(Debug)]
pub(super) struct Open<'t>(MutexGuard<'t, Vec<Opened>>);

impl Open<'_> {
    /// Whether a record is open: read a moment ago, and none of its kind since.
    pub(super) fn has(&self, now: &Opened) -> bool {
        self.0.iter().any(|opened| {
            (opened.who, opened.action, opened.place) == (now.who, now.action, now.place)
                && (TimeDelta::zero()..STAYS_OPEN).contains(&(now.last - opened.last))
        })
    }

    /// Notes that a record is open now.
    pub(super) fn put(&mut self, now: Opened) {
        self.0.retain(|opened| opened.action != now.action);
        self.0.push(now);
    }
}

/// The last row of a chain.
#[derive(Clone, Debug)]
enum Head {
    Known {
        seq: i64,
        hash: String,
    },
    /// Of a commit nobody knows what became: the database is asked. What its last row was to be.
    Unknown(Tail),
}

impl Trail {
    pub(super) fn new(origin: Origin) -> Self {
        let cut = |name: &str, max| text::clean(name).trim().chars().take(max).collect::<String>();
        let Origin { host, os_user, clock } = origin;
        let origin = Origin { host: cut(&host, MAX_HOST), os_user: cut(&os_user, MAX_OS_USER), clock };
        let head = Head::Known { seq: 0, hash: String::new() };
        let desk = uuid::Uuid::now_v7().to_string();
        let head = Arc::new(Mutex::new(head));
        Trail {
            desk,
            origin,
            head,
            notes: Memory::default(),
            opened: Mutex::default(),
            witnessed: Memory::default(),
        }
    }

    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(super) fn now(&self) -> Instant {
        (self.origin.clock)()
    }

    /// Notes what was refused; it is written with the next row.
    pub(super) fn refused(&self, identity: &Identity, forbidden: Forbidden, patient: Option<PatientId>) {
        let detail = json!({ "deed": forbidden.deed.words(), "role": forbidden.role.words() });
        let place = match patient {
            Some(patient) => ("patients", patient.into()),
            None => ("staff", identity.staff_id.into()),
        };
        self.note(identity.into(), Entry { at: self.now(), action: "refused", place, patient, detail });
    }

    /// Notes what is written with the next row, or by [`Store::write_notes`](super::Store::write_notes).
    pub(super) fn note(&self, author: Author, entry: Entry) {
        let mut notes = self.notes();
        if notes.waiting.len() < MAX_NOTES {
            notes.waiting.push((author, entry));
        } else {
            notes.lost += 1;
        }
    }

    /// Notes what was looked for. Where it goes on from what the same person looked for a moment ago, a
    /// letter more, it takes that one's place; of what is taken back letter by letter, the last stays.
    pub(super) fn looked_up(&self, identity: &Identity, detail: serde_json::Value) {
        let at = self.now();
        let place = ("patients", NO_RECORD.into());
        let entry = Entry { at, action: "patient.find", place, patient: None, detail };
        {
            let mut notes = self.notes();
            let mut before = notes.waiting.iter_mut().rev().map_while(|(author, last)| {
                let same = last.action == entry.action && author.staff_id == Some(identity.staff_id.0);
                same.then_some(last)
            });
            if let Some(last) = before.next() {
                let back = goes_on(&entry.detail, &last.detail)
                    && before.next().is_some_and(|first| goes_on(&last.detail, &first.detail));
                if goes_on(&last.detail, &entry.detail) || back {
                    *last = entry;
                    return;
                }
            }
        }
        self.note(identity.into(), entry);
    }

    /// The records that are open, held while one more is put on the trail: whoever reads the same one
    /// meanwhile waits until it is there.
    pub(super) async fn open(&self) -> Open<'_> {
        Open(self.opened.lock().await)
    }

    pub(super) fn has_notes(&self) -> bool {
        let notes = self.notes();
        !notes.waiting.is_empty() || !notes.sent.is_empty() || notes.lost > 0
    }

    fn witnessed(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.witnessed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn notes(&self) -> std::sync::MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds the chain's end until the transaction that adds to it has ended. To be taken before a
    /// connection is, and before the transaction locks anything: whoever else of this desk waits for it then
    /// holds nothing that this transaction needs.
    pub(super) async fn hold(self: &Arc<Self>) -> Held {
        Held { trail: Arc::clone(self), head: Arc::clone(&self.head).lock_owned().await }
    }

    /// The same for what cannot wait: where the end is held, that of a chain of its own.
    pub(super) async fn hold_at_once(self: &Arc<Self>) -> Held {
        match Arc::clone(&self.head).try_lock_owned() {
            Ok(head) => Held { trail: Arc::clone(self), head },
            Err(_) => Arc::new(Trail::new(self.origin.clone())).hold().await,
        }
    }
}

/// Whether a look-up is the one before with nothing or a letter more: none of what was looked for is another.
fn goes_on(last: &serde_json::Value, now: &serde_json::Value) -> bool {
    let text = |detail: &serde_json::Value, field| detail[field].as_str().unwrap_or_default().to_owned();
    let fields = ["words", "phone", "email"];
    fields.iter().any(|field| !text(last, field).is_empty())
        && fields.iter().all(|field| text(now, field).starts_with(&text(last, field)))
        && ["birth_dates", "id"].iter().all(|field| last[field] == now[field])
}

/// The end of a desk's chain, which nobody else of the desk adds to meanwhile.
#[derive(Debug)]
pub(super) struct Held {
    trail: Arc<Trail>,
    head: OwnedMutexGuard<Head>,
}

impl Held {
    /// The last row of the chain, as far as it is known; else the database is asked.
    pub(super) async fn end(mut self, conn: &mut Conn) -> Result<End> {
        if let Head::Unknown(sent) = &*self.head {
            let stmt = Stmt::new(
                "SELECT c.seq, c.hash, l.record_id FROM audit_chains c LEFT JOIN audit_log l \
                 ON l.desk = c.desk AND l.seq = c.seq WHERE c.desk = ?",
            );
            let (seq, hash, id) = match conn.first(stmt.bind(self.trail.desk.as_str())).await? {
                None => (0, String::new(), None),
                Some(row) => {
                    let mut cells = row.cells("audit_chains");
                    (i64::from(cells.get::<i32>()?), cells.get()?, cells.get::<Option<i32>>()?)
                }
            };
            let is_written = sent.hash(id) == hash;
            let mut notes = self.trail.notes();
            if is_written {
                notes.sent.clear();
            } else {
                notes.send_again();
            }
            drop(notes);
            *self.head = Head::Known { seq, hash };
        }
        let (seq, hash) = match &*self.head {
            Head::Known { seq, hash } => (*seq, hash.clone()),
            Head::Unknown(_) => return Err(StoreError::Lost),
        };
        let tail = Tail::Known(hash);
        Ok(End { trail: self.trail, head: self.head, stood: seq, seq, tail, witnessed: None })
    }
}

/// The hash of the last row that was added: known, or once the key is known that the database gives.
#[derive(Clone, Debug)]
enum Tail {
    Known(String),
    /// The text that goes before that key.
    OfNewId(String),
}

impl Tail {
    /// The hash, under the key that the database gave.
    fn hash(&self, new_id: Option<i32>) -> String {
        match self {
            Tail::Known(hash) => hash.clone(),
            Tail::OfNewId(text) => hash_of(text, new_id.unwrap_or(NO_RECORD).into()),
        }
    }

    fn value(&self) -> Value {
        match self {
            Tail::Known(hash) => Value::Text(hash.clone()),
            Tail::OfNewId(text) => Value::HashOfNewId(text.clone()),
        }
    }
}

/// The end of a desk's chain, while a transaction adds to it.
#[derive(Debug)]
pub(super) struct End {
    trail: Arc<Trail>,
    head: OwnedMutexGuard<Head>,
    /// The place of the last row before the transaction, and now.
    stood: i64,
    seq: i64,
    tail: Tail,
    /// When the others were looked at, where the transaction says of them where they end.
    witnessed: Option<Instant>,
}

impl End {
    /// What to read to say where the other chains end, where that is to be said: at the chain's beginning, and
    /// each hour. Rows that are there, rather than heads, which anybody may have changed.
    pub(super) fn others(&mut self) -> Option<Vec<Stmt>> {
        let now = self.trail.now();
        let last = *self.trail.witnessed();
        // However the clock goes.
        if last.is_some_and(|last| (now - last).abs() < WITNESSES_EVERY) {
            return None;
        }
        self.witnessed = Some(now);
        // The names of desks begin with the time at which they were made.
        let began = Stmt::new(
            "SELECT l.desk, l.seq, l.hash FROM (SELECT desk, seq FROM audit_chains ORDER BY desk DESC LIMIT ?) c \
             JOIN audit_log l ON l.desk = c.desk AND l.seq = c.seq",
        );
        let worked = Stmt::new("SELECT desk, seq, hash FROM audit_log ORDER BY id DESC LIMIT ?");
        Some(vec![began.bind(LAST_CHAINS), worked.bind(LAST_ROWS)])
    }

    /// The statements that say where the other chains end; none where there is no other.
    pub(super) fn add_others(&mut self, rows: impl IntoIterator<Item = (String, chain::Head)>) -> Vec<Stmt> {
        let mut seen: BTreeMap<String, chain::Head> = BTreeMap::new();
        for (desk, head) in rows {
            let takes = match seen.get(&desk) {
                Some(known) => known.seq < head.seq,
                None => desk != self.trail.desk && seen.len() < MOST_NAMED,
            };
            if takes {
                seen.insert(desk, head);
            }
        }
        if seen.is_empty() {
            return Vec::new();
        }
        let (at, place) = (self.trail.now(), ("audit_log", NO_RECORD.into()));
        let detail = witness::detail(&seen);
        let entry = Entry { at, action: witness::WITNESS, place, patient: None, detail };
        self.add(&Author { staff_id: None, name: String::new() }, &entry).into()
    }

    /// The statements that add what waited to be written.
    pub(super) fn add_notes(&mut self) -> Vec<Stmt> {
        let mut notes = self.trail.notes();
        let mut new = std::mem::take(&mut notes.waiting);
        if notes.lost > 0 {
            let detail = json!({ "lost": std::mem::take(&mut notes.lost) });
            let (at, place) = (self.trail.now(), ("audit_log", NO_RECORD.into()));
            let entry = Entry { at, action: "audit.gap", place, patient: None, detail };
            new.push((Author { staff_id: None, name: String::new() }, entry));
        }
        notes.sent.extend(new.iter().cloned());
        drop(notes);
        new.into_iter().flat_map(|(author, entry)| self.add(&author, &entry)).collect()
    }

    /// The statements that add a row. Where its record's id is the key that the statement before gives, it
    /// must be the last row, and within one journey.
    pub(super) fn add(&mut self, author: &Author, entry: &Entry) -> [Stmt; 2] {
        let trail = Arc::clone(&self.trail);
        let is_first = self.seq == 0;
        // Known: a row whose id is not known yet is the last one.
        let before = if let Tail::Known(hash) = &self.tail { hash.clone() } else { String::new() };
        self.seq += 1;
        let at = entry.at.format(AT).to_string();
        let detail = entry.detail.to_string();
        let said = Said {
            before: &before,
            desk: &trail.desk,
            seq: self.seq,
            at: Some(&at),
            staff_id: author.staff_id.map(i64::from),
            actor: Some(&author.name),
            host: Some(&trail.origin.host),
            os_user: Some(&trail.origin.os_user),
            action: Some(entry.action),
            record: Some(entry.place.0),
            patient_id: entry.patient.map(|id| id.0.into()),
            detail: Some(&detail),
        };
        self.tail = match &entry.place.1 {
            Value::Int(id) => Tail::Known(hash_of(&said.text(), *id)),
            _ => Tail::OfNewId(said.text()),
        };
        let chain = if is_first {
            let stmt = Stmt::new(
                "INSERT INTO audit_chains (seq, hash, desk, host, os_user, opened_at) VALUES (?, ?, ?, ?, ?, ?)",
            );
            stmt.bind(self.seq)
                .bind(self.tail.value())
                .bind(trail.desk.as_str())
                .bind(trail.origin.host.as_str())
                .bind(trail.origin.os_user.as_str())
                .bind(entry.at)
        } else {
            let stmt = Stmt::new("UPDATE audit_chains SET seq = ?, hash = ? WHERE desk = ?");
            stmt.bind(self.seq).bind(self.tail.value()).bind(trail.desk.as_str())
        };
        let row = Stmt::new(
            "INSERT INTO audit_log (at, actor, action, record, record_id, detail, staff_id, host, os_user, \
             patient_id, desk, seq, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        );
        let row = row.bind(entry.at).bind(author.name.as_str()).bind(entry.action).bind(entry.place.0);
        let row = row.bind(entry.place.1.clone()).bind(detail.as_str()).bind(author.staff_id);
        let row = row.bind(trail.origin.host.as_str()).bind(trail.origin.os_user.as_str());
        let row = row.bind(entry.patient).bind(trail.desk.as_str()).bind(self.seq).bind(self.tail.value());
        [chain, row]
    }

    /// That what was added was committed, the last row under the key that the database gave, if it did.
    pub(super) fn committed(mut self, new_id: Option<i32>) {
        *self.head = Head::Known { seq: self.seq, hash: self.tail.hash(new_id) };
        self.trail.notes().sent.clear();
        if self.witnessed.is_some() {
            *self.trail.witnessed() = self.witnessed;
        }
        self.stood = self.seq;
    }

    /// That its place was taken: by a commit that had been given up for lost, and came after the end was asked
    /// for. The end is asked for again.
    pub(super) fn overtaken(self) {
        self.trail.notes().send_again();
    }

    /// That it was not: no commit was sent.
    pub(super) fn rolled_back(mut self) {
        self.trail.notes().send_again();
        self.stood = self.seq;
    }
}

impl Drop for End {
    fn drop(&mut self) {
        // A commit may have been sent: nobody knows what became of it.
        if self.seq != self.stood {
            *self.head = Head::Unknown(self.tail.clone());
        }
    }
}

/// The error of a row that could not be added. A place in the chain that is taken is one that a commit of
/// this desk took of which nobody had known what became: tried again, it is known.
pub(super) fn of_row(error: StoreError) -> StoreError {
    match error {
        StoreError::Duplicate { .. } => StoreError::Busy(1062),
        other => other,
    }
}
