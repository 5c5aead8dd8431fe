//! The next openings: free time from hours less visits, read day by day and no further than
//! needed.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeDelta, Timelike as _};

use super::Store;
use super::appointments::{minutes, unreadable_of, within};
use super::conn::{Conn, Row, Stmt};
use super::dialect::{HELD_AT_ONCE, HELD_UNIT};
use super::diary::CLOCK_CHANGE;
use super::packed::{self, Field};
use crate::domain::booking::{self, HORIZON_DAYS, Opening};
use crate::domain::clock::{Instant, Zone, midnight};
use crate::domain::ids::{AppointmentId, DoctorId, PatientId};
use crate::domain::permission::{Deed, Reach};
use crate::domain::schedule::{Schedule, TimeOfDay};
use crate::domain::slot::Interval;
use crate::store::Result;

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
        let own;
        let query = match (self.permit(Deed::ReadCalendar)?, &query.doctors) {
            (Reach::All, _) => query,
            (Reach::Own(doctor), Wanted::Doctor(asked)) if *asked != doctor => {
                return Err(self.forbid(Deed::ReadCalendar));
            }
            // Whoever is meant, a doctor has openings of their own alone.
            (Reach::Own(doctor), _) => {
                own = OpeningQuery { doctors: Wanted::Doctor(doctor), ..query.clone() };
                &own
            }
        };
        let mut conn = self.db.acquire().await?;
        let mut found: Vec<Opening> = Vec::new();
        let Some(doctors) = Doctors::wanted(&mut conn, &query.doctors).await? else { return Ok(found) };
        if query.limit == 0 {
            return Ok(found);
        }
        let mut search = Search { query, zone: self.zone(), offered_until: HashMap::new() };
        let today = query.from.date();
        let book = Book::with_hours(&mut conn, &doctors, (today, today)).await?;
        if search.soon(&mut conn, &book, &mut found).await? {
            return Ok(found);
        }
        // The first day alone, since it nearly always has an opening, and then ever more at once.
        let visits = search.read(&mut conn, &book, (today, today)).await?;
        search.days(&book, &visits, (today, today), &mut found);
        if found.len() < query.limit {
            let rest = (today + Days::new(1), today + Days::new(HORIZON_DAYS - 1));
            let book = Book::with_hours(&mut conn, &doctors, rest).await?;
            self.far(conn, &mut search, &book, rest, &mut found).await?;
        }
        found.truncate(query.limit);
        Ok(found)
    }

    /// Looks at the days `first..=last` until enough is found. Where that takes long, two connections
    /// read at the same time.
    async fn far(
        &self,
        mut conn: Conn,
        search: &mut Search<'_>,
        book: &Book,
        (first, last): (NaiveDate, NaiveDate),
        found: &mut Vec<Opening>,
    ) -> Result<()> {
        let spans: Vec<_> = spans(first, last).collect();
        // Those that come next are read by themselves, since they nearly always have one.
        let (next, rest) = spans.split_at(spans.len().min(1));
        let mut may_open = true;
        for (n, pair) in next.chunks(1).chain(rest.chunks(2)).enumerate() {
            if found.len() >= search.query.limit || !book.has_hours() {
                break;
            }
            // To open one for a single step takes longer than the step; and a server that gives none more
            // is waited for once.
            let opens = may_open && n >= 2;
            let mut beside = if opens { self.db.spare().await } else { self.db.idle() };
            may_open &= !opens || beside.is_some();
            let ahead = async {
                let (beside, span) = (beside.as_mut()?, pair.get(1)?);
                search.read(beside, book, *span).await.ok()
            };
            let (now, ahead) = tokio::join!(search.read(&mut conn, book, pair[0]), ahead);
            let mut read = [Some(now?), ahead].into_iter();
            for span in pair {
                if found.len() >= search.query.limit {
                    break;
                }
                let visits = match read.next().flatten() {
                    Some(visits) => visits,
                    // There was no second connection, or a broken one, which says nothing of the first.
                    None => search.read(&mut conn, book, *span).await?,
                };
                search.days(book, &visits, *span, found);
            }
        }
        Ok(())
    }
}

/// The days `first..=last`, a few and then ever more at once.
fn spans(first: NaiveDate, last: NaiveDate) -> impl Iterator<Item = (NaiveDate, NaiveDate)> {
    let step = |(first, length): &(NaiveDate, u64)| {
        Some((*first + Days::new(*length), (length * FURTHER).min(FURTHEST)))
    };
    std::iter::successors(Some((first, FURTHER)), step)
        .take_while(move |(first, _)| *first <= last)
        .map(move |(first, length)| (first, last.min(first + Days::new(length - 1))))
}

/// How far is looked first of all: most clinics have an opening within that time.
const SOON: TimeDelta = TimeDelta::hours(3);
/// So many days are read after the first, and so many times as many with each step.
const FURTHER: u64 = 4;
/// No more are read at once, so that what is read stays small.
const FURTHEST: u64 = 16;

/// Whose openings are looked for, once their names are known.
enum Doctors {
    /// Those of all active doctors.
    Active,
    /// Those of these, as far as they are active.
    These(Vec<DoctorId>),
}

impl Doctors {
    /// Who is wanted; none where nobody can be.
    async fn wanted(conn: &mut Conn, wanted: &Wanted) -> Result<Option<Self>> {
        let name = match wanted {
            Wanted::Anyone => return Ok(Some(Doctors::Active)),
            Wanted::Doctor(id) => return Ok(Some(Doctors::These(vec![*id]))),
            Wanted::Specialization(name) => name.trim().to_lowercase(),
        };
        let fields = [Field::Plain("d.id"), Field::Text("d.specialization")];
        let stmt = packed::select(conn, &fields).then("doctors d");
        let doctors = packed::rows(conn, stmt, "doctors", |fields| {
            Ok((DoctorId(fields.number("id")?), fields.text("specialization")?))
        });
        // Compared here: SQLite's LOWER knows no letter but the plain ones.
        let doctors = doctors.await?.into_iter();
        let doctors = doctors.filter(|(_, specialization)| specialization.trim().to_lowercase() == name);
        let doctors: Vec<DoctorId> = doctors.map(|(id, _)| id).collect();
        Ok((!doctors.is_empty()).then_some(Doctors::These(doctors)))
    }

    /// The condition on a row of hours.
    fn of_hours(&self) -> Stmt {
        let active =
            " AND EXISTS (SELECT 1 FROM doctors d WHERE d.id = v.doctor_id AND COALESCE(d.is_active, TRUE))";
        match self {
            Doctors::Active => Stmt::new(active),
            Doctors::These(doctors) => {
                Stmt::new(active).then(" AND v.doctor_id IN ").list(doctors.iter().copied())
            }
        }
    }

    /// The condition on a visit, where it spares reading those of others.
    fn of_visits(&self) -> Stmt {
        match self {
            Doctors::These(doctors) if doctors.len() < MANY => super::appointments::of_doctors(Some(doctors)),
            Doctors::These(_) | Doctors::Active => Stmt::new(""),
        }
    }
}

/// From how many doctors on the visits of all are read and those of others left out.
const MANY: usize = 40;

/// What is known of a search while it goes from day to day.
struct Search<'q> {
    query: &'q OpeningQuery,
    zone: Zone,
    /// Until when openings were offered with a doctor: the last of a day may end on the next.
    offered_until: HashMap<DoctorId, Instant>,
}

impl Search<'_> {
    /// Looks at the next hours alone; says whether that was enough. Openings that end within
    /// [`SOON`] are certain when no more is read than what begins before its end.
    async fn soon(&mut self, conn: &mut Conn, book: &Book, found: &mut Vec<Opening>) -> Result<bool> {
        let (from, until) = (self.query.from, self.query.from + SOON);
        if until.date() != from.date() || self.zone.changes_near(from.date()) {
            return Ok(false);
        }
        let visits = book.read(conn, self.query, (from, until)).await?;
        self.day(book, &visits, from.date(), found);
        found.retain(|opening| opening.ends <= until);
        let enough = found.len() >= self.query.limit;
        if !enough {
            found.clear();
            self.offered_until.clear();
        }
        found.truncate(self.query.limit);
        Ok(enough)
    }

    /// Reads the visits of the days `first..=last`, with as much of the next as a visit of theirs may
    /// run into.
    async fn read(
        &self,
        conn: &mut Conn,
        book: &Book,
        (first, last): (NaiveDate, NaiveDate),
    ) -> Result<Visits> {
        // The wall clock may change meanwhile.
        let near = first.iter_days().take_while(|day| *day <= last).any(|day| self.zone.changes_near(day));
        let margin = if near { CLOCK_CHANGE } else { TimeDelta::zero() };
        let from = self.query.from.max(midnight(first)) - margin;
        let length = TimeDelta::minutes(i64::from(self.query.minutes));
        book.read(conn, self.query, (from, midnight(last) + Days::new(1) + length + margin)).await
    }

    /// Looks at the days `first..=last`.
    fn days(
        &mut self,
        book: &Book,
        visits: &Visits,
        (first, last): (NaiveDate, NaiveDate),
        found: &mut Vec<Opening>,
    ) {
        for day in first.iter_days().take_while(|day| *day <= last) {
            if found.len() < self.query.limit {
                self.day(book, visits, day, found);
            }
        }
    }

    /// Adds the openings that start on a day, soonest first.
    fn day(&mut self, book: &Book, visits: &Visits, day: NaiveDate, found: &mut Vec<Opening>) {
        let query = self.query;
        // Where no clock change is near, the wall clock is as good as instants, and far cheaper.
        let plain = !self.zone.changes_near(day);
        let zone = if plain { Zone::utc() } else { self.zone };
        let start = zone.boundary(query.from.max(midnight(day)));
        let next = zone.boundary(midnight(day + Days::new(1)));
        let length = TimeDelta::minutes(i64::from(query.minutes));
        let mut today = Vec::new();
        for (doctor, schedule, held) in book.doctors(visits) {
            // What is open on the next day counts where today's hours run into it.
            let mut open = schedule.open(day, day + Days::new(1), zone);
            open.retain(|open| open.start < next);
            let offered = self.offered_until.get(&doctor).and_then(|until| {
                let until = if plain { zone.boundary(self.zone.wall(*until)) } else { *until };
                Interval::new(start, until)
            });
            let held = around(held, (day, length));
            if plain && !has_room(&open, held, offered.map_or(start, |offered| offered.end), length) {
                continue;
            }
            // What was offered is taken, so that the next one begins where the last ends.
            let busy = held.iter().chain(&visits.of_patient).map(|held| held.interval(zone));
            let busy = busy.chain(offered).collect();
            let openings = booking::openings(doctor, &open, busy, (start, query.minutes), zone, query.limit);
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
    let length = length.num_seconds();
    open.iter().any(|open| {
        let (mut free, end) = (open.start.max(start).timestamp(), open.end.timestamp());
        for held in held {
            if held.starts >= end {
                break;
            }
            if held.starts - free >= length {
                return true;
            }
            free = free.max(held.starts + i64::from(held.minutes) * 60);
        }
        end - free >= length
    })
}

/// The visits that hold time on a day, of the day before, and as long after it as a visit may run.
fn around(held: &[Held], (day, length): (NaiveDate, TimeDelta)) -> &[Held] {
    let from = midnight(day) - Days::new(1) - CLOCK_CHANGE;
    let until = midnight(day) + Days::new(1) + length + CLOCK_CHANGE;
    let before = |limit: NaiveDateTime| {
        let limit = limit.and_utc().timestamp();
        held.partition_point(|held| held.starts < limit)
    };
    &held[before(from)..before(until)]
}

/// The hours of some days.
struct Book {
    /// The condition on a visit, where it spares reading those of others.
    whose: Stmt,
    /// Who has hours on these days, sorted.
    doctors: Vec<DoctorId>,
    /// Their hours, in the same order.
    schedules: Vec<Schedule>,
}

/// The visits of some of those days that hold time.
struct Visits {
    /// Those of the book's doctors, in the same order, by their start.
    of_doctors: Vec<Vec<Held>>,
    of_patient: Vec<Held>,
}

/// When a visit holds time, on the wall clock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    /// In seconds, as if the wall clock were UTC: there are hundreds of thousands in full months.
    starts: i64,
    minutes: u16,
}

impl Held {
    fn new(starts: NaiveDateTime, minutes: u16) -> Self {
        // What an older program wrote as a part of a second counts as a whole.
        let part = starts.nanosecond() > 0;
        Held { starts: starts.and_utc().timestamp(), minutes: minutes + u16::from(part) }
    }

    fn interval(self, zone: Zone) -> Interval {
        let starts = DateTime::from_timestamp(self.starts, 0).unwrap_or_default().naive_utc();
        Interval::of_minutes(zone.boundary(starts), self.minutes)
    }
}

impl Book {
    /// Reads the hours of the days `first..=last`.
    async fn with_hours(
        conn: &mut Conn,
        doctors: &Doctors,
        (first, last): (NaiveDate, NaiveDate),
    ) -> Result<Self> {
        let of_hours = doctors.of_hours();
        let mut schedules = super::availability::of_days(conn, (first, last), &of_hours).await?;
        read_past_midnight(conn, &mut schedules, last + Days::new(1)).await?;
        let mut schedules: Vec<(DoctorId, Schedule)> = schedules.into_iter().collect();
        schedules.sort_unstable_by_key(|(doctor, _)| *doctor);
        let (doctors_with_hours, schedules): (Vec<_>, Vec<_>) = schedules.into_iter().unzip();
        Ok(Book { whose: doctors.of_visits(), doctors: doctors_with_hours, schedules })
    }

    fn has_hours(&self) -> bool {
        !self.doctors.is_empty()
    }

    /// Who has hours, with them and with the visits that were read.
    fn doctors<'b>(
        &'b self,
        visits: &'b Visits,
    ) -> impl Iterator<Item = (DoctorId, &'b Schedule, &'b [Held])> {
        let times = self.schedules.iter().zip(&visits.of_doctors);
        self.doctors.iter().zip(times).map(|(doctor, (hours, held))| (*doctor, hours, held.as_slice()))
    }

    /// Reads the visits that have a part between two times on the wall clock.
    async fn read(
        &self,
        conn: &mut Conn,
        query: &OpeningQuery,
        span: (NaiveDateTime, NaiveDateTime),
    ) -> Result<Visits> {
        let mut of_doctors: Vec<Vec<Held>> = vec![Vec::new(); self.doctors.len()];
        held(conn, query, span, &self.whose, |doctor, held| {
            if let Ok(place) = self.doctors.binary_search(&doctor) {
                of_doctors[place].push(held);
            }
        })
        .await?;
        // In order but for the long ones, which came first.
        for held in &mut of_doctors {
            held.sort();
        }
        let mut of_patient = Vec::new();
        if let Some(patient) = query.patient {
            let whose = Stmt::new(" AND a.patient_id = ?").bind(patient);
            held(conn, query, span, &whose, |_, held| of_patient.push(held)).await?;
        }
        Ok(Visits { of_doctors, of_patient })
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
    let late = super::availability::of_doctors(Some(&late));
    for (doctor, schedule) in super::availability::of_days(conn, (tomorrow, tomorrow), &late).await? {
        let all = schedules.entry(doctor).or_default();
        // What counts on both days comes twice, and opens the same hours.
        *all = Schedule::new([all.rows(), schedule.rows()].concat());
    }
    Ok(())
}

/// Hands over the visits that hold time and have a part between two times on the wall clock. What
/// begins at the same time is one row, so that tens of thousands cost little.
async fn held(
    conn: &mut Conn,
    query: &OpeningQuery,
    span: (NaiveDateTime, NaiveDateTime),
    whose: &Stmt,
    mut take: impl FnMut(DoctorId, Held),
) -> Result<()> {
    let select = Stmt::new("SELECT ")
        .then(conn.pick(HELD_AT_ONCE))
        .then(", COUNT(*), a.appointment_time FROM appointments a WHERE ");
    let mut further =
        Stmt::new(" AND (a.status IS NULL OR a.status = 'Scheduled' OR a.status = 'Completed')")
            .append(whose.clone());
    if let Some(moving) = query.moving {
        further = further.then(" AND a.id <> ?").bind(moving);
    }
    let mut each = |row: &Row| {
        let mut cells = row.cells("appointments");
        let (listed, mut left): (String, i64) = (cells.get()?, cells.get()?);
        // Whose time it is, `Store::day` says, and `frontdesk check`.
        let unreadable = || unreadable_of("?", "appointment_time");
        let starts: NaiveDateTime = cells.get().map_err(|_| unreadable())?;
        for one in listed.split(',') {
            let one: i64 = one.parse().map_err(|_| unreadable())?;
            let doctor = i32::try_from(one.div_euclid(HELD_UNIT)).map_err(|_| unreadable())?;
            take(DoctorId(doctor), Held::new(starts, minutes(one.rem_euclid(HELD_UNIT))));
            left -= 1;
        }
        // A server that has no room for a list cuts it off.
        if left == 0 { Ok(()) } else { Err(unreadable()) }
    };
    for half in within(conn, &select, span, &further.then(" GROUP BY a.appointment_time")) {
        conn.each(half, &mut each).await?;
    }
    Ok(())
}
