//! Drawing: reads the app, and changes nothing.
//!
//! All text that comes from data passes `widgets::put` or a function of `domain::text`, which
//! make it safe for the terminal and fit its place. Colours have names in [`theme`] alone.

mod footer;
mod gate;
mod names;
mod overlays;
mod screens;
pub mod theme;
mod widgets;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use self::theme::Theme;
use self::widgets::{line, put};
use crate::app::screens::board::SMALLEST;
use crate::app::{App, Overlay, Screen, UNVERIFIED};
use crate::domain::text::{fit, width};

/// Draws the desk.
pub fn draw(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    let area = frame.area();
    if (area.width, area.height) != app.size {
        // The terminal has another size than the one that was laid out for: its event is on its
        // way, and brings a frame of its own.
        return;
    }
    if app.is_too_small() {
        return too_small(frame, app, theme);
    }
    if theme.text != Style::default() {
        // A frame begins blank: only what is not is painted by the screens.
        frame.buffer_mut().set_style(area, theme.text);
    }
    title(frame, app, theme);
    if let Some(closed) = app.closed() {
        gate::draw(frame, app, closed, theme);
        footer::keys(frame, app, theme);
        return;
    }
    tabs(frame, app, theme);
    let body = Rect { y: 2, height: area.height.saturating_sub(4), ..area };
    match app.screen {
        Screen::Calendar => screens::calendar::draw(frame, body, app, theme),
        Screen::Patients => screens::patients::draw(frame, body, app, theme),
        Screen::Clinic => screens::clinic::draw(frame, body, app, theme),
    }
    if let Some(form) = &app.booking {
        screens::booking::draw(frame, app, form, theme);
    }
    footer::status(frame, app, theme);
    footer::keys(frame, app, theme);
    overlays::draw(frame, app, theme);
}

fn too_small(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    let area = frame.area();
    let (columns, rows) = SMALLEST;
    let texts = [
        format!("This window has {}x{}.", app.size.0, app.size.1),
        format!("Frontdesk needs {columns}x{rows}."),
        "Make it larger; nothing is lost.".to_owned(),
        "Ctrl-Q quits.".to_owned(),
    ];
    for (row, text) in (0..area.height).zip(&texts) {
        put(frame, line(area, row), text, theme.text);
    }
    // The one thing that is asked here: whether to leave.
    if app.closed().is_none()
        && let Some(Overlay::Question(question)) = app.overlays.last()
    {
        put(frame, line(area, 5), &question.text, theme.strong);
        put(frame, line(area, 6), question.answers(), theme.key);
    }
}

/// The clinic, the time, the store and who is at the desk.
fn title(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    let area = line(frame.area(), 0);
    put(frame, area, "", theme.title);
    let clock = app.now.wall.format("%a %-d %b %Y  %H:%M").to_string();
    let label = app.clinic.zone.repeated_label(app.now.at).map_or(String::new(), |label| format!(" {label}"));
    let store = if app.away.is_some() { format!("! {} is away", app.store) } else { app.store.clone() };
    let who = if app.closed().is_some() {
        String::new()
    } else {
        format!("{}, {}", app.who.name, app.who.role.words())
    };
    let mut right = format!("{store}   {who} ");
    let whole = width(&app.clinic.name) + width(&clock) + width(&label) + 6 + width(&right);
    if whole > usize::from(area.width) || width(&right) > usize::from(area.width / 2) {
        // Who is at the desk goes before what it works on, unless that is to be looked at.
        let is_calm = app.away.is_none() && !app.store.ends_with(UNVERIFIED);
        right = if is_calm { format!("{who} ") } else { format!("{store}   {} ", app.who.name) };
    }
    let cells = u16::try_from(width(&right)).unwrap_or(0).min(area.width / 2);
    // The time stays in sight, however long the names beside it are.
    let room = usize::from(area.width - cells).saturating_sub(width(&clock) + width(&label) + 5);
    let left = format!(" {}   {clock}{label}", fit(&app.clinic.name, room));
    put(frame, area, &left, theme.title);
    let place = Rect { x: area.right().saturating_sub(cells), width: cells, ..area };
    put(frame, place, &right, theme.title);
}

/// The screens, and what of the calendar is shown.
fn tabs(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    let area = line(frame.area(), 1);
    let mut x = 1;
    for (screen, label) in
        [(Screen::Calendar, "1 Calendar"), (Screen::Patients, "2 Patients"), (Screen::Clinic, "6 Clinic")]
    {
        if screen == Screen::Clinic && !app.has_office() {
            continue;
        }
        let style = if screen == app.screen { theme.tab } else { theme.muted };
        let cells = u16::try_from(width(label)).unwrap_or(0);
        put(frame, Rect { x, width: cells, ..area }, label, style);
        x += cells + 2;
    }
    if app.screen == Screen::Patients && app.patients.is_by_break_glass() {
        // Nothing lies over this line while the record is shown.
        let text = "! break-glass: flagged on the audit trail";
        put(frame, Rect { x: x + 2, width: area.width.saturating_sub(x + 3), ..area }, text, theme.warning);
    }
    if app.screen == Screen::Calendar {
        let text = screens::calendar::heading(app, area.width.saturating_sub(x + 3).into());
        let style = if app.calendar.date == app.now.today() { theme.strong } else { theme.warning };
        put(frame, Rect { x: x + 2, width: area.width.saturating_sub(x + 3), ..area }, &text, style);
    }
}
