//! One file per screen.

pub mod audit;
pub mod booking;
pub mod calendar;
pub mod clinic;
pub mod patients;
