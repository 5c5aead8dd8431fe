//! The form of a member of staff, and the password that is shown once.

use ratatui::Frame;
use secrecy::ExposeSecret as _;

use super::super::names::warning;
use super::super::theme::Theme;
use super::super::widgets::{line, popup, put};
use super::sheet::{self, Below};
use crate::app::screens::clinic::ToldOnce;
use crate::app::screens::staff_form::{FIELDS, StaffForm};
use crate::domain::text::fit;

/// Draws the form.
pub fn draw(frame: &mut Frame<'_>, form: &StaffForm, focused: bool, theme: &Theme) {
    let title = match &form.before {
        None => "Add to the staff".to_owned(),
        Some(before) => format!("Edit {}  #{}", fit(&before.details.name, 56), before.id),
    };
    let below = |n: usize| {
        if let Some(fault) = form.fault_at(n) {
            return Below::Fault(fault);
        }
        if let Some(mixed) = warning(&form.sheet.text(n)).filter(|_| FIELDS[n].0 == "name") {
            return Below::Warning(format!("{mixed}: like another's? It can be kept"));
        }
        if let Some(gone) = form.goes_with_the_role(n) {
            return Below::Warning(gone);
        }
        let hint = if n == form.sheet.focus { hint(n) } else { "" };
        Below::Hint(form.understood(n).unwrap_or_else(|| hint.to_owned()))
    };
    sheet::draw(frame, &title, &form.sheet, focused, below, theme);
}

fn hint(field: usize) -> &'static str {
    match FIELDS[field].0 {
        "name" => "as it is written, at most 100 characters",
        "email" => "with which they sign in; nobody else of the staff has it",
        "role" => "Space or the first letter chooses: r, d, a",
        "doctor_id" => "whom they are, by name; for a doctor, else empty",
        "os_user" => "on the clinic's hosts; may stay empty",
        "os_user_signs_in" => "whether that account is proof enough, without a password",
        "may_overbook" => "book over the rule, with a reason",
        _ => "give money back",
    }
}

/// Draws the password.
pub fn told(frame: &mut Frame<'_>, told: &ToldOnce, theme: &Theme) {
    let details = &told.member.details;
    let area = popup(frame, "Shown this once", (64, 9), theme);
    let whose = format!("The password of {}", fit(&details.name, 40));
    put(frame, line(area, 0), &whose, theme.text);
    put(frame, line(area, 2), &format!("  {}", told.password.expose_secret()), theme.strong);
    put(frame, line(area, 4), "for the next sign-in, which asks for one of their own.", theme.muted);
    put(frame, line(area, 5), "Tell it to them and to nobody else; it is kept nowhere.", theme.muted);
    put(frame, line(area, 6), "Enter closes this", theme.key);
}
