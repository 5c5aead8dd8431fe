//! An open visit: all that is known of it, and what can be done with it.

use crossterm::event::KeyEvent;

use crate::app::bindings::Action;
use crate::app::field::Field;
use crate::app::msg::{Effect, Read, Write};
use crate::app::remote::{Remote, Ticket};
use crate::app::{App, Overlay, Purpose, Screen, Undo};
use crate::domain::appointment::{Appointment, MAX_NOTES, Status, Visit};
use crate::domain::booking::{Conflict, Intent, Outcome};
use crate::domain::ids::AppointmentId;
use crate::domain::text::accept_text;
use crate::store::Result;

/// An open visit.
#[derive(Debug)]
pub struct VisitCard {
    /// Which.
    pub id: AppointmentId,
    /// What is known of it.
    pub appointment: Remote<Box<Appointment>>,
    /// The notes while they are edited.
    pub notes: Option<Field>,
    /// What is wrong with them.
    pub fault: Option<String>,
    /// Whether the notes are on their way to the store.
    pub sending: bool,
    key: String,
}

impl App {
    /// Opens a visit.
    pub(crate) fn open_visit(&mut self, id: AppointmentId) {
        let key = self.fresh_key();
        let mut card =
            VisitCard { id, appointment: Remote::default(), notes: None, fault: None, sending: false, key };
        let ticket = card.appointment.ask(self.tickets.issue());
        self.overlays.push(Overlay::Visit(Box::new(card)));
        self.effects.push(Effect::Read(ticket, Read::Appointment(id)));
    }

    /// The open visit, where one is open and nothing lies over it.
    #[must_use]
    pub fn visit_card(&self) -> Option<&VisitCard> {
        match self.overlays.last() {
            Some(Overlay::Visit(card)) => Some(card),
            _ => None,
        }
    }

    fn visit_card_mut(&mut self) -> Option<&mut VisitCard> {
        self.overlays.iter_mut().rev().find_map(|overlay| match overlay {
            Overlay::Visit(card) => Some(&mut **card),
            _ => None,
        })
    }

    /// The visit that a key means: the open one, else the one under the cursor.
    #[must_use]
    pub fn visit_meant(&self) -> Option<&Visit> {
        if let Some(card) = self.visit_card() {
            return card.appointment.value().map(|appointment| &appointment.visit);
        }
        if self.screen == Screen::Calendar { self.calendar.visit_under_cursor() } else { None }
    }

    /// The answer to the question for the open visit.
    pub(crate) fn appointment_came(&mut self, ticket: Ticket, answer: Result<Option<Box<Appointment>>>) {
        let answer =
            self.heard(answer).and_then(|found| found.ok_or_else(|| "this visit is gone".to_owned()));
        let wanted = self.after_load.take_if(|after| after.0 == ticket);
        if let Some((_, action)) = wanted {
            match (answer, action) {
                (Ok(appointment), Action::Move) => self.move_visit(*appointment),
                (Ok(_), _) => {}
                (Err(line), _) => self.toast(line),
            }
            return;
        }
        if let Some(card) = self.visit_card_mut() {
            card.appointment.answer(ticket, answer);
        }
    }

    /// What a key does with the visit that is meant.
    pub(crate) fn visit_action(&mut self, action: Action) {
        match action {
            Action::Done => self.set_status(Status::Completed),
            Action::NoShow => self.set_status(Status::NoShow),
            Action::Cancel => self.set_status(Status::Cancelled),
            Action::Reinstate => self.set_status(Status::Scheduled),
            Action::Move => {
                let loaded = self.visit_card().and_then(|card| card.appointment.value()).cloned();
                if let Some(appointment) = loaded {
                    self.move_visit(*appointment);
                } else if let Some(id) = self.visit_meant().map(|visit| visit.id) {
                    let ticket = self.tickets.issue();
                    self.after_load = Some((ticket, Action::Move));
                    self.effects.push(Effect::Read(ticket, Read::Appointment(id)));
                }
            }
            Action::EditNotes => {
                if self.visit_card().is_none()
                    && let Some(id) = self.visit_meant().map(|visit| visit.id)
                {
                    self.open_visit(id);
                }
                if let Some(card) = self.visit_card_mut() {
                    let kept = card.appointment.value().and_then(|appointment| appointment.notes.clone());
                    if card.appointment.value().is_some() {
                        card.notes = Some(Field::lines(MAX_NOTES).with(&kept.unwrap_or_default()));
                    }
                }
            }
            Action::OpenPatient => {
                if let Some(id) = self.visit_meant().map(|visit| visit.patient_id) {
                    self.open_patient(id);
                }
            }
            _ => {}
        }
    }

    /// What a key does while the notes are edited.
    pub(crate) fn notes_action(&mut self, action: Action) {
        let Some(card) = self.visit_card_mut().filter(|card| !card.sending) else { return };
        match action {
            Action::Leave => {
                card.notes = None;
                card.fault = None;
            }
            Action::Submit => {
                let Some(text) = card.notes.as_ref().map(Field::text) else { return };
                match accept_text(&text, MAX_NOTES) {
                    Err(fault) => card.fault = Some(format!("the text {fault}")),
                    Ok(text) => {
                        card.sending = true;
                        let notes = (!text.trim().is_empty()).then_some(text);
                        let intent = Intent::SetNotes { id: card.id, notes };
                        let key = card.key.clone();
                        self.write(key, Write::Visit(intent, None), Purpose::Notes);
                    }
                }
            }
            _ => {}
        }
    }

    /// A key that is text, in the notes.
    pub(crate) fn notes_key(&mut self, key: KeyEvent) {
        if let Some(card) = self.visit_card_mut().filter(|card| !card.sending)
            && let Some(field) = &mut card.notes
        {
            field.key(key);
            card.fault = None;
        }
    }

    /// Pasted text, in the notes.
    pub(crate) fn notes_paste(&mut self, text: &str) {
        if let Some(field) = self.visit_card_mut().and_then(|card| card.notes.as_mut()) {
            field.paste(text);
        }
    }

    /// The notes are kept, or why not.
    pub(crate) fn notes_written(&mut self, outcome: Result<Outcome>) {
        let answer = self.heard(outcome);
        let fresh = self.fresh_key();
        let ticket = self.tickets.issue();
        let Some(card) = self.visit_card_mut() else { return };
        card.sending = false;
        match answer {
            Ok(Outcome::Done { appointment, .. }) => {
                card.notes = None;
                card.key = fresh;
                card.appointment.ask(ticket);
                card.appointment.answer(ticket, Ok(appointment));
                self.toast("Notes kept");
            }
            Ok(Outcome::Refused(_)) => {}
            Err(line) => card.fault = Some(line),
        }
    }

    /// Writes another status.
    pub(crate) fn write_status(&mut self, visit: &Visit, status: Status) {
        if self.changing.contains(&visit.id) {
            return;
        }
        self.changing.push(visit.id);
        let key = self.fresh_key();
        let intent = Intent::SetStatus { id: visit.id, status };
        let undo = Undo { id: visit.id, patient: visit.patient_name.clone(), back_to: visit.status };
        self.write(key, Write::Visit(intent, None), Purpose::Status(undo));
    }

    /// Takes the last change of status back.
    pub(crate) fn undo(&mut self) {
        let Some(undo) = self.undo.take() else {
            self.toast("There is nothing to undo");
            return;
        };
        if self.changing.contains(&undo.id) {
            return;
        }
        self.changing.push(undo.id);
        let key = self.fresh_key();
        let intent = Intent::SetStatus { id: undo.id, status: undo.back_to };
        self.write(key, Write::Visit(intent, None), Purpose::Undo(undo));
    }

    /// A status is kept, or why not.
    pub(crate) fn status_written(&mut self, undo: Undo, undone: bool, outcome: Result<Outcome>) {
        self.changing.retain(|id| *id != undo.id);
        let answer = self.heard(outcome);
        match answer {
            Ok(Outcome::Done { appointment, .. }) => {
                let word = super::status_word(appointment.visit.status);
                let name = &undo.patient;
                if undone {
                    self.toast(format!("Undone: {name} is {word} again"));
                } else {
                    self.toast(format!("{name} is {word} · u undoes it"));
                    self.undo = Some(undo);
                }
                let ticket = self.tickets.issue();
                if let Some(card) = self.visit_card_mut().filter(|card| card.id == appointment.visit.id) {
                    card.appointment.ask(ticket);
                    card.appointment.answer(ticket, Ok(appointment));
                }
                self.look_now();
                if let Some(id) = self.patients.card.value().map(|card| card.patient.id) {
                    self.load_card(id);
                }
            }
            Ok(Outcome::Refused(verdict)) => {
                let why = verdict.conflicts.iter().find_map(Conflict::clash).map_or_else(
                    || "the time is outside the doctor's hours".to_owned(),
                    |clash| format!("{} has the time now", clash.held.visit.patient_name),
                );
                self.toast(format!("{} stays as it was: {why}; m moves it to another", undo.patient));
            }
            Err(line) => self.toast(line),
        }
    }
}
