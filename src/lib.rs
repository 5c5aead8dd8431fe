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
//! - [`app`]: the desk's state, and what each thing that happens changes.
//! - [`ui`]: drawing what the app lends it.
//! - [`runtime`]: the loop, the effects and the terminal.
//! - [`sample`]: made-up clinics, for the demo and for measurements.
//! - [`config`]: the settings, from flags, environment, file and defaults.
//! - [`cli`]: the command line, one file a subcommand; `main` calls it and nothing else.
//! - [`logging`]: the log file.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod logging;
pub mod runtime;
pub mod sample;
pub mod store;
pub mod ui;
