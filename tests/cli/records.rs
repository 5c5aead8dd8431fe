//! Patients, doctors, hours and the day: the documents and what is printed for people.

use serde_json::json;

use crate::clinic::{Clinic, keys};

#[test]
fn patients_are_registered_changed_shown_and_found() {
    let clinic = Clinic::untouched().with_people();
    let added = clinic
        .run("patient add --name ' José   Ñandú ' --email José@Example.ORG --phone '+49 (0)171 555-0103' --dob 2.4.1985 --address 'Am Ring 1' --json")
        .ok()
        .json();
    let patient = &added["patient"];
    let expected = json!({ "patient": {
        "id": 3, "name": "José Ñandú", "email": "José@example.org", "phone": "+491715550103",
        "date_of_birth": "1985-04-02", "address": "Am Ring 1", "created_at": patient["created_at"],
        "mixed_scripts": [],
    }});
    assert_eq!(added, expected);
    assert!(patient["created_at"].as_str().unwrap().ends_with('Z'));

    let changed = clinic.run("patient edit 3 --phone +491715550104 --address '' --json").ok().json();
    assert_eq!(changed["patient"]["phone"], "+491715550104");
    assert_eq!(changed["patient"]["address"], json!(null));
    assert_eq!(changed["patient"]["name"], "José Ñandú");

    let found = |query: &str| {
        let found = clinic.run(&format!("find --json {query}")).ok().json();
        let ids = found["patients"].as_array().unwrap().iter();
        ids.map(|patient| patient["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    for (query, ids) in [
        ("nandu jose", vec![3]),
        ("smith", vec![1]),
        ("smiht", vec![1]),
        ("0104", vec![3]),
        ("1980-04-02", vec![1]),
        ("'2 apr 1990'", vec![2]),
        ("ana@example.org", vec![2]),
        ("#2", vec![2]),
        ("nobody", vec![]),
    ] {
        assert_eq!(found(query), ids, "{query}");
    }
    assert!(clinic.run("find smiht").ok().err.contains("these are close"));
    assert!(clinic.run("find --limit 1 example").ok().out.lines().count() <= 1);
}

#[test]
fn a_patient_is_shown_with_next_and_past_visits() {
    let clinic = Clinic::untouched().with_people();
    clinic.run("book --patient 1 --doctor 1 --at 2031-03-04T09:00").ok();
    clinic.run("book --patient 1 --doctor 1 --at 2031-03-05T09:00").ok();
    clinic.run("book --patient 1 --doctor 1 --at 2021-03-03T09:00").ok();
    let shown = clinic.run("patient show 1 --json").ok().json();
    assert_eq!(keys(&shown), ["next", "past", "patient"]);
    assert_eq!(shown["patient"]["email"], "john@example.org");
    assert_eq!(shown["next"][0]["appointment_time"], "2031-03-04T09:00");
    assert_eq!(shown["next"][1]["doctor_name"], "Dr. Lee");
    assert_eq!(shown["past"][0]["appointment_time"], "2021-03-03T09:00");
    let people = clinic.run("patient show 1").ok().out;
    assert!(
        people.contains("patient 1, John Smith") && people.contains("Tue 4 Mar 2031 09:00-09:30"),
        "{people}"
    );
    clinic.run("patient show 9").fails(4, &["there is no patient 9"]);
}

#[test]
fn doctors_are_added_changed_and_listed() {
    let clinic = Clinic::untouched().with_people();
    let list = clinic.run("doctor list --json").ok().json();
    let expected = json!({
        "id": 1, "name": "Dr. Lee", "email": "lee@example.org", "phone": "+49301234567",
        "specialization": "Cardiology", "license_number": "L-1", "is_active": true, "default_minutes": 30,
    });
    assert_eq!(list["doctors"][0], expected);
    let edited = clinic.run("doctor edit 1 --active false --license L-9 --json").ok().json();
    assert_eq!(
        (&edited["doctor"]["is_active"], &edited["doctor"]["license_number"]),
        (&json!(false), &json!("L-9"))
    );
    assert_eq!(clinic.run("doctor list --json").ok().json()["doctors"].as_array().unwrap().len(), 1);
    assert_eq!(clinic.run("doctor list --all --json").ok().json()["doctors"].as_array().unwrap().len(), 2);
    clinic.run("doctor edit 1 --active true").ok();
    assert!(clinic.run("doctor list").ok().out.starts_with("#1  Dr. Lee     Cardiology  30 min"));
}

#[test]
fn records_of_an_older_program_can_be_mended_field_by_field() {
    let clinic = Clinic::untouched().with_people();
    clinic.sql("UPDATE doctors SET phone = '555-0101' WHERE id = 1");
    clinic.sql("UPDATE patients SET phone = 'ask for Jo' WHERE id = 1");
    clinic.run("doctor edit 1 --active false").ok();
    clinic.run("patient edit 1 --name 'John J. Smith'").ok();
    clinic.run("patient edit 1 --phone 555-0101").fails(2, &["phone: ", "country code"]);
}

#[test]
fn hours_are_shown_added_and_removed() {
    let clinic = Clinic::untouched().with_people();
    clinic.run("book --patient 1 --doctor 1 --at 2031-03-04T09:00").ok();
    let added = clinic.run("hours add --doctor 1 --date 2031-03-04 --closed --json");
    let row = json!({
        "id": 7, "doctor_id": 1, "day_of_week": "Tue", "start_time": "00:00", "end_time": "00:00",
        "is_recurring": false, "exception_date": "2031-03-04",
    });
    assert_eq!(added.json(), json!({ "availability": [row] }));
    added
        .says(0, &["1 scheduled visit of this doctor lies outside the hours now", "visit 1, Tue 4 Mar 2031"]);
    clinic
        .run("book --patient 2 --doctor 1 --at 2031-03-04T12:00 --json")
        .says(3, &["outside the doctor's hours"]);

    let shown = clinic.run("hours show --doctor 1 --json").ok().json();
    let rows = shown["availability"].as_array().unwrap();
    let days: Vec<_> = rows.iter().map(|row| row["day_of_week"].as_str().unwrap()).collect();
    assert_eq!(days, ["Mon", "Tue", "Wed", "Thu", "Fri", "Tue"]);
    assert_eq!((&rows[0]["start_time"], &rows[0]["end_time"]), (&json!("09:00"), &json!("17:00")));
    assert_eq!(
        clinic.run("hours show 1 --from 2031-03-05 --json").ok().json()["availability"]
            .as_array()
            .unwrap()
            .len(),
        5
    );
    assert_eq!(clinic.run("hours show").ok().out.lines().count(), 7);

    clinic.run("hours remove 7").ok();
    clinic.run("hours remove 7").fails(4, &["there is no row of hours 7"]);
    clinic
        .run("hours add --doctor 9 --day Mon --start 09:00 --end 10:00")
        .fails(4, &["there is no doctor 9"]);
    let night = clinic.run("hours add --doctor 1 --day Sat --start 22:00 --end 02:00").ok();
    assert!(night.out.contains("22:00-02:00 on the next day"), "{night:?}");
}

#[test]
fn hours_that_cannot_be_read_are_named_and_can_be_removed() {
    let clinic = Clinic::untouched().with_people();
    clinic.sql(
        "UPDATE doctor_availability SET start_time = '30:00:00', end_time = 'late' || char(27) WHERE id = 3",
    );
    clinic.run("hours show 1").fails(1, &["doctor_availability.start_time of row 3"]);
    let check = clinic.run("check --json").ok().json();
    assert_eq!(check["stores"][0]["unreadable_hours"], serde_json::json!([3]));
    let removed = clinic.run("hours remove 3").ok();
    assert!(
        removed.out.starts_with("removed: #3 doctor 1 Tue 30:00:00-late , which could not be read"),
        "{removed:?}"
    );
    assert_eq!(clinic.run("hours show 1").ok().out.lines().count(), 4);
    clinic.sql("UPDATE doctor_availability SET end_time = '30:00:00' WHERE id = 4");
    let removed = clinic.run("hours remove 4 --json").ok().json();
    let row = &removed["availability"][0];
    assert_eq!(
        (&row["doctor_id"], &row["end_time"]),
        (&serde_json::json!(1), &serde_json::json!("30:00:00"))
    );
}

#[test]
fn a_day_holds_what_touches_it() {
    let clinic = Clinic::untouched().with_people();
    clinic.run("hours add --doctor 2 --day Mon --start 00:00 --end 24:00").ok();
    clinic.run("book --patient 1 --doctor 2 --at 2031-03-09T23:30 --minutes 60").ok();
    clinic.run("book --patient 2 --doctor 1 --at 2031-03-10T09:00").ok();
    let ids = |line: &str| {
        let day = clinic.run(line).ok().json();
        assert_eq!(keys(&day), ["appointments"]);
        day["appointments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|visit| visit["id"].as_i64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids("day --date 2031-03-09 --json"), [1]);
    assert_eq!(ids("day --date 2031-03-10 --json"), [1, 2]);
    assert_eq!(ids("day --date 2031-03-10 --doctor 1 --json"), [2]);
    let people = clinic.run("day --date 10.3.2031").ok().out;
    assert!(people.starts_with("Riverside  Mon 10 Mar 2031\nsince yesterday 23:30-00:30 Mon"), "{people}");
    assert!(clinic.run("day").ok().out.contains("no visits"));
    clinic.run("day --doctor 9").fails(4, &["there is no doctor 9"]);
}

#[test]
fn hostile_rows_of_other_programs_reach_no_terminal() {
    let clinic = Clinic::untouched().with_people();
    clinic.run("book --patient 1 --doctor 1 --at 2031-03-04T09:00").ok();
    // ESC ]0; sets a terminal's title; U+202E turns the line round; U+009B begins a sequence too.
    clinic.sql("UPDATE patients SET name = 'Eve' || char(27) || ']0;x' || char(7) || char(8238) || char(155) || '31m' WHERE id = 1");
    clinic.sql("UPDATE appointments SET notes = 'a' || char(27) || '[2Jb' || char(10) || 'c' WHERE id = 1");
    let hostile = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    for line in [
        "day --date 2031-03-04",
        "patient show 1",
        "find #1",
        "move 1 --at 2031-03-04T10:00",
        "book --patient 2 --doctor 1 --at 2031-03-04T10:00",
        "day --date 2031-03-04 --json",
        "patient show 1 --json",
        "book --patient 2 --doctor 1 --at 2031-03-04T10:00 --json",
    ] {
        let ran = clinic.run(line);
        assert!(!ran.out.contains(hostile) && !ran.err.contains(hostile), "{line}: {ran:?}");
        assert!(ran.out.contains("Eve") || ran.err.contains("Eve"), "{line}: {ran:?}");
    }
    let name = clinic.run("patient show 1 --json").json()["patient"]["name"].clone();
    assert_eq!(name, "Eve\u{1b}]0;x\u{7}\u{202e}\u{9b}31m", "a program gets it as it is");
}
