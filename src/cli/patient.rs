//! `patient add`, `patient edit` and `patient show`.

use std::fmt::Write as _;

use clap::{Args, Subcommand};

use super::answer::{Answer, Failure, Format};
use super::person::{
    ChangedPerson, ChangedPhone, NewPerson, NewPhone, RequestKey, looks_like_another, or_kept, said, taken,
};
use super::session::Session;
use super::{json, show, values};
use crate::domain::appointment::Appointment;
use crate::domain::clock::Zone;
use crate::domain::ids::PatientId;
use crate::domain::patient::{Patient, PatientForm, age};
use crate::domain::scripts::mixed;
use crate::domain::text;
use crate::store::StoreError;
use crate::store::sql::who::Access;

/// How many visits are read in each direction.
const VISITS: u16 = 1_000;
/// What is said where a record was opened that is not theirs.
pub(super) const BROKEN: &str =
    "break-glass: not your patient; who, when and why is flagged on the audit trail";
/// How many of them are printed for people.
const SHOWN: usize = 10;

/// `patient ...`
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Register a patient
    Add(Add),
    /// Change a patient's record; what is not named stays as it is
    Edit(Edit),
    /// A patient's record, with next and past visits
    Show(Show),
}

/// Arguments of `patient add`.
#[derive(Debug, Args)]
pub struct Add {
    #[command(flatten)]
    person: NewPerson,
    #[command(flatten)]
    called: NewPhone,
    /// The date of birth, like 1980-04-02
    #[arg(long, visible_alias = "dob", value_name = "DATE")]
    date_of_birth: String,
    /// The address
    #[arg(long)]
    address: Option<String>,
    #[command(flatten)]
    key: RequestKey,
}

/// Arguments of `patient edit`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true)
    .args(["name", "email", "phone", "date_of_birth", "address"]))]
pub struct Edit {
    /// The patient's id
    #[arg(value_parser = values::id::<PatientId>)]
    id: PatientId,
    #[command(flatten)]
    person: ChangedPerson,
    #[command(flatten)]
    called: ChangedPhone,
    /// The date of birth, like 1980-04-02
    #[arg(long, visible_alias = "dob", value_name = "DATE")]
    date_of_birth: Option<String>,
    /// The address; an empty one takes it away
    #[arg(long)]
    address: Option<String>,
    #[command(flatten)]
    key: RequestKey,
}

/// Arguments of `patient show`.
#[derive(Debug, Args)]
pub struct Show {
    /// The patient's id
    #[arg(value_parser = values::id::<PatientId>)]
    id: PatientId,
    /// Why you open the record of a patient who is not yours; it is flagged on the audit trail (doctors)
    #[arg(long, value_name = "REASON")]
    break_glass: Option<String>,
}

/// Does what a `patient` command asks.
///
/// # Errors
/// A value that cannot stand, an unknown patient, or the store's.
pub async fn patient(command: &Command, session: &Session, format: Format) -> Result<Answer, Failure> {
    match command {
        Command::Add(args) => add(args, session, format).await,
        Command::Edit(args) => edit(args, session, format).await,
        Command::Show(args) => show(args, session, format).await,
    }
}

async fn add(args: &Add, session: &Session, format: Format) -> Result<Answer, Failure> {
    let form = PatientForm {
        name: args.person.name.clone(),
        email: args.person.email.clone(),
        phone: args.called.phone.clone(),
        date_of_birth: args.date_of_birth.clone(),
        address: args.address.clone().unwrap_or_default(),
    };
    let details = form.accept(None, session.now.today())?;
    let order = session.order(args.key.request_id.as_deref());
    let patient =
        session.store.register_patient(&order, &details).await.map_err(|error| taken("patient", error))?;
    let differs = args.key.differs(patient.details == details);
    written("registered", &patient, differs, session, format)
}

async fn edit(args: &Edit, session: &Session, format: Format) -> Result<Answer, Failure> {
    let before = known(args.id, session).await?;
    let kept = PatientForm::of(&before.details);
    let form = PatientForm {
        name: or_kept(args.person.name.as_ref(), &kept.name),
        email: or_kept(args.person.email.as_ref(), &kept.email),
        phone: or_kept(args.called.phone.as_ref(), &kept.phone),
        date_of_birth: or_kept(args.date_of_birth.as_ref(), &kept.date_of_birth),
        address: or_kept(args.address.as_ref(), &kept.address),
    };
    let details = form.accept(Some(&before.details), session.now.today())?;
    let order = session.order(args.key.request_id.as_deref());
    let patient = session
        .store
        .edit_patient(&order, &before, &details)
        .await
        .map_err(|error| taken("patient", error))?;
    let differs = args.key.differs(patient.details == details);
    written("changed", &patient, differs, session, format)
}

/// Opens the record of a patient who is not the doctor's, where a reason was given; answers whether it was
/// closed. One that is open to them anyway is opened without a flag.
///
/// # Errors
/// A reason that cannot stand, or the store's.
pub(super) async fn break_glass(
    id: PatientId,
    reason: Option<&str>,
    session: &Session,
) -> Result<bool, Failure> {
    let Some(reason) = reason else { return Ok(false) };
    let closed = session.store.access(id).await? == Access::Closed;
    if closed {
        let opened = session.store.break_glass(&session.order(None), id, reason).await;
        opened.map_err(|error| match error {
            StoreError::BadValue(fault) => Failure::input("--break-glass", fault),
            other => other.into(),
        })?;
    }
    Ok(closed)
}

async fn show(args: &Show, session: &Session, format: Format) -> Result<Answer, Failure> {
    let closed = break_glass(args.id, args.break_glass.as_deref(), session).await?;
    let patient = known(args.id, session).await?;
    let (next, past) = session.store.visits_of_patient(args.id, session.now.wall, VISITS).await?;
    let zone = session.zone();
    let document = || json::PatientFile {
        patient: json::Patient::from(&patient),
        next: json::Appointment::all(&next, zone),
        past: json::Appointment::all(&past, zone),
    };
    let answer = Answer::new(format, document, || {
        let mut out = record(&patient, session);
        for (head, visits) in [("next visits", &next), ("past visits", &past)] {
            let _ = writeln!(out, "\n{head}{}", if visits.is_empty() { ": none" } else { "" });
            out.push_str(&list(visits, zone));
        }
        out
    })?;
    let answer = if closed { answer.with_note(BROKEN) } else { answer };
    Ok(flagged(answer, &patient))
}

/// The answer, with a note where the patient's name mixes scripts.
fn flagged(answer: Answer, patient: &Patient) -> Answer {
    match mixed(&patient.details.name) {
        Some(mixed) => answer.with_note(looks_like_another(patient.id, &mixed)),
        None => answer,
    }
}

async fn known(id: PatientId, session: &Session) -> Result<Patient, Failure> {
    session.store.patient(id).await?.ok_or_else(|| Failure::missing("patient", id.0))
}

fn written(
    did: &str,
    patient: &Patient,
    differs: bool,
    session: &Session,
    format: Format,
) -> Result<Answer, Failure> {
    let record_of = || json::Patient::from(patient);
    let document = || json::Kept { name: "patient", record: record_of(), request_differs: differs };
    let did = if differs { "kept" } else { did };
    let people = || format!("{did}: {}", record(patient, session));
    Ok(flagged(said(Answer::new(format, document, people)?, differs), patient))
}

fn record(patient: &Patient, session: &Session) -> String {
    let details = &patient.details;
    let born = details.date_of_birth;
    let mut rows = vec![
        ("born", format!("{} (age {})", born.format("%-d %b %Y"), age(born, session.now.today()))),
        ("phone", details.phone.clone()),
        ("e-mail", details.email.clone()),
    ];
    rows.extend(details.address.clone().map(|address| ("address", address)));
    rows.extend(patient.created_at.map(|at| ("since", show::day(session.zone().wall(at).date()))));
    let rows: Vec<Vec<String>> =
        rows.into_iter().map(|(name, value)| vec![format!("  {name}"), value]).collect();
    format!("patient {}, {}\n{}", patient.id, text::clean(&details.name), show::table(&rows))
}

fn list(visits: &[Appointment], zone: Zone) -> String {
    let row = |appointment: &Appointment| {
        let visit = &appointment.visit;
        vec![
            format!("  {}", show::visit(visit, zone)),
            visit.status.letter().to_string(),
            appointment.doctor_name.clone(),
            format!("#{}", visit.id),
            show::status(visit.status).to_owned(),
        ]
    };
    let mut out = show::table(&visits.iter().take(SHOWN).map(row).collect::<Vec<_>>());
    if visits.len() > SHOWN {
        let _ = writeln!(out, "  and {} more", visits.len() - SHOWN);
    }
    out
}
