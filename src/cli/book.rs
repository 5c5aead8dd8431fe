//! `book`, `move`, `cancel` and `status`: all that puts a visit on a time or takes it off.

use std::fmt::Write as _;

use chrono::NaiveDateTime;
use clap::{Args, ValueEnum};

use super::answer::{Answer, Failure, Format, Status as Exit};
use super::session::Session;
use super::{json, patient, show, values};
use crate::domain::appointment::{Appointment, MAX_NOTES, Status};
use crate::domain::booking::{Conflict, Intent, Outcome, Verdict};
use crate::domain::clock::Zone;
use crate::domain::ids::{AppointmentId, DoctorId, PatientId};
use crate::domain::text;

/// Arguments of `book`.
#[derive(Debug, Args)]
pub struct Book {
    /// The patient's id
    #[arg(long, value_name = "ID", value_parser = values::id::<PatientId>)]
    patient: PatientId,
    /// The doctor's id
    #[arg(long, value_name = "ID", value_parser = values::id::<DoctorId>)]
    doctor: DoctorId,
    /// When, on the clinic's clock: YYYY-MM-DDTHH:MM
    #[arg(long, value_name = "TIME", value_parser = values::moment)]
    at: NaiveDateTime,
    /// How long, in minutes [default: the doctor's own, else 60]
    #[arg(long, value_name = "N", value_parser = values::minutes, allow_negative_numbers = true)]
    minutes: Option<u16>,
    /// Notes
    #[arg(long, value_name = "TEXT", value_parser = notes)]
    notes: Option<String>,
    /// Why you open the record of a patient who is not yours, to book them; it is flagged on the audit
    /// trail (doctors)
    #[arg(long, value_name = "REASON")]
    break_glass: Option<String>,
    #[command(flatten)]
    how: How,
}

/// Arguments of `move`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true).args(["at", "doctor", "minutes"]))]
pub struct Move {
    /// The visit's id
    #[arg(value_parser = values::id::<AppointmentId>)]
    id: AppointmentId,
    /// When, on the clinic's clock: YYYY-MM-DDTHH:MM
    #[arg(long, value_name = "TIME", value_parser = values::moment)]
    at: Option<NaiveDateTime>,
    /// Another doctor's id
    #[arg(long, value_name = "ID", value_parser = values::id::<DoctorId>)]
    doctor: Option<DoctorId>,
    /// How long, in minutes
    #[arg(long, value_name = "N", value_parser = values::minutes, allow_negative_numbers = true)]
    minutes: Option<u16>,
    #[command(flatten)]
    how: How,
}

/// Arguments of `cancel`.
#[derive(Debug, Args)]
pub struct Cancel {
    /// The visit's id
    #[arg(value_parser = values::id::<AppointmentId>)]
    id: AppointmentId,
    /// The request's key: the same key twice is the same request twice
    #[arg(long, value_name = "KEY", value_parser = values::request_id)]
    request_id: Option<String>,
}

/// Arguments of `status`.
#[derive(Debug, Args)]
pub struct SetStatus {
    /// The visit's id
    #[arg(value_parser = values::id::<AppointmentId>)]
    id: AppointmentId,
    /// What became of it; `cancel` cancels it, and `scheduled` takes that back
    #[arg(ignore_case = true)]
    status: Became,
    #[command(flatten)]
    how: How,
}

/// What `status` sets.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Became {
    /// Still to come
    Scheduled,
    /// It took place
    Completed,
    /// The patient did not come
    NoShow,
}

/// How a visit is booked, changed or moved.
#[derive(Debug, Args)]
struct How {
    /// The request's key: the same key twice is the same request twice
    #[arg(long, value_name = "KEY", value_parser = values::request_id)]
    request_id: Option<String>,
    /// Book over other visits or outside the hours, for this reason, which is kept
    #[arg(long, value_name = "REASON", value_parser = values::reason)]
    overbook: Option<String>,
}

fn notes(typed: &str) -> Result<String, String> {
    text::accept_text(typed, MAX_NOTES).map_err(|fault| fault.to_string())
}

/// Books a visit.
///
/// # Errors
/// An unknown patient or doctor, or the store's.
pub async fn book(args: &Book, session: &Session, format: Format) -> Result<Answer, Failure> {
    let closed = patient::break_glass(args.patient, args.break_glass.as_deref(), session).await?;
    // A patient whom nobody knows is said before what stands in their way.
    if session.store.patient(args.patient).await?.is_none() {
        return Err(Failure::missing("patient", args.patient.0));
    }
    let minutes = match args.minutes {
        Some(minutes) => minutes,
        None => match session.store.doctor(args.doctor).await? {
            Some(doctor) => doctor.default_minutes(),
            None => return Err(Failure::missing("doctor", args.doctor.0)),
        },
    };
    let intent = Intent::Book {
        patient_id: args.patient,
        doctor_id: args.doctor,
        starts: args.at,
        minutes,
        notes: args.notes.clone().filter(|notes| !notes.is_empty()),
    };
    let request = Request { did: Some(BOOKED), refused: "not booked", how: &args.how };
    let answer = carry_out(&intent, &request, session, format).await?;
    let answer = if closed { answer.with_note(patient::BROKEN) } else { answer };
    let past = args.at < session.now.wall && answer.status == Exit::Done;
    Ok(if past { answer.with_note("this time is in the past") } else { answer })
}

/// Gives a visit another time, doctor or length.
///
/// # Errors
/// An unknown visit or doctor, or the store's.
pub async fn reschedule(args: &Move, session: &Session, format: Format) -> Result<Answer, Failure> {
    let intent =
        Intent::Reschedule { id: args.id, doctor_id: args.doctor, starts: args.at, minutes: args.minutes };
    let request = Request { did: Some(MOVED), refused: "not moved", how: &args.how };
    carry_out(&intent, &request, session, format).await
}

/// Cancels a visit.
///
/// # Errors
/// An unknown visit, or the store's.
pub async fn cancel(args: &Cancel, session: &Session, format: Format) -> Result<Answer, Failure> {
    let intent = Intent::SetStatus { id: args.id, status: Status::Cancelled, seen: None };
    let how = How { request_id: args.request_id.clone(), overbook: None };
    let request = Request { did: None, refused: "not cancelled", how: &how };
    carry_out(&intent, &request, session, format).await
}

/// Sets what became of a visit.
///
/// # Errors
/// An unknown visit, or the store's.
pub async fn set_status(args: &SetStatus, session: &Session, format: Format) -> Result<Answer, Failure> {
    let status = match args.status {
        Became::Scheduled => Status::Scheduled,
        Became::Completed => Status::Completed,
        Became::NoShow => Status::NoShow,
    };
    let intent = Intent::SetStatus { id: args.id, status, seen: None };
    let request = Request { did: None, refused: "not changed", how: &args.how };
    carry_out(&intent, &request, session, format).await
}

/// An intent's particulars for people.
struct Request<'r> {
    /// What is done to the visit; none where its status is set, which says itself.
    did: Option<&'static str>,
    refused: &'static str,
    how: &'r How,
}

async fn carry_out(
    intent: &Intent,
    request: &Request<'_>,
    session: &Session,
    format: Format,
) -> Result<Answer, Failure> {
    let zone = session.zone();
    let order = session.order(request.how.request_id.as_deref());
    match session.store.carry_out(&order, intent, request.how.overbook.as_deref()).await? {
        Outcome::Done { appointment, repeated, differs } => {
            let document = || json::Carried {
                appointment: json::Appointment::new(&appointment, zone),
                request_differs: differs,
            };
            let answer = Answer::new(format, document, || done(request, &appointment, zone))?;
            Ok(if differs {
                answer.with_note("this request id was used before for another request: this is that visit")
            } else if repeated {
                answer.with_note("this request was carried out before; nothing was done again")
            } else if request.did.is_none() && appointment.visit.is_early(session.now.today()) {
                answer.with_note("the day of this visit is still to come")
            } else {
                answer
            })
        }
        Outcome::Refused(verdict) => {
            let answer = Answer::new(format, || json::Verdict::from(&verdict), String::new)?;
            Ok(answer.ending(Exit::Refused, no(request.refused, &verdict, format, zone)))
        }
    }
}

/// What was done to a visit that was moved.
const MOVED: &str = "moved";

/// What was done to a visit that was booked.
const BOOKED: &str = "booked";

fn done(request: &Request<'_>, appointment: &Appointment, zone: Zone) -> String {
    let visit = &appointment.visit;
    // A request that was carried out before is answered with the visit as it is now, and so is its status.
    let did = request.did.unwrap_or_else(|| show::status(visit.status));
    let mut body = format!(
        "{did}: visit {}, {}, {} with {}\n",
        visit.id,
        show::visit(visit, zone),
        appointment.patient(),
        text::clean(&appointment.doctor_name)
    );
    if [BOOKED, MOVED].contains(&did) && !visit.status.holds_time() {
        let since = if did == MOVED { "still" } else { "by now" };
        let _ = writeln!(
            body,
            "it is {since} {} and holds no time: frontdesk status {} scheduled",
            visit.status.column(),
            visit.id
        );
    }
    if let Some(reason) = &appointment.overbook_reason {
        let _ = writeln!(body, "overbooked: {}", text::clean(reason));
    }
    body
}

/// Why not, and what is free instead: a line each for people, one line beside a document.
fn no(refused: &str, verdict: &Verdict, format: Format, zone: Zone) -> Vec<String> {
    let faults: Vec<String> = verdict.conflicts.iter().map(|conflict| why(conflict, zone)).collect();
    if format == Format::Json {
        return vec![format!("{refused}: {}", faults.join("; "))];
    }
    let mut lines: Vec<String> = faults.iter().map(|fault| format!("{refused}: {fault}")).collect();
    if !verdict.openings.is_empty() {
        lines.push(format!("next free: {}", show::openings(&verdict.openings, zone)));
    }
    lines
}

fn why(conflict: &Conflict, zone: Zone) -> String {
    let (starts, ends) = conflict.span();
    match conflict {
        Conflict::DoctorBusy(clash) | Conflict::PatientBusy(clash) => {
            let held = &clash.held;
            let (who, whom) = match conflict {
                Conflict::DoctorBusy(_) => (held.doctor_name.clone(), held.patient().to_string()),
                _ => (held.patient().to_string(), held.doctor_name.clone()),
            };
            let booked = match (&held.booked_by, held.booked_at) {
                (Some(by), Some(at)) => format!(", booked by {by} on {}", show::instant(at, zone)),
                (Some(by), None) => format!(", booked by {by}"),
                _ => String::new(),
            };
            format!(
                "it overlaps by {} min: {who} has visit {} with {whom}, {}{booked}",
                clash.overlap_minutes,
                held.visit.id,
                show::visit(&held.visit, zone),
            )
        }
        Conflict::Closed { .. } => {
            let until = if starts.date() == ends.date() {
                ends.format("%H:%M").to_string()
            } else {
                ends.format("%a %H:%M").to_string()
            };
            let from = starts.format("%H:%M");
            format!("outside the doctor's hours from {from} to {until} on {}", show::day(starts.date()))
        }
        Conflict::SkippedHour { .. } => format!(
            "the clock change skips {} on {}; the first time after it is {}",
            starts.format("%H:%M"),
            show::day(starts.date()),
            ends.format("%H:%M")
        ),
        Conflict::InactiveDoctor { .. } => "the doctor is not active and sees no patients".to_owned(),
    }
}
