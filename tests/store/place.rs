//! A database for each test: a new one, or one of those that are kept for the next.
//!
//! A server takes the better part of a second to make our tables and to drop them. A test that
//! leaves the schema alone therefore borrows a database that another test has done with: it holds
//! the database's lock, empties the tables, and gives it back. A few such databases stay on the
//! server, one for each test that ran at once.
//!
//! Desks work there on the account that `frontdesk grants` prints, and migrations run on the one that
//! it prints for them; what a test does as another program or an administrator, it does on the server's own.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use frontdesk::cli::grants::{Account, Accounts};
use frontdesk::store::sql::conn::Db;
use frontdesk::store::sql::schema::CURRENT;
use frontdesk::store::{Location, Store};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection, Row as _};

use crate::prepared;
use crate::support::{clinic, execute, open, rows};

/// How many databases this process made.
static MADE: AtomicU32 = AtomicU32::new(0);
/// How old a database of ours is, in seconds, when the run that made it is surely gone.
const STALE: u64 = 3_600;
/// How the names of new databases begin, before the time at which they were made.
const NEW: &str = "fdt_";
/// How the names of borrowed databases begin.
const KEPT: &str = "fdk_";
/// The password of the accounts that are made here.
pub const PASSWORD: &str = "word-of-a-desk";

/// The databases that the stores run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    MariaDb,
    MySql,
}

impl Backend {
    /// The address of its server, where it has one.
    ///
    /// A missing address fails the test; MySQL alone can be left out, by a flag that says so.
    fn server(self) -> Option<String> {
        let variable = match self {
            Backend::Sqlite => return None,
            Backend::MariaDb => "FRONTDESK_TEST_MARIADB_URL",
            Backend::MySql => "FRONTDESK_TEST_MYSQL_URL",
        };
        Some(std::env::var(variable).unwrap_or_else(|_| {
            panic!(
                "{variable} is not set: run scripts/test, or scripts/servers start and eval \"$(scripts/servers env)\""
            )
        }))
    }

    /// Whether the run was asked to do without it.
    pub fn left_out(self) -> bool {
        let asked = std::env::var("FRONTDESK_WITHOUT_MYSQL").is_ok_and(|value| value == "1");
        if self == Backend::MySql && asked {
            println!("left out, as FRONTDESK_WITHOUT_MYSQL=1 asks: nothing here was tested on MySQL");
            return true;
        }
        false
    }
}

/// A database of one's own.
pub struct Place {
    pub backend: Backend,
    /// As a desk knows it; of a new and empty one, as the migrating account does.
    pub location: Location,
    /// As the server's administrator knows it.
    admin: Location,
    /// The folder that goes with the place: the embedded file lies in it.
    pub folder: tempfile::TempDir,
    server: Option<Server>,
}

struct Server {
    url: String,
    /// The database's name.
    name: String,
    /// Holds the lock of a borrowed database.
    lock: Option<MySqlConnection>,
}

impl Place {
    /// A new and empty one.
    pub async fn new(backend: Backend) -> Self {
        let Some(url) = backend.server() else { return Place::file_of(backend) };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let name = format!("{NEW}{now}_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let mut admin = connect(&url).await;
        for name in databases(&mut admin).await {
            let made = name.strip_prefix(NEW).and_then(|rest| rest.split('_').next()?.parse::<u64>().ok());
            if made.is_some_and(|made| made + STALE < now) {
                drop_database(&mut admin, &name).await;
            }
        }
        make_account(&mut admin, &name, Account::Migrate).await;
        admin.close().await.unwrap();
        Place::on_server(backend, Server { url, name, lock: None }, Account::Migrate)
    }

    /// A new one of the current schema, for a desk.
    pub async fn migrated(backend: Backend) -> Self {
        let place = Place::new(backend).await;
        let store = place.store();
        store.migrate(false, &clinic()).await.unwrap();
        store.close().await;
        Place { location: place.of(Account::Desk).await, ..place }
    }

    /// One of the current schema whose tables are empty, and whose schema the test leaves alone.
    pub async fn borrowed(backend: Backend) -> Self {
        let Some(url) = backend.server() else {
            let place = Place::file_of(backend);
            prepared::migrate(&place.store(), &place.db()).await;
            return place;
        };
        let mut admin = connect(&url).await;
        let kind = prepared::version(&mut admin).await;
        let mut name = String::new();
        for n in 0.. {
            name = format!("{KEPT}{kind:016x}_{n}");
            if lock(&mut admin, &name).await {
                break;
            }
        }
        let known = databases(&mut admin).await;
        for old in known.iter().filter(|old| old.starts_with(KEPT) && !old.contains(&format!("{kind:016x}")))
        {
            // Of another version of the schema: another checkout's, unless it was long not used.
            let unused = format!(
                "SELECT 1 FROM information_schema.tables WHERE table_schema = '{old}' \
                 HAVING MAX(create_time) > NOW() - INTERVAL {STALE} SECOND"
            );
            let used = admin.fetch_optional(sqlx::raw_sql(AssertSqlSafe(unused))).await.unwrap().is_some();
            if !used && lock(&mut admin, old).await {
                drop_database(&mut admin, old).await;
            }
        }
        let place = Place::on_server(backend, Server { url, name: name.clone(), lock: None }, Account::Desk);
        let db = place.db();
        let whole = format!("SELECT 1 FROM {name}.frontdesk_migrations HAVING COUNT(*) = {CURRENT}");
        if known.contains(&name)
            && admin.fetch_optional(sqlx::raw_sql(AssertSqlSafe(whole))).await.is_ok_and(|row| row.is_some())
        {
            empty(&db).await;
        } else {
            // New, or of a test that was killed while it was made.
            drop_database(&mut admin, &name).await;
            run(&mut admin, format!("CREATE DATABASE {name} CHARACTER SET utf8mb4")).await;
            prepared::migrate(&open(&place.admin), &db).await;
            make_account(&mut admin, &name, Account::Desk).await;
        }
        db.close().await;
        let server = place.server.map(|server| Server { lock: Some(admin), ..server });
        Place { server, ..place }
    }

    fn file_of(backend: Backend) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frontdesk.db");
        std::fs::File::create(&path).unwrap();
        let location = Location::File(path);
        Place { backend, admin: location.clone(), location, folder, server: None }
    }

    fn on_server(backend: Backend, server: Server, of: Account) -> Self {
        let url = with_database(&server.url, &server.name);
        let location = Location::Server(as_account(&url, &server.name, of).into());
        let folder = tempfile::tempdir().unwrap();
        Place { backend, location, admin: Location::Server(url.into()), folder, server: Some(server) }
    }

    /// The same place for an account of this kind, which is made; a desk's, once its tables are there.
    pub async fn of(&self, of: Account) -> Location {
        let Some(Server { url, name, .. }) = &self.server else { return self.location.clone() };
        let mut admin = connect(url).await;
        make_account(&mut admin, name, of).await;
        admin.close().await.unwrap();
        Location::Server(as_account(&with_database(url, name), name, of).into())
    }

    /// Gives it back, or drops it where it was new, or the test failed and nobody knows how.
    pub async fn leave(self, failed: bool) {
        let Some(Server { url, name, lock }) = self.server else { return };
        let borrowed = lock.is_some();
        let mut admin = if let Some(admin) = lock { admin } else { connect(&url).await };
        if failed || !borrowed {
            drop_database(&mut admin, &name).await;
        }
        // The lock goes with the connection.
        admin.close().await.unwrap();
    }

    /// Its URL with another host and port, and without TLS, so that what passes can be read on the way.
    pub fn through(&self, port: u16) -> Location {
        let Location::Server(url) = &self.location else { panic!("a file has no port") };
        let (head, _) = secrecy::ExposeSecret::expose_secret(url).rsplit_once('@').expect("an account");
        let name = &self.server.as_ref().expect("a server").name;
        Location::Server(format!("{head}@127.0.0.1:{port}/{name}?ssl-mode=DISABLED").into())
    }

    /// The server's host and port.
    pub fn address(&self) -> String {
        let url = &self.server.as_ref().expect("a server").url;
        let (base, _) = url.split_once('?').unwrap_or((url, ""));
        base.trim_end_matches('/').rsplit(['@', '/']).next().expect("a host").to_owned()
    }

    /// The embedded file.
    pub fn file(&self) -> PathBuf {
        match &self.location {
            Location::File(path) => path.clone(),
            Location::Server(_) => panic!("a server has no file"),
        }
    }

    pub fn store(&self) -> Store {
        open(&self.location)
    }

    /// A pool of its own, for statements that no store would run, of the server's administrator.
    pub fn db(&self) -> Db {
        Db::open(&self.admin).unwrap()
    }
}

/// The accounts of a database, by its name.
pub fn accounts(database: &str) -> Accounts {
    Accounts {
        database: database.into(),
        documents: database.into(),
        migrate: format!("{database}_m"),
        desk: database.into(),
        host: "%".into(),
        tls: false,
        revoke: false,
    }
}

/// Makes an account by what `frontdesk grants` prints, and gives it a password.
async fn make_account(admin: &mut MySqlConnection, database: &str, of: Account) {
    let accounts = accounts(database);
    for statement in accounts.sql(of) {
        run(admin, statement).await;
    }
    let name = if of == Account::Desk { &accounts.desk } else { &accounts.migrate };
    run(admin, format!("ALTER USER '{name}'@'%' IDENTIFIED BY '{PASSWORD}' ACCOUNT UNLOCK")).await;
}

async fn drop_database(admin: &mut MySqlConnection, name: &str) {
    let Accounts { desk, migrate, .. } = accounts(name);
    run(admin, format!("DROP DATABASE IF EXISTS {name}; DROP USER IF EXISTS '{desk}'@'%', '{migrate}'@'%'"))
        .await;
}

/// The same URL with another account in it.
fn as_account(url: &str, database: &str, of: Account) -> String {
    let accounts = accounts(database);
    let name = if of == Account::Desk { accounts.desk } else { accounts.migrate };
    let (protocol, rest) = url.split_once("://").expect("a URL");
    let (base, query) = rest.split_once('?').unwrap_or((rest, ""));
    let host = base.rsplit_once('@').map_or(base, |(_, host)| host);
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{protocol}://{name}:{PASSWORD}@{host}{mark}{query}")
}

fn with_database(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}/{name}{mark}{query}", base.trim_end_matches('/'))
}

async fn connect(url: &str) -> MySqlConnection {
    MySqlConnection::connect(url).await.expect("the test server answers")
}

async fn run(admin: &mut MySqlConnection, statement: String) {
    admin.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await.unwrap();
}

async fn databases(admin: &mut MySqlConnection) -> Vec<String> {
    let rows = admin.fetch_all(sqlx::raw_sql("SHOW DATABASES")).await.unwrap();
    rows.iter().map(|row| row.get_unchecked(0)).collect()
}

/// Whether the lock of that name was free, and is ours now.
async fn lock(admin: &mut MySqlConnection, name: &str) -> bool {
    let ask = sqlx::query("SELECT CAST(COALESCE(GET_LOCK(?, 0), 0) AS SIGNED)").bind(name);
    ask.fetch_one(admin).await.unwrap().get::<i64, _>(0) == 1
}

/// Empties a borrowed database, and gives it a clinic's settings.
async fn empty(db: &Db) {
    let mut text = String::from("SET foreign_key_checks = 0; START TRANSACTION");
    for table in rows(db, "SHOW TABLES").await.iter().filter(|table| *table != "frontdesk_migrations") {
        text.extend(["; DELETE FROM ", table]);
    }
    let (name, zone) = (clinic().name, clinic().zone.name());
    text.push_str("; INSERT INTO clinic_settings (name, value) VALUES ");
    text.extend(["('clinic_name', '", &name, "'), ('time_zone', '", zone, "')"]);
    text.push_str("; COMMIT; SET foreign_key_checks = 1");
    execute(db, &text).await;
}
