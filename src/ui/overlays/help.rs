//! All keys that work where help was asked for, then all others.

use ratatui::Frame;

use super::super::theme::Theme;
use super::super::widgets::{line, part, popup, put};
use crate::app::App;
use crate::app::keymap::{Context, chapters_of};

enum Row {
    Title(&'static str),
    Binding(String, &'static str),
    Blank,
}

/// Draws the help from its line `top` on.
pub fn draw(frame: &mut Frame<'_>, app: &App, contexts: &[Context], top: u16, theme: &Theme) {
    let area = popup(frame, "Keys: what works here comes first", (72, 60), theme);
    let rows = rows(app, contexts);
    let room = usize::from(area.height);
    let top = usize::from(top).min(rows.len().saturating_sub(room));
    for (n, row) in rows.iter().skip(top).take(room).enumerate() {
        let place = line(area, u16::try_from(n).unwrap_or(0));
        match row {
            Row::Title(title) => put(frame, place, title, theme.strong),
            Row::Blank => put(frame, place, "", theme.text),
            Row::Binding(keys, what) => {
                put(frame, part(place, 2, 18), keys, theme.key);
                put(frame, part(place, 21, place.width.saturating_sub(21)), what, theme.text);
            }
        }
    }
    let more = rows.len().saturating_sub(top + room);
    if more > 0 {
        let place = line(area, area.height.saturating_sub(1));
        put(frame, place, &format!("... {} more lines: PgDn", more + 1), theme.muted);
    }
}

fn rows(app: &App, here: &[Context]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (title, bindings) in chapters_of(here, |action| app.offers(action)) {
        if !rows.is_empty() {
            rows.push(Row::Blank);
        }
        rows.push(Row::Title(title));
        rows.extend(bindings.into_iter().map(|(keys, what)| Row::Binding(keys, what)));
    }
    rows
}
