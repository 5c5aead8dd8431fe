//! The form in which a patient is registered or their record edited.

use chrono::NaiveDate;
use crossterm::event::KeyEvent;

use crate::app::bindings::Action;
use crate::app::field::Field;
use crate::app::msg::{Attempt, Card, Effect, Read, VISITS, Write};
use crate::app::remote::Ticket;
use crate::app::{App, Overlay, Purpose, Screen};
use crate::domain::dates::parse_birth_date;
use crate::domain::patient::{FieldFault, MAX_ADDRESS, MAX_NAME, Patient, PatientForm, born};
use crate::domain::query::PatientQuery;
use crate::store::{Result, StoreError};

/// The columns in the order of the form, with their labels.
pub const FIELDS: [(&str, &str); 5] = [
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
    pub fields: [Field; 5],
    /// Which has the cursor.
    pub focus: usize,
    /// Which were left once: their faults are shown.
    pub touched: [bool; 5],
    /// A fault that only the store could find.
    pub from_store: Option<FieldFault>,
    /// What went wrong when it was sent.
    pub trouble: Option<String>,
    /// Whether it is on its way to the store.
    pub sending: bool,
    /// The question for the record as another desk left it.
    rereading: Option<Ticket>,
    attempt: Attempt,
}

impl RecordForm {
    fn new(values: &PatientForm, before: Option<Box<Patient>>) -> Self {
        // More room than the column has: what is too long is said, not cut in silence.
        let line = |text: &str| Field::line(MAX_NAME * 2).with(text);
        RecordForm {
            before,
            fields: [
                line(&values.name),
                line(&values.date_of_birth),
                line(&values.phone),
                line(&values.email),
                Field::line(MAX_ADDRESS * 2).with(&values.address.replace('\n', ", ")),
            ],
            focus: 0,
            touched: [false; 5],
            from_store: None,
            trouble: None,
            sending: false,
            rereading: None,
            attempt: Attempt::default(),
        }
    }

    /// What is typed.
    #[must_use]
    pub fn values(&self) -> PatientForm {
        let [name, date_of_birth, phone, email, address] = &self.fields;
        let kept = self.before.as_ref().and_then(|before| before.details.address.as_deref());
        let typed = address.text();
        // An address of several lines that nobody touched keeps them.
        let address = match kept {
            Some(kept) if kept.replace('\n', ", ") == typed => kept.to_owned(),
            _ => typed,
        };
        PatientForm {
            name: name.text(),
            email: email.text(),
            phone: phone.text(),
            date_of_birth: date_of_birth.text(),
            address,
        }
    }

    /// The faults as the fields stand.
    #[must_use]
    pub fn faults(&self, today: NaiveDate) -> Vec<FieldFault> {
        let before = self.before.as_ref().map(|before| &before.details);
        let mut faults = self.values().accept(before, today).err().unwrap_or_default();
        faults.extend(self.from_store.clone());
        faults
    }

    /// The fault to show beside a field.
    #[must_use]
    pub fn fault_at(&self, field: usize, today: NaiveDate) -> Option<String> {
        let name = FIELDS[field].0;
        let fault = self.faults(today).into_iter().find(|fault| fault.field == name)?;
        let from_store = self.from_store.as_ref().is_some_and(|store| store.field == name);
        (self.touched[field] || from_store).then_some(fault.fault)
    }

    /// What a field's text was understood as, where that says more than the text: a date of birth in
    /// full, since a year of two digits is one of the last hundred and twenty.
    #[must_use]
    pub fn understood(&self, field: usize, today: NaiveDate) -> Option<String> {
        if FIELDS[field].0 != "date_of_birth" {
            return None;
        }
        parse_birth_date(&self.fields[field].text(), today).ok().map(|date| born(date, today))
    }

    /// Whether what another desk made of the record is on its way.
    pub(in crate::app) fn is_reread(&self) -> bool {
        self.rereading.is_some()
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
            Some(Overlay::Record(form)) if !form.sending => Some(form),
            _ => None,
        }
    }

    /// What a key does in the form.
    pub(crate) fn record_action(&mut self, action: Action) {
        let Some(form) = self.record_form() else { return };
        match action {
            Action::NextField | Action::Down => form.go(1),
            Action::PreviousField | Action::Up => form.go(FIELDS.len() - 1),
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
        let Some(form) = self.record_form() else { return };
        if key.code == crossterm::event::KeyCode::Enter {
            if form.focus + 1 == FIELDS.len() {
                self.send_record();
            } else {
                form.go(1);
            }
            return;
        }
        let at = form.focus;
        if form.fields[at].key(key) {
            form.changed();
        }
    }

    /// Pasted text.
    pub(crate) fn record_paste(&mut self, text: &str) {
        if let Some(form) = self.record_form()
            && form.fields[form.focus].paste(text)
        {
            // What is pasted is whole.
            form.touched[form.focus] = true;
            form.changed();
        }
    }

    fn send_record(&mut self) {
        let today = self.now.today();
        let fresh = self.fresh_key();
        let Some(form) = self.record_form() else { return };
        form.touched = [true; 5];
        let before = form.before.clone();
        let details = match form.values().accept(before.as_ref().map(|before| &before.details), today) {
            Ok(details) => details,
            Err(faults) => {
                let first =
                    FIELDS.iter().position(|(name, _)| faults.iter().any(|fault| fault.field == *name));
                form.focus = first.unwrap_or(form.focus);
                return;
            }
        };
        form.sending = true;
        form.trouble = None;
        let write = match before {
            Some(before) => Write::EditPatient(before, details),
            None => Write::Register(details),
        };
        let key = form.attempt.key(&write, fresh);
        self.write(key, write, Purpose::Record);
    }

    /// The record is kept, or why not.
    pub(crate) fn record_written(&mut self, patient: Result<Box<Patient>>) {
        let at = self.overlays.iter().rposition(|overlay| matches!(overlay, Overlay::Record(_)));
        let duplicate = match &patient {
            Err(StoreError::Duplicate { field }) => Some(*field),
            _ => None,
        };
        let overtaken = matches!(&patient, Err(StoreError::Changed { .. }));
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
                form.sending = false;
                let id = form.before.as_ref().map(|before| before.id).filter(|_| overtaken);
                if let Some(id) = id {
                    form.rereading = Some(ticket);
                    self.effects.push(Effect::Read(ticket, Read::Card(id, VISITS)));
                    return;
                }
                match duplicate {
                    Some(field) => {
                        let fault = "is another patient's; look them up, or write another address";
                        form.from_store = Some(FieldFault::new(field, fault));
                        form.focus = FIELDS.iter().position(|(name, _)| *name == field).unwrap_or(form.focus);
                    }
                    None => form.trouble = Some(line),
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
            Overlay::Record(form) => form.rereading.take_if(|asked| *asked == ticket).map(|_| form),
            _ => None,
        });
        let Some(form) = form else { return false };
        match card {
            Ok(card) => form.overtake(&card.patient),
            Err(line) => form.trouble = Some(line.clone()),
        }
        true
    }
}

impl RecordForm {
    /// Another desk changed the record: what was not touched here is as it is there now, what was
    /// stays as it is typed.
    fn overtake(&mut self, now: &Patient) {
        let Some(before) = self.before.replace(Box::new(now.clone())) else { return };
        let columns = |details| {
            let PatientForm { name, date_of_birth, phone, email, address } = PatientForm::of(details);
            [name, date_of_birth, phone, email, address.replace('\n', ", ")]
        };
        let mut changed = Vec::new();
        for (n, (old, new)) in columns(&before.details).into_iter().zip(columns(&now.details)).enumerate() {
            if old == new {
                continue;
            }
            changed.push(FIELDS[n].1);
            if self.fields[n].text() == old {
                self.fields[n].set(&new);
            }
        }
        self.trouble = Some(format!("another desk changed: {}", changed.join(", ")));
    }

    fn go(&mut self, by: usize) {
        self.touched[self.focus] = true;
        self.focus = (self.focus + by) % FIELDS.len();
    }

    fn changed(&mut self) {
        self.trouble = None;
        if self.from_store.as_ref().is_some_and(|fault| fault.field == FIELDS[self.focus].0) {
            self.from_store = None;
        }
    }
}
