//! The day board's geometry: which doctors stand in columns, where a visit's block lies, what is
//! open, and what fits on the screen. State and drawing both ask here, so that the cursor is where
//! it is seen.

use std::collections::HashMap;
use std::ops::Range;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use crate::domain::appointment::Visit;
use crate::domain::clock::{Reading, Zone, midnight};
use crate::domain::day::{Day, Names};
use crate::domain::doctor::Doctor;
use crate::domain::fold::fold;
use crate::domain::ids::{DoctorId, PatientId};

/// Minutes of a day.
pub const DAY: u16 = 24 * 60;
/// The columns of the times at the left.
pub const GUTTER: u16 = 6;
/// The narrowest column of a doctor.
pub const NARROWEST: u16 = 18;
/// The minutes a row can stand for, finest first.
pub const STEPS: [u16; 5] = [5, 10, 15, 30, 60];
/// The smallest terminal in which the desk can be worked.
pub const SMALLEST: (u16, u16) = (80, 24);

/// How much of the board fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// How many doctors stand side by side.
    pub columns: usize,
    /// The width of each, in cells.
    pub column_width: u16,
    /// How many rows of time there are.
    pub rows: u16,
}

impl Geometry {
    /// What fits a terminal of `width` by `height` cells with `doctors` to show and `below` rows
    /// taken by a form.
    #[must_use]
    pub fn new(width: u16, height: u16, doctors: usize, below: u16) -> Self {
        let room = width.saturating_sub(GUTTER).max(NARROWEST);
        let fit = usize::from(room / NARROWEST).max(1);
        let columns = fit.min(doctors.max(1));
        let column_width = room / u16::try_from(columns).unwrap_or(1);
        // Title, tabs and names above; the line of the cursor and the keys below.
        let rows = height.saturating_sub(5 + below).clamp(1, DAY / STEPS[0]);
        Geometry { columns, column_width, rows }
    }
}

/// A visit on the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where among the day's visits it stands.
    visit: usize,
    /// Its first minute of the day.
    pub start: u16,
    /// The minute after its last, at most [`DAY`].
    pub end: u16,
    /// Which of `lanes` side by side it has, where visits run at once.
    pub lane: u16,
    /// See `lane`.
    pub lanes: u16,
    /// Whether it is cancelled or a no-show, and another visit has its time: it lies under that one,
    /// in its lane, and has no row of its own.
    pub is_under: bool,
}

/// A doctor's column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Where among the day's doctors the doctor stands.
    doctor: usize,
    /// The parts of the day in which the doctor is there, as minutes of the day; no two of them meet.
    pub open: Vec<(u16, u16)>,
    /// The visits, by start.
    pub blocks: Vec<Block>,
}

/// What of a day is shown.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'f> {
    /// Keeps the doctors whose name or specialization holds each of its words.
    pub filter: &'f str,
    /// Whether doctors who are not in are shown too.
    pub all: bool,
    /// The clinic's zone.
    pub zone: Zone,
}

/// What of a day is in sight, whoever turns out to be in: whose names are read with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// See [`Choice::filter`].
    pub filter: String,
    /// See [`Choice::all`].
    pub all: bool,
    /// The clinic's zone.
    pub zone: Zone,
    /// The doctor under the cursor.
    pub doctor: Option<DoctorId>,
    /// The first column shown.
    pub left: usize,
    /// The terminal's columns and rows.
    pub size: (u16, u16),
}

impl View {
    /// The patients in sight whose names a day lacks.
    #[must_use]
    pub fn unnamed(&self, day: &Day) -> Vec<PatientId> {
        let present = present(day, Choice { filter: &self.filter, all: self.all, zone: self.zone });
        let fit = Geometry::new(self.size.0, self.size.1, present.len(), 0).columns;
        let at = present.iter().position(|present| Some(day.doctors[present.doctor].id) == self.doctor);
        let left = scrolled(self.left, at.unwrap_or(0), fit, present.len());
        let in_sight = present.into_iter().skip(left).take(fit);
        unnamed(day, &columns(day, in_sight, self.zone))
    }
}

/// The first column shown so that the one `at` which the cursor is stays in sight, of `count` columns
/// of which `fit`.
#[must_use]
pub fn scrolled(left: usize, at: usize, fit: usize, count: usize) -> usize {
    left.min(at).max((at + 1).saturating_sub(fit)).min(count.saturating_sub(fit))
}

fn unnamed(day: &Day, columns: &[Column]) -> Vec<PatientId> {
    let visits = columns.iter().flat_map(|column| &column.blocks).map(|block| &day.visits[block.visit]);
    let mut patients: Vec<PatientId> =
        visits.map(|visit| visit.patient_id).filter(|patient| !day.names.contains_key(patient)).collect();
    patients.sort_unstable();
    patients.dedup();
    patients
}

/// A day laid out. It is asked many times a key, of two hundred doctors and thousands of visits, so
/// it is laid out once for each change of the day or of what is shown of it.
#[derive(Clone, Debug)]
pub struct Board {
    day: Box<Day>,
    columns: Vec<Column>,
    /// The part of the day that the spring change skips, as minutes of the day.
    skipped: Option<(u16, u16)>,
}

impl Board {
    /// Lays a day out.
    #[must_use]
    pub fn new(day: Box<Day>, choice: Choice<'_>) -> Self {
        let columns = columns(&day, present(&day, choice), choice.zone);
        let skipped = skipped(day.date, choice.zone);
        Board { day, columns, skipped }
    }

    /// The day alone.
    #[must_use]
    pub fn into_day(self) -> Box<Day> {
        self.day
    }

    /// The day.
    #[must_use]
    pub fn day(&self) -> &Day {
        &self.day
    }

    /// The doctors' columns.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The part of the day that the spring change skips, as minutes of the day.
    #[must_use]
    pub fn skipped(&self) -> Option<(u16, u16)> {
        self.skipped
    }

    /// Until when a doctor is there without a pause from a minute on, and without a visit that holds
    /// time; none where the doctor is not there then.
    #[must_use]
    pub fn free_until(&self, column: &Column, (from, until): (u16, u16)) -> Option<u16> {
        let mut open = column.open.iter().skip_while(|(_, end)| *end <= from);
        let mut end = open.next().filter(|(start, _)| *start < until)?.1;
        // What the clocks skip takes no time.
        if let Some((before, after)) = self.skipped
            && end == before
            && let Some((_, later)) = open.next().filter(|(start, _)| *start == after)
        {
            end = *later;
        }
        let visits = column.blocks.iter().filter(|block| self.visit(block).status.holds_time());
        let next = visits.map(|block| block.start).find(|start| *start >= from);
        Some(next.unwrap_or(end).min(end))
    }

    /// The doctors in columns.
    pub fn doctors(&self) -> impl Iterator<Item = &Doctor> {
        self.columns.iter().map(|column| self.doctor(column))
    }

    /// The doctor of one of its columns.
    #[must_use]
    pub fn doctor(&self, column: &Column) -> &Doctor {
        &self.day.doctors[column.doctor]
    }

    /// The visit of one of its blocks.
    #[must_use]
    pub fn visit(&self, block: &Block) -> &Visit {
        &self.day.visits[block.visit]
    }

    /// The name of a visit's patient; a sign where it is still being read.
    #[must_use]
    pub fn name_of(&self, visit: &Visit) -> &str {
        self.day.patient_of(visit).map_or("…", |patient| &patient.name)
    }

    /// When a visit's patient was born, where that was read.
    #[must_use]
    pub fn born_of(&self, visit: &Visit) -> Option<NaiveDate> {
        self.day.patient_of(visit)?.born
    }

    /// The patients in some of the columns whose names are not known.
    #[must_use]
    pub fn unnamed(&self, columns: Range<usize>) -> Vec<PatientId> {
        let end = columns.end.min(self.columns.len());
        unnamed(&self.day, &self.columns[columns.start.min(end)..end])
    }

    /// Takes names in, where they are not known yet.
    pub fn name(&mut self, names: Names) {
        for (patient, name) in names {
            self.day.names.entry(patient).or_insert(name);
        }
    }

    /// Changes the day, and lays it out anew.
    pub fn change(&mut self, choice: Choice<'_>, change: impl FnOnce(&mut Day)) {
        change(&mut self.day);
        self.columns = columns(&self.day, present(&self.day, choice), choice.zone);
    }
}

/// A doctor who has a column.
struct Present {
    /// Where among the day's doctors the doctor stands.
    doctor: usize,
    open: Vec<(u16, u16)>,
    /// Where among the day's visits the doctor's stand.
    visits: Vec<usize>,
}

/// The doctors who are in or have visits, by name; all active ones when all are asked for, or when
/// nobody is in.
fn present(day: &Day, choice: Choice<'_>) -> Vec<Present> {
    let mut visits: HashMap<DoctorId, Vec<usize>> = HashMap::new();
    for (n, visit) in day.visits.iter().enumerate() {
        visits.entry(visit.doctor_id).or_default().push(n);
    }
    let words: Vec<String> = fold(choice.filter).split(' ').map(str::to_owned).collect();
    let wanted = |doctor: &Doctor| {
        if choice.filter.trim().is_empty() {
            return true;
        }
        let text = fold(&format!("{} {}", doctor.details.name, doctor.details.specialization));
        words.iter().all(|word| text.split(' ').any(|of| of.starts_with(word.as_str())))
    };
    let skipped = skipped(day.date, choice.zone);
    let mut present = Vec::new();
    let mut anybody = false;
    for (n, doctor) in day.doctors.iter().enumerate().filter(|(_, doctor)| wanted(doctor)) {
        let open = open(day, doctor, skipped);
        let visits = visits.remove(&doctor.id).unwrap_or_default();
        let is_in = !visits.is_empty() || !open.is_empty();
        anybody |= is_in;
        if is_in || doctor.is_active {
            present.push((is_in, Present { doctor: n, open, visits }));
        }
    }
    let shown = |(is_in, present)| (is_in || choice.all || !anybody).then_some(present);
    present.into_iter().filter_map(shown).collect()
}

/// The columns of some doctors.
fn columns(day: &Day, present: impl IntoIterator<Item = Present>, zone: Zone) -> Vec<Column> {
    // The minutes that really pass, also in a night in which the clocks change; on any other day those
    // on the clock are, and there are thousands of visits.
    let even = !zone.changes_near(day.date);
    let end = |visit: &Visit| {
        let steady = visit.starts + TimeDelta::minutes(visit.minutes.into());
        if even { steady } else { board_end(visit.ends(zone), steady, zone) }
    };
    let column =
        |Present { doctor, open, visits }| Column { doctor, open, blocks: blocks(day, &visits, end) };
    present.into_iter().map(column).collect()
}

/// Where a visit ends on the board, which `ends` and would do so at `steady` if no clock changed. Where the
/// clocks go back meanwhile, it holds the rest of the hour that comes twice also as that comes first, and
/// times on the board are meant so.
fn board_end(ends: NaiveDateTime, steady: NaiveDateTime, zone: Zone) -> NaiveDateTime {
    let mut end = ends;
    while end < steady && matches!(zone.read(end), Reading::Repeated(..)) {
        end += TimeDelta::minutes(1);
    }
    end
}

/// The part of a day that the spring change skips, as minutes of the day.
fn skipped(date: NaiveDate, zone: Zone) -> Option<(u16, u16)> {
    zone.skipped(date).map(|(from, until)| (minute_of(date, from), minute_of(date, until)))
}

/// The parts of the day in which a doctor is there, but for what of it the clocks skip: sessions that
/// meet are one.
fn open(day: &Day, doctor: &Doctor, skipped: Option<(u16, u16)>) -> Vec<(u16, u16)> {
    if !doctor.is_active {
        return Vec::new();
    }
    let Some(schedule) = day.schedules.get(&doctor.id) else { return Vec::new() };
    let before = day.date.pred_opt().unwrap_or(day.date);
    let mut open: Vec<(u16, u16)> = [before, day.date]
        .into_iter()
        .flat_map(|date| schedule.sessions(date))
        .map(|(start, end)| (minute_of(day.date, start), minute_of(day.date, end)))
        .filter(|(start, end)| start < end)
        .collect();
    open.sort_unstable();
    open.dedup_by(|(start, end), (_, last)| {
        let meet = *start <= *last;
        *last = if meet { (*last).max(*end) } else { *last };
        meet
    });
    if let Some((from, until)) = skipped {
        let parts =
            open.iter().flat_map(|(start, end)| [(*start, (*end).min(from)), ((*start).max(until), *end)]);
        open = parts.filter(|(start, end)| start < end).collect();
    }
    open
}

/// The blocks of a doctor's visits, by start. A cancelled visit or no-show whose time another
/// visit has taken lies under that; visits that run at once stand side by side.
fn blocks(day: &Day, visits: &[usize], ends: impl Fn(&Visit) -> NaiveDateTime) -> Vec<Block> {
    let of = |block: &Block| &day.visits[block.visit];
    let place = |at: &usize| {
        let visit = &day.visits[*at];
        let start = minute_of(day.date, visit.starts);
        let end = minute_of(day.date, ends(visit));
        Block { visit: *at, start, end: end.max((start + 1).min(DAY)), lane: 0, lanes: 1, is_under: false }
    };
    let all: Vec<Block> = visits.iter().map(place).collect();
    let meets = |a: &Block, b: &Block| a.start < b.end && b.start < a.end;
    let (mut shown, mut freed): (Vec<Block>, Vec<Block>) =
        all.into_iter().partition(|block| of(block).status.holds_time());
    // Of those that gave the same time up, the one that was booked last had it last.
    freed.sort_by_key(|block| std::cmp::Reverse(of(block).id));
    let mut under = Vec::new();
    for block in freed {
        if shown.iter().any(|other| meets(&block, other)) { under.push(block) } else { shown.push(block) }
    }
    shown.sort_by_key(|block| (block.start, of(block).id));
    // Each run of visits that meet is laid out by itself: the first free lane from the left.
    let mut run = 0;
    while run < shown.len() {
        let mut end = shown[run].end;
        let mut last = run + 1;
        while last < shown.len() && shown[last].start < end {
            end = end.max(shown[last].end);
            last += 1;
        }
        let mut lanes: Vec<u16> = Vec::new();
        for block in &mut shown[run..last] {
            let lane = lanes.iter().position(|taken_to| *taken_to <= block.start).unwrap_or_else(|| {
                lanes.push(0);
                lanes.len() - 1
            });
            lanes[lane] = block.end;
            block.lane = u16::try_from(lane).unwrap_or(u16::MAX);
        }
        let count = u16::try_from(lanes.len()).unwrap_or(u16::MAX);
        shown[run..last].iter_mut().for_each(|block| block.lanes = count);
        run = last;
    }
    if !under.is_empty() {
        for block in &mut under {
            block.is_under = true;
            if let Some(over) = shown.iter().find(|over| meets(block, over)) {
                (block.lane, block.lanes) = (over.lane, over.lanes);
            }
        }
        shown.append(&mut under);
        shown.sort_by_key(|block| (block.start, of(block).id));
    }
    shown
}

/// A wall-clock time as a minute of `date`: before it 0, after it [`DAY`].
#[must_use]
pub fn minute_of(date: NaiveDate, wall: NaiveDateTime) -> u16 {
    let minutes = (wall - midnight(date)).num_minutes().clamp(0, i64::from(DAY));
    u16::try_from(minutes).unwrap_or(DAY)
}

/// A minute of `date` as a wall-clock time.
#[must_use]
pub fn wall_of(date: NaiveDate, minute: u16) -> NaiveDateTime {
    let last = NaiveTime::from_hms_opt(23, 59, 0).unwrap_or_default();
    let time = NaiveTime::from_hms_opt(u32::from(minute / 60), u32::from(minute % 60), 0).unwrap_or(last);
    date.and_time(time)
}

/// A block by itself, of no visit.
#[cfg(test)]
pub(super) fn block_of(start: u16, end: u16) -> Block {
    Block { visit: 0, start, end, lane: 0, lanes: 1, is_under: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::appointment::Status;
    use crate::domain::day::DayVersions;
    use crate::domain::doctor::DoctorDetails;
    use crate::domain::ids::AppointmentId;

    fn date() -> NaiveDate {
        "2026-12-01".parse().unwrap()
    }

    fn doctor(id: i32, name: &str, specialization: &str) -> Doctor {
        Doctor {
            id: DoctorId(id),
            details: DoctorDetails {
                name: name.into(),
                email: String::new(),
                phone: String::new(),
                specialization: specialization.into(),
                license_number: String::new(),
                default_minutes: None,
            },
            is_active: true,
        }
    }

    fn visit(id: i32, minute: u16, minutes: u16, status: Status) -> Visit {
        Visit {
            id: AppointmentId(id),
            doctor_id: DoctorId(1),
            patient_id: PatientId(id),
            starts: wall_of(date(), minute),
            minutes,
            status,
        }
    }

    fn board(visits: Vec<Visit>, filter: &str, all: bool) -> Board {
        Board::new(Box::new(day(visits)), Choice { filter, all, zone: Zone::utc() })
    }

    fn day(visits: Vec<Visit>) -> Day {
        let doctors =
            vec![doctor(1, "Dr. Sarah Lee", "Cardiology"), doctor(2, "Dr. José Ruiz", "Paediatrics")];
        Day {
            date: date(),
            doctors,
            schedules: HashMap::default(),
            visits,
            names: HashMap::default(),
            versions: DayVersions::default(),
        }
    }

    #[test]
    fn visits_at_once_stand_side_by_side_and_freed_ones_give_way() {
        let visits = vec![
            visit(1, 540, 60, Status::Scheduled),
            visit(2, 570, 30, Status::Scheduled),
            visit(3, 600, 30, Status::Scheduled),
            visit(4, 540, 30, Status::Cancelled),
            visit(5, 700, 30, Status::NoShow),
            // Freed twice: the first of both would lie under the second, were that not under a third.
            visit(6, 800, 30, Status::Cancelled),
            visit(7, 800, 60, Status::NoShow),
            visit(8, 830, 30, Status::Scheduled),
        ];
        let board = board(visits, "", false);
        let blocks = board.columns()[0].blocks.iter();
        let shown: Vec<_> = blocks.map(|b| (board.visit(b).id.0, b.lane, b.lanes, b.is_under)).collect();
        let expected = [
            (1, 0, 2, false),
            (4, 0, 2, true),
            (2, 1, 2, false),
            (3, 0, 1, false),
            (5, 0, 1, false),
            (6, 0, 1, false),
            (7, 0, 1, true),
            (8, 0, 1, false),
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_visit_from_yesterday_begins_with_the_day() {
        let mut early = visit(1, 0, 120, Status::Scheduled);
        early.starts -= chrono::TimeDelta::minutes(60);
        let board = board(vec![early], "", false);
        let block = board.columns()[0].blocks[0];
        assert_eq!((block.start, block.end), (0, 60));
    }

    #[test]
    fn a_visit_over_the_hour_that_comes_twice_holds_all_of_its_first_coming() {
        let zone = Zone::parse("Europe/Berlin").unwrap();
        for (start, minutes, end) in [
            (150, 30, 180),
            (165, 30, 180),
            (90, 90, 180),
            (90, 75, 165),
            (60, 180, 180),
            (60, 240, 240),
            (180, 30, 210),
        ] {
            let mut night = day(vec![visit(1, start, minutes, Status::Scheduled)]);
            night.date = "2026-10-25".parse().unwrap();
            night.visits[0].starts = wall_of(night.date, start);
            let board = Board::new(Box::new(night), Choice { filter: "", all: false, zone });
            let block = board.columns()[0].blocks[0];
            assert_eq!((block.start, block.end), (start, end), "{start} {minutes}");
        }
    }

    #[test]
    fn a_filter_takes_names_and_specializations_without_accents() {
        let names = |filter: &str, all: bool| {
            let board = board(vec![visit(1, 540, 60, Status::Scheduled)], filter, all);
            board.columns().iter().map(|column| board.doctor(column).id.0).collect::<Vec<_>>()
        };
        assert_eq!(names("", false), [1]);
        assert_eq!(names("", true), [1, 2]);
        assert_eq!(names("jose", false), [2]);
        assert_eq!(names("paed", false), [2]);
        assert_eq!(names("lee card", false), [1]);
        assert!(names("nobody", true).is_empty());
    }

    #[test]
    fn what_fits() {
        let at = |width, height, doctors| Geometry::new(width, height, doctors, 0);
        assert_eq!(at(80, 24, 12), Geometry { columns: 4, column_width: 18, rows: 19 });
        assert_eq!(at(120, 40, 12), Geometry { columns: 6, column_width: 19, rows: 35 });
        assert_eq!(at(120, 40, 1).column_width, 114);
    }
}
