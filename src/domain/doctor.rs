//! Doctors: the rows of `doctors`, and what a new or changed one must look like.

use super::appointment::{DEFAULT_MINUTES, MAX_MINUTES, MIN_MINUTES};
use super::contact::{ContactFault, accept_email, accept_phone};
use super::ids::DoctorId;
use super::patient::{FieldFault, MAX_NAME};
use super::text::accept_line;

/// The longest license number, in characters (`VARCHAR(50)`).
pub const MAX_LICENSE: usize = 50;

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
    /// The details with every value in the form in which it is kept. `before` is what is kept now,
    /// where a record is changed: a value that nobody touched stands even when today's rules would
    /// refuse it, so that an older record can still be mended field by field.
    ///
    /// # Errors
    /// One fault a field, in the order of the columns.
    pub fn accept(self, before: Option<&DoctorDetails>) -> Result<Self, Vec<FieldFault>> {
        let mut faults = Vec::new();
        let mut field = |name: &'static str, of: fn(&Self) -> &String, accepted: Result<String, String>| {
            if before.is_some_and(|before| of(before) == of(&self)) {
                return of(&self).clone();
            }
            accepted.unwrap_or_else(|fault| {
                faults.push(FieldFault::new(name, fault));
                String::new()
            })
        };
        let line = |value: &str, max: usize| accept_line(value, max).map_err(|fault| fault.to_string());
        let said = |fault: ContactFault| fault.to_string();
        let name = field("name", |d| &d.name, line(&self.name, MAX_NAME));
        let email = field("email", |d| &d.email, accept_email(&self.email).map_err(said));
        let phone = field("phone", |d| &d.phone, accept_phone(&self.phone).map_err(said));
        let specialization =
            field("specialization", |d| &d.specialization, line(&self.specialization, MAX_NAME));
        let license_number =
            field("license_number", |d| &d.license_number, line(&self.license_number, MAX_LICENSE));
        let touched = before.is_none_or(|before| before.default_minutes != self.default_minutes);
        if touched && self.default_minutes.is_some_and(|m| !(MIN_MINUTES..=MAX_MINUTES).contains(&m)) {
            let expected = format!("must be from {MIN_MINUTES} to {MAX_MINUTES} minutes");
            faults.push(FieldFault::new("default_minutes", expected));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let default_minutes = self.default_minutes;
        Ok(DoctorDetails { name, email, phone, specialization, license_number, default_minutes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doctor() -> DoctorDetails {
        DoctorDetails {
            name: " Sarah  Lee ".into(),
            email: "lee@example.org".into(),
            phone: "+49 30 1234567".into(),
            specialization: "Cardiology".into(),
            license_number: "L-1".into(),
            default_minutes: Some(30),
        }
    }

    #[test]
    fn every_wrong_field_is_named_in_the_order_of_the_columns() {
        let kept = doctor().accept(None).unwrap();
        assert_eq!((kept.name.as_str(), kept.phone.as_str()), ("Sarah Lee", "+49301234567"));
        let wrong = DoctorDetails {
            name: "x".repeat(101),
            email: "nobody".into(),
            phone: "call me".into(),
            specialization: String::new(),
            license_number: "1".repeat(51),
            default_minutes: Some(0),
        };
        let fields: Vec<_> = wrong.accept(None).unwrap_err().into_iter().map(|fault| fault.field).collect();
        let all = ["name", "email", "phone", "specialization", "license_number", "default_minutes"];
        assert_eq!(fields, all);
    }

    #[test]
    fn an_old_record_can_be_mended_field_by_field() {
        let old = DoctorDetails { phone: "555-0101".into(), ..doctor() };
        let changed = DoctorDetails { specialization: "GP".into(), ..old.clone() };
        let kept = changed.accept(Some(&old)).unwrap();
        assert_eq!((kept.specialization.as_str(), kept.phone.as_str()), ("GP", "555-0101"));
    }
}
