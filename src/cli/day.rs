//! `day`: the visits of a day.

use std::fmt::Write as _;

use clap::Args;

use super::answer::{Answer, Failure, Format};
use super::session::Session;
use super::{json, show, values};
use crate::domain::appointment::Appointment;
use crate::domain::clock::Zone;
use crate::domain::ids::DoctorId;
use crate::domain::text;

/// How many cells of a visit's notes are printed.
const NOTES: usize = 60;

/// Arguments of `day`.
#[derive(Debug, Args)]
pub struct Day {
    /// The day: 2026-12-01, tomorrow, mon, +3 [default: today]
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    date: Option<String>,
    /// Only this doctor's visits
    #[arg(long, value_name = "ID", value_parser = values::id::<DoctorId>)]
    doctor: Option<DoctorId>,
}

/// The visits of a day, of any status, by time.
///
/// # Errors
/// A day that is none, an unknown doctor, or the store's.
pub async fn day(args: &Day, session: &Session, format: Format) -> Result<Answer, Failure> {
    let today = session.now.today();
    let date = match &args.date {
        Some(typed) => values::day("--date", typed, today)?,
        None => today,
    };
    if let Some(id) = args.doctor
        && session.store.doctor(id).await?.is_none()
    {
        return Err(Failure::missing("doctor", id.0));
    }
    let visits = session.store.appointments_of_day(date, args.doctor).await?;
    let zone = session.zone();
    Answer::new(
        format,
        || json::Named("appointments", json::Appointment::all(&visits, zone)),
        || {
            let mut out = format!("{}  {}\n", text::clean(&session.clinic.name), show::day(date));
            if visits.is_empty() {
                let _ = writeln!(out, "no visits");
            }
            let rows: Vec<_> = visits.iter().map(|appointment| row(appointment, date, zone)).collect();
            out + &show::table(&rows)
        },
    )
}

fn row(appointment: &Appointment, date: chrono::NaiveDate, zone: Zone) -> Vec<String> {
    let visit = &appointment.visit;
    let before = if visit.starts.date() == date { "" } else { "since yesterday " };
    let notes = appointment.notes.as_deref().unwrap_or_default();
    vec![
        format!("{before}{}", show::span(visit.starts, visit.minutes, zone)),
        visit.status.letter().to_string(),
        appointment.doctor_name.clone(),
        appointment.patient_name.clone(),
        appointment.patient_born.map_or_else(|| "born ?".to_owned(), |born| born.to_string()),
        format!("#{}", visit.id),
        format!(
            "{}{}",
            if appointment.overbook_reason.is_some() { "overbooked  " } else { "" },
            text::fit(notes, NOTES)
        ),
    ]
}
