//! The command line as scripts use it: the real program on a clinic of its own, its documents, its
//! lines and its exit status.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails, and says where"
)]

mod audit;
mod bad_input;
mod booking;
mod clinic;
mod grants;
mod names;
mod own_server;
mod planted;
mod records;
mod roles;
mod secrets;
mod servers;
mod set_up;
mod settings;
mod staff;
mod tls;
