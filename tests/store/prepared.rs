//! The current schema as one text, so that a test's database is made with a third of the commits
//! that the migrations take. It is what the migrations themselves made on the same server, kept
//! below the target folder for as long as neither they nor the server change.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use frontdesk::cli::grants::Account;
use frontdesk::store::Store;
use frontdesk::store::sql::conn::Db;
use sqlx::{Executor as _, MySqlConnection, Row as _};

use crate::place::accounts;
use crate::support::{clinic, execute, rows};

/// Brings an empty database to the current schema.
pub async fn migrate(store: &Store, db: &Db) {
    let Db::MySql { pool, .. } = db else {
        // The embedded file is migrated in one commit.
        store.migrate(false, &clinic()).await.unwrap();
        return;
    };
    let mut conn = pool.acquire().await.unwrap();
    let kept =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("schema-{:016x}.sql", version(&mut conn).await));
    drop(conn);
    if let Ok(text) = std::fs::read_to_string(&kept) {
        return execute(db, &text).await;
    }
    store.migrate(false, &clinic()).await.unwrap();
    let text = text(db).await;
    // Other tests may do the same at this moment: each writes a file of its own, and the last stays.
    let own = kept.with_extension(std::process::id().to_string());
    std::fs::write(&own, text).unwrap();
    std::fs::rename(&own, &kept).unwrap();
}

/// What the schema and its account depend on, as one number: the migrations, the grants, and the server.
pub async fn version(conn: &mut MySqlConnection) -> u64 {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources: Vec<PathBuf> =
        std::fs::read_dir(root.join("migrations/mysql")).unwrap().map(|file| file.unwrap().path()).collect();
    sources.push(root.join("src/store/sql/schema.rs"));
    sources.sort();
    let mut hash = DefaultHasher::new();
    let server = conn.fetch_one(sqlx::raw_sql("SELECT VERSION()")).await.unwrap();
    server.get_unchecked::<String, _>(0).hash(&mut hash);
    // A database that is kept keeps its account, too.
    accounts("any").sql(Account::Desk).hash(&mut hash);
    for source in sources {
        std::fs::read(source).unwrap().hash(&mut hash);
    }
    hash.finish()
}

async fn text(db: &Db) -> String {
    let mut text = vec!["SET foreign_key_checks = 0".to_owned()];
    for table in rows(db, "SHOW TABLES").await {
        let created = rows(db, &format!("SHOW CREATE TABLE {table}")).await.remove(0);
        text.push(created.split_once('|').unwrap().1.to_owned());
    }
    for (table, columns) in [("frontdesk_migrations", "version, name"), ("clinic_settings", "name, value")] {
        let rows = rows(db, &format!("SELECT {columns} FROM {table}")).await;
        let values: Vec<_> = rows.iter().map(|row| format!("('{}')", row.replace('|', "', '"))).collect();
        text.push(format!("INSERT INTO {table} ({columns}) VALUES {}", values.join(", ")));
    }
    text.push("SET foreign_key_checks = 1".to_owned());
    text.join(";\n")
}
