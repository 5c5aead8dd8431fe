//! Values that cannot be read, errors, and the clinic's settings.

use frontdesk::domain::appointment::Status;
use frontdesk::domain::clinic::Clinic;
use frontdesk::domain::clock::Zone;
use frontdesk::domain::ids::AvailabilityId;
use frontdesk::domain::patient::Named;
use frontdesk::domain::query::PatientQuery;
use frontdesk::store::StoreError;
use frontdesk::store::sql::availability::Removed;

use crate::support::{
    Backend, Desk, book, clinic, day, done, error, move_to, now, on_every_database, order, patient_details,
    refused, wall,
};

on_every_database!(at_a_desk:
    a_status_that_is_none_is_named,
    a_time_that_is_none_is_named,
    whoever_is_named_is_named_with_the_date_of_birth,
    hours_that_are_none_are_named,
    hours_that_cannot_be_read_are_removed,
    the_clinics_settings_are_shared,
    every_text_that_fits_comes_back,
    a_clinic_is_counted_and_what_lies_outside_its_hours_is_found,
);

/// Lets an older, careless program write what the schema forbids.
pub(super) async fn carelessly(desk: &Desk<'_>, statement: &str) {
    let loose = match desk.place.backend {
        Backend::Sqlite => "PRAGMA ignore_check_constraints = ON",
        Backend::MariaDb | Backend::MySql => "SET SESSION sql_mode = ''",
    };
    desk.sql(&format!("{loose}; {statement}")).await;
}

#[track_caller]
fn unreadable<T: std::fmt::Debug>(result: frontdesk::store::Result<T>) -> (&'static str, String, String) {
    match error(result) {
        StoreError::Unreadable { table, column, key } => (table, column, key),
        other => panic!("{other:?}"),
    }
}

async fn a_status_that_is_none_is_named(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let id = desk.booked(lee, john, "2026-12-01T09:00", 30).await.visit.id;
    carelessly(desk, &format!("UPDATE appointments SET status = 'Late' WHERE id = {id}")).await;
    let named = ("appointments", "status".to_owned(), id.to_string());
    assert_eq!(unreadable(desk.store.day(day("2026-12-01")).await), named);
    assert_eq!(unreadable(desk.store.appointment(id).await), named);
    assert_eq!(unreadable(desk.store.appointments_of_day(day("2026-12-01"), None).await), named);
    let intent = crate::support::book(lee, ana, "2026-12-01T09:00", 30);
    assert_eq!(unreadable(desk.store.carry_out(&order(), &intent, None).await), named);
    assert_eq!(
        unreadable(desk.store.carry_out(&order(), &move_to(id, "2026-12-02T09:00"), None).await),
        named
    );
    assert_eq!(desk.count("appointments").await, 1, "nothing is booked beside what cannot be read");
}

async fn a_time_that_is_none_is_named(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let id = desk.booked(lee, john, "2026-12-01T09:00", 30).await.visit.id;
    if desk.place.backend == Backend::Sqlite {
        carelessly(
            desk,
            &format!("UPDATE appointments SET appointment_time = '2026-12-01 half past' WHERE id = {id}"),
        )
        .await;
        let named = ("appointments", "appointment_time".to_owned(), id.to_string());
        assert_eq!(unreadable(desk.store.day(day("2026-12-01")).await), named);
    }
    // In MySQL, a zero date is what a careless program leaves.
    let zero = if desk.place.backend == Backend::Sqlite { "soon" } else { "0000-00-00" };
    carelessly(desk, &format!("UPDATE patients SET date_of_birth = '{zero}' WHERE id = {john}")).await;
    let named = ("patients", "date_of_birth".to_owned(), john.to_string());
    assert_eq!(unreadable(desk.store.patient(john).await), named);
    let query = PatientQuery::parse("smith", now().date_naive());
    assert_eq!(unreadable(desk.store.find_patients(&query, 5).await), named);
}

async fn whoever_is_named_is_named_with_the_date_of_birth(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let id = desk.booked(lee, john, "2026-12-01T09:00", 30).await.visit.id;
    let named = async || {
        let refusal = refused(desk.ask(&book(lee, ana, "2026-12-01T09:15", 30)).await);
        let seen = desk.store.appointment(id).await.unwrap().unwrap();
        let listed = desk.store.appointments_of_day(day("2026-12-01"), None).await.unwrap();
        let mut names = desk.store.names(&[john]).await.unwrap();
        let of_day = vec![names.remove(&john).unwrap(), seen.patient(), listed[0].patient()];
        let mut all: Vec<_> = refusal.conflicts.iter().map(|of| of.clash().unwrap().held.patient()).collect();
        all.extend(of_day);
        all
    };
    let john_smith = Named { name: "John Smith".into(), born: Some(day("1980-04-02")) };
    assert_eq!(named().await, vec![john_smith.clone(); 4]);
    // What an older program wrote there, and is no date, hides no visit: the name stands alone.
    let zero = if desk.place.backend == Backend::Sqlite { "soon, 1|2" } else { "0000-00-00" };
    carelessly(desk, &format!("UPDATE patients SET date_of_birth = '{zero}' WHERE id = {john}")).await;
    assert_eq!(named().await, vec![Named { born: None, ..john_smith }; 4]);
    let again = desk.booked(lee, john, "2026-12-01T13:00", 30).await;
    assert_eq!((again.patient_name.as_str(), again.patient_born), ("John Smith", None));
}

async fn hours_that_are_none_are_named(desk: &Desk<'_>) {
    // Three doctors, so that a doctor's id is not by chance the row's.
    desk.doctor_without_hours("Dr. Okafor").await;
    desk.doctor_without_hours("Dr. Silva").await;
    let lee = desk.doctor_without_hours("Dr. Lee").await;
    let john = desk.patient("John Smith").await.id;
    let row = desk.weekly(lee, "Tue", "09:00", "12:00").await;
    let bad = if desk.place.backend == Backend::Sqlite { "noon" } else { "300:00:00" };
    carelessly(desk, &format!("UPDATE doctor_availability SET end_time = '{bad}' WHERE id = {row}")).await;
    let named = ("doctor_availability", "end_time".to_owned(), row.to_string());
    assert_eq!(unreadable(desk.store.hours(lee, day("2026-12-01")).await), named);
    assert_eq!(unreadable(desk.store.day(day("2026-12-01")).await), named);
    let intent = crate::support::book(lee, john, "2026-12-01T09:00", 30);
    assert_eq!(unreadable(desk.store.carry_out(&order(), &intent, None).await), named);
}

async fn hours_that_cannot_be_read_are_removed(desk: &Desk<'_>) {
    let lee = desk.doctor_without_hours("Dr. Lee").await;
    let john = desk.patient("John Smith").await.id;
    desk.weekly(lee, "Tue", "14:00", "17:00").await;
    let today = now().date_naive();
    let mut odd = vec![
        ("start_time = '30:00:00'", "Tue 30:00:00-12:00:00 None"),
        ("end_time = '-01:00:00'", "Tue 09:00:00--01:00:00 None"),
        (
            "exception_date = '2026-12-01', end_time = '24:00:01'",
            "Tue 09:00:00-24:00:01 Some(\"2026-12-01\")",
        ),
    ];
    odd.extend(match desk.place.backend {
        Backend::Sqlite => vec![
            ("exception_date = 'soon'", "Tue 09:00:00-12:00:00 Some(\"soon\")"),
            ("day_of_week = 'Tuesday, as ever and always'", "Tuesday, as ever and 09:00:00-12:00:00 None"),
            ("start_time = x'ff'", "Tue -12:00:00 None"),
        ],
        Backend::MariaDb | Backend::MySql => vec![("day_of_week = 'Someday'", " 09:00:00-12:00:00 None")],
    });
    let count = odd.len();
    for (set, stood) in odd {
        let row = desk.weekly(lee, "Tue", "09:00", "12:00").await;
        carelessly(desk, &format!("UPDATE doctor_availability SET {set} WHERE id = {row}")).await;
        assert_eq!(desk.store.census().await.unwrap().unreadable_hours, [row], "{set}");
        let version = "SELECT SUM(version) FROM calendar_days WHERE day = '2026-12-01'";
        let before = desk.rows(version).await;
        let removed = match desk.store.remove_hours(&order(), row, today).await.unwrap() {
            Removed::Unreadable(removed) => removed,
            Removed::Hours(row) => panic!("{set}: {row:?}"),
        };
        assert_eq!((removed.id, removed.doctor_id), (row, Some(lee)));
        let shown = format!(
            "{} {}-{} {:?}",
            removed.day_of_week, removed.start_time, removed.end_time, removed.exception_date
        );
        assert_eq!(shown, stood);
        assert_ne!(desk.rows(version).await, before, "no booking passes it unseen");
        assert_eq!(desk.store.hours(lee, today).await.unwrap().rows().len(), 1);
        let again = error(desk.store.remove_hours(&order(), row, today).await);
        assert!(matches!(again, StoreError::Missing { what: "row of hours", .. }), "{again:?}");
    }
    assert_eq!(desk.count("audit_log WHERE action = 'hours.remove'").await, count);
    desk.booked(lee, john, "2026-12-01T14:00", 30).await;
}

async fn the_clinics_settings_are_shared(desk: &Desk<'_>) {
    assert_eq!(desk.store.clinic().await.unwrap(), clinic());
    let moved = Clinic { name: "Zoë's Clinic 北".into(), zone: Zone::parse("America/New_York").unwrap() };
    desk.store.set_clinic(&order(), &moved).await.unwrap();
    assert_eq!(desk.place.store().clinic().await.unwrap(), moved, "another desk reads the same");
    desk.sql("UPDATE clinic_settings SET value = 'Mars/Olympus' WHERE name = 'time_zone'").await;
    let named = ("clinic_settings", "value".to_owned(), "time_zone".to_owned());
    assert_eq!(unreadable(desk.store.clinic().await), named);
    desk.sql("DELETE FROM clinic_settings").await;
    let unset = desk.store.clinic().await.unwrap();
    assert_eq!((unset.name.as_str(), unset.zone), ("Frontdesk", Zone::utc()));
    assert!(!desk.store.server_version().await.unwrap().is_empty());
    desk.store.ensure_current().await.unwrap();
}

async fn a_clinic_is_counted_and_what_lies_outside_its_hours_is_found(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let mut ids = Vec::new();
    for (patient, at) in [(john, "2026-12-08T11:30"), (ana, "2026-12-01T09:00"), (ana, "2026-12-01T11:45")] {
        ids.push(desk.booked(lee, patient, at, 30).await.visit.id);
    }
    let gone = desk.booked(lee, john, "2026-12-01T15:00", 30).await.visit.id;
    done(desk.set_status(gone, Status::Cancelled).await);
    desk.sql(&format!(
        "INSERT INTO payments (appointment_id, amount, payment_method) VALUES ({gone}, 1, 'Cash')"
    ))
    .await;
    let outside = async |from| {
        let visits = desk.store.visits_outside_hours(lee, wall(from)).await.unwrap();
        visits.into_iter().map(|visit| visit.id).collect::<Vec<_>>()
    };
    assert!(outside("2026-11-20T00:00").await.is_empty());
    desk.exception(lee, "2026-12-01", "09:00", "12:00").await;
    desk.exception(lee, "2026-12-08", "00:00", "00:00").await;
    assert_eq!(outside("2026-11-20T00:00").await, [ids[2], ids[0]]);
    assert_eq!(outside("2026-12-02T00:00").await, [ids[0]]);
    desk.sql(&format!(
        "INSERT INTO doctor_availability (id, doctor_id, day_of_week, start_time, end_time, is_recurring) \
         VALUES (900, {lee}, 'Mon', '09:00:00', '10:00:00', FALSE)"
    ))
    .await;
    let census = desk.store.census().await.unwrap();
    let counts =
        [census.patients, census.doctors, census.appointments, census.doctor_availability, census.payments];
    assert_eq!(counts, [2, 1, 4, 10, 1]);
    assert_eq!((census.idle_hours, census.unreadable_hours), (vec![AvailabilityId(900)], vec![]));
    let bad = if desk.place.backend == Backend::Sqlite { "noon" } else { "300:00:00" };
    carelessly(desk, &format!("UPDATE doctor_availability SET end_time = '{bad}' WHERE id = 900")).await;
    assert_eq!(desk.store.census().await.unwrap().unreadable_hours, [AvailabilityId(900)]);
}

async fn every_text_that_fits_comes_back(desk: &Desk<'_>) {
    for (n, text) in
        ["'; DROP TABLE patients; --", "\\", "\"%_?", "😀🏥", "שלום", "e\u{301}", "  "].iter().enumerate()
    {
        let mut details = patient_details(&format!("N{n} {text} N"), u32::try_from(n).unwrap());
        details.address = Some((*text).to_owned());
        let patient = desk.store.register_patient(&order(), &details).await.unwrap();
        assert_eq!(desk.store.patient(patient.id).await.unwrap().unwrap().details, details, "{text}");
    }
    let longest = patient_details(&"é".repeat(100), 90);
    assert_eq!(desk.store.register_patient(&order(), &longest).await.unwrap().details, longest);
    let too_long = patient_details(&"é".repeat(101), 91);
    assert!(matches!(error(desk.store.register_patient(&order(), &too_long).await), StoreError::Refused(_)));
    assert_eq!(desk.count("patients").await, 8, "nothing is cut in silence");
}
