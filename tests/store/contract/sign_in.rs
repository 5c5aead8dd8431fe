//! Signing in: who is taken for whom, and what happens to who guesses.

use std::sync::Arc;

use chrono::TimeDelta;
use frontdesk::domain::clock::Instant;
use frontdesk::domain::ids::StaffId;
use frontdesk::domain::staff::{Identity, Role, StaffDetails};
use frontdesk::store::sql::conn::Patience;
use frontdesk::store::sql::sign_in::{LOCKED_OUT, SignIn, Standing, TRIES};
use frontdesk::store::sql::staff::NewPassword;
use frontdesk::store::sql::trail::Origin;
use frontdesk::store::{Store, StoreError, password};
use secrecy::SecretString;

use super::staff::{details, set_up};
use crate::support::{Desk, error, now, on_every_database, on_every_server, order, origin};
use crate::wire::{COMMIT, Cut, Wire};

on_every_database!(at_a_desk:
    the_right_password_signs_in_and_no_other,
    five_wrong_ones_lock_out_until_the_time_is_over,
    two_desks_at_once_try_no_more_often_than_one,
    an_administrator_unlocks,
    a_hash_of_older_parameters_is_made_anew,
    two_desks_that_make_a_hash_anew_both_open,
    a_lock_by_a_clock_that_is_wrong_is_none,
    who_left_does_not_come_in,
    an_account_is_proof_where_an_administrator_says_so,
    who_is_signed_in_follows_what_an_administrator_changes,
    a_locked_desk_opens_by_the_account_of_somebody_without_a_password_alone,
    when_every_desk_locks_at_the_latest_is_the_clinics,
);

on_every_server!(at_a_desk: a_sign_in_whose_answer_is_lost_is_right_all_the_same);

const RIGHT: &str = "a kettle under the northern stairs";
const WRONG: &str = "a kettle under the southern stairs";
/// [`RIGHT`] as it was kept when less was asked of a hash.
const OLDER: &str =
    "$argon2id$v=19$m=15360,t=2,p=1$c2FsdC1tYWRlLWJ5LXJlZg$f6M8HrDXWn1b2RWWw7O1QmfWO5OWqMUbDzf2wtN+3ZI";
/// What [`OLDER`] was made of.
const OLDER_RIGHT: &str = "Café wider die Gezeiten";

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

/// A desk of its own, at whose door somebody stands.
fn door(desk: &Desk<'_>, clock: fn() -> Instant) -> Store {
    Store::open(&desk.place.location, Origin { clock, ..origin() }).unwrap()
}

/// Ben, a receptionist, who has a password; and the administrator's store.
async fn ben(desk: &Desk<'_>) -> (StaffId, Store) {
    let (_, store) = set_up(desk).await;
    let hash = secret(&password::hash(secret(RIGHT)).await.unwrap());
    let new = NewPassword { hash, must_change: false };
    let ben = details("Ben", Role::Receptionist);
    let ben = store.save_staff(&order(), None, &ben, true, Some(&new)).await.unwrap();
    (ben.id, store)
}

async fn tries(door: &Store, typed: &str) -> SignIn {
    door.sign_in("ben@example.org", secret(typed)).await.unwrap()
}

#[track_caller]
fn welcome(came: &SignIn) -> &Identity {
    match came {
        SignIn::Welcome { identity, .. } => identity,
        refused => panic!("refused: {refused:?}"),
    }
}

/// What the trail says of sign-ins: action, person, detail.
async fn trail(desk: &Desk<'_>) -> Vec<String> {
    let sql = "SELECT action, record_id, detail FROM audit_log WHERE action LIKE 'sign_in%' ORDER BY id";
    desk.rows(sql).await
}

async fn the_right_password_signs_in_and_no_other(desk: &Desk<'_>) {
    let (ben, _) = ben(desk).await;
    let door = door(desk, now);
    for wrong in [WRONG, "", "A kettle under the northern stairs"] {
        assert_eq!(tries(&door, wrong).await, SignIn::Wrong, "{wrong}");
    }
    assert_eq!(door.sign_in("nobody@example.org", secret(RIGHT)).await.unwrap(), SignIn::Wrong);
    // Ana has none.
    assert_eq!(door.sign_in("ana@example.org", secret("")).await.unwrap(), SignIn::Wrong);
    assert_eq!(desk.rows("SELECT failed_sign_ins FROM staff WHERE name = 'Ben'").await, ["3"]);
    let came = door.sign_in("BEN@Example.org", secret(RIGHT)).await.unwrap();
    assert_eq!((welcome(&came).staff_id, welcome(&came).role), (ben, Role::Receptionist));
    assert!(matches!(came, SignIn::Welcome { must_change: false, .. }));
    assert_eq!(
        desk.rows("SELECT failed_sign_ins, locked_until FROM staff WHERE name = 'Ben'").await,
        ["0|NULL"]
    );
    let missing = error(door.staff().await);
    assert!(
        matches!(missing, StoreError::NotSignedIn(None)),
        "the store itself works for nobody: {missing:?}"
    );
    let told = trail(desk).await;
    let tries = |n: u32| format!(r#"sign_in.failed|{ben}|{{"locked_out":false,"tries":{n}}}"#);
    assert_eq!(told[..3], [tries(1), tries(2), tries(3)]);
    assert_eq!(told[3], r#"sign_in.failed|0|{"why":"unknown"}"#);
    assert!(told[4].starts_with("sign_in.failed|"), "{told:?}");
    assert_eq!(told[5..], [format!(r#"sign_in|{ben}|{{"by":"password"}}"#)]);
    assert!(told.iter().all(|row| !row.contains("kettle")));
    door.close().await;
}

async fn five_wrong_ones_lock_out_until_the_time_is_over(desk: &Desk<'_>) {
    let (ben, _) = ben(desk).await;
    let first = door(desk, now);
    for _ in 1..TRIES {
        assert_eq!(tries(&first, WRONG).await, SignIn::Wrong);
    }
    let until = now() + LOCKED_OUT;
    assert_eq!(tries(&first, WRONG).await, SignIn::LockedOut(until));
    // Not even the right one, and not at another desk.
    assert_eq!(tries(&first, RIGHT).await, SignIn::LockedOut(until));
    let almost = door(desk, || now() + LOCKED_OUT - TimeDelta::seconds(1));
    assert_eq!(tries(&almost, RIGHT).await, SignIn::LockedOut(until));
    let told = trail(desk).await;
    assert_eq!(told[4], format!(r#"sign_in.failed|{ben}|{{"locked_out":true,"tries":5}}"#));
    assert_eq!(told[5..], [format!(r#"sign_in.failed|{ben}|{{"why":"locked out"}}"#), told[5].clone()]);
    // Once it is over, they are counted anew.
    let after = door(desk, || now() + LOCKED_OUT);
    assert_eq!(tries(&after, WRONG).await, SignIn::Wrong);
    assert_eq!(
        desk.rows("SELECT failed_sign_ins, locked_until FROM staff WHERE name = 'Ben'").await,
        ["1|NULL"]
    );
    welcome(&tries(&after, RIGHT).await);
    for door in [first, almost, after] {
        door.close().await;
    }
}

async fn two_desks_at_once_try_no_more_often_than_one(desk: &Desk<'_>) {
    ben(desk).await;
    let doors = [door(desk, now), door(desk, now)].map(Arc::new);
    let mut all = tokio::task::JoinSet::new();
    for n in 0..12 {
        let door = Arc::clone(&doors[n % 2]);
        all.spawn(async move { tries(&door, WRONG).await });
    }
    let came = all.join_all().await;
    let wrong = came.iter().filter(|came| **came == SignIn::Wrong).count();
    assert_eq!(wrong, TRIES as usize - 1, "the fifth is told that they are locked out: {came:?}");
    let until = SignIn::LockedOut(now() + LOCKED_OUT);
    assert_eq!(came.iter().filter(|came| **came == until).count(), 12 - wrong);
    assert_eq!(desk.rows("SELECT failed_sign_ins FROM staff WHERE name = 'Ben'").await, ["5"]);
    assert_eq!(desk.count("audit_log WHERE action = 'sign_in.failed'").await, 12);
    for door in doors {
        door.close().await;
    }
}

async fn an_administrator_unlocks(desk: &Desk<'_>) {
    let (ben, store) = ben(desk).await;
    let door = door(desk, now);
    for _ in 0..TRIES {
        tries(&door, WRONG).await;
    }
    let locked = store.staff().await.unwrap().into_iter().find(|member| member.id == ben).unwrap();
    assert_eq!(locked.locked_until, Some(now() + LOCKED_OUT));
    store.reset_password(&order(), ben, None).await.unwrap();
    welcome(&tries(&door, RIGHT).await);
    door.close().await;
}

async fn a_hash_of_older_parameters_is_made_anew(desk: &Desk<'_>) {
    ben(desk).await;
    let older =
        format!("UPDATE staff SET password_hash = '{OLDER}', must_change_password = 1 WHERE name = 'Ben'");
    desk.sql(&older).await;
    let kept = "SELECT password_hash FROM staff WHERE name = 'Ben'";
    let door = door(desk, now);
    assert_eq!(tries(&door, WRONG).await, SignIn::Wrong);
    assert_eq!(desk.rows(kept).await, [OLDER], "a wrong one changes nothing");
    let came = tries(&door, OLDER_RIGHT).await;
    assert!(matches!(came, SignIn::Welcome { must_change: true, .. }), "{came:?}");
    let now = desk.rows(kept).await.remove(0);
    assert!(now.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{now}");
    let came = tries(&door, OLDER_RIGHT).await;
    assert!(matches!(came, SignIn::Welcome { must_change: true, .. }), "still to be changed: {came:?}");
    assert_eq!(desk.rows(kept).await, [now], "and not made anew again");
    door.close().await;
}

async fn older(desk: &Desk<'_>) {
    ben(desk).await;
    desk.sql(&format!("UPDATE staff SET password_hash = '{OLDER}' WHERE name = 'Ben'")).await;
}

/// The one that comes second proved the password by a hash that is not there any more, and of the same one.
async fn two_desks_that_make_a_hash_anew_both_open(desk: &Desk<'_>) {
    older(desk).await;
    let doors = [door(desk, now), door(desk, now)];
    let both = tokio::join!(tries(&doors[0], OLDER_RIGHT), tries(&doors[1], OLDER_RIGHT));
    for (door, came) in doors.into_iter().zip([both.0, both.1]) {
        let there = door.acting(welcome(&came).clone());
        assert_eq!(there.standing().await.unwrap(), Standing::Same);
        there.close().await;
    }
    assert_eq!(desk.count("audit_log WHERE detail LIKE '%rehashed%'").await, 1);
}

async fn a_sign_in_whose_answer_is_lost_is_right_all_the_same(desk: &Desk<'_>) {
    let wire = Wire::to(&desk.place.address());
    let patience = Patience { write: std::time::Duration::from_millis(500), ..Patience::default() };
    let door = Store::open_with(&desk.place.through(wire.port), origin(), patience).unwrap();
    older(desk).await;
    for cut in [Cut::After, Cut::Unanswered] {
        desk.sql(&format!("UPDATE staff SET password_hash = '{OLDER}' WHERE name = 'Ben'")).await;
        // The first commit counts the try.
        wire.cut_at(COMMIT, 1, cut);
        let cuts = wire.cuts();
        welcome(&tries(&door, OLDER_RIGHT).await);
        assert_eq!(wire.cuts(), cuts + 1, "{cut:?}");
    }
    door.close().await;
}

/// Or nobody came in there as long as it was wrong.
async fn a_lock_by_a_clock_that_is_wrong_is_none(desk: &Desk<'_>) {
    let (ben, store) = ben(desk).await;
    let ahead = door(desk, || now() + TimeDelta::days(400));
    for _ in 0..TRIES {
        tries(&ahead, WRONG).await;
    }
    assert!(matches!(tries(&ahead, RIGHT).await, SignIn::LockedOut(_)));
    let here = door(desk, now);
    for _ in 1..TRIES {
        assert_eq!(tries(&here, WRONG).await, SignIn::Wrong, "counted anew");
    }
    let member = async || store.staff().await.unwrap().into_iter().find(|member| member.id == ben).unwrap();
    assert_eq!(member().await.locked_out(now()), None);
    assert_eq!(tries(&here, WRONG).await, SignIn::LockedOut(now() + LOCKED_OUT));
    assert_eq!(member().await.locked_out(now()), Some(now() + LOCKED_OUT));
    // But clocks differ a little.
    let behind = door(desk, || now() - TimeDelta::minutes(3));
    assert_eq!(tries(&behind, RIGHT).await, SignIn::LockedOut(now() + LOCKED_OUT));
    for door in [ahead, here, behind] {
        door.close().await;
    }
}

async fn who_left_does_not_come_in(desk: &Desk<'_>) {
    let (ben, store) = ben(desk).await;
    store.set_staff_active(&order(), ben, false).await.unwrap();
    let door = door(desk, now);
    // Only who knows the password learns that it would have been right.
    assert_eq!(tries(&door, WRONG).await, SignIn::Wrong);
    assert_eq!(tries(&door, RIGHT).await, SignIn::Inactive);
    store.set_staff_active(&order(), ben, true).await.unwrap();
    welcome(&tries(&door, RIGHT).await);
    door.close().await;
}

async fn an_account_is_proof_where_an_administrator_says_so(desk: &Desk<'_>) {
    let (_, store) = set_up(desk).await;
    // The tests' desks run under the account "ana".
    let eve = StaffDetails { os_user: Some("ana".into()), ..details("Eve", Role::Receptionist) };
    let eve = store.save_staff(&order(), None, &eve, true, None).await.unwrap();
    let door = door(desk, now);
    assert_eq!(door.sign_in_by_account().await.unwrap(), None, "off unless an administrator says so");
    let on = StaffDetails { os_user_signs_in: true, ..eve.details.clone() };
    let eve = store.save_staff(&order(), Some(&eve), &on, true, None).await.unwrap();
    assert_eq!(door.sign_in_by_account().await.unwrap(), Some(Identity::from(&eve)));
    let other = Store::open(&desk.place.location, Origin { os_user: "Ana".into(), ..origin() }).unwrap();
    assert_eq!(other.sign_in_by_account().await.unwrap(), None, "accounts have a case");
    store.set_staff_active(&order(), eve.id, false).await.unwrap();
    assert_eq!(door.sign_in_by_account().await.unwrap(), None, "who left");
    assert_eq!(trail(desk).await, [format!(r#"sign_in|{}|{{"by":"os_user"}}"#, eve.id)]);
    other.close().await;
    door.close().await;
}

async fn who_is_signed_in_follows_what_an_administrator_changes(desk: &Desk<'_>) {
    let (ben, store) = ben(desk).await;
    let door = door(desk, now);
    let came = tries(&door, RIGHT).await;
    let there = door.acting(welcome(&came).clone());
    assert_eq!(there.standing().await.unwrap(), Standing::Same);
    let seen = store.staff().await.unwrap().into_iter().find(|member| member.id == ben).unwrap();
    let given = StaffDetails { may_overbook: true, ..seen.details.clone() };
    store.save_staff(&order(), Some(&seen), &given, true, None).await.unwrap();
    match there.standing().await.unwrap() {
        Standing::Changed(now) => assert!(now.may_overbook),
        other => panic!("{other:?}"),
    }
    assert_eq!(there.standing().await.unwrap(), Standing::Same);
    store.set_staff_active(&order(), ben, false).await.unwrap();
    assert!(matches!(there.standing().await.unwrap(), Standing::Out(_)));
    let out = error(there.doctors().await);
    assert!(matches!(out, StoreError::NotSignedIn(Some(_))), "{out:?}");
    there.close().await;
}

async fn a_locked_desk_opens_by_the_account_of_somebody_without_a_password_alone(desk: &Desk<'_>) {
    let (_, store) = set_up(desk).await;
    let eve = StaffDetails { os_user: Some("ana".into()), ..details("Eve", Role::Receptionist) };
    let eve = store.save_staff(&order(), None, &eve, true, None).await.unwrap();
    let door = door(desk, now);
    assert_eq!(door.unlock_by_account().await.unwrap(), None, "off unless an administrator says so");
    assert_eq!(door.email_of_account().await.unwrap().as_deref(), Some(eve.details.email.as_str()));
    let on = StaffDetails { os_user_signs_in: true, ..eve.details.clone() };
    let eve = store.save_staff(&order(), Some(&eve), &on, true, None).await.unwrap();
    assert_eq!(door.unlock_by_account().await.unwrap(), Some(Identity::from(&eve)));
    let new = NewPassword { hash: secret(OLDER), must_change: false };
    store.reset_password(&order(), eve.id, Some(&new)).await.unwrap();
    assert_eq!(door.unlock_by_account().await.unwrap(), None, "who has a password types it");
    assert!(door.sign_in_by_account().await.unwrap().is_some());
    store.set_staff_active(&order(), eve.id, false).await.unwrap();
    assert_eq!(door.email_of_account().await.unwrap(), None);
    door.close().await;
}

async fn when_every_desk_locks_at_the_latest_is_the_clinics(desk: &Desk<'_>) {
    let (ben, store) = ben(desk).await;
    assert_eq!(store.max_idle_lock().await.unwrap(), 15, "unless it is set");
    let once = order();
    store.set_max_idle_lock(&once, 7).await.unwrap();
    store.set_max_idle_lock(&order(), 3).await.unwrap();
    store.set_max_idle_lock(&once, 7).await.unwrap();
    let other = desk.place.store();
    assert_eq!(other.max_idle_lock().await.unwrap(), 3, "a request that was made twice is one");
    for minutes in [0, 481, u16::MAX] {
        let no = error(store.set_max_idle_lock(&order(), minutes).await);
        assert!(matches!(no, StoreError::BadValue(_)), "{no:?}");
    }
    let sql = "SELECT detail FROM audit_log WHERE action = 'clinic.set_idle_lock' ORDER BY id";
    let said = |before: u16, after: u16| {
        format!(
            r#"{{"after":{{"max_idle_lock_minutes":{after}}},"before":{{"max_idle_lock_minutes":{before}}}}}"#
        )
    };
    assert_eq!(desk.rows(sql).await, [said(15, 7), said(7, 3)]);
    let ben = Identity { staff_id: ben, ..Identity::from(&store.staff().await.unwrap()[1]) };
    let refused = store.clone().acting(ben).set_max_idle_lock(&order(), 60).await;
    assert!(matches!(error(refused), StoreError::Forbidden(_)));
    desk.sql("UPDATE clinic_settings SET value = 'never' WHERE name = 'max_idle_lock_minutes'").await;
    assert!(matches!(error(store.max_idle_lock().await), StoreError::Unreadable { .. }));
    store.set_max_idle_lock(&order(), 5).await.unwrap();
    assert_eq!(store.max_idle_lock().await.unwrap(), 5);
    other.close().await;
}
