//! A clinic to run commands on, and what came of a command.

use std::cell::RefCell;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection};
use tempfile::TempDir;

/// A clinic in Europe/Berlin with a data folder of its own, on the embedded file or on a database
/// of its own on a server, which is dropped at the end.
pub struct Clinic {
    folder: TempDir,
    /// The server's address and the database's name.
    server: Option<(String, String)>,
    /// The accounts that were made on the server.
    accounts: RefCell<Vec<String>>,
}

impl Clinic {
    /// Nothing was ever run here.
    pub fn untouched() -> Self {
        Clinic { folder: TempDir::new().unwrap(), server: None, accounts: RefCell::default() }
    }

    /// Set up, and empty: who runs the tests administers it, by their account.
    pub fn empty() -> Self {
        let clinic = Clinic::untouched();
        clinic.set_up();
        clinic
    }

    /// Sets it up.
    pub fn set_up(&self) {
        let who = "--name 'Ana Brandt' --email ana.brandt@example.org --by-account";
        self.run(&format!("init --clinic Riverside --time-zone Europe/Berlin {who}")).ok();
    }

    /// On the server that an environment variable names: an empty database, not migrated.
    pub fn on_server(variable: &str) -> Self {
        let server = std::env::var(variable).unwrap_or_else(|_| {
            panic!("{variable} is not set: run the tests with scripts/test, which starts the servers")
        });
        let folder = TempDir::new().unwrap();
        // The folder's name is no other test's.
        let tail: String =
            folder.path().to_string_lossy().chars().filter(char::is_ascii_alphanumeric).collect();
        let database = format!("frontdesk_cli_{}_{tail}", std::process::id()).to_lowercase();
        on_server(&server, &format!("CREATE DATABASE {database}"));
        Clinic { folder, server: Some((server, database)), accounts: RefCell::default() }
    }

    /// The URL of its database on the server.
    pub fn url(&self) -> String {
        let (server, database) = self.server.as_ref().expect("a clinic on a server");
        format!("{server}{database}")
    }

    /// The URL of its database for a new account, which may do this alone there.
    pub fn account(&self, may: &str) -> String {
        let (server, database) = self.server.as_ref().expect("a clinic on a server");
        // No longer than the 32 characters that MySQL allows.
        let mut accounts = self.accounts.borrow_mut();
        let start = database.len().saturating_sub(20);
        let name = format!("fdc{}_{}", accounts.len(), &database[start..]);
        accounts.push(name.clone());
        on_server(
            server,
            &format!("CREATE USER {name} IDENTIFIED BY 'word'; GRANT {may} ON {database}.* TO {name}"),
        );
        if may.contains("INSERT") {
            // Who adds to the audit trail moves the end of a chain on.
            on_server(server, &format!("GRANT UPDATE (seq, hash) ON {database}.audit_chains TO {name}"));
        }
        let host = server.rsplit_once('@').map_or(server.as_str(), |(_, host)| host);
        format!("mysql://{name}:word@{}{database}", host.trim_start_matches("mysql://"))
    }

    /// The URL of its database for an account that `frontdesk grants` prints: what it prints is run as
    /// it stands, and the account is given a password. `account` is `migrate` or `desk`.
    pub fn granted(&self, account: &str) -> String {
        let (server, database) = self.server.as_ref().expect("a clinic on a server");
        let start = database.len().saturating_sub(20);
        let name = |kind: &str| format!("fdc_{kind}_{}", &database[start..]);
        let names = format!("--migrating-account {} --desk-account {}", name("migrate"), name("desk"));
        let line = format!("grants mysql --for {account} {names} --without-tls");
        on_server(server, &self.run(&line).ok().out);
        let name = name(account);
        on_server(server, &format!("ALTER USER '{name}'@'%' IDENTIFIED BY 'word' ACCOUNT UNLOCK"));
        self.accounts.borrow_mut().push(name.clone());
        let host = server.rsplit_once('@').map_or(server.as_str(), |(_, host)| host);
        format!("mysql://{name}:word@{}{database}", host.trim_start_matches("mysql://"))
    }

    /// With a doctor (1, cardiology, visits of 30 minutes, Mon-Fri 09:00-17:00), one on Sundays (2,
    /// all day, visits of an hour) and two patients.
    pub fn with_people(self) -> Self {
        self.people();
        self
    }

    /// Brings them in.
    pub fn people(&self) {
        self.set_up();
        for line in [
            "doctor add --name 'Dr. Lee' --email lee@example.org --phone '+49 30 1234567' --specialization Cardiology --license L-1 --default-minutes 30",
            "doctor add --name 'Dr. Okafor' --email okafor@example.org --phone '+49 30 1234568' --specialization GP --license-number L-2",
            "hours add --doctor 2 --day Sun --start 00:00 --end 24:00",
            "patient add --name 'John Smith' --email john@example.org --phone '+49 170 5550101' --dob 1980-04-02",
            "patient add --name 'Ana Ruiz' --email ana@example.org --phone '+49 170 5550102' --date-of-birth '2 Apr 1990'",
        ] {
            self.run(line).ok();
        }
        for day in ["Mon", "tue", "Wednesday", "thu", "Fri"] {
            self.run(&format!("hours add --doctor 1 --day {day} --start 09:00 --end 17:00")).ok();
        }
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command line; 'single quotes' keep words together.
    pub fn run(&self, line: &str) -> Ran {
        self.run_words(&words(line))
    }

    /// Runs a command line as somebody who signs in by e-mail and password.
    pub fn run_as(&self, (email, password): (&str, &str), line: &str) -> Ran {
        let mut command = self.command();
        command.env("FRONTDESK_USER", email).env("FRONTDESK_PASSWORD_COMMAND", prints(password));
        Ran::of(command.args(words(line)))
    }

    /// Runs a command line to which a new password is given.
    pub fn run_with_new(&self, password: &str, line: &str) -> Ran {
        let mut command = self.command();
        command.env("FRONTDESK_NEW_PASSWORD_COMMAND", prints(password));
        Ran::of(command.args(words(line)))
    }

    /// Runs a command whose words are hard to quote.
    pub fn run_words<W: AsRef<std::ffi::OsStr>>(&self, words: &[W]) -> Ran {
        let mut command = self.command();
        command.args(words);
        Ran::of(&mut command)
    }

    /// Runs a command line on another server, whose URL may hold a password: the command line takes none.
    pub fn run_at(&self, url: &str, line: &str) -> Ran {
        let variable =
            if url.starts_with("mongodb") { "FRONTDESK_MONGODB_URL" } else { "FRONTDESK_MYSQL_URL" };
        let mut command = self.command();
        Ran::of(command.env(variable, url).args(words(line)))
    }

    /// The program on this clinic, away from the settings of whoever runs the tests.
    pub fn command(&self) -> Command {
        let mut command = program();
        command
            .env("FRONTDESK_DATA_DIR", self.folder())
            .env("HOME", self.folder())
            .current_dir(self.folder());
        if let Some((server, database)) = &self.server {
            command.env("FRONTDESK_MYSQL_URL", format!("{server}{database}"));
        }
        command
    }

    /// What stands in the log.
    pub fn log(&self) -> String {
        let files = std::fs::read_dir(self.folder().join("log")).unwrap();
        files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    }

    /// Runs SQL beside the program, as an older program would.
    pub fn sql(&self, text: &str) {
        if let Some((server, database)) = &self.server {
            return on_server(&format!("{server}{database}"), text);
        }
        let url = format!("sqlite://{}", self.folder().join("frontdesk.db").display());
        wait(async {
            let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
            connection.execute(sqlx::raw_sql(AssertSqlSafe(text.to_owned()))).await.unwrap();
            connection.close().await.unwrap();
        });
    }
}

impl Drop for Clinic {
    fn drop(&mut self) {
        if let Some((server, database)) = &self.server {
            on_server(server, &format!("DROP DATABASE {database}"));
            for account in self.accounts.borrow().iter() {
                on_server(server, &format!("DROP USER IF EXISTS {account}"));
            }
        }
    }
}

/// Whether the run was asked to do without MySQL.
pub fn left_out() -> bool {
    let asked = std::env::var("FRONTDESK_WITHOUT_MYSQL").is_ok_and(|value| value == "1");
    if asked {
        println!("left out, as FRONTDESK_WITHOUT_MYSQL=1 asks: nothing here was tested on MySQL");
    }
    asked
}

/// A command that prints a password.
pub fn prints(password: &str) -> String {
    format!("printf '%s\\n' '{password}'")
}

/// The program without any setting.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_frontdesk"));
    for (variable, _) in std::env::vars_os() {
        let name = variable.to_string_lossy();
        if name.starts_with("FRONTDESK_") && !name.starts_with("FRONTDESK_TEST_") {
            command.env_remove(&variable);
        }
    }
    command.env_remove("XDG_CONFIG_HOME").env_remove("XDG_DATA_HOME").stdin(Stdio::null());
    command
}

fn on_server(url: &str, text: &str) {
    wait(async {
        let mut connection = MySqlConnection::connect(url).await.expect("the server that the URL names");
        connection.execute(sqlx::raw_sql(AssertSqlSafe(text.to_owned()))).await.unwrap();
        connection.close().await.unwrap();
    });
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn words(line: &str) -> Vec<String> {
    let quoted = line.split('\'').enumerate().map(|(n, part)| (n % 2 == 1, part));
    let mut words = Vec::new();
    for (quoted, part) in quoted {
        if quoted {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// What came of a command.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(command: &mut Command) -> Self {
        Ran::from(command.output().unwrap())
    }

    /// The same of one that was started.
    pub fn from(output: std::process::Output) -> Self {
        Ran {
            status: output.status.code().expect("it ended by itself"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// It did what it was asked.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.status, 0, "{self:?}");
        self
    }

    /// It failed with this status, said so in one line that holds all of `parts`, and printed
    /// nothing else.
    #[track_caller]
    pub fn fails(self, status: i32, parts: &[&str]) -> Self {
        assert!(self.out.is_empty(), "{self:?}");
        self.says(status, parts)
    }

    /// The same with `--json`: the line stands beside one document, which says it too. Answers the field
    /// that the document names.
    #[track_caller]
    pub fn fails_in_json(self, status: i32, parts: &[&str]) -> Value {
        let document = self.json();
        assert_eq!(keys(&document), ["error"]);
        assert_eq!(keys(&document["error"]), ["faults", "field", "kind", "message"]);
        let ran = self.says(status, parts);
        let message = document["error"]["message"].as_str().unwrap();
        let said = ran.err.trim_start_matches("frontdesk: ").trim_end();
        assert_eq!(said, message);
        document["error"].clone()
    }

    /// It ended with this status and one line on standard error that holds all of `parts`.
    #[track_caller]
    pub fn says(self, status: i32, parts: &[&str]) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.err.matches('\n').count(), 1, "one line: {self:?}");
        assert!(self.err.starts_with("frontdesk: ") && self.err.ends_with('\n'), "{self:?}");
        assert!(self.err.trim_end().chars().all(|c| !c.is_control() && c != '\u{202e}'), "{self:?}");
        for part in parts {
            assert!(self.err.contains(part), "{part:?} in {self:?}");
        }
        self
    }

    /// The document that it printed.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The keys of an object, in the order in which they stand, for contracts on names.
#[track_caller]
pub fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}
