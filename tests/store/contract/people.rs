//! Registering and editing patients and doctors.

use chrono::Utc;
use frontdesk::domain::doctor::{Doctor, DoctorDetails};
use frontdesk::domain::ids::{DoctorId, PatientId};
use frontdesk::domain::patient::{Patient, PatientDetails};
use frontdesk::store::StoreError;

use crate::support::{Desk, day, doctor_details, error, on_every_database, order, order_of, patient_details};

on_every_database!(at_a_desk:
    a_patient_stands_as_registered,
    an_email_belongs_to_one_patient_whatever_its_case,
    an_edit_writes_what_it_was_given_and_who_did_it,
    an_edit_of_what_somebody_else_changed_is_refused,
    the_same_key_registers_once,
    a_name_of_letters_that_grow_is_kept,
    doctors_stand_as_written,
    an_edit_of_a_doctor_whom_somebody_else_changed_is_refused,
    a_doctors_email_and_licence_are_their_own,
);

async fn a_patient_stands_as_registered(desk: &Desk<'_>) {
    let details = PatientDetails {
        name: "Zoë Nguyễn-Łukasz O'Brien 北京".into(),
        email: "Zoe@example.org".into(),
        phone: "+49301234567".into(),
        date_of_birth: day("1948-02-29"),
        address: Some("12 Elm St\nRiverside".into()),
    };
    let zoe = desk.store.register_patient(&order(), &details).await.unwrap();
    assert_eq!(zoe.details, details);
    assert_eq!(desk.store.patient(zoe.id).await.unwrap().as_ref(), Some(&zoe));
    #[expect(clippy::disallowed_methods, reason = "the database's own clock is what is looked at")]
    let age = Utc::now() - zoe.created_at.unwrap();
    assert!((-5..300).contains(&age.num_seconds()), "created_at is UTC: {age}");
    let without = desk.store.register_patient(&order(), &patient_details("Ana Ruiz", 7)).await.unwrap();
    assert_eq!(without.details.address, None);
    let trail = desk.rows("SELECT action, actor, record, record_id FROM audit_log ORDER BY id").await;
    assert_eq!(
        trail,
        [
            format!("patient.add|ana@desk1|patients|{}", zoe.id),
            format!("record.open|ana@desk1|patients|{}", zoe.id),
            format!("patient.add|ana@desk1|patients|{}", without.id),
        ]
    );
    let row = desk.rows("SELECT name, email, date_of_birth, address FROM patients ORDER BY id").await;
    assert_eq!(row[0], "Zoë Nguyễn-Łukasz O'Brien 北京|Zoe@example.org|1948-02-29|12 Elm St\nRiverside");
}

async fn an_email_belongs_to_one_patient_whatever_its_case(desk: &Desk<'_>) {
    let john = PatientDetails { email: "John@example.org".into(), ..patient_details("John Smith", 1) };
    desk.store.register_patient(&order(), &john).await.unwrap();
    let other = PatientDetails { email: "jOHN@example.org".into(), ..patient_details("Jo Smith", 2) };
    let taken = error(desk.store.register_patient(&order(), &other).await);
    assert!(matches!(taken, StoreError::Duplicate { field: "email" }), "{taken:?}");
    let ana = desk.patient("Ana Ruiz").await;
    let edited = PatientDetails { email: "JOHN@example.org".into(), ..ana.details.clone() };
    let taken = error(desk.store.edit_patient(&order(), &ana, &edited).await);
    assert!(matches!(taken, StoreError::Duplicate { field: "email" }), "{taken:?}");
    assert_eq!(desk.store.patient(ana.id).await.unwrap(), Some(ana.clone()));
    assert_eq!(desk.count("patients").await, 2);
    assert!(desk.find("jo").await.iter().all(|name| name == "John Smith"), "nobody half-made is found");
    // One's own address may change its case.
    let edited = PatientDetails { email: ana.details.email.to_uppercase(), ..ana.details.clone() };
    desk.store.edit_patient(&order(), &ana, &edited).await.unwrap();
}

async fn an_edit_writes_what_it_was_given_and_who_did_it(desk: &Desk<'_>) {
    let before = desk.patient("Ana Ruiz").await;
    let details = PatientDetails {
        name: "Ana Ruiz Vega".into(),
        email: "ana.vega@example.org".into(),
        phone: "+34911234567".into(),
        date_of_birth: day("1980-04-03"),
        address: Some("Calle Mayor 1".into()),
    };
    let after = desk.store.edit_patient(&order(), &before, &details).await.unwrap();
    assert_eq!(after, Patient { details, ..before.clone() });
    let trail = desk.rows("SELECT actor, detail FROM audit_log WHERE action = 'patient.edit'").await;
    assert_eq!(trail.len(), 1);
    let detail: serde_json::Value = serde_json::from_str(trail[0].split_once('|').unwrap().1).unwrap();
    for (field, stood, stands) in [
        ("name", "Ana Ruiz", "Ana Ruiz Vega"),
        ("phone", before.details.phone.as_str(), "+34911234567"),
        ("date_of_birth", "1980-04-02", "1980-04-03"),
    ] {
        assert_eq!((&detail["before"][field], &detail["after"][field]), (&stood.into(), &stands.into()));
    }
    assert_eq!(
        (&detail["before"]["address"], &detail["after"]["address"]),
        (&().into(), &"Calle Mayor 1".into())
    );
    let same = desk.store.edit_patient(&order(), &after, &after.details.clone()).await.unwrap();
    assert_eq!(same, after, "an edit that changes nothing");
}

async fn an_edit_of_what_somebody_else_changed_is_refused(desk: &Desk<'_>) {
    let read = desk.patient("Ana Ruiz").await;
    let theirs = PatientDetails { phone: "+34911234567".into(), ..read.details.clone() };
    let theirs = desk.store.edit_patient(&order(), &read, &theirs).await.unwrap();
    let ours = PatientDetails { name: "Ana Vega".into(), ..read.details.clone() };
    let refused = error(desk.store.edit_patient(&order(), &read, &ours).await);
    assert!(matches!(refused, StoreError::Changed { what: "patient", id } if id == read.id.0), "{refused:?}");
    assert_eq!(desk.store.patient(read.id).await.unwrap(), Some(theirs));
    assert!(desk.find("vega").await.is_empty());
    let gone = Patient { id: PatientId(4_000_001), ..read };
    let refused = error(desk.store.edit_patient(&order(), &gone, &ours).await);
    assert!(matches!(refused, StoreError::Missing { what: "patient", id: 4_000_001 }), "{refused:?}");
}

async fn the_same_key_registers_once(desk: &Desk<'_>) {
    let details = patient_details("Ana Ruiz", 1);
    let order = order_of("p");
    let register = || desk.store.register_patient(&order, &details);
    // At once, as after a connection that broke while the server was still at it; and later.
    let (a, b, c) = tokio::join!(register(), register(), register());
    let first = a.unwrap();
    assert_eq!((&b.unwrap(), &c.unwrap()), (&first, &first));
    assert_eq!(register().await.unwrap(), first);
    let edited = PatientDetails { name: "Ana Vega".into(), ..details.clone() };
    let edit = || async { desk.store.edit_patient(&order_of("e"), &first, &edited).await.unwrap() };
    assert_eq!(edit().await, edit().await);
    assert_eq!((desk.count("patients").await, desk.count("audit_log").await), (1, 2));
    let doctor = doctor_details("Dr. Lee", 1);
    let order = order_of("d");
    let add = || desk.store.save_doctor(&order, None, &doctor, true);
    let (a, b, c) = tokio::join!(add(), add(), add());
    let first = a.unwrap();
    assert_eq!((&b.unwrap(), &c.unwrap()), (&first, &first));
    assert_eq!(desk.count("doctors").await, 1);
}

/// A hundred characters may be far more letters when they are folded for the look-up.
async fn a_name_of_letters_that_grow_is_kept(desk: &Desk<'_>) {
    for name in ["ß".repeat(100), "щ".repeat(100), "北".repeat(100)] {
        let patient = desk.patient(&name).await;
        assert_eq!(patient.details.name, name);
        let start: String = name.chars().take(3).collect();
        assert_eq!(desk.find(&start).await, [name.as_str()]);
        let renamed = PatientDetails { name: format!("Ana {}", &start), ..patient.details.clone() };
        desk.store.edit_patient(&order(), &patient, &renamed).await.unwrap();
    }
}

async fn doctors_stand_as_written(desk: &Desk<'_>) {
    let mut details = doctor_details("Dr. Łukasz Ørsted", 1);
    details.default_minutes = Some(20);
    let doctor = desk.store.save_doctor(&order(), None, &details, true).await.unwrap();
    assert_eq!((&doctor.details, doctor.is_active, doctor.default_minutes()), (&details, true, 20));
    assert_eq!(desk.store.doctor(doctor.id).await.unwrap(), Some(doctor.clone()));
    details.default_minutes = None;
    details.specialization = "GP".into();
    let edited = desk.store.save_doctor(&order(), Some(&doctor), &details, false).await.unwrap();
    assert_eq!((&edited.details, edited.is_active, edited.default_minutes()), (&details, false, 60));
    assert_eq!(desk.store.doctors().await.unwrap(), [edited], "also those who left");
    let trail =
        desk.rows("SELECT action, record_id FROM audit_log WHERE record = 'doctors' ORDER BY id").await;
    assert_eq!(trail, [format!("doctor.add|{}", doctor.id), format!("doctor.edit|{}", doctor.id)]);
    let nobody = Doctor { id: DoctorId(4_000_001), ..doctor };
    let missing = error(desk.store.save_doctor(&order(), Some(&nobody), &details, true).await);
    assert!(matches!(missing, StoreError::Missing { what: "doctor", id: 4_000_001 }), "{missing:?}");
    // One whose flag an older program left out is there.
    desk.sql(
        "INSERT INTO doctors (name, email, phone, specialization, license_number, is_active) \
         VALUES ('Dr. A', 'a@example.org', '555-0101', 'GP', 'X', NULL)",
    )
    .await;
    assert!(desk.store.doctors().await.unwrap()[0].is_active);
}

async fn an_edit_of_a_doctor_whom_somebody_else_changed_is_refused(desk: &Desk<'_>) {
    let lee = desk.doctor_without_hours("Dr. Lee").await;
    let read = desk.store.doctor(lee).await.unwrap().unwrap();
    let with = |phone: &str, specialization: &str| DoctorDetails {
        phone: phone.into(),
        specialization: specialization.into(),
        ..read.details.clone()
    };
    let (theirs, ours) = (with("+34911234567", "Cardiology"), with("+49301234567", "GP"));
    let (one, other) = (order(), order());
    let save = |order, details, is_active| desk.store.save_doctor(order, Some(&read), details, is_active);
    let saved = tokio::join!(save(&one, &theirs, true), save(&other, &ours, true));
    let (stands, refused) = match saved {
        (Ok(stands), Err(refused)) | (Err(refused), Ok(stands)) => (stands, refused),
        both => panic!("one of them stands: {both:?}"),
    };
    assert!(matches!(refused, StoreError::Changed { what: "doctor", id } if id == lee.0), "{refused:?}");
    assert_eq!(desk.store.doctor(lee).await.unwrap(), Some(stands.clone()));
    // Whether they see patients is part of it, and the very same request is no other's change.
    let refused = error(save(&order(), &read.details, false).await);
    assert!(matches!(refused, StoreError::Changed { .. }), "{refused:?}");
    let leave = order();
    let left = desk.store.save_doctor(&leave, Some(&stands), &stands.details, false).await.unwrap();
    assert_eq!(desk.store.save_doctor(&leave, Some(&stands), &stands.details, false).await.unwrap(), left);
    let refused = error(desk.store.save_doctor(&order(), Some(&stands), &stands.details, true).await);
    assert!(matches!(refused, StoreError::Changed { .. }), "{refused:?}");
}

async fn a_doctors_email_and_licence_are_their_own(desk: &Desk<'_>) {
    let lee = desk.doctor_without_hours("Dr. Lee").await;
    let lee = desk.store.doctor(lee).await.unwrap().unwrap();
    let mut other = doctor_details("Dr. Silva", 50);
    other.license_number.clone_from(&lee.details.license_number);
    let taken = error(desk.store.save_doctor(&order(), None, &other, true).await);
    assert!(matches!(taken, StoreError::Duplicate { field: "license_number" }), "{taken:?}");
    let mut other = doctor_details("Dr. Silva", 50);
    other.email = lee.details.email.to_uppercase();
    let taken = error(desk.store.save_doctor(&order(), None, &other, true).await);
    assert!(matches!(taken, StoreError::Duplicate { field: "email" }), "{taken:?}");
    assert_eq!(desk.count("doctors").await, 1);
}
