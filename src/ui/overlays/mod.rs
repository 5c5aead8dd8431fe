//! What lies over a screen.

mod help;
mod history;
mod record;
mod sheet;
mod staff;
mod visit;

use ratatui::Frame;

use super::theme::Theme;
use super::widgets::{field, line, part, popup, put};
use crate::app::screens::glass::Glass;
use crate::app::screens::prompts::{Filter, GoTo, Palette, Question};
use crate::app::{App, Overlay};

/// Draws them, the last one on top.
pub fn draw(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    let last = app.overlays.len().saturating_sub(1);
    for (n, overlay) in app.overlays.iter().enumerate() {
        let focused = n == last;
        match overlay {
            Overlay::Help { contexts, top } => help::draw(frame, app, contexts, *top, theme),
            Overlay::Palette(palette) => commands(frame, palette, theme),
            Overlay::GoTo(prompt) => go_to(frame, prompt, theme),
            Overlay::Filter(prompt) => filter(frame, app, prompt, theme),
            Overlay::Glass(glass) => why(frame, glass, theme),
            Overlay::Visit(card) => visit::draw(frame, app, card, focused, theme),
            Overlay::History(history) => history::draw(frame, app, history, theme),
            Overlay::Record(form) => record::draw(frame, app, form, focused, theme),
            Overlay::Staff(form) => staff::draw(frame, form, focused, theme),
            Overlay::Told(told) => staff::told(frame, told, theme),
            Overlay::Question(question) => ask(frame, question, theme),
        }
    }
}

fn go_to(frame: &mut Frame<'_>, prompt: &GoTo, theme: &Theme) {
    let area = popup(frame, "Go to a date", (76, 5), theme);
    field(frame, line(area, 0), &prompt.field, true, theme);
    match &prompt.fault {
        Some(fault) => put(frame, line(area, 2), &format!("! {fault}"), theme.bad),
        None => put(frame, line(area, 2), "2026-12-01, 1.12., 1 dec, tomorrow, mon, +3, -1w", theme.muted),
    }
}

fn filter(frame: &mut Frame<'_>, app: &App, prompt: &Filter, theme: &Theme) {
    let area = popup(frame, "Filter doctors", (64, 5), theme);
    field(frame, line(area, 0), &prompt.field, true, theme);
    let count = app.calendar.columns().len();
    let text = match count {
        0 => "nobody of this name or specialization".to_owned(),
        1 => "1 doctor".to_owned(),
        n => format!("{n} doctors"),
    };
    put(frame, line(area, 2), &format!("{text}; empty shows all"), theme.muted);
}

fn why(frame: &mut Frame<'_>, glass: &Glass, theme: &Theme) {
    let title = format!("Not your patient: {}", glass.patient.fitted(52));
    let area = popup(frame, &title, (76, 7), theme);
    put(frame, line(area, 0), "Why do you open this record?", theme.text);
    field(frame, line(area, 1), &glass.field, !glass.sending, theme);
    let (text, style) = match &glass.fault {
        Some(fault) => (format!("! {fault}"), theme.bad),
        None if glass.sending => ("… on its way".to_owned(), theme.muted),
        None => ("who, when and why is flagged on the audit trail (break-glass)".to_owned(), theme.warning),
    };
    put(frame, line(area, 3), &text, style);
}

fn commands(frame: &mut Frame<'_>, palette: &Palette, theme: &Theme) {
    let commands = palette.commands();
    let area = popup(frame, "Commands", (60, 16), theme);
    field(frame, line(area, 0), &palette.field, true, theme);
    let rows = usize::from(area.height.saturating_sub(2)).max(1);
    let top = (palette.marked + 1).saturating_sub(rows);
    if commands.is_empty() {
        put(frame, line(area, 2), "no command of this name works here", theme.muted);
    }
    for (n, binding) in commands.iter().enumerate().skip(top).take(rows) {
        let row = line(area, 2 + u16::try_from(n - top).unwrap_or(0));
        put(frame, part(row, 0, 2), if n == palette.marked { "▶" } else { " " }, theme.cursor);
        put(frame, part(row, 2, row.width.saturating_sub(14)), palette.title(binding), theme.text);
        let key = binding.keys.first().map(|key| key.name()).unwrap_or_default();
        put(frame, part(row, row.width.saturating_sub(11), 11), &key, theme.key);
    }
}

fn ask(frame: &mut Frame<'_>, question: &Question, theme: &Theme) {
    let area = popup(frame, "Please decide", (64, 5), theme);
    put(frame, line(area, 0), &question.text, theme.text);
    put(frame, line(area, 2), question.answers(), theme.key);
}
