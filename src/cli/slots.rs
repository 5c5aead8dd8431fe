//! `slots`: the next times at which a visit could stand.

use std::collections::{BTreeSet, HashMap};

use clap::Args;

use super::answer::{Answer, Failure, Format, Status};
use super::session::Session;
use super::{json, show, values};
use crate::domain::booking::HORIZON_DAYS;
use crate::domain::clock::midnight;
use crate::domain::ids::DoctorId;
use crate::store::sql::openings::{OpeningQuery, Wanted};

/// Arguments of `slots`.
#[derive(Debug, Args)]
pub struct Slots {
    /// How long the visit is to be, in minutes
    #[arg(long, value_name = "N", value_parser = values::minutes, allow_negative_numbers = true)]
    minutes: u16,
    /// Only with this doctor
    #[arg(long, value_name = "ID", value_parser = values::id::<DoctorId>, conflicts_with = "specialization")]
    doctor: Option<DoctorId>,
    /// Only with doctors of this specialization
    #[arg(long, value_name = "NAME")]
    specialization: Option<String>,
    /// From when on: YYYY-MM-DDTHH:MM, or a day; what lies in the past counts as now [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: Option<String>,
    /// How many at the most
    #[arg(long, value_name = "N", default_value = "10", value_parser = values::limit)]
    limit: u16,
}

/// The next openings, soonest first.
///
/// # Errors
/// An unknown doctor or specialization, a time that is none, or the store's.
pub async fn slots(args: &Slots, session: &Session, format: Format) -> Result<Answer, Failure> {
    let now = session.now.wall;
    let asked = match &args.from {
        Some(typed) => values::moment_or_day("--from", typed, session.now.today())?,
        None => now,
    };
    // Nobody can come at a time that is over. "today" means what is left of it.
    let past = asked < now && asked != midnight(now.date());
    let from = asked.max(now);
    let doctors = session.store.doctors().await?;
    let mut inactive = None;
    let wanted = match (args.doctor, &args.specialization) {
        (Some(id), _) => {
            let doctor = doctors.iter().find(|doctor| doctor.id == id);
            let doctor = doctor.ok_or_else(|| Failure::missing("doctor", id.0))?;
            inactive = (!doctor.is_active).then_some(doctor);
            Wanted::Doctor(id)
        }
        (None, Some(name)) => {
            let active = doctors.iter().filter(|doctor| doctor.is_active);
            let known: BTreeSet<&str> = active.map(|doctor| doctor.details.specialization.as_str()).collect();
            if !known.iter().any(|known| known.trim().to_lowercase() == name.trim().to_lowercase()) {
                let known: Vec<&str> = known.into_iter().collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(Failure::Missing(format!(
                    "--specialization: no active doctor has \"{}\"; there is {known}",
                    values::quoted(name)
                )));
            }
            Wanted::Specialization(name.clone())
        }
        (None, None) => Wanted::Anyone,
    };
    let query = OpeningQuery {
        doctors: wanted,
        patient: None,
        minutes: args.minutes,
        from,
        limit: args.limit.into(),
        moving: None,
    };
    let openings = session.store.openings(&query).await?;
    let zone = session.zone();
    let names: HashMap<DoctorId, _> = doctors.iter().map(|doctor| (doctor.id, &doctor.details)).collect();
    let document = || json::Named("openings", json::all::<_, json::Opening>(&openings));
    let answer = Answer::new(format, document, || {
        let rows = openings.iter().map(|opening| {
            let doctor = names.get(&opening.doctor_id);
            vec![
                show::day(opening.starts.date()),
                show::span(opening.starts, args.minutes, zone),
                doctor.map(|doctor| doctor.name.clone()).unwrap_or_default(),
                doctor.map(|doctor| doctor.specialization.clone()).unwrap_or_default(),
                format!("doctor {}", opening.doctor_id),
            ]
        });
        show::table(&rows.collect::<Vec<_>>())
    })?;
    let answer =
        if past { answer.with_note("--from lies in the past; these are from now on") } else { answer };
    Ok(match inactive {
        Some(doctor) => {
            let line = format!("{} is not active and sees no patients", doctor.details.name);
            answer.ending(Status::Refused, [line])
        }
        None if openings.is_empty() && format == Format::People => {
            answer.with_note(format!("there is no opening within {HORIZON_DAYS} days"))
        }
        None => answer,
    })
}
