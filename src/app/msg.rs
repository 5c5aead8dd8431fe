//! What comes into the app and what it asks for: messages and effects, as data.

use std::time::Duration;

use chrono::NaiveDate;
use crossterm::event::Event;
use secrecy::SecretString;

use super::remote::Ticket;
use super::screens::board::View;
use crate::domain::appointment::Appointment;
use crate::domain::audit::{AuditFilter, AuditPage, Cursor, VisitEvent};
use crate::domain::booking::{Intent, Opening, Outcome, Proposal, Verdict};
use crate::domain::day::{Day, DayChange, DayVersions, Names};
use crate::domain::draft::Draft;
use crate::domain::ids::{AppointmentId, DoctorId, PatientId, StaffId};
use crate::domain::patient::{Patient, PatientDetails};
use crate::domain::permission::Deed;
use crate::domain::staff::{Identity, StaffDetails, StaffMember};
use crate::store::Result;
use crate::store::sql::drafts::Kept;
use crate::store::sql::history::Order;
use crate::store::sql::openings::OpeningQuery;
use crate::store::sql::search::Found;
use crate::store::sql::sign_in::{DeskEvent, SignIn, Standing};

/// How many patients a look-up shows.
pub const FOUND: u16 = 50;
/// How many next and how many past visits of a patient are read, and how many more of both at a time.
pub const VISITS: u16 = 20;

/// Something that happened.
#[derive(Debug)]
pub enum Msg {
    /// At the terminal.
    Input(Event),
    /// A minute has passed.
    Minute,
    /// The terminal is back, which others may have had meanwhile.
    Continued,
    /// A timer that the app set.
    Timer(Timer),
    /// A store's answer to a read.
    Answer(Ticket, Answer),
    /// A store's answer to a write.
    Written(Ticket, Written),
    /// What came of a sign-in.
    Door(Ticket, DoorAnswer),
    /// The answer to [`Effect::AskShell`].
    Shell(Ticket, Result<bool>),
}

/// A timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Time to see what other desks did.
    Watch(Ticket),
    /// Time to read the next day.
    Ahead(Ticket),
    /// Time to say that a day is still being read.
    Slow(Ticket),
    /// Time to take a passing message away.
    Toast(Ticket),
    /// Nobody may have touched the desk for as long as it stays open.
    Idle(Ticket),
    /// Time to ask how it stands with the person who is signed in.
    Standing(Ticket),
}

/// A question to a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// A day, with the names of those in sight.
    Day(NaiveDate, View),
    /// The same of a day that is not shown yet.
    Ahead(NaiveDate, View),
    /// What changed on a day, with the names of those whom it is about.
    Changes(NaiveDate, DayVersions, View),
    /// Names of patients.
    Names(Vec<PatientId>),
    /// Patients, by what somebody typed, and how many at the most.
    Find(String, NaiveDate, u16),
    /// A patient with next and past visits, at most so many of each.
    Card(PatientId, u16),
    /// A visit.
    Appointment(AppointmentId),
    /// What was done to a visit.
    History(AppointmentId),
    /// What the booking rule says of a proposal.
    Preview(Proposal),
    /// The next openings.
    Openings(OpeningQuery),
    /// The staff.
    Staff,
    /// A page of the audit trail, from before a row on.
    Trail(Box<AuditFilter>, Option<Cursor>),
    /// What this person's last desks kept of what they typed.
    Drafts,
    /// How it stands with the person who is signed in.
    Standing,
}

/// Reads of one lane never run side by side: while one runs, only the latest of the others waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// The board's day.
    Day,
    /// The day that may be shown next.
    Ahead,
    /// What changed on it.
    Changes,
    /// Names on it.
    Names,
    /// Patient look-up.
    Find,
    /// A patient's card.
    Card,
    /// An open visit.
    Appointment,
    /// What was done to it.
    History,
    /// The verdict.
    Preview,
    /// The next opening.
    Openings,
    /// The staff.
    Staff,
    /// The audit trail.
    Trail,
    /// What was kept of what was typed.
    Drafts,
    /// How it stands with the person.
    Standing,
}

impl Read {
    /// The lane in which it runs.
    #[must_use]
    pub fn lane(&self) -> Lane {
        match self {
            Read::Day(..) => Lane::Day,
            Read::Ahead(..) => Lane::Ahead,
            Read::Changes(..) => Lane::Changes,
            Read::Names(_) => Lane::Names,
            Read::Find(..) => Lane::Find,
            Read::Card(..) => Lane::Card,
            Read::Appointment(_) => Lane::Appointment,
            Read::History(_) => Lane::History,
            Read::Preview(_) => Lane::Preview,
            Read::Openings(_) => Lane::Openings,
            Read::Staff => Lane::Staff,
            Read::Trail(..) => Lane::Trail,
            Read::Drafts => Lane::Drafts,
            Read::Standing => Lane::Standing,
        }
    }
}

/// A patient with their visits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Who.
    pub patient: Patient,
    /// From now on, soonest first.
    pub next: Vec<Appointment>,
    /// Before now, latest first.
    pub past: Vec<Appointment>,
    /// How many there are after the last of `next`.
    pub later: u64,
    /// How many there are before the last of `past`.
    pub earlier: u64,
    /// Whether it is shown since somebody said why.
    pub by_break_glass: bool,
}

/// The staff, and the doctors whom some of them are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffList {
    /// By name, also those who left.
    pub staff: Vec<StaffMember>,
    /// By name, also those who see nobody any more.
    pub doctors: Vec<(DoctorId, String)>,
}

/// A store's answer to a [`Read`].
#[derive(Debug)]
pub enum Answer {
    /// To [`Read::Day`] and [`Read::Ahead`].
    Day(Result<Box<Day>>),
    /// To [`Read::Changes`].
    Changes(Result<Option<DayChange>>),
    /// To [`Read::Names`].
    Names(Result<Names>),
    /// To [`Read::Find`].
    Find(Result<Found>),
    /// To [`Read::Card`].
    Card(Result<Option<Box<Card>>>),
    /// To [`Read::Appointment`].
    Appointment(Result<Option<Box<Appointment>>>),
    /// To [`Read::History`].
    History(Result<Vec<VisitEvent>>),
    /// To [`Read::Preview`].
    Preview(Result<Verdict>),
    /// To [`Read::Openings`].
    Openings(Result<Vec<Opening>>),
    /// To [`Read::Staff`].
    Staff(Result<Box<StaffList>>),
    /// To [`Read::Trail`].
    Trail(Result<AuditPage>),
    /// To [`Read::Drafts`]: the last one first.
    Drafts(Result<Vec<Kept>>),
    /// To [`Read::Standing`], with the minutes after which every desk of the clinic locks at the
    /// latest, where they could be read.
    Standing(Result<(Standing, Option<u16>)>),
}

/// Something to be written. It is never aborted, and finishes before the program ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// A visit booked or changed; with a reason, over the rule.
    Visit(Intent, Option<String>),
    /// A new patient.
    Register(PatientDetails),
    /// A patient's record changed from what it was.
    EditPatient(Box<Patient>, PatientDetails),
    /// The record of a patient who is not theirs opened, and why.
    BreakGlass(PatientId, String),
    /// Something about staff.
    Staff(StaffOrder),
    /// What somebody typed and did not finish.
    Keep(Box<Identity>, Vec<Draft>),
}

/// Something about staff that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StaffOrder {
    /// A new member of staff, with a password for the first sign-in where they need one.
    Add(StaffDetails),
    /// A member of staff changed from what they were.
    Edit(Box<StaffMember>, StaffDetails),
    /// Whether somebody may sign in.
    SetActive(StaffId, bool),
    /// A new password for somebody's next sign-in.
    ResetPassword(Box<StaffMember>),
    /// Somebody who is locked out may try again.
    Unlock(StaffId),
}

/// What a form sent last, and under which idempotency key. The same request again has the same
/// key, so that it is carried out once even where nobody knows what became of the first attempt;
/// a form that was changed asks for something else, whose answer must not be the first one's.
#[derive(Debug, Default)]
pub struct Attempt(Option<(Write, String)>);

impl Attempt {
    /// The key for a write: that of the last attempt at the same one, else `fresh`.
    pub fn key(&mut self, write: &Write, fresh: String) -> String {
        match &self.0 {
            Some((sent, key)) if sent.is_same_request(write) => key.clone(),
            _ => {
                self.0 = Some((write.clone(), fresh.clone()));
                fresh
            }
        }
    }
}

impl Write {
    /// Whether two are the same request. A new visit is what it is by patient, doctor and time: with
    /// other notes or a reason it is still that visit, and must not be booked a second time where
    /// nobody knows what became of the first attempt.
    fn is_same_request(&self, other: &Write) -> bool {
        let visit = |write: &Write| match write {
            Write::Visit(Intent::Book { patient_id, doctor_id, starts, .. }, _) => {
                Some((*patient_id, *doctor_id, *starts))
            }
            _ => None,
        };
        self == other || visit(self).is_some_and(|one| Some(one) == visit(other))
    }
}

/// A store's answer to a [`Write`].
#[derive(Debug)]
pub enum Written {
    /// To [`Write::Visit`].
    Visit(Result<Outcome>),
    /// To [`Write::Register`] and [`Write::EditPatient`].
    Patient(Result<Box<Patient>>),
    /// To [`Write::BreakGlass`].
    Glass(Result<()>),
    /// To [`Write::Staff`].
    Staff(Result<Box<StaffWritten>>),
    /// To [`Write::Keep`].
    Kept(Result<()>),
}

/// A member of staff as written.
#[derive(Debug)]
pub struct StaffWritten {
    /// As they are now.
    pub member: StaffMember,
    /// The password that was made for their next sign-in, to be told this once; none where none was, and where
    /// the one stands that an earlier attempt at the same request made.
    pub password: Option<SecretString>,
}

/// Who wants in.
#[derive(Debug)]
pub enum Door {
    /// Somebody with e-mail and password.
    SignIn(String, SecretString),
    /// Whoever's Unix account is the proof.
    ByAccount,
    /// Somebody who is to choose another password first.
    ChangePassword(Box<Identity>, Order, SecretString),
}

/// What came of a [`Door`].
#[derive(Debug)]
pub enum DoorAnswer {
    /// To [`Door::SignIn`].
    SignIn(Result<SignIn>),
    /// To [`Door::ByAccount`].
    ByAccount(Result<Option<Identity>>),
    /// To [`Door::ChangePassword`].
    PasswordChanged(Result<()>),
}

/// What the runtime is to do.
#[derive(Debug)]
pub enum Effect {
    /// Ask a store.
    Read(Ticket, Read),
    /// Write to a store.
    Write(Ticket, Order, Write),
    /// Wake the app later.
    After(Duration, Timer),
    /// Let somebody in, where they are who they say.
    Door(Ticket, Door),
    /// Ask whether the Unix account alone signs somebody in where the program is begun anew.
    AskShell(Ticket),
    /// From now on the stores work for this person, or for nobody. What was asked for the one before and
    /// waits is not asked.
    Become(Option<Box<Identity>>),
    /// Put on the audit trail what happens at the desk.
    Tell(DeskEvent),
    /// Put on the audit trail what the person was refused.
    Refused(Deed),
    /// Hand the terminal back to the shell until the desk is continued.
    Suspend,
    /// Wipe what the terminal shows and keeps, and draw it anew.
    Redraw,
    /// Leave, once what is being written is written.
    Quit,
}
