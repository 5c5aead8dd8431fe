//! The pause that is waited for where what had the keys closed by itself: whoever was typing types on for a
//! moment, and what they typed is meant for what is gone.

use crossterm::event::Event;

use super::bindings::Action;
use super::keymap::{self, Key};
use super::{App, Screen};
use crate::domain::clock::Instant;
use chrono::TimeDelta;

/// For how long nothing must be typed before a key is taken again.
const PAUSE: TimeDelta = TimeDelta::seconds(2);

/// Whether keys are dropped.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pause(Option<Instant>);

impl Pause {
    /// What had the keys closed by itself at a moment, or not.
    pub(super) fn since(closed: Option<Instant>) -> Self {
        Pause(closed)
    }

    /// Whether a key of this moment is one of those that were typed for what is gone.
    pub(super) fn drops(&mut self, at: Instant) -> bool {
        self.0 = self.0.filter(|last| at - *last < PAUSE).map(|_| at);
        self.0.is_some()
    }

    /// Whether keys were dropped until now, as far as is known.
    pub(super) fn is_on(&self) -> bool {
        self.0.is_some()
    }
}

/// What has the keys: what a key means there is another in each.
#[derive(PartialEq, Eq)]
pub(super) struct Keyboard {
    screen: Screen,
    overlays: usize,
    has_booking: bool,
}

impl App {
    pub(super) fn keyboard(&self) -> Keyboard {
        let has_booking = self.booking.is_some();
        Keyboard { screen: self.screen, overlays: self.overlays.len(), has_booking }
    }

    /// Drops what is typed until there was a pause, where something closed, or a screen changed, and not by a
    /// key of the typist. The line says so meanwhile.
    pub(super) fn drop_keys(&mut self, line: &'static str) {
        self.held.clear();
        self.pause = (Pause::since(Some(self.now.at)), line);
        self.toast(line);
    }

    /// Whether it is dropped, which is said. Locking the desk is always meant.
    pub(super) fn is_dropped(&mut self, event: &Event) -> bool {
        let (pause, line) = &mut self.pause;
        if !pause.is_on() {
            return false;
        }
        let line = *line;
        let locks = matches!(event, Event::Key(key)
            if keymap::action(&self.contexts(), Key::pressed(*key)) == Some(Action::Lock));
        if locks || !self.pause.0.drops(self.now.at) {
            return false;
        }
        self.toast(line);
        true
    }
}
