//! The clinic's own settings, kept in its database and shared by all desks.

use super::clock::Zone;

/// What every desk of a clinic must agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clinic {
    /// The name in the header.
    pub name: String,
    /// The zone of the clinic's wall clock.
    pub zone: Zone,
}

/// The name of a clinic that has set none.
pub const UNNAMED: &str = "Frontdesk";
