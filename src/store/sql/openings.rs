//! The next openings: free time from hours less visits, read day by day and no further than
//! needed.

use std::collections::{HashMap, HashSet};

use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};

use super::Store;
use super::appointments::{minutes, within};
use super::conn::{Conn, Row, Stmt};
use super::dialect::{HELD_AT_ONCE, NAIVE_END};
use super::diary::CLOCK_CHANGE;
use super::packed::{self, Field};
use crate::domain::booking::{self, Opening};
use crate::domain::clock::{Instant, Zone, midnight};
use crate::domain::ids::{AppointmentId, DoctorId, PatientId};
use crate::domain::schedule::{Schedule, TimeOfDay};
use crate::domain::slot::Interval;
use crate::store::Result;

/// How many days ahead openings are looked for.
pub const HORIZON_DAYS: usize = 180;

/// Whose openings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// One doctor's.
    Doctor(DoctorId),
    /// Those of all active doctors of a specialization, without regard to case.
    Specialization(String),
    /// Those of all active doctors.
    Anyone,
}

/// What openings are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpeningQuery {
    /// With whom.
    pub doctors: Wanted,
    /// For whom, where that is known: their own visits are in the way too.
    pub patient: Option<PatientId>,
    /// How long.
    pub minutes: u16,
    /// From when on, on the wall clock.
    pub from: NaiveDateTime,
    /// How many at the most.
    pub limit: usize,
    /// A visit that is being moved, whose own time counts as free.
    pub moving: Option<AppointmentId>,
}

impl Store {
    /// The next openings, soonest first; empty when there is none within [`HORIZON_DAYS`].
    ///
    /// # Errors
    /// The database's, or a row that cannot be read.
    pub async fn openings(&self, query: &OpeningQuery) -> Result<Vec<Opening>> {
        let zone = self.zone();
        let mut conn = self.conn().await?;
        let mut found: Vec<Opening> = Vec::new();
        let doctors = wanted(&mut conn, &query.doctors).await?;
        if doctors.is_empty() || query.limit == 0 {
            return Ok(found);
        }
        let mut search = Search { query, zone, offered_until: HashMap::new() };
        let mut first = query.from.date();
        let end = first + Days::new(HORIZON_DAYS as u64);
        let mut length = 1;
        while first < end && found.len() < query.limit {
            let last = (first + Days::new(length - 1)).min(end - Days::new(1));
            let mut book = Book::with_hours(&mut conn, &doctors, (first, last)).await?;
            if length == 1 && book.read_soon(&mut conn, query, zone).await? {
                search.day(&book, first, &mut found);
                found.retain(|opening| opening.ends <= query.from + SOON);
                if found.len() >= query.limit {
                    break;
                }
                found.clear();
                search.offered_until.clear();
            }
            book.read_visits(&mut conn, query, zone).await?;
            for day in first.iter_days().take_while(|day| *day <= last) {
                search.day(&book, day, &mut found);
                if found.len() >= query.limit {
                    break;
                }
            }
            first = last + Days::new(1);
            length = (length * FURTHER).min(FURTHEST);
        }
        found.truncate(query.limit);
        Ok(found)
    }
}

/// How far is looked first of all: most clinics have an opening within that time.
const SOON: TimeDelta = TimeDelta::hours(3);
/// The days that are read at once: the first alone, since it nearly always has an opening, and then
/// so many times as many with each step.
const FURTHER: u64 = 4;
/// No more are read at once, so that what is read stays small.
const FURTHEST: u64 = 16;

/// What is known of a search while it goes from day to day.
struct Search<'q> {
    query: &'q OpeningQuery,
    zone: Zone,
    /// Until when openings were offered with a doctor: the last of a day may end on the next.
    offered_until: HashMap<DoctorId, Instant>,
}

impl Search<'_> {
    /// Adds the openings that start on a day, soonest first.
    fn day(&mut self, book: &Book, day: NaiveDate, found: &mut Vec<Opening>) {
        let query = self.query;
        // Where no clock change is near, the wall clock is as good as instants, and far cheaper.
        let plain = !self.zone.changes_near(day);
        let zone = if plain { Zone::utc() } else { self.zone };
        let start = zone.boundary(query.from.max(midnight(day)));
        let next = zone.boundary(midnight(day + Days::new(1)));
        let length = TimeDelta::minutes(i64::from(query.minutes));
        let mut today = Vec::new();
        for (doctor, schedule) in &book.schedules {
            // What is open on the next day counts where today's hours run into it.
            let mut open = schedule.open(day, day + Days::new(1), zone);
            open.retain(|open| open.start < next);
            let offered = self
                .offered_until
                .get(doctor)
                .map(|until| if plain { zone.boundary(self.zone.wall(*until)) } else { *until });
            let start = offered.map_or(start, |until| start.max(until));
            let held = book.around(*doctor, (day, length));
            if plain && !has_room(&open, held, start, length) {
                continue;
            }
            let busy = held.iter().chain(&book.of_patient).map(|held| held.interval(zone)).collect();
            let openings = booking::openings(*doctor, &open, busy, (start, query.minutes), zone, query.limit);
            // An opening belongs to the day on which it starts.
            today.extend(openings.into_iter().filter(|opening| opening.starts.date() == day));
        }
        for opening in &today {
            let span = Interval::of_minutes(self.zone.boundary(opening.starts), query.minutes);
            let until = self.offered_until.entry(opening.doctor_id).or_insert(span.end);
            *until = span.end.max(*until);
        }
        today.sort_unstable();
        found.append(&mut today);
    }
}

/// Whether there is a gap of a length from `start` on, as the wall clock goes: most days of a busy
/// clinic have none, and this says so without ado. `held` is sorted.
fn has_room(open: &[Interval], held: &[Held], start: Instant, length: TimeDelta) -> bool {
    open.iter().any(|open| {
        let mut free = open.start.max(start);
        for held in held.iter().map(|held| held.interval(Zone::utc())) {
            if held.start >= open.end {
                break;
            }
            if held.start - free >= length {
                return true;
            }
            free = free.max(held.end);
        }
        open.end - free >= length
    })
}

async fn wanted(conn: &mut Conn, wanted: &Wanted) -> Result<Vec<DoctorId>> {
    let fields = [Field::Plain("d.id"), Field::Text("d.specialization")];
    let mut stmt = packed::select(conn, &fields).then("doctors d WHERE COALESCE(d.is_active, TRUE)");
    if let Wanted::Doctor(id) = wanted {
        stmt = stmt.then(" AND d.id = ?").bind(*id);
    }
    let doctors = packed::rows(conn, stmt, "doctors", |fields| {
        Ok((DoctorId(fields.number("id")?), fields.text("specialization")?))
    });
    // Compared here: SQLite's LOWER knows no letter but the plain ones.
    let fits = |specialization: &str| match wanted {
        Wanted::Specialization(name) => specialization.trim().to_lowercase() == name.trim().to_lowercase(),
        Wanted::Doctor(_) | Wanted::Anyone => true,
    };
    let doctors = doctors.await?.into_iter();
    Ok(doctors.filter(|(_, specialization)| fits(specialization)).map(|(id, _)| id).collect())
}

/// From how many doctors on all are read and those who were not asked for are left out.
const MANY: usize = 40;

/// The hours and the visits of some days.
struct Book {
    days: (NaiveDate, NaiveDate),
    /// Whose visits are read; all where nobody is named.
    filter: Option<Vec<DoctorId>>,
    schedules: HashMap<DoctorId, Schedule>,
    /// The visits that hold time, by their start.
    of_doctors: HashMap<DoctorId, Vec<Held>>,
    of_patient: Vec<Held>,
}

/// When a visit holds time, on the wall clock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    starts: NaiveDateTime,
    minutes: u16,
}

impl Book {
    /// Reads the hours of the days `first..=last`.
    async fn with_hours(
        conn: &mut Conn,
        doctors: &[DoctorId],
        (first, last): (NaiveDate, NaiveDate),
    ) -> Result<Self> {
        let filter = (doctors.len() < MANY).then(|| doctors.to_vec());
        let mut schedules = super::availability::of_days(conn, (first, last), filter.as_deref()).await?;
        if filter.is_none() {
            let doctors: HashSet<DoctorId> = doctors.iter().copied().collect();
            schedules.retain(|doctor, _| doctors.contains(doctor));
        }
        read_past_midnight(conn, &mut schedules, last + Days::new(1)).await?;
        Ok(Book {
            days: (first, last),
            filter,
            schedules,
            of_doctors: HashMap::new(),
            of_patient: Vec::new(),
        })
    }

    /// Reads the visits of the next hours alone, and says whether it did: openings that end within
    /// [`SOON`] are certain then.
    async fn read_soon(&mut self, conn: &mut Conn, query: &OpeningQuery, zone: Zone) -> Result<bool> {
        let until = query.from + SOON;
        let certain = until.date() == self.days.0 && !zone.changes_near(self.days.0);
        if certain {
            self.read(conn, query, (query.from, until)).await?;
        }
        Ok(certain)
    }

    /// Reads the visits of the days, with as much of the next as a visit of theirs may run into.
    async fn read_visits(&mut self, conn: &mut Conn, query: &OpeningQuery, zone: Zone) -> Result<()> {
        let (first, last) = self.days;
        // The wall clock may change meanwhile.
        let near = first.iter_days().take_while(|day| *day <= last).any(|day| zone.changes_near(day));
        let margin = if near { CLOCK_CHANGE } else { TimeDelta::zero() };
        let from = query.from.max(midnight(first)) - margin;
        let length = TimeDelta::minutes(i64::from(query.minutes));
        self.read(conn, query, (from, midnight(last) + Days::new(1) + length + margin)).await
    }

    async fn read(
        &mut self,
        conn: &mut Conn,
        query: &OpeningQuery,
        span: (NaiveDateTime, NaiveDateTime),
    ) -> Result<()> {
        self.of_doctors.clear();
        for (doctor, held) in held(conn, query, span, Whose::Doctors(self.filter.as_deref())).await? {
            self.of_doctors.entry(doctor).or_default().push(held);
        }
        for held in self.of_doctors.values_mut() {
            held.sort_unstable();
        }
        if let Some(patient) = query.patient {
            let visits = held(conn, query, span, Whose::Patient(patient)).await?;
            self.of_patient = visits.into_iter().map(|(_, held)| held).collect();
        }
        Ok(())
    }

    /// The visits that hold time of a doctor on a day, and as long after it as a visit may run.
    fn around(&self, doctor: DoctorId, (day, length): (NaiveDate, TimeDelta)) -> &[Held] {
        let from = midnight(day) - Days::new(1) - CLOCK_CHANGE;
        let until = midnight(day) + Days::new(1) + length + CLOCK_CHANGE;
        self.of_doctors.get(&doctor).map_or(&[], |held| {
            let first = held.partition_point(|held| held.starts < from);
            let end = held.partition_point(|held| held.starts < until);
            &held[first..end]
        })
    }
}

impl Held {
    fn interval(&self, zone: Zone) -> Interval {
        Interval::of_minutes(zone.boundary(self.starts), self.minutes)
    }
}

/// Adds the hours of the day after the last one for whom may work through midnight: a visit that
/// starts before it may go on after it. That is rare, so these are read when they are needed.
async fn read_past_midnight(
    conn: &mut Conn,
    schedules: &mut HashMap<DoctorId, Schedule>,
    tomorrow: NaiveDate,
) -> Result<()> {
    let late = |schedule: &Schedule| {
        schedule.rows().iter().any(|row| row.end <= row.start || row.end == TimeOfDay::END)
    };
    let late: Vec<DoctorId> =
        schedules.iter().filter(|(_, schedule)| late(schedule)).map(|(doctor, _)| *doctor).collect();
    if late.is_empty() {
        return Ok(());
    }
    for (doctor, schedule) in super::availability::of_days(conn, (tomorrow, tomorrow), Some(&late)).await? {
        let all = schedules.entry(doctor).or_default();
        // What counts on both days comes twice, and opens the same hours.
        *all = Schedule::new([all.rows(), schedule.rows()].concat());
    }
    Ok(())
}

/// Reads the visits that hold time and have a part between two times on the wall clock. They come
/// by their start: what begins at the same time is one row, so that tens of thousands cost little.
async fn held(
    conn: &mut Conn,
    query: &OpeningQuery,
    (from, until): (NaiveDateTime, NaiveDateTime),
    whose: Whose<'_>,
) -> Result<Vec<(DoctorId, Held)>> {
    let stmt = Stmt::new("SELECT a.appointment_time, COUNT(*), ")
        .then(conn.pick(HELD_AT_ONCE))
        .then(" FROM appointments a WHERE ");
    let mut stmt = within(stmt, conn.pick(NAIVE_END), from, until)
        .then(" AND (a.status IS NULL OR a.status = 'Scheduled' OR a.status = 'Completed')");
    if let Some(moving) = query.moving {
        stmt = stmt.then(" AND a.id <> ?").bind(moving);
    }
    stmt = match whose {
        Whose::Patient(patient) => stmt.then(" AND a.patient_id = ?").bind(patient),
        Whose::Doctors(Some(doctors)) => stmt.then(" AND a.doctor_id IN ").list(doctors.iter().copied()),
        Whose::Doctors(None) => stmt,
    };
    let mut all = Vec::new();
    let take = |row: &Row| {
        let mut cells = row.cells("appointments");
        let starts: NaiveDateTime = cells.get()?;
        let count: i64 = cells.get()?;
        let before = all.len();
        let listed: String = cells.get()?;
        for one in listed.split(',') {
            let (doctor, length) = one.split_once('|').ok_or_else(|| cells.unreadable())?;
            let doctor = DoctorId(doctor.parse().map_err(|_| cells.unreadable())?);
            let length = length.parse().map_err(|_| cells.unreadable())?;
            all.push((doctor, Held { starts, minutes: minutes(length) }));
        }
        // A server that has no room for a list cuts it off.
        if usize::try_from(count).is_ok_and(|count| count == all.len() - before) {
            Ok(())
        } else {
            Err(cells.unreadable())
        }
    };
    conn.each(stmt.then(" GROUP BY a.appointment_time"), take).await?;
    Ok(all)
}

/// Whose visits are read.
#[derive(Clone, Copy)]
enum Whose<'q> {
    /// Those of some doctors, or of all.
    Doctors(Option<&'q [DoctorId]>),
    Patient(PatientId),
}
