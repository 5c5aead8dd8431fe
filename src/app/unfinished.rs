//! What was typed and is not sent: what is to be kept of it, and how it is taken up again.

use super::msg::Effect;
use super::remote::Ticket;
use super::screens::booking::{Form, Moving};
use super::screens::patient_form::RecordForm;
use super::screens::prompts::Then;
use super::screens::visit::VisitCard;
use super::{App, Overlay};
use crate::domain::draft::Draft;
use crate::store::Result;
use crate::store::sql::drafts::Kept;

impl App {
    /// What is to be kept when the desk ends and nobody left it, or another person takes it over: the one that
    /// is open last.
    #[must_use]
    pub fn unfinished(&self) -> Vec<Draft> {
        let kept = self.kept_before.iter().rev().map(|kept| kept.draft.clone());
        let forms = [&self.draft, &self.booking].into_iter().flatten().filter_map(Form::draft);
        let open = self.overlays.iter().filter_map(|overlay| match overlay {
            Overlay::Record(form) => form.draft(),
            Overlay::Visit(card) => card.draft(),
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
        self.kept_before.extend(kept);
        match self.kept_before.as_slice() {
            [] => return false,
            [one] => {
                let what = one.draft.words();
                self.toast(format!("Left unfinished when the desk ended: {what} · B takes it up"));
            }
            [last, ..] => {
                let (count, what) = (self.kept_before.len(), last.draft.words());
                self.toast(format!("{count} things were left unfinished, the last {what} · B takes it up"));
            }
        }
        true
    }

    /// Takes up what was left: what was left at this desk, then what was kept.
    pub(super) fn take_up(&mut self) {
        if let Some(form) = self.draft.take() {
            return self.take_up_booking(form);
        }
        if self.kept_before.is_empty() {
            return self.toast("Nothing was left unfinished");
        }
        let Kept { draft, patient, visit } = self.kept_before.remove(0);
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
            }
            (Draft::Record(draft), _) => {
                self.overlays.push(Overlay::Record(Box::new(RecordForm::kept(&draft, patient.as_ref()))));
            }
            // They were not offered.
            (Draft::Moving(_) | Draft::Notes(_), None) => {}
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
        let dirty = booking || self.has_unsaved_overlay() || !self.kept_before.is_empty();
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
        self.kept_before.clear();
        self.overlays.clear();
        self.effects.push(Effect::Quit);
    }
}
