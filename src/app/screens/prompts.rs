//! What lies over a screen for a moment: go to a date, filter, the command palette, the help, a
//! question.

use std::borrow::Cow;

use crossterm::event::{KeyCode, KeyEvent};

use super::booking::step;
use crate::app::bindings::Action;
use crate::app::field::Field;
use crate::app::keymap::{Binding, Context, active, chapters_of};
use crate::app::{App, Overlay};
use crate::domain::dates::parse_day;
use crate::domain::fold::words;
use crate::domain::ids::StaffId;

/// A prompt for a date.
#[derive(Debug)]
pub struct GoTo {
    /// What is typed.
    pub field: Field,
    /// What is wrong with it, once it was sent.
    pub fault: Option<String>,
}

/// The filter of the board, which takes effect while it is typed.
#[derive(Debug)]
pub struct Filter {
    /// What is typed.
    pub field: Field,
    /// What it was before.
    pub before: String,
}

/// The command palette.
#[derive(Debug)]
pub struct Palette {
    /// What is typed.
    pub field: Field,
    /// Which command is marked.
    pub marked: usize,
    /// Where the commands are to work.
    pub contexts: Vec<Context>,
    /// What the person may not do there.
    refused: Vec<Action>,
}

impl Palette {
    /// What a command is called.
    #[must_use]
    pub fn title(&self, binding: &Binding) -> &'static str {
        binding.action.title_of(|action| !self.refused.contains(&action))
    }

    /// The commands that the text means, each with its binding.
    #[must_use]
    pub fn commands(&self) -> Vec<&'static Binding> {
        let typed = words(&self.field.text());
        let fits = |binding: &&Binding| {
            let title = words(self.title(binding));
            typed.iter().all(|word| title.iter().any(|of| of.starts_with(word.as_str())))
        };
        let may = |binding: &&Binding| !self.refused.contains(&binding.action);
        active(&self.contexts).into_iter().filter(may).filter(fits).collect()
    }
}

/// What a yes does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Leaves the program.
    Quit,
    /// Drops the form below the question.
    DropForm,
    /// Drops what was typed in a visit's notes.
    DropNotes,
    /// Drops the booking form.
    DropBooking,
    /// Lets somebody sign in, or not any more.
    SetStaffActive(StaffId, bool),
    /// Gives somebody a new password.
    ResetPassword(StaffId),
}

impl Then {
    /// Whether it drops what is typed, which can be kept for later as well.
    #[must_use]
    pub fn drops_what_is_typed(self) -> bool {
        matches!(self, Then::DropForm | Then::DropNotes | Then::DropBooking)
    }
}

/// A question.
#[derive(Debug)]
pub struct Question {
    /// What is asked.
    pub text: Cow<'static, str>,
    /// What a yes does.
    pub then: Then,
}

/// The rows of the screen in which no line of the help stands.
const HELP_FRAME: u16 = 5;

impl Question {
    /// Its answers, each with its key.
    #[must_use]
    pub fn answers(&self) -> &'static str {
        if self.then.drops_what_is_typed() { "y yes   n no   k keep it for later" } else { "y yes   n no" }
    }
}

impl App {
    /// How many lines the help has: each binding, and for each context a title and a blank.
    fn help_lines(&self) -> u16 {
        let chapters = chapters_of(&[], |action| self.offers(action));
        let lines: usize = chapters.iter().map(|(_, rows)| rows.len() + 2).sum();
        u16::try_from(lines.saturating_sub(1)).unwrap_or(u16::MAX)
    }

    pub(crate) fn open_go_to(&mut self) {
        self.overlays.push(Overlay::GoTo(GoTo { field: Field::line(30), fault: None }));
    }

    pub(crate) fn open_filter(&mut self) {
        let before = self.calendar.filter().to_owned();
        let mut field = Field::line(60).with(&before);
        field.select_all();
        self.overlays.push(Overlay::Filter(Filter { field, before }));
    }

    pub(crate) fn open_palette(&mut self) {
        if matches!(self.overlays.last(), Some(Overlay::Palette(_))) {
            self.overlays.pop();
            return;
        }
        let contexts = self.contexts();
        let is_refused = |action: &Action| !self.offers(*action) || self.refusal(*action).is_some();
        let refused = Action::ALL.iter().copied().filter(is_refused).collect();
        self.overlays.push(Overlay::Palette(Palette {
            field: Field::line(60),
            marked: 0,
            contexts,
            refused,
        }));
    }

    pub(crate) fn open_help(&mut self) {
        if matches!(self.overlays.last(), Some(Overlay::Help { .. })) {
            self.overlays.pop();
            return;
        }
        let contexts = self.contexts();
        self.overlays.push(Overlay::Help { contexts, top: 0 });
    }

    pub(crate) fn ask(&mut self, text: impl Into<Cow<'static, str>>, then: Then) {
        self.overlays.push(Overlay::Question(Question { text: text.into(), then }));
    }

    /// What a key does in the overlay on top.
    pub(crate) fn prompt_action(&mut self, action: Action) {
        let today = self.now.today();
        let last = self.help_lines().saturating_sub(self.size.1.saturating_sub(HELP_FRAME));
        match (self.overlays.last_mut(), action) {
            (Some(Overlay::GoTo(prompt)), Action::Submit) => match parse_day(&prompt.field.text(), today) {
                Ok(date) => {
                    self.overlays.pop();
                    self.show_date(date);
                }
                Err(fault) => prompt.fault = Some(fault.to_string()),
            },
            (Some(Overlay::Glass(_)), Action::Submit) => self.break_glass(),
            // What is on its way is not left.
            (Some(Overlay::Glass(glass)), Action::Leave) if glass.sending => {}
            (Some(Overlay::Filter(prompt)), Action::Leave) => {
                self.calendar.filter_by(prompt.before.clone());
                self.overlays.pop();
                self.keep_cursor();
            }
            (Some(Overlay::Palette(palette)), Action::Up | Action::Down) => {
                palette.marked = step(palette.marked, action == Action::Down, palette.commands().len());
            }
            (Some(Overlay::Palette(palette)), Action::Submit) => {
                let chosen = palette.commands().get(palette.marked).map(|binding| binding.action);
                if let Some(chosen) = chosen {
                    self.overlays.pop();
                    self.act(chosen);
                }
            }
            (Some(Overlay::Help { top, .. }), Action::Down) => *top = (*top + 1).min(last),
            (Some(Overlay::Help { top, .. }), Action::Up) => *top = top.saturating_sub(1),
            (Some(Overlay::Help { top, .. }), Action::PageDown) => *top = (*top + 10).min(last),
            (Some(Overlay::Help { top, .. }), Action::PageUp) => *top = top.saturating_sub(10),
            (Some(Overlay::Question(question)), Action::Yes) => {
                let then = question.then;
                self.overlays.pop();
                match then {
                    Then::Quit => self.leave(),
                    Then::DropForm => drop(self.overlays.pop()),
                    Then::DropBooking => self.booking = None,
                    Then::SetStaffActive(id, is_active) => self.set_staff_active(id, is_active),
                    Then::ResetPassword(id) => self.reset_password(id),
                    Then::DropNotes => {
                        if let Some(Overlay::Visit(card)) = self.overlays.last_mut() {
                            card.leave_notes();
                        }
                    }
                }
            }
            (Some(Overlay::Question(question)), Action::KeepForLater) => {
                let is_booking = question.then == Then::DropBooking;
                self.overlays.pop();
                if is_booking {
                    self.lay_booking_aside();
                } else {
                    self.lay_overlay_aside();
                }
            }
            (Some(_), Action::Submit | Action::Leave | Action::No) => drop(self.overlays.pop()),
            _ => {}
        }
    }

    /// A key that is text, in the overlay on top.
    pub(crate) fn prompt_key(&mut self, key: KeyEvent) {
        if key.code == KeyCode::Tab {
            return;
        }
        self.prompt_edit(|field| field.key(key));
    }

    /// Pasted text.
    pub(crate) fn prompt_paste(&mut self, text: &str) {
        self.prompt_edit(|field| field.paste(text));
    }

    fn prompt_edit(&mut self, edit: impl FnOnce(&mut Field) -> bool) {
        match self.overlays.last_mut() {
            Some(Overlay::GoTo(prompt)) => {
                let changed = edit(&mut prompt.field);
                prompt.fault = prompt.fault.take().filter(|_| !changed);
            }
            Some(Overlay::Filter(prompt)) => {
                edit(&mut prompt.field);
                self.calendar.filter_by(prompt.field.text());
                self.keep_cursor();
            }
            Some(Overlay::Glass(glass)) if !glass.sending => {
                let changed = edit(&mut glass.field);
                glass.fault = glass.fault.take().filter(|_| !changed);
            }
            Some(Overlay::Palette(palette)) => {
                let changed = edit(&mut palette.field);
                palette.marked = if changed { 0 } else { palette.marked };
            }
            _ => {}
        }
    }
}
