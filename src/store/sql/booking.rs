//! The booking transaction: the only way in which a visit comes to stand at a time.
//!
//! Neither MySQL nor SQLite can forbid overlaps, and a lock that a SELECT takes does not travel
//! between the nodes of a cluster; a write that changes a value does. So the transaction's first
//! statements write the rows of `calendar_days` and `patient_days` that the visit touches, in
//! sorted order, and only then is anything read. What is read then is judged by `domain::booking`.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta, Timelike as _};
use serde_json::json;

use super::Store;
use super::appointments::by_id;
use super::availability::finish;
use super::conn::{Conn, Stmt};
use super::dialect::{BUMP_DAY, BUMP_PATIENT_DAY, Dialect};
use super::diary::{self, Facts};
use super::history::{self, Order};
use super::openings::{OpeningQuery, Wanted};
use super::retry::Retry;
use crate::domain::appointment::{Appointment, Status, Visit, end_of};
use crate::domain::booking::{self, Conflict, Diary, Intent, Outcome, Proposal, Verdict};
use crate::domain::clock::{Instant, Zone};
use crate::domain::ids::{AppointmentId, DoctorId, PatientId};
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
    Done { appointment: Box<Appointment>, repeated: bool },
    Refused { conflicts: Vec<Conflict>, target: Proposal },
}

impl Store {
    /// Carries an intent out, or says why the booking rule refuses it. With `overbook`, the
    /// conflicts that a reason can override do not stand in its way.
    ///
    /// # Errors
    /// A visit, doctor or patient that does not exist, or the database's.
    pub async fn carry_out(&self, order: &Order, intent: &Intent, overbook: Option<&str>) -> Result<Outcome> {
        let mut retry = Retry::default();
        let mut unknown = false;
        let attempt = loop {
            match self.attempt(order, intent, overbook).await {
                Err(error) if retry.again(&error).await => unknown |= matches!(error, StoreError::Lost),
                // The commit of an earlier attempt may have taken effect: that the database is away
                // now does not say that nothing was done.
                Err(StoreError::Unreachable(_)) if unknown => return Err(StoreError::Lost),
                other => break other?,
            }
        };
        match attempt {
            Attempt::Done { appointment, repeated } => Ok(Outcome::Done { appointment, repeated }),
            Attempt::Refused { conflicts, target } => {
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
        let mut conn = self.conn().await?;
        let facts = diary::facts(&mut conn, proposal, self.zone(), None).await?;
        let (_, doctor_active) = facts.doctor(proposal)?;
        let visits = diary::held(&mut conn, proposal, self.zone()).await?;
        drop(conn);
        let diary = Diary { doctor_active, schedule: facts.schedule, visits };
        let conflicts = booking::judge(proposal, &diary, self.zone());
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

    async fn attempt(&self, order: &Order, intent: &Intent, overbook: Option<&str>) -> Result<Attempt> {
        let zone = self.zone();
        let mut conn = self.conn().await?;
        // Where the visit stands now tells which days to write first; read before the transaction
        // and compared inside it, since no SELECT may come before the writes.
        let before = match subject(intent) {
            None => None,
            Some(id) => {
                let found = by_id(&mut conn, id).await?;
                Some(found.ok_or(StoreError::Missing { what: "appointment", id: id.0 })?)
            }
        };
        let target = target(intent, before.as_ref());
        let outcome = async {
            conn.begin_with(day_writes(conn.dialect(), (before.as_ref(), &target), zone)).await?;
            carry_out_on(&mut conn, order, intent, (before.as_ref(), &target), overbook, zone).await
        }
        .await;
        match outcome {
            Ok(Attempt::Refused { .. } | Attempt::Done { repeated: true, .. }) => {
                conn.rollback().await;
                outcome
            }
            outcome => finish(conn, outcome).await,
        }
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

async fn carry_out_on(
    conn: &mut Conn,
    order: &Order,
    intent: &Intent,
    (before, target): (Option<&Appointment>, &Target),
    overbook: Option<&str>,
    zone: Zone,
) -> Result<Attempt> {
    let proposal = &target.proposal;
    let action = action(intent);
    let mut facts = Facts::default();
    let done = if target.judged {
        facts = diary::facts(conn, proposal, zone, Some(&order.key)).await?;
        history::same_action(facts.done.take(), action)?
    } else {
        history::done_before(conn, &order.key, action).await?
    };
    if let Some(id) = done {
        if before.is_some_and(|before| before.visit.id.0 != id) {
            return Err(StoreError::KeyUsed);
        }
        let found = by_id(conn, AppointmentId(id)).await?;
        let found = found.ok_or(StoreError::Missing { what: "appointment", id })?;
        return Ok(Attempt::Done { appointment: Box::new(found), repeated: true });
    }
    if let Some(before) = before {
        let now = by_id(conn, before.visit.id).await?;
        let now = now.ok_or(StoreError::Missing { what: "appointment", id: before.visit.id.0 })?;
        if now.visit != before.visit {
            // Somebody moved it between the two reads: begin again from where it is now.
            return Err(StoreError::Busy(0));
        }
        if let Intent::SetNotes { instead_of, .. } = intent
            && now.notes.as_deref().unwrap_or_default() != instead_of.as_deref().unwrap_or_default()
        {
            return Err(StoreError::Changed { what: "appointment", id: now.visit.id.0 });
        }
    }
    let mut reason = None;
    if target.judged {
        let (_, doctor_active) = facts.doctor(proposal)?;
        let visits = diary::held(conn, proposal, zone).await?;
        let diary = Diary { doctor_active, schedule: facts.schedule.clone(), visits };
        let conflicts = booking::judge(proposal, &diary, zone);
        let kept = match before {
            Some(before) if matches!(intent, Intent::SetStatus { .. }) => {
                kept_reason(conn, before, &conflicts).await?
            }
            _ => None,
        };
        let overbook = overbook.or(kept);
        let overridden = overbook.is_some() && conflicts.iter().all(Conflict::can_be_overbooked);
        if !conflicts.is_empty() && !overridden {
            return Ok(Attempt::Refused { conflicts, target: proposal.clone() });
        }
        reason = overbook.filter(|_| !conflicts.is_empty());
    }
    let id = write(conn, order, intent, (before, target), reason).await?;
    let appointment = match booked(order, intent, target, reason, (id, &facts))? {
        Some(appointment) => appointment,
        None => by_id(conn, id).await?.ok_or(StoreError::Missing { what: "appointment", id: id.0 })?,
    };
    let detail = json!({ "before": before.map(summary), "after": summary(&appointment) });
    history::record(conn, order, action, ("appointments", id.0), detail).await?;
    Ok(Attempt::Done { appointment: Box::new(appointment), repeated: false })
}

/// The new visit as it was just written, without reading it again; none where it is not new.
fn booked(
    order: &Order,
    intent: &Intent,
    target: &Target,
    reason: Option<&str>,
    (id, facts): (AppointmentId, &Facts),
) -> Result<Option<Appointment>> {
    let Intent::Book { patient_id, doctor_id, starts, minutes, notes } = intent else { return Ok(None) };
    let (doctor_name, _) = facts.doctor(&target.proposal)?;
    let Some(patient_name) = facts.patient_name.clone() else { return Ok(None) };
    let visit = Visit {
        id,
        doctor_id: *doctor_id,
        patient_id: *patient_id,
        patient_name,
        starts: *starts,
        minutes: *minutes,
        status: target.status,
    };
    Ok(Some(Appointment {
        visit,
        doctor_name: doctor_name.to_owned(),
        notes: notes.clone(),
        overbook_reason: reason.map(str::to_owned),
        booked_by: Some(order.actor.name.clone()),
        booked_at: Some(order.at.with_nanosecond(0).unwrap_or(order.at)),
        changed_by: None,
        changed_at: None,
    }))
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
    let trail = Stmt::new(
        "SELECT id, at, detail FROM audit_log WHERE record = 'appointments' AND record_id = ? \
         AND action = 'appointment.status' ORDER BY id DESC",
    );
    for row in conn.all(trail.bind(id)).await? {
        let mut cells = row.cells("audit_log");
        cells.get::<i64>()?;
        let at = cells.get()?;
        let detail: serde_json::Value = cells.parse(|text| serde_json::from_str(text).ok())?;
        let held = |when: &str| {
            let status = detail[when]["status"].as_str().and_then(Status::from_column);
            status.is_some_and(Status::holds_time)
        };
        if held("before") && !held("after") {
            return Ok(Some(at));
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

async fn write(
    conn: &mut Conn,
    order: &Order,
    intent: &Intent,
    (before, target): (Option<&Appointment>, &Target),
    reason: Option<&str>,
) -> Result<AppointmentId> {
    let proposal = &target.proposal;
    let actor = order.actor.name.as_str();
    let Some(before) = before else {
        let notes = if let Intent::Book { notes, .. } = intent { notes.clone() } else { None };
        let insert = Stmt::new(
            "INSERT INTO appointments (doctor_id, patient_id, appointment_time, duration_minutes, status, notes, \
             booked_by, booked_at, overbook_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        );
        let insert = insert.bind(proposal.doctor_id).bind(target.patient_id).bind(proposal.starts);
        let insert = insert.bind(proposal.minutes).bind(target.status.column()).bind(notes);
        let insert = insert.bind(actor).bind(order.at).bind(reason);
        let done = conn.run(insert).await.map_err(|error| match error {
            // The doctor was read a moment ago: the foreign key that failed is the patient's.
            StoreError::Refused(number) if number == "1452" || number == "SQLite 787" => {
                StoreError::Missing { what: "patient", id: target.patient_id.0 }
            }
            other => other,
        })?;
        return Ok(AppointmentId(done.last_id));
    };
    let id = before.visit.id;
    let update = match intent {
        Intent::SetNotes { notes, .. } => {
            Stmt::new("UPDATE appointments SET notes = ?, changed_by = ?, changed_at = ? WHERE id = ?")
                .bind(notes.clone())
        }
        // A visit that stands by the rule needs no reason any more; one whose status alone
        // changes, and which the rule was not asked about, keeps the one it has.
        _ => Stmt::new(
            "UPDATE appointments SET doctor_id = ?, appointment_time = ?, duration_minutes = ?, status = ?, \
             overbook_reason = ?, changed_by = ?, changed_at = ? WHERE id = ?",
        )
        .bind(proposal.doctor_id)
        .bind(proposal.starts)
        .bind(proposal.minutes)
        .bind(target.status.column())
        .bind(if target.judged { reason } else { before.overbook_reason.as_deref() }),
    };
    conn.run(update.bind(actor).bind(order.at).bind(id)).await?;
    Ok(id)
}

/// The dates that a visit touches, on the wall clock.
pub(super) fn days(starts: NaiveDateTime, minutes: u16, zone: Zone) -> impl Iterator<Item = NaiveDate> {
    let last = end_of(starts, minutes, zone) - TimeDelta::seconds(1);
    let last = last.date().max(starts.date());
    starts.date().iter_days().take_while(move |day| *day <= last)
}

/// Whose day rows are written.
#[derive(Clone, Copy)]
pub(super) enum Calendar {
    Doctors,
    Patients,
}

/// Writes day rows, in sorted order: the lock, what a cluster certifies, and what other desks see.
pub(super) async fn bump<Id: Into<super::conn::Value> + Ord>(
    conn: &mut Conn,
    calendar: Calendar,
    days: BTreeSet<(NaiveDate, Id)>,
) -> Result<()> {
    if days.is_empty() {
        return Ok(());
    }
    conn.run(bump_statement(conn.dialect(), calendar, days)).await.map(drop)
}

fn bump_statement<Id: Into<super::conn::Value>>(
    dialect: Dialect,
    calendar: Calendar,
    days: BTreeSet<(NaiveDate, Id)>,
) -> Stmt {
    let (head, tail) = match calendar {
        Calendar::Doctors => ("INSERT INTO calendar_days (day, doctor_id, version) VALUES ", BUMP_DAY),
        Calendar::Patients => {
            ("INSERT INTO patient_days (day, patient_id, version) VALUES ", BUMP_PATIENT_DAY)
        }
    };
    let tail = dialect.pick(tail);
    let mut stmt = Stmt::new(head).rows("(?, ?, 1)", days.len()).then(tail);
    for (day, id) in days {
        stmt = stmt.bind(day).bind(id);
    }
    stmt
}
