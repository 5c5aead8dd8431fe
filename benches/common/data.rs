//! The data on which speed is measured: made once a server, and kept while the plan is the same.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use frontdesk::domain::clinic::Clinic;
use frontdesk::domain::clock::{Now, Zone};
use frontdesk::domain::ids::StaffId;
use frontdesk::domain::staff::{Identity, Role, StaffDetails};
use frontdesk::sample::{Plan, fill};
use frontdesk::store::sql::history::Order;
use frontdesk::store::sql::schema::{CURRENT, State, open_embedded};
use frontdesk::store::sql::trail::Origin;
use frontdesk::store::{Location, Store};

use super::bare::Bare;

/// Whose bookings the measurements take away again.
pub const BY: &str = "bench@bench";

pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The memory that a server is given for its data: that of a million patients is some 600 MB.
const POOL: i64 = 1 << 30;

/// A database.
#[derive(Clone)]
pub enum Place {
    Server { url: String, database: &'static str },
    File(PathBuf),
}

/// A server on which is measured.
#[derive(Clone)]
pub struct Server {
    pub name: &'static str,
    /// The URL up to the database's name; none for the embedded file.
    url: Option<String>,
}

/// The day that the clinic's data begins with, and the moment at which it stands.
pub fn now() -> Now {
    // 2026-12-01T08:00:00Z
    let at: DateTime<Utc> = DateTime::from_timestamp(1_796_112_000, 0).unwrap_or_default();
    Now::new(at, Zone::utc())
}

fn clinic() -> Clinic {
    Clinic { name: "Made-up clinic".to_owned(), zone: Zone::utc() }
}

pub fn today() -> NaiveDate {
    now().today()
}

impl Server {
    /// The embedded file always, and the servers that the environment names.
    pub fn all() -> Vec<Server> {
        let mut all = vec![Server { name: "sqlite", url: None }];
        for (name, variable) in
            [("mariadb", "FRONTDESK_TEST_MARIADB_URL"), ("mysql", "FRONTDESK_TEST_MYSQL_URL")]
        {
            match std::env::var(variable) {
                Ok(url) => all.push(Server { name, url: Some(url) }),
                Err(_) => println!("{name}: not measured, since {variable} is not set (scripts/servers env)"),
            }
        }
        all
    }

    fn place(&self, database: &'static str) -> Place {
        if let Some(url) = &self.url {
            let (head, query) = url.split_once('?').unwrap_or((url, ""));
            let query = if query.is_empty() { String::new() } else { format!("?{query}") };
            let authority = head.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
            Place::Server { url: format!("{authority}/{database}{query}"), database }
        } else {
            let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/bench-data");
            Place::File(folder.join(format!("{database}.db")))
        }
    }

    /// Gives the server memory for its data, as a clinic's has it; those that are started for tests
    /// have little. Answers what it had, to be given back.
    pub async fn widen(&self) -> Outcome<Option<i64>> {
        if self.url.is_none() {
            return Ok(None);
        }
        let mut bare = Bare::open(&self.place("")).await?;
        let had = bare.number("SELECT CAST(@@GLOBAL.innodb_buffer_pool_size AS SIGNED)").await?;
        if had >= POOL {
            return Ok(None);
        }
        if bare.set_pool(POOL).await.is_err() {
            println!("{}: innodb_buffer_pool_size stays at {had}: the data does not fit into it", self.name);
            return Ok(None);
        }
        // It grows in the background.
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        Ok(Some(had))
    }

    /// Gives back what [`Server::widen`] took.
    pub async fn narrow(&self, had: Option<i64>) -> Outcome<()> {
        if let Some(had) = had {
            Bare::open(&self.place("")).await?.set_pool(had).await?;
        }
        Ok(())
    }

    /// A store that holds the plan's clinic, made where it is not there, and a bare connection.
    pub async fn open(&self, database: &'static str, plan: &Plan) -> Outcome<(Store, Bare)> {
        let place = self.place(database);
        let marker = format!("{plan:?} {}", today());
        if let Some((store, bare)) = kept(&place, &marker).await {
            if store.schema_state().await? != State::At(CURRENT) {
                store.migrate(false, &clinic()).await?;
            }
            // Made before there was staff.
            let store = if store.has_staff().await? { store } else { set_up(store).await? };
            return Ok((store, bare));
        }
        println!("{}: making {database}: {} patients ...", self.name, plan.patients);
        let started = std::time::Instant::now();
        let store = emptied(&place).await?;
        fill(&store, plan, now(), |_| {}).await?;
        let mut bare = Bare::open(&place).await?;
        // What InnoDB does by itself a while after a load. SQLite is left without statistics, as
        // clinics' files are.
        if matches!(place, Place::Server { .. }) {
            bare.run("ANALYZE TABLE patients, doctors, appointments, doctor_availability, calendar_days, patient_names, name_words")
                .await?;
        }
        bare.note("bench_plan", &marker).await?;
        println!("{}: made in {:.0?}", self.name, started.elapsed());
        Ok((store, bare))
    }
}

/// What was made before, if it is the same.
async fn kept(place: &Place, marker: &str) -> Option<(Store, Bare)> {
    if let Place::File(path) = place
        && !path.exists()
    {
        return None;
    }
    let mut bare = Bare::open(place).await.ok()?;
    let found = bare.text("SELECT value FROM clinic_settings WHERE name = 'bench_plan'").await.ok()??;
    (found == marker).then_some(())?;
    Some((at_work(Store::open(&location(place), origin()).ok()?), bare))
}

fn location(place: &Place) -> Location {
    match place {
        Place::Server { url, .. } => Location::Server(url.clone().into()),
        Place::File(path) => Location::File(path.clone()),
    }
}

/// A database of the current schema with nothing in it.
async fn emptied(place: &Place) -> Outcome<Store> {
    match place {
        Place::File(path) => {
            for tail in ["", "-wal", "-shm"] {
                let mut name = path.clone().into_os_string();
                name.push(tail);
                drop(std::fs::remove_file(PathBuf::from(name)));
            }
            set_up(open_embedded(path, origin(), &clinic()).await?.0).await
        }
        Place::Server { url, database } => {
            let bare_url = url.replace(&format!("/{database}"), "/");
            let server = Place::Server { url: bare_url, database: "" };
            let mut bare = Bare::open(&server).await?;
            let (drop_it, make_it) = match *database {
                "frontdesk_bench" => (
                    "DROP DATABASE IF EXISTS frontdesk_bench",
                    "CREATE DATABASE frontdesk_bench CHARACTER SET utf8mb4",
                ),
                _ => (
                    "DROP DATABASE IF EXISTS frontdesk_bench_full",
                    "CREATE DATABASE frontdesk_bench_full CHARACTER SET utf8mb4",
                ),
            };
            bare.run(drop_it).await?;
            bare.run(make_it).await?;
            let store = Store::open(&location(place), origin())?;
            store.migrate(false, &clinic()).await?;
            set_up(store).await
        }
    }
}

/// Where the measurements run: under the account that the desk which is measured signs in by.
fn origin() -> Origin {
    frontdesk::cli::origin::current()
}

/// The clinic's one member of staff.
fn staff() -> StaffDetails {
    StaffDetails {
        name: BY.into(),
        email: "bench@example.org".into(),
        role: Role::Administrator,
        doctor_id: None,
        os_user: Some(origin().os_user),
        os_user_signs_in: true,
        may_overbook: true,
        may_refund: true,
    }
}

/// The store for them.
fn at_work(store: Store) -> Store {
    let StaffDetails { name, email, role, doctor_id, may_overbook, may_refund, .. } = staff();
    store.acting(Identity { staff_id: StaffId(1), name, email, role, doctor_id, may_overbook, may_refund })
}

/// The same, once the clinic was set up.
async fn set_up(store: Store) -> Outcome<Store> {
    store.set_up(&Order::fresh(now().at), &clinic(), &staff(), None).await?;
    Ok(at_work(store))
}
