//! Ids as types of their own, so that a patient's id is never taken for a doctor's.
//!
//! All of them are the `INT` primary keys of the schema page.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i32);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.trim_start_matches('#').parse().map(Self)
            }
        }
    };
}

id!(
    /// `patients.id`
    PatientId
);
id!(
    /// `doctors.id`
    DoctorId
);
id!(
    /// `appointments.id`
    AppointmentId
);
id!(
    /// `doctor_availability.id`
    AvailabilityId
);
id!(
    /// `staff.id`
    StaffId
);
