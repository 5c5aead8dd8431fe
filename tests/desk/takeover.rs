//! A desk whose person is another by now, or may do other things: what was typed waits for whoever typed it.

use std::time::Duration;

use frontdesk::domain::draft::{Draft, StaffDraft};
use frontdesk::domain::ids::DoctorId;
use frontdesk::domain::staff::{Role, StaffDetails};
use frontdesk::runtime::Ending;

use crate::clinic::{House, TODAY, order, other_desk};
use crate::flows_gate::{ANA, BEN, LOCKED, PASSWORD, assert_nothing_is_seen, drafts, house, member, trail};
use crate::frames::hold;
use crate::support::FREE;

/// Whoever sees that a form is gone stops typing for a moment.
const PAUSE: Duration = Duration::from_secs(3);

/// Somebody else signs in over it: they find a desk of their own, and the first one what they had typed.
#[tokio::test]
async fn another_person_signs_in_over_it_and_the_drafts_of_the_first_wait_for_the_first() {
    for (keys, shown, again) in [
        ("obsmilla<Enter>", FREE, ["Smilla Jensen", "✓ free"]),
        ("<Home>l<Tab><Tab>m<C-u>13:00<Tab><C-u>45", FREE, ["Ana Ruiz", "45"]),
        ("<Home>l<Tab><Tab>exx", "tablets.xx", ["tablets.xx", "Visit #"]),
        ("2«smilla»<C-e> Maria", "Smilla Jensen Maria", ["Smilla Jensen Maria", "Edit Smilla Jensen"]),
        ("2«nobody at all»<C-n><Tab>1.1.2001", "Register a patient", ["nobody at all", "1.1.2001"]),
    ] {
        let house = house().await;
        let mut desk = house.desk().await;
        if keys.contains("<C-e>") {
            desk.keys("2«smilla»").await;
            desk.wait_for("Dr. Mariana Silva").await;
            desk.keys("<C-e> Maria").await;
        } else {
            desk.keys(keys).await;
        }
        desk.wait_for(shown).await;
        desk.keys("<A-l>").await;
        desk.wait_for(LOCKED).await;
        desk.keys(&format!("<Tab><C-u>«{BEN}»<Tab>«{PASSWORD}»<Enter>")).await;
        let frame = desk.wait_for("Dr. Hannah Lee").await;
        assert!(frame.lines()[0].contains("Ben Okafor"), "{}", frame.text());
        assert!(!again.iter().all(|text| frame.text().contains(text)), "{}", frame.text());
        assert!(frame.line_with("Book a visit").is_none());
        assert_eq!(drafts(&house).await, 1, "{keys}");
        // What Ben does is Ben's: nothing is taken up that is not his.
        desk.keys("<Esc>B").await;
        desk.wait_for("Nothing was left unfinished").await;
        desk.keys("<A-o>").await;
        let frame = desk.wait_for("Signed out.").await;
        assert_nothing_is_seen(&frame);
        assert!(!frame.text().contains(BEN), "the next one is somebody else");
        desk.keys(&format!("«{ANA}»<Tab>«{PASSWORD}»<Enter>")).await;
        desk.wait_for("Left unfinished: ").await;
        desk.wait_for("Dr. Hannah Lee").await;
        desk.keys("B").await;
        for text in again {
            desk.wait_for(text).await;
        }
        assert_eq!(drafts(&house).await, 0);
        assert_eq!(
            trail(&house, desk).await,
            [
                "desk.lock Ana Ruiz-Cano",
                "sign_in Ben Okafor",
                "sign_out Ana Ruiz-Cano",
                "sign_out Ben Okafor",
                "sign_in Ana Ruiz-Cano",
                "sign_out Ana Ruiz-Cano"
            ]
        );
    }
}

/// Two things that were left, each at a desk that was locked and ended: the notes of a visit, then a booking.
async fn leave_two(house: &House) {
    for (keys, shown) in [("<Home>l<Tab><Tab>exx", "tablets.xx"), ("obsmilla<Enter>", FREE)] {
        let mut desk = house.desk().await;
        desk.wait_for("Dr. Hannah Lee").await;
        if shown == FREE {
            desk.wait_for("Left unfinished: the notes of a visit").await;
        }
        desk.keys(keys).await;
        desk.wait_for(shown).await;
        desk.keys("<A-l>").await;
        desk.wait_for(LOCKED).await;
        desk.press("<C-q>");
        desk.ended().await.unwrap();
    }
}

/// Each of several is come to: what is left again goes behind the others.
#[tokio::test]
async fn of_several_that_were_left_each_is_taken_up_in_its_turn() {
    let house = house().await;
    leave_two(&house).await;
    let mut desk = house.desk().await;
    desk.wait_for("2 things were left unfinished, the last a booking · B takes it up").await;
    desk.wait_for("Dr. Hannah Lee").await;
    for _ in 0..2 {
        desk.keys("B").await;
        desk.wait_for("Taken up: a booking · 1 more waits").await;
        desk.wait_for(FREE).await;
        desk.wait_for("Smilla Jensen").await;
        desk.keys("<Esc>").await;
        desk.wait_for("B takes up the next of 2: the notes of a visit").await;
        desk.keys("B").await;
        desk.wait_for("Taken up: the notes of a visit · 1 more waits").await;
        desk.wait_for("tablets.xx").await;
        let frame = desk.keys("<Esc>").await;
        assert!(frame.text().contains("k keep it for later"), "{}", frame.text());
        desk.keys("k").await;
        desk.wait_for("B takes up the next of 2: a booking").await;
    }
    // Another that is left meanwhile takes the place of none.
    desk.keys("bmaria<Esc>").await;
    desk.wait_for("B takes it up again, then 2 more").await;
    desk.keys("b«nobody at all»<Esc>").await;
    desk.wait_for("B takes it up again, then 3 more").await;
    for (shown, waits) in
        [("nobody at all", "3 more wait"), ("maria", "3 more wait"), ("Smilla Jensen", "3 more wait")]
    {
        desk.keys("B").await;
        desk.wait_for(waits).await;
        desk.wait_for(shown).await;
        desk.keys("<Esc>").await;
        desk.wait_for("Left unfinished · B takes up the next of 4").await;
    }
}

/// What is not wanted any more is thrown away, one at a time, after a question.
#[tokio::test]
async fn what_was_left_is_thrown_away_after_a_question() {
    let house = house().await;
    leave_two(&house).await;
    let mut desk = house.desk().await;
    desk.wait_for("2 things were left unfinished, the last a booking").await;
    desk.wait_for("Dr. Hannah Lee").await;
    desk.keys("B").await;
    desk.wait_for(FREE).await;
    desk.keys("<C-t>").await;
    let frame = desk.wait_for("Throw this form away?").await;
    hold("takeover-throw-away", &frame);
    desk.keys("n").await;
    let frame = desk.wait_for(FREE).await;
    assert!(frame.text().contains("Smilla Jensen"), "{}", frame.text());
    desk.keys("<C-t>k").await;
    desk.wait_for("B takes up the next of 2: the notes of a visit").await;
    desk.keys("B").await;
    desk.wait_for("tablets.xx").await;
    desk.keys("<Esc>y<Esc>B").await;
    desk.wait_for(FREE).await;
    desk.keys("<C-t>y").await;
    let frame = desk.keys("B").await;
    assert!(frame.text().contains("Nothing was left unfinished"), "{}", frame.text());
    desk.keys("<C-q>").await;
    assert_eq!(desk.ended().await.unwrap(), Ending::Left, "without a question");
    assert_eq!(drafts(&house).await, 0);
}

/// What is kept for later on another screen waits on the calendar.
#[tokio::test]
async fn a_record_that_is_kept_for_later_is_taken_up_on_the_calendar() {
    let house = house().await;
    let mut desk = house.desk().await;
    desk.keys("2«smilla»").await;
    desk.wait_for("Dr. Mariana Silva").await;
    desk.keys("<C-e> Maria<Esc>k").await;
    let frame = desk.wait_for("Left unfinished · B on the calendar takes it up again").await;
    assert!(frame.line_with("Edit Smilla").is_none(), "{}", frame.text());
    desk.keys("<Esc>B").await;
    desk.wait_for("Smilla Jensen Maria").await;
    desk.wait_for("Edit Smilla Jensen").await;
}

/// A form of the staff is kept as all others are, and taken up over the record as it is by then.
#[tokio::test]
async fn a_form_of_the_staff_waits_for_whoever_typed_it() {
    let ben = "ben.okafor@riverside.example";
    for (opens, typed, shown) in [
        (
            "n",
            "Cleo Tan<Tab>cleo@<Tab>d<Tab>lee",
            ["Add to the staff", "Cleo Tan", "cleo@", "Dr. Hannah Lee  #1"],
        ),
        (
            "<Down>e",
            "<End> Senior<Tab><Tab>r",
            ["Edit Ben Okafor  #2", "Okafor Senior", "● receptionist", ben],
        ),
    ] {
        let house = house().await;
        let mut desk = house.desk().await;
        desk.keys("6").await;
        desk.wait_for("2 active").await;
        desk.keys(opens).await;
        desk.wait_for(shown[0]).await;
        desk.keys(typed).await;
        desk.keys("<A-l>").await;
        desk.wait_for(LOCKED).await;
        desk.keys(&format!("<Tab><C-u>«{BEN}»<Tab>«{PASSWORD}»<Enter>")).await;
        desk.wait_for("Ben Okafor, administrator").await;
        assert_eq!(drafts(&house).await, 1);
        let before = member(&house, 2).await;
        let details = StaffDetails { os_user: Some("benny".into()), ..before.details.clone() };
        let store = other_desk(&house.store());
        store.save_staff(&order(), Some(&before), &details, true, None).await.unwrap();
        desk.keys("<A-l>").await;
        desk.wait_for(LOCKED).await;
        desk.keys(&format!("<Tab><C-u>«{ANA}»<Tab>«{PASSWORD}»<Enter>")).await;
        desk.wait_for("Left unfinished: the record of a member of staff").await;
        desk.wait_for("Dr. Hannah Lee").await;
        desk.keys("B").await;
        for text in shown {
            desk.wait_for(text).await;
        }
        if opens != "n" {
            let frame = desk.wait_for("another desk changed: Unix account").await;
            assert!(frame.text().contains("benny"), "{}", frame.text());
        }
        assert_eq!(drafts(&house).await, 0);
    }
}

/// What a new role may not do is closed, with what was typed kept for when they may again.
#[tokio::test]
async fn what_a_new_role_may_not_do_is_closed_and_what_was_typed_is_kept() {
    for (screen, known, keys, shown, role) in [
        ("6", "2 active", "nCleo Tan", "Add to the staff", Role::Receptionist),
        ("2«smilla»", "Dr. Mariana Silva", "<C-e> Maria", "Edit Smilla Jensen", Role::Doctor),
        ("", "Dr. Hannah Lee", "bnobody at all<C-n><Tab>12", "Register a patient", Role::Doctor),
    ] {
        let house = house().await;
        let mut desk = house.desk().await;
        desk.keys(screen).await;
        desk.wait_for(known).await;
        desk.keys(keys).await;
        desk.wait_for(shown).await;
        let before = member(&house, 1).await;
        let doctor_id = (role == Role::Doctor).then_some(DoctorId(1));
        let details = StaffDetails { role, doctor_id, ..before.details.clone() };
        let store = other_desk(&house.store());
        let now = store.save_staff(&order(), Some(&before), &details, true, None).await.unwrap();
        let frame = desk.wait_for("what you had typed is kept").await;
        assert!(!frame.text().contains(shown), "{}", frame.text());
        desk.pass(PAUSE);
        desk.keys("<Esc><Esc>").await;
        desk.wait_for("Dr. Hannah Lee").await;
        if screen.is_empty() {
            // What the form was opened for is left, and the one as well as the other is theirs to go on with.
            desk.keys("<A-l>").await;
            desk.wait_for(LOCKED).await;
            desk.keys(&format!("<Tab><C-u>«{BEN}»<Tab>«{PASSWORD}»<Enter>")).await;
            desk.wait_for("Ben Okafor, administrator").await;
            assert_eq!(drafts(&house).await, 2);
            continue;
        }
        if role == Role::Receptionist {
            desk.keys("B").await;
            desk.wait_for("which you may not go on with").await;
        }
        store.save_staff(&order(), Some(&now), &before.details, true, None).await.unwrap();
        desk.wait_for("Ana Ruiz-Cano, administrator").await;
        desk.wait_for("Dr. Hannah Lee").await;
        desk.pass(PAUSE);
        desk.keys("B").await;
        desk.wait_for(shown).await;
    }
}

/// What is another doctor's is not taken up at the same desk while the new role forbids it, and is once it may be.
#[tokio::test]
async fn what_a_new_role_may_not_do_waits_at_the_same_desk() {
    for (time, keys, shown, leave, again) in [
        // A booking with that doctor, which was left.
        (
            "15:30",
            "b«smilla»<Enter>",
            "Smilla Jensen  2018-01-20",
            "<Esc>",
            ["Smilla Jensen", "Chidi Okafor"],
        ),
        // A visit of theirs that is moved, and the notes of one.
        ("13:00", "m<C-u>16:15", "16:15", "", ["Move the visit of", "16:15"]),
        ("13:00", "e<End>brings a scan", "brings a scan", "", ["brings a scan", "Chidi Okafor"]),
    ] {
        let house = House::new();
        let mut desk = house.desk().await;
        desk.go_to("Chidi Okafor", time).await;
        desk.keys(keys).await;
        desk.wait_for(shown).await;
        desk.keys(leave).await;
        let before = member(&house, 1).await;
        let role = Role::Doctor;
        let details = StaffDetails { role, doctor_id: Some(DoctorId(1)), ..before.details.clone() };
        let store = other_desk(&house.store());
        let now = store.save_staff(&order(), Some(&before), &details, true, None).await.unwrap();
        desk.wait_for("what you had typed is kept").await;
        desk.pass(PAUSE);
        desk.keys("B").await;
        desk.wait_for("which you may not go on with").await;
        store.save_staff(&order(), Some(&now), &before.details, true, None).await.unwrap();
        desk.wait_for("Ana Ruiz-Cano, administrator").await;
        desk.wait_for("Dr. Hannah Lee").await;
        desk.pass(PAUSE);
        desk.keys("B").await;
        for text in again {
            desk.wait_for(text).await;
        }
    }
}

/// It waits in the database meanwhile: nobody is asked about what they are not shown, and leaving loses nothing.
#[tokio::test]
async fn what_a_role_may_not_go_on_with_is_offered_once_it_may() {
    let house = house().await;
    let staff = [("name".to_owned(), "Cleo Tan".to_owned())].into();
    let typed = Draft::Staff(StaffDraft { staff_of: None, staff, before: None });
    house.store().keep_draft(&typed, order().at).await.unwrap();
    let ana = member(&house, 1).await;
    let details = StaffDetails { role: Role::Receptionist, ..ana.details.clone() };
    let store = other_desk(&house.store());
    let now = store.save_staff(&order(), Some(&ana), &details, true, None).await.unwrap();
    let mut desk = house.desk().await;
    desk.wait_for("Ana Ruiz-Cano, receptionist").await;
    desk.pass(PAUSE);
    desk.keys("B").await;
    desk.wait_for("Nothing was left unfinished").await;
    desk.keys("<C-q>").await;
    assert_eq!(desk.ended().await.unwrap(), Ending::Left, "without a question");
    assert_eq!(drafts(&house).await, 1);

    let mut desk = house.desk().await;
    desk.wait_for("Ana Ruiz-Cano, receptionist").await;
    let now = store.save_staff(&order(), Some(&now), &ana.details, true, None).await.unwrap();
    desk.wait_for("Left unfinished: the record of a member of staff").await;
    desk.wait_for("Dr. Hannah Lee").await;
    desk.pass(PAUSE);
    desk.keys("B").await;
    desk.wait_for("Cleo Tan").await;
    // And so does what is closed at this desk.
    store.save_staff(&order(), Some(&now), &details, true, None).await.unwrap();
    desk.wait_for("what you had typed is kept").await;
    desk.pass(PAUSE);
    desk.keys("<C-q>").await;
    assert_eq!(desk.ended().await.unwrap(), Ending::Left);
    assert_eq!(drafts(&house).await, 1);
}

/// Whoever types a name into a form that is gone commands nothing by it.
#[tokio::test]
async fn what_is_typed_on_for_a_form_that_an_administrator_closed_is_dropped_until_a_pause() {
    for size in [(80, 24), (120, 40)] {
        let house = house().await;
        let mut desk = house.desk_of(size).await;
        // The cursor is on Peter Novák's visit, which a receptionist may change.
        desk.go_to("Hannah Lee", "10:00").await;
        desk.keys("6").await;
        desk.wait_for("2 active").await;
        desk.keys("nCleo").await;
        desk.wait_for("Add to the staff").await;
        let visits = house.visits(TODAY).await;
        let before = member(&house, 1).await;
        let details = StaffDetails { role: Role::Receptionist, ..before.details.clone() };
        let store = other_desk(&house.store());
        store.save_staff(&order(), Some(&before), &details, true, None).await.unwrap();
        desk.wait_for("pause; what you had typed is kept").await;
        desk.wait_for("Dr. Hannah Lee").await;
        for typed in ["n", "c", "d", "<Tab>", "«pasted»", "<Enter>", "<C-q>", "3"] {
            desk.pass(Duration::from_secs(1));
            let frame = desk.keys(typed).await;
            assert!(frame.status().contains("pause; what you had typed is kept"), "{}", frame.text());
        }
        hold("takeover-pause", &desk.frame());
        assert_eq!(house.visits(TODAY).await, visits);
        desk.pass(PAUSE);
        let frame = desk.keys("<F1>").await;
        assert!(frame.text().contains("Keys: what works here"), "{}", frame.text());
        assert_eq!(house.visits(TODAY).await, visits);
    }
}

/// A form that the new role may go on with stays as it is.
#[tokio::test]
async fn what_a_new_role_may_do_stays_as_it_is() {
    let house = house().await;
    let mut desk = house.desk().await;
    desk.fill_booking("smilla", "Smilla Jensen  2018-01-20").await;
    let before = member(&house, 1).await;
    let details = StaffDetails { role: Role::Receptionist, ..before.details.clone() };
    let store = other_desk(&house.store());
    store.save_staff(&order(), Some(&before), &details, true, None).await.unwrap();
    desk.wait_for("Ana Ruiz-Cano, receptionist").await;
    desk.wait_for(FREE).await;
    desk.keys("<Enter>").await;
    desk.wait_for("Booked Smilla Jensen").await;
}

/// What the first one sent is written as theirs, and only then the next one has the desk.
#[tokio::test]
async fn what_is_being_written_is_written_before_another_has_the_desk() {
    let house = house().await;
    let mut desk = house.desk().await;
    desk.go_to("Hannah Lee", "10:00").await;
    let mut raw = house.raw().await;
    raw.run_text("BEGIN IMMEDIATE").await.unwrap();
    desk.keys("c<A-l>").await;
    desk.wait_for(LOCKED).await;
    raw.run_text("ROLLBACK").await.unwrap();
    desk.keys(&format!("<Tab><C-u>«{BEN}»<Tab>«{PASSWORD}»<Enter>")).await;
    let frame = desk.wait_for("Dr. Hannah Lee").await;
    assert!(frame.lines()[0].contains("Ben Okafor"), "{}", frame.text());
    assert!(!frame.text().contains("is cancelled"), "a message that is not his");
    let visit = house.store().appointments_of_day(TODAY.parse().unwrap(), None).await.unwrap();
    let novak = visit.iter().find(|of| of.patient_name == "Peter Novák").unwrap();
    assert_eq!(novak.changed_by.as_deref(), Some("Ana Ruiz-Cano"));
}

#[tokio::test]
async fn a_role_that_is_changed_elsewhere_holds_at_once() {
    let house = house().await;
    let mut desk = house.desk().await;
    let before = member(&house, 1).await;
    let mut details = before.details.clone();
    details.role = Role::Receptionist;
    let store = other_desk(&house.store());
    store.save_staff(&order(), Some(&before), &details, true, None).await.unwrap();
    desk.wait_for("Ana Ruiz-Cano, receptionist").await;
    let frame = desk.wait_for("An administrator changed what you may do here").await;
    assert!(frame.text().contains("Dr. Hannah Lee"), "{}", frame.text());
}
