//! Names as commands print them: with the date of birth, marked where they look like another, and with
//! nothing in them that a terminal would obey.

use serde_json::json;

use crate::clinic::{Clinic, Ran};

#[test]
fn a_name_stands_beside_its_date_of_birth() {
    let clinic = Clinic::untouched().with_people();
    let booked = clinic.run("book --patient 1 --doctor 1 --at 2031-03-04T09:00").ok().out;
    assert!(booked.contains("John Smith (1980-04-02) with Dr. Lee"), "{booked}");
    let day = clinic.run("day --date 2031-03-04").ok().out;
    assert!(day.contains("John Smith  1980-04-02  #1"), "{day}");
    let found = clinic.run("find smith").ok().out;
    assert!(found.contains("John Smith  1980-04-02"), "{found}");
    let refused = clinic.run("book --patient 1 --doctor 2 --at 2031-03-04T09:15").err;
    assert!(refused.contains("John Smith (1980-04-02) has visit 1 with Dr. Lee"), "{refused}");
}

#[test]
fn a_name_that_looks_like_another_is_said_and_kept() {
    let clinic = Clinic::untouched().with_people();
    let add = "patient add --name 'Аna Ruiz' --email x@example.org --phone '+49 171 555-0103' --dob 2.4.1985";
    let added = clinic.run(&format!("{add} --json")).ok();
    assert_eq!(added.json()["patient"]["mixed_scripts"], json!(["Cyrillic", "Latin"]));
    let note = "the name of patient 3 mixes Cyrillic and Latin; it may look like another name than it is";
    for said in [added, clinic.run("find ruiz").ok(), clinic.run("patient show 3").ok()] {
        assert_eq!(said.err, format!("frontdesk: {note}\n"), "{said:?}");
    }
    let found = clinic.run("find ruiz").ok().out;
    let marked: Vec<&str> =
        found.lines().filter(|line| line.ends_with("! mixes Cyrillic and Latin")).collect();
    assert!(marked.len() == 1 && marked[0].starts_with("#3"), "{found}");
}

#[test]
fn nothing_that_is_kept_drives_a_terminal() {
    let clinic = Clinic::untouched().with_people();
    clinic.run("book --patient 1 --doctor 1 --at 2031-03-04T09:00 --overbook pain").ok();
    let hostile = "x\u{1b}[31m\u{1b}]0;t\u{7}\u{9b}2J\u{202e}\u{200b}\u{feff}\u{e0041}\u{2028}\u{7f}\u{e000}\u{fff9}y\r\n\tz";
    for sql in [
        "UPDATE patients SET name = ?, phone = substr(?, 1, 20), address = ?, email = id || ?",
        "UPDATE doctors SET name = ?, specialization = ?, phone = substr(?, 1, 20), email = id || ?",
        "UPDATE appointments SET notes = ?, booked_by = ?, changed_by = ?, overbook_reason = ?",
        "UPDATE clinic_settings SET value = ? WHERE name = 'clinic_name'",
    ] {
        clinic.sql(&sql.replace('?', &format!("'{hostile}'")));
    }
    let told = |ran: &Ran| {
        let drives = |c: &char| {
            (c.is_control() && *c != '\n')
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
                || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..)
        };
        let found = ran.out.chars().chain(ran.err.chars()).find(drives);
        assert!(found.is_none(), "{found:?}: {ran:?}");
    };
    for command in [
        "day --date 2031-03-04",
        "find '#1'",
        "patient show 1",
        "patient edit 1 --phone +491715550104",
        "doctor list",
        "hours list --doctor 1",
        "slots --doctor 1",
        "book --patient 2 --doctor 1 --at 2031-03-04T09:10",
        "move 1 --at 2031-03-04T10:00",
        "status 1 completed",
        "cancel 1",
        "check",
        "find 'no\u{1b}[31mbody\u{202e}'",
        "day --date '\u{1b}]0;t\u{7}'",
    ] {
        for json in ["", " --json"] {
            let ran = clinic.run(&format!("{command}{json}"));
            assert!(!ran.out.is_empty() || !ran.err.is_empty(), "{command}");
            told(&ran);
        }
    }
    // To a program it comes as it is kept.
    let name = clinic.run("patient show 2 --json").ok().json();
    assert_eq!(name["patient"]["name"], hostile);
}
