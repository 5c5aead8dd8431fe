//! The accounts that `frontdesk grants` prints: what the server refuses them. That a desk can do all
//! its work on one is what every other test here shows.

use std::collections::BTreeSet;

use frontdesk::cli::grants::{Account, Accounts};
use frontdesk::store::sql::conn::Db;
use frontdesk::store::{Location, StoreError};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection};

use crate::place::accounts;
use crate::support::{Desk, Place, clinic, error, execute, on_every_server, open, rows};

on_every_server!(at_a_desk:
    a_desk_can_change_and_remove_nothing_of_the_audit_trail,
    a_desk_makes_and_changes_no_table,
    a_desk_sees_no_other_database_and_no_other_account,
    a_desk_reads_what_it_does_not_write,
    a_desk_does_not_migrate,
    an_account_can_lose_what_it_was_given_before,
);
on_every_server!(on_empty:
    nobody_signs_in_before_there_is_a_password,
    an_account_that_asks_for_tls_is_refused_without,
    the_migrating_account_keeps_to_its_database,
);

/// The number of the error with which the server refuses a statement.
async fn refusal(db: &Db, text: &str) -> u16 {
    let Db::MySql { pool, .. } = db else { panic!("a server") };
    match pool.execute(sqlx::raw_sql(AssertSqlSafe(text.to_owned()))).await {
        Ok(_) => panic!("the server let it pass: {text}"),
        Err(sqlx::Error::Database(error)) => error.downcast_ref::<sqlx::mysql::MySqlDatabaseError>().number(),
        Err(other) => panic!("{text}: {other}"),
    }
}

fn db(location: &Location) -> Db {
    Db::open(location).unwrap()
}

/// On the table, on the column, on the routine, on the database, on the server.
const DENIED: [u16; 5] = [1142, 1143, 1370, 1044, 1227];

async fn denied(db: &Db, statements: &[&str]) {
    for text in statements {
        let number = refusal(db, text).await;
        assert!(DENIED.contains(&number), "{text}: refused for another reason, {number}");
    }
}

async fn a_desk_can_change_and_remove_nothing_of_the_audit_trail(desk: &Desk<'_>) {
    desk.people().await;
    let before = desk.rows("SELECT * FROM audit_log ORDER BY id").await;
    assert!(before.len() > 3);
    let own = db(&desk.place.location);
    denied(
        &own,
        &[
            "UPDATE audit_log SET actor = 'somebody else'",
            "UPDATE audit_log SET detail = NULL WHERE id = 1",
            "DELETE FROM audit_log",
            "DELETE FROM audit_log WHERE id = 1",
            "DELETE a FROM audit_log a JOIN doctors d",
            "TRUNCATE audit_log",
            "REPLACE INTO audit_log (id, at, actor, action, record, record_id) VALUES (1, '2026-01-01', 'x', 'x', 'x', 1)",
            "INSERT INTO audit_log (id, at, actor, action, record, record_id) VALUES (1, '2026-01-01', 'x', 'x', 'x', 1) \
             ON DUPLICATE KEY UPDATE actor = 'x'",
            // The database gives a row its id: one that is chosen would stand before all chains.
            "INSERT INTO audit_log (id, at, actor, action, record, record_id) VALUES (-7, '2026-01-01', 'x', 'x', 'x', 1)",
            "UPDATE idempotency_keys SET action = 'x'",
            "DELETE FROM idempotency_keys",
        ],
    )
    .await;
    own.close().await;
    assert_eq!(desk.rows("SELECT * FROM audit_log ORDER BY id").await, before);
}

async fn a_desk_makes_and_changes_no_table(desk: &Desk<'_>) {
    let own = db(&desk.place.location);
    denied(
        &own,
        &[
            "CREATE TABLE mine (id INT)",
            "CREATE TEMPORARY TABLE mine (id INT)",
            "CREATE TABLE IF NOT EXISTS frontdesk_migrations (version INT)",
            "ALTER TABLE audit_log ADD COLUMN mine INT",
            "ALTER TABLE patients DROP COLUMN address",
            "CREATE INDEX mine ON patients (name)",
            "DROP INDEX audit_log_record ON audit_log",
            "DROP TABLE audit_log",
            "RENAME TABLE audit_log TO old_log",
            "TRUNCATE patients",
            "CREATE TRIGGER mine BEFORE INSERT ON audit_log FOR EACH ROW SET NEW.actor = 'x'",
            "CREATE VIEW mine AS SELECT * FROM patients",
            "CREATE PROCEDURE mine() SELECT 1",
            "CREATE EVENT mine ON SCHEDULE EVERY 1 DAY DO DELETE FROM drafts",
            "LOCK TABLES patients WRITE",
        ],
    )
    .await;
    own.close().await;
}

async fn a_desk_sees_no_other_database_and_no_other_account(desk: &Desk<'_>) {
    let own = db(&desk.place.location);
    let seen = rows(&own, "SHOW DATABASES").await;
    let name = rows(&own, "SELECT DATABASE()").await.remove(0);
    let others: Vec<_> = seen.iter().filter(|seen| **seen != name && !seen.ends_with("_schema")).collect();
    assert!(others.is_empty(), "{others:?}");
    denied(
        &own,
        &[
            "CREATE DATABASE mine",
            "SELECT * FROM mysql.user",
            "SELECT * FROM mysql.tables_priv",
            "USE mysql",
            "CREATE USER mine",
            "SET GLOBAL max_connections = 1",
            "SELECT 1 INTO OUTFILE '/tmp/frontdesk-mine'",
        ],
    )
    .await;
    // To give away what it has not is refused by numbers of its own.
    for text in [
        format!("GRANT SELECT ON `{name}`.`patients` TO CURRENT_USER()"),
        format!("GRANT DELETE ON `{name}`.`audit_log` TO CURRENT_USER()"),
    ] {
        refusal(&own, &text).await;
    }
    own.close().await;
}

async fn a_desk_reads_what_it_does_not_write(desk: &Desk<'_>) {
    let own = db(&desk.place.location);
    for table in ["audit_log", "payments", "frontdesk_migrations", "idempotency_keys"] {
        rows(&own, &format!("SELECT * FROM {table}")).await;
    }
    denied(
        &own,
        &[
            "INSERT INTO frontdesk_migrations (version, name) VALUES (999, 'x')",
            "DELETE FROM frontdesk_migrations",
            "UPDATE payments SET amount = 0",
            "DELETE FROM patients",
            "DELETE FROM doctors",
            "DELETE FROM appointments",
            "DELETE FROM clinic_settings",
            "DELETE FROM calendar_days",
            "DELETE FROM staff",
            "DELETE FROM audit_chains",
            // Whose number somebody has, and whose chain a chain is, stays.
            "UPDATE staff SET id = 9",
            "UPDATE audit_chains SET desk = 'x'",
            "UPDATE audit_chains SET host = 'x'",
            "UPDATE audit_chains SET opened_at = '2026-01-01'",
        ],
    )
    .await;
    own.close().await;
}

async fn a_desk_does_not_migrate(desk: &Desk<'_>) {
    let refused = error(desk.store.migrate(false, &clinic()).await);
    assert!(matches!(refused, StoreError::NotPermitted(1142)), "{refused:?}");
    assert!(refused.to_string().contains("frontdesk grants"), "{refused}");
    desk.store.migrate(true, &clinic()).await.unwrap();
}

/// One that was made wider, as an older page of ours told to.
async fn an_account_can_lose_what_it_was_given_before(desk: &Desk<'_>) {
    let own = db(&desk.place.location);
    let name = rows(&own, "SELECT DATABASE()").await.remove(0);
    // MariaDB names the columns of a right in no order.
    let in_order = |grant: String| {
        let mut words: Vec<String> = grant.split([' ', ',', '(', ')']).map(str::to_owned).collect();
        words.sort();
        words
    };
    let given = async || rows(&own, "SHOW GRANTS").await.into_iter().map(in_order).collect::<BTreeSet<_>>();
    let narrow = given().await;
    execute(&desk.db, &format!("GRANT SELECT, INSERT, UPDATE, DELETE ON `{name}`.* TO '{name}'@'%'")).await;
    let again = Accounts { revoke: true, ..accounts(&name) };
    execute(&desk.db, &again.sql(Account::Desk).join(";\n")).await;
    assert_eq!(given().await, narrow);
    own.close().await;
    desk.store.ensure_current().await.unwrap();
}

async fn nobody_signs_in_before_there_is_a_password(place: &Place) {
    let db = place.db();
    let name = rows(&db, "SELECT DATABASE()").await.remove(0);
    let fresh = Accounts { migrate: format!("{name}_n"), ..accounts(&name) };
    execute(&db, &fresh.sql(Account::Migrate).join(";\n")).await;
    let outcome =
        MySqlConnection::connect(&format!("mysql://{}@{}/{name}", fresh.migrate, place.address())).await;
    execute(&db, &format!("DROP USER '{}'@'%'", fresh.migrate)).await;
    db.close().await;
    let error = StoreError::from(outcome.map(drop).unwrap_err());
    // MariaDB and MySQL say each in their way that it is locked, where they do not ask for the password first.
    let line = error.to_string();
    assert!(matches!(error, StoreError::Unreachable(_)), "{error:?}");
    assert!(line.contains("account is locked") || line.contains("refused the sign-in"), "{line}");
}

async fn an_account_that_asks_for_tls_is_refused_without(place: &Place) {
    let db = place.db();
    let name = rows(&db, "SELECT DATABASE()").await.remove(0);
    let asking = Accounts { migrate: format!("{name}_t"), tls: true, ..accounts(&name) };
    let word = crate::place::PASSWORD;
    let unlock = format!("ALTER USER '{}'@'%' IDENTIFIED BY '{word}' ACCOUNT UNLOCK", asking.migrate);
    execute(&db, &format!("{};\n{unlock}", asking.sql(Account::Migrate).join(";\n"))).await;
    let url = format!("mysql://{}:{word}@{}/{name}?ssl-mode=", asking.migrate, place.address());
    // Once the server knows the password, MySQL's can also be proved without TLS.
    let by_tls = MySqlConnection::connect(&format!("{url}REQUIRED")).await.map(drop);
    let outcome = MySqlConnection::connect(&format!("{url}DISABLED")).await.map(drop);
    execute(&db, &format!("DROP USER '{}'@'%'", asking.migrate)).await;
    let offered = rows(&db, "SHOW STATUS LIKE 'Ssl_server_not_after'").await;
    assert_eq!(by_tls.is_ok(), offered[0] != "Ssl_server_not_after|", "{by_tls:?} {offered:?}");
    db.close().await;
    let line = StoreError::from(outcome.unwrap_err()).to_string();
    assert!(line.contains("refused the sign-in"), "{line}");
}

async fn the_migrating_account_keeps_to_its_database(place: &Place) {
    let db = db(&place.location);
    let name = rows(&db, "SELECT DATABASE()").await.remove(0);
    // `_` is any character to GRANT, unless it is told otherwise.
    let neighbour = name.replace('_', "x");
    assert_ne!(name, neighbour);
    denied(
        &db,
        &[
            &format!("CREATE DATABASE {neighbour}"),
            "CREATE USER mine",
            "SELECT * FROM mysql.user",
            "DROP DATABASE IF EXISTS mysql",
            &format!("CREATE TABLE {neighbour}.mine (id INT)"),
        ],
    )
    .await;
    db.close().await;
    let store = open(&place.location);
    store.migrate(false, &clinic()).await.unwrap();
    store.close().await;
}
