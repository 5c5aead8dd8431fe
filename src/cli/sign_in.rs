//! Who asks, on the command line: by the Unix account where an administrator made that proof enough, else by
//! e-mail and a password, which is asked for on a terminal or comes from `FRONTDESK_PASSWORD_COMMAND`.

use std::io::{self, BufRead as _, IsTerminal as _};

use secrecy::SecretString;

use super::answer::{Failure, Fault};
use crate::config::{Config, PasswordCommand};
use crate::domain::staff::Identity;
use crate::store::sql::sign_in::SignIn;
use crate::store::{Store, StoreError};

/// The variable that names the command which prints a person's password.
pub const PASSWORD_COMMAND: &str = "FRONTDESK_PASSWORD_COMMAND";

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
    let password = password_of(config, "Password: ").await?;
    match store.sign_in(&password.0, password.1).await? {
        SignIn::Welcome { must_change: true, .. } => Err(denied(
            "an administrator set your password: choose one of your own first; run: frontdesk password",
        )),
        SignIn::Welcome { identity, .. } => Ok(store.acting(identity)),
        refused => Err(denied(&refused.said(store.zone()))),
    }
}

/// The store, working for whoever proves by their password who they are, also by one that an administrator
/// set; and that password. Who has none proves it by the Unix account.
///
/// # Errors
/// Those of [`sign_in`].
pub async fn by_password(store: Store, config: &Config) -> Result<(Store, Option<SecretString>), Failure> {
    if !store.has_staff().await? {
        return Err(StoreError::NotSetUp.into());
    }
    let question = "Your password now: ";
    let (email, password) = match &config.user {
        // The account is no sign-in where a password follows: it only says whose.
        None => match store.unlock_by_account().await? {
            Some(identity) => return Ok((store.acting(identity), None)),
            None => match store.email_of_account().await? {
                Some(email) => (email, password(question).await?),
                None => password_of(config, question).await?,
            },
        },
        Some(_) => password_of(config, question).await?,
    };
    match store.sign_in(&email, password.clone()).await? {
        SignIn::Welcome { identity, .. } => Ok((store.acting(identity), Some(password))),
        refused => Err(denied(&refused.said(store.zone()))),
    }
}

/// Who says they ask, and their password.
async fn password_of(config: &Config, question: &str) -> Result<(String, SecretString), Failure> {
    let email = match &config.user {
        Some(email) => email.clone(),
        None => ask_email()?,
    };
    Ok((email, password(question).await?))
}

/// Who is at a desk that opens.
#[derive(Debug)]
pub struct Opened {
    /// Who signed in without being asked; none where the desk opens on its sign-in.
    pub who: Option<Identity>,
    /// Whether the Unix account is all that they prove themselves by.
    pub by_account: bool,
    /// Whether a command is named here that prints a password: begun anew, the program asks for none then,
    /// whoever it is that signed in now.
    pub by_command: bool,
    /// Whether it would ask for none by that command or by the Unix account.
    pub opens_by_itself: bool,
    /// The e-mail to begin with.
    pub email: String,
}

/// Whoever a desk opens for: by the Unix account where that is proof enough, or by the command that prints a
/// password where one is set; else nobody, and the desk asks.
///
/// # Errors
/// Where the clinic has no staff yet, the command fails, or the store's.
pub async fn at_the_desk(store: &Store, config: &Config) -> Result<Opened, Failure> {
    if !store.has_staff().await? {
        return Err(StoreError::NotSetUp.into());
    }
    let by_command = set(PASSWORD_COMMAND).is_some();
    let opens_by_itself = by_command || store.account_signs_in().await?;
    let nobody = |email: String| Opened { who: None, by_account: false, by_command, opens_by_itself, email };
    let Some(email) = &config.user else {
        return Ok(match store.sign_in_by_account().await? {
            Some(identity) => Opened {
                by_account: !store.clone().acting(identity.clone()).has_password().await?,
                who: Some(identity.clone()),
                ..nobody(identity.email)
            },
            None => nobody(store.email_of_account().await?.unwrap_or_default()),
        });
    };
    let Some(password) = from_command(PASSWORD_COMMAND).await? else {
        return Ok(nobody(email.clone()));
    };
    match store.sign_in(email, password).await? {
        SignIn::Welcome { identity, must_change: false } => {
            Ok(Opened { who: Some(identity), ..nobody(email.clone()) })
        }
        SignIn::Welcome { must_change: true, .. } => Ok(nobody(email.clone())),
        refused => Err(denied(&refused.said(store.zone()))),
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
    match from_command(PASSWORD_COMMAND).await? {
        Some(password) => Ok(password),
        None => ask_password(question, PASSWORD_COMMAND),
    }
}

/// What the command prints that a variable of the environment names, where it names one.
///
/// # Errors
/// Where it fails.
pub async fn from_command(variable: &str) -> Result<Option<SecretString>, Failure> {
    let Some(line) = set(variable) else { return Ok(None) };
    Ok(Some(PasswordCommand::of_line(variable, &line)?.run().await?))
}

/// What a variable of the environment is set to, where it is to anything.
fn set(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|line| !line.trim().is_empty())
}

/// Asks on the terminal until what is typed can stand; what is wrong is said at once.
///
/// # Errors
/// Where nothing more comes.
pub fn ask_until<T>(question: &str, accept: impl Fn(&str) -> Result<T, String>) -> Result<T, Failure> {
    loop {
        match accept(&ask(question)?) {
            Ok(value) => return Ok(value),
            Err(fault) => super::answer::say(&[fault]),
        }
    }
}

/// Asks for a password on the terminal, which does not show it. `instead` names the variable that would do.
///
/// # Errors
/// Where there is no terminal.
pub fn ask_password(question: &str, instead: &str) -> Result<SecretString, Failure> {
    if !io::stdin().is_terminal() {
        return Err(denied(&format!("there is no terminal to ask for the password on; set {instead}")));
    }
    let typed =
        uninterrupted(|| rpassword::prompt_password(question)).map_err(|error| match error.kind() {
            // Ctrl-C, which is read as a key while nothing is shown.
            io::ErrorKind::Interrupted => Failure::Other("broken off; nothing was done".to_owned()),
            kind => Failure::Other(format!("the password cannot be read: {kind}")),
        })?;
    Ok(SecretString::from(typed))
}

/// Asks while SIGINT does not end the program. rpassword sends it to itself for Ctrl-C, before it lets the
/// terminal show again what is typed: whoever types on would not see it.
fn uninterrupted<T>(ask: impl FnOnce() -> T) -> T {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, OnceLock};

    static ENDS: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    let ends = ENDS.get_or_init(|| {
        let ends = Arc::new(AtomicBool::new(true));
        // Where it cannot be, Ctrl-C ends the program as it did.
        drop(signal_hook::flag::register_conditional_default(signal_hook::consts::SIGINT, Arc::clone(&ends)));
        ends
    });
    ends.store(false, Ordering::SeqCst);
    let answer = ask();
    ends.store(true, Ordering::SeqCst);
    answer
}
