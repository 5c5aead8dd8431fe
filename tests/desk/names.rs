//! Who is who: the date of birth beside each name, and names that look like another.

use frontdesk::domain::ids::PatientId;
use frontdesk::store::sql::conn::Stmt;

use crate::clinic::{House, LEE, TODAY, order};
use crate::frames::hold;
use crate::support::{FREE, Frame, Working};

/// A namesake of Ana Ruiz but for the first letter, which is Cyrillic.
const NOT_ANA: &str = "Аna Ruiz";
/// What is said of it.
const MIXES: &str = "! mixes Cyrillic and Latin";

/// A clinic with both, of whom the second comes at one.
async fn house() -> (House, PatientId) {
    let house = House::new();
    let store = house.store();
    let mut details = store.patient(PatientId(3)).await.unwrap().unwrap().details;
    NOT_ANA.clone_into(&mut details.name);
    "other@example.org".clone_into(&mut details.email);
    details.date_of_birth = "1951-07-30".parse().unwrap();
    let id = store.register_patient(&order(), &details).await.unwrap().id;
    house.book(LEE, id, &format!("{TODAY}T13:00"), 30).await;
    (house, id)
}

/// The last line of a frame that names her: what lies over the board is below its names.
fn line(frame: &Frame) -> String {
    let names = |line: &&String| line.contains(NOT_ANA) && !line.contains("30 min");
    let lines = frame.lines();
    lines.iter().rfind(names).cloned().unwrap_or_else(|| panic!("{}", frame.text()))
}

#[tokio::test]
async fn a_name_that_looks_like_another_is_marked_wherever_somebody_is_chosen() {
    for size in [(80, 24), (120, 40)] {
        let (house, id) = house().await;
        let mut desk = house.desk_of(size).await;
        // Under the cursor, opened, moved.
        let frame = desk.go_to("Hannah Lee", "13:00").await;
        assert!(frame.status().contains(&format!("{NOT_ANA}  1951-07-30  {MIXES}")), "{}", frame.text());
        desk.keys("<Enter>").await;
        let frame = desk.wait_for(&format!("1951-07-30  #{id}")).await;
        assert!(
            frame.line_with("Patient ").unwrap().contains(&format!("1951-07-30  #{id}  {MIXES}")),
            "{}",
            frame.text()
        );
        desk.keys("<Esc>m").await;
        let frame = desk.wait_for("Move the visit of").await;
        let title = frame.line_with("Move the visit").unwrap();
        assert!(title.contains("(1951-07-30)") && title.contains(MIXES), "{}", frame.text());
        // In the form: in the list beside her namesake, and chosen.
        desk.keys("<Esc>j").await;
        desk.go_to("Hannah Lee", "13:30").await;
        desk.keys("b«ana ruiz»").await;
        let frame = desk.wait_for("1992-01-15").await;
        assert!(line(&frame).contains(&format!("! {NOT_ANA}")), "{}", frame.text());
        // The sign alone where the words would push off what follows.
        let words = if size.0 == 80 { "" } else { "mixes Cyrillic and Latin  " };
        let all = format!("1951-07-30  {words}+49305550103  #{id}");
        assert!(line(&frame).contains(&all), "{}", frame.text());
        hold("mixed-booking", &frame);
        let down = if frame.text().contains(&format!("▶ ! {NOT_ANA}")) { "" } else { "<Down>" };
        desk.keys(&format!("{down}<Enter>")).await;
        desk.wait_for(FREE).await;
        let frame = desk.wait_for(&format!("Book a visit  {MIXES}")).await;
        assert!(line(&frame).contains(&format!("! {NOT_ANA}  1951-07-30")), "{}", frame.text());
        // The field again: what tells her apart stays.
        let frame = desk.keys("<BackTab><BackTab><BackTab><BackTab><BackTab>").await;
        assert!(line(&frame).contains("1951-07-30"), "{}", frame.text());
        desk.keys("<Esc>").await;
    }
}

#[tokio::test]
async fn a_name_that_looks_like_another_is_marked_on_the_board_and_where_it_is_in_the_way() {
    for size in [(80, 24), (120, 40)] {
        let (house, _) = house().await;
        let mut desk = house.desk_of(size).await;
        let frame = desk.go_to("Hannah Lee", "13:00").await;
        assert!(frame.text().contains(&format!("S ! {NOT_ANA}")), "{}", frame.text());
        desk.keys("b«smilla»<Enter>").await;
        desk.wait_for(&format!("overlaps ! {NOT_ANA} (1951-07-30)")).await;
    }
}

#[tokio::test]
async fn a_name_that_looks_like_another_is_marked_where_it_is_looked_up_and_written() {
    for size in [(80, 24), (120, 40)] {
        let (house, id) = house().await;
        let mut desk = house.desk_of(size).await;
        desk.keys("2").await;
        desk.keys(&format!("#{id}")).await;
        let frame = desk.wait_for("13:00").await;
        assert!(line(&frame).contains(&format!("▶ ! {NOT_ANA}")), "{}", frame.text());
        assert!(frame.text().contains(MIXES), "{}", frame.text());
        assert!(frame.status().contains("! is a name of mixed scripts"), "{}", frame.text());
        hold("mixed-patients", &frame);
        // Her record, and a new one: it is said at the field, and can be kept.
        desk.keys("<C-e>").await;
        desk.wait_for(&format!("{MIXES}: like another's? It can be kept")).await;
        desk.keys("<Esc><C-n>").await;
        desk.wait_for("Register a patient").await;
        desk.keys("Dоra Klein<Tab>1.2.1990<Tab>+49 30 5559<Tab>dora@example.org").await;
        let frame = desk.wait_for("! mixes Latin and Cyrillic").await;
        hold("mixed-record", &frame);
        desk.keys("<C-s>").await;
        desk.wait_for("Registered Dоra Klein (1990-02-01)").await;
    }
}

#[tokio::test]
async fn the_trail_names_whoever_did_it_by_their_number_and_marks_a_name_of_mixed_scripts() {
    for (size, cut) in [((80, 24), "! Аna Ruiz… #1 "), ((120, 40), "! Аna Ruiz-Cano #1 ")] {
        let house = House::new();
        let renamed = Stmt::new(
            "UPDATE audit_log SET actor = 'Аna Ruiz-Cano', staff_id = 1 WHERE action = 'staff.add'",
        );
        house.raw().await.run(renamed).await.unwrap();
        let mut desk = house.desk_of(size).await;
        desk.keys("6").await;
        desk.wait_for("active").await;
        desk.keys("<Tab>").await;
        let frame = desk.wait_for("staff.add").await;
        assert!(frame.line_with("staff.add").unwrap().contains(cut), "{}", frame.text());
        assert!(!frame.text().contains("audit.witness"), "{}", frame.text());
        desk.keys("action staff.add<Enter>").await;
        desk.until("it alone", |frame| !frame.text().contains("clinic.set_up")).await;
        desk.keys("<Enter>").await;
        let frame = desk.wait_for("! the name mixes Cyrillic and Latin").await;
        assert!(frame.text().contains("! Аna Ruiz-Cano #1 · "), "{}", frame.text());
    }
}

#[tokio::test]
async fn a_date_of_birth_that_is_none_hides_nothing() {
    let house = House::new();
    let broken = Stmt::new("UPDATE patients SET date_of_birth = 'soon' WHERE id = 3");
    house.raw().await.run(broken).await.unwrap();
    let mut desk: Working = house.desk_of((80, 24)).await;
    let frame = desk.go_to("Hannah Lee", "09:30").await;
    assert!(frame.status().contains("Ana Ruiz  born ?  Scheduled"), "{}", frame.text());
    desk.keys("<Enter>").await;
    desk.wait_for("Ana Ruiz  born ?  #3").await;
}

#[tokio::test]
async fn a_column_that_has_room_says_when_each_of_its_patients_was_born() {
    let house = House::new();
    let mut desk = house.desk_of((80, 24)).await;
    desk.keys("fhannah<Enter>").await;
    let frame = desk.wait_for("│ 09:30 30m 1992-01-15").await;
    // A visit of one row has it behind the name.
    assert!(frame.text().contains("S Peter Novák 1968-07-21"), "{}", frame.text());
    hold("board-wide", &frame);
}
