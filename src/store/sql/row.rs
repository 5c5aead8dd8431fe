//! Rows of either driver, and their columns as values.

use sqlx::mysql::{MySql, MySqlRow};
use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{Column as _, Decode, Row as _, Type};

use crate::store::{Result, StoreError};

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
        let name = || {
            // The one table whose rows have names of ours; any other text may be a patient's.
            let text = if self.table == "clinic_settings" { self.row.get::<String>(0).ok() } else { None };
            text.unwrap_or_else(|| "?".to_owned())
        };
        let key = self.row.get::<i64>(0).map_or_else(|_| name(), |key| key.to_string());
        // An expression is called by its text, in which there may be a value.
        let column = Some(self.row.column(index)).filter(|column| {
            column.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.')
        });
        let column = column.unwrap_or_else(|| format!("column {}", index + 1));
        StoreError::Unreadable { table: self.table, column, key }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::Connection as _;

    use super::*;

    #[tokio::test]
    async fn what_cannot_be_read_is_named_by_numbers_and_names_of_ours() {
        let mut file = sqlx::SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let ask = "SELECT 'Zebra' AS name, 'x' AS value, 'x' AS \"CONCAT('Zebra')\"";
        let row = Row::Sqlite(sqlx::query(ask).fetch_one(&mut file).await.unwrap());
        for (table, skipped, expected) in [
            ("patients", 1, "patients.value of row ? holds a value that cannot be read"),
            ("patients", 2, "patients.column 3 of row ? holds a value that cannot be read"),
            ("clinic_settings", 1, "clinic_settings.value of row Zebra holds a value that cannot be read"),
        ] {
            let mut cells = row.cells(table).skip(skipped);
            assert_eq!(cells.get::<i64>().unwrap_err().to_string(), expected);
        }
    }
}
