//! The accounts, and what each needs: one table for the relational half, and one list for the documents.

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::store::documents::COLLECTIONS;
use crate::store::sql::schema::made_tables;

const READ: &[&str] = &["SELECT"];
const ADD: &[&str] = &["SELECT", "INSERT"];
/// All of a row of the audit trail but its id, which the database gives: ids tell what was there before chains.
const ADD_TO_TRAIL: &[&str] = &[
    "SELECT",
    "INSERT (at, actor, action, record, record_id, detail, staff_id, host, os_user, patient_id, desk, seq, hash)",
];
const CHANGE: &[&str] = &["SELECT", "INSERT", "UPDATE"];
const REPLACE: &[&str] = &["SELECT", "INSERT", "DELETE"];
/// The head of a chain moves on; whose it is, and since when, stays.
const MOVE_ON: &[&str] = &["SELECT", "INSERT", "UPDATE (seq, hash)"];
/// All of a member of staff but their number, by which the audit trail names them.
const CHANGE_STAFF: &[&str] = &[
    "SELECT",
    "INSERT",
    "UPDATE (name, email, role, doctor_id, os_user, os_user_signs_in, may_overbook, may_refund, is_active, \
     password_hash, must_change_password, password_version, failed_sign_ins, locked_until)",
];

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
    ("audit_log", ADD_TO_TRAIL),
    ("patient_names", REPLACE),
    ("name_words", CHANGE),
    ("drafts", REPLACE),
    ("staff", CHANGE_STAFF),
    // The head of each desk's chain, which moves on with every row of the audit trail.
    ("audit_chains", MOVE_ON),
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

/// What an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Account {
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
    /// The name of an account.
    #[must_use]
    pub fn name(&self, of: Account) -> &str {
        match of {
            Account::Migrate => &self.migrate,
            Account::Desk => &self.desk,
        }
    }

    /// The statements that make an account on a MySQL or MariaDB server, and can be run again. The
    /// desks' one comes after the tables, since no right is given on a table that is not there.
    #[must_use]
    pub fn sql(&self, of: Account) -> Vec<String> {
        let account = format!("{}@{}", text_literal(self.name(of)), text_literal(&self.host));
        let database = identifier(&self.database);
        let tls = if self.tls { " REQUIRE SSL" } else { "" };
        let mut statements = Vec::new();
        if of == Account::Migrate {
            statements.push(format!("CREATE DATABASE IF NOT EXISTS {database} CHARACTER SET utf8mb4"));
        }
        // Without a password; nobody signs in until it has one.
        statements.push(format!("CREATE USER IF NOT EXISTS {account}{tls} ACCOUNT LOCK"));
        if self.revoke {
            statements.push(format!("REVOKE ALL PRIVILEGES, GRANT OPTION FROM {account}"));
        }
        match of {
            Account::Migrate => {
                let database = pattern(&self.database);
                statements.push(format!("GRANT {OF_MIGRATIONS} ON {database}.* TO {account}"));
            }
            Account::Desk => statements.extend(tables().map(|(table, may)| {
                format!("GRANT {} ON {database}.{} TO {account}", may.join(", "), identifier(table))
            })),
        }
        statements
    }

    /// The privileges of an account's role on a MongoDB server, as `createRole` takes them.
    #[must_use]
    pub fn privileges(&self, of: Account) -> Value {
        let may = |collection: &str, actions: &[&str]| json!({ "resource": { "db": self.documents, "collection": collection }, "actions": actions });
        match of {
            Account::Migrate => json!([may("", &DOCUMENTS_OF_MIGRATIONS)]),
            Account::Desk => COLLECTIONS.iter().map(|name| may(name, &DOCUMENTS_OF_A_DESK)).collect(),
        }
    }

    /// The statements for MongoDB's shell that make an account, and can be run again.
    #[must_use]
    pub fn shell(&self, of: Account) -> Vec<String> {
        let name = Value::from(self.name(of));
        let database = format!("db.getSiblingDB({})", Value::from(self.documents.as_str()));
        vec![
            format!(
                "{database}.runCommand({{ [{database}.getRole({name}) ? \"updateRole\" : \"createRole\"]: {name}, \
                 privileges: {}, roles: [] }})",
                self.privileges(of)
            ),
            format!(
                "if (!{database}.getUser({name})) {database}.createUser({{ user: {name}, pwd: passwordPrompt(), \
                 roles: [{name}] }})"
            ),
        ]
    }
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

/// A text of characters that need no escape (see the arguments of `grants`).
pub(super) fn text_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

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

    /// The sources below a folder.
    fn sources(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
    }

    /// The table that each writing statement of the stores names, and the right that it takes.
    fn written() -> BTreeSet<(String, &'static str)> {
        let mut found = BTreeSet::new();
        for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/sql")) {
            // What migrates has its own account, and what fills made-up clinics works on files.
            if ["schema.rs", "bulk.rs"].iter().any(|name| path.ends_with(name)) {
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            for (verb, right) in [
                ("INSERT INTO ", "INSERT"),
                (".pick(INSERT_IGNORE)", "INSERT"),
                ("UPDATE ", "UPDATE"),
                ("DELETE FROM ", "DELETE"),
            ] {
                for (at, _) in text.match_indices(verb) {
                    let rest = &text[at + verb.len()..];
                    // The table of an insert that ignores what is there stands in the next text.
                    let rest = if verb.starts_with('.') { rest.split_once('"').unwrap().1 } else { rest };
                    let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(rest.len());
                    if OF_A_DESK.iter().any(|(table, _)| *table == &rest[..end]) {
                        found.insert((rest[..end].to_owned(), right));
                    }
                }
            }
        }
        // Upserts, of which the second half stands elsewhere, as in `dialect`.
        for table in ["calendar_days", "patient_days", "clinic_settings"] {
            found.insert((table.to_owned(), "UPDATE"));
        }
        found
    }

    #[test]
    fn a_desk_may_write_what_its_statements_do_and_no_more() {
        let given: BTreeSet<(String, &str)> = tables()
            // Of some columns, or of all.
            .flat_map(|(table, may)| {
                may.iter().map(move |right| (table.to_owned(), right.split(" (").next().unwrap()))
            })
            .filter(|(_, right)| *right != "SELECT")
            .collect();
        assert_eq!(given, written());
        assert!(tables().all(|(_, may)| may.contains(&"SELECT")));
    }

    #[test]
    fn nothing_of_the_audit_trail_is_changed_or_removed_and_no_table_made() {
        let desk = accounts().sql(Account::Desk);
        let trail: Vec<&String> = desk.iter().filter(|statement| statement.contains("audit_log")).collect();
        let columns = "at, actor, action, record, record_id, detail, staff_id, host, os_user, patient_id, desk, seq, hash";
        let given =
            format!("GRANT SELECT, INSERT ({columns}) ON `front_desk`.`audit_log` TO 'desk'@'10.0.%'");
        assert_eq!(trail, [&given]);
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
        let migrate = odd.sql(Account::Migrate);
        assert_eq!(migrate[0], "CREATE DATABASE IF NOT EXISTS `a``b_c%d\\e` CHARACTER SET utf8mb4");
        // GRANT reads this one as a pattern.
        assert!(migrate[2].contains(" ON `a``b\\_c\\%d\\\\e`.* TO 'mover'@'10.0.%'"), "{}", migrate[2]);
        assert!(odd.sql(Account::Desk)[1].contains(" ON `a``b_c%d\\e`.`patients` TO"));
    }

    #[test]
    fn no_account_can_be_used_before_it_has_a_password() {
        for of in [Account::Migrate, Account::Desk] {
            let made = accounts().sql(of).into_iter().find(|statement| statement.starts_with("CREATE USER"));
            let made = made.unwrap();
            assert!(made.ends_with(" REQUIRE SSL ACCOUNT LOCK") && !made.contains("IDENTIFIED"), "{made}");
            let shell = accounts().shell(of);
            assert!(shell[1].contains("pwd: passwordPrompt()"), "{}", shell[1]);
        }
    }

    #[test]
    fn a_desk_finds_adds_and_changes_documents_of_the_clinics_collections_alone() {
        let desk = accounts().privileges(Account::Desk);
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
