//! What the records of patients, doctors and staff share on the command line: a name, an e-mail address that
//! nobody else of their kind has, a phone number, and the key of the request.

use clap::Args;

use super::answer::{Answer, Failure};
use super::values;
use crate::domain::ids::{PatientId, StaffId};
use crate::domain::scripts::Mixed;
use crate::store::StoreError;

/// Whom a new record is about.
#[derive(Debug, Args)]
pub struct NewPerson {
    /// The name, at most 100 characters
    #[arg(long)]
    pub name: String,
    /// The e-mail address, which nobody else of the same kind has: patient, doctor, staff
    #[arg(long)]
    pub email: String,
}

/// Where somebody new is called.
#[derive(Debug, Args)]
pub struct NewPhone {
    /// The phone number in the international form, like +49 30 1234567
    #[arg(long)]
    pub phone: String,
}

/// What is to change about somebody; what is not named stays as it is.
#[derive(Debug, Args)]
pub struct ChangedPerson {
    /// The name, at most 100 characters
    #[arg(long)]
    pub name: Option<String>,
    /// The e-mail address, which nobody else of the same kind has: patient, doctor, staff
    #[arg(long)]
    pub email: Option<String>,
}

/// Where somebody is called from now on.
#[derive(Debug, Args)]
pub struct ChangedPhone {
    /// The phone number in the international form, like +49 30 1234567
    #[arg(long)]
    pub phone: Option<String>,
}

/// The key by which a request is known again.
#[derive(Debug, Args)]
pub struct RequestKey {
    /// The request's key: the same key twice is the same request twice
    #[arg(long, value_name = "KEY", value_parser = values::request_id)]
    pub request_id: Option<String>,
}

impl RequestKey {
    /// Whether a record that was answered with is that of an earlier request under this key: it is not
    /// what was asked for, `as_asked`.
    #[must_use]
    pub fn differs(&self, as_asked: bool) -> bool {
        self.request_id.is_some() && !as_asked
    }
}

/// The answer to a write of a record, which says where nothing was written since its request id was used.
#[must_use]
pub fn said(answer: Answer, differs: bool) -> Answer {
    if differs {
        answer.with_note(
            "nothing was done: this request id was used before, and the record is not what is asked for now",
        )
    } else {
        answer
    }
}

/// What is said of a patient whose name mixes scripts.
#[must_use]
pub fn looks_like_another(id: PatientId, mixed: &Mixed) -> String {
    format!("the name of patient {id} {mixed}; it may look like another name than it is")
}

/// What is said of a member of staff whose name mixes scripts.
#[must_use]
pub fn staff_looks_like_another(id: StaffId, mixed: &Mixed) -> String {
    format!("the name of member of staff {id} {mixed}; it may look like another name than it is")
}

/// What was typed for a field, or what it holds.
pub fn or_kept(typed: Option<&String>, kept: &str) -> String {
    typed.map_or(kept, String::as_str).to_owned()
}

/// A value that must be unique among `kind`s, said at its field.
#[must_use]
pub fn taken(kind: &str, error: StoreError) -> Failure {
    if let StoreError::DoctorHasAccount(_) = error {
        return Failure::input("doctor_id", error);
    }
    let StoreError::Duplicate { field } = error else { return error.into() };
    let what = match field {
        "email" => "address",
        "license_number" => "number",
        "os_user" => "account",
        _ => return StoreError::Duplicate { field }.into(),
    };
    Failure::input(
        field,
        format!("another {kind} has this {what} already; expected one that nobody else has"),
    )
}
