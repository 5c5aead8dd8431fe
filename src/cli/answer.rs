//! What a command answers: text for people or one JSON document, notes beside it, and the status
//! with which the process exits.

use std::io::{self, Write};

use serde::Serialize;

use crate::config::ConfigFault;
use crate::domain::patient::FieldFault;
use crate::domain::text;
use crate::store::StoreError;

/// How a process ends (the numbers are a contract with scripts).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It did what it was asked.
    Done = 0,
    /// Anything that has no number of its own.
    Other = 1,
    /// Bad input or usage.
    BadInput = 2,
    /// The booking rule says no.
    Refused = 3,
    /// No such record.
    Missing = 4,
    /// Not permitted.
    NotPermitted = 5,
    /// A store cannot be reached.
    Unreachable = 6,
}

impl Status {
    /// How a process ends that a store could not serve.
    #[must_use]
    pub fn of(error: &StoreError) -> Self {
        match error {
            StoreError::Duplicate { .. } | StoreError::KeyUsed => Status::BadInput,
            StoreError::Missing { .. } => Status::Missing,
            StoreError::NotPermitted(_) => Status::NotPermitted,
            StoreError::Unreachable(_) | StoreError::Lost | StoreError::File(_) => Status::Unreachable,
            _ => Status::Other,
        }
    }
}

/// For whom an answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    People,
    /// For programs: one JSON document.
    Json,
}

/// What a command answers when it was carried out, or refused by the booking rule.
#[derive(Debug)]
pub struct Answer {
    /// What goes to standard output, with its line end.
    pub body: String,
    /// Lines for standard error.
    pub notes: Vec<String>,
    /// How the process ends.
    pub status: Status,
}

impl Answer {
    /// An answer in the format that was asked for; the other is not made.
    ///
    /// # Errors
    /// Where the document cannot be written as JSON.
    pub fn new<D: Serialize>(
        format: Format,
        document: impl FnOnce() -> D,
        people: impl FnOnce() -> String,
    ) -> Result<Self, Failure> {
        let body = match format {
            Format::People => people(),
            Format::Json => super::json::document(&document())
                .map_err(|_| Failure::Other("the answer cannot be written as JSON".to_owned()))?,
        };
        Ok(Answer { body, notes: Vec::new(), status: Status::Done })
    }

    /// The same answer with a line for standard error.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The same answer with the lines and the status of a command that was not carried out.
    #[must_use]
    pub fn ending(mut self, status: Status, lines: impl IntoIterator<Item = String>) -> Self {
        self.status = status;
        self.notes.extend(lines);
        self
    }
}

/// Why a command could not be carried out.
#[derive(Debug)]
pub enum Failure {
    /// Something that was typed, or is set, cannot stand: one line each.
    Input(Vec<String>),
    /// A record that was named does not exist.
    Missing(String),
    /// A store could not do what it was asked.
    Store(StoreError),
    /// Anything else.
    Other(String),
}

impl Failure {
    /// One value that cannot stand: its name, and what is wrong with it.
    pub fn input(name: &str, fault: impl std::fmt::Display) -> Self {
        Failure::Input(vec![format!("{name}: {fault}")])
    }

    /// A record that does not exist.
    #[must_use]
    pub fn missing(what: &'static str, id: i32) -> Self {
        Failure::Store(StoreError::Missing { what, id })
    }

    /// How the process ends.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Failure::Input(_) => Status::BadInput,
            Failure::Missing(_) => Status::Missing,
            Failure::Other(_) => Status::Other,
            Failure::Store(error) => Status::of(error),
        }
    }

    /// What is said of it, a line each.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        match self {
            Failure::Input(lines) => lines.clone(),
            Failure::Missing(line) | Failure::Other(line) => vec![line.clone()],
            Failure::Store(error) => vec![error.to_string()],
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Store(error)
    }
}

impl From<ConfigFault> for Failure {
    fn from(fault: ConfigFault) -> Self {
        Failure::Input(vec![fault.to_string()])
    }
}

impl From<Vec<FieldFault>> for Failure {
    fn from(faults: Vec<FieldFault>) -> Self {
        Failure::Input(faults.iter().map(ToString::to_string).collect())
    }
}

/// Writes lines to standard error, safe to draw: a line may repeat what somebody typed. When
/// nobody reads them any more there is nobody left to tell.
pub fn say(lines: &[String]) {
    let mut stderr = io::stderr().lock();
    for line in lines {
        drop(writeln!(stderr, "frontdesk: {}", text::clean(line)));
    }
}

/// Writes an answer to standard output. A reader that has seen enough (`| head`) is no error.
///
/// # Errors
/// Where the answer cannot be written, as on a full disk.
pub fn print(body: &str) -> Result<(), Failure> {
    // Of a desk whose terminal went away, the last frame may lie there still, and never be taken.
    if body.is_empty() {
        return Ok(());
    }
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(body.as_bytes()).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Other(format!("the answer cannot be written: {}", error.kind())))
        }
        _ => Ok(()),
    }
}
