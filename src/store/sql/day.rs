//! A day as the board shows it, and what changed on it since. There are thousands of visits on a
//! day, so they are read as few rows of numbers.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Weekday};

use super::appointments::{minutes, of_doctors, touches, touching, unreadable_of};
use super::conn::{Conn, Stmt};
use super::dialect::{HELD_UNIT, PATIENT_UNIT, VISITS_AT_ONCE};
use super::journey::{self, Came};
use super::packed::{self, Field};
use super::row::Row;
use super::versions::{HOURS_DAY, RECORD_DAY};
use super::{Store, availability, doctors};
use crate::domain::appointment::{Status, Visit};
use crate::domain::clock::Zone;
use crate::domain::day::{Day, DayChange, DayVersions, Names};
use crate::domain::doctor::Doctor;
use crate::domain::ids::{AppointmentId, DoctorId, PatientId};
use crate::domain::permission::Deed;
use crate::domain::schedule::Availability;
use crate::store::{Result, StoreError};

/// How long what is known of the doctors is taken for true while no version says that it changed: an
/// older program changes it and counts no version.
const TRUSTED: Duration = Duration::from_secs(20);

/// The doctors and their weekly hours as they were read last: few change in a year, and each day
/// shows all of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Known(Arc<RwLock<Option<People>>>);

/// What another change of a doctor's record, or of weekly hours, makes another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version {
    of_records: i64,
    of_hours: i64,
}

#[derive(Clone, Debug)]
struct People {
    /// As it was before this was read.
    version: Version,
    read: Instant,
    doctors: Vec<Doctor>,
    /// The weekly rows that count on a day of the week.
    weekly: HashMap<Weekday, Vec<Availability>>,
}

impl Known {
    /// What is known of the doctors on a day of the week, where it has these versions and was read a
    /// short while ago.
    fn get(&self, version: Version, weekday: Weekday) -> Option<(Vec<Doctor>, Vec<Availability>)> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref().filter(|known| known.is_of(version))?;
        Some((known.doctors.clone(), known.weekly.get(&weekday)?.clone()))
    }

    fn put(&self, version: Version, doctors: &[Doctor], (weekday, weekly): (Weekday, &[Availability])) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let known = match &mut *known {
            Some(known) if known.is_of(version) => known,
            known => known.insert(People {
                version,
                read: Instant::now(),
                doctors: doctors.to_vec(),
                weekly: HashMap::new(),
            }),
        };
        known.weekly.insert(weekday, weekly.to_vec());
    }
}

impl People {
    fn is_of(&self, version: Version) -> bool {
        self.version == version && self.read.elapsed() < TRUSTED
    }
}

impl Store {
    /// A day as the board shows it, without names: see [`Store::names`].
    ///
    /// # Errors
    /// The database's, or a row that cannot be read.
    pub async fn day(&self, date: NaiveDate) -> Result<Day> {
        self.day_in_sight(date, |_| Vec::new()).await
    }

    /// The same with the names of those whom `in_sight` finds on it.
    ///
    /// # Errors
    /// The database's, or a row that cannot be read.
    pub async fn day_in_sight(
        &self,
        date: NaiveDate,
        in_sight: impl Fn(&Day) -> Vec<PatientId>,
    ) -> Result<Day> {
        let reach = self.permit(Deed::ReadCalendar)?;
        let mut conn = match self.db.idle() {
            Some(conn) => conn,
            None => self.db.acquire().await?,
        };
        let came = match versioned(&mut conn, date).await {
            // Nobody had asked whether that connection still stands: one that is broken, or that a firewall
            // has forgotten, says nothing of the server.
            Err(error) if error.is_outage() => {
                conn = self.db.acquire().await?;
                versioned(&mut conn, date).await?
            }
            came => came?,
        };
        let (mut versions, version) = versions(journey::rows(&came, 0))?;
        versions.of_doctors.retain(|doctor, _| reach.has(*doctor));
        let exceptions = availability::read(journey::rows(&came, 1))?;
        let visits = visits(came.get(2..).unwrap_or_default(), date, self.zone())?;
        let (doctors, weekly) = match self.known.get(version, date.weekday()) {
            Some(known) => known,
            None => self.people(&mut conn, version, date).await?,
        };
        let schedules = availability::by_doctor(weekly.into_iter().chain(exceptions));
        let mut day = Day { date, doctors, schedules, visits, names: Names::new(), versions };
        // A doctor has a day of their own. What all doctors share was read, since it is kept for all.
        day.doctors.retain(|doctor| reach.has(doctor.id));
        day.schedules.retain(|doctor, _| reach.has(*doctor));
        day.visits.retain(|visit| reach.has(visit.doctor_id));
        day.names = super::patients::names(&mut conn, &in_sight(&day)).await?;
        Ok(day)
    }

    async fn people(
        &self,
        conn: &mut Conn,
        version: Version,
        date: NaiveDate,
    ) -> Result<(Vec<Doctor>, Vec<Availability>)> {
        let asked = vec![doctors::everyone(conn), availability::weekly_of_day(conn, date)];
        let came = conn.journey(asked).await?;
        let doctors = doctors::read(conn, journey::rows(&came, 0))?;
        let weekly = availability::read(journey::rows(&came, 1))?;
        self.known.put(version, &doctors, (date.weekday(), &weekly));
        Ok((doctors, weekly))
    }

    /// What changed on a day since `known` was read; none when nothing did. One small query when
    /// nothing did, and then only the doctors that changed are read.
    ///
    /// # Errors
    /// The database's, or a row that cannot be read.
    pub async fn day_changes(&self, date: NaiveDate, known: &DayVersions) -> Result<Option<DayChange>> {
        let reach = self.permit(Deed::ReadCalendar)?;
        let mut conn = self.db.acquire().await?;
        let (mut versions, _) = versions(&conn.all(of_versions(&conn, date)).await?)?;
        // What happens on another doctor's day is none of this one's changes.
        versions.of_doctors.retain(|doctor, _| reach.has(*doctor));
        if versions == *known {
            return Ok(None);
        }
        if versions.of_records != known.of_records {
            drop(conn);
            return Ok(Some(DayChange::Everything(Box::new(self.day(date).await?))));
        }
        let (now, then) = (&versions.of_doctors, &known.of_doctors);
        // A row may also be gone: of a doctor who was deleted, or on a database that was restored.
        let all: BTreeSet<DoctorId> = now.keys().chain(then.keys()).copied().collect();
        // What is known is the caller's word: a doctor's day does not grow by naming others.
        let reach = self.permit(Deed::ReadCalendar)?;
        let doctors: Vec<DoctorId> = all
            .into_iter()
            .filter(|doctor| reach.has(*doctor) && now.get(doctor) != then.get(doctor))
            .collect();
        if doctors.is_empty() {
            let (schedules, visits, names) = (HashMap::new(), Vec::new(), Names::new());
            return Ok(Some(DayChange::Doctors { doctors, schedules, visits, names, versions }));
        }
        let schedules =
            availability::of_days(&mut conn, (date, date), &availability::of_doctors(Some(&doctors))).await?;
        let came = conn.journey(of_day(&conn, date, Some(&doctors)).into()).await?;
        let visits = visits(&came, date, self.zone())?;
        Ok(Some(DayChange::Doctors { doctors, schedules, visits, names: Names::new(), versions }))
    }
}

/// Asks for a date's versions, exceptions and visits. The versions come first: what changes between the
/// queries is read again rather than missed.
async fn versioned(conn: &mut Conn, date: NaiveDate) -> Result<Vec<Came>> {
    let mut asked = vec![of_versions(conn, date), availability::exceptions_of_day(conn, date)];
    asked.extend(of_day(conn, date, None));
    Ok(conn.journey(asked).await?)
}

/// The queries of a day's visits, which [`visits`] reads. What begins at the same time is one row, in
/// the order of the index: a row is what costs.
fn of_day(conn: &Conn, date: NaiveDate, doctors: Option<&[DoctorId]>) -> [Stmt; 2] {
    let select = Stmt::new("SELECT ")
        .then(conn.pick(VISITS_AT_ONCE))
        .then(", COUNT(*), a.appointment_time FROM appointments a WHERE ");
    touching(conn, &select, date, &of_doctors(doctors).then(" GROUP BY a.appointment_time"))
}

fn visits(halves: &[Came], date: NaiveDate, zone: Zone) -> Result<Vec<Visit>> {
    let mut visits: Vec<Visit> = Vec::new();
    for row in halves.iter().flat_map(|half| &half.rows) {
        let mut cells = row.cells("appointments");
        let (listed, count): (String, i64) = (cells.get()?, cells.get()?);
        let starts = cells.get().map_err(|_| unreadable_of(&id_of(&listed), "appointment_time"))?;
        let before = visits.len();
        for one in listed.split(',') {
            visits.push(visit(one, starts)?);
        }
        // A server that has no room for a list cuts it off.
        if usize::try_from(count) != Ok(visits.len() - before) {
            return Err(unreadable_of(&id_of(&listed), "(rows)"));
        }
        visits[before..].sort_unstable_by_key(|visit| visit.id);
    }
    visits.retain(|visit| touches(visit, date, zone));
    // In order but for the long ones, which came first: a stable sort takes what is in order as it is.
    visits.sort_by_key(|visit| (visit.starts, visit.id));
    visits.dedup_by_key(|visit| visit.id);
    Ok(visits)
}

/// Reads one of [`VISITS_AT_ONCE`].
fn visit(one: &str, starts: NaiveDateTime) -> Result<Visit> {
    let (first, rest) = one.split_once(' ').unwrap_or((one, ""));
    let unreadable = |column: &str| unreadable_of(&id_of(one), column);
    let number = |digits: &str, unit: i64| {
        let number: i64 = digits.parse().ok()?;
        Some((i32::try_from(number / unit).ok()?, number % unit))
    };
    let (status, last) = rest.split_at(rest.bytes().take_while(|byte| !byte.is_ascii_digit()).count());
    let (id, length) = number(first, HELD_UNIT).ok_or_else(|| unreadable("duration_minutes"))?;
    let status = Status::from_column(status).ok_or_else(|| unreadable("status"))?;
    let (doctor, patient) = number(last, PATIENT_UNIT).ok_or_else(|| unreadable("patient_id"))?;
    Ok(Visit {
        id: AppointmentId(id),
        doctor_id: DoctorId(doctor),
        patient_id: PatientId(i32::try_from(patient).map_err(|_| unreadable("patient_id"))?),
        starts,
        minutes: minutes(length),
        status,
    })
}

/// The id of the first of some [`VISITS_AT_ONCE`], as an error names it.
fn id_of(listed: &str) -> String {
    let first = listed.split(' ').next().and_then(|number| number.parse::<i64>().ok());
    first.map_or_else(|| "?".to_owned(), |number| (number / HELD_UNIT).to_string())
}

/// The query of a day's versions, which [`versions`] reads. A visit that began the day before and
/// runs on is written under both days. Of how many doctors there is a version under a day, and their
/// sum, are one number.
fn of_versions(conn: &Conn, date: NaiveDate) -> Stmt {
    let of = ", (SELECT CAST(COUNT(*) * 4294967296 + COALESCE(SUM(version), 0) AS SIGNED) \
              FROM calendar_days WHERE day = ?)";
    Stmt::new("SELECT COUNT(*), ")
        .append(packed::joined(conn.dialect(), &[Field::Plain("doctor_id"), Field::Plain("version")]))
        .then(of)
        .then(of)
        .then(" FROM calendar_days WHERE day = ?")
        .bind(RECORD_DAY)
        .bind(HOURS_DAY)
        .bind(date)
}

fn versions(rows: &[Row]) -> Result<(DayVersions, Version)> {
    let of_doctors = packed::of_whole(rows, "calendar_days", |fields| {
        Ok((DoctorId(fields.number("doctor_id")?), fields.number("version")?))
    });
    let of_doctors = of_doctors?.into_iter().collect();
    let mut cells = rows.first().ok_or(StoreError::Lost)?.cells("calendar_days").skip(2);
    let version = Version { of_records: cells.get()?, of_hours: cells.get()? };
    Ok((DayVersions { of_doctors, of_records: version.of_records }, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_is_read_from_two_numbers_and_a_word() {
        let starts: NaiveDateTime = "2026-12-01T09:00:00".parse().unwrap();
        let most = i64::from(i32::MAX);
        for (id, minutes, word, doctor, patient) in [
            (1, 1, "Scheduled", 1, 1),
            (most, 1_440, "No-Show", most, most),
            (77, 45, "Completed", 12, 900_000),
        ] {
            let text = format!("{} {word}{}", id * HELD_UNIT + minutes, doctor * PATIENT_UNIT + patient);
            let read = visit(&text, starts).unwrap();
            assert_eq!(i64::from(read.id.0), id);
            assert_eq!(i64::from(read.minutes), minutes);
            assert_eq!(Some(read.status), Status::from_column(word));
            assert_eq!((i64::from(read.doctor_id.0), i64::from(read.patient_id.0)), (doctor, patient));
        }
    }

    #[test]
    fn a_visit_that_cannot_be_read_names_its_column_and_its_id() {
        let starts: NaiveDateTime = "2026-12-01T09:00:00".parse().unwrap();
        let column_of = |text: &str| match visit(text, starts).unwrap_err() {
            StoreError::Unreadable { column, key, .. } => (column, key),
            other => panic!("{other}"),
        };
        assert_eq!(column_of("14366 Late25769803777"), ("status".to_owned(), "7".to_owned()));
        assert_eq!(column_of("14366 Scheduled"), ("patient_id".to_owned(), "7".to_owned()));
        assert_eq!(column_of("x"), ("duration_minutes".to_owned(), "?".to_owned()));
        assert_eq!(column_of("14366 12"), ("status".to_owned(), "7".to_owned()));
    }
}
