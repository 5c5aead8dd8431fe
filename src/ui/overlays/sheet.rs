//! A form of fields: a line a field, and below each what is wrong with it or what is expected.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use super::super::theme::Theme;
use super::super::widgets::{field, lay, line, part, popup, put};
use crate::app::screens::sheet::{Choice, Entry, Sheet};
use crate::domain::text::{width, wrap};

/// What stands below a field.
pub enum Below {
    /// What is wrong.
    Fault(String),
    /// What wants a look.
    Warning(String),
    /// What is expected, or how it was understood.
    Hint(String),
}

/// Draws the form; `below` answers for a field's number.
pub fn draw(
    frame: &mut Frame<'_>,
    title: &str,
    sheet: &Sheet,
    focused: bool,
    below: impl Fn(usize) -> Below,
    theme: &Theme,
) {
    let count = u16::try_from(sheet.fields.len()).unwrap_or(0);
    let area = popup(frame, title, (78, 2 * count + 5), theme);
    for ((n, (_, label)), y) in sheet.labels.iter().enumerate().zip((0..).step_by(2)) {
        let row = line(area, y);
        let below = below(n);
        let style = if matches!(below, Below::Fault(_)) { theme.bad } else { theme.muted };
        put(frame, part(row, 0, 14), label, style);
        let place = part(row, 15, row.width.saturating_sub(15));
        let focused = focused && n == sheet.focus;
        match &sheet.fields[n] {
            Entry::Field(of) => field(frame, place, of, focused, theme),
            Entry::Choice(of) => choice(frame, place, *of, focused, theme),
        }
        let beside = part(line(area, y + 1), 15, row.width.saturating_sub(15));
        match below {
            Below::Fault(fault) => {
                // The whole line: what is wrong and what is expected are not to be cut.
                let whole = part(line(area, y + 1), 2, row.width.saturating_sub(2));
                put(frame, whole, &format!("! {fault}"), theme.bad);
            }
            Below::Warning(text) => put(frame, beside, &text, theme.warning),
            Below::Hint(text) => put(frame, beside, &text, theme.muted),
        }
    }
    let foot = 2 * count;
    if let Some(trouble) = &sheet.trouble {
        let text = format!("! nothing is lost, Ctrl-S tries again: {trouble}");
        for (row, text) in (foot..).zip(wrap(&text, area.width.into())) {
            put(frame, line(area, row), &text, theme.bad);
        }
    } else {
        let text =
            if sheet.sending { "… on its way" } else { "Enter next field, Ctrl-S saves, Esc leaves it" };
        put(frame, line(area, foot + 1), text, theme.muted);
    }
}

/// The words, of which one is chosen.
fn choice(frame: &mut Frame<'_>, area: Rect, choice: Choice, focused: bool, theme: &Theme) {
    let mut x = 0;
    for (n, word) in choice.words().iter().enumerate() {
        let chosen = n == choice.at();
        let style = match (chosen, focused) {
            (true, true) => theme.field_focused,
            (true, false) => theme.strong,
            (false, _) => theme.muted,
        };
        let text = format!("{} {word}", if chosen { '●' } else { '○' });
        if chosen && focused {
            frame.set_cursor_position(Position { x: area.x + x, y: area.y });
        }
        lay(frame, part(area, x, area.width.saturating_sub(x)), &text, style);
        x += u16::try_from(width(&text)).unwrap_or(0) + 2;
    }
}
