//! `init`: sets a clinic up: its database, its name and zone, and its first administrator. By questions on a
//! terminal, by flags in a script.

use std::io::{self, IsTerminal as _};

use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};

use super::answer::{Answer, Failure, Fault, Format};
use super::session::{at, new_clinic, open_store};
use super::sign_in::{ask, ask_password, from_command};
use super::{clock, json, origin, values};
use crate::config::Config;
use crate::domain::clinic::Clinic;
use crate::domain::clock::Zone;
use crate::domain::password::accept_password;
use crate::domain::staff::{Role, StaffDetails, StaffMember};
use crate::domain::text::accept_line;
use crate::store::sql::history::Order;
use crate::store::sql::schema;
use crate::store::sql::staff::NewPassword;
use crate::store::{Location, Store, StoreError, password};

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// The clinic's name
    #[arg(long, value_name = "NAME")]
    clinic: Option<String>,
    /// The clinic's time zone, as Europe/Berlin [default: this machine's]
    #[arg(long, value_name = "ZONE", value_parser = values::zone)]
    time_zone: Option<Zone>,
    /// The first administrator's name
    #[arg(long)]
    name: Option<String>,
    /// The first administrator's e-mail, with which they sign in
    #[arg(long)]
    email: Option<String>,
    /// Let the Unix account that runs this be the proof of who the administrator is: no password is asked on
    /// this account, nor needed
    #[arg(long)]
    by_account: bool,
}

/// Sets the clinic up.
///
/// # Errors
/// A value that cannot stand, a clinic that was set up already, or the store's.
pub async fn init(args: &Init, config: &Config, format: Format) -> Result<Answer, Failure> {
    let location = config.location();
    let asks = io::stdin().is_terminal();
    let known = Store::open(&location, origin::current());
    let is_there = !matches!(&location, Location::File(path) if !path.exists());
    if is_there && let Ok(store) = known {
        // Before anything is asked that would be asked in vain.
        if store.has_staff().await.unwrap_or(false) {
            return Err(StoreError::SetUpAlready.into());
        }
        store.close().await;
    }
    let clinic = clinic(args, asks)?;
    let details = administrator(args, asks)?;
    let password = new_password(args, asks, &[&details.name, &details.email, &clinic.name]).await?;
    let store = migrated(&location, &clinic).await.map_err(|error| match error {
        Failure::Store(error) => Failure::Store(at(&location, error)),
        other => other,
    })?;
    let order = Order::fresh(clock::now());
    let member = store.set_up(&order, &clinic, &details, password.as_ref()).await;
    store.close().await;
    let member = member?;
    let document = || {
        serde_json::json!({ "clinic": {
            "clinic_name": clinic.name,
            "time_zone": clinic.zone.name(),
            "administrator": json::Staff::from(&member),
        } })
    };
    Answer::new(format, document, || people(&clinic, &member, &location))
}

fn people(clinic: &Clinic, member: &StaffMember, location: &Location) -> String {
    let how = if member.details.os_user_signs_in {
        format!("by the Unix account {}", member.details.os_user.as_deref().unwrap_or_default())
    } else {
        "by e-mail and password".to_owned()
    };
    format!(
        "{} is set up in {} ({}).\n{} <{}> is its administrator, and signs in {how}.\n\
         Next: frontdesk doctor add, frontdesk hours add, frontdesk staff add, and frontdesk to open the desk.\n",
        clinic.name,
        location.label(),
        clinic.zone.name(),
        member.details.name,
        member.details.email
    )
}

/// The value of a flag, or what is answered where it was not given.
fn or_asked(flag: Option<&String>, name: &str, question: &str, asks: bool) -> Result<String, Failure> {
    match flag {
        Some(value) => Ok(value.clone()),
        None if asks => ask(question),
        None => Err(Failure::input(name, "is missing; there is no terminal to ask on")),
    }
}

fn clinic(args: &Init, asks: bool) -> Result<Clinic, Failure> {
    let new = new_clinic();
    let name = or_asked(args.clinic.as_ref(), "--clinic", "The clinic's name: ", asks)?;
    let name = accept_line(&name, crate::domain::patient::MAX_NAME)
        .map_err(|fault| Failure::input("--clinic", fault))?;
    let zone = match args.time_zone {
        Some(zone) => zone,
        None if asks => {
            let typed = ask(&format!("Its time zone [{}]: ", new.zone.name()))?;
            if typed.is_empty() {
                new.zone
            } else {
                Zone::parse(&typed).map_err(|fault| Failure::input("--time-zone", fault))?
            }
        }
        None => new.zone,
    };
    Ok(Clinic { name, zone })
}

fn administrator(args: &Init, asks: bool) -> Result<StaffDetails, Failure> {
    let details = StaffDetails {
        name: or_asked(args.name.as_ref(), "--name", "Your name: ", asks)?,
        email: or_asked(args.email.as_ref(), "--email", "Your e-mail, with which you sign in: ", asks)?,
        role: Role::Administrator,
        doctor_id: None,
        os_user: args.by_account.then(|| origin::current().os_user),
        os_user_signs_in: args.by_account,
        // Who administers the clinic could give it to themselves.
        may_overbook: true,
        may_refund: true,
    };
    Ok(details.accept(None)?)
}

/// The password that somebody chooses: what the command prints that the environment names, or what is typed
/// twice. None where the account is proof enough and nobody named a command.
async fn new_password(args: &Init, asks: bool, about: &[&str]) -> Result<Option<NewPassword>, Failure> {
    let typed = match from_command().await? {
        Some(typed) => typed,
        None if args.by_account => return Ok(None),
        None if asks => choose(about)?,
        None => {
            let line = "there is no terminal to ask for a password on; set FRONTDESK_PASSWORD_COMMAND, or let \
                        this Unix account be the proof with --by-account";
            return Err(Failure::Input(vec![Fault::of_all(line)]));
        }
    };
    hashed(&typed, about, false).await.map(Some)
}

/// Asks for a new password until one can stand, and for the same once more.
///
/// # Errors
/// Where there is no terminal.
pub fn choose(about: &[&str]) -> Result<SecretString, Failure> {
    loop {
        let typed = ask_password("A password (a sentence does well): ")?;
        if let Err(fault) = accept_password(typed.expose_secret(), about) {
            super::answer::say(&[format!("the password {fault}")]);
            continue;
        }
        if ask_password("The same again: ")?.expose_secret() == typed.expose_secret() {
            return Ok(typed);
        }
        super::answer::say(&["the two are not the same; type it anew".to_owned()]);
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

async fn migrated(location: &Location, clinic: &Clinic) -> Result<Store, Failure> {
    Ok(match location {
        Location::Server(_) => {
            let store = open_store(location)?;
            // The desk's own account may not migrate: where an administrator of the database did, it need not.
            if store.ensure_current().await.is_err() {
                store.migrate(false, clinic).await?;
            }
            store
        }
        Location::File(path) => schema::open_embedded(path, origin::current(), clinic).await?.0,
    })
}
