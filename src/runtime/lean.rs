//! The terminal as a ratatui backend that says no more than it must.
//!
//! Desks are worked over slow links, so a key's answer is held near the least bytes that can paint
//! it. ratatui's own crossterm backend names both colours whenever one changes, resets the style
//! and hides the cursor with every frame; this one remembers what the terminal was told and says
//! what differs, in one write a frame. It knows colours as a terminal's codes and chooses none: that
//! is `ui::theme`'s. Codes are the short ones, which crossterm does not write.

use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};

use crate::domain::text::{is_drawable, width};

/// Modifiers that show on a blank cell.
const ON_BLANKS: Modifier =
    Modifier::REVERSED.union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT).union(Modifier::SLOW_BLINK);

/// Erases the lines that the terminal keeps: xterm's addition to ED.
pub const ERASE_SAVED_LINES: &str = "\x1b[3J";

/// A gap that is jumped forward over rather than addressed anew.
const NEAR: u16 = 9;

#[derive(Clone, Copy, PartialEq, Eq)]
struct Pen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

const PLAIN: Pen = Pen { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };

/// The backend, over anything that bytes can be written to.
pub struct Lean<W: Write> {
    out: W,
    frame: Vec<u8>,
    /// The style the terminal has; none when that is not known.
    pen: Option<Pen>,
    /// Where the terminal's cursor is; none when that is not known.
    at: Option<Position>,
    visible: Option<bool>,
    /// Whether what the terminal keeps of lines that went before is erased with what it shows.
    wipes: bool,
    size: fn() -> io::Result<Size>,
}

impl<W: Write> Lean<W> {
    /// Over `out`, whose size `size` tells.
    pub fn new(out: W, size: fn() -> io::Result<Size>) -> Self {
        Lean { out, frame: Vec::with_capacity(4096), pen: None, at: None, visible: None, wipes: false, size }
    }

    /// The same where what the terminal keeps of lines that went before is erased with what it shows.
    #[must_use]
    pub fn wiping(mut self, wipes: bool) -> Self {
        self.wipes = wipes;
        self
    }

    fn say(&mut self, text: &str) {
        self.frame.extend_from_slice(text.as_bytes());
    }

    fn go_to(&mut self, to: Position) {
        match self.at {
            Some(at) if at == to => return,
            Some(at) if at.y == to.y && at.x < to.x && to.x - at.x <= NEAR => match to.x - at.x {
                1 => self.say("\x1b[C"),
                cells => self.say(&format!("\x1b[{cells}C")),
            },
            _ if to.x == 0 => self.say(&format!("\x1b[{}H", to.y + 1)),
            _ => self.say(&format!("\x1b[{};{}H", to.y + 1, to.x + 1)),
        }
        self.at = Some(to);
    }

    fn use_pen(&mut self, cell: &Cell) {
        let mut wanted = Pen { fg: cell.fg, bg: cell.bg, modifier: cell.modifier };
        if let Some(pen) = self.pen
            && cell.symbol() == " "
        {
            // On a blank neither the colour of letters nor their weight is seen.
            if wanted.modifier & ON_BLANKS == pen.modifier & ON_BLANKS {
                wanted.modifier = pen.modifier;
            }
            if !wanted.modifier.intersects(ON_BLANKS) {
                wanted.fg = pen.fg;
            }
        }
        if self.pen == Some(wanted) {
            return;
        }
        let mut codes: Vec<String> = Vec::new();
        let from = match self.pen {
            Some(pen) if wanted.modifier.contains(pen.modifier) => pen,
            // A modifier is taken away: begun anew, which also is the shortest way to plain.
            _ => {
                codes.push("0".to_owned());
                PLAIN
            }
        };
        for (modifier, code) in [
            (Modifier::BOLD, "1"),
            (Modifier::DIM, "2"),
            (Modifier::ITALIC, "3"),
            (Modifier::UNDERLINED, "4"),
            (Modifier::SLOW_BLINK, "5"),
            (Modifier::REVERSED, "7"),
            (Modifier::CROSSED_OUT, "9"),
        ] {
            if wanted.modifier.contains(modifier) && !from.modifier.contains(modifier) {
                codes.push(code.to_owned());
            }
        }
        if wanted.fg != from.fg {
            codes.push(colour(wanted.fg, 30));
        }
        if wanted.bg != from.bg {
            codes.push(colour(wanted.bg, 40));
        }
        // `ESC [ m` is `ESC [ 0 m`.
        let codes = if codes == ["0"] { String::new() } else { codes.join(";") };
        self.say(&format!("\x1b[{codes}m"));
        self.pen = Some(wanted);
    }
}

/// The code of a colour: `base` is 30 for letters and 40 for the ground.
fn colour(colour: Color, base: u8) -> String {
    let plain = |n: u8| (base + n).to_string();
    let bright = |n: u8| (base + 60 + n).to_string();
    match colour {
        Color::Reset => plain(9),
        Color::Black => plain(0),
        Color::Red => plain(1),
        Color::Green => plain(2),
        Color::Yellow => plain(3),
        Color::Blue => plain(4),
        Color::Magenta => plain(5),
        Color::Cyan => plain(6),
        Color::Gray => plain(7),
        Color::DarkGray => bright(0),
        Color::LightRed => bright(1),
        Color::LightGreen => bright(2),
        Color::LightYellow => bright(3),
        Color::LightBlue => bright(4),
        Color::LightMagenta => bright(5),
        Color::LightCyan => bright(6),
        Color::White => bright(7),
        Color::Indexed(n) => format!("{};5;{n}", base + 8),
        Color::Rgb(r, g, b) => format!("{};2;{r};{g};{b}", base + 8),
    }
}

impl<W: Write> Backend for Lean<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        for (x, y, cell) in content {
            self.go_to(Position { x, y });
            self.use_pen(cell);
            // Whatever drew the cell, nothing but letters gets out here.
            let symbol = if is_drawable(cell.symbol()) { cell.symbol() } else { "\u{FFFD}" };
            self.say(symbol);
            // Terminals differ in how wide they draw what is not plain: after it, and at the edge,
            // the place is told anew.
            let one = width(symbol) == 1 && symbol.chars().nth(1).is_none() && symbol != "\u{FFFD}";
            let plain = symbol.len() == 1 || one;
            self.at = plain.then_some(Position { x: x + 1, y });
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.visible != Some(false) {
            self.visible = Some(false);
            self.say("\x1b[?25l");
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.visible != Some(true) {
            self.visible = Some(true);
            self.say("\x1b[?25h");
        }
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.at.unwrap_or(Position::ORIGIN))
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.go_to(position.into());
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.say("\x1b[m\x1b[2J");
        if self.wipes {
            // After the screen: some terminals keep what is erased from it.
            self.say(ERASE_SAVED_LINES);
        }
        self.pen = Some(PLAIN);
        self.at = None;
        self.visible = None;
        Ok(())
    }

    fn clear_region(&mut self, _: ClearType) -> io::Result<()> {
        // The desk has the whole screen: it never clears a part of it.
        self.clear()
    }

    fn size(&self) -> io::Result<Size> {
        (self.size)()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: (self.size)()?, pixels: Size::new(0, 0) })
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.frame.is_empty() {
            self.out.write_all(&self.frame)?;
            self.frame.clear();
            self.out.flush()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    fn cell(symbol: &str, style: Style) -> Cell {
        let mut cell = Cell::default();
        cell.set_symbol(symbol).set_style(style);
        cell
    }

    fn painted(cells: &[(u16, u16, Cell)]) -> String {
        let mut backend = Lean::new(Vec::new(), || Ok(Size::new(80, 24)));
        backend.pen = Some(PLAIN);
        backend.draw(cells.iter().map(|(x, y, cell)| (*x, *y, cell))).unwrap();
        backend.flush().unwrap();
        String::from_utf8(backend.out).unwrap().replace('\x1b', "^")
    }

    #[test]
    fn only_what_differs_is_said() {
        let blue = Style::new().bg(Color::Indexed(24)).fg(Color::White);
        let bold = Style::new().add_modifier(Modifier::BOLD);
        for (cells, expected) in [
            (vec![(0, 0, cell("a", Style::new())), (1, 0, cell("b", Style::new()))], "^[1Hab"),
            (vec![(3, 1, cell("a", blue)), (4, 1, cell("b", blue))], "^[2;4H^[97;48;5;24mab"),
            // A gap in the line is jumped, and plain again is the shortest reset.
            (vec![(0, 0, cell("a", bold)), (2, 0, cell("b", Style::new()))], "^[1H^[1ma^[C^[mb"),
            // A blank needs no colour of letters.
            (
                vec![(0, 0, cell("a", blue)), (1, 0, cell(" ", Style::new().bg(Color::Indexed(24))))],
                "^[1H^[97;48;5;24ma ",
            ),
            // After what may be drawn two cells wide, the place is told anew.
            (vec![(0, 0, cell("芳", Style::new())), (2, 0, cell("b", Style::new()))], "^[1H芳^[1;3Hb"),
            // So it is after a letter with marks on it, and after the sign of what has no shape.
            (
                vec![(0, 0, cell("e\u{301}", Style::new())), (1, 0, cell("b", Style::new()))],
                "^[1He\u{301}^[1;2Hb",
            ),
            (
                vec![(0, 0, cell("\u{fffd}", Style::new())), (1, 0, cell("b", Style::new()))],
                "^[1H\u{fffd}^[1;2Hb",
            ),
        ] {
            assert_eq!(painted(&cells), expected);
        }
    }

    #[test]
    fn a_cell_says_letters_and_nothing_else() {
        for (symbol, said) in [
            ("\x1b]0;title\x07", "\u{FFFD}"),
            ("\u{9b}2J", "\u{FFFD}"),
            ("a\u{202e}", "\u{FFFD}"),
            ("\n", "\u{FFFD}"),
            ("\u{feff}", "\u{FFFD}"),
            ("e\u{301}", "e\u{301}"),
            ("ی\u{200c}", "ی\u{200c}"),
        ] {
            assert_eq!(painted(&[(0, 0, cell(symbol, Style::new()))]), format!("^[1H{said}"));
        }
    }

    #[test]
    fn what_is_wiped_is_wiped_from_what_the_terminal_keeps_too() {
        for (wipes, said) in [(true, "\x1b[m\x1b[2J\x1b[3J"), (false, "\x1b[m\x1b[2J")] {
            let mut backend = Lean::new(Vec::new(), || Ok(Size::new(80, 24))).wiping(wipes);
            backend.clear().unwrap();
            backend.flush().unwrap();
            assert_eq!(String::from_utf8(backend.out).unwrap(), said);
        }
    }

    #[test]
    fn a_frame_that_changes_nothing_says_nothing() {
        let mut backend = Lean::new(Vec::new(), || Ok(Size::new(80, 24)));
        backend.hide_cursor().unwrap();
        backend.flush().unwrap();
        let said = backend.out.len();
        backend.hide_cursor().unwrap();
        backend.draw(std::iter::empty()).unwrap();
        backend.flush().unwrap();
        assert_eq!(backend.out.len(), said);
    }
}
