//! Several statements in one journey to the database.
//!
//! Between a desk and its server each statement takes as long as the wire is, and a transaction
//! holds its rows meanwhile. Several statements go as one text, to which no value can be bound:
//! there each value is written in a form that can hold nothing else.

use std::fmt::Write as _;

use futures_util::TryStreamExt as _;
use futures_util::stream::BoxStream;
use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Either, Executor as _};

use super::conn::{Conn, Done, Embedded, Row, Stmt, Value, Work};
use super::dialect::{BEGIN, COMMIT, Dialect, LAST_ID, TEXT_OF_DIGITS};
use crate::store::StoreError;

/// What a statement of a journey came to.
#[derive(Debug)]
pub(super) struct Came {
    /// The rows that it answered with.
    pub(super) rows: Vec<Row>,
    /// What it wrote.
    pub(super) done: Done,
}

/// A journey that ended early: what came after the statement that failed was not run.
#[derive(Debug)]
pub(super) struct Ended {
    /// How many statements went well.
    pub(super) after: usize,
    /// What the next one failed with.
    pub(super) error: StoreError,
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Ended { after: 0, error }
    }
}

impl From<Ended> for StoreError {
    fn from(ended: Ended) -> Self {
        ended.error
    }
}

/// The rows that the statement at a place of a journey answered with.
pub(super) fn rows(came: &[Came], place: usize) -> &[Row] {
    came.get(place).map_or(&[], |came| &came.rows)
}

impl Conn {
    /// Runs statements one after the other, up to the first that fails.
    ///
    /// # Errors
    /// The database's, by number, with how far it came.
    pub(super) async fn journey(&mut self, stmts: Vec<Stmt>) -> Result<Vec<Came>, Ended> {
        let dialect = self.dialect();
        let texts: Vec<_> = stmts.iter().map(|stmt| stmt.spelled(|value| literal(value, dialect))).collect();
        if texts.first().is_some_and(|first| first == dialect.pick(BEGIN)) {
            self.open(true);
        }
        // Safe: static text, and literals that can hold no quote.
        let text = sqlx::raw_sql(AssertSqlSafe(texts.join("; ")));
        let came = match self {
            Conn::MySql(served) => {
                let travel =
                    async |conn: &mut MySqlConnection| arrive(conn.fetch_many(text), Row::MySql).await;
                served.await_on(Work::Reads, travel).await
            }
            Conn::Sqlite(Embedded { conn, .. }) => arrive(conn.fetch_many(text), Row::Sqlite).await,
        };
        if came.is_ok() && texts.last().is_some_and(|last| last == COMMIT) {
            self.open(false);
        }
        came
    }
}

async fn arrive<D: Into<Done>, R>(
    mut answers: BoxStream<'_, sqlx::Result<Either<D, R>>>,
    row: impl Fn(R) -> Row,
) -> Result<Vec<Came>, Ended> {
    let mut all = Vec::new();
    let mut rows = Vec::new();
    loop {
        match answers.try_next().await {
            Ok(Some(Either::Right(one))) => rows.push(row(one)),
            Ok(Some(Either::Left(done))) => {
                all.push(Came { rows: std::mem::take(&mut rows), done: done.into() });
            }
            Ok(None) => return Ok(all),
            Err(error) => return Err(Ended { after: all.len(), error: error.into() }),
        }
    }
}

/// A value as text. Letters are hexadecimal digits, so that it cannot be anything but a value.
fn literal(value: &Value, dialect: Dialect) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::NewId => dialect.pick(LAST_ID).to_owned(),
        Value::Int(n) => n.to_string(),
        Value::Day(day) => format!("'{day}'"),
        Value::Wall(wall) => format!("'{}'", wall.format("%Y-%m-%d %H:%M:%S%.f")),
        Value::Text(text) => dialect.pick(TEXT_OF_DIGITS).replace("{}", &digits(text)),
        // Of bytes: neither side's character set has a say in it. SQLite has no such function, and needs none
        // (see `booking`).
        Value::HashOfNewId(text) => {
            format!("SHA2(CONCAT(X'{}', {}), 256)", digits(text), dialect.pick(LAST_ID))
        }
    }
}

fn digits(text: &str) -> String {
    let mut digits = String::with_capacity(2 * text.len());
    for byte in text.bytes() {
        let _ = write!(digits, "{byte:02X}");
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_a_journey_is_digits_and_nothing_else() {
        let stmt =
            Stmt::new("SELECT ?, ?, ?").bind("a'; DROP TABLE patients; --é?").bind(-7).bind(None::<i32>);
        let hex = "61273B2044524F50205441424C452070617469656E74733B202D2DC3A93F";
        for (dialect, text, empty) in [
            (Dialect::MySql, format!("_utf8mb4 X'{hex}'"), "_utf8mb4 X''"),
            (Dialect::Sqlite, format!("CAST(X'{hex}' AS TEXT)"), "CAST(X'' AS TEXT)"),
        ] {
            let spelled = |stmt: &Stmt| stmt.spelled(|value| literal(value, dialect));
            assert_eq!(spelled(&stmt), format!("SELECT {text}, -7, NULL"));
            assert_eq!(spelled(&Stmt::new("SELECT ?").bind("")), format!("SELECT {empty}"));
        }
    }
}
