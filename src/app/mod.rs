//! State and decisions: what the desk knows, and what each thing that happens changes.
//!
//! [`App::update`] takes a message and answers with effects, as data. Nothing here waits, reads a
//! clock, writes SQL or draws: the runtime performs the effects, and `ui` draws what it is lent.

mod ahead;
pub mod bindings;
pub mod field;
pub mod gate;
pub mod keymap;
mod keys;
mod may;
pub mod msg;
mod pause;
pub mod remote;
pub mod screens;
pub mod secret;
mod standing;
mod unfinished;

use std::collections::VecDeque;
use std::time::Duration;

use crossterm::event::Event;

use self::bindings::Action;
use self::gate::{Gate, Locking};
use self::keymap::Context;
use self::msg::{Answer, Effect, Lane, Msg, StaffOrder, Timer, Write, Written};
use self::pause::Pause;
use self::remote::{Ticket, Tickets};
use self::screens::booking::Form;
use self::screens::calendar::Calendar;
use self::screens::clinic::{Office, ToldOnce};
use self::screens::glass::Glass;
use self::screens::history::History;
use self::screens::patient_form::RecordForm;
use self::screens::patients::Patients;
use self::screens::prompts::{Filter, GoTo, Palette, Question};
use self::screens::staff_form::StaffForm;
use self::screens::visit::VisitCard;
use crate::domain::appointment::{Status, Visit};
use crate::domain::clinic::Clinic;
use crate::domain::clock::{Instant, Now};
use crate::domain::ids::{AppointmentId, PatientId};
use crate::domain::staff::Identity;
use crate::store::StoreError;
use crate::store::sql::drafts::Kept;
use crate::store::sql::history::Order;

/// How often the desk looks what other desks did: within two seconds it is on the screen.
pub const WATCH: Duration = Duration::from_millis(1_200);
/// How long a day may take before it is said that it is being read: until then the day before
/// stays, rather than an empty board for a moment.
pub const SLOW: Duration = Duration::from_millis(80);
/// For how long a day is shown before the next one is read ahead: until then somebody may be leafing
/// past it.
pub const LEAFING: Duration = Duration::from_millis(40);
/// How long a passing message stays.
const TOAST: Duration = Duration::from_secs(6);

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// The day board.
    Calendar,
    /// Patient look-up.
    Patients,
    /// The clinic itself: its staff.
    Clinic,
}

/// What lies over a screen; the last one has the keys.
#[derive(Debug)]
pub enum Overlay {
    /// All keys.
    Help {
        /// Where they were asked for.
        contexts: Vec<Context>,
        /// The first line shown.
        top: u16,
    },
    /// The command palette.
    Palette(Palette),
    /// Go to a date.
    GoTo(GoTo),
    /// Filter the board.
    Filter(Filter),
    /// Why a record is to be opened.
    Glass(Box<Glass>),
    /// An open visit.
    Visit(Box<VisitCard>),
    /// What was done to a visit.
    History(Box<History>),
    /// A patient's record.
    Record(Box<RecordForm>),
    /// Somebody of the staff.
    Staff(Box<StaffForm>),
    /// A password that is shown once.
    Told(Box<ToldOnce>),
    /// A question.
    Question(Question),
}

/// How a change of status is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    /// The visit, as it was seen when it was to be changed, and then as it was left.
    pub visit: Visit,
    /// Whose, as it is said.
    pub patient: String,
    /// The status it had.
    pub back_to: Status,
    /// The status it was given.
    pub to: Status,
}

/// What a write under way is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The booking form.
    Booking,
    /// A patient's record.
    Record,
    /// Why one is to be opened.
    Glass(PatientId),
    /// A visit's notes.
    Notes,
    /// A visit's status.
    Status(Undo),
    /// A visit's status taken back.
    Undo(Undo),
    /// The form of a member of staff.
    StaffForm,
    /// Something else about one.
    Staff(Box<StaffOrder>),
    /// What was typed and not finished.
    Keep,
}

/// A message that passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// What it says.
    pub text: String,
    ticket: Ticket,
}

/// How the name of a store ends that is reached without verified TLS.
pub const UNVERIFIED: &str = ", unverified";

/// What a desk is told when it opens.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The clinic.
    pub clinic: Clinic,
    /// Who is at the desk; none where it opens on its sign-in.
    pub who: Option<Identity>,
    /// When it locks.
    pub locking: Locking,
    /// Which store it works on, as it calls itself: `sqlite`, `MariaDB 10.11.19`.
    pub store: String,
    /// Whether it is the demo, which says how to start with one's own clinic.
    pub demo: bool,
    /// The terminal's width and height.
    pub size: (u16, u16),
    /// A text that no other desk has: idempotency keys are made from it.
    pub session: String,
    /// The moment.
    pub now: Instant,
}

/// The state of a desk.
#[derive(Debug)]
pub struct App {
    /// The clinic.
    pub clinic: Clinic,
    /// Who is at the desk, behind a closed gate too; somebody who may see nothing, where nobody is.
    pub who: Identity,
    /// Which store it works on.
    pub store: String,
    /// Whether it is the demo.
    pub demo: bool,
    /// The time, as of the last message.
    pub now: Now,
    /// The terminal's width and height.
    pub size: (u16, u16),
    /// The screen shown.
    pub screen: Screen,
    /// The day board.
    pub calendar: Calendar,
    /// The patients screen.
    pub patients: Patients,
    /// The clinic's screen.
    pub office: Office,
    /// The booking form, where it is open.
    pub booking: Option<Form>,
    /// A booking that was begun and left.
    pub draft: Option<Form>,
    /// What was kept for whoever is at the desk, the last first.
    kept_before: Vec<Kept>,
    /// What lies over the screen.
    pub overlays: Vec<Overlay>,
    /// A message that passes.
    pub toast: Option<Toast>,
    /// Why the store cannot be worked with just now.
    pub away: Option<String>,
    /// The visits whose status is on its way.
    pub changing: Vec<AppointmentId>,
    gate: Gate,
    /// What was typed ahead of the answer that says what it is for.
    held: VecDeque<Event>,
    /// What is typed for what closed by itself.
    pause: (Pause, &'static str),
    /// The last action that was refused, and when.
    refused: Option<(Action, Instant)>,
    undo: Option<Undo>,
    /// The question for a visit that another desk changed before its status was to be changed here.
    overtaken: Option<(Ticket, Undo)>,
    /// Whether undo was asked for before the change that it means was answered.
    undo_on_arrival: bool,
    writing: Vec<(Ticket, Purpose)>,
    session: String,
    keys: u64,
    tickets: Tickets,
    effects: Vec<Effect>,
}

impl App {
    /// A desk that opens on today, or on its sign-in, and the effects with which it begins.
    #[must_use]
    pub fn open(opening: Opening) -> (Self, Vec<Effect>) {
        let mut app = App::blank(opening);
        if !app.gate.is_closed() {
            app.begin();
        }
        if app.demo {
            app.toast("This is a demo clinic; it signs in by itself. Your own: frontdesk without demo");
        }
        let effects = std::mem::take(&mut app.effects);
        (app, effects)
    }

    /// A desk at which nothing was done yet.
    fn blank(opening: Opening) -> Self {
        let now = Now::new(opening.now, opening.clinic.zone);
        App {
            gate: Gate::new(&opening),
            calendar: Calendar::new(now.today(), opening.clinic.zone),
            clinic: opening.clinic,
            who: opening.who.unwrap_or_else(gate::nobody),
            store: opening.store,
            demo: opening.demo,
            now,
            size: opening.size,
            screen: Screen::Calendar,
            patients: Patients::default(),
            office: Office::default(),
            booking: None,
            draft: None,
            kept_before: Vec::new(),
            overlays: Vec::new(),
            toast: None,
            away: None,
            changing: Vec::new(),
            held: VecDeque::new(),
            pause: (Pause::default(), ""),
            refused: None,
            undo: None,
            overtaken: None,
            undo_on_arrival: false,
            writing: Vec::new(),
            session: opening.session,
            keys: 0,
            tickets: Tickets::default(),
            effects: Vec::new(),
        }
    }

    /// Takes a message at a moment; answers with what is to be done, and whether anything that is
    /// seen changed.
    pub fn update(&mut self, at: Instant, msg: Msg) -> (Vec<Effect>, bool) {
        let before = self.now;
        self.now = Now::new(at, self.clinic.zone);
        let was_closed = self.gate.is_closed();
        if let Some(why) = self.gate.expired(before.at, at) {
            self.close(why);
        }
        let changed = match msg {
            // A key that comes too late opens nothing and does nothing, but say so.
            Msg::Input(Event::Key(_) | Event::Paste(_)) if self.gate.is_closed() && !was_closed => true,
            Msg::Input(event) => self.input(event),
            Msg::Minute => true,
            Msg::Continued => {
                self.continued();
                true
            }
            Msg::Timer(Timer::Idle(ticket)) => {
                self.idle_due(ticket);
                false
            }
            Msg::Timer(Timer::Standing(ticket)) => {
                self.standing_due(ticket);
                false
            }
            // What other desks do is not looked at behind a closed gate.
            Msg::Timer(Timer::Watch(_)) if self.gate.is_closed() => false,
            Msg::Timer(Timer::Watch(ticket)) => {
                self.watch_due(ticket);
                false
            }
            Msg::Timer(Timer::Ahead(ticket)) => {
                self.ahead_due(ticket);
                false
            }
            Msg::Timer(Timer::Slow(ticket)) => {
                self.calendar.slow = self.calendar.is_waiting_for(ticket);
                self.calendar.slow
            }
            Msg::Timer(Timer::Toast(ticket)) => self.toast.take_if(|toast| toast.ticket == ticket).is_some(),
            Msg::Answer(ticket, answer) => self.answer(ticket, answer),
            Msg::Written(ticket, written) => {
                self.written(ticket, written);
                true
            }
            Msg::Door(ticket, answer) => {
                self.door_answered(ticket, answer);
                true
            }
            Msg::Shell(ticket, signs_in) => {
                self.shell_answered(ticket, &signs_in);
                true
            }
        };
        self.advance();
        let changed = self.release() || changed;
        let minute = |wall: chrono::NaiveDateTime| wall.and_utc().timestamp() / 60;
        let changed = changed || minute(before.wall) != minute(self.now.wall);
        let is_closed = self.gate.is_closed();
        let changed = changed || is_closed != was_closed;
        let turning = self.screen == Screen::Calendar && self.calendar.is_turning() && !is_closed;
        (std::mem::take(&mut self.effects), changed && !turning)
    }

    /// Whether what comes in a lane is going to be seen at once: then it may go into the frame of the
    /// key that asked for it.
    #[must_use]
    pub fn is_awaited(&self, lane: Lane) -> bool {
        match lane {
            _ if self.gate.is_closed() => false,
            // As a rule, nothing changed, and none was kept.
            Lane::Changes | Lane::Drafts | Lane::Standing => false,
            Lane::Ahead => self.calendar.day.is_loading(),
            // As a rule, nobody changed them.
            Lane::Staff => self.office.staff.is_loading(),
            // As a rule, who is shown is as they were.
            Lane::Card => !self.patients.is_watched(),
            // Those who may be scrolled to are read before they are in sight.
            Lane::Names => !self.unnamed_in_sight().is_empty(),
            _ => true,
        }
    }

    /// Whether the terminal is too small to work in.
    #[must_use]
    pub fn is_too_small(&self) -> bool {
        let (width, height) = screens::board::SMALLEST;
        self.size.0 < width || self.size.1 < height
    }

    fn answer(&mut self, ticket: Ticket, answer: Answer) -> bool {
        match answer {
            Answer::Day(day) => match self.not_ahead(ticket, day) {
                Some(day) => self.day_came(ticket, day),
                None => return false,
            },
            Answer::Changes(changes) => {
                let changed = self.changes_came(ticket, changes);
                if changed {
                    self.propose_again();
                    self.read_visit_again();
                }
                return changed;
            }
            Answer::Names(names) => return self.names_came(ticket, names),
            Answer::Find(found) => self.found_came(ticket, found),
            Answer::Card(card) => return self.card_came(ticket, card),
            Answer::Appointment(appointment) => self.appointment_came(ticket, appointment),
            Answer::History(events) => self.history_came(ticket, events),
            Answer::Preview(verdict) => self.verdict_came(ticket, verdict),
            Answer::Openings(openings) => self.opening_came(ticket, openings),
            Answer::Staff(list) => return self.staff_came(ticket, list),
            Answer::Trail(page) => return self.trail_came(ticket, page),
            Answer::Drafts(drafts) => return self.drafts_came(ticket, drafts),
            Answer::Standing(standing) => return self.standing_came(ticket, standing),
        }
        true
    }

    fn written(&mut self, ticket: Ticket, written: Written) {
        let Some(at) = self.writing.iter().position(|(of, _)| *of == ticket) else { return };
        let (_, purpose) = self.writing.remove(at);
        match (purpose, written) {
            (Purpose::Booking, Written::Visit(outcome)) => self.booking_written(outcome),
            (Purpose::Notes, Written::Visit(outcome)) => self.notes_written(outcome),
            (Purpose::Status(undo), Written::Visit(outcome)) => self.status_written(undo, false, outcome),
            (Purpose::Undo(undo), Written::Visit(outcome)) => self.status_written(undo, true, outcome),
            (Purpose::Record, Written::Patient(patient)) => self.record_written(patient),
            (Purpose::Glass(id), Written::Glass(written)) => self.glass_written(id, written),
            (Purpose::StaffForm, Written::Staff(written)) => self.staff_form_written(written),
            (Purpose::Staff(asked), Written::Staff(written)) => self.staff_written(&asked, written),
            (Purpose::Keep, Written::Kept(kept)) => self.kept(kept),
            _ => {}
        }
    }

    fn write(&mut self, key: String, write: Write, purpose: Purpose) {
        let ticket = self.tickets.issue();
        let order = Order { key, at: self.now.at };
        self.writing.push((ticket, purpose));
        self.effects.push(Effect::Write(ticket, order, write));
    }

    /// An idempotency key that nothing else has.
    fn fresh_key(&mut self) -> String {
        self.keys += 1;
        format!("{}-{}", self.session, self.keys)
    }

    /// Shows a message that passes.
    fn toast(&mut self, text: impl Into<String>) {
        let ticket = self.tickets.issue();
        self.toast = Some(Toast { text: text.into(), ticket });
        self.effects.push(Effect::After(TOAST, Timer::Toast(ticket)));
    }

    /// Notes what an answer says of the store's health; an error becomes the line that is shown.
    fn heard<T>(&mut self, answer: Result<T, StoreError>) -> Result<T, String> {
        match answer {
            Ok(value) => {
                if self.away.take().is_some() {
                    self.ask_again();
                }
                Ok(value)
            }
            Err(error) => {
                let line = error.to_string();
                if error.is_outage() {
                    self.away = Some(line.clone());
                }
                if let StoreError::NotSignedIn(why) = error {
                    self.thrown_out(why);
                }
                Err(line)
            }
        }
    }
}
