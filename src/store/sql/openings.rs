//! The next openings: free time from hours less visits, read day by day and no further than
//! needed.

use std::collections::{HashMap, HashSet};

use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};

use super::Store;
use super::appointments::{minutes, within};
use super::booking::CLOCK_CHANGE;
use super::conn::{Conn, Stmt};
use super::dialect::NAIVE_END;
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
            let book = Book::read(&mut conn, query, &doctors, (first, last)).await?;
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
        let plain = !changes_near(self.zone, day);
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

/// Whether the clock changes near a day, so that a minute on the wall is not always one that
/// passes: each day from the one before to the one after is looked at.
fn changes_near(zone: Zone, day: NaiveDate) -> bool {
    let first = day - Days::new(2);
    let starts = first.iter_days().take(6).map(|day| zone.boundary(midnight(day)));
    let starts: Vec<Instant> = starts.collect();
    starts.windows(2).any(|pair| pair[1] - pair[0] != TimeDelta::days(1))
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
    /// Reads the days `first..=last`, with as much of the next as a visit of theirs may run into.
    async fn read(
        conn: &mut Conn,
        query: &OpeningQuery,
        doctors: &[DoctorId],
        (first, last): (NaiveDate, NaiveDate),
    ) -> Result<Self> {
        let filter = (doctors.len() < MANY).then_some(doctors);
        let tomorrow = last + Days::new(1);
        let mut schedules = super::availability::of_days(conn, (first, last), filter).await?;
        if filter.is_none() {
            let doctors: HashSet<DoctorId> = doctors.iter().copied().collect();
            schedules.retain(|doctor, _| doctors.contains(doctor));
        }
        read_past_midnight(conn, &mut schedules, tomorrow).await?;
        // A visit may run past the last midnight, and the wall clock may change meanwhile.
        let length = TimeDelta::minutes(i64::from(query.minutes));
        let from = query.from.max(midnight(first)) - CLOCK_CHANGE;
        let until = midnight(tomorrow) + length + CLOCK_CHANGE;
        let mut stmt = held(conn, query, (from, until));
        if let Some(doctors) = filter {
            stmt = stmt.then(" AND a.doctor_id IN ").list(doctors.iter().copied());
        }
        let mut of_doctors: HashMap<DoctorId, Vec<Held>> = HashMap::new();
        for (doctor, held) in read_held(conn, stmt).await? {
            of_doctors.entry(doctor).or_default().push(held);
        }
        for held in of_doctors.values_mut() {
            held.sort_unstable();
        }
        let mut of_patient = Vec::new();
        if let Some(patient) = query.patient {
            let stmt = held(conn, query, (from, until)).then(" AND a.patient_id = ?").bind(patient);
            of_patient.extend(read_held(conn, stmt).await?.into_iter().map(|(_, held)| held));
        }
        Ok(Book { schedules, of_doctors, of_patient })
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

/// Visits that hold time and have a part between two times on the wall clock.
fn held(conn: &Conn, query: &OpeningQuery, (from, until): (NaiveDateTime, NaiveDateTime)) -> Stmt {
    let fields = [
        Field::Plain("a.doctor_id"),
        Field::Plain("a.appointment_time"),
        Field::Plain("COALESCE(a.duration_minutes, 60)"),
    ];
    let stmt = packed::select(conn, &fields).then("appointments a WHERE ");
    let stmt = within(stmt, conn.pick(NAIVE_END), from, until)
        .then(" AND COALESCE(a.status, 'Scheduled') IN ('Scheduled', 'Completed')");
    match query.moving {
        Some(moving) => stmt.then(" AND a.id <> ?").bind(moving),
        None => stmt,
    }
}

async fn read_held(conn: &mut Conn, stmt: Stmt) -> Result<Vec<(DoctorId, Held)>> {
    packed::rows(conn, stmt, "appointments", |fields| {
        let doctor = DoctorId(fields.number("doctor_id")?);
        let starts = fields.wall("appointment_time")?;
        Ok((doctor, Held { starts, minutes: minutes(fields.number("duration_minutes")?) }))
    })
    .await
}
