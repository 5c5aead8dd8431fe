//! When a whole transaction is tried again, how often, and after how long a pause.

use std::time::Duration;

use crate::store::StoreError;

/// How often a transaction is tried before the desk is told that the database is too busy.
const ATTEMPTS: u32 = 12;
/// The first pause is at most this long; each further one at most twice as long as the last.
const FIRST_PAUSE: Duration = Duration::from_millis(4);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// Counts the attempts of one transaction.
#[derive(Debug, Default)]
pub struct Retry {
    made: u32,
}

impl Retry {
    /// Whether `error` is one after which the whole transaction is tried again; if so, waits
    /// before it says yes. The pause is drawn evenly from nothing to its bound (full jitter), so
    /// that two desks which collided do not collide again.
    pub async fn again(&mut self, error: &StoreError) -> bool {
        self.made += 1;
        if !error.is_transient() || self.made >= ATTEMPTS {
            return false;
        }
        let bound = LONGEST_PAUSE.min(FIRST_PAUSE * 2u32.saturating_pow(self.made - 1));
        tokio::time::sleep(bound.mul_f64(fraction())).await;
        true
    }
}

/// A number from 0 to 1 that two processes do not share: from the random bits of a new UUID.
fn fraction() -> f64 {
    let random = uuid::Uuid::now_v7().as_u128() & 0xffff_ffff;
    #[expect(clippy::cast_precision_loss, reason = "32 bits fit a double exactly")]
    let fraction = random as f64 / f64::from(u32::MAX);
    fraction.min(1.0)
}
