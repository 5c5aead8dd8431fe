//! The day board.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::names::marked;
use super::super::theme::Theme;
use super::super::widgets::{fill, lay, line, part, put};
use crate::app::App;
use crate::app::screens::board::{self, Board, Column, GUTTER, Geometry};
use crate::app::screens::rows::{self, Placed};
use crate::domain::appointment::Visit;
use crate::domain::doctor::Doctor;
use crate::domain::ids::AppointmentId;
use crate::domain::text::width;

/// The date, what is hidden, and the filter, for the line of the screens: in fewer letters where they have no
/// room in `cells`.
pub fn heading(app: &App, cells: usize) -> String {
    let forms = [("%A %-d %b %Y", "doctors "), ("%a %-d %b %Y", "doctors "), ("%a %-d %b %Y", "")];
    let mut texts = forms.into_iter().map(|(date, doctors)| heading_of(app, date, doctors));
    let last = texts.next_back().unwrap_or_default();
    texts.find(|text| width(text) <= cells).unwrap_or(last)
}

fn heading_of(app: &App, date: &str, doctors: &str) -> String {
    let calendar = &app.calendar;
    let days = (calendar.date - app.now.today()).num_days();
    let near = match days {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "yesterday".to_owned(),
        2.. => format!("in {days} days"),
        _ => format!("{} days ago", -days),
    };
    let mut text = format!("{} · {near}", calendar.date.format(date));
    let shown = calendar.columns().len();
    if !calendar.filter().is_empty() {
        text = format!("{text} · filter \"{}\": {shown}", calendar.filter());
    }
    let geometry = app.geometry();
    if shown > geometry.columns {
        let first = calendar.left + 1;
        text = format!("{text} · {doctors}{first}-{} of {shown}", first + geometry.columns - 1);
    }
    text
}

/// Draws the board.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let calendar = &app.calendar;
    let Some(board) = calendar.board() else {
        let text = calendar.day.failure().unwrap_or("Reading the day ...");
        put(frame, line(area, 1), &format!("  {text}"), theme.muted);
        return;
    };
    if let Some(why) = calendar.nobody() {
        put(frame, line(area, 1), &format!("  {why}"), theme.muted);
        return;
    }
    let geometry = app.geometry();
    let grid = Rect { y: area.y + 1, height: geometry.rows, ..area };
    times(frame, grid, app, theme);
    let now = now_row(app, grid.height);
    let column_under_cursor = calendar.column();
    let shown = board.columns().iter().enumerate().skip(calendar.left).take(geometry.columns);
    for (n, (at, column)) in shown.enumerate() {
        let x = GUTTER + u16::try_from(n).unwrap_or(0) * geometry.column_width;
        let place = part(area, x, geometry.column_width);
        let doctor = board.doctor(column);
        let under_cursor = at == column_under_cursor;
        name(frame, line(place, 0), doctor, under_cursor, theme);
        let body = Rect { x: place.x, width: place.width, ..grid };
        let meant = calendar.visit_under_cursor().filter(|_| under_cursor).map(|visit| visit.id);
        Drawn { app, board, column, doctor, geometry, now, under_cursor, meant, theme }.draw(frame, body);
    }
}

/// The doctor at the head of a column.
fn name(frame: &mut Frame<'_>, area: Rect, doctor: &Doctor, under_cursor: bool, theme: &Theme) {
    put(frame, area, "", theme.text);
    let style = if under_cursor { theme.strong } else { theme.text };
    let details = &doctor.details;
    let taken = lay(frame, part(area, 1, area.width.saturating_sub(1)), &details.name, style);
    let left = area.width.saturating_sub(taken + 3);
    if usize::from(left) >= width(&details.specialization).min(10) {
        lay(frame, part(area, taken + 2, left), &details.specialization, theme.muted);
    }
}

/// The times at the left.
fn times(frame: &mut Frame<'_>, grid: Rect, app: &App, theme: &Theme) {
    let calendar = &app.calendar;
    let now = now_row(app, grid.height);
    for row in 0..grid.height {
        let minute = calendar.top + row * calendar.step;
        let place = Rect { width: GUTTER, ..line(grid, row) };
        if minute >= board::DAY {
            put(frame, place, "", theme.text);
        } else if Some(row) == now {
            put(frame, place, &app.now.wall.format("%H:%M").to_string(), theme.now);
        } else {
            let shown = minute.is_multiple_of(30) || calendar.step >= 30;
            let text = if shown { format!("{:02}:{:02}", minute / 60, minute % 60) } else { String::new() };
            put(frame, place, &text, theme.muted);
        }
    }
}

/// The row in which now lies, when it is in sight.
fn now_row(app: &App, rows: u16) -> Option<u16> {
    let calendar = &app.calendar;
    if calendar.date != app.now.today() {
        return None;
    }
    let minute = board::minute_of(calendar.date, app.now.wall);
    let row = minute.checked_sub(calendar.top)? / calendar.step;
    (row < rows).then_some(row)
}

/// What stands in the rows of the part of a day that the clocks skip.
const SKIPPED: &str = " skipped ";

/// From how many cells on a visit's second line says when it is.
const WIDE: u16 = 9;

/// When a visit is, and how long.
fn when(visit: &Visit) -> String {
    format!("{} {}m", visit.starts.format("%H:%M"), visit.minutes)
}

fn width_of(of: &Placed) -> u16 {
    of.cells.end - of.cells.start
}

/// A column as it is drawn.
struct Drawn<'a> {
    app: &'a App,
    board: &'a Board,
    column: &'a Column,
    doctor: &'a Doctor,
    geometry: Geometry,
    /// The row in which now lies.
    now: Option<u16>,
    under_cursor: bool,
    /// The visit that keys mean, where it is one of this column.
    meant: Option<AppointmentId>,
    theme: &'a Theme,
}

impl Drawn<'_> {
    fn draw(&self, frame: &mut Frame<'_>, area: Rect) {
        self.ground(frame, area);
        self.visits(frame, area);
        self.ghost(frame, area);
        self.cursor(frame, area);
    }

    fn minute(&self, row: u16) -> u16 {
        self.app.calendar.top + row * self.app.calendar.step
    }

    /// The line below a visit's name in so many cells, and whether it says when. The date of birth goes before the
    /// time where there is no room for both: the time stands at the row, and tells nobody apart.
    fn below(&self, visit: &Visit, cells: u16) -> (String, bool) {
        let fits = |text: &String| text.len() <= usize::from(cells);
        let when = when(visit);
        let Some(born) = self.board.born_of(visit) else { return (format!(" {when}"), true) };
        let both = Some(format!(" {when} {born}")).filter(fits).map(|both| (both, true));
        let length = when.rsplit(' ').next().unwrap_or_default();
        let brief = || [format!(" {born} {length}"), format!(" {born}")].into_iter().find(fits);
        both.or_else(|| brief().map(|brief| (brief, false))).unwrap_or_else(|| (format!(" {when}"), true))
    }

    /// Open and closed time, and the line of now.
    fn ground(&self, frame: &mut Frame<'_>, area: Rect) {
        let step = self.app.calendar.step;
        for row in 0..area.height {
            let minute = self.minute(row);
            let place = line(area, row);
            let text = part(place, 1, area.width.saturating_sub(2));
            let is_open =
                || self.column.open.iter().any(|(start, end)| *start < minute + step && minute < *end);
            if Some(row) == self.now {
                fill(frame, text, '╌', self.theme.now);
            } else if !is_open() {
                fill(frame, text, '░', self.theme.closed);
                let skips = self.board.skipped().is_some_and(|(start, end)| start <= minute && minute < end);
                if skips {
                    lay(frame, part(text, 2, text.width.saturating_sub(2)), SKIPPED, self.theme.closed);
                }
            }
        }
    }

    /// The visits: the height of each is its length, its first line says who.
    fn visits(&self, frame: &mut Frame<'_>, area: Rect) {
        let calendar = &self.app.calendar;
        let blocks = &self.column.blocks;
        let meant = blocks.iter().position(|block| Some(self.board.visit(block).id) == self.meant);
        let placed = rows::place(blocks, calendar.step, area.width.saturating_sub(2), meant);
        let top = calendar.top / calendar.step;
        let in_sight = |of: &&Placed| of.rows.end > top && of.rows.start < top + self.geometry.rows;
        for of in placed.iter().filter(in_sight) {
            self.body(frame, area, of, top);
        }
        // What began above the view is named at its edge, where nobody else is.
        let (above, within): (Vec<_>, Vec<_>) =
            placed.iter().filter(in_sight).partition(|of| of.rows.start < top);
        for of in above.into_iter().chain(within) {
            self.name_of(frame, area, of, (top, &placed));
        }
    }

    /// What stands below a visit's name.
    fn body(&self, frame: &mut Frame<'_>, area: Rect, of: &Placed, top: u16) {
        let visit = self.board.visit(&self.column.blocks[of.block]);
        let style = self.theme.status(visit.status);
        let first = of.rows.start.max(top);
        for row in first + 1..of.rows.end.min(top + self.geometry.rows) {
            let place = part(line(area, row - top), 1 + of.cells.start, width_of(of));
            fill(frame, part(place, 0, 1), '│', style);
            let rest = part(place, 1, width_of(of));
            if row == first + 1 && width_of(of) >= WIDE {
                put(frame, rest, &self.below(visit, rest.width.min(width_of(of) - 1)).0, style);
            } else {
                fill(frame, rest, ' ', style);
            }
        }
    }

    /// A visit's first line.
    fn name_of(&self, frame: &mut Frame<'_>, area: Rect, of: &Placed, (top, placed): (u16, &[Placed])) {
        let block = &self.column.blocks[of.block];
        let visit = self.board.visit(block);
        let row = of.rows.start.max(top);
        let pending = self.app.changing.contains(&visit.id);
        let mark = if pending { '…' } else { visit.status.letter() };
        // Those that have no row are told by a sign; finer rows show them. Those that gave their time
        // up to this one have a sign of their own: Tab goes to them.
        let sign = |count, mark| if count > 0 { format!("+{count}{mark} ") } else { String::new() };
        let more = sign(of.hidden, "") + &sign(of.under, "x");
        // Off the row's own time, and where no line below says when: the time goes first.
        let below = row + 1;
        let has_line = below < of.rows.end
            && width_of(of) >= WIDE
            && !placed.iter().any(|other| other.names(below, &of.cells));
        let line_below = has_line.then(|| self.below(visit, width_of(of) - 1));
        let says_when = line_below.as_ref().is_some_and(|(_, says_when)| *says_when);
        let off = !block.start.is_multiple_of(self.app.calendar.step) && !says_when;
        let at = if off { visit.starts.format(":%M ").to_string() } else { String::new() };
        let place = part(line(area, row - top), 1 + of.cells.start, width_of(of));
        let mut text = format!("{mark} {more}{at}{}", marked(self.board.name_of(visit)));
        let cells = usize::from(width_of(of));
        if let Some(born) = self.board.born_of(visit).map(|born| born.to_string())
            // Where the line below has it, it is not said twice.
            && !line_below.is_some_and(|(line, _)| line.contains(&born))
            && width(&text) + 1 + born.len() <= cells
        {
            text = format!("{text} {born}");
        }
        put(frame, place, &text, self.theme.status(visit.status));
    }

    /// The rows of a stretch of the day, as far as they are in sight.
    fn rows(&self, start: u16, end: u16) -> Option<std::ops::Range<u16>> {
        let calendar = &self.app.calendar;
        let step = calendar.step;
        let first = (start / step * step).max(calendar.top);
        let last = end.div_ceil(step) * step;
        if last <= calendar.top {
            return None;
        }
        let rows = (first - calendar.top) / step..((last - calendar.top) / step).min(self.geometry.rows);
        (!rows.is_empty()).then_some(rows)
    }

    /// The visit that the form proposes, where it would lie.
    fn ghost(&self, frame: &mut Frame<'_>, area: Rect) {
        let proposal = self.app.booking.as_ref().and_then(|form| form.proposed.as_ref());
        let Some(proposal) = proposal.filter(|proposal| proposal.doctor_id == self.doctor.id) else { return };
        if proposal.starts.date() != self.board.day().date {
            return;
        }
        let start = board::minute_of(self.board.day().date, proposal.starts);
        let Some(rows) = self.rows(start, start.saturating_add(proposal.minutes).min(board::DAY)) else {
            return;
        };
        for row in rows {
            let edge = part(line(area, row), area.width.saturating_sub(3), 2);
            lay(frame, edge, "▐▌", self.theme.ghost);
        }
    }

    /// The mark of the cursor: one cell, and the time where nothing else stands.
    fn cursor(&self, frame: &mut Frame<'_>, area: Rect) {
        let calendar = &self.app.calendar;
        if !self.under_cursor || calendar.minute < calendar.top {
            return;
        }
        let row = (calendar.minute - calendar.top) / calendar.step;
        let place = line(area, row.min(area.height));
        lay(frame, part(place, 0, 1), "▶", self.theme.cursor);
        if self.meant.is_none() {
            let time = board::wall_of(calendar.date, calendar.minute).format("%H:%M").to_string();
            lay(frame, part(place, 1, 6), &time, self.theme.cursor);
        }
    }
}
