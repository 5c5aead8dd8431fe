//! The clinic's types and rules: pure and synchronous.
//!
//! Here live values, and functions from values to values. No I/O, no clock reads (the time is a
//! parameter), no SQL, no widgets: everything in this module can be tested as a table or a
//! property. It depends on no other module of the crate; every other module may depend on it.

pub mod appointment;
pub mod audit;
pub mod booking;
pub mod break_glass;
pub mod clinic;
pub mod clock;
pub mod contact;
pub mod dates;
pub mod day;
pub mod doctor;
pub mod draft;
pub mod fold;
pub mod ids;
pub mod password;
pub mod patient;
pub mod permission;
pub mod query;
pub mod schedule;
pub mod scripts;
pub mod slot;
pub mod staff;
pub mod text;
pub mod words;
