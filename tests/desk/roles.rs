//! What each role is offered at the desk, by keystroke, and what a doctor's desk shows.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyModifiers};
use frontdesk::app::bindings::{Action, BINDINGS};
use frontdesk::app::keymap::{Context, Key};
use frontdesk::domain::permission::Deed;
use frontdesk::domain::staff::{Identity, Role};
use frontdesk::runtime::Signal;
use frontdesk::store::sql::conn::Stmt;
use frontdesk::ui::theme::Palette;

use crate::clinic::{House, LEE, TODAY, somebody};
use crate::frames::hold;
use crate::support::{Frame, Working};

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

fn lee() -> Identity {
    let may = Identity { may_overbook: false, may_refund: false, ..somebody(3, "Hannah Lee") };
    Identity { role: Role::Doctor, doctor_id: Some(LEE), ..may }
}

fn reception() -> Identity {
    let may = Identity { may_overbook: false, may_refund: false, ..somebody(4, "Cleo Tan") };
    Identity { role: Role::Receptionist, ..may }
}

/// A desk at which somebody is, which shows its day.
async fn desk_of(house: &House, who: Identity, size: (u16, u16)) -> Working {
    house.employ(&who).await;
    let mut desk = Working::begin_as(house, (House::clinic(), who), size, Palette::Dark);
    desk.wait_for("Dr. Hannah Lee").await;
    desk
}

/// All that is kept of patients, visits and staff.
async fn kept(house: &House) -> Vec<String> {
    let mut conn = house.raw().await;
    let mut kept = Vec::new();
    for text in [
        "SELECT id || name || email || phone FROM patients ORDER BY id",
        "SELECT id || appointment_time || doctor_id || COALESCE(status, '') || COALESCE(notes, '') FROM appointments ORDER BY id",
        "SELECT id || name || role || is_active FROM staff ORDER BY id",
        "SELECT idempotency_key FROM idempotency_keys ORDER BY idempotency_key",
    ] {
        for row in conn.all(Stmt::new(text)).await.unwrap() {
            kept.push(row.cells("kept").get().unwrap());
        }
    }
    kept
}

/// The actions of a kind that are on the trail: who did them, to whom, and what is said.
async fn trail(house: &House, action: &'static str) -> Vec<(i32, i32, String)> {
    let stmt = Stmt::new("SELECT staff_id, COALESCE(patient_id, 0), detail FROM audit_log WHERE action = ?");
    let rows = house.raw().await.all(stmt.bind(action)).await.unwrap();
    let read = |row: &frontdesk::store::sql::row::Row| {
        let mut cells = row.cells("audit_log");
        (cells.get().unwrap(), cells.get().unwrap(), cells.get().unwrap())
    };
    rows.iter().map(read).collect()
}

/// A key as these tests type it.
fn typed(key: Key) -> String {
    let name = match key.code {
        KeyCode::Char(c) => c.to_string(),
        KeyCode::F(n) => format!("F{n}"),
        KeyCode::PageUp => "PgUp".to_owned(),
        KeyCode::PageDown => "PgDn".to_owned(),
        other => format!("{other:?}"),
    };
    match key.modifiers {
        KeyModifiers::CONTROL => format!("<C-{name}>"),
        KeyModifiers::ALT => format!("<A-{name}>"),
        _ if name.chars().count() == 1 => name,
        _ => format!("<{name}>"),
    }
}

/// How each place is come to in which keys do something; none for what only asks, and for what nobody but
/// an administrator comes to. A new context does not compile until it is here.
fn way_to(context: Context) -> Option<&'static str> {
    match context {
        Context::Calendar | Context::Everywhere => Some("<Home>"),
        Context::Visit => Some("<Home><Tab><Tab>"),
        Context::OpenVisit => Some("<Home><Tab><Tab><Enter>"),
        Context::Booking | Context::Verdict => Some("<End>b"),
        Context::Patients => Some("<F3>smith"),
        Context::PatientVisits => Some("<F3>«#1»<Tab>"),
        Context::Form
        | Context::History
        | Context::Prompt
        | Context::List
        | Context::Help
        | Context::Question
        | Context::Dropping
        | Context::Staff
        | Context::Told
        | Context::SignIn
        | Context::Trail => None,
    }
}

#[tokio::test]
async fn a_key_for_what_somebody_may_not_do_says_so_in_one_line_and_writes_nothing() {
    let house = House::new();
    for who in [lee(), reception(), House::who()] {
        let may = |action: Action| action.deed().is_none_or(|deed: Deed| who.can(deed));
        house.employ(&who).await;
        let before = kept(&house).await;
        let mut refused = 0;
        for binding in BINDINGS.iter().filter(|binding| !may(binding.action)) {
            let Some(way) = way_to(binding.context) else { continue };
            for key in binding.keys {
                let mut desk = desk_of(&house, who.clone(), (120, 40)).await;
                desk.keys(way).await;
                desk.keys(&typed(*key)).await;
                let frame = desk.wait_for("not permitted: ").await;
                assert!(frame.status().contains("not permitted: "), "{binding:?}\n{}", frame.text());
                // The footer and the help do not name what is refused.
                let title = binding.action.title();
                let footer = frame.lines().pop().unwrap();
                let named = binding.footer.is_some_and(|of| footer.contains(&format!(" {} ", of.label)));
                assert!(!named, "{binding:?}\n{footer}");
                desk.keys("<Esc><F1>").await;
                let help = desk.wait_for("Keys: what works here").await;
                assert!(!help.text().contains(title), "{title}\n{}", help.text());
                refused += 1;
            }
        }
        assert_eq!(kept(&house).await, before, "{}", who.name);
        assert_eq!(refused > 0, who.role != Role::Administrator, "{}", who.name);
    }
}

#[tokio::test]
async fn the_palette_finds_what_somebody_may_do_alone() {
    let house = House::new();
    for (who, finds) in [(lee(), false), (reception(), true)] {
        let mut desk = desk_of(&house, who, (120, 40)).await;
        desk.keys("<F3>smith").await;
        desk.wait_for("1980-04-02").await;
        desk.keys("<C-k>patients").await;
        let frame = desk.wait_for("patients: look up").await;
        assert_eq!(frame.text().contains("patients: look up, register, edit"), finds, "{}", frame.text());
        desk.keys("<C-u>register a pat").await;
        let frame = desk.wait_for("Commands").await;
        assert_eq!(frame.text().contains("register a patient"), finds, "{}", frame.text());
        assert_eq!(frame.text().contains("no command of this name"), !finds, "{}", frame.text());
    }
}

#[tokio::test]
async fn what_the_desk_refuses_is_on_the_trail_once_for_a_key_that_is_held_down() {
    let house = House::new();
    let mut desk = desk_of(&house, reception(), (120, 40)).await;
    desk.keys("666").await;
    desk.wait_for("not permitted: ").await;
    desk.pass(Duration::from_secs(2));
    desk.keys("6").await;
    // Over a visit that is another's.
    let mut doctors = desk_of(&house, lee(), (120, 40)).await;
    doctors.keys("<F3>«emma johnson»").await;
    doctors.wait_for("Not your patient").await;
    doctors.keys("<C-e>").await;
    doctors.wait_for("not permitted: ").await;
    doctors.keys("<C-g>«colleague is ill»<Enter>").await;
    doctors.wait_for("patient19@example.org").await;
    doctors.keys("<Tab><Enter>").await;
    let frame = doctors.wait_for("Dr. Chidi Okafor").await;
    assert!(!frame.text().contains("e writes some"), "{}", frame.text());
    doctors.keys("ec").await;
    doctors.wait_for("only where it is their own").await;
    doctors.keys("<Esc>").await;
    for desk in [desk, doctors] {
        desk.signals.send(Signal::Terminate).await.unwrap();
        desk.ended().await.unwrap();
    }
    let mut told = trail(&house, "refused").await;
    told.sort();
    let row = |who: i32, deed: Deed, role: Role| {
        (who, 0, format!(r#"{{"deed":"{}","role":"{}"}}"#, deed.words(), role.words()))
    };
    let staff = row(4, Deed::ManageStaff, Role::Receptionist);
    let book = row(3, Deed::Book, Role::Doctor);
    let edit = row(3, Deed::EditPatient, Role::Doctor);
    let mut expected = vec![staff.clone(), staff, book.clone(), book, edit];
    expected.sort();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_doctors_board_is_their_own_column_in_full_width() {
    for size in SIZES {
        let house = House::new();
        let mut desk = desk_of(&house, lee(), size).await;
        desk.keys("<Home><Tab>").await;
        let frame = desk.wait_for("Ana Ruiz  1992-01-15  Scheduled").await;
        for other in ["Okafor", "Silva", "Müller", "田中"] {
            assert!(!frame.text().contains(other), "{}", frame.text());
        }
        hold("doctor-board", &frame);
        // The next opening is theirs, also of anyone.
        for key in ["o", "O"] {
            desk.keys(&format!("t{key}")).await;
            desk.until("an opening", |frame| frame.status().contains("Dr. Hannah Lee, Cardiology")).await;
        }
        // A day off is no reason to show nothing.
        desk.keys("g6.12.<Enter>").await;
        let is_there = |text: String| text.contains("6 Dec 2026") && text.contains("Dr. Hannah Lee");
        let frame = desk.until("the day off", |frame| is_there(frame.text())).await;
        assert!(!frame.text().contains("Weber"), "{}", frame.text());
    }
}

#[tokio::test]
async fn a_record_that_is_not_theirs_opens_once_a_doctor_says_why_and_a_mark_stays_in_sight() {
    for size in SIZES {
        let house = House::new();
        let mut desk = desk_of(&house, lee(), size).await;
        // Emma Johnson is Dr. Okafor's.
        desk.keys("<F3>«emma johnson»").await;
        let frame = desk.wait_for("Not your patient").await;
        assert!(frame.text().contains("2010-02-03"), "{}", frame.text());
        // The footer offers what can be done with it.
        let footer = frame.lines().pop().unwrap();
        assert!(footer.contains("Ctrl-G") && !footer.contains("book"), "{footer}");
        for of_record in ["+4930555", "patient19@example.org", "Past visits", "Next visits"] {
            assert!(!frame.text().contains(of_record), "{of_record}\n{}", frame.text());
        }
        hold("doctor-closed", &frame);
        desk.keys("<C-g>").await;
        let frame = desk.wait_for("Why do you open this record?").await;
        hold("doctor-glass", &frame);
        desk.keys("  <Enter>").await;
        desk.wait_for("! the reason").await;
        desk.keys("x<Enter>").await;
        desk.wait_for("! the reason says too little").await;
        assert_eq!(trail(&house, "record.break_glass").await, []);
        desk.keys("<Back>").await;
        desk.keys("«collapsed in the waiting room»<Enter>").await;
        desk.wait_for("Past visits").await;
        let frame = desk.wait_for("patient19@example.org").await;
        assert!(frame.lines()[1].contains("! break-glass"), "{}", frame.text());
        hold("doctor-opened", &frame);
        // Also over a visit of theirs, which is read and not changed.
        desk.keys("<Tab><Enter>").await;
        let frame = desk.wait_for("Dr. Chidi Okafor").await;
        assert!(frame.lines()[1].contains("! break-glass"), "{}", frame.text());
        desk.keys("c").await;
        desk.wait_for("only where it is their own").await;
        desk.keys("<Esc>g").await;
        desk.wait_for("only where it is their own").await;
        let flagged = trail(&house, "record.break_glass").await;
        assert_eq!(flagged, [(3, 19, r#"{"reason":"collapsed in the waiting room"}"#.to_owned())]);
        assert_eq!(trail(&house, "record.open").await.iter().filter(|(.., of, _)| *of == 19).count(), 1);
        // Their own patient's record has no mark and needs none.
        desk.keys("<Esc><F3>«ana ruiz»").await;
        let frame = desk.wait_for("patient3@example.org").await;
        assert!(!frame.text().contains("break-glass"), "{}", frame.text());
        desk.keys("<C-g>").await;
        desk.wait_for("no reason is needed").await;
    }
}

#[tokio::test]
async fn a_doctor_books_nobody_whose_record_is_closed_and_keeps_the_form() {
    for size in SIZES {
        let house = House::new();
        let mut desk = desk_of(&house, lee(), size).await;
        let visits = house.visits(TODAY).await;
        desk.go_to("Hannah Lee", "16:30").await;
        // Emma Johnson is Dr. Okafor's.
        desk.keys("b«emma johnson»<Enter>").await;
        // Said once she is chosen, and not only where it is sent.
        desk.wait_for("! patient: not yours; Ctrl-G on the patients screen").await;
        desk.wait_for("✓ free").await;
        desk.keys("<Enter>").await;
        let said = "! patient: not yours; Ctrl-G on the patients screen";
        let answered = |frame: &Frame| frame.text().contains(said) && frame.text().contains("✓ free");
        let frame = desk.until("the refusal", answered).await;
        assert!(
            frame.text().contains("!Patient") && frame.text().contains("Emma Johnson"),
            "{}",
            frame.text()
        );
        hold("doctor-books-closed", &frame);
        assert_eq!(house.visits(TODAY).await, visits);
        // From the patients screen neither, until the reason is given; the form waits meanwhile.
        desk.keys("<Esc><F3>«emma johnson»").await;
        desk.wait_for("Not your patient").await;
        desk.keys("<C-b>").await;
        desk.wait_for("opens the record with a reason, then book").await;
        desk.keys("<C-g>«colleague is ill»<Enter>").await;
        desk.wait_for("patient19@example.org").await;
        desk.keys("<Esc>B").await;
        desk.wait_for("✓ free").await;
        desk.keys("<Enter>").await;
        desk.wait_for("Booked Emma Johnson").await;
        assert_eq!(house.visits(TODAY).await.len(), visits.len() + 1);
    }
}

#[tokio::test]
async fn whoever_leafs_through_what_was_found_opens_nothing() {
    let house = House::new();
    let mut desk = desk_of(&house, lee(), (120, 40)).await;
    desk.keys("<F3>«emma johnson»").await;
    desk.wait_for("Not your patient").await;
    desk.keys("<C-u>").await;
    desk.keys("<F3>«mia chen»").await;
    // Whose visit with Dr. Lee was cancelled.
    desk.wait_for("2015-09-09").await;
    desk.wait_for("Not your patient").await;
    desk.keys("<C-q>").await;
    assert_eq!(trail(&house, "record.open").await, []);
    assert_eq!(trail(&house, "refused").await, [], "to look is not to try");
}

#[tokio::test]
async fn a_record_closes_when_the_visit_that_made_the_patient_theirs_is_cancelled() {
    use frontdesk::domain::appointment::Status;
    use frontdesk::domain::booking::Intent;
    let house = House::new();
    let mut desk = desk_of(&house, lee(), (120, 40)).await;
    desk.keys("<F3>«ana ruiz»").await;
    desk.wait_for("patient3@example.org").await;
    let id = house.visit_of(LEE, "09:30").await.id;
    house.carry_out(&Intent::SetStatus { id, status: Status::Cancelled, seen: None }).await;
    desk.wait_for("Not your patient").await;
}

#[tokio::test]
async fn overbooking_without_the_permission_keeps_the_form_and_says_who_gives_it() {
    for size in SIZES {
        let house = House::new();
        let mut desk = desk_of(&house, reception(), size).await;
        desk.go_to("Hannah Lee", "09:30").await;
        desk.keys("b").await;
        desk.keys("«mia chen»<Enter>").await;
        desk.wait_for("overlaps Ana Ruiz").await;
        let visits = house.visits(TODAY).await;
        desk.keys("<C-o>").await;
        let frame = desk.wait_for("an administrator gives").await;
        assert!(frame.text().contains("Mia Chen") && !frame.text().contains("Reason"), "{}", frame.text());
        assert!(!frame.lines().pop().unwrap().contains("overbook"), "{}", frame.text());
        hold("overbook-refused", &frame);
        desk.keys("<Enter>").await;
        let frame = desk.wait_for("take an opening").await;
        assert!(!frame.status().contains("Ctrl-O"), "{}", frame.text());
        assert_eq!(house.visits(TODAY).await, visits);
    }
}
