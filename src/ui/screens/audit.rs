//! The audit trail: the filter, the rows, and below them the marked one with what was before and after.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::names::marked;
use super::super::theme::Theme;
use super::super::widgets::{field, lay, line, part, put, rule};
use crate::app::App;
use crate::domain::audit::query::EXAMPLE;
use crate::domain::audit::{AuditRow, Flag, IN_NO_CHAIN, Told};
use crate::domain::clock::Now;
use crate::domain::scripts::mixed;
use crate::domain::text::wrap;

/// Draws the trail.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let trail = &app.office.trail;
    let row = line(area, 0);
    put(frame, part(row, 1, 6), "Filter", theme.muted);
    let typing = app.overlays.is_empty();
    field(frame, part(row, 8, area.width.saturating_sub(10)), &trail.query, typing, theme);
    match &trail.fault {
        Some(fault) => put(frame, part(line(area, 1), 1, area.width), &format!("! {fault}"), theme.bad),
        None if trail.is_unasked() && trail.page.value().is_some() => {
            let text = "Enter filters by this; below stands what was asked before";
            put(frame, part(line(area, 1), 8, area.width), text, theme.warning);
        }
        None if trail.query.is_blank() => {
            put(frame, part(line(area, 1), 8, area.width), EXAMPLE, theme.muted);
        }
        None => {}
    }
    let body = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
    if trail.page.value().is_none() {
        let failure = trail.page.failure();
        let style = if failure.is_some() { theme.bad } else { theme.muted };
        let waiting =
            if trail.page.is_loading() { "Reading the trail ..." } else { "Enter reads the trail anew" };
        put(frame, part(line(body, 0), 1, area.width), failure.unwrap_or(waiting), style);
        return;
    }
    let below = if trail.opened().is_some() { (body.height / 2).max(6).min(body.height) } else { 0 };
    let list = Rect { height: body.height - below, ..body };
    rows(frame, list, app, theme);
    if let Some(row) = trail.opened() {
        let place = Rect { y: body.y + list.height, height: below, ..body };
        open(frame, place, app, row, theme);
    }
}

/// How far down the mark is, and where the row was written from.
pub fn status(app: &App) -> String {
    let trail = &app.office.trail;
    let Some(row) = trail.marked() else { return String::new() };
    let (at, count) = (trail.marked + 1, trail.rows().len());
    let older = if trail.goes_on() { ", and older ones" } else { "" };
    format!("row {at} of {count}{older}  {}", row.origin_words())
}

fn rows(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let trail = &app.office.trail;
    if trail.rows().is_empty() {
        put(frame, part(line(area, 0), 1, area.width), "nothing of this kind is on the trail", theme.muted);
    }
    let room = usize::from(area.height.max(1));
    let top = (trail.marked + 1).saturating_sub(room);
    for (n, row) in trail.rows().iter().enumerate().skip(top).take(room) {
        let place = line(area, u16::try_from(n - top).unwrap_or(0));
        let is_marked = n == trail.marked;
        let style = if is_marked { theme.strong } else { theme.text };
        lay(frame, part(place, 1, 1), if is_marked { "▶" } else { " " }, theme.cursor);
        let flags = row.flags();
        let letter = flags.first().map_or(" ", |flag| flag.letter());
        lay(frame, part(place, 2, 1), letter, theme.bad);
        put(frame, part(place, 4, 20), &when(app, row, "%-d %b %Y %H:%M:%S"), theme.muted);
        let who = 14 + area.width.saturating_sub(100).min(8);
        person(frame, part(place, 25, who), row, style);
        let style = if flags.is_empty() { style } else { theme.bad };
        put(frame, part(place, 26 + who, 21), &row.action, style);
        let rest = area.width.saturating_sub(49 + who);
        put(frame, part(place, 48 + who, rest), &about(row), theme.text);
    }
}

/// Who, with the sign of a name of mixed scripts and the number, which tell two of one name apart: where there
/// is no room, the name is cut.
fn person(frame: &mut Frame<'_>, area: Rect, row: &AuditRow, style: Style) {
    let number = row.staff_id.map_or(String::new(), |id| format!(" #{id}"));
    let room = area.width.saturating_sub(u16::try_from(number.len()).unwrap_or(u16::MAX));
    let taken = lay(frame, part(area, 0, room), &marked(who(row)), style);
    put(frame, part(area, taken, area.width), &number, style);
}

/// The marked row: who, from where, to whose record, and what was before and after.
fn open(frame: &mut Frame<'_>, area: Rect, app: &App, row: &AuditRow, theme: &Theme) {
    rule(frame, line(area, 0), &format!("Row {}: {}", row.id, row.action), theme);
    let staff = row.staff_id.map_or(String::new(), |id| format!(" #{id}"));
    let from = row.origin_words();
    let from = if from.is_empty() { "an older program".to_owned() } else { from };
    let mut lines =
        vec![format!("{} · {}{staff} · {from}", when(app, row, "%a %-d %b %Y %H:%M:%S"), marked(who(row)))];
    lines.extend(
        mixed(&row.actor)
            .map(|mixed| format!("! the name {mixed}; it may look like another name than it is")),
    );
    lines.extend(row.flags().iter().map(|flag| match flag {
        Flag::BreakGlass => "! break-glass: a record that was not theirs, opened by saying why".to_owned(),
        Flag::Unchained => format!("? {IN_NO_CHAIN}"),
        Flag::ClockSetBack(from) => {
            let from = Now::new(*from, app.clinic.zone).wall.format("%H:%M:%S, %a %-d %b %Y");
            format!("< the clock was set back before this, from {from}: times around it cannot be relied on")
        }
    }));
    let patient = row.patient_id.map(|id| format!("patient #{id}"));
    let record = Some(row.record_words()).filter(|words| !words.is_empty());
    let about: Vec<String> = record.into_iter().chain(patient).collect();
    lines.push(about.join(" · "));
    lines.extend(row.told().iter().map(Told::words));
    let room = usize::from(area.width.saturating_sub(4));
    let lines: Vec<String> =
        lines.iter().filter(|text| !text.is_empty()).flat_map(|text| wrap(text, room)).collect();
    let height = usize::from(area.height.saturating_sub(1));
    for (y, text) in (1..).zip(lines.iter().take(height)) {
        put(frame, part(line(area, y), 3, area.width), text, theme.text);
    }
    if lines.len() > height {
        put(
            frame,
            part(line(area, area.height - 1), 3, area.width),
            "... more: frontdesk audit show",
            theme.muted,
        );
    }
}

fn when(app: &App, row: &AuditRow, form: &str) -> String {
    Now::new(row.at, app.clinic.zone).wall.format(form).to_string()
}

fn who(row: &AuditRow) -> &str {
    if row.actor.is_empty() { "-" } else { &row.actor }
}

/// Whose record it is, in little room.
fn about(row: &AuditRow) -> String {
    match row.patient_id {
        Some(id) => format!("patient #{id}"),
        None => row.record_words(),
    }
}
