//! Connections: the one place where the two drivers meet.
//!
//! A [`Conn`] runs the same statement on either driver; a [`Row`] reads the same columns from
//! either. Every query of the relational half goes through here, so that it is written once.

use std::io::ErrorKind;
use std::str::FromStr;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use secrecy::ExposeSecret;
use sqlx::mysql::{
    MySql, MySqlConnectOptions, MySqlConnection, MySqlPool, MySqlPoolOptions, MySqlQueryResult, MySqlRow,
    MySqlSslMode,
};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteQueryResult,
    SqliteRow, SqliteSynchronous,
};
use sqlx::{Column as _, ConnectOptions as _, Connection as _, Decode, Executor as _, Row as _, Type};

use super::Location;
use super::dialect::{self, Both, Dialect};
use super::retry::retry;
pub use super::stmt::{Stmt, Value};

use crate::store::{Result, StoreError};

/// How long a desk waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(3);
/// A first connection that takes longer may be to a server that refuses it.
const DOUBT: Duration = Duration::from_millis(50);
/// How long SQLite waits for another process's write.
const BUSY: Duration = Duration::from_secs(5);
/// Connections a desk: one for what is read while one write is under way, and one to spare.
/// Servers allow 151 by default, for all desks.
const CONNECTIONS: u32 = 3;

/// The pool of either driver.
#[derive(Clone, Debug)]
pub enum Db {
    /// MySQL and MariaDB.
    MySql(MySqlPool),
    /// The embedded file.
    Sqlite(SqlitePool),
}

impl Db {
    /// The pool of a place; connects when first asked for a connection.
    ///
    /// # Errors
    /// Where the URL is not one.
    pub fn open(location: &Location) -> Result<Self> {
        match location {
            Location::Server(url) => server(url.expose_secret()),
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
            Db::MySql(_) => Dialect::MySql,
            Db::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// A second connection to a server, where one is idle: for what may be read at the same time. It
    /// may be found broken, which says nothing of the server. To the embedded file there is none: its
    /// time goes into reading, not into waiting.
    #[must_use]
    pub fn idle(&self) -> Option<Conn> {
        match self {
            Db::MySql(pool) => pool.try_acquire().map(Conn::MySql),
            Db::Sqlite(_) => None,
        }
    }

    /// The same without asking the server first whether the connection still stands, which takes as
    /// long as a small question: for what is tried again where it does not.
    ///
    /// # Errors
    /// Where the database cannot be reached.
    pub async fn acquire_unasked(&self) -> Result<Conn> {
        match self {
            Db::MySql(pool) => match pool.try_acquire() {
                Some(conn) => Ok(Conn::MySql(conn)),
                None => self.acquire().await,
            },
            Db::Sqlite(_) => self.acquire().await,
        }
    }

    /// A connection of one's own for a while.
    ///
    /// # Errors
    /// Where the database cannot be reached.
    pub async fn acquire(&self) -> Result<Conn> {
        Ok(match self {
            Db::MySql(pool) => Conn::MySql(pool.acquire().await.map_err(StoreError::of_connecting)?),
            Db::Sqlite(pool) => {
                // To put a new file on its write-ahead log SQLite waits for nobody: another desk that
                // does so at the same moment is in the way for an instant.
                let conn = retry(|| async { pool.acquire().await.map_err(StoreError::from) }).await?;
                Conn::Sqlite(Embedded { conn, is_open: false })
            }
        })
    }

    /// The same for the first time, where a server that refuses is said at once: the pool takes it
    /// for one that is about to come up, and waits. At a desk that works already, it may well be.
    ///
    /// # Errors
    /// Where the database cannot be reached.
    pub async fn acquire_first(&self) -> Result<Conn> {
        match self {
            Db::MySql(pool) => tokio::select! {
                biased;
                conn = self.acquire() => conn,
                error = refused(pool) => Err(error),
            },
            Db::Sqlite(_) => self.acquire().await,
        }
    }

    /// Closes the pool.
    pub async fn close(&self) {
        match self {
            Db::MySql(pool) => pool.close().await,
            Db::Sqlite(pool) => pool.close().await,
        }
    }
}

/// Waits until a server refuses a connection; for ever where it does not.
async fn refused(pool: &MySqlPool) -> StoreError {
    tokio::time::sleep(DOUBT).await;
    let options = pool.connect_options();
    // In a task that is never aborted: what breaks off amid the greeting is an error in the server's
    // log, and of too many it shuts the host out.
    let tried = tokio::spawn(async move {
        match MySqlConnection::connect_with(&options).await {
            Ok(connection) => connection.close().await.err(),
            Err(error) => Some(error),
        }
    });
    match tried.await {
        Ok(Some(sqlx::Error::Io(error))) if error.kind() == ErrorKind::ConnectionRefused => {
            StoreError::of_connecting(sqlx::Error::Io(error))
        }
        _ => std::future::pending().await,
    }
}

fn server(url: &str) -> Result<Db> {
    // sqlx knows `mysql://` and `mariadb://`; what it says of a URL it cannot read may quote it.
    let options = MySqlConnectOptions::from_str(url).map_err(|_| {
        StoreError::Unreachable(
            "the MySQL URL cannot be read; expected mysql://USER:PASSWORD@HOST:PORT/DATABASE".to_owned(),
        )
    })?;
    // sqlx would log a slow statement's text, which may hold values (see `journey`).
    let options = options.disable_statement_logging();
    // By itself sqlx falls back to plain text in silence. A server on this host may; any other is
    // verified, unless its URL says otherwise (`?ssl-mode=...`).
    let local = options.get_socket().is_some()
        || matches!(options.get_host(), "localhost" | "127.0.0.1" | "::1" | "[::1]");
    let preferred = matches!(options.get_ssl_mode(), MySqlSslMode::Preferred);
    let options = if preferred && !local { options.ssl_mode(MySqlSslMode::VerifyIdentity) } else { options };
    let pool = MySqlPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(Duration::from_mins(5))
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
                // next user.
                connection.execute("ROLLBACK").await?;
                Ok(true)
            })
        })
        .connect_lazy_with(options);
    Ok(Db::MySql(pool))
}

/// A connection of either driver.
#[derive(Debug)]
pub enum Conn {
    /// MySQL and MariaDB.
    MySql(PoolConnection<MySql>),
    /// The embedded file.
    Sqlite(Embedded),
}

/// A connection to the embedded file. To roll back whatever may be open each time one is given back,
/// as with a server's, would be a second statement for each that is read: here it is known.
#[derive(Debug)]
pub struct Embedded {
    pub(super) conn: PoolConnection<Sqlite>,
    /// Whether a transaction was begun and has not ended.
    is_open: bool,
}

impl Drop for Embedded {
    fn drop(&mut self) {
        // The next user must not find it inside a transaction: closing rolls back.
        if self.is_open {
            self.conn.close_on_drop();
        }
    }
}

/// What a statement that writes did.
#[derive(Clone, Copy, Debug)]
pub struct Done {
    /// How many rows it touched.
    pub rows: u64,
    /// The key that it gave, where it gave one.
    pub last_id: i32,
}

impl Done {
    fn new(rows: u64, last_id: impl TryInto<i32>) -> Self {
        // Ids are INT in the schema; a key beyond that cannot have been given.
        Done { rows, last_id: last_id.try_into().unwrap_or(0) }
    }
}

impl From<MySqlQueryResult> for Done {
    fn from(done: MySqlQueryResult) -> Self {
        Done::new(done.rows_affected(), done.last_insert_id())
    }
}

impl From<SqliteQueryResult> for Done {
    fn from(done: SqliteQueryResult) -> Self {
        Done::new(done.rows_affected(), done.last_insert_rowid())
    }
}

/// The driver's query of a statement.
macro_rules! bound {
    ($stmt:expr) => {{
        let mut query = sqlx::query($stmt.sql());
        for value in $stmt.values {
            query = match value {
                Value::Null => query.bind(None::<String>),
                Value::Int(n) => query.bind(n),
                Value::Text(text) => query.bind(text),
                Value::Day(day) => query.bind(day),
                Value::Wall(wall) => query.bind(wall),
                // Known within a journey alone, where it is not bound.
                Value::NewId => query.bind(None::<i64>),
            };
        }
        query
    }};
}

impl Conn {
    /// Whose SQL it speaks.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self {
            Conn::MySql(_) => Dialect::MySql,
            Conn::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// The text of this connection's dialect.
    #[must_use]
    pub fn pick(&self, both: Both) -> &'static str {
        self.dialect().pick(both)
    }

    /// Runs a statement.
    ///
    /// # Errors
    /// The database's, by number.
    pub async fn run(&mut self, stmt: Stmt) -> Result<Done> {
        Ok(match self {
            Conn::MySql(conn) => bound!(stmt).execute(&mut **conn).await?.into(),
            Conn::Sqlite(Embedded { conn, .. }) => bound!(stmt).execute(&mut **conn).await?.into(),
        })
    }

    /// Runs static text as it is, without preparing it: transaction control and DDL.
    ///
    /// # Errors
    /// The database's, by number.
    pub async fn run_text(&mut self, text: &'static str) -> Result<()> {
        match self {
            Conn::MySql(conn) => conn.execute(sqlx::raw_sql(text)).await.map(|_| ())?,
            Conn::Sqlite(Embedded { conn, .. }) => conn.execute(sqlx::raw_sql(text)).await.map(|_| ())?,
        }
        Ok(())
    }

    /// All rows that a query answers with.
    ///
    /// # Errors
    /// The database's, by number.
    pub async fn all(&mut self, stmt: Stmt) -> Result<Vec<Row>> {
        Ok(match self {
            Conn::MySql(conn) => {
                bound!(stmt).fetch_all(&mut **conn).await?.into_iter().map(Row::MySql).collect()
            }
            Conn::Sqlite(Embedded { conn, .. }) => {
                bound!(stmt).fetch_all(&mut **conn).await?.into_iter().map(Row::Sqlite).collect()
            }
        })
    }

    /// Hands each row that a query answers with to `take`, as they come.
    ///
    /// # Errors
    /// The database's, by number, or the first of `take`.
    pub async fn each(&mut self, stmt: Stmt, mut take: impl FnMut(&Row) -> Result<()>) -> Result<()> {
        match self {
            Conn::MySql(conn) => {
                let mut rows = bound!(stmt).fetch(&mut **conn);
                while let Some(row) = rows.try_next().await? {
                    take(&Row::MySql(row))?;
                }
            }
            Conn::Sqlite(Embedded { conn, .. }) => {
                let mut rows = bound!(stmt).fetch(&mut **conn);
                while let Some(row) = rows.try_next().await? {
                    take(&Row::Sqlite(row))?;
                }
            }
        }
        Ok(())
    }

    /// The first row, if any.
    ///
    /// # Errors
    /// The database's, by number.
    pub async fn first(&mut self, stmt: Stmt) -> Result<Option<Row>> {
        Ok(match self {
            Conn::MySql(conn) => bound!(stmt).fetch_optional(&mut **conn).await?.map(Row::MySql),
            Conn::Sqlite(Embedded { conn, .. }) => {
                bound!(stmt).fetch_optional(&mut **conn).await?.map(Row::Sqlite)
            }
        })
    }

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// The database's, by number.
    pub async fn begin(&mut self) -> Result<()> {
        self.open(true);
        let begin = self.pick(dialect::BEGIN);
        let outcome = self.run_text(begin).await;
        self.open(outcome.is_ok());
        outcome
    }

    /// Notes whether a transaction may be open; before one is begun, since it may be begun although
    /// nobody hears of it.
    pub(super) fn open(&mut self, is_open: bool) {
        if let Conn::Sqlite(embedded) = self {
            embedded.is_open = is_open;
        }
    }

    /// Commits. An error leaves it unknown whether it took effect: see [`StoreError::Lost`].
    ///
    /// # Errors
    /// The database's, by number.
    pub async fn commit(&mut self) -> Result<()> {
        self.run_text(dialect::COMMIT).await?;
        self.open(false);
        Ok(())
    }

    /// Ends a transaction: commits what went well and rolls back what did not.
    ///
    /// # Errors
    /// That of `outcome`, or the commit's.
    pub async fn finish<T>(mut self, outcome: Result<T>) -> Result<T> {
        match outcome {
            Ok(value) => self.commit().await.map(|()| value),
            Err(error) => {
                self.rollback().await;
                Err(error)
            }
        }
    }

    /// Rolls back; a connection on which that fails is not used again.
    pub async fn rollback(mut self) {
        let outcome = self.run_text("ROLLBACK").await;
        match self {
            Conn::MySql(conn) if outcome.is_err() => conn.detach().close_hard().await.unwrap_or_default(),
            Conn::MySql(_) => {}
            // A transaction that the file itself ended, as where the disk is full, leaves nothing to
            // roll back; either way such a connection is closed.
            Conn::Sqlite(mut embedded) => embedded.is_open = outcome.is_err(),
        }
    }
}

/// A row of either driver.
#[derive(Debug)]
pub enum Row {
    /// MySQL's.
    MySql(MySqlRow),
    /// SQLite's.
    Sqlite(SqliteRow),
}

/// What a column can be read as, from either driver.
pub trait Cell: for<'r> Decode<'r, MySql> + Type<MySql> + for<'r> Decode<'r, Sqlite> + Type<Sqlite> {}

impl<T> Cell for T where T: for<'r> Decode<'r, MySql> + Type<MySql> + for<'r> Decode<'r, Sqlite> + Type<Sqlite>
{}

impl Row {
    /// Reads the columns from left to right; `table` is named where one cannot be read, with the
    /// first column as the key.
    pub fn cells(&self, table: &'static str) -> Cells<'_> {
        Cells { row: self, table, next: 0 }
    }

    fn get<T: Cell>(&self, index: usize) -> std::result::Result<T, sqlx::Error> {
        match self {
            Row::MySql(row) => row.try_get(index),
            Row::Sqlite(row) => row.try_get(index),
        }
    }

    fn column(&self, index: usize) -> String {
        match self {
            Row::MySql(row) => row.columns().get(index).map(|column| column.name().to_owned()),
            Row::Sqlite(row) => row.columns().get(index).map(|column| column.name().to_owned()),
        }
        .unwrap_or_default()
    }
}

/// The columns of a row, read from left to right.
#[derive(Debug)]
pub struct Cells<'r> {
    row: &'r Row,
    table: &'static str,
    next: usize,
}

impl Cells<'_> {
    /// The next column.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] where it does not hold such a value.
    pub fn get<T: Cell>(&mut self) -> Result<T> {
        let index = self.next;
        self.next += 1;
        self.row.get(index).map_err(|_| self.unreadable_at(index))
    }

    /// Leaves the next columns out.
    #[must_use]
    pub fn skip(mut self, columns: usize) -> Self {
        self.next += columns;
        self
    }

    /// The next column, read as text and then by `parse`.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] where `parse` makes nothing of it.
    pub fn parse<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        let text: String = self.get()?;
        parse(&text).ok_or_else(|| self.unreadable_at(self.next - 1))
    }

    /// The error of the column that was read last, where its value makes no sense.
    #[must_use]
    pub fn unreadable(&self) -> StoreError {
        self.unreadable_at(self.next.saturating_sub(1))
    }

    fn unreadable_at(&self, index: usize) -> StoreError {
        let key = self.row.get::<i64>(0).map_or_else(
            |_| self.row.get::<String>(0).unwrap_or_else(|_| "?".to_owned()),
            |key| key.to_string(),
        );
        StoreError::Unreadable { table: self.table, column: self.row.column(index), key }
    }
}
