//! The bare statements that our operations are measured against: the same driver, a connection of
//! the same settings, prepared statements, and nothing around them.

use std::str::FromStr as _;
use std::time::Duration;

use chrono::{Days, NaiveDate, NaiveDateTime};
use frontdesk::domain::clock::midnight;
use frontdesk::store::sql::dialect;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{Connection as _, Executor as _, FromRow, Row as _};

use super::data::Place;

/// One connection.
pub enum Bare {
    MySql(Box<MySqlConnection>),
    Sqlite(Box<SqliteConnection>),
}

/// A row of the covering range SELECT.
pub type DayRow = (i32, i32, i32, NaiveDateTime, i64, String);

/// A row of the SELECT of what a day shows.
pub type NamedRow = (i32, i32, i32, NaiveDateTime, i64, String, String);

const DAY: &str = "SELECT id, doctor_id, patient_id, appointment_time, duration_minutes, status \
     FROM appointments WHERE appointment_time >= ? AND appointment_time < ? ORDER BY appointment_time";

const NAMED: &str = "SELECT a.id, a.doctor_id, a.patient_id, a.appointment_time, a.duration_minutes, a.status, \
     p.name FROM appointments a JOIN patients p ON p.id = a.patient_id \
     WHERE a.appointment_time >= ? AND a.appointment_time < ? ORDER BY a.appointment_time";

const INSERT: &str = "INSERT INTO appointments (doctor_id, patient_id, appointment_time, duration_minutes, status, \
     notes, booked_by, booked_at, overbook_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// Runs the same lines on whichever connection it is.
macro_rules! on {
    ($bare:expr, |$conn:ident| $body:expr) => {
        match $bare {
            Bare::MySql($conn) => $body,
            Bare::Sqlite($conn) => $body,
        }
    };
}

impl Bare {
    pub async fn open(place: &Place) -> sqlx::Result<Self> {
        Ok(match place {
            Place::Server { url, .. } => {
                let mut conn = MySqlConnection::connect_with(&MySqlConnectOptions::from_str(url)?).await?;
                if conn.execute(dialect::SESSION).await.is_err() {
                    conn.execute(dialect::SESSION_MARIADB).await?;
                }
                Bare::MySql(Box::new(conn))
            }
            Place::File(path) => {
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .foreign_keys(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_secs(5));
                Bare::Sqlite(Box::new(SqliteConnection::connect_with(&options).await?))
            }
        })
    }

    /// Runs text that answers nothing.
    pub async fn run(&mut self, text: &'static str) -> sqlx::Result<u64> {
        on!(self, |conn| Ok(sqlx::query(text).execute(&mut **conn).await?.rows_affected()))
    }

    /// The first column of the first row, if it is text.
    pub async fn text(&mut self, text: &'static str) -> sqlx::Result<Option<String>> {
        on!(self, |conn| {
            let row = sqlx::query(text).fetch_optional(&mut **conn).await?;
            row.map(|row| row.try_get(0)).transpose()
        })
    }

    /// The first column of the first row, a number.
    pub async fn number(&mut self, text: &'static str) -> sqlx::Result<i64> {
        on!(self, |conn| sqlx::query(text).fetch_one(&mut **conn).await?.try_get(0))
    }

    /// Sets the memory that the server keeps data in.
    pub async fn set_pool(&mut self, bytes: i64) -> sqlx::Result<()> {
        on!(self, |conn| {
            let text = "SET GLOBAL innodb_buffer_pool_size = ?";
            sqlx::query(text).bind(bytes).execute(&mut **conn).await?;
        });
        Ok(())
    }

    /// Writes a setting.
    pub async fn note(&mut self, name: &str, value: &str) -> sqlx::Result<()> {
        on!(self, |conn| {
            let text = "REPLACE INTO clinic_settings (name, value) VALUES (?, ?)";
            sqlx::query(text).bind(name).bind(value).execute(&mut **conn).await?;
        });
        Ok(())
    }

    /// One covering range SELECT over the visits of a day, or of several.
    pub async fn visits(&mut self, first: NaiveDate, days: u64) -> sqlx::Result<Vec<DayRow>> {
        self.between(DAY, first, days).await
    }

    /// One range SELECT of what a day shows of its visits: with the patients' names, which no index
    /// of the visits covers.
    pub async fn named_visits(&mut self, date: NaiveDate) -> sqlx::Result<Vec<NamedRow>> {
        self.between(NAMED, date, 1).await
    }

    /// The rows of a SELECT that begins and ends with a midnight.
    async fn between<R>(&mut self, text: &'static str, first: NaiveDate, days: u64) -> sqlx::Result<Vec<R>>
    where
        R: for<'r> FromRow<'r, MySqlRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    {
        let (from, to) = (midnight(first), midnight(first) + Days::new(days));
        on!(self, |conn| sqlx::query_as(text).bind(from).bind(to).fetch_all(&mut **conn).await)
    }

    /// One INSERT of a visit: which commits itself, or in a transaction that is begun and committed.
    pub async fn insert(
        &mut self,
        (doctor, patient): (i32, i32),
        starts: NaiveDateTime,
        booked_at: NaiveDateTime,
        in_transaction: bool,
    ) -> sqlx::Result<()> {
        on!(self, |conn| {
            let query = sqlx::query(INSERT).bind(doctor).bind(patient).bind(starts).bind(15_i64);
            let query = query.bind("Scheduled").bind(None::<String>).bind("bench@bench").bind(booked_at);
            let query = query.bind(None::<String>);
            if in_transaction {
                let mut transaction = conn.begin().await?;
                query.execute(&mut *transaction).await?;
                transaction.commit().await?;
            } else {
                query.execute(&mut **conn).await?;
            }
        });
        Ok(())
    }
}
