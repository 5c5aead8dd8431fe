//! What reading leaves on the audit trail: that a record was opened, by whom, and that somebody was looked
//! for. (HIPAA 164.312(b): activity in systems that contain health information is recorded.)

use chrono::NaiveDate;
use serde_json::json;

use super::Store;
use super::conn::Stmt;
use super::history::{self, Order};
use super::retry::retry;
use super::trail::{Author, Entry, Opened};
use crate::domain::appointment::Visit;
use crate::domain::break_glass::accept_reason;
use crate::domain::ids::{DoctorId, PatientId};
use crate::domain::permission::{Deed, Reach};
use crate::domain::query::PatientQuery;
use crate::store::{Result, StoreError};

impl Store {
    /// Puts on the trail that a record was opened, before it is handed out. What is read again and again, as
    /// by a screen that shows it, was opened once. Whether they may is judged with it by who they are by then:
    /// where it is a `visit` that they open, by that one.
    ///
    /// # Errors
    /// Where they may not any more, and the database's: then the record stays closed.
    pub(super) async fn opened(
        &self,
        action: &'static str,
        place: (&'static str, i32),
        patient: PatientId,
        visit: Option<&Visit>,
    ) -> Result<()> {
        let identity = self.identity()?;
        let at = self.trail.now();
        let now = Opened { who: identity.staff_id, action, place, last: at };
        let mut open = self.trail.open().await;
        if !open.has(&now) {
            let place = (place.0, place.1.into());
            let entry = Entry { at, action, place, patient: Some(patient), detail: json!({}) };
            retry(|| async {
                let (mut writing, _) = self.writing_signed_in().await?;
                let outcome = async {
                    match visit {
                        Some(visit) => self.permit_visit(&mut writing, visit).await?,
                        None => self.permit_record(&mut writing, patient).await?,
                    }
                    writing.note(entry.clone()).await
                }
                .await;
                writing.finish(outcome).await
            })
            .await?;
        }
        open.put(now);
        Ok(())
    }

    /// Puts on the trail that the visits of a day were read with their notes, before they are handed out. The
    /// board, which has none, is no such reading.
    ///
    /// # Errors
    /// The database's: then nobody gets them.
    pub(super) async fn day_read(
        &self,
        date: NaiveDate,
        doctor: Option<DoctorId>,
        visits: usize,
    ) -> Result<()> {
        let detail = json!({ "date": date.to_string(), "doctor_id": doctor, "visits": visits });
        let (at, place) = (self.trail.now(), ("appointments", 0.into()));
        let entry = Entry { at, action: "day.read", place, patient: None, detail };
        retry(|| async {
            let (mut writing, _) = self.writing_signed_in().await?;
            let outcome = writing.note(entry.clone()).await;
            writing.finish(outcome).await
        })
        .await
    }

    /// Puts on the trail what changes nothing else.
    pub(super) async fn tell(&self, author: Author, entry: Entry) -> Result<()> {
        retry(|| async {
            let mut writing = self.writing_by(author.clone()).await?;
            let outcome = writing.note(entry.clone()).await;
            writing.finish(outcome).await
        })
        .await
    }

    /// Notes that somebody was looked for. It is written with the next row, or by [`Store::write_notes`]:
    /// a look-up is asked at each key, and what goes on from the one before takes its place.
    pub(super) fn looked_up(&self, query: &PatientQuery, found: usize) {
        let Ok(identity) = self.identity() else { return };
        let dates: Vec<String> = query.birth_dates.iter().map(ToString::to_string).collect();
        let phone = query.phone.as_ref().map(|reversed| reversed.chars().rev().collect::<String>());
        let detail = json!({
            "words": query.words.join(" "),
            "birth_dates": dates,
            "phone": phone,
            "email": query.email,
            "id": query.id,
            "found": found,
        });
        self.trail.looked_up(&identity, detail);
    }

    /// Lets a doctor open the record of a patient who is not theirs, for as long as they are signed in, and
    /// flags that on the audit trail (break-glass: HIPAA 164.312(a)(2)(ii), emergency access).
    ///
    /// # Errors
    /// [`StoreError::Forbidden`] for whoever opens no records; [`StoreError::Missing`]; a reason that is
    /// none; [`StoreError::KeyUsed`] where the key is of somebody else's request, or of another record; or the
    /// database's.
    pub async fn break_glass(&self, order: &Order, patient: PatientId, reason: &str) -> Result<()> {
        let Reach::Own(_) = self.permit(Deed::OpenRecord)? else { return Ok(()) };
        let reason = accept_reason(reason).map_err(StoreError::BadValue)?;
        retry(|| async {
            let (mut conn, _) = self.writing_signed_in().await?;
            let author = conn.author.clone();
            let outcome = async {
                self.permit(Deed::OpenRecord)?;
                if let Some(opened) =
                    history::done_before(&mut conn, &order.key, "record.break_glass").await?
                {
                    // The row under that key must say that it was they who opened this very record.
                    let flagged = Stmt::new(
                        "SELECT 1 FROM idempotency_keys k JOIN audit_log a ON a.record_id = k.record_id \
                         AND a.action = k.action AND a.at = k.done_at \
                         WHERE k.idempotency_key = ? AND a.staff_id = ? LIMIT 1",
                    );
                    let flagged = flagged.bind(order.key.as_str()).bind(author.staff_id);
                    let theirs = opened == patient.0 && conn.first(flagged).await?.is_some();
                    return if theirs { Ok(()) } else { Err(StoreError::KeyUsed) };
                }
                if super::patients::by_id(&mut conn, patient).await?.is_none() {
                    return Err(StoreError::Missing { what: "patient", id: patient.0 });
                }
                let detail = json!({ "reason": reason });
                let place = ("patients", patient.0);
                conn.record(order, "record.break_glass", place, Some(patient), detail).await
            }
            .await;
            conn.finish(outcome).await
        })
        .await?;
        self.who.break_glass(patient);
        Ok(())
    }
}
