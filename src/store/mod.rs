//! What is kept, and how: the stores over both databases, and the one error they share.
//!
//! The relational half (`sql`) is one implementation for MySQL, MariaDB and SQLite: each query
//! stands once, and where the dialects differ the two texts stand side by side. Stores take and
//! give domain types; the rules they apply inside a transaction are `domain`'s. Nothing here
//! draws, waits for a key, or reads the wall clock: instants are parameters.

pub mod documents;
pub mod error;
pub mod password;
pub mod sql;
pub mod tls;
pub mod transport;

pub use error::StoreError;
pub use sql::{Location, Store};

/// What every store answers.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
