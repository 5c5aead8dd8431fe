//! The day board's geometry: which doctors stand in columns, where a visit's block lies, what is
//! open, and what fits on the screen. State and drawing both ask here, so that the cursor is where
//! it is seen.

use std::collections::HashSet;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use crate::domain::appointment::Visit;
use crate::domain::clock::{Zone, midnight};
use crate::domain::day::Day;
use crate::domain::doctor::Doctor;
use crate::domain::fold::fold;
use crate::domain::ids::DoctorId;

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
pub struct Block<'d> {
    /// The visit.
    pub visit: &'d Visit,
    /// Its first minute of the day.
    pub start: u16,
    /// The minute after its last, at most [`DAY`].
    pub end: u16,
    /// Which of `lanes` side by side it has, where visits run at once.
    pub lane: u16,
    /// See `lane`.
    pub lanes: u16,
}

/// The doctors of a day that the board shows: those who are in or have visits, by name; all active
/// ones when `all`, or when nobody is in. `filter` keeps those whose name or specialization holds
/// each of its words.
#[must_use]
pub fn doctors<'d>(day: &'d Day, filter: &str, all: bool) -> Vec<&'d Doctor> {
    let words: Vec<String> = fold(filter).split(' ').map(str::to_owned).collect();
    // Asked several times a key, of two hundred doctors and thousands of visits: what the answer
    // does not need is not computed.
    let busy: HashSet<DoctorId> = day.visits.iter().map(|visit| visit.doctor_id).collect();
    let wanted = |doctor: &&Doctor| {
        if filter.trim().is_empty() {
            return true;
        }
        let text = fold(&format!("{} {}", doctor.details.name, doctor.details.specialization));
        words.iter().all(|word| text.split(' ').any(|of| of.starts_with(word.as_str())))
    };
    let here =
        |doctor: &&Doctor| busy.contains(&doctor.id) || (doctor.is_active && !open(day, doctor).is_empty());
    let chosen: Vec<&Doctor> = day.doctors.iter().filter(wanted).collect();
    let present: Vec<&Doctor> = chosen.iter().copied().filter(here).collect();
    if present.is_empty() || all {
        return chosen.into_iter().filter(|doctor| doctor.is_active || here(doctor)).collect();
    }
    present
}

/// The parts of the day in which a doctor is there, as minutes of the day.
#[must_use]
pub fn open(day: &Day, doctor: &Doctor) -> Vec<(u16, u16)> {
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
    open
}

/// The blocks of a doctor's visits, by start. A cancelled visit or no-show whose time another
/// visit has taken is left out; visits that run at once stand side by side.
#[must_use]
pub fn blocks<'d>(day: &'d Day, doctor: &Doctor, zone: Zone) -> Vec<Block<'d>> {
    let place = |visit: &'d Visit| {
        let start = minute_of(day.date, visit.starts);
        // The minutes that really pass, also in a night in which the clocks change.
        let end = minute_of(day.date, visit.ends(zone));
        Block { visit, start, end: end.max((start + 1).min(DAY)), lane: 0, lanes: 1 }
    };
    let all: Vec<Block<'d>> =
        day.visits.iter().filter(|visit| visit.doctor_id == doctor.id).map(place).collect();
    let meets = |a: &Block<'_>, b: &Block<'_>| a.start < b.end && b.start < a.end;
    let mut shown: Vec<Block<'d>> = all
        .iter()
        .filter(|block| {
            block.visit.status.holds_time()
                || !all.iter().any(|other| {
                    let newer = !other.visit.status.holds_time() && other.visit.id > block.visit.id;
                    (other.visit.status.holds_time() || newer) && meets(block, other)
                })
        })
        .copied()
        .collect();
    shown.sort_by_key(|block| (block.start, block.visit.id));
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

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use super::*;
    use crate::domain::appointment::Status;
    use crate::domain::doctor::DoctorDetails;
    use crate::domain::ids::{AppointmentId, PatientId};

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
            patient_name: format!("P{id}"),
            starts: wall_of(date(), minute),
            minutes,
            status,
        }
    }

    fn day(visits: Vec<Visit>) -> Day {
        let doctors =
            vec![doctor(1, "Dr. Sarah Lee", "Cardiology"), doctor(2, "Dr. José Ruiz", "Paediatrics")];
        Day { date: date(), doctors, schedules: HashMap::default(), visits, versions: BTreeMap::default() }
    }

    #[test]
    fn visits_at_once_stand_side_by_side_and_freed_ones_give_way() {
        let day = day(vec![
            visit(1, 540, 60, Status::Scheduled),
            visit(2, 570, 30, Status::Scheduled),
            visit(3, 600, 30, Status::Scheduled),
            visit(4, 540, 30, Status::Cancelled),
            visit(5, 700, 30, Status::NoShow),
        ]);
        let shown: Vec<_> = blocks(&day, &day.doctors[0], Zone::utc())
            .iter()
            .map(|b| (b.visit.id.0, b.lane, b.lanes))
            .collect();
        assert_eq!(shown, [(1, 0, 2), (2, 1, 2), (3, 0, 1), (5, 0, 1)]);
    }

    #[test]
    fn a_visit_from_yesterday_begins_with_the_day() {
        let mut early = visit(1, 0, 120, Status::Scheduled);
        early.starts -= chrono::TimeDelta::minutes(60);
        let day = day(vec![early]);
        let blocks = blocks(&day, &day.doctors[0], Zone::utc());
        assert_eq!((blocks[0].start, blocks[0].end), (0, 60));
    }

    #[test]
    fn a_filter_takes_names_and_specializations_without_accents() {
        let day = day(vec![visit(1, 540, 60, Status::Scheduled)]);
        let names = |filter: &str, all: bool| {
            doctors(&day, filter, all).iter().map(|doctor| doctor.id.0).collect::<Vec<_>>()
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
