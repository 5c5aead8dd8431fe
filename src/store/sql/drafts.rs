//! Drafts: what was typed at a desk that ended by itself or was taken over, kept in the database rather than in a file,
//! since it names patients.

use chrono::Days;
use serde_json::json;

use super::conn::{Conn, Stmt};
use super::dialect::FOR_UPDATE;
use super::retry::retry;
use super::trail::{Author, Entry};
use super::writing::Writing;
use super::{Store, appointments, patients};
use crate::domain::appointment::{Appointment, Visit};
use crate::domain::clock::Instant;
use crate::domain::draft::Draft;
use crate::domain::ids::PatientId;
use crate::domain::patient::Patient;
use crate::domain::staff::Identity;
use crate::store::{Result, StoreError};

/// After so many days nobody goes on with what was begun.
const KEPT_DAYS: u64 = 7;

/// So many at the most are handed out at once: nobody types more at one desk.
const MOST: usize = 8;

/// A draft that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What was typed.
    pub draft: Draft,
    /// The patient who was chosen, where there still is one.
    pub patient: Option<Patient>,
    /// The visit that it is of, as it is now.
    pub visit: Option<Appointment>,
}

impl Store {
    /// Keeps a draft of the person who is signed in. One that is kept as it is already is kept once.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_draft(&self, draft: &Draft, now: Instant) -> Result<()> {
        let identity = self.identity()?;
        let actor = actor(&identity);
        let body = serde_json::to_string(draft).map_err(|_| unreadable("new"))?;
        retry(|| async {
            let mut conn = self.writing_at_once(Author::from(&identity)).await?;
            let outcome = async {
                forget_old(&mut conn, now).await?;
                // By a commit whose answer was lost, or one of several that are kept together and of which
                // another could not be.
                let kept = Stmt::new("SELECT body FROM drafts WHERE actor = ?").bind(actor.as_str());
                for row in conn.all(kept).await? {
                    // As it is: the servers would compare without regard to case.
                    if row.cells("drafts").get::<String>().is_ok_and(|kept| kept == body) {
                        return Ok(());
                    }
                }
                let stmt = Stmt::new("INSERT INTO drafts (actor, body, kept_at) VALUES (?, ?, ?)");
                let stmt = stmt.bind(actor.as_str()).bind(body.as_str()).bind(now.naive_utc());
                let id = conn.run(stmt).await?.last_id;
                let about = whose(&mut conn, draft).await?;
                conn.note(told(now, "draft.keep", id, about)).await
            }
            .await;
            conn.finish(outcome).await
        })
        .await
    }

    /// Hands out what the person's desks kept, the last first, with the patients and visits that it is of; it is
    /// kept no longer. Of two desks that ask, one has it. What cannot be read stays, and does not keep the rest;
    /// what the person may not go on with in their role stays too, until they may.
    ///
    /// # Errors
    /// The database's.
    pub async fn take_drafts(&self, now: Instant) -> Result<Vec<Kept>> {
        let identity = self.identity()?;
        let actor = actor(&identity);
        // Nearly always there is none, which is found out without a transaction.
        let ids = Stmt::new("SELECT id FROM drafts WHERE actor = ? ORDER BY id DESC");
        let rows = self.db.acquire().await?.all(ids.bind(actor.as_str())).await?;
        let mut taken = Vec::new();
        for row in &rows {
            if taken.len() == MOST {
                break;
            }
            let id: i32 = row.cells("drafts").get()?;
            match retry(|| self.take(id, now)).await {
                Ok(kept) => taken.extend(kept),
                Err(error) => tracing::warn!(%error, id, "a draft stays, since it cannot be handed out"),
            }
        }
        Ok(taken)
    }

    async fn take(&self, id: i32, now: Instant) -> Result<Option<Kept>> {
        let (mut conn, _) = self.writing_signed_in().await?;
        let outcome = async {
            forget_old(&mut conn, now).await?;
            let stmt = Stmt::new("SELECT body FROM drafts WHERE id = ?").then(conn.pick(FOR_UPDATE)).bind(id);
            let Some(row) = conn.first(stmt).await? else { return Ok(None) };
            let body: String = row.cells("drafts").get()?;
            // One that cannot be read, as another program may keep them, is of no use to anybody here.
            let Ok(draft) = serde_json::from_str::<Draft>(&body) else {
                conn.run(delete(id)).await?;
                conn.note(dropped(now, id, None, "cannot be read")).await?;
                return Ok(None);
            };
            // Before it is given away: where what it is of cannot be read, it stays.
            let mut patient = match draft.patient() {
                Some(id) => patients::by_id(&mut conn, id).await?,
                None => None,
            };
            // Who began it may have had another role then, or chosen somebody whose record is closed to them.
            self.veil(&mut conn, patient.as_mut_slice()).await?;
            let visit = match draft.visit() {
                Some(id) => appointments::by_id(&mut conn, id).await?,
                None => None,
            };
            let is_gone = draft.visit().is_some() && visit.is_none();
            let of = visit.as_ref().map(|found| &found.visit);
            if !is_gone && !self.goes_on(&mut conn, &draft, of).await? {
                return Ok(None);
            }
            conn.run(delete(id)).await?;
            // There is nothing to move, and no notes.
            if is_gone {
                conn.note(dropped(now, id, None, "the visit is gone")).await?;
                return Ok(None);
            }
            let about = draft.patient().or(visit.as_ref().map(|found| found.visit.patient_id));
            conn.note(told(now, "draft.take", id, about)).await?;
            Ok(Some(Kept { draft, patient, visit }))
        }
        .await;
        conn.finish(outcome).await
    }
}

impl Store {
    /// Whether the person may go on with a draft; `visit` is the one that it is of. Nobody asked for it, so what
    /// their role does not let them do is no refusal that is on the trail.
    async fn goes_on(&self, conn: &mut Conn, draft: &Draft, visit: Option<&Visit>) -> Result<bool> {
        if !draft.may_be_taken_up(&self.identity()?, visit.map(|visit| visit.doctor_id)) {
            return Ok(false);
        }
        let Some(visit) = visit else { return Ok(true) };
        match self.permit_visit(conn, visit).await {
            Ok(()) => Ok(true),
            Err(StoreError::Forbidden(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Whose drafts they are: a person's, whatever they are called by now.
fn actor(identity: &Identity) -> String {
    format!("staff #{}", identity.staff_id)
}

/// What the audit trail says of a draft: whose record it is `about`. What was typed it does not hold.
fn told(at: Instant, action: &'static str, id: i32, about: Option<PatientId>) -> Entry {
    Entry { at, action, place: ("drafts", id.into()), patient: about, detail: json!({}) }
}

/// That a draft was thrown away, and why.
fn dropped(at: Instant, id: i32, about: Option<PatientId>, why: &'static str) -> Entry {
    Entry { detail: json!({ "why": why }), ..told(at, "draft.drop", id, about) }
}

/// What names patients is kept no longer than it is of use, whoever began it.
async fn forget_old(conn: &mut Writing, now: Instant) -> Result<()> {
    // Without a lock: no index leads to them, so that it would be on every draft of the clinic.
    let old = Stmt::new("SELECT id, body FROM drafts WHERE kept_at < ? ORDER BY id");
    for row in conn.all(old.bind(now.naive_utc() - Days::new(KEPT_DAYS))).await? {
        let mut cells = row.cells("drafts");
        let id: i32 = cells.get()?;
        // Of desks that find it at once, one throws it away, and says so.
        if conn.run(delete(id)).await?.rows != 1 {
            continue;
        }
        let draft = cells.get::<String>().ok().and_then(|body| serde_json::from_str::<Draft>(&body).ok());
        let about = match &draft {
            Some(draft) => whose(conn, draft).await?,
            None => None,
        };
        conn.note(dropped(now, id, about, "older than a week")).await?;
    }
    Ok(())
}

fn delete(id: i32) -> Stmt {
    Stmt::new("DELETE FROM drafts WHERE id = ?").bind(id)
}

/// Whose record a draft is about, as far as that can be read.
async fn whose(conn: &mut Conn, draft: &Draft) -> Result<Option<PatientId>> {
    let Some(visit) = draft.visit() else { return Ok(draft.patient()) };
    match appointments::by_id(conn, visit).await {
        Ok(found) => Ok(found.map(|found| found.visit.patient_id)),
        Err(StoreError::Unreadable { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn unreadable(key: &str) -> StoreError {
    StoreError::Unreadable { table: "drafts", column: "body".to_owned(), key: key.to_owned() }
}
