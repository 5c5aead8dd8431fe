//! A database that was made by hand from the design page, and holds data, is adopted as it is.

use frontdesk::domain::appointment::Status;
use frontdesk::domain::clock::Zone;
use frontdesk::domain::ids::{AppointmentId, DoctorId, PatientId};
use frontdesk::domain::patient::PatientDetails;
use frontdesk::domain::query::PatientQuery;
use frontdesk::store::StoreError;
use frontdesk::store::sql::conn::Db;
use frontdesk::store::sql::schema::{CURRENT, State};

use crate::support::{
    Place, book, clinic, day, done, employ, error, execute, kinds, move_to, now, on_every_server, order,
    refused, rows, somebody,
};

on_every_server!(on_empty:
    nothing_is_lost_and_all_of_it_works,
    the_older_program_goes_on_working,
    tables_that_are_not_the_pages_are_left_alone,
    texts_that_hold_no_unicode_are_widened,
    a_migrated_database_of_such_texts_is_widened_too,
    addresses_that_only_accents_tell_apart_stop_it,
    a_column_of_another_programs_own_is_left_alone,
);

/// What the design page's tables are, as their administrator typed them.
pub const PAGE: &str = include_str!("page.sql");
/// What they hold.
pub const DATA: &str = include_str!("page_data.sql");

/// The page's columns of all rows.
pub async fn dump(db: &Db) -> Vec<String> {
    let mut all = Vec::new();
    for (table, columns) in [
        ("patients", "id, name, email, phone, date_of_birth, address, created_at"),
        ("doctors", "id, name, email, phone, specialization, license_number, is_active"),
        ("appointments", "id, doctor_id, patient_id, appointment_time, duration_minutes, status, notes"),
        (
            "doctor_availability",
            "id, doctor_id, day_of_week, start_time, end_time, is_recurring, exception_date",
        ),
        ("payments", "id, appointment_id, amount, payment_method, status, transaction_id"),
    ] {
        let rows = rows(db, &format!("SELECT {columns} FROM {table} ORDER BY id")).await;
        all.extend(rows.into_iter().map(|row| format!("{table}: {row}")));
    }
    all
}

async fn nothing_is_lost_and_all_of_it_works(place: &Place) {
    let db = place.db();
    execute(&db, PAGE).await;
    execute(&db, DATA).await;
    let before = dump(&db).await;
    assert_eq!(before.len(), 22);
    let store = place.store();
    assert_eq!(store.schema_state().await.unwrap(), State::Unversioned);
    let rehearsal = store.migrate(true, &clinic()).await.unwrap();
    let report = store.migrate(false, &clinic()).await.unwrap();
    assert_eq!((report.before, report.indexed_patients), (State::Unversioned, 4));
    assert_eq!(rehearsal, report, "the rehearsal says what is then done");
    assert_eq!(dump(&db).await, before);
    store.ensure_current().await.unwrap();
    employ(&db, &store.identity().unwrap()).await;

    // Everything that was there is there for a desk.
    let today = now().date_naive();
    for (typed, name) in [
        ("smith", "John Smith"),
        ("muller zoe", "Zoë Müller-Łukasz"),
        ("nguyen anh", "Nguyễn Thị Ánh"),
        ("lee", "  ann   lee  "),
        ("01997", "Nguyễn Thị Ánh"),
        ("1948-02-29", "Zoë Müller-Łukasz"),
        ("#103", "  ann   lee  "),
    ] {
        let found = store.find_patients(&PatientQuery::parse(typed, today), 5).await.unwrap().patients;
        let names: Vec<_> = found.iter().map(|patient| patient.details.name.as_str()).collect();
        assert_eq!(names, [name], "{typed}");
    }
    assert_eq!(store.patient(PatientId(103)).await.unwrap().unwrap().created_at, None);
    let doctors = store.doctors().await.unwrap();
    let active: Vec<_> = doctors.iter().map(|doctor| (doctor.id.0, doctor.is_active)).collect();
    assert_eq!(active, [(9, true), (6, false), (5, true)], "by folded name: Ada, Joaquin, Sarah");
    let board = store.day(day("2026-12-01")).await.unwrap();
    let visits: Vec<_> = board.visits.iter().map(|visit| (visit.id.0, visit.minutes, visit.status)).collect();
    assert_eq!(
        visits,
        [(42, 30, Status::Scheduled), (43, 30, Status::Scheduled), (44, 60, Status::Scheduled)]
    );
    assert_eq!(store.hours(DoctorId(5), today).await.unwrap().rows().len(), 3);
    for id in [42, 43, 44, 45, 46, 50] {
        assert!(store.appointment(AppointmentId(id)).await.unwrap().is_some(), "{id}");
    }

    // New visits obey the rule among the old ones, which can be moved out of each other's way.
    let berlin = store.clone().in_zone(Zone::parse("Europe/Berlin").unwrap());
    let ask = async |intent| berlin.carry_out(&order(), &intent, None).await.unwrap();
    let (lee, okafor) = (DoctorId(5), DoctorId(9));
    let verdict = refused(ask(book(lee, PatientId(107), "2026-12-01T09:20", 30)).await);
    assert_eq!(kinds(&verdict), ["doctor_busy", "doctor_busy"]);
    assert_eq!(
        kinds(&refused(ask(book(okafor, PatientId(107), "2026-12-02T00:15", 30)).await)),
        ["doctor_busy"]
    );
    done(ask(book(lee, PatientId(107), "2026-12-01T10:00", 30)).await);
    done(ask(move_to(AppointmentId(43), "2026-12-01T09:30")).await);
}

async fn the_older_program_goes_on_working(place: &Place) {
    let db = place.db();
    execute(&db, PAGE).await;
    execute(&db, DATA).await;
    let store = place.store();
    store.migrate(false, &clinic()).await.unwrap();
    // It writes its own columns, by name and without; it updates and deletes.
    execute(
        &db,
        "INSERT INTO patients (name, email, phone, date_of_birth) VALUES ('Mia Chen', 'mia@example.org', '555-0188', '2001-01-01'); \
         INSERT INTO doctors (name, email, phone, specialization, license_number) VALUES ('Dr. New', 'new@example.org', '555-0004', 'GP', 'MD-4'); \
         INSERT INTO appointments (doctor_id, patient_id, appointment_time) SELECT 5, id, '2026-12-01 15:00:00' FROM patients WHERE name = 'Mia Chen'; \
         INSERT INTO doctor_availability (doctor_id, day_of_week, start_time, end_time) SELECT id, 'Mon', '09:00', '10:00' FROM doctors WHERE name = 'Dr. New'; \
         INSERT INTO payments (appointment_id, amount, payment_method) VALUES (46, 10, 'Cash'); \
         UPDATE appointments SET status = 'Completed', duration_minutes = 45 WHERE id = 42; \
         UPDATE patients SET phone = '555-9999' WHERE id = 101; \
         DELETE FROM payments WHERE appointment_id = 45; \
         DELETE FROM patients WHERE id = 103",
    )
    .await;
    let row = rows(&db, "SELECT a.duration_minutes, a.status, a.booked_by FROM appointments a WHERE a.appointment_time = '2026-12-01 15:00:00'").await;
    assert_eq!(row, ["60|Scheduled|NULL"], "the page's defaults");
    assert_eq!(rows(&db, "SELECT id FROM appointments WHERE patient_id = 103").await, [""; 0], "cascades");
    assert_eq!(
        rows(&db, "SELECT is_active, default_minutes FROM doctors WHERE name = 'Dr. New'").await,
        ["1|NULL"]
    );
    // And the desk sees what it did.
    assert_eq!(store.index_all_patients().await.unwrap(), 2);
    for (typed, found) in [("chen mia", 1), ("5559999", 1), ("5550101", 0)] {
        let query = PatientQuery::parse(typed, now().date_naive());
        assert_eq!(store.find_patients(&query, 5).await.unwrap().patients.len(), found, "{typed}");
    }
    employ(&db, &store.identity().unwrap()).await;
    let ask =
        async |at| store.carry_out(&order(), &book(DoctorId(5), PatientId(107), at, 30), None).await.unwrap();
    assert_eq!(kinds(&refused(ask("2026-12-01T15:30").await)), ["doctor_busy"]);
    let verdict = refused(ask("2026-12-01T09:30").await);
    assert_eq!(verdict.conflicts[0].clash().unwrap().overlap_minutes, 15, "the length that it wrote since");
}

async fn tables_that_are_not_the_pages_are_left_alone(place: &Place) {
    let db = place.db();
    execute(&db, "CREATE TABLE patients (id INT PRIMARY KEY, surname VARCHAR(100)); INSERT INTO patients VALUES (1, 'Smith')").await;
    let store = place.store();
    for dry_run in [true, false] {
        let refused = error(store.migrate(dry_run, &clinic()).await);
        assert!(matches!(&refused, StoreError::Schema(line) if line.contains("patients")), "{refused:?}");
    }
    assert_eq!(rows(&db, "SHOW TABLES").await, ["patients"]);
    assert_eq!(rows(&db, "SELECT * FROM patients").await, ["1|Smith"]);
    // Tables that have nothing to do with the page are nobody's business.
    execute(
        &db,
        "DROP TABLE patients; CREATE TABLE invoices (id INT PRIMARY KEY); INSERT INTO invoices VALUES (7)",
    )
    .await;
    assert_eq!(store.schema_state().await.unwrap(), State::Empty);
    store.migrate(false, &clinic()).await.unwrap();
    assert_eq!(store.schema_state().await.unwrap(), State::At(CURRENT));
    assert_eq!(rows(&db, "SELECT * FROM invoices").await, ["7"]);
}

/// The page's tables on a database whose texts are latin1, with what such a program wrote there.
async fn latin1(place: &Place) -> Vec<String> {
    let db = place.db();
    let name = rows(&db, "SELECT DATABASE()").await.remove(0);
    execute(&db, &format!("ALTER DATABASE {name} CHARACTER SET latin1")).await;
    // A connection keeps to what its database was when it was opened.
    let db = place.db();
    execute(&db, PAGE).await;
    execute(
        &db,
        "INSERT INTO patients (id, name, email, phone, date_of_birth, address) VALUES \
           (7, 'Jörg Müßig', 'jörg@example.org', '555-0101', '1980-04-02', 'Große Straße 1'); \
         INSERT INTO doctors (id, name, email, phone, specialization, license_number) VALUES \
           (8, 'Dr. Zoë Ångström', 'zoe@example.org', '555-0102', 'Pädiatrie', 'L-1'); \
         INSERT INTO appointments (id, doctor_id, patient_id, appointment_time, notes) VALUES \
           (9, 8, 7, '2026-12-01 09:00:00', 'Überweisung fällt weg')",
    )
    .await;
    let narrow = "SELECT character_set_name FROM information_schema.columns \
                  WHERE table_schema = DATABASE() AND table_name = 'patients' AND column_name = 'name'";
    assert_eq!(rows(&db, narrow).await, ["latin1"]);
    dump(&db).await
}

/// People of all languages are written into it and come back as they are.
async fn holds_all_languages(place: &Place, before: &[String]) {
    let (db, store) = (place.db(), place.store());
    assert_eq!(dump(&db).await, before, "nothing is lost");
    employ(&db, &store.identity().unwrap()).await;
    let today = now().date_naive();
    let ask = async |typed: &str| {
        store.find_patients(&PatientQuery::parse(typed, today), 5).await.unwrap().patients
    };
    assert_eq!(ask("mussig jorg").await.len(), 1);
    for (n, name) in ["Łukasz Wiśniewski", "Ελένη Παπαδοπούλου", "Ana 🌻 Ruiz"].into_iter().enumerate()
    {
        let details = PatientDetails {
            name: name.into(),
            email: format!("p{n}@example.org"),
            phone: "+49 30 1234567".into(),
            date_of_birth: day("1990-01-02"),
            address: Some(format!("{name} 5")),
        };
        let patient = store.register_patient(&order(), &details).await.unwrap();
        assert_eq!(store.patient(patient.id).await.unwrap().unwrap().details, details);
    }
    assert_eq!(ask("wisniewski").await.len(), 1);
    employ(&db, &somebody("Łucja@desk")).await;
    let lucja = store.clone().acting(somebody("Łucja@desk"));
    let intent = book(DoctorId(8), PatientId(7), "2026-12-01T09:30", 30);
    let visit = done(lucja.carry_out(&order(), &intent, Some("Ελένη says so")).await.unwrap());
    let visit = store.appointment(visit.visit.id).await.unwrap().unwrap();
    assert_eq!(visit.booked_by.as_deref(), Some("Łucja@desk"));
    assert_eq!(visit.overbook_reason.as_deref(), Some("Ελένη says so"));
    let narrow = rows(
        &db,
        "SELECT CONCAT(table_name, '.', column_name) FROM information_schema.columns WHERE table_schema = DATABASE() \
         AND table_name <> 'payments' AND data_type <> 'enum' AND character_set_name NOT IN ('utf8mb4', 'ascii')",
    );
    assert_eq!(narrow.await, [""; 0]);
}

async fn texts_that_hold_no_unicode_are_widened(place: &Place) {
    let before = latin1(place).await;
    place.store().migrate(false, &clinic()).await.unwrap();
    holds_all_languages(place, &before).await;
}

async fn a_migrated_database_of_such_texts_is_widened_too(place: &Place) {
    let before = latin1(place).await;
    place.store().migrate(false, &clinic()).await.unwrap();
    // As earlier versions left it: what they added was of the database's own kind.
    execute(
        &place.db(),
        "ALTER TABLE patients MODIFY name VARCHAR(100) CHARACTER SET latin1 NOT NULL; \
         ALTER TABLE appointments MODIFY booked_by VARCHAR(100) CHARACTER SET latin1 NULL, \
           MODIFY overbook_reason VARCHAR(500) CHARACTER SET latin1 NULL; \
         DELETE FROM frontdesk_migrations WHERE version > 25",
    )
    .await;
    place.store().migrate(false, &clinic()).await.unwrap();
    holds_all_languages(place, &before).await;
}

async fn addresses_that_only_accents_tell_apart_stop_it(place: &Place) {
    latin1(place).await;
    let insert = "INSERT INTO patients (id, name, email, phone, date_of_birth, address, created_at) VALUES \
                  (10, 'Jorg', 'jorg@example.org', '1', '1980-04-02', NULL, NULL)";
    execute(&place.db(), insert).await;
    let before = dump(&place.db()).await;
    let refused = error(place.store().migrate(false, &clinic()).await);
    let said = matches!(&refused, StoreError::Schema(line) if line.contains("two patients") && line.contains("accents"));
    assert!(said, "{refused:?}");
    assert_eq!(dump(&place.db()).await, before);
    execute(&place.db(), "UPDATE patients SET email = 'jorg2@example.org' WHERE id = 10").await;
    place.store().migrate(false, &clinic()).await.unwrap();
}

/// The page's texts hold all languages already, in an order that somebody chose, by which two addresses
/// differ in an accent alone: what another program added beside them is no cause to touch them.
async fn a_column_of_another_programs_own_is_left_alone(place: &Place) {
    let db = place.db();
    execute(&db, PAGE).await;
    execute(
        &db,
        "ALTER TABLE patients CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin; \
         ALTER TABLE patients ADD COLUMN insurer VARCHAR(50) CHARACTER SET latin1 NULL; \
         INSERT INTO patients (name, email, phone, date_of_birth) VALUES \
           ('Jorg', 'jorg@example.org', '1', '1980-04-02'), ('Jörg', 'jörg@example.org', '2', '1980-04-02')",
    )
    .await;
    place.store().migrate(false, &clinic()).await.unwrap();
    let kept = "SELECT column_name, collation_name FROM information_schema.columns WHERE table_schema = DATABASE() \
                AND table_name = 'patients' AND column_name IN ('email', 'insurer') ORDER BY column_name";
    assert_eq!(rows(&db, kept).await, ["email|utf8mb4_bin", "insurer|latin1_swedish_ci"]);
}
