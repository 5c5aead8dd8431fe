//! The desk's gate: who comes in, when it closes, and what is behind it when it opens again.

use std::time::{Duration, Instant};

use frontdesk::app::gate::Locking;
use frontdesk::domain::ids::StaffId;
use frontdesk::domain::staff::StaffMember;
use frontdesk::runtime::{Desk, Signal};
use frontdesk::store::password;
use frontdesk::store::sql::conn::Stmt;
use frontdesk::store::sql::staff::NewPassword;
use frontdesk::ui::theme::{Palette, Theme};
use secrecy::SecretString;
use tokio::sync::OnceCell;

use crate::clinic::{House, TODAY, order, other_desk};
use crate::frames::hold;
use crate::support::{FREE, Frame, LOCKING, Working};

/// Everybody's, since each hash takes its time.
pub const PASSWORD: &str = "umbrella seven kayak";
pub const ANA: &str = "ana.ruiz-cano@riverside.example";
pub const BEN: &str = "ben.okafor@riverside.example";
/// What a desk says that nobody is to look at.
pub const LOCKED: &str = "is locked";

/// Gives somebody the password.
async fn give_password(house: &House, id: i32, must_change: bool) {
    static HASH: OnceCell<String> = OnceCell::const_new();
    let hash =
        HASH.get_or_init(|| async { password::hash(SecretString::from(PASSWORD)).await.unwrap() }).await;
    let password = NewPassword { hash: SecretString::from(hash.as_str()), must_change };
    house.store().reset_password(&order(), StaffId(id), Some(&password)).await.unwrap();
}

/// A clinic whose staff have passwords.
pub async fn house() -> House {
    let house = House::new();
    for id in [1, 2] {
        give_password(&house, id, false).await;
    }
    house
}

/// A desk that opens on its sign-in.
async fn closed(house: &House, size: (u16, u16), email: &str) -> Working {
    let desk = Desk {
        store: house.store().acting_for_nobody(),
        server: "sqlite".into(),
        clinic: House::clinic(),
        who: None,
        locking: Locking { email: email.to_owned(), ..LOCKING },
        theme: Theme::new(Palette::Dark),
        demo: false,
    };
    let mut working = Working::open(desk, size);
    working.wait_for("Sign in to open the desk").await;
    working
}

/// Nothing of the clinic but its name is to be seen.
pub fn assert_nothing_is_seen(frame: &Frame) {
    let text = frame.text();
    let names =
        ["Smith", "Smilla", "Ana Ruiz ", "1992-", "2018-", "Okafor ", "Hannah", "Cardiology", "Calendar"];
    for name in names {
        assert!(!text.contains(name), "{name}:\n{text}");
    }
}

/// The actions on the audit trail of the doors in their order, once the desk is left and all is written.
pub async fn trail(house: &House, desk: Working) -> Vec<String> {
    // One that was left already is not heard any more.
    let _ = desk.signals.send(Signal::Terminate).await;
    desk.ended().await.unwrap();
    let mut conn = house.raw().await;
    let stmt = Stmt::new(
        "SELECT action, actor FROM audit_log WHERE action LIKE 'sign%' OR action LIKE 'desk%' ORDER BY id",
    );
    let rows = conn.all(stmt).await.unwrap();
    let line = |row: &frontdesk::store::sql::conn::Row| {
        let mut cells = row.cells("audit_log");
        let (action, actor): (String, String) = (cells.get().unwrap(), cells.get().unwrap());
        format!("{action} {actor}")
    };
    rows.iter().map(line).collect()
}

/// Whoever is surprised by a gate that closed stops typing for a moment.
fn pause(desk: &Working) {
    desk.pass(Duration::from_secs(3));
}

pub async fn drafts(house: &House) -> usize {
    house.raw().await.all(Stmt::new("SELECT id FROM drafts")).await.unwrap().len()
}

#[tokio::test]
async fn a_desk_opens_on_its_sign_in_and_shows_nothing_before() {
    for size in [(80, 24), (120, 40)] {
        let house = house().await;
        let mut desk = closed(&house, size, "").await;
        let frame = desk.keys(&format!("«{ANA}»<Enter>«{PASSWORD}»")).await;
        assert_nothing_is_seen(&frame);
        assert!(!frame.text().contains(PASSWORD));
        hold("gate-start", &frame);
        // What works elsewhere works here not: all of it is typed.
        desk.keys("<A-c><F1><C-k>").await;
        assert_nothing_is_seen(&desk.frame());
        desk.keys("<Enter>").await;
        let frame = desk.wait_for("Dr. Hannah Lee").await;
        assert!(frame.lines()[0].ends_with("Ana Ruiz-Cano, administrator"), "{}", frame.text());
        assert_eq!(trail(&house, desk).await, ["sign_in Ana Ruiz-Cano", "sign_out Ana Ruiz-Cano"]);
    }
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_said_at_its_field() {
    for size in [(80, 24), (120, 40)] {
        let house = house().await;
        let mut desk = closed(&house, size, "").await;
        desk.keys("<Enter>").await;
        desk.wait_for("! is missing: the one with which you sign in").await;
        desk.keys(&format!("«{ANA}»<Enter><Enter>")).await;
        desk.wait_for("! is missing").await;
        for _ in 0..4 {
            desk.keys("«not this one at all»<Enter>").await;
            desk.wait_for("! the e-mail or the password is wrong").await;
        }
        hold("gate-wrong", &desk.frame());
        desk.keys("«not this one at all»<Enter>").await;
        let frame = desk.wait_for("too many wrong passwords; try again at 09:57").await;
        hold("gate-locked-out", &frame);
        // The right one is not taken now either, and at another desk too.
        let mut other = closed(&house, size, ANA).await;
        other.keys(&format!("«{PASSWORD}»<Enter>")).await;
        other.wait_for("too many wrong passwords").await;
    }
}

#[tokio::test]
async fn an_account_that_is_not_active_is_told_so_and_what_nobody_knows_is_not() {
    let house = house().await;
    deactivate(&house, 1).await;
    let mut desk = closed(&house, (80, 24), ANA).await;
    desk.keys(&format!("«{PASSWORD}»<Enter>")).await;
    desk.wait_for("this account is not active any more").await;
    desk.keys(&format!("<Tab><C-u>«nobody@riverside.example»<Tab>«{PASSWORD}»<Enter>")).await;
    desk.wait_for("the e-mail or the password is wrong").await;
}

/// Whoever is known by their Unix account finds the cursor in the password, and types as ever.
#[tokio::test]
async fn what_is_typed_a_field_too_late_comes_in_and_no_password_is_seen_or_kept() {
    let house = house().await;
    let mut desk = closed(&house, (80, 24), ANA).await;
    let frame = desk.keys(&format!("«{BEN}»<Tab>«{PASSWORD}»")).await;
    assert!(frame.text().contains(BEN) && !frame.text().contains(ANA), "{}", frame.text());
    assert!(!frame.text().contains("umbrella"), "{}", frame.text());
    desk.keys("<Enter>").await;
    desk.wait_for("Ben Okafor, administrator").await;
    // What is no e-mail stays where it was typed, and what comes behind it takes the e-mail's place.
    let mut desk = closed(&house, (80, 24), ANA).await;
    let frame = desk.keys(&format!("umbrella<Tab>{BEN}<Tab>")).await;
    assert!(frame.text().contains(BEN) && !frame.text().contains(ANA), "{}", frame.text());
    let frame = desk.keys("<Tab>seven@kayak.example<Enter>").await;
    assert!(!frame.text().contains(BEN), "{}", frame.text());
    desk.wait_for("the e-mail or the password is wrong").await;
    let stmt = Stmt::new("SELECT detail FROM audit_log WHERE action = 'sign_in.failed'");
    let rows = house.raw().await.all(stmt).await.unwrap();
    let told: Vec<String> = rows.iter().map(|row| row.cells("audit_log").get().unwrap()).collect();
    assert_eq!(told, [r#"{"why":"unknown"}"#]);
}

#[tokio::test]
async fn whoever_begins_anew_finds_the_e_mail_that_stood_there() {
    let house = house().await;
    let mut desk = closed(&house, (80, 24), ANA).await;
    let frame = desk.keys("abc<Tab>x@y.example").await;
    assert!(frame.text().contains("x@y.example") && !frame.text().contains(ANA), "{}", frame.text());
    let frame = desk.keys("<Esc>").await;
    assert!(frame.text().contains(ANA) && !frame.text().contains("x@y"), "{}", frame.text());
    desk.keys(&format!("«{PASSWORD}»<Enter>")).await;
    desk.wait_for("Ana Ruiz-Cano, administrator").await;
}

#[tokio::test]
async fn the_whole_reason_for_a_sign_out_is_said() {
    for size in [(80, 24), (120, 40)] {
        let house = house().await;
        let mut desk = closed(&house, size, ANA).await;
        desk.keys(&format!("«{PASSWORD}»<Enter>")).await;
        desk.wait_for("Dr. Hannah Lee").await;
        give_password(&house, 1, false).await;
        let frame = desk.wait_for("Signed out: your password was set anew, by an administrator").await;
        assert!(frame.text().contains("at another desk."), "{}", frame.text());
        assert!(frame.text().contains("kept for whoever typed it."), "{}", frame.text());
        hold("gate-out-long", &frame);
    }
}

#[tokio::test]
async fn the_demo_says_that_it_signs_in_by_itself() {
    let house = House::new();
    let desk = Desk {
        store: house.store(),
        server: "sqlite".into(),
        clinic: House::clinic(),
        who: Some(House::who()),
        locking: Locking { by_account: true, ..Locking::default() },
        theme: Theme::new(Palette::Dark),
        demo: true,
    };
    let mut desk = Working::open(desk, (80, 24));
    let frame = desk.wait_for("This is a demo clinic").await;
    let line = "This is a demo clinic; it signs in by itself. Your own: frontdesk without demo";
    assert_eq!(frame.status().trim(), line);
}

#[tokio::test]
async fn a_password_that_somebody_else_set_is_changed_before_anything_is_seen() {
    for size in [(80, 24), (120, 40)] {
        let house = house().await;
        give_password(&house, 1, true).await;
        let mut desk = closed(&house, size, ANA).await;
        desk.keys(&format!("«{PASSWORD}»<Enter>")).await;
        desk.wait_for("Choose one of your own").await;
        for (typed, fault) in [
            ("«short»<Enter>", "has 5 characters; at least 15 are needed"),
            ("«ana ruiz-cano riverside clinic»<Enter>", "made of names that are known here"),
            ("«umbrella seven kayak»<Enter>", "that is the one that was set for you"),
        ] {
            desk.keys(typed).await;
            assert_nothing_is_seen(&desk.wait_for(fault).await);
        }
        hold("gate-new-password", &desk.frame());
        desk.keys("«lantern quince oboe 9»<Enter>«lantern quince oboe»<Enter>").await;
        desk.wait_for("! is not the same; type it anew").await;
        desk.keys("«lantern quince oboe 9»<Enter>").await;
        desk.wait_for("Dr. Hannah Lee").await;
        // From now on it is the one.
        desk.keys("<A-l>").await;
        desk.wait_for(LOCKED).await;
        desk.keys("«lantern quince oboe 9»<Enter>").await;
        desk.wait_for("Dr. Hannah Lee").await;
    }
}

#[tokio::test]
async fn a_desk_that_nobody_touches_locks_and_whoever_was_there_goes_on_where_they_were() {
    for size in [(80, 24), (120, 40)] {
        let house = house().await;
        let mut desk = house.desk_of(size).await;
        desk.fill_booking("smilla", "Smilla Jensen  2018-01-20").await;
        desk.keys("<Tab><Tab>brings").await;
        let before = desk.wait_for("brings").await;
        desk.pass(Duration::from_mins(4));
        desk.keys("<Left>").await;
        desk.pass(Duration::from_secs(4 * 60 + 59));
        assert!(desk.keys("<Right>").await.text().contains("Smilla"));
        desk.pass(Duration::from_mins(5));
        // Without a key: the next time that anything at all happens.
        let frame = desk.wait_for(LOCKED).await;
        assert_nothing_is_seen(&frame);
        assert!(frame.text().contains("no key for 5 min"), "{}", frame.text());
        hold("gate-idle", &frame);
        pause(&desk);
        desk.keys("«wrong»<Enter>").await;
        assert_nothing_is_seen(&desk.wait_for("the password is wrong").await);
        desk.keys(&format!("«{PASSWORD}»<Enter>")).await;
        let after = desk.wait_for("Smilla Jensen").await;
        let form = |frame: &Frame| {
            let lines = frame.lines().into_iter();
            lines.skip_while(|line| !line.contains("─ Book")).collect::<Vec<_>>()
        };
        assert_eq!((form(&after), after.cursor), (form(&before), before.cursor));
        assert_eq!(
            trail(&house, desk).await,
            [
                "desk.lock Ana Ruiz-Cano",
                "sign_in.failed Ana Ruiz-Cano",
                "sign_in Ana Ruiz-Cano",
                "desk.unlock Ana Ruiz-Cano",
                "sign_out Ana Ruiz-Cano"
            ]
        );
    }
}

#[tokio::test]
async fn a_key_that_comes_too_late_does_nothing() {
    let house = house().await;
    let mut desk = house.desk().await;
    desk.go_to("Hannah Lee", "10:00").await;
    desk.pass(Duration::from_mins(6));
    let frame = desk.keys("c").await;
    assert!(frame.text().contains(LOCKED) && !frame.text().contains('•'), "{}", frame.text());
    // Neither do those that are typed on behind it: no try is made of them.
    desk.keys("umbrella<Enter><C-z>").await;
    desk.pass(Duration::from_secs(1));
    let frame = desk.keys("smith<Enter>").await;
    assert!(frame.text().contains("what you type now is dropped"), "{}", frame.text());
    hold("gate-deaf", &frame);
    pause(&desk);
    let frame = desk.keys("x").await;
    assert!(frame.text().contains('•') && !frame.text().contains("dropped"), "{}", frame.text());
    desk.keys("<Back>").await;
    desk.keys(&format!("«{PASSWORD}»<Enter>")).await;
    desk.wait_for("Dr. Hannah Lee").await;
    let tries = Stmt::new("SELECT id FROM audit_log WHERE action = 'sign_in.failed'");
    assert_eq!(house.raw().await.all(tries).await.unwrap().len(), 0);
    assert!(!house.visits(TODAY).await.iter().any(|line| line.contains("Peter Novák, Cancelled")));
}

#[tokio::test]
async fn a_clock_that_is_set_back_locks_and_says_so() {
    let house = house().await;
    let mut desk = house.desk().await;
    desk.set_back(Duration::from_secs(3));
    assert!(!desk.keys("l").await.text().contains(LOCKED), "put right by the net");
    desk.set_back(Duration::from_mins(30));
    assert_nothing_is_seen(&desk.wait_for("This machine's clock was set back").await);
    pause(&desk);
    desk.keys(&format!("«{PASSWORD}»<Enter>")).await;
    desk.wait_for("Dr. Hannah Lee").await;
}

#[tokio::test]
async fn a_key_locks_wherever_one_is_and_every_form_is_there_again() {
    let smilla = ("2«smilla»", "Dr. Mariana Silva");
    let ana = ("<Home>l<Tab><Tab>", "Ana Ruiz  1992-01-15");
    for (first, keys, shown) in [
        (None, "<F1>", "Keys: "),
        (None, "g31.2.<Enter>", "31 February"),
        (None, "fcard", "1 doctor;"),
        (Some(ana), "<Enter>", "Brings the last ECG."),
        (Some(ana), "exx", "xx"),
        (Some(smilla), "<Down>", "Dr. Mariana Silva"),
        (Some(smilla), "<C-n><Tab>12", "Register a patient"),
    ] {
        let house = house().await;
        let mut desk = house.desk().await;
        if let Some((keys, shown)) = first {
            desk.keys(keys).await;
            desk.wait_for(shown).await;
        }
        desk.keys(keys).await;
        let before = desk.wait_for(shown).await;
        desk.keys("<A-l>").await;
        let frame = desk.wait_for(LOCKED).await;
        assert_nothing_is_seen(&frame);
        desk.keys(&format!("«{PASSWORD}»<Enter>")).await;
        let same = |frame: &Frame| (frame.text(), frame.cursor) == (before.text(), before.cursor);
        desk.until(&format!("what was there before: {keys}\n{}", before.text()), same).await;
    }
}

#[tokio::test]
async fn a_desk_that_the_shell_had_meanwhile_is_locked() {
    let house = house().await;
    let mut desk = house.desk().await;
    desk.keys("b«smilla»").await;
    desk.wait_for("Smilla Jensen").await;
    desk.keys("<C-z>").await;
    assert_nothing_is_seen(&desk.wait_for("The shell had the terminal").await);
    desk.keys(&format!("«{PASSWORD}»<Enter>")).await;
    desk.wait_for("Smilla Jensen").await;
    // Whoever stopped it.
    desk.signals.send(Signal::Continue).await.unwrap();
    assert_nothing_is_seen(&desk.wait_for("The shell had the terminal").await);
}

#[tokio::test]
async fn what_is_typed_behind_a_gate_that_is_left_is_kept() {
    let house = house().await;
    let mut desk = house.desk().await;
    desk.fill_booking("smilla", "Smilla Jensen  2018-01-20").await;
    desk.keys("<A-l>").await;
    desk.wait_for(LOCKED).await;
    desk.press("<C-q>");
    assert_eq!(trail(&house, desk).await, ["desk.lock Ana Ruiz-Cano", "sign_out Ana Ruiz-Cano"]);
    let mut next = house.desk().await;
    next.wait_for("B takes it up").await;
    next.keys("B").await;
    next.wait_for(FREE).await;
}

#[tokio::test]
async fn the_commands_by_name_lock_and_sign_out() {
    let house = house().await;
    let mut desk = house.desk().await;
    for (command, shown, email) in [("lock", LOCKED, ""), ("another person", "Signed out.", ANA)] {
        desk.keys(&format!("<C-k>«{command}»<Enter>")).await;
        assert_nothing_is_seen(&desk.wait_for(shown).await);
        let on = if email.is_empty() { String::new() } else { format!("«{email}»<Tab>") };
        desk.keys(&format!("{on}«{PASSWORD}»<Enter>")).await;
        desk.wait_for("Dr. Hannah Lee").await;
    }
}

/// A database that does not answer holds nobody up who leaves.
#[tokio::test]
async fn a_sign_out_that_cannot_be_written_does_not_keep_the_desk() {
    let house = house().await;
    let desk = house.desk().await;
    let mut raw = house.raw().await;
    raw.run_text("BEGIN IMMEDIATE").await.unwrap();
    let begun = Instant::now();
    desk.signals.send(Signal::Terminate).await.unwrap();
    desk.ended().await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    raw.run_text("ROLLBACK").await.unwrap();
}

#[tokio::test]
async fn a_window_too_small_locks_and_shows_nothing_but_that() {
    let house = house().await;
    let mut desk = house.desk().await;
    desk.keys("b«smilla»<C-q>").await;
    desk.wait_for("Quit?").await;
    desk.resize(60, 10).await;
    desk.wait_for("Quit?").await;
    desk.keys("n<A-l>").await;
    let frame = desk.keys(PASSWORD).await;
    assert!(!frame.text().contains("Quit?"), "{}", frame.text());
    let frame = desk.resize(80, 24).await;
    assert!(frame.text().contains(LOCKED) && !frame.text().contains('•'), "{}", frame.text());
}

pub async fn member(house: &House, id: i32) -> StaffMember {
    let staff = house.store().staff().await.unwrap();
    staff.into_iter().find(|member| member.id == StaffId(id)).unwrap()
}

/// Ben deactivates somebody.
async fn deactivate(house: &House, id: i32) {
    let before = member(house, id).await;
    let store = other_desk(&house.store());
    store.save_staff(&order(), Some(&before), &before.details, false, None).await.unwrap();
}

#[tokio::test]
async fn somebody_who_is_deactivated_elsewhere_is_out_and_what_they_typed_is_kept() {
    for size in [(80, 24), (120, 40)] {
        let house = house().await;
        let mut desk = house.desk_of(size).await;
        desk.fill_booking("smilla", "Smilla Jensen  2018-01-20").await;
        deactivate(&house, 1).await;
        let frame = desk.wait_for("an administrator deactivated your account").await;
        assert_nothing_is_seen(&frame);
        hold("gate-out", &frame);
        pause(&desk);
        desk.keys(&format!("«{PASSWORD}»<Enter>")).await;
        desk.wait_for("this account is not active any more").await;
        assert_eq!(drafts(&house).await, 1);
        let ben = format!("<Tab><C-u>«{BEN}»<Tab>«{PASSWORD}»<Enter>");
        desk.keys(&ben).await;
        let frame = desk.wait_for("Dr. Hannah Lee").await;
        assert!(!frame.text().contains("Smilla Jensen  2018"), "{}", frame.text());
        assert_eq!(drafts(&house).await, 1);
    }
}

#[tokio::test]
async fn the_clinics_maximum_holds_for_a_desk_that_is_open() {
    let house = house().await;
    let mut desk = house.desk().await;
    other_desk(&house.store()).set_max_idle_lock(&order(), 2).await.unwrap();
    desk.pass(Duration::from_mins(3));
    let frame = desk.wait_for(LOCKED).await;
    assert!(frame.text().contains("no key for 2 min"), "{}", frame.text());
}
