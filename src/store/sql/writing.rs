//! A transaction that writes for somebody, and puts on the audit trail what it did.

use std::ops::{Deref, DerefMut};

use super::Store;
use super::conn::{Conn, Stmt, Value};
use super::dialect::BEGIN;
use super::history::{Order, key_row, of_key};
use super::journey::rows;
use super::retry::retry;
use super::staff;
use super::trail::{Author, End, Entry, Held, of_row};
use crate::domain::ids::PatientId;
use crate::domain::permission::{Deed, Reach};
use crate::store::{Result, StoreError};

/// An open transaction of a person's. Dropped without [`Writing::finish`], it does nothing.
#[derive(Debug)]
pub(super) struct Writing {
    conn: Conn,
    pub(super) author: Author,
    /// The end of the desk's chain: before the first row is added, and after.
    held: Option<Held>,
    end: Option<End>,
}

impl Deref for Writing {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

impl Store {
    /// Begins a transaction for something that the person may do to everything of its kind.
    ///
    /// # Errors
    /// Those of [`Store::permit`], or the database's.
    pub(super) async fn writing(&self, deed: Deed) -> Result<Writing> {
        self.permit_all(deed)?;
        let (writing, _) = self.writing_signed_in().await?;
        // In any case: that they are somebody else by now, another question of this desk may have found out.
        if let Err(error) = self.permit_all(deed) {
            return writing.finish(Err(error)).await;
        }
        Ok(writing)
    }

    fn permit_all(&self, deed: Deed) -> Result<()> {
        match self.permit(deed)? {
            Reach::All => Ok(()),
            Reach::Own(_) => Err(self.forbid(deed)),
        }
    }

    /// Begins a transaction of the person who is signed in, and asks inside it whether they still are who they
    /// were; answers whether they are somebody else now, in what they may do or are called.
    ///
    /// # Errors
    /// [`StoreError::NotSignedIn`], or the database's.
    pub(super) async fn writing_signed_in(&self) -> Result<(Writing, bool)> {
        let identity = self.identity()?;
        let held = self.trail.hold().await;
        let mut conn = self.db.acquire().await?;
        // In one journey: to ask takes no longer than to begin.
        let asked = vec![Stmt::new(conn.pick(BEGIN)), staff::of_id(identity.staff_id)];
        let checked = match conn.journey(asked).await {
            Ok(came) => self.check(rows(&came, 1).first().map(staff::account).transpose()),
            Err(ended) => Err(ended.error),
        };
        match checked.and_then(|changed| Ok((changed, Author::from(&self.identity()?)))) {
            Ok((changed, author)) => Ok((Writing { conn, author, held: Some(held), end: None }, changed)),
            Err(error) => {
                conn.rollback().await;
                Err(error)
            }
        }
    }

    /// The same for whom nobody has to permit it: who signs in, or sets a clinic up.
    pub(super) async fn writing_by(&self, author: Author) -> Result<Writing> {
        let held = self.trail.hold().await;
        self.writing_held(author, held).await
    }

    /// The same for what cannot wait until another transaction of this desk has ended, since the desk ends.
    pub(super) async fn writing_at_once(&self, author: Author) -> Result<Writing> {
        let held = self.trail.hold_at_once().await;
        self.writing_held(author, held).await
    }

    async fn writing_held(&self, author: Author, held: Held) -> Result<Writing> {
        let mut conn = self.db.acquire().await?;
        conn.begin().await?;
        Ok(Writing { conn, author, held: Some(held), end: None })
    }

    /// Writes what was noted since the last row: what was refused, and what was looked for.
    ///
    /// # Errors
    /// The database's; the notes then wait on.
    pub async fn write_notes(&self) -> Result<()> {
        if !self.trail.has_notes() {
            return Ok(());
        }
        retry(|| async {
            let mut writing = self.writing_by(Author { staff_id: None, name: String::new() }).await?;
            let outcome = writing.add_notes().await;
            writing.finish(outcome).await
        })
        .await
    }
}

impl Writing {
    /// Puts a request on the trail, and its idempotency key beside it. Called last, when whatever the
    /// transaction locks is locked.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where the same request is being carried out elsewhere; or the database's.
    pub(super) async fn record(
        &mut self,
        order: &Order,
        action: &'static str,
        place: (&'static str, i32),
        patient: Option<PatientId>,
        detail: serde_json::Value,
    ) -> Result<()> {
        self.conn.run(key_row(order, action, Value::from(place.1))).await.map_err(of_key)?;
        let place = (place.0, place.1.into());
        self.note(Entry { at: order.at, action, place, patient, detail }).await
    }

    /// Puts on the trail what was done under no key.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn note(&mut self, entry: Entry) -> Result<()> {
        self.add_notes().await?;
        let author = self.author.clone();
        let stmts = self.end().await?.add(&author, &entry);
        for stmt in stmts {
            self.conn.run(stmt).await.map_err(of_row)?;
        }
        Ok(())
    }

    async fn add_notes(&mut self) -> Result<()> {
        let stmts = self.end().await?.add_notes();
        for stmt in stmts {
            self.conn.run(stmt).await.map_err(of_row)?;
        }
        Ok(())
    }

    async fn end(&mut self) -> Result<&mut End> {
        if let Some(held) = self.held.take() {
            let end = self.end.insert(held.end(&mut self.conn).await?);
            // A booking, which waits for the wire once less, leaves it to the next of these.
            if let Some(others) = end.others() {
                let came = self.conn.journey(others).await?;
                let found = came.iter().flat_map(|came| &came.rows).filter_map(super::verify::place);
                // What waited goes first: it is older, and would look as if the clock had been set back.
                let waited = end.add_notes();
                for stmt in waited.into_iter().chain(end.add_others(found)) {
                    self.conn.run(stmt).await.map_err(of_row)?;
                }
            }
        }
        // None where the database did not say where the chain ends: nothing is committed then.
        self.end.as_mut().ok_or(StoreError::Lost)
    }

    /// Ends the transaction: commits what went well and rolls back what did not.
    ///
    /// # Errors
    /// That of `outcome`, or the commit's.
    pub(super) async fn finish<T>(self, outcome: Result<T>) -> Result<T> {
        let Writing { conn, end, held, .. } = self;
        let commits = outcome.is_ok();
        let outcome = conn.finish(outcome).await;
        match end {
            Some(end) if outcome.is_ok() => end.committed(None),
            Some(end) if matches!(outcome, Err(StoreError::Busy(1062))) => end.overtaken(),
            Some(end) if !commits => end.rolled_back(),
            // Of a commit without an answer nobody knows what became.
            _ => {}
        }
        drop(held);
        outcome
    }
}
