//! The schema, and the way to it.

use std::collections::BTreeSet;

use frontdesk::cli::grants::Account;
use frontdesk::domain::ids::{DoctorId, PatientId};
use frontdesk::domain::query::PatientQuery;
use frontdesk::store::sql::conn::Db;
use frontdesk::store::sql::schema::{CURRENT, State, open_embedded};
use frontdesk::store::{Location, StoreError};

use crate::adoption::{DATA, PAGE, dump};
use crate::prepared;
use crate::support::{
    Backend, Child, Desk, Place, Polls, clinic, error, execute, now, on_empty, on_every_database,
    on_every_server, open, origin, rows,
};
use crate::wire::{COMMIT, Cut, Wire};

on_every_database!(at_a_desk:
    the_pages_rules_hold,
    a_second_run_does_nothing,
    a_desk_borrows_an_empty_clinic,
);
on_every_database!(at_a_new_desk: a_schema_that_is_not_this_programs_is_refused);
on_every_database!(on_empty:
    a_rehearsal_changes_nothing,
    two_runs_at_once_both_end_well,
);
on_every_server!(at_a_desk: the_tables_are_the_pages);
on_every_server!(on_empty:
    a_run_can_be_killed_at_any_statement,
    every_statement_can_be_there_already,
    what_the_other_tests_start_from_is_what_migrations_make,
);

/// The names of the migrations, in their order.
fn steps() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/mysql");
    let files =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = files.map(|file| file.strip_suffix(".sql").unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names.len(), CURRENT as usize);
    names
}

/// The whole schema, as the database itself tells it.
async fn schema(db: &Db) -> Vec<String> {
    match db {
        Db::Sqlite(_) => {
            rows(db, "SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name").await
        }
        Db::MySql { .. } => {
            let mut tables = Vec::new();
            for table in rows(db, "SHOW TABLES").await {
                let text = rows(db, &format!("SHOW CREATE TABLE {table}")).await.remove(0);
                let words = text.split(' ').filter(|word| !word.starts_with("AUTO_INCREMENT="));
                tables.push(words.collect::<Vec<_>>().join(" "));
            }
            tables
        }
    }
}

/// The schema without the order of what stands in it, which a run that went on where another was
/// killed may change.
fn unordered(schema: &[String]) -> Vec<BTreeSet<String>> {
    let line = |line: &str| line.trim().trim_end_matches(',').to_owned();
    schema.iter().map(|table| table.lines().map(line).collect()).collect()
}

const COLUMNS: [(&str, &[&str]); 5] = [
    (
        "patients",
        &[
            "id int NO auto_increment",
            "name varchar(100) NO",
            "email varchar(100) NO",
            "phone varchar(20) NO",
            "date_of_birth date NO",
            "address text YES",
            "created_at timestamp YES default current_timestamp",
        ],
    ),
    (
        "doctors",
        &[
            "id int NO auto_increment",
            "name varchar(100) NO",
            "email varchar(100) NO",
            "phone varchar(20) NO",
            "specialization varchar(100) NO",
            "license_number varchar(50) NO",
            "is_active tinyint(1) YES default 1",
        ],
    ),
    (
        "appointments",
        &[
            "id int NO auto_increment",
            "doctor_id int NO",
            "patient_id int NO",
            "appointment_time datetime NO",
            "duration_minutes int YES default 60",
            "status enum('Scheduled','Completed','Cancelled','No-Show') YES default Scheduled",
            "notes text YES",
        ],
    ),
    (
        "doctor_availability",
        &[
            "id int NO auto_increment",
            "doctor_id int NO",
            "day_of_week enum('Mon','Tue','Wed','Thu','Fri','Sat','Sun') NO",
            "start_time time NO",
            "end_time time NO",
            "is_recurring tinyint(1) YES default 1",
            "exception_date date YES",
        ],
    ),
    (
        "payments",
        &[
            "id int NO auto_increment",
            "appointment_id int NO",
            "amount decimal(10,2) NO",
            "payment_method enum('Credit Card','Insurance','Cash') NO",
            "status enum('Pending','Completed','Refunded') YES default Pending",
            "transaction_id varchar(100) YES",
        ],
    ),
];

/// Column by column what the design page says, and after them only what an older program's
/// INSERT may leave out.
async fn the_tables_are_the_pages(desk: &Desk<'_>) {
    for (table, expected) in COLUMNS {
        let columns = desk
            .rows(&format!(
                "SELECT CONCAT(column_name, ' ', column_type, ' ', is_nullable), column_default, extra \
                 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '{table}' \
                 ORDER BY ordinal_position"
            ))
            .await;
        let columns: Vec<String> = columns.iter().map(|line| usual(line)).collect();
        assert_eq!(columns[..expected.len()], *expected, "{table}");
        for added in &columns[expected.len()..] {
            assert!(added.contains(" YES"), "{table}.{added} is not additive");
        }
    }
    let mut unique = desk
        .rows(
            "SELECT table_name, GROUP_CONCAT(column_name) FROM information_schema.statistics \
             WHERE table_schema = DATABASE() AND non_unique = 0 AND table_name IN ('patients', 'doctors', 'appointments', 'doctor_availability', 'payments') \
             GROUP BY table_name, index_name",
        )
        .await;
    unique.sort();
    assert_eq!(
        unique,
        [
            "appointments|id",
            "doctor_availability|id",
            "doctors|email",
            "doctors|id",
            "doctors|license_number",
            "patients|email",
            "patients|id",
            "payments|id",
        ]
    );
    let references = desk
        .rows(
            "SELECT k.table_name, k.column_name, k.referenced_table_name, k.referenced_column_name, r.delete_rule \
             FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r \
             ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name \
             WHERE k.constraint_schema = DATABASE()",
        )
        .await;
    let mut references: Vec<_> =
        references.iter().map(|line| line.replace("NO ACTION", "RESTRICT")).collect();
    references.sort();
    assert_eq!(
        references,
        [
            "appointments|doctor_id|doctors|id|CASCADE",
            "appointments|patient_id|patients|id|CASCADE",
            "doctor_availability|doctor_id|doctors|id|RESTRICT",
            "payments|appointment_id|appointments|id|RESTRICT",
        ]
    );
}

/// A column in one way of writing: the servers differ in how they show a length, a default and
/// what they add.
fn usual(line: &str) -> String {
    let cells: Vec<&str> = line.split('|').collect();
    let [column, default, extra] = cells.as_slice() else { panic!("{line}") };
    let mut text = column.replace(" int(11) ", " int ");
    let default = default.trim_matches('\'').to_lowercase().replace("()", "");
    match default.as_str() {
        "null" => {}
        "current_timestamp" => text += " default current_timestamp",
        _ => text.extend([" default ", cells[1].trim_matches('\'')]),
    }
    if extra.contains("auto_increment") {
        text += " auto_increment";
    }
    text
}

/// The page's defaults, enums, unique values and cascades, as an older program meets them.
async fn the_pages_rules_hold(desk: &Desk<'_>) {
    let patient = "INSERT INTO patients (id, name, email, phone, date_of_birth) VALUES";
    let doctor = "INSERT INTO doctors (id, name, email, phone, specialization, license_number) VALUES";
    desk.sql(&format!("{patient} (7, 'Ana', 'ana@example.org', '1', '1980-04-02')")).await;
    desk.sql(&format!("{doctor} (8, 'Dr. Lee', 'lee@example.org', '1', 'GP', 'L1')")).await;
    desk.sql("INSERT INTO appointments (id, doctor_id, patient_id, appointment_time) VALUES (9, 8, 7, '2026-12-01 09:00:00')").await;
    desk.sql("INSERT INTO doctor_availability (doctor_id, day_of_week, start_time, end_time) VALUES (8, 'Mon', '09:00:00', '24:00:00')").await;
    desk.sql("INSERT INTO payments (appointment_id, amount, payment_method) VALUES (9, 1200, 'Cash')").await;
    for (question, answer) in [
        ("SELECT is_active FROM doctors", "1"),
        ("SELECT duration_minutes, status, notes FROM appointments", "60|Scheduled|NULL"),
        ("SELECT is_recurring, exception_date FROM doctor_availability", "1|NULL"),
        ("SELECT status, transaction_id FROM payments", "Pending|NULL"),
        ("SELECT address, created_at IS NOT NULL FROM patients", "NULL|1"),
    ] {
        assert_eq!(desk.rows(question).await, [answer], "{question}");
    }
    for forbidden in [
        &format!("{patient} (70, 'Bob', 'ANA@example.org', '1', '1980-04-02')"),
        &format!("{patient} (71, NULL, 'b@example.org', '1', '1980-04-02')"),
        &format!("{patient} (72, '{}', 'b@example.org', '1', '1980-04-02')", "x".repeat(101)),
        &format!("{patient} (73, 'Bob', 'b@example.org', '123456789012345678901', '1980-04-02')"),
        &format!("{doctor} (80, 'Dr. Bo', 'bo@example.org', '1', 'GP', 'L1')"),
        &format!("{doctor} (81, 'Dr. Bo', 'LEE@example.org', '1', 'GP', 'L2')"),
        "INSERT INTO appointments (doctor_id, patient_id, appointment_time) VALUES (8, 4000001, '2026-12-01 10:00:00')",
        "INSERT INTO appointments (doctor_id, patient_id, appointment_time, status) VALUES (8, 7, '2026-12-01 10:00:00', 'Late')",
        "INSERT INTO doctor_availability (doctor_id, day_of_week, start_time, end_time) VALUES (8, 'Someday', '09:00:00', '10:00:00')",
        "INSERT INTO payments (appointment_id, amount, payment_method) VALUES (9, 1, 'Barter')",
        "INSERT INTO payments (appointment_id, amount, payment_method, status) VALUES (9, 1, 'Cash', 'Lost')",
        "INSERT INTO payments (appointment_id, amount, payment_method) VALUES (4000001, 1, 'Cash')",
        // Only visits go with a doctor or a patient: hours and payments are in the way.
        "DELETE FROM doctors WHERE id = 8",
        "DELETE FROM patients WHERE id = 7",
    ] {
        assert!(desk.try_sql(forbidden).await.is_err(), "{forbidden}");
    }
    desk.sql("DELETE FROM payments").await;
    desk.sql("DELETE FROM patients WHERE id = 7").await;
    assert_eq!(desk.count("appointments").await, 0);
    desk.sql(&format!("{patient} (7, 'Ana', 'ana@example.org', '1', '1980-04-02')")).await;
    desk.sql("INSERT INTO appointments (id, doctor_id, patient_id, appointment_time) VALUES (9, 8, 7, '2026-12-01 09:00:00')").await;
    desk.sql("DELETE FROM doctor_availability").await;
    desk.sql("DELETE FROM doctors WHERE id = 8").await;
    assert_eq!(desk.count("appointments").await, 0);
}

async fn a_second_run_does_nothing(desk: &Desk<'_>) {
    desk.patient("Ana Ruiz").await;
    let (before, log) = (schema(&desk.db).await, desk.rows("SELECT * FROM frontdesk_migrations").await);
    assert_eq!(log.len(), CURRENT as usize);
    let mut other = clinic();
    other.name = "Another".into();
    let store = open(&desk.place.of(Account::Migrate).await);
    let report = store.migrate(false, &other).await.unwrap();
    store.close().await;
    assert_eq!((report.before, report.applied.len(), report.indexed_patients), (State::At(CURRENT), 0, 0));
    assert_eq!(schema(&desk.db).await, before);
    assert_eq!(desk.rows("SELECT * FROM frontdesk_migrations").await, log);
    assert_eq!(desk.store.clinic().await.unwrap(), clinic(), "settings that are there stay");
    assert_eq!(desk.count("patients").await, 1);
}

async fn a_schema_that_is_not_this_programs_is_refused(desk: &Desk<'_>) {
    desk.store.ensure_current().await.unwrap();
    let line = async || match error(desk.store.ensure_current().await) {
        StoreError::Schema(line) => line,
        other => panic!("{other:?}"),
    };
    desk.sql(&format!("INSERT INTO frontdesk_migrations (version, name) VALUES ({}, 'next')", CURRENT + 1))
        .await;
    assert!(line().await.contains("use a newer frontdesk"));
    for dry_run in [true, false] {
        let newer = error(desk.store.migrate(dry_run, &clinic()).await);
        assert!(newer.to_string().contains("newer than"), "{newer}");
    }
    if let Location::File(path) = &desk.place.location {
        assert!(
            error(open_embedded(path, origin(), &clinic()).await.map(drop))
                .to_string()
                .contains("newer than")
        );
    }
    desk.sql(&format!("DELETE FROM frontdesk_migrations WHERE version >= {CURRENT}")).await;
    assert_eq!(desk.store.schema_state().await.unwrap(), State::At(CURRENT - 1));
    assert!(line().await.contains("run: frontdesk migrate"), "an older one");
    desk.sql("DROP TABLE frontdesk_migrations").await;
    assert_eq!(desk.store.schema_state().await.unwrap(), State::Unversioned);
    assert!(line().await.contains("run: frontdesk migrate"), "another program's");
}

/// Tests that borrow their database find it as the migrations leave it.
async fn a_desk_borrows_an_empty_clinic(desk: &Desk<'_>) {
    desk.store.ensure_current().await.unwrap();
    assert_eq!(desk.store.clinic().await.unwrap(), clinic());
    for table in [
        "patients",
        "doctors",
        "appointments",
        "doctor_availability",
        "payments",
        "calendar_days",
        "patient_days",
        "idempotency_keys",
        "audit_log",
        "patient_names",
        "name_words",
    ] {
        assert_eq!(desk.count(table).await, 0, "{table}");
    }
}

async fn a_rehearsal_changes_nothing(place: &Place) {
    let (db, store) = (place.db(), place.store());
    assert_eq!(store.schema_state().await.unwrap(), State::Empty);
    let refused = error(store.ensure_current().await);
    assert!(refused.to_string().contains("empty; run: frontdesk migrate"), "{refused}");
    let rehearsal = store.migrate(true, &clinic()).await.unwrap();
    assert_eq!(schema(&db).await, [""; 0]);
    assert_eq!(rehearsal.applied, steps());
    assert_eq!(store.migrate(false, &clinic()).await.unwrap(), rehearsal);
    assert_eq!(store.schema_state().await.unwrap(), State::At(CURRENT));
    assert_eq!(store.clinic().await.unwrap(), clinic());
}

async fn two_runs_at_once_both_end_well(place: &Place) {
    let (one, other) = (place.store(), place.store());
    let clinic = clinic();
    let (a, b) = tokio::join!(one.migrate(false, &clinic), other.migrate(false, &clinic));
    a.unwrap();
    b.unwrap();
    one.ensure_current().await.unwrap();
    assert_eq!(rows(&place.db(), "SELECT COUNT(*) FROM frontdesk_migrations").await, [CURRENT.to_string()]);
}

async fn clear(db: &Db) {
    let tables = rows(db, "SHOW TABLES").await.join(", ");
    execute(db, &format!("SET foreign_key_checks = 0; DROP TABLE {tables}; SET foreign_key_checks = 1"))
        .await;
}

/// The connection breaks after each statement of a migration and before the next, time after
/// time, and each run goes on where the last one was killed: from an empty database, and from one
/// that another program filled.
async fn a_run_can_be_killed_at_any_statement(place: &Place) {
    let db = place.db();
    let wire = Wire::to(&place.address());
    for start in [None, Some([PAGE, DATA])] {
        for statements in start.iter().flatten() {
            execute(&db, statements).await;
        }
        place.store().migrate(false, &clinic()).await.unwrap();
        let (undisturbed, data) = (unordered(&schema(&db).await), dump(&db).await);
        clear(&db).await;
        for statements in start.iter().flatten() {
            execute(&db, statements).await;
        }
        let steps = steps();
        // Each step's statement is done and its row is not; and before the last row, the settings.
        let (last, but_last) = steps.split_last().unwrap();
        let mut moments: Vec<&str> = but_last.iter().map(String::as_str).collect();
        moments.extend(["Riverside", "Europe/Berlin", last]);
        for (n, moment) in moments.iter().enumerate() {
            wire.cut_at(moment, 0, Cut::Before);
            let store = open(&place.through(wire.port));
            let outcome = store.migrate(false, &clinic()).await;
            let broken = outcome.map(|report| panic!("{moment}: {report:?}")).unwrap_err();
            assert!(matches!(broken, StoreError::Lost), "{moment}: {broken:?}");
            let recorded = rows(&db, "SELECT COUNT(*) FROM frontdesk_migrations").await;
            assert_eq!(recorded, [n.min(but_last.len()).to_string()], "{moment}");
            let refused = error(place.store().ensure_current().await);
            assert!(refused.to_string().contains("run: frontdesk migrate"), "{moment}: {refused}");
        }
        let store = place.store();
        if start.is_some() {
            // Making the names known is tried again by itself, and goes on where it was.
            for moment in ["UPDATE patients SET phone_reversed", COMMIT] {
                wire.cut_at(moment, 0, Cut::Before);
                execute(
                    &db,
                    "UPDATE patients SET known_name = NULL; DELETE FROM patient_names; DELETE FROM name_words",
                )
                .await;
                let store = open(&place.through(wire.port));
                store.migrate(false, &clinic()).await.unwrap();
            }
        }
        store.migrate(false, &clinic()).await.unwrap();
        assert_eq!(unordered(&schema(&db).await), undisturbed);
        assert_eq!(dump(&db).await, data);
        assert_eq!(store.clinic().await.unwrap(), clinic());
        if start.is_some() {
            let query = PatientQuery::parse("muller zoe", now().date_naive());
            assert_eq!(store.find_patients(&query, 5).await.unwrap().patients[0].id, PatientId(102));
            let words = rows(&db, "SELECT COUNT(*) FROM name_words WHERE uses <> 1").await;
            assert_eq!(words, ["0"], "each name is counted once");
        }
        clear(&db).await;
    }
    assert_eq!(wire.cuts(), 2 * (CURRENT + 2) + 2);
}

async fn every_statement_can_be_there_already(place: &Place) {
    let (db, store) = (place.db(), place.store());
    store.migrate(false, &clinic()).await.unwrap();
    let undisturbed = schema(&db).await;
    execute(&db, "DELETE FROM frontdesk_migrations").await;
    let report = store.migrate(false, &clinic()).await.unwrap();
    assert_eq!(
        (report.before, report.applied),
        (State::Unversioned, steps().iter().map(String::as_str).collect())
    );
    assert_eq!(schema(&db).await, undisturbed);
}

async fn what_the_other_tests_start_from_is_what_migrations_make(place: &Place) {
    let (db, store) = (place.db(), place.store());
    store.migrate(false, &clinic()).await.unwrap();
    let migrated = schema(&db).await;
    // The first time it is kept, the second time it is used.
    for _ in 0..2 {
        clear(&db).await;
        prepared::migrate(&store, &db).await;
        assert_eq!(schema(&db).await, migrated);
        store.ensure_current().await.unwrap();
        assert_eq!(rows(&db, "SELECT name FROM frontdesk_migrations ORDER BY version").await, steps());
        assert_eq!(store.clinic().await.unwrap(), clinic());
    }
}

/// The page's tables in the embedded file, as its first five migrations make them, with a
/// patient, a visit and a payment.
async fn old_file(db: &Db) {
    for name in &steps()[..5] {
        let path = format!("{}/migrations/sqlite/{name}.sql", env!("CARGO_MANIFEST_DIR"));
        execute(db, &std::fs::read_to_string(path).unwrap()).await;
    }
    let data: Vec<_> = DATA.split("INSERT INTO payments").collect();
    execute(db, data[0]).await;
    execute(
        db,
        "INSERT INTO payments (id, appointment_id, amount, payment_method) VALUES (1, 42, 12000, 'Cash')",
    )
    .await;
}

#[test]
fn an_old_file_is_copied_first() {
    on_empty(Backend::Sqlite, async |place: &Place| {
        let db = place.db();
        old_file(&db).await;
        let before = dump(&db).await;
        let (store, report) = open_embedded(&place.file(), origin(), &clinic()).await.unwrap();
        let report = report.unwrap();
        assert_eq!((report.before, report.indexed_patients), (State::Unversioned, 4));
        assert_eq!(dump(&db).await, before);
        store.ensure_current().await.unwrap();
        let copy = report.copy.unwrap();
        let old = Db::open(&Location::File(copy.clone())).unwrap();
        assert_eq!(dump(&old).await, before, "the copy is a database with what was there");
        assert_eq!(rows(&old, "PRAGMA integrity_check").await, ["ok"]);
        assert_eq!(open(&Location::File(copy.clone())).schema_state().await.unwrap(), State::Unversioned);
        assert_private(&copy);
        let (_, report) = open_embedded(&place.file(), origin(), &clinic()).await.unwrap();
        assert_eq!(report, None, "and then it is current");
        // A second copy does not overwrite the first.
        execute(&db, &format!("DELETE FROM frontdesk_migrations WHERE version = {CURRENT}")).await;
        execute(&db, "ALTER TABLE staff DROP COLUMN password_version").await;
        execute(&db, "DROP TABLE name_words; DELETE FROM payments").await;
        let (_, report) = open_embedded(&place.file(), origin(), &clinic()).await.unwrap();
        let second = report.unwrap().copy.unwrap();
        assert_ne!(second, copy);
        assert_eq!(dump(&old).await, before);
    });
}

#[test]
fn a_new_file_is_made_for_its_owner_alone() {
    on_empty(Backend::Sqlite, async |place: &Place| {
        let path = place.folder.path().join("made/for/me/frontdesk.db");
        let (store, report) = open_embedded(&path, origin(), &clinic()).await.unwrap();
        let report = report.unwrap();
        assert_eq!((report.before, report.copy), (State::Empty, None));
        assert_eq!(store.clinic().await.unwrap(), clinic());
        assert_private(&path);
        assert_private(path.parent().unwrap());
        let nowhere =
            error(open_embedded(&path.join("file-as-folder/x.db"), origin(), &clinic()).await.map(drop));
        assert!(matches!(nowhere, StoreError::File(_)), "{nowhere:?}");
        let text = place.folder.path().join("letter.db");
        std::fs::write(&text, "Dear patient, this is no database at all, but a letter.").unwrap();
        let damaged = error(open_embedded(&text, origin(), &clinic()).await.map(drop));
        assert!(matches!(damaged, StoreError::File(_)), "{damaged:?}");
        assert!(std::fs::read_to_string(&text).unwrap().starts_with("Dear"), "it is left as it was");
    });
}

#[cfg(unix)]
fn assert_private(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
}

#[cfg(not(unix))]
fn assert_private(_: &std::path::Path) {}

/// A desk that migrates its file is killed again and again, each time a little later: the file
/// is each time as it was, or done.
#[test]
fn a_desk_that_migrates_its_file_can_be_killed_at_any_time() {
    const STRIDE: usize = 6;
    let name = "migrations::a_desk_that_migrates_its_file_can_be_killed_at_any_time";
    if let Some(task) = Child::task() {
        let (path, polls) = task.split_once('\n').unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let clinic = clinic();
        let open = open_embedded(std::path::Path::new(path), origin(), &clinic);
        match runtime.block_on(Polls::of(polls.parse().unwrap(), open)) {
            Some(outcome) => drop(outcome.unwrap()),
            None => std::process::abort(),
        }
        return;
    }
    on_empty(Backend::Sqlite, async |place: &Place| {
        let db = place.db();
        old_file(&db).await;
        let before = dump(&db).await;
        let mut killed = 0;
        for polls in (1..).step_by(STRIDE) {
            let child = Child::start(name, &format!("{}\n{polls}", place.file().display()));
            if child.wait().success() {
                break;
            }
            killed += 1;
            let state = place.store().schema_state().await.unwrap();
            assert!([State::Unversioned, State::At(CURRENT)].contains(&state), "{polls}: {state:?}");
            assert_eq!(dump(&db).await, before, "{polls}");
        }
        assert!(killed > 10, "it was killed {killed} times");
        let store = place.store();
        store.ensure_current().await.unwrap();
        store.index_all_patients().await.unwrap();
        let query = PatientQuery::parse("muller zoe", now().date_naive());
        assert_eq!(store.find_patients(&query, 5).await.unwrap().patients[0].id, PatientId(102));
        assert_eq!(store.doctor(DoctorId(5)).await.unwrap().unwrap().details.name, "Dr. Sarah Lee");
    });
}
