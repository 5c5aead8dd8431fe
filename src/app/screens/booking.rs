//! The booking form, for a new visit and for one that is moved: its fields, and what they mean
//! together. What keys do to it is in `flow`.

mod flow;

use chrono::{NaiveDate, NaiveTime};

use super::board;
use crate::app::field::Field;
use crate::app::msg::Attempt;
use crate::app::remote::{Remote, Ticket};
use crate::domain::appointment::{DEFAULT_MINUTES, MAX_NOTES, MAX_REASON, Visit};
use crate::domain::booking::{Proposal, Verdict};
use crate::domain::dates::{
    is_day_begun, is_length_begun, is_time_begun, parse_day, parse_minutes, parse_time,
};
use crate::domain::doctor::Doctor;
use crate::domain::draft::{BookingDraft, Draft, MovingDraft};
use crate::domain::fold::words;
use crate::domain::ids::{DoctorId, PatientId};
use crate::domain::patient::{FieldFault, Named, Patient};
use crate::domain::text::{accept_line, accept_text};
use crate::store::sql::search::Found;

/// How many rows the form takes.
pub const HEIGHT: u16 = 11;
/// How many patients stand below what was typed.
pub const MATCHES: u16 = 5;

/// What is wrong with a patient whose record is closed to the doctor who books, and what to do.
const CLOSED: &str = "not yours; Ctrl-G on the patients screen opens the record";

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

/// What the fields are called in faults.
const FIELDS: [(Focus, &str); 7] = [
    (Focus::Patient, "patient"),
    (Focus::Doctor, "doctor"),
    (Focus::Date, "date"),
    (Focus::Time, "time"),
    (Focus::Length, "length"),
    (Focus::Notes, "notes"),
    (Focus::Reason, "reason"),
];

impl Focus {
    /// Where the field of that name is typed.
    fn of_field(name: &str) -> Self {
        FIELDS.iter().find(|(_, field)| *field == name).map_or(Focus::Verdict, |(focus, _)| *focus)
    }

    /// The name of the field that is typed here, as faults have it.
    #[must_use]
    pub fn field(self) -> Option<&'static str> {
        FIELDS.iter().find(|(focus, _)| *focus == self).map(|(_, field)| *field)
    }
}

/// A visit that is moved, as it was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moving {
    /// The visit.
    pub visit: Visit,
    /// Whose.
    pub patient: Named,
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
    pub(in crate::app) pick_on_arrival: bool,
    /// What is typed for the doctor.
    pub doctor_field: Field,
    /// The doctor that was chosen.
    pub doctor: Option<DoctorId>,
    /// The name of the doctor whom the typed text means, where that one takes no visits.
    inactive: Option<String>,
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
    /// The proposal that the value of `verdict` is about.
    judged: Option<Proposal>,
    /// Whether the form is on its way to the store.
    pub sending: bool,
    /// Whether the time was seen to be free when it was sent.
    seen_free: bool,
    /// The patient whose record is closed to the doctor who books: as they were found, or as it was refused.
    closed: Option<PatientId>,
    /// Whether it was left before and taken up: left again, it goes behind what else was left.
    pub(in crate::app) taken_up: bool,
    /// What went wrong when it was sent.
    pub trouble: Option<String>,
    /// Whether the time was free while it was typed and taken when it was sent.
    pub lost: bool,
    /// Whether an attempt to send has shown all faults.
    faults_shown: bool,
    /// Whether the text of the field under the cursor changed since the cursor came.
    typing: bool,
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
            inactive: None,
            date: Field::line(30).with(&date_text(date)),
            time: Field::line(12).with(&time),
            length: Field::line(10)
                .with(&doctor.map_or(DEFAULT_MINUTES, Doctor::default_minutes).to_string()),
            length_typed: false,
            notes: Field::lines(MAX_NOTES),
            reason: None,
            verdict: Remote::default(),
            proposed: None,
            judged: None,
            sending: false,
            seen_free: false,
            closed: None,
            taken_up: false,
            trouble: None,
            lost: false,
            faults_shown: false,
            typing: false,
            touched: false,
            attempt: Attempt::default(),
        }
    }

    /// A booking as it was kept, with the patient who was chosen.
    #[must_use]
    pub fn kept(draft: &BookingDraft, patient: Option<Patient>, today: NaiveDate) -> Self {
        let mut form = Form::book(None, today, 0);
        form.patient_field.set(&draft.patient);
        if let Some(patient) = patient {
            form.take_patient(patient);
        }
        form.doctor = draft.doctor_id;
        form.doctor_field.set(&draft.doctor);
        form.date.set(&draft.date);
        form.time.set(&draft.time);
        form.length.set(&draft.length);
        form.length_typed = true;
        form.notes.set(&draft.notes);
        form.reason = draft.reason.as_ref().map(|reason| Field::line(MAX_REASON).with(reason));
        form.touched = true;
        form
    }

    /// The same of a visit that is moved.
    #[must_use]
    pub fn kept_moving(draft: &MovingDraft, moving: Moving) -> Self {
        let mut form = Form::moving(moving);
        form.doctor = draft.doctor_id;
        form.doctor_field.set(&draft.doctor);
        form.date.set(&draft.date);
        form.time.set(&draft.time);
        form.length.set(&draft.length);
        form.reason = draft.reason.as_ref().map(|reason| Field::line(MAX_REASON).with(reason));
        form.touched = true;
        form
    }

    /// What is to be kept of it where nobody left it; none where nothing was typed.
    #[must_use]
    pub fn draft(&self) -> Option<Draft> {
        let reason = self.reason.as_ref().map(Field::text);
        let (doctor_id, doctor) = (self.doctor, self.doctor_field.text());
        let (date, time, length) = (self.date.text(), self.time.text(), self.length.text());
        self.is_dirty().then(|| match &self.moving {
            Some(moving) => Draft::Moving(MovingDraft {
                moving: moving.visit.id,
                doctor_id,
                doctor,
                date,
                time,
                length,
                reason,
            }),
            None => Draft::Booking(BookingDraft {
                patient_id: self.patient.as_ref().map(|patient| patient.id),
                patient: self.patient_field.text(),
                doctor_id,
                doctor,
                date,
                time,
                length,
                notes: self.notes.text(),
                reason,
            }),
        })
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
        if self.is_closed() {
            faults.push(FieldFault::new("patient", CLOSED));
        }
        if self.doctor.is_none() {
            let fault = match &self.inactive {
                Some(name) => format!("{name} is inactive: takes no visits; choose another"),
                None => "no doctor of this name or specialization; type another".to_owned(),
            };
            faults.push(FieldFault::new("doctor", fault));
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

    /// Whether the record of the patient who was chosen is closed to the doctor who books, as far as is known.
    fn is_closed(&self) -> bool {
        self.patient.as_ref().is_some_and(|patient| self.closed == Some(patient.id))
    }

    /// The faults that are said now: of the fields that the cursor has left, of the one it is in once
    /// more letters cannot mend it, and of all of them once sending was tried.
    #[must_use]
    pub fn faults_said(&self, today: NaiveDate) -> Vec<FieldFault> {
        let mut faults = self.faults(today);
        faults.retain(|fault| match fault.field {
            here if self.focus.field() == Some(here) => {
                !self.is_begun(today) || self.faults_shown && !self.typing
            }
            // Nobody is reminded of what they have not come to yet.
            "patient" => self.faults_shown || self.is_closed(),
            "reason" => self.faults_shown,
            _ => true,
        });
        faults
    }

    /// Whether what is wrong in the field under the cursor may be right with more letters.
    fn is_begun(&self, today: NaiveDate) -> bool {
        match self.focus {
            Focus::Patient | Focus::Verdict => true,
            Focus::Doctor => self.doctor_field.is_blank(),
            Focus::Date => is_day_begun(&self.date.text(), today),
            Focus::Time => is_time_begun(&self.time.text()),
            Focus::Length => is_length_begun(&self.length.text()),
            Focus::Notes => false,
            Focus::Reason => self.reason.as_ref().is_none_or(Field::is_blank),
        }
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

    /// What the rule said of this doctor, time and length, as it stands on the screen; that may be
    /// asked again just now, for a patient chosen since or for what another desk did.
    fn seen(&self) -> Option<&Verdict> {
        let place = |of: &Proposal| (of.doctor_id, of.starts, of.minutes, of.moving);
        let same = self.judged.as_ref().map(place) == self.proposed.as_ref().map(place);
        self.verdict.value().filter(|_| same && self.verdict.failure().is_none())
    }

    /// Takes what the rule says, if it is the answer to the last question.
    fn take_verdict(&mut self, ticket: Ticket, answer: std::result::Result<Verdict, String>) {
        if self.verdict.answer(ticket, answer) {
            self.judged.clone_from(&self.proposed);
            self.lost &= self.verdict.settled().is_none_or(|verdict| !verdict.is_free());
        }
    }
}

/// The doctors whom a text may mean: every word begins a word of name or specialization.
#[must_use]
pub fn matching<'d>(doctors: &'d [Doctor], text: &str) -> Vec<&'d Doctor> {
    meant(doctors, text).filter(|doctor| doctor.is_active).collect()
}

/// The same with those who take no visits.
fn meant<'d>(doctors: &'d [Doctor], text: &str) -> impl Iterator<Item = &'d Doctor> {
    let typed = words(text);
    doctors.iter().filter(move |doctor| {
        let of = words(&format!("{} {}", doctor.details.name, doctor.details.specialization));
        typed.iter().all(|word| of.iter().any(|w| w.starts_with(word.as_str())))
    })
}

/// How a date stands in a field: with its weekday, in a form that is read again.
#[must_use]
pub fn date_text(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}

impl Form {
    /// Leaves the reason for overbooking out.
    pub(in crate::app) fn drop_reason(&mut self) {
        if self.reason.take().is_some() && self.focus == Focus::Reason {
            self.focus = Focus::Verdict;
        }
    }

    /// What was typed to find the patient: not the name of whoever was chosen.
    fn searched(&self) -> String {
        if self.patient.is_some() { self.asked.clone() } else { self.patient_field.text() }
    }

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
        self.typing = false;
        self.marked = 0;
        if !matches!(focus, Focus::Notes)
            && let Some(field) = self.field_mut()
        {
            field.select_all();
        }
    }
}

/// The next place in a list of `count`, held at its ends.
pub(crate) fn step(at: usize, down: bool, count: usize) -> usize {
    if down { (at + 1).min(count.saturating_sub(1)) } else { at.saturating_sub(1) }
}
