//! The rows of `doctor_availability`.

use std::collections::HashMap;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde_json::json;

use super::Store;
use super::conn::{Conn, Row, Stmt};
use super::history::{self, Order};
use super::packed::{self, Field, Fields};
use super::retry::retry;
use super::versions::{Calendar, HOURS_DAY, bump};
use crate::domain::ids::{AvailabilityId, DoctorId};
use crate::domain::permission::Deed;
use crate::domain::schedule::{Availability, Recurrence, Schedule, TimeOfDay, weekday_column};
use crate::store::{Result, StoreError};

/// Rows that count at all: weekly ones, and exceptions. A row that is neither is left alone.
pub(super) const COUNTS: &str = "(v.exception_date IS NOT NULL OR COALESCE(v.is_recurring, TRUE))";

/// A row of hours that was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removed {
    /// What it meant.
    Hours(Availability),
    /// One that could not be read, and kept its doctor's hours from being known.
    Unreadable(Unreadable),
}

/// A row of hours that cannot be read, as it stands: an older program, or a server that takes any
/// `TIME` from -838 to 838 hours, may have written what is no time of day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// `id`
    pub id: AvailabilityId,
    /// `doctor_id`; none where not even that can be read.
    pub doctor_id: Option<DoctorId>,
    /// `day_of_week`
    pub day_of_week: String,
    /// `start_time`
    pub start_time: String,
    /// `end_time`
    pub end_time: String,
    /// `exception_date`
    pub exception_date: Option<String>,
}

/// How far ahead a change of weekly hours writes the rows of the days it touches.
pub(super) const HORIZON_WEEKS: u64 = 104;

/// How much of a value that cannot be read is said of it.
const UNREADABLE_CHARS: usize = 20;

impl Store {
    /// A doctor's hours: all weekly rows, and the exceptions from `from` on.
    ///
    /// # Errors
    /// The database's, or a row that cannot be read.
    pub async fn hours(&self, doctor: DoctorId, from: NaiveDate) -> Result<Schedule> {
        let stmt = packed::listed(&FIELDS)
            .then(" FROM doctor_availability v WHERE v.doctor_id = ? AND ")
            .then(COUNTS)
            .then(" AND (v.exception_date IS NULL OR v.exception_date >= ?) ORDER BY v.exception_date, v.day_of_week, v.start_time")
            .bind(doctor)
            .bind(from);
        self.permit_of(Deed::ReadCalendar, doctor)?;
        let rows = self.db.acquire().await?.all(stmt).await?;
        let rows: Result<Vec<_>> = rows.iter().map(of_row).collect();
        Ok(Schedule::new(rows?))
    }

    /// Adds a session to a doctor's week or to one date. The days that it touches are written
    /// first, so that the change cannot pass a booking unseen.
    ///
    /// # Errors
    /// An unknown doctor; [`StoreError::HoursInTheWay`] where a row of the doctor's stands that cannot be
    /// meant beside it (see [`Availability::contradicts`]); or the database's.
    pub async fn add_hours(
        &self,
        order: &Order,
        doctor: DoctorId,
        recurrence: Recurrence,
        (start, end): (TimeOfDay, TimeOfDay),
        today: NaiveDate,
    ) -> Result<Availability> {
        let row = Availability { id: AvailabilityId(0), doctor_id: doctor, recurrence, start, end };
        retry(|| self.try_add_hours(order, row, today)).await
    }

    /// Removes a row of hours, also one that cannot be read.
    ///
    /// # Errors
    /// An unknown row, or the database's.
    pub async fn remove_hours(&self, order: &Order, id: AvailabilityId, today: NaiveDate) -> Result<Removed> {
        // Read once: tried again after a connection broke, the row may be gone by our own hand.
        let row =
            retry(|| async { as_it_stands(&mut self.conn(Deed::ManageHours).await?, id).await }).await?;
        retry(|| self.try_remove_hours(order, id, &row, today)).await?;
        Ok(row)
    }

    async fn try_add_hours(
        &self,
        order: &Order,
        mut row: Availability,
        today: NaiveDate,
    ) -> Result<Availability> {
        let mut conn = self.writing(Deed::ManageHours).await?;
        let outcome = async {
            bump_days(&mut conn, row.doctor_id, days_of(&row, today)).await?;
            if let Some(id) = history::done_before(&mut conn, &order.key, "hours.add").await? {
                return by_id(&mut conn, AvailabilityId(id)).await;
            }
            let known = Stmt::new("SELECT id FROM doctors WHERE id = ?").bind(row.doctor_id);
            if conn.first(known).await?.is_none() {
                return Err(StoreError::Missing { what: "doctor", id: row.doctor_id.0 });
            }
            // Whatever can be in the way touches a day that is held by now: nobody else adds it meanwhile.
            if let Some(other) = in_the_way(&mut conn, &row).await? {
                return Err(StoreError::HoursInTheWay(other));
            }
            let (weekday, exception) = match row.recurrence {
                Recurrence::Weekly(weekday) => (weekday, None),
                Recurrence::Exception(date) => (date.weekday(), Some(date)),
            };
            let insert = Stmt::new(
                "INSERT INTO doctor_availability (doctor_id, day_of_week, start_time, end_time, is_recurring, exception_date) \
                 VALUES (?, ?, ?, ?, ?, ?)",
            );
            let insert = insert.bind(row.doctor_id).bind(weekday_column(weekday));
            let insert = insert.bind(row.start.column()).bind(row.end.column());
            let done = conn.run(insert.bind(exception.is_none()).bind(exception)).await?;
            row.id = AvailabilityId(done.last_id);
            let place = ("doctor_availability", row.id.0);
            let detail = json!({ "after": detail(&row) });
            conn.record(order, "hours.add", place, None, detail).await?;
            Ok(row)
        }
        .await;
        conn.finish(outcome).await
    }

    async fn try_remove_hours(
        &self,
        order: &Order,
        id: AvailabilityId,
        row: &Removed,
        today: NaiveDate,
    ) -> Result<()> {
        let (doctor, days, detail) = match row {
            Removed::Hours(row) => (Some(row.doctor_id), days_of(row, today), detail(row)),
            Removed::Unreadable(row) => (row.doctor_id, row.days(today), row.detail()),
        };
        let mut conn = self.writing(Deed::ManageHours).await?;
        let outcome = async {
            if let Some(doctor) = doctor {
                bump_days(&mut conn, doctor, days).await?;
            }
            if history::done_before(&mut conn, &order.key, "hours.remove").await? == Some(id.0) {
                return Ok(());
            }
            let gone = conn.run(Stmt::new("DELETE FROM doctor_availability WHERE id = ?").bind(id)).await?;
            if gone.rows == 0 {
                return Err(StoreError::Missing { what: "row of hours", id: id.0 });
            }
            let place = ("doctor_availability", id.0);
            conn.record(order, "hours.remove", place, None, json!({ "before": detail })).await
        }
        .await;
        conn.finish(outcome).await
    }
}

/// The first row of the same doctor that cannot be meant beside this one. A row that cannot be read
/// is in nobody's way: what it means is not known, and `check` names it.
async fn in_the_way(conn: &mut Conn, row: &Availability) -> Result<Option<Availability>> {
    let stmt = packed::listed(&FIELDS)
        .then(" FROM doctor_availability v WHERE v.doctor_id = ? AND ")
        .then(COUNTS)
        .then(" ORDER BY v.id")
        .bind(row.doctor_id);
    let rows = conn.all(stmt).await?;
    Ok(rows.iter().filter_map(|row| of_row(row).ok()).find(|other| other.contradicts(row)))
}

async fn by_id(conn: &mut Conn, id: AvailabilityId) -> Result<Availability> {
    let stmt = packed::listed(&FIELDS).then(" FROM doctor_availability v WHERE v.id = ?").bind(id);
    let row = conn.first(stmt).await?;
    let row = row.ok_or(StoreError::Missing { what: "row of hours", id: id.0 })?;
    of_row(&row)
}

fn detail(row: &Availability) -> serde_json::Value {
    let when = match row.recurrence {
        Recurrence::Weekly(weekday) => weekday_column(weekday).to_owned(),
        Recurrence::Exception(date) => date.to_string(),
    };
    json!({ "doctor_id": row.doctor_id, "on": when, "start_time": row.start.column(), "end_time": row.end.column() })
}

/// The row of an id, whether or not it can be read.
async fn as_it_stands(conn: &mut Conn, id: AvailabilityId) -> Result<Removed> {
    match by_id(conn, id).await {
        Err(StoreError::Unreadable { .. }) => {}
        other => return other.map(Removed::Hours),
    }
    let stmt = Stmt::new(
        "SELECT v.id, CAST(v.doctor_id AS CHAR(20)), CAST(v.day_of_week AS CHAR(20)), \
         CAST(v.start_time AS CHAR(20)), CAST(v.end_time AS CHAR(20)), CAST(v.exception_date AS CHAR(20)) \
         FROM doctor_availability v WHERE v.id = ?",
    );
    let row = conn.first(stmt.bind(id)).await?;
    let row = row.ok_or(StoreError::Missing { what: "row of hours", id: id.0 })?;
    let mut cells = row.cells("doctor_availability").skip(1);
    // What is not even text is left out: the embedded file takes anything in any column.
    let mut text = || {
        let text = cells.get::<Option<String>>().ok().flatten();
        text.map(|text| text.chars().take(UNREADABLE_CHARS).collect::<String>())
    };
    Ok(Removed::Unreadable(Unreadable {
        id,
        doctor_id: text().and_then(|text| text.parse().ok()).map(DoctorId),
        day_of_week: text().unwrap_or_default(),
        start_time: text().unwrap_or_default(),
        end_time: text().unwrap_or_default(),
        exception_date: text(),
    }))
}

impl Unreadable {
    /// The days on which it may have counted, as far as that is to be known.
    fn days(&self, today: NaiveDate) -> Vec<NaiveDate> {
        match self.exception_date.as_deref().map(str::parse::<NaiveDate>) {
            Some(Ok(date)) => with_next(date),
            _ => weeks_from(today).collect(),
        }
    }

    fn detail(&self) -> serde_json::Value {
        let on = self.exception_date.as_ref().unwrap_or(&self.day_of_week);
        json!({ "doctor_id": self.doctor_id, "on": on, "start_time": self.start_time, "end_time": self.end_time })
    }
}

/// The days on which a row of hours counts.
fn days_of(row: &Availability, today: NaiveDate) -> Vec<NaiveDate> {
    match row.recurrence {
        Recurrence::Exception(date) => with_next(date),
        Recurrence::Weekly(_) => weeks_from(today).filter(|day| row.touches(*day)).collect(),
    }
}

/// A session may run into the day after its own.
fn with_next(date: NaiveDate) -> Vec<NaiveDate> {
    std::iter::once(date).chain(date.succ_opt()).collect()
}

fn weeks_from(today: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let horizon = today + Days::new(7 * HORIZON_WEEKS);
    today.iter_days().take_while(move |day| *day < horizon)
}

/// Writes the rows of a doctor's days, and that of their weekly hours: an exception touches two days at
/// the most.
async fn bump_days(conn: &mut Conn, doctor: DoctorId, days: Vec<NaiveDate>) -> Result<()> {
    let weekly = (days.len() > 2).then_some(HOURS_DAY);
    let days = days.into_iter().chain(weekly).map(|day| (day, doctor)).collect();
    bump(conn, Calendar::Doctors, days).await
}

/// Whose hours are meant; those of all where nobody is named.
pub(super) fn of_doctors(doctors: Option<&[DoctorId]>) -> Stmt {
    doctors.map_or(Stmt::new(""), |doctors| Stmt::new(" AND v.doctor_id IN ").list(doctors.iter().copied()))
}

/// The rows that count on one of the dates `first..=last` or spill into them, by doctor. `further`
/// are conditions beyond that, such as [`of_doctors`].
pub(super) async fn of_days(
    conn: &mut Conn,
    days: (NaiveDate, NaiveDate),
    further: &Stmt,
) -> Result<HashMap<DoctorId, Schedule>> {
    let stmt = packed::select(conn, &FIELDS).append(on_days(days)).append(further.clone());
    Ok(by_doctor(packed::rows(conn, stmt, "doctor_availability", of_fields).await?))
}

/// The query of the exceptions that count on a date or spill into it, which [`read`] reads.
pub(super) fn exceptions_of_day(conn: &Conn, date: NaiveDate) -> Stmt {
    packed::whole(conn.dialect(), &FIELDS)
        .then("doctor_availability v WHERE ")
        .append(exceptions((date, date)))
}

/// The query of the weekly rows that count on a date or spill into it, which [`read`] reads: the same
/// on each such day of the week.
pub(super) fn weekly_of_day(conn: &Conn, date: NaiveDate) -> Stmt {
    packed::whole(conn.dialect(), &FIELDS).then("doctor_availability v WHERE ").append(weekly((date, date)))
}

/// Reads what [`exceptions_of_day`] or [`weekly_of_day`] answered.
///
/// # Errors
/// A row that cannot be read.
pub(super) fn read(rows: &[Row]) -> Result<Vec<Availability>> {
    packed::of_whole(rows, "doctor_availability", of_fields)
}

/// The hours of each doctor who has some of these rows.
pub(super) fn by_doctor(rows: impl IntoIterator<Item = Availability>) -> HashMap<DoctorId, Schedule> {
    let mut by_doctor: HashMap<DoctorId, Vec<Availability>> = HashMap::new();
    for row in rows {
        by_doctor.entry(row.doctor_id).or_default().push(row);
    }
    by_doctor.into_iter().map(|(doctor, rows)| (doctor, Schedule::new(rows))).collect()
}

/// What follows `FROM` for the rows that count on one of the dates or spill into them.
fn on_days(days: (NaiveDate, NaiveDate)) -> Stmt {
    let either = Stmt::new("doctor_availability v WHERE (").append(exceptions(days)).then(" OR ");
    either.append(weekly(days)).then(")")
}

/// The condition on the exceptions among them.
fn exceptions((first, last): (NaiveDate, NaiveDate)) -> Stmt {
    let before = first.pred_opt().unwrap_or(first);
    Stmt::new("v.exception_date BETWEEN ? AND ?").bind(before).bind(last)
}

/// The condition on the weekly rows among them.
fn weekly((first, last): (NaiveDate, NaiveDate)) -> Stmt {
    let before = first.pred_opt().unwrap_or(first);
    let weekdays = first.iter_days().take_while(|day| *day <= last).take(7);
    Stmt::new("(v.exception_date IS NULL AND COALESCE(v.is_recurring, TRUE) AND (v.day_of_week IN ")
        .list(weekdays.map(|day| weekday_column(day.weekday())))
        // Of the day before, what spills into the first; a time that is not written as HH:MM:SS does
        // not compare as text.
        .then(" OR (v.day_of_week = ? AND (v.end_time < v.start_time OR LENGTH(v.start_time) <> 8 OR LENGTH(v.end_time) <> 8))))")
        .bind(weekday_column(before.weekday()))
}

/// The rows that count on one of the dates `first..=last`, of one doctor: a value of another
/// statement, since to ask for them apart takes longer than to find them. [`counted`] reads it.
pub(super) fn of_doctor(conn: &Conn, doctor: DoctorId, (first, last): (NaiveDate, NaiveDate)) -> Stmt {
    let weekdays = first.iter_days().take_while(|day| *day <= last).take(7);
    Stmt::new("(SELECT ")
        .append(packed::joined(conn.dialect(), &FIELDS))
        .then(" FROM doctor_availability v WHERE v.doctor_id = ? AND (v.exception_date BETWEEN ? AND ? OR (v.exception_date IS NULL AND COALESCE(v.is_recurring, TRUE) AND v.day_of_week IN ")
        .bind(doctor)
        .bind(first)
        .bind(last)
        .list(weekdays.map(|day| weekday_column(day.weekday())))
        .then(")))")
}

/// Reads what [`of_doctor`] answers.
///
/// # Errors
/// A row that cannot be read.
pub(super) fn counted(text: Option<&str>) -> Result<Schedule> {
    let mut rows = Vec::new();
    packed::parse(text, "doctor_availability", of_fields, &mut rows)?;
    Ok(Schedule::new(rows))
}

/// The fields of an [`Availability`]. Times are read as text: `24:00:00` is one that no clock type can
/// say.
pub(super) const FIELDS: [Field; 6] = [
    Field::Plain("v.id"),
    Field::Plain("v.doctor_id"),
    Field::Plain("v.day_of_week"),
    Field::Plain("CAST(v.start_time AS CHAR(10))"),
    Field::Plain("CAST(v.end_time AS CHAR(10))"),
    Field::Nullable("v.exception_date"),
];

/// Reads [`FIELDS`].
fn of_fields(fields: &mut Fields<'_>) -> Result<Availability> {
    let id = AvailabilityId(fields.number("id")?);
    let doctor_id = DoctorId(fields.number("doctor_id")?);
    let weekday: Weekday = fields.word("day_of_week", |text| text.parse().ok())?;
    let start = fields.word("start_time", |text| text.parse().ok())?;
    let end = fields.word("end_time", |text| text.parse().ok())?;
    let recurrence =
        fields.day_if_any("exception_date")?.map_or(Recurrence::Weekly(weekday), Recurrence::Exception);
    Ok(Availability { id, doctor_id, recurrence, start, end })
}

/// Reads a row that has [`FIELDS`] by itself.
pub(super) fn of_row(row: &Row) -> Result<Availability> {
    of_fields(&mut Fields::of_row(row, "doctor_availability"))
}
