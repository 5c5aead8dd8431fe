//! Availability: the rows of `doctor_availability`, and the intervals that they open on a day.
//!
//! The rule (schema page, *doctor_availability*): a row with `is_recurring` true counts on its
//! `day_of_week`; a row with an `exception_date` counts on that date alone and replaces that day's
//! weekly hours; an exception whose start is its end closes the day. Several rows a day are
//! several sessions, so that a lunch break is a gap. A session that ends before its start
//! runs into the next day.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Weekday};

use super::clock::{Zone, midnight};
use super::ids::{AvailabilityId, DoctorId};
use super::slot::{Interval, union};

/// A time of day from 00:00 to 24:00 inclusive, to the second, as `TIME` columns hold it.
/// 24:00 is the end of the day, which `NaiveTime` cannot say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u32);

impl TimeOfDay {
    /// 00:00.
    pub const START: TimeOfDay = TimeOfDay(0);
    /// 24:00.
    pub const END: TimeOfDay = TimeOfDay(86_400);

    /// Seconds since 00:00, 0 to 86,400.
    #[must_use]
    pub fn seconds(self) -> u32 {
        self.0
    }

    /// This time on a day's wall clock; 24:00 is the next day's 00:00.
    #[must_use]
    pub fn on(self, day: NaiveDate) -> NaiveDateTime {
        midnight(day) + TimeDelta::seconds(i64::from(self.0))
    }

    /// As the column holds it: `HH:MM:SS`.
    #[must_use]
    pub fn column(self) -> String {
        format!("{:02}:{:02}:{:02}", self.0 / 3600, self.0 / 60 % 60, self.0 % 60)
    }
}

impl From<NaiveTime> for TimeOfDay {
    fn from(time: NaiveTime) -> Self {
        TimeOfDay(time.num_seconds_from_midnight())
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 3600, self.0 / 60 % 60)
    }
}

impl FromStr for TimeOfDay {
    type Err = String;

    /// `9:00`, `09:00`, `09:00:00` or `24:00`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fault = || format!("\"{text}\" is not a time of day; write HH:MM, from 00:00 to 24:00");
        let mut numbers = text.trim().split(':').map(|part| {
            let digits = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| part.parse::<u32>().unwrap_or(99)).ok_or_else(fault)
        });
        let hour = numbers.next().ok_or_else(fault)??;
        let minute = numbers.next().ok_or_else(fault)??;
        let second = numbers.next().unwrap_or(Ok(0))?;
        if numbers.next().is_some() || minute > 59 || second > 59 {
            return Err(fault());
        }
        let seconds = hour * 3600 + minute * 60 + second;
        if seconds > 86_400 { Err(fault()) } else { Ok(TimeOfDay(seconds)) }
    }
}

/// When a row of `doctor_availability` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recurrence {
    /// `is_recurring` true: on this `day_of_week`, every week.
    Weekly(Weekday),
    /// `exception_date` set: on this date alone, in place of the day's weekly hours.
    Exception(NaiveDate),
}

/// A row of `doctor_availability`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Availability {
    /// `id`
    pub id: AvailabilityId,
    /// `doctor_id`
    pub doctor_id: DoctorId,
    /// `day_of_week`, `is_recurring` and `exception_date`, of which no other mixture counts.
    pub recurrence: Recurrence,
    /// `start_time`
    pub start: TimeOfDay,
    /// `end_time`; before `start` it lies on the next day. At `start` it opens nothing: the exception that
    /// closes the day.
    pub end: TimeOfDay,
}

impl Availability {
    /// The session as wall-clock times when the row counts on `day`; none where it is empty.
    fn session(&self, day: NaiveDate) -> Option<(NaiveDateTime, NaiveDateTime)> {
        let start = self.start.on(day);
        match self.start.cmp(&self.end) {
            std::cmp::Ordering::Less => Some((start, self.end.on(day))),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some((start, self.end.on(day + Days::new(1)))),
        }
    }

    /// Whether this is the exception that closes its day.
    #[must_use]
    pub fn closes_day(&self) -> bool {
        matches!(self.recurrence, Recurrence::Exception(_)) && self.start == self.end
    }

    /// Whether both rows count on a day on which they cannot both be meant: two sessions that overlap,
    /// or a date that is closed and has a session. Exceptions replace weekly hours, so that one is never
    /// in the way of the other.
    #[must_use]
    pub fn contradicts(&self, other: &Availability) -> bool {
        if self.doctor_id != other.doctor_id {
            return false;
        }
        let overlap = |one: (NaiveDateTime, NaiveDateTime), other: (NaiveDateTime, NaiveDateTime)| {
            one.0 < other.1 && other.0 < one.1
        };
        match (self.recurrence, other.recurrence) {
            (Recurrence::Weekly(one), Recurrence::Weekly(two)) => {
                // Any Monday: a session of a Sunday may run into the Monday of the next week.
                let monday = NaiveDate::from_ymd_opt(2024, 1, 8).unwrap_or_default();
                let on = |day: Weekday, weeks: u64| {
                    monday + Days::new(u64::from(day.num_days_from_monday()) + 7 * weeks)
                };
                let Some(mine) = self.session(on(one, 1)) else { return false };
                (0..3).any(|week| other.session(on(two, week)).is_some_and(|theirs| overlap(mine, theirs)))
            }
            (Recurrence::Exception(one), Recurrence::Exception(two)) => {
                match (self.session(one), other.session(two)) {
                    (Some(mine), Some(theirs)) => overlap(mine, theirs),
                    // Closed, and open or closed once more.
                    _ => one == two,
                }
            }
            _ => false,
        }
    }

    /// When it counts, as people write it: `Mon`, `Thu 2026-12-24`.
    #[must_use]
    pub fn when(&self) -> String {
        match self.recurrence {
            Recurrence::Weekly(weekday) => weekday_column(weekday).to_owned(),
            Recurrence::Exception(date) => format!("{} {date}", weekday_column(date.weekday())),
        }
    }

    /// What it opens, as people write it: `09:00-12:00`, `22:00-06:00 on the next day`, `closed`.
    #[must_use]
    pub fn times(&self) -> String {
        if self.closes_day() {
            return "closed".to_owned();
        }
        let next_day = if self.end < self.start { " on the next day" } else { "" };
        format!("{}-{}{next_day}", self.start, self.end)
    }

    /// Whether a change of this row can change what is open on `day` or spills into it.
    #[must_use]
    pub fn touches(&self, day: NaiveDate) -> bool {
        let on = |day: NaiveDate| match self.recurrence {
            Recurrence::Weekly(weekday) => day.weekday() == weekday,
            Recurrence::Exception(date) => day == date,
        };
        on(day) || (self.end < self.start && day.pred_opt().is_some_and(on))
    }
}

/// The rows of one doctor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    rows: Vec<Availability>,
}

impl Schedule {
    /// The rows of one doctor, in any order.
    #[must_use]
    pub fn new(mut rows: Vec<Availability>) -> Self {
        // Databases answer in any order too, and the same rows are the same schedule.
        rows.sort_unstable_by_key(|row| row.id);
        Schedule { rows }
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[Availability] {
        &self.rows
    }

    /// The sessions that begin on `day`, as wall-clock times, sorted. An exception replaces the
    /// weekly hours; one that closes the day closes it whatever else stands there.
    #[must_use]
    pub fn sessions(&self, day: NaiveDate) -> Vec<(NaiveDateTime, NaiveDateTime)> {
        let exceptions = || self.rows.iter().filter(|row| row.recurrence == Recurrence::Exception(day));
        let mut sessions: Vec<_> = if exceptions().next().is_some() {
            if exceptions().any(Availability::closes_day) {
                return Vec::new();
            }
            exceptions().filter_map(|row| row.session(day)).collect()
        } else {
            let weekly = Recurrence::Weekly(day.weekday());
            let rows = self.rows.iter().filter(|row| row.recurrence == weekly);
            rows.filter_map(|row| row.session(day)).collect()
        };
        sessions.sort_unstable();
        sessions
    }

    /// All that is open on the days `first..=last`, as instants, with what the day before spills
    /// into them: a union (see [`union`]).
    #[must_use]
    pub fn open(&self, first: NaiveDate, last: NaiveDate, zone: Zone) -> Vec<Interval> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        let before = first.pred_opt().unwrap_or(first);
        let days = before.iter_days().take_while(|day| *day <= last);
        let sessions = days.flat_map(|day| self.sessions(day));
        union(
            sessions
                .filter_map(|(start, end)| Interval::new(zone.boundary(start), zone.boundary(end)))
                .collect(),
        )
    }
}

/// The schema's three letters for a weekday.
#[must_use]
pub fn weekday_column(weekday: Weekday) -> &'static str {
    ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][weekday.num_days_from_monday() as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn row(recurrence: Recurrence, start: &str, end: &str) -> Availability {
        Availability {
            id: AvailabilityId(1),
            doctor_id: DoctorId(1),
            recurrence,
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
        }
    }

    fn shown(rows: &[Availability], on: &str) -> String {
        let sessions = Schedule::new(rows.to_vec()).sessions(day(on));
        let shown: Vec<_> =
            sessions.iter().map(|(s, e)| format!("{}-{}", s.format("%H:%M"), e.format("%d %H:%M"))).collect();
        shown.join(" ")
    }

    #[test]
    fn weekly_hours_exceptions_and_closed_days() {
        use Recurrence::{Exception, Weekly};
        let rows = [
            row(Weekly(Weekday::Tue), "13:00", "17:00"),
            row(Weekly(Weekday::Tue), "09:00", "12:00"),
            row(Weekly(Weekday::Wed), "22:00", "06:00"),
            row(Weekly(Weekday::Thu), "08:00", "08:00"),
            row(Exception(day("2026-12-08")), "10:00", "11:00"),
            row(Exception(day("2026-12-15")), "00:00", "00:00"),
            row(Exception(day("2026-12-12")), "00:00", "24:00"),
        ];
        for (on, expected) in [
            ("2026-12-01", "09:00-01 12:00 13:00-01 17:00"), // a lunch break is a gap
            ("2026-12-08", "10:00-08 11:00"),                // the exception replaces the week's
            ("2026-12-15", ""),                              // start = end closes the day
            ("2026-12-02", "22:00-03 06:00"),                // past midnight
            ("2026-12-03", ""),                              // a weekly row without length opens nothing
            ("2026-12-12", "00:00-13 00:00"),                // the whole day
            ("2026-12-14", ""),                              // no row
        ] {
            assert_eq!(shown(&rows, on), expected, "{on}");
        }
    }

    #[test]
    fn rows_that_cannot_both_be_meant() {
        use Recurrence::{Exception, Weekly};
        let (mon, tue, sun) = (Weekly(Weekday::Mon), Weekly(Weekday::Tue), Weekly(Weekday::Sun));
        let (eve, christmas) = (Exception(day("2026-12-24")), Exception(day("2026-12-25")));
        for (one, two, expected) in [
            ((mon, "09:00", "12:00"), (mon, "11:59", "13:00"), true),
            ((mon, "09:00", "12:00"), (mon, "12:00", "13:00"), false), // half-open
            ((mon, "09:00", "12:00"), (mon, "09:00", "12:00"), true),
            ((mon, "09:00", "12:00"), (tue, "09:00", "12:00"), false),
            ((mon, "22:00", "06:00"), (tue, "05:00", "08:00"), true), // past midnight
            ((sun, "22:00", "06:00"), (mon, "05:00", "08:00"), true), // and past the week's end
            ((sun, "22:00", "06:00"), (mon, "06:00", "08:00"), false),
            ((mon, "09:00", "12:00"), (mon, "10:00", "10:00"), false), // which opens nothing
            ((eve, "09:00", "12:00"), (eve, "10:00", "13:00"), true),
            ((eve, "09:00", "12:00"), (eve, "13:00", "15:00"), false),
            ((eve, "00:00", "00:00"), (eve, "13:00", "15:00"), true), // closed beside a session
            ((eve, "00:00", "00:00"), (eve, "08:00", "08:00"), true), // closed twice
            ((eve, "00:00", "00:00"), (christmas, "00:00", "00:00"), false),
            ((eve, "22:00", "06:00"), (christmas, "05:00", "07:00"), true),
            ((eve, "09:00", "12:00"), (Weekly(Weekday::Thu), "09:00", "12:00"), false), // replaces it
        ] {
            let of = |(recurrence, start, end)| row(recurrence, start, end);
            assert_eq!(of(one).contradicts(&of(two)), expected, "{one:?} {two:?}");
            assert_eq!(of(two).contradicts(&of(one)), expected, "{two:?} {one:?}");
            let another = Availability { doctor_id: DoctorId(2), ..of(two) };
            assert!(!of(one).contradicts(&another));
        }
    }

    #[test]
    fn what_spills_past_midnight_is_open_on_the_next_day() {
        let rows = vec![row(Recurrence::Weekly(Weekday::Wed), "22:00", "06:00")];
        let open = Schedule::new(rows).open(day("2026-12-03"), day("2026-12-03"), Zone::utc());
        assert_eq!(open.len(), 1);
        assert_eq!(open[0].minutes(), 8 * 60);
    }

    #[test]
    fn a_session_over_a_clock_change_has_the_length_it_really_has() {
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        let rows = vec![row(Recurrence::Weekly(Weekday::Sun), "00:00", "24:00")];
        let schedule = Schedule::new(rows);
        for (on, hours) in [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-01", 24)] {
            let open = schedule.open(day(on), day(on), berlin);
            assert_eq!(open[0].minutes(), hours * 60, "{on}");
        }
    }

    #[test]
    fn times_of_day() {
        for (text, column) in [("9:00", "09:00:00"), ("09:30:15", "09:30:15"), ("24:00", "24:00:00")] {
            assert_eq!(text.parse::<TimeOfDay>().unwrap().column(), column);
        }
        for text in ["", "9", "24:01", "9:60", "nine", "09:00:00:00", "+9:00", "009:00"] {
            assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
        }
    }
}
