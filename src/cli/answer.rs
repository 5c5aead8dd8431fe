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
            StoreError::Duplicate { .. }
            | StoreError::KeyUsed
            | StoreError::HoursInTheWay(_)
            | StoreError::Transport(_)
            | StoreError::SetUpAlready
            | StoreError::DoctorHasAccount(_)
            | StoreError::BadValue(_) => Status::BadInput,
            StoreError::Missing { .. } => Status::Missing,
            StoreError::NotPermitted(_)
            | StoreError::NotSignedIn(_)
            | StoreError::NotSetUp
            | StoreError::SignInRefused(_)
            | StoreError::Forbidden(_)
            | StoreError::NotTheirs(_)
            | StoreError::LastAdministrator => Status::NotPermitted,
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
    /// An answer in the format that was asked for; the other is not made. What is for people is cleaned
    /// as a whole, whatever was put into it; a document escapes by itself what it holds.
    ///
    /// # Errors
    /// Where the document cannot be written as JSON.
    pub fn new<D: Serialize>(
        format: Format,
        document: impl FnOnce() -> D,
        people: impl FnOnce() -> String,
    ) -> Result<Self, Failure> {
        let body = match format {
            Format::People => text::clean_multiline(&people()).into_owned(),
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

    /// The same answer with lines for standard error.
    #[must_use]
    pub fn with_notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
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

/// A value that cannot stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The name of the flag, the argument or the field, as it was typed or as the schema has it; none
    /// where the fault is no single value's.
    pub field: Option<String>,
    /// What is wrong and what is expected: half a line where there is a field.
    pub message: String,
}

impl Fault {
    /// A fault that is no single value's.
    pub fn of_all(message: impl Into<String>) -> Self {
        Fault { field: None, message: message.into() }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.field {
            Some(field) => match flag_of(field) {
                Some(flag) => write!(f, "{flag}: {}", self.message),
                None => write!(f, "{field}: {}", self.message),
            },
            None => f.write_str(&self.message),
        }
    }
}

/// The flag under which a column's value is given, for people; documents name the column.
fn flag_of(field: &str) -> Option<&'static str> {
    Some(match field {
        "name" => "--name",
        "email" => "--email",
        "phone" => "--phone",
        "date_of_birth" => "--date-of-birth",
        "address" => "--address",
        "specialization" => "--specialization",
        "license_number" => "--license-number",
        "default_minutes" => "--default-minutes",
        "role" => "--role",
        "doctor_id" => "--doctor",
        "os_user" => "--os-user",
        _ => return None,
    })
}

/// Why a command could not be carried out.
#[derive(Debug)]
pub enum Failure {
    /// Something that was typed, or is set, cannot stand: one line each.
    Input(Vec<Fault>),
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
        Failure::Input(vec![Fault { field: Some(name.to_owned()), message: fault.to_string() }])
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

    /// What kind of failure it is, as scripts know it: of the same kind is what is dealt with in the same
    /// way.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Failure::Store(StoreError::Duplicate { .. }) => "duplicate",
            Failure::Store(StoreError::KeyUsed) => "request_id_used",
            Failure::Store(StoreError::HoursInTheWay(_)) => "hours_in_the_way",
            Failure::Store(StoreError::Changed { .. }) => "changed",
            Failure::Store(StoreError::Busy(_)) => "busy",
            Failure::Store(StoreError::Schema(_)) => "schema",
            Failure::Store(StoreError::Unreadable { .. }) => "unreadable",
            _ => match self.status() {
                Status::BadInput => "bad_input",
                Status::Missing => "not_found",
                Status::NotPermitted => "not_permitted",
                Status::Unreachable => "unreachable",
                Status::Done | Status::Other | Status::Refused => "other",
            },
        }
    }

    /// The same as a document.
    #[must_use]
    pub fn document(&self) -> super::json::Error {
        let fields = match self {
            Failure::Input(faults) => faults.clone(),
            Failure::Store(StoreError::Duplicate { field }) => {
                vec![Fault { field: Some((*field).to_owned()), message: self.lines().join("; ") }]
            }
            _ => Vec::new(),
        };
        super::json::Error::new(self.kind(), self.lines().join("; "), &fields)
    }

    /// What is said of it, a line each.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        match self {
            Failure::Input(faults) => faults.iter().map(ToString::to_string).collect(),
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
        Failure::Input(vec![Fault::of_all(fault.to_string())])
    }
}

impl From<Vec<FieldFault>> for Failure {
    fn from(faults: Vec<FieldFault>) -> Self {
        let fault =
            |fault: &FieldFault| Fault { field: Some(fault.field.to_owned()), message: fault.fault.clone() };
        Failure::Input(faults.iter().map(fault).collect())
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

/// Writes a question to standard error, where nothing is redirected that a script reads; what is typed
/// stands beside it.
pub fn prompt(question: &str) {
    let mut stderr = io::stderr().lock();
    drop(write!(stderr, "{}", text::clean(question)));
    drop(stderr.flush());
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
