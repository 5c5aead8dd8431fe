//! A plain model of a clinic's calendar: time is a row of minutes, counted one by one. Slow and
//! obvious, to hold the real rule against.

use std::ops::Range;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Timelike as _};
use chrono_tz::Tz;
use frontdesk::domain::appointment::Visit;
use frontdesk::domain::booking::OPENING_STEP;
use frontdesk::domain::clock::Zone;
use frontdesk::domain::ids::AppointmentId;
use frontdesk::domain::schedule::{Availability, Recurrence};

/// How many days the row of minutes holds before and after its day.
const DAYS_AROUND: u64 = 4;

/// What the clinic's wall clock shows in each minute of the days around one day.
pub struct Minutes {
    pub zone: Zone,
    pub day: NaiveDate,
    walls: Vec<NaiveDateTime>,
}

impl Minutes {
    pub fn around(zone: &str, day: &str) -> Self {
        let tz: Tz = zone.parse().expect("a zone");
        let day: NaiveDate = day.parse().expect("a date");
        let first = (day - Days::new(DAYS_AROUND)).and_hms_opt(0, 0, 0).expect("midnight").and_utc();
        let count = i64::try_from(2 * DAYS_AROUND + 1).expect("small") * 24 * 60;
        let walls = (0..count)
            .map(|n| tz.from_utc_datetime(&(first + TimeDelta::minutes(n)).naive_utc()).naive_local())
            .collect();
        Minutes { zone: Zone::parse(zone).expect("a zone"), day, walls }
    }

    pub fn wall(&self, minute: usize) -> NaiveDateTime {
        self.walls[minute]
    }

    /// The first minute in which the clock shows `wall` or has passed it.
    pub fn reach(&self, wall: NaiveDateTime) -> usize {
        self.walls.iter().position(|shown| *shown >= wall).expect("a time in the days around")
    }

    /// The first minute in which the clock shows just `wall`; none where the law skips it.
    pub fn named(&self, wall: NaiveDateTime) -> Option<usize> {
        self.walls.iter().position(|shown| *shown == wall)
    }

    /// The minutes of a visit.
    pub fn visit(&self, visit: &Visit) -> Range<usize> {
        let start = self.reach(visit.starts);
        start..start + usize::from(visit.minutes)
    }

    /// Which minutes are open by the sessions that begin on the days from `first` to `last`.
    pub fn open(&self, rows: &[Availability], first: NaiveDate, last: NaiveDate) -> Vec<bool> {
        let mut open = vec![false; self.walls.len()];
        for day in first.iter_days().take_while(|day| *day <= last) {
            let on_date: Vec<_> =
                rows.iter().filter(|row| row.recurrence == Recurrence::Exception(day)).collect();
            let counting: Vec<_> = if on_date.is_empty() {
                rows.iter().filter(|row| row.recurrence == Recurrence::Weekly(day.weekday())).collect()
            } else if on_date.iter().any(|row| row.start == row.end) {
                Vec::new()
            } else {
                on_date
            };
            for row in counting.into_iter().filter(|row| row.start != row.end) {
                let end_day = if row.start < row.end { day } else { day + Days::new(1) };
                open[self.reach(row.start.on(day))..self.reach(row.end.on(end_day))].fill(true);
            }
        }
        open
    }

    /// Which minutes are taken by the visits that hold time, but for the one that is moved.
    pub fn taken<'v>(
        &self,
        visits: impl IntoIterator<Item = &'v Visit>,
        moving: Option<AppointmentId>,
    ) -> Vec<bool> {
        let mut taken = vec![false; self.walls.len()];
        for visit in visits {
            if visit.status.holds_time() && Some(visit.id) != moving {
                taken[self.visit(visit)].fill(true);
            }
        }
        taken
    }

    /// The openings in `free` minutes from minute `from` on: at each the earliest that fits, and
    /// then on from its end. A visit's start can only name a minute by what the clock shows in it
    /// for the first time.
    pub fn openings(
        &self,
        free: &[bool],
        from: usize,
        minutes: u16,
        limit: usize,
    ) -> Vec<(NaiveDateTime, NaiveDateTime)> {
        let length = usize::from(minutes);
        let mut found = Vec::new();
        let mut minute = from;
        // Amid free time, only the minutes on the step count.
        let amid = from.checked_sub(1).is_some_and(|before| free[before]);
        while amid
            && free.get(minute) == Some(&true)
            && !self.wall(minute).minute().is_multiple_of(OPENING_STEP)
        {
            minute += 1;
        }
        while found.len() < limit && minute + length < free.len() {
            let fits = free[minute..minute + length].iter().all(|free| *free);
            if fits && self.named(self.wall(minute)) == Some(minute) {
                found.push((self.wall(minute), self.wall(minute + length)));
                minute += length;
            } else {
                minute += 1;
            }
        }
        found
    }
}
