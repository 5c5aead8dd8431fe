//! The real program in a real terminal: a few tests of what only that shows. What a desk does at
//! its keys is held in `tests/desk`.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod gate;
mod hostile;
mod planted;
mod set_up;
mod terminal;
mod ways_out;
mod work;
