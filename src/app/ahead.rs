//! What is typed ahead of an answer.
//!
//! A person's hands are faster than a store, and a slow link hands over several keys at once. Where
//! a key cannot be understood before an answer is here (Enter on a name that is being looked for,
//! and then a second Enter), it is held with all that follow it, and taken when the answer is
//! here: it means what it would have meant had the store answered at once. Where the answer is
//! another than the one it was typed for (nobody found, the time taken), what was held is dropped.

use crossterm::event::{Event, KeyCode, KeyModifiers};

use super::bindings::Action;
use super::keymap::{self, Key};
use super::screens::booking::Focus;
use super::{App, Screen};

impl App {
    /// Whether it was held back: then nothing else is to be done with it now.
    pub(super) fn hold(&mut self, event: &Event) -> bool {
        // What lies over all has its keys at once: the question whether to quit.
        if !self.overlays.is_empty() || self.held.is_empty() && !self.awaits(event) {
            return false;
        }
        match self.action_of(event) {
            // A letter behind what opens a form may be a name's, once the form is open.
            Some(Action::Quit) if is_letter(event) && self.opens_a_form() => {}
            Some(action) if action.is_way_out() => return false,
            _ => {}
        }
        // The way out of waiting is the way out of what is waited in.
        let leaves = matches!(event, Event::Key(key) if key.code == KeyCode::Esc);
        if leaves && !self.sends() {
            self.await_no_more();
            return false;
        }
        self.held.push_back(event.clone());
        true
    }

    /// Takes what was held as far as it is understood now. Says whether there was anything.
    pub(super) fn release(&mut self) -> bool {
        let mut any = false;
        if !self.overlays.is_empty() || self.gate.is_closed() {
            return false;
        }
        while let Some(event) = self.held.pop_front() {
            if self.awaits(&event) {
                self.held.push_front(event);
                break;
            }
            any = true;
            self.take(event);
        }
        any
    }

    /// What was held was typed for another answer than the one that came.
    pub(super) fn drop_held(&mut self) {
        self.held.clear();
    }

    fn action_of(&self, event: &Event) -> Option<Action> {
        match event {
            Event::Key(key) => keymap::action(&self.contexts(), Key::pressed(*key)),
            _ => None,
        }
    }

    fn sends(&self) -> bool {
        self.booking.as_ref().is_some_and(|form| form.sending)
    }

    /// Whether something is on its way without which this cannot be understood.
    fn awaits(&self, event: &Event) -> bool {
        if !self.overlays.is_empty() {
            return false;
        }
        if let Some(form) = &self.booking {
            return form.sending || form.pick_on_arrival && form.focus == Focus::Patient;
        }
        match self.screen {
            Screen::Patients => {
                let to_visits = || self.action_of(event) == Some(Action::SwitchPane);
                self.patients.on_arrival.is_some()
                    || self.patients.is_loading() && to_visits()
                    || self.patients.awaits_more(self.action_of(event))
            }
            Screen::Clinic => false,
            Screen::Calendar if self.calendar.after_opening.is_some() => true,
            // Another day may be gone to from one that is not here yet.
            Screen::Calendar => {
                self.calendar.is_turning() && !self.action_of(event).is_some_and(Action::goes_to_a_date)
            }
        }
    }

    /// Whether what was typed before waits for an answer to open what letters are typed in.
    fn opens_a_form(&self) -> bool {
        !self.held.is_empty() || self.calendar.after_opening.is_some() || self.patients.on_arrival.is_some()
    }

    fn await_no_more(&mut self) {
        self.held.clear();
        self.patients.on_arrival = None;
        self.calendar.after_opening = None;
        self.calendar.openings.clear();
        if let Some(form) = &mut self.booking {
            form.pick_on_arrival = false;
        }
    }
}

impl Action {
    fn goes_to_a_date(self) -> bool {
        use Action::{GoTo, NextDay, NextWeek, PreviousDay, PreviousWeek, Today};
        matches!(self, GoTo | NextDay | NextWeek | PreviousDay | PreviousWeek | Today)
    }
}

/// Whether a key writes a letter, wherever letters are written.
fn is_letter(event: &Event) -> bool {
    matches!(event, Event::Key(key) if matches!(key.code, KeyCode::Char(_))
        && !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT))
}
