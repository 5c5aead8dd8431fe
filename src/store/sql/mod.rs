//! The relational half: one implementation over MySQL, MariaDB and SQLite, a file an aggregate.
//!
//! SQL is static text, written once where the dialects agree; where they differ, both texts stand
//! side by side in [`dialect`]. There is no trait per aggregate here, since there is one
//! implementation: the wall is [`Store`], and the difference between the drivers lies below it, in
//! [`pool`], [`conn`], [`row`], `journey` and `packed`.

pub mod appointments;
pub mod audit;
pub mod availability;
pub mod booking;
pub mod bulk;
pub mod census;
pub mod clinic;
pub mod conn;
mod day;
pub mod dialect;
mod diary;
pub mod doctors;
pub mod drafts;
pub mod history;
mod journey;
pub mod openings;
mod packed;
pub mod passwords;
pub mod patients;
pub mod pool;
pub mod reads;
pub mod retry;
pub mod row;
pub mod schema;
pub mod search;
pub mod sign_in;
pub mod staff;
pub mod stmt;
pub mod trail;
mod verify;
mod versions;
pub mod who;
pub mod words;
mod writing;

use std::path::PathBuf;
use std::sync::{Arc, RwLock};

use secrecy::ExposeSecret;

use self::conn::Db;
use self::pool::Patience;
use self::trail::{Origin, Trail};
use self::who::{Proofs, Who};
use super::Result;
use super::transport::ServerUrl;
use crate::domain::clock::Zone;
use crate::domain::words::NameWords;

/// Where the relational half lies.
#[derive(Clone, Debug)]
pub enum Location {
    /// A MySQL or MariaDB server; the URL may hold a password.
    Server(ServerUrl),
    /// The embedded file.
    File(PathBuf),
}

impl Location {
    /// What it may be called on screens and in logs: host, port and database, without the user, the
    /// password and the options.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Location::File(path) => path.display().to_string(),
            Location::Server(url) => {
                let url = url.expose_secret();
                let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
                let rest = rest.split(['?', '#']).next().unwrap_or_default();
                rest.rsplit_once('@').map_or(rest, |(_, host)| host).to_owned()
            }
        }
    }
}

/// The database that a server's URL names, if it names one.
#[must_use]
pub fn database_of(url: &ServerUrl) -> Option<String> {
    let (options, _) = super::transport::mysql(url).ok()?;
    options.get_database().filter(|name| !name.is_empty()).map(str::to_owned)
}

/// The relational half of a clinic. Cheap to clone: all clones share the connections.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
    zone: Zone,
    /// The words of all names, once they were read (see [`search`]).
    words: Arc<RwLock<Option<Arc<NameWords>>>>,
    /// The doctors and their hours, once they were read (see [`day`]).
    known: day::Known,
    /// Whom it works for.
    who: Who,
    /// By which passwords people signed in here.
    proofs: Proofs,
    /// What this desk puts on the audit trail.
    trail: Arc<Trail>,
}

impl Store {
    /// The store at a place, of a desk that runs at `origin`. Nothing is connected yet: the first question
    /// finds out. It works for nobody yet (see [`Store::acting`]).
    ///
    /// # Errors
    /// Where the URL is not one.
    pub fn open(location: &Location, origin: Origin) -> Result<Self> {
        Store::open_with(location, origin, Patience::default())
    }

    /// The same for a server that is given less time to answer, or more.
    ///
    /// # Errors
    /// Where the URL is not one.
    pub fn open_with(location: &Location, origin: Origin, patience: Patience) -> Result<Self> {
        let db = Db::open_with(location, patience)?;
        Ok(Store {
            db,
            zone: Zone::utc(),
            words: Arc::default(),
            known: day::Known::default(),
            who: Who::default(),
            proofs: Proofs::default(),
            trail: Arc::new(Trail::new(origin)),
        })
    }

    /// The same store with the clinic's zone, which the rules inside its transactions need.
    #[must_use]
    pub fn in_zone(mut self, zone: Zone) -> Self {
        self.zone = zone;
        self
    }

    /// The clinic's zone.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// Which server answers, for screens: `sqlite`, `mysql`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.db.dialect().name()
    }

    /// Closes the connections, after what runs on them has finished.
    pub async fn close(&self) {
        self.db.close().await;
    }
}
