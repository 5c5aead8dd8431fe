//! The booking rule and the openings, as tables that a person can read and as properties against
//! a plain model of the calendar (see [`model`]).
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod cases;
mod model;
mod properties;
mod tables;
