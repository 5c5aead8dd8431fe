//! The schema's version, and the migrations that bring a database to the current one.
//!
//! A migration is one file a dialect, of one idempotent statement in MySQL, whose DDL no
//! transaction can undo: a run that was killed at any statement is simply run again, and what is
//! there already is taken as done. In SQLite a whole run is one transaction. Nothing migrates by
//! itself but the embedded file, which is copied first. sqlx's own migrator is not used: killed
//! inside a MySQL migration, it leaves a "dirty" version that it then refuses to go past.

use std::path::{Path, PathBuf};

use tokio::sync::Mutex;

use super::conn::{Conn, Stmt};
use super::dialect::{Both, Dialect, INSERT_IGNORE, SET_SETTING};
use super::retry::retry_busy;
use super::trail::Origin;
use super::{Location, Store};
use crate::domain::clinic::Clinic;
use crate::store::{Result, StoreError};

struct Step {
    version: u32,
    name: &'static str,
    ddl: Both,
}

macro_rules! steps {
    ($($version:literal $name:literal)*) => {
        &[$(Step {
            version: $version,
            name: $name,
            ddl: Both {
                mysql: include_str!(concat!("../../../migrations/mysql/", $name, ".sql")),
                sqlite: include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")),
            },
        }),*]
    };
}

const STEPS: &[Step] = steps! {
    1 "0001_patients"
    2 "0002_doctors"
    3 "0003_appointments"
    4 "0004_doctor_availability"
    5 "0005_payments"
    6 "0006_clinic_settings"
    7 "0007_calendar_days"
    8 "0008_patient_days"
    9 "0009_idempotency_keys"
    10 "0010_audit_log"
    11 "0011_appointments_who"
    12 "0012_doctors_default_minutes"
    13 "0013_appointments_by_doctor"
    14 "0014_appointments_by_patient"
    15 "0015_appointments_by_time"
    16 "0016_availability_by_day"
    17 "0017_patients_phone_reversed"
    18 "0018_patients_by_phone"
    19 "0019_patients_by_birth"
    20 "0020_patient_names"
    21 "0021_name_words"
    22 "0022_availability_covered"
    23 "0023_appointments_by_length"
    24 "0024_patients_known"
    25 "0025_patients_not_known"
    26 "0026_patients_unicode"
    27 "0027_doctors_unicode"
    28 "0028_appointments_unicode"
    29 "0029_drafts"
    30 "0030_staff"
    31 "0031_audit_log_who"
    32 "0032_audit_log_patient"
    33 "0033_audit_log_chain"
    34 "0034_audit_log_time"
    35 "0035_audit_chains"
    36 "0036_audit_log_staff"
    37 "0037_staff_password_version"
};

/// The schema that this program works on.
pub const CURRENT: u32 = 37;

/// The page's tables with their columns, which a database that is adopted must have.
const PAGE: [(&str, &str); 5] = [
    (
        "patients",
        "SELECT id, name, email, phone, date_of_birth, address, created_at FROM patients WHERE 1 = 0",
    ),
    (
        "doctors",
        "SELECT id, name, email, phone, specialization, license_number, is_active FROM doctors WHERE 1 = 0",
    ),
    (
        "appointments",
        "SELECT id, doctor_id, patient_id, appointment_time, duration_minutes, status, notes FROM appointments WHERE 1 = 0",
    ),
    (
        "doctor_availability",
        "SELECT id, doctor_id, day_of_week, start_time, end_time, is_recurring, exception_date FROM doctor_availability WHERE 1 = 0",
    ),
    (
        "payments",
        "SELECT id, appointment_id, amount, payment_method, status, transaction_id FROM payments WHERE 1 = 0",
    ),
];

const TABLES: Both = Both {
    mysql: "SELECT CAST(table_name AS CHAR(64)) FROM information_schema.tables WHERE table_schema = DATABASE()",
    sqlite: "SELECT name FROM sqlite_master WHERE type = 'table'",
};

const VERSIONS: Both = Both {
    mysql: "CREATE TABLE IF NOT EXISTS frontdesk_migrations (version INT NOT NULL, name VARCHAR(100) NOT NULL, \
            applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (version)) \
            ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4",
    sqlite: "CREATE TABLE IF NOT EXISTS frontdesk_migrations (version INTEGER PRIMARY KEY, \
             name VARCHAR(100) NOT NULL, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)",
};

/// What a database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No table of ours.
    Empty,
    /// Tables of the schema page, made by another program and never migrated.
    Unversioned,
    /// A migration run is at this version; [`CURRENT`] when it is finished.
    At(u32),
}

/// What a migration did, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What was found.
    pub before: State,
    /// The migrations that were, or would be, applied.
    pub applied: Vec<&'static str>,
    /// How many patients were, or would be, made known to the look-up.
    pub indexed_patients: u64,
    /// The copy of the embedded file that was made first.
    pub copy: Option<PathBuf>,
}

impl Store {
    /// What the database holds.
    ///
    /// # Errors
    /// Where it cannot be reached.
    pub async fn schema_state(&self) -> Result<State> {
        state(&mut self.db.acquire().await?).await
    }

    /// Refuses to work on any schema but the current one.
    ///
    /// # Errors
    /// [`StoreError::Schema`], which says what to do.
    pub async fn ensure_current(&self) -> Result<()> {
        let found = self.schema_state().await?;
        match found {
            State::At(CURRENT) => Ok(()),
            State::At(version) if version > CURRENT => Err(newer(version)),
            State::At(version) => Err(StoreError::Schema(format!(
                "the database is at schema version {version} and this program works on {CURRENT}; run: frontdesk migrate"
            ))),
            State::Empty => {
                Err(StoreError::Schema("the database is empty; run: frontdesk migrate".to_owned()))
            }
            State::Unversioned => Err(StoreError::Schema(
                "the database was made by another program and is not migrated yet; run: frontdesk migrate"
                    .to_owned(),
            )),
        }
    }

    /// Brings the database to the current schema without loss; with `dry_run`, says what that
    /// would do. `clinic` is written where the database has no such settings yet.
    ///
    /// # Errors
    /// A schema newer than this program, tables that are not the schema page's, or the database's.
    pub async fn migrate(&self, dry_run: bool, clinic: &Clinic) -> Result<Report> {
        let mut conn = self.db.acquire().await?;
        conn.wait_for_ever();
        let mut report = if dry_run {
            let mut report = migrate_on(&mut conn, true, clinic).await?;
            report.indexed_patients = super::search::count_unindexed(&mut conn).await?;
            return Ok(report);
        } else if conn.dialect() == Dialect::Sqlite {
            // What is to be done is found out under the lock: of several desks that start on a new
            // machine at once, one does it and the others find it done. `foreign_keys` cannot change
            // inside a transaction, and need not: no step rebuilds a table.
            conn.begin().await?;
            let outcome = migrate_on(&mut conn, false, clinic).await;
            conn.finish(outcome).await?
        } else {
            let report = migrate_on(&mut conn, false, clinic).await?;
            drop(conn);
            report
        };
        report.indexed_patients = self.index_all_patients().await?;
        Ok(report)
    }
}

/// Finds out what is to be done, and does it unless this is a rehearsal.
async fn migrate_on(conn: &mut Conn, dry_run: bool, clinic: &Clinic) -> Result<Report> {
    let before = state(conn).await?;
    if let State::At(version) = before
        && version > CURRENT
    {
        return Err(newer(version));
    }
    check_page(conn).await?;
    let done = applied_versions(conn).await?;
    let pending: Vec<&Step> = STEPS.iter().filter(|step| !done.contains(&step.version)).collect();
    if !dry_run {
        apply(conn, &pending, clinic).await?;
    }
    let applied = pending.iter().map(|step| step.name).collect();
    Ok(Report { before, applied, indexed_patients: 0, copy: None })
}

/// Opens the embedded file, makes it where there is none, and brings it to the current schema
/// after it was copied beside itself.
///
/// # Errors
/// Where the file or its folder cannot be used, or its schema is newer than this program.
pub async fn open_embedded(path: &Path, origin: Origin, clinic: &Clinic) -> Result<(Store, Option<Report>)> {
    if let Some(folder) = path.parent() {
        make_private_folder(folder).map_err(|error| {
            StoreError::File(format!("cannot make the folder {}: {}", folder.display(), error.kind()))
        })?;
    }
    if !path.exists() {
        make_private_file(path)
            .map_err(|error| StoreError::File(format!("cannot make {}: {}", path.display(), error.kind())))?;
    }
    let store = Store::open(&Location::File(path.to_owned()), origin)?;
    let before = store.schema_state().await?;
    match before {
        State::At(CURRENT) => return Ok((store, None)),
        State::At(version) if version > CURRENT => return Err(newer(version)),
        _ => {}
    }
    let copy = if before == State::Empty { None } else { Some(copy_of(&store, path, before).await?) };
    let mut report = store.migrate(false, clinic).await?;
    report.copy = copy;
    Ok((store, Some(report)))
}

/// A consistent copy of the embedded file as it stands, beside it.
async fn copy_of(store: &Store, path: &Path, before: State) -> Result<PathBuf> {
    let version = match before {
        State::At(version) => version,
        State::Empty | State::Unversioned => 0,
    };
    // A copy is never overwritten: the first free name is taken.
    let name = |tail: String| path.with_extension(format!("before-v{CURRENT}-from-v{version}{tail}.db"));
    let numbered = |n: u32| name(if n == 0 { String::new() } else { format!(".{n}") });
    let free = (0..1_000).map(numbered).find(|copy| !copy.exists()).unwrap_or_else(|| numbered(0));
    let copy = if write_copy(store, &free).await.is_ok() {
        free
    } else {
        // Another desk that starts at this moment took the name first: one that is this process's
        // alone, then.
        let own = name(format!(".{}", std::process::id()));
        write_copy(store, &own).await?;
        own
    };
    restrict(&copy);
    Ok(copy)
}

async fn write_copy(store: &Store, copy: &Path) -> Result<()> {
    // Made private while it is empty, which VACUUM INTO takes for a file that is not there.
    make_private_file(copy)
        .map_err(|error| StoreError::File(format!("cannot make {}: {}", copy.display(), error.kind())))?;
    let target = copy.to_string_lossy().into_owned();
    store.db.acquire().await?.run(Stmt::new("VACUUM INTO ?").bind(target)).await.map(drop)
}

fn newer(version: u32) -> StoreError {
    StoreError::Schema(format!(
        "the database is at schema version {version}, newer than the {CURRENT} that this program knows; use a newer frontdesk"
    ))
}

/// The tables that the migrations make, in their order, and the one in which they are written down:
/// what an account is given rights on (see `frontdesk grants`).
pub fn made_tables() -> impl Iterator<Item = &'static str> {
    let made = STEPS.iter().filter_map(|step| {
        let (_, rest) = step.ddl.mysql.split_once("CREATE TABLE IF NOT EXISTS ")?;
        rest.split([' ', '(']).next()
    });
    made.chain(["frontdesk_migrations"])
}

async fn tables(conn: &mut Conn) -> Result<Vec<String>> {
    let text = conn.pick(TABLES);
    let rows = conn.all(Stmt::new(text)).await?;
    rows.iter().map(|row| row.cells("tables").get()).collect()
}

/// Whether the database has a table of that name.
pub(super) async fn has_table(conn: &mut Conn, name: &str) -> Result<bool> {
    Ok(tables(conn).await?.iter().any(|table| table.eq_ignore_ascii_case(name)))
}

async fn state(conn: &mut Conn) -> Result<State> {
    let tables = tables(conn).await?;
    let has = |name: &str| tables.iter().any(|table| table.eq_ignore_ascii_case(name));
    if has("frontdesk_migrations") {
        let row = conn.first(Stmt::new("SELECT COALESCE(MAX(version), 0) FROM frontdesk_migrations")).await?;
        let version: i64 = row.map_or(Ok(0), |row| row.cells("frontdesk_migrations").get())?;
        if version > 0 {
            return Ok(State::At(u32::try_from(version).unwrap_or(0)));
        }
    }
    let made_elsewhere = PAGE.iter().any(|(table, _)| has(table));
    Ok(if made_elsewhere { State::Unversioned } else { State::Empty })
}

/// Refuses a database whose tables are not the schema page's, before anything is changed.
async fn check_page(conn: &mut Conn) -> Result<()> {
    let tables = tables(conn).await?;
    for (table, columns) in PAGE {
        if !tables.iter().any(|name| name.eq_ignore_ascii_case(table)) {
            continue;
        }
        match conn.first(Stmt::new(columns)).await {
            Ok(_) => {}
            // These say nothing of the table.
            Err(error) if error.is_transient() || error.is_outage() => return Err(error),
            Err(_) => {
                return Err(StoreError::Schema(format!(
                    "the table {table} lacks a column of the clinic's schema; nothing was changed"
                )));
            }
        }
    }
    Ok(())
}

async fn applied_versions(conn: &mut Conn) -> Result<Vec<u32>> {
    if !tables(conn).await?.iter().any(|table| table == "frontdesk_migrations") {
        return Ok(Vec::new());
    }
    let rows = conn.all(Stmt::new("SELECT version FROM frontdesk_migrations")).await?;
    let version = |row: &super::conn::Row| row.cells("frontdesk_migrations").get::<i64>();
    rows.iter().map(|row| Ok(u32::try_from(version(row)?).unwrap_or(0))).collect()
}

async fn apply(conn: &mut Conn, pending: &[&Step], clinic: &Clinic) -> Result<()> {
    let versions = conn.pick(VERSIONS);
    let conn = Mutex::new(conn);
    // Of two runs at once on one server, or a run beside a program that works there, either may be the
    // one that a deadlock or a lock's time limit takes; each statement can simply be made again.
    retry_busy(|| async { conn.lock().await.run_text(versions).await }).await?;
    for step in pending {
        retry_busy(|| async { take(*conn.lock().await, step, clinic).await }).await?;
    }
    retry_busy(|| async { set_clinic_once(*conn.lock().await, clinic).await }).await
}

/// Takes one step, also one that was taken before.
async fn take(conn: &mut Conn, step: &Step, clinic: &Clinic) -> Result<()> {
    let ddl = conn.pick(step.ddl);
    let table = unicode_of(step);
    let is_needed = match table {
        Some(table) => holds_narrow_text(conn, table, ddl).await?,
        None => true,
    };
    match if is_needed { conn.run_text(ddl).await } else { Ok(()) } {
        Ok(()) => {}
        // What differs in accents alone may be one text in Unicode's order.
        Err(error)
            if let Some(table) = table
                && is_duplicate(&error) =>
        {
            return Err(StoreError::Schema(format!(
                "two {table} have the same e-mail address or license number but for accents, and the table holds \
                 names of all languages only when they differ; nothing was changed in it"
            )));
        }
        // The column or the index is there: the last run was killed after this statement and
        // before the line below.
        Err(StoreError::Refused(number)) if number == "1060" || number == "1061" => {}
        Err(error) => return Err(error),
    }
    if step.version == CURRENT {
        // The last row says that the database can be worked with, so it comes after them.
        set_clinic_once(conn, clinic).await?;
    }
    // Another run on the same server may have come as far meanwhile.
    let record =
        Stmt::new(conn.pick(INSERT_IGNORE)).then("frontdesk_migrations (version, name) VALUES (?, ?)");
    conn.run(record.bind(step.version).bind(step.name)).await.map(drop)
}

/// Whether a unique value came twice. MariaDB says so of a table that others refer to as of a row that
/// it cannot delete (1834).
fn is_duplicate(error: &StoreError) -> bool {
    matches!(error, StoreError::Duplicate { .. })
        || matches!(error, StoreError::Refused(number) if number == "1834")
}

/// The table whose texts a step makes Unicode.
fn unicode_of(step: &Step) -> Option<&'static str> {
    step.name.get(5..)?.strip_suffix("_unicode")
}

/// Whether a text of a table that a step makes Unicode does not hold all of it. To take such a step
/// where there is none would at best do nothing, and at worst exchange an order of letters that somebody
/// chose. What another program added to the table is its own business.
async fn holds_narrow_text(conn: &mut Conn, table: &'static str, ddl: &'static str) -> Result<bool> {
    if conn.dialect() == Dialect::Sqlite {
        return Ok(false);
    }
    let narrow = Stmt::new(
        "SELECT 1 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? \
         AND character_set_name <> 'utf8mb4' AND column_name IN ",
    );
    Ok(conn.first(narrow.bind(table).list(modified(ddl))).await?.is_some())
}

/// The columns that a statement makes others.
fn modified(ddl: &'static str) -> impl Iterator<Item = &'static str> {
    ddl.split("MODIFY ").skip(1).filter_map(|rest| rest.split(' ').next())
}

/// Writes the clinic's settings where there are none yet.
async fn set_clinic_once(conn: &mut Conn, clinic: &Clinic) -> Result<()> {
    for (name, value) in [("clinic_name", clinic.name.as_str()), ("time_zone", clinic.zone.name())] {
        let known = Stmt::new("SELECT value FROM clinic_settings WHERE name = ?").bind(name);
        if conn.first(known).await?.is_none() {
            let set = conn.pick(SET_SETTING);
            conn.run(Stmt::new(set).bind(name).bind(value)).await?;
        }
    }
    Ok(())
}

/// Makes a folder that others on the machine cannot look into: it holds patients' data.
pub(crate) fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn make_private_file(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        // Another desk that starts at the same moment made it.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map(drop),
    }
}

fn restrict(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Best effort: the folder is private already.
        drop(std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_numbered_without_gaps_and_a_mysql_step_is_one_statement() {
        for (n, step) in STEPS.iter().enumerate() {
            assert_eq!(step.version as usize, n + 1);
            assert!(step.name.starts_with(&format!("{:04}_", step.version)));
            assert!(!step.ddl.mysql.contains(';') || step.ddl.mysql.starts_with("--"), "{}", step.name);
        }
        assert_eq!(STEPS.last().map(|step| step.version), Some(CURRENT));
        let columns: Vec<Vec<_>> = STEPS.iter().map(|step| modified(step.ddl.mysql).collect()).collect();
        assert_eq!(columns[25], ["name", "email", "phone", "address"]);
        assert!(STEPS.iter().zip(&columns).all(|(step, of)| unicode_of(step).is_some() != of.is_empty()));
        assert!(STEPS.iter().take(PAGE.len()).all(|step| step.ddl.mysql.contains("CREATE TABLE")));
    }
}
