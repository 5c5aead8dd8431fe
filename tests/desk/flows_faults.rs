//! What is wrong, said whole and at its field, while it is typed and when it was sent; and what is
//! not known while the database is away.

use chrono::NaiveDate;
use frontdesk::domain::contact::{accept_email, accept_phone};
use frontdesk::domain::dates::{
    is_day_begun, is_length_begun, is_time_begun, parse_birth_date, parse_day, parse_minutes, parse_time,
};
use frontdesk::domain::text::{accept_line, accept_text};

use crate::clinic::{House, LEE, SMITH, TODAY};
use crate::support::{FREE, Frame, Working};

/// What is wrong with a text on a day.
type Fault = fn(&str, NaiveDate) -> String;
/// Whether it may become right.
type Begun = fn(&str, NaiveDate) -> bool;

/// All words of a frame in their order: what was broken into lines is one line in it.
fn words(frame: &Frame) -> String {
    frame.text().replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn assert_said(frame: &Frame, fault: &str) {
    let fault = fault.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(frame).contains(&fault), "\"{fault}\" is not whole in:\n{}", frame.text());
}

/// The booking form at Dr. Lee's 13:00, in the smallest window.
async fn form(house: &House) -> Working {
    let mut desk = house.desk_of((80, 24)).await;
    desk.go_to("Hannah Lee", "13:00").await;
    desk.keys("b").await;
    desk
}

fn fault<T, F: std::fmt::Display>(read: Result<T, F>) -> String {
    read.err().expect("the tests type what is wrong").to_string()
}

/// Long, wide, and with what may not be there at all.
const HOSTILE: [&str; 5] = [
    "wednesday in the afternoon, or whenever",
    "王小明王小明王小明王小明王小明王小明",
    "a\u{202e}b",
    "1\u{10fffe}",
    "1\u{1b}[31m",
];

#[tokio::test]
async fn every_fault_of_the_booking_form_is_whole_at_80_columns() {
    let house = House::new();
    let today = TODAY.parse().unwrap();
    let cases: [(&str, &str, &[&str], Fault, Begun); 3] = [
        (
            "<Tab><Tab>",
            "date",
            &[
                "",
                "31.4.",
                "29.2.2027",
                "30.2.",
                "1.13.2026",
                "20261301",
                "1.1.2200",
                "+9999w",
                "31 september",
            ],
            |typed, today| fault(parse_day(typed, today)),
            is_day_begun,
        ),
        (
            "<Tab><Tab><Tab>",
            "time",
            &[
                "",
                "25:00",
                "7:99",
                "12:00:00 pm",
                "23:15:00",
                "٢٥:٠٠",
                "２５：００",
                "２５:００",
                "13 pm",
                "999999999999",
            ],
            |typed, _| fault(parse_time(typed)),
            |typed, _| is_time_begun(typed),
        ),
        (
            "<Tab><Tab><Tab><Tab>",
            "length",
            &["", "0", "-30", "25h", "9999999999", "1:75", "２５００", "９９９９９９９９９９h"],
            |typed, _| fault(parse_minutes(typed)),
            |typed, _| is_length_begun(typed),
        ),
    ];
    for (way, name, values, expected, begun) in cases {
        let mut desk = form(&house).await;
        desk.keys(way).await;
        for typed in values.iter().chain(&HOSTILE) {
            // Marked as the cursor comes, so that a paste takes its place.
            desk.keys("<Tab><BackTab>").await;
            let frame = match *typed {
                "" => desk.keys("<Back>").await,
                typed => desk.paste(typed).await,
            };
            // What the field had no room for is not in it.
            let kept: String = typed.chars().take(if name == "date" { 30 } else { 12 }).collect();
            let kept: String = kept.chars().take(if name == "length" { 10 } else { 30 }).collect();
            let line = format!("! {name}: {}", expected(&kept, today));
            if !begun(&kept, today) {
                // It is said as it is typed: nothing right can come of it.
                assert_said(&frame, &line);
            }
            assert_said(&desk.keys("<Tab>").await, &line);
            desk.keys("<BackTab>").await;
        }
    }
    // Texts.
    let long = "x".repeat(2_001);
    for (way, name, typed) in [
        ("<Tab><Tab><Tab><Tab><Tab>", "notes", "a\u{202e}b"),
        ("<Tab><Tab><Tab><Tab><Tab>", "notes", "a\u{1b}b"),
    ] {
        let mut desk = form(&house).await;
        desk.keys(way).await;
        let frame = desk.paste(typed).await;
        assert_said(&frame, &format!("! {name}: {}", fault(accept_text(typed, 2_000))));
    }
    let mut desk = form(&house).await;
    desk.keys("<Enter>").await;
    assert!(desk.keys("").await.text().contains("Book a visit"));
    desk.keys("<Tab>").await;
    desk.paste(&long).await;
    desk.wait_for("! doctor: no doctor of this name or specialization; type another").await;
    desk.keys("<Enter>").await;
    desk.wait_for("! patient: choose a patient from the list, or Ctrl-N registers one").await;
}

#[tokio::test]
async fn every_fault_of_a_reason_is_whole_below_it() {
    let house = House::new();
    let mut desk = house.desk_of((80, 24)).await;
    desk.go_to("Hannah Lee", "09:30").await;
    desk.keys("b«john smith»<Enter>").await;
    desk.wait_for("[3] 13:30").await;
    desk.keys("<C-o>").await;
    for typed in ["a\u{202e}b", "a\nb", "a\tb", "a\u{1b}b"] {
        let frame = desk.paste(typed).await;
        assert_said(&frame, &format!("! reason: {}", fault(accept_line(typed, 500))));
        let lines = frame.lines();
        let at = lines.iter().position(|line| line.starts_with("!Reason")).unwrap();
        assert!(lines[at + 1].starts_with(" ! reason: holds"), "{}", frame.text());
        desk.keys("<Back><Back><Back>").await;
    }
    assert_said(&desk.keys("<Enter>").await, "! reason: is empty; a value is needed");
}

#[tokio::test]
async fn every_fault_of_a_record_is_whole_at_80_columns() {
    let house = House::new();
    let today = TODAY.parse().unwrap();
    let mut desk = house.desk_of((80, 24)).await;
    desk.keys("2<C-n>").await;
    let long = "x".repeat(150);
    let cases: [(&[&str], Fault); 4] = [
        (&["", &long, "Ana\nRuiz", "Ana\tRuiz", "a\u{1b}b"], |typed, _| fault(accept_line(typed, 100))),
        (
            &[
                "",
                "31.4.1980",
                "29.2.1981",
                "1.1.1870",
                "30.9.2027",
                "02/04/1980",
                "02 - 04 - 1980",
                "1.1.27 ?",
            ],
            |typed, today| fault(parse_birth_date(typed, today)),
        ),
        (
            &[
                "",
                "call me",
                "030 1234567",
                "+0301234567",
                "+49+30",
                "+49 30 *12",
                "+49 1",
                "+491234567890123456",
            ],
            |typed, _| fault(accept_phone(typed)),
        ),
        (
            &[
                "",
                "nobody",
                "no body@example.org",
                "anamariaruizvega@anamariaruizvega",
                "ana..mariaruizvega@example.org",
                "@example.org",
                &long,
            ],
            |typed, _| fault(accept_email(typed)),
        ),
    ];
    for (values, expected) in cases {
        for typed in values.iter().chain(&HOSTILE) {
            let right = expected as usize == cases[0].1 as usize && accept_line(typed, 100).is_ok();
            if !typed.is_empty() && !right {
                // What is pasted is whole: what is wrong with it is said at once.
                let frame = desk.paste(typed).await;
                assert_said(&frame, &format!("! {}", expected(typed, today)));
            }
            desk.keys("<Tab><BackTab>").await;
            if typed.is_empty() {
                assert_said(&desk.frame(), &format!("! {}", expected("", today)));
            }
            desk.keys(&"<Back>".repeat(typed.chars().count())).await;
        }
        desk.keys("<Tab>").await;
    }
    assert_said(&desk.paste("Main\nStreet").await, "! holds a line end inside (U+000A); remove it");
}

#[tokio::test]
async fn hints_and_prompts_are_whole_at_80_columns() {
    let house = House::new();
    let mut desk = house.desk_of((80, 24)).await;
    let today = TODAY.parse().unwrap();
    desk.keys("g").await;
    for typed in ["", "whenever she has time", "29.2.2027", "31.9.", "1.1.2200"] {
        desk.paste(typed).await;
        let frame = desk.keys("<Enter>").await;
        assert_said(&frame, &format!("! {}", fault(parse_day(typed, today))));
        desk.keys(&"<Back>".repeat(typed.chars().count())).await;
    }
    desk.keys("<Esc>fqqxx").await;
    desk.wait_for("nobody of this name or specialization; empty shows all").await;
    desk.keys("<Esc>2<C-n>").await;
    let hints = [
        "as it is written, at most 100 characters",
        "1980-04-02, 2.4.1980 or 2 Apr 1980",
        "+ and the country code, like +49 30 1234567",
        "one that no other patient has",
        "street, postcode, town; may stay empty",
    ];
    for hint in hints {
        assert_said(&desk.frame(), hint);
        desk.keys("<Tab>").await;
    }
}

#[tokio::test]
async fn nobody_is_told_off_before_it_is_certain_that_it_is_wrong() {
    let house = House::new();
    let mut desk = form(&house).await;
    desk.keys("<Tab><Tab>").await;
    for (keys, wrong) in [("3", false), ("1", false), (".", false), ("2", true), ("<Back>1", false)] {
        let frame = desk.keys(keys).await;
        assert_eq!(frame.text().contains("! date: "), wrong, "{}", frame.text());
    }
    desk.keys("<Tab>").await;
    for (keys, wrong) in [("2", false), ("5", false), (":", true), ("00", true)] {
        let frame = desk.keys(keys).await;
        assert_eq!(frame.text().contains("! time: \"25:"), wrong, "{}", frame.text());
    }
    desk.wait_for("! time: \"25:00\" is not on the clock, which goes from 0:00 to 23:59").await;
    desk.keys("<BackTab><Tab>7:").await;
    let frame = desk.keys("9").await;
    assert!(frame.text().contains("! time: \"7:9\" is not a time of day; write 9:15, 0915 or 9pm"));
    // After Enter too, a good beginning is not held against anybody.
    let frame = desk.keys("<Enter><Tab><Tab><Tab>1").await;
    assert!(!frame.text().contains("! time"), "{}", frame.text());
}

#[tokio::test]
async fn each_wrong_field_has_a_line_of_its_own() {
    let house = House::new();
    let mut desk = form(&house).await;
    let frame = desk.keys("<Tab><Tab>«31.2.»<Tab>«25:00»<Tab>«0»<BackTab><BackTab><BackTab><BackTab>").await;
    assert_eq!(frame.text().matches(" ! ").count(), 3, "{}", frame.text());
    // Beside a list too.
    let frame = desk.keys("«smi»").await;
    assert_eq!(frame.text().matches(" ! ").count(), 3, "{}", frame.text());
    let frame = desk.wait_for("1980-04-02").await;
    let lines = frame.lines();
    let at = |text: &str| lines.iter().position(|line| line.contains(text)).unwrap();
    assert!(at("John Smith  ") < at("! date: ") && at("! date: ") < at("! time: "), "{}", frame.text());
    assert!(at("! time: ") < at("! length: "), "{}", frame.text());
}

#[tokio::test]
async fn a_doctor_who_takes_no_visits_is_not_denied() {
    let house = House::new();
    let mut desk = form(&house).await;
    desk.keys("<Tab>pemb").await;
    let frame =
        desk.wait_for("! doctor: Dr. Arthur Pemberton is inactive: takes no visits; choose another").await;
    assert!(!frame.text().contains("no doctor of this name"), "{}", frame.text());
    desk.keys("<BackTab><Tab>pembroke").await;
    desk.wait_for("! doctor: no doctor of this name or specialization; type another").await;
    // Whoever is meant among those who do take some.
    let frame = desk.keys("<BackTab><Tab>cardiology").await;
    assert!(!frame.text().contains("! doctor"), "{}", frame.text());
}

#[tokio::test]
async fn nothing_is_said_twice() {
    for size in [(80, 24), (120, 40)] {
        let house = House::new();
        let mut desk = house.desk_of(size).await;
        desk.go_to("Hannah Lee", "09:30").await;
        desk.keys("b«john smith»<Enter>").await;
        desk.wait_for("[3] 13:30").await;
        for _ in 0..8 {
            let frame = desk.keys("<Tab>").await;
            assert_eq!(frame.text().matches("next free").count(), 1, "{}", frame.text());
            assert_eq!(frame.text().matches("✗ overlaps").count(), 1, "{}", frame.text());
        }
    }
}

#[tokio::test]
async fn openings_are_offered_at_the_foot_only_where_there_are_some() {
    let house = House::new();
    let mut desk = house.desk_of((120, 40)).await;
    desk.go_to("Hannah Lee", "13:00").await;
    desk.keys("b").await;
    let frame = desk.wait_for(FREE).await;
    assert!(!frame.text().contains("take opening"), "{}", frame.text());
    desk.keys("<Tab><Tab><Tab>«9:30»").await;
    let frame = desk.wait_for("Alt-3").await;
    assert!(frame.text().contains("Alt-1 take opening"), "{}", frame.text());
}

#[tokio::test]
async fn while_the_database_is_away_nothing_is_free() {
    for size in [(80, 24), (120, 40)] {
        let house = House::new();
        let mut desk = house.desk_of(size).await;
        desk.go_to("Hannah Lee", "09:30").await;
        desk.keys("b«john smith»<Enter>").await;
        desk.wait_for("[3] 13:30").await;
        desk.keys("1").await;
        desk.wait_for(FREE).await;
        let mut raw = house.raw().await;
        for sql in [
            "ALTER TABLE appointments RENAME TO appointments_away",
            "ALTER TABLE calendar_days RENAME TO calendar_days_away",
        ] {
            raw.run_text(sql).await.unwrap();
        }
        let frame = desk.wait_for("? not known: the database is away").await;
        assert!(!frame.text().contains(FREE), "{}", frame.text());
        assert_said(&frame, "asked again once the database answers; what is typed stays");
        assert!(!frame.status().contains('…'), "{}", frame.text());
        crate::frames::hold("booking-away", &frame);
        let frame = desk.keys("<Tab>").await;
        assert!(!frame.text().contains("next free"), "{}", frame.text());
        desk.keys("<BackTab>").await;
        for sql in [
            "ALTER TABLE appointments_away RENAME TO appointments",
            "ALTER TABLE calendar_days_away RENAME TO calendar_days",
        ] {
            raw.run_text(sql).await.unwrap();
        }
        desk.wait_for(FREE).await;
        desk.keys("<Enter>").await;
        desk.wait_for("Booked John Smith (1980-04-02), Tue 1 Dec 10:15").await;
    }
}

#[tokio::test]
async fn what_no_text_may_hold_is_refused_at_its_field_and_a_pasted_line_may_end() {
    let house = House::new();
    let mut desk = house.desk().await;
    desk.keys("2<C-n>").await;
    desk.paste("Grace\nHopper\n").await;
    desk.wait_for("! holds a line end inside (U+000A); remove it").await;
    desk.keys("<C-s>").await;
    assert!(desk.frame().text().contains("! holds a line end inside (U+000A); remove it"));
    // It is taken away as any letter.
    let frame = desk.keys(&format!("{}<Back> ", "<Left>".repeat(6))).await;
    assert!(!frame.text().contains("! holds"), "{}", frame.text());
    desk.keys("<Tab>9.12.1906<Tab>").await;
    desk.paste("+49 30 777 1234\r\n").await;
    desk.keys("<Tab>").await;
    desk.paste("grace@example.org\n").await;
    desk.keys("<C-s>").await;
    desk.wait_for("Registered Grace Hopper (1906-12-09), #31").await;
    // Notes have lines, and nothing else of the kind.
    desk.keys("<F2>").await;
    desk.go_to("Hannah Lee", "13:00").await;
    desk.keys("b«grace hopper»<Enter>").await;
    desk.wait_for(FREE).await;
    desk.keys("<BackTab>").await;
    desk.paste("one\ntwo\n\u{1b}").await;
    desk.wait_for("! notes: holds a control character (U+001B); remove it").await;
    desk.keys("<Back><Tab><Enter>").await;
    desk.wait_for("Booked Grace Hopper").await;
    let kept = house.store().appointments_of_day(TODAY.parse().unwrap(), Some(LEE)).await.unwrap();
    assert!(kept.iter().any(|of| of.notes.as_deref() == Some("one\ntwo")));
}

#[tokio::test]
async fn what_an_older_program_kept_can_still_be_mended_beside() {
    let house = House::new();
    house
        .raw()
        .await
        .run_text("UPDATE patients SET name = 'John' || char(10) || 'Smith' WHERE id = 1")
        .await
        .unwrap();
    let mut desk = house.desk().await;
    desk.keys("2#1").await;
    desk.wait_for("John Smith  #1").await;
    desk.keys("<C-e><Esc>").await;
    assert!(!desk.frame().text().contains("Leave this form?"));
    desk.keys("<C-e><Tab><Tab><End><Back>9<C-s>").await;
    desk.wait_for("Saved the record of John Smith (1980-04-02), #1").await;
    let kept = house.store().patient(SMITH).await.unwrap().unwrap();
    assert_eq!((kept.details.name.as_str(), kept.details.phone.as_str()), ("John\nSmith", "+49305550109"));
}

#[tokio::test]
async fn a_date_of_birth_is_shown_as_it_was_understood() {
    let house = House::new();
    let mut desk = house.desk_of((80, 24)).await;
    let frame = desk.keys("2<C-n><Tab>1.1.2").await;
    assert!(frame.text().contains("1980-04-02, 2.4.1980 or 2 Apr 1980"), "{}", frame.text());
    let frame = desk.keys("7").await;
    assert!(frame.text().contains("1 January 1927, 99 years"), "{}", frame.text());
    let frame = desk.keys("<Tab>").await;
    assert!(frame.text().contains("1 January 1927, 99 years"), "{}", frame.text());
    crate::frames::hold("record-born", &frame);
}

#[tokio::test]
async fn the_date_that_tells_namesakes_apart_is_whole_beside_a_long_name() {
    let house = House::new();
    let mut desk = form(&house).await;
    desk.keys("«wolfe»<Enter>").await;
    let frame = desk.wait_for("…  1933-01-01").await;
    assert!(frame.line_with("Patient  ").unwrap().contains("Wolfeschle"), "{}", frame.text());
}
