//! Patients: the rows of `patients`, and what a new or changed one must look like.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::clock::Instant;
use super::contact::{accept_email, accept_phone};
use super::dates::parse_birth_date;
use super::ids::PatientId;
use super::text::{TextFault, accept_line, fit};

/// The longest name, e-mail or specialization, in characters (`VARCHAR(100)`).
pub const MAX_NAME: usize = 100;
/// The longest address that a desk writes, in characters.
pub const MAX_ADDRESS: usize = 500;

/// A patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patient {
    /// `id`
    pub id: PatientId,
    /// What a desk writes of them.
    pub details: PatientDetails,
    /// `created_at`
    pub created_at: Option<Instant>,
}

/// A patient as they are named beside what is theirs. No name stands without the date of birth, which
/// tells namesakes apart (two identifiers, as the Joint Commission's NPSG.01.01.01 asks).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// `name`
    pub name: String,
    /// `date_of_birth`; none where that is not known, or an older program wrote what is no date.
    pub born: Option<NaiveDate>,
}

impl Named {
    /// The name in at most `cells` cells with the date of birth behind it: `Ana Ruiz (1992-01-15)`. A
    /// long name is cut rather than the date.
    #[must_use]
    pub fn fitted(&self, cells: usize) -> String {
        let born = self.born.map_or(String::new(), |born| format!(" ({born})"));
        format!("{}{born}", fit(&self.name, cells.saturating_sub(born.len())))
    }

    /// The same for a sentence of which more is to be read than the name.
    #[must_use]
    pub fn short(&self) -> String {
        self.fitted(SHORT)
    }
}

/// How many cells of a sentence are a patient's, name and date of birth.
const SHORT: usize = 42;

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fitted(usize::MAX))
    }
}

impl Patient {
    /// How they are named.
    #[must_use]
    pub fn named(&self) -> Named {
        Named { name: self.details.name.clone(), born: Some(self.details.date_of_birth) }
    }
}

/// The columns of a patient that a desk writes, in the form in which they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatientDetails {
    /// `name`, at most 100 characters.
    pub name: String,
    /// `email`, unique without regard to case.
    pub email: String,
    /// `phone`, in the international form.
    pub phone: String,
    /// `date_of_birth`
    pub date_of_birth: NaiveDate,
    /// `address`
    pub address: Option<String>,
}

/// The same columns as somebody typed them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatientForm {
    /// See [`PatientDetails::name`].
    pub name: String,
    /// See [`PatientDetails::email`].
    pub email: String,
    /// See [`PatientDetails::phone`].
    pub phone: String,
    /// See [`PatientDetails::date_of_birth`].
    pub date_of_birth: String,
    /// See [`PatientDetails::address`].
    pub address: String,
}

/// A value that cannot stand, and the field (by its column's name) beside which that is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// The column's name.
    pub field: &'static str,
    /// Half a line: what is wrong and what is expected.
    pub fault: String,
}

impl FieldFault {
    /// The fault of a field.
    #[must_use]
    pub fn new(field: &'static str, fault: impl Into<String>) -> Self {
        FieldFault { field, fault: fault.into() }
    }
}

impl fmt::Display for FieldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.fault)
    }
}

impl PatientForm {
    /// A patient's values, ready to be changed.
    #[must_use]
    pub fn of(details: &PatientDetails) -> Self {
        PatientForm {
            name: details.name.clone(),
            email: details.email.clone(),
            phone: details.phone.clone(),
            date_of_birth: details.date_of_birth.to_string(),
            address: details.address.clone().unwrap_or_default(),
        }
    }

    /// Every field's value in the form in which it is kept. `before` is what is kept now, where a
    /// record is changed: a value that nobody touched stands even when today's rules would refuse
    /// it, so that an older record can still be mended field by field.
    ///
    /// # Errors
    /// One fault a field, in the order of the columns.
    pub fn accept(
        &self,
        before: Option<&PatientDetails>,
        today: NaiveDate,
    ) -> Result<PatientDetails, Vec<FieldFault>> {
        let kept = before.map(PatientForm::of);
        let untouched = |field: fn(&PatientForm) -> &String| {
            kept.as_ref().map(field).filter(|old| *old == field(self)).cloned()
        };
        let mut faults = Vec::new();
        let mut fault = |field, fault: String| {
            faults.push(FieldFault { field, fault });
            String::new()
        };
        let name = untouched(|form| &form.name).unwrap_or_else(|| {
            accept_line(&self.name, MAX_NAME).unwrap_or_else(|f| fault("name", f.to_string()))
        });
        let email = untouched(|form| &form.email)
            .unwrap_or_else(|| accept_email(&self.email).unwrap_or_else(|f| fault("email", f.to_string())));
        let phone = untouched(|form| &form.phone)
            .unwrap_or_else(|| accept_phone(&self.phone).unwrap_or_else(|f| fault("phone", f.to_string())));
        let birth = match before.filter(|_| untouched(|form| &form.date_of_birth).is_some()) {
            Some(details) => Some(details.date_of_birth),
            None => parse_birth_date(&self.date_of_birth, today)
                .map_err(|f| fault("date_of_birth", f.to_string()))
                .ok(),
        };
        let address = untouched(|form| &form.address).unwrap_or_else(|| {
            match accept_line(&self.address, MAX_ADDRESS) {
                // Not everybody has one.
                Err(TextFault::Empty) => String::new(),
                line => line.unwrap_or_else(|f| fault("address", f.to_string())),
            }
        });
        match birth {
            Some(date_of_birth) if faults.is_empty() => Ok(PatientDetails {
                name,
                email,
                phone,
                date_of_birth,
                address: (!address.trim().is_empty()).then_some(address),
            }),
            _ => Err(faults),
        }
    }
}

/// A date of birth in full, and the age on `today`: `1 January 1927, 99 years`.
#[must_use]
pub fn born(date_of_birth: NaiveDate, today: NaiveDate) -> String {
    let years = age(date_of_birth, today);
    format!("{}, {years} year{}", date_of_birth.format("%-d %B %Y"), if years == 1 { "" } else { "s" })
}

/// Whole years lived on `today`.
#[must_use]
pub fn age(date_of_birth: NaiveDate, today: NaiveDate) -> u32 {
    today.years_since(date_of_birth).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> PatientForm {
        PatientForm {
            name: "  Ana   Ruiz ".into(),
            email: "ana@example.org".into(),
            phone: "+49 30 1234567".into(),
            date_of_birth: "1980-04-02".into(),
            address: String::new(),
        }
    }

    fn today() -> NaiveDate {
        "2026-12-01".parse().unwrap()
    }

    #[test]
    fn what_is_typed_is_kept_in_one_form() {
        let kept = form().accept(None, today()).unwrap();
        assert_eq!(kept.name, "Ana Ruiz");
        assert_eq!(kept.phone, "+49301234567");
        assert_eq!(kept.address, None);
        assert_eq!(age(kept.date_of_birth, today()), 46);
    }

    #[test]
    fn a_long_name_is_cut_rather_than_the_date_of_birth() {
        let ana = Named { name: "Ana Ruiz".into(), born: Some("1992-01-15".parse().unwrap()) };
        let long = Named { name: "李".repeat(50), ..ana.clone() };
        for (named, cells, shown) in [
            (&ana, 80, "Ana Ruiz (1992-01-15)"),
            (&ana, 18, "Ana… (1992-01-15)"),
            (&ana, 5, " (1992-01-15)"),
            (&long, 20, "李李李… (1992-01-15)"),
            (&Named { born: None, ..ana.clone() }, 80, "Ana Ruiz"),
            (&Named { name: "A\u{202e}\nna".into(), ..ana.clone() }, 80, "A na (1992-01-15)"),
        ] {
            assert_eq!(named.fitted(cells), shown);
        }
        assert_eq!(ana.to_string(), "Ana Ruiz (1992-01-15)");
    }

    #[test]
    fn every_wrong_field_is_named() {
        let wrong = PatientForm {
            name: "x".repeat(101),
            email: "nobody".into(),
            phone: "call me".into(),
            date_of_birth: "2027-01-01".into(),
            address: "a\u{202e}b".into(),
        };
        let fields: Vec<_> =
            wrong.accept(None, today()).unwrap_err().into_iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["name", "email", "phone", "date_of_birth", "address"]);
    }

    #[test]
    fn an_old_record_can_be_mended_field_by_field() {
        let old = PatientDetails {
            name: "Ana Ruiz".into(),
            email: "ana@example.org".into(),
            phone: "555-0101 ask for Jo".into(),
            date_of_birth: today(),
            address: None,
        };
        let mut changed = PatientForm::of(&old);
        changed.name = "Ana Ruiz Vega".into();
        let kept = changed.accept(Some(&old), today()).unwrap();
        assert_eq!((kept.name.as_str(), kept.phone), ("Ana Ruiz Vega", old.phone));
    }
}
