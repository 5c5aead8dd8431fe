//! The clinic's screen: staff, by keystroke.

use frontdesk::domain::ids::{DoctorId, StaffId};
use frontdesk::domain::staff::{Role, StaffDetails, StaffMember};
use frontdesk::store::sql::sign_in::SignIn;
use frontdesk::store::{Location, Store};
use frontdesk::ui::theme::Palette;
use secrecy::SecretString;

use crate::clinic::{House, LEE, order, origin, somebody};
use crate::frames::hold;
use crate::support::{Frame, Working};

/// The staff as the store has them.
async fn staff(house: &House) -> Vec<StaffMember> {
    house.store().staff().await.unwrap()
}

async fn member(house: &House, name: &str) -> StaffMember {
    staff(house).await.into_iter().find(|member| member.details.name == name).unwrap()
}

/// A desk that shows the staff.
pub async fn clinic_of(house: &House, size: (u16, u16)) -> Working {
    let mut desk = house.desk_of(size).await;
    desk.keys("6").await;
    desk.wait_for("2 active").await;
    desk.wait_for("riverside.example").await;
    desk
}

/// The password that is shown.
fn shown(frame: &Frame) -> String {
    let hyphens = |word: &&str| word.matches('-').count() == 5 && word.len() == 29;
    frame.text().split_whitespace().find(hyphens).expect("a password").to_owned()
}

async fn signs_in(house: &House, email: &str, password: &str) -> SignIn {
    let door = Store::open(&Location::File(house.file()), origin("desk-2")).unwrap();
    let came = door.sign_in(email, SecretString::from(password)).await.unwrap();
    door.close().await;
    came
}

#[tokio::test]
async fn somebody_is_added_and_their_password_is_shown_once() {
    let house = House::new();
    let mut desk = clinic_of(&house, (120, 40)).await;
    desk.keys("n").await;
    desk.wait_for("Add to the staff").await;
    desk.keys("Cleo Tan<Enter>cleo@riverside.example<Enter>d<Enter>").await;
    desk.keys("lee<Tab>").await;
    desk.wait_for("Dr. Hannah Lee  #1").await;
    desk.keys("cleo<Enter><Enter>y<Enter>").await;
    desk.keys("<Enter>").await;
    let frame = desk.wait_for("Shown this once").await;
    let password = shown(&frame);
    assert!(!frame.status().contains(&password), "not in passing: {}", frame.status());
    let frame = desk.keys("<Enter>").await;
    assert!(!frame.text().contains(&password));
    desk.wait_for("3 active").await;
    let cleo = member(&house, "Cleo Tan").await;
    let expected = StaffDetails {
        name: "Cleo Tan".into(),
        email: "cleo@riverside.example".into(),
        role: Role::Doctor,
        doctor_id: Some(LEE),
        os_user: Some("cleo".into()),
        os_user_signs_in: false,
        may_overbook: true,
        may_refund: false,
    };
    assert_eq!(cleo.details, expected);
    let came = signs_in(&house, "cleo@riverside.example", &password).await;
    assert!(matches!(came, SignIn::Welcome { must_change: true, .. }), "{came:?}");
    let frame = desk.wait_for("▶   Cleo Tan").await;
    assert!(frame.text().contains("good for one sign-in"), "{}", frame.text());
}

#[tokio::test]
async fn whose_account_is_the_proof_needs_no_password() {
    let house = House::new();
    let mut desk = clinic_of(&house, (120, 40)).await;
    desk.keys("nCleo Tan<Tab>cleo@riverside.example<Tab><Tab><Tab>cleo<Tab>y<C-s>").await;
    let frame = desk.wait_for("Added Cleo Tan, #3").await;
    assert!(!frame.text().contains("Shown this once"));
    desk.wait_for("none; the account is enough").await;
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field() {
    let house = House::new();
    let mut desk = clinic_of(&house, (120, 40)).await;
    desk.keys("n<C-s>").await;
    let frame = desk.wait_for("is empty").await;
    assert!(frame.text().contains("Add to the staff"));
    desk.keys("Eve<Tab>ben.okafor@riverside.example<Tab>a<Tab>dr<Tab>a b<Tab>").await;
    desk.wait_for("may be Dr. Arthur Pem… or Dr. Chidi Okaf…; write more").await;
    desk.wait_for("without blanks").await;
    desk.keys("<BackTab><BackTab><C-u>weber<Tab>").await;
    desk.wait_for("Dr. Jonas Weber  #6").await;
    desk.keys("<C-u><C-s>").await;
    // Only the store knows whose address it is.
    desk.wait_for("is another person's, maybe of one who left").await;
    desk.keys("<C-u>eve@riverside.example<C-s>").await;
    desk.wait_for("Shown this once").await;
    assert_eq!(member(&house, "Eve").await.details.doctor_id, Some(DoctorId(6)));
    assert_eq!(staff(&house).await.len(), 3, "once");
}

/// Permissions of their own are given for the work of a role: whoever gets another keeps none unseen.
#[tokio::test]
async fn what_was_given_besides_goes_with_the_role_and_the_form_says_so() {
    for size in [(80, 24), (120, 40)] {
        let house = House::new();
        let mut desk = clinic_of(&house, size).await;
        desk.keys("<Down>e").await;
        desk.wait_for("Edit Ben Okafor  #2").await;
        desk.keys("<Tab><Tab>r").await;
        let frame = desk.wait_for("was given to the administrator; yes gives it again").await;
        assert_eq!(frame.text().matches("was given to the administrator").count(), 2, "{}", frame.text());
        hold("staff-role", &frame);
        // Back to the role, they are there again; given again in the same change, they stay.
        desk.keys("a").await;
        desk.wait_gone("was given to").await;
        desk.keys("r<Tab><Tab><Tab><Tab>y").await;
        let frame = desk.keys("<Tab>").await;
        assert_eq!(frame.text().matches("was given to").count(), 1, "{}", frame.text());
        desk.keys("<C-s>").await;
        desk.wait_for("Saved the record of Ben Okafor").await;
        let ben = member(&house, "Ben Okafor").await.details;
        assert_eq!((ben.role, ben.may_overbook, ben.may_refund), (Role::Receptionist, true, false));
    }
}

#[tokio::test]
async fn somebody_is_changed_from_what_another_desk_made_of_them() {
    let house = House::new();
    let mut desk = clinic_of(&house, (120, 40)).await;
    desk.keys("<Down>e").await;
    desk.wait_for("Edit Ben Okafor  #2").await;
    let ben = member(&house, "Ben Okafor").await;
    let elsewhere = StaffDetails { may_overbook: false, ..ben.details.clone() };
    house.store().save_staff(&order(), Some(&ben), &elsewhere, true, None).await.unwrap();
    desk.keys("<End> Senior<C-s>").await;
    desk.wait_for("another desk changed: May overbook").await;
    desk.keys("<C-s>").await;
    desk.wait_for("Saved the record of Ben Okafor Senior").await;
    let now = member(&house, "Ben Okafor Senior").await;
    assert!(!now.details.may_overbook, "what the other desk wrote stands");
    // Nothing typed, nothing asked.
    desk.keys("<Enter>").await;
    desk.wait_for("Edit Ben Okafor Senior").await;
    desk.keys("<Esc>").await;
    desk.wait_gone("Edit Ben").await;
    desk.keys("ex<Esc>").await;
    desk.wait_for("Leave this form?").await;
    desk.keys("n6").await;
    desk.keys("<F2>").await;
    desk.wait_for("Save or leave this form first").await;
    desk.keys("<Esc>y").await;
    desk.wait_gone("Edit Ben").await;
}

#[tokio::test]
async fn somebody_is_let_go_and_comes_back() {
    let house = House::new();
    let mut desk = clinic_of(&house, (120, 40)).await;
    for (key, question) in [("x", "Let yourself sign in no longer?"), ("r", "Give yourself a new password?")]
    {
        desk.keys(key).await;
        desk.wait_for(&format!("This is your own account. {question}")).await;
        desk.keys("n").await;
        desk.wait_gone(question).await;
    }
    desk.keys("<Down>x").await;
    desk.wait_for("Let Ben Okafor sign in no longer?").await;
    desk.keys("n").await;
    desk.wait_gone("sign in no longer?").await;
    assert!(member(&house, "Ben Okafor").await.is_active);
    desk.keys("xy").await;
    desk.wait_for("1 active, 1 not").await;
    desk.wait_for("signs in no longer").await;
    assert!(!member(&house, "Ben Okafor").await.is_active);
    desk.keys("x").await;
    desk.wait_for("Let Ben Okafor sign in again?").await;
    desk.keys("y").await;
    desk.wait_for("2 active").await;
    assert!(member(&house, "Ben Okafor").await.is_active);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let house = House::new();
    let mut desk = clinic_of(&house, (120, 40)).await;
    house.store().set_staff_active(&order(), StaffId(2), false).await.unwrap();
    // What another desk does is followed.
    desk.wait_for("1 active, 1 not").await;
    desk.keys("xy").await;
    desk.wait_for("this is the last administrator; make somebody else one first").await;
    assert!(member(&house, "Ana Ruiz-Cano").await.is_active);
    desk.keys("e<Tab><Tab>r<C-s>").await;
    desk.wait_for("this is the last administrator").await;
}

#[tokio::test]
async fn a_password_is_reset_and_a_lock_taken_away() {
    let house = House::new();
    let mut desk = clinic_of(&house, (120, 40)).await;
    desk.keys("<Down>u").await;
    desk.wait_for("Ben Okafor is not locked out").await;
    desk.wait_for("none: they cannot sign in").await;
    desk.keys("r").await;
    desk.wait_for("Give Ben Okafor a new password?").await;
    desk.keys("y").await;
    let first = shown(&desk.wait_for("Shown this once").await);
    desk.keys("<Esc>").await;
    for _ in 0..5 {
        signs_in(&house, "ben.okafor@riverside.example", "something else").await;
    }
    let frame = desk.wait_for("locked out until 09:57").await;
    assert!(frame.text().contains("▶ L Ben Okafor"), "{}", frame.text());
    desk.keys("u").await;
    desk.wait_for("Ben Okafor may try again").await;
    desk.wait_gone("locked out").await;
    let came = signs_in(&house, "ben.okafor@riverside.example", &first).await;
    assert!(matches!(came, SignIn::Welcome { .. }), "{came:?}");
    desk.keys("ry").await;
    let second = shown(&desk.wait_for("Shown this once").await);
    assert_ne!(first, second);
    assert_eq!(signs_in(&house, "ben.okafor@riverside.example", &first).await, SignIn::Wrong);
    let rows = house.store();
    assert!(rows.staff().await.unwrap()[1].must_change_password);
}

#[tokio::test]
async fn it_is_for_administrators_alone() {
    let house = House::new();
    let reception =
        frontdesk::domain::staff::Identity { role: Role::Receptionist, ..somebody(2, "Ben Okafor") };
    house.employ(&reception).await;
    let mut desk = Working::begin_as(&house, (House::clinic(), reception), (120, 40), Palette::Dark);
    let frame = desk.wait_for("Dr. Hannah Lee").await;
    assert!(!frame.text().contains("6 Clinic"), "{}", frame.text());
    let frame = desk.keys("6").await;
    assert_eq!(frame.status(), " not permitted: a receptionist may not manage staff");
    assert!(frame.text().contains("Dr. Hannah Lee"));
}

#[tokio::test]
async fn the_screen_is_reached_and_left_by_keys() {
    let house = House::new();
    let mut desk = house.desk().await;
    desk.keys("2<F7>").await;
    desk.wait_for("2 active").await;
    desk.keys("<Esc>").await;
    desk.wait_for("Dr. Hannah Lee").await;
    desk.keys("b").await;
    desk.wait_for("Book a visit").await;
    desk.keys("smi<F7>").await;
    desk.wait_for("Book or leave this visit first").await;
}

#[tokio::test]
async fn a_store_that_is_away_is_said_and_comes_back() {
    let house = House::new();
    let mut desk = clinic_of(&house, (120, 40)).await;
    house.raw().await.run_text("ALTER TABLE staff RENAME TO gone").await.unwrap();
    desk.keys("xy").await;
    let frame = desk.until("why", |frame| !frame.status().contains("Ana")).await;
    assert!(frame.text().contains("Ben Okafor"), "the list stays: {}", frame.text());
    house.raw().await.run_text("ALTER TABLE gone RENAME TO staff").await.unwrap();
    desk.keys("<Down>xy").await;
    desk.wait_for("1 active, 1 not").await;
}
