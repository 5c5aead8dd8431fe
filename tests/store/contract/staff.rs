//! Staff: added, changed, deactivated, reset, and one administrator who always remains.

use frontdesk::domain::ids::{DoctorId, StaffId};
use frontdesk::domain::permission::Deed;
use frontdesk::domain::staff::{Identity, Role, StaffDetails, StaffMember};
use frontdesk::store::sql::conn::Stmt;
use frontdesk::store::sql::sign_in::Standing;
use frontdesk::store::sql::staff::NewPassword;
use frontdesk::store::{Result, Store, StoreError};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::support::{Desk, clinic, error, on_every_database, order, order_of, origin};

on_every_database!(at_a_desk:
    a_clinic_is_set_up_once_by_the_first_of_two_at_once,
    staff_stand_as_written_and_as_the_trail_tells,
    an_email_and_an_account_belong_to_one_person,
    an_edit_of_what_somebody_else_changed_is_refused,
    the_same_key_is_the_same_request,
    a_doctor_must_be_one_of_the_clinic,
    a_doctor_has_one_account,
    the_clinics_settings_are_set_once_under_a_key,
    the_last_administrator_stays,
    of_two_administrators_who_remove_each_other_at_once_one_remains,
    who_was_removed_a_moment_ago_changes_nobody,
    whose_password_was_set_meanwhile_changes_nobody,
    nobody_else_manages_staff,
    a_password_is_reset_and_kept_out_of_the_trail,
);

/// An id that nobody has: in a borrowed database the first one is not 1.
const NOBODY: i32 = 1_999_999_999;

/// Somebody's details, without a doctor, an account or permissions.
pub fn details(name: &str, role: Role) -> StaffDetails {
    StaffDetails {
        name: name.into(),
        email: format!("{}@example.org", name.to_lowercase()),
        role,
        doctor_id: None,
        os_user: None,
        os_user_signs_in: false,
        may_overbook: false,
        may_refund: false,
    }
}

/// The first administrator, and the store that works for them.
pub async fn set_up(desk: &Desk<'_>) -> (StaffMember, Store) {
    desk.without_staff().await;
    let ana = details("Ana", Role::Administrator);
    let ana = desk.store.set_up(&order(), &clinic(), &ana, None).await.unwrap();
    let store = desk.store.clone().acting(Identity::from(&ana));
    (ana, store)
}

async fn add(store: &Store, name: &str, role: Role) -> StaffMember {
    store.save_staff(&order(), None, &details(name, role), true, None).await.unwrap()
}

/// The same desk with somebody else at it, and a chain of its own.
fn desk_of(desk: &Desk<'_>, who: &StaffMember) -> Store {
    Store::open(&desk.place.location, origin()).unwrap().acting(Identity::from(who))
}

fn password(hash: &str) -> NewPassword {
    NewPassword { hash: SecretString::from(hash), must_change: true }
}

/// Actions and details of the trail's rows about staff.
async fn trail(desk: &Desk<'_>) -> Vec<(String, i32, Value)> {
    let sql = "SELECT action, record_id, detail FROM audit_log WHERE record = 'staff' ORDER BY id";
    let read = |line: &String| {
        let cells: Vec<&str> = line.splitn(3, '|').collect();
        let detail = serde_json::from_str(cells[2]).unwrap_or(Value::Null);
        (cells[0].to_owned(), cells[1].parse().unwrap(), detail)
    };
    desk.rows(sql).await.iter().map(read).collect()
}

async fn a_clinic_is_set_up_once_by_the_first_of_two_at_once(desk: &Desk<'_>) {
    desk.without_staff().await;
    assert!(!desk.store.has_staff().await.unwrap());
    let (ana, ben) = (details("Ana", Role::Administrator), details("Ben", Role::Administrator));
    let other = Store::open(&desk.place.location, origin()).unwrap();
    let (here, there) = (order(), order());
    let clinic = clinic();
    let both = tokio::join!(
        desk.store.set_up(&here, &clinic, &ana, None),
        other.set_up(&there, &clinic, &ben, None)
    );
    let (set_up, refused) = exactly_one(both.into());
    assert!(matches!(refused, StoreError::SetUpAlready), "{refused:?}");
    assert!(desk.store.has_staff().await.unwrap());
    assert_eq!(desk.count("staff").await, 1);
    assert_eq!(desk.store.clinic().await.unwrap(), clinic);
    // The answer of the first one may have been lost.
    let key = if set_up.details == ana { &here } else { &there };
    assert_eq!(desk.store.set_up(key, &clinic, &set_up.details, None).await.unwrap(), set_up);
    let late = error(desk.store.set_up(&order(), &clinic, &ana, None).await);
    assert!(matches!(late, StoreError::SetUpAlready), "{late:?}");
    other.close().await;
}

/// The one that was done, and why the other was not.
#[track_caller]
fn exactly_one<T: std::fmt::Debug>(both: [Result<T>; 2]) -> (T, StoreError) {
    match both {
        [Ok(done), Err(error)] | [Err(error), Ok(done)] => (done, error),
        both => panic!("exactly one goes well: {both:?}"),
    }
}

async fn staff_stand_as_written_and_as_the_trail_tells(desk: &Desk<'_>) {
    let (ana, store) = set_up(desk).await;
    let doctor = desk.doctor_without_hours("Dr. Lee").await;
    let lee = StaffDetails {
        email: "Lee@example.org".into(),
        doctor_id: Some(doctor),
        os_user: Some("lee".into()),
        os_user_signs_in: true,
        may_overbook: true,
        ..details("Zoë Lee 北京", Role::Doctor)
    };
    let lee = store.save_staff(&order(), None, &lee, true, None).await.unwrap();
    assert!(lee.is_active && !lee.has_password && !lee.must_change_password && lee.locked_until.is_none());
    let ben = add(&store, "Ben", Role::Receptionist).await;
    let names = |staff: Vec<StaffMember>| -> Vec<String> {
        staff.into_iter().map(|member| member.details.name).collect()
    };
    assert_eq!(store.staff().await.unwrap()[2], lee, "as it was written");
    assert_eq!(names(store.staff().await.unwrap()), ["Ana", "Ben", "Zoë Lee 北京"], "by name");

    let promoted = StaffDetails { role: Role::Administrator, may_refund: true, ..ben.details.clone() };
    let promoted = store.save_staff(&order(), Some(&ben), &promoted, true, None).await.unwrap();
    assert_eq!((promoted.details.role, promoted.details.may_refund), (Role::Administrator, true));
    let left = store.set_staff_active(&order(), ben.id, false).await.unwrap();
    assert!(!left.is_active);
    assert_eq!(store.set_staff_active(&order(), ben.id, false).await.unwrap(), left, "nothing to do");
    assert!(store.set_staff_active(&order(), ben.id, true).await.unwrap().is_active);

    let lines = trail(desk).await;
    let actions: Vec<_> = lines.iter().map(|(action, id, _)| (action.as_str(), *id)).collect();
    let (ana, lee, ben) = (ana.id.0, lee.id.0, ben.id.0);
    let expected = [
        ("clinic.set_up", ana),
        ("staff.add", lee),
        ("staff.add", ben),
        ("staff.edit", ben),
        ("staff.deactivate", ben),
        ("staff.activate", ben),
    ];
    assert_eq!(actions, expected);
    let said = |n: usize| (&lines[n].2["before"], &lines[n].2["after"]);
    assert_eq!(lines[0].2["time_zone"], "Europe/Berlin");
    assert_eq!(
        said(1),
        (
            &Value::Null,
            &json!({
                "name": "Zoë Lee 北京", "email": "Lee@example.org", "role": "doctor", "doctor_id": doctor.0,
                "os_user": "lee", "os_user_signs_in": true, "may_overbook": true, "may_refund": false,
                "is_active": true,
            })
        )
    );
    let (before, after) = said(3);
    assert_eq!((&before["role"], &after["role"]), (&json!("receptionist"), &json!("administrator")));
    let (before, after) = said(4);
    assert_eq!((&before["is_active"], &after["is_active"]), (&json!(true), &json!(false)));
    let (before, after) = said(5);
    assert_eq!((&before["is_active"], &after["is_active"]), (&json!(false), &json!(true)));
}

async fn an_email_and_an_account_belong_to_one_person(desk: &Desk<'_>) {
    let (ana, store) = set_up(desk).await;
    let ben = StaffDetails { os_user: Some("ben".into()), ..details("Ben", Role::Receptionist) };
    let ben = store.save_staff(&order(), None, &ben, true, None).await.unwrap();
    let taken = |field: &'static str, error: StoreError| {
        assert!(matches!(error, StoreError::Duplicate { field: of } if of == field), "{field}: {error:?}");
    };
    let email = StaffDetails { email: "BEN@example.org".into(), ..details("Eve", Role::Receptionist) };
    taken("email", error(store.save_staff(&order(), None, &email, true, None).await));
    taken(
        "email",
        error(
            store
                .save_staff(
                    &order(),
                    Some(&ana),
                    &StaffDetails { email: "bEn@example.org".into(), ..ana.details.clone() },
                    true,
                    None,
                )
                .await,
        ),
    );
    let account = StaffDetails { os_user: Some("ben".into()), ..details("Eve", Role::Receptionist) };
    taken("os_user", error(store.save_staff(&order(), None, &account, true, None).await));
    // Unix accounts have a case.
    let account = StaffDetails { os_user: Some("Ben".into()), ..account };
    store.save_staff(&order(), None, &account, true, None).await.unwrap();
    // Also those who left keep theirs: the trail names them.
    store.set_staff_active(&order(), ben.id, false).await.unwrap();
    taken("email", error(store.save_staff(&order(), None, &email, true, None).await));
    assert_eq!(desk.count("staff").await, 3);
}

async fn an_edit_of_what_somebody_else_changed_is_refused(desk: &Desk<'_>) {
    let (_, store) = set_up(desk).await;
    let seen = add(&store, "Ben", Role::Receptionist).await;
    let renamed = StaffDetails { name: "Benjamin".into(), ..seen.details.clone() };
    let now = store.save_staff(&order(), Some(&seen), &renamed, true, None).await.unwrap();
    let late = StaffDetails { may_refund: true, ..seen.details.clone() };
    let refused = error(store.save_staff(&order(), Some(&seen), &late, true, None).await);
    assert!(matches!(refused, StoreError::Changed { id, .. } if id == seen.id.0), "{refused:?}");
    // A sign-in in between is no change.
    desk.sql("UPDATE staff SET failed_sign_ins = 2 WHERE name = 'Benjamin'").await;
    store.set_staff_active(&order(), seen.id, false).await.unwrap();
    let refused = error(store.save_staff(&order(), Some(&now), &late, true, None).await);
    assert!(matches!(refused, StoreError::Changed { .. }), "deactivated meanwhile: {refused:?}");
}

async fn the_same_key_is_the_same_request(desk: &Desk<'_>) {
    let (ana, store) = set_up(desk).await;
    let ben = details("Ben", Role::Receptionist);
    let first = store.save_staff(&order_of("add"), None, &ben, true, None).await.unwrap();
    let again = store.save_staff(&order_of("add"), None, &ben, true, None).await.unwrap();
    assert_eq!(first, again);
    let edited = StaffDetails { may_refund: true, ..ben.clone() };
    let edited = store.save_staff(&order_of("edit"), Some(&first), &edited, true, None).await.unwrap();
    let again = store.save_staff(&order_of("edit"), Some(&first), &edited.details, true, None).await.unwrap();
    assert_eq!(edited, again);
    let one = password("$argon2id$one");
    store.reset_password(&order_of("reset"), first.id, Some(&one)).await.unwrap();
    let two = password("$argon2id$two");
    store.reset_password(&order_of("reset"), first.id, Some(&two)).await.unwrap();
    assert!(store.keeps_password(first.id, &one).await.unwrap(), "the first one stands");
    assert!(!store.keeps_password(first.id, &two).await.unwrap());
    for _ in 0..2 {
        assert!(!store.set_staff_active(&order_of("leave"), first.id, false).await.unwrap().is_active);
    }
    assert!(store.set_staff_active(&order_of("return"), first.id, true).await.unwrap().is_active);
    // Asked for once more, it is not done once more.
    assert!(store.set_staff_active(&order_of("leave"), first.id, false).await.unwrap().is_active);
    for key in ["add", "edit", "reset", "leave"] {
        let other = error(store.set_staff_active(&order_of(key), ana.id, false).await);
        assert!(matches!(other, StoreError::KeyUsed), "{key}: {other:?}");
    }
    let other = error(store.reset_password(&order_of("reset"), ana.id, Some(&two)).await);
    assert!(matches!(other, StoreError::KeyUsed), "somebody else's: {other:?}");
    let actions: Vec<String> = trail(desk).await.into_iter().map(|(action, ..)| action).collect();
    let once = [
        "clinic.set_up",
        "staff.add",
        "staff.edit",
        "staff.reset_password",
        "staff.deactivate",
        "staff.activate",
    ];
    assert_eq!(actions, once);
}

async fn a_doctor_must_be_one_of_the_clinic(desk: &Desk<'_>) {
    let (_, store) = set_up(desk).await;
    let lee = StaffDetails { doctor_id: Some(DoctorId(NOBODY)), ..details("Lee", Role::Doctor) };
    let refused = error(store.save_staff(&order(), None, &lee, true, None).await);
    assert!(matches!(refused, StoreError::Missing { what: "doctor", id: NOBODY }), "{refused:?}");
    let nobody = error(store.set_staff_active(&order(), StaffId(NOBODY), false).await);
    assert!(matches!(nobody, StoreError::Missing { id: NOBODY, .. }), "{nobody:?}");
    let nobody = error(store.reset_password(&order(), StaffId(NOBODY), None).await);
    assert!(matches!(nobody, StoreError::Missing { id: NOBODY, .. }), "{nobody:?}");
    assert_eq!(desk.count("staff").await, 1);
}

async fn a_doctor_has_one_account(desk: &Desk<'_>) {
    let (_, store) = set_up(desk).await;
    let lee = Some(desk.doctor_without_hours("Dr. Lee").await);
    let is_lee = |name, role| StaffDetails { doctor_id: lee, ..details(name, role) };
    let first = is_lee("Lee", Role::Doctor);
    let first = store.save_staff(&order(), None, &first, true, None).await.unwrap();
    for role in [Role::Doctor, Role::Administrator] {
        let no = error(store.save_staff(&order(), None, &is_lee("Leo", role), true, None).await);
        assert!(matches!(no, StoreError::DoctorHasAccount(_)), "{no:?}");
        assert!(no.to_string().contains("has an account already"), "{no}");
    }
    assert_eq!(desk.count("staff").await, 2);
    // To change their own is no second one; nor is one of somebody who left.
    let overbooks = StaffDetails { may_overbook: true, ..first.details.clone() };
    let first = store.save_staff(&order(), Some(&first), &overbooks, true, None).await.unwrap();
    store.set_staff_active(&order(), first.id, false).await.unwrap();
    let second = store.save_staff(&order(), None, &is_lee("Leo", Role::Doctor), true, None).await.unwrap();
    let no = error(store.set_staff_active(&order(), first.id, true).await);
    assert!(matches!(no, StoreError::DoctorHasAccount(_)), "{no:?}");
    store.set_staff_active(&order(), second.id, false).await.unwrap();
    let first = store.set_staff_active(&order(), first.id, true).await.unwrap();
    // Two from before this was asked: either can be changed, and neither comes to be another doctor's second.
    desk.sql(&format!("UPDATE staff SET is_active = TRUE WHERE id = {}", second.id)).await;
    let overbooks = StaffDetails { may_overbook: !first.details.may_overbook, ..first.details.clone() };
    store.save_staff(&order(), Some(&first), &overbooks, true, None).await.unwrap();
    let silva = Some(desk.doctor_without_hours("Dr. Silva").await);
    let mia = StaffDetails { doctor_id: silva, ..details("Mia", Role::Doctor) };
    store.save_staff(&order(), None, &mia, true, None).await.unwrap();
    let second = store.staff().await.unwrap().into_iter().find(|of| of.id == second.id).unwrap();
    let other = StaffDetails { doctor_id: silva, ..second.details.clone() };
    let no = error(store.save_staff(&order(), Some(&second), &other, true, None).await);
    assert!(matches!(no, StoreError::DoctorHasAccount(_)), "{no:?}");
    let left = StaffDetails { doctor_id: None, role: Role::Receptionist, ..second.details.clone() };
    store.save_staff(&order(), Some(&second), &left, true, None).await.unwrap();
}

async fn the_clinics_settings_are_set_once_under_a_key(desk: &Desk<'_>) {
    let (_, store) = set_up(desk).await;
    let named = |name: &str| frontdesk::domain::clinic::Clinic { name: name.into(), ..clinic() };
    store.set_clinic(&order_of("once"), &named("First")).await.unwrap();
    store.set_clinic(&order(), &named("Second")).await.unwrap();
    store.set_clinic(&order_of("once"), &named("First")).await.unwrap();
    assert_eq!(store.clinic().await.unwrap().name, "Second");
    let no = error(store.set_max_idle_lock(&order_of("once"), 7).await);
    assert!(matches!(no, StoreError::KeyUsed), "{no:?}");
    store.set_clinic(&order(), &clinic()).await.unwrap();
    assert!(store.clone().acting_for_nobody().bulk().await.is_err(), "a clinic that people work in");
}

async fn the_last_administrator_stays(desk: &Desk<'_>) {
    let (ana, store) = set_up(desk).await;
    add(&store, "Ben", Role::Receptionist).await;
    let cleo = add(&store, "Cleo", Role::Administrator).await;
    store.set_staff_active(&order(), cleo.id, false).await.unwrap();
    let last = |error: StoreError| assert!(matches!(error, StoreError::LastAdministrator), "{error:?}");
    last(error(store.set_staff_active(&order(), ana.id, false).await));
    let other = StaffDetails { role: Role::Receptionist, ..ana.details.clone() };
    last(error(store.save_staff(&order(), Some(&ana), &other, true, None).await));
    last(error(store.save_staff(&order(), Some(&ana), &ana.details, false, None).await));
    store.set_staff_active(&order(), cleo.id, true).await.unwrap();
    assert!(!store.set_staff_active(&order(), ana.id, false).await.unwrap().is_active);
}

async fn of_two_administrators_who_remove_each_other_at_once_one_remains(desk: &Desk<'_>) {
    let (ana, store) = set_up(desk).await;
    let cleo = add(&store, "Cleo", Role::Administrator).await;
    for round in 0..6 {
        let (here, there) = (desk_of(desk, &ana), desk_of(desk, &cleo));
        let (one, other) = (order(), order());
        let (removed, refused) = if round % 2 == 0 {
            let both = tokio::join!(
                here.set_staff_active(&one, cleo.id, false),
                there.set_staff_active(&other, ana.id, false)
            );
            exactly_one(both.into())
        } else {
            let demoted = |of: &StaffMember| StaffDetails { role: Role::Receptionist, ..of.details.clone() };
            let (of_cleo, of_ana) = (demoted(&cleo), demoted(&ana));
            let both = tokio::join!(
                here.save_staff(&one, Some(&cleo), &of_cleo, true, None),
                there.save_staff(&other, Some(&ana), &of_ana, true, None)
            );
            exactly_one(both.into())
        };
        let out = matches!(refused, StoreError::NotSignedIn(Some(_)) | StoreError::Forbidden(_));
        assert!(out, "round {round}: {refused:?}");
        assert_eq!(desk.count("staff WHERE is_active AND role = 'administrator'").await, 1);
        // Whoever remains takes them back.
        let remains = if removed.id == ana.id { &there } else { &here };
        let back = if removed.id == ana.id { &ana } else { &cleo };
        let removed = remains.set_staff_active(&order(), removed.id, true).await.unwrap();
        remains.save_staff(&order(), Some(&removed), &back.details, true, None).await.unwrap();
        here.close().await;
        there.close().await;
    }
}

async fn who_was_removed_a_moment_ago_changes_nobody(desk: &Desk<'_>) {
    let (_, store) = set_up(desk).await;
    let cleo = add(&store, "Cleo", Role::Administrator).await;
    let there = desk_of(desk, &cleo);
    let receptionist = StaffDetails { role: Role::Receptionist, ..cleo.details.clone() };
    let demoted = store.save_staff(&order(), Some(&cleo), &receptionist, true, None).await.unwrap();
    let eve = details("Eve", Role::Administrator);
    let refused = error(there.save_staff(&order(), None, &eve, true, None).await);
    assert!(matches!(refused, StoreError::Forbidden(_)), "{refused:?}");
    store.set_staff_active(&order(), demoted.id, false).await.unwrap();
    let new = crate::support::patient_details("Eve Adams", 9_001);
    let refused = error(there.register_patient(&order(), &new).await);
    assert!(matches!(refused, StoreError::NotSignedIn(Some(_))), "{refused:?}");
    assert_eq!(desk.count("patients").await, 0);
    assert_eq!(desk.count("staff").await, 2);
    there.close().await;
}

/// Set while the change waits for another that is under way: asked anew as of any other write.
async fn whose_password_was_set_meanwhile_changes_nobody(desk: &Desk<'_>) {
    let (_, store) = set_up(desk).await;
    let cleo = add(&store, "Cleo", Role::Administrator).await;
    let there = desk_of(desk, &cleo);
    // By the one that she has now.
    assert_eq!(there.standing().await.unwrap(), Standing::Same);
    let mut other = desk.place.db().acquire().await.unwrap();
    other.begin().await.unwrap();
    other.run(Stmt::new("UPDATE calendar_days SET version = version + 1")).await.unwrap();
    let (key, eve) = (order(), details("Eve", Role::Receptionist));
    let mut change = std::pin::pin!(there.save_staff(&key, None, &eve, true, None));
    let patience = std::time::Duration::from_millis(200);
    assert!(tokio::time::timeout(patience, &mut change).await.is_err(), "it waits");
    let set = Stmt::new("UPDATE staff SET password_version = password_version + 1 WHERE id = ?");
    other.run(set.bind(cleo.id)).await.unwrap();
    other.commit().await.unwrap();
    let refused = error(change.await);
    assert!(matches!(refused, StoreError::NotSignedIn(Some(why)) if why.contains("password")), "{refused:?}");
    assert_eq!(desk.count("staff WHERE name = 'Eve'").await, 0);
    assert!(matches!(there.standing().await.unwrap(), Standing::Out(_)), "and their desk is told");
    there.close().await;
}

async fn nobody_else_manages_staff(desk: &Desk<'_>) {
    let (ana, store) = set_up(desk).await;
    let ben = add(&store, "Ben", Role::Receptionist).await;
    let lee = StaffDetails {
        doctor_id: Some(desk.doctor_without_hours("Dr. Lee").await),
        ..details("Lee", Role::Doctor)
    };
    let lee = store.save_staff(&order(), None, &lee, true, None).await.unwrap();
    for who in [&ben, &lee] {
        let there = desk_of(desk, who);
        let refused = [
            error(there.staff().await),
            error(there.save_staff(&order(), None, &details("Eve", Role::Administrator), true, None).await),
            error(there.set_staff_active(&order(), ana.id, false).await),
            error(there.reset_password(&order(), ana.id, Some(&password("$argon2id$mine"))).await),
            error(there.keeps_password(ana.id, &password("$argon2id$mine")).await),
        ];
        for refused in refused {
            assert!(
                matches!(refused, StoreError::Forbidden(of) if of.deed == Deed::ManageStaff),
                "{refused:?}"
            );
        }
        there.close().await;
    }
    assert_eq!(desk.rows("SELECT COUNT(*) FROM staff WHERE is_active").await, ["3"]);
}

async fn a_password_is_reset_and_kept_out_of_the_trail(desk: &Desk<'_>) {
    let (_, store) = set_up(desk).await;
    let first = password("$argon2id$first");
    let ben = details("Ben", Role::Receptionist);
    let ben = store.save_staff(&order(), None, &ben, true, Some(&first)).await.unwrap();
    assert!(ben.has_password && ben.must_change_password);
    desk.sql("UPDATE staff SET failed_sign_ins = 5, locked_until = '2027-01-01 00:00:00' WHERE name = 'Ben'")
        .await;
    let second = password("$argon2id$second");
    let reset = store.reset_password(&order(), ben.id, Some(&second)).await.unwrap();
    assert_eq!(reset, ben, "not locked out any more");
    assert!(store.keeps_password(ben.id, &second).await.unwrap());
    desk.sql("UPDATE staff SET failed_sign_ins = 5, locked_until = '2027-01-01 00:00:00' WHERE name = 'Ben'")
        .await;
    let unlocked = store.reset_password(&order(), ben.id, None).await.unwrap();
    assert_eq!(unlocked, ben);
    assert!(store.keeps_password(ben.id, &second).await.unwrap(), "unlocking leaves it");
    let there = desk_of(desk, &ben);
    assert!(there.has_password().await.unwrap());
    there.change_password(&order_of("own"), SecretString::from("$argon2id$own")).await.unwrap();
    there.change_password(&order_of("own"), SecretString::from("$argon2id$again")).await.unwrap();
    let own = store.staff().await.unwrap().into_iter().find(|member| member.id == ben.id).unwrap();
    assert!(own.has_password && !own.must_change_password);
    assert!(store.keeps_password(ben.id, &password("$argon2id$own")).await.unwrap());
    let actions: Vec<String> = trail(desk).await.into_iter().map(|(action, ..)| action).collect();
    let expected =
        ["clinic.set_up", "staff.add", "staff.reset_password", "staff.unlock", "staff.change_password"];
    assert_eq!(actions, expected);
    for row in desk.rows("SELECT actor, detail FROM audit_log").await {
        assert!(!row.contains("argon2") && !row.contains("hash"), "{row}");
    }
    there.close().await;
}
