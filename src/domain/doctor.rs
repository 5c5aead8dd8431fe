//! Doctors: the rows of `doctors`, and what a new or changed one must look like.

use super::appointment::{DEFAULT_MINUTES, MAX_MINUTES, MIN_MINUTES};
use super::contact::{accept_email, accept_phone};
use super::ids::DoctorId;
use super::patient::{FieldFault, MAX_NAME};
use super::text::accept_line;

/// A doctor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doctor {
    /// `id`
    pub id: DoctorId,
    /// What a desk writes of them.
    pub details: DoctorDetails,
    /// `is_active`: false instead of a deletion (schema page, *doctors*).
    pub is_active: bool,
}

impl Doctor {
    /// The length of a visit where nobody says another: the doctor's own, else the schema's.
    #[must_use]
    pub fn default_minutes(&self) -> u16 {
        self.details.default_minutes.unwrap_or(DEFAULT_MINUTES)
    }
}

/// The columns of a doctor that a desk writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoctorDetails {
    /// `name`, at most 100 characters.
    pub name: String,
    /// `email`, unique.
    pub email: String,
    /// `phone`
    pub phone: String,
    /// `specialization`
    pub specialization: String,
    /// `license_number`, unique, at most 50 characters.
    pub license_number: String,
    /// `default_minutes` (additive): the usual length of their visits.
    pub default_minutes: Option<u16>,
}

impl DoctorDetails {
    /// The details with every value in the form in which it is kept.
    ///
    /// # Errors
    /// One fault a field, in the order of the columns.
    pub fn accept(self) -> Result<Self, Vec<FieldFault>> {
        let mut faults = Vec::new();
        let mut line = |field: &'static str, value: &str, max: usize| {
            accept_line(value, max).unwrap_or_else(|fault| {
                faults.push(FieldFault::new(field, fault.to_string()));
                String::new()
            })
        };
        let name = line("name", &self.name, MAX_NAME);
        let specialization = line("specialization", &self.specialization, MAX_NAME);
        let license_number = line("license_number", &self.license_number, 50);
        let email = accept_email(&self.email)
            .map_err(|fault| faults.push(FieldFault::new("email", fault.to_string())));
        let phone = accept_phone(&self.phone)
            .map_err(|fault| faults.push(FieldFault::new("phone", fault.to_string())));
        if self.default_minutes.is_some_and(|m| !(MIN_MINUTES..=MAX_MINUTES).contains(&m)) {
            let expected = format!("must be from {MIN_MINUTES} to {MAX_MINUTES} minutes");
            faults.push(FieldFault::new("default_minutes", expected));
        }
        match (email, phone) {
            (Ok(email), Ok(phone)) if faults.is_empty() => {
                Ok(DoctorDetails { name, email, phone, specialization, license_number, ..self })
            }
            _ => Err(faults),
        }
    }
}
