//! Drafts: what was typed at a desk that ended by itself, kept in the database rather than in a file,
//! since it names patients.

use chrono::Days;
use serde_json::json;

use super::conn::{Conn, Stmt};
use super::dialect::FOR_UPDATE;
use super::retry::retry;
use super::trail::{Author, Entry};
use super::{Store, patients};
use crate::domain::clock::Instant;
use crate::domain::draft::Draft;
use crate::domain::patient::Patient;
use crate::domain::staff::Identity;
use crate::store::{Result, StoreError};

/// After so many days nobody goes on with what was begun.
const KEPT_DAYS: u64 = 7;

/// A draft that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What was typed.
    pub draft: Draft,
    /// The patient who was chosen, where there still is one.
    pub patient: Option<Patient>,
}

impl Store {
    /// Keeps a draft of the person who is signed in.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_draft(&self, draft: &Draft, now: Instant) -> Result<()> {
        let identity = self.identity()?;
        let body = serde_json::to_string(draft).map_err(|_| unreadable("new"))?;
        let stmt = Stmt::new("INSERT INTO drafts (actor, body, kept_at) VALUES (?, ?, ?)");
        let stmt = stmt.bind(actor(&identity)).bind(body).bind(now.naive_utc());
        let mut conn = self.writing_at_once(Author::from(&identity)).await?;
        let outcome = async {
            let id = conn.run(stmt).await?.last_id;
            forget_old(&mut conn, now).await?;
            conn.note(told(now, "draft.keep", id, draft)).await
        }
        .await;
        conn.finish(outcome).await
    }

    /// Hands out the draft of the person that a desk kept last, with the patient who was chosen; it is kept no
    /// longer. Of two desks that ask, one has it.
    ///
    /// # Errors
    /// The database's, or a patient who cannot be read; then it is kept on.
    pub async fn take_draft(&self, now: Instant) -> Result<Option<Kept>> {
        let identity = self.identity()?;
        let actor = actor(&identity);
        // Nearly always there is none, which is found out without a transaction.
        let any = Stmt::new("SELECT id FROM drafts WHERE actor = ? LIMIT 1").bind(actor.as_str());
        if self.db.acquire().await?.first(any).await?.is_none() {
            return Ok(None);
        }
        retry(|| self.try_take_draft((&identity, &actor), now)).await
    }

    async fn try_take_draft(
        &self,
        (identity, actor): (&Identity, &str),
        now: Instant,
    ) -> Result<Option<Kept>> {
        let mut conn = self.writing_by(Author::from(identity)).await?;
        let outcome = async {
            forget_old(&mut conn, now).await?;
            let last = Stmt::new("SELECT id, body FROM drafts WHERE actor = ? ORDER BY id DESC LIMIT 1")
                .then(conn.pick(FOR_UPDATE))
                .bind(actor);
            let Some(row) = conn.first(last).await? else { return Ok(None) };
            let mut cells = row.cells("drafts");
            let (id, body): (i32, String) = (cells.get()?, cells.get()?);
            conn.run(Stmt::new("DELETE FROM drafts WHERE id = ?").bind(id)).await?;
            // One that cannot be read, as another program may keep them, is of no use to anybody here.
            let Ok(draft) = serde_json::from_str::<Draft>(&body) else { return Ok(None) };
            // Before it is given away: where the patient cannot be read, it stays.
            let patient = match draft.patient_id {
                Some(id) => patients::by_id(&mut conn, id).await?,
                None => None,
            };
            conn.note(told(now, "draft.take", id, &draft)).await?;
            Ok(Some(Kept { draft, patient }))
        }
        .await;
        conn.finish(outcome).await
    }
}

/// Whose drafts they are: a person's, whatever they are called by now.
fn actor(identity: &Identity) -> String {
    format!("staff #{}", identity.staff_id)
}

/// What the audit trail says of a draft: whose record it is about. What was typed it does not hold.
fn told(at: Instant, action: &'static str, id: i32, draft: &Draft) -> Entry {
    Entry { at, action, place: ("drafts", id.into()), patient: draft.patient_id, detail: json!({}) }
}

/// What names patients is kept no longer than it is of use, whoever began it.
async fn forget_old(conn: &mut Conn, now: Instant) -> Result<()> {
    let old = Stmt::new("DELETE FROM drafts WHERE kept_at < ?").bind(now.naive_utc() - Days::new(KEPT_DAYS));
    conn.run(old).await.map(drop)
}

fn unreadable(key: &str) -> StoreError {
    StoreError::Unreadable { table: "drafts", column: "body".to_owned(), key: key.to_owned() }
}
