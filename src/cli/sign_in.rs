//! Who asks, on the command line: by the Unix account where an administrator made that proof enough, else by
//! e-mail and a password, which is asked for on a terminal or comes from `FRONTDESK_PASSWORD_COMMAND`.

use std::io::{self, BufRead as _, IsTerminal as _};

use chrono::Timelike as _;
use secrecy::SecretString;

use super::answer::{Failure, Fault};
use crate::config::{Config, PasswordCommand};
use crate::domain::clock::Zone;
use crate::store::sql::sign_in::SignIn;
use crate::store::{Store, StoreError};

/// The variable that names the command which prints a person's password.
pub const PASSWORD_COMMAND: &str = "FRONTDESK_PASSWORD_COMMAND";
/// What is wrong with both, since which of them it was is not said.
pub const WRONG: &str = "the e-mail or the password is wrong";

/// The store, working for whoever signs in.
///
/// # Errors
/// Where the clinic has no staff yet, nobody can be asked, they are not who they say, or the store's.
pub async fn sign_in(store: Store, config: &Config) -> Result<Store, Failure> {
    if !store.has_staff().await? {
        return Err(StoreError::NotSetUp.into());
    }
    if config.user.is_none()
        && let Some(identity) = store.sign_in_by_account().await?
    {
        return Ok(store.acting(identity));
    }
    let email = match &config.user {
        Some(email) => email.clone(),
        None => ask_email()?,
    };
    let password = password("Password: ").await?;
    match store.sign_in(&email, password).await? {
        SignIn::Welcome { must_change: true, .. } => Err(denied(
            "an administrator set your password: choose one of your own first; run: frontdesk password",
        )),
        SignIn::Welcome { identity, .. } => Ok(store.acting(identity)),
        refused => Err(denied(&said(&refused, store.zone()))),
    }
}

/// What is said of a sign-in that was refused.
#[must_use]
pub fn said(refused: &SignIn, zone: Zone) -> String {
    match refused {
        SignIn::LockedOut(until) => {
            // The minute after, since seconds are not shown.
            let until = zone.wall(*until) + chrono::TimeDelta::seconds(59);
            format!(
                "too many wrong passwords; try again at {:02}:{:02}, or ask an administrator",
                until.hour(),
                until.minute()
            )
        }
        SignIn::Inactive => "this account is not active any more; ask an administrator".to_owned(),
        SignIn::Wrong | SignIn::Welcome { .. } => WRONG.to_owned(),
    }
}

fn denied(line: &str) -> Failure {
    Failure::Store(StoreError::SignInRefused(line.to_owned()))
}

fn ask_email() -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        let line = "nobody is signed in; name yourself with --user EMAIL, and a command that prints your \
                    password with FRONTDESK_PASSWORD_COMMAND";
        return Err(denied(line));
    }
    ask("E-mail: ")
}

/// Asks for a line on the terminal. What is asked goes to standard error, since the answer of a command goes
/// to standard output.
///
/// # Errors
/// Where nothing more comes.
pub fn ask(question: &str) -> Result<String, Failure> {
    super::answer::prompt(question);
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(1..) => Ok(line.trim().to_owned()),
        _ => Err(Failure::Input(vec![Fault::of_all("nothing was typed; expected an answer")])),
    }
}

/// The password of whoever asks.
///
/// # Errors
/// Where the command fails that prints it, or there is none and no terminal to ask on.
pub async fn password(question: &str) -> Result<SecretString, Failure> {
    match from_command().await? {
        Some(password) => Ok(password),
        None => ask_password(question),
    }
}

/// What the command prints that the environment names, where it names one.
///
/// # Errors
/// Where it fails.
pub async fn from_command() -> Result<Option<SecretString>, Failure> {
    let set = std::env::var(PASSWORD_COMMAND).ok().filter(|line| !line.trim().is_empty());
    let Some(line) = set else { return Ok(None) };
    Ok(Some(PasswordCommand::of_line(PASSWORD_COMMAND, &line)?.run().await?))
}

/// Asks for a password on the terminal, which does not show it.
///
/// # Errors
/// Where there is no terminal.
pub fn ask_password(question: &str) -> Result<SecretString, Failure> {
    if !io::stdin().is_terminal() {
        return Err(denied(
            "there is no terminal to ask for the password on; set FRONTDESK_PASSWORD_COMMAND",
        ));
    }
    let typed = rpassword::prompt_password(question)
        .map_err(|error| Failure::Other(format!("the password cannot be read: {}", error.kind())))?;
    Ok(SecretString::from(typed))
}
