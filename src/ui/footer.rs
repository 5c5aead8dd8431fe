//! The two lines at the foot: what is under the cursor or a passing message, and the keys that work.

use chrono::TimeDelta;
use ratatui::Frame;

use super::names::warning;
use super::theme::Theme;
use super::widgets::{lay, line, part, put};
use crate::app::bindings::Action;
use crate::app::keymap::{Binding, Context, active};
use crate::app::msg::FOUND;
use crate::app::screens::board::wall_of;
use crate::app::{App, Screen};
use crate::domain::appointment::{Status, Visit};
use crate::domain::clock::Zone;
use crate::domain::patient::Patient;
use crate::domain::text::{fit, width};

/// What stands for a date of birth that is none.
pub const UNKNOWN: &str = "born ?";

/// The line above the keys.
pub fn status(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    let area = frame.area();
    let area = line(area, area.height.saturating_sub(2));
    if let Some(toast) = &app.toast {
        put(frame, area, &format!(" {}", toast.text), theme.strong);
        return;
    }
    if let Some(away) = &app.away {
        put(frame, area, &away_line(away, area.width.into()), theme.bad);
        return;
    }
    let text = match app.screen {
        Screen::Calendar => under_cursor(app),
        Screen::Patients => found(app),
        Screen::Clinic => super::screens::clinic::status(app),
    };
    put(frame, area, &format!(" {text}"), theme.muted);
}

/// Why the store cannot be worked with, and that it is tried again: as much as is whole in `cells`.
fn away_line(why: &str, cells: usize) -> String {
    let mut texts = [format!(" ! {why}; it is tried again"), format!(" ! {why}")].into_iter();
    let whole = texts.find(|text| width(text) <= cells);
    whole.unwrap_or_else(|| " ! the database is away; it is tried again".to_owned())
}

fn under_cursor(app: &App) -> String {
    let calendar = &app.calendar;
    let (Some(board), Some(column)) = (calendar.board(), calendar.column_under_cursor()) else {
        return String::new();
    };
    let doctor = board.doctor(column);
    let who = format!("{}, {}", doctor.details.name, doctor.details.specialization);
    if let Some(visit) = calendar.visit_under_cursor() {
        let born = match board.day().patient_of(visit) {
            Some(patient) => patient.born.map_or_else(|| UNKNOWN.to_owned(), |born| born.to_string()),
            None => "…".to_owned(),
        };
        let head = format!("{}  {} min  ", span(visit, app.clinic.zone), visit.minutes);
        let name = board.name_of(visit);
        let mixed = warning(name).map_or(String::new(), |mixed| format!("  {mixed}"));
        let state = format!("  {}  #{}", visit.status.column(), visit.id);
        // Of a long name there is what leaves in sight who is meant and, where that needs no warning,
        // the visit's state, which its letter on the board tells too.
        let stays = width(&head) + width(&born) + width(if mixed.is_empty() { &state } else { &mixed });
        let room = usize::from(app.size.0).saturating_sub(stays + 4);
        return format!("{head}{}  {born}{mixed}{state}  {who}", fit(name, room));
    }
    let at = wall_of(calendar.date, calendar.minute);
    let minute = calendar.minute;
    let wall = |minute: u16| at + TimeDelta::minutes(i64::from(minute) - i64::from(calendar.minute));
    let state = match (board.free_until(column, (minute, minute + calendar.step)), board.skipped()) {
        (Some(until), Some((from, after))) if minute < from && until > from => {
            let (until, from, after) = (wall(until), wall(from), wall(after));
            let [until, from, after] = [until, from, after].map(|wall| wall.format("%H:%M"));
            format!("free until {until}, and {from}-{after} is skipped")
        }
        (Some(until), _) => format!("free until {}", wall(until).format("%H:%M")),
        (None, Some((from, after))) if from <= minute && minute < after => {
            "skipped: the clocks go forward".to_owned()
        }
        (None, _) => "outside hours".to_owned(),
    };
    format!("{}  {state}  {who}", at.format("%H:%M"))
}

/// From when to when a visit is: a time that comes twice says which of both it is.
pub fn span(visit: &Visit, zone: Zone) -> String {
    let interval = visit.interval(zone);
    let label = |at| zone.repeated_label(at).map_or(String::new(), |label| format!(" {label}"));
    format!(
        "{}{}-{}{}",
        visit.starts.format("%H:%M"),
        label(interval.start),
        zone.wall(interval.end).format("%H:%M"),
        label(interval.end)
    )
}

fn found(app: &App) -> String {
    let patients = &app.patients;
    if let Some(failure) = patients.found.failure() {
        return failure.to_owned();
    }
    match patients.found.value() {
        None if patients.query.is_blank() => {
            "Type a name, the last digits of a phone, an e-mail, a date of birth or #id".to_owned()
        }
        None => String::new(),
        Some(found) if found.patients.is_empty() && app.offers(Action::NewPatient) => {
            "Nobody found; Ctrl-N registers a new patient".to_owned()
        }
        Some(found) if found.patients.is_empty() => "Nobody found".to_owned(),
        Some(found) if found.forgiven => {
            format!("Nobody is spelled so; {} may be meant{}", found.patients.len(), mixed(&found.patients))
        }
        Some(found) => match found.patients.len() {
            n if n == usize::from(FOUND) => {
                format!("The first {FOUND} of many: type more{}", mixed(&found.patients))
            }
            1 => format!("1 patient{}", mixed(&found.patients)),
            n => format!("{n} patients{}", mixed(&found.patients)),
        },
    }
}

/// What the sign before some names says, where there are any.
fn mixed(found: &[Patient]) -> &'static str {
    let any = found.iter().any(|patient| warning(&patient.details.name).is_some());
    if any { "; ! is a name of mixed scripts, which may look like another" } else { "" }
}

/// The keys that work here, by rank as many as fit, and always the way to all of them.
pub fn keys(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    let area = frame.area();
    let area = line(area, area.height.saturating_sub(1));
    put(frame, area, "", theme.text);
    let mut works = active(&app.contexts());
    works.retain(|binding| app.offers(binding.action) && app.refusal(binding.action).is_none());
    // Of a record that is closed there is nothing to do but to open it.
    let closed = app.patients.closed().is_some();
    works.retain(|binding| match binding.action {
        Action::BreakGlass => closed,
        Action::BookPatient | Action::SwitchPane => !closed,
        _ => true,
    });
    works.retain(|binding| binding.action != Action::Opening1 || !app.openings_offered().is_empty());
    // A visit that is moved has its patient, and is not booked again.
    let moving = app.booking.as_ref().is_some_and(|form| form.moving.is_some());
    works.retain(|binding| !moving || binding.action != Action::NewPatient);
    // What a visit is already needs no key.
    let is = app.visit_meant().map(|visit| visit.status);
    works.retain(|binding| is.is_none_or(|status| status_of(binding.action) != Some(status)));
    let help = works.iter().find(|binding| binding.action == Action::Help).and_then(|help| help.keys.first());
    let help = (help.map(|key| key.name()).unwrap_or_default(), ALL_KEYS);
    let cells = |(key, label): &(String, &str)| width(key) + 1 + width(label) + 2;
    let room = usize::from(area.width).saturating_sub(1 + cells(&help));
    let mut x = 1;
    let mut draw = |x: &mut u16, (key, label): &(String, &str)| {
        let rest = |x: u16| part(area, x, area.width);
        // Without colour: they change with what is under the cursor, and each change of a colour takes
        // more bytes than a key and its label.
        *x += lay(frame, rest(*x), key, theme.strong) + 1;
        *x += lay(frame, rest(*x), label, theme.text) + 2;
    };
    for entry in fitting(&works, moving, room, cells) {
        draw(&mut x, &entry);
    }
    if !help.0.is_empty() {
        let mut end = area.width.saturating_sub(u16::try_from(cells(&help)).unwrap_or(0));
        draw(&mut end, &help);
    }
}

/// The status that an action gives a visit.
fn status_of(action: Action) -> Option<Status> {
    match action {
        Action::Reinstate => Some(Status::Scheduled),
        Action::Done => Some(Status::Completed),
        Action::NoShow => Some(Status::NoShow),
        Action::Cancel => Some(Status::Cancelled),
        _ => None,
    }
}

/// What stands at the footer's end: the way to what has no room in it.
const ALL_KEYS: &str = "all keys";

/// The keys with their labels that have room, in the order of the table.
fn fitting<'l>(
    works: &[&Binding],
    moving: bool,
    mut room: usize,
    cells: impl Fn(&(String, &'l str)) -> usize,
) -> Vec<(String, &'l str)> {
    let entry = |at: usize| {
        let (key, footer) = (works[at].keys.first()?, works[at].footer?);
        let moves = moving && works[at].context == Context::Booking && works[at].action == Action::Submit;
        Some((at, footer.rank, (key.name(), if moves { "move" } else { footer.label })))
    };
    let mut shown: Vec<(usize, u8, (String, &str))> = (0..works.len()).filter_map(entry).collect();
    shown.sort_by_key(|(at, rank, _)| (*rank, *at));
    shown.retain(|(_, _, entry)| {
        let fits = cells(entry) <= room;
        room -= if fits { cells(entry) } else { 0 };
        fits
    });
    shown.sort_by_key(|(at, ..)| *at);
    shown.into_iter().map(|(_, _, entry)| entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_the_store_is_away_is_whole() {
        let lost = "the connection to the database broke; whether it was done is not known: the same request again finds out";
        for (why, line) in [
            (lost, " ! the database is away; it is tried again"),
            (
                "the database cannot be reached: no answer within 3 s",
                " ! the database cannot be reached: no answer within 3 s; it is tried again",
            ),
            (
                "the database refused the sign-in (error 1045): check user and password",
                " ! the database refused the sign-in (error 1045): check user and password",
            ),
        ] {
            assert_eq!(away_line(why, 80), line);
        }
        assert!(away_line(lost, 120).contains("whether it was done is not known"));
    }
}
