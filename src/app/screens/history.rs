//! What was done to a visit: who booked, moved, overbooked and cancelled it, and when.

use crate::app::bindings::Action;
use crate::app::msg::{Effect, Read};
use crate::app::remote::{Remote, Ticket};
use crate::app::{App, Overlay};
use crate::domain::audit::VisitEvent;
use crate::domain::ids::AppointmentId;
use crate::store::Result;

/// A visit's history, over the open visit.
#[derive(Debug)]
pub struct History {
    /// Which visit.
    pub id: AppointmentId,
    /// What was done, oldest first.
    pub events: Remote<Vec<VisitEvent>>,
    /// The first event shown.
    pub top: usize,
}

impl App {
    /// Shows what was done to the open visit.
    pub(crate) fn open_history(&mut self) {
        if let Some(id) = self.visit_card().map(|card| card.id) {
            let history = History { id, events: Remote::default(), top: 0 };
            self.overlays.push(Overlay::History(Box::new(history)));
            self.read_history_again();
        }
    }

    /// Reads the history that is shown, where one is; what is known of it stays meanwhile.
    pub(crate) fn read_history_again(&mut self) {
        let ticket = self.tickets.issue();
        if let Some(history) = self.history_mut() {
            history.events.ask(ticket);
            let read = Read::History(history.id);
            self.effects.push(Effect::Read(ticket, read));
        }
    }

    fn history_mut(&mut self) -> Option<&mut History> {
        self.overlays.iter_mut().rev().find_map(|overlay| match overlay {
            Overlay::History(history) => Some(&mut **history),
            _ => None,
        })
    }

    /// The answer to the question for a history.
    pub(crate) fn history_came(&mut self, ticket: Ticket, answer: Result<Vec<VisitEvent>>) {
        let answer = self.heard(answer);
        if let Some(history) = self.history_mut() {
            history.events.answer(ticket, answer);
        }
    }

    /// What a key does in the history that is shown.
    pub(crate) fn history_action(&mut self, action: Action) {
        let Some(history) = self.history_mut() else { return };
        let last = history.events.value().map_or(0, |events| events.len().saturating_sub(1));
        match action {
            Action::Down => history.top = (history.top + 1).min(last),
            Action::Up => history.top = history.top.saturating_sub(1),
            Action::PageDown => history.top = (history.top + 5).min(last),
            Action::PageUp => history.top = history.top.saturating_sub(5),
            Action::Leave => drop(self.overlays.pop()),
            _ => {}
        }
    }
}
