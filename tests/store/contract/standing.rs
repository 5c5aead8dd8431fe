//! Who is still who they were: what a write asks inside its transaction, and what a desk asks as it stands.

use frontdesk::domain::booking::Intent;
use frontdesk::domain::ids::{DoctorId, PatientId};
use frontdesk::domain::permission::Deed;
use frontdesk::domain::schedule::Recurrence;
use frontdesk::domain::staff::{Identity, Role};
use frontdesk::store::sql::conn::Stmt;
use frontdesk::store::sql::sign_in::{SignIn, Standing};
use frontdesk::store::sql::staff::NewPassword;
use frontdesk::store::{Result, Store, StoreError, password};
use secrecy::SecretString;

use super::roles::{DATE, World};
use super::staff::details;
use crate::support::{
    Backend, Desk, book, clinic, day, doctor_details, done, error, now, on_every_database, order, order_of,
    origin, patient_details,
};

on_every_database!(at_a_desk:
    whoever_was_deactivated_a_moment_ago_writes_nothing,
    a_role_that_was_taken_a_moment_ago_lets_nothing_through,
    whoever_was_renamed_books_by_their_new_name,
    a_password_that_is_set_closes_the_desks_that_are_open_by_the_one_before,
    a_password_that_was_set_since_is_not_written_over,
    a_hash_that_is_made_anew_closes_no_desk,
    whoever_cannot_be_read_is_out,
    a_password_that_was_set_after_ones_own_is_not_taken_for_it,
    a_record_is_judged_anew_as_it_is_opened,
);
on_every_database!(at_a_new_desk: what_a_write_found_out_is_said_once_there_is_an_answer);

const RIGHT: &str = "a kettle under the northern stairs";

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

async fn hash(text: &str) -> SecretString {
    secret(&password::hash(secret(text)).await.unwrap())
}

/// A desk of its own, at which somebody signed in.
async fn signed_in(desk: &Desk<'_>, name: &str, word: &str) -> Store {
    let door = Store::open(&desk.place.location, origin()).unwrap().in_zone(clinic().zone);
    match door.sign_in(&format!("{name}@example.org"), secret(word)).await.unwrap() {
        SignIn::Welcome { identity, .. } => door.acting(identity),
        refused => panic!("refused: {refused:?}"),
    }
}

/// Somebody of a role who signs in by [`RIGHT`].
async fn member(world: &World<'_>, name: &str, role: Role) {
    let new = NewPassword { hash: hash(RIGHT).await, must_change: false };
    world.admin.save_staff(&order(), None, &details(name, role), true, Some(&new)).await.unwrap();
}

/// Everything that somebody writes, and what leaves a row because it was read.
async fn writes(world: &World<'_>, store: &Store) -> Vec<(&'static str, Result<()>)> {
    let (doctor, patient): (DoctorId, PatientId) = world.sides[0];
    let times = ("09:00".parse().unwrap(), "10:00".parse().unwrap());
    let date = Recurrence::Exception(day("2028-01-03"));
    let kept = world.admin.patient(patient).await.unwrap().unwrap();
    let mut other = kept.details.clone();
    other.phone = "+49 30 7654321".into();
    let carried = store.carry_out(&order(), &book(doctor, patient, &world.free(), 15), None).await;
    let hash = hash("a kettle under the western stairs").await;
    vec![
        ("carry_out", carried.map(drop)),
        (
            "register_patient",
            store.register_patient(&order(), &patient_details("Eve", 9_100)).await.map(drop),
        ),
        ("edit_patient", store.edit_patient(&order(), &kept, &other).await.map(drop)),
        (
            "save_doctor",
            store.save_doctor(&order(), None, &doctor_details("Dr. X", 91), true).await.map(drop),
        ),
        ("add_hours", store.add_hours(&order(), doctor, date, times, day(DATE)).await.map(drop)),
        ("set_clinic", store.set_clinic(&order(), &clinic()).await),
        ("set_max_idle_lock", store.set_max_idle_lock(&order(), 3).await),
        (
            "save_staff",
            store.save_staff(&order(), None, &details("Eve", Role::Doctor), true, None).await.map(drop),
        ),
        ("patient", store.patient(patient).await.map(drop)),
        ("change_password", store.change_password(&order(), hash).await),
    ]
}

async fn whoever_was_deactivated_a_moment_ago_writes_nothing(desk: &Desk<'_>) {
    let world = World::of(desk).await;
    member(&world, "Ben", Role::Administrator).await;
    let count = writes(&world, &signed_in(desk, "ben", RIGHT).await).await.len();
    desk.sql("UPDATE staff SET is_active = TRUE WHERE name = 'Ben'").await;
    let word = "a kettle under the western stairs";
    for n in 0..count {
        // Each by a desk that knows of nothing yet.
        let there = signed_in(desk, "ben", word).await;
        desk.sql("UPDATE staff SET is_active = FALSE WHERE name = 'Ben'").await;
        let before = world.kept().await;
        let rows = desk.count("audit_log WHERE action <> 'record.open'").await;
        let (call, outcome) = writes(&world, &there).await.swap_remove(n);
        assert!(matches!(outcome, Err(StoreError::NotSignedIn(Some(_)))), "{call}: {outcome:?}");
        assert_eq!(world.kept().await, before, "{call}");
        assert_eq!(desk.count("audit_log WHERE action <> 'record.open'").await, rows, "{call}");
        assert!(matches!(there.standing().await.unwrap(), Standing::Out(_)), "{call}");
        there.close().await;
        desk.sql("UPDATE staff SET is_active = TRUE WHERE name = 'Ben'").await;
    }
    // A booking that was done is said to be, whatever became of whoever asked.
    let there = signed_in(desk, "ben", word).await;
    let (doctor, patient) = world.sides[0];
    let visit = book(doctor, patient, &world.free(), 15);
    done(there.carry_out(&order_of("once"), &visit, None).await.unwrap());
    desk.sql("UPDATE staff SET is_active = FALSE WHERE name = 'Ben'").await;
    done(there.carry_out(&order_of("once"), &visit, None).await.unwrap());
    there.close().await;
}

async fn a_role_that_was_taken_a_moment_ago_lets_nothing_through(desk: &Desk<'_>) {
    let world = World::of(desk).await;
    let (doctor, patient) = world.sides[0];
    let (colleague, _) = world.sides[1];
    let taken = [
        ("role = 'receptionist'", Deed::ManageDoctors),
        ("may_overbook = FALSE", Deed::Overbook),
        ("role = 'doctor'", Deed::Book),
    ];
    for (set, deed) in taken {
        let who = Identity {
            doctor_id: Some(doctor),
            may_overbook: true,
            ..world.somebody(Role::Administrator, true, true).await
        };
        desk.employ(&who).await;
        let there = desk.store.clone().acting(who.clone());
        desk.sql(&format!("UPDATE staff SET {set} WHERE id = {}", who.staff_id)).await;
        let before = world.kept().await;
        let at = world.free();
        let no = match deed {
            Deed::ManageDoctors => {
                error(there.save_doctor(&order(), None, &doctor_details("Dr. X", 92), true).await)
            }
            Deed::Overbook => {
                error(there.carry_out(&order(), &book(doctor, patient, &at, 15), Some("x")).await)
            }
            _ => error(there.carry_out(&order(), &book(colleague, patient, &at, 15), None).await),
        };
        assert!(matches!(no, StoreError::Forbidden(of) if of.deed == deed), "{set}: {no:?}");
        assert_eq!(world.kept().await, before, "{set}");
        // Their desk learns of it, and goes on as who they are now.
        assert!(matches!(there.standing().await.unwrap(), Standing::Changed(_)), "{set}");
        assert_eq!(there.standing().await.unwrap(), Standing::Same, "{set}");
        done(there.carry_out(&order(), &book(doctor, patient, &at, 15), None).await.unwrap());
        desk.sql(&format!("DELETE FROM staff WHERE id = {}", who.staff_id)).await;
    }
}

async fn whoever_was_renamed_books_by_their_new_name(desk: &Desk<'_>) {
    let world = World::of(desk).await;
    let (doctor, patient) = world.sides[0];
    let who = world.somebody(Role::Receptionist, false, false).await;
    let there = desk.store.clone().acting(who.clone());
    desk.sql(&format!("UPDATE staff SET name = 'Zoë' WHERE id = {}", who.staff_id)).await;
    let visit =
        done(there.carry_out(&order(), &book(doctor, patient, &world.free(), 15), None).await.unwrap());
    assert_eq!(visit.booked_by.as_deref(), Some("Zoë"));
    let actor = format!(
        "SELECT actor FROM audit_log WHERE action = 'appointment.book' AND record_id = {}",
        visit.visit.id
    );
    assert_eq!(desk.rows(&actor).await, ["Zoë"]);
}

async fn a_password_that_is_set_closes_the_desks_that_are_open_by_the_one_before(desk: &Desk<'_>) {
    let world = World::of(desk).await;
    member(&world, "Ben", Role::Receptionist).await;
    let (doctor, patient) = world.sides[0];
    let (here, there) = (signed_in(desk, "ben", RIGHT).await, signed_in(desk, "ben", RIGHT).await);
    let ben = here.identity().unwrap().staff_id;
    // By an administrator: every desk.
    let new = NewPassword { hash: hash("one that was made up").await, must_change: true };
    world.admin.reset_password(&order(), ben, Some(&new)).await.unwrap();
    let before = world.kept().await;
    let no = error(here.carry_out(&order(), &book(doctor, patient, &world.free(), 15), None).await);
    assert!(matches!(no, StoreError::NotSignedIn(Some(why)) if why.contains("password")), "{no:?}");
    assert_eq!(world.kept().await, before);
    for store in [&here, &there] {
        assert!(matches!(store.standing().await.unwrap(), Standing::Out(why) if why.contains("password")));
    }
    // By themselves: every desk but this one. To let them try again closes none.
    let (here, there) = (
        signed_in(desk, "ben", "one that was made up").await,
        signed_in(desk, "ben", "one that was made up").await,
    );
    world.admin.reset_password(&order(), ben, None).await.unwrap();
    let key = order();
    let chosen = hash("one that they chose").await;
    here.change_password(&key, chosen.clone()).await.unwrap();
    // Asked again, as where the answer was lost.
    here.change_password(&key, chosen).await.unwrap();
    assert_eq!(here.standing().await.unwrap(), Standing::Same);
    // Whom the desk becomes once it was changed at its door.
    let again = here.clone().acting(here.identity().unwrap());
    assert_eq!(again.standing().await.unwrap(), Standing::Same);
    done(again.carry_out(&order(), &book(doctor, patient, &world.free(), 15), None).await.unwrap());
    assert!(matches!(there.standing().await.unwrap(), Standing::Out(_)));
    assert!(!desk.rows("SELECT detail FROM audit_log").await.iter().any(|row| row.contains("argon2")));
}

async fn a_password_that_was_set_since_is_not_written_over(desk: &Desk<'_>) {
    let world = World::of(desk).await;
    member(&world, "Ben", Role::Receptionist).await;
    let here = signed_in(desk, "ben", RIGHT).await;
    let kept = "SELECT password_hash, must_change_password FROM staff WHERE name = 'Ben'";
    let new = NewPassword { hash: hash("one that was made up").await, must_change: true };
    world.admin.reset_password(&order(), here.identity().unwrap().staff_id, Some(&new)).await.unwrap();
    let stands = desk.rows(kept).await;
    let no = error(here.change_password(&order(), hash("one that they chose").await).await);
    assert!(matches!(no, StoreError::NotSignedIn(Some(_))), "{no:?}");
    assert_eq!(desk.rows(kept).await, stands);
    signed_in(desk, "ben", "one that was made up").await.close().await;
}

async fn a_hash_that_is_made_anew_closes_no_desk(desk: &Desk<'_>) {
    let older =
        "$argon2id$v=19$m=15360,t=2,p=1$c2FsdC1tYWRlLWJ5LXJlZg$f6M8HrDXWn1b2RWWw7O1QmfWO5OWqMUbDzf2wtN+3ZI";
    let world = World::of(desk).await;
    member(&world, "Ben", Role::Receptionist).await;
    let here = signed_in(desk, "ben", RIGHT).await;
    desk.sql(&format!("UPDATE staff SET password_hash = '{older}' WHERE name = 'Ben'")).await;
    signed_in(desk, "ben", "Café wider die Gezeiten").await.close().await;
    assert_ne!(desk.rows("SELECT password_hash FROM staff WHERE name = 'Ben'").await, [older]);
    assert_eq!(here.standing().await.unwrap(), Standing::Same);
    let told = "SELECT detail FROM audit_log WHERE action = 'sign_in' ORDER BY id DESC LIMIT 1";
    assert_eq!(desk.rows(told).await, [r#"{"by":"password","rehashed":true}"#]);
}

async fn whoever_cannot_be_read_is_out(desk: &Desk<'_>) {
    let world = World::of(desk).await;
    let who = world.somebody(Role::Receptionist, false, false).await;
    let [there, other] = [(); 2].map(|()| desk.store.clone().acting(who.clone()));
    assert_eq!(there.standing().await.unwrap(), Standing::Same);
    desk.sql(&format!("UPDATE staff SET role = 'boss' WHERE id = {}", who.staff_id)).await;
    assert!(matches!(there.standing().await.unwrap(), Standing::Out(why) if why.contains("cannot be read")));
    let visit: Intent = book(world.sides[0].0, world.sides[0].1, &world.free(), 15);
    let no = error(other.carry_out(&order(), &visit, None).await);
    assert!(matches!(no, StoreError::NotSignedIn(Some(_))), "{no:?}");
    let no = error(there.day(now().date_naive()).await);
    assert!(matches!(no, StoreError::NotSignedIn(Some(_))), "{no:?}");
}

/// A database that answers nothing of use says nothing of anybody: they are neither out, nor as before.
async fn what_a_write_found_out_is_said_once_there_is_an_answer(desk: &Desk<'_>) {
    let world = World::of(desk).await;
    let who = world.somebody(Role::Receptionist, false, false).await;
    let there = desk.store.clone().acting(who.clone());
    desk.sql(&format!("UPDATE staff SET may_overbook = TRUE WHERE id = {}", who.staff_id)).await;
    there.register_patient(&order(), &patient_details("Eve", 9_200)).await.unwrap();
    desk.sql("ALTER TABLE staff RENAME TO staff_elsewhere").await;
    for _ in 0..2 {
        let no = error(there.standing().await);
        assert!(!matches!(no, StoreError::NotSignedIn(_)), "{no:?}");
    }
    error(there.register_patient(&order(), &patient_details("Max", 9_201)).await);
    desk.sql("ALTER TABLE staff_elsewhere RENAME TO staff").await;
    assert!(matches!(there.standing().await.unwrap(), Standing::Changed(now) if now.may_overbook));
    assert_eq!(there.standing().await.unwrap(), Standing::Same);
}

/// Their own request again, as where the answer was lost, after an administrator set another.
async fn a_password_that_was_set_after_ones_own_is_not_taken_for_it(desk: &Desk<'_>) {
    let world = World::of(desk).await;
    member(&world, "Ben", Role::Receptionist).await;
    for is_set in [true, false] {
        let word = if is_set { RIGHT } else { "one that was made up" };
        let here = signed_in(desk, "ben", word).await;
        let ben = here.identity().unwrap().staff_id;
        let (key, chosen) = (order(), hash("one that they chose").await);
        here.change_password(&key, chosen.clone()).await.unwrap();
        if is_set {
            let new = NewPassword { hash: hash("one that was made up").await, must_change: true };
            world.admin.reset_password(&order(), ben, Some(&new)).await.unwrap();
        } else {
            world.admin.set_staff_active(&order(), ben, false).await.unwrap();
        }
        let no = error(here.change_password(&key, chosen).await);
        assert!(matches!(no, StoreError::NotSignedIn(Some(_))), "{no:?}");
        assert!(matches!(here.standing().await.unwrap(), Standing::Out(_)));
        here.close().await;
    }
}

/// The visit by which a patient is theirs is cancelled while the record comes.
async fn a_record_is_judged_anew_as_it_is_opened(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let visit = desk.booked(lee, john, "2026-12-07T09:00", 30).await.visit.id;
    let doctor =
        Identity { role: Role::Doctor, doctor_id: Some(lee), ..crate::support::somebody("ana@desk1") };
    desk.employ(&doctor).await;
    let there = desk.place.store().acting(doctor);
    let mut other = desk.place.db().acquire().await.unwrap();
    let cancel = format!("UPDATE appointments SET status = 'Cancelled' WHERE id = {visit}");
    // Who they are cannot be asked for a while.
    let is_file = desk.place.backend == Backend::Sqlite;
    if is_file {
        other.begin().await.unwrap();
        let cancel = Stmt::new("UPDATE appointments SET status = 'Cancelled' WHERE id = ?");
        other.run(cancel.bind(visit)).await.unwrap();
    } else {
        other.run_text("LOCK TABLES staff WRITE").await.unwrap();
    }
    let mut asked = std::pin::pin!(there.patient(john));
    let patience = std::time::Duration::from_millis(300);
    assert!(tokio::time::timeout(patience, &mut asked).await.is_err(), "it waits");
    if is_file {
        other.commit().await.unwrap();
    } else {
        desk.sql(&cancel).await;
        other.run_text("UNLOCK TABLES").await.unwrap();
    }
    let no = error(asked.await);
    assert!(matches!(no, StoreError::NotTheirs(of) if of == john), "{no:?}");
    assert_eq!(desk.count("audit_log WHERE action = 'record.open'").await, 0);
    // But a visit with them is theirs to look at, whatever became of it.
    assert!(there.appointment(visit).await.unwrap().is_some());
    there.close().await;
}
