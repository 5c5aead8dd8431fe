//! The document half. Its stores come with the chat inbox; until then a desk only asks whether
//! the MongoDB server that it was given answers.

use std::io;
use std::time::Duration;

use mongodb::bson::doc;
use mongodb::error::{Error, ErrorKind};
use mongodb::event::EventHandler;
use mongodb::event::sdam::SdamEvent;
use mongodb::options::{ClientOptions, Tls};
use tokio::sync::mpsc;

use super::transport::{self, ServerUrl};
use super::{Result, StoreError, tls};

/// The collections of the clinic's documents, by the names of its schema page.
pub const COLLECTIONS: [&str; 5] =
    ["prescriptions", "patient_feedback", "consultation_logs", "chat_messages", "file_storage"];

/// The database that a MongoDB URL names, if it names one.
#[must_use]
pub fn database_of(server: &ServerUrl) -> Option<String> {
    let (url, _) = transport::mongodb(server).ok()?;
    url.default_database.filter(|name| !name.is_empty())
}

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// The version of the MongoDB server at this URL.
///
/// # Errors
/// [`StoreError::Transport`] for a URL that cannot stand, and [`StoreError::Unreachable`]; neither holds
/// the URL, in which there may be a password.
pub async fn server_version(server: &ServerUrl) -> Result<String> {
    let (url, _) = transport::mongodb(server)?;
    let mut options = ClientOptions::parse(url)
        .await
        .map_err(|_| unreachable("the name in its URL leads to no servers (DNS, SRV)"))?;
    options.server_selection_timeout = Some(PATIENCE);
    options.connect_timeout = Some(PATIENCE);
    // Why no server could be taken is text in the driver's error, and an error of its kind here.
    let (faults, mut fault) = mpsc::unbounded_channel();
    let secured = matches!(options.tls, Some(Tls::Enabled(_)));
    options.sdam_event_handler = Some(EventHandler::callback(move |event| {
        if let SdamEvent::ServerHeartbeatFailed(event) = event
            && let Some(fault) = fault_of(&event.failure, secured)
        {
            // Nobody asks any more once there was an answer.
            drop(faults.send(fault));
        }
    }));
    let alone = options.hosts.len() == 1;
    let client = mongodb::Client::with_options(options)
        .map_err(|_| unreachable("the URL's options do not go together"))?;
    let database = client.database("admin");
    let answer = tokio::select! {
        biased;
        answer = database.run_command(doc! { "buildInfo": 1 }) => answer,
        // The driver goes on trying for as long as it is given. Of several servers another may answer.
        Some(fault) = fault.recv(), if alone => return Err(unreachable(&fault)),
    };
    match answer {
        Ok(answer) => Ok(answer.get_str("version").unwrap_or("of an unknown version").to_owned()),
        Err(error) => Err(match (fault.try_recv(), error.kind.as_ref()) {
            (Ok(fault), _) => unreachable(&fault),
            (Err(_), ErrorKind::Authentication { .. }) => {
                unreachable("it refused the sign-in: check the user and the password")
            }
            (Err(_), _) => unreachable("no answer within 3 s, or the sign-in was refused"),
        }),
    }
}

fn unreachable(what: &str) -> StoreError {
    StoreError::Unreachable(format!("MongoDB cannot be reached: {what}"))
}

/// What TLS had to do with a connection that could not be made; none where it had nothing.
fn fault_of(error: &Error, secured: bool) -> Option<String> {
    let ErrorKind::Io(error) = error.kind.as_ref() else { return None };
    match tls::fault_of_io(error) {
        Some(fault) => Some(fault),
        // A server without TLS takes the greeting for a broken message, and hangs up.
        None if secured
            && matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) =>
        {
            Some("it ended the TLS greeting; it may offer no TLS".to_owned())
        }
        None => None,
    }
}
