//! What was typed at a desk that ended by itself.

use chrono::TimeDelta;
use frontdesk::domain::draft::{BookingDraft, Draft, MovingDraft, NotesDraft, RecordDraft};
use frontdesk::domain::ids::PatientId;
use frontdesk::domain::ids::StaffId;
use frontdesk::domain::patient::PatientForm;
use frontdesk::domain::staff::{Identity, Role};
use frontdesk::store::Store;
use frontdesk::store::sql::conn::Stmt;
use frontdesk::store::sql::drafts::Kept;

use super::reading::carelessly;

use crate::support::{Backend, Desk, now, on_every_database, on_every_server, somebody};

on_every_database!(at_a_desk:
    drafts_are_handed_out_once_and_to_whom_they_are_of,
    every_kind_of_draft_comes_back_with_what_it_is_of,
    a_draft_whose_patient_cannot_be_read_stays_and_keeps_no_other,
    a_draft_that_is_old_or_of_another_program_is_of_no_use,
    what_somebody_may_not_go_on_with_waits_until_they_may,
    a_draft_that_is_kept_twice_is_kept_once,
    desks_that_end_at_once_keep_what_was_typed_at_each,
);
on_every_server!(at_a_desk: a_draft_waits_for_no_other);

/// The store as another member of staff works on it, who may be called the same.
fn of(store: &Store, staff: i32) -> Store {
    store.clone().acting(Identity { staff_id: StaffId(staff), ..somebody("ana@desk") })
}

fn booking(patient: &str) -> BookingDraft {
    BookingDraft {
        patient: patient.to_owned(),
        date: "+3".into(),
        time: "9".into(),
        notes: "Ελένη\nsays \"|,'".into(),
        reason: Some(String::new()),
        ..BookingDraft::default()
    }
}

fn draft(patient: &str) -> Draft {
    Draft::Booking(booking(patient))
}

fn of_nobody(draft: Draft) -> Kept {
    Kept { draft, patient: None, visit: None }
}

async fn taken(store: &Store) -> Vec<Draft> {
    store.take_drafts(now()).await.unwrap().into_iter().map(|kept| kept.draft).collect()
}

async fn drafts_are_handed_out_once_and_to_whom_they_are_of(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let ben = of(&desk.store, 2);
    assert_eq!(desk.store.take_drafts(now()).await.unwrap(), []);
    let chosen =
        Draft::Booking(BookingDraft { patient_id: Some(john), doctor_id: Some(lee), ..booking("John") });
    let gone = Draft::Booking(BookingDraft { patient_id: Some(PatientId(0)), ..booking("x") });
    for draft in [&draft("jo"), &chosen, &gone] {
        desk.store.keep_draft(draft, now()).await.unwrap();
    }
    assert_eq!(ben.take_drafts(now()).await.unwrap(), [], "of somebody else");
    let kept = desk.store.take_drafts(now()).await.unwrap();
    assert_eq!(kept[0], of_nobody(gone), "a patient who is gone");
    assert_eq!(kept[1].patient.as_ref().map(|patient| patient.id), Some(john));
    assert_eq!((&kept[1].draft, &kept[2]), (&chosen, &of_nobody(draft("jo"))), "the last one first");
    // Two desks of one person that start at the same time.
    desk.store.keep_draft(&draft("jo"), now()).await.unwrap();
    let other = desk.place.store();
    let both = tokio::join!(desk.store.take_drafts(now()), other.take_drafts(now()));
    assert_eq!([both.0.unwrap(), both.1.unwrap()].concat(), [of_nobody(draft("jo"))]);
    other.close().await;
}

async fn every_kind_of_draft_comes_back_with_what_it_is_of(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let visit = desk.booked(lee, john, "2026-12-07T09:00", 30).await.visit.id;
    let typed = PatientForm { name: "John Smyth".into(), ..PatientForm::default() };
    let drafts = [
        Draft::Moving(MovingDraft {
            moving: visit,
            doctor_id: Some(lee),
            doctor: "lee".into(),
            date: "+1".into(),
            time: "25:00".into(),
            length: "30".into(),
            reason: Some("agreed".into()),
        }),
        Draft::Notes(NotesDraft { notes_of: visit, notes: "a\nb".into(), instead_of: Some("c".into()) }),
        Draft::Record(RecordDraft { record_of: Some(john), typed: typed.clone(), before: Some(typed) }),
    ];
    for draft in &drafts {
        desk.store.keep_draft(draft, now()).await.unwrap();
    }
    let kept = desk.store.take_drafts(now()).await.unwrap();
    let of = |kept: &Kept| {
        let patient = kept.patient.as_ref().map(|patient| patient.id);
        (patient, kept.visit.as_ref().map(|appointment| appointment.visit.id))
    };
    assert_eq!(
        kept.iter().map(of).collect::<Vec<_>>(),
        [(Some(john), None), (None, Some(visit)), (None, Some(visit))]
    );
    assert!(kept.iter().rev().map(|kept| &kept.draft).eq(&drafts));
}

async fn a_draft_whose_patient_cannot_be_read_stays_and_keeps_no_other(desk: &Desk<'_>) {
    let john = desk.patient("John Smith").await.id;
    let kept = Draft::Booking(BookingDraft { patient_id: Some(john), ..booking("John Smith") });
    desk.store.keep_draft(&kept, now()).await.unwrap();
    desk.store.keep_draft(&draft("ann"), now()).await.unwrap();
    let zero = if desk.place.backend == Backend::Sqlite { "soon" } else { "0000-00-00" };
    carelessly(desk, &format!("UPDATE patients SET date_of_birth = '{zero}' WHERE id = {john}")).await;
    assert_eq!(taken(&desk.store).await, [draft("ann")]);
    carelessly(desk, &format!("UPDATE patients SET date_of_birth = '1980-04-02' WHERE id = {john}")).await;
    assert_eq!(taken(&desk.store).await, [kept]);
}

async fn a_draft_that_is_old_or_of_another_program_is_of_no_use(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let visit = desk.booked(lee, john, "2026-12-07T09:00", 30).await.visit.id;
    for (who, days) in [(1, 8), (2, 8), (1, 6)] {
        let text = if days == 8 { "old" } else { "ann" };
        let then = now() - TimeDelta::days(days);
        of(&desk.store, who).keep_draft(&draft(text), then).await.unwrap();
    }
    let notes = Draft::Notes(NotesDraft { notes_of: visit, notes: "old".into(), instead_of: None });
    of(&desk.store, 2).keep_draft(&notes, now() - TimeDelta::days(8)).await.unwrap();
    desk.sql("INSERT INTO drafts (actor, body, kept_at) VALUES ('staff #1', '{\"kind\": 7}', '2026-12-01 08:00:00')").await;
    assert_eq!(taken(&desk.store).await, [draft("ann")]);
    assert_eq!(desk.count("drafts").await, 0, "nor is another's that is old");
    // Whose record it was about is on the trail, also by the visit that it was of.
    let dropped = "SELECT patient_id, detail FROM audit_log WHERE action = 'draft.drop' AND patient_id > 0";
    assert_eq!(desk.rows(dropped).await, [format!(r#"{john}|{{"why":"older than a week"}}"#)]);
}

/// A role that was taken away for a while takes nothing away that was typed.
async fn what_somebody_may_not_go_on_with_waits_until_they_may(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let silva = desk.doctor("Dr. Silva").await;
    let mine = desk.booked(lee, john, "2026-12-07T09:00", 30).await.visit.id;
    let hers = desk.booked(silva, ana, "2026-12-07T09:00", 30).await.visit.id;
    let notes =
        |of, text: &str| Draft::Notes(NotesDraft { notes_of: of, notes: text.into(), instead_of: None });
    let typed = PatientForm { name: "John Smyth".into(), ..PatientForm::default() };
    let record = Draft::Record(RecordDraft { record_of: Some(john), typed: typed.clone(), before: None });
    let new = Draft::Record(RecordDraft { record_of: None, typed, before: None });
    let mut drafts = vec![notes(mine, "mine"), draft("jo"), notes(hers, "hers"), record, new];
    // More of them than are handed out at once keep nothing back.
    drafts.extend((0..9).map(|n| notes(hers, &format!("hers {n}"))));
    for draft in &drafts {
        desk.store.keep_draft(draft, now()).await.unwrap();
    }
    let doctor = Identity { role: Role::Doctor, doctor_id: Some(lee), ..somebody("ana@desk1") };
    desk.employ(&doctor).await;
    let there = desk.store.clone().acting(doctor);
    assert_eq!(taken(&there).await, [draft("jo"), notes(mine, "mine")]);
    assert_eq!(desk.count("drafts").await, drafts.len() - 2, "the others wait");
    there.write_notes().await.unwrap();
    assert_eq!(desk.count("audit_log WHERE action = 'refused'").await, 0, "nobody asked");
    desk.employ(&somebody("ana@desk1")).await;
    let mut came = taken(&desk.store).await;
    came.extend(taken(&desk.store).await);
    assert_eq!(came.len(), drafts.len() - 2);
    assert!(came.contains(&drafts[2]) && came.contains(&drafts[3]) && came.contains(&drafts[4]));
    // Where it cannot be told whether they may, it is no refusal: it stays as well.
    let there = desk.store.clone().acting(Identity {
        role: Role::Doctor,
        doctor_id: Some(lee),
        ..somebody("ana@desk1")
    });
    desk.store.keep_draft(&notes(mine, "mine"), now()).await.unwrap();
    desk.sql("UPDATE staff SET is_active = FALSE WHERE id = 1").await;
    assert_eq!(taken(&there).await, []);
    desk.sql("UPDATE staff SET is_active = TRUE WHERE id = 1").await;
    // And of a visit that is gone there is nothing left to do.
    desk.sql(&format!("DELETE FROM appointments WHERE id = {mine}")).await;
    assert_eq!(taken(&desk.store).await, []);
    assert_eq!(desk.count("drafts").await, 0);
}

/// As where the answer to the first time was lost. Letters are told apart as they were typed.
async fn a_draft_that_is_kept_twice_is_kept_once(desk: &Desk<'_>) {
    for text in ["jo", "jo", "Jo"] {
        desk.store.keep_draft(&draft(text), now()).await.unwrap();
    }
    assert_eq!(taken(&desk.store).await, [draft("Jo"), draft("jo")]);
}

async fn desks_that_end_at_once_keep_what_was_typed_at_each(desk: &Desk<'_>) {
    // Those of last week are in nobody's way, and are thrown away once.
    for n in 0..4 {
        of(&desk.store, 9).keep_draft(&draft(&format!("old {n}")), now() - TimeDelta::days(8)).await.unwrap();
    }
    let desks = [(); 6].map(|()| desk.place.store());
    let mut all = tokio::task::JoinSet::new();
    for (n, store) in desks.iter().enumerate() {
        let store = of(store, i32::try_from(n).unwrap() + 1);
        all.spawn(async move {
            for text in ["one", "two", "three"] {
                store.keep_draft(&draft(text), now()).await.unwrap();
            }
        });
    }
    all.join_all().await;
    assert_eq!(desk.count("drafts").await, 18);
    assert_eq!(desk.count("audit_log WHERE action = 'draft.drop'").await, 4);
    for store in desks {
        store.close().await;
    }
}

/// What another desk is keeping at this moment holds nothing that it needs.
async fn a_draft_waits_for_no_other(desk: &Desk<'_>) {
    let mut other = desk.place.db().acquire().await.unwrap();
    other.begin().await.unwrap();
    let stmt = "INSERT INTO drafts (actor, body, kept_at) VALUES ('staff #7', '{}', '2026-11-20 08:00:00')";
    other.run(Stmt::new(stmt)).await.unwrap();
    let patience = std::time::Duration::from_secs(3);
    let first = draft("jo");
    let keep = desk.store.keep_draft(&first, now());
    tokio::time::timeout(patience, keep).await.expect("it waits for another's").unwrap();
    let take = tokio::time::timeout(patience, taken(&desk.store)).await;
    assert_eq!(take.expect("it waits for another's"), [first]);
    other.commit().await.unwrap();
}
