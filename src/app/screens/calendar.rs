//! The calendar, the home screen: the day board's state. What its keys do is in `flow`.

mod flow;
mod near;

use chrono::NaiveDate;

use self::near::Near;
use super::board::{Block, Board, Choice, Column, DAY};
use crate::app::bindings::Action;
use crate::app::remote::{Remote, Ticket};
use crate::domain::appointment::Visit;
use crate::domain::booking::Opening;
use crate::domain::clock::Zone;
use crate::domain::day::Day;
use crate::domain::doctor::Doctor;
use crate::domain::ids::{AppointmentId, DoctorId, PatientId};

/// The day board.
#[derive(Debug)]
pub struct Calendar {
    /// The date shown.
    pub date: NaiveDate,
    /// The clinic's zone.
    zone: Zone,
    /// What is known of it, laid out.
    pub day: Remote<Board>,
    /// The last question for names of patients.
    names: Remote<()>,
    /// Whose names were asked for, sorted.
    unnamed: Vec<PatientId>,
    /// Keeps doctors by name or specialization.
    filter: String,
    /// Whether doctors who are not in are shown too.
    show_all: bool,
    /// The doctor under the cursor. By id, so that the cursor stays when columns come and go.
    doctor: Option<DoctorId>,
    /// The doctor to whom the cursor was moved last: where they are not in it goes to another, and
    /// comes back where they are, as a text's cursor does with its column.
    wanted: Option<DoctorId>,
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
    /// The date on whose day the cursor was placed once it was known.
    placed: Option<NaiveDate>,
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
    /// The days beside this one.
    pub(in crate::app) near: Near,
}

impl Calendar {
    /// The board of a date, with nothing known yet.
    #[must_use]
    pub fn new(date: NaiveDate, zone: Zone) -> Self {
        Calendar {
            date,
            zone,
            day: Remote::default(),
            names: Remote::default(),
            unnamed: Vec::new(),
            filter: String::new(),
            show_all: false,
            doctor: None,
            wanted: None,
            minute: 9 * 60,
            visit: None,
            top: 8 * 60,
            left: 0,
            step: 15,
            placed: None,
            openings: Remote::default(),
            slow: false,
            after_opening: None,
            timer: None,
            watch: None,
            near: Near::default(),
        }
    }

    /// When the opening begins that was looked for and lies in the cursor's row: an opening follows on the
    /// visit before it, to the minute, and rows do not.
    #[must_use]
    pub fn opening_here(&self) -> Option<u16> {
        let doctor = self.doctor_meant()?.id;
        let openings = self.openings.settled()?.iter();
        let here =
            openings.filter(|opening| opening.doctor_id == doctor && opening.starts.date() == self.date);
        let mut minutes = here.map(|opening| super::board::minute_of(self.date, opening.starts));
        minutes.find(|minute| minute / self.step * self.step == self.minute)
    }

    /// Whether another day is on its way, and will be here before an empty board would be seen.
    #[must_use]
    pub fn is_turning(&self) -> bool {
        self.known().is_none() && self.day.is_loading() && !self.slow
    }

    /// Whether this is the question for the day that is under way.
    pub(crate) fn is_waiting_for(&self, ticket: Ticket) -> bool {
        self.day.is_loading() && self.day.ticket() == ticket
    }

    /// The day laid out, where it is the date's.
    #[must_use]
    pub fn board(&self) -> Option<&Board> {
        self.day.value().filter(|board| board.day().date == self.date)
    }

    /// The day, where it is the date's.
    #[must_use]
    pub fn known(&self) -> Option<&Day> {
        self.board().map(Board::day)
    }

    /// All doctors, also while another day is on its way.
    #[must_use]
    pub fn all_doctors(&self) -> &[Doctor] {
        self.day.value().map_or(&[], |board| &board.day().doctors)
    }

    /// The doctors' columns.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        self.board().map_or(&[], Board::columns)
    }

    /// The doctors in columns.
    pub fn doctors(&self) -> impl Iterator<Item = &Doctor> {
        self.board().into_iter().flat_map(Board::doctors)
    }

    /// What the filter keeps doctors by.
    #[must_use]
    pub fn filter(&self) -> &str {
        &self.filter
    }

    fn choice(&self) -> Choice<'_> {
        Choice { filter: &self.filter, all: self.show_all, zone: self.zone }
    }

    /// Forgets what was read, and keeps where the cursor is.
    pub(in crate::app) fn forget(&mut self) {
        self.day.clear();
        self.names.clear();
        self.unnamed.clear();
        self.openings.clear();
        self.near = Near::default();
        (self.timer, self.watch, self.placed) = (None, None, None);
    }

    /// Changes the day as it is known, where it is.
    pub(in crate::app) fn change_day(&mut self, change: impl FnOnce(&mut Day)) {
        let choice = Choice { filter: &self.filter, all: self.show_all, zone: self.zone };
        if let Some(board) = self.day.value_mut() {
            board.change(choice, change);
        }
    }

    /// Keeps doctors by name or specialization.
    pub(in crate::app) fn filter_by(&mut self, filter: String) {
        self.filter = filter;
        self.change_day(|_| {});
    }

    fn toggle_all(&mut self) {
        self.show_all = !self.show_all;
        self.change_day(|_| {});
    }

    /// Where the column under the cursor stands.
    #[must_use]
    pub fn column(&self) -> usize {
        self.doctors().position(|doctor| Some(doctor.id) == self.doctor).unwrap_or(0)
    }

    /// The column under the cursor.
    #[must_use]
    pub fn column_under_cursor(&self) -> Option<&Column> {
        self.columns().get(self.column())
    }

    /// The doctor under the cursor.
    #[must_use]
    pub fn doctor_under_cursor(&self) -> Option<&Doctor> {
        Some(self.board()?.doctor(self.column_under_cursor()?))
    }

    /// The doctor under the cursor, also while the day that the cursor went to is being read. Nobody
    /// where it is known that nobody is in sight.
    #[must_use]
    pub fn doctor_meant(&self) -> Option<&Doctor> {
        let last = || self.all_doctors().iter().find(|doctor| Some(doctor.id) == self.doctor);
        if self.board().is_some() { self.doctor_under_cursor() } else { last() }
    }

    /// Why no doctor is in sight, and what helps; none where one is, or the day is not known yet.
    #[must_use]
    pub fn nobody(&self) -> Option<String> {
        let board = self.board().filter(|board| board.columns().is_empty())?;
        Some(if board.day().doctors.is_empty() {
            "There are no doctors yet: frontdesk doctor add, then frontdesk hours add".to_owned()
        } else if self.filter.is_empty() {
            "No doctor sees patients any more: frontdesk doctor edit ID --active true".to_owned()
        } else {
            format!("No doctor matches \"{}\"; f, Backspace, Enter shows all again", self.filter)
        })
    }

    /// Moves the cursor to a doctor, and keeps it there where they are in.
    pub(in crate::app) fn go_to_doctor(&mut self, doctor: DoctorId) {
        (self.doctor, self.wanted) = (Some(doctor), Some(doctor));
    }

    /// The cursor on the doctor to whom it was moved last, where they are in; else where it is, or on
    /// the first column.
    fn keep_doctor(&mut self) {
        let is_in = |id: Option<DoctorId>| self.doctors().any(|doctor| Some(doctor.id) == id);
        if is_in(self.wanted) {
            self.doctor = self.wanted;
        } else if let Some(first) = self.doctor_under_cursor().map(|doctor| doctor.id) {
            self.doctor = Some(first);
            self.wanted = self.wanted.or(self.doctor);
        }
    }

    fn blocks_under_cursor(&self) -> &[Block] {
        self.column_under_cursor().map_or(&[], |column| &column.blocks)
    }

    /// The visit under the cursor: of those in its row the one that is meant, else the first that
    /// begins in it, since that is the one whose name stands there, else the one that runs through it.
    #[must_use]
    pub fn visit_under_cursor(&self) -> Option<&Visit> {
        let board = self.board()?;
        let row = (self.minute, self.minute + self.step);
        let blocks = self.blocks_under_cursor().iter();
        let here: Vec<&Block> = blocks.filter(|block| block.start < row.1 && row.0 < block.end).collect();
        let meant = here.iter().find(|block| Some(board.visit(block).id) == self.visit);
        // One that lies under another has no row: it is gone to by name.
        let mut shown = here.iter().filter(|block| !block.is_under);
        let begins = || shown.clone().find(|block| block.start >= row.0);
        let block = meant.or_else(begins).or_else(|| shown.next());
        block.map(|block| board.visit(block))
    }

    /// Puts the cursor on the row of a minute.
    fn go_to_minute(&mut self, minute: u16) {
        self.minute = (minute / self.step * self.step).min(DAY - self.step);
        self.visit = None;
    }
}
