//! When a whole transaction is tried again, how often, and after how long a pause.

use std::time::Duration;

use crate::store::{Result, StoreError};

/// How often a transaction is tried before the desk is told that the database is too busy.
const ATTEMPTS: u32 = 12;
/// The first pause is at most this long; each further one at most twice as long as the last.
const FIRST_PAUSE: Duration = Duration::from_millis(4);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// Makes a whole transaction, again where it lost to another or its connection went away (see
/// [`StoreError::is_transient`]), until it ends otherwise or was made often enough.
///
/// # Errors
/// That of the last attempt.
pub async fn retry<T, Attempt>(attempt: impl FnMut() -> Attempt) -> Result<T>
where
    Attempt: Future<Output = Result<T>>,
{
    retry_if(StoreError::is_transient, attempt).await
}

/// The same for what can simply be made again on the connection it has, where it lost to another. On
/// one that went away it could only fail again.
///
/// # Errors
/// That of the last attempt.
pub async fn retry_busy<T, Attempt>(attempt: impl FnMut() -> Attempt) -> Result<T>
where
    Attempt: Future<Output = Result<T>>,
{
    retry_if(|error| matches!(error, StoreError::Busy(_)), attempt).await
}

/// Tries until what comes is no error that `may_pass`, or it was tried often enough. A pause is drawn
/// evenly from nothing to its bound (full jitter), so that two desks which collided do not collide
/// again.
// No `AsyncFnMut`: of the future that one answers with, the compiler cannot tell that a task may be
// moved between threads with it.
async fn retry_if<T, Attempt>(
    may_pass: impl Fn(&StoreError) -> bool,
    mut attempt: impl FnMut() -> Attempt,
) -> Result<T>
where
    Attempt: Future<Output = Result<T>>,
{
    let mut bound = FIRST_PAUSE;
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Err(error) if may_pass(&error) => {}
            other => return other,
        }
        tokio::time::sleep(bound.mul_f64(fraction())).await;
        bound = LONGEST_PAUSE.min(bound * 2);
    }
    attempt().await
}

/// A number from 0 to 1 that two processes do not share: from the random bits of a new UUID.
fn fraction() -> f64 {
    let random = uuid::Uuid::now_v7().as_u128() & 0xffff_ffff;
    #[expect(clippy::cast_precision_loss, reason = "32 bits fit a double exactly")]
    let fraction = random as f64 / f64::from(u32::MAX);
    fraction.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How something ends that fails twice and then does not, and how often it was tried.
    macro_rules! tried {
        ($retry:ident, $fault:expr) => {{
            let mut made = 0;
            let outcome = $retry(|| {
                made += 1;
                std::future::ready(if made == 3 { Ok(()) } else { Err($fault) })
            });
            (outcome.await.map_err(|error| error.to_string()), made)
        }};
    }

    #[tokio::test]
    async fn what_may_pass_is_tried_again_and_nothing_else() {
        let refused = || StoreError::Refused("1".to_owned());
        assert_eq!(tried!(retry, StoreError::Busy(1213)), (Ok(()), 3));
        assert_eq!(tried!(retry, StoreError::Lost), (Ok(()), 3));
        assert_eq!(tried!(retry, refused()), (Err(refused().to_string()), 1));
        assert_eq!(tried!(retry_busy, StoreError::Busy(1205)), (Ok(()), 3));
        assert_eq!(tried!(retry_busy, StoreError::Lost), (Err(StoreError::Lost.to_string()), 1));
    }
}
