//! Opens the desk itself, on the clinic or on the demo clinic.

use super::answer::{Answer, Failure};
use super::session::Session;
use crate::config::Config;

/// Opens the desk on the clinic that the settings name.
///
/// # Errors
/// A store that cannot be reached or used, and what the desk itself ends with.
pub async fn open(config: &Config) -> Result<Answer, Failure> {
    let _session = Session::open(config).await?;
    Err(not_there_yet())
}

/// Opens the desk on the demo clinic, which is made where there is none.
///
/// # Errors
/// A data folder that cannot be written, and what the desk itself ends with.
#[expect(clippy::unused_async, reason = "it awaits the desk, which is not there yet")]
pub async fn demo(_config: &Config) -> Result<Answer, Failure> {
    Err(not_there_yet())
}

fn not_there_yet() -> Failure {
    Failure::Other(
        "the desk is not part of this program yet; see frontdesk --help for its commands".to_owned(),
    )
}
