//! `grants`: the statements that make the least-privilege accounts of the database servers.
//!
//! What each role may do is decided in the program, and who holds the password of its database
//! account could go round that. So there are two accounts: one that migrates, which an administrator
//! uses, and the desks' own, which has no DDL, sees no other database, and can neither change nor
//! remove a row of the audit trail (HIPAA 164.312 (b) and (c)(1)).
//!
//! Nothing is connected to, and no password is printed: the SQL accounts are made locked, and the
//! shell of MongoDB asks for one.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::answer::{Answer, Failure, Format};
use super::values;
use crate::config::Config;
use crate::domain::text;
use crate::store::documents::{self, COLLECTIONS};
use crate::store::sql;
use crate::store::sql::schema::made_tables;

const READ: &[&str] = &["SELECT"];
const ADD: &[&str] = &["SELECT", "INSERT"];
const CHANGE: &[&str] = &["SELECT", "INSERT", "UPDATE"];
const REPLACE: &[&str] = &["SELECT", "INSERT", "DELETE"];

/// What a desk needs of each table, by what the statements in `store::sql` do to it. An upsert needs
/// UPDATE, and so does, or DELETE, a row that is read to be kept from other writers.
const OF_A_DESK: [(&str, &[&str]); 16] = [
    ("patients", CHANGE),
    ("doctors", CHANGE),
    ("appointments", CHANGE),
    ("doctor_availability", REPLACE),
    ("payments", READ),
    ("clinic_settings", CHANGE),
    ("calendar_days", CHANGE),
    ("patient_days", CHANGE),
    ("idempotency_keys", ADD),
    // It is read for who booked and changed a visit, and what was asked under a request's key.
    ("audit_log", ADD),
    ("patient_names", REPLACE),
    ("name_words", CHANGE),
    ("drafts", REPLACE),
    ("staff", CHANGE),
    // The head of each desk's chain, which moves on with every row of the audit trail.
    ("audit_chains", CHANGE),
    ("frontdesk_migrations", READ),
];

/// What the migrating account needs of the whole database: it makes and changes tables and indexes,
/// and writes what the look-up knows of patients.
const OF_MIGRATIONS: &str = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, REFERENCES";

/// What a desk does to the clinic's documents. It removes none.
const DOCUMENTS_OF_A_DESK: [&str; 3] = ["find", "insert", "update"];

/// What the migrating account does to them: validators, indexes, and rewrites of older shapes.
const DOCUMENTS_OF_MIGRATIONS: [&str; 8] = [
    "listCollections",
    "createCollection",
    "collMod",
    "listIndexes",
    "createIndex",
    "find",
    "insert",
    "update",
];

/// Arguments of `grants`.
#[derive(Debug, Args)]
pub struct Grants {
    /// The server [default: both]
    #[arg(value_enum)]
    server: Option<Server>,
    /// The account [default: both]; the desks' one is made once the tables are there
    #[arg(long = "for", value_enum, value_name = "ACCOUNT")]
    account: Option<Role>,
    /// The database on the MySQL or MariaDB server [default: the one of the settings]
    #[arg(long, value_name = "NAME", value_parser = database)]
    database: Option<String>,
    /// The database on the MongoDB server [default: the one of the settings, else as --database]
    #[arg(long, value_name = "NAME", value_parser = document_database)]
    documents: Option<String>,
    /// The name of the migrating account
    #[arg(long, value_name = "NAME", default_value = "frontdesk_migrate", value_parser = account)]
    migrating_account: String,
    /// The name of the desks' account
    #[arg(long, value_name = "NAME", default_value = "frontdesk_desk", value_parser = account)]
    desk_account: String,
    /// From which host the accounts of MySQL or MariaDB may sign in; % is any
    #[arg(long, value_name = "HOST", default_value = "%", value_parser = host)]
    host: String,
    /// Do not ask TLS of the accounts of MySQL or MariaDB, as on a closed network
    #[arg(long)]
    without_tls: bool,
    /// Take first from the accounts of MySQL or MariaDB whatever they were given before
    #[arg(long)]
    revoke: bool,
}

/// A server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Server {
    /// The relational half: SQL
    Mysql,
    /// The documents: for mongosh
    Mongodb,
}

/// What an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Makes and changes the tables
    Migrate,
    /// The desks and the command line
    Desk,
}

/// The accounts of a clinic, and where.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// The database on the MySQL or MariaDB server.
    pub database: String,
    /// The database on the MongoDB server.
    pub documents: String,
    /// The migrating account.
    pub migrate: String,
    /// The desks' account.
    pub desk: String,
    /// From which host they may sign in to MySQL or MariaDB.
    pub host: String,
    /// Whether MySQL or MariaDB asks TLS of them.
    pub tls: bool,
    /// Whether they lose first what they were given before.
    pub revoke: bool,
}

impl Accounts {
    fn name(&self, role: Role) -> &str {
        match role {
            Role::Migrate => &self.migrate,
            Role::Desk => &self.desk,
        }
    }

    /// The statements that make an account on a MySQL or MariaDB server, and can be run again. The
    /// desks' one comes after the tables, since no right is given on a table that is not there.
    #[must_use]
    pub fn sql(&self, role: Role) -> Vec<String> {
        let account = format!("{}@{}", text_literal(self.name(role)), text_literal(&self.host));
        let database = identifier(&self.database);
        let tls = if self.tls { " REQUIRE SSL" } else { "" };
        let mut statements = Vec::new();
        if role == Role::Migrate {
            statements.push(format!("CREATE DATABASE IF NOT EXISTS {database} CHARACTER SET utf8mb4"));
        }
        // Without a password; nobody signs in until it has one.
        statements.push(format!("CREATE USER IF NOT EXISTS {account}{tls} ACCOUNT LOCK"));
        if self.revoke {
            statements.push(format!("REVOKE ALL PRIVILEGES, GRANT OPTION FROM {account}"));
        }
        match role {
            Role::Migrate => {
                let database = pattern(&self.database);
                statements.push(format!("GRANT {OF_MIGRATIONS} ON {database}.* TO {account}"));
            }
            Role::Desk => statements.extend(tables().map(|(table, may)| {
                format!("GRANT {} ON {database}.{} TO {account}", may.join(", "), identifier(table))
            })),
        }
        statements
    }

    /// The privileges of an account's role on a MongoDB server, as `createRole` takes them.
    #[must_use]
    pub fn privileges(&self, role: Role) -> Value {
        let of = |collection: &str, actions: &[&str]| json!({ "resource": { "db": self.documents, "collection": collection }, "actions": actions });
        match role {
            Role::Migrate => json!([of("", &DOCUMENTS_OF_MIGRATIONS)]),
            Role::Desk => COLLECTIONS.iter().map(|name| of(name, &DOCUMENTS_OF_A_DESK)).collect(),
        }
    }

    /// The statements for MongoDB's shell that make an account, and can be run again.
    #[must_use]
    pub fn shell(&self, role: Role) -> Vec<String> {
        let name = Value::from(self.name(role));
        let database = format!("db.getSiblingDB({})", Value::from(self.documents.as_str()));
        vec![
            format!(
                "{database}.runCommand({{ [{database}.getRole({name}) ? \"updateRole\" : \"createRole\"]: {name}, \
                 privileges: {}, roles: [] }})",
                self.privileges(role)
            ),
            format!(
                "if (!{database}.getUser({name})) {database}.createUser({{ user: {name}, pwd: passwordPrompt(), \
                 roles: [{name}] }})"
            ),
        ]
    }

    fn document(&self, servers: &[Server], roles: &[Role]) -> Value {
        let key = |role| match role {
            Role::Migrate => "migrate",
            Role::Desk => "desk",
        };
        let of_roles = |of_role: &dyn Fn(Role) -> Value| -> Value {
            roles
                .iter()
                .map(|role| (key(*role).to_owned(), of_role(*role)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        let mut grants = json!({});
        if servers.contains(&Server::Mysql) {
            grants["mysql"] = json!({ "database": self.database, "accounts": of_roles(&|role| json!({
                "user": self.name(role), "host": self.host, "statements": self.sql(role),
            }))});
        }
        if servers.contains(&Server::Mongodb) {
            grants["mongodb"] = json!({ "database": self.documents, "accounts": of_roles(&|role| json!({
                "user": self.name(role), "role": self.name(role), "privileges": self.privileges(role),
                "statements": self.shell(role),
            }))});
        }
        json!({ "grants": grants })
    }

    fn people(&self, servers: &[Server], roles: &[Role]) -> String {
        let mut out = String::new();
        for server in servers {
            let (mark, end) = match server {
                Server::Mysql => ("--", ";"),
                Server::Mongodb => ("//", ";"),
            };
            let mut say = |line: &str| {
                let _ = writeln!(out, "{mark} {line}");
            };
            match server {
                Server::Mysql => {
                    say(
                        "MySQL or MariaDB, by an administrator of the server. No account has a password yet,",
                    );
                    say("and each is locked until it is given one of its own:");
                    for role in roles {
                        let account =
                            format!("{}@{}", text_literal(self.name(*role)), text_literal(&self.host));
                        say(&format!("  ALTER USER {account} IDENTIFIED BY '...' ACCOUNT UNLOCK;"));
                    }
                    if !self.revoke {
                        say("An account that was there before keeps what it was given (see --revoke).");
                    }
                }
                Server::Mongodb => {
                    say(
                        "MongoDB, by an administrator of the server, in mongosh, which asks for the passwords.",
                    );
                }
            }
            for role in roles {
                let what = match (server, role) {
                    (Server::Mysql, Role::Migrate) => {
                        "The migrating account makes and changes the tables, by: frontdesk migrate"
                    }
                    (Server::Mysql, Role::Desk) => {
                        "The desks' account, once the tables are there, and again after each migration. It reads\n\
                         -- the audit trail and adds to it, and can change and remove nothing there."
                    }
                    (Server::Mongodb, Role::Migrate) => "The migrating account:",
                    (Server::Mongodb, Role::Desk) => "The desks' account:",
                };
                let _ = writeln!(out, "\n{mark} {what}");
                let statements = match server {
                    Server::Mysql => self.sql(*role),
                    Server::Mongodb => self.shell(*role),
                };
                for statement in statements {
                    let _ = writeln!(out, "{statement}{end}");
                }
            }
            out.push('\n');
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
        out
    }
}

/// Prints the statements.
///
/// # Errors
/// Where no database is named, or both accounts are one.
pub fn grants(args: &Grants, config: &Config, format: Format) -> Result<Answer, Failure> {
    if args.desk_account == args.migrating_account {
        let fault = "is the migrating account; the desks need one of their own, which cannot migrate";
        return Err(Failure::input("--desk-account", fault));
    }
    let servers = args.server.map_or(vec![Server::Mysql, Server::Mongodb], |server| vec![server]);
    let roles = args.account.map_or(vec![Role::Migrate, Role::Desk], |role| vec![role]);
    let in_settings = config.mysql.as_ref().and_then(|server| sql::database_of(&server.url));
    let of_documents = config.mongodb.as_ref().and_then(|server| documents::database_of(&server.url));
    let documents = args.documents.clone().or(of_documents);
    let accounts = Accounts {
        database: args.database.clone().or(in_settings).or_else(|| documents.clone()).unwrap_or_default(),
        documents: documents.unwrap_or_default(),
        migrate: args.migrating_account.clone(),
        desk: args.desk_account.clone(),
        host: args.host.clone(),
        tls: !args.without_tls && !["localhost", "127.0.0.1", "::1"].contains(&args.host.as_str()),
        revoke: args.revoke,
    };
    let accounts = if accounts.documents.is_empty() {
        Accounts { documents: accounts.database.clone(), ..accounts }
    } else {
        accounts
    };
    if accounts.database.is_empty() {
        let fault =
            "no server is set, and the embedded file has no accounts; name the database on the server";
        return Err(Failure::input("--database", fault));
    }
    // Those of the settings were not read by the parser.
    database(&accounts.database).map_err(|fault| Failure::input("--database", fault))?;
    if servers.contains(&Server::Mongodb) {
        document_database(&accounts.documents).map_err(|fault| Failure::input("--documents", fault))?;
    }
    Answer::new(format, || accounts.document(&servers, &roles), || accounts.people(&servers, &roles))
}

/// The tables that this program's migrations make, and what a desk needs of each.
fn tables() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    let made: Vec<&str> = made_tables().collect();
    OF_A_DESK.into_iter().filter(move |(table, _)| made.contains(table))
}

/// A name as SQL writes one that may hold anything.
fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A database's name where GRANT takes a pattern: `_` and `%` mean any character there.
fn pattern(name: &str) -> String {
    identifier(&name.replace('\\', "\\\\").replace('_', "\\_").replace('%', "\\%"))
}

/// A text of characters that need no escape (see [`account`] and [`host`]).
fn text_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn database(typed: &str) -> Result<String, String> {
    const SYSTEM: [&str; 4] = ["mysql", "information_schema", "performance_schema", "sys"];
    let name = text::accept_line(typed, 64).map_err(|fault| fault.to_string())?;
    if SYSTEM.iter().any(|system| name.eq_ignore_ascii_case(system)) {
        return Err(format!("\"{name}\" is the server's own database; name the clinic's"));
    }
    Ok(name)
}

fn document_database(typed: &str) -> Result<String, String> {
    let name = text::accept_line(typed, 63).map_err(|fault| fault.to_string())?;
    if ["admin", "local", "config"].contains(&name.as_str()) {
        return Err(format!("\"{name}\" is the server's own database; name the clinic's"));
    }
    match name.chars().find(|c| "/\\. \"$*<>:|?".contains(*c)) {
        Some(c) => Err(format!("holds '{c}', which no database of MongoDB has in its name; remove it")),
        None => Ok(name),
    }
}

fn account(typed: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-$".contains(c);
    if typed.chars().all(plain) && (1..=32).contains(&typed.len()) {
        return Ok(typed.to_owned());
    }
    Err(format!(
        "\"{}\" is no account's name; write 1 to 32 letters, digits and . _ - $",
        values::quoted(typed)
    ))
}

fn host(typed: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".:%_-/".contains(c);
    if typed.chars().all(plain) && (1..=60).contains(&typed.len()) {
        return Ok(typed.to_owned());
    }
    Err(format!("\"{}\" is no host; write a name, an address, a network, or %", values::quoted(typed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts() -> Accounts {
        Accounts {
            database: "front_desk".into(),
            documents: "front_desk".into(),
            migrate: "mover".into(),
            desk: "desk".into(),
            host: "10.0.%".into(),
            tls: true,
            revoke: false,
        }
    }

    /// A migration that adds a table must say what a desk needs of it.
    #[test]
    fn every_table_that_the_migrations_make_is_named() {
        let named: Vec<&str> = OF_A_DESK.iter().map(|(table, _)| *table).collect();
        for table in made_tables() {
            assert!(named.contains(&table), "OF_A_DESK does not say what a desk needs of {table}");
        }
        assert!(made_tables().count() > 13 && made_tables().any(|table| table == "audit_log"));
    }

    #[test]
    fn nothing_of_the_audit_trail_is_changed_or_removed_and_no_table_made() {
        let desk = accounts().sql(Role::Desk);
        let trail: Vec<&String> = desk.iter().filter(|statement| statement.contains("audit_log")).collect();
        assert_eq!(trail, ["GRANT SELECT, INSERT ON `front_desk`.`audit_log` TO 'desk'@'10.0.%'"]);
        for statement in &desk {
            for right in
                ["ALL", "CREATE ", "ALTER", "DROP", "INDEX", "GRANT OPTION", ".*", "TRIGGER", "EVENT"]
            {
                let allowed = right == "CREATE " && statement.starts_with("CREATE USER IF NOT EXISTS 'desk'");
                assert!(!statement.contains(right) || allowed, "{right}: {statement}");
            }
        }
        assert_eq!(desk.len(), 1 + made_tables().count());
    }

    #[test]
    fn names_cannot_be_anything_but_names() {
        let odd = Accounts { database: "a`b_c%d\\e".into(), ..accounts() };
        let migrate = odd.sql(Role::Migrate);
        assert_eq!(migrate[0], "CREATE DATABASE IF NOT EXISTS `a``b_c%d\\e` CHARACTER SET utf8mb4");
        // GRANT reads this one as a pattern.
        assert!(migrate[2].contains(" ON `a``b\\_c\\%d\\\\e`.* TO 'mover'@'10.0.%'"), "{}", migrate[2]);
        assert!(odd.sql(Role::Desk)[1].contains(" ON `a``b_c%d\\e`.`patients` TO"));
        for name in ["", "a'b", "a b", "a\\b", "a@b", "a\"", "ä", &"x".repeat(33)] {
            assert!(account(name).is_err(), "{name}");
        }
        for name in ["", "a'b", "a b", "a\\b", "%'; DROP"] {
            assert!(host(name).is_err(), "{name}");
        }
        for name in ["", " ", "mysql", "Information_Schema", "a\u{7}b", &"x".repeat(65)] {
            assert!(database(name).is_err(), "{name}");
        }
        for name in ["", "admin", "a.b", "a$b", "a/b", "a b"] {
            assert!(document_database(name).is_err(), "{name}");
        }
    }

    #[test]
    fn no_account_can_be_used_before_it_has_a_password() {
        for role in [Role::Migrate, Role::Desk] {
            let made =
                accounts().sql(role).into_iter().find(|statement| statement.starts_with("CREATE USER"));
            let made = made.unwrap();
            assert!(made.ends_with(" REQUIRE SSL ACCOUNT LOCK") && !made.contains("IDENTIFIED"), "{made}");
            let shell = accounts().shell(role);
            assert!(shell[1].contains("pwd: passwordPrompt()"), "{}", shell[1]);
        }
        let people = accounts().people(&[Server::Mysql, Server::Mongodb], &[Role::Migrate, Role::Desk]);
        assert_eq!(people.matches("IDENTIFIED BY").count(), people.matches("IDENTIFIED BY '...'").count());
    }

    #[test]
    fn a_desk_finds_adds_and_changes_documents_of_the_clinics_collections_alone() {
        let desk = accounts().privileges(Role::Desk);
        let desk = desk.as_array().unwrap();
        let names: Vec<&str> =
            desk.iter().map(|one| one["resource"]["collection"].as_str().unwrap()).collect();
        assert_eq!(names, COLLECTIONS);
        for one in desk {
            assert_eq!(one["resource"]["db"], "front_desk");
            assert_eq!(one["actions"], json!(["find", "insert", "update"]));
        }
    }
}
