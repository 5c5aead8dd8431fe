//! `clinic`: the settings that all desks of a clinic share.

use clap::{Args, Subcommand};
use serde_json::json;

use super::answer::{Answer, Failure, Format};
use super::person::RequestKey;
use super::session::Session;
use super::values;

/// What to do with the clinic's settings.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the clinic's settings
    Show,
    /// Change the clinic's settings; desks that are open follow within a minute
    Set(Set),
}

/// Arguments of `clinic set`.
#[derive(Debug, Args)]
pub struct Set {
    /// After how many minutes without a key every desk locks at the latest, 1 to 480
    #[arg(long, value_name = "MINUTES", value_parser = values::idle_lock_minutes)]
    max_idle_lock_minutes: u16,
    #[command(flatten)]
    request: RequestKey,
}

/// Shows or changes the settings.
///
/// # Errors
/// Where the person may not, or the store's.
pub async fn clinic(command: &Command, session: &Session, format: Format) -> Result<Answer, Failure> {
    if let Command::Set(set) = command {
        let order = session.order(set.request.request_id.as_deref());
        session.store.set_max_idle_lock(&order, set.max_idle_lock_minutes).await?;
    }
    let minutes = session.store.max_idle_lock().await?;
    let (name, zone) = (&session.clinic.name, session.zone().name());
    let document =
        || json!({ "clinic": { "clinic_name": name, "time_zone": zone, "max_idle_lock_minutes": minutes } });
    Answer::new(format, document, || {
        format!("{name} ({zone})\nEvery desk locks after {minutes} min without a key at the latest.\n")
    })
}
