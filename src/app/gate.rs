//! The desk's gate: open for whoever is signed in, or closed.
//!
//! While it is closed nothing of a patient is drawn and no key reaches what lies behind it, which stays as it
//! was: whoever locked it comes back to the very same cursor. Where somebody else comes in, what the first
//! one typed and did not finish is kept for them in the database before anything is shown.
//! (HIPAA 164.312(a)(2)(iii), automatic logoff; 164.312(d), person or entity authentication.)

mod shell;

use std::time::Duration;

use chrono::TimeDelta;
use crossterm::event::Event;

pub(super) use self::shell::Leaving;
use super::msg::{Effect, Read, Timer, Write};
use super::pause::Pause;
use super::remote::Ticket;
use super::screens::sign_in::SignInForm;
use super::standing::StandingWatch;
use super::{App, Opening, Purpose};
use crate::domain::clinic::IDLE_LOCK_MINUTES;
use crate::domain::clock::Instant;
use crate::domain::ids::StaffId;
use crate::domain::staff::{Identity, Role};
use crate::store::Result;
use crate::store::sql::sign_in::DeskEvent;

/// So far a clock may be set back without the desk locking, as where the machine's is put right by the net.
/// Beyond that nobody knows for how long the desk was not touched.
const PUT_RIGHT: TimeDelta = TimeDelta::seconds(5);

/// When a desk locks by itself, and how it is opened again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locking {
    /// After how many minutes without a key, as set at this desk; none locks by a key alone, as the demo.
    pub minutes: Option<u16>,
    /// The clinic's maximum, in minutes.
    pub at_most: u16,
    /// Whether the person at the desk came in by their Unix account and has no password: then that account is
    /// asked again where the desk is opened.
    pub by_account: bool,
    /// Whether the program, begun again where this desk was, finds a command that prints a password.
    pub by_command: bool,
    /// Whether it opens without a question there: by that command or by the Unix account, as far as is known.
    pub opens_by_itself: bool,
    /// The e-mail that stands in the form of a desk that opens closed.
    pub email: String,
}

impl Locking {
    /// What holds: the clinic's maximum goes over what is set at the desk.
    fn after(&self) -> Option<TimeDelta> {
        let minutes = self.minutes?.min(self.at_most);
        let within = minutes.clamp(*IDLE_LOCK_MINUTES.start(), *IDLE_LOCK_MINUTES.end());
        Some(TimeDelta::minutes(within.into()))
    }
}

/// Why a gate is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nobody has signed in yet.
    Start,
    /// Nobody touched the desk for so many minutes.
    Idle(i64),
    /// Somebody locked it.
    Locked,
    /// The terminal was in others' hands.
    Suspended,
    /// The machine's clock was set back, so that nobody knows for how long the desk was not touched.
    ClockSetBack,
    /// The database has not said for a minute how it stands with whoever is signed in.
    Unanswered,
    /// Somebody signed out.
    SignedOut,
    /// Whoever was signed in is not any more: why.
    Out(&'static str),
}

impl Why {
    /// Whether nobody at the desk asked for it: then somebody may still be typing.
    fn is_unasked(self) -> bool {
        matches!(self, Why::Idle(_) | Why::ClockSetBack | Why::Unanswered | Why::Out(_))
    }
}

/// A gate that is closed.
#[derive(Debug)]
pub struct Closed {
    /// Why.
    pub why: Why,
    /// Who wants in.
    pub form: SignInForm,
    /// Where it closed by itself: keys are not taken before there was a pause, since what is typed for what lies
    /// behind it is no password.
    pause: Pause,
    /// The question whether it may be left for the shell, and what for.
    leaving: Option<(Ticket, Leaving)>,
}

impl Closed {
    fn new(why: Why, email: &str, unasked: Option<Instant>) -> Self {
        Closed { why, form: SignInForm::new(email), pause: Pause::since(unasked), leaving: None }
    }
}

/// Who has the desk next, once nothing of the one before is under way.
#[derive(Debug)]
enum Next {
    Nobody,
    Somebody(Box<Identity>),
}

/// The gate.
#[derive(Debug)]
pub(super) struct Gate {
    closed: Option<Closed>,
    locking: Locking,
    /// Who came in by their Unix account.
    account: Option<StaffId>,
    /// Whether anybody is signed in, behind a closed gate too.
    has_somebody: bool,
    /// When the last key came.
    touched: Instant,
    /// The timer that tells when nobody touched the desk, and the last key before it was set.
    idle: (Ticket, Instant),
    /// Whether that timer watches a closed gate at which something is typed.
    door_is_watched: bool,
    /// How it stands with the person.
    pub(super) watch: StandingWatch,
    next: Option<Next>,
    /// The question for what was kept for the person: it is theirs alone.
    pub(super) drafts: Option<Ticket>,
}

impl Gate {
    pub(super) fn new(opening: &Opening) -> Self {
        let closed = opening.who.is_none().then(|| Closed::new(Why::Start, &opening.locking.email, None));
        Gate {
            closed,
            locking: opening.locking.clone(),
            account: opening.who.as_ref().map(|who| who.staff_id),
            has_somebody: opening.who.is_some(),
            touched: opening.now,
            idle: (Ticket::default(), opening.now),
            door_is_watched: false,
            watch: StandingWatch::default(),
            next: None,
            drafts: None,
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// The clinic's maximum is another now. Says whether it is.
    pub(super) fn lock_within(&mut self, minutes: u16) -> bool {
        std::mem::replace(&mut self.locking.at_most, minutes) != minutes
    }

    /// Whether a desk that nobody touches closes by itself.
    pub(super) fn locks_by_itself(&self) -> bool {
        self.locking.minutes.is_some()
    }

    pub(super) fn distrust_account(&mut self) {
        self.locking.by_account = false;
    }

    /// Notes that somebody is there.
    pub(super) fn touch(&mut self, at: Instant) {
        self.touched = at;
    }

    /// Why it is to be closed at a moment, where it is; `before` is the moment before that one.
    pub(super) fn expired(&self, before: Instant, at: Instant) -> Option<Why> {
        let after = self.locking.after().filter(|_| !self.is_closed())?;
        if at < before - PUT_RIGHT {
            return Some(Why::ClockSetBack);
        }
        (at - self.touched >= after).then(|| Why::Idle(after.num_minutes()))
    }
}

/// Who is at a desk at which nobody has signed in: somebody who may see nothing. The stores work for nobody
/// then, and ask no further.
pub(super) fn nobody() -> Identity {
    Identity {
        staff_id: StaffId(0),
        name: String::new(),
        email: String::new(),
        role: Role::Doctor,
        doctor_id: None,
        may_overbook: false,
        may_refund: false,
    }
}

impl App {
    /// The gate, where it is closed: then nothing else is to be drawn.
    #[must_use]
    pub fn closed(&self) -> Option<&Closed> {
        self.gate.closed.as_ref()
    }

    /// Whether anybody is signed in, behind a closed gate too.
    #[must_use]
    pub fn has_somebody(&self) -> bool {
        self.gate.has_somebody
    }

    /// Whether Enter alone opens a desk that is locked, since the Unix account is the proof: for whoever came
    /// in by it, not where somebody else locked it.
    #[must_use]
    pub fn account_unlocks(&self) -> bool {
        let is_theirs = !self.gate.has_somebody || self.gate.account == Some(self.who.staff_id);
        self.gate.locking.by_account && is_theirs
    }

    /// How many writes are under way: the program does not end before they have.
    #[must_use]
    pub fn writes_under_way(&self) -> usize {
        let changes_password = self.closed().is_some_and(|closed| closed.form.is_changing());
        self.writing.len() + usize::from(changes_password)
    }

    pub(super) fn door_form(&mut self) -> Option<&mut SignInForm> {
        // Whoever comes in next has proved who they are, and waits.
        let waits = matches!(self.gate.next, Some(Next::Somebody(_)));
        self.gate.closed.as_mut().map(|closed| &mut closed.form).filter(|_| !waits)
    }

    /// Begins to work for whoever is signed in.
    pub(super) fn begin(&mut self) {
        self.load_day();
        self.ask_for_drafts();
        self.watch_over();
    }

    /// Asks for what was left unfinished and may be gone on with.
    pub(super) fn ask_for_drafts(&mut self) {
        if self.gate.drafts.is_none() {
            let ticket = self.tickets.issue();
            self.gate.drafts = Some(ticket);
            self.effects.push(Effect::Read(ticket, Read::Drafts));
        }
    }

    /// Sets the timers of an open gate.
    fn watch_over(&mut self) {
        self.gate.door_is_watched = false;
        self.gate.touch(self.now.at);
        self.set_idle_timer();
        self.begin_standing();
    }

    pub(super) fn set_idle_timer(&mut self) {
        let Some(after) = self.gate.locking.after() else { return };
        let left = after - (self.now.at - self.gate.touched);
        let ticket = self.tickets.issue();
        self.gate.idle = (ticket, self.gate.touched);
        let left = left.clamp(TimeDelta::seconds(1), after).to_std().unwrap_or(Duration::from_secs(1));
        self.effects.push(Effect::After(left, Timer::Idle(ticket)));
    }

    /// So much time has passed since the last key before the timer was set, whatever the clock says meanwhile.
    pub(super) fn idle_due(&mut self, ticket: Ticket) {
        let (timer, touched) = self.gate.idle;
        if timer != ticket {
            return;
        }
        if self.gate.is_closed() {
            self.gate.door_is_watched = false;
            if touched == self.gate.touched {
                self.close_door_form();
            }
            return self.watch_door();
        }
        let after = self.gate.locking.after();
        if touched == self.gate.touched
            && let Some(after) = after
        {
            self.close(Why::Idle(after.num_minutes()));
        } else {
            self.set_idle_timer();
        }
    }

    /// Sees to it that what is open at the gate itself, a password that is typed or one that is to be chosen,
    /// does not stay open for whoever comes by.
    pub(super) fn watch_door(&mut self) {
        let is_open = self.gate.closed.as_ref().is_some_and(|closed| closed.form.holds_secret());
        if is_open && !self.gate.door_is_watched {
            self.gate.door_is_watched = true;
            self.set_idle_timer();
        }
    }

    /// Forgets what was typed at the gate, but for an answer that is on its way.
    fn close_door_form(&mut self) {
        if let Some(closed) = &mut self.gate.closed
            && !closed.form.is_asking()
        {
            closed.form.begin_anew();
            self.effects.push(Effect::Redraw);
        }
    }

    /// Closes the gate, where it is open.
    pub(super) fn close(&mut self, why: Why) {
        if self.gate.is_closed() {
            return;
        }
        let email = if why == Why::SignedOut { "" } else { &self.who.email };
        let unasked = why.is_unasked().then_some(self.now.at);
        self.gate.closed = Some(Closed::new(why, email, unasked));
        // Whatever the terminal shows and keeps is wiped before the gate is drawn.
        self.effects.push(Effect::Redraw);
        if !matches!(why, Why::SignedOut | Why::Out(_)) {
            self.effects.push(Effect::Tell(DeskEvent::Locked));
        }
    }

    /// Hands the terminal to the shell: from then on it may be in others' hands. The demo has nothing to hide.
    pub(super) fn suspend(&mut self) {
        if !self.demo {
            self.close_door_form();
            self.close(Why::Suspended);
        }
        self.effects.push(Effect::Suspend);
    }

    /// The terminal is back. Where somebody else stopped the desk, what was typed meanwhile comes now.
    pub(super) fn continued(&mut self) {
        if self.demo {
            return;
        }
        self.close_door_form();
        let was_open = !self.gate.is_closed();
        self.close(Why::Suspended);
        if let Some(closed) = self.gate.closed.as_mut().filter(|_| was_open) {
            closed.pause = Pause::since(Some(self.now.at));
        }
    }

    /// What is typed at a closed gate, unless it was typed for what lies behind it.
    pub(super) fn at_the_door(&mut self, event: &Event) {
        let at = self.now.at;
        if let Some(closed) = &mut self.gate.closed
            && closed.pause.drops(at)
        {
            closed.form.notice = Some("what you type now is dropped: pause a moment, then sign in");
            return;
        }
        self.door_input(event);
        self.watch_door();
    }

    /// Signs the person out who is at the desk; what they typed is kept for them.
    pub(super) fn sign_out(&mut self) {
        self.close(Why::SignedOut);
        self.gate.next = Some(Next::Nobody);
    }

    /// Whoever is signed in is not any more.
    pub(super) fn thrown_out(&mut self, why: Option<&'static str>) {
        if !self.gate.has_somebody || matches!(self.gate.next, Some(Next::Nobody)) {
            return;
        }
        let why = Why::Out(why.unwrap_or("you are signed out"));
        self.close(why);
        if let Some(closed) = &mut self.gate.closed {
            closed.why = why;
        }
        if self.gate.next.is_none() {
            self.gate.next = Some(Next::Nobody);
        }
    }

    /// Somebody proved who they are: the same person goes on where they were.
    pub(super) fn proven(&mut self, identity: Identity) {
        let is_out = matches!(self.gate.closed, Some(Closed { why: Why::Out(_) | Why::SignedOut, .. }));
        if self.gate.has_somebody && !is_out && identity.staff_id == self.who.staff_id {
            self.gate.closed = None;
            if identity != self.who {
                self.effects.push(Effect::Become(Some(Box::new(identity.clone()))));
                self.changed(identity);
            }
            self.effects.push(Effect::Tell(DeskEvent::Unlocked));
            self.watch_over();
            self.keep_cursor();
            self.refresh();
        } else {
            self.gate.next = Some(Next::Somebody(Box::new(identity)));
        }
    }

    /// What other desks did while this one was closed.
    fn refresh(&mut self) {
        if self.calendar.day.is_loading() {
            return;
        }
        if self.calendar.known().is_some() { self.look_now() } else { self.load_day() }
    }

    /// Lets the next one have the desk, once nothing of the one before is under way any more: what they wrote
    /// is written, and what they typed is kept.
    pub(super) fn advance(&mut self) {
        let is_under_way = !self.writing.is_empty() || self.gate.drafts.is_some();
        if self.gate.next.is_none() || is_under_way {
            return;
        }
        let unfinished = if self.gate.has_somebody { self.unfinished() } else { Vec::new() };
        if !unfinished.is_empty() {
            let key = self.fresh_key();
            let keep = Write::Keep(Box::new(self.who.clone()), unfinished);
            self.write(key, keep, Purpose::Keep);
            return;
        }
        self.hand_over();
    }

    /// What was typed is kept, or why not: then it stays behind the gate, and the next one tries again.
    pub(super) fn kept(&mut self, kept: Result<()>) {
        match self.heard(kept) {
            Ok(()) => self.hand_over(),
            Err(line) => {
                self.gate.next = None;
                if let Some(form) = self.door_form() {
                    form.trouble = Some(format!("what was typed here could not be kept: {line}"));
                }
            }
        }
    }

    fn hand_over(&mut self) {
        let Some(next) = self.gate.next.take() else { return };
        let is_out = matches!(self.gate.closed, Some(Closed { why: Why::Out(_), .. }));
        if self.gate.has_somebody && !is_out {
            self.effects.push(Effect::Tell(DeskEvent::SignedOut));
        }
        match next {
            Next::Nobody => {
                self.effects.push(Effect::Become(None));
                let closed = self.gate.closed.take();
                self.reset(None);
                self.gate.closed = closed;
            }
            Next::Somebody(who) => {
                self.effects.push(Effect::Become(Some(who.clone())));
                self.reset(Some(*who));
                self.begin();
            }
        }
    }

    /// A desk as it opens, for somebody else. Tickets and keys go on, so that what was asked or sent before
    /// is not taken for theirs.
    fn reset(&mut self, who: Option<Identity>) {
        let opening = Opening {
            clinic: self.clinic.clone(),
            who,
            store: std::mem::take(&mut self.store),
            demo: self.demo,
            size: self.size,
            session: std::mem::take(&mut self.session),
            now: self.now.at,
            locking: self.gate.locking.clone(),
        };
        let mut fresh = App::blank(opening);
        fresh.keys = self.keys;
        fresh.tickets = std::mem::take(&mut self.tickets);
        fresh.effects = std::mem::take(&mut self.effects);
        fresh.away = self.away.take();
        fresh.gate.account = self.gate.account;
        *self = fresh;
    }
}
