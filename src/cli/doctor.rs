//! `doctor add`, `doctor edit` and `doctor list`.

use clap::{Args, Subcommand};

use super::answer::{Answer, Failure, Format};
use super::session::Session;
use super::{json, show, values};
use crate::domain::doctor::{Doctor, DoctorDetails};
use crate::domain::ids::DoctorId;
use crate::store::StoreError;

/// `doctor ...`
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add a doctor
    Add(Add),
    /// Change a doctor's record; what is not named stays as it is
    Edit(Edit),
    /// The doctors, by name
    List(List),
}

/// Arguments of `doctor add`.
#[derive(Debug, Args)]
pub struct Add {
    /// The name, at most 100 characters
    #[arg(long)]
    name: String,
    /// The e-mail address, which no other doctor has
    #[arg(long)]
    email: String,
    /// The phone number in the international form, like +49 30 1234567
    #[arg(long)]
    phone: String,
    /// The specialization
    #[arg(long)]
    specialization: String,
    /// The license number, which no other doctor has
    #[arg(long, visible_alias = "license", value_name = "NUMBER")]
    license_number: String,
    /// The usual length of their visits, in minutes [default: 60]
    #[arg(long, value_name = "N", value_parser = values::minutes, allow_negative_numbers = true)]
    default_minutes: Option<u16>,
    /// The request's key: the same key twice is the same request twice
    #[arg(long, value_name = "KEY", value_parser = values::request_id)]
    request_id: Option<String>,
}

/// Arguments of `doctor edit`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true)
    .args(["name", "email", "phone", "specialization", "license_number", "default_minutes", "active"]))]
pub struct Edit {
    /// The doctor's id
    #[arg(value_parser = values::id::<DoctorId>)]
    id: DoctorId,
    /// The name, at most 100 characters
    #[arg(long)]
    name: Option<String>,
    /// The e-mail address, which no other doctor has
    #[arg(long)]
    email: Option<String>,
    /// The phone number in the international form, like +49 30 1234567
    #[arg(long)]
    phone: Option<String>,
    /// The specialization
    #[arg(long)]
    specialization: Option<String>,
    /// The license number, which no other doctor has
    #[arg(long, visible_alias = "license", value_name = "NUMBER")]
    license_number: Option<String>,
    /// The usual length of their visits, in minutes
    #[arg(long, value_name = "N", value_parser = values::minutes, allow_negative_numbers = true)]
    default_minutes: Option<u16>,
    /// Whether they see patients: true or false
    #[arg(long, value_name = "BOOLEAN", action = clap::ArgAction::Set)]
    active: Option<bool>,
    /// The request's key: the same key twice is the same request twice
    #[arg(long, value_name = "KEY", value_parser = values::request_id)]
    request_id: Option<String>,
}

/// Arguments of `doctor list`.
#[derive(Debug, Args)]
pub struct List {
    /// Also those who see no patients any more
    #[arg(long)]
    all: bool,
}

/// Does what a `doctor` command asks.
///
/// # Errors
/// A value that cannot stand, an unknown doctor, or the store's.
pub async fn doctor(command: &Command, session: &Session, format: Format) -> Result<Answer, Failure> {
    match command {
        Command::Add(args) => add(args, session, format).await,
        Command::Edit(args) => edit(args, session, format).await,
        Command::List(args) => list(args, session, format).await,
    }
}

async fn add(args: &Add, session: &Session, format: Format) -> Result<Answer, Failure> {
    let details = DoctorDetails {
        name: args.name.clone(),
        email: args.email.clone(),
        phone: args.phone.clone(),
        specialization: args.specialization.clone(),
        license_number: args.license_number.clone(),
        default_minutes: args.default_minutes,
    };
    let details = details.accept(None)?;
    let order = session.order(args.request_id.as_deref());
    written(session.store.save_doctor(&order, None, &details, true).await, format)
}

async fn edit(args: &Edit, session: &Session, format: Format) -> Result<Answer, Failure> {
    let before = session.store.doctor(args.id).await?;
    let before = before.ok_or_else(|| Failure::missing("doctor", args.id.0))?;
    let kept = &before.details;
    let details = DoctorDetails {
        name: args.name.clone().unwrap_or_else(|| kept.name.clone()),
        email: args.email.clone().unwrap_or_else(|| kept.email.clone()),
        phone: args.phone.clone().unwrap_or_else(|| kept.phone.clone()),
        specialization: args.specialization.clone().unwrap_or_else(|| kept.specialization.clone()),
        license_number: args.license_number.clone().unwrap_or_else(|| kept.license_number.clone()),
        default_minutes: args.default_minutes.or(kept.default_minutes),
    };
    let details = details.accept(Some(kept))?;
    let order = session.order(args.request_id.as_deref());
    let is_active = args.active.unwrap_or(before.is_active);
    written(session.store.save_doctor(&order, Some(&before), &details, is_active).await, format)
}

async fn list(args: &List, session: &Session, format: Format) -> Result<Answer, Failure> {
    let mut doctors = session.store.doctors().await?;
    doctors.retain(|doctor| doctor.is_active || args.all);
    let document = || json::Named("doctors", json::all::<_, json::Doctor>(&doctors));
    let answer = Answer::new(format, document, || show::table(&doctors.iter().map(row).collect::<Vec<_>>()))?;
    Ok(if doctors.is_empty() && format == Format::People {
        answer.with_note("there are no doctors yet; see frontdesk doctor add --help")
    } else {
        answer
    })
}

fn written(saved: Result<Doctor, StoreError>, format: Format) -> Result<Answer, Failure> {
    let doctor = saved.map_err(taken)?;
    Answer::new(
        format,
        || json::Named("doctor", json::Doctor::from(&doctor)),
        || show::table(&[row(&doctor)]),
    )
}

/// A value that must be unique, said at its field.
fn taken(error: StoreError) -> Failure {
    match error {
        StoreError::Duplicate { field: "email" } => Failure::input(
            "email",
            "another doctor has this address already; expected one that nobody else has",
        ),
        StoreError::Duplicate { field: "license_number" } => Failure::input(
            "license_number",
            "another doctor has this number already; expected one that nobody else has",
        ),
        other => other.into(),
    }
}

fn row(doctor: &Doctor) -> Vec<String> {
    let details = &doctor.details;
    vec![
        format!("#{}", doctor.id),
        details.name.clone(),
        details.specialization.clone(),
        format!("{} min", doctor.default_minutes()),
        details.phone.clone(),
        details.email.clone(),
        details.license_number.clone(),
        if doctor.is_active { String::new() } else { "not active".to_owned() },
    ]
}
