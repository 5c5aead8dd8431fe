//! Working the board: where it goes, what its keys do to a visit, and what other desks do to it.

use std::time::Duration;

use frontdesk::domain::booking::{Intent, Outcome};
use frontdesk::domain::doctor::DoctorDetails;
use frontdesk::domain::schedule::Recurrence;
use frontdesk::ui::theme::Palette;

use crate::clinic::{CHEN, House, LEE, OKAFOR, RUIZ, SMITH, SMITHERS, TODAY, WEBER, order, wall};
use crate::support::{FREE, Frame, Working};

/// The line of a time.
pub fn row(frame: &Frame, time: &str) -> String {
    frame.lines().into_iter().find(|line| line.starts_with(time)).unwrap_or_default()
}

/// A desk with the cursor at a doctor's time.
pub async fn desk_at(house: &House, doctor: &str, time: &str) -> Working {
    let mut desk = house.desk().await;
    desk.go_to(doctor, time).await;
    desk
}

#[tokio::test]
async fn the_next_opening_is_one_key_away() {
    let house = House::new();
    let mut desk = desk_at(&house, "Hannah Lee", "09:30").await;
    desk.keys("o").await;
    desk.until("10:15", |frame| frame.status().starts_with(" 10:15  free until 11:00")).await;
    desk.keys("o").await;
    // A cancelled visit's time is free.
    desk.until("10:30", |frame| {
        frame.status().starts_with(" 10:30-11:00  30 min  Mia Chen  2015-09-09  Cancelled")
    })
    .await;
    desk.keys("jo").await;
    desk.until("13:00", |frame| frame.status().starts_with(" 13:00  free until 17:00")).await;
    // Of anyone shown: Dr. Okafor is busy until 15:00, Dr. Lee is free at 13:00.
    desk.go_to("Chidi Okafor", "13:00").await;
    desk.keys("O").await;
    desk.until("Dr. Lee", |frame| {
        frame.status().starts_with(" 13:00  free") && frame.status().contains("Lee")
    })
    .await;
    // From the end of the day on, tomorrow's first.
    desk.go_to("Hannah Lee", "16:45").await;
    desk.keys("o").await;
    desk.wait_for("Wednesday 2 Dec").await;
    desk.until("09:00", |frame| frame.status().starts_with(" 09:00  free")).await;
}

#[tokio::test]
async fn a_booking_typed_ahead_of_the_next_opening_is_for_that_opening() {
    let house = House::new();
    let mut desk = desk_at(&house, "Hannah Lee", "09:30").await;
    desk.keys("ob").await;
    let frame = desk.wait_for("Book a visit").await;
    assert!(frame.line_with("Time").unwrap().contains("10:15"), "{}", frame.text());
    // So is what is typed ahead for it, a letter too that would quit the board.
    let mut desk = desk_at(&house, "Hannah Lee", "09:30").await;
    desk.keys("obqx").await;
    let frame = desk.wait_for("Patient  qx").await;
    assert!(!frame.text().contains("Quit?"), "{}", frame.text());
    // Another key means that the cursor is to stay where that key puts it.
    let mut desk = desk_at(&house, "Hannah Lee", "09:30").await;
    desk.keys("oj").await;
    let frame = desk.keys("<F1><Esc>").await;
    assert!(frame.status().starts_with(" 10:00"), "{}", frame.text());
}

#[tokio::test]
async fn dates_are_gone_to_by_word_by_day_and_by_week() {
    let house = House::new();
    let mut desk = house.desk().await;
    desk.keys("gtomorrow<Enter>").await;
    desk.wait_for("Wednesday 2 Dec 2026 · tomorrow").await;
    desk.keys("g31.2.<Enter>").await;
    desk.wait_for("! 31 February does not exist").await;
    // What is typed next mends it.
    desk.keys("<Back><Back><Back><Back><Back>24.12.<Enter>").await;
    desk.wait_for("Thursday 24 Dec 2026").await;
    desk.keys("t").await;
    desk.wait_for("Tuesday 1 Dec 2026 · today").await;
    for (key, date) in [
        ("]", "Wednesday 2 Dec"),
        ("[", "Tuesday 1 Dec"),
        ("}", "Tuesday 8 Dec"),
        ("{", "Tuesday 1 Dec"),
        ("[", "Monday 30 Nov 2026 · yesterday"),
        // Typed faster than days can be read: the last one counts.
        ("]]]]]", "Saturday 5 Dec"),
    ] {
        desk.keys(key).await;
        desk.wait_for(date).await;
    }
    // Nobody is in on a Saturday: all who see patients are shown.
    let frame = desk.wait_for("Dr. Jonas Weber").await;
    assert!(!frame.text().contains("Pemberton"), "{}", frame.text());
}

/// Whoever opens a desk at night, or went far down, is not shown another day's closed hours.
#[tokio::test]
async fn on_another_day_a_cursor_outside_its_hours_goes_to_their_beginning() {
    let house = House::new();
    let mut desk = house.desk().await;
    desk.go_to("Hannah Lee", "13:00").await;
    let inside = desk.keys("]").await;
    assert!(inside.status().starts_with(" 13:00"), "{}", inside.status());
    desk.keys("[").await;
    let below = desk.keys(&format!("<End>{}", "<Down>".repeat(9))).await;
    desk.keys("]").await;
    let frame = desk.until("the hours", |frame| frame.status() != below.status()).await;
    let begins = desk.keys("<Home>").await;
    assert_eq!(frame.status(), begins.status());
    // What is on the day stays where it is: the cursor is not moved by what arrives.
    let above = desk.keys("<Up><Up><Up><Up>").await;
    desk.pass(Duration::from_secs(5));
    assert_eq!(desk.frame().status(), above.status());
}

#[tokio::test]
async fn a_booking_typed_ahead_of_a_day_is_for_that_day_and_doctor() {
    let house = House::new();
    let mut desk = desk_at(&house, "Hannah Lee", "13:00").await;
    desk.keys("]bsmilla<Enter>").await;
    let frame = desk.wait_for(FREE).await;
    let text = frame.text();
    assert!(
        text.contains("2026-12-02") && frame.line_with("Doctor").unwrap().contains("Dr. Hannah Lee"),
        "{text}"
    );
}

#[tokio::test]
async fn a_filter_takes_effect_while_it_is_typed_and_esc_takes_it_back() {
    let house = House::new();
    let mut desk = house.desk().await;
    let frame = desk.keys("fcard").await;
    let heads = |frame: &Frame| frame.lines()[2].clone();
    assert!(heads(&frame).contains("Lee") && !heads(&frame).contains("Okafor"), "{}", frame.text());
    assert!(frame.text().contains("1 doctor"));
    let frame = desk.keys("<Esc>").await;
    assert!(heads(&frame).contains("Okafor"), "{}", frame.text());
    let frame = desk.keys("fpaed silva<Enter>").await;
    assert!(heads(&frame).contains("Silva") && !heads(&frame).contains("Lee"), "{}", frame.text());
    assert!(frame.text().contains("filter \"paed silva\": 1"));
    // It stays over the days, and what was typed is marked: the next letter begins anew.
    desk.keys("]").await;
    desk.wait_for("Wednesday 2 Dec").await;
    let frame = desk.keys("fmull<Enter>").await;
    assert!(heads(&frame).contains("Müller") && !heads(&frame).contains("Silva"), "{}", frame.text());
    let frame = desk.keys("fnobody<Enter>").await;
    assert!(frame.text().contains("No doctor matches \"nobody\""), "{}", frame.text());
    let frame = desk.keys("f<Back><Enter>").await;
    assert!(heads(&frame).contains("Lee"), "{}", frame.text());
}

#[tokio::test]
async fn finer_rows_part_what_coarser_rows_hold_together() {
    let house = House::new();
    let mut desk = desk_at(&house, "Chidi Okafor", "09:30").await;
    let frame = desk.frame();
    assert!(!frame.lines()[3..].iter().any(|line| line.contains("José") && line.starts_with("09")));
    let frame = desk.keys("++").await;
    let at = frame.lines().iter().position(|line| line.contains("Ayşe Yılmaz")).unwrap();
    assert!(frame.lines()[at + 2].contains("José García"), "{}", frame.text());
    let frame = desk.keys("---").await;
    assert!(row(&frame, "09:42").contains("+1 Ayşe Yılmaz"), "{}", frame.text());
    // The visits of a row are gone through one by one; the one that is meant is the one read.
    let frame = desk.keys("<Tab>").await;
    assert!(frame.status().contains("José García Márquez"), "{}", frame.text());
    assert!(row(&frame, "09:42").contains("José"), "{}", frame.text());
}

/// Visits off the quarter hour share their rows: what stands beside the mark is what keys act on.
#[tokio::test]
async fn the_row_under_the_cursor_names_the_visit_that_keys_mean() {
    let house = House::new();
    for (patient, at) in [(SMITHERS, "15:05"), (RUIZ, "15:20"), (CHEN, "15:35"), (SMITH, "15:50")] {
        let outcome = house.book(OKAFOR, patient, &format!("{TODAY}T{at}"), 15).await;
        assert!(matches!(outcome, Outcome::Done { .. }), "{at}: {outcome:?}");
    }
    let mut desk = desk_at(&house, "Chidi Okafor", "16:30").await;
    let mut seen = Vec::new();
    for key in "kkkkkkkjjjjjjj".chars() {
        let frame = desk.keys(&key.to_string()).await;
        let status = frame.status();
        // `15:05-15:20  15 min  Joan Smithers  1975-11-30  Scheduled  ...`
        let Some(name) = status.split("  ").nth(2).filter(|_| status.contains(" min  ")) else { continue };
        let start: String = name.chars().take(5).collect();
        let marked = frame.lines().into_iter().find_map(|line| Some(line.split_once('▶')?.1.to_owned()));
        let marked = marked.unwrap_or_default();
        assert!(marked.contains(&start) || marked.starts_with('│'), "{name}: {marked}\n{}", frame.text());
        seen.push(start);
    }
    // Up and down each come to all of them.
    for up_and_down in ["John ", "Mia C", "Ana R", "Joan "] {
        assert!(seen.iter().filter(|name| *name == up_and_down).count() >= 2, "{seen:?}");
    }
}

#[tokio::test]
async fn more_doctors_than_fit_are_gone_through_sideways() {
    let house = House::new();
    let mut desk = house.desk_of((80, 24)).await;
    let frame = desk.frame();
    assert!(
        frame.text().contains("doctors 1-4 of 5") && !frame.text().contains("Müller"),
        "{}",
        frame.text()
    );
    let frame = desk.keys("llll").await;
    assert!(frame.text().contains("doctors 2-5 of 5"), "{}", frame.text());
    assert!(frame.lines()[2].contains("Müller") && frame.status().contains("Müller"), "{}", frame.text());
    // At the edge it stays.
    let frame = desk.keys("l").await;
    assert!(frame.status().contains("Müller"), "{}", frame.text());
    let frame = desk.keys("hhh").await;
    assert!(frame.text().contains("doctors 2-5 of 5") && frame.status().contains("Lee"), "{}", frame.text());
    let frame = desk.keys("h").await;
    assert!(frame.text().contains("doctors 1-4 of 5"), "{}", frame.text());
}

#[tokio::test]
async fn what_another_desk_books_appears_without_a_key_and_the_cursor_stays() {
    let house = House::new();
    let mut desk = desk_at(&house, "Hannah Lee", "14:30").await;
    house.book(OKAFOR, SMITHERS, &format!("{TODAY}T10:30"), 30).await;
    let frame = desk.wait_for("S Joan Smithers").await;
    assert!(row(&frame, "10:30").contains("S Joan Smithers"), "{}", frame.text());
    assert!(frame.status().starts_with(" 14:30") && frame.status().contains("Lee"), "{}", frame.text());
}

#[tokio::test]
async fn a_new_doctor_and_changed_hours_appear_without_a_key() {
    let house = House::new();
    let mut desk = house.desk().await;
    let store = house.store();
    let today = TODAY.parse().unwrap();
    let at = |text: &str| text.parse().unwrap();
    let details = DoctorDetails {
        name: "Dr. Nadia Berg".to_owned(),
        email: "berg@riverside.example".to_owned(),
        phone: "+4930555999".to_owned(),
        specialization: "Neurology".to_owned(),
        license_number: "L-99".to_owned(),
        default_minutes: None,
    };
    let doctor = store.save_doctor(&order(), None, &details, true).await.unwrap();
    let session = (at("09:00"), at("10:00"));
    store.add_hours(&order(), doctor.id, Recurrence::Exception(today), session, today).await.unwrap();
    desk.wait_for("Nadia Berg").await;
    // Dr. Weber comes in today.
    let session = (at("09:00"), at("12:00"));
    store.add_hours(&order(), WEBER, Recurrence::Exception(today), session, today).await.unwrap();
    desk.wait_for("Jonas Weber").await;
}

#[tokio::test]
async fn a_store_that_goes_away_is_said_and_the_desk_goes_on_until_it_is_back() {
    let house = House::new();
    let mut desk = desk_at(&house, "Hannah Lee", "13:00").await;
    let mut raw = house.raw().await;
    raw.run_text("ALTER TABLE calendar_days RENAME TO away").await.unwrap();
    let frame = desk.wait_for("! sqlite is away").await;
    assert!(
        frame.text().contains("it is tried again") && frame.text().contains("S Ana Ruiz"),
        "{}",
        frame.text()
    );
    // Forms open and hold what is typed.
    desk.keys("bsmilla").await;
    desk.wait_for("Smilla Jensen").await;
    raw.run_text("ALTER TABLE away RENAME TO calendar_days").await.unwrap();
    let frame = desk.wait_gone("is away").await;
    assert!(frame.text().contains("smilla"), "{}", frame.text());
    desk.keys("<Enter>").await;
    desk.wait_for(FREE).await;
    desk.keys("<Enter>").await;
    desk.wait_for("Booked Smilla Jensen").await;
}

#[tokio::test]
async fn a_desk_that_opens_without_its_store_shows_the_day_once_it_is_there() {
    let house = House::new();
    let aside = house.file().with_extension("aside");
    let mut desk = Working::begin(&house, (120, 40), Palette::Dark);
    std::fs::rename(house.file(), &aside).unwrap();
    drop(desk);
    desk = Working::begin(&house, (120, 40), Palette::Dark);
    let frame = desk.wait_for("! sqlite is away").await;
    assert!(frame.text().contains("the database file cannot be opened"), "{}", frame.text());
    let frame = desk.keys("]?").await;
    assert!(frame.text().contains("Keys"), "{}", frame.text());
    desk.keys("<Esc>[").await;
    std::fs::rename(&aside, house.file()).unwrap();
    let frame = desk.wait_for("S Ana Ruiz").await;
    assert!(!frame.text().contains("is away"), "{}", frame.text());
}

#[tokio::test]
async fn the_clock_goes_on_with_the_next_key_at_the_latest() {
    let house = House::new();
    let mut desk = house.desk().await;
    desk.pass(Duration::from_mins(4));
    let frame = desk.keys("l").await;
    assert!(frame.lines()[0].contains("09:46"), "{}", frame.text());
    assert!(frame.lines().iter().any(|line| line.starts_with("09:46")), "{}", frame.text());
}

#[tokio::test]
async fn with_no_doctor_in_sight_nothing_is_booked_and_it_is_said_how_to_see_all_again() {
    let house = House::new();
    let mut desk = desk_at(&house, "Hannah Lee", "13:00").await;
    let why = "No doctor matches \"nobody\"; f, Backspace, Enter shows all again";
    for key in ["b", "<Enter>", "o", "O"] {
        desk.keys("fnobody<Enter>").await;
        let frame = desk.keys(key).await;
        assert!(frame.status().contains(why) && !frame.text().contains("Book a visit"), "{}", frame.text());
    }
    // For a patient the form opens, and asks for the doctor.
    desk.keys("2«smilla»").await;
    desk.wait_for("Smilla Jensen  #25").await;
    desk.keys("<Enter>").await;
    let frame = desk.wait_for("Book a visit").await;
    assert!(frame.line_with(" Patient ").unwrap().ends_with("Doctor"), "{}", frame.text());
    desk.keys("lee").await;
    desk.wait_for(FREE).await;
    desk.keys("<Esc>").await;
    let frame = desk.keys("f<Back><Enter>").await;
    assert!(frame.status().contains("Hannah Lee"), "{}", frame.text());
}

#[tokio::test]
async fn the_cursor_comes_back_to_its_doctor_where_they_are_in_again() {
    let house = House::new();
    let mut desk = desk_at(&house, "Mariana Silva", "10:00").await;
    // Dr. Silva is away on Wednesday, and in on Thursday; going up and down there changes nothing.
    let frame = desk.keys("]jk").await;
    assert!(!frame.status().contains("Silva"), "{}", frame.text());
    desk.wait_for("Wednesday 2 Dec").await;
    desk.keys("]").await;
    desk.wait_for("Thursday 3 Dec").await;
    desk.until("Dr. Silva", |frame| frame.status().contains("Mariana Silva")).await;
    // Who goes sideways there wants another doctor.
    desk.keys("[").await;
    desk.wait_for("Wednesday 2 Dec").await;
    let frame = desk.keys("l").await;
    let other = frame.status().split("Dr. ").nth(1).unwrap().to_owned();
    desk.keys("]").await;
    desk.wait_for("Thursday 3 Dec").await;
    desk.until(&other, |frame| frame.status().contains(&other)).await;
    // A filter that hides the doctor does not either.
    let frame = desk.keys("fcard<Enter>").await;
    assert!(frame.status().contains("Hannah Lee"), "{}", frame.text());
    let frame = desk.keys("f<Back><Enter>").await;
    assert!(frame.status().contains(&other), "{}", frame.text());
}

#[tokio::test]
async fn the_hour_that_the_clocks_skip_is_open_to_nobody_and_sessions_that_meet_are_one() {
    let house = House::new();
    let store = house.store();
    let at = |text: &str| text.parse().unwrap();
    for (date, start, end) in
        [("2027-03-28", "00:00", "06:00"), ("2026-12-03", "09:00", "12:00"), ("2026-12-03", "12:00", "15:00")]
    {
        let date = date.parse().unwrap();
        let hours = Recurrence::Exception(date);
        store.add_hours(&order(), LEE, hours, (at(start), at(end)), date).await.unwrap();
    }
    let mut desk = desk_at(&house, "Hannah Lee", "09:30").await;
    desk.keys("g28.3.2027<Enter>").await;
    desk.wait_for("Sunday 28 Mar").await;
    // The times up to the one at which she is in.
    let frame = desk.keys("<Home>").await;
    assert!(
        frame.status().contains("00:00  free until 06:00, and 02:00-03:00 is skipped"),
        "{}",
        frame.text()
    );
    let (within, after) = (row(&frame, "02:30"), row(&frame, "03:00"));
    assert!(within.contains("░░ skipped ░░") && !after.contains('░'), "{}", frame.text());
    let frame = desk.keys(&"j".repeat(9)).await;
    assert!(frame.status().starts_with(" 02:15  skipped: the clocks go forward"), "{}", frame.text());
    let frame = desk.keys("jjj").await;
    assert!(frame.status().starts_with(" 03:00  free until 06:00  Dr."), "{}", frame.text());
    desk.keys("g3.12.2026<Enter>").await;
    desk.wait_for("Thursday 3 Dec").await;
    desk.keys("<Home>").await;
    let frame = desk.go_to("Hannah Lee", "10:00").await;
    assert!(frame.status().starts_with(" 10:00  free until 15:00"), "{}", frame.text());
}

#[tokio::test]
async fn a_visit_in_the_hour_that_comes_twice_says_which_of_both_it_means() {
    let house = House::new();
    let store = house.store();
    let date = "2027-10-31".parse().unwrap();
    let (start, end) = ("00:00".parse().unwrap(), "06:00".parse().unwrap());
    store.add_hours(&order(), LEE, Recurrence::Exception(date), (start, end), date).await.unwrap();
    let starts = wall("2027-10-31T02:30");
    house
        .carry_out(&Intent::Book { patient_id: SMITHERS, doctor_id: LEE, starts, minutes: 30, notes: None })
        .await;
    let mut desk = desk_at(&house, "Hannah Lee", "09:30").await;
    desk.keys("g31.10.2027<Enter>").await;
    desk.wait_for("Sunday 31 Oct").await;
    desk.keys("<Home><Tab>").await;
    desk.until("its ends", |frame| frame.status().contains("02:30 CEST-02:00 CET  30 min")).await;
    // It holds the time until the hour comes again, on the board too.
    let frame = desk.keys("j").await;
    assert!(frame.status().starts_with(" 03:00  free until 06:00"), "{}", frame.text());
}

/// An older program tells nobody whom it renamed: the look-up finds it, which looks every ten minutes.
#[tokio::test]
async fn a_name_that_an_older_program_changed_is_on_the_board_once_the_look_up_knows_it() {
    let house = House::new();
    let mut desk = house.desk().await;
    house.raw().await.run_text("UPDATE patients SET name = 'Ana Ruiz-Ortega' WHERE id = 3").await.unwrap();
    // Or the desk's own, which looks when it opens.
    house.store().index_all_patients().await.unwrap();
    desk.wait_for("S Ana Ruiz-Ortega").await;
}
