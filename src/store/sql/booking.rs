//! The booking transaction: the only way in which a visit comes to stand at a time.
//!
//! Neither MySQL nor SQLite can forbid overlaps, and a lock that a SELECT takes does not travel
//! between the nodes of a cluster; a write that changes a value does. So the transaction's first
//! statements write the rows of `calendar_days` and `patient_days` that the visit touches, in
//! sorted order, and only then is anything read. What is read then is judged by `domain::booking`.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{NaiveDateTime, Timelike as _};
use serde_json::json;

use super::Store;
use super::appointments::{by_id, of_id, of_row};
use super::conn::{Conn, Row, Stmt, Value};
use super::dialect::{BEGIN, COMMIT, Dialect};
use super::diary::{self, Facts};
use super::history::{self, Order};
use super::journey::rows;
use super::openings::{OpeningQuery, Wanted};
use super::retry::retry;
use super::staff;
use super::trail::{self, Author, Entry, Held};
use super::versions::{Calendar, bump_statement, days};
use crate::domain::appointment::{Appointment, Status, Visit};
use crate::domain::booking::{self, Conflict, Intent, Outcome, Proposal, Verdict};
use crate::domain::clock::{Instant, Zone};
use crate::domain::ids::{AppointmentId, DoctorId, PatientId};
use crate::domain::permission::Deed;
use crate::store::{Result, StoreError};

/// How many openings a refusal offers.
pub const OFFERED: usize = 3;

/// Where a visit is to stand, once an [`Intent`] is carried out.
struct Target {
    proposal: Proposal,
    patient_id: PatientId,
    status: Status,
    /// Whether the rule must be asked: not for what only frees time, or changes none.
    judged: bool,
}

/// What one attempt at a transaction came to.
enum Attempt {
    Done { appointment: Box<Appointment>, repeated: bool, differs: bool },
    Refused { conflicts: Vec<Conflict>, target: Proposal },
}

impl Store {
    /// Carries an intent out, or says why the booking rule refuses it. With `overbook`, the
    /// conflicts that a reason can override do not stand in its way.
    ///
    /// # Errors
    /// A visit, doctor or patient that does not exist; [`StoreError::Changed`] where the intent says
    /// what it was seen as and that is no longer so; [`StoreError::NotTheirs`] where a doctor would come to a
    /// patient whose record is closed to them; or the database's.
    pub async fn carry_out(&self, order: &Order, intent: &Intent, overbook: Option<&str>) -> Result<Outcome> {
        // Whether a commit was sent of which nobody knows what became.
        let unknown = AtomicBool::new(false);
        let first = AtomicBool::new(true);
        self.permit(Deed::Book)?;
        if overbook.is_some() {
            self.permit(Deed::Overbook)?;
        }
        let outcome = retry(|| async {
            let mut committing = false;
            // Before a connection, and before anything is locked (see `Trail::hold`).
            let held = self.trail.hold().await;
            // The first attempt does not ask whether its connection stands. A second one does: the
            // pool may hold more that are broken.
            let unasked = if first.swap(false, Ordering::Relaxed) { self.db.idle() } else { None };
            let conn = match unasked {
                Some(conn) => conn,
                None => self.db.acquire().await?,
            };
            let outcome = self.attempt((conn, held), order, intent, overbook, &mut committing).await;
            if committing && matches!(outcome, Err(StoreError::Lost)) {
                unknown.store(true, Ordering::Relaxed);
            }
            outcome
        });
        let outcome = outcome.await;
        let unknown = unknown.into_inner();
        let attempt = match outcome {
            Err(StoreError::Lost) if !unknown => {
                let line = "the connection to the database broke; nothing was done";
                return Err(StoreError::Unreachable(line.to_owned()));
            }
            other => other?,
        };
        match attempt {
            Attempt::Done { appointment, repeated, differs } => {
                Ok(Outcome::Done { appointment, repeated, differs })
            }
            Attempt::Refused { mut conflicts, target } => {
                // Out of the transaction, which held the rows of the day.
                let mut conn = self.db.acquire().await?;
                diary::name(&mut conn, &mut conflicts).await?;
                self.veil_conflicts(&mut conn, target.patient_id, &mut conflicts).await?;
                drop(conn);
                let openings = self.openings_instead(&target, order.at).await?;
                Ok(Outcome::Refused(Verdict { conflicts, openings }))
            }
        }
    }

    /// What the rule says of a proposal as things stand: the preview while somebody types. The
    /// transaction decides again.
    ///
    /// # Errors
    /// An unknown doctor, or the database's.
    pub async fn preview(&self, proposal: &Proposal, now: Instant) -> Result<Verdict> {
        self.permit_of(Deed::Book, proposal.doctor_id)?;
        let mut conn = self.db.acquire().await?;
        let asked = diary::asked(&conn, proposal, self.zone()).into();
        let came = conn.journey(asked).await?;
        let facts = Facts::read([rows(&came, 0), rows(&came, 1)])?;
        let mut conflicts = booking::judge(proposal, &facts.diary(proposal)?, self.zone());
        diary::name(&mut conn, &mut conflicts).await?;
        self.veil_conflicts(&mut conn, proposal.patient_id, &mut conflicts).await?;
        drop(conn);
        let openings =
            if conflicts.is_empty() { Vec::new() } else { self.openings_instead(proposal, now).await? };
        Ok(Verdict { conflicts, openings })
    }

    /// The next openings after a proposal that cannot stand: with the same doctor, free for the
    /// patient too.
    async fn openings_instead(&self, proposal: &Proposal, now: Instant) -> Result<Vec<booking::Opening>> {
        let query = OpeningQuery {
            doctors: Wanted::Doctor(proposal.doctor_id),
            patient: proposal.patient_id,
            minutes: proposal.minutes,
            from: proposal.starts.max(self.zone().wall(now)),
            limit: OFFERED,
            moving: proposal.moving,
        };
        self.openings(&query).await
    }

    async fn attempt(
        &self,
        (mut conn, held): (Conn, Held),
        order: &Order,
        intent: &Intent,
        overbook: Option<&str>,
        committing: &mut bool,
    ) -> Result<Attempt> {
        let zone = self.zone();
        // Again: an attempt before this one may have found them somebody else.
        self.permit(Deed::Book)?;
        if overbook.is_some() {
            self.permit(Deed::Overbook)?;
        }
        // Where the visit stands now tells which days to write first; read before the transaction
        // and compared inside it, since no SELECT may come before the writes.
        let before = match subject(intent) {
            None => None,
            Some(id) => {
                // An outage may be this connection's alone: another is tried.
                let of_connection =
                    |error: StoreError| if error.is_outage() { StoreError::Lost } else { error };
                let found = by_id(&mut conn, id).await.map_err(of_connection)?;
                Some(found.ok_or(StoreError::Missing { what: "visit", id: id.0 })?)
            }
        };
        let target = target(intent, before.as_ref());
        // Of a doctor: where it stood, and where it is to stand.
        let doctors = before.iter().map(|old| old.visit.doctor_id).chain([target.proposal.doctor_id]);
        for doctor in doctors {
            self.permit_of(Deed::Book, doctor)?;
        }
        let theirs = match &before {
            Some(before) if !reinstates(intent, before) => None,
            _ => self.must_be_theirs(target.patient_id)?,
        };
        let identity = self.identity()?;
        let author = Author::from(&identity);
        let (before, target) = (before.as_ref(), &target);
        let person = staff::of_id_with_done(identity.staff_id, &order.key);
        let change = Change { store: self, person, order, author, intent, overbook, before, target, theirs };
        let mut outcome = change.carry_out((&mut conn, held), zone, committing).await;
        if let Err(StoreError::NotTheirs(patient)) = outcome {
            outcome = Err(self.not_theirs(patient));
        }
        if !matches!(outcome, Ok(Attempt::Done { repeated: false, .. })) {
            conn.rollback().await;
        }
        // The key may be of somebody else's request.
        if let Ok(Attempt::Done { appointment, repeated: true, .. }) = &outcome {
            self.permit_of(Deed::Book, appointment.visit.doctor_id)?;
        }
        outcome
    }
}

/// What a transaction writes before it reads: the days of the doctor and of the patient, where the
/// visit stood and where it is to stand.
fn day_writes(dialect: Dialect, (before, target): (Option<&Appointment>, &Target), zone: Zone) -> Vec<Stmt> {
    let proposal = &target.proposal;
    let mut spots = vec![(proposal.doctor_id, proposal.starts, proposal.minutes)];
    spots.extend(before.map(|old| (old.visit.doctor_id, old.visit.starts, old.visit.minutes)));
    let doctor_days = spots
        .iter()
        .flat_map(|(doctor, starts, minutes)| days(*starts, *minutes, zone).map(|day| (day, *doctor)));
    let patient_days = spots
        .iter()
        .flat_map(|(_, starts, minutes)| days(*starts, *minutes, zone).map(|day| (day, target.patient_id)));
    vec![
        bump_statement(dialect, Calendar::Doctors, doctor_days.collect()),
        bump_statement(dialect, Calendar::Patients, patient_days.collect()),
    ]
}

/// One attempt at a change, in two journeys to the server: one that locks and reads, one that writes
/// and commits.
#[derive(Clone)]
struct Change<'c> {
    store: &'c Store,
    /// The query of whoever books, and of what was done under the request's key.
    person: Stmt,
    order: &'c Order,
    author: Author,
    intent: &'c Intent,
    overbook: Option<&'c str>,
    /// The visit as it stood before the transaction.
    before: Option<&'c Appointment>,
    target: &'c Target,
    /// What must answer with a row, or the patient would come to be somebody's whose record is closed to them.
    theirs: Option<Stmt>,
}

impl Change<'_> {
    async fn carry_out(
        self,
        (conn, held): (&mut Conn, Held),
        zone: Zone,
        committing: &mut bool,
    ) -> Result<Attempt> {
        let Change { order, intent, before, target, .. } = &self;
        let (order, intent, before, target) = (*order, *intent, *before, *target);
        let proposal = &target.proposal;
        let mut first = vec![Stmt::new(conn.pick(BEGIN))];
        first.extend(day_writes(conn.dialect(), (before, target), zone));
        let writes = first.len();
        first.push(self.person.clone());
        first.extend(before.map(|before| of_id(before.visit.id)));
        if target.judged {
            first.extend(diary::asked(conn, proposal, zone));
        }
        first.extend(self.theirs.clone());
        let last = first.len() - 1;
        let came = conn.journey(first).await?;
        let done = staff::done(rows(&came, writes).first())?;
        if let Some(id) = history::same_action(done, action(intent))? {
            return self.repeated(conn, id).await;
        }
        let person = rows(&came, writes).first().map(staff::account).transpose();
        if self.store.check(person)? {
            // What they may do is asked anew.
            return Err(StoreError::Busy(0));
        }
        let now = match before {
            Some(before) => Some(self.unmoved(before, rows(&came, writes + 1))?),
            None => None,
        };
        if self.theirs.is_some() && rows(&came, last).is_empty() && !self.gave_up(conn).await? {
            return Err(StoreError::NotTheirs(target.patient_id));
        }
        let mut facts = Facts::default();
        let mut reason = None;
        if target.judged {
            let read = writes + 1 + usize::from(before.is_some());
            facts = Facts::read([rows(&came, read), rows(&came, read + 1)])?;
            let conflicts = booking::judge(proposal, &facts.diary(proposal)?, zone);
            let kept = match &now {
                Some(now) if matches!(intent, Intent::SetStatus { .. }) => {
                    kept_reason(conn, now, &conflicts).await?
                }
                _ => None,
            };
            let overbook = self.overbook.map(str::to_owned).or_else(|| kept.map(str::to_owned));
            let overridden = overbook.is_some() && conflicts.iter().all(Conflict::can_be_overbooked);
            if !conflicts.is_empty() && !overridden {
                return Ok(Attempt::Refused { conflicts, target: proposal.clone() });
            }
            reason = overbook.filter(|_| !conflicts.is_empty());
        }
        let stood = now.as_ref().map(summary);
        let mut after = self.after(now, &facts, reason.as_deref())?;
        let detail = json!({ "before": stood, "after": summary(&after) });
        let mut end = held.end(conn).await?;
        // First, since their rows are given keys too, and the visit's is the one that is meant below.
        let mut last = end.add_notes();
        let written = last.len();
        let mut id = before.map_or(Value::NewId, |before| before.visit.id.into());
        if before.is_none() && conn.dialect() == Dialect::Sqlite {
            // There is no wire to wait for here, and no function for the hash of a row whose id is not known.
            id = conn.run(self.write(&after)).await?.last_id.into();
        } else {
            last.push(self.write(&after));
        }
        let keyed = last.len();
        last.push(history::key_row(order, action(intent), id.clone()));
        let (patient, place) = (Some(target.patient_id), ("appointments", id.clone()));
        let entry = Entry { at: order.at, action: action(intent), place, patient, detail };
        last.extend(end.add(&self.author, &entry));
        last.push(Stmt::new(COMMIT));
        *committing = true;
        let came = conn.journey(last).await.map_err(|ended| match ended.after.checked_sub(keyed) {
            Some(0) => history::of_key(ended.error),
            Some(_) => trail::of_row(ended.error),
            None => ended.error,
        })?;
        if before.is_none() {
            let given = came.get(written).map_or(0, |written| written.done.last_id);
            after.visit.id = AppointmentId(match id {
                Value::Int(id) => i32::try_from(id).unwrap_or(0),
                _ => given,
            });
        }
        end.committed(Some(after.visit.id.0));
        Ok(Attempt::Done { appointment: Box::new(after), repeated: false, differs: false })
    }

    /// What this very request did before.
    async fn repeated(&self, conn: &mut Conn, id: i32) -> Result<Attempt> {
        if self.before.is_some_and(|before| before.visit.id.0 != id) {
            return Err(StoreError::KeyUsed);
        }
        let found = by_id(conn, AppointmentId(id)).await?;
        let found = found.ok_or(StoreError::Missing { what: "visit", id })?;
        let details = history::details_of(conn, &self.order.key, "appointments").await?;
        let is_asked = |detail: &serde_json::Value| asked_for(self.intent, &detail["after"]);
        let differs = !details.is_empty() && !details.iter().any(is_asked);
        Ok(Attempt::Done { appointment: Box::new(found), repeated: true, differs })
    }

    /// Whether whoever reinstates the visit cancelled it themselves: they take that back, and come to nobody
    /// whom they had not.
    async fn gave_up(&self, conn: &mut Conn) -> Result<bool> {
        let Some(before) = self.before else { return Ok(false) };
        let cancelled = |was: Option<Status>, is: Option<Status>| {
            was != Some(Status::Cancelled) && is == Some(Status::Cancelled)
        };
        let last = last_set(conn, before.visit.id, cancelled).await?;
        Ok(last.is_some_and(|(_, staff)| staff.is_some() && staff == self.author.staff_id))
    }

    /// The visit as it stands now that its days are held: where it stood before, or the attempt begins
    /// again.
    fn unmoved(&self, before: &Appointment, found: &[Row]) -> Result<Appointment> {
        let id = before.visit.id.0;
        let now = found.first().map(of_row).transpose()?;
        let now = now.ok_or(StoreError::Missing { what: "visit", id })?;
        if now.visit != before.visit {
            return Err(StoreError::Busy(0));
        }
        match self.intent {
            Intent::SetNotes { instead_of, .. }
                if now.notes.as_deref().unwrap_or_default() != instead_of.as_deref().unwrap_or_default() =>
            {
                Err(StoreError::Changed { what: "visit", id })
            }
            Intent::SetStatus { seen: Some(seen), .. } if now.visit != *seen => {
                Err(StoreError::Changed { what: "visit", id })
            }
            _ => Ok(now),
        }
    }

    /// The visit as it is to be, all but its id where it is new.
    fn after(&self, now: Option<Appointment>, facts: &Facts, reason: Option<&str>) -> Result<Appointment> {
        let Change { order, author, intent, target, .. } = self;
        let Proposal { doctor_id, starts, minutes, .. } = target.proposal;
        let at = Some(order.at.with_nanosecond(0).unwrap_or(order.at));
        let Some(mut after) = now else {
            let id = target.patient_id;
            let missing = StoreError::Missing { what: "patient", id: id.0 };
            let patient = facts.patient.clone().ok_or(missing)?;
            let status = target.status;
            let notes = if let Intent::Book { notes, .. } = intent { notes.clone() } else { None };
            let visit = Visit { id: AppointmentId(0), doctor_id, patient_id: id, starts, minutes, status };
            return Ok(Appointment {
                visit,
                patient_name: patient.name,
                patient_born: patient.born,
                doctor_name: facts.doctor(&target.proposal)?.0.to_owned(),
                notes,
                overbook_reason: reason.map(str::to_owned),
                booked_by: Some(author.name.clone()),
                booked_at: at,
                changed_by: None,
                changed_at: None,
            });
        };
        after.changed_by = Some(author.name.clone());
        after.changed_at = at;
        if let Intent::SetNotes { notes, .. } = intent {
            after.notes.clone_from(notes);
            return Ok(after);
        }
        after.visit = Visit { doctor_id, starts, minutes, status: target.status, ..after.visit };
        // A visit that stands by the rule needs no reason any more; one whose status alone changes,
        // and which the rule was not asked about, keeps the one it has.
        if target.judged {
            facts.doctor(&target.proposal)?.0.clone_into(&mut after.doctor_name);
            after.overbook_reason = reason.map(str::to_owned);
        }
        Ok(after)
    }

    /// Writes the visit as it is to be.
    fn write(&self, after: &Appointment) -> Stmt {
        let visit = &after.visit;
        let actor = self.author.name.as_str();
        if self.before.is_none() {
            return Stmt::new(
                "INSERT INTO appointments (doctor_id, patient_id, appointment_time, duration_minutes, status, notes, \
                 booked_by, booked_at, overbook_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(visit.doctor_id)
            .bind(visit.patient_id)
            .bind(visit.starts)
            .bind(visit.minutes)
            .bind(visit.status.column())
            .bind(after.notes.clone())
            .bind(actor)
            .bind(self.order.at)
            .bind(after.overbook_reason.clone());
        }
        let update = match self.intent {
            Intent::SetNotes { .. } => {
                Stmt::new("UPDATE appointments SET notes = ?, changed_by = ?, changed_at = ? WHERE id = ?")
                    .bind(after.notes.clone())
            }
            _ => Stmt::new(
                "UPDATE appointments SET doctor_id = ?, appointment_time = ?, duration_minutes = ?, status = ?, \
                 overbook_reason = ?, changed_by = ?, changed_at = ? WHERE id = ?",
            )
            .bind(visit.doctor_id)
            .bind(visit.starts)
            .bind(visit.minutes)
            .bind(visit.status.column())
            .bind(after.overbook_reason.clone()),
        };
        update.bind(actor).bind(self.order.at).bind(visit.id)
    }
}

/// The reason by which a visit that is reinstated may stand over others again: the one for which it
/// was overbooked, unless somebody took the time since it was given up. Nobody asked about them.
async fn kept_reason<'v>(
    conn: &mut Conn,
    before: &'v Appointment,
    conflicts: &[Conflict],
) -> Result<Option<&'v str>> {
    let Some(reason) = before.overbook_reason.as_deref() else { return Ok(None) };
    let Some(given_up) = given_up_at(conn, before.visit.id).await? else { return Ok(None) };
    for clash in conflicts.iter().filter_map(Conflict::clash) {
        let stood =
            Stmt::new("SELECT id FROM appointments WHERE id = ? AND COALESCE(changed_at, booked_at) < ?");
        if conn.first(stood.bind(clash.held.visit.id).bind(given_up)).await?.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(reason))
}

/// When a visit last gave its time up, by the audit trail.
async fn given_up_at(conn: &mut Conn, id: AppointmentId) -> Result<Option<NaiveDateTime>> {
    let held = |status: Option<Status>| status.is_some_and(Status::holds_time);
    Ok(last_set(conn, id, |was, is| held(was) && !held(is)).await?.map(|(at, _)| at))
}

/// When a visit's status was last set in such a way, from what to what, and by whom, by the audit trail.
async fn last_set(
    conn: &mut Conn,
    id: AppointmentId,
    is_meant: impl Fn(Option<Status>, Option<Status>) -> bool,
) -> Result<Option<(NaiveDateTime, Option<i32>)>> {
    let trail = Stmt::new(
        "SELECT id, at, staff_id, detail FROM audit_log WHERE record = 'appointments' AND record_id = ? \
         AND action = 'appointment.status' ORDER BY id DESC",
    );
    for row in conn.all(trail.bind(id)).await? {
        let mut cells = row.cells("audit_log");
        cells.get::<i64>()?;
        let (at, staff) = (cells.get()?, cells.get()?);
        let detail: serde_json::Value = cells.parse(|text| serde_json::from_str(text).ok())?;
        let status = |when: &str| detail[when]["status"].as_str().and_then(Status::from_column);
        if is_meant(status("before"), status("after")) {
            return Ok(Some((at, staff)));
        }
    }
    Ok(None)
}

/// The name under which an intent is kept with its key and on the audit trail.
fn action(intent: &Intent) -> &'static str {
    match intent {
        Intent::Book { .. } => "appointment.book",
        Intent::Reschedule { .. } => "appointment.move",
        Intent::SetStatus { .. } => "appointment.status",
        Intent::SetNotes { .. } => "appointment.notes",
    }
}

/// What the audit trail keeps of a visit: ids, times and reasons; notes stay in their own column.
fn summary(appointment: &Appointment) -> serde_json::Value {
    let visit = &appointment.visit;
    json!({
        "doctor_id": visit.doctor_id,
        "patient_id": visit.patient_id,
        "appointment_time": visit.starts.to_string(),
        "duration_minutes": visit.minutes,
        "status": visit.status.column(),
        "overbook_reason": appointment.overbook_reason,
    })
}

/// Whether what the audit trail says was done is what an intent asks for. The visit itself may have
/// been changed since.
fn asked_for(intent: &Intent, done: &serde_json::Value) -> bool {
    let same = |column: &str, asked: Option<serde_json::Value>| {
        asked.is_none_or(|asked| done.get(column).is_none_or(|done| *done == asked))
    };
    let when = |starts: NaiveDateTime| json!(starts.to_string());
    match intent {
        Intent::Book { patient_id, doctor_id, starts, minutes, .. } => {
            same("patient_id", Some(json!(patient_id)))
                && same("doctor_id", Some(json!(doctor_id)))
                && same("appointment_time", Some(when(*starts)))
                && same("duration_minutes", Some(json!(minutes)))
        }
        Intent::Reschedule { doctor_id, starts, minutes, .. } => {
            same("doctor_id", doctor_id.map(|id| json!(id)))
                && same("appointment_time", starts.map(when))
                && same("duration_minutes", minutes.map(|minutes| json!(minutes)))
        }
        Intent::SetStatus { status, .. } => same("status", Some(json!(status.column()))),
        // The trail does not hold what was noted.
        Intent::SetNotes { .. } => true,
    }
}

/// Whether an intent gives a cancelled visit back, which makes its patient the doctor's again.
fn reinstates(intent: &Intent, before: &Appointment) -> bool {
    let cancelled = before.visit.status == Status::Cancelled;
    matches!(intent, Intent::SetStatus { status, .. } if cancelled && *status != Status::Cancelled)
}

/// The visit that an intent is about; none for a new one.
fn subject(intent: &Intent) -> Option<AppointmentId> {
    match intent {
        Intent::Book { .. } => None,
        Intent::Reschedule { id, .. } | Intent::SetStatus { id, .. } | Intent::SetNotes { id, .. } => {
            Some(*id)
        }
    }
}

fn target(intent: &Intent, before: Option<&Appointment>) -> Target {
    let kept = before.map(|old| &old.visit);
    let (doctor_id, patient_id, starts, minutes) = match (intent, kept) {
        (Intent::Book { patient_id, doctor_id, starts, minutes, .. }, _) => {
            (*doctor_id, *patient_id, *starts, *minutes)
        }
        (Intent::Reschedule { doctor_id, starts, minutes, .. }, Some(old)) => (
            doctor_id.unwrap_or(old.doctor_id),
            old.patient_id,
            starts.unwrap_or(old.starts),
            minutes.unwrap_or(old.minutes),
        ),
        (_, Some(old)) => (old.doctor_id, old.patient_id, old.starts, old.minutes),
        // `subject` names a visit for every other intent, and `attempt` has read it.
        (_, None) => (DoctorId(0), PatientId(0), NaiveDateTime::MIN, 1),
    };
    let old_status = kept.map_or(Status::Scheduled, |old| old.status);
    let status = if let Intent::SetStatus { status, .. } = intent { *status } else { old_status };
    let judged = match intent {
        Intent::Book { .. } | Intent::Reschedule { .. } => true,
        Intent::SetStatus { status, .. } => status.holds_time() && !old_status.holds_time(),
        Intent::SetNotes { .. } => false,
    };
    let moving = kept.map(|old| old.id);
    let proposal = Proposal { doctor_id, patient_id: Some(patient_id), starts, minutes, moving };
    Target { proposal, patient_id, status, judged }
}
