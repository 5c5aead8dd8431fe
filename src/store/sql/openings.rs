//! The next openings: free time from hours less visits, read day by day and no further than
//! needed.

use std::collections::{HashMap, HashSet};

use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};

use super::Store;
use super::booking::CLOCK_CHANGE;
use super::conn::{Conn, Stmt};
use super::dialect::NAIVE_END;
use crate::domain::booking::{self, Opening};
use crate::domain::clock::{Instant, Zone, midnight};
use crate::domain::ids::{AppointmentId, DoctorId, PatientId};
use crate::domain::slot::{Interval, union};
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
        let doctors = wanted(&mut conn, &query.doctors).await?;
        let from = zone.boundary(query.from);
        let first = query.from.date();
        let mut found: Vec<Opening> = Vec::new();
        // Until when openings were offered with a doctor: the last of a day may end on the next.
        let mut offered_until: HashMap<DoctorId, Instant> = HashMap::new();
        if doctors.is_empty() || query.limit == 0 {
            return Ok(found);
        }
        for day in first.iter_days().take(HORIZON_DAYS) {
            let schedules =
                super::availability::of_day(&mut conn, day, filter(&doctors, &query.doctors)).await?;
            if schedules.is_empty() {
                continue;
            }
            let taken = taken(&mut conn, query, filter(&doctors, &query.doctors), day, zone).await?;
            let mut open: HashMap<DoctorId, Vec<Interval>> = schedules
                .iter()
                .filter(|(doctor, _)| doctors.contains(doctor))
                .map(|(doctor, schedule)| (*doctor, schedule.open(day, day, zone)))
                .collect();
            open_past_midnight(&mut conn, &mut open, day, zone).await?;
            let mut today = Vec::new();
            for (doctor, open) in open {
                let mut busy = taken.by_doctor.get(&doctor).cloned().unwrap_or_default();
                busy.extend_from_slice(&taken.of_patient);
                let offered = offered_until.get(&doctor).copied().unwrap_or(from);
                let start = from.max(offered).max(zone.boundary(midnight(day)));
                let ask = (start, query.minutes);
                // An opening belongs to the day on which it starts.
                today.extend(
                    booking::openings(doctor, &open, busy, ask, zone, query.limit)
                        .into_iter()
                        .filter(|opening| opening.starts.date() == day),
                );
            }
            for opening in &today {
                let span = Interval::of_minutes(zone.boundary(opening.starts), query.minutes);
                let until = offered_until.entry(opening.doctor_id).or_insert(span.end);
                *until = span.end.max(*until);
            }
            today.sort_unstable();
            found.append(&mut today);
            if found.len() >= query.limit {
                found.truncate(query.limit);
                break;
            }
        }
        Ok(found)
    }
}

/// Adds the next day's hours where a doctor's run up to midnight: a visit that starts before it may
/// go on after it. That is rare, so these are read when they are needed.
async fn open_past_midnight(
    conn: &mut Conn,
    open: &mut HashMap<DoctorId, Vec<Interval>>,
    day: NaiveDate,
    zone: Zone,
) -> Result<()> {
    let tomorrow = day + Days::new(1);
    let midnight = zone.boundary(midnight(tomorrow));
    let reaches = |open: &[Interval]| open.last().is_some_and(|last| last.end >= midnight);
    let late: Vec<DoctorId> = open.iter().filter(|(_, open)| reaches(open)).map(|(id, _)| *id).collect();
    if late.is_empty() {
        return Ok(());
    }
    for (doctor, schedule) in super::availability::of_day(conn, tomorrow, Some(&late)).await? {
        let open = open.entry(doctor).or_default();
        open.extend(schedule.open(tomorrow, tomorrow, zone));
        *open = union(std::mem::take(open));
    }
    Ok(())
}

/// One doctor is asked for by id; of many, a day is read whole.
fn filter<'d>(doctors: &'d HashSet<DoctorId>, wanted: &'d Wanted) -> Option<&'d [DoctorId]> {
    match wanted {
        Wanted::Doctor(id) if doctors.contains(id) => Some(std::slice::from_ref(id)),
        _ => None,
    }
}

async fn wanted(conn: &mut Conn, wanted: &Wanted) -> Result<HashSet<DoctorId>> {
    let stmt = Stmt::new("SELECT id FROM doctors WHERE COALESCE(is_active, TRUE)");
    let stmt = match wanted {
        Wanted::Doctor(id) => stmt.then(" AND id = ?").bind(*id),
        Wanted::Specialization(name) => {
            stmt.then(" AND LOWER(specialization) = ?").bind(name.trim().to_lowercase())
        }
        Wanted::Anyone => stmt,
    };
    let rows = conn.all(stmt).await?;
    rows.iter().map(|row| row.cells("doctors").get().map(DoctorId)).collect()
}

/// The time that visits hold.
struct Taken {
    by_doctor: HashMap<DoctorId, Vec<Interval>>,
    of_patient: Vec<Interval>,
}

async fn taken(
    conn: &mut Conn,
    query: &OpeningQuery,
    doctors: Option<&[DoctorId]>,
    day: NaiveDate,
    zone: Zone,
) -> Result<Taken> {
    // A visit that starts today may run into tomorrow, and the wall clock may change meanwhile.
    let start = midnight(day) - CLOCK_CHANGE;
    let length = TimeDelta::minutes(i64::from(query.minutes));
    let end = midnight(day) + Days::new(1) + length + CLOCK_CHANGE;
    let naive_end = conn.pick(NAIVE_END);
    let columns = "SELECT a.id, a.doctor_id, a.patient_id, a.appointment_time, COALESCE(a.duration_minutes, 60) FROM appointments a WHERE ";
    let range = |stmt: Stmt| {
        stmt.then("a.appointment_time >= ? AND a.appointment_time < ? AND (a.appointment_time >= ? OR ")
            .then(naive_end)
            .then(" > ?) AND COALESCE(a.status, 'Scheduled') IN ('Scheduled', 'Completed')")
            .bind(start - Days::new(1))
            .bind(end)
            .bind(start)
            .bind(start)
    };
    let mut stmt = range(Stmt::new(columns));
    if let Some(doctors) = doctors {
        stmt = stmt.then(" AND a.doctor_id IN ").list(doctors.iter().copied());
    }
    if let Some(patient) = query.patient {
        stmt = range(stmt.then(" UNION ").then(columns)).then(" AND a.patient_id = ?").bind(patient);
    }
    let mut taken = Taken { by_doctor: HashMap::new(), of_patient: Vec::new() };
    for row in conn.all(stmt).await? {
        let mut cells = row.cells("appointments");
        let id = AppointmentId(cells.get()?);
        let doctor = DoctorId(cells.get()?);
        let patient = PatientId(cells.get()?);
        let starts: NaiveDateTime = cells.get()?;
        let minutes = u16::try_from(cells.get::<i64>()?.clamp(1, i64::from(u16::MAX))).unwrap_or(u16::MAX);
        if Some(id) == query.moving {
            continue;
        }
        let interval = Interval::of_minutes(zone.boundary(starts), minutes);
        if Some(patient) == query.patient {
            taken.of_patient.push(interval);
        }
        taken.by_doctor.entry(doctor).or_default().push(interval);
    }
    Ok(taken)
}
