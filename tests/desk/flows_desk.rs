//! The desk itself: help, commands, the window's size, and every way out.

use std::time::{Duration, Instant};

use frontdesk::runtime::{Ending, Signal};
use frontdesk::store::sql::conn::Stmt;

use crate::clinic::{House, TODAY};
use crate::support::{FREE, Frame, Working};

#[tokio::test]
async fn help_shows_all_keys_and_scrolls_to_its_end_and_back() {
    let house = House::new();
    let mut desk = house.desk_of((80, 24)).await;
    let first = desk.keys("?").await;
    assert!(first.text().contains("more lines: PgDn"), "{}", first.text());
    let frame = desk.keys(&"<PgDn>".repeat(40)).await;
    assert!(frame.text().contains("A question") && !frame.text().contains("more lines"), "{}", frame.text());
    // No key was spent beyond the end.
    let frame = desk.keys("k").await;
    assert!(frame.text().contains("more lines"), "{}", frame.text());
    let frame = desk.keys(&"<PgUp>".repeat(40)).await;
    assert_eq!(frame.text(), first.text());
    let frame = desk.keys("<Esc>").await;
    assert!(!frame.text().contains("more lines"), "{}", frame.text());
}

#[tokio::test]
async fn the_palette_runs_a_command_by_its_name() {
    let house = House::new();
    let mut desk = house.desk().await;
    let frame = desk.keys("<C-k>next da").await;
    assert!(frame.text().contains("▶ next day"), "{}", frame.text());
    desk.keys("<Enter>").await;
    desk.wait_for("Wednesday 2 Dec").await;
    let frame = desk.keys("<C-k>no such thing").await;
    assert!(frame.text().contains("no command of this name works here"), "{}", frame.text());
    // The key that opens it closes it.
    let frame = desk.keys("<C-k>").await;
    assert!(!frame.text().contains("no command"), "{}", frame.text());
    // Inside a form it knows the form's commands.
    desk.keys("b").await;
    let frame = desk.keys("<C-k>overb").await;
    assert!(frame.text().contains("▶ overbook, with a reason"), "{}", frame.text());
}

#[tokio::test]
async fn a_desk_is_left_by_one_key_where_nothing_would_be_lost() {
    let house = House::new();
    let mut desk = house.desk().await;
    desk.keys("q").await;
    assert_eq!(desk.ended().await.unwrap(), Ending::Left);
}

#[tokio::test]
async fn leaving_with_something_typed_asks() {
    let house = House::new();
    let mut desk = house.desk().await;
    desk.keys("bjohn<C-q>").await;
    let frame = desk.wait_for("Quit? What is typed and not booked or saved is lost.").await;
    assert!(frame.text().contains("john"), "{}", frame.text());
    let frame = desk.keys("n").await;
    assert!(frame.text().contains("Book a visit") && !frame.text().contains("Quit?"), "{}", frame.text());
    desk.keys("<C-q>y").await;
    assert_eq!(desk.ended().await.unwrap(), Ending::Left);
}

#[tokio::test]
async fn a_question_about_a_form_does_not_stand_for_the_one_about_leaving() {
    let house = House::new();
    let mut desk = house.desk().await;
    desk.keys("2<C-n>Grace<Esc>").await;
    desk.wait_for("Leave this form?").await;
    desk.keys("<C-q>").await;
    desk.wait_for("Quit?").await;
    desk.keys("<C-q>").await;
    assert_eq!(desk.ended().await.unwrap(), Ending::Left);
}

/// A desk that has just sent a booking.
async fn that_sends(house: &House) -> Working {
    let mut desk = house.desk().await;
    desk.fill_booking("smilla", "Smilla Jensen  2018-01-20").await;
    desk.keys("<Enter>").await;
    desk
}

/// What it sent.
const SENT: &str = "13:00 30 Dr. Hannah Lee: Smilla Jensen, Scheduled";

#[tokio::test]
async fn what_is_being_written_is_written_before_the_desk_ends() {
    let house = House::new();
    let desk = that_sends(&house).await;
    desk.signals.send(Signal::Terminate).await.unwrap();
    assert_eq!(desk.ended().await.unwrap(), Ending::Left);
    assert!(house.visits(TODAY).await.contains(&SENT.to_owned()));
}

#[tokio::test]
async fn a_hang_up_ends_the_desk_as_one_whose_terminal_is_gone() {
    let house = House::new();
    let desk = house.desk().await;
    desk.signals.send(Signal::HangUp).await.unwrap();
    assert_eq!(desk.ended().await.unwrap(), Ending::HungUp);
}

#[tokio::test]
async fn the_end_of_what_is_typed_is_a_hang_up_too_and_what_was_sent_is_written() {
    let house = House::new();
    let mut desk = that_sends(&house).await;
    desk.hang_up();
    assert_eq!(desk.ended().await.unwrap(), Ending::HungUp);
    assert!(house.visits(TODAY).await.contains(&SENT.to_owned()));
}

/// That the terminal goes is noticed also while nothing but the last write is waited for.
#[tokio::test]
async fn a_terminal_that_goes_while_a_desk_waits_for_its_last_write_does_not_keep_it() {
    let house = House::new();
    let mut desk = house.desk().await;
    desk.go_to("Hannah Lee", "10:00").await;
    let mut raw = house.raw().await;
    raw.run_text("BEGIN IMMEDIATE").await.unwrap();
    // It cannot be written while that lasts.
    desk.keys("c").await;
    desk.press("q");
    let begun = Instant::now();
    desk.hang_up();
    assert_eq!(desk.ended().await.unwrap(), Ending::HungUp);
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    raw.run_text("ROLLBACK").await.unwrap();
}

/// A booking that was begun outlives the desk, unless whoever worked there chose to leave.
#[tokio::test]
async fn what_is_typed_when_the_terminal_goes_is_taken_up_at_the_next_desk() {
    for signal in [Signal::HangUp, Signal::Terminate] {
        let house = House::new();
        let mut desk = house.desk().await;
        desk.fill_booking("smilla", "Smilla Jensen  2018-01-20").await;
        desk.signals.send(signal).await.unwrap();
        desk.ended().await.unwrap();

        let mut next = house.desk().await;
        next.wait_for("B takes it up").await;
        next.keys("B").await;
        let frame = next.wait_for("✓ free").await;
        for text in ["Smilla Jensen", "Hannah Lee", "13:00"] {
            assert!(frame.text().contains(text), "{text}\n{}", frame.text());
        }
        // It was handed out: a third desk is not offered the same.
        let third = house.desk().await;
        assert!(house.raw().await.first(Stmt::new("SELECT id FROM drafts")).await.unwrap().is_none());
        assert!(!third.frame().text().contains("takes it up"));
        next.keys("<Enter>").await;
        next.until("it is booked", |frame| frame.line_with("Book a visit").is_none()).await;
        assert!(house.visits(TODAY).await.contains(&SENT.to_owned()));
    }
}

#[tokio::test]
async fn what_cannot_be_kept_when_the_terminal_goes_costs_nothing_else() {
    let house = House::new();
    let mut desk = house.desk().await;
    desk.keys("bnobody at all<C-n><Tab>12").await;
    desk.wait_for("Register a patient").await;
    let trigger = "CREATE TRIGGER no_bookings BEFORE INSERT ON drafts WHEN NEW.body LIKE '{\"patient_id\"%' \
                   BEGIN SELECT RAISE(ABORT, 'no'); END";
    house.raw().await.run_text(trigger).await.unwrap();
    desk.signals.send(Signal::HangUp).await.unwrap();
    desk.ended().await.unwrap();
    let kept = house.raw().await.all(Stmt::new("SELECT body FROM drafts")).await.unwrap();
    let [kept] = kept.as_slice() else { panic!("{} are kept", kept.len()) };
    assert!(kept.cells("drafts").get::<String>().unwrap().contains("record_of"));
}

#[tokio::test]
async fn what_is_typed_when_somebody_leaves_the_desk_is_not_kept() {
    let house = House::new();
    let mut desk = house.desk().await;
    desk.fill_booking("smilla", "Smilla Jensen  2018-01-20").await;
    desk.keys("<C-q>").await;
    desk.wait_for("Quit?").await;
    desk.keys("y").await;
    assert_eq!(desk.ended().await.unwrap(), Ending::Left);
    let next = house.desk().await;
    assert!(!next.frame().text().contains("takes it up"));
    assert!(house.raw().await.first(Stmt::new("SELECT id FROM drafts")).await.unwrap().is_none());
}

#[tokio::test]
async fn a_window_made_too_small_says_so_and_loses_no_field() {
    let house = House::new();
    let mut desk = house.desk().await;
    desk.go_to("Hannah Lee", "13:00").await;
    desk.keys("b").await;
    desk.keys("smilla").await;
    desk.wait_for("Smilla Jensen").await;
    desk.keys("<Enter><Tab><Tab><Tab><Tab><Tab><Tab>bring the card").await;
    desk.wait_for("Smilla Jensen  2018-01-20").await;
    let before = desk.wait_for(FREE).await;
    let frame = desk.resize(79, 20).await;
    assert!(frame.text().contains("This window has 79x20.\nFrontdesk needs 80x24."), "{}", frame.text());
    // What cannot be seen is not typed into.
    desk.keys("zzz<Enter>").await;
    desk.paste("zzz").await;
    let frame = desk.resize(80, 24).await;
    for text in ["Smilla Jensen  2018-01-20", "Dr. Hannah Lee", "2026-12-01", "13:00", "bring the card", FREE]
    {
        assert!(frame.text().contains(text), "{text}:\n{}", frame.text());
    }
    let frame = desk.resize(120, 40).await;
    let form = |frame: &Frame| {
        frame.lines().into_iter().skip_while(|line| !line.contains("─ Book")).collect::<Vec<_>>()
    };
    assert_eq!(form(&frame), form(&before));
    assert!(!house.visits(TODAY).await.iter().any(|line| line.contains("13:00 30")));
}

#[tokio::test]
async fn a_window_too_small_can_be_left() {
    let house = House::new();
    let mut desk = house.desk().await;
    desk.keys("bjohn").await;
    desk.resize(40, 10).await;
    desk.keys("<C-q>").await;
    desk.wait_for("Quit?").await;
    desk.keys("y").await;
    assert_eq!(desk.ended().await.unwrap(), Ending::Left);
}

#[tokio::test]
async fn what_is_pasted_onto_the_board_presses_no_keys() {
    let house = House::new();
    let mut desk = house.desk().await;
    let before = desk.frame().text();
    let frame = desk.paste("dnc2q").await;
    assert_eq!(frame.text(), before);
    let visits = house.visits(TODAY).await;
    assert_eq!(visits.iter().filter(|line| line.ends_with("Scheduled")).count(), 11, "{visits:?}");
}

/// At the smallest size: what cannot be guessed, and always the way to the rest.
#[tokio::test]
async fn the_footer_names_the_ways_out_and_the_way_to_all_keys() {
    let house = House::new();
    let mut desk = house.desk_of((80, 24)).await;
    let foot = |frame: &Frame| frame.lines().last().cloned().unwrap_or_default();
    for (keys, named, help) in [
        ("<End>", &["b book", "g date", "f filter", "2 patients", "q quit"][..], "? all keys"),
        (
            "<Home>",
            // On a visit that is done.
            &["n no-show", "c cancel", "s schedule", "b book", "g date", "f filter", "q quit"],
            "? all keys",
        ),
        ("<Enter>", &["s schedule", "Esc leave"], "F1 all keys"),
        ("<Esc>b", &["Enter book", "Ctrl-O overbook", "Ctrl-N new patient", "Esc leave it"], "F1 all keys"),
        (
            "<Esc>2",
            &["Enter book", "Ctrl-E edit", "Ctrl-N register", "Tab visits", "Esc back"],
            "F1 all keys",
        ),
        ("<C-n>", &["Ctrl-S save", "Tab next field", "Esc leave it"], "F1 all keys"),
    ] {
        let foot = foot(&desk.keys(keys).await);
        for key in named {
            assert!(foot.contains(key), "{keys}: {key}: {foot}");
        }
        assert!(foot.ends_with(help), "{keys}: {foot}");
    }
}
