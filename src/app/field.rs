//! A text field: the textarea crate's editor, held to one line or let be of several.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::{CursorMove, TextArea};

/// A field of a form.
#[derive(Clone, Debug)]
pub struct Field {
    area: TextArea<'static>,
    max_chars: usize,
    lines: bool,
}

impl Field {
    /// An empty field of one line.
    #[must_use]
    pub fn line(max_chars: usize) -> Self {
        Field { area: TextArea::default(), max_chars, lines: false }
    }

    /// An empty field of several lines.
    #[must_use]
    pub fn lines(max_chars: usize) -> Self {
        Field { area: TextArea::default(), max_chars, lines: true }
    }

    /// The same field holding `text`, with the cursor at its end.
    #[must_use]
    pub fn with(mut self, text: &str) -> Self {
        self.set(text);
        self
    }

    /// Replaces the text; the cursor goes to its end.
    pub fn set(&mut self, text: &str) {
        let lines = if self.lines {
            text.split('\n').map(str::to_owned).collect()
        } else {
            // A line end inside is kept: it is for the rules to say that it may not be there.
            vec![text.to_owned()]
        };
        self.area = TextArea::new(lines);
        self.area.move_cursor(CursorMove::Bottom);
        self.area.move_cursor(CursorMove::End);
    }

    /// Marks the whole text, so that what is typed next replaces it.
    pub fn select_all(&mut self) {
        self.area.select_all();
    }

    /// Takes the mark away; the cursor goes to the end.
    pub fn unselect(&mut self) {
        self.area.cancel_selection();
        self.area.move_cursor(CursorMove::End);
    }

    /// Whether some text is marked.
    #[must_use]
    pub fn is_selected(&self) -> bool {
        self.area.selection_range().is_some_and(|(from, to)| from != to)
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Whether there is no text but white space.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.area.lines().iter().all(|line| line.trim().is_empty())
    }

    /// The lines, and the cursor as line and character.
    #[must_use]
    pub fn view(&self) -> (&[String], (usize, usize)) {
        let cursor = self.area.cursor();
        (self.area.lines(), (cursor.0, cursor.1))
    }

    /// Gives a key to the field. Says whether the text changed.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let command = key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match key.code {
            // As in a shell; the editor would undo.
            KeyCode::Char('u') if key.modifiers == KeyModifiers::CONTROL => {
                return self.area.delete_line_by_head();
            }
            KeyCode::Char(_) if !command && self.room() == 0 && !self.is_selected() => return false,
            KeyCode::Enter | KeyCode::Up | KeyCode::Down if self.lines => {}
            KeyCode::Enter | KeyCode::Up | KeyCode::Down | KeyCode::Tab | KeyCode::BackTab => return false,
            // The editor's own words for a new line and for the lines above and below.
            KeyCode::Char('m' | 'n' | 'p' | 'v' | 'j') if command && !self.lines => return false,
            _ => {}
        }
        self.area.input(key)
    }

    /// Puts pasted text in at the cursor. In a field of one line, the line end behind it is dropped;
    /// one inside stays, to be refused where the field is read. In one of several, a tab becomes a
    /// space. Says whether the text changed.
    pub fn paste(&mut self, text: &str) -> bool {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = if self.lines { text.replace('\t', " ") } else { text.trim_end_matches('\n').to_owned() };
        if self.is_selected() {
            self.area.cut();
        }
        let text: String = text.chars().take(self.room()).collect();
        if text.is_empty() {
            return false;
        }
        if self.lines || !text.contains(['\n', '\t']) {
            return self.area.insert_str(text);
        }
        // The editor would make lines of it, and blanks of tabs.
        let whole = self.text();
        let at = self.area.cursor().1;
        let (head, tail): (String, String) =
            (whole.chars().take(at).collect(), whole.chars().skip(at).collect());
        self.area = TextArea::new(vec![format!("{head}{text}{tail}")]);
        let behind = u16::try_from(at + text.chars().count()).unwrap_or(u16::MAX);
        self.area.move_cursor(CursorMove::Jump(0, behind));
        true
    }

    fn room(&self) -> usize {
        self.max_chars.saturating_sub(self.text().chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_a_line_and_within_its_length() {
        let mut field = Field::line(8);
        assert!(field.paste("a b c\r\n\n"));
        assert_eq!(field.text(), "a b c");
        assert!(!field.key(KeyEvent::from(KeyCode::Enter)));
        for _ in 0..9 {
            field.key(KeyEvent::from(KeyCode::Char('x')));
        }
        assert_eq!(field.text(), "a b cxxx");
        assert!(!field.paste("more"));
        field.set("");
        assert!(field.is_blank());
    }

    #[test]
    fn what_may_not_be_in_a_line_stays_to_be_seen_and_taken_away() {
        let mut field = Field::line(20).with("ad");
        field.key(KeyEvent::from(KeyCode::Left));
        assert!(field.paste("b\r\nc\t\n"));
        assert_eq!((field.text().as_str(), field.view().1), ("ab\nc\td", (0, 5)));
        field.key(KeyEvent::from(KeyCode::Backspace));
        field.key(KeyEvent::from(KeyCode::Left));
        field.key(KeyEvent::from(KeyCode::Backspace));
        assert_eq!(field.text(), "abcd");
        assert_eq!(field.view().0.len(), 1);
    }

    #[test]
    fn what_is_marked_is_replaced_by_what_is_typed_or_pasted() {
        let mut field = Field::line(20).with("60");
        field.select_all();
        field.key(KeyEvent::from(KeyCode::Char('3')));
        field.key(KeyEvent::from(KeyCode::Char('0')));
        assert_eq!(field.text(), "30");
        field.select_all();
        field.paste("45");
        assert_eq!(field.text(), "45");
    }

    #[test]
    fn notes_have_lines() {
        let mut field = Field::lines(100).with("one\ntwo");
        assert!(field.key(KeyEvent::from(KeyCode::Enter)));
        field.paste("three");
        assert_eq!(field.text(), "one\ntwo\nthree");
        assert_eq!(field.view().1, (2, 5));
    }
}
