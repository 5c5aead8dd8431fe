//! The one place of the command line that reads the wall clock.

use crate::domain::clock::Instant;

/// The time.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the clock is read here and handed down as a parameter")]
pub fn now() -> Instant {
    chrono::Utc::now()
}
