//! What keys and answers do to the calendar.

use chrono::NaiveDate;

use super::near::days_from;
use crate::app::bindings::Action;
use crate::app::msg::{Effect, Read, Timer};
use crate::app::remote::Ticket;
use crate::app::screens::board::{self, Board, DAY, Geometry, STEPS, View};
use crate::app::{App, SLOW, Screen, Undo, WATCH};
use crate::domain::appointment::{Appointment, Status, Visit};
use crate::domain::booking::{HORIZON_DAYS, Opening};
use crate::domain::day::{Day, DayChange, Names};
use crate::domain::ids::{DoctorId, PatientId};
use crate::store::Result;
use crate::store::sql::openings::{OpeningQuery, Wanted};

impl App {
    /// Back to the calendar, whatever lay over it.
    pub(crate) fn show_calendar(&mut self) {
        self.overlays.clear();
        self.screen = Screen::Calendar;
    }

    /// Shows a visit as it was just written, before what changed is read.
    pub(crate) fn show_written(&mut self, appointment: &Appointment) {
        let visit = &appointment.visit;
        let same = |undo: &&mut Undo| undo.visit.id == visit.id && undo.to == visit.status;
        if let Some(undo) = self.undo.as_mut().filter(same) {
            undo.visit = visit.clone();
        }
        self.calendar.change_day(|day| day.put(appointment));
    }

    /// The calendar with the cursor on a visit.
    pub(crate) fn show_on_calendar(&mut self, visit: &Visit) {
        self.show_calendar();
        let date = visit.starts.date();
        self.calendar.go_to_doctor(visit.doctor_id);
        let same = self.calendar.date == date;
        if same {
            self.look_now();
        } else {
            self.show_date(date);
        }
        let minute = board::minute_of(date, visit.starts);
        self.calendar.minute = minute / self.calendar.step * self.calendar.step;
        self.calendar.visit = Some(visit.id);
        self.keep_cursor();
    }

    /// Shows a date on the board.
    pub(crate) fn show_date(&mut self, date: NaiveDate) {
        if self.calendar.date != date {
            self.calendar.date = date;
            self.calendar.visit = None;
        }
        if let Some(day) = self.calendar.near.take(date, self.now.at) {
            // No answer to an older question is to come over it.
            self.calendar.day.ask(self.tickets.issue());
            self.show_day(day);
            self.look_now();
        } else {
            self.load_day();
        }
    }

    pub(crate) fn load_day(&mut self) {
        let date = self.calendar.date;
        // It may be on its way already.
        let coming = self.calendar.near.take_coming(date);
        let ticket = coming.unwrap_or_else(|| self.tickets.issue());
        self.calendar.day.ask(ticket);
        self.calendar.slow = false;
        self.effects.push(Effect::After(SLOW, Timer::Slow(ticket)));
        // What changed is asked of the day that was shown until now: it must not reach the new one.
        self.calendar.watch = None;
        if coming.is_none() {
            let view = self.view();
            self.effects.push(Effect::Read(ticket, Read::Day(date, view)));
        }
    }

    /// The answer to a whole day.
    pub(crate) fn day_came(&mut self, ticket: Ticket, day: Result<Box<Day>>) {
        let answer = self.heard(day);
        if !self.calendar.is_waiting_for(ticket) {
            return;
        }
        match answer {
            Ok(day) => self.show_day(day),
            Err(line) => {
                self.calendar.day.answer(ticket, Err(line));
                self.keep_cursor();
            }
        }
        self.watch_later();
    }

    /// Shows the date's day; the one before is kept for a while.
    fn show_day(&mut self, day: Box<Day>) {
        let board = Board::new(day, self.calendar.choice());
        let left = self.calendar.day.put(board).map(Board::into_day);
        if let Some(left) = left.filter(|left| left.date != self.calendar.date) {
            self.calendar.near.keep(left, self.now.at);
        }
        self.calendar.slow = false;
        self.place_cursor();
        self.read_ahead_later();
        self.keep_cursor();
        self.propose_again();
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
                self.calendar.change_day(|day| day.apply(change));
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
        self.watch_card();
        self.watch_staff();
        if let Some(day) = self.calendar.known() {
            let versions = day.versions.clone();
            let ticket = self.tickets.issue();
            self.calendar.watch = Some(ticket);
            let view = self.view();
            self.effects.push(Effect::Read(ticket, Read::Changes(self.calendar.date, versions, view)));
        }
    }

    /// What of a day is in sight.
    pub(super) fn view(&self) -> View {
        let calendar = &self.calendar;
        View {
            filter: calendar.filter.clone(),
            all: calendar.show_all,
            zone: calendar.zone,
            doctor: calendar.wanted,
            left: calendar.left,
            size: self.size,
        }
    }

    /// Whose names are wanted: of those in sight; and where these are known and nobody leafs on, of
    /// those a screen or two to either side, so that who scrolls finds them there.
    fn names_wanted(&self) -> Vec<PatientId> {
        let in_sight = self.unnamed_in_sight();
        if !in_sight.is_empty() || self.calendar.near.is_leafing() {
            return in_sight;
        }
        let (fit, left) = (self.geometry().columns, self.calendar.left);
        let unnamed = |screens: usize| {
            let columns = left.saturating_sub(screens * fit)..left + (1 + screens) * fit;
            self.calendar.board().map(|board| board.unnamed(columns)).unwrap_or_default()
        };
        if unnamed(1).is_empty() { Vec::new() } else { unnamed(2) }
    }

    /// Asks for the names that are wanted, one question at a time.
    pub(super) fn ask_names(&mut self) {
        let patients = self.names_wanted();
        if !patients.is_empty() && !self.calendar.names.is_loading() {
            let ticket = self.calendar.names.ask(self.tickets.issue());
            self.calendar.unnamed.clone_from(&patients);
            self.effects.push(Effect::Read(ticket, Read::Names(patients)));
        }
    }

    /// The answer to the question for names. Says whether any of them is in sight.
    pub(crate) fn names_came(&mut self, ticket: Ticket, names: Result<Names>) -> bool {
        let was_away = self.away.is_some();
        let answer = self.heard(names);
        let mut came = Names::new();
        if !self.calendar.names.answer(ticket, answer.map(|names| came = names)) {
            return was_away != self.away.is_some();
        }
        let awaited = !self.unnamed_in_sight().is_empty();
        if let Some(board) = self.calendar.day.value_mut() {
            board.name(came);
        }
        // Who else is wanted now. What did not come is asked for with the next key.
        if self.names_wanted().iter().any(|patient| self.calendar.unnamed.binary_search(patient).is_err()) {
            self.ask_names();
        }
        awaited || was_away != self.away.is_some()
    }

    /// The patients in sight whose names are not known.
    pub(crate) fn unnamed_in_sight(&self) -> Vec<PatientId> {
        let in_sight = self.calendar.left..self.calendar.left + self.geometry().columns;
        self.calendar.board().map(|board| board.unnamed(in_sight)).unwrap_or_default()
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
                self.calendar.near.leafed(None);
                self.show_date(self.now.today());
                self.calendar.go_to_minute(board::minute_of(self.now.today(), self.now.wall));
            }
            Action::GoTo => self.open_go_to(),
            Action::Filter => self.open_filter(),
            Action::ShowAll => self.calendar.toggle_all(),
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
        if let Some(date) = days_from(self.calendar.date, days) {
            self.calendar.near.leafed(Some(days));
            self.show_date(date);
        }
    }

    /// The first and the last open minute of the doctors shown; a working day where nobody is in.
    fn hours(&self) -> (u16, u16) {
        let open = || self.calendar.columns().iter().flat_map(|column| column.open.iter().copied());
        let first = open().map(|(start, _)| start).min();
        let last = open().map(|(_, end)| end).max();
        (first.unwrap_or(8 * 60), last.unwrap_or(18 * 60))
    }

    /// A date that is shown for the first time since it was gone to: the cursor stays at its time of the
    /// day, and at the first day is on now. Outside of the hours there is nothing but closed time to be
    /// seen, and it goes to their beginning, unless it is on a visit there.
    fn place_cursor(&mut self) {
        let date = self.calendar.date;
        let before = self.calendar.placed;
        if before == Some(date) || self.calendar.known().is_none() {
            return;
        }
        self.calendar.placed = Some(date);
        let (first, last) = self.hours();
        let today = date == self.now.today();
        let minute = match before {
            None if today => board::minute_of(date, self.now.wall),
            None => first,
            Some(_) => self.calendar.minute,
        };
        let is_outside = minute + self.calendar.step <= first || minute >= last;
        let stays = self.calendar.visit.is_some() || (before.is_some() && today);
        if before.is_none() || (is_outside && !stays) {
            let step = self.calendar.step;
            self.calendar.top = first.saturating_sub(step) / step * step;
            self.calendar.go_to_minute(if is_outside { first } else { minute });
        }
    }

    /// Keeps the cursor on a doctor who is shown, and the view around the cursor.
    pub(crate) fn keep_cursor(&mut self) {
        let geometry = self.geometry();
        self.calendar.keep_doctor();
        let column = self.calendar.column();
        let count = self.calendar.columns().len();
        let calendar = &mut self.calendar;
        calendar.left = board::scrolled(calendar.left, column, geometry.columns, count);
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
        self.ask_names();
    }

    /// What of the board fits now.
    #[must_use]
    pub fn geometry(&self) -> Geometry {
        let below = if self.booking.is_some() { crate::app::screens::booking::HEIGHT } else { 0 };
        Geometry::new(self.size.0, self.size.1, self.calendar.columns().len(), below)
    }

    /// A row up or down; from inside a visit, past its edge.
    fn step_cursor(&mut self, down: bool) {
        let calendar = &mut self.calendar;
        let step = calendar.step;
        let blocks = calendar.blocks_under_cursor();
        let here = calendar.visit_under_cursor().map(|visit| visit.id);
        let here = here
            .zip(calendar.board())
            .and_then(|(id, board)| blocks.iter().find(|block| board.visit(block).id == id));
        let edges = here.filter(|block| !block.is_under).map(|block| (block.start, block.end));
        // The row in which a visit ends is the next one's where that begins in it.
        let after = |end: u16| {
            let row = end / step * step;
            let mut shown = blocks.iter().filter(|block| !block.is_under);
            let begins = shown.any(|block| end <= block.start && block.start < row + step);
            if begins { row } else { end.div_ceil(step) * step }
        };
        let minute = match (edges, down) {
            (Some((_, end)), true) => (calendar.minute + step).max(after(end)),
            (None, true) => calendar.minute + step,
            (Some((start, _)), false) => (start / step * step).min(calendar.minute).saturating_sub(step),
            (None, false) => calendar.minute.saturating_sub(step),
        };
        let minute = minute.min(DAY - step);
        calendar.go_to_minute(minute);
    }

    fn move_column(&mut self, by: isize) {
        let column = self.calendar.column().saturating_add_signed(by);
        let id = self.calendar.doctors().nth(column).map(|doctor| doctor.id);
        if let Some(id) = id {
            self.calendar.go_to_doctor(id);
            self.calendar.visit = None;
        }
    }

    /// To the next or previous visit of the column.
    fn hop(&mut self, forward: bool) {
        let Some(board) = self.calendar.board() else { return };
        let here = self.calendar.visit_under_cursor().map(|visit| visit.id);
        let blocks = self.calendar.blocks_under_cursor();
        let at = blocks.iter().position(|block| Some(board.visit(block).id) == here);
        let next = match (at, forward) {
            (Some(n), true) => blocks.get(n + 1),
            (Some(n), false) => n.checked_sub(1).and_then(|n| blocks.get(n)),
            (None, true) => blocks.iter().find(|block| block.start >= self.calendar.minute),
            (None, false) => blocks.iter().rfind(|block| block.start <= self.calendar.minute),
        };
        if let Some((minute, id)) = next.map(|block| (block.start, board.visit(block).id)) {
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
        if let Some(why) = self.calendar.nobody() {
            return self.toast(why);
        }
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
        let shown: Vec<DoctorId> = self.calendar.doctors().map(|doctor| doctor.id).collect();
        let filtered = !self.calendar.filter.is_empty();
        let openings = self.calendar.openings.settled();
        let found = openings.and_then(|openings| {
            openings.iter().find(|opening| !filtered || shown.contains(&opening.doctor_id)).copied()
        });
        if let Some(opening) = found {
            // First, since whose names are read with the day is seen from there.
            self.calendar.go_to_doctor(opening.doctor_id);
            self.show_date(opening.starts.date());
            self.calendar.go_to_minute(board::minute_of(opening.starts.date(), opening.starts));
            self.keep_cursor();
            if let Some(action) = after {
                self.calendar_action(action);
            }
        } else {
            self.drop_held();
            let line = self.calendar.openings.failure().map(str::to_owned);
            self.toast(line.unwrap_or_else(|| format!("No opening within the next {HORIZON_DAYS} days")));
        }
    }

    /// Sets the status of the visit under the cursor, or of the one that is open.
    pub(crate) fn set_status(&mut self, status: Status) {
        let Some(visit) = self.visit_meant().cloned() else { return };
        if visit.status == status {
            let name = self.patient_of(&visit).short();
            self.toast(format!("{name} is {} already", crate::app::screens::status_word(status)));
            return;
        }
        self.write_status(&visit, status);
    }
}
