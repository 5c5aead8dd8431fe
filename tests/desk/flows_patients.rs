//! Looking patients up, registering them and changing their records; their visits and the notes.

use frontdesk::domain::appointment::Status;
use frontdesk::domain::booking::Intent;
use frontdesk::domain::ids::PatientId;

use crate::clinic::{House, LEE, RUIZ, SMITH, TODAY, order, wall};
use crate::support::{FREE, Frame, Working};

/// The patients screen.
async fn patients(house: &House) -> Working {
    let mut desk = house.desk().await;
    desk.keys("2").await;
    desk
}

#[tokio::test]
async fn a_patient_is_found_by_whatever_is_known_of_them() {
    let house = House::new();
    let mut desk = patients(&house).await;
    for (typed, found) in [
        ("smith john", "John Smith"),
        ("NOVAK", "Peter Novák"),
        ("wojcik", "Łukasz Wójcik"),
        ("Odegard", "Lars Ødegård"),
        ("o'conn", "Siobhán O'Connor"),
        ("王小", "王小明"),
        ("петр", "Иван Петров"),
        ("0103", "Ana Ruiz"),
        ("+49 30 555 0106", "Zoë Brontë"),
        ("patient4@example.org", "Peter Novák"),
        ("29.2.1988", "Zoë Brontë"),
        ("1988-02-29", "Zoë Brontë"),
        ("29 Feb 1988", "Zoë Brontë"),
        ("#12", "José García Márquez"),
    ] {
        desk.keys(typed).await;
        // The first of the list, and the person beside it.
        desk.until(&format!("{typed} to find {found}"), |frame| {
            frame.lines().iter().any(|line| line.starts_with(&format!(" ▶ {found}")))
                && frame.text().contains(&format!("{found}  #"))
        })
        .await;
        desk.keys(&"<Back>".repeat(typed.chars().count())).await;
    }
}

#[tokio::test]
async fn a_typo_is_forgiven_and_said() {
    let house = House::new();
    let mut desk = patients(&house).await;
    let frame = forgiven(&mut desk).await;
    assert!(frame.text().contains("José García Márquez"), "{}", frame.text());
}

/// Types a name wrongly, until the words of names, which are read behind the first frame, are there
/// to forgive it.
pub async fn forgiven(desk: &mut Working) -> Frame {
    for _ in 0..100 {
        desk.keys("garzia marquez").await;
        let frame = desk
            .until("an answer", |f| f.text().contains("Nobody") || f.text().contains("José García"))
            .await;
        if frame.text().contains("Nobody is spelled so") {
            return desk.wait_for("Past visits").await;
        }
        desk.keys(&"<Back>".repeat(14)).await;
    }
    panic!("no typo is forgiven:\n{}", desk.frame().text());
}

#[tokio::test]
async fn enter_before_the_look_up_answers_is_for_whom_it_finds_and_not_for_whom_it_found_before() {
    let house = House::new();
    let mut desk = patients(&house).await;
    desk.find("john smith", "John Smith  #1").await;
    let typed = format!("{}wojcik<Enter>", "<Back>".repeat(10));
    desk.keys(&typed).await;
    let frame = desk.wait_for("Book a visit").await;
    assert!(frame.line_with("Patient  ").unwrap().contains("Łukasz Wójcik"), "{}", frame.text());
}

#[tokio::test]
async fn nobody_found_says_how_to_register() {
    let house = House::new();
    let mut desk = patients(&house).await;
    desk.keys("qqxx").await;
    desk.wait_for("Nobody found; Ctrl-N registers a new patient").await;
    let frame = desk.keys("<C-n>").await;
    assert!(frame.text().contains("Register a patient"), "{}", frame.text());
    assert!(frame.line_with("Name").unwrap().contains("qqxx"), "{}", frame.text());
}

#[tokio::test]
async fn every_wrong_value_is_said_at_its_field_and_the_right_ones_are_kept() {
    let house = House::new();
    let mut desk = patients(&house).await;
    let frame = desk.keys("<C-n>").await;
    assert!(frame.text().contains("Register a patient"), "{}", frame.text());
    desk.keys(&"x".repeat(101)).await;
    desk.keys("<Tab>").await;
    desk.wait_for("! is 101 characters long; at most 100 are allowed").await;
    desk.keys("2.2.2027<Tab>").await;
    desk.wait_for("! 2 February 2027 lies in the future").await;
    desk.keys("call me<Tab>").await;
    let frame = desk.keys("nobody<Tab>").await;
    assert_eq!(frame.text().matches("! ").count(), 4, "{}", frame.text());
    desk.paste("Main \u{202e}Street").await;
    desk.keys("<C-s>").await;
    let frame = desk.wait_for("U+202E").await;
    assert_eq!(frame.text().matches("! ").count(), 5, "{}", frame.text());
    assert!(!frame.text().contains('\u{202e}'));
    // The cursor is at the first of them. Each is mended.
    let mend = |old: usize, new: &str| format!("{}{new}<Tab>", "<Back>".repeat(old));
    desk.keys(&mend(101, "Grace Hopper")).await;
    desk.keys(&mend(8, "9.12.1906")).await;
    desk.keys(&mend(7, "+49 30 777 1234")).await;
    desk.keys(&mend(6, "PATIENT1@example.org")).await;
    let frame = desk.keys(&format!("{}12 Main Street", "<Back>".repeat(12))).await;
    assert_eq!(frame.text().matches("! ").count(), 0, "{}", frame.text());
    desk.keys("<C-s>").await;
    desk.wait_for("! is another patient's; look them up").await;
    desk.keys(&format!("{}grace@example.org<C-s>", "<Back>".repeat(20))).await;
    desk.wait_for("Registered Grace Hopper (1906-12-09), #31").await;
    let frame = desk.wait_for("Grace Hopper  #31").await;
    assert!(frame.text().contains("+49307771234"), "{}", frame.text());
    let kept = house.store().patient(PatientId(31)).await.unwrap().unwrap();
    assert_eq!(kept.details.date_of_birth.to_string(), "1906-12-09");
    assert_eq!(kept.details.address.as_deref(), Some("12 Main Street"));
}

/// The line of the name in the form for a new patient.
fn name_line(frame: &crate::support::Frame) -> String {
    let lines = frame.lines().into_iter().skip_while(|line| !line.contains("Register a patient"));
    lines.take(3).find(|line| line.contains("Name")).expect("a name")
}

/// A new patient is not called as somebody else who was chosen before.
#[tokio::test]
async fn a_new_patient_has_what_was_looked_for_and_not_the_name_of_whoever_was_chosen() {
    let house = House::new();
    let mut desk = house.desk().await;
    desk.fill_booking("smil", "Smilla Jensen  2018-01-20").await;
    desk.keys("<C-n>").await;
    let name = name_line(&desk.wait_for("Register a patient").await);
    assert!(name.contains(" smil ") && !name.contains("Smilla"), "{name}");
    desk.keys("<Esc>y").await;
    desk.wait_gone("Register a patient").await;
    // Opened for somebody, nothing was looked for in it.
    desk.keys("<Esc>").await;
    desk.find("2«smilla»", "Dr. Mariana Silva").await;
    desk.keys("<Enter>").await;
    desk.wait_for("Book a visit").await;
    desk.keys("<C-n>").await;
    let name = name_line(&desk.wait_for("Register a patient").await);
    assert!(!name.contains("Smilla"), "{name}");
}

#[tokio::test]
async fn a_patient_is_registered_from_the_booking_form_which_goes_on() {
    let house = House::new();
    let mut desk = house.desk().await;
    desk.go_to("Hannah Lee", "13:00").await;
    desk.keys("bGrace Hopper").await;
    desk.wait_for("nobody found; Ctrl-N registers a new patient").await;
    let frame = desk.keys("<C-n>").await;
    assert!(frame.line_with("Name").unwrap().contains("Grace Hopper"), "{}", frame.text());
    desk.keys("<Tab>9.12.1906<Tab>+49 30 777 1234<Tab>grace@example.org<C-s>").await;
    desk.wait_for("Grace Hopper  1906-12-09").await;
    desk.wait_for(FREE).await;
    desk.keys("<Enter>").await;
    desk.wait_for("Booked Grace Hopper (1906-12-09), Tue 1 Dec 13:00").await;
    assert!(
        house.visits(TODAY).await.contains(&"13:00 30 Dr. Hannah Lee: Grace Hopper, Scheduled".to_owned())
    );
}

#[tokio::test]
async fn a_record_is_edited_field_by_field() {
    let house = House::new();
    let mut desk = patients(&house).await;
    desk.find("ana ruiz", "Ana Ruiz  #3").await;
    let frame = desk.keys("<C-e>").await;
    assert!(frame.text().contains("Edit Ana Ruiz (1992-01-15)  #3"), "{}", frame.text());
    desk.keys(" Vega<C-s>").await;
    desk.wait_for("Saved the record of Ana Ruiz Vega").await;
    desk.wait_for("Ana Ruiz Vega  #3").await;
    let kept = house.store().patient(RUIZ).await.unwrap().unwrap();
    assert_eq!(kept.details.name, "Ana Ruiz Vega");
}

#[tokio::test]
async fn a_record_that_another_desk_changed_meanwhile_loses_neither_change() {
    let house = House::new();
    let mut desk = patients(&house).await;
    desk.find("ana ruiz", "Ana Ruiz  #3").await;
    desk.keys("<C-e> Vega").await;
    let store = house.store();
    let before = store.patient(RUIZ).await.unwrap().unwrap();
    let mut details = before.details.clone();
    details.phone = "+4930999888".to_owned();
    store.edit_patient(&order(), &before, &details).await.unwrap();
    desk.keys("<C-s>").await;
    let frame = desk.wait_for("another desk changed: Phone").await;
    assert!(frame.text().contains("Phone          +4930999888"), "{}", frame.text());
    assert!(frame.text().contains("Name           Ana Ruiz Vega"), "{}", frame.text());
    desk.keys("<C-s>").await;
    desk.wait_for("Saved the record of Ana Ruiz Vega").await;
    let kept = store.patient(RUIZ).await.unwrap().unwrap();
    assert_eq!((kept.details.name.as_str(), kept.details.phone.as_str()), ("Ana Ruiz Vega", "+4930999888"));
}

#[tokio::test]
async fn leaving_a_form_in_which_something_was_typed_asks() {
    let house = House::new();
    let mut desk = patients(&house).await;
    desk.keys("<C-n>Gra<Esc>").await;
    desk.wait_for("Leave this form? What is typed in it is lost.").await;
    let frame = desk.keys("nce").await;
    assert!(frame.line_with("Name").unwrap().contains("Grace"), "{}", frame.text());
    // Another screen is not gone to over it.
    let frame = desk.keys("<A-c>").await;
    assert!(frame.text().contains("Register a patient"), "{}", frame.text());
    let frame = desk.keys("<Esc>y").await;
    assert!(!frame.text().contains("Register a patient"), "{}", frame.text());
    // An empty one asks nothing.
    let frame = desk.keys("<C-n><Esc>").await;
    assert!(!frame.text().contains("Leave this form?"), "{}", frame.text());
}

#[tokio::test]
async fn the_visits_beside_a_person_are_opened_and_shown_on_the_calendar() {
    let house = House::new();
    let mut desk = patients(&house).await;
    desk.keys("john smith").await;
    let frame = desk.wait_for("C Tue  1 Dec 09:00").await;
    let lines: Vec<_> = frame.lines().into_iter().filter(|line| line.contains("m Dr. ")).collect();
    let expected = ["15 Dec 10:00", "2 Feb 14:00", "1 Dec 09:00", "3 Nov 08:30", "5 Oct 09:00"];
    for (line, when) in lines.iter().zip(expected) {
        assert!(line.contains(when), "{}", frame.text());
    }
    assert_eq!(lines.len(), expected.len(), "{}", frame.text());
    desk.keys("<Tab><Down><Down><Enter>").await;
    let frame = desk.wait_for("Tuesday 1 December 2026, 09:00-09:30").await;
    assert!(frame.text().contains("C Completed"), "{}", frame.text());
    desk.keys("<Esc><Up><Up>g").await;
    desk.wait_for("Tuesday 15 Dec 2026").await;
    desk.until("the cursor on it", |frame| frame.status().starts_with(" 10:00-10:30  30 min  John Smith"))
        .await;
}

#[tokio::test]
async fn a_visit_opened_ahead_of_the_card_is_of_the_person_who_is_looked_for() {
    let house = House::new();
    let mut desk = patients(&house).await;
    desk.find("smilla", "Smilla Jensen  #25").await;
    let typed = format!("{}john smith<Tab><Enter>", "<Back>".repeat(6));
    desk.keys(&typed).await;
    let frame = desk.wait_for("Visit #").await;
    assert!(frame.text().contains("John Smith  #1"), "{}", frame.text());
    desk.wait_for("Tuesday 15 December 2026, 10:00-10:30").await;
}

#[tokio::test]
async fn notes_take_several_pasted_lines() {
    let house = House::new();
    let mut desk = house.desk().await;
    desk.go_to("Hannah Lee", "10:00").await;
    desk.keys("e").await;
    desk.wait_for("Peter Novák  1968-07-21  #4").await;
    let frame = desk.paste("First line\r\nsecond\tline\nthird: \"quoted\"").await;
    assert!(
        frame.text().contains("second line") && frame.text().contains("third: \"quoted\""),
        "{}",
        frame.text()
    );
    desk.keys("<Enter>and one typed<C-s>").await;
    desk.wait_for("Notes kept").await;
    let lee = house.store().appointments_of_day(TODAY.parse().unwrap(), Some(LEE)).await.unwrap();
    let notes = lee.iter().find(|of| of.visit.minutes == 15).and_then(|of| of.notes.clone()).unwrap();
    assert_eq!(notes, "First line\nsecond line\nthird: \"quoted\"\nand one typed");
}

#[tokio::test]
async fn notes_typed_before_the_kept_ones_came_go_behind_them() {
    let house = House::new();
    let mut desk = house.desk().await;
    desk.go_to("Hannah Lee", "09:30").await;
    // `d` and `n` would change the visit's status, were they not text from the first key on.
    desk.keys("e And done.").await;
    desk.wait_for("Ask about the new tablets. And done.").await;
    desk.keys("<Esc>").await;
    desk.wait_for("Leave the notes?").await;
    desk.keys("n<C-s>").await;
    desk.wait_for("Notes kept").await;
    assert!(house.visits(TODAY).await.contains(&"09:30 30 Dr. Hannah Lee: Ana Ruiz, Scheduled".to_owned()));
    let lee = house.store().appointments_of_day(TODAY.parse().unwrap(), Some(LEE)).await.unwrap();
    let notes = lee.iter().find(|of| of.visit.patient_id == RUIZ).and_then(|of| of.notes.clone()).unwrap();
    assert_eq!(notes, "Brings the last ECG.\nAsk about the new tablets. And done.");
}

#[tokio::test]
async fn the_patient_of_a_visit_is_one_key_away() {
    let house = House::new();
    let mut desk = house.desk().await;
    desk.go_to("Hannah Lee", "09:00").await;
    desk.keys("p").await;
    let frame = desk.wait_for("Next visits").await;
    assert!(frame.text().contains("John Smith  #1"), "{}", frame.text());
    assert_eq!(SMITH.0, 1);
    // And back to where the board was.
    let frame = desk.keys("<Esc>").await;
    assert!(frame.status().starts_with(" 09:00-09:30  30 min  John Smith"), "{}", frame.text());
}

#[tokio::test]
async fn what_another_desk_does_to_the_person_shown_appears_without_a_key() {
    let house = House::new();
    let mut desk = patients(&house).await;
    desk.keys("john smith").await;
    desk.wait_for("5 Oct 09:00").await;
    // On the visit of 15 December, which stays marked when another comes before it.
    desk.keys("<Tab>").await;
    house.book(LEE, SMITH, "2026-12-09T09:00", 30).await;
    let frame = desk.wait_for("S Wed  9 Dec 09:00").await;
    assert!(frame.text().contains("▶ S Tue 15 Dec 10:00"), "{}", frame.text());
    let booked = house.store().visits_of_patient(SMITH, wall("2026-12-09T09:00"), 1).await.unwrap().0;
    let intent = Intent::SetStatus { id: booked[0].visit.id, status: Status::Cancelled, seen: None };
    house.carry_out(&intent).await;
    desk.wait_for("X Wed  9 Dec 09:00").await;
    // The record: what stands beside the list, in it, and in the form that edits it.
    let store = house.store();
    let before = store.patient(SMITH).await.unwrap().unwrap();
    let mut details = before.details.clone();
    details.phone = "+4930999888".to_owned();
    details.address = Some("9 New Road".to_owned());
    details.name = "John Smithson".to_owned();
    store.edit_patient(&order(), &before, &details).await.unwrap();
    let frame = desk.wait_for("+4930999888").await;
    assert!(frame.text().contains("9 New Road"), "{}", frame.text());
    assert!(frame.lines().iter().any(|line| line.starts_with(" ▶ John Smithson")), "{}", frame.text());
    desk.keys("<Tab><C-e><C-s>").await;
    desk.wait_for("Saved the record of John Smithson").await;
}

#[tokio::test]
async fn more_visits_than_fit_are_counted_and_gone_through_to_the_first() {
    let house = House::new();
    // A visit a day, 70 of them up to October; the one of today is there already.
    let visits = "INSERT INTO appointments (doctor_id, patient_id, appointment_time, duration_minutes, status) \
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 70) \
        SELECT 1, 25, datetime('2026-10-31 09:00:00', '-' || i || ' days'), 15, 'Completed' FROM n";
    house.raw().await.run_text(visits).await.unwrap();
    let mut desk = house.desk_of((80, 24)).await;
    desk.keys("2«smilla»").await;
    let frame = desk.wait_for(" earlier: Tab, Down").await;
    let shown = frame.text().matches("m Dr. ").count();
    assert!(frame.text().contains(&format!("… and {} earlier", 71 - shown)), "{}", frame.text());
    // Typed ahead of what is read: as if it were all here.
    desk.keys(&format!("<Tab>{}", "<Down>".repeat(40))).await;
    desk.wait_for("▶ C Mon 21 Sep 09:00").await;
    desk.wait_for("30 earlier").await;
    desk.keys(&"<PgDn>".repeat(3)).await;
    let frame = desk.wait_for("▶ C Sat 22 Aug 09:00").await;
    assert!(!frame.text().contains("earlier") && frame.text().contains("Past visits, "), "{}", frame.text());
    let frame = desk.keys("<Down>").await;
    assert!(frame.text().contains("▶ C Sat 22 Aug 09:00"), "{}", frame.text());
    let frame = desk.keys(&"<PgUp>".repeat(7)).await;
    assert!(frame.text().contains("▶ C Tue  1 Dec 09:00"), "{}", frame.text());
}
