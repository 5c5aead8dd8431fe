//! Reading visits: one with all that is known of it, a day's, a patient's. What the board shows of a
//! day is `day`'s; writing them is `booking`'s alone.

use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};

use super::Store;
use super::conn::{Conn, Row, Stmt};
use super::dialect::NAIVE_END;
use super::diary::CLOCK_CHANGE;
use super::packed::{self, Field, Fields};
use crate::domain::appointment::{Appointment, MAX_MINUTES, MIN_MINUTES, Status, Visit};
use crate::domain::clock::{Zone, midnight};
use crate::domain::ids::{AppointmentId, DoctorId, PatientId};
use crate::domain::permission::Deed;
use crate::store::{Result, StoreError};

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
    Field::NullableText("p.date_of_birth"),
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

impl Store {
    /// A visit with all that is known of it. That it was opened is on the audit trail.
    ///
    /// # Errors
    /// A visit with another doctor than the one who asks, of a patient whose record they may not open; the
    /// database's; or a row that cannot be read.
    pub async fn appointment(&self, id: AppointmentId) -> Result<Option<Appointment>> {
        let mut conn = self.conn(Deed::ReadCalendar).await?;
        let Some(found) = by_id(&mut conn, id).await? else { return Ok(None) };
        self.permit_visit(&mut conn, &found.visit).await?;
        drop(conn);
        self.opened("visit.open", ("appointments", id.0), found.visit.patient_id, Some(&found.visit)).await?;
        Ok(Some(found))
    }

    /// The visits of a day with all that is known of each, their notes included, by time, of one doctor or of all
    /// whose days the person may read. That the day was read is on the audit trail, each time.
    ///
    /// # Errors
    /// Another doctor's than the one's who asks; the database's; or a row that cannot be read.
    pub async fn appointments_of_day(
        &self,
        date: NaiveDate,
        doctor: Option<DoctorId>,
    ) -> Result<Vec<Appointment>> {
        if let Some(doctor) = doctor {
            self.permit_of(Deed::ReadCalendar, doctor)?;
        }
        let reach = self.permit(Deed::ReadCalendar)?;
        let mut conn = self.db.acquire().await?;
        let select = packed::listed(FIELDS).then(FROM);
        let of_doctor = doctor.map_or(Stmt::new(""), |doctor| Stmt::new(" AND a.doctor_id = ?").bind(doctor));
        let mut found = Vec::new();
        for half in touching(&conn, &select, date, &of_doctor) {
            for row in conn.all(half).await? {
                found.push(of_row(&row)?);
            }
        }
        found.retain(|appointment| {
            reach.has(appointment.visit.doctor_id) && touches(&appointment.visit, date, self.zone())
        });
        found.sort_by_key(|appointment| (appointment.visit.starts, appointment.visit.id));
        found.dedup_by_key(|appointment| appointment.visit.id);
        drop(conn);
        self.day_read(date, doctor, found.len()).await?;
        // Who they are was asked again with that.
        let reach = self.permit(Deed::ReadCalendar)?;
        found.retain(|appointment| reach.has(appointment.visit.doctor_id));
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
        let mut conn = self.conn(Deed::OpenRecord).await?;
        self.permit_record(&mut conn, patient).await?;
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
        drop(conn);
        if !(next.is_empty() && past.is_empty()) {
            self.opened("record.open", ("patients", patient.0), patient, None).await?;
        }
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
        let mut conn = self.conn(Deed::OpenRecord).await?;
        self.permit_record(&mut conn, patient).await?;
        let row = conn.first(stmt.bind(wall).bind(patient)).await?.ok_or(StoreError::Lost)?;
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
pub(super) fn touching(conn: &Conn, select: &Stmt, date: NaiveDate, further: &Stmt) -> [Stmt; 2] {
    within(conn, select, (midnight(date) - CLOCK_CHANGE, midnight(date) + Days::new(1)), further)
}

/// Whether a visit that [`touching`] found is on the date by the minutes that really pass.
pub(super) fn touches(visit: &Visit, date: NaiveDate, zone: Zone) -> bool {
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

/// Whose visits are meant; all where nobody is named.
pub(super) fn of_doctors(doctors: Option<&[DoctorId]>) -> Stmt {
    doctors.map_or(Stmt::new(""), |doctors| Stmt::new(" AND a.doctor_id IN ").list(doctors.iter().copied()))
}

/// A length as it is kept. One that an older program wrote below 1 counts as a minute, one beyond a
/// day as a day: no index range looks back further.
pub(super) fn minutes(kept: i64) -> u16 {
    u16::try_from(kept.clamp(i64::from(MIN_MINUTES), i64::from(MAX_MINUTES))).unwrap_or(MAX_MINUTES)
}

/// The error of a visit that was read with others as one row, where that cannot be read.
pub(super) fn unreadable_of(key: &str, column: &str) -> StoreError {
    StoreError::Unreadable { table: "appointments", column: column.to_owned(), key: key.to_owned() }
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
        patient_born: fields.day_if_one("date_of_birth")?,
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
