//! When a whole transaction is tried again, how often, and after how long a pause.

use std::time::{Duration, Instant};

use crate::store::{Result, StoreError};

/// How often a transaction is tried before the desk is told that the database is too busy.
const ATTEMPTS: usize = 12;
/// After so long it is not tried again: twice as long as each database waits for a lock.
const TIRELESS: Duration = Duration::from_secs(10);
/// The first pause is at most this long; each further one at most twice as long as the last.
const FIRST_PAUSE: Duration = Duration::from_millis(4);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// Makes a whole transaction, again where it lost to another or its connection went away (see
/// [`StoreError::is_transient`]), until it ends otherwise or was made often and long enough.
///
/// # Errors
/// That of the last attempt; [`StoreError::Lost`] where one before it was lost, and those after it did
/// not come as far as to find out what became of it.
pub async fn retry<T, Attempt>(attempt: impl FnMut() -> Attempt) -> Result<T>
where
    Attempt: Future<Output = Result<T>>,
{
    retry_if(TIRELESS, StoreError::is_transient, attempt).await
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
    retry_if(TIRELESS, |error| matches!(error, StoreError::Busy(_)), attempt).await
}

/// Tries until what comes is no error that `may_pass`, or it was tried often or long enough. A pause is
/// drawn evenly from nothing to its bound (full jitter), so that two desks which collided do not
/// collide again.
// No `AsyncFnMut`: of the future that one answers with, the compiler cannot tell that a task may be
// moved between threads with it.
async fn retry_if<T, Attempt>(
    tireless: Duration,
    may_pass: impl Fn(&StoreError) -> bool,
    mut attempt: impl FnMut() -> Attempt,
) -> Result<T>
where
    Attempt: Future<Output = Result<T>>,
{
    let begun = Instant::now();
    let mut bound = FIRST_PAUSE;
    let mut lost = false;
    for made in 1.. {
        let error = match attempt().await {
            Err(error) if may_pass(&error) => error,
            // That the database is away now does not say that nothing was done.
            Err(StoreError::Unreachable(_)) if lost => break,
            other => return other,
        };
        // What became of the first that was lost is asked for in any case.
        let must_ask = !lost && matches!(error, StoreError::Lost);
        lost |= must_ask;
        if made >= ATTEMPTS || (begun.elapsed() >= tireless && !must_ask) {
            if lost {
                break;
            }
            return Err(error);
        }
        tokio::time::sleep(bound.mul_f64(fraction())).await;
        bound = LONGEST_PAUSE.min(bound * 2);
    }
    Err(StoreError::Lost)
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

    /// How something ends that fails with these faults, the last of them again and again, and how
    /// often it was tried, where there is no time left after the first attempt, or where there is.
    async fn in_vain(has_time: bool, faults: &[fn() -> StoreError]) -> (StoreError, usize) {
        let mut made = 0;
        let tireless = if has_time { TIRELESS } else { Duration::ZERO };
        let outcome: Result<()> = retry_if(tireless, StoreError::is_transient, || {
            let fault = faults.get(made).or(faults.last()).map_or(StoreError::Lost, |fault| fault());
            made += 1;
            std::future::ready(Err(fault))
        })
        .await;
        (outcome.err().unwrap_or(StoreError::Busy(0)), made)
    }

    #[tokio::test]
    async fn nothing_is_tried_without_end() {
        let busy: fn() -> StoreError = || StoreError::Busy(1205);
        let lost: fn() -> StoreError = || StoreError::Lost;
        let away: fn() -> StoreError = || StoreError::Unreachable(String::new());
        assert!(matches!(in_vain(true, &[busy]).await, (StoreError::Busy(1205), ATTEMPTS)));
        assert!(matches!(in_vain(false, &[busy]).await, (StoreError::Busy(1205), 1)));
        // What was lost is asked for once more, however long it took until then.
        assert!(matches!(in_vain(false, &[lost]).await, (StoreError::Lost, 2)));
        // Where nobody found out what became of it, that is what is said.
        assert!(matches!(in_vain(false, &[lost, busy]).await, (StoreError::Lost, 2)));
        assert!(matches!(in_vain(true, &[lost, busy]).await, (StoreError::Lost, ATTEMPTS)));
        assert!(matches!(in_vain(true, &[lost, away]).await, (StoreError::Lost, 2)));
        assert!(matches!(in_vain(true, &[busy, away]).await, (StoreError::Unreachable(_), 2)));
    }
}
