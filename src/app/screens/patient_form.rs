//! The form in which a patient is registered or their record edited.

use chrono::NaiveDate;
use crossterm::event::KeyEvent;

use super::sheet::{Entry, Label, Refused, Sheet, Typed};
use crate::app::bindings::Action;
use crate::app::msg::{Card, Effect, Read, VISITS, Write};
use crate::app::remote::Ticket;
use crate::app::{App, Overlay, Purpose, Screen};
use crate::domain::dates::parse_birth_date;
use crate::domain::draft::{Draft, RecordDraft};
use crate::domain::patient::{FieldFault, MAX_ADDRESS, MAX_NAME, Patient, PatientForm, born};
use crate::domain::query::PatientQuery;
use crate::store::Result;

/// The columns in the order of the form, with their labels.
pub const FIELDS: [Label; 5] = [
    ("name", "Name"),
    ("date_of_birth", "Date of birth"),
    ("phone", "Phone"),
    ("email", "E-mail"),
    ("address", "Address"),
];

/// The form.
#[derive(Debug)]
pub struct RecordForm {
    /// The record that is edited; none for a new one.
    pub before: Option<Box<Patient>>,
    /// The fields, in the order of [`FIELDS`].
    pub sheet: Sheet,
}

impl RecordForm {
    fn new(values: &PatientForm, before: Option<Box<Patient>>) -> Self {
        // More room than the column has: what is too long is said, not cut in silence.
        let line = |text: &str| Entry::line(MAX_NAME * 2, text);
        let fields = vec![
            line(&values.name),
            line(&values.date_of_birth),
            line(&values.phone),
            line(&values.email),
            Entry::line(MAX_ADDRESS * 2, &values.address.replace('\n', ", ")),
        ];
        RecordForm { before, sheet: Sheet::new(&FIELDS, fields) }
    }

    /// The form as it was kept, over the record as it is now: what others changed of it since is said.
    #[must_use]
    pub(in crate::app) fn kept(draft: &RecordDraft, now: Option<&Patient>) -> Self {
        let mut form = RecordForm::new(&draft.typed, None);
        if let (Some(now), Some(before)) = (now, &draft.before) {
            form.before = Some(Box::new(now.clone()));
            form.take_over(before, now);
        }
        form
    }

    /// What is to be kept of it where nobody left it; none where nothing was typed.
    #[must_use]
    pub(in crate::app) fn draft(&self) -> Option<Draft> {
        self.is_dirty().then(|| {
            Draft::Record(RecordDraft {
                record_of: self.before.as_ref().map(|before| before.id),
                typed: self.values(),
                before: self.before.as_ref().map(|before| PatientForm::of(&before.details)),
            })
        })
    }

    /// What is typed.
    #[must_use]
    pub fn values(&self) -> PatientForm {
        let [name, date_of_birth, phone, email, typed] = [0, 1, 2, 3, 4].map(|n| self.sheet.text(n));
        let kept = self.before.as_ref().and_then(|before| before.details.address.as_deref());
        // An address of several lines that nobody touched keeps them.
        let address = match kept {
            Some(kept) if kept.replace('\n', ", ") == typed => kept.to_owned(),
            _ => typed,
        };
        PatientForm { name, email, phone, date_of_birth, address }
    }

    /// The faults as the fields stand.
    #[must_use]
    pub fn faults(&self, today: NaiveDate) -> Vec<FieldFault> {
        let before = self.before.as_ref().map(|before| &before.details);
        self.values().accept(before, today).err().unwrap_or_default()
    }

    /// What a field's text was understood as, where that says more than the text: a date of birth in
    /// full, since a year of two digits is one of the last hundred and twenty.
    #[must_use]
    pub fn understood(&self, field: usize, today: NaiveDate) -> Option<String> {
        if FIELDS[field].0 != "date_of_birth" {
            return None;
        }
        parse_birth_date(&self.sheet.text(field), today).ok().map(|date| born(date, today))
    }

    /// Whether what another desk made of the record is on its way.
    pub(in crate::app) fn is_reread(&self) -> bool {
        self.sheet.rereading.is_some()
    }

    /// Whether anything would be lost by leaving it.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        let empty = PatientForm::default();
        let kept = self.before.as_ref().map_or(empty, |before| PatientForm::of(&before.details));
        self.values() != kept
    }
}

impl App {
    /// Opens the form for a new patient; what was looked for stands in the field it is for.
    pub(crate) fn open_register(&mut self, typed: &str) {
        let mut values = PatientForm::default();
        let query = PatientQuery::parse(typed, self.now.today());
        if query.email.is_some() {
            typed.trim().clone_into(&mut values.email);
        } else if query.words.is_empty() && query.phone.is_some() {
            typed.trim().clone_into(&mut values.phone);
        } else if query.words.is_empty() && !query.birth_dates.is_empty() {
            typed.trim().clone_into(&mut values.date_of_birth);
        } else if query.id.is_none() {
            typed.trim().clone_into(&mut values.name);
        }
        self.overlays.push(Overlay::Record(Box::new(RecordForm::new(&values, None))));
    }

    /// Opens the form for a patient's record.
    pub(crate) fn open_edit(&mut self, patient: Patient) {
        let values = PatientForm::of(&patient.details);
        let form = RecordForm::new(&values, Some(Box::new(patient)));
        self.overlays.push(Overlay::Record(Box::new(form)));
    }

    fn record_form(&mut self) -> Option<&mut RecordForm> {
        match self.overlays.last_mut() {
            Some(Overlay::Record(form)) if !form.sheet.sending => Some(form),
            _ => None,
        }
    }

    /// What a key does in the form.
    pub(crate) fn record_action(&mut self, action: Action) {
        let Some(form) = self.record_form() else { return };
        match action {
            Action::NextField | Action::Down => form.sheet.go(true),
            Action::PreviousField | Action::Up => form.sheet.go(false),
            Action::Submit => self.send_record(),
            Action::Leave => self.leave_record(),
            _ => {}
        }
    }

    fn leave_record(&mut self) {
        let dirty = self.record_form().is_some_and(|form| form.is_dirty());
        if dirty {
            self.ask("Leave this form? What is typed in it is lost.", super::prompts::Then::DropForm);
        } else {
            self.overlays.pop();
        }
    }

    /// A key that is text; Enter goes to the next field, and sends from the last.
    pub(crate) fn record_key(&mut self, key: KeyEvent) {
        if self.record_form().is_some_and(|form| form.sheet.key(key) == Typed::Sends) {
            self.send_record();
        }
    }

    /// Pasted text.
    pub(crate) fn record_paste(&mut self, text: &str) {
        if let Some(form) = self.record_form() {
            form.sheet.paste(text);
        }
    }

    fn send_record(&mut self) {
        let today = self.now.today();
        let fresh = self.fresh_key();
        let Some(form) = self.record_form() else { return };
        let before = form.before.clone();
        let details = match form.values().accept(before.as_ref().map(|before| &before.details), today) {
            Ok(details) => details,
            Err(faults) => return form.sheet.refuse(&faults),
        };
        let write = match before {
            Some(before) => Write::EditPatient(before, details),
            None => Write::Register(details),
        };
        let key = form.sheet.sends(&write, fresh);
        self.write(key, write, Purpose::Record);
    }

    /// The record is kept, or why not.
    pub(crate) fn record_written(&mut self, patient: Result<Box<Patient>>) {
        let at = self.overlays.iter().rposition(|overlay| matches!(overlay, Overlay::Record(_)));
        let refused = Refused::of(&patient);
        let answer = self.heard(patient);
        let ticket = self.tickets.issue();
        let Some(at) = at else { return };
        match answer {
            Ok(patient) => {
                let form = self.overlays.remove(at);
                let new = matches!(form, Overlay::Record(form) if form.before.is_none());
                let name = patient.named().short();
                let did = if new { "Registered" } else { "Saved the record of" };
                let line = format!("{did} {name}, #{}", patient.id);
                self.toast(line);
                self.look_now();
                if self.booking.is_some() {
                    self.registered_for_booking(*patient);
                } else if self.screen == Screen::Patients {
                    self.open_patient(patient.id);
                }
            }
            Err(line) => {
                let Some(Overlay::Record(form)) = self.overlays.get_mut(at) else { return };
                let id = form.before.as_ref().map(|before| before.id);
                let taken = |_: &str| "is another patient's; look them up, or write another address";
                if form.sheet.refused(refused, line, ticket, taken)
                    && let Some(id) = id
                {
                    self.effects.push(Effect::Read(ticket, Read::Card(id, VISITS)));
                }
            }
        }
    }
}

impl App {
    /// The answer to a question for a person: whether it was asked for a record that another desk
    /// changed while it was edited here.
    pub(crate) fn record_came(
        &mut self,
        ticket: Ticket,
        card: &std::result::Result<Box<Card>, String>,
    ) -> bool {
        let form = self.overlays.iter_mut().find_map(|overlay| match overlay {
            Overlay::Record(form) => form.sheet.rereading.take_if(|asked| *asked == ticket).map(|_| form),
            _ => None,
        });
        let Some(form) = form else { return false };
        match card {
            Ok(card) => form.overtake(&card.patient),
            Err(line) => form.sheet.trouble = Some(line.clone()),
        }
        true
    }
}

impl RecordForm {
    /// Another desk changed the record: what was not touched here is as it is there now, what was
    /// stays as it is typed.
    fn overtake(&mut self, now: &Patient) {
        let Some(before) = self.before.replace(Box::new(now.clone())) else { return };
        self.take_over(&PatientForm::of(&before.details), now);
    }

    fn take_over(&mut self, before: &PatientForm, now: &Patient) {
        let columns = |form: &PatientForm| {
            let PatientForm { name, date_of_birth, phone, email, address } = form.clone();
            [name, date_of_birth, phone, email, address.replace('\n', ", ")]
        };
        self.sheet.take_over(&columns(before), &columns(&PatientForm::of(&now.details)));
    }
}
