//! An open visit: all that is known of it, and what can be done with it.

use crossterm::event::KeyEvent;

use crate::app::bindings::Action;
use crate::app::field::Field;
use crate::app::msg::{Attempt, Effect, Read, Write};
use crate::app::remote::{Remote, Ticket};
use crate::app::screens::booking::Moving;
use crate::app::screens::prompts::Then;
use crate::app::{App, Overlay, Purpose, Screen, Undo};
use crate::domain::appointment::{Appointment, MAX_NOTES, Status, Visit};
use crate::domain::booking::{Conflict, Intent, Outcome};
use crate::domain::draft::{Draft, NotesDraft};
use crate::domain::ids::AppointmentId;
use crate::domain::patient::Named;
use crate::domain::text::accept_text;
use crate::store::{Result, StoreError};

/// An open visit.
#[derive(Debug)]
pub struct VisitCard {
    /// Which.
    pub id: AppointmentId,
    /// What the place from which it was opened knows of it.
    known: Visit,
    /// All that is known of it.
    pub appointment: Remote<Box<Appointment>>,
    /// The notes while they are edited.
    pub notes: Option<Field>,
    /// Whether editing began before the notes were read: what is typed goes behind them.
    notes_awaited: bool,
    /// The notes from which editing began.
    notes_before: Option<String>,
    /// Whether somebody else wrote others meanwhile: those are read, and shown before they are
    /// replaced.
    notes_overtaken: bool,
    /// What is wrong with them.
    pub fault: Option<String>,
    /// Whether the notes are on their way to the store.
    pub sending: bool,
    attempt: Attempt,
}

impl VisitCard {
    fn of(visit: Visit) -> Self {
        VisitCard {
            id: visit.id,
            known: visit,
            appointment: Remote::default(),
            notes: None,
            notes_awaited: false,
            notes_before: None,
            notes_overtaken: false,
            fault: None,
            sending: false,
            attempt: Attempt::default(),
        }
    }

    /// The card with its notes as they were kept: where others were written since, the store says so.
    pub(in crate::app) fn kept(draft: &NotesDraft, appointment: Appointment) -> Self {
        let mut card = VisitCard::of(appointment.visit.clone());
        card.notes = Some(Field::lines(MAX_NOTES).with(&draft.notes));
        card.notes_before.clone_from(&draft.instead_of);
        card.appointment.put(Box::new(appointment));
        card
    }

    /// What is to be kept of its notes where nobody left them; none where nothing was typed.
    pub(in crate::app) fn draft(&self) -> Option<Draft> {
        let notes = self.notes.as_ref().filter(|_| self.is_dirty())?.text();
        // What was typed before the notes were here goes behind them: kept alone, it would take their place.
        let instead_of = self.notes_before.clone().filter(|_| !self.notes_awaited);
        Some(Draft::Notes(NotesDraft { notes_of: self.id, notes, instead_of }))
    }

    /// The visit, as far as it is known.
    #[must_use]
    pub fn visit(&self) -> &Visit {
        self.appointment.value().map_or(&self.known, |appointment| &appointment.visit)
    }

    /// Whether leaving the notes would lose anything.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        let kept = self.appointment.value().and_then(|appointment| appointment.notes.as_deref());
        self.notes.as_ref().is_some_and(|notes| notes.text() != kept.unwrap_or_default())
    }
}

impl App {
    /// Opens a visit.
    pub(crate) fn open_visit(&mut self, visit: Visit) {
        self.overlays.push(Overlay::Visit(Box::new(VisitCard::of(visit))));
        self.read_visit_again();
    }

    /// Reads the open visit, where one is open; what is known of it stays meanwhile.
    pub(crate) fn read_visit_again(&mut self) {
        let ticket = self.tickets.issue();
        if let Some(card) = self.visit_card_mut() {
            card.appointment.ask(ticket);
            let read = Read::Appointment(card.id);
            self.effects.push(Effect::Read(ticket, read));
        }
        self.read_history_again();
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
            return Some(card.visit());
        }
        if self.screen == Screen::Calendar { self.calendar.visit_under_cursor() } else { None }
    }

    /// The answer to the question for the open visit.
    pub(crate) fn appointment_came(&mut self, ticket: Ticket, answer: Result<Option<Box<Appointment>>>) {
        let answer =
            self.heard(answer).and_then(|found| found.ok_or_else(|| "this visit is gone".to_owned()));
        let asked = self.overtaken.take_if(|(asked, _)| *asked == ticket);
        if let (Some((_, undo)), Ok(now)) = (asked, &answer) {
            self.say_overtaken(&undo, now);
        }
        let Some(card) = self.visit_card_mut() else { return };
        let taken = card.appointment.answer(ticket, answer) && card.appointment.failure().is_none();
        if taken && card.notes_awaited {
            let ahead = card.notes.as_ref().map(Field::text).unwrap_or_default();
            card.edit_notes();
            card.notes.as_mut().map(|field| field.paste(&ahead));
        }
        if taken && std::mem::take(&mut card.notes_overtaken) {
            card.notes_before = card.appointment.value().and_then(|appointment| appointment.notes.clone());
            let theirs = card.notes_before.as_deref().unwrap_or("nothing");
            card.fault = Some(format!("somebody else wrote: {theirs} · Ctrl-S writes yours instead"));
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
                if let Some(visit) = self.visit_meant().cloned() {
                    let patient = self.patient_of(&visit);
                    let doctor_name = self.name_of_doctor(&visit);
                    self.move_visit(Moving { visit, patient, doctor_name });
                }
            }
            Action::EditNotes => {
                if self.visit_card().is_none()
                    && let Some(visit) = self.visit_meant().cloned()
                {
                    self.open_visit(visit);
                }
                if let Some(card) = self.visit_card_mut() {
                    card.edit_notes();
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

    /// Who has a visit, as far as it was read.
    pub(crate) fn patient_of(&self, visit: &Visit) -> Named {
        let read = self.visit_card().and_then(|card| card.appointment.value());
        let read = read.filter(|read| read.visit.patient_id == visit.patient_id);
        let shown = || self.calendar.known().and_then(|day| day.patient_of(visit)).cloned();
        let nobody = || Named { name: format!("patient #{}", visit.patient_id), born: None };
        read.map(|read| read.patient()).or_else(shown).unwrap_or_else(nobody)
    }

    pub(crate) fn name_of_doctor(&self, visit: &Visit) -> String {
        let read = self.visit_card().and_then(|card| card.appointment.value());
        if let Some(appointment) = read {
            return appointment.doctor_name.clone();
        }
        let doctors = self.calendar.all_doctors();
        let doctor = doctors.iter().find(|doctor| doctor.id == visit.doctor_id);
        doctor.map(|doctor| doctor.details.name.clone()).unwrap_or_default()
    }

    /// What a key does while the notes are edited.
    pub(crate) fn notes_action(&mut self, action: Action) {
        let fresh = self.fresh_key();
        let Some(card) = self.visit_card_mut().filter(|card| !card.sending) else { return };
        match action {
            Action::Leave if card.is_dirty() => {
                self.ask("Leave the notes? What is typed in them is lost.", Then::DropNotes);
            }
            Action::Leave => card.leave_notes(),
            // What was typed goes behind notes that are not here yet: it is not the whole text.
            Action::Submit if card.notes_awaited => {
                card.fault = Some("the notes that are kept were not read yet; try again".to_owned());
            }
            Action::Submit => {
                let Some(text) = card.notes.as_ref().map(Field::text) else { return };
                match accept_text(&text, MAX_NOTES) {
                    Err(fault) => card.fault = Some(format!("the text {fault}")),
                    Ok(text) => {
                        card.sending = true;
                        let notes = (!text.trim().is_empty()).then_some(text);
                        let instead_of = card.notes_before.clone();
                        let intent = Intent::SetNotes { id: card.id, instead_of, notes };
                        let write = Write::Visit(intent, None);
                        let key = card.attempt.key(&write, fresh);
                        self.write(key, write, Purpose::Notes);
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
        let card = self.visit_card_mut().filter(|card| !card.sending);
        if let Some(field) = card.and_then(|card| card.notes.as_mut()) {
            field.paste(text);
        }
    }

    /// The notes are kept, or why not.
    pub(crate) fn notes_written(&mut self, outcome: Result<Outcome>) {
        let overtaken = matches!(outcome, Err(StoreError::Changed { .. }));
        let answer = self.heard(outcome);
        let ticket = self.tickets.issue();
        let Some(card) = self.visit_card_mut() else { return };
        card.sending = false;
        match answer {
            Ok(Outcome::Done { appointment, .. }) => {
                card.leave_notes();
                card.appointment.ask(ticket);
                card.appointment.answer(ticket, Ok(appointment));
                self.toast("Notes kept");
            }
            Ok(Outcome::Refused(_)) => {}
            Err(line) => {
                card.fault = Some(line);
                card.notes_overtaken = overtaken;
                if overtaken {
                    self.read_visit_again();
                }
            }
        }
    }

    /// Writes another status.
    pub(crate) fn write_status(&mut self, visit: &Visit, status: Status) {
        if self.changing.contains(&visit.id) {
            return;
        }
        self.changing.push(visit.id);
        let key = self.fresh_key();
        let intent = Intent::SetStatus { id: visit.id, status, seen: Some(visit.clone()) };
        let patient = self.patient_of(visit).short();
        let undo = Undo { visit: visit.clone(), patient, back_to: visit.status, to: status };
        self.write(key, Write::Visit(intent, None), Purpose::Status(undo));
    }

    /// Takes the last change of status back.
    pub(crate) fn undo(&mut self) {
        if self.writing.iter().any(|(_, purpose)| matches!(purpose, Purpose::Status(_))) {
            // Typed ahead of the answer to the change that is meant: done when that comes.
            self.undo_on_arrival = true;
            return;
        }
        let Some(mut undo) = self.undo.take() else {
            self.toast("There is nothing to undo");
            return;
        };
        let id = undo.visit.id;
        let shown = self.calendar.known().and_then(|day| day.visits.iter().find(|visit| visit.id == id));
        if let Some(visit) = shown {
            if visit.status != undo.to {
                // Another desk changed it since: there is nothing of ours to take back.
                let line = format!("{} is {} meanwhile", undo.patient, super::status_word(visit.status));
                self.toast(line);
                return;
            }
            // Where it was moved since, that is seen.
            undo.visit = visit.clone();
        }
        self.changing.push(id);
        let key = self.fresh_key();
        let intent = Intent::SetStatus { id, status: undo.back_to, seen: Some(undo.visit.clone()) };
        self.write(key, Write::Visit(intent, None), Purpose::Undo(undo));
    }

    /// A status is kept, or why not.
    pub(crate) fn status_written(&mut self, mut undo: Undo, undone: bool, outcome: Result<Outcome>) {
        self.changing.retain(|id| *id != undo.visit.id);
        let undo_it = !undone && std::mem::take(&mut self.undo_on_arrival);
        let overtaken = matches!(outcome, Err(StoreError::Changed { .. }));
        let answer = self.heard(outcome);
        match answer {
            Ok(Outcome::Done { appointment, .. }) => {
                let word = super::status_word(appointment.visit.status);
                self.show_written(&appointment);
                let name = &undo.patient;
                if undone {
                    self.toast(format!("Undone: {name} is {word} again"));
                } else {
                    // What came of a visit is known when its day has come: before, it was another key or visit.
                    let early = appointment.visit.is_early(self.now.today());
                    let early = if early { ", before its day" } else { "" };
                    self.toast(format!("{name} is {word}{early} · u undoes it"));
                    undo.visit = appointment.visit.clone();
                    self.undo = Some(undo);
                    if undo_it {
                        self.undo();
                    }
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
                    |clash| format!("{} has the time now", clash.held.patient().short()),
                );
                self.toast(format!("{} stays as it was: {why}; m moves it to another", undo.patient));
            }
            Err(line) => {
                self.toast(line);
                if overtaken {
                    self.read_overtaken(undo);
                } else if undone {
                    self.undo = Some(undo);
                }
            }
        }
    }

    /// Another desk changed a visit that was to be changed here: nothing was done. What it is now is
    /// asked for, to be shown and said.
    fn read_overtaken(&mut self, undo: Undo) {
        self.look_now();
        let (id, ticket) = (undo.visit.id, self.tickets.issue());
        if let Some(card) = self.visit_card_mut().filter(|card| card.id == id) {
            card.appointment.ask(ticket);
        }
        self.effects.push(Effect::Read(ticket, Read::Appointment(id)));
        self.overtaken = Some((ticket, undo));
    }

    fn say_overtaken(&mut self, undo: &Undo, now: &Appointment) {
        self.show_written(now);
        let (name, visit) = (&undo.patient, &now.visit);
        let what = if visit.status == undo.visit.status {
            let when = visit.starts.format("%a %-d %b %H:%M");
            format!("is at {when} now, {} min, {}", visit.minutes, now.doctor_name)
        } else {
            format!("is {} now", super::status_word(visit.status))
        };
        let who = now.changed_by.as_ref().map_or(String::new(), |who| format!(", by {who}"));
        self.toast(format!("{name} {what}{who}; nothing was changed here"));
        if let Some(id) = self.patients.card.value().map(|card| card.patient.id) {
            self.load_card(id);
        }
    }
}

impl VisitCard {
    /// Begins to edit the notes as they are kept, or, while they are being read, what goes behind
    /// them.
    fn edit_notes(&mut self) {
        let appointment = self.appointment.value();
        self.notes_awaited = appointment.is_none();
        let kept = appointment.and_then(|appointment| appointment.notes.as_deref());
        self.notes_before = kept.map(str::to_owned);
        self.notes = Some(Field::lines(MAX_NOTES).with(kept.unwrap_or_default()));
    }

    /// Leaves the notes as they are kept.
    pub(crate) fn leave_notes(&mut self) {
        self.notes = None;
        self.notes_awaited = false;
        self.fault = None;
    }
}
