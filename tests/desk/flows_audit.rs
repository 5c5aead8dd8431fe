//! The audit trail on the clinic's screen: what it shows, and how it is filtered.

use frontdesk::app::screens::audit::PAGE;
use frontdesk::domain::audit::AuditFilter;
use frontdesk::store::sql::audit::ReadFor;

use crate::clinic::{House, SMITHERS};
use crate::flows_board::desk_at;
use crate::support::{Frame, Working};

/// A desk on the trail, of a clinic in which a visit was cancelled and a patient opened.
async fn at_the_trail(house: &House) -> Working {
    let mut desk = desk_at(house, "Hannah Lee", "09:30").await;
    desk.keys("c").await;
    desk.wait_for("Ana Ruiz (1992-01-15) is cancelled").await;
    house.store().patient(SMITHERS).await.unwrap();
    desk.keys("6").await;
    desk.wait_for("active").await;
    desk.keys("<Tab>").await;
    desk.wait_for("appointment.status").await;
    desk
}

fn marked(frame: &Frame) -> String {
    let lines = frame.lines();
    lines.iter().find(|line| line.contains('▶')).cloned().unwrap_or_default()
}

#[tokio::test]
async fn the_trail_is_filtered_by_what_is_typed_and_a_row_opens() {
    let house = House::new();
    let mut desk = at_the_trail(&house).await;
    let frame = desk.frame();
    assert!(marked(&frame).contains("record.open"), "the newest first: {}", frame.text());
    desk.keys("visit #2<Enter>").await;
    let frame = desk.until("the visit alone", |frame| !frame.text().contains("record.open")).await;
    assert!(marked(&frame).contains("appointment.status"), "{}", frame.text());
    desk.keys("<Enter>").await;
    let frame = desk.wait_for("status: Scheduled -> Cancelled").await;
    assert!(frame.text().contains("Ana Ruiz-Cano #1 · "), "{}", frame.text());
    assert!(frame.text().contains("appointments #2 · patient #"), "{}", frame.text());
    // Closed, cleared, and left.
    desk.keys("<Esc>").await;
    desk.until("it is closed", |frame| !frame.text().contains("Scheduled -> Cancelled")).await;
    desk.keys("<Esc>").await;
    desk.wait_for("record.open").await;
    desk.keys("<Esc>").await;
    desk.wait_for("Dr. Hannah Lee").await;
}

/// Without colour, too: by a sign beside the row, and in words where it is opened.
#[tokio::test]
async fn a_record_that_was_opened_by_saying_why_is_marked() {
    let house = House::new();
    let flagged = "UPDATE audit_log SET action = 'record.break_glass', detail = '{\"reason\":\"collapsed\"}' \
                   WHERE action = 'staff.add'";
    house.raw().await.run_text(flagged).await.unwrap();
    let mut desk = at_the_trail(&house).await;
    let frame = desk.wait_for("record.break_glass").await;
    let line = frame.line_with("record.break_glass").unwrap();
    assert!(line.starts_with("  ! 1 Dec 2026 ") || line.starts_with("  !  1 Dec 2026 "), "{line}");
    assert!(!frame.line_with("clinic.set_up").unwrap().contains('!'), "{}", frame.text());
    desk.keys("action record.break_glass<Enter>").await;
    desk.until("it alone", |frame| !frame.text().contains("clinic.set_up")).await;
    desk.keys("<Enter>").await;
    let frame = desk.wait_for("! break-glass: a record that was not theirs").await;
    assert!(frame.text().contains("reason: collapsed"), "{}", frame.text());
}

#[tokio::test]
async fn people_are_filtered_by_name_and_what_is_wrong_is_said() {
    let house = House::new();
    let mut desk = at_the_trail(&house).await;
    desk.keys("by okafor<Enter>").await;
    desk.wait_for("nothing of this kind is on the trail").await;
    desk.keys("<Esc>by ana from today<Enter>").await;
    desk.wait_for("appointment.status").await;
    desk.keys(" smith<Enter>").await;
    // "today smith" is no day.
    desk.wait_for("! ").await;
    desk.keys("<Esc>by ana<Enter>").await;
    desk.wait_for("appointment.status").await;
    desk.keys(" x").await;
    desk.wait_for("below stands what was asked before").await;
    desk.keys("<Esc>smith<Enter>").await;
    let frame = desk.wait_for("\"smith\" is not known here").await;
    assert!(!frame.text().contains("appointment.status"), "rows of another filter: {}", frame.text());
    desk.keys("<Esc>from today to 2020-01-01<Enter>").await;
    desk.wait_for("there is no time between the two").await;
    desk.keys("<Esc>").await;
    desk.wait_for("appointment.status").await;
}

#[tokio::test]
async fn older_rows_are_read_as_the_mark_comes_near_the_last() {
    let house = House::new();
    let mut desk = at_the_trail(&house).await;
    let other = house.store();
    let filter = AuditFilter { patient: Some(SMITHERS), ..AuditFilter::default() };
    for _ in 0..2 * PAGE {
        // Each look is a row.
        other.audit_rows(&filter, None, 1, ReadFor::People).await.unwrap();
    }
    desk.keys("from 2026-01-01<Enter>").await;
    desk.until("the newest", |frame| marked(frame).contains("audit.read")).await;
    // Far below the first page lies what was done first.
    for _ in 0..2 * PAGE {
        desk.keys("<PgDn>").await;
        if marked(&desk.frame()).contains("clinic.set_up") {
            return;
        }
    }
    panic!("the oldest row is not reached: {}", desk.frame().text());
}
