//! `init`: sets a clinic up: its database, its name and zone, and its first administrator. By questions on a
//! terminal, by flags in a script.

use std::io::{self, IsTerminal as _};

use clap::Args;

use super::answer::{Answer, Failure, Fault, Format};
use super::session::{at, new_clinic, open_store};
use super::sign_in::ask_until;
use super::{clock, json, new_password, origin, sign_in, values};
use crate::config::Config;
use crate::domain::clinic::{Clinic, UNNAMED};
use crate::domain::clock::Zone;
use crate::domain::contact::accept_email;
use crate::domain::patient::MAX_NAME;
use crate::domain::staff::{Role, StaffDetails, StaffMember};
use crate::domain::text::accept_line;
use crate::store::sql::history::Order;
use crate::store::sql::schema;
use crate::store::sql::staff::NewPassword;
use crate::store::{Location, Store, StoreError};

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// The clinic's name
    #[arg(long, value_name = "NAME")]
    clinic: Option<String>,
    /// The clinic's time zone, as Europe/Berlin [default: this machine's]
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
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

/// Sets the clinic up. Nothing is written before everything is answered.
///
/// # Errors
/// A value that cannot stand, a clinic that was set up already, or the store's.
pub async fn init(args: &Init, config: &Config, format: Format) -> Result<Answer, Failure> {
    let location = config.location();
    let asks = io::stdin().is_terminal();
    let new = not_set_up(&location).await?;
    let given = Given::of(args, asks, &new)?;
    let name = or_asked(given.clinic, &clinic_question(&new), |typed| match typed {
        "" if new.name != UNNAMED => Ok(new.name.clone()),
        typed => accept_line(typed, MAX_NAME).map_err(|fault| format!("the clinic's name {fault}")),
    })?;
    let zone =
        or_asked(given.zone, &format!("Its time zone [{}]: ", new.zone.name()), |typed| match typed {
            "" => Ok(new.zone),
            typed => Zone::parse(typed),
        })?;
    let clinic = Clinic { name, zone };
    let details = StaffDetails {
        name: or_asked(given.name, "Your name: ", |typed| {
            accept_line(typed, MAX_NAME).map_err(|fault| format!("the name {fault}"))
        })?,
        email: or_asked(given.email, "Your e-mail, with which you sign in: ", |typed| {
            accept_email(typed).map_err(|fault| format!("the e-mail {fault}"))
        })?,
        role: Role::Administrator,
        doctor_id: None,
        os_user: args.by_account.then(|| origin::current().os_user),
        os_user_signs_in: args.by_account,
        // Who administers the clinic could give it to themselves.
        may_overbook: true,
        may_refund: true,
    };
    let details = details.accept(None)?;
    let password = password(args, asks, &[&details.name, &details.email, &clinic.name]).await?;
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

/// What the clinic is called now, where it has a name; found out before anything is asked that would be
/// asked in vain.
///
/// # Errors
/// [`StoreError::SetUpAlready`], or a store that cannot be reached.
async fn not_set_up(location: &Location) -> Result<Clinic, Failure> {
    let new = new_clinic();
    if matches!(location, Location::File(path) if !path.exists()) {
        return Ok(new);
    }
    let store = open_store(location)?;
    let known = match store.has_staff().await {
        Ok(true) => Err(StoreError::SetUpAlready),
        Err(error) if error.is_outage() || matches!(error, StoreError::File(_)) => Err(at(location, error)),
        // An empty database, or one of an older program: what is missing is made at the end.
        Ok(false) | Err(_) => Ok(store.clinic_migrated(&new).await.unwrap_or(new)),
    };
    store.close().await;
    Ok(known?)
}

/// The flags as they stand; what was not given is asked for.
struct Given {
    clinic: Option<String>,
    zone: Option<Zone>,
    name: Option<String>,
    email: Option<String>,
}

impl Given {
    /// # Errors
    /// All that cannot stand, and all that is missing where nobody can be asked.
    fn of(args: &Init, asks: bool, new: &Clinic) -> Result<Self, Failure> {
        let mut faults = Vec::new();
        let mut fault = |flag: &str, fault: String| {
            faults.push(Fault { field: Some(flag.to_owned()), message: fault });
        };
        let mut accepted =
            |flag, value: Option<&String>, accept: fn(&str) -> Result<String, String>| match value
                .map(|value| accept(value))
            {
                Some(Ok(value)) => Some(value),
                Some(Err(wrong)) => {
                    fault(flag, wrong);
                    None
                }
                None => {
                    if !asks {
                        fault(flag, "is missing; there is no terminal to ask on".to_owned());
                    }
                    None
                }
            };
        let line = |typed: &str| accept_line(typed, MAX_NAME).map_err(|fault| fault.to_string());
        let named = (!asks && new.name != UNNAMED).then_some(&new.name);
        let clinic = accepted("--clinic", args.clinic.as_ref().or(named), line);
        // Like the others, so that each wrong value is named.
        let usual = (!asks).then(|| new.zone.name().to_owned());
        let zone = accepted("--time-zone", args.time_zone.as_ref().or(usual.as_ref()), |typed| {
            values::zone(typed).map(|zone| zone.name().to_owned())
        });
        let given = Given {
            clinic,
            zone: zone.and_then(|name| Zone::parse(&name).ok()),
            name: accepted("--name", args.name.as_ref(), line),
            email: accepted("--email", args.email.as_ref(), |typed| {
                accept_email(typed).map_err(|fault| fault.to_string())
            }),
        };
        if faults.is_empty() { Ok(given) } else { Err(Failure::Input(faults)) }
    }
}

fn clinic_question(new: &Clinic) -> String {
    if new.name == UNNAMED {
        "The clinic's name: ".to_owned()
    } else {
        format!("The clinic's name [{}]: ", crate::domain::text::clean(&new.name))
    }
}

/// What a flag gave, or what is answered.
fn or_asked<T>(
    given: Option<T>,
    question: &str,
    accept: impl Fn(&str) -> Result<T, String>,
) -> Result<T, Failure> {
    given.map_or_else(|| ask_until(question, accept), Ok)
}

/// The password that somebody chooses: what the command prints that the environment names, or what is typed
/// twice. None where the account is proof enough and nobody named a command.
async fn password(args: &Init, asks: bool, about: &[&str]) -> Result<Option<NewPassword>, Failure> {
    let printed = match new_password::from_command().await? {
        Some(printed) => Some(printed),
        // With which they sign in afterwards.
        None => sign_in::from_command(sign_in::PASSWORD_COMMAND).await?,
    };
    let typed = match printed {
        Some(printed) => printed,
        None if args.by_account => return Ok(None),
        None if asks => new_password::choose(about)?,
        None => {
            let line = "there is no terminal to ask for a password on; set FRONTDESK_NEW_PASSWORD_COMMAND, or \
                        let this Unix account be the proof with --by-account";
            return Err(Failure::Input(vec![Fault::of_all(line)]));
        }
    };
    new_password::hashed(&typed, about, false).await.map(Some)
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
