//! Where a new password comes from on the command line: from a command, from somebody who types it twice, or
//! from the machine, where it is for somebody else's first sign-in.

use secrecy::{ExposeSecret as _, SecretString};

use super::answer::{Failure, say};
use super::sign_in::{self, ask_password};
use crate::domain::password::{MIN_PASSWORD, accept_password};
use crate::store::password;
use crate::store::sql::staff::NewPassword;

/// The variable that names the command which prints a new password.
pub const NEW_PASSWORD_COMMAND: &str = "FRONTDESK_NEW_PASSWORD_COMMAND";

/// What the command prints that the environment names for new passwords, where it names one.
///
/// # Errors
/// Where it fails.
pub async fn from_command() -> Result<Option<SecretString>, Failure> {
    sign_in::from_command(NEW_PASSWORD_COMMAND).await
}

/// Asks for a new password until one can stand, and for the same once more.
///
/// # Errors
/// Where there is no terminal.
pub fn choose(about: &[&str]) -> Result<SecretString, Failure> {
    loop {
        let question = format!("A new password ({MIN_PASSWORD} characters or more; a sentence does well): ");
        let typed = ask_password(&question, NEW_PASSWORD_COMMAND)?;
        if let Err(fault) = accept_password(typed.expose_secret(), about) {
            say(&[format!("the password {fault}")]);
            continue;
        }
        if ask_password("The same again: ", NEW_PASSWORD_COMMAND)?.expose_secret() == typed.expose_secret() {
            return Ok(typed);
        }
        say(&["the two are not the same; type it anew".to_owned()]);
    }
}

/// A password that was chosen, as it is kept.
///
/// # Errors
/// One that cannot stand.
pub async fn hashed(typed: &SecretString, about: &[&str], must_change: bool) -> Result<NewPassword, Failure> {
    let accepted =
        accept_password(typed.expose_secret(), about).map_err(|fault| Failure::input("password", fault))?;
    let hash = password::hash(SecretString::from(accepted)).await?;
    Ok(NewPassword { hash: SecretString::from(hash), must_change })
}

/// A password for somebody's next sign-in, which then asks for another.
#[derive(Debug)]
pub struct Temporary {
    /// As it is kept.
    pub kept: NewPassword,
    /// As it is to be told to them once, where it was made here.
    pub told: Option<SecretString>,
}

/// What the command prints for it, or else a random one.
///
/// # Errors
/// A command that fails, or prints one that cannot stand.
pub async fn temporary(about: &[&str]) -> Result<Temporary, Failure> {
    if let Some(printed) = from_command().await? {
        return Ok(Temporary { kept: hashed(&printed, about, true).await?, told: None });
    }
    let made = password::temporary(about);
    Ok(Temporary { kept: hashed(&made, about, true).await?, told: Some(made) })
}
