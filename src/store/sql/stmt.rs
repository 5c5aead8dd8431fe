//! Statements: static text with the values that are bound to it.

use std::fmt::{self, Write as _};

use chrono::{NaiveDate, NaiveDateTime};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

use crate::domain::clock::Instant;

/// A value bound to a statement.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// NULL
    Null,
    /// Whole numbers, booleans and ids.
    Int(i64),
    /// Text.
    Text(String),
    /// A date.
    Day(NaiveDate),
    /// A wall-clock time.
    Wall(NaiveDateTime),
    /// The key that the statement before gave, within one journey (see `Conn::journey`).
    NewId,
    /// The hash of this text and that key, within a journey to a server (see `trail`).
    HashOfNewId(String),
}

// A bound value may be a patient's: it is never written, not even for debugging.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("?")
    }
}

macro_rules! value_from {
    ($($from:ty => |$name:ident| $to:expr;)*) => {
        $(impl From<$from> for Value {
            fn from($name: $from) -> Self {
                $to
            }
        })*
    };
}

value_from! {
    i64 => |n| Value::Int(n);
    i32 => |n| Value::Int(n.into());
    u32 => |n| Value::Int(n.into());
    u16 => |n| Value::Int(n.into());
    bool => |yes| Value::Int(yes.into());
    &str => |text| Value::Text(text.to_owned());
    String => |text| Value::Text(text);
    NaiveDate => |day| Value::Day(day);
    NaiveDateTime => |wall| Value::Wall(wall);
    // In both databases an instant is written as the UTC wall clock to the second.
    Instant => |at| Value::Wall(at.naive_utc().with_nanos_cut());
    crate::domain::ids::PatientId => |id| Value::Int(id.0.into());
    crate::domain::ids::DoctorId => |id| Value::Int(id.0.into());
    crate::domain::ids::AppointmentId => |id| Value::Int(id.0.into());
    crate::domain::ids::AvailabilityId => |id| Value::Int(id.0.into());
    crate::domain::ids::StaffId => |id| Value::Int(id.0.into());
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

trait CutNanos {
    fn with_nanos_cut(self) -> Self;
}

impl CutNanos for NaiveDateTime {
    fn with_nanos_cut(self) -> Self {
        use chrono::Timelike as _;
        self.with_nanosecond(0).unwrap_or(self)
    }
}

/// A statement and its values. The text is built from static pieces alone; data is bound.
#[derive(Clone, Debug)]
pub struct Stmt {
    text: Text,
    pub(super) values: Vec<Value>,
}

#[derive(Clone, Debug)]
enum Text {
    Whole(&'static str),
    Pieces(String),
}

impl Stmt {
    /// A statement of static text.
    #[must_use]
    pub fn new(text: &'static str) -> Self {
        Stmt { text: Text::Whole(text), values: Vec::new() }
    }

    /// Binds the next value.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Adds static text.
    #[must_use]
    pub fn then(mut self, text: &'static str) -> Self {
        self.push(text);
        self
    }

    /// Adds another statement's text and values.
    #[must_use]
    pub fn append(mut self, other: Stmt) -> Self {
        let other_text = match other.text {
            Text::Whole(text) => text.to_owned(),
            Text::Pieces(pieces) => pieces,
        };
        self.push(&other_text);
        self.values.extend(other.values);
        self
    }

    /// Adds text that was made of static pieces and placeholders.
    fn push(&mut self, text: &str) {
        let mut pieces = match &mut self.text {
            Text::Whole(first) => (*first).to_owned(),
            Text::Pieces(pieces) => std::mem::take(pieces),
        };
        pieces.push_str(text);
        self.text = Text::Pieces(pieces);
    }

    /// Adds `row` once for each of `count` rows, with commas between: `(?, ?), (?, ?)`.
    #[must_use]
    pub fn rows(mut self, row: &'static str, count: usize) -> Self {
        for n in 0..count {
            if n > 0 {
                self = self.then(", ");
            }
            self = self.then(row);
        }
        self
    }

    /// Adds `(?, ?, ...)` for the values of an `IN`, and binds them. The last is repeated up to a power
    /// of two: each text is prepared and kept by itself, and lists come in all lengths.
    #[must_use]
    pub fn list<V: Into<Value>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        let mut values: Vec<Value> = values.into_iter().map(Into::into).collect();
        if let Some(last) = values.last().cloned() {
            values.resize(values.len().next_power_of_two(), last);
        }
        let mut text = String::from("(");
        for n in 0..values.len() {
            let _ = write!(text, "{}?", if n > 0 { ", " } else { "" });
        }
        text.push(')');
        self.push(&text);
        self.values.extend(values);
        self
    }

    /// The text with what `spell` makes of each value in its place. The text has no question mark but
    /// its placeholders.
    pub(super) fn spelled(&self, spell: impl Fn(&Value) -> String) -> String {
        let text = match &self.text {
            Text::Whole(text) => text,
            Text::Pieces(pieces) => pieces.as_str(),
        };
        let mut values = self.values.iter().map(spell);
        let mut whole = String::with_capacity(text.len() * 2);
        for (n, piece) in text.split('?').enumerate() {
            if n > 0 {
                // A value that is missing is the server's to refuse.
                whole.push_str(&values.next().unwrap_or_else(|| "?".to_owned()));
            }
            whole.push_str(piece);
        }
        debug_assert!(values.next().is_none(), "more values than placeholders");
        whole
    }

    pub(super) fn sql(&self) -> sqlx::SqlStr {
        match &self.text {
            Text::Whole(text) => text.into_sql_str(),
            // Safe: every piece was a `&'static str` or a placeholder.
            Text::Pieces(text) => AssertSqlSafe(text.clone()).into_sql_str(),
        }
    }
}
