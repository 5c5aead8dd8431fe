//! The pieces that screens are put together from.

use ratatui::Frame;
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::widgets::{Block, Clear};

use super::theme::Theme;
use crate::app::field::Field;
use crate::domain::text::{clean, fit, is_plain_ascii, width};

/// The `row`th line of an area; empty when it has no such line.
pub fn line(area: Rect, row: u16) -> Rect {
    let height = u16::from(row < area.height);
    Rect { y: area.y.saturating_add(row).min(area.bottom()), height, ..area }
}

/// The part of a line from `x` on, `cells` wide, within it.
pub fn part(area: Rect, x: u16, cells: u16) -> Rect {
    let start = area.x.saturating_add(x).min(area.right());
    Rect { x: start, width: cells.min(area.right() - start), ..area }
}

/// Writes a text into a line, cleaned and cut to fit, the rest of the line blank. The one way in
/// which text from data reaches the screen.
pub fn put(frame: &mut Frame<'_>, area: Rect, text: &str, style: Style) {
    let taken = lay(frame, area, text, style);
    fill(frame, part(area, taken, area.width), ' ', style);
}

/// Writes a text over what is there, as far as it goes. Answers with how many cells it took.
pub fn lay(frame: &mut Frame<'_>, area: Rect, text: &str, style: Style) -> u16 {
    if area.is_empty() || text.is_empty() {
        return 0;
    }
    let text = fit(text, area.width.into());
    if !is_plain_ascii(&text) {
        let (end, _) = frame.buffer_mut().set_stringn(area.x, area.y, &text, area.width.into(), style);
        return end.saturating_sub(area.x);
    }
    // Nearly all text: a letter a cell, which nothing needs to be asked about.
    for (cell, letter) in row(frame, area).iter_mut().zip(text.chars()) {
        cell.set_char(letter).set_style(style);
    }
    u16::try_from(text.len()).unwrap_or(area.width)
}

/// Fills a line with a character of one cell.
pub fn fill(frame: &mut Frame<'_>, area: Rect, with: char, style: Style) {
    for cell in row(frame, area) {
        cell.set_char(with).set_style(style);
    }
}

/// The cells of a line.
fn row<'f>(frame: &'f mut Frame<'_>, area: Rect) -> &'f mut [Cell] {
    let buffer = frame.buffer_mut();
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return &mut [];
    }
    let start = buffer.index_of(area.x, area.y);
    buffer.content.get_mut(start..start + usize::from(area.width)).unwrap_or_default()
}

/// A field of one line: the part of its text around the cursor, and the cursor when it has it.
pub fn field(frame: &mut Frame<'_>, area: Rect, field: &Field, focused: bool, theme: &Theme) {
    if area.is_empty() {
        return;
    }
    let (lines, (_, at)) = field.view();
    let text = lines.first().map_or("", String::as_str);
    let before: String = text.chars().take(at).collect();
    let cells = usize::from(area.width);
    let cursor = width(&clean(&before));
    // The cursor needs a cell of its own after the last letter.
    let skip = (cursor + 1).saturating_sub(cells);
    let shown = skip_cells(&clean(text), skip);
    let style = if focused { theme.field_focused } else { theme.field };
    put(frame, area, &shown, style);
    if focused {
        if field.is_selected() {
            lay(frame, area, &shown, theme.marked);
        }
        let x = area.x + u16::try_from(cursor - skip).unwrap_or(0).min(area.width - 1);
        frame.set_cursor_position(Position { x, y: area.y });
    }
}

/// A field of several lines.
pub fn text_field(frame: &mut Frame<'_>, area: Rect, field: &Field, focused: bool, theme: &Theme) {
    let (lines, (row, at)) = field.view();
    let height = usize::from(area.height.max(1));
    let top = (row + 1).saturating_sub(height);
    let style = if focused { theme.field_focused } else { theme.field };
    for y in 0..area.height {
        let n = top + usize::from(y);
        let text = lines.get(n).map_or("", String::as_str);
        let place = line(area, y);
        let before: String = text.chars().take(if n == row { at } else { 0 }).collect();
        let cursor = width(&clean(&before));
        let skip = (cursor + 1).saturating_sub(usize::from(area.width));
        put(frame, place, &skip_cells(&clean(text), skip), style);
        if focused && n == row {
            let x = area.x + u16::try_from(cursor - skip).unwrap_or(0).min(area.width.saturating_sub(1));
            frame.set_cursor_position(Position { x, y: place.y });
        }
    }
}

/// A text without its first `cells` cells.
fn skip_cells(text: &str, cells: usize) -> String {
    let mut skipped = 0;
    let mut rest = text;
    while skipped < cells {
        let Some(first) = rest.chars().next() else { break };
        let (head, tail) = rest.split_at(first.len_utf8());
        skipped += width(head);
        rest = tail;
    }
    rest.to_owned()
}

/// A box in the middle of the screen, emptied; answers with what is inside its frame.
pub fn popup(frame: &mut Frame<'_>, title: &str, (columns, rows): (u16, u16), theme: &Theme) -> Rect {
    let screen = frame.area();
    let columns = columns.min(screen.width.saturating_sub(2));
    let rows = rows.min(screen.height.saturating_sub(3));
    let area = Rect {
        x: (screen.width - columns) / 2,
        y: (screen.height.saturating_sub(1 + rows)) / 2,
        width: columns,
        height: rows,
    };
    frame.render_widget(Clear, area);
    let block = Block::bordered()
        .border_style(theme.rule)
        .title(format!(" {} ", fit(title, usize::from(columns.saturating_sub(6)))))
        .title_style(theme.strong);
    let inside = block.inner(area);
    frame.render_widget(block, area);
    Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }
}

/// A line across, with a title in it.
pub fn rule(frame: &mut Frame<'_>, area: Rect, title: &str, theme: &Theme) {
    fill(frame, area, '─', theme.rule);
    lay(frame, part(area, 1, area.width.saturating_sub(2)), &format!(" {title} "), theme.strong);
}
