//! The document half. Its stores come with the chat inbox; until then a desk only asks whether
//! the MongoDB server that it was given answers.

use std::time::Duration;

use mongodb::bson::doc;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Result, StoreError};

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// The version of the MongoDB server at `url`.
///
/// # Errors
/// [`StoreError::Unreachable`], without the URL, which may hold a password.
pub async fn server_version(url: &SecretString) -> Result<String> {
    let unreachable = |what: &str| StoreError::Unreachable(format!("MongoDB cannot be reached: {what}"));
    let mut options = mongodb::options::ClientOptions::parse(url.expose_secret()).await.map_err(|_| {
        unreachable("the URL cannot be read; expected mongodb://USER:PASSWORD@HOST:PORT/DATABASE")
    })?;
    options.server_selection_timeout = Some(PATIENCE);
    options.connect_timeout = Some(PATIENCE);
    let client = mongodb::Client::with_options(options)
        .map_err(|_| unreachable("the URL's options do not go together"))?;
    let answer = client.database("admin").run_command(doc! { "buildInfo": 1 }).await;
    let answer = answer.map_err(|_| unreachable("no answer within 3 s, or the sign-in was refused"))?;
    Ok(answer.get_str("version").unwrap_or("of an unknown version").to_owned())
}
