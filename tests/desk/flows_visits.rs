//! What keys do to a visit, and what they do where another desk was there first.

use frontdesk::domain::appointment::Status;
use frontdesk::domain::booking::{Intent, Outcome};
use frontdesk::domain::ids::AppointmentId;

use crate::clinic::{House, LEE, SMITHERS, TODAY, wall};
use crate::flows_board::{desk_at, row};
use crate::support::{FREE, Frame};

#[tokio::test]
async fn one_key_each_says_what_became_of_a_visit_and_u_takes_it_back() {
    let house = House::new();
    let mut desk = desk_at(&house, "Hannah Lee", "09:30").await;
    for (key, said, letter, kept) in [
        ("d", "Ana Ruiz (1992-01-15) is done", "C Ana Ruiz", "Completed"),
        ("n", "Ana Ruiz (1992-01-15) is a no-show", "N Ana Ruiz", "No-Show"),
        ("c", "Ana Ruiz (1992-01-15) is cancelled", "X Ana Ruiz", "Cancelled"),
    ] {
        desk.keys(key).await;
        desk.wait_for(said).await;
        desk.until(letter, |frame| row(frame, "09:42").contains(letter)).await;
        let line = format!("09:30 30 Dr. Hannah Lee: Ana Ruiz, {kept}");
        assert!(house.visits(TODAY).await.contains(&line));
        desk.keys("u").await;
        desk.wait_for("Undone: Ana Ruiz (1992-01-15) is scheduled again").await;
        desk.until("it stands again", |frame| row(frame, "09:42").contains("S Ana Ruiz")).await;
    }
    desk.keys("u").await;
    desk.wait_for("There is nothing to undo").await;
    assert!(house.visits(TODAY).await.contains(&"09:30 30 Dr. Hannah Lee: Ana Ruiz, Scheduled".to_owned()));
}

#[tokio::test]
async fn what_became_of_a_visit_before_its_day_is_said_to_be_early() {
    let house = House::new();
    let starts = wall("2026-12-02T13:00");
    let visit = Intent::Book { patient_id: SMITHERS, doctor_id: LEE, starts, minutes: 30, notes: None };
    house.carry_out(&visit).await;
    let mut desk = desk_at(&house, "Hannah Lee", "13:00").await;
    desk.keys("]").await;
    desk.wait_for("Wednesday 2 Dec").await;
    desk.wait_for("S Joan Smithers").await;
    desk.keys("c").await;
    desk.wait_for("Joan Smithers (1975-11-30) is cancelled · u undoes it").await;
    desk.keys("n").await;
    desk.wait_for("Joan Smithers (1975-11-30) is a no-show, before its day · u undoes it").await;
}

#[tokio::test]
async fn the_keys_at_the_foot_are_those_that_change_the_visit() {
    let house = House::new();
    let mut desk = desk_at(&house, "Hannah Lee", "09:30").await;
    let keys = |frame: &Frame| frame.lines().last().unwrap().clone();
    let scheduled = keys(&desk.frame());
    assert!(scheduled.contains("c cancel") && !scheduled.contains("s schedule"), "{scheduled}");
    desk.keys("c").await;
    let frame = desk.wait_for("Ana Ruiz (1992-01-15) is cancelled").await;
    let cancelled = keys(&frame);
    assert!(cancelled.contains("s schedule") && !cancelled.contains("c cancel"), "{cancelled}");
}

#[tokio::test]
async fn an_undo_after_a_move_does_not_reach_back_to_another_visit() {
    let house = House::new();
    let mut desk = desk_at(&house, "Hannah Lee", "09:30").await;
    desk.keys("n").await;
    desk.wait_for("Ana Ruiz (1992-01-15) is a no-show").await;
    desk.go_to("Hannah Lee", "10:00").await;
    desk.keys("m«13:00»").await;
    desk.wait_for(FREE).await;
    desk.keys("<Enter>").await;
    desk.wait_for("Moved Peter Novák").await;
    desk.keys("u").await;
    desk.wait_for("There is nothing to undo").await;
    assert!(house.visits(TODAY).await.contains(&"09:30 30 Dr. Hannah Lee: Ana Ruiz, No-Show".to_owned()));
}

#[tokio::test]
async fn an_undo_typed_ahead_undoes_what_was_typed_before_it() {
    let house = House::new();
    let mut desk = desk_at(&house, "Hannah Lee", "10:00").await;
    desk.keys("d").await;
    desk.wait_for("Peter Novák (1968-07-21) is done").await;
    // Up to Ana Ruiz.
    desk.keys("kcu").await;
    desk.wait_for("Undone: Ana Ruiz (1992-01-15) is scheduled again").await;
    let visits = house.visits(TODAY).await;
    assert!(visits.contains(&"09:30 30 Dr. Hannah Lee: Ana Ruiz, Scheduled".to_owned()), "{visits:?}");
    assert!(visits.contains(&"10:00 15 Dr. Hannah Lee: Peter Novák, Completed".to_owned()), "{visits:?}");
}

#[tokio::test]
async fn a_cancelled_visit_whose_time_is_free_is_scheduled_again() {
    let house = House::new();
    let mut desk = desk_at(&house, "Hannah Lee", "10:30").await;
    desk.keys("s").await;
    desk.wait_for("Mia Chen (2015-09-09) is scheduled").await;
    desk.keys("s").await;
    desk.wait_for("Mia Chen (2015-09-09) is scheduled already").await;
}

#[tokio::test]
async fn an_open_visit_follows_what_another_desk_does_to_it() {
    let house = House::new();
    let mut desk = desk_at(&house, "Hannah Lee", "09:30").await;
    desk.keys("<Enter>").await;
    let frame = desk.wait_for("Brings the last ECG.").await;
    assert!(frame.text().contains("S Scheduled") && frame.text().contains("Cleo Tan"), "{}", frame.text());
    let id = house.visit_of(LEE, "09:30").await.id;
    let status = Status::Completed;
    house.carry_out(&Intent::SetStatus { id, status, seen: None }).await;
    let frame = desk.wait_for("C Completed").await;
    assert!(frame.text().contains("Ben Okafor"), "{}", frame.text());
}

#[tokio::test]
async fn a_cancelled_visit_whose_time_another_has_is_counted_and_gone_to() {
    let house = House::new();
    let outcome = house.book(LEE, SMITHERS, &format!("{TODAY}T10:30"), 30).await;
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    let mut desk = desk_at(&house, "Hannah Lee", "10:00").await;
    let frame = desk.wait_for("S +1x Joan Smithers").await;
    assert!(!frame.text().contains("Mia Chen"), "{}", frame.text());
    // Up and down mean the visit that has the time; Tab comes to the other too, and keys mean it.
    let frame = desk.keys("jj").await;
    assert!(frame.status().contains("Joan Smithers  1975-11-30  Scheduled"), "{}", frame.text());
    let frame = desk.keys("<BackTab>").await;
    assert!(
        frame.status().contains("10:30-11:00  30 min  Mia Chen  2015-09-09  Cancelled"),
        "{}",
        frame.text()
    );
    assert!(row(&frame, "10:30").contains("▶X Mia Chen"), "{}", frame.text());
    desk.keys("<Enter>").await;
    desk.wait_for("X Cancelled").await;
    desk.keys("<Esc>s").await;
    desk.wait_for("Mia Chen (2015-09-09) stays as it was: Joan Smithers (1975-11-30) has the time now").await;
    let frame = desk.keys("<Tab>").await;
    assert!(frame.status().contains("Joan Smithers  1975-11-30  Scheduled"), "{}", frame.text());
}

type Change = fn(AppointmentId) -> Intent;

/// What another desk did a moment ago, which this one has not seen yet, is not undone by a key.
#[tokio::test]
async fn a_status_key_for_what_another_desk_changed_meanwhile_changes_nothing_and_says_what_it_is() {
    let cancel = |id| Intent::SetStatus { id, status: Status::Cancelled, seen: None };
    let later = |id| Intent::Reschedule {
        id,
        doctor_id: None,
        starts: Some(wall(&format!("{TODAY}T13:30"))),
        minutes: None,
    };
    let intents: [(Change, &str, &str); 2] = [
        (
            cancel,
            "Ana Ruiz (1992-01-15) is cancelled now, by Ben Okafor; nothing was changed here",
            "09:30 30 Dr. Hannah Lee: Ana Ruiz, Cancelled",
        ),
        (
            later,
            "Ana Ruiz (1992-01-15) is at Tue 1 Dec 13:30 now, 30 min, Dr. Hannah Lee, by Ben Okafor; nothing",
            "13:30 30 Dr. Hannah Lee: Ana Ruiz, Scheduled",
        ),
    ];
    for (theirs, said, kept) in intents {
        for from_card in [false, true] {
            let mut raced = false;
            // Where the board sees the other desk first, it is not a race.
            for _ in 0..5 {
                let house = House::new();
                let mut desk = desk_at(&house, "Hannah Lee", "09:30").await;
                if from_card {
                    desk.keys("<Enter>").await;
                    desk.wait_for("Brings the last ECG.").await;
                }
                house.carry_out(&theirs(house.visit_of(LEE, "09:30").await.id)).await;
                desk.keys("d").await;
                let frame = desk
                    .until("an answer", |frame| {
                        [said, "Ana Ruiz (1992-01-15) is done", "a doctor"]
                            .iter()
                            .any(|text| frame.text().contains(text))
                    })
                    .await;
                if frame.status().contains(said) {
                    let visits = house.visits(TODAY).await;
                    assert!(visits.contains(&kept.to_owned()), "{visits:?}");
                    desk.keys("u").await;
                    desk.wait_for("There is nothing to undo").await;
                    raced = true;
                    break;
                }
            }
            assert!(raced, "the board saw the other desk first, five times");
        }
    }
}

#[tokio::test]
async fn an_undo_does_not_take_back_what_another_desk_did_since_and_follows_a_move() {
    let house = House::new();
    let mut desk = desk_at(&house, "Hannah Lee", "09:30").await;
    desk.keys("n").await;
    desk.wait_for("Ana Ruiz (1992-01-15) is a no-show").await;
    // Moved here: it is still the change that is undone.
    desk.keys("m«14:30»").await;
    desk.wait_for(FREE).await;
    desk.keys("<Enter>").await;
    desk.wait_for("Still a no-show").await;
    desk.keys("u").await;
    desk.wait_for("Undone: Ana Ruiz (1992-01-15) is scheduled again").await;
    let visits = house.visits(TODAY).await;
    assert!(visits.contains(&"14:30 30 Dr. Hannah Lee: Ana Ruiz, Scheduled".to_owned()), "{visits:?}");
    desk.keys("n").await;
    desk.wait_for("Ana Ruiz (1992-01-15) is a no-show").await;
    let id = house.visit_of(LEE, "14:30").await.id;
    house.carry_out(&Intent::SetStatus { id, status: Status::Completed, seen: None }).await;
    desk.keys("u").await;
    // By the store, or by the board where that saw it first.
    desk.until("why not", |frame| {
        let status = frame.status();
        status.contains("Ana Ruiz (1992-01-15) is done now, by Ben Okafor")
            || status.contains("Ana Ruiz (1992-01-15) is done meanwhile")
    })
    .await;
    let visits = house.visits(TODAY).await;
    assert!(visits.contains(&"14:30 30 Dr. Hannah Lee: Ana Ruiz, Completed".to_owned()), "{visits:?}");
}

#[tokio::test]
async fn an_open_visit_tells_what_was_done_to_it_and_by_whom() {
    let house = House::new();
    let mut desk = desk_at(&house, "Hannah Lee", "09:30").await;
    desk.keys("c").await;
    desk.wait_for("Ana Ruiz (1992-01-15) is cancelled").await;
    desk.keys("s").await;
    desk.wait_for("is scheduled").await;
    desk.keys("<Enter>").await;
    desk.wait_for("Booked").await;
    desk.keys("h").await;
    let frame = desk.wait_for("reinstated").await;
    let told: Vec<String> = frame.lines().iter().map(|line| line.trim().to_owned()).collect();
    let at = |text: &str| {
        told.iter().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}: {told:?}"))
    };
    assert!(at("cancelled") < at("reinstated"), "{told:?}");
    assert!(told[at("reinstated") - 1].contains("Ana Ruiz-Cano · "), "{told:?}");
    // What another desk does is there once it is seen.
    let id = house.visit_of(LEE, "09:30").await.id;
    house.carry_out(&Intent::SetStatus { id, status: Status::Completed, seen: None }).await;
    desk.wait_for("set to completed").await;
    desk.keys("<Esc>").await;
    desk.wait_for("Booked").await;
}
