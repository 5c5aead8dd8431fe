//! A desk that is closed: the clinic's name, why it is closed, and who wants in. Nothing of a patient.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use super::theme::Theme;
use super::widgets::{field, line, part, popup, put};
use crate::app::App;
use crate::app::gate::{Closed, Why};
use crate::app::screens::sign_in::{Focus, SignInForm};
use crate::app::secret::Secret;
use crate::domain::text::{fit, wrap};

/// The box, in cells.
const SIZE: (u16, u16) = (66, 14);
/// Where the fields begin.
const LABEL: u16 = 16;

/// Draws the gate.
pub fn draw(frame: &mut Frame<'_>, app: &App, closed: &Closed, theme: &Theme) {
    let area = popup(frame, &app.clinic.name, SIZE, theme);
    let form = &closed.form;
    let whole = if form.is_for_new_password() {
        ["An administrator set your password.", "Choose one of your own, which nobody else knows."]
            .map(str::to_owned)
    } else {
        why(app, closed.why)
    };
    let texts: Vec<String> = whole.iter().flat_map(|text| wrap(text, area.width.into())).collect();
    for (row, text) in (0..3).zip(&texts) {
        put(frame, line(area, row), text, theme.text);
    }
    // A line more above the fields has the place of one below them.
    let top = if texts.len() > 2 { 4 } else { 3 };
    if form.is_for_new_password() {
        secret(frame, area, top, ("New password", Focus::Password), (form, &form.password), theme);
        secret(frame, area, top + 3, ("The same again", Focus::Again), (form, &form.again), theme);
    } else {
        label(frame, area, top, ("E-mail", Focus::Email), form, theme);
        let focused = form.focus == Focus::Email && !form.is_asking();
        field(frame, place(area, top), &form.email, focused, theme);
        secret(frame, area, top + 3, ("Password", Focus::Password), (form, &form.password), theme);
    }
    let (said, style) = match &form.trouble {
        Some(trouble) => (format!("! {trouble}; try again"), theme.bad),
        None if form.notice.is_some() => {
            (form.notice.map_or(String::new(), |notice| format!("! {notice}")), theme.warning)
        }
        None if form.is_asking() => ("… one moment".to_owned(), theme.muted),
        None if form.is_for_new_password() => {
            ("15 characters or more: a few words that do not belong together".to_owned(), theme.muted)
        }
        None if app.account_unlocks() => {
            ("Enter opens it: your Unix account is the proof".to_owned(), theme.muted)
        }
        None => (String::new(), theme.muted),
    };
    for (row, text) in (10..12).zip(wrap(&said, area.width.into())) {
        put(frame, line(area, row), &text, style);
    }
}

/// The place of a field that is typed in a row.
fn place(area: Rect, row: u16) -> Rect {
    part(line(area, row), LABEL, area.width.saturating_sub(LABEL))
}

/// A field's name, and below it what is wrong with it.
fn label(
    frame: &mut Frame<'_>,
    area: Rect,
    row: u16,
    (name, of): (&str, Focus),
    form: &SignInForm,
    theme: &Theme,
) {
    let fault = form.fault.as_ref().filter(|(line, _)| *line == of).map(|(_, fault)| fault);
    let style = if fault.is_some() { theme.bad } else { theme.muted };
    put(frame, part(line(area, row), 0, LABEL - 1), name, style);
    let lines = fault.map(|fault| wrap(&format!("! {fault}"), area.width.into())).unwrap_or_default();
    for (below, text) in (row + 1..row + 3).zip(&lines) {
        put(frame, line(area, below), text, theme.bad);
    }
}

/// A field whose text is not shown.
fn secret(
    frame: &mut Frame<'_>,
    area: Rect,
    row: u16,
    (name, of): (&str, Focus),
    (form, secret): (&SignInForm, &Secret),
    theme: &Theme,
) {
    label(frame, area, row, (name, of), form, theme);
    let place = place(area, row);
    let focused = form.focus == of && !form.is_asking();
    let dots = secret.len().min(usize::from(place.width.saturating_sub(1)));
    let style = if focused { theme.field_focused } else { theme.field };
    put(frame, place, &"•".repeat(dots), style);
    if focused {
        let x = place.x + u16::try_from(dots).unwrap_or(0);
        frame.set_cursor_position(Position { x, y: place.y });
    }
}

/// Why it is closed, and what of it.
fn why(app: &App, why: Why) -> [String; 2] {
    let locked = || format!("The desk of {} is locked.", fit(&app.who.name, 42));
    let (first, second) = match why {
        Why::Start => ("Sign in to open the desk.".to_owned(), String::new()),
        Why::Idle(minutes) => (locked(), format!("There was no key for {minutes} min; nothing is lost.")),
        Why::Locked => (locked(), "Nothing is lost.".to_owned()),
        Why::Suspended => (locked(), "The shell had the terminal; nothing is lost.".to_owned()),
        Why::ClockSetBack => (locked(), "This machine's clock was set back; nothing is lost.".to_owned()),
        Why::Unanswered => (locked(), "The database has not answered for 1 min; nothing is lost.".to_owned()),
        Why::SignedOut => ("Signed out.".to_owned(), KEPT.to_owned()),
        Why::Out(why) => (format!("Signed out: {why}."), KEPT.to_owned()),
    };
    [first, second]
}

const KEPT: &str = "What was typed and not finished is kept for whoever typed it.";
