//! The pool of either driver: how a connection to a server or to the embedded file is opened, and
//! how long one is waited for.

use std::io::ErrorKind;
use std::time::Duration;

use sqlx::mysql::{MySqlConnection, MySqlPool, MySqlPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};

use super::Location;
use super::conn::{Conn, Embedded, Served};
use super::dialect::{self, Dialect};
use super::retry::retry;
use crate::store::transport::{self, ServerUrl};
use crate::store::{Result, StoreError};

/// How long a desk waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(3);
/// A connection that takes longer may be to a server that refuses it.
const DOUBT: Duration = Duration::from_millis(50);
/// The same where there are connections, which may just be in use.
const DOUBT_AT_WORK: Duration = Duration::from_millis(250);
/// How long a connection that was idle may take to say that it still stands. One that takes longer is
/// replaced, for which there must be time within [`ACQUIRE`].
const ALIVE: Duration = Duration::from_millis(700);
/// How long SQLite waits for another process's write.
const BUSY: Duration = Duration::from_secs(5);
/// Connections a desk: one for what is read while one write is under way, and one to spare.
/// Servers allow 151 by default, for all desks.
const CONNECTIONS: u32 = 3;

/// How long a server may take to answer a statement. Where a host is gone, or a firewall has forgotten
/// the connection, nothing is refused and nothing breaks: there is only no answer. The embedded file
/// needs none of this, since what it waits for is its lock, which has its own bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// A statement that reads: far longer than the slowest search takes.
    pub read: Duration,
    /// A statement within a transaction, or one that writes: longer than a lock is waited for
    /// (`innodb_lock_wait_timeout`, 5 s).
    pub write: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience { read: Duration::from_secs(5), write: Duration::from_secs(10) }
    }
}

/// The pool of either driver.
#[derive(Clone, Debug)]
pub enum Db {
    /// MySQL and MariaDB.
    MySql {
        /// The connections.
        pool: MySqlPool,
        /// How long each may be silent.
        patience: Patience,
    },
    /// The embedded file.
    Sqlite(SqlitePool),
}

impl Db {
    /// The pool of a place; connects when first asked for a connection.
    ///
    /// # Errors
    /// Where the URL is not one.
    pub fn open(location: &Location) -> Result<Self> {
        Db::open_with(location, Patience::default())
    }

    /// The same with another patience.
    ///
    /// # Errors
    /// Where the URL is not one.
    pub fn open_with(location: &Location, patience: Patience) -> Result<Self> {
        match location {
            Location::Server(url) => Ok(Db::MySql { pool: server(url)?, patience }),
            Location::File(path) => {
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(false)
                    .foreign_keys(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    // What was acknowledged survives a power cut, not just a crash.
                    .synchronous(SqliteSynchronous::Full)
                    // A megabyte a connection: the system's own cache holds the file.
                    .pragma("cache_size", "-1000")
                    // What is sorted or set aside holds patients' data: no temporary file of it.
                    .pragma("temp_store", "MEMORY")
                    .busy_timeout(BUSY)
                    // sqlx would log a slow statement's text, which may hold values (see `journey`).
                    .disable_statement_logging();
                let pool = SqlitePoolOptions::new()
                    .max_connections(CONNECTIONS)
                    .acquire_timeout(ACQUIRE)
                    .idle_timeout(None)
                    .max_lifetime(None)
                    .test_before_acquire(false)
                    .connect_lazy_with(options);
                Ok(Db::Sqlite(pool))
            }
        }
    }

    /// Whose SQL it speaks.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self {
            Db::MySql { .. } => Dialect::MySql,
            Db::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// A connection, where one is idle, without asking a server first whether it still stands, which
    /// takes as long as a small question: for what may be read at the same time, or is tried again.
    /// That it is found broken says nothing of the server.
    #[must_use]
    pub fn idle(&self) -> Option<Conn> {
        match self {
            Db::MySql { pool, patience } => {
                pool.try_acquire().map(|conn| Conn::MySql(Served::new(conn, *patience)))
            }
            Db::Sqlite(pool) => {
                pool.try_acquire().map(|conn| Conn::Sqlite(Embedded { conn, is_open: false }))
            }
        }
    }

    /// The same, or a new one where there is room for it.
    pub async fn spare(&self) -> Option<Conn> {
        let size = match self {
            Db::MySql { pool, .. } => pool.size(),
            Db::Sqlite(pool) => pool.size(),
        };
        match self.idle() {
            None if size < CONNECTIONS => self.acquire().await.ok(),
            idle => idle,
        }
    }

    /// A connection of one's own for a while. A server that refuses is said at once: the pool takes
    /// it for one that is about to come up, and waits.
    ///
    /// # Errors
    /// Where the database cannot be reached.
    pub async fn acquire(&self) -> Result<Conn> {
        Ok(match self {
            Db::MySql { pool, patience } => {
                let doubt = if pool.size() == 0 { DOUBT } else { DOUBT_AT_WORK };
                let conn = tokio::select! {
                    biased;
                    conn = pool.acquire() => conn.map_err(StoreError::of_connecting),
                    error = refused(pool, doubt) => Err(error),
                };
                Conn::MySql(Served::new(conn?, *patience))
            }
            Db::Sqlite(pool) => {
                // To put a new file on its write-ahead log SQLite waits for nobody: another desk that
                // does so at the same moment is in the way for an instant.
                let conn = retry(|| async { pool.acquire().await.map_err(StoreError::from) }).await?;
                Conn::Sqlite(Embedded { conn, is_open: false })
            }
        })
    }

    /// Closes the pool.
    pub async fn close(&self) {
        match self {
            Db::MySql { pool, .. } => pool.close().await,
            Db::Sqlite(pool) => pool.close().await,
        }
    }
}

/// Waits until a server refuses a connection; for ever where it does not.
async fn refused(pool: &MySqlPool, doubt: Duration) -> StoreError {
    tokio::time::sleep(doubt).await;
    let options = pool.connect_options();
    // In a task that goes on by itself: what breaks off amid the greeting is an error in the server's
    // log, and of too many it shuts the host out. One that says nothing is not waited for any longer.
    let tried = tokio::spawn(tokio::time::timeout(ACQUIRE, async move {
        match MySqlConnection::connect_with(&options).await {
            Ok(connection) => connection.close().await.err(),
            Err(error) => Some(error),
        }
    }));
    match tried.await {
        Ok(Ok(Some(sqlx::Error::Io(error)))) if error.kind() == ErrorKind::ConnectionRefused => {
            StoreError::of_connecting(sqlx::Error::Io(error))
        }
        _ => std::future::pending().await,
    }
}

fn server(url: &ServerUrl) -> Result<MySqlPool> {
    let (options, _) = transport::mysql(url)?;
    // sqlx would log a slow statement's text, which may hold values (see `journey`).
    let options = options.disable_statement_logging();
    let pool = MySqlPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE)
        // Sooner than the server ends the session (see `dialect::SESSION`).
        .idle_timeout(Duration::from_secs(20))
        // Asked below, where the answer is not waited for without end.
        .test_before_acquire(false)
        .before_acquire(|connection, _| {
            Box::pin(async move {
                let alive = tokio::time::timeout(ALIVE, connection.ping()).await;
                Ok(matches!(alive, Ok(Ok(()))))
            })
        })
        .after_connect(|connection, _| {
            Box::pin(async move {
                // MySQL and MariaDB name the isolation level differently, and each refuses the
                // other's name with 1193; Galera alone has wsrep_sync_wait.
                if connection.execute(dialect::SESSION).await.is_err() {
                    connection.execute(dialect::SESSION_MARIADB).await?;
                }
                let wsrep = connection
                    .fetch_optional("SHOW VARIABLES WHERE variable_name = 'wsrep_on' AND value = 'ON'")
                    .await?;
                if wsrep.is_some() {
                    connection.execute("SET SESSION wsrep_sync_wait = 1").await?;
                }
                Ok(())
            })
        })
        .after_release(|connection, _| {
            Box::pin(async move {
                // A connection that was dropped inside a transaction must not carry it to the
                // next user. What it says where that fails may be of a statement before, and quote
                // a value: sqlx would log it.
                Ok(connection.execute("ROLLBACK").await.is_ok())
            })
        })
        .connect_lazy_with(options);
    Ok(pool)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sql::stmt::Stmt;

    #[tokio::test]
    async fn the_embedded_file_is_sorted_in_memory_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        std::fs::write(&path, []).unwrap();
        let db = Db::open(&Location::File(path)).unwrap();
        let row = db.acquire().await.unwrap().first(Stmt::new("PRAGMA temp_store")).await.unwrap().unwrap();
        // 2 is MEMORY (sqlite.org/pragma.html#pragma_temp_store).
        assert_eq!(row.cells("x").get::<i64>().unwrap(), 2);
        db.close().await;
    }
}
