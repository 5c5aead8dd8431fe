//! What is typed: where keys work, what a key means there, and who is given it.

use crossterm::event::{Event, KeyEvent, KeyEventKind};

use super::bindings::Action;
use super::gate::Why;
use super::keymap::{self, Context, Key};
use super::msg::Effect;
use super::screens::booking::{Focus, Form};
use super::{App, Overlay, Screen};

impl App {
    /// Where keys work now, innermost first.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        if self.gate.is_closed() {
            return vec![Context::SignIn];
        }
        let mut contexts = match self.overlays.last() {
            Some(Overlay::Help { .. }) => vec![Context::Help],
            Some(Overlay::Palette(_)) => vec![Context::List],
            Some(Overlay::GoTo(_) | Overlay::Filter(_) | Overlay::Glass(_)) => vec![Context::Prompt],
            Some(Overlay::Visit(card)) if card.notes.is_some() => vec![Context::Form],
            Some(Overlay::Visit(_)) => vec![Context::Visit, Context::OpenVisit],
            Some(Overlay::History(_)) => vec![Context::History],
            Some(Overlay::Record(_) | Overlay::Staff(_)) => vec![Context::Form],
            Some(Overlay::Told(_)) => vec![Context::Told],
            Some(Overlay::Question(question)) if question.then.drops_what_is_typed() => {
                vec![Context::Question, Context::Dropping]
            }
            Some(Overlay::Question(_)) => vec![Context::Question],
            None => match (&self.booking, self.screen) {
                (Some(form), _) if form.focus == Focus::Verdict && !self.openings_offered().is_empty() => {
                    vec![Context::Verdict, Context::Booking]
                }
                (Some(_), _) => vec![Context::Booking],
                (None, Screen::Calendar) if self.calendar.visit_under_cursor().is_some() => {
                    vec![Context::Visit, Context::Calendar]
                }
                (None, Screen::Calendar) => vec![Context::Calendar],
                (None, Screen::Patients) if self.patients.visit.is_some() => vec![Context::PatientVisits],
                (None, Screen::Patients) => vec![Context::Patients],
                (None, Screen::Clinic) => vec![self.office.context()],
            },
        };
        contexts.push(Context::Everywhere);
        contexts
    }

    pub(super) fn input(&mut self, event: Event) -> bool {
        match event {
            Event::Key(key) if key.kind == KeyEventKind::Release => return false,
            Event::Key(_) | Event::Paste(_) => {
                self.gate.touch(self.now.at);
                if self.gate.is_closed() {
                    self.at_the_door(&event);
                } else if !self.is_dropped(&event) && !self.hold(&event) {
                    self.take(event);
                }
            }
            Event::Resize(width, height) => {
                self.size = (width, height);
                if !self.gate.is_closed() {
                    self.keep_cursor();
                }
            }
            _ => return false,
        }
        true
    }

    pub(super) fn take(&mut self, event: Event) {
        match event {
            Event::Key(key) => self.key(key),
            Event::Paste(text) => self.paste(&text),
            _ => {}
        }
    }

    fn key(&mut self, key: KeyEvent) {
        // A message has been seen by the time of the next key, and what it covered is wanted.
        self.toast = None;
        let action = keymap::action(&self.contexts(), Key::pressed(key));
        // What cannot be seen is not worked blindly: only ways out, and their question.
        if self.is_too_small() && !matches!(self.overlays.last(), Some(Overlay::Question(_))) {
            if let Some(action) = action.filter(|action| action.is_way_out()) {
                self.act(action);
            }
            return;
        }
        if let Some(action) = action {
            return self.act(action);
        }
        match self.overlays.last() {
            Some(Overlay::Record(_)) => self.record_key(key),
            Some(Overlay::Staff(_)) => self.staff_form_key(key),
            Some(Overlay::Visit(_)) => self.notes_key(key),
            Some(_) => self.prompt_key(key),
            None if self.booking.is_some() => self.booking_key(key),
            None if self.screen == Screen::Patients => self.patients_key(key),
            None if self.screen == Screen::Clinic => self.trail_key(key),
            None => {}
        }
    }

    fn paste(&mut self, text: &str) {
        match self.overlays.last() {
            _ if self.is_too_small() => {}
            Some(Overlay::Record(_)) => self.record_paste(text),
            Some(Overlay::Staff(_)) => self.staff_form_paste(text),
            Some(Overlay::Visit(_)) => self.notes_paste(text),
            Some(_) => self.prompt_paste(text),
            None if self.booking.is_some() => self.booking_paste(text),
            None if self.screen == Screen::Patients => self.patients_paste(text),
            None if self.screen == Screen::Clinic => self.trail_paste(text),
            None => {}
        }
    }

    /// Does what a key, or the palette, says.
    pub(super) fn act(&mut self, action: Action) {
        if let Some(forbidden) = self.refusal(action) {
            self.note_refusal(action, forbidden.deed);
            return self.toast(forbidden.to_string());
        }
        match action {
            Action::Help => return self.open_help(),
            Action::Palette => return self.open_palette(),
            Action::Redraw => return self.effects.push(Effect::Redraw),
            Action::Lock => return self.close(Why::Locked),
            Action::SignOut => return self.sign_out(),
            Action::Suspend => return self.suspend(),
            Action::Quit => return self.quit(),
            Action::Undo => return self.undo(),
            Action::ShowCalendar | Action::ShowPatients | Action::ShowClinic
                if self.has_unsaved_overlay() =>
            {
                return self.toast("Save or leave this form first");
            }
            Action::ShowCalendar => return self.show_calendar(),
            Action::ShowPatients | Action::ShowClinic
                if self.booking.as_ref().is_some_and(Form::is_dirty) =>
            {
                return self.toast("Book or leave this visit first");
            }
            Action::ShowClinic => return self.show_clinic(),
            Action::ShowPatients => return self.show_patients(),
            _ => {}
        }
        let meant_by_visit = keymap::active(&[Context::Visit]).iter().any(|binding| binding.action == action);
        match self.overlays.last() {
            Some(Overlay::Record(_)) => self.record_action(action),
            Some(Overlay::Staff(_)) => self.staff_form_action(action),
            Some(Overlay::Visit(card)) if card.notes.is_some() => self.notes_action(action),
            Some(Overlay::Visit(_)) if action == Action::History => self.open_history(),
            Some(Overlay::Visit(_)) if meant_by_visit => self.visit_action(action),
            Some(Overlay::History(_)) => self.history_action(action),
            Some(_) => self.prompt_action(action),
            None if self.booking.is_some() => self.booking_action(action),
            None if self.screen == Screen::Patients => self.patients_action(action),
            None if self.screen == Screen::Clinic => self.clinic_action(action),
            None if meant_by_visit => self.visit_action(action),
            None => self.calendar_action(action),
        }
    }
}
