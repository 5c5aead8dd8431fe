//! The rows of `doctors`.

use serde_json::json;

use super::Store;
use super::availability::HORIZON_WEEKS;
use super::conn::{Conn, Row, Stmt};
use super::history::{self, Order};
use super::packed::{self, Field, Fields};
use super::retry::retry;
use super::versions::{Calendar, RECORD_DAY, bump};
use crate::domain::doctor::{Doctor, DoctorDetails};
use crate::domain::fold::fold;
use crate::domain::ids::DoctorId;
use crate::domain::permission::Deed;
use crate::store::{Result, StoreError};

impl Store {
    /// All doctors, by name; also those who left.
    ///
    /// # Errors
    /// The database's, or a row that cannot be read.
    pub async fn doctors(&self) -> Result<Vec<Doctor>> {
        all(&mut self.conn(Deed::ReadCalendar).await?).await
    }

    /// One doctor.
    ///
    /// # Errors
    /// The database's, or a row that cannot be read.
    pub async fn doctor(&self, id: DoctorId) -> Result<Option<Doctor>> {
        let stmt = packed::listed(&FIELDS).then(" FROM doctors WHERE id = ?").bind(id);
        self.conn(Deed::ReadCalendar).await?.first(stmt).await?.as_ref().map(of_row).transpose()
    }

    /// Writes a new doctor, or changes one from what it was read as (`before`). What other desks
    /// show of the doctor is read again.
    ///
    /// # Errors
    /// [`StoreError::Changed`] where somebody else changed it since it was read;
    /// [`StoreError::Duplicate`] for an e-mail or license number in use; an unknown id; or the
    /// database's.
    pub async fn save_doctor(
        &self,
        order: &Order,
        before: Option<&Doctor>,
        details: &DoctorDetails,
        is_active: bool,
    ) -> Result<Doctor> {
        retry(|| self.try_save_doctor(order, before, details, is_active)).await
    }

    async fn try_save_doctor(
        &self,
        order: &Order,
        before: Option<&Doctor>,
        details: &DoctorDetails,
        is_active: bool,
    ) -> Result<Doctor> {
        let mut conn = self.writing(Deed::ManageDoctors).await?;
        let action = if before.is_some() { "doctor.edit" } else { "doctor.add" };
        let outcome = async {
            if let Some(done) = history::done_before(&mut conn, &order.key, action).await? {
                if before.is_some_and(|before| before.id.0 != done) {
                    return Err(StoreError::KeyUsed);
                }
                let found = by_id(&mut conn, DoctorId(done)).await?;
                return found.ok_or(StoreError::Missing { what: "doctor", id: done });
            }
            let stmt = Stmt::new(if before.is_some() {
                "UPDATE doctors SET name = ?, email = ?, phone = ?, specialization = ?, license_number = ?, \
                 default_minutes = ?, is_active = ? WHERE id = ?"
            } else {
                "INSERT INTO doctors (name, email, phone, specialization, license_number, default_minutes, is_active) \
                 VALUES (?, ?, ?, ?, ?, ?, ?)"
            });
            let stmt = stmt.bind(details.name.as_str()).bind(details.email.as_str());
            let stmt = stmt.bind(details.phone.as_str()).bind(details.specialization.as_str());
            let stmt = stmt.bind(details.license_number.as_str()).bind(details.default_minutes).bind(is_active);
            let id = if let Some(before) = before {
                let id = before.id;
                let now = locked(&mut conn, id).await?;
                if now.ok_or(StoreError::Missing { what: "doctor", id: id.0 })? != *before {
                    return Err(StoreError::Changed { what: "doctor", id: id.0 });
                }
                if before.is_active != is_active {
                    // Whether a doctor sees patients is part of what a booking is judged by: it can
                    // no more pass one unseen than a change of hours can.
                    let today = self.zone().wall(order.at).date();
                    let days = today.iter_days().take(7 * usize::try_from(HORIZON_WEEKS).unwrap_or(0));
                    bump(&mut conn, Calendar::Doctors, days.map(|day| (day, id)).collect()).await?;
                }
                conn.run(stmt.bind(id)).await?;
                id
            } else {
                DoctorId(conn.run(stmt).await?.last_id)
            };
            bump(&mut conn, Calendar::Doctors, [(RECORD_DAY, id)].into()).await?;
            let stood = before.map(|before| said(&before.details, before.is_active));
            let detail = json!({ "before": stood, "after": said(details, is_active) });
            conn.record(order, action, ("doctors", id.0), None, detail).await?;
            by_id(&mut conn, id).await?.ok_or(StoreError::Missing { what: "doctor", id: id.0 })
        }
        .await;
        let outcome = history::or_done_meanwhile(&mut conn, order, action, outcome).await;
        conn.finish(outcome).await
    }
}

/// What the audit trail says of a doctor's record.
fn said(details: &DoctorDetails, is_active: bool) -> serde_json::Value {
    json!({
        "name": details.name,
        "email": details.email,
        "phone": details.phone,
        "specialization": details.specialization,
        "license_number": details.license_number,
        "default_minutes": details.default_minutes,
        "is_active": is_active,
    })
}

/// All doctors, by name as it is looked up, so that the order is the same on every database.
pub(super) async fn all(conn: &mut Conn) -> Result<Vec<Doctor>> {
    let stmt = everyone(conn);
    Ok(by_name(packed::rows(conn, stmt, "doctors", of_fields).await?))
}

/// The query of all doctors, which [`read`] reads.
pub(super) fn everyone(conn: &Conn) -> Stmt {
    packed::select(conn, &FIELDS).then("doctors")
}

/// Reads what [`everyone`] answered.
///
/// # Errors
/// A row that cannot be read.
pub(super) fn read(conn: &Conn, rows: &[Row]) -> Result<Vec<Doctor>> {
    packed::of_select(conn.dialect(), rows, "doctors", of_fields).map(by_name)
}

fn by_name(mut doctors: Vec<Doctor>) -> Vec<Doctor> {
    doctors.sort_by_cached_key(|doctor| (fold(&doctor.details.name), doctor.id));
    doctors
}

const FIELDS: [Field; 8] = [
    Field::Plain("id"),
    Field::Text("name"),
    Field::Text("email"),
    Field::Text("phone"),
    Field::Text("specialization"),
    Field::Text("license_number"),
    Field::Nullable("default_minutes"),
    Field::Plain("COALESCE(is_active, TRUE)"),
];

fn of_fields(fields: &mut Fields<'_>) -> Result<Doctor> {
    Ok(Doctor {
        id: DoctorId(fields.number("id")?),
        details: DoctorDetails {
            name: fields.text("name")?,
            email: fields.text("email")?,
            phone: fields.text("phone")?,
            specialization: fields.text("specialization")?,
            license_number: fields.text("license_number")?,
            default_minutes: fields.number_if_any("default_minutes")?,
        },
        is_active: fields.flag("is_active")?,
    })
}

async fn by_id(conn: &mut Conn, id: DoctorId) -> Result<Option<Doctor>> {
    let stmt = packed::listed(&FIELDS).then(" FROM doctors WHERE id = ?").bind(id);
    conn.first(stmt).await?.as_ref().map(of_row).transpose()
}

/// The same, kept from other writers until the transaction ends.
async fn locked(conn: &mut Conn, id: DoctorId) -> Result<Option<Doctor>> {
    let lock = conn.pick(super::dialect::FOR_UPDATE);
    let stmt = packed::listed(&FIELDS).then(" FROM doctors WHERE id = ?").then(lock).bind(id);
    conn.first(stmt).await?.as_ref().map(of_row).transpose()
}

fn of_row(row: &Row) -> Result<Doctor> {
    of_fields(&mut Fields::of_row(row, "doctors"))
}
