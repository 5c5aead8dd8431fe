//! The audit trail: who did what to whose record, when, and from where, in a chain that shows what was
//! taken out of it or changed in it. (HIPAA 164.312(b), audit controls; 164.312(c), integrity.)
//!
//! Each running program is a *desk* with a chain of its own, so that no two wait for each other. A row
//! holds the hash of what it says together with the hash of the row before it; `audit_chains` holds each
//! chain's last row, so that one that is taken off the end is missed too. `audit.rs` reads them again.

use std::sync::{Arc, Mutex as Memory, PoisonError};

use chrono::TimeDelta;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::conn::{Conn, Stmt, Value};
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
/// How many notes wait to be written at the most: beyond that the first ones are written by whatever is.
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
    notes: Memory<Vec<(Author, Entry)>>,
    opened: Memory<Option<Opened>>,
}

/// The record that was opened last: by whom, how, which, and when it was read last.
type Opened = (StaffId, &'static str, (&'static str, i32), Instant);

/// The last row of a chain.
#[derive(Clone, Debug)]
enum Head {
    Known {
        seq: i32,
        hash: String,
    },
    /// Of a commit nobody knows what became: the database is asked.
    Unknown,
}

impl Trail {
    pub(super) fn new(origin: Origin) -> Self {
        let cut = |name: &str, max| text::clean(name).trim().chars().take(max).collect::<String>();
        let Origin { host, os_user, clock } = origin;
        let origin = Origin { host: cut(&host, MAX_HOST), os_user: cut(&os_user, MAX_OS_USER), clock };
        let head = Head::Known { seq: 0, hash: String::new() };
        let desk = uuid::Uuid::now_v7().to_string();
        let head = Arc::new(Mutex::new(head));
        Trail { desk, origin, head, notes: Memory::default(), opened: Memory::default() }
    }

    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(super) fn now(&self) -> Instant {
        (self.origin.clock)()
    }

    /// Notes what was refused; it is written with the next row.
    pub(super) fn refused(&self, identity: &Identity, forbidden: Forbidden) {
        let detail = json!({ "deed": forbidden.deed.words(), "role": forbidden.role.words() });
        let place = ("staff", identity.staff_id.0.into());
        self.note(identity.into(), Entry { at: self.now(), action: "refused", place, patient: None, detail });
    }

    /// Notes what is written with the next row, or by [`Store::write_notes`](super::Store::write_notes).
    pub(super) fn note(&self, author: Author, entry: Entry) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.len() < MAX_NOTES {
            notes.push((author, entry));
        }
    }

    /// Notes what was looked for. Where it goes on from what the same person looked for a moment ago, a
    /// letter more or less, it takes that one's place.
    pub(super) fn looked_up(&self, identity: &Identity, detail: serde_json::Value) {
        let at = self.now();
        let place = ("patients", NO_RECORD.into());
        let entry = Entry { at, action: "patient.find", place, patient: None, detail };
        {
            let mut notes = self.notes();
            if let Some((author, last)) = notes.last_mut()
                && last.action == entry.action
                && author.staff_id == Some(identity.staff_id.0)
                && goes_on(&last.detail, &entry.detail)
            {
                *last = entry;
                return;
            }
        }
        self.note(identity.into(), entry);
    }

    /// Whether a record is opened by being read now: not where it was read a moment ago and none since.
    pub(super) fn opens(
        &self,
        who: StaffId,
        action: &'static str,
        place: (&'static str, i32),
        at: Instant,
    ) -> bool {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let is_open = opened.is_some_and(|(last_who, last_action, last_place, last)| {
            (last_who, last_action, last_place) == (who, action, place)
                && (TimeDelta::zero()..STAYS_OPEN).contains(&(at - last))
        });
        *opened = Some((who, action, place, at));
        !is_open
    }

    pub(super) fn forget_opened(&self) {
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(super) fn has_notes(&self) -> bool {
        !self.notes.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn notes(&self) -> std::sync::MutexGuard<'_, Vec<(Author, Entry)>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The chain's end, held until the transaction that adds to it has ended. To be taken last, when all
    /// that the transaction locks is locked: another of this desk may hold it meanwhile.
    pub(super) async fn end(self: &Arc<Self>, conn: &mut Conn) -> Result<End> {
        let head = Arc::clone(&self.head).lock_owned().await;
        let (seq, hash) = match &*head {
            Head::Known { seq, hash } => (*seq, hash.clone()),
            Head::Unknown => {
                let stmt = Stmt::new("SELECT seq, hash FROM audit_chains WHERE desk = ?");
                match conn.first(stmt.bind(self.desk.as_str())).await? {
                    None => (0, String::new()),
                    Some(row) => {
                        let mut cells = row.cells("audit_chains");
                        (cells.get()?, cells.get()?)
                    }
                }
            }
        };
        Ok(End { trail: Arc::clone(self), head, seq, tail: Tail::Known(hash), noted: 0 })
    }
}

/// Whether a look-up is the one before with a letter more or less.
fn goes_on(last: &serde_json::Value, now: &serde_json::Value) -> bool {
    ["words", "phone", "email"].iter().any(|field| {
        let text = |detail: &serde_json::Value| detail[field].as_str().unwrap_or_default().to_owned();
        let (last, now) = (text(last), text(now));
        !last.is_empty() && !now.is_empty() && (now.starts_with(&last) || last.starts_with(&now))
    })
}

/// The hash of the last row that was added: known, or once the key is known that the database gives.
#[derive(Clone, Debug)]
enum Tail {
    Known(String),
    /// The text that goes before that key.
    OfNewId(String),
}

impl Tail {
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
    seq: i32,
    tail: Tail,
    /// How many of the notes are among what was added.
    noted: usize,
}

impl End {
    /// The statements that add what waited to be written.
    pub(super) fn add_notes(&mut self) -> Vec<Stmt> {
        let notes: Vec<_> = self.trail.notes().iter().skip(self.noted).cloned().collect();
        self.noted += notes.len();
        notes.into_iter().flat_map(|(author, entry)| self.add(&author, &entry)).collect()
    }

    /// The statements that add a row. Where its record's id is the key that the statement before gives, it
    /// must be the last row, and within one journey.
    pub(super) fn add(&mut self, author: &Author, entry: &Entry) -> [Stmt; 2] {
        let trail = Arc::clone(&self.trail);
        let is_first = self.seq == 0;
        // Known: a row whose id is not known yet is the last one.
        let before = if let Tail::Known(hash) = &self.tail { hash.clone() } else { String::new() };
        self.seq += 1;
        let at = entry.at.format("%Y-%m-%d %H:%M:%S").to_string();
        let detail = entry.detail.to_string();
        let said = Said {
            before: &before,
            desk: &trail.desk,
            seq: self.seq,
            at: &at,
            staff_id: author.staff_id,
            actor: &author.name,
            host: &trail.origin.host,
            os_user: &trail.origin.os_user,
            action: entry.action,
            record: entry.place.0,
            patient_id: entry.patient.map(|id| id.0),
            detail: &detail,
        };
        self.tail = match &entry.place.1 {
            Value::Int(id) => Tail::Known(said.hash(*id)),
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
        let hash = match &self.tail {
            Tail::Known(hash) => hash.clone(),
            Tail::OfNewId(text) => hash_of(text, new_id.unwrap_or(NO_RECORD).into()),
        };
        *self.head = Head::Known { seq: self.seq, hash };
        let mut notes = self.trail.notes();
        let written = self.noted.min(notes.len());
        notes.drain(..written);
        drop(notes);
        self.seq = 0;
    }
}

impl Drop for End {
    fn drop(&mut self) {
        // Not committed, as far as anybody knows; or it was, and said so.
        if self.seq != 0 {
            *self.head = Head::Unknown;
        }
    }
}

/// What a row says, as it is hashed.
#[derive(Debug)]
pub(super) struct Said<'r> {
    pub(super) before: &'r str,
    pub(super) desk: &'r str,
    pub(super) seq: i32,
    pub(super) at: &'r str,
    pub(super) staff_id: Option<i32>,
    pub(super) actor: &'r str,
    pub(super) host: &'r str,
    pub(super) os_user: &'r str,
    pub(super) action: &'r str,
    pub(super) record: &'r str,
    pub(super) patient_id: Option<i32>,
    pub(super) detail: &'r str,
}

impl Said<'_> {
    /// The text that is hashed, up to the record's id, which may be known to the database alone. A JSON
    /// array, so that no value can run over into the next.
    fn text(&self) -> String {
        let Said {
            before,
            desk,
            seq,
            at,
            staff_id,
            actor,
            host,
            os_user,
            action,
            record,
            patient_id,
            detail,
        } = self;
        json!([before, desk, seq, at, staff_id, actor, host, os_user, action, record, patient_id, detail])
            .to_string()
    }

    /// The hash of the row: SHA-256 over its text and the record's id, as lower-case hexadecimal digits.
    pub(super) fn hash(&self, record_id: i64) -> String {
        hash_of(&self.text(), record_id)
    }
}

fn hash_of(text: &str, record_id: i64) -> String {
    use std::fmt::Write as _;
    let digest = Sha256::new().chain_update(text).chain_update(record_id.to_string()).finalize();
    digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The error of a row that could not be added. A place in the chain that is taken is one that a commit of
/// this desk took of which nobody had known what became: tried again, it is known.
pub(super) fn of_row(error: StoreError) -> StoreError {
    match error {
        StoreError::Duplicate { .. } => StoreError::Busy(1062),
        other => other,
    }
}
