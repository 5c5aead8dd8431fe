//! What was typed at a desk that ended by itself.

use chrono::TimeDelta;
use frontdesk::domain::draft::Draft;
use frontdesk::domain::ids::PatientId;
use frontdesk::domain::ids::StaffId;
use frontdesk::domain::staff::Identity;
use frontdesk::store::sql::drafts::Kept;
use frontdesk::store::{Store, StoreError};

use super::reading::carelessly;

use crate::support::{Backend, Desk, error, now, on_every_database, somebody};

on_every_database!(at_a_desk:
    a_draft_is_handed_out_once_and_to_whom_it_is_of,
    a_draft_whose_patient_cannot_be_read_stays,
    a_draft_that_is_old_or_of_another_program_is_of_no_use,
);

/// The store as another member of staff works on it, who may be called the same.
fn of(store: &Store, staff: i32) -> Store {
    store.clone().acting(Identity { staff_id: StaffId(staff), ..somebody("ana@desk") })
}

fn draft(patient: &str) -> Draft {
    Draft {
        patient: patient.to_owned(),
        date: "+3".into(),
        time: "9".into(),
        notes: "Ελένη\nsays \"|,'".into(),
        reason: Some(String::new()),
        ..Draft::default()
    }
}

async fn a_draft_is_handed_out_once_and_to_whom_it_is_of(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let ben = of(&desk.store, 2);
    assert_eq!(desk.store.take_draft(now()).await.unwrap(), None);
    let chosen = Draft { patient_id: Some(john), doctor_id: Some(lee), ..draft("John Smith") };
    desk.store.keep_draft(&draft("jo"), now()).await.unwrap();
    desk.store.keep_draft(&chosen, now()).await.unwrap();
    desk.store.keep_draft(&Draft { patient_id: Some(PatientId(0)), ..draft("x") }, now()).await.unwrap();
    assert_eq!(ben.take_draft(now()).await.unwrap(), None, "of somebody else");
    let gone = desk.store.take_draft(now()).await.unwrap().unwrap();
    assert_eq!(gone.patient, None, "a patient who is gone");
    let taken = desk.store.take_draft(now()).await.unwrap().unwrap();
    assert_eq!(taken.patient.map(|patient| patient.id), Some(john));
    assert_eq!(taken.draft, chosen, "the last one first");
    // Two desks of one person that start at the same time.
    let other = desk.place.store();
    let both = tokio::join!(desk.store.take_draft(now()), other.take_draft(now()));
    let taken: Vec<_> = [both.0.unwrap(), both.1.unwrap()].into_iter().flatten().collect();
    assert_eq!(taken, [Kept { draft: draft("jo"), patient: None }]);
    other.close().await;
}

async fn a_draft_whose_patient_cannot_be_read_stays(desk: &Desk<'_>) {
    let john = desk.patient("John Smith").await.id;
    let kept = Draft { patient_id: Some(john), ..draft("John Smith") };
    desk.store.keep_draft(&kept, now()).await.unwrap();
    let zero = if desk.place.backend == Backend::Sqlite { "soon" } else { "0000-00-00" };
    carelessly(desk, &format!("UPDATE patients SET date_of_birth = '{zero}' WHERE id = {john}")).await;
    assert!(matches!(error(desk.store.take_draft(now()).await), StoreError::Unreadable { .. }));
    carelessly(desk, &format!("UPDATE patients SET date_of_birth = '1980-04-02' WHERE id = {john}")).await;
    assert_eq!(desk.store.take_draft(now()).await.unwrap().map(|taken| taken.draft), Some(kept));
}

async fn a_draft_that_is_old_or_of_another_program_is_of_no_use(desk: &Desk<'_>) {
    for (who, days) in [(1, 8), (2, 8), (1, 6)] {
        let text = if days == 8 { "old" } else { "ann" };
        let then = now() - TimeDelta::days(days);
        of(&desk.store, who).keep_draft(&draft(text), then).await.unwrap();
    }
    desk.sql("INSERT INTO drafts (actor, body, kept_at) VALUES ('staff #1', '{\"kind\": 7}', '2026-12-01 08:00:00')").await;
    assert_eq!(desk.store.take_draft(now()).await.unwrap(), None);
    let taken = desk.store.take_draft(now()).await.unwrap().unwrap();
    assert_eq!(taken.draft.patient, "ann");
    assert_eq!(desk.count("drafts").await, 0, "nor is another's that is old");
}
