//! What a screen knows of something that a store must tell it.

/// Marks a question to a store; its answer carries it back. Answers to older questions are
/// dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// Gives tickets, each newer than the last.
#[derive(Debug, Default)]
pub struct Tickets {
    last: u64,
}

impl Tickets {
    /// A ticket newer than all before.
    pub fn issue(&mut self) -> Ticket {
        self.last += 1;
        Ticket(self.last)
    }
}

/// A value that a store is asked for. While a newer one is on its way the older one stays, so that
/// nothing on screen jumps.
#[derive(Clone, Debug)]
pub struct Remote<T> {
    ticket: Ticket,
    value: Option<T>,
    loading: bool,
    failure: Option<String>,
}

impl<T> Default for Remote<T> {
    fn default() -> Self {
        Remote { ticket: Ticket::default(), value: None, loading: false, failure: None }
    }
}

impl<T> Remote<T> {
    /// Begins a question: only the answer to this one will be taken.
    pub fn ask(&mut self, ticket: Ticket) -> Ticket {
        self.ticket = ticket;
        self.loading = true;
        ticket
    }

    /// Takes an answer, if it is to the last question. Says whether it was.
    pub fn answer(&mut self, ticket: Ticket, answer: Result<T, String>) -> bool {
        if ticket != self.ticket || !self.loading {
            return false;
        }
        self.loading = false;
        match answer {
            Ok(value) => {
                self.value = Some(value);
                self.failure = None;
            }
            Err(failure) => self.failure = Some(failure),
        }
        true
    }

    /// Takes the value that the last question was for, wherever it comes from; answers with the one
    /// before.
    pub fn put(&mut self, value: T) -> Option<T> {
        self.loading = false;
        self.failure = None;
        self.value.replace(value)
    }

    /// The last question.
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// Forgets all, also the question that is under way.
    pub fn clear(&mut self) {
        *self = Remote::default();
    }

    /// The last value that came.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// The last value that came, to be changed in place.
    pub fn value_mut(&mut self) -> Option<&mut T> {
        self.value.as_mut()
    }

    /// The value, only when no newer one is on its way and the last question did not fail.
    #[must_use]
    pub fn settled(&self) -> Option<&T> {
        self.value.as_ref().filter(|_| !self.loading && self.failure.is_none())
    }

    /// Whether an answer is on its way.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        self.loading
    }

    /// Why the last question failed.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_answer_is_dropped_and_the_last_value_stays_meanwhile() {
        let mut tickets = Tickets::default();
        let mut remote = Remote::default();
        let first = remote.ask(tickets.issue());
        let second = remote.ask(tickets.issue());
        assert!(!remote.answer(first, Ok("late")));
        assert!(remote.is_loading() && remote.value().is_none());
        assert!(remote.answer(second, Ok("new")));
        let third = remote.ask(tickets.issue());
        assert_eq!((remote.value(), remote.settled()), (Some(&"new"), None));
        assert!(remote.answer(third, Err("gone".into())));
        assert_eq!((remote.value(), remote.failure()), (Some(&"new"), Some("gone")));
        assert!(!remote.answer(third, Ok("twice")));
    }
}
