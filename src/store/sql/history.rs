//! Requests, and the idempotency keys by which a request that is made twice is known. The audit row that
//! goes with each is `writing`'s and `trail`'s.

use super::conn::{Conn, Row, Stmt, Value};
use crate::domain::clock::Instant;
use crate::store::{Result, StoreError};

/// When a write is asked for, and under which key: part of every write. Who asks is whom the store works for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The idempotency key: the same key twice is the same request twice. At most 100 characters.
    pub key: String,
    /// When.
    pub at: Instant,
}

impl Order {
    /// An order under a key that nobody else has.
    #[must_use]
    pub fn fresh(at: Instant) -> Self {
        Order { key: uuid::Uuid::now_v7().to_string(), at }
    }
}

/// The record that a request of this key wrote, if it was carried out before.
///
/// # Errors
/// [`StoreError::KeyUsed`] where it was another kind of request: its record is not the one that is
/// asked for.
pub(super) async fn done_before(conn: &mut Conn, key: &str, action: &'static str) -> Result<Option<i32>> {
    same_action(done(conn.first(of_done(key)).await?.as_ref())?, action)
}

/// What the audit trail says of what was done under a key to a record of a table. The trail keeps no
/// key, and times to the second: of what was done to the record within that second, in the same way, any
/// may be meant.
///
/// # Errors
/// The database's.
pub(super) async fn details_of(
    conn: &mut Conn,
    key: &str,
    table: &'static str,
) -> Result<Vec<serde_json::Value>> {
    let stmt = Stmt::new(
        "SELECT a.id, a.detail FROM idempotency_keys k JOIN audit_log a \
         ON a.record_id = k.record_id AND a.action = k.action AND a.at = k.done_at \
         WHERE k.idempotency_key = ? AND a.record = ? ORDER BY a.id",
    );
    let mut details = Vec::new();
    for row in conn.all(stmt.bind(key).bind(table)).await? {
        let detail: Option<String> = row.cells("audit_log").skip(1).get()?;
        details.extend(detail.and_then(|detail| serde_json::from_str(&detail).ok()));
    }
    Ok(details)
}

/// The query of what was done under a key, which [`done`] reads.
fn of_done(key: &str) -> Stmt {
    Stmt::new("SELECT record_id, action FROM idempotency_keys WHERE idempotency_key = ?").bind(key)
}

/// The record that a request wrote, and what kind of request it was.
fn done(row: Option<&Row>) -> Result<Option<(i32, String)>> {
    let read = |row: &Row| {
        let mut cells = row.cells("idempotency_keys");
        Ok((cells.get()?, cells.get()?))
    };
    row.map(read).transpose()
}

/// The record of what was done under a key, where it was this kind of request.
///
/// # Errors
/// As in [`done_before`].
pub(super) fn same_action(done: Option<(i32, String)>, action: &'static str) -> Result<Option<i32>> {
    match done {
        Some((record, kind)) if kind == action => Ok(Some(record)),
        Some(_) => Err(StoreError::KeyUsed),
        None => Ok(None),
    }
}

/// What came of a request, where a unique value may be in use because this very request was
/// carried out meanwhile: by a connection that broke while the server was still at it. Tried
/// again, it finds what was done.
pub(super) async fn or_done_meanwhile<T>(
    conn: &mut Conn,
    order: &Order,
    action: &'static str,
    outcome: Result<T>,
) -> Result<T> {
    if matches!(outcome, Err(StoreError::Duplicate { .. }))
        && let Ok(Some(_)) = done_before(conn, &order.key, action).await
    {
        return Err(StoreError::Busy(1062));
    }
    outcome
}

/// What says that a request was carried out, and which record it wrote.
pub(super) fn key_row(order: &Order, action: &'static str, id: Value) -> Stmt {
    Stmt::new(
        "INSERT INTO idempotency_keys (idempotency_key, action, record_id, done_at) VALUES (?, ?, ?, ?)",
    )
    .bind(order.key.as_str())
    .bind(action)
    .bind(id)
    .bind(order.at)
}

/// The error of an idempotency key that is there already: the same request is being carried out
/// elsewhere. Tried again, it finds what that did.
pub(super) fn of_key(error: StoreError) -> StoreError {
    match error {
        StoreError::Duplicate { .. } => StoreError::Busy(1062),
        other => other,
    }
}
