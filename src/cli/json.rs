//! The JSON documents that `--json` prints: field names are the schema's column names.
//!
//! Wall-clock times are `YYYY-MM-DDTHH:MM` on the clinic's clock; instants are UTC, as RFC 3339.
//! What is not known is null, never left out. A later version may add fields and takes none away.

use std::io;

use chrono::{NaiveDateTime, SecondsFormat};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::ser::{CompactFormatter, Formatter};

use super::answer::Fault;
use crate::domain::appointment as domain;
use crate::domain::booking;
use crate::domain::clock::{Instant, WALL_FORMAT, Zone};
use crate::domain::ids::{AppointmentId, AvailabilityId, DoctorId, PatientId};
use crate::domain::schedule::{self, Recurrence, TimeOfDay, weekday_column};
use crate::domain::scripts::mixed;
use crate::domain::staff::StaffMember;
use crate::domain::{doctor, patient, text};
use crate::store::sql::availability;

/// A document on one line. What is not harmless in its texts (control and bidirectional characters,
/// those that hide, tags, what has no shape) is written as escapes, so that it reaches a program as it
/// is kept and a terminal not at all.
///
/// # Errors
/// serde's, which no type of this module has.
pub fn document(value: &impl Serialize) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, Harmless))?;
    bytes.push(b'\n');
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// serde_json's compact form, which escapes only the controls below U+0020.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut buffer = [0; 4];
        for c in fragment.chars() {
            let shown: &str = c.encode_utf8(&mut buffer);
            if text::is_harmless(c) {
                CompactFormatter.write_string_fragment(out, shown)?;
            } else {
                for unit in shown.encode_utf16() {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

/// A time on the clinic's clock, as all documents write it.
pub(super) fn wall(at: NaiveDateTime) -> String {
    at.format(WALL_FORMAT).to_string()
}

/// An instant, as all documents write it.
pub(super) fn instant(at: Option<Instant>) -> Option<String> {
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// A row of `patients`.
#[derive(Debug, Serialize)]
pub struct Patient {
    id: PatientId,
    name: String,
    email: String,
    phone: String,
    date_of_birth: String,
    address: Option<String>,
    created_at: Option<String>,
    /// The scripts that the name mixes so as to look like another; empty where it does not.
    mixed_scripts: Vec<&'static str>,
}

impl From<&patient::Patient> for Patient {
    fn from(patient: &patient::Patient) -> Self {
        let details = patient.details.clone();
        Patient {
            id: patient.id,
            mixed_scripts: mixed(&details.name).map_or_else(Vec::new, |mixed| mixed.scripts),
            name: details.name,
            email: details.email,
            phone: details.phone,
            date_of_birth: details.date_of_birth.to_string(),
            address: details.address,
            created_at: instant(patient.created_at),
        }
    }
}

/// A row of `doctors`.
#[derive(Debug, Serialize)]
pub struct Doctor {
    id: DoctorId,
    name: String,
    email: String,
    phone: String,
    specialization: String,
    license_number: String,
    is_active: bool,
    default_minutes: Option<u16>,
}

impl From<&doctor::Doctor> for Doctor {
    fn from(doctor: &doctor::Doctor) -> Self {
        let details = doctor.details.clone();
        Doctor {
            id: doctor.id,
            name: details.name,
            email: details.email,
            phone: details.phone,
            specialization: details.specialization,
            license_number: details.license_number,
            is_active: doctor.is_active,
            default_minutes: details.default_minutes,
        }
    }
}

/// A row of `appointments`, with the names that its ids stand for.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the fields are named as the columns are")]
pub struct Appointment {
    id: AppointmentId,
    doctor_id: DoctorId,
    patient_id: PatientId,
    appointment_time: String,
    duration_minutes: u16,
    status: &'static str,
    notes: Option<String>,
    patient_name: String,
    patient_date_of_birth: Option<String>,
    doctor_name: String,
    ends: String,
    booked_by: Option<String>,
    booked_at: Option<String>,
    changed_by: Option<String>,
    changed_at: Option<String>,
    overbook_reason: Option<String>,
}

impl Appointment {
    /// The document of a visit.
    #[must_use]
    pub fn new(appointment: &domain::Appointment, zone: Zone) -> Self {
        let visit = &appointment.visit;
        let record = appointment.clone();
        Appointment {
            id: visit.id,
            doctor_id: visit.doctor_id,
            patient_id: visit.patient_id,
            appointment_time: wall(visit.starts),
            duration_minutes: visit.minutes,
            status: visit.status.column(),
            notes: record.notes,
            patient_name: record.patient_name,
            patient_date_of_birth: record.patient_born.map(|born| born.to_string()),
            doctor_name: record.doctor_name,
            ends: wall(visit.ends(zone)),
            booked_by: record.booked_by,
            booked_at: instant(record.booked_at),
            changed_by: record.changed_by,
            changed_at: instant(record.changed_at),
            overbook_reason: record.overbook_reason,
        }
    }

    /// The documents of several.
    #[must_use]
    pub fn all(appointments: &[domain::Appointment], zone: Zone) -> Vec<Self> {
        appointments.iter().map(|appointment| Appointment::new(appointment, zone)).collect()
    }
}

/// A row of `doctor_availability`.
#[derive(Debug, Serialize)]
pub struct Availability {
    id: AvailabilityId,
    doctor_id: Option<DoctorId>,
    day_of_week: String,
    start_time: String,
    end_time: String,
    is_recurring: bool,
    exception_date: Option<String>,
}

impl From<&schedule::Availability> for Availability {
    fn from(row: &schedule::Availability) -> Self {
        let (weekday, exception) = match row.recurrence {
            Recurrence::Weekly(weekday) => (weekday, None),
            Recurrence::Exception(date) => (chrono::Datelike::weekday(&date), Some(date)),
        };
        Availability {
            id: row.id,
            doctor_id: Some(row.doctor_id),
            day_of_week: weekday_column(weekday).to_owned(),
            start_time: time_of_day(row.start),
            end_time: time_of_day(row.end),
            is_recurring: exception.is_none(),
            exception_date: exception.map(|date| date.to_string()),
        }
    }
}

/// One that cannot be read, as it stands.
impl From<&availability::Unreadable> for Availability {
    fn from(row: &availability::Unreadable) -> Self {
        Availability {
            id: row.id,
            doctor_id: row.doctor_id,
            day_of_week: row.day_of_week.clone(),
            start_time: row.start_time.clone(),
            end_time: row.end_time.clone(),
            is_recurring: row.exception_date.is_none(),
            exception_date: row.exception_date.clone(),
        }
    }
}

/// `HH:MM`, with seconds where an older program wrote some.
fn time_of_day(time: TimeOfDay) -> String {
    if time.seconds().is_multiple_of(60) { time.to_string() } else { time.column() }
}

/// Why a visit cannot stand.
#[derive(Debug, Serialize)]
pub struct Conflict {
    kind: &'static str,
    appointment_id: Option<AppointmentId>,
    starts: String,
    ends: String,
    /// None of a visit with a doctor whose days are none of theirs who asks.
    doctor_id: Option<DoctorId>,
    doctor_name: Option<String>,
    patient_id: Option<PatientId>,
    patient_name: Option<String>,
    patient_date_of_birth: Option<String>,
    overlap_minutes: Option<i64>,
    booked_by: Option<String>,
    booked_at: Option<String>,
}

impl From<&booking::Conflict> for Conflict {
    fn from(conflict: &booking::Conflict) -> Self {
        let (starts, ends) = conflict.span();
        let clash = conflict.clash();
        let held = clash.map(|clash| &clash.held);
        Conflict {
            kind: conflict.kind(),
            appointment_id: held.map(|held| held.visit.id).filter(|id| *id != AppointmentId(0)),
            starts: wall(starts),
            ends: wall(ends),
            doctor_id: Some(conflict.doctor_id()).filter(|id| *id != DoctorId(0)),
            doctor_name: held.map(|held| held.doctor_name.clone()),
            patient_id: held.map(|held| held.visit.patient_id),
            patient_name: held.map(|held| held.patient_name.clone()),
            patient_date_of_birth: held.and_then(|held| held.patient_born).map(|born| born.to_string()),
            overlap_minutes: clash.map(|clash| clash.overlap_minutes),
            booked_by: held.and_then(|held| held.booked_by.clone()),
            booked_at: held.and_then(|held| instant(held.booked_at)),
        }
    }
}

/// A time at which a visit could stand.
#[derive(Debug, Serialize)]
pub struct Opening {
    doctor_id: DoctorId,
    starts: String,
    ends: String,
}

impl From<&booking::Opening> for Opening {
    fn from(opening: &booking::Opening) -> Self {
        Opening { doctor_id: opening.doctor_id, starts: wall(opening.starts), ends: wall(opening.ends) }
    }
}

/// `{"conflicts": [...], "openings": [...]}`: the booking rule's no.
#[derive(Debug, Serialize)]
pub struct Verdict {
    conflicts: Vec<Conflict>,
    openings: Vec<Opening>,
}

impl From<&booking::Verdict> for Verdict {
    fn from(verdict: &booking::Verdict) -> Self {
        Verdict { conflicts: all(&verdict.conflicts), openings: all(&verdict.openings) }
    }
}

/// `{"error": {...}}`: why a command could not be carried out.
#[derive(Debug, Serialize)]
pub struct Error {
    error: ErrorBody,
}

#[derive(Debug, Serialize)]
struct ErrorBody {
    kind: &'static str,
    message: String,
    /// The first value that cannot stand.
    field: Option<String>,
    /// All of them.
    faults: Vec<ErrorFault>,
}

#[derive(Debug, Serialize)]
struct ErrorFault {
    field: Option<String>,
    message: String,
}

impl Error {
    /// The document of a failure. Fields are named as the schema's columns are: of `--default-minutes`
    /// it is `default_minutes`.
    #[must_use]
    pub fn new(kind: &'static str, message: String, faults: &[Fault]) -> Self {
        let name = |field: &String| field.trim_start_matches('-').replace('-', "_").to_lowercase();
        let faults: Vec<ErrorFault> = faults
            .iter()
            .map(|fault| ErrorFault { field: fault.field.as_ref().map(name), message: fault.message.clone() })
            .collect();
        let field = faults.first().and_then(|fault| fault.field.clone());
        Error { error: ErrorBody { kind, message, field, faults } }
    }
}

/// `{"appointment": {...}}`: a visit that was booked or changed.
#[derive(Debug, Serialize)]
pub struct Carried {
    /// The visit.
    pub appointment: Appointment,
    /// Where the request id was used before for another request, whose visit this is: true. Else it is
    /// left out, so that the same request is answered the same each time it is made.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub request_differs: bool,
}

/// `{"appointment": {...}}`, `{"patients": [...]}`: a document of one name.
#[derive(Debug)]
pub struct Named<D>(pub &'static str, pub D);

impl<D: Serialize> Serialize for Named<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.0, &self.1)])
    }
}

/// `{"patient": {...}}`: a record that was written, where its request had a key of its own.
#[derive(Debug)]
pub struct Kept<D> {
    /// What the record is called in the document.
    pub name: &'static str,
    /// The record as it is.
    pub record: D,
    /// Where the request id was used before, and the record is not what this request asks for: true. Else
    /// it is left out, as in [`Carried`].
    pub request_differs: bool,
}

impl<D: Serialize> Serialize for Kept<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(self.name, &self.record)?;
        if self.request_differs {
            map.serialize_entry("request_differs", &true)?;
        }
        map.end()
    }
}

/// `patient show`: the patient with the visits that are to come and those that are over.
#[derive(Debug, Serialize)]
pub struct PatientFile {
    /// The patient.
    pub patient: Patient,
    /// The visits that are to come, soonest first.
    pub next: Vec<Appointment>,
    /// Those that have begun, latest first.
    pub past: Vec<Appointment>,
}

/// The documents of several values.
pub fn all<'v, V: 'v, D: From<&'v V>>(values: &'v [V]) -> Vec<D> {
    values.iter().map(D::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_drive_a_terminal_is_escaped_and_comes_back_the_same() {
        let hostile = "a\u{1b}[31mb\u{9b}c\u{202e}d\u{7f}e\u{e0041}\u{200d}\u{feff}\u{fff9}\u{fffc}\u{e000}\"\\\n e\u{301} 李";
        let written = document(&hostile).unwrap();
        assert!(written.trim_end().chars().all(text::is_harmless));
        assert!(written.contains("e\u{301} 李"));
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), hostile);
    }
}

/// A member of staff, by the names of the columns.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the columns of the table")]
pub struct Staff {
    id: i32,
    name: String,
    email: String,
    role: &'static str,
    doctor_id: Option<i32>,
    os_user: Option<String>,
    os_user_signs_in: bool,
    may_overbook: bool,
    may_refund: bool,
    is_active: bool,
    has_password: bool,
    must_change_password: bool,
    locked_until: Option<String>,
    /// The scripts that the name mixes, where it may look like another; empty where it does not.
    mixed_scripts: Vec<&'static str>,
}

impl From<&StaffMember> for Staff {
    fn from(member: &StaffMember) -> Self {
        let details = &member.details;
        Staff {
            id: member.id.0,
            name: details.name.clone(),
            email: details.email.clone(),
            role: details.role.words(),
            doctor_id: details.doctor_id.map(|id| id.0),
            os_user: details.os_user.clone(),
            os_user_signs_in: details.os_user_signs_in,
            may_overbook: details.may_overbook,
            may_refund: details.may_refund,
            is_active: member.is_active,
            has_password: member.has_password,
            must_change_password: member.must_change_password,
            locked_until: member.locked_until.map(|until| until.to_rfc3339()),
            mixed_scripts: mixed(&details.name).map_or_else(Vec::new, |mixed| mixed.scripts),
        }
    }
}

/// `{"staff": {...}}`: a member of staff as written.
#[derive(Debug, Serialize)]
pub struct StaffKept {
    /// Who.
    pub staff: Staff,
    /// The password for the next sign-in, where one was made: it is told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temporary_password: Option<String>,
    /// As in [`Kept`].
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub request_differs: bool,
}
