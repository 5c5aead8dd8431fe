//! The form in which a patient is registered or edited.

use ratatui::Frame;

use super::super::names::warning;
use super::super::theme::Theme;
use super::super::widgets::{field, line, part, popup, put};
use crate::app::App;
use crate::app::screens::patient_form::{FIELDS, RecordForm};
use crate::domain::text::wrap;

/// Draws the form: a line a field, and below each what is wrong with it.
pub fn draw(frame: &mut Frame<'_>, app: &App, form: &RecordForm, focused: bool, theme: &Theme) {
    let title = match &form.before {
        None => "Register a patient".to_owned(),
        Some(before) => format!("Edit {}  #{}", before.named().fitted(56), before.id),
    };
    let area = popup(frame, &title, (78, 15), theme);
    let today = app.now.today();
    for (n, (_, label)) in FIELDS.iter().enumerate() {
        let y = u16::try_from(n).unwrap_or(0) * 2;
        let row = line(area, y);
        let fault = form.fault_at(n, today);
        let style = if fault.is_some() { theme.bad } else { theme.muted };
        put(frame, part(row, 0, 14), label, style);
        let place = part(row, 15, row.width.saturating_sub(15));
        field(frame, place, &form.fields[n], focused && n == form.focus, theme);
        if let Some(fault) = fault {
            // The whole line: what is wrong and what is expected are not to be cut.
            let whole = part(line(area, y + 1), 2, row.width.saturating_sub(2));
            put(frame, whole, &format!("! {fault}"), theme.bad);
        } else {
            let below = part(line(area, y + 1), 15, row.width.saturating_sub(15));
            let hint = if n == form.focus { hint(n) } else { "" };
            let understood = form.understood(n, today);
            let mixed = warning(&form.fields[n].text()).filter(|_| FIELDS[n].0 == "name");
            if let Some(mixed) = mixed {
                // It is said, and may be kept: who types has the person before them.
                let asked = format!("{mixed}: like another's? It can be kept");
                put(frame, below, &asked, theme.warning);
            } else {
                put(frame, below, understood.as_deref().unwrap_or(hint), theme.muted);
            }
        }
    }
    let last = line(area, 11);
    if let Some(trouble) = &form.trouble {
        let text = format!("! nothing is lost, Ctrl-S tries again: {trouble}");
        for (row, text) in (10..).zip(wrap(&text, area.width.into())) {
            put(frame, line(area, row), &text, theme.bad);
        }
    } else if form.sending {
        put(frame, last, "… on its way", theme.muted);
    } else {
        put(frame, last, "Enter next field, Ctrl-S saves, Esc leaves it", theme.muted);
    }
}

fn hint(field: usize) -> &'static str {
    match FIELDS[field].0 {
        "name" => "as it is written, at most 100 characters",
        "date_of_birth" => "1980-04-02, 2.4.1980 or 2 Apr 1980",
        "phone" => "+ and the country code, like +49 30 1234567",
        "email" => "one that no other patient has",
        _ => "street, postcode, town; may stay empty",
    }
}
