//! `password`: somebody changes their own.

use clap::Args;
use secrecy::ExposeSecret as _;

use super::answer::{Answer, Failure, Format};
use super::session::Session;
use super::{new_password, sign_in};
use crate::config::Config;
use crate::domain::password::normalised;
use crate::domain::staff::Identity;

/// Arguments of `password`.
#[derive(Debug, Args)]
pub struct Password {}

/// Changes the password of whoever asks, who proves by the old one who they are. The only command for which a
/// password that an administrator set is enough.
///
/// # Errors
/// Somebody who is not who they say, a password that cannot stand, or the store's.
pub async fn change(config: &Config, format: Format) -> Result<Answer, Failure> {
    let Session { store, clinic, now, notes } = Session::open(config).await?;
    let (store, old) = sign_in::by_password(store, config).await?;
    let who = store.identity()?;
    let about = [who.name.as_str(), &who.email, &clinic.name];
    let typed = match new_password::from_command().await? {
        Some(printed) => printed,
        None => new_password::choose(&about)?,
    };
    if old.is_some_and(|old| normalised(old.expose_secret()) == normalised(typed.expose_secret())) {
        return Err(Failure::input("password", "is the one that you have; expected another"));
    }
    let kept = new_password::hashed(&typed, &about, false).await?;
    let order = crate::store::sql::history::Order::fresh(now.at);
    store.change_password(&order, kept.hash).await?;
    store.close().await;
    let document =
        || serde_json::json!({ "password_changed": { "staff_id": who.staff_id, "email": who.email } });
    let answer = Answer::new(format, document, || changed(&who))?;
    Ok(notes.into_iter().fold(answer, Answer::with_note))
}

fn changed(who: &Identity) -> String {
    format!("The password of {} <{}> is changed.\n", who.name, who.email)
}
