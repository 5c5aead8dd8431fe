//! Connections: the one place where the two drivers meet.
//!
//! A [`Conn`] runs the same statement on either driver; a [`Row`] reads the same columns from
//! either. Every query of the relational half goes through here, so that it is written once.

use futures_util::TryStreamExt as _;
use sqlx::mysql::{MySql, MySqlQueryResult};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{Sqlite, SqliteQueryResult};
use sqlx::{Connection as _, Executor as _};

use super::dialect::{self, Both, Dialect};
pub use super::pool::Db;
pub use super::row::{Cell, Cells, Row};
pub use super::stmt::{Stmt, Value};
use crate::store::Result;

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
    pub(super) is_open: bool,
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

    /// Commits. An error leaves it unknown whether it took effect: see [`Lost`](crate::store::StoreError::Lost).
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
