//! The calendar, the home screen: the day board's state and what its keys do.

use chrono::{Days, NaiveDate};

use super::board::{self, Block, DAY, Geometry, STEPS};
use crate::app::bindings::Action;
use crate::app::msg::{Effect, Read, Timer};
use crate::app::remote::{Remote, Ticket};
use crate::app::{App, SLOW, WATCH};
use crate::domain::appointment::{Status, Visit};
use crate::domain::booking::Opening;
use crate::domain::clock::Zone;
use crate::domain::day::{Day, DayChange};
use crate::domain::doctor::Doctor;
use crate::domain::ids::{AppointmentId, DoctorId};
use crate::store::Result;
use crate::store::sql::openings::{OpeningQuery, Wanted};

/// The day board.
#[derive(Debug)]
pub struct Calendar {
    /// The date shown.
    pub date: NaiveDate,
    /// The clinic's zone.
    zone: Zone,
    /// What is known of it.
    pub day: Remote<Box<Day>>,
    /// Keeps doctors by name or specialization.
    pub filter: String,
    /// Whether doctors who are not in are shown too.
    pub show_all: bool,
    /// The doctor under the cursor. By id, so that the cursor stays when columns come and go.
    pub doctor: Option<DoctorId>,
    /// The minute of the day under the cursor.
    pub minute: u16,
    /// The visit of the cursor's row that is meant, where there are several.
    pub visit: Option<AppointmentId>,
    /// The first minute shown.
    pub top: u16,
    /// The first column shown.
    pub left: usize,
    /// Minutes a row.
    pub step: u16,
    /// Whether the cursor has been placed on the day once it was known.
    placed: bool,
    /// Where the search for openings goes on.
    pub openings: Remote<Vec<Opening>>,
    /// Whether the day lets itself be waited for: then that is said.
    pub slow: bool,
    /// What was typed ahead of its answer, and is done where the answer puts the cursor.
    pub(in crate::app) after_opening: Option<Action>,
    /// The timer that is to wake the next watch for changes; older ones are not heeded.
    timer: Option<Ticket>,
    /// The last question for changes.
    watch: Option<Ticket>,
}

impl Calendar {
    /// The board of a date, with nothing known yet.
    #[must_use]
    pub fn new(date: NaiveDate, zone: Zone) -> Self {
        Calendar {
            date,
            zone,
            day: Remote::default(),
            filter: String::new(),
            show_all: false,
            doctor: None,
            minute: 9 * 60,
            visit: None,
            top: 8 * 60,
            left: 0,
            step: 15,
            placed: false,
            openings: Remote::default(),
            slow: false,
            after_opening: None,
            timer: None,
            watch: None,
        }
    }

    /// Whether another day is on its way, and will be here before an empty board would be seen.
    #[must_use]
    pub fn is_turning(&self) -> bool {
        self.known().is_none() && self.day.value().is_some() && self.day.is_loading() && !self.slow
    }

    /// Whether this is the question for the day that is under way.
    pub(crate) fn is_waiting_for(&self, ticket: Ticket) -> bool {
        self.day.is_loading() && self.day.ticket() == ticket
    }

    /// The day, where it is the date's.
    #[must_use]
    pub fn known(&self) -> Option<&Day> {
        self.day.value().map(|day| &**day).filter(|day| day.date == self.date)
    }

    /// The doctors in columns.
    #[must_use]
    pub fn doctors(&self) -> Vec<&Doctor> {
        self.known().map(|day| board::doctors(day, &self.filter, self.show_all)).unwrap_or_default()
    }

    /// The column under the cursor.
    #[must_use]
    pub fn column(&self, doctors: &[&Doctor]) -> usize {
        doctors.iter().position(|doctor| Some(doctor.id) == self.doctor).unwrap_or(0)
    }

    /// The doctor under the cursor.
    #[must_use]
    pub fn doctor_under_cursor(&self) -> Option<&Doctor> {
        let doctors = self.doctors();
        doctors.get(self.column(&doctors)).copied()
    }

    /// The doctor under the cursor, also while the day that the cursor went to is being read.
    #[must_use]
    pub fn doctor_meant(&self) -> Option<&Doctor> {
        let last = || self.day.value()?.doctors.iter().find(|doctor| Some(doctor.id) == self.doctor);
        self.doctor_under_cursor().or_else(last)
    }

    /// The blocks of a doctor's visits, by start.
    #[must_use]
    pub fn blocks(&self, doctor: &Doctor) -> Vec<Block<'_>> {
        self.known().map(|day| board::blocks(day, doctor, self.zone)).unwrap_or_default()
    }

    fn blocks_under_cursor(&self) -> Vec<Block<'_>> {
        self.doctor_under_cursor().map(|doctor| self.blocks(doctor)).unwrap_or_default()
    }

    /// The visits in the cursor's row, by start.
    fn visits_in_row(&self) -> Vec<&Visit> {
        let row = (self.minute, self.minute + self.step);
        self.blocks_under_cursor()
            .into_iter()
            .filter(|block| block.start < row.1 && row.0 < block.end)
            .map(|block| block.visit)
            .collect()
    }

    /// The visit under the cursor.
    #[must_use]
    pub fn visit_under_cursor(&self) -> Option<&Visit> {
        let visits = self.visits_in_row();
        visits.iter().find(|visit| Some(visit.id) == self.visit).or_else(|| visits.first()).copied()
    }

    /// Puts the cursor on the row of a minute.
    fn go_to_minute(&mut self, minute: u16) {
        self.minute = (minute / self.step * self.step).min(DAY - self.step);
        self.visit = None;
    }
}

impl App {
    /// Shows a date on the board.
    pub(crate) fn show_date(&mut self, date: NaiveDate) {
        if self.calendar.date != date {
            self.calendar.date = date;
            self.calendar.visit = None;
        }
        self.load_day();
    }

    pub(crate) fn load_day(&mut self) {
        let ticket = self.tickets.issue();
        self.calendar.day.ask(ticket);
        self.calendar.slow = false;
        self.effects.push(Effect::After(SLOW, Timer::Slow(ticket)));
        // What changed is asked of the day that was shown until now: it must not reach the new one.
        self.calendar.watch = None;
        self.effects.push(Effect::Read(ticket, Read::Day(self.calendar.date)));
    }

    /// The answer to a whole day.
    pub(crate) fn day_came(&mut self, ticket: Ticket, day: Result<Box<Day>>) {
        let answer = self.heard(day);
        if !self.calendar.day.answer(ticket, answer) {
            return;
        }
        if !self.calendar.placed && self.calendar.known().is_some() {
            self.calendar.placed = true;
            self.place_cursor();
        }
        self.keep_cursor();
        self.watch_later();
    }

    /// The answer to what changed. Says whether anything did.
    pub(crate) fn changes_came(&mut self, ticket: Ticket, changes: Result<Option<DayChange>>) -> bool {
        let was_away = self.away.is_some();
        let changes = self.heard(changes);
        if self.calendar.watch != Some(ticket) {
            return was_away != self.away.is_some();
        }
        self.watch_later();
        match changes {
            Ok(Some(change)) => {
                if let Some(day) = self.calendar.day.value_mut() {
                    day.apply(change);
                }
                self.keep_cursor();
                return true;
            }
            Ok(None) => {}
            // Whatever the reason: a board that is not kept up to date says so.
            Err(line) => self.away = Some(line),
        }
        was_away != self.away.is_some()
    }

    fn watch_later(&mut self) {
        let ticket = self.tickets.issue();
        self.calendar.timer = Some(ticket);
        self.effects.push(Effect::After(WATCH, Timer::Watch(ticket)));
    }

    /// Time to look what other desks did.
    pub(crate) fn watch_due(&mut self, timer: Ticket) {
        if self.calendar.timer != Some(timer) {
            return;
        }
        if self.calendar.known().is_some() && !self.calendar.day.is_loading() {
            self.look_now();
        } else if !self.calendar.day.is_loading() {
            self.load_day();
        }
    }

    /// Looks what changed, at once.
    pub(crate) fn look_now(&mut self) {
        if let Some(day) = self.calendar.known() {
            let versions = day.versions.clone();
            let ticket = self.tickets.issue();
            self.calendar.watch = Some(ticket);
            self.effects.push(Effect::Read(ticket, Read::Changes(self.calendar.date, versions)));
        }
    }

    /// What a key does on the calendar.
    pub(crate) fn calendar_action(&mut self, action: Action) {
        let page = self.geometry().rows.saturating_sub(1).max(1) * self.calendar.step;
        if self.calendar.openings.is_loading() {
            match action {
                Action::Book | Action::Open | Action::NextOpening | Action::NextOpeningAnyone => {
                    self.calendar.after_opening = Some(action);
                    return;
                }
                // Somebody went on: the cursor stays where they put it.
                _ => self.calendar.openings.clear(),
            }
        }
        match action {
            Action::Up => self.step_cursor(false),
            Action::Down => self.step_cursor(true),
            Action::Left => self.move_column(-1),
            Action::Right => self.move_column(1),
            Action::PageUp => self.calendar.go_to_minute(self.calendar.minute.saturating_sub(page)),
            Action::PageDown => self.calendar.go_to_minute(self.calendar.minute.saturating_add(page)),
            Action::DayStart => self.calendar.go_to_minute(self.hours().0),
            Action::DayEnd => self.calendar.go_to_minute(self.hours().1.saturating_sub(1)),
            Action::NextVisit => self.hop(true),
            Action::PreviousVisit => self.hop(false),
            Action::PreviousDay => self.show_days_from(-1),
            Action::NextDay => self.show_days_from(1),
            Action::PreviousWeek => self.show_days_from(-7),
            Action::NextWeek => self.show_days_from(7),
            Action::Today => {
                self.show_date(self.now.today());
                self.calendar.go_to_minute(board::minute_of(self.now.today(), self.now.wall));
            }
            Action::GoTo => self.open_go_to(),
            Action::Filter => self.open_filter(),
            Action::ShowAll => self.calendar.show_all = !self.calendar.show_all,
            Action::ZoomIn => self.zoom(-1),
            Action::ZoomOut => self.zoom(1),
            Action::NextOpening => self.look_for_opening(false),
            Action::NextOpeningAnyone => self.look_for_opening(true),
            Action::Book => self.book_here(),
            Action::Open => match self.calendar.visit_under_cursor().cloned() {
                Some(visit) => self.open_visit(visit),
                None => self.book_here(),
            },
            Action::TakeUp => self.take_up(),
            _ => {}
        }
        self.keep_cursor();
    }

    fn show_days_from(&mut self, days: i64) {
        let date = self.calendar.date;
        let far = Days::new(days.unsigned_abs());
        let date = if days < 0 { date.checked_sub_days(far) } else { date.checked_add_days(far) };
        if let Some(date) = date {
            self.show_date(date);
        }
    }

    /// The first and the last open minute of the doctors shown; a working day where nobody is in.
    fn hours(&self) -> (u16, u16) {
        let Some(day) = self.calendar.known() else { return (8 * 60, 18 * 60) };
        let doctors = self.calendar.doctors();
        let open = || doctors.iter().flat_map(|doctor| board::open(day, doctor));
        let first = open().map(|(start, _)| start).min();
        let last = open().map(|(_, end)| end).max();
        (first.unwrap_or(8 * 60), last.unwrap_or(18 * 60))
    }

    /// A day that is shown for the first time: the cursor on now when it is today, else on the first
    /// opening hour.
    fn place_cursor(&mut self) {
        let (first, _) = self.hours();
        let now = board::minute_of(self.calendar.date, self.now.wall);
        let today = self.calendar.date == self.now.today();
        let minute = if today { now } else { first };
        self.calendar.top =
            first.saturating_sub(self.calendar.step) / self.calendar.step * self.calendar.step;
        self.calendar.go_to_minute(minute);
    }

    /// Keeps the cursor on a doctor who is shown, and the view around the cursor.
    pub(crate) fn keep_cursor(&mut self) {
        let geometry = self.geometry();
        let doctors = self.calendar.doctors();
        let column = self.calendar.column(&doctors);
        let id = doctors.get(column).map(|doctor| doctor.id);
        let count = doctors.len();
        let calendar = &mut self.calendar;
        if id.is_some() {
            calendar.doctor = id;
        }
        calendar.left = calendar.left.min(column).max((column + 1).saturating_sub(geometry.columns));
        calendar.left = calendar.left.min(count.saturating_sub(geometry.columns));
        let span = geometry.rows * calendar.step;
        calendar.minute = (calendar.minute / calendar.step * calendar.step).min(DAY - calendar.step);
        calendar.top = calendar.top / calendar.step * calendar.step;
        // Past an edge the view goes on by a third of itself, not by a row a key.
        let third = geometry.rows / 3 * calendar.step;
        if calendar.minute < calendar.top {
            calendar.top = calendar.minute.saturating_sub(third);
        } else if calendar.minute + calendar.step > calendar.top + span {
            calendar.top = (calendar.minute + calendar.step + third).saturating_sub(span);
        }
        calendar.top = calendar.top.min(DAY.saturating_sub(span));
    }

    /// What of the board fits now.
    #[must_use]
    pub fn geometry(&self) -> Geometry {
        let below = if self.booking.is_some() { super::booking::HEIGHT } else { 0 };
        Geometry::new(self.size.0, self.size.1, self.calendar.doctors().len(), below)
    }

    /// A row up or down; from inside a visit, past its edge.
    fn step_cursor(&mut self, down: bool) {
        let calendar = &mut self.calendar;
        let step = calendar.step;
        let row = (calendar.minute, calendar.minute + step);
        let blocks = calendar.blocks_under_cursor();
        let here = blocks.iter().find(|block| block.start < row.1 && row.0 < block.end);
        let edges = here.map(|block| (block.start, block.end));
        let minute = match (edges, down) {
            (Some((_, end)), true) => (calendar.minute + step).max(end.div_ceil(step) * step),
            (None, true) => calendar.minute + step,
            (Some((start, _)), false) => (start / step * step).min(calendar.minute).saturating_sub(step),
            (None, false) => calendar.minute.saturating_sub(step),
        };
        let minute = minute.min(DAY - step);
        calendar.go_to_minute(minute);
    }

    fn move_column(&mut self, by: isize) {
        let doctors = self.calendar.doctors();
        let column = self.calendar.column(&doctors).saturating_add_signed(by);
        if let Some(id) = doctors.get(column).map(|doctor| doctor.id) {
            self.calendar.doctor = Some(id);
            self.calendar.visit = None;
        }
    }

    /// To the next or previous visit of the column.
    fn hop(&mut self, forward: bool) {
        let here = self.calendar.visit_under_cursor().map(|visit| visit.id);
        let blocks = self.calendar.blocks_under_cursor();
        let at = blocks.iter().position(|block| Some(block.visit.id) == here);
        let next = match (at, forward) {
            (Some(n), true) => blocks.get(n + 1),
            (Some(n), false) => n.checked_sub(1).and_then(|n| blocks.get(n)),
            (None, true) => blocks.iter().find(|block| block.start >= self.calendar.minute),
            (None, false) => blocks.iter().rfind(|block| block.start <= self.calendar.minute),
        };
        if let Some((minute, id)) = next.map(|block| (block.start, block.visit.id)) {
            self.calendar.go_to_minute(minute);
            self.calendar.visit = Some(id);
        }
    }

    fn zoom(&mut self, by: isize) {
        let at = STEPS.iter().position(|step| *step == self.calendar.step).unwrap_or(2);
        if let Some(step) = at.checked_add_signed(by).and_then(|n| STEPS.get(n)) {
            self.calendar.step = *step;
        }
    }

    /// Asks for the next opening after the cursor, of its doctor or of all that are shown.
    fn look_for_opening(&mut self, anyone: bool) {
        let Some(doctor) = self.calendar.doctor_under_cursor() else { return };
        let here = board::wall_of(self.calendar.date, self.calendar.minute);
        let on_free = self.calendar.visit_under_cursor().is_none();
        // From a free row on, the row itself was seen: the next one is meant.
        let after =
            if on_free { here + chrono::TimeDelta::minutes(i64::from(self.calendar.step)) } else { here };
        let minutes = doctor.default_minutes();
        let doctors = if anyone { Wanted::Anyone } else { Wanted::Doctor(doctor.id) };
        let from = after.max(self.now.wall);
        // The filter is by words, which the store does not know: enough are asked for to choose.
        let limit = if anyone { 200 } else { 1 };
        let query = OpeningQuery { doctors, patient: None, minutes, from, limit, moving: None };
        let ticket = self.tickets.issue();
        self.calendar.after_opening = None;
        self.calendar.openings.ask(ticket);
        self.effects.push(Effect::Read(ticket, Read::Openings(query)));
    }

    /// The answer to the question for the next opening.
    pub(crate) fn opening_came(&mut self, ticket: Ticket, openings: Result<Vec<Opening>>) {
        let answer = self.heard(openings);
        if !self.calendar.openings.answer(ticket, answer) {
            return;
        }
        let after = self.calendar.after_opening.take();
        let shown: Vec<DoctorId> = self.calendar.doctors().iter().map(|doctor| doctor.id).collect();
        let filtered = !self.calendar.filter.is_empty();
        let openings = self.calendar.openings.settled();
        let found = openings.and_then(|openings| {
            openings.iter().find(|opening| !filtered || shown.contains(&opening.doctor_id)).copied()
        });
        if let Some(opening) = found {
            self.show_date(opening.starts.date());
            self.calendar.doctor = Some(opening.doctor_id);
            self.calendar.go_to_minute(board::minute_of(opening.starts.date(), opening.starts));
            self.keep_cursor();
            if let Some(action) = after {
                self.calendar_action(action);
            }
        } else {
            self.drop_held();
            let line = self.calendar.openings.failure().map(str::to_owned);
            self.toast(line.unwrap_or_else(|| "No opening within the next 180 days".to_owned()));
        }
    }

    /// Sets the status of the visit under the cursor, or of the one that is open.
    pub(crate) fn set_status(&mut self, status: Status) {
        let Some(visit) = self.visit_meant().cloned() else { return };
        if visit.status == status {
            self.toast(format!("{} is {} already", visit.patient_name, super::status_word(status)));
            return;
        }
        self.write_status(&visit, status);
    }
}
