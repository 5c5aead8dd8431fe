//! What keys and answers do to the booking form: from the first letter of a patient's name to what
//! the store says of the visit.

use crossterm::event::KeyEvent;

use super::{Focus, Form, MATCHES, Moving, date_text, matching, meant, step};
use crate::app::bindings::Action;
use crate::app::field::Field;
use crate::app::msg::{Effect, Read, Write};
use crate::app::remote::Ticket;
use crate::app::screens::prompts::Then;
use crate::app::screens::{board, day_word};
use crate::app::{App, Purpose};
use crate::domain::appointment::{MAX_NOTES, MAX_REASON};
use crate::domain::booking::{Conflict, Intent, Opening, Outcome, Verdict};
use crate::domain::patient::Patient;
use crate::domain::permission::{Deed, Reach};
use crate::domain::text::{accept_line, accept_text};
use crate::store::sql::search::Found;
use crate::store::{Result, StoreError};

impl App {
    /// Opens the form at the cursor; where no doctor is in sight, says why instead.
    pub(crate) fn book_here(&mut self) {
        match self.calendar.nobody() {
            Some(why) => self.toast(why),
            None => self.open_booking(),
        }
    }

    fn open_booking(&mut self) {
        let calendar = &self.calendar;
        let minute = calendar.opening_here().unwrap_or(calendar.minute);
        let form = Form::book(calendar.doctor_meant(), calendar.date, minute);
        self.booking = Some(form);
        self.keep_cursor();
        self.propose();
    }

    /// Opens the form for a patient.
    pub(crate) fn book_for(&mut self, patient: Patient) {
        // Where no doctor is in sight, the form asks for one.
        self.open_booking();
        self.choose_patient(patient);
    }

    /// Opens the form to move a visit.
    pub(crate) fn move_visit(&mut self, moving: Moving) {
        self.show_calendar();
        self.booking = Some(Form::moving(moving));
        self.keep_cursor();
        self.propose();
    }

    /// Takes up a booking that was left.
    pub(crate) fn take_up_booking(&mut self, mut form: Form) {
        // The permission may have been taken away since.
        form.reason = form.reason.filter(|_| self.offers(Action::Overbook));
        // The calendar may have changed since: what the rule said is asked again. So may what is open.
        form.proposed = None;
        form.closed = None;
        form.taken_up = true;
        // An answer that came while the form lay aside was dropped: it is asked for again.
        let text = form.patient_field.text();
        if form.patient.is_none() && !text.trim().is_empty() {
            let ticket = form.found.ask(self.tickets.issue());
            self.effects.push(Effect::Read(ticket, Read::Find(text, self.now.today(), MATCHES)));
        }
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
                let typed = self.booking.as_ref().map(Form::searched).unwrap_or_default();
                if self.booking.as_ref().is_some_and(|form| form.moving.is_none() && !form.sending) {
                    self.open_register(&typed);
                }
            }
            Action::Submit => self.enter(),
            Action::Leave => self.leave_booking(),
            Action::ThrowAway => self.throw_booking_away(),
            _ => {}
        }
    }

    fn leave_booking(&mut self) {
        let Some(form) = self.booking.as_mut().filter(|form| !form.sending) else { return };
        if form.reason.is_some() {
            // The reason goes first: leaving it is not leaving the form.
            form.reason = None;
            form.focus = Focus::Verdict;
        } else {
            self.lay_booking_aside();
        }
    }

    /// Throws the form away: with a question, where anything is typed.
    fn throw_booking_away(&mut self) {
        let Some(form) = self.booking.as_ref().filter(|form| !form.sending) else { return };
        if form.is_dirty() {
            self.ask("Throw this form away? What is typed in it is lost.", Then::DropBooking);
        } else {
            self.booking = None;
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
        form.typing = true;
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
                    self.effects.push(Effect::Read(ticket, Read::Find(text, self.now.today(), MATCHES)));
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
        let doctors = self.calendar.all_doctors();
        let text = form.doctor_field.text();
        let chosen = matching(doctors, &text).get(form.marked).copied();
        form.doctor = chosen.map(|doctor| doctor.id);
        let other = || meant(doctors, &text).next().map(|doctor| doctor.details.name.clone());
        form.inactive = if chosen.is_none() { other() } else { None };
        if let (Some(doctor), false) = (chosen, form.length_typed) {
            form.length.set(&doctor.default_minutes().to_string());
        }
    }

    /// Up and down in a list below a field.
    fn mark(&mut self, down: bool) {
        let Some(form) = &mut self.booking else { return };
        match form.focus {
            Focus::Patient => {
                let count = form.found.value().map_or(0, |found| found.patients.len()).min(MATCHES.into());
                form.marked = step(form.marked, down, count);
            }
            Focus::Doctor => {
                let doctors = self.calendar.all_doctors();
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
                    self.see_if_closed();
                    self.propose();
                } else if form.found.is_loading() {
                    form.pick_on_arrival = true;
                }
            }
            Focus::Doctor => {
                let doctors = self.calendar.all_doctors();
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
            self.calendar.go_to_doctor(doctor);
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
        // What is closed is not opened in the field.
        let mut faults = form.faults(today);
        faults.retain(|fault| fault.field != "patient");
        let next = faults.first().map_or(Focus::Verdict, |fault| Focus::of_field(fault.field));
        form.focus_on(next);
    }

    /// Whether the patient who was chosen can be booked is said before all else is typed. It is the store's to
    /// refuse; of whose record is closed to a doctor, it leaves out what a patient can be reached by.
    fn see_if_closed(&mut self) {
        let reaches_own = matches!(self.who.may(Deed::OpenRecord), Ok(Reach::Own(_)));
        let Some(form) = &mut self.booking else { return };
        let veiled = |patient: &&Patient| {
            reaches_own && patient.details.email.is_empty() && patient.details.phone.is_empty()
        };
        form.closed = form.patient.as_ref().filter(veiled).map(|patient| patient.id);
    }

    fn choose_patient(&mut self, patient: Patient) {
        if let Some(form) = &mut self.booking {
            form.take_patient(patient);
        }
        self.see_if_closed();
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
                self.see_if_closed();
                self.propose();
                if was_here {
                    self.after_patient();
                }
            } else {
                self.drop_held();
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
            form.take_verdict(ticket, answer);
        }
    }

    /// What the rule says of the form as it stands; none while it is not known.
    #[must_use]
    pub fn verdict_known(&self) -> Option<&Verdict> {
        let form = self.booking.as_ref().filter(|form| form.verdict.failure().is_none())?;
        form.verdict.value().filter(|_| self.away.is_none())
    }

    /// The openings that are offered now.
    #[must_use]
    pub fn openings_offered(&self) -> &[Opening] {
        self.verdict_known().map_or(&[], |verdict| &verdict.openings)
    }

    /// The store answers again: what it could not answer meanwhile is asked once more.
    pub(crate) fn ask_again(&mut self) {
        let ticket = self.tickets.issue();
        let today = self.now.today();
        let Some(form) = &mut self.booking else { return };
        if form.found.failure().is_some() && !form.found.is_loading() {
            let text = form.patient_field.text();
            form.found.ask(ticket);
            self.effects.push(Effect::Read(ticket, Read::Find(text, today, MATCHES)));
        }
        if form.verdict.failure().is_some() && !form.verdict.is_loading() {
            self.propose_again();
        }
    }

    fn take_opening(&mut self, n: usize) {
        let Some(opening) = self.openings_offered().get(n).copied() else { return };
        let Some(form) = self.booking.as_mut().filter(|form| !form.sending) else { return };
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
        // The record may have been opened since: the store says.
        form.closed = None;
        if let Some(fault) = form.faults(today).first() {
            form.faults_shown = true;
            form.typing = false;
            form.focus_on(Focus::of_field(fault.field));
            return;
        }
        let Some(proposal) = form.proposal(today) else { return };
        let refused = form.seen().is_some_and(|verdict| !verdict.is_free());
        if refused && form.reason.is_none() {
            form.focus_on(Focus::Verdict);
            let over =
                if self.offers(Action::Overbook) { ", or book over it with a reason (Ctrl-O)" } else { "" };
            self.toast(format!("This time is not free: take an opening{over}"));
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
        form.seen_free = form.seen().is_some_and(Verdict::is_free);
        form.trouble = None;
        let write = Write::Visit(intent, reason);
        let key = form.attempt.key(&write, fresh);
        self.write(key, write, Purpose::Booking);
    }

    /// The form was sent: it stands, it lost, or nobody knows.
    pub(crate) fn booking_written(&mut self, outcome: Result<Outcome>) {
        let closed = if let Err(StoreError::NotTheirs(id)) = outcome { Some(id) } else { None };
        let answer = self.heard(outcome);
        let Some(form) = &mut self.booking else { return };
        form.sending = false;
        form.closed = closed;
        match answer {
            Ok(Outcome::Done { appointment, .. }) => {
                let moved = form.moving.is_some();
                self.booking = None;
                let visit = &appointment.visit;
                // Who undoes now means this, which `u` cannot; it does not fall through to another visit.
                self.undo.take_if(|undo| undo.visit.id != visit.id);
                let what = if moved { "Moved" } else { "Booked" };
                let day = day_word(visit.starts.date(), self.now.today());
                let when = format!("{day} {}", visit.starts.format("%H:%M"));
                let patient = appointment.patient().short();
                let mut line = format!("{what} {patient}, {when}, {}", appointment.doctor_name);
                if !visit.status.holds_time() {
                    let word = crate::app::screens::status_word(visit.status);
                    line = format!("Still {word}, s schedules it again: {line}");
                }
                self.toast(line);
                self.show_written(&appointment);
                self.show_on_calendar(visit);
            }
            Ok(Outcome::Refused(verdict)) => {
                form.lost = form.seen_free;
                form.reason = None;
                let ticket = form.verdict.ask(self.tickets.issue());
                form.take_verdict(ticket, Ok(verdict));
                form.focus_on(Focus::Verdict);
                self.drop_held();
                self.look_now();
            }
            Err(_) if form.closed.is_some() => {
                form.faults_shown = true;
                form.typing = false;
                form.focus_on(Focus::Verdict);
                self.drop_held();
            }
            Err(line) => {
                form.trouble = Some(line);
                self.drop_held();
            }
        }
    }
}
