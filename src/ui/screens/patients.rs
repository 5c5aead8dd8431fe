//! Patient look-up: the list, and the person beside it.

use chrono::NaiveDate;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::names;
use super::super::theme::Theme;
use super::super::widgets::{field, lay, line, part, put};
use crate::app::App;
use crate::domain::appointment::Appointment;
use crate::domain::patient::{Patient, born};
use crate::domain::text::{clean_multiline, fit, wrap};

/// Draws the screen.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    for row in 0..area.height {
        put(frame, line(area, row), "", theme.text);
    }
    let patients = &app.patients;
    let row = line(area, 0);
    put(frame, part(row, 1, 5), "Find", theme.muted);
    let typing = patients.visit.is_none() && app.overlays.is_empty();
    field(frame, part(row, 6, area.width.saturating_sub(8)), &patients.query, typing, theme);

    let left = (area.width / 2).clamp(40, 60);
    let body = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
    list(frame, Rect { width: left, ..body }, app, theme);
    for y in 0..body.height {
        lay(frame, part(line(body, y), left, 1), "│", theme.rule);
    }
    let right = Rect { x: left + 2, width: area.width.saturating_sub(left + 3), ..body };
    person(frame, right, app, theme);
}

fn list(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let patients = &app.patients;
    let Some(found) = patients.found.value() else { return };
    let rows = usize::from(area.height.max(1));
    let top = (patients.marked + 1).saturating_sub(rows);
    for (n, patient) in found.patients.iter().enumerate().skip(top).take(rows) {
        let row = line(area, u16::try_from(n - top).unwrap_or(0));
        let marked = n == patients.marked;
        lay(frame, part(row, 1, 1), if marked { "▶" } else { " " }, theme.cursor);
        let birth = patient.details.date_of_birth.to_string();
        let name = part(row, 3, area.width.saturating_sub(15));
        put(
            frame,
            name,
            &names::marked(&patient.details.name),
            if marked { theme.strong } else { theme.text },
        );
        put(frame, part(row, area.width.saturating_sub(11), 10), &birth, theme.muted);
    }
}

fn person(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let patients = &app.patients;
    let Some(patient) = patients.shown() else { return };
    let mut y = details(frame, area, app, patient, theme);
    let card = patients.card.value().filter(|card| card.patient.id == patient.id);
    let Some(card) = card else {
        if patients.closed().is_some() {
            let text = "Not your patient: the record is closed. Ctrl-G opens it with a reason (break-glass), \
                        which is flagged on the audit trail.";
            for text in wrap(text, area.width.into()) {
                y += 1;
                put(frame, line(area, y), &text, theme.warning);
            }
            return;
        }
        let text = patients.card.failure().unwrap_or("");
        put(frame, line(area, y + 1), text, theme.bad);
        return;
    };
    let mut at = 0;
    let half = area.height.saturating_sub(y + 3) / 2;
    for (title, none, visits, (unread, beyond)) in [
        ("Next visits", "no visit to come", &card.next, (card.later, "later")),
        ("Past visits", "no visit yet", &card.past, (card.earlier, "earlier")),
    ] {
        y += 1;
        let title_row = line(area, y);
        y += 1;
        if visits.is_empty() {
            put(frame, line(area, y), &format!("  {none}"), theme.muted);
            y += 1;
        }
        // A marked visit further down stays in sight.
        let marked = patients.visit.and_then(|marked| marked.checked_sub(at)).filter(|n| *n < visits.len());
        let room =
            usize::from(if title.starts_with("Next") { half.max(3) } else { area.height.saturating_sub(y) });
        let room = room.min(usize::from(area.height.saturating_sub(y)));
        let all = visits.len() as u64 + unread;
        // Where not all have room, the last line says so.
        let room = if all > room as u64 { room.saturating_sub(1) } else { room };
        let top = marked.map_or(0, |n| (n + 1).saturating_sub(room));
        let above = if top > 0 { format!("{title}, {top} above") } else { title.to_owned() };
        put(frame, title_row, &above, theme.strong);
        for (n, visit) in visits.iter().enumerate().skip(top).take(room) {
            visit_row(frame, line(area, y), visit, (marked == Some(n), app.now.today()), theme);
            y += 1;
        }
        let rest = all.saturating_sub((top + room) as u64);
        if rest > 0 && y < area.height {
            let how = if patients.visit.is_none() { ": Tab, Down" } else { "" };
            put(frame, line(area, y), &format!("  … and {rest} {beyond}{how}"), theme.muted);
            y += 1;
        }
        at += visits.len();
    }
}

fn details(frame: &mut Frame<'_>, area: Rect, app: &App, patient: &Patient, theme: &Theme) -> u16 {
    let details = &patient.details;
    // The number stays, however long the name is.
    let id = format!("  #{}", patient.id);
    let room = usize::from(area.width).saturating_sub(id.len());
    put(frame, line(area, 0), &format!("{}{id}", fit(&details.name, room)), theme.strong);
    let born = born(details.date_of_birth, app.now.today());
    let address = details.address.as_deref().map(|text| clean_multiline(text).replace('\n', ", "));
    let rows = [
        ("Born", born),
        ("Phone", details.phone.clone()),
        ("E-mail", details.email.clone()),
        ("Address", address.unwrap_or_default()),
    ];
    let mut y = 1;
    if let Some(mixed) = names::warning(&details.name) {
        put(frame, line(area, y), &mixed, theme.warning);
        y += 1;
    }
    for (label, value) in rows {
        if value.is_empty() {
            continue;
        }
        let row = line(area, y);
        put(frame, part(row, 0, 8), label, theme.muted);
        put(frame, part(row, 9, area.width.saturating_sub(9)), &value, theme.text);
        y += 1;
    }
    y
}

fn visit_row(
    frame: &mut Frame<'_>,
    row: Rect,
    appointment: &Appointment,
    (marked, today): (bool, NaiveDate),
    theme: &Theme,
) {
    let visit = &appointment.visit;
    lay(frame, part(row, 0, 1), if marked { "▶" } else { " " }, theme.cursor);
    let letter = visit.status.letter().to_string();
    lay(frame, part(row, 2, 1), &letter, theme.status(visit.status));
    // Within half a year the weekday says more than the year.
    let near = (visit.starts.date() - today).num_days().abs() < 180;
    let when = visit.starts.format(if near { "%a %e %b %H:%M" } else { "%e %b %Y %H:%M" }).to_string();
    lay(frame, part(row, 4, 17), &when, theme.text);
    let rest = format!("{}m {}", visit.minutes, appointment.doctor_name);
    lay(frame, part(row, 22, row.width), &rest, theme.muted);
}
