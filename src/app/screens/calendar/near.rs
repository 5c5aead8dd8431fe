//! The days beside the one that is shown: the next one in the direction in which somebody leafs, read
//! once they stop, and those that were just left. Such a day is shown at once, and what changed on it
//! since is asked at the same moment.

use chrono::{Days, NaiveDate, TimeDelta};

use crate::app::msg::{Effect, Read, Timer};
use crate::app::remote::Ticket;
use crate::app::{App, LEAFING};
use crate::domain::clock::Instant;
use crate::domain::day::Day;
use crate::store::Result;

/// How long a day is kept that nobody looks at: what other programs write, no version tells.
const KEPT: TimeDelta = TimeDelta::minutes(1);
/// How many days are kept: a large clinic's takes a quarter of a megabyte.
const MOST: usize = 3;

/// The days that are kept, and the one that is on its way.
#[derive(Debug, Default)]
pub(in crate::app) struct Near {
    /// With the moment up to which each was known; the latest is the last.
    days: Vec<(Instant, Box<Day>)>,
    /// The question for a day that is read ahead.
    coming: Option<(Ticket, NaiveDate)>,
    /// The timer that is to wake the reading ahead; older ones are not heeded.
    timer: Option<Ticket>,
    /// How many days were leafed last, where it was not one forward.
    leafed: Option<i64>,
}

impl Near {
    /// Keeps a day as it was at a moment.
    pub(in crate::app) fn keep(&mut self, day: Box<Day>, at: Instant) {
        self.days.retain(|(_, kept)| kept.date != day.date);
        self.days.push((at, day));
        if self.days.len() > MOST {
            self.days.remove(0);
        }
    }

    /// Gives a day, where it is known well enough.
    pub(super) fn take(&mut self, date: NaiveDate, now: Instant) -> Option<Box<Day>> {
        self.days.retain(|(at, _)| now - *at <= KEPT);
        let at = self.days.iter().position(|(_, day)| day.date == date)?;
        Some(self.days.remove(at).1)
    }

    /// The question under way for a day that is wanted now.
    pub(super) fn take_coming(&mut self, date: NaiveDate) -> Option<Ticket> {
        self.timer = None;
        self.coming.take_if(|(_, of)| *of == date).map(|(ticket, _)| ticket)
    }

    /// Whether somebody may still be leafing.
    pub(super) fn is_leafing(&self) -> bool {
        self.timer.is_some()
    }

    /// Notes in which direction somebody leafs, and how far at a time.
    pub(super) fn leafed(&mut self, days: Option<i64>) {
        self.leafed = days;
    }
}

impl App {
    /// Reads the next day once nobody leafs on.
    pub(super) fn read_ahead_later(&mut self) {
        let ticket = self.tickets.issue();
        self.calendar.near.timer = Some(ticket);
        self.effects.push(Effect::After(LEAFING, Timer::Ahead(ticket)));
    }

    /// Nobody leafs on: time to read the next day, and who is beside those in sight.
    pub(crate) fn ahead_due(&mut self, timer: Ticket) {
        if self.calendar.near.timer != Some(timer) || self.calendar.known().is_none() {
            return;
        }
        self.calendar.near.timer = None;
        self.ask_names();
        let days = self.calendar.near.leafed.unwrap_or(1);
        let Some(date) = days_from(self.calendar.date, days) else { return };
        if !self.calendar.near.days.iter().any(|(_, day)| day.date == date) {
            let ticket = self.tickets.issue();
            self.calendar.near.coming = Some((ticket, date));
            let view = self.view();
            self.effects.push(Effect::Read(ticket, Read::Ahead(date, view)));
        }
    }

    /// The answer to a whole day, unless it was read ahead: then it is kept. One that failed is asked
    /// for again when it is wanted.
    pub(crate) fn not_ahead(&mut self, ticket: Ticket, day: Result<Box<Day>>) -> Option<Result<Box<Day>>> {
        if self.calendar.near.coming.take_if(|(of, _)| *of == ticket).is_none() {
            return Some(day);
        }
        if let Ok(day) = day {
            self.calendar.near.keep(day, self.now.at);
        }
        None
    }
}

/// A date so many days later, or earlier.
pub(super) fn days_from(date: NaiveDate, days: i64) -> Option<NaiveDate> {
    let far = Days::new(days.unsigned_abs());
    if days < 0 { date.checked_sub_days(far) } else { date.checked_add_days(far) }
}
