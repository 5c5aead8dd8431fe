//! The one error of the stores, and how the drivers' errors are read.
//!
//! Errors are told apart by number, never by text, and what they say holds no bound value: a
//! driver's own message may quote a name or an e-mail, so it is never passed on.

use std::io::ErrorKind;

use sqlx::mysql::MySqlDatabaseError;

use super::tls;
use crate::domain::ids::{DoctorId, PatientId};
use crate::domain::permission::Forbidden;
use crate::domain::schedule::Availability;

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store cannot be reached, or refused the sign-in.
    #[error("{0}")]
    Unreachable(String),
    /// The URL cannot stand: it cannot be read, or would send what it may not, or names a file that is
    /// not there.
    #[error("{0}")]
    Transport(String),
    /// The connection broke under way: whether the last statement took effect is not known.
    #[error(
        "the connection to the database broke; whether it was done is not known: the same request again finds out"
    )]
    Lost,
    /// Others were in the way each time it was tried.
    #[error("the database was too busy to do this; try again (error {0})")]
    Busy(u32),
    /// A value that must be unique is in use.
    #[error("{field} is in use already")]
    Duplicate {
        /// The column's name.
        field: &'static str,
    },
    /// A record that was named does not exist.
    #[error("there is no {what} {id}")]
    Missing {
        /// `patient`, `doctor`, `visit`, ...
        what: &'static str,
        /// Its id.
        id: i32,
    },
    /// The idempotency key belongs to another request.
    #[error("the request id was used for another request already; each request needs its own")]
    KeyUsed,
    /// A row of hours cannot be meant beside one that stands.
    #[error("row #{} is in the way: {} {}; remove it first, or write other times", .0.id, .0.when(), .0.times())]
    HoursInTheWay(Availability),
    /// A record changed between reading and writing it.
    #[error("{what} {id} was changed by somebody else meanwhile; look at it again")]
    Changed {
        /// `patient`, ...
        what: &'static str,
        /// Its id.
        id: i32,
    },
    /// Nobody is signed in, or not any more: why.
    #[error("{}", .0.unwrap_or("nobody is signed in"))]
    NotSignedIn(Option<&'static str>),
    /// Who is signed in may not do this.
    #[error(transparent)]
    Forbidden(Forbidden),
    /// A doctor asked for the record of a patient who is not theirs.
    #[error("patient {0} has no visit with you; to open the record, say why (break-glass)")]
    NotTheirs(PatientId),
    /// A clinic without staff: nobody can sign in.
    #[error("nobody can sign in yet; set the clinic up with: frontdesk init")]
    NotSetUp,
    /// A sign-in that was refused: why.
    #[error("{0}")]
    SignInRefused(String),
    /// A clinic that was set up is not set up again.
    #[error("this clinic was set up already; an administrator adds staff: frontdesk staff add")]
    SetUpAlready,
    /// A doctor has one account to sign in with.
    #[error("doctor {0} has an account already; deactivate that one first, or name another doctor")]
    DoctorHasAccount(DoctorId),
    /// Of those who are active, one is always an administrator.
    #[error("this is the last administrator; make somebody else one first")]
    LastAdministrator,
    /// A value that was given cannot stand, such as a reason: why.
    #[error("{0}")]
    BadValue(String),
    /// A row cannot be read as what it should be.
    #[error("{table}.{column} of row {key} holds a value that cannot be read")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// The column.
        column: String,
        /// The row's key.
        key: String,
    },
    /// The schema is not the one this program works on.
    #[error("{0}")]
    Schema(String),
    /// The database account may not do this.
    #[error(
        "the database account is not permitted to do this (error {0}); frontdesk grants prints what it needs"
    )]
    NotPermitted(u32),
    /// The file or its folder cannot be used.
    #[error("{0}")]
    File(String),
    /// A password could not be hashed.
    #[error("there is too little memory to check a password; try again")]
    Memory,
    /// Anything else, by number.
    #[error("the database refused a statement (error {0})")]
    Refused(String),
}

impl StoreError {
    /// Whether the whole transaction may simply be tried again: it lost to another, or the
    /// connection went away and the idempotency key tells what became of it.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, StoreError::Busy(_) | StoreError::Lost)
    }

    /// The error of a connection that could not be made. What breaks in the middle of the greeting
    /// is a server that goes or comes, as with any other connection; what fails before is an
    /// address that is wrong, on which nothing was under way.
    #[must_use]
    pub fn of_connecting(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(io) if let Some(fault) = tls::fault_of_io(io) => StoreError::insecure(&fault),
            sqlx::Error::Io(io)
                if !matches!(
                    io.kind(),
                    ErrorKind::ConnectionReset
                        | ErrorKind::ConnectionAborted
                        | ErrorKind::BrokenPipe
                        | ErrorKind::UnexpectedEof
                ) =>
            {
                StoreError::Unreachable(
                    "the database cannot be reached: its host's name is not known, or nothing answers there"
                        .to_owned(),
                )
            }
            _ => error.into(),
        }
    }

    /// The error of a server that could not be verified: half a line about it.
    #[must_use]
    fn insecure(fault: &str) -> Self {
        StoreError::Unreachable(format!("the database server cannot be reached by verified TLS: {fault}"))
    }

    /// The error of a server that lets a question go unanswered.
    #[must_use]
    pub fn silent(waited: std::time::Duration) -> Self {
        let seconds = waited.as_secs();
        StoreError::Unreachable(format!("the database cannot be reached: no answer within {seconds} s"))
    }

    /// Whether the database cannot be worked with just now.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        matches!(self, StoreError::Unreachable(_) | StoreError::Lost)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(inner) => {
                if let Some(mysql) = inner.try_downcast_ref::<MySqlDatabaseError>() {
                    of_mysql(mysql.number(), mysql.message())
                } else {
                    of_sqlite(&inner.code().unwrap_or_default(), inner.message())
                }
            }
            sqlx::Error::Io(io) => match io.kind() {
                ErrorKind::ConnectionRefused
                | ErrorKind::NotFound
                | ErrorKind::HostUnreachable
                | ErrorKind::NetworkUnreachable => {
                    StoreError::Unreachable(format!("the database cannot be reached: {}", io.kind()))
                }
                _ => StoreError::Lost,
            },
            sqlx::Error::PoolTimedOut => {
                StoreError::Unreachable("the database cannot be reached: no answer within 3 s".to_owned())
            }
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Protocol(_) => {
                StoreError::Lost
            }
            // What has no type is the driver's word that the server has none: the files that a URL names
            // were read before (see `transport`).
            sqlx::Error::Tls(inner) => {
                let fault = tls::fault_of(inner.as_ref());
                StoreError::insecure(fault.as_deref().unwrap_or(tls::NONE_OFFERED))
            }
            other => StoreError::Refused(kind_of(other).to_owned()),
        }
    }
}

/// The error's kind in words that hold no data.
fn kind_of(error: &sqlx::Error) -> &'static str {
    match error {
        sqlx::Error::Configuration(_) => "configuration",
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => "decode",
        sqlx::Error::Encode(_) => "encode",
        _ => "driver",
    }
}

fn of_mysql(number: u16, message: &str) -> StoreError {
    match number {
        // Deadlock, lock wait, record changed (MariaDB), commit refused by the cluster, rolled
        // back by group replication, node not ready (Galera); and interrupted, by an administrator's
        // KILL or a time limit of the server's.
        1213 | 1205 | 1020 | 1180 | 3101 | 1047 | 1317 | 1969 | 3024 => StoreError::Busy(number.into()),
        // Server shutting down, connection killed, server gone, lost during query, idle for too long.
        1053 | 1927 | 2006 | 2013 | 4031 => StoreError::Lost,
        1062 => StoreError::Duplicate { field: unique_field(message) },
        // To an account without rights there, a database that does not exist looks the same.
        1044 => StoreError::Unreachable(
            "the account may not use this database, or there is none of that name (error 1044)".to_owned(),
        ),
        1045 | 1698 => StoreError::Unreachable(format!(
            "the database refused the sign-in (error {number}): check the user and the password"
        )),
        4151 | 3118 => StoreError::Unreachable(format!(
            "the database account is locked (error {number}): an administrator of the database gives it a password \
             and unlocks it, with ALTER USER ... IDENTIFIED BY '...' ACCOUNT UNLOCK"
        )),
        1820 | 1862 => StoreError::Unreachable(format!(
            "the password of the database account has expired (error {number}): an administrator of the database \
             gives it a new one, with ALTER USER ... IDENTIFIED BY '...' PASSWORD EXPIRE NEVER, for the settings"
        )),
        1049 => StoreError::Unreachable(
            "the database server has no database of that name (error 1049); create it, then run: frontdesk migrate"
                .to_owned(),
        ),
        1040 | 1203 | 1226 => {
            StoreError::Unreachable(format!("the database takes no more connections (error {number})"))
        }
        1142 | 1143 | 1370 | 1227 => StoreError::NotPermitted(number.into()),
        1146 | 1054 | 1176 => StoreError::Schema(format!(
            "the database lacks a table, column or index that this program needs (error {number}); run: frontdesk migrate"
        )),
        _ => StoreError::Refused(number.to_string()),
    }
}

fn of_sqlite(code: &str, message: &str) -> StoreError {
    let number: u32 = code.parse().unwrap_or(0);
    match (number, number & 0xff) {
        (1555 | 2067 | 2579, _) => StoreError::Duplicate { field: unique_field(message) },
        (_, 5 | 6) => StoreError::Busy(number),
        (_, 8) => StoreError::File("the database file is read-only".to_owned()),
        (_, 13) => StoreError::File("the disk is full".to_owned()),
        (_, 14) => StoreError::Unreachable("the database file cannot be opened".to_owned()),
        (_, 11 | 26) => StoreError::File("the database file is damaged or is no database".to_owned()),
        _ => StoreError::Refused(format!("SQLite {number}")),
    }
}

/// Which unique column a violation is about. The drivers give the key's name in their text alone;
/// only names of ours are looked for in it.
fn unique_field(message: &str) -> &'static str {
    let tail = message.rsplit(" for key ").next().unwrap_or(message);
    ["email", "license_number", "os_user"].into_iter().find(|field| tail.contains(field)).unwrap_or("key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_is_locked_or_expired_says_what_mends_it() {
        for (number, said) in
            [(4151, "ACCOUNT UNLOCK"), (3118, "ACCOUNT UNLOCK"), (1820, "has expired"), (1862, "has expired")]
        {
            let error = of_mysql(number, "");
            assert!(error.is_outage() && error.to_string().contains(said), "{number}: {error}");
        }
    }

    #[test]
    fn errors_are_told_apart_by_number_and_hold_no_data() {
        let taken = of_mysql(1062, "Duplicate entry 'license_number@x.org' for key 'patients.email'");
        assert!(matches!(taken, StoreError::Duplicate { field: "email" }));
        let taken = of_sqlite("2067", "UNIQUE constraint failed: doctors.license_number");
        assert!(matches!(taken, StoreError::Duplicate { field: "license_number" }));
        for number in [1213, 1205, 1020, 1180, 3101, 1047] {
            assert!(of_mysql(number, "").is_transient());
        }
        assert!(of_sqlite("517", "").is_transient(), "SQLITE_BUSY_SNAPSHOT");
        let odd = of_mysql(1292, "Incorrect date value: 'Ana Ruiz'");
        assert!(!odd.to_string().contains("Ana"));
    }
}
