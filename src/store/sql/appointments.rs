//! Reading visits: a day of all doctors, one visit, a patient's visits. Writing them is
//! `booking`'s alone.

use std::collections::{BTreeSet, HashMap};

use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};

use super::Store;
use super::conn::{Conn, Row, Stmt};
use super::dialect::NAIVE_END;
use super::diary::CLOCK_CHANGE;
use super::journey::{self, Came};
use super::packed::{self, Field, Fields};
use super::{availability, doctors};
use crate::domain::appointment::{Appointment, MAX_MINUTES, MIN_MINUTES, Status, Visit};
use crate::domain::clock::{Zone, midnight};
use crate::domain::day::{Day, DayChange, DayVersions, Names};
use crate::domain::doctor::Doctor;
use crate::domain::ids::{AppointmentId, DoctorId, PatientId};
use crate::domain::schedule::Schedule;
use crate::store::{Result, StoreError};

/// The day under which `calendar_days` keeps the version of a doctor's own record: name, active or
/// not. No visit is as old.
pub(super) const RECORD_DAY: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a date");
/// The doctor under whom it keeps the version of the patients' names, as far as an older program
/// changes them: nobody. What this one changes is written with the days of the patient's visits.
pub(super) const NAMES: DoctorId = DoctorId(0);

/// Where the fields of an [`Appointment`] are.
const FROM: &str =
    " FROM appointments a JOIN patients p ON p.id = a.patient_id JOIN doctors d ON d.id = a.doctor_id WHERE ";

/// The columns of `appointments`.
const COLUMNS: &str = "id, doctor_id, patient_id, appointment_time, duration_minutes, status, notes, \
     overbook_reason, booked_by, booked_at, changed_by, changed_at";

/// All of an [`Appointment`], as [`packed`] reads it; the first of them are those of its visit.
const FIELDS: &[Field] = &[
    Field::Plain("a.id"),
    Field::Plain("a.doctor_id"),
    Field::Plain("a.patient_id"),
    Field::Plain("a.appointment_time"),
    Field::Plain("COALESCE(a.duration_minutes, 60)"),
    Field::Plain("COALESCE(a.status, 'Scheduled')"),
    Field::Text("p.name"),
    Field::Text("d.name"),
    Field::NullableText("a.notes"),
    Field::NullableText("a.overbook_reason"),
    Field::NullableText("a.booked_by"),
    Field::Nullable("a.booked_at"),
    Field::NullableText("a.changed_by"),
    Field::Nullable("a.changed_at"),
];

/// The fields of a [`Visit`], from `appointments a`.
pub(super) const VISIT: &[Field] = FIELDS.split_at(6).0;

/// Those of a [`Visit`] whose start is known.
const AT_ONCE: [Field; 5] = [
    Field::Plain("a.id"),
    Field::Plain("a.doctor_id"),
    Field::Plain("a.patient_id"),
    Field::Plain("COALESCE(a.duration_minutes, 60)"),
    Field::Plain("COALESCE(a.status, 'Scheduled')"),
];

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
        let mut conn = self.conn().await?;
        let zone = self.zone();
        let (aside, visits) = match self.db.idle() {
            Some(mut idle) => tokio::join!(people(&mut idle, date), versioned(&mut conn, date, zone)),
            None => (Err(StoreError::Lost), versioned(&mut conn, date, zone).await),
        };
        let (versions, visits) = visits?;
        let (doctors, schedules) = match aside {
            Ok((at, doctors, schedules)) if at == versions => (doctors, schedules),
            // There was no second connection, or something changed between the two, or it was broken,
            // which says nothing of the one that is asked.
            _ => people(&mut conn, date).await.map(|(_, doctors, schedules)| (doctors, schedules))?,
        };
        let mut day = Day { date, doctors, schedules, visits, names: Names::new(), versions };
        day.names = super::patients::names(&mut conn, &in_sight(&day)).await?;
        Ok(day)
    }

    /// What changed on a day since `known` was read; none when nothing did. One small query when
    /// nothing did, and then only the doctors that changed are read.
    ///
    /// # Errors
    /// The database's, or a row that cannot be read.
    pub async fn day_changes(&self, date: NaiveDate, known: &DayVersions) -> Result<Option<DayChange>> {
        let mut conn = self.conn().await?;
        let versions = versions(&conn.all(of_versions(date)).await?)?;
        if versions == *known {
            return Ok(None);
        }
        // A row may also be gone: of a doctor who was deleted, or on a database that was restored.
        let keys: BTreeSet<(NaiveDate, DoctorId)> = versions.keys().chain(known.keys()).copied().collect();
        let changed: Vec<(NaiveDate, DoctorId)> =
            keys.into_iter().filter(|key| known.get(key) != versions.get(key)).collect();
        if changed.iter().any(|(day, _)| *day == RECORD_DAY) {
            drop(conn);
            return Ok(Some(DayChange::Everything(Box::new(self.day(date).await?))));
        }
        let mut doctors: Vec<DoctorId> = changed.into_iter().map(|(_, doctor)| doctor).collect();
        doctors.dedup();
        let schedules =
            availability::of_days(&mut conn, (date, date), &availability::of_doctors(Some(&doctors))).await?;
        let came = conn.journey(of_day(&conn, date, Some(&doctors)).into()).await?;
        let visits = visits(&came, date, self.zone())?;
        Ok(Some(DayChange::Doctors { doctors, schedules, visits, names: Names::new(), versions }))
    }

    /// A visit with all that is known of it.
    ///
    /// # Errors
    /// The database's, or a row that cannot be read.
    pub async fn appointment(&self, id: AppointmentId) -> Result<Option<Appointment>> {
        by_id(&mut self.conn().await?, id).await
    }

    /// The visits of a day, by time, of one doctor or of all.
    ///
    /// # Errors
    /// The database's, or a row that cannot be read.
    pub async fn appointments_of_day(
        &self,
        date: NaiveDate,
        doctor: Option<DoctorId>,
    ) -> Result<Vec<Appointment>> {
        let mut conn = self.conn().await?;
        let select = packed::listed(FIELDS).then(FROM);
        let of_doctor = doctor.map_or(Stmt::new(""), |doctor| Stmt::new(" AND a.doctor_id = ?").bind(doctor));
        let mut found = Vec::new();
        for half in touching(&conn, &select, date, &of_doctor) {
            for row in conn.all(half).await? {
                found.push(of_row(&row)?);
            }
        }
        found.retain(|appointment| touches(&appointment.visit, date, self.zone()));
        found.sort_by_key(|appointment| (appointment.visit.starts, appointment.visit.id));
        found.dedup_by_key(|appointment| appointment.visit.id);
        Ok(found)
    }

    /// A patient's visits: those from `wall` on, soonest first, and those before, latest first;
    /// at most `limit` of each.
    ///
    /// # Errors
    /// The database's, or a row that cannot be read.
    pub async fn visits_of_patient(
        &self,
        patient: PatientId,
        wall: NaiveDateTime,
        limit: u16,
    ) -> Result<(Vec<Appointment>, Vec<Appointment>)> {
        let mut conn = self.conn().await?;
        let side = |stmt: Stmt, side: &'static str| {
            stmt.then("SELECT * FROM (SELECT ")
                .then(COLUMNS)
                .then(" FROM appointments WHERE patient_id = ? AND appointment_time ")
                .then(side)
                .bind(patient)
                .bind(wall)
                .bind(limit)
        };
        let from = side(Stmt::new("("), ">= ? ORDER BY appointment_time, id LIMIT ?) n");
        let from = side(from.then(" UNION ALL "), "< ? ORDER BY appointment_time DESC, id DESC LIMIT ?) n")
            .then(") a JOIN patients p ON p.id = a.patient_id JOIN doctors d ON d.id = a.doctor_id");
        let stmt = packed::in_order(&conn, FIELDS, from, "a.appointment_time, a.id");
        let mut past = packed::rows(&mut conn, stmt, "appointments", record).await?;
        let next = past.split_off(past.partition_point(|appointment| appointment.visit.starts < wall));
        past.reverse();
        Ok((next, past))
    }
}

impl Store {
    /// How many visits a patient has from `wall` on, and how many before.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_visits_of_patient(
        &self,
        patient: PatientId,
        wall: NaiveDateTime,
    ) -> Result<(u64, u64)> {
        let stmt = Stmt::new(
            "SELECT COUNT(*), COUNT(CASE WHEN appointment_time < ? THEN 1 END) FROM appointments \
             WHERE patient_id = ?",
        );
        let row = self.conn().await?.first(stmt.bind(wall).bind(patient)).await?.ok_or(StoreError::Lost)?;
        let mut cells = row.cells("appointments");
        let mut count = || cells.get::<i64>().map(|count| u64::try_from(count).unwrap_or(0));
        let (all, past) = (count()?, count()?);
        Ok((all.saturating_sub(past), past))
    }
}

/// One visit on a connection, which may be inside a transaction.
pub(super) async fn by_id(conn: &mut Conn, id: AppointmentId) -> Result<Option<Appointment>> {
    conn.first(of_id(id)).await?.as_ref().map(of_row).transpose()
}

/// The query of one visit, whose row [`of_row`] reads.
pub(super) fn of_id(id: AppointmentId) -> Stmt {
    packed::listed(FIELDS).then(FROM).then("a.id = ?").bind(id)
}

/// The visits that touch a date, with what began the day before and runs into it, and a little more,
/// where the clocks may have changed: see [`touches`].
fn touching(conn: &Conn, select: &Stmt, date: NaiveDate, further: &Stmt) -> [Stmt; 2] {
    within(conn, select, (midnight(date) - CLOCK_CHANGE, midnight(date) + Days::new(1)), further)
}

/// Whether a visit that [`touching`] found is on the date by the minutes that really pass.
fn touches(visit: &Visit, date: NaiveDate, zone: Zone) -> bool {
    visit.starts >= midnight(date) || visit.interval(zone).end > zone.boundary(midnight(date))
}

/// The visits that have a part between two times on the naive wall clock. `select` ends before the
/// conditions, and `further` is what follows them, in either half: short visits are a range of the
/// index by time that begins a little earlier; long ones, which are few, have an index of their own.
/// They stay two statements, since a server lays what a UNION finds down before it hands it over; a
/// visit that is moved between them may come twice. Whether a visit that begins before `from` runs
/// into the time is computed for those alone: that is slow.
pub(super) fn within(
    conn: &Conn,
    select: &Stmt,
    (from, until): (NaiveDateTime, NaiveDateTime),
    further: &Stmt,
) -> [Stmt; 2] {
    let naive_end = conn.pick(NAIVE_END);
    let near = from - SHORT;
    let short =
        Stmt::new("a.appointment_time >= ? AND a.appointment_time < ? AND (a.appointment_time >= ? OR ")
            .then(naive_end)
            .then(" > ?)")
            .bind(near)
            .bind(until)
            .bind(from)
            .bind(from);
    let long =
        Stmt::new("a.duration_minutes > 240 AND a.appointment_time >= ? AND a.appointment_time < ? AND ")
            .then(naive_end)
            .then(" > ?")
            .bind(from - TimeDelta::minutes(i64::from(MAX_MINUTES)))
            .bind(near)
            .bind(from);
    let half = |which: Stmt| select.clone().append(which).append(further.clone());
    [half(long), half(short)]
}

/// What is no long visit ends within this time. The index of the long ones begins here.
const SHORT: TimeDelta = TimeDelta::minutes(240);

/// The doctors, and their hours on a date, with the versions as they were before.
async fn people(
    conn: &mut Conn,
    date: NaiveDate,
) -> Result<(DayVersions, Vec<Doctor>, HashMap<DoctorId, Schedule>)> {
    let asked = vec![of_versions(date), doctors::everyone(conn), availability::of_day(date)];
    let came = conn.journey(asked).await?;
    let doctors = doctors::read(conn, journey::rows(&came, 1))?;
    Ok((versions(journey::rows(&came, 0))?, doctors, availability::read_day(journey::rows(&came, 2))?))
}

/// The visits of a date, with the versions as they were before: what changes between the queries is
/// read again rather than missed.
async fn versioned(conn: &mut Conn, date: NaiveDate, zone: Zone) -> Result<(DayVersions, Vec<Visit>)> {
    let mut asked = vec![of_versions(date)];
    asked.extend(of_day(conn, date, None));
    let came = conn.journey(asked).await?;
    let halves = came.get(1..).unwrap_or_default();
    Ok((versions(journey::rows(&came, 0))?, visits(halves, date, zone)?))
}

/// The queries of a day's visits, which [`visits`] reads. What begins at the same time is one row, in
/// the order of the index: a row is what costs.
fn of_day(conn: &Conn, date: NaiveDate, doctors: Option<&[DoctorId]>) -> [Stmt; 2] {
    let select = Stmt::new("SELECT MIN(a.id), a.appointment_time, COUNT(*), ")
        .append(packed::joined(&AT_ONCE))
        .then(" FROM appointments a WHERE ");
    touching(conn, &select, date, &of_doctors(doctors).then(" GROUP BY a.appointment_time"))
}

fn visits(halves: &[Came], date: NaiveDate, zone: Zone) -> Result<Vec<Visit>> {
    let mut visits = Vec::new();
    for row in halves.iter().flat_map(|half| &half.rows) {
        let mut cells = row.cells("appointments").skip(1);
        let starts: NaiveDateTime = cells.get()?;
        let whole = visits.len() + usize::try_from(cells.get::<i64>()?).unwrap_or(0);
        let text: Option<String> = cells.get()?;
        let read = |fields: &mut Fields<'_>| {
            Ok(Visit {
                id: AppointmentId(fields.number("id")?),
                doctor_id: DoctorId(fields.number("doctor_id")?),
                patient_id: PatientId(fields.number("patient_id")?),
                starts,
                minutes: minutes(fields.number("duration_minutes")?),
                status: fields.word("status", Status::from_column)?,
            })
        };
        packed::parse(text.as_deref(), "appointments", read, &mut visits)?;
        // A server that has no room for a list cuts it off.
        if visits.len() != whole {
            return Err(cells.unreadable());
        }
    }
    visits.retain(|visit| touches(visit, date, zone));
    visits.sort_unstable_by_key(|visit| (visit.starts, visit.id));
    visits.dedup_by_key(|visit| visit.id);
    Ok(visits)
}

/// Whose visits are meant; all where nobody is named.
pub(super) fn of_doctors(doctors: Option<&[DoctorId]>) -> Stmt {
    doctors.map_or(Stmt::new(""), |doctors| Stmt::new(" AND a.doctor_id IN ").list(doctors.iter().copied()))
}

/// The query of a day's versions, which [`versions`] reads.
fn of_versions(date: NaiveDate) -> Stmt {
    // A visit that began yesterday and runs on is written under both days.
    let fields = [Field::Plain("day"), Field::Plain("doctor_id"), Field::Plain("version")];
    packed::whole(&fields).then("calendar_days WHERE day IN (?, ?)").bind(RECORD_DAY).bind(date)
}

fn versions(rows: &[Row]) -> Result<DayVersions> {
    let versions = packed::of_whole(rows, "calendar_days", |fields| {
        Ok(((fields.day("day")?, DoctorId(fields.number("doctor_id")?)), fields.number("version")?))
    });
    Ok(versions?.into_iter().collect())
}

/// A length as it is kept. One that an older program wrote below 1 counts as a minute, one beyond a
/// day as a day: no index range looks back further.
pub(super) fn minutes(kept: i64) -> u16 {
    u16::try_from(kept.clamp(i64::from(MIN_MINUTES), i64::from(MAX_MINUTES))).unwrap_or(MAX_MINUTES)
}

/// Reads the fields of [`VISIT`].
pub(super) fn visit(fields: &mut Fields<'_>) -> Result<Visit> {
    Ok(Visit {
        id: AppointmentId(fields.number("id")?),
        doctor_id: DoctorId(fields.number("doctor_id")?),
        patient_id: PatientId(fields.number("patient_id")?),
        starts: fields.wall("appointment_time")?,
        minutes: minutes(fields.number("duration_minutes")?),
        status: fields.word("status", Status::from_column)?,
    })
}

/// Reads all of [`FIELDS`].
fn record(fields: &mut Fields<'_>) -> Result<Appointment> {
    Ok(Appointment {
        visit: visit(fields)?,
        patient_name: fields.text("name")?,
        doctor_name: fields.text("name")?,
        notes: fields.text_if_any("notes")?,
        overbook_reason: fields.text_if_any("overbook_reason")?,
        booked_by: fields.text_if_any("booked_by")?,
        booked_at: fields.wall_if_any("booked_at")?.map(|at| at.and_utc()),
        changed_by: fields.text_if_any("changed_by")?,
        changed_at: fields.wall_if_any("changed_at")?.map(|at| at.and_utc()),
    })
}

/// Reads a row of [`of_id`].
pub(super) fn of_row(row: &Row) -> Result<Appointment> {
    record(&mut Fields::of_row(row, "appointments"))
}
