//! What was typed at a desk that ended by itself.

use chrono::TimeDelta;
use frontdesk::domain::appointment::Actor;
use frontdesk::domain::draft::Draft;
use frontdesk::domain::ids::PatientId;
use frontdesk::store::StoreError;
use frontdesk::store::sql::drafts::Kept;

use super::reading::carelessly;

use crate::support::{Backend, Desk, error, now, on_every_database};

on_every_database!(at_a_desk:
    a_draft_is_handed_out_once_and_to_its_actor,
    a_draft_whose_patient_cannot_be_read_stays,
    a_draft_that_is_old_or_of_another_program_is_of_no_use,
);

fn actor(name: &str) -> Actor {
    Actor { name: name.to_owned() }
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

async fn a_draft_is_handed_out_once_and_to_its_actor(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let (ana, ben) = (actor("ana@desk"), actor("Ana@desk"));
    assert_eq!(desk.store.take_draft(&ana, now()).await.unwrap(), None);
    let chosen = Draft { patient_id: Some(john), doctor_id: Some(lee), ..draft("John Smith") };
    desk.store.keep_draft(&ana, &draft("jo"), now()).await.unwrap();
    desk.store.keep_draft(&ana, &chosen, now()).await.unwrap();
    desk.store
        .keep_draft(&ana, &Draft { patient_id: Some(PatientId(0)), ..draft("x") }, now())
        .await
        .unwrap();
    assert_eq!(desk.store.take_draft(&ben, now()).await.unwrap(), None, "of another actor");
    let gone = desk.store.take_draft(&ana, now()).await.unwrap().unwrap();
    assert_eq!(gone.patient, None, "a patient who is gone");
    let taken = desk.store.take_draft(&ana, now()).await.unwrap().unwrap();
    assert_eq!(taken.patient.map(|patient| patient.id), Some(john));
    assert_eq!(taken.draft, chosen, "the last one first");
    // Two desks of one account that start at the same time.
    let other = desk.place.store();
    let both = tokio::join!(desk.store.take_draft(&ana, now()), other.take_draft(&ana, now()));
    let taken: Vec<_> = [both.0.unwrap(), both.1.unwrap()].into_iter().flatten().collect();
    assert_eq!(taken, [Kept { draft: draft("jo"), patient: None }]);
    other.close().await;
}

async fn a_draft_whose_patient_cannot_be_read_stays(desk: &Desk<'_>) {
    let john = desk.patient("John Smith").await.id;
    let ana = actor("ana@desk");
    let kept = Draft { patient_id: Some(john), ..draft("John Smith") };
    desk.store.keep_draft(&ana, &kept, now()).await.unwrap();
    let zero = if desk.place.backend == Backend::Sqlite { "soon" } else { "0000-00-00" };
    carelessly(desk, &format!("UPDATE patients SET date_of_birth = '{zero}' WHERE id = {john}")).await;
    assert!(matches!(error(desk.store.take_draft(&ana, now()).await), StoreError::Unreadable { .. }));
    carelessly(desk, &format!("UPDATE patients SET date_of_birth = '1980-04-02' WHERE id = {john}")).await;
    assert_eq!(desk.store.take_draft(&ana, now()).await.unwrap().map(|taken| taken.draft), Some(kept));
}

async fn a_draft_that_is_old_or_of_another_program_is_of_no_use(desk: &Desk<'_>) {
    let ana = actor("ana@desk");
    for (who, days) in [("ana@desk", 8), ("gone@desk", 8), ("ana@desk", 6)] {
        let text = if days == 8 { "old" } else { "ann" };
        let then = now() - TimeDelta::days(days);
        desk.store.keep_draft(&actor(who), &draft(text), then).await.unwrap();
    }
    desk.sql("INSERT INTO drafts (actor, body, kept_at) VALUES ('ana@desk', '{\"kind\": 7}', '2026-12-01 08:00:00')").await;
    assert_eq!(desk.store.take_draft(&ana, now()).await.unwrap(), None);
    let taken = desk.store.take_draft(&ana, now()).await.unwrap().unwrap();
    assert_eq!(taken.draft.patient, "ann");
    assert_eq!(desk.count("drafts").await, 0, "nor is another's that is old");
}
