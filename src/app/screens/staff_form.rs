//! The form in which a member of staff is added or changed.

use std::collections::BTreeMap;

use crossterm::event::KeyEvent;

use super::clinic::ClinicView;
use super::prompts::Then;
use super::sheet::{Choice, Entry, Label, Refused, Sheet, Typed};
use crate::app::bindings::Action;
use crate::app::msg::{Effect, Read, StaffList, StaffOrder, StaffWritten, Write};
use crate::app::remote::Ticket;
use crate::app::{App, Overlay, Purpose, Screen};
use crate::domain::draft::{Draft, StaffDraft};
use crate::domain::fold::words;
use crate::domain::ids::DoctorId;
use crate::domain::patient::{FieldFault, MAX_NAME};
use crate::domain::staff::{Role, StaffDetails, StaffMember};
use crate::store::Result;

/// The columns in the order of the form, with their labels.
pub const FIELDS: [Label; 8] = [
    ("name", "Name"),
    ("email", "E-mail"),
    ("role", "Role"),
    ("doctor_id", "Doctor"),
    ("os_user", "Unix account"),
    ("os_user_signs_in", "Signs in by it"),
    ("may_overbook", "May overbook"),
    ("may_refund", "May refund"),
];

/// The roles as a choice, in the order of [`Role::ALL`].
const ROLES: [&str; 3] = ["receptionist", "doctor", "administrator"];
/// The field of the role.
const ROLE: usize = 2;
/// The fields of the permissions that are given besides.
const GIVEN: [usize; 2] = [6, 7];
/// No and yes.
const NO_YES: [&str; 2] = ["no", "yes"];

/// The form.
#[derive(Debug)]
pub struct StaffForm {
    /// Who is changed; none for somebody new.
    pub before: Option<Box<StaffMember>>,
    /// The fields, in the order of [`FIELDS`].
    pub sheet: Sheet,
    /// The doctors whom they may be.
    doctors: Vec<(DoctorId, String)>,
    /// Which of the permissions that are given besides went with the role that they were given for.
    gone: [bool; GIVEN.len()],
}

impl StaffForm {
    fn new(before: Option<Box<StaffMember>>, doctors: Vec<(DoctorId, String)>) -> Self {
        // More room than the column has: what is too long is said, not cut in silence.
        let line = |text: &str| Entry::line(MAX_NAME * 2, text);
        let kept = before.as_ref().map(|before| &before.details);
        let text = |of: fn(&StaffDetails) -> String| line(&kept.map(of).unwrap_or_default());
        let yes = |of: fn(&StaffDetails) -> bool| {
            Entry::Choice(Choice::new(&NO_YES, usize::from(kept.is_some_and(of))))
        };
        let role = kept.map_or(Role::Receptionist, |kept| kept.role);
        let role = Role::ALL.into_iter().position(|of| of == role).unwrap_or(0);
        let fields = vec![
            text(|of| of.name.clone()),
            text(|of| of.email.clone()),
            Entry::Choice(Choice::new(&ROLES, role)),
            text(doctor_text),
            text(|of| of.os_user.clone().unwrap_or_default()),
            yes(|of| of.os_user_signs_in),
            yes(|of| of.may_overbook),
            yes(|of| of.may_refund),
        ];
        StaffForm { sheet: Sheet::new(&FIELDS, fields), before, doctors, gone: [false; GIVEN.len()] }
    }

    /// The role that is chosen may be another: what was given besides goes with the one that it was given for,
    /// and is there again where that one is chosen again.
    fn role_chosen(&mut self) {
        let Some(kept) = self.before.as_ref().map(|before| &before.details) else { return };
        let Some(role) = Role::parse(&self.sheet.text(ROLE)) else { return };
        let moved = kept.clone().in_role(role);
        let given = [(kept.may_overbook, moved.may_overbook), (kept.may_refund, moved.may_refund)];
        for ((field, (kept, moved)), gone) in GIVEN.into_iter().zip(given).zip(&mut self.gone) {
            let is_given = self.sheet.text(field) == NO_YES[1];
            if kept && !moved && is_given && !*gone {
                *gone = true;
                self.sheet.fields[field].set(NO_YES[0]);
            } else if *gone && moved {
                *gone = false;
                self.sheet.fields[field].set(NO_YES[1]);
            }
        }
    }

    /// What is to be said of a permission that went with the role for which it was given.
    #[must_use]
    pub fn goes_with_the_role(&self, field: usize) -> Option<String> {
        let at = GIVEN.iter().position(|given| *given == field)?;
        let before = self.before.as_ref().filter(|_| self.gone[at] && self.sheet.text(field) == NO_YES[0])?;
        Some(format!("was given to the {}; yes gives it again", before.details.role.words()))
    }

    /// The form as it was kept, over the record as it is now: what others changed of it since is said.
    #[must_use]
    pub(in crate::app) fn kept(draft: &StaffDraft, list: &StaffList) -> Self {
        let now = list.staff.iter().find(|member| Some(member.id) == draft.staff_of);
        let mut form = StaffForm::new(now.cloned().map(Box::new), list.doctors.clone());
        let texts = form.texts();
        form.put(&draft.staff);
        if let (Some(_), Some(before)) = (now, &draft.before) {
            let mut began = StaffForm::new(None, Vec::new());
            began.put(before);
            form.sheet.take_over(&began.texts(), &texts);
        }
        let role = Role::parse(&form.sheet.text(ROLE));
        if let (Some(kept), Some(role)) = (now.map(|now| &now.details), role) {
            let moved = kept.clone().in_role(role);
            form.gone = [kept.may_overbook && !moved.may_overbook, kept.may_refund && !moved.may_refund];
        }
        form
    }

    /// What is to be kept of it where nobody left it; none where nothing was typed.
    #[must_use]
    pub(in crate::app) fn draft(&self) -> Option<Draft> {
        let named = |form: &StaffForm| {
            let columns = FIELDS.iter().map(|(column, _)| (*column).to_owned());
            columns.zip(form.texts()).collect()
        };
        self.is_dirty().then(|| {
            Draft::Staff(StaffDraft {
                staff_of: self.before.as_ref().map(|before| before.id),
                staff: named(self),
                before: self.before.as_ref().map(|of| named(&StaffForm::new(Some(of.clone()), Vec::new()))),
            })
        })
    }

    /// What stands in the fields.
    fn texts(&self) -> Vec<String> {
        self.sheet.fields.iter().map(Entry::text).collect()
    }

    /// Puts texts into the fields of these columns.
    fn put(&mut self, texts: &BTreeMap<String, String>) {
        for ((column, _), field) in FIELDS.iter().zip(&mut self.sheet.fields) {
            if let Some(text) = texts.get(*column) {
                field.set(text);
            }
        }
    }

    /// The details as they are typed, and what is wrong with the doctor.
    fn values(&self) -> (StaffDetails, Option<FieldFault>) {
        let text = |n| self.sheet.text(n);
        let yes = |n| self.sheet.text(n) == NO_YES[1];
        let (doctor_id, fault) = match self.doctor() {
            Ok(doctor) => (doctor.map(|(id, _)| *id), None),
            Err(fault) => (None, Some(FieldFault::new("doctor_id", fault))),
        };
        let details = StaffDetails {
            name: text(0),
            email: text(1),
            role: Role::parse(&text(2)).unwrap_or(Role::Receptionist),
            doctor_id,
            os_user: Some(text(4)).filter(|account| !account.trim().is_empty()),
            os_user_signs_in: yes(5),
            may_overbook: yes(6),
            may_refund: yes(7),
        };
        (details, fault)
    }

    /// The doctor whom the field means: by number, or by the beginnings of the words of a name.
    fn doctor(&self) -> Result<Option<&(DoctorId, String)>, String> {
        let typed = self.sheet.text(3);
        let typed = typed.trim();
        if typed.is_empty() {
            return Ok(None);
        }
        if let Ok(id) = typed.trim_start_matches('#').parse::<i32>() {
            let found = self.doctors.iter().find(|(doctor, _)| doctor.0 == id);
            return found.map(Some).ok_or_else(|| format!("there is no doctor {id}; write a name, or #1"));
        }
        let typed = words(typed);
        let is_meant = |(_, name): &&(DoctorId, String)| {
            let name = words(name);
            typed.iter().all(|word| name.iter().any(|of| of.starts_with(word.as_str())))
        };
        let mut meant = self.doctors.iter().filter(is_meant);
        match (meant.next(), meant.next()) {
            (Some(one), None) => Ok(Some(one)),
            (Some((_, one)), Some((_, other))) => {
                let [one, other] = [one, other].map(|name| crate::domain::text::fit(name, 15));
                Err(format!("may be {one} or {other}; write more of the name"))
            }
            (None, _) => Err("no doctor of the clinic has this name".to_owned()),
        }
    }

    fn accepted(&self) -> Result<StaffDetails, Vec<FieldFault>> {
        let (details, doctor) = self.values();
        let accepted = details.accept(self.before.as_ref().map(|before| &before.details));
        match (accepted, doctor) {
            (accepted, None) => accepted,
            (accepted, Some(fault)) => {
                let mut faults = accepted.err().unwrap_or_default();
                faults.retain(|other| other.field != fault.field);
                faults.push(fault);
                Err(faults)
            }
        }
    }

    /// The fault to show beside a field.
    #[must_use]
    pub fn fault_at(&self, field: usize) -> Option<String> {
        self.sheet.shown(field, &self.accepted().err().unwrap_or_default())
    }

    /// What a field's text was understood as, where that says more than the text: the doctor who is meant.
    #[must_use]
    pub fn understood(&self, field: usize) -> Option<String> {
        if FIELDS[field].0 != "doctor_id" {
            return None;
        }
        self.doctor().ok().flatten().map(|(id, name)| format!("{name}  #{id}"))
    }

    /// Whether anything would be lost by leaving it.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.texts() != StaffForm::new(self.before.clone(), Vec::new()).texts()
    }

    /// Another desk changed them: what was not touched here is as it is there now, what was stays.
    fn overtake(&mut self, now: &StaffMember, list: &StaffList) {
        self.doctors.clone_from(&list.doctors);
        let Some(before) = self.before.replace(Box::new(now.clone())) else { return };
        let texts = |of: &StaffMember| StaffForm::new(Some(Box::new(of.clone())), Vec::new()).texts();
        self.sheet.take_over(&texts(&before), &texts(now));
        if before.is_active != now.is_active {
            let is = if now.is_active { "active again" } else { "not active any more" };
            let line = format!("another desk made them {is}");
            self.sheet.trouble = Some(match self.sheet.trouble.take() {
                Some(trouble) => format!("{trouble}; {line}"),
                None => line,
            });
        }
    }
}

fn doctor_text(details: &StaffDetails) -> String {
    details.doctor_id.map_or(String::new(), |doctor| format!("#{doctor}"))
}

impl App {
    /// Opens the form for somebody new, or for one of the staff.
    pub(crate) fn open_staff_form(&mut self, member: Option<StaffMember>) {
        // Whom a doctor may be is known with the list.
        let Some(list) = self.office.staff.value() else { return };
        let form = StaffForm::new(member.map(Box::new), list.doctors.clone());
        self.overlays.push(Overlay::Staff(Box::new(form)));
    }

    /// Takes up what was kept of the form, once it is known how the staff are now.
    pub(crate) fn take_up_staff_form(&mut self) {
        self.office.view = ClinicView::Staff;
        self.show_clinic();
        self.office.takes_up = true;
    }

    /// The staff are known: whether a form waits for it.
    pub(crate) fn staff_known(&mut self) {
        let waits = std::mem::take(&mut self.office.takes_up);
        let is_here = self.screen == Screen::Clinic && self.overlays.is_empty();
        if let Some(list) = self.office.staff.value().filter(|_| waits && is_here)
            && let Some(at) = self.kept_before.iter().position(|of| matches!(of.draft, Draft::Staff(_)))
            && let Draft::Staff(draft) = &self.kept_before[at].draft
        {
            let words = self.kept_before[at].draft.words();
            let form = StaffForm::kept(draft, list);
            self.kept_before.remove(at);
            self.overlays.push(Overlay::Staff(Box::new(form)));
            self.say_taken_up(words);
        }
    }

    fn staff_form(&mut self) -> Option<&mut StaffForm> {
        match self.overlays.last_mut() {
            Some(Overlay::Staff(form)) if !form.sheet.sending => Some(form),
            _ => None,
        }
    }

    /// What a key does in the form.
    pub(crate) fn staff_form_action(&mut self, action: Action) {
        let Some(form) = self.staff_form() else { return };
        match action {
            Action::NextField | Action::Down => form.sheet.go(true),
            Action::PreviousField | Action::Up => form.sheet.go(false),
            Action::Submit => self.send_staff(),
            Action::Leave if form.is_dirty() => {
                self.ask("Leave this form? What is typed in it is lost.", Then::DropForm);
            }
            Action::Leave => drop(self.overlays.pop()),
            _ => {}
        }
    }

    /// A key that is text.
    pub(crate) fn staff_form_key(&mut self, key: KeyEvent) {
        let Some(form) = self.staff_form() else { return };
        let role = form.sheet.text(ROLE);
        let typed = form.sheet.key(key);
        if form.sheet.text(ROLE) != role {
            form.role_chosen();
        }
        if typed == Typed::Sends {
            self.send_staff();
        }
    }

    /// Pasted text.
    pub(crate) fn staff_form_paste(&mut self, text: &str) {
        if let Some(form) = self.staff_form() {
            form.sheet.paste(text);
        }
    }

    fn send_staff(&mut self) {
        let fresh = self.fresh_key();
        let Some(form) = self.staff_form() else { return };
        let details = match form.accepted() {
            Ok(details) => details,
            Err(faults) => return form.sheet.refuse(&faults),
        };
        let write = Write::Staff(match form.before.clone() {
            Some(before) => StaffOrder::Edit(before, details),
            None => StaffOrder::Add(details),
        });
        let key = form.sheet.sends(&write, fresh);
        self.write(key, write, Purpose::StaffForm);
    }

    /// Somebody is kept as typed, or why not.
    pub(crate) fn staff_form_written(&mut self, written: Result<Box<StaffWritten>>) {
        let at = self.overlays.iter().rposition(|overlay| matches!(overlay, Overlay::Staff(_)));
        let refused = Refused::of(&written);
        let answer = self.heard(written);
        let ticket = self.tickets.issue();
        let Some(at) = at else { return };
        let line = match answer {
            Ok(written) => {
                let form = self.overlays.remove(at);
                let new = matches!(form, Overlay::Staff(form) if form.before.is_none());
                return self.staff_saved(*written, new);
            }
            Err(line) => line,
        };
        let Some(Overlay::Staff(form)) = self.overlays.get_mut(at) else { return };
        let taken = |field: &str| match field {
            "os_user" => "is another person's account; each has their own",
            _ => "is another person's, maybe of one who left; write another address",
        };
        if form.sheet.refused(refused, line, ticket, taken) {
            self.effects.push(Effect::Read(ticket, Read::Staff));
        }
    }

    /// The list as it is now: whether it was asked for by a form whose record another desk changed.
    pub(crate) fn staff_reread(&mut self, ticket: Ticket, list: &Result<Box<StaffList>, String>) -> bool {
        let form = self.overlays.iter_mut().find_map(|overlay| match overlay {
            Overlay::Staff(form) => form.sheet.rereading.take_if(|asked| *asked == ticket).map(|_| form),
            _ => None,
        });
        let Some(form) = form else { return false };
        match list {
            Ok(list) => {
                let id = form.before.as_ref().map(|before| before.id);
                if let Some(now) = list.staff.iter().find(|member| Some(member.id) == id) {
                    form.overtake(now, list);
                }
            }
            Err(line) => form.sheet.trouble = Some(line.clone()),
        }
        true
    }

    /// Whether what another desk made of somebody is on its way: then the list is not asked for besides.
    pub(crate) fn staff_is_reread(&self) -> bool {
        let rereads =
            |overlay: &Overlay| matches!(overlay, Overlay::Staff(form) if form.sheet.rereading.is_some());
        self.overlays.iter().any(rereads)
    }
}
