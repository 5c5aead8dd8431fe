//! How it stands with the person who is signed in: asked again and again while the gate is open. Whoever is not
//! active any more is out, and where nobody can say, the gate closes.

use std::time::Duration;

use super::App;
use super::Screen;
use super::gate::Why;
use super::msg::{Effect, Read, Timer};
use super::remote::Ticket;
use crate::domain::staff::Identity;
use crate::store::sql::sign_in::Standing;
use crate::store::{Result, StoreError};

/// How often it is asked: whoever is deactivated is out within a minute, also where an answer is late.
pub const STANDING: Duration = Duration::from_secs(5);
/// So often it may come due without an answer since: for a minute.
const UNANSWERED: u8 = 12;

/// The question, again and again.
#[derive(Debug, Default)]
pub(super) struct StandingWatch {
    /// The timer that tells when it is due.
    timer: Ticket,
    /// The question that is under way.
    asked: Option<Ticket>,
    /// How often it came due since the last answer.
    unanswered: u8,
}

impl App {
    /// Begins to ask how it stands with the person.
    pub(super) fn begin_standing(&mut self) {
        self.gate.watch = StandingWatch::default();
        self.ask_standing_later();
    }

    fn ask_standing_later(&mut self) {
        let ticket = self.tickets.issue();
        self.gate.watch.timer = ticket;
        self.effects.push(Effect::After(STANDING, Timer::Standing(ticket)));
    }

    /// Time to ask it. At a gate that is closed nobody is to be thrown out, and who comes in is asked then.
    pub(super) fn standing_due(&mut self, ticket: Ticket) {
        if self.gate.watch.timer != ticket || self.gate.is_closed() {
            return;
        }
        self.gate.watch.unanswered = self.gate.watch.unanswered.saturating_add(1);
        // Who cannot be asked about may have been let go meanwhile. The demo hides nothing.
        if self.gate.watch.unanswered >= UNANSWERED && self.gate.locks_by_itself() {
            return self.close(Why::Unanswered);
        }
        if self.gate.watch.asked.is_none() {
            let ticket = self.tickets.issue();
            self.gate.watch.asked = Some(ticket);
            self.effects.push(Effect::Read(ticket, Read::Standing));
        }
        self.ask_standing_later();
    }

    /// How it stands. Says whether anything that is seen changed.
    pub(super) fn standing_came(
        &mut self,
        ticket: Ticket,
        standing: Result<(Standing, Option<u16>)>,
    ) -> bool {
        if self.gate.watch.asked.take_if(|asked| *asked == ticket).is_none() {
            return false;
        }
        match standing {
            Ok((standing, at_most)) => {
                self.gate.watch.unanswered = 0;
                if at_most.is_some_and(|at_most| self.gate.lock_within(at_most)) && !self.gate.is_closed() {
                    self.set_idle_timer();
                }
                match standing {
                    Standing::Same => return false,
                    Standing::Changed(identity) => {
                        self.changed(identity);
                    }
                    Standing::Out(why) => self.thrown_out(Some(why)),
                }
            }
            Err(StoreError::NotSignedIn(why)) => self.thrown_out(why),
            // No answer, whatever went wrong: what else is asked says it.
            Err(_) => return false,
        }
        true
    }

    /// The person's record is another. What they may not do any more is closed, and where they may see other
    /// things now, what was read is read again.
    pub(super) fn changed(&mut self, identity: Identity) {
        let sees = |who: &Identity| (who.role, who.doctor_id);
        let same = sees(&identity) == sees(&self.who);
        self.who = identity;
        let before = self.keyboard();
        let was_typed = self.close_forbidden();
        // What waited until they may go on with it.
        self.ask_for_drafts();
        if !same {
            self.calendar.forget();
            self.patients = super::screens::patients::Patients::default();
            self.office = super::screens::clinic::Office::default();
            if self.screen == Screen::Clinic {
                self.screen = Screen::Calendar;
            }
            self.load_day();
        }
        // What is open still goes on; behind what is not, keys are commands on whatever is seen now.
        let goes_on = same || self.booking.is_some() || !self.overlays.is_empty();
        if self.keyboard() == before && goes_on {
            self.toast(if was_typed {
                "An administrator changed what you may do; what you had typed is kept"
            } else {
                "An administrator changed what you may do here, or your record"
            });
        } else if was_typed {
            self.drop_keys("An administrator changed what you may do: pause; what you had typed is kept");
        } else {
            self.drop_keys("An administrator changed what you may do here: pause, then go on");
        }
    }
}
