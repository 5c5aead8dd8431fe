//! The store that a command works on, opened and found fit, with who asks and when.

use std::path::Path;

use super::answer::{Failure, Fault};
use super::{clock, origin, sign_in};
use crate::config::{Config, EMBEDDED_FILE};
use crate::domain::clinic::{Clinic, UNNAMED};
use crate::domain::clock::{Now, Zone};
use crate::store::sql::history::Order;
use crate::store::sql::schema::{self, Report};
use crate::store::{Location, Store, StoreError};

/// What every command that works on the clinic's records has.
#[derive(Debug)]
pub struct Session {
    /// The store, in the clinic's zone.
    pub store: Store,
    /// The clinic's settings.
    pub clinic: Clinic,
    /// When.
    pub now: Now,
    /// What was done to the embedded file before it could be used, for standard error.
    pub notes: Vec<String>,
}

impl Session {
    /// Opens the store that the settings name, working for nobody yet. The embedded file is brought to the
    /// current schema; a server never is. Neither is made: no clinic begins by the way, as in a folder that
    /// was mistyped.
    ///
    /// # Errors
    /// [`StoreError::File`] where there is no embedded file; a store that cannot be reached, or is not on the
    /// current schema.
    pub async fn open(config: &Config) -> Result<Self, Failure> {
        let location = config.location();
        let (store, report) = match &location {
            Location::Server(_) => {
                let store = open_store(&location)?;
                store.ensure_current().await.map_err(|error| at(&location, error))?;
                (store, None)
            }
            Location::File(path) if !path.exists() => return Err(no_clinic(path).into()),
            Location::File(path) => schema::open_embedded(path, origin::current(), &new_clinic())
                .await
                .map_err(|error| at(&location, error))?,
        };
        let clinic = store.clinic().await?;
        let notes = report.and_then(|report| embedded_note(&report, &clinic)).into_iter().collect();
        let now = Now::new(clock::now(), clinic.zone);
        Ok(Session { store: store.in_zone(clinic.zone), clinic, now, notes })
    }

    /// The same, working for whoever signs in.
    ///
    /// # Errors
    /// Those of [`sign_in::sign_in`].
    pub async fn signed_in(self, config: &Config) -> Result<Self, Failure> {
        Ok(Session { store: sign_in::sign_in(self.store, config).await?, ..self })
    }

    /// The clinic's zone.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.clinic.zone
    }

    /// A write, under the key that was given or one that nobody else has.
    #[must_use]
    pub fn order(&self, request_id: Option<&str>) -> Order {
        let mut order = Order::fresh(self.now.at);
        if let Some(key) = request_id {
            key.clone_into(&mut order.key);
        }
        order
    }
}

/// The error of an embedded file that is not there.
fn no_clinic(path: &Path) -> StoreError {
    StoreError::File(format!(
        "there is no database at {}; frontdesk init sets a clinic up there",
        path.display()
    ))
}

/// The store at a place, not connected yet.
///
/// # Errors
/// Bad input: the one thing that can be wrong before anything is connected is the URL.
pub fn open_store(location: &Location) -> Result<Store, Failure> {
    Store::open(location, origin::current())
        .map_err(|error| Failure::Input(vec![Fault::of_all(error.to_string())]))
}

/// An error of opening a store, with the place that it is about.
#[must_use]
pub fn at(location: &Location, error: StoreError) -> StoreError {
    let place = location.label();
    match error {
        StoreError::Unreachable(line) => StoreError::Unreachable(format!("{place}: {line}")),
        StoreError::Schema(line) => StoreError::Schema(format!("{place}: {line}")),
        // The files' own lines name them, but for those that come from the driver.
        StoreError::File(line) if !line.contains(&place) => StoreError::File(format!("{place}: {line}")),
        other => other,
    }
}

/// The settings of a clinic that nobody has set up yet: no name of its own, and the zone of this
/// machine.
#[must_use]
pub fn new_clinic() -> Clinic {
    // TZ first, as every other program of the machine reads it.
    let variable = std::env::var("TZ").ok();
    let zone =
        variable.as_deref().map(|name| name.trim_start_matches(':')).and_then(|name| Zone::parse(name).ok());
    let zone = zone.or_else(|| iana_time_zone::get_timezone().ok().and_then(|name| Zone::parse(&name).ok()));
    Clinic { name: UNNAMED.to_owned(), zone: zone.unwrap_or_else(Zone::utc) }
}

/// What was done to the embedded file; none where another desk, starting too, had done it.
fn embedded_note(report: &Report, clinic: &Clinic) -> Option<String> {
    match &report.copy {
        _ if report.applied.is_empty() => None,
        Some(copy) => Some(format!(
            "{EMBEDDED_FILE} was brought to schema version {}; as it was before, it lies in {}",
            schema::CURRENT,
            copy.display()
        )),
        None => Some(format!(
            "this is a new clinic in the time zone {}; for another: frontdesk migrate --time-zone ZONE",
            clinic.zone.name()
        )),
    }
}
