//! The clinic's own settings, kept in its database and shared by all desks.

use std::ops::RangeInclusive;

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

/// After how many minutes without a key a desk locks, where nothing else is set. (HIPAA
/// 164.312(a)(2)(iii), automatic logoff; the length is the clinic's to choose.)
pub const DEFAULT_IDLE_LOCK: u16 = 5;
/// After how many it does at the latest, whatever is set at a desk, where the clinic sets nothing else.
pub const DEFAULT_MAX_IDLE_LOCK: u16 = 15;
/// What may be set for both: a desk that never locks is none.
pub const IDLE_LOCK_MINUTES: RangeInclusive<u16> = 1..=480;
