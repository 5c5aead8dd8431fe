//! An open visit.

use ratatui::Frame;

use super::super::footer::{UNKNOWN, span};
use super::super::names::warning;
use super::super::theme::Theme;
use super::super::widgets::{line, part, popup, put, text_field};
use crate::app::App;
use crate::app::bindings::Action;
use crate::app::screens::visit::VisitCard;
use crate::domain::appointment::Appointment;
use crate::domain::clock::{Instant, Now};
use crate::domain::text::{clean_multiline, fit, width};

/// Draws the visit with all that is known of it.
pub fn draw(frame: &mut Frame<'_>, app: &App, card: &VisitCard, focused: bool, theme: &Theme) {
    let area = popup(frame, &format!("Visit #{}", card.id), (72, 17), theme);
    let Some(appointment) = card.appointment.value() else {
        let text = card.appointment.failure().unwrap_or("Reading the visit ...");
        put(frame, line(area, 0), text, theme.muted);
        return;
    };
    let visit = &appointment.visit;
    let label = |frame: &mut Frame<'_>, y: u16, label: &str, value: &str, style| {
        let row = line(area, y);
        put(frame, part(row, 0, 10), label, theme.muted);
        put(frame, part(row, 11, row.width.saturating_sub(11)), value, style);
    };
    // What tells namesakes apart stays, however long the name is.
    let born = appointment.patient_born.map_or_else(|| UNKNOWN.to_owned(), |born| born.to_string());
    let mixed = warning(&appointment.patient_name).map_or(String::new(), |mixed| format!("  {mixed}"));
    let behind = format!("  {born}  #{}{mixed}", visit.patient_id);
    let room = usize::from(area.width).saturating_sub(11 + width(&behind));
    let patient = format!("{}{behind}", fit(&appointment.patient_name, room));
    label(frame, 0, "Patient", &patient, theme.strong);
    label(frame, 1, "Doctor", &appointment.doctor_name, theme.text);
    label(frame, 2, "When", &when(app, appointment), theme.text);
    let status = format!("{} {}", visit.status.letter(), visit.status.column());
    label(frame, 3, "Status", &status, theme.status(visit.status));
    label(frame, 4, "Booked", &who(app, appointment.booked_by.as_ref(), appointment.booked_at), theme.text);
    let changed = match (&appointment.booked_by, appointment.changed_at) {
        (Some(_), None) => "never".to_owned(),
        _ => who(app, appointment.changed_by.as_ref(), appointment.changed_at),
    };
    label(frame, 5, "Changed", &changed, theme.text);
    if let Some(reason) = &appointment.overbook_reason {
        label(frame, 6, "Overbooked", reason, theme.warning);
    }
    let notes = part(area, 0, area.width);
    let notes = ratatui::layout::Rect { y: area.y + 8, height: area.height.saturating_sub(10), ..notes };
    put(frame, line(area, 7), "Notes", theme.muted);
    if let Some(field) = &card.notes {
        text_field(frame, notes, field, focused, theme);
    } else {
        let text = appointment.notes.as_deref().map(clean_multiline).unwrap_or_default();
        let mut lines = text.lines();
        for y in 0..notes.height {
            put(frame, line(notes, y), lines.next().unwrap_or(""), theme.text);
        }
        if text.is_empty() {
            let may = app.refusal(Action::EditNotes).is_none();
            put(frame, line(notes, 0), if may { "none; e writes some" } else { "none" }, theme.muted);
        }
    }
    let last = line(area, area.height.saturating_sub(1));
    if let Some(fault) = &card.fault {
        put(frame, last, &format!("! {fault}"), theme.bad);
    } else if card.sending {
        put(frame, last, "… on its way", theme.muted);
    }
}

fn when(app: &App, appointment: &Appointment) -> String {
    let visit = &appointment.visit;
    let day = visit.starts.format("%A %-d %B %Y");
    format!("{day}, {}, {} min", span(visit, app.clinic.zone), visit.minutes)
}

fn who(app: &App, by: Option<&String>, at: Option<Instant>) -> String {
    match (by, at) {
        (None, None) => "not known".to_owned(),
        (by, at) => {
            let at = at.map(|at| Now::new(at, app.clinic.zone).wall.format("%-d %b %Y %H:%M").to_string());
            let parts = [by.cloned(), at];
            parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
        }
    }
}
