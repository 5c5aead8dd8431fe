//! What all forms of fields share: fields with labels, the cursor in one of them, what is wrong with them and
//! when that is said, and what was sent.

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::field::Field;
use crate::app::msg::{Attempt, Write};
use crate::app::remote::Ticket;
use crate::domain::patient::FieldFault;
use crate::store::{Result, StoreError};

/// A column's name, and the label of its field.
pub type Label = (&'static str, &'static str);

/// A field of a form.
#[derive(Debug)]
pub enum Entry {
    /// Text of one line.
    Field(Box<Field>),
    /// One of a few words.
    Choice(Choice),
}

/// One of a few words.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    words: &'static [&'static str],
    at: usize,
}

impl Choice {
    /// The words, of which that of this number is chosen.
    #[must_use]
    pub fn new(words: &'static [&'static str], at: usize) -> Self {
        Choice { words, at }
    }

    /// All words.
    #[must_use]
    pub fn words(&self) -> &'static [&'static str] {
        self.words
    }

    /// The number of the chosen one.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    /// Left, right and space go through the words; a letter goes to the word that begins with it.
    fn key(&mut self, key: KeyEvent) -> bool {
        let count = self.words.len();
        let at = match key.code {
            KeyCode::Right | KeyCode::Char(' ') => (self.at + 1) % count,
            KeyCode::Left => (self.at + count - 1) % count,
            KeyCode::Char(letter) => {
                let begins = |word: &&str| word.starts_with(letter.to_ascii_lowercase());
                self.words.iter().position(begins).unwrap_or(self.at)
            }
            _ => self.at,
        };
        std::mem::replace(&mut self.at, at) != at
    }
}

impl Entry {
    /// A line of text of so many characters at most.
    #[must_use]
    pub fn line(max_chars: usize, text: &str) -> Self {
        Entry::Field(Box::new(Field::line(max_chars).with(text)))
    }

    /// What stands in it.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Entry::Field(field) => field.text(),
            Entry::Choice(choice) => choice.words[choice.at].to_owned(),
        }
    }

    /// Puts a text in; a choice takes the words that it has.
    pub fn set(&mut self, text: &str) {
        match self {
            Entry::Field(field) => field.set(text),
            Entry::Choice(choice) => {
                choice.at = choice.words.iter().position(|word| *word == text).unwrap_or(choice.at);
            }
        }
    }
}

/// What a key did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// It was taken, or was none of the form's.
    Taken,
    /// It sends the form: Enter on the last field.
    Sends,
}

/// Why the store did not take what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Another desk changed the record meanwhile.
    Overtaken,
    /// Another record has the value of this column already.
    Taken(&'static str),
    /// Something else.
    Otherwise,
}

impl Refused {
    /// Of an answer of the store; nothing of one that says that it is done.
    pub(super) fn of<T>(written: &Result<T>) -> Self {
        match written {
            Err(StoreError::Changed { .. }) => Refused::Overtaken,
            Err(StoreError::Duplicate { field }) => Refused::Taken(field),
            _ => Refused::Otherwise,
        }
    }
}

/// The fields of a form.
#[derive(Debug)]
pub struct Sheet {
    /// The columns in the order of the form, with their labels.
    pub labels: &'static [Label],
    /// The fields, in the same order.
    pub fields: Vec<Entry>,
    /// Which has the cursor.
    pub focus: usize,
    /// A fault that only the store could find.
    pub from_store: Option<FieldFault>,
    /// What went wrong when it was sent.
    pub trouble: Option<String>,
    /// Whether it is on its way to the store.
    pub sending: bool,
    /// Which fields were left once: their faults are shown.
    touched: Vec<bool>,
    /// The question for the record as another desk left it.
    pub(super) rereading: Option<Ticket>,
    attempt: Attempt,
}

impl Sheet {
    /// Fields as they stand at first.
    #[must_use]
    pub fn new(labels: &'static [Label], fields: Vec<Entry>) -> Self {
        Sheet {
            labels,
            touched: vec![false; fields.len()],
            fields,
            focus: 0,
            from_store: None,
            trouble: None,
            sending: false,
            rereading: None,
            attempt: Attempt::default(),
        }
    }

    /// What stands in the field of a number; nothing where there is none.
    #[must_use]
    pub fn text(&self, field: usize) -> String {
        self.fields.get(field).map(Entry::text).unwrap_or_default()
    }

    /// Of `faults`, as the fields stand, the one to show beside a field: once it was left.
    #[must_use]
    pub fn shown(&self, field: usize, faults: &[FieldFault]) -> Option<String> {
        let name = self.labels[field].0;
        let from_store = self.from_store.iter().find(|fault| fault.field == name);
        let typed = faults.iter().find(|fault| fault.field == name && self.touched[field]);
        typed.or(from_store).map(|fault| fault.fault.clone())
    }

    /// To the next field, or the one before.
    pub(super) fn go(&mut self, forward: bool) {
        self.touched[self.focus] = true;
        let count = self.fields.len();
        self.focus = (self.focus + if forward { 1 } else { count - 1 }) % count;
    }

    /// A key that is text; Enter goes to the next field, and sends from the last.
    pub(super) fn key(&mut self, key: KeyEvent) -> Typed {
        if key.code == KeyCode::Enter {
            if self.focus + 1 == self.fields.len() {
                return Typed::Sends;
            }
            self.go(true);
            return Typed::Taken;
        }
        let changed = match &mut self.fields[self.focus] {
            Entry::Field(field) => field.key(key),
            Entry::Choice(choice) => choice.key(key),
        };
        if changed {
            self.changed();
        }
        Typed::Taken
    }

    /// Pasted text.
    pub(super) fn paste(&mut self, text: &str) {
        if let Entry::Field(field) = &mut self.fields[self.focus]
            && field.paste(text)
        {
            // What is pasted is whole.
            self.touched[self.focus] = true;
            self.changed();
        }
    }

    fn changed(&mut self) {
        self.trouble = None;
        self.from_store.take_if(|fault| fault.field == self.labels[self.focus].0);
    }

    /// Shows all that is wrong, with the cursor at the first.
    pub(super) fn refuse(&mut self, faults: &[FieldFault]) {
        self.touched.fill(true);
        let wrong = |(name, _): &Label| faults.iter().any(|fault| fault.field == *name);
        self.focus = self.labels.iter().position(wrong).unwrap_or(self.focus);
    }

    /// Shows what only the store could find, with the cursor there.
    pub(super) fn refuse_from_store(&mut self, fault: FieldFault) {
        self.focus = self.labels.iter().position(|(name, _)| *name == fault.field).unwrap_or(self.focus);
        self.from_store = Some(fault);
    }

    /// It is on its way: the key of the request, `fresh` where it is another than the last.
    pub(super) fn sends(&mut self, write: &Write, fresh: String) -> String {
        (self.sending, self.trouble) = (true, None);
        self.attempt.key(write, fresh)
    }

    /// It could not be written: shows why, beside the field where another record has its value (`taken` says so
    /// of a column), else below; where another desk changed the record meanwhile, it is to be read again under
    /// this ticket. Says whether it is.
    pub(super) fn refused(
        &mut self,
        why: Refused,
        line: String,
        ticket: Ticket,
        taken: impl FnOnce(&str) -> &'static str,
    ) -> bool {
        self.sending = false;
        match why {
            Refused::Overtaken => self.rereading = Some(ticket),
            Refused::Taken(field) => self.refuse_from_store(FieldFault::new(field, taken(field))),
            Refused::Otherwise => self.trouble = Some(line),
        }
        self.rereading == Some(ticket)
    }

    /// Another desk changed what is edited, from `before` to `now`: what was not touched here is as it is
    /// there now, what was stays as it is typed.
    pub(super) fn take_over(&mut self, before: &[String], now: &[String]) {
        let mut changed = Vec::new();
        for (n, (old, new)) in before.iter().zip(now).enumerate() {
            if old == new {
                continue;
            }
            changed.push(self.labels[n].1);
            if self.fields[n].text() == *old {
                self.fields[n].set(new);
            }
        }
        if !changed.is_empty() {
            self.trouble = Some(format!("another desk changed: {}", changed.join(", ")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_made_by_letter_and_by_going_through() {
        let mut choice = Choice::new(&["receptionist", "doctor", "administrator"], 0);
        let press = |choice: &mut Choice, code| choice.key(KeyEvent::from(code));
        assert!(press(&mut choice, KeyCode::Char('D')));
        assert_eq!(choice.at(), 1);
        assert!(press(&mut choice, KeyCode::Char(' ')));
        assert!(press(&mut choice, KeyCode::Right));
        assert_eq!(choice.at(), 0);
        assert!(press(&mut choice, KeyCode::Left));
        assert_eq!(choice.at(), 2);
        assert!(!press(&mut choice, KeyCode::Char('z')));
        assert_eq!(choice.at(), 2);
    }
}
