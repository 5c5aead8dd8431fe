//! `doctor add`, `doctor edit` and `doctor list`.

use clap::{Args, Subcommand};

use super::answer::{Answer, Failure, Format};
use super::person::{ChangedPerson, ChangedPhone, NewPerson, NewPhone, RequestKey, or_kept, said, taken};
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
    #[command(flatten)]
    person: NewPerson,
    #[command(flatten)]
    called: NewPhone,
    /// The specialization
    #[arg(long)]
    specialization: String,
    /// The license number, which no other doctor has
    #[arg(long, visible_alias = "license", value_name = "NUMBER")]
    license_number: String,
    /// The usual length of their visits, in minutes [default: 60]
    #[arg(long, value_name = "N", value_parser = values::minutes, allow_negative_numbers = true)]
    default_minutes: Option<u16>,
    #[command(flatten)]
    key: RequestKey,
}

/// Arguments of `doctor edit`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true)
    .args(["name", "email", "phone", "specialization", "license_number", "default_minutes", "active"]))]
pub struct Edit {
    /// The doctor's id
    #[arg(value_parser = values::id::<DoctorId>)]
    id: DoctorId,
    #[command(flatten)]
    person: ChangedPerson,
    #[command(flatten)]
    called: ChangedPhone,
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
    #[command(flatten)]
    key: RequestKey,
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
        name: args.person.name.clone(),
        email: args.person.email.clone(),
        phone: args.called.phone.clone(),
        specialization: args.specialization.clone(),
        license_number: args.license_number.clone(),
        default_minutes: args.default_minutes,
    };
    let details = details.accept(None)?;
    let order = session.order(args.key.request_id.as_deref());
    let saved = session.store.save_doctor(&order, None, &details, true).await;
    written(saved, |doctor| args.key.differs(doctor.details == details), format)
}

async fn edit(args: &Edit, session: &Session, format: Format) -> Result<Answer, Failure> {
    let before = session.store.doctor(args.id).await?;
    let before = before.ok_or_else(|| Failure::missing("doctor", args.id.0))?;
    let kept = &before.details;
    let details = DoctorDetails {
        name: or_kept(args.person.name.as_ref(), &kept.name),
        email: or_kept(args.person.email.as_ref(), &kept.email),
        phone: or_kept(args.called.phone.as_ref(), &kept.phone),
        specialization: or_kept(args.specialization.as_ref(), &kept.specialization),
        license_number: or_kept(args.license_number.as_ref(), &kept.license_number),
        default_minutes: args.default_minutes.or(kept.default_minutes),
    };
    let details = details.accept(Some(kept))?;
    let order = session.order(args.key.request_id.as_deref());
    let is_active = args.active.unwrap_or(before.is_active);
    let saved = session.store.save_doctor(&order, Some(&before), &details, is_active).await;
    let as_asked = |doctor: &Doctor| doctor.details == details && doctor.is_active == is_active;
    written(saved, |doctor| args.key.differs(as_asked(doctor)), format)
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

fn written(
    saved: Result<Doctor, StoreError>,
    differs: impl FnOnce(&Doctor) -> bool,
    format: Format,
) -> Result<Answer, Failure> {
    let doctor = saved.map_err(|error| taken("doctor", error))?;
    let differs = differs(&doctor);
    let record = || json::Doctor::from(&doctor);
    let document = || json::Kept { name: "doctor", record: record(), request_differs: differs };
    Ok(said(Answer::new(format, document, || show::table(&[row(&doctor)]))?, differs))
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
