//! What was typed and is not sent: what is to be kept of it, and how it is taken up again.

use super::msg::Effect;
use super::remote::Ticket;
use super::screens::booking::{Form, Moving};
use super::screens::patient_form::RecordForm;
use super::screens::prompts::Then;
use super::screens::visit::VisitCard;
use super::{App, Overlay, Screen};
use crate::domain::appointment::{Appointment, Visit};
use crate::domain::draft::Draft;
use crate::domain::ids::DoctorId;
use crate::domain::patient::Named;
use crate::domain::permission::{Deed, Reach};
use crate::store::Result;
use crate::store::sql::drafts::Kept;

/// What is to be kept of a booking form, of a visit that is moved as it is shown there.
fn kept_of_form(form: Form) -> Option<Kept> {
    let draft = form.draft()?;
    let visit = form.moving.map(|moving| as_far_as_known(moving.visit, moving.patient, moving.doctor_name));
    Some(Kept { draft, patient: form.patient, visit })
}

/// What a booking form is, inside a line.
fn words_of_form(form: &Form) -> &'static str {
    form.draft().map_or("a booking", |draft| draft.words())
}

/// A visit of which no more was read: it is read again where it is opened.
fn as_far_as_known(visit: Visit, patient: Named, doctor_name: String) -> Appointment {
    Appointment {
        visit,
        patient_name: patient.name,
        patient_born: patient.born,
        doctor_name,
        notes: None,
        overbook_reason: None,
        booked_by: None,
        booked_at: None,
        changed_by: None,
        changed_at: None,
    }
}

impl App {
    /// What is to be kept of what lay over the screen.
    fn kept_of_overlay(&self, overlay: Overlay) -> Option<Kept> {
        match overlay {
            Overlay::Record(form) => {
                form.draft().map(|draft| Kept { draft, patient: form.before.map(|of| *of), visit: None })
            }
            Overlay::Visit(card) => card.draft().map(|draft| {
                let known = || {
                    let visit = card.visit().clone();
                    let (patient, doctor) = (self.patient_of(&visit), self.name_of_doctor(&visit));
                    as_far_as_known(visit, patient, doctor)
                };
                let visit = card.appointment.value().map_or_else(known, |found| (**found).clone());
                Kept { draft, patient: None, visit: Some(visit) }
            }),
            Overlay::Staff(form) => form.draft().map(|draft| Kept { draft, patient: None, visit: None }),
            _ => None,
        }
    }

    /// What is to be kept when the desk ends and nobody left it, or another person takes it over: the one that
    /// is open last.
    #[must_use]
    pub fn unfinished(&self) -> Vec<Draft> {
        let kept = self.kept_before.iter().rev().map(|kept| kept.draft.clone());
        let forms = [&self.draft, &self.booking].into_iter().flatten().filter_map(Form::draft);
        let open = self.overlays.iter().filter_map(|overlay| match overlay {
            Overlay::Record(form) => form.draft(),
            Overlay::Visit(card) => card.draft(),
            Overlay::Staff(form) => form.draft(),
            _ => None,
        });
        kept.chain(forms).chain(open).collect()
    }

    /// What this person's last desks kept came.
    pub(super) fn drafts_came(&mut self, ticket: Ticket, kept: Result<Vec<Kept>>) -> bool {
        if self.gate.drafts.take_if(|asked| *asked == ticket).is_none() {
            return false;
        }
        // Where it cannot be read, the day cannot either, and says so.
        let Ok(mut kept) = kept else { return false };
        // Of a visit that is gone there is nothing to move, and no notes.
        kept.retain(|kept| kept.draft.visit().is_none() || kept.visit.is_some());
        if kept.is_empty() {
            return false;
        }
        self.kept_before.extend(kept);
        let offered: Vec<&Kept> = self.kept_before.iter().filter(|kept| self.may_take_up(kept)).collect();
        let line = match offered.as_slice() {
            [] => return false,
            [one] => format!("Left unfinished: {} · B takes it up", one.draft.words()),
            [last, ..] => {
                let (count, what) = (offered.len(), last.draft.words());
                format!("{count} things were left unfinished, the last {what} · B takes it up")
            }
        };
        self.toast(line);
        true
    }

    /// How many things were left that the person may go on with.
    fn waiting(&self) -> usize {
        let kept = self.kept_before.iter().filter(|kept| self.may_take_up(kept)).count();
        kept + usize::from(self.draft.is_some())
    }

    /// What `B` takes up next, in words.
    fn next_waiting(&self) -> Option<&'static str> {
        let kept =
            || self.kept_before.iter().find(|kept| self.may_take_up(kept)).map(|kept| kept.draft.words());
        self.draft.as_ref().map(words_of_form).or_else(kept)
    }

    /// Leaves the booking form for later. One that was taken up goes behind what else was left, so that each is
    /// come to.
    pub(super) fn lay_booking_aside(&mut self) {
        let Some(form) = self.booking.take().filter(Form::is_dirty) else { return };
        if form.taken_up && self.waiting() > 0 {
            self.kept_before.extend(kept_of_form(form));
            self.say_left();
        } else {
            let before = self.draft.replace(form).and_then(kept_of_form);
            self.kept_before.splice(0..0, before);
            self.toast(match self.waiting() {
                1 => "Left unfinished · B takes it up again".to_owned(),
                count => format!("Left unfinished · B takes it up again, then {} more", count - 1),
            });
        }
    }

    /// Leaves the form that lies on top for later, behind what else was left.
    pub(super) fn lay_overlay_aside(&mut self) {
        let Some(kept) = self.overlays.pop().and_then(|overlay| self.kept_of_overlay(overlay)) else {
            return;
        };
        self.kept_before.push(kept);
        self.say_left();
    }

    fn say_left(&mut self) {
        let (count, is_here) = (self.waiting(), self.screen == Screen::Calendar);
        let line = match self.next_waiting() {
            _ if count < 2 && is_here => "Left unfinished · B takes it up again".to_owned(),
            _ if count < 2 => "Left unfinished · B on the calendar takes it up again".to_owned(),
            Some(next) if is_here => format!("Left unfinished · B takes up the next of {count}: {next}"),
            _ => format!("{count} things are left unfinished · B on the calendar takes them up"),
        };
        self.toast(line);
    }

    /// Says what was taken up, where more waits.
    pub(super) fn say_taken_up(&mut self, what: &str) {
        match self.waiting() {
            0 => {}
            1 => self.toast(format!("Taken up: {what} · 1 more waits")),
            count => self.toast(format!("Taken up: {what} · {count} more wait")),
        }
    }

    /// Takes up what was left: what was left at this desk, then what was kept.
    pub(super) fn take_up(&mut self) {
        if let Some(form) = self.draft.take() {
            let what = words_of_form(&form);
            self.take_up_booking(form);
            return self.say_taken_up(what);
        }
        let Some(at) = self.kept_before.iter().position(|kept| self.may_take_up(kept)) else {
            return self.toast(match self.kept_before.first() {
                None => "Nothing was left unfinished".to_owned(),
                Some(kept) => {
                    format!("Left unfinished: {}, which you may not go on with", kept.draft.words())
                }
            });
        };
        if matches!(self.kept_before[at].draft, Draft::Staff(_)) {
            return self.take_up_staff_form();
        }
        let Kept { draft, patient, visit } = self.kept_before.remove(at);
        let what = draft.words();
        match (draft, visit) {
            (Draft::Booking(draft), _) => {
                self.take_up_booking(Form::kept(&draft, patient, self.now.today()));
            }
            (Draft::Moving(draft), Some(now)) => {
                let patient = now.patient();
                let moving = Moving { visit: now.visit, patient, doctor_name: now.doctor_name };
                self.take_up_booking(Form::kept_moving(&draft, moving));
            }
            (Draft::Notes(draft), Some(now)) => {
                self.overlays.push(Overlay::Visit(Box::new(VisitCard::kept(&draft, now))));
                self.read_visit_again();
            }
            (Draft::Record(draft), _) => {
                self.overlays.push(Overlay::Record(Box::new(RecordForm::kept(&draft, patient.as_ref()))));
            }
            // They were not offered, or wait for how the staff are now.
            (Draft::Moving(_) | Draft::Notes(_), None) | (Draft::Staff(_), _) => {}
        }
        self.say_taken_up(what);
    }

    /// Whether the person may go on with what was kept; what is of a visit needs that one.
    fn may_take_up(&self, kept: &Kept) -> bool {
        let doctor = kept.visit.as_ref().map(|found| found.visit.doctor_id);
        kept.draft.may_be_taken_up(&self.who, doctor)
    }

    /// Whether the person may book with a doctor, or with any where none is chosen yet.
    fn may_book_with(&self, doctor: Option<DoctorId>) -> bool {
        let reach = self.who.may(Deed::Book);
        reach.is_ok_and(|reach| doctor.is_none_or(|doctor| reach.has(doctor)))
    }

    /// Whether the person may go on with a booking form, or it is on its way.
    fn may_go_on(&self, form: &Form) -> bool {
        let doctor = form.moving.as_ref().map(|moving| moving.visit.doctor_id).or(form.doctor);
        form.sending || self.may_book_with(doctor)
    }

    /// What the person may do is another now: closes what they may not go on with, and keeps what was typed there
    /// for when they may. What is on its way stays until it is answered. Says whether anything typed was closed.
    pub(super) fn close_forbidden(&mut self) -> bool {
        let stays = self.overlays.iter().take_while(|overlay| self.may_stay(overlay)).count();
        let over = self.overlays.split_off(stays);
        // What was left before it, too: `B` would open it.
        let [left, open] = [self.draft.take(), self.booking.take()].map(|form| match form {
            Some(form) if !self.may_go_on(&form) => (None, kept_of_form(form)),
            form => (form, None),
        });
        (self.draft, self.booking) = (left.0, open.0);
        let forms = [left.1, open.1].into_iter().flatten();
        let closed: Vec<Kept> =
            forms.chain(over.into_iter().filter_map(|overlay| self.kept_of_overlay(overlay))).collect();
        if let Some(form) = self.booking.as_mut().filter(|_| !self.who.can(Deed::Overbook)) {
            form.drop_reason();
        }
        self.held.clear();
        let any = !closed.is_empty();
        // The last first.
        self.kept_before.splice(0..0, closed.into_iter().rev());
        any
    }

    fn may_stay(&self, overlay: &Overlay) -> bool {
        let may = |deed| self.who.can(deed);
        let reaches = |deed, doctor| self.who.may(deed).is_ok_and(|reach| reach.has(doctor));
        match overlay {
            Overlay::Help { .. } | Overlay::GoTo(_) | Overlay::Filter(_) | Overlay::History(_) => true,
            // It holds what could not be done before.
            Overlay::Palette(_) => false,
            Overlay::Question(question) => match question.then {
                Then::SetStaffActive(..) | Then::ResetPassword(_) => may(Deed::ManageStaff),
                Then::Quit | Then::DropForm | Then::DropNotes => true,
                Then::DropBooking => self.booking.as_ref().is_some_and(|form| self.may_go_on(form)),
            },
            Overlay::Glass(glass) => {
                glass.sending || matches!(self.who.may(Deed::OpenRecord), Ok(Reach::Own(_)))
            }
            Overlay::Visit(card) => {
                let doctor = card.visit().doctor_id;
                let writes = card.notes.is_none() || card.sending || reaches(Deed::Book, doctor);
                writes && reaches(Deed::ReadCalendar, doctor)
            }
            Overlay::Record(form) => {
                let deed = if form.before.is_some() { Deed::EditPatient } else { Deed::RegisterPatient };
                form.sheet.sending || may(deed)
            }
            Overlay::Staff(form) => form.sheet.sending || may(Deed::ManageStaff),
            Overlay::Told(_) => may(Deed::ManageStaff),
        }
    }

    pub(super) fn has_unsaved_overlay(&self) -> bool {
        self.overlays.iter().any(|overlay| match overlay {
            Overlay::Record(form) => form.is_dirty(),
            Overlay::Staff(form) => form.sheet.sending || form.is_dirty(),
            // It is shown this once.
            Overlay::Told(_) => true,
            Overlay::Visit(card) => card.sending || card.is_dirty(),
            _ => false,
        })
    }

    pub(super) fn quit(&mut self) {
        let booking = self.booking.as_ref().is_some_and(Form::is_dirty) || self.draft.is_some();
        let offered = self.kept_before.iter().any(|kept| self.may_take_up(kept));
        let dirty = booking || self.has_unsaved_overlay() || offered;
        let asked =
            matches!(self.overlays.last(), Some(Overlay::Question(question)) if question.then == Then::Quit);
        if dirty && !asked {
            self.ask("Quit? What is typed and not booked or saved is lost.", Then::Quit);
        } else {
            self.leave();
        }
    }

    pub(super) fn leave(&mut self) {
        // Whoever leaves was asked about what is typed.
        (self.booking, self.draft) = (None, None);
        self.overlays.clear();
        // But not about what they may not go on with just now: that waits for when they may.
        let mut kept = std::mem::take(&mut self.kept_before);
        kept.retain(|kept| !self.may_take_up(kept));
        self.kept_before = kept;
        self.effects.push(Effect::Quit);
    }
}
