//! The form in which a patient is registered or edited.

use ratatui::Frame;

use super::super::names::warning;
use super::super::theme::Theme;
use super::sheet::{self, Below};
use crate::app::App;
use crate::app::screens::patient_form::{FIELDS, RecordForm};

/// Draws the form.
pub fn draw(frame: &mut Frame<'_>, app: &App, form: &RecordForm, focused: bool, theme: &Theme) {
    let title = match &form.before {
        None => "Register a patient".to_owned(),
        Some(before) => format!("Edit {}  #{}", before.named().fitted(56), before.id),
    };
    let today = app.now.today();
    let faults = form.faults(today);
    let below = |n: usize| {
        if let Some(fault) = form.sheet.shown(n, &faults) {
            return Below::Fault(fault);
        }
        if let Some(mixed) = warning(&form.sheet.text(n)).filter(|_| FIELDS[n].0 == "name") {
            // It is said, and may be kept: who types has the person before them.
            return Below::Warning(format!("{mixed}: like another's? It can be kept"));
        }
        let hint = if n == form.sheet.focus { hint(n) } else { "" };
        Below::Hint(form.understood(n, today).unwrap_or_else(|| hint.to_owned()))
    };
    sheet::draw(frame, &title, &form.sheet, focused, below, theme);
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
