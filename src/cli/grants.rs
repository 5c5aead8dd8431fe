//! `grants`: the statements that make the least-privilege accounts of the database servers.
//!
//! What each role may do is decided in the program, and who holds the password of its database
//! account could go round that. So there are two accounts: one that migrates, which an administrator
//! uses, and the desks' own, which has no DDL, sees no other database, and can neither change nor
//! remove a row of the audit trail (HIPAA 164.312 (b) and (c)(1)).
//!
//! Nothing is connected to, and no password is printed: the SQL accounts are made locked, and the
//! shell of MongoDB asks for one.

mod accounts;

use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use self::accounts::text_literal;
pub use self::accounts::{Account, Accounts};
use super::answer::{Answer, Failure, Format};
use super::values;
use crate::config::Config;
use crate::domain::text;
use crate::store::{documents, sql};

/// A server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Server {
    /// The relational half: SQL
    Mysql,
    /// The documents: for mongosh
    Mongodb,
}

/// Arguments of `grants`.
#[derive(Debug, Args)]
pub struct Grants {
    /// The server [default: both]
    #[arg(value_enum)]
    server: Option<Server>,
    /// The account [default: both]; the desks' one is made once the tables are there
    #[arg(long = "for", value_enum, value_name = "ACCOUNT")]
    account: Option<Account>,
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

impl Accounts {
    fn document(&self, servers: &[Server], which: &[Account]) -> Value {
        let key = |of| match of {
            Account::Migrate => "migrate",
            Account::Desk => "desk",
        };
        let of_accounts = |of_account: &dyn Fn(Account) -> Value| -> Value {
            which
                .iter()
                .map(|of| (key(*of).to_owned(), of_account(*of)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        let mut grants = json!({});
        if servers.contains(&Server::Mysql) {
            grants["mysql"] = json!({ "database": self.database, "accounts": of_accounts(&|of| json!({
                "user": self.name(of), "host": self.host, "statements": self.sql(of),
            }))});
        }
        if servers.contains(&Server::Mongodb) {
            grants["mongodb"] = json!({ "database": self.documents, "accounts": of_accounts(&|of| json!({
                "user": self.name(of), "role": self.name(of), "privileges": self.privileges(of),
                "statements": self.shell(of),
            }))});
        }
        json!({ "grants": grants })
    }

    fn people(&self, servers: &[Server], which: &[Account]) -> String {
        let parts = servers.iter().map(|server| match server {
            Server::Mysql => self.people_sql(which),
            Server::Mongodb => self.people_shell(which),
        });
        parts.collect::<Vec<_>>().join("\n")
    }

    /// The SQL, with what is to be known of it as comments.
    fn people_sql(&self, which: &[Account]) -> String {
        let mut out = String::from(
            "-- MySQL or MariaDB, by an administrator of the server. No account has a password yet,\n\
             -- and each is locked until it is given one of its own:\n",
        );
        for of in which {
            let account = format!("{}@{}", text_literal(self.name(*of)), text_literal(&self.host));
            let _ = writeln!(out, "--   ALTER USER {account} IDENTIFIED BY '...' ACCOUNT UNLOCK;");
        }
        if !self.revoke {
            out.push_str("-- An account that was there before keeps what it was given (see --revoke).\n");
        }
        for of in which {
            out.push_str(match of {
                Account::Migrate => {
                    "\n-- The migrating account makes and changes the tables, by: frontdesk migrate\n"
                }
                Account::Desk => {
                    "\n-- The desks' account, once the tables are there, and again after each migration. It reads\n\
                     -- the audit trail and adds to it, and can change and remove nothing there.\n"
                }
            });
            for statement in self.sql(*of) {
                let _ = writeln!(out, "{statement};");
            }
        }
        out
    }

    /// The same for MongoDB's shell.
    fn people_shell(&self, which: &[Account]) -> String {
        let mut out = String::from(
            "// MongoDB, by an administrator of the server, in mongosh, which asks for the passwords.\n",
        );
        for of in which {
            out.push_str(match of {
                Account::Migrate => "\n// The migrating account makes collections and indexes.\n",
                Account::Desk => "\n// The desks' account finds, adds and changes documents.\n",
            });
            for statement in self.shell(*of) {
                let _ = writeln!(out, "{statement};");
            }
        }
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
    let which = args.account.map_or(vec![Account::Migrate, Account::Desk], |of| vec![of]);
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
    Answer::new(format, || accounts.document(&servers, &which), || accounts.people(&servers, &which))
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

    #[test]
    fn what_no_server_takes_for_a_name_is_refused() {
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
    fn no_password_is_printed() {
        let text = |name: &str| name.to_owned();
        let accounts = Accounts {
            database: text("clinic"),
            documents: text("clinic"),
            migrate: text("mover"),
            desk: text("desk"),
            host: text("%"),
            tls: true,
            revoke: false,
        };
        let people = accounts.people(&[Server::Mysql, Server::Mongodb], &[Account::Migrate, Account::Desk]);
        assert_eq!(people.matches("IDENTIFIED BY").count(), people.matches("IDENTIFIED BY '...'").count());
    }
}
