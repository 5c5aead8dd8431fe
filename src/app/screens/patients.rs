//! The patients screen: look-up as somebody types, and the person beside the list.

use crossterm::event::KeyEvent;

use super::booking::step;
use crate::app::bindings::Action;
use crate::app::field::Field;
use crate::app::msg::{Card, Effect, FOUND, Read, VISITS};
use crate::app::remote::{Remote, Ticket};
use crate::app::{App, Overlay, Screen};
use crate::domain::appointment::Appointment;
use crate::domain::ids::PatientId;
use crate::domain::patient::Patient;
use crate::store::sql::search::Found;
use crate::store::{Result, StoreError};

/// How near the last visit that was read the mark may come before more are read.
const NEAR: usize = 10;
/// How many visits a page is.
const PAGE: usize = 10;

/// The patients screen.
#[derive(Debug)]
pub struct Patients {
    /// What is looked for.
    pub query: Field,
    /// Whom it means.
    pub found: Remote<Found>,
    /// Which of them is marked.
    pub marked: usize,
    /// The marked person with their visits.
    pub card: Remote<Box<Card>>,
    /// The visit that is marked, when the cursor is among the visits.
    pub visit: Option<usize>,
    /// Who is not the doctor's: their record stays closed until it is said why.
    closed: Option<PatientId>,
    /// Whose card was asked for last, and how many visits of each kind at the most.
    asked: Option<(PatientId, u16)>,
    /// The question whether another desk changed anything of who is shown.
    watch: Option<Ticket>,
    /// What was typed ahead of the look-up's answer, and is done with the best that it brings.
    pub(in crate::app) on_arrival: Option<Action>,
}

impl Default for Patients {
    fn default() -> Self {
        Patients {
            query: Field::line(100),
            found: Remote::default(),
            marked: 0,
            card: Remote::default(),
            visit: None,
            closed: None,
            asked: None,
            watch: None,
            on_arrival: None,
        }
    }
}

impl Patients {
    /// The marked patient.
    #[must_use]
    pub fn marked(&self) -> Option<&Patient> {
        self.found.value().and_then(|found| found.patients.get(self.marked))
    }

    /// The person shown beside the list: who was opened or registered, or the marked one.
    #[must_use]
    pub fn shown(&self) -> Option<&Patient> {
        self.marked().or_else(|| self.card.value().map(|card| &card.patient))
    }

    /// The person shown, where their record is closed to the doctor who looks.
    #[must_use]
    pub fn closed(&self) -> Option<&Patient> {
        self.shown().filter(|patient| self.closed == Some(patient.id))
    }

    /// Whether the record that is shown was opened by saying why.
    #[must_use]
    pub fn is_by_break_glass(&self) -> bool {
        let shown = self.shown().map(|patient| patient.id);
        self.card.value().is_some_and(|card| card.by_break_glass && Some(card.patient.id) == shown)
    }

    /// Whether the last question for a person is whether they are still as they are shown.
    pub(in crate::app) fn is_watched(&self) -> bool {
        self.watch.is_some() && !self.card.is_loading()
    }

    /// Whether what a key goes down to among the visits is on its way.
    pub(in crate::app) fn awaits_more(&self, action: Option<Action>) -> bool {
        let by = match action {
            Some(Action::Down) => 1,
            Some(Action::PageDown) => PAGE,
            _ => return false,
        };
        self.card.is_loading() && self.visit.is_some_and(|at| at + by >= self.visits().len())
    }

    /// Whether there are more visits than were read, and the marked one is near the last of them.
    fn wants_more(&self) -> bool {
        let (Some(at), Some(card)) = (self.visit, self.card.value()) else { return false };
        let near = |last: usize| (last.saturating_sub(NEAR)..last).contains(&at);
        card.later > 0 && near(card.next.len()) || card.earlier > 0 && near(card.next.len() + card.past.len())
    }

    /// Whether who is marked, or their visits, are on their way.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        self.found.is_loading() || self.card.is_loading()
    }

    /// The visits of the person, next ones first.
    #[must_use]
    pub fn visits(&self) -> Vec<&Appointment> {
        let shown = self.shown().map(|patient| patient.id);
        let card = self.card.value().filter(|card| Some(card.patient.id) == shown);
        card.map(|card| card.next.iter().chain(&card.past).collect()).unwrap_or_default()
    }
}

impl App {
    /// What a key does on the patients screen.
    pub(crate) fn patients_action(&mut self, action: Action) {
        let page = usize::from(self.size.1.saturating_sub(8)).max(1);
        match action {
            // Whoever is marked now is not who was looked for.
            Action::BookPatient | Action::EditPatient if self.patients.found.is_loading() => {
                self.patients.on_arrival = Some(action);
            }
            Action::Up | Action::Down if self.patients.visit.is_some() => {
                let count = self.patients.visits().len();
                let at = self.patients.visit.unwrap_or(0);
                self.mark_visit(step(at, action == Action::Down, count));
            }
            Action::PageUp | Action::PageDown if self.patients.visit.is_some() => {
                let at = self.patients.visit.unwrap_or(0);
                let to = if action == Action::PageUp { at.saturating_sub(PAGE) } else { at + PAGE };
                self.mark_visit(to);
            }
            Action::Up => self.mark_patient(self.patients.marked.saturating_sub(1)),
            Action::Down => self.mark_patient(self.patients.marked + 1),
            Action::PageUp => self.mark_patient(self.patients.marked.saturating_sub(page)),
            Action::PageDown => self.mark_patient(self.patients.marked + page),
            Action::SwitchPane => {
                let back = self.patients.visit.is_some() || self.patients.visits().is_empty();
                self.patients.visit = None;
                if !back {
                    self.mark_visit(0);
                }
            }
            Action::OpenVisit => {
                if let Some(visit) = self.marked_visit().map(|appointment| appointment.visit.clone()) {
                    self.open_visit(visit);
                }
            }
            Action::ShowOnCalendar => {
                if let Some(visit) = self.marked_visit().map(|appointment| appointment.visit.clone()) {
                    self.show_on_calendar(&visit);
                }
            }
            Action::BookPatient => {
                if self.patients.closed().is_some() {
                    self.toast("Not your patient: Ctrl-G opens the record with a reason, then book");
                } else if let Some(patient) = self.patients.shown().cloned() {
                    self.show_calendar();
                    self.book_for(patient);
                }
            }
            Action::NewPatient => {
                let typed = self.patients.query.text();
                self.open_register(&typed);
            }
            Action::EditPatient => {
                if let Some(patient) = self.patients.shown().cloned() {
                    self.open_edit(patient);
                }
            }
            Action::BreakGlass => self.ask_why(),
            Action::Leave => self.show_calendar(),
            _ => {}
        }
    }

    pub(in crate::app) fn marked_visit(&self) -> Option<&Appointment> {
        self.patients.visits().get(self.patients.visit?).copied()
    }

    /// Marks a visit; where it is near the last one that was read, more are read.
    fn mark_visit(&mut self, at: usize) {
        self.patients.visit = Some(at.min(self.patients.visits().len().saturating_sub(1)));
        if let Some((id, limit)) = self.patients.asked.filter(|_| self.patients.wants_more())
            && !self.patients.card.is_loading()
        {
            self.ask_card(id, limit.saturating_add(VISITS));
        }
    }

    fn mark_patient(&mut self, at: usize) {
        let count = self.patients.found.value().map_or(0, |found| found.patients.len());
        self.patients.marked = at.min(count.saturating_sub(1));
        self.load_marked_card();
    }

    /// A key that is text.
    pub(crate) fn patients_key(&mut self, key: KeyEvent) {
        if self.patients.visit.is_none() && self.patients.query.key(key) {
            self.look_up();
        }
    }

    /// Pasted text.
    pub(crate) fn patients_paste(&mut self, text: &str) {
        if self.patients.visit.is_none() && self.patients.query.paste(text) {
            self.look_up();
        }
    }

    pub(crate) fn look_up(&mut self) {
        self.patients.on_arrival = None;
        let text = self.patients.query.text();
        if text.trim().is_empty() {
            self.patients.found.clear();
            self.patients.card.clear();
            self.patients.marked = 0;
            return;
        }
        let ticket = self.patients.found.ask(self.tickets.issue());
        self.effects.push(Effect::Read(ticket, Read::Find(text, self.now.today(), FOUND)));
    }

    /// The answer to a look-up, of this screen or of the booking form.
    pub(crate) fn found_came(&mut self, ticket: Ticket, found: Result<Found>) {
        let answer = self.heard(found);
        if self.booking.as_ref().is_some_and(|form| form.found.is_loading()) {
            let taken = self.booking_found(ticket, answer.clone());
            if taken {
                return;
            }
        }
        if self.patients.found.answer(ticket, answer) {
            self.patients.marked = 0;
            self.load_marked_card();
            let ahead = self.patients.on_arrival.take();
            let here = self.overlays.is_empty() && self.screen == Screen::Patients;
            let found = self.patients.found.settled().is_some() && self.patients.marked().is_some();
            match ahead {
                Some(action) if here && found => self.patients_action(action),
                Some(_) => self.drop_held(),
                None => {}
            }
        }
    }

    fn load_marked_card(&mut self) {
        match self.patients.marked().map(|patient| patient.id) {
            Some(id) => self.load_card(id),
            None => self.patients.card.clear(),
        }
    }

    /// Reads a person, with as many visits as were read of them before.
    pub(crate) fn load_card(&mut self, id: PatientId) {
        let before = self.patients.asked.filter(|(of, _)| *of == id);
        self.ask_card(id, before.map_or(VISITS, |(_, limit)| limit));
    }

    fn ask_card(&mut self, id: PatientId, limit: u16) {
        self.patients.asked = Some((id, limit));
        // It says what the watch would say.
        self.patients.watch = None;
        let ticket = self.patients.card.ask(self.tickets.issue());
        self.effects.push(Effect::Read(ticket, Read::Card(id, limit)));
    }

    /// Looks whether another desk changed anything of who is shown. As often as the board looks, where
    /// somebody is shown: a few rows by their keys, where a version of each patient would be one more
    /// row that every booking writes.
    pub(crate) fn watch_card(&mut self) {
        // It would take the place of a record's own question, where that still waits in their lane.
        let rereads = |overlay: &Overlay| matches!(overlay, Overlay::Record(form) if form.is_reread());
        if self.overlays.iter().any(rereads) {
            return;
        }
        let patients = &mut self.patients;
        let settled = patients.card.settled().is_some() && !patients.found.is_loading();
        if let Some((id, limit)) = patients.asked.filter(|_| settled && self.screen == Screen::Patients) {
            let ticket = self.tickets.issue();
            patients.watch = Some(ticket);
            self.effects.push(Effect::Read(ticket, Read::Card(id, limit)));
        }
    }

    /// A person with their visits. Says whether anything that is shown changed.
    pub(crate) fn card_came(&mut self, ticket: Ticket, card: Result<Option<Box<Card>>>) -> bool {
        let was_away = self.away.is_some();
        let not_theirs = if let Err(StoreError::NotTheirs(id)) = &card { Some(*id) } else { None };
        let answer = self.heard(card).and_then(|card| card.ok_or_else(|| "this patient is gone".to_owned()));
        let away = was_away != self.away.is_some();
        if self.record_came(ticket, &answer) {
            return true;
        }
        let marked = self.marked_visit().map(|appointment| appointment.visit.id);
        if self.patients.watch.take_if(|asked| *asked == ticket).is_some() {
            if not_theirs.is_some() {
                // Their last visit with the doctor who looks was cancelled.
                self.patients.card.clear();
                self.patients.visit = None;
                self.patients.closed = not_theirs;
                return true;
            }
            let Ok(card) = answer else { return away };
            if self.patients.card.value() == Some(&card) {
                return away;
            }
            self.patients.card.put(card);
        } else if !self.patients.card.answer(ticket, answer) {
            return away;
        }
        self.patients.closed = not_theirs;
        // What is shown of them in the list, and taken from it to be edited or booked for.
        if let (Some(card), Some(found)) = (self.patients.card.value(), self.patients.found.value_mut()) {
            let same = found.patients.iter_mut().filter(|patient| patient.id == card.patient.id);
            same.for_each(|patient| patient.clone_from(&card.patient));
        }
        // The mark stays on its visit.
        let visits = self.patients.visits();
        let stays = visits.iter().position(|appointment| Some(appointment.visit.id) == marked);
        let last = visits.len().checked_sub(1);
        self.patients.visit = self.patients.visit.and_then(|at| stays.or(last.map(|last| at.min(last))));
        true
    }

    /// Shows the patients screen as it was left.
    pub(crate) fn show_patients(&mut self) {
        self.overlays.clear();
        self.booking = None;
        self.screen = Screen::Patients;
        // The last query stays in sight, and the first letter replaces it.
        self.patients.query.select_all();
        if self.patients.found.is_loading() {
            // The booking form's look-up may have taken this one's place.
            self.look_up();
        }
    }

    /// Shows a patient on the patients screen.
    pub(crate) fn open_patient(&mut self, id: PatientId) {
        self.overlays.clear();
        self.screen = Screen::Patients;
        self.patients.query.set(&format!("#{id}"));
        self.patients.query.select_all();
        self.patients.visit = None;
        self.look_up();
    }
}
