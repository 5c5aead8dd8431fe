//! What was done to a visit.

use ratatui::Frame;

use super::super::theme::Theme;
use super::super::widgets::{line, part, popup, put};
use crate::app::App;
use crate::app::screens::history::History;
use crate::domain::audit::{IN_NO_CHAIN, VisitEvent};
use crate::domain::clock::Now;
use crate::domain::text::wrap;

/// How far what was done stands to the right of when.
const INDENT: u16 = 2;

/// Draws the history from its event `top` on.
pub fn draw(frame: &mut Frame<'_>, app: &App, history: &History, theme: &Theme) {
    let area = popup(frame, &format!("Visit #{}: what was done to it", history.id), (76, 20), theme);
    let Some(events) = history.events.value() else {
        let text = history.events.failure().unwrap_or("Reading the history ...");
        put(frame, line(area, 0), text, theme.muted);
        return;
    };
    if events.is_empty() {
        put(
            frame,
            line(area, 0),
            "the audit trail tells nothing of it: another program wrote it",
            theme.muted,
        );
    }
    let mut y = 0;
    for event in events.iter().skip(history.top) {
        put(frame, line(area, y), &head(app, event), theme.muted);
        y += 1;
        let words =
            if event.is_unchained { format!("? {IN_NO_CHAIN}: {}", event.words()) } else { event.words() };
        for text in wrap(&words, usize::from(area.width.saturating_sub(INDENT))) {
            let style = if event.overbooked.is_some() { theme.warning } else { theme.text };
            put(frame, part(line(area, y), INDENT, area.width), &text, style);
            y += 1;
        }
    }
    if y > area.height {
        put(frame, line(area, area.height.saturating_sub(1)), "... more: Down", theme.muted);
    }
}

/// When, by whom and from where.
fn head(app: &App, event: &VisitEvent) -> String {
    let at = Now::new(event.at, app.clinic.zone).wall.format("%a %-d %b %Y %H:%M:%S");
    let from = event.origin.as_ref().map_or(String::new(), |(host, user)| format!(" · {user}@{host}"));
    format!("{at} · {}{from}", event.who)
}
