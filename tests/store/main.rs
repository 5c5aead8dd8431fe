//! The relational stores on every database: one contract for SQLite, MariaDB and MySQL, the
//! migrations, the adoption of an existing database, several desks at once, and faults.
//!
//! Each test has a database of its own, which is dropped at its end. The servers are those of
//! `scripts/servers`, by the addresses in the environment that `scripts/test` sets.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails, and says where"
)]

mod accounts;
mod adoption;
mod audit;
// The random clinics and the model of the calendar are those of the rule's own tests.
#[path = "../rules/cases.rs"]
mod cases;
mod contract;
mod faults;
mod log;
mod meanwhile;
mod migrations;
#[path = "../rules/model.rs"]
mod model;
mod place;
mod prepared;
mod race;
mod silence;
mod support;
mod wire;
