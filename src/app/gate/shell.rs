//! The shell behind a locked desk: it is not to be the way round the lock.

use crate::app::App;
use crate::app::msg::Effect;
use crate::app::remote::Ticket;
use crate::store::Result;

/// Why a locked desk is not left.
const KEPT_FROM_SHELL: &str = "locked: sign in first; to end the desk, end the SSH session";
/// The same where the database does not say whether the program would open in the shell.
const SHELL_UNANSWERED: &str =
    "locked, and the database does not answer: sign in first; to end the desk, end the SSH session";

/// How a closed desk is left for the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Leaving {
    /// It ends.
    Quit,
    /// It waits to be continued.
    Suspend,
}

impl App {
    /// Whether the shell behind the program would lead round the lock, as far as is known: begun there anew, it
    /// opens without the question that the lock asks.
    #[must_use]
    pub fn keeps_the_shell(&self) -> bool {
        self.lock_asks() && self.gate.locking.opens_by_itself
    }

    /// Whether somebody is behind a closed gate that asks for a password.
    fn lock_asks(&self) -> bool {
        self.gate.is_closed() && self.gate.has_somebody && !self.account_unlocks()
    }

    /// Leaves a closed desk for the shell, where that leads nobody round its lock. Whether the Unix account
    /// signs anybody in is asked now: an administrator may have changed it since the desk was opened.
    pub(in crate::app) fn leave_for_shell(&mut self, leaving: Leaving) {
        if !self.lock_asks() {
            return self.left_for_shell(leaving);
        }
        if self.gate.locking.by_command {
            return self.keep_from_shell(KEPT_FROM_SHELL);
        }
        let ticket = self.tickets.issue();
        if let Some(closed) = &mut self.gate.closed {
            closed.leaving = Some((ticket, leaving));
            self.effects.push(Effect::AskShell(ticket));
        }
    }

    /// Whether the Unix account signs somebody in: where it does, or nobody can say, the desk is not left.
    pub(in crate::app) fn shell_answered(&mut self, ticket: Ticket, signs_in: &Result<bool>) {
        let Some(closed) = &mut self.gate.closed else { return };
        let Some((_, leaving)) = closed.leaving.take_if(|(asked, _)| *asked == ticket) else { return };
        match signs_in {
            &Ok(signs_in) => {
                self.gate.locking.opens_by_itself = signs_in;
                if signs_in {
                    self.keep_from_shell(KEPT_FROM_SHELL);
                } else {
                    self.left_for_shell(leaving);
                }
            }
            Err(_) => self.keep_from_shell(SHELL_UNANSWERED),
        }
    }

    fn keep_from_shell(&mut self, why: &'static str) {
        if let Some(form) = self.door_form() {
            form.notice = Some(why);
        }
    }

    /// What was typed by whoever is signed in is kept, and so nothing is asked.
    fn left_for_shell(&mut self, leaving: Leaving) {
        match leaving {
            Leaving::Quit => self.effects.push(Effect::Quit),
            Leaving::Suspend => self.suspend(),
        }
    }
}
