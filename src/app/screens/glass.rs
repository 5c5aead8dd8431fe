//! Break-glass: the record of a patient who is not the doctor's is opened by typing why.

use crate::app::field::Field;
use crate::app::msg::{Attempt, Write};
use crate::app::{App, Overlay, Purpose};
use crate::domain::break_glass::{MAX_REASON, accept_reason};
use crate::domain::ids::PatientId;
use crate::domain::patient::Named;
use crate::store::Result;

/// The prompt for the reason.
#[derive(Debug)]
pub struct Glass {
    id: PatientId,
    /// Whose record.
    pub patient: Named,
    /// What is typed.
    pub field: Field,
    /// What is wrong with it, or why it could not be written.
    pub fault: Option<String>,
    /// Whether it is on its way to the store.
    pub sending: bool,
    attempt: Attempt,
}

impl App {
    /// Asks why the record that is closed is to be opened.
    pub(crate) fn ask_why(&mut self) {
        let Some(patient) = self.patients.closed() else {
            return self.toast("This record is open to you: no reason is needed");
        };
        self.overlays.push(Overlay::Glass(Box::new(Glass {
            id: patient.id,
            patient: patient.named(),
            field: Field::line(MAX_REASON),
            fault: None,
            sending: false,
            attempt: Attempt::default(),
        })));
    }

    fn glass_mut(&mut self) -> Option<&mut Glass> {
        self.overlays.iter_mut().rev().find_map(|overlay| match overlay {
            Overlay::Glass(glass) => Some(&mut **glass),
            _ => None,
        })
    }

    /// Sends the reason, or says what is wrong with it.
    pub(crate) fn break_glass(&mut self) {
        let fresh = self.fresh_key();
        let Some(glass) = self.glass_mut().filter(|glass| !glass.sending) else { return };
        match accept_reason(&glass.field.text()) {
            Err(fault) => glass.fault = Some(fault),
            Ok(reason) => {
                let id = glass.id;
                let write = Write::BreakGlass(id, reason);
                let key = glass.attempt.key(&write, fresh);
                (glass.sending, glass.fault) = (true, None);
                self.write(key, write, Purpose::Glass(id));
            }
        }
    }

    /// The reason is on the trail, and the record is read; or why not.
    pub(crate) fn glass_written(&mut self, id: PatientId, written: Result<()>) {
        let answer = self.heard(written);
        let glass = self.glass_mut().filter(|glass| glass.id == id);
        match (answer, glass) {
            (Ok(()), glass) => {
                if glass.is_some() {
                    self.overlays.retain(|overlay| !matches!(overlay, Overlay::Glass(_)));
                }
                if self.patients.shown().is_some_and(|patient| patient.id == id) {
                    self.load_card(id);
                }
            }
            (Err(line), Some(glass)) => {
                glass.sending = false;
                glass.fault = Some(line);
            }
            (Err(line), None) => self.toast(line),
        }
    }
}
