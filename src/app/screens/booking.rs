//! The booking form, for a new visit and for one that is moved: its fields, the verdict that stands
//! beside them while somebody types, and what becomes of it when it is sent.

use chrono::{NaiveDate, NaiveTime};
use crossterm::event::KeyEvent;

use super::board;
use crate::app::bindings::Action;
use crate::app::field::Field;
use crate::app::msg::{Attempt, Effect, Read, Write};
use crate::app::remote::{Remote, Ticket};
use crate::app::{App, Purpose};
use crate::domain::appointment::{MAX_NOTES, Visit};
use crate::domain::booking::{Conflict, Intent, Opening, Outcome, Proposal, Verdict};
use crate::domain::dates::{parse_day, parse_minutes, parse_time};
use crate::domain::doctor::Doctor;
use crate::domain::fold::words;
use crate::domain::ids::DoctorId;
use crate::domain::patient::{FieldFault, Patient};
use crate::domain::text::{accept_line, accept_text};
use crate::store::Result;
use crate::store::sql::search::Found;

/// How many rows the form takes.
pub const HEIGHT: u16 = 11;
/// How many patients stand below what was typed.
pub const MATCHES: usize = 5;
/// The longest reason for overbooking, in characters.
const MAX_REASON: usize = 200;

/// Where the cursor of the form is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// For whom.
    Patient,
    /// With whom.
    Doctor,
    /// On which date.
    Date,
    /// At what time.
    Time,
    /// How long.
    Length,
    /// What else.
    Notes,
    /// Why over the rule.
    Reason,
    /// On the verdict: nothing is typed, digits take openings.
    Verdict,
}

/// A visit that is moved, as it was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moving {
    /// The visit.
    pub visit: Visit,
    /// `doctors.name`
    pub doctor_name: String,
}

/// The form.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about what was typed or sent")]
pub struct Form {
    /// The visit that is moved; none for a new one.
    pub moving: Option<Box<Moving>>,
    /// Where the cursor is.
    pub focus: Focus,
    /// What is typed for the patient.
    pub patient_field: Field,
    /// The patient that was chosen.
    pub patient: Option<Patient>,
    /// Whom the typed text may mean.
    pub found: Remote<Found>,
    /// The text that `found` answers or will answer.
    asked: String,
    /// Which of them is marked.
    pub marked: usize,
    /// Whether Enter was pressed before they came: the best is taken when they do.
    pick_on_arrival: bool,
    /// What is typed for the doctor.
    pub doctor_field: Field,
    /// The doctor that was chosen.
    pub doctor: Option<DoctorId>,
    /// What is typed for the date.
    pub date: Field,
    /// What is typed for the time.
    pub time: Field,
    /// What is typed for the length.
    pub length: Field,
    /// Whether somebody typed a length: then a doctor's default does not replace it.
    length_typed: bool,
    /// What is typed for notes.
    pub notes: Field,
    /// What is typed for a reason, once overbooking was asked for.
    pub reason: Option<Field>,
    /// What the rule says.
    pub verdict: Remote<Verdict>,
    /// The proposal that `verdict` answers or will answer.
    pub proposed: Option<Proposal>,
    /// Whether the form is on its way to the store.
    pub sending: bool,
    /// What went wrong when it was sent.
    pub trouble: Option<String>,
    /// Whether the time was free while it was typed and taken when it was sent.
    pub lost: bool,
    /// Whether an attempt to send has shown all faults.
    pub faults_shown: bool,
    /// Whether anything was changed since it was opened.
    touched: bool,
    attempt: Attempt,
}

impl Form {
    /// A visit that is to be booked.
    #[must_use]
    pub fn book(doctor: Option<&Doctor>, date: NaiveDate, minute: u16) -> Self {
        let time = board::wall_of(date, minute).format("%H:%M").to_string();
        Form {
            moving: None,
            focus: Focus::Patient,
            patient_field: Field::line(100),
            patient: None,
            found: Remote::default(),
            asked: String::new(),
            marked: 0,
            pick_on_arrival: false,
            doctor_field: Field::line(100).with(doctor.map_or("", |doctor| &doctor.details.name)),
            doctor: doctor.map(|doctor| doctor.id),
            date: Field::line(30).with(&date_text(date)),
            time: Field::line(12).with(&time),
            length: Field::line(10).with(&doctor.map_or(60, Doctor::default_minutes).to_string()),
            length_typed: false,
            notes: Field::lines(MAX_NOTES),
            reason: None,
            verdict: Remote::default(),
            proposed: None,
            sending: false,
            trouble: None,
            lost: false,
            faults_shown: false,
            touched: false,
            attempt: Attempt::default(),
        }
    }

    /// A visit that is to be moved.
    #[must_use]
    pub fn moving(moving: Moving) -> Self {
        let visit = &moving.visit;
        let mut form = Form::book(None, visit.starts.date(), 0);
        form.doctor = Some(visit.doctor_id);
        form.doctor_field.set(&moving.doctor_name);
        form.time.set(&visit.starts.format("%H:%M").to_string());
        form.length.set(&visit.minutes.to_string());
        form.length_typed = true;
        form.focus = Focus::Time;
        form.time.select_all();
        form.moving = Some(Box::new(moving));
        form
    }

    /// The fields in the order of Tab.
    fn order(&self) -> Vec<Focus> {
        use Focus::{Date, Doctor, Length, Notes, Patient, Reason, Time, Verdict};
        let mut order = match self.moving {
            None => vec![Patient, Doctor, Date, Time, Length, Notes],
            Some(_) => vec![Doctor, Date, Time, Length],
        };
        order.extend(self.reason.as_ref().map(|_| Reason));
        order.push(Verdict);
        order
    }

    /// The field of the cursor; none on the verdict.
    fn field_mut(&mut self) -> Option<&mut Field> {
        Some(match self.focus {
            Focus::Patient => &mut self.patient_field,
            Focus::Doctor => &mut self.doctor_field,
            Focus::Date => &mut self.date,
            Focus::Time => &mut self.time,
            Focus::Length => &mut self.length,
            Focus::Notes => &mut self.notes,
            Focus::Reason => self.reason.as_mut()?,
            Focus::Verdict => return None,
        })
    }

    /// Whether anything would be lost by leaving it.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        if self.moving.is_some() {
            return self.touched || self.sending;
        }
        self.patient.is_some() || !self.patient_field.is_blank() || !self.notes.is_blank()
    }

    /// The faults of the fields as they stand.
    #[must_use]
    pub fn faults(&self, today: NaiveDate) -> Vec<FieldFault> {
        let mut faults = Vec::new();
        if self.moving.is_none() && self.patient.is_none() {
            faults
                .push(FieldFault::new("patient", "choose a patient from the list, or Ctrl-N registers one"));
        }
        if self.doctor.is_none() {
            faults.push(FieldFault::new("doctor", "no doctor of this name or specialization"));
        }
        if let Err(fault) = parse_day(&self.date.text(), today) {
            faults.push(FieldFault::new("date", fault.to_string()));
        }
        if let Err(fault) = parse_time(&self.time.text()) {
            faults.push(FieldFault::new("time", fault.to_string()));
        }
        if let Err(fault) = parse_minutes(&self.length.text()) {
            faults.push(FieldFault::new("length", fault.to_string()));
        }
        if let Err(fault) = accept_text(&self.notes.text(), MAX_NOTES) {
            faults.push(FieldFault::new("notes", fault.to_string()));
        }
        if let Some(Err(fault)) = self.reason.as_ref().map(|field| accept_line(&field.text(), MAX_REASON)) {
            faults.push(FieldFault::new("reason", fault.to_string()));
        }
        faults
    }

    /// The proposal that the fields make; none while they make none.
    #[must_use]
    pub fn proposal(&self, today: NaiveDate) -> Option<Proposal> {
        let date = parse_day(&self.date.text(), today).ok()?;
        let time: NaiveTime = parse_time(&self.time.text()).ok()?;
        let moving = self.moving.as_ref();
        Some(Proposal {
            doctor_id: self.doctor?,
            patient_id: match moving {
                Some(moving) => Some(moving.visit.patient_id),
                None => self.patient.as_ref().map(|patient| patient.id),
            },
            starts: date.and_time(time),
            minutes: parse_minutes(&self.length.text()).ok()?,
            moving: moving.map(|moving| moving.visit.id),
        })
    }

    /// The openings that are offered now.
    #[must_use]
    pub fn openings(&self) -> &[Opening] {
        self.verdict.value().map_or(&[], |verdict| &verdict.openings)
    }
}

/// The doctors whom a text may mean: every word begins a word of name or specialization.
#[must_use]
pub fn matching<'d>(doctors: &'d [Doctor], text: &str) -> Vec<&'d Doctor> {
    let typed = words(text);
    let matches = |doctor: &&Doctor| {
        let of = words(&format!("{} {}", doctor.details.name, doctor.details.specialization));
        doctor.is_active && typed.iter().all(|word| of.iter().any(|w| w.starts_with(word.as_str())))
    };
    doctors.iter().filter(matches).collect()
}

/// How a date stands in a field: with its weekday, in a form that is read again.
#[must_use]
pub fn date_text(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}

impl App {
    /// Opens the form at the cursor.
    pub(crate) fn book_here(&mut self) {
        let calendar = &self.calendar;
        let form = Form::book(calendar.doctor_meant(), calendar.date, calendar.minute);
        self.booking = Some(form);
        self.keep_cursor();
        self.propose();
    }

    /// Opens the form for a patient.
    pub(crate) fn book_for(&mut self, patient: Patient) {
        self.book_here();
        self.choose_patient(patient);
    }

    /// Opens the form to move a visit.
    pub(crate) fn move_visit(&mut self, moving: Moving) {
        self.show_calendar();
        self.booking = Some(Form::moving(moving));
        self.keep_cursor();
        self.propose();
    }

    /// Takes up the booking that was left.
    pub(crate) fn take_up(&mut self) {
        let Some(mut form) = self.draft.take() else {
            self.toast("No booking was left unfinished");
            return;
        };
        // The calendar may have changed since: what the rule said is asked again.
        form.proposed = None;
        self.booking = Some(form);
        self.propose();
        self.follow();
    }

    /// What a key does in the form.
    pub(crate) fn booking_action(&mut self, action: Action) {
        match action {
            Action::NextField => self.next_field(true),
            Action::PreviousField => self.next_field(false),
            Action::Up | Action::Down => self.mark(action == Action::Down),
            Action::Opening1 => self.take_opening(0),
            Action::Opening2 => self.take_opening(1),
            Action::Opening3 => self.take_opening(2),
            Action::Overbook => self.ask_for_reason(),
            Action::NewPatient => {
                let typed = self.booking.as_ref().map(|form| form.patient_field.text()).unwrap_or_default();
                if self.booking.as_ref().is_some_and(|form| form.moving.is_none()) {
                    self.open_register(&typed);
                }
            }
            Action::Submit => self.enter(),
            Action::Leave => self.leave_booking(),
            _ => {}
        }
    }

    fn leave_booking(&mut self) {
        let Some(form) = &mut self.booking else { return };
        if form.reason.is_some() {
            // The reason goes first: leaving it is not leaving the form.
            form.reason = None;
            form.focus = Focus::Verdict;
        } else if !form.sending {
            let left = self.booking.take();
            if let Some(form) = left.filter(Form::is_dirty) {
                self.draft = Some(form);
                self.toast("Left unfinished · B takes it up again");
            }
        }
    }

    /// A key that is text.
    pub(crate) fn booking_key(&mut self, key: KeyEvent) {
        let Some(form) = self.booking.as_mut().filter(|form| !form.sending) else { return };
        if form.field_mut().is_some_and(|field| field.key(key)) {
            self.booking_typed();
        }
    }

    /// Pasted text.
    pub(crate) fn booking_paste(&mut self, text: &str) {
        let Some(form) = self.booking.as_mut().filter(|form| !form.sending) else { return };
        if form.field_mut().is_some_and(|field| field.paste(text)) {
            self.booking_typed();
        }
    }

    /// The text of the field under the cursor changed.
    fn booking_typed(&mut self) {
        let Some(form) = &mut self.booking else { return };
        form.trouble = None;
        form.touched = true;
        match form.focus {
            Focus::Patient => {
                form.patient = None;
                form.marked = 0;
                form.pick_on_arrival = false;
                let text = form.patient_field.text();
                form.asked.clone_from(&text);
                if text.trim().is_empty() {
                    form.found.clear();
                } else {
                    let ticket = form.found.ask(self.tickets.issue());
                    self.effects.push(Effect::Read(ticket, Read::Find(text, self.now.today())));
                }
            }
            Focus::Doctor => {
                form.marked = 0;
                self.choose_marked_doctor();
            }
            Focus::Length => form.length_typed = true,
            _ => {}
        }
        self.propose();
    }

    fn choose_marked_doctor(&mut self) {
        let Some(form) = &mut self.booking else { return };
        let doctors = self.calendar.day.value().map_or(&[][..], |day| &day.doctors);
        let chosen = matching(doctors, &form.doctor_field.text()).get(form.marked).copied();
        form.doctor = chosen.map(|doctor| doctor.id);
        if let (Some(doctor), false) = (chosen, form.length_typed) {
            form.length.set(&doctor.default_minutes().to_string());
        }
    }

    /// Up and down in a list below a field.
    fn mark(&mut self, down: bool) {
        let Some(form) = &mut self.booking else { return };
        match form.focus {
            Focus::Patient => {
                let count = form.found.value().map_or(0, |found| found.patients.len()).min(MATCHES);
                form.marked = step(form.marked, down, count);
            }
            Focus::Doctor => {
                let doctors = self.calendar.day.value().map_or(&[][..], |day| &day.doctors);
                let count = matching(doctors, &form.doctor_field.text()).len();
                form.marked = step(form.marked, down, count);
                self.choose_marked_doctor();
                self.propose();
            }
            Focus::Notes => {
                let code = if down { crossterm::event::KeyCode::Down } else { crossterm::event::KeyCode::Up };
                form.notes.key(KeyEvent::from(code));
            }
            _ => self.next_field(down),
        }
    }

    fn next_field(&mut self, forward: bool) {
        self.settle_field();
        let Some(form) = &mut self.booking else { return };
        let order = form.order();
        let at = order.iter().position(|focus| *focus == form.focus).unwrap_or(0);
        let next = if forward { (at + 1) % order.len() } else { (at + order.len() - 1) % order.len() };
        form.focus_on(order[next]);
    }

    /// What leaving a field does: the marked patient or doctor is taken.
    fn settle_field(&mut self) {
        let Some(form) = &mut self.booking else { return };
        match form.focus {
            Focus::Patient if form.patient.is_none() => {
                let best = form.found.settled().and_then(|found| found.patients.get(form.marked)).cloned();
                if let Some(patient) = best {
                    form.take_patient(patient);
                    self.propose();
                } else if form.found.is_loading() {
                    form.pick_on_arrival = true;
                }
            }
            Focus::Doctor => {
                let doctors = self.calendar.day.value().map_or(&[][..], |day| &day.doctors);
                let chosen = doctors.iter().find(|doctor| Some(doctor.id) == form.doctor);
                if let Some(doctor) = chosen {
                    form.doctor_field.set(&doctor.details.name);
                    form.marked = 0;
                }
                self.follow();
            }
            Focus::Date => self.follow(),
            _ => {}
        }
    }

    /// Shows on the board the day and the doctor that the form means.
    fn follow(&mut self) {
        let Some(form) = &self.booking else { return };
        if let Some(doctor) = form.doctor {
            self.calendar.doctor = Some(doctor);
        }
        if let Some(starts) = form.proposed.as_ref().map(|proposal| proposal.starts) {
            self.calendar.minute =
                board::minute_of(starts.date(), starts).min(board::DAY - self.calendar.step);
            if starts.date() != self.calendar.date {
                self.show_date(starts.date());
            }
        }
        self.keep_cursor();
    }

    /// Enter: takes what is marked, and sends the form once it is whole.
    fn enter(&mut self) {
        let Some(form) = self.booking.as_ref().filter(|form| !form.sending) else { return };
        if form.focus == Focus::Patient && form.patient.is_none() {
            self.settle_field();
            if self.booking.as_ref().is_some_and(|form| form.patient.is_some()) {
                self.after_patient();
            }
            return;
        }
        self.settle_field();
        self.send();
    }

    /// A patient was chosen: on to the first field with a fault, or to the verdict.
    fn after_patient(&mut self) {
        let today = self.now.today();
        let Some(form) = &mut self.booking else { return };
        let next = form.faults(today).first().map_or(Focus::Verdict, |fault| focus_of(fault.field));
        form.focus_on(next);
    }

    fn choose_patient(&mut self, patient: Patient) {
        if let Some(form) = &mut self.booking {
            form.take_patient(patient);
        }
        self.propose();
        self.after_patient();
    }

    /// A patient was registered from the form.
    pub(crate) fn registered_for_booking(&mut self, patient: Patient) {
        self.choose_patient(patient);
    }

    /// The answer to the look-up of the form.
    pub(crate) fn booking_found(
        &mut self,
        ticket: Ticket,
        answer: std::result::Result<Found, String>,
    ) -> bool {
        let Some(form) = &mut self.booking else { return false };
        if !form.found.answer(ticket, answer) {
            return false;
        }
        form.marked = 0;
        if form.pick_on_arrival {
            form.pick_on_arrival = false;
            let was_here = form.focus == Focus::Patient;
            let best = form.found.settled().and_then(|found| found.patients.first()).cloned();
            if let Some(patient) = best {
                form.take_patient(patient);
                self.propose();
                if was_here {
                    self.after_patient();
                }
            }
        }
        true
    }

    /// Asks what the rule says, when the proposal is another than the last one.
    pub(crate) fn propose(&mut self) {
        let today = self.now.today();
        let Some(form) = &mut self.booking else { return };
        let proposal = form.proposal(today);
        if proposal == form.proposed {
            return;
        }
        form.lost = false;
        form.proposed.clone_from(&proposal);
        match proposal {
            None => form.verdict.clear(),
            Some(proposal) => {
                let ticket = form.verdict.ask(self.tickets.issue());
                self.effects.push(Effect::Read(ticket, Read::Preview(proposal)));
            }
        }
    }

    /// Asks again: what stands on the calendar changed.
    pub(crate) fn propose_again(&mut self) {
        let Some(form) = &mut self.booking else { return };
        if let Some(proposal) = form.proposed.clone().filter(|_| !form.sending) {
            let ticket = form.verdict.ask(self.tickets.issue());
            self.effects.push(Effect::Read(ticket, Read::Preview(proposal)));
        }
    }

    /// The verdict came.
    pub(crate) fn verdict_came(&mut self, ticket: Ticket, verdict: Result<Verdict>) {
        let answer = self.heard(verdict);
        if let Some(form) = &mut self.booking {
            form.verdict.answer(ticket, answer);
            form.lost &= form.verdict.settled().is_none_or(|verdict| !verdict.is_free());
        }
    }

    fn take_opening(&mut self, n: usize) {
        let Some(form) = self.booking.as_mut().filter(|form| !form.sending) else { return };
        let Some(opening) = form.openings().get(n).copied() else { return };
        form.date.set(&date_text(opening.starts.date()));
        form.time.set(&opening.starts.format("%H:%M").to_string());
        form.reason = None;
        form.trouble = None;
        form.touched = true;
        form.focus_on(Focus::Verdict);
        self.propose();
        self.follow();
    }

    fn ask_for_reason(&mut self) {
        let Some(form) = self.booking.as_mut().filter(|form| !form.sending) else { return };
        let Some(verdict) = form.verdict.value() else { return };
        if verdict.is_free() {
            self.toast("This time is free: no reason is needed");
        } else if verdict.conflicts.iter().all(Conflict::can_be_overbooked) {
            form.reason = Some(Field::line(MAX_REASON));
            form.focus_on(Focus::Reason);
        } else {
            self.toast("This cannot be overbooked");
        }
    }

    /// Sends the form, or shows what keeps it from being sent.
    fn send(&mut self) {
        let today = self.now.today();
        let fresh = self.fresh_key();
        let Some(form) = &mut self.booking else { return };
        if let Some(fault) = form.faults(today).first() {
            form.faults_shown = true;
            form.focus_on(focus_of(fault.field));
            return;
        }
        let Some(proposal) = form.proposal(today) else { return };
        let refused = form.verdict.settled().is_some_and(|verdict| !verdict.is_free());
        if refused && form.reason.is_none() {
            form.focus_on(Focus::Verdict);
            return;
        }
        let reason = form.reason.as_ref().and_then(|field| accept_line(&field.text(), MAX_REASON).ok());
        let intent = match (&form.moving, proposal.patient_id) {
            (Some(moving), _) => Intent::Reschedule {
                id: moving.visit.id,
                doctor_id: Some(proposal.doctor_id),
                starts: Some(proposal.starts),
                minutes: Some(proposal.minutes),
            },
            (None, Some(patient_id)) => Intent::Book {
                patient_id,
                doctor_id: proposal.doctor_id,
                starts: proposal.starts,
                minutes: proposal.minutes,
                notes: accept_text(&form.notes.text(), MAX_NOTES).ok().filter(|text| !text.trim().is_empty()),
            },
            (None, None) => return,
        };
        form.sending = true;
        form.trouble = None;
        let write = Write::Visit(intent, reason);
        let key = form.attempt.key(&write, fresh);
        self.write(key, write, Purpose::Booking);
    }

    /// The form was sent: it stands, it lost, or nobody knows.
    pub(crate) fn booking_written(&mut self, outcome: Result<Outcome>) {
        let answer = self.heard(outcome);
        let Some(form) = &mut self.booking else { return };
        form.sending = false;
        match answer {
            Ok(Outcome::Done { appointment, .. }) => {
                let moved = form.moving.is_some();
                self.booking = None;
                let visit = &appointment.visit;
                let what = if moved { "Moved" } else { "Booked" };
                let when = visit.starts.format("%a %-d %b %H:%M");
                let line = format!("{what} {}, {when}, {}", visit.patient_name, appointment.doctor_name);
                self.toast(line);
                self.show_on_calendar(&appointment.visit.clone());
            }
            Ok(Outcome::Refused(verdict)) => {
                let was_free = form.verdict.settled().is_none_or(Verdict::is_free);
                form.lost = was_free;
                form.reason = None;
                let ticket = form.verdict.ask(self.tickets.issue());
                form.verdict.answer(ticket, Ok(verdict));
                form.focus_on(Focus::Verdict);
                self.look_now();
            }
            Err(line) => form.trouble = Some(line),
        }
    }
}

impl Form {
    fn take_patient(&mut self, patient: Patient) {
        self.patient_field.set(&patient.details.name);
        self.patient = Some(patient);
        self.found.clear();
        self.pick_on_arrival = false;
        self.marked = 0;
    }

    /// Moves the cursor; a value that is entered is marked, so that typing replaces it.
    fn focus_on(&mut self, focus: Focus) {
        if let Some(field) = self.field_mut() {
            field.unselect();
        }
        self.focus = focus;
        self.marked = 0;
        if !matches!(focus, Focus::Notes)
            && let Some(field) = self.field_mut()
        {
            field.select_all();
        }
    }
}

fn focus_of(field: &str) -> Focus {
    match field {
        "patient" => Focus::Patient,
        "doctor" => Focus::Doctor,
        "date" => Focus::Date,
        "time" => Focus::Time,
        "length" => Focus::Length,
        "reason" => Focus::Reason,
        _ => Focus::Notes,
    }
}

/// The next place in a list of `count`, held at its ends.
pub(crate) fn step(at: usize, down: bool, count: usize) -> usize {
    if down { (at + 1).min(count.saturating_sub(1)) } else { at.saturating_sub(1) }
}
