//! Made-up clinics: the one that the demo opens, and those on which speed is measured.
//!
//! Everything comes from a fixed seed, so that the same plan makes the same clinic: names from
//! `assets/names.toml`, telephone numbers from ranges that are kept for fiction, e-mail addresses
//! of the domains that are kept for examples. No real person is in it. Visits obey the booking
//! rule, but for what the demo books over it on purpose. Nothing here is used by a real clinic.

pub mod clinic;
pub mod demo;
pub mod names;
pub mod people;
pub mod visits;

pub use clinic::{Plan, fill};
pub use demo::open_demo;
