//! The desk at its keys: the real loop over a screen in memory, a clock that stands still, and an
//! embedded clinic of its own. Flows are typed as somebody would; frames are held by snapshot.
//!
//! A snapshot that changed on purpose: `INSTA_UPDATE=always cargo test --test desk`, and read what
//! git says of it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails, and says where"
)]

mod clinic;
mod frames;
mod late;
mod late_gate;
mod names;
mod roles;
mod safe;
mod support;
mod takeover;

mod flows_audit;
mod flows_board;
mod flows_booking;
mod flows_desk;
mod flows_faults;
mod flows_gate;
mod flows_patients;
mod flows_shell;
mod flows_staff;
mod flows_visits;
