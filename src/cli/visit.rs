//! `visit show`: a visit, and who booked, moved, overbooked and cancelled it, and when.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::answer::{Answer, Failure, Format};
use super::session::Session;
use super::{json, show, values};
use crate::domain::appointment::Appointment;
use crate::domain::audit::{IN_NO_CHAIN, Spot, VisitChange, VisitEvent};
use crate::domain::ids::AppointmentId;
use crate::domain::text;

/// `visit ...`
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A visit, and what was done to it, when and by whom
    Show(Show),
}

/// Arguments of `visit show`.
#[derive(Debug, Args)]
pub struct Show {
    /// The visit's id
    #[arg(value_parser = values::id::<AppointmentId>)]
    id: AppointmentId,
}

/// Does what a `visit` command asks.
///
/// # Errors
/// An unknown visit, or the store's.
pub async fn visit(command: &Command, session: &Session, format: Format) -> Result<Answer, Failure> {
    let Command::Show(args) = command;
    let visit = session.store.appointment(args.id).await?;
    let visit = visit.ok_or_else(|| Failure::missing("visit", args.id.0))?;
    let events = session.store.visit_history(args.id).await?;
    let document = || Document {
        appointment: json::Appointment::new(&visit, session.zone()),
        history: events.iter().map(Event::from).collect(),
    };
    Answer::new(format, document, || people(&visit, &events, session))
}

fn people(visit: &Appointment, events: &[VisitEvent], session: &Session) -> String {
    let zone = session.zone();
    let mut out = format!(
        "visit {}, {}, {}, {}, with {}, {}\n",
        visit.visit.id,
        show::visit(&visit.visit, zone),
        text::clean(&visit.patient_name),
        visit.patient_born.map_or_else(|| "born ?".to_owned(), |born| format!("born {born}")),
        text::clean(&visit.doctor_name),
        show::status(visit.visit.status),
    );
    for (name, value) in [("overbooked", &visit.overbook_reason), ("notes", &visit.notes)] {
        if let Some(value) = value {
            let _ = writeln!(out, "  {name}: {}", text::clean(value));
        }
    }
    let _ = writeln!(out, "\nhistory{}", if events.is_empty() { ": nothing is known" } else { "" });
    let row = |event: &VisitEvent| {
        let from = event.origin.as_ref().map_or(String::new(), |(host, user)| format!("{user}@{host}"));
        let words =
            if event.is_unchained { format!("? {IN_NO_CHAIN}: {}", event.words()) } else { event.words() };
        vec![format!("  {}", show::instant(event.at, zone)), event.who.clone(), from, words]
    };
    out.push_str(&show::table(&events.iter().map(row).collect::<Vec<_>>()));
    out
}

#[derive(Serialize)]
struct Document {
    appointment: json::Appointment,
    history: Vec<Event>,
}

#[derive(Serialize)]
struct Event {
    at: Option<String>,
    who: String,
    host: Option<String>,
    os_user: Option<String>,
    what: &'static str,
    /// Where it stood before a move.
    from: Option<Place>,
    /// Where it was booked for, or moved to.
    to: Option<Place>,
    status_before: Option<&'static str>,
    status: Option<&'static str>,
    overbook_reason: Option<String>,
    /// The row is in no chain of the audit trail, though chains had begun.
    unchained: bool,
}

#[derive(Serialize)]
struct Place {
    doctor_id: i32,
    doctor_name: String,
    appointment_time: String,
    duration_minutes: u16,
}

impl From<&Spot> for Place {
    fn from(spot: &Spot) -> Self {
        Place {
            doctor_id: spot.doctor_id.0,
            doctor_name: spot.doctor_name.clone(),
            appointment_time: json::wall(spot.starts),
            duration_minutes: spot.minutes,
        }
    }
}

impl From<&VisitEvent> for Event {
    fn from(event: &VisitEvent) -> Self {
        let (host, os_user) = event.origin.clone().unzip();
        let mut document = Event {
            at: json::instant(Some(event.at)),
            who: event.who.clone(),
            host,
            os_user,
            what: "other",
            from: None,
            to: None,
            status_before: None,
            status: None,
            overbook_reason: event.overbooked.clone(),
            unchained: event.is_unchained,
        };
        match &event.what {
            VisitChange::Booked(spot) => {
                document.what = "booked";
                document.to = Some(spot.into());
            }
            VisitChange::Moved(from, to) => {
                document.what = "moved";
                (document.from, document.to) = (Some(from.into()), Some(to.into()));
            }
            VisitChange::Status(before, now) => {
                document.what = "status";
                document.status_before = before.map(crate::domain::appointment::Status::column);
                document.status = Some(now.column());
            }
            VisitChange::Notes => document.what = "notes",
            VisitChange::Other(_) => {}
        }
        document
    }
}
