//! Connections: the one place where the two drivers meet.
//!
//! A [`Conn`] runs the same statement on either driver; a [`Row`] reads the same columns from
//! either. Every query of the relational half goes through here, so that it is written once.

use futures_util::TryStreamExt as _;
use sqlx::Executor as _;
use sqlx::mysql::{MySql, MySqlConnection, MySqlQueryResult};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{Sqlite, SqliteQueryResult};

use super::dialect::{self, Both, Dialect};
pub use super::pool::{Db, Patience};
pub use super::row::{Cell, Cells, Row};
pub use super::stmt::{Stmt, Value};
use crate::store::{Result, StoreError};

/// A connection of either driver.
#[derive(Debug)]
pub enum Conn {
    /// MySQL and MariaDB.
    MySql(Served),
    /// The embedded file.
    Sqlite(Embedded),
}

/// A connection to a server, which may fall silent: no statement is waited for without end.
#[derive(Debug)]
pub struct Served {
    pub(super) conn: PoolConnection<MySql>,
    /// How long it may be silent; for ever where none.
    patience: Option<Patience>,
    /// Whether a transaction was begun and has not ended.
    is_open: bool,
    /// Whether a statement was sent whose answer has not wholly come.
    is_waiting: bool,
}

/// What is waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// An answer that changes nothing, unless within a transaction.
    Reads,
    /// Anything else.
    Writes,
}

impl Served {
    pub(super) fn new(conn: PoolConnection<MySql>, patience: Patience) -> Self {
        Served { conn, patience: Some(patience), is_open: false, is_waiting: false }
    }

    /// Waits for what is done on the connection, as long as its patience goes.
    ///
    /// # Errors
    /// That of the work; [`StoreError::Lost`] where a transaction got no answer, of which nobody
    /// knows what became, and [`StoreError::Unreachable`] for any other.
    pub(super) async fn await_on<T, E: From<StoreError>>(
        &mut self,
        work: Work,
        doing: impl AsyncFnOnce(&mut MySqlConnection) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let writes = self.is_open || work == Work::Writes;
        let limit = self.patience.map(|patience| if writes { patience.write } else { patience.read });
        // Until the answer is here: also where nobody waits for it any more.
        self.is_waiting = true;
        let doing = doing(&mut self.conn);
        let outcome = match limit {
            None => doing.await,
            Some(limit) => match tokio::time::timeout(limit, doing).await {
                Ok(outcome) => outcome,
                Err(_) if writes => return Err(StoreError::Lost.into()),
                Err(_) => return Err(StoreError::silent(limit).into()),
            },
        };
        self.is_waiting = false;
        outcome
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let returned = self.conn.return_to_pool();
        if self.is_waiting {
            // Not awaited, it closes the connection: nobody is to wait for that answer again.
            return;
        }
        // Otherwise it rolls back and asks whether the connection stands: not without end either.
        let limit = self.patience.unwrap_or_default().read;
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(tokio::time::timeout(limit, returned));
        }
    }
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
                Value::NewId | Value::HashOfNewId(_) => query.bind(None::<i64>),
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

    /// Lets statements take as long as they will: for what an administrator asks for, such as a
    /// migration.
    pub fn wait_for_ever(&mut self) {
        if let Conn::MySql(served) = self {
            served.patience = None;
        }
    }

    /// Runs a statement.
    ///
    /// # Errors
    /// The database's, by number.
    pub async fn run(&mut self, stmt: Stmt) -> Result<Done> {
        Ok(match self {
            Conn::MySql(served) => {
                let run = async |conn: &mut MySqlConnection| Ok(bound!(stmt).execute(conn).await?.into());
                return served.await_on(Work::Writes, run).await;
            }
            Conn::Sqlite(Embedded { conn, .. }) => bound!(stmt).execute(&mut **conn).await?.into(),
        })
    }

    /// Runs static text as it is, without preparing it: transaction control and DDL.
    ///
    /// # Errors
    /// The database's, by number.
    pub async fn run_text(&mut self, text: &'static str) -> Result<()> {
        match self {
            Conn::MySql(served) => {
                let run = async |conn: &mut MySqlConnection| {
                    conn.execute(sqlx::raw_sql(text)).await.map(drop).map_err(StoreError::from)
                };
                served.await_on(Work::Writes, run).await
            }
            Conn::Sqlite(Embedded { conn, .. }) => Ok(conn.execute(sqlx::raw_sql(text)).await.map(drop)?),
        }
    }

    /// All rows that a query answers with.
    ///
    /// # Errors
    /// The database's, by number.
    pub async fn all(&mut self, stmt: Stmt) -> Result<Vec<Row>> {
        match self {
            Conn::MySql(served) => {
                let read = async |conn: &mut MySqlConnection| {
                    let rows = bound!(stmt).fetch_all(conn).await?;
                    Ok(rows.into_iter().map(Row::MySql).collect())
                };
                served.await_on(Work::Reads, read).await
            }
            Conn::Sqlite(Embedded { conn, .. }) => {
                Ok(bound!(stmt).fetch_all(&mut **conn).await?.into_iter().map(Row::Sqlite).collect())
            }
        }
    }

    /// Hands each row that a query answers with to `take`, as they come.
    ///
    /// # Errors
    /// The database's, by number, or the first of `take`.
    pub async fn each(&mut self, stmt: Stmt, mut take: impl FnMut(&Row) -> Result<()>) -> Result<()> {
        match self {
            Conn::MySql(served) => {
                let read = async |conn: &mut MySqlConnection| {
                    let mut rows = bound!(stmt).fetch(conn);
                    while let Some(row) = rows.try_next().await? {
                        take(&Row::MySql(row))?;
                    }
                    Ok(())
                };
                served.await_on(Work::Reads, read).await
            }
            Conn::Sqlite(Embedded { conn, .. }) => {
                let mut rows = bound!(stmt).fetch(&mut **conn);
                while let Some(row) = rows.try_next().await? {
                    take(&Row::Sqlite(row))?;
                }
                Ok(())
            }
        }
    }

    /// The first row, if any.
    ///
    /// # Errors
    /// The database's, by number.
    pub async fn first(&mut self, stmt: Stmt) -> Result<Option<Row>> {
        match self {
            Conn::MySql(served) => {
                let read = async |conn: &mut MySqlConnection| {
                    Ok(bound!(stmt).fetch_optional(conn).await?.map(Row::MySql))
                };
                served.await_on(Work::Reads, read).await
            }
            Conn::Sqlite(Embedded { conn, .. }) => {
                Ok(bound!(stmt).fetch_optional(&mut **conn).await?.map(Row::Sqlite))
            }
        }
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
        match self {
            Conn::MySql(served) => served.is_open = is_open,
            Conn::Sqlite(embedded) => embedded.is_open = is_open,
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
        if matches!(&self, Conn::MySql(served) if served.is_waiting) {
            // It fell silent: the server rolls back once it sees that nobody is there any more.
            return;
        }
        let outcome = self.run_text("ROLLBACK").await;
        match self {
            Conn::MySql(mut served) => served.is_waiting = outcome.is_err(),
            // A transaction that the file itself ended, as where the disk is full, leaves nothing to
            // roll back; either way such a connection is closed.
            Conn::Sqlite(mut embedded) => embedded.is_open = outcome.is_err(),
        }
    }
}
