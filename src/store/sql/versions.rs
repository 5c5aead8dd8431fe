//! The versions of days: which rows a write touches, and the statement that counts them up.
//!
//! A row of `calendar_days` (doctor, day) or of `patient_days` (patient, day) is what a transaction
//! writes first. On one server it is the lock, on a cluster it is what certification collides on, and
//! other desks see by it which days changed.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::conn::{Conn, Stmt, Value};
use super::dialect::{BUMP_DAY, BUMP_PATIENT_DAY, Dialect};
use crate::domain::appointment::end_of;
use crate::domain::clock::Zone;
use crate::domain::ids::DoctorId;
use crate::store::Result;

/// The day under which `calendar_days` keeps the version of a doctor's own record: name, active or
/// not. No visit is as old. (No desk can fail here: a constant is worked out when it is compiled.)
pub(super) const RECORD_DAY: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a date");
/// The day under which it keeps that of a doctor's weekly hours. The days that they touch are written
/// too, as far ahead as desks look.
pub(super) const HOURS_DAY: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 2).expect("a date");
/// The doctor under whom [`RECORD_DAY`] keeps the version of the patients' names, as far as an older program
/// changes them: nobody. What this one changes is written with the days of the patient's visits.
pub(super) const NAMES: DoctorId = DoctorId(0);

/// The day under which it keeps the version of the staff, of [`NOBODY`]: whoever changes them writes it first.
pub(super) const STAFF_DAY: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 3).expect("a date");
/// The doctor under whom stands what is of no doctor.
pub(super) const NOBODY: DoctorId = NAMES;

/// The dates that a visit touches, on the wall clock.
pub(super) fn days(starts: NaiveDateTime, minutes: u16, zone: Zone) -> impl Iterator<Item = NaiveDate> {
    let last = end_of(starts, minutes, zone) - TimeDelta::seconds(1);
    let last = last.date().max(starts.date());
    starts.date().iter_days().take_while(move |day| *day <= last)
}

/// Whose day rows are written.
#[derive(Clone, Copy)]
pub(super) enum Calendar {
    Doctors,
    Patients,
}

/// Writes day rows, in sorted order: the lock, what a cluster certifies, and what other desks see.
pub(super) async fn bump<Id: Into<Value> + Ord>(
    conn: &mut Conn,
    calendar: Calendar,
    days: BTreeSet<(NaiveDate, Id)>,
) -> Result<()> {
    if days.is_empty() {
        return Ok(());
    }
    conn.run(bump_statement(conn.dialect(), calendar, days)).await.map(drop)
}

/// The statement of [`bump`].
pub(super) fn bump_statement<Id: Into<Value>>(
    dialect: Dialect,
    calendar: Calendar,
    days: BTreeSet<(NaiveDate, Id)>,
) -> Stmt {
    let (head, tail) = match calendar {
        Calendar::Doctors => ("INSERT INTO calendar_days (day, doctor_id, version) VALUES ", BUMP_DAY),
        Calendar::Patients => {
            ("INSERT INTO patient_days (day, patient_id, version) VALUES ", BUMP_PATIENT_DAY)
        }
    };
    let tail = dialect.pick(tail);
    let mut stmt = Stmt::new(head).rows("(?, ?, 1)", days.len()).then(tail);
    for (day, id) in days {
        stmt = stmt.bind(day).bind(id);
    }
    stmt
}
