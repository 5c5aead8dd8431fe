//! `hours show`, `hours add` and `hours remove`: when doctors see patients.

use std::collections::BTreeMap;

use chrono::{NaiveDate, Weekday};
use clap::{Args, Subcommand};

use super::answer::{Answer, Failure, Format};
use super::person::{RequestKey, said};
use super::session::Session;
use super::{json, show, values};
use crate::domain::ids::{AvailabilityId, DoctorId};
use crate::domain::schedule::{Availability, Recurrence, TimeOfDay};
use crate::domain::text;
use crate::store::sql::availability::{Removed, Unreadable};

/// `hours ...`
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The weekly hours, and the exceptions to come
    Show(Show),
    /// Add a session to every week or to one date, or close a date
    Add(Add),
    /// Remove a session or an exception
    Remove(Remove),
}

/// Arguments of `hours show`.
#[derive(Debug, Args)]
pub struct Show {
    /// The doctor's id [default: all active doctors]
    #[arg(value_name = "ID", value_parser = values::id::<DoctorId>)]
    id: Option<DoctorId>,
    /// The doctor's id, in the other way of writing it
    #[arg(long, value_name = "ID", value_parser = values::id::<DoctorId>, conflicts_with = "id")]
    doctor: Option<DoctorId>,
    /// The first day whose exceptions are shown [default: today]
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    from: Option<String>,
}

/// Arguments of `hours add`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("when").required(true).args(["day", "date"]))]
pub struct Add {
    /// The doctor's id
    #[arg(long, value_name = "ID", value_parser = values::id::<DoctorId>)]
    doctor: DoctorId,
    /// Every week on this day: Mon, Tue, Wed, Thu, Fri, Sat or Sun
    #[arg(long, value_name = "WEEKDAY", value_parser = values::weekday)]
    day: Option<Weekday>,
    /// On this date alone, in place of the weekly hours
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    date: Option<String>,
    /// When the session starts: HH:MM
    #[arg(long, value_name = "HH:MM", value_parser = values::time_of_day, required_unless_present = "closed")]
    start: Option<TimeOfDay>,
    /// When it ends: HH:MM, up to 24:00; before the start, it is on the next day
    #[arg(long, value_name = "HH:MM", value_parser = values::time_of_day, required_unless_present = "closed")]
    end: Option<TimeOfDay>,
    /// Close the date
    #[arg(long, conflicts_with_all = ["start", "end", "day"])]
    closed: bool,
    #[command(flatten)]
    key: RequestKey,
}

/// Arguments of `hours remove`.
#[derive(Debug, Args)]
pub struct Remove {
    /// The row's id, as `hours show` prints it
    #[arg(value_parser = values::id::<AvailabilityId>)]
    id: AvailabilityId,
}

/// Does what an `hours` command asks.
///
/// # Errors
/// A value that cannot stand, an unknown doctor or row, or the store's.
pub async fn hours(command: &Command, session: &Session, format: Format) -> Result<Answer, Failure> {
    match command {
        Command::Show(args) => show(args, session, format).await,
        Command::Add(args) => add(args, session, format).await,
        Command::Remove(args) => {
            let order = session.order(None);
            match session.store.remove_hours(&order, args.id, session.now.today()).await? {
                Removed::Hours(row) => changed("removed", &row, false, session, format).await,
                Removed::Unreadable(row) => removed_unreadable(&row, session, format).await,
            }
        }
    }
}

async fn show(args: &Show, session: &Session, format: Format) -> Result<Answer, Failure> {
    let from = match &args.from {
        Some(typed) => values::day("--from", typed, session.now.today())?,
        None => session.now.today(),
    };
    let mut doctors = session.store.doctors().await?;
    match args.id.or(args.doctor) {
        Some(id) => {
            doctors.retain(|doctor| doctor.id == id);
            if doctors.is_empty() {
                return Err(Failure::missing("doctor", id.0));
            }
        }
        None => doctors.retain(|doctor| doctor.is_active),
    }
    let mut rows = Vec::new();
    let mut names = BTreeMap::new();
    for doctor in doctors {
        let mut of_doctor = session.store.hours(doctor.id, from).await?.rows().to_vec();
        of_doctor.sort_by_key(order_of);
        rows.append(&mut of_doctor);
        names.insert(doctor.id, doctor.details.name);
    }
    let document = || json::Named("availability", json::all::<_, json::Availability>(&rows));
    let answer = Answer::new(format, document, || {
        let line = |row: &Availability| {
            let name = names.get(&row.doctor_id).cloned().unwrap_or_default();
            vec![name, row.when(), row.times(), format!("#{}", row.id)]
        };
        show::table(&rows.iter().map(line).collect::<Vec<_>>())
    })?;
    Ok(if rows.is_empty() && format == Format::People {
        answer.with_note("there are no hours; see frontdesk hours add --help")
    } else {
        answer
    })
}

/// Weekly rows by weekday, then exceptions by date.
fn order_of(row: &Availability) -> (Option<NaiveDate>, u32, TimeOfDay, AvailabilityId) {
    match row.recurrence {
        Recurrence::Weekly(weekday) => (None, weekday.num_days_from_monday(), row.start, row.id),
        Recurrence::Exception(date) => (Some(date), 0, row.start, row.id),
    }
}

async fn add(args: &Add, session: &Session, format: Format) -> Result<Answer, Failure> {
    let today = session.now.today();
    let recurrence = match (args.day, &args.date) {
        (Some(weekday), _) => Recurrence::Weekly(weekday),
        (None, Some(typed)) => Recurrence::Exception(values::day("--date", typed, today)?),
        // The argument parser has asked for one of them.
        (None, None) => {
            return Err(Failure::input("--day", "is missing; write --day Mon or --date 2026-12-01"));
        }
    };
    let times = match (args.start, args.end) {
        (Some(start), Some(end)) if start == end => {
            return Err(Failure::input(
                "--end",
                "is the start, so that nothing would be open; to close a date write --date DATE --closed",
            ));
        }
        (Some(TimeOfDay::END), Some(_)) => {
            return Err(Failure::input("--start", "is the end of the day; write 00:00 on the next day"));
        }
        (Some(start), Some(end)) => (start, end),
        _ => (TimeOfDay::START, TimeOfDay::START),
    };
    let order = session.order(args.key.request_id.as_deref());
    let row = session.store.add_hours(&order, args.doctor, recurrence, times, today).await?;
    let as_asked = (row.doctor_id, row.recurrence, (row.start, row.end)) == (args.doctor, recurrence, times);
    let answer = changed("added", &row, args.key.differs(as_asked), session, format).await?;
    // `hours show` begins today: what nobody will see there, as of a year typed wrong, is said here.
    Ok(match recurrence {
        Recurrence::Exception(date) if date < today => answer.with_note("this date is in the past"),
        _ => answer,
    })
}

/// A row that was added or removed.
async fn changed(
    did: &str,
    row: &Availability,
    differs: bool,
    session: &Session,
    format: Format,
) -> Result<Answer, Failure> {
    let record = || [json::Availability::from(row)];
    let document = || json::Kept { name: "availability", record: record(), request_differs: differs };
    let did = if differs { "kept" } else { did };
    let people = || format!("{did}: #{} doctor {} {} {}\n", row.id, row.doctor_id, row.when(), row.times());
    let answer = said(Answer::new(format, document, people)?, differs);
    Ok(with_outside(answer, row.doctor_id, session).await)
}

async fn removed_unreadable(row: &Unreadable, session: &Session, format: Format) -> Result<Answer, Failure> {
    let document = || json::Named("availability", [json::Availability::from(row)]);
    let answer = Answer::new(format, document, || {
        let doctor = row.doctor_id.map_or_else(|| "?".to_owned(), |id| id.to_string());
        let on = [row.day_of_week.as_str(), row.exception_date.as_deref().unwrap_or_default()].join(" ");
        let line = format!(
            "removed: #{} doctor {doctor} {} {}-{}, which could not be read",
            row.id,
            on.trim_end(),
            row.start_time,
            row.end_time
        );
        format!("{}\n", text::clean(&line))
    })?;
    Ok(match row.doctor_id {
        Some(doctor) => with_outside(answer, doctor, session).await,
        None => answer,
    })
}

/// The answer to a change of a doctor's hours, with how many visits lie outside them now.
async fn with_outside(answer: Answer, doctor: DoctorId, session: &Session) -> Answer {
    // The change is made: what cannot be said beside it does not make it a failure.
    let outside = match session.store.visits_outside_hours(doctor, session.now.wall).await {
        Ok(outside) => outside,
        Err(error) => {
            return answer.with_note(format!("visits outside the hours were not looked for: {error}"));
        }
    };
    match outside.first() {
        None => answer,
        Some(first) => answer.with_note(format!(
            "{} scheduled visit{} of this doctor lie{} outside the hours now; the first is visit {}, {}",
            outside.len(),
            if outside.len() == 1 { "" } else { "s" },
            if outside.len() == 1 { "s" } else { "" },
            first.id,
            show::visit(first, session.zone())
        )),
    }
}
