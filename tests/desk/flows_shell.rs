//! A locked desk and the shell behind it: who may leave for it, and who would come round the lock by it.

use frontdesk::app::gate::Locking;
use frontdesk::domain::staff::StaffDetails;
use frontdesk::runtime::Desk;
use frontdesk::ui::theme::{Palette, Theme};

use crate::clinic::{House, order, other_desk};
use crate::flows_gate::{BEN, LOCKED, PASSWORD, house, member};
use crate::frames::hold;
use crate::support::{LOCKING, Working};

/// Where the program opens without a question, its shell is the way round the lock.
#[tokio::test]
async fn a_desk_that_opens_by_itself_leads_nobody_round_its_lock() {
    for size in [(80, 24), (120, 40)] {
        let house = house().await;
        let mut desk = by_account(&house, false, size).await;
        desk.keys("<A-l>").await;
        let frame = desk.wait_for(LOCKED).await;
        assert!(!frame.text().contains("quit"), "{}", frame.text());
        for key in ["<C-q>", "<C-z>"] {
            desk.keys(key).await;
            let frame = desk.wait_for("locked: sign in first").await;
            hold("gate-kept", &frame);
            let frame = desk.keys("x<Back>").await;
            assert!(!frame.text().contains("sign in first"), "{}", frame.text());
        }
        // Another person's desk neither, though the account is not theirs.
        desk.keys(&format!("<Tab><C-u>«{BEN}»<Tab>«{PASSWORD}»<Enter>")).await;
        desk.wait_for("Ben Okafor, administrator").await;
        desk.keys("<A-l>").await;
        desk.wait_for(LOCKED).await;
        desk.keys("<C-q>").await;
        desk.wait_for("locked: sign in first").await;
        desk.keys(&format!("«{PASSWORD}»<Enter>")).await;
        desk.wait_for("Dr. Hannah Lee").await;
        // Where nobody is behind it, it ends.
        desk.keys("<A-o>").await;
        desk.wait_for("Signed out.").await;
        desk.press("<C-q>");
        desk.ended().await.unwrap();
    }
}

/// Whose lock opens by Enter has nothing behind it that a shell would lead to; another's has.
#[tokio::test]
async fn a_lock_that_the_account_opens_lets_its_person_quit_and_nobody_else() {
    let house = house().await;
    let mut desk = by_account(&house, true, (80, 24)).await;
    desk.keys("<A-l>").await;
    desk.wait_for("Enter opens it").await;
    desk.keys(&format!("<Tab><C-u>«{BEN}»<Tab>«{PASSWORD}»<Enter>")).await;
    desk.wait_for("Ben Okafor, administrator").await;
    desk.keys("<A-l>").await;
    desk.wait_for(LOCKED).await;
    desk.keys("<C-q>").await;
    desk.wait_for("locked: sign in first").await;
    let mut desk = by_account(&house, true, (80, 24)).await;
    desk.keys("<A-l>").await;
    desk.wait_for("Enter opens it").await;
    desk.press("<C-q>");
    desk.ended().await.unwrap();
}

/// A desk that Ana's Unix account opened.
async fn by_account(house: &House, by_account: bool, size: (u16, u16)) -> Working {
    let_account_sign_in(house, true).await;
    opened(house, Locking { by_account, ..LOCKING }, size).await
}

/// A desk that opened without a question.
async fn opened(house: &House, locking: Locking, size: (u16, u16)) -> Working {
    let desk = Desk {
        store: house.store(),
        server: "sqlite".into(),
        clinic: House::clinic(),
        who: Some(House::who()),
        locking: Locking { opens_by_itself: true, ..locking },
        theme: Theme::new(Palette::Dark),
        demo: false,
    };
    let mut working = Working::open(desk, size);
    working.wait_for("Dr. Hannah Lee").await;
    working
}

/// Ben says whether Ana's Unix account is proof enough.
async fn let_account_sign_in(house: &House, signs_in: bool) {
    let before = member(house, 1).await;
    let os_user = Some("ana".to_owned());
    let details = StaffDetails { os_user, os_user_signs_in: signs_in, ..before.details.clone() };
    let store = other_desk(&house.store());
    store.save_staff(&order(), Some(&before), &details, true, None).await.unwrap();
}

/// What an administrator changed since the desk was opened is asked where somebody wants to leave it.
#[tokio::test]
async fn a_locked_desk_asks_whether_its_shell_leads_round_the_lock() {
    for key in ["<C-q>", "<C-z>"] {
        let house = house().await;
        let mut desk = house.desk().await;
        let_account_sign_in(&house, true).await;
        desk.keys("<A-l>").await;
        let frame = desk.wait_for(LOCKED).await;
        assert!(frame.text().contains("quit"), "{}", frame.text());
        desk.keys(key).await;
        let frame = desk.wait_for("locked: sign in first").await;
        assert!(!frame.text().contains("quit"), "{}", frame.text());
        // Where nobody can say, neither.
        let_account_sign_in(&house, false).await;
        house.raw().await.run_text("ALTER TABLE staff RENAME TO away").await.unwrap();
        desk.keys(key).await;
        let frame = desk.wait_for("the database does not answer").await;
        hold("gate-kept-unanswered", &frame);
        house.raw().await.run_text("ALTER TABLE away RENAME TO staff").await.unwrap();
        desk.keys("x").await;
        desk.press(key);
        if key == "<C-q>" {
            desk.ended().await.unwrap();
        } else {
            // What was typed at the gate is not left for the shell.
            desk.until("the gate anew", |frame| !frame.text().contains('•')).await;
        }
    }
}

/// A command that prints a password is looked at whoever signed in, and by whatever.
#[tokio::test]
async fn a_locked_desk_is_not_left_where_a_command_prints_a_password() {
    let house = house().await;
    let mut desk = opened(&house, Locking { by_command: true, ..LOCKING }, (80, 24)).await;
    desk.keys("<A-l>").await;
    desk.wait_for(LOCKED).await;
    for key in ["<C-q>", "<C-z>"] {
        assert!(desk.keys(key).await.text().contains("locked: sign in first"));
        desk.keys("x<Back>").await;
    }
}
