//! The time of the command line: the desk's own clock.

pub use crate::runtime::clock as now;
