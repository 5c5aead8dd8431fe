//! Many rows at a time, for what a screen needs thousands of.
//!
//! SQLite's driver spends microseconds on each row that it hands over from its thread, several
//! times what SQLite spends on finding it. There, the rows come in one: their fields joined into one
//! text with `|` between, the rows with `,` between. A field that may hold any character comes with
//! its length in bytes before it, so nothing needs escaping; the number of rows comes beside the
//! text, so that what is missing is noticed. MySQL's driver is quicker with rows than its server is
//! with texts, so there they come one by one, and are read as they come. Either way a row is read
//! through [`Fields`].

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use super::conn::{Cells, Conn, Row, Stmt};
use super::dialect::Dialect;
use crate::domain::clock::Instant;
use crate::store::{Result, StoreError};

/// A field of a query's rows: an expression that is read by the function of the same name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field {
    /// A number, a time or a word of the schema's, never NULL.
    Plain(&'static str),
    /// The same, or NULL.
    Nullable(&'static str),
    /// Any text, never NULL.
    Text(&'static str),
    /// Any text, or NULL.
    NullableText(&'static str),
}

/// `SELECT` the fields `FROM`; what follows is up to the caller. Such a query cannot say in which
/// order its rows come: see [`in_order`].
pub(super) fn select(conn: &Conn, fields: &[Field]) -> Stmt {
    match conn.dialect() {
        Dialect::Sqlite => whole(Dialect::Sqlite, fields),
        Dialect::MySql => listed(fields).then(" FROM "),
    }
}

/// The same with all rows in one, whichever the database: where a server has nothing else to do
/// meanwhile. Read by [`of_whole`]. No field may be [`Field::Text`], whose length in a server's own
/// character set is not the one that arrives, and there may be no more rows than a server has room
/// for in a text.
pub(super) fn whole(dialect: Dialect, fields: &[Field]) -> Stmt {
    Stmt::new("SELECT COUNT(*), ").append(joined(dialect, fields)).then(" FROM ")
}

/// The same from what follows `FROM`, in the order of these expressions.
pub(super) fn in_order(conn: &Conn, fields: &[Field], from: Stmt, order: &'static str) -> Stmt {
    match conn.dialect() {
        Dialect::Sqlite => Stmt::new("SELECT COUNT(*), ")
            .append(open(Dialect::Sqlite, fields))
            .then(" ORDER BY ")
            .then(order)
            .then(") FROM ")
            .append(from),
        Dialect::MySql => listed(fields).then(" FROM ").append(from).then(" ORDER BY ").then(order),
    }
}

/// All rows of a query as one text, which [`parse`] reads; NULL where there are none.
pub(super) fn joined(dialect: Dialect, fields: &[Field]) -> Stmt {
    open(dialect, fields).then(")")
}

/// `SELECT` the fields, a row each: what follows is up to the caller, and each row is read through
/// [`Fields::of_row`].
pub(super) fn listed(fields: &[Field]) -> Stmt {
    let mut stmt = Stmt::new("SELECT ");
    for (n, field) in fields.iter().enumerate() {
        let (Field::Plain(expression)
        | Field::Nullable(expression)
        | Field::Text(expression)
        | Field::NullableText(expression)) = *field;
        stmt = stmt.then(if n > 0 { ", " } else { "" }).then(expression);
    }
    stmt
}

/// [`joined`] up to what may stand before the list's end. MySQL's list takes many expressions, and is
/// quicker than a function around them.
fn open(dialect: Dialect, fields: &[Field]) -> Stmt {
    let (head, between, tail) = match dialect {
        Dialect::MySql => ("GROUP_CONCAT(", ", '|', ", ""),
        Dialect::Sqlite => ("GROUP_CONCAT(CONCAT_WS('|', ", ", ", ")"),
    };
    let mut stmt = Stmt::new(head);
    for (n, field) in fields.iter().enumerate() {
        stmt = stmt.then(if n > 0 { between } else { "" });
        stmt = match *field {
            Field::Plain(expression) => stmt.then(expression),
            Field::Nullable(expression) => stmt.then("COALESCE(").then(expression).then(", '')"),
            Field::Text(expression) => {
                stmt.then("OCTET_LENGTH(").then(expression).then(")").then(between).then(expression)
            }
            Field::NullableText(expression) => stmt
                .then("COALESCE(OCTET_LENGTH(")
                .then(expression)
                .then("), '')")
                .then(between)
                .then("COALESCE(")
                .then(expression)
                .then(", '')"),
        };
    }
    stmt.then(tail)
}

/// Runs a query of [`select`] or [`in_order`], and reads each row with `read`.
///
/// # Errors
/// The database's, or a row that cannot be read.
pub(super) async fn rows<T>(
    conn: &mut Conn,
    stmt: Stmt,
    table: &'static str,
    mut read: impl FnMut(&mut Fields<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut all = Vec::new();
    match conn.dialect() {
        Dialect::MySql => {
            let each = |row: &Row| {
                all.push(read(&mut Fields::of_row(row, table))?);
                Ok(())
            };
            conn.each(stmt, each).await?;
        }
        Dialect::Sqlite => return of_whole(&conn.all(stmt).await?, table, read),
    }
    Ok(all)
}

/// Reads each row of what a query of [`select`] answered in a journey with `read`.
///
/// # Errors
/// A row that cannot be read.
pub(super) fn of_select<T>(
    dialect: Dialect,
    rows: &[Row],
    table: &'static str,
    mut read: impl FnMut(&mut Fields<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    match dialect {
        Dialect::MySql => rows.iter().map(|row| read(&mut Fields::of_row(row, table))).collect(),
        Dialect::Sqlite => of_whole(rows, table, read),
    }
}

/// Reads each row of what a query of [`whole`] answered with `read`.
///
/// # Errors
/// A row that cannot be read.
pub(super) fn of_whole<T>(
    rows: &[Row],
    table: &'static str,
    mut read: impl FnMut(&mut Fields<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut all = Vec::new();
    for row in rows {
        let mut cells = row.cells(table);
        let count = usize::try_from(cells.get::<i64>()?).unwrap_or(0);
        let text: Option<String> = cells.get()?;
        let whole = all.len() + count;
        all.reserve(count);
        parse(text.as_deref(), table, &mut read, &mut all)?;
        if all.len() != whole {
            let lost = Packed { rest: "", table, key: "?" };
            return Err(lost.unreadable("(rows)"));
        }
    }
    Ok(all)
}

/// Reads each row of a text that [`joined`] made with `read`.
///
/// # Errors
/// A row that cannot be read.
pub(super) fn parse<T>(
    text: Option<&str>,
    table: &'static str,
    mut read: impl FnMut(&mut Fields<'_>) -> Result<T>,
    all: &mut Vec<T>,
) -> Result<()> {
    let mut packed = Packed { rest: text.unwrap_or_default(), table, key: "?" };
    while !packed.rest.is_empty() {
        packed.key = packed.rest.split(['|', ',']).next().unwrap_or_default();
        let mut fields = Fields(Source::Packed(packed));
        all.push(read(&mut fields)?);
        packed = match fields.0 {
            Source::Packed(packed) => packed,
            Source::Row(_) => break,
        };
    }
    Ok(())
}

/// The fields of a row, read from left to right.
#[derive(Debug)]
pub(super) struct Fields<'p>(Source<'p>);

#[derive(Debug)]
enum Source<'p> {
    Row(Cells<'p>),
    Packed(Packed<'p>),
}

impl<'p> Fields<'p> {
    /// Those of a row that came by itself, whichever the database.
    pub(super) fn of_row(row: &'p Row, table: &'static str) -> Self {
        Fields(Source::Row(row.cells(table)))
    }
}

impl Fields<'_> {
    /// The next field, a number; `column` is named where it cannot be read.
    pub(super) fn number<T: TryFrom<i64> + FromStr>(&mut self, column: &'static str) -> Result<T> {
        match &mut self.0 {
            Source::Row(cells) => {
                let number: i64 = named(cells.get(), column)?;
                named(T::try_from(number).map_err(|_| cells.unreadable()), column)
            }
            Source::Packed(packed) => packed.parse(column, |text| text.parse().ok()),
        }
    }

    /// The next field, a number or NULL. One that is too large is none.
    pub(super) fn number_if_any<T: TryFrom<i64>>(&mut self, column: &'static str) -> Result<Option<T>> {
        let number: Option<i64> = match &mut self.0 {
            Source::Row(cells) => named(cells.get(), column)?,
            Source::Packed(packed) => packed.if_any(column, |text| text.parse().ok())?,
        };
        Ok(number.and_then(|number| T::try_from(number).ok()))
    }

    /// The next field, true or false.
    pub(super) fn flag(&mut self, column: &'static str) -> Result<bool> {
        match &mut self.0 {
            Source::Row(cells) => named(cells.get(), column),
            Source::Packed(packed) => packed.parse(column, |text| text.parse().ok().map(|n: i64| n != 0)),
        }
    }

    /// The next field, a word of the schema's, by `parse`.
    pub(super) fn word<T>(
        &mut self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T> {
        match &mut self.0 {
            Source::Row(cells) => named(cells.parse(parse), column),
            Source::Packed(packed) => packed.parse(column, parse),
        }
    }

    /// The next field, a date.
    pub(super) fn day(&mut self, column: &'static str) -> Result<NaiveDate> {
        match &mut self.0 {
            Source::Row(cells) => named(cells.get(), column),
            Source::Packed(packed) => packed.parse(column, |text| text.parse().ok()),
        }
    }

    /// The next field, a date or NULL.
    pub(super) fn day_if_any(&mut self, column: &'static str) -> Result<Option<NaiveDate>> {
        match &mut self.0 {
            Source::Row(cells) => named(cells.get(), column),
            Source::Packed(packed) => packed.if_any(column, |text| text.parse().ok()),
        }
    }

    /// The next field, of [`Field::NullableText`]: a date, or none where it is something else. Beside a name
    /// it says less than the name, and what an older program wrote there must not hide a whole day.
    pub(super) fn day_if_one(&mut self, column: &'static str) -> Result<Option<NaiveDate>> {
        match &mut self.0 {
            Source::Row(cells) => Ok(cells.get().unwrap_or_default()),
            Source::Packed(packed) => {
                Ok(packed.text_if_any(column)?.and_then(|text| text.trim().parse().ok()))
            }
        }
    }

    /// The next field, a wall-clock time.
    pub(super) fn wall(&mut self, column: &'static str) -> Result<NaiveDateTime> {
        match &mut self.0 {
            Source::Row(cells) => named(cells.get(), column),
            Source::Packed(packed) => packed.parse(column, wall),
        }
    }

    /// The next field, a wall-clock time or NULL.
    pub(super) fn wall_if_any(&mut self, column: &'static str) -> Result<Option<NaiveDateTime>> {
        match &mut self.0 {
            Source::Row(cells) => named(cells.get(), column),
            Source::Packed(packed) => packed.if_any(column, wall),
        }
    }

    /// The next field, an instant or NULL.
    pub(super) fn instant_if_any(&mut self, column: &'static str) -> Result<Option<Instant>> {
        match &mut self.0 {
            Source::Row(cells) => named(cells.get(), column),
            Source::Packed(packed) => packed.if_any(column, instant),
        }
    }

    /// The next field, any text or NULL.
    pub(super) fn text_if_any(&mut self, column: &'static str) -> Result<Option<String>> {
        match &mut self.0 {
            Source::Row(cells) => named(cells.get(), column),
            Source::Packed(packed) => packed.text_if_any(column),
        }
    }

    /// The next field, any text.
    pub(super) fn text(&mut self, column: &'static str) -> Result<String> {
        match &mut self.0 {
            Source::Row(cells) => named(cells.get(), column),
            Source::Packed(packed) => packed.text(column),
        }
    }
}

/// The error of a cell under the column's own name, where the driver knows an expression's alone.
fn named<T>(read: Result<T>, name: &'static str) -> Result<T> {
    read.map_err(|error| match error {
        StoreError::Unreadable { table, key, .. } => {
            StoreError::Unreadable { table, column: name.to_owned(), key }
        }
        other => other,
    })
}

/// What is left of packed rows.
#[derive(Clone, Copy, Debug)]
struct Packed<'p> {
    rest: &'p str,
    table: &'static str,
    /// The first field of the row that is being read.
    key: &'p str,
}

impl<'p> Packed<'p> {
    fn next(&mut self) -> &'p str {
        let end = self.rest.bytes().position(|byte| matches!(byte, b'|' | b',')).unwrap_or(self.rest.len());
        let field = &self.rest[..end];
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        field
    }

    fn parse<T>(&mut self, column: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        parse(self.next()).ok_or_else(|| self.unreadable(column))
    }

    fn if_any<T>(
        &mut self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>> {
        match self.next() {
            "" => Ok(None),
            text => parse(text).map(Some).ok_or_else(|| self.unreadable(column)),
        }
    }

    /// A length in bytes, and a text of that length.
    fn text(&mut self, column: &'static str) -> Result<String> {
        self.text_if_any(column)?.ok_or_else(|| self.unreadable(column))
    }

    /// The same; no length is no text.
    fn text_if_any(&mut self, column: &'static str) -> Result<Option<String>> {
        let length: Option<usize> = self.if_any(column, |text| text.parse().ok())?;
        let bytes = length.unwrap_or(0);
        let text = self.rest.get(..bytes).ok_or_else(|| self.unreadable(column))?;
        self.rest = self.rest.get(bytes + 1..).unwrap_or_default();
        Ok(length.map(|_| text.to_owned()))
    }

    fn unreadable(&self, column: &'static str) -> StoreError {
        // Where the row is broken, its first field may be a part of another one.
        let number = self.key.parse::<i64>().is_ok();
        let key = if number { self.key } else { "?" };
        StoreError::Unreadable { table: self.table, column: column.to_owned(), key: key.to_owned() }
    }
}

/// An instant as SQLite keeps it: the wall clock of UTC, or, from other programs, with a zone.
fn instant(text: &str) -> Option<Instant> {
    if let Some(wall) = wall(text.trim_end_matches('Z')) {
        return Some(wall.and_utc());
    }
    let formats = ["%F %T%.f%:z", "%FT%T%.f%:z", "%F %R%:z", "%FT%R%:z"];
    let at = formats.into_iter().find_map(|format| DateTime::parse_from_str(text, format).ok());
    at.map(|at| at.to_utc())
}

/// A wall-clock time as SQLite keeps it. There are thousands a screen, so the usual form is not left
/// to a general parser.
fn wall(text: &str) -> Option<NaiveDateTime> {
    let bytes = text.as_bytes();
    let number = |range: std::ops::Range<usize>| {
        bytes.get(range)?.iter().try_fold(0, |number: u32, byte| {
            byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
        })
    };
    if bytes.len() == 19 && matches!(bytes[10], b' ' | b'T') {
        let year = i32::try_from(number(0..4)?).ok()?;
        let date = NaiveDate::from_ymd_opt(year, number(5..7)?, number(8..10)?)?;
        return date.and_hms_opt(number(11..13)?, number(14..16)?, number(17..19)?);
    }
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]
        .into_iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_form_in_which_they_are_kept() {
        let noon: NaiveDateTime = "2026-12-01T12:00:00".parse().unwrap();
        for text in [
            "2026-12-01 12:00:00",
            "2026-12-01T12:00:00",
            "2026-12-01 12:00:00.000",
            "2026-12-01 12:00",
            "2026-12-01T12:00",
        ] {
            assert_eq!(wall(text), Some(noon), "{text}");
        }
        for text in ["", "2026-12-01", "2026-13-01 12:00:00", "2026-12-01 24:00:00", "2026-12-0x 12:00:00"] {
            assert_eq!(wall(text), None, "{text}");
        }
    }

    #[test]
    fn instants_are_read_in_every_form_in_which_they_are_kept() {
        let noon: Instant = "2026-12-01T12:00:00Z".parse().unwrap();
        for text in [
            "2026-12-01 12:00:00",
            "2026-12-01T12:00:00Z",
            "2026-12-01 12:00:00.000Z",
            "2026-12-01T14:00:00+02:00",
            "2026-12-01 14:00+02:00",
        ] {
            assert_eq!(instant(text), Some(noon), "{text}");
        }
        assert_eq!(instant("noon"), None);
    }

    #[test]
    fn a_text_may_hold_what_parts_fields_and_rows() {
        let rest = "7|8|a|b,c é|x|,8|0|||5";
        let mut packed = Packed { rest, table: "patients", key: "?" };
        let mut row = |n: &str, text: &str, word: &str, number: Option<u8>| {
            assert_eq!(packed.next(), n);
            assert_eq!(packed.text("name").unwrap(), text);
            assert_eq!(packed.next(), word);
            assert_eq!(packed.if_any("default_minutes", |text| text.parse().ok()).unwrap(), number);
        };
        row("7", "a|b,c é", "x", None);
        row("8", "", "", Some(5));
        assert!(packed.rest.is_empty());
        let mut some = Packed { rest: "||3|a|b|0|", table: "patients", key: "?" };
        let mut next = || some.text_if_any("address").unwrap();
        assert_eq!((next(), next(), next()), (None, Some("a|b".to_owned()), Some(String::new())));
        let mut cut = Packed { rest: "5|abc", table: "patients", key: "7" };
        let said = cut.text("name").unwrap_err().to_string();
        assert_eq!(said, "patients.name of row 7 holds a value that cannot be read");
    }
}
