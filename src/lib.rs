//! Frontdesk: a clinic's front desk in the terminal.
//!
//! The map of the house; an arrow points at what is depended on:
//!
//! ```text
//! domain <- store <- app <- ui        and runtime and cli stand above them all
//! ```
//!
//! - [`domain`]: types and rules, pure and synchronous.
//! - [`store`]: what is kept, in MySQL or MariaDB or in one SQLite file, and the booking
//!   transaction.
//! - [`sample`]: made-up clinics, for the demo and for measurements.

pub mod domain;
pub mod sample;
pub mod store;
