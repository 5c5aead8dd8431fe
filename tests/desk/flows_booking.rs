//! Booking and moving visits, as somebody types it.

use crate::clinic::{CHEN, House, LEE, RUIZ, SMITH, TODAY};
use crate::support::{FREE, Frame, Working};

/// The line of the board at a time.
fn row(frame: &Frame, time: &str) -> String {
    frame.lines().into_iter().find(|line| line.starts_with(time)).unwrap_or_default()
}

/// A desk whose cursor is on Dr. Lee at a time.
async fn desk_at(house: &House, time: &str) -> Working {
    let mut desk = house.desk().await;
    desk.go_to("Hannah Lee", time).await;
    desk
}

/// The form open there, for John Smith, with the verdict under the cursor.
async fn for_john(house: &House, time: &str, verdict: &str) -> Working {
    let mut desk = desk_at(house, time).await;
    desk.keys("b").await;
    desk.keys("john smith").await;
    desk.wait_for("1980-04-02  +49305550101").await;
    desk.keys("<Enter>").await;
    desk.wait_for(verdict).await;
    desk
}

#[tokio::test]
async fn a_visit_is_booked_from_the_board_by_type_ahead_and_two_enters() {
    let house = House::new();
    let mut desk = desk_at(&house, "13:00").await;
    assert!(desk.frame().cursor.is_none());
    desk.keys("b").await;
    let frame = desk.keys("smi joh").await;
    assert!(frame.text().contains("Book a visit"));
    // The cursor stands behind what is typed.
    let cursor = frame.cursor.unwrap();
    assert!(frame.lines()[usize::from(cursor.y)][..usize::from(cursor.x)].ends_with("smi joh"));
    desk.wait_for("1980-04-02  +49305550101").await;
    desk.keys("<Enter>").await;
    desk.wait_for("John Smith  1980-04-02").await;
    desk.wait_for(FREE).await;
    desk.keys("<Enter>").await;
    desk.wait_for("Booked John Smith (1980-04-02), Tue 1 Dec 13:00, Dr. Hannah Lee").await;
    let frame =
        desk.until("the visit on the board", |frame| row(frame, "13:00").contains("S John Smith")).await;
    assert!(!frame.text().contains("Book a visit"));
    let visits = house.visits(TODAY).await;
    assert!(visits.contains(&"13:00 30 Dr. Hannah Lee: John Smith, Scheduled".to_owned()), "{visits:?}");
    let kept = house.store().appointments_of_day(TODAY.parse().unwrap(), Some(LEE)).await.unwrap();
    let kept = kept.into_iter().find(|of| of.visit.patient_id == SMITH && of.visit.minutes == 30).unwrap();
    assert!(kept.booked_by.is_some() && kept.overbook_reason.is_none());
}

#[tokio::test]
async fn enter_before_the_look_up_answers_takes_whom_it_finds() {
    let house = House::new();
    let mut desk = desk_at(&house, "13:00").await;
    // All keys are there before the first answer is.
    desk.keys("bsmilla<Enter>").await;
    desk.wait_for("Smilla Jensen  2018-01-20").await;
    desk.wait_for(FREE).await;
    desk.keys("<Enter>").await;
    desk.wait_for("Booked Smilla Jensen").await;
}

#[tokio::test]
async fn all_that_is_typed_ahead_means_what_it_would_have_meant_with_the_answers_there() {
    let house = House::new();
    let mut desk = desk_at(&house, "09:30").await;
    // The opening after the cursor, a booking there for the best match, sent; then the day after,
    // and on it another one.
    desk.keys("obsmilla<Enter><Enter>]bnoah weber<Enter><Enter>").await;
    desk.wait_for("Booked Noah Weber (2020-05-25), Wed 2 Dec 10:15").await;
    assert!(
        house.visits(TODAY).await.contains(&"10:15 30 Dr. Hannah Lee: Smilla Jensen, Scheduled".to_owned())
    );
    let tomorrow = house.visits("2026-12-02").await;
    assert_eq!(tomorrow, ["10:15 30 Dr. Hannah Lee: Noah Weber, Scheduled"]);
}

#[tokio::test]
async fn what_was_typed_ahead_for_somebody_who_is_not_found_is_dropped() {
    let house = House::new();
    let mut desk = desk_at(&house, "13:00").await;
    desk.keys("bqqxx<Enter><Enter>1").await;
    let frame = desk.wait_for("nobody found; Ctrl-N registers a new patient").await;
    assert!(frame.line_with("Patient  ").unwrap().contains("qqxx "), "{}", frame.text());
}

#[tokio::test]
async fn what_is_in_the_way_stands_beside_the_fields_while_the_time_is_typed() {
    let house = House::new();
    let mut desk = desk_at(&house, "13:00").await;
    desk.keys("b<Tab><Tab><Tab>9:45").await;
    desk.wait_for("overlaps Ana Ruiz (1992-01-15) 09:30-10:00 by 15 min").await;
    let frame = desk.wait_for("overlaps Peter Novák (1968-07-21) 10:00-10:15 by 15 min").await;
    assert!(frame.text().contains("Cleo Tan, 2 days ago"), "{}", frame.text());
    assert!(frame.text().contains("Alt-1"), "{}", frame.text());
    desk.keys("<BackTab><Tab>8:45").await;
    desk.wait_for("outside hours 08:45-09:00").await;
    desk.keys("<BackTab><Tab>25:00<Tab>").await;
    desk.wait_for("time: \"25:00\" is not on the clock").await;
    desk.keys("<BackTab>14:30").await;
    desk.wait_for(FREE).await;
}

#[tokio::test]
async fn openings_are_taken_by_their_digits() {
    for (key, at) in [("1", "10:15"), ("2", "13:00"), ("3", "13:30"), ("<Tab><A-1>", "10:15")] {
        let house = House::new();
        let mut desk = for_john(&house, "09:30", "[3] 13:30").await;
        desk.keys(key).await;
        desk.wait_for(FREE).await;
        desk.keys("<Enter>").await;
        desk.wait_for(&format!("Booked John Smith (1980-04-02), Tue 1 Dec {at}")).await;
        assert!(
            house.visits(TODAY).await.contains(&format!("{at} 30 Dr. Hannah Lee: John Smith, Scheduled"))
        );
    }
}

#[tokio::test]
async fn who_loses_a_race_keeps_the_form_sees_who_won_and_takes_an_opening() {
    // A desk that happens to look in between sees the other visit before Enter; then the next time
    // is tried.
    for time in ["13:00", "13:30", "14:30", "15:00", "15:30"] {
        let house = House::new();
        let mut desk = for_john(&house, time, FREE).await;
        house.book(LEE, RUIZ, &format!("{TODAY}T{time}"), 30).await;
        desk.keys("<Enter>").await;
        let frame = desk.wait_for("overlaps Ana Ruiz").await;
        if !frame.text().contains("It was free a moment ago and is taken now") {
            continue;
        }
        let text = frame.text();
        assert!(text.contains("John Smith  1980-04-02"), "{text}");
        assert!(text.contains("booked by Ben Okafor, just now"), "{text}");
        assert!(text.contains("[1] "), "{text}");
        // Enter books nothing over it.
        desk.keys("<Enter>").await;
        desk.keys("1").await;
        desk.wait_for(FREE).await;
        desk.keys("<Enter>").await;
        desk.wait_for("Booked John Smith").await;
        let visits = house.visits(TODAY).await;
        let here = |who: &str| visits.iter().filter(|line| line.ends_with(who)).count();
        assert_eq!(
            (here("Lee: John Smith, Scheduled"), here("Lee: Ana Ruiz, Scheduled")),
            (1, 2),
            "{visits:?}"
        );
        return;
    }
    panic!("the board saw the other desk first, five times");
}

#[tokio::test]
async fn a_time_that_was_lost_and_is_free_again_can_be_booked() {
    let house = House::new();
    let mut desk = for_john(&house, "13:00", FREE).await;
    let other = house.book(LEE, RUIZ, &format!("{TODAY}T13:00"), 30).await;
    let frontdesk::domain::booking::Outcome::Done { appointment, .. } = other else { panic!("{other:?}") };
    desk.keys("<Enter>").await;
    desk.wait_for("overlaps Ana Ruiz").await;
    let status = frontdesk::domain::appointment::Status::Cancelled;
    house
        .carry_out(&frontdesk::domain::booking::Intent::SetStatus {
            id: appointment.visit.id,
            status,
            seen: None,
        })
        .await;
    let frame = desk.wait_for(FREE).await;
    assert!(!frame.text().contains("It was free a moment ago"));
    desk.keys("<Enter>").await;
    desk.wait_for("Booked John Smith (1980-04-02), Tue 1 Dec 13:00").await;
}

#[tokio::test]
async fn overbooking_asks_for_a_reason() {
    let house = House::new();
    let mut desk = for_john(&house, "09:30", "✗ overlaps Ana Ruiz").await;
    // Without a reason nothing is sent.
    desk.keys("<Enter>").await;
    desk.keys("<C-o>").await;
    desk.wait_for("Reason").await;
    desk.keys("<Enter>").await;
    desk.wait_for("reason: is empty").await;
    desk.keys("chest pain<Enter>").await;
    desk.wait_for("Booked John Smith (1980-04-02), Tue 1 Dec 09:30").await;
    let kept = house.store().appointments_of_day(TODAY.parse().unwrap(), Some(LEE)).await.unwrap();
    let reasons: Vec<_> = kept
        .iter()
        .filter(|of| of.visit.patient_id == SMITH)
        .map(|of| of.overbook_reason.as_deref())
        .collect();
    assert_eq!(reasons, [None, Some("chest pain")]);
    // Both stand side by side.
    let frame = desk.until("two visits at once", |frame| row(frame, "09:42").contains("S John")).await;
    assert!(row(&frame, "09:42").contains("S Ana"), "{}", frame.text());
}

#[tokio::test]
async fn leaving_the_reason_is_not_leaving_the_form() {
    let house = House::new();
    let mut desk = for_john(&house, "09:30", "✗ overlaps Ana Ruiz").await;
    desk.keys("<C-o>because").await;
    let frame = desk.keys("<Esc>").await;
    assert!(frame.text().contains("Book a visit") && !frame.text().contains("Reason"), "{}", frame.text());
    let frame = desk.keys("<Esc>").await;
    assert!(!frame.text().contains("─ Book a visit"), "{}", frame.text());
    // What was left can be taken up again.
    desk.keys("B").await;
    let frame = desk.wait_for("✗ overlaps Ana Ruiz").await;
    assert!(frame.text().contains("John Smith  1980-04-02"), "{}", frame.text());
}

#[tokio::test]
async fn a_visit_is_moved_by_typing_its_new_time() {
    let house = House::new();
    let mut desk = desk_at(&house, "09:30").await;
    // Typed in one go: the form is open with the first key.
    desk.keys("m13:00<Enter>").await;
    desk.wait_for("Moved Ana Ruiz (1992-01-15), Tue 1 Dec 13:00, Dr. Hannah Lee").await;
    let visits = house.visits(TODAY).await;
    assert!(visits.contains(&"13:00 30 Dr. Hannah Lee: Ana Ruiz, Scheduled".to_owned()), "{visits:?}");
    assert!(!visits.iter().any(|line| line.starts_with("09:30 30")), "{visits:?}");
}

#[tokio::test]
async fn a_visit_gets_another_doctor_and_length() {
    let house = House::new();
    let mut desk = desk_at(&house, "09:30").await;
    let frame = desk.keys("m").await;
    assert!(
        frame.text().contains("Move the visit of Ana Ruiz (1992-01-15), Tue 1 Dec 09:30"),
        "{}",
        frame.text()
    );
    desk.keys("14:30<Tab>45<BackTab><BackTab><BackTab>silva<Tab>").await;
    desk.wait_for(FREE).await;
    desk.keys("<Enter>").await;
    desk.wait_for("Moved Ana Ruiz (1992-01-15), Tue 1 Dec 14:30, Dr. Mariana Silva").await;
    let visits = house.visits(TODAY).await;
    assert!(visits.contains(&"14:30 45 Dr. Mariana Silva: Ana Ruiz, Scheduled".to_owned()), "{visits:?}");
}

#[tokio::test]
async fn the_keys_of_a_move_say_move_and_offer_no_new_patient() {
    let house = House::new();
    let mut desk = desk_at(&house, "09:30").await;
    desk.keys("b").await;
    let keys = |frame: &Frame| frame.lines().last().unwrap().clone();
    let booking = keys(&desk.frame());
    assert!(booking.contains("Enter book") && booking.contains("Ctrl-N new patient"), "{booking}");
    desk.keys("<Esc>").await;
    desk.keys("m").await;
    let moving = keys(&desk.frame());
    assert!(moving.contains("Enter move") && !moving.contains("new patient"), "{moving}");
}

#[tokio::test]
async fn a_day_of_another_year_is_said_with_its_year() {
    let house = House::new();
    let mut desk = for_john(&house, "13:00", FREE).await;
    desk.keys("<BackTab><BackTab><BackTab><BackTab>4.1.").await;
    desk.wait_for("Mon 4 Jan 2027").await;
    desk.wait_for(FREE).await;
    desk.keys("<Enter>").await;
    desk.wait_for("Booked John Smith (1980-04-02), Mon 4 Jan 2027 13:00, Dr. Hannah Lee").await;
}

#[tokio::test]
async fn a_visit_is_not_in_its_own_way_when_it_grows_and_is_in_others() {
    let house = House::new();
    let mut desk = desk_at(&house, "09:30").await;
    desk.keys("m<Tab>20").await;
    desk.wait_for(FREE).await;
    desk.keys("<BackTab><Tab>45").await;
    desk.wait_for("overlaps Peter Novák (1968-07-21) 10:00-10:15 by 15 min").await;
    desk.keys("<Enter>").await;
    assert!(house.visits(TODAY).await.contains(&"09:30 30 Dr. Hannah Lee: Ana Ruiz, Scheduled".to_owned()));
}

#[tokio::test]
async fn what_cannot_be_is_said_at_its_field() {
    let house = House::new();
    let mut desk = desk_at(&house, "13:00").await;
    let before = house.visits(TODAY).await;
    // Without a patient nothing is sent.
    desk.keys("b<Tab><Tab><Tab><Enter>").await;
    desk.wait_for("patient: choose a patient from the list").await;
    // Enter goes to the first of the faults each time, which is the patient.
    for (keys, fault) in [
        ("<Tab>nobody here", "doctor: no doctor of this name"),
        ("<Tab><Tab>31.2.2027", "date: 31 February does not exist"),
        ("<Tab><Tab><Tab>9:75", "time: \"9:75\" is not on the clock"),
        ("<Tab><Tab><Tab><Tab>0", "length: 0 is too short"),
    ] {
        desk.keys(keys).await;
        desk.keys("<Enter>").await;
        let frame = desk.wait_for(fault).await;
        assert!(frame.text().contains("Book a visit"), "{}", frame.text());
    }
    assert_eq!(house.visits(TODAY).await, before);
}

#[tokio::test]
async fn a_write_that_fails_keeps_the_form_and_enter_tries_again_and_books_once() {
    let house = House::new();
    let mut desk = for_john(&house, "13:00", FREE).await;
    let mut raw = house.raw().await;
    raw.run_text("CREATE TRIGGER no BEFORE INSERT ON appointments BEGIN SELECT RAISE(ABORT, 'no'); END")
        .await
        .unwrap();
    desk.keys("<Enter>").await;
    let frame = desk.wait_for("nothing is lost, Enter tries again").await;
    assert!(frame.text().contains("John Smith  1980-04-02"), "{}", frame.text());
    raw.run_text("DROP TRIGGER no").await.unwrap();
    desk.keys("<Enter>").await;
    desk.wait_for("Booked John Smith").await;
    let visits = house.visits(TODAY).await;
    assert_eq!(
        visits.iter().filter(|line| line.contains("Lee: John Smith, Scheduled")).count(),
        1,
        "{visits:?}"
    );
}

#[tokio::test]
async fn a_visit_that_was_cancelled_does_not_come_back_over_another() {
    let house = House::new();
    house.book(LEE, RUIZ, &format!("{TODAY}T10:30"), 30).await;
    let mut desk = house.desk().await;
    desk.keys("<F3>mia chen").await;
    desk.wait_for("X Tue  1 Dec 10:30").await;
    desk.keys("<Tab><Enter>").await;
    desk.wait_for("X Cancelled").await;
    desk.keys("s").await;
    let frame =
        desk.wait_for("Mia Chen (2015-09-09) stays as it was: Ana Ruiz (1992-01-15) has the time now").await;
    assert!(frame.text().contains("X Cancelled"), "{}", frame.text());
    let lee = house.store().appointments_of_day(TODAY.parse().unwrap(), Some(LEE)).await.unwrap();
    let chen = lee.iter().find(|of| of.visit.patient_id == CHEN).unwrap();
    assert_eq!(chen.visit.status, frontdesk::domain::appointment::Status::Cancelled);
}
