//! `book`, `move`, `cancel`, `status` and `slots`: the documents, the refusals and their status.

use serde_json::{Value, json};

use crate::clinic::{Clinic, Ran, keys};

fn people() -> Clinic {
    Clinic::untouched().with_people()
}

#[test]
fn a_visit_is_booked_moved_cancelled_and_brought_back() {
    let clinic = people();
    let booked = clinic
        .run("book --patient 1 --doctor 1 --at 2031-03-04T09:00 --notes 'knee, left' --json")
        .ok()
        .json();
    let visit = &booked["appointment"];
    assert_eq!(keys(&booked), ["appointment"]);
    let expected = json!({
        "id": 1, "doctor_id": 1, "patient_id": 1, "appointment_time": "2031-03-04T09:00", "duration_minutes": 30,
        "status": "Scheduled", "notes": "knee, left", "patient_name": "John Smith",
        "patient_date_of_birth": "1980-04-02", "doctor_name": "Dr. Lee",
        "ends": "2031-03-04T09:30", "changed_by": null, "changed_at": null, "overbook_reason": null,
        "booked_by": visit["booked_by"], "booked_at": visit["booked_at"],
    });
    assert_eq!(visit, &expected);
    assert_eq!(visit["booked_by"], "Ana Brandt");
    let at: chrono::DateTime<chrono::Utc> = visit["booked_at"].as_str().unwrap().parse().unwrap();
    assert!(visit["booked_at"].as_str().unwrap().ends_with('Z') && at.timestamp() > 0);

    let moved = clinic.run("move 1 --at 2031-03-04T10:00 --minutes 1h --json").ok().json();
    assert_eq!(moved["appointment"]["appointment_time"], "2031-03-04T10:00");
    assert_eq!(moved["appointment"]["duration_minutes"], 60);
    assert_eq!(moved["appointment"]["changed_by"], visit["booked_by"]);
    // To another doctor alone: refused, since that one is there on Sundays only.
    clinic
        .run("move 1 --doctor 2 --json")
        .says(3, &["not moved", "outside the doctor's hours from 10:00 to 11:00"]);
    clinic.run("move 1 --minutes 45").ok();

    assert_eq!(clinic.run("cancel 1 --json").ok().json()["appointment"]["status"], "Cancelled");
    clinic.run("book --patient 2 --doctor 1 --at 2031-03-04T10:30").ok();
    let back = clinic.run("status 1 scheduled --json");
    assert_eq!(back.json()["conflicts"][0]["appointment_id"], 2);
    back.says(3, &["not changed", "overlaps by 15 min"]);
    clinic.run("cancel 2").ok();
    for (word, column) in [("scheduled", "Scheduled"), ("completed", "Completed"), ("No-Show", "No-Show")] {
        let set = clinic.run(&format!("status 1 {word} --json")).ok().json();
        assert_eq!(set["appointment"]["status"], column);
    }
}

#[test]
fn a_refusal_says_who_is_in_the_way_and_what_is_free() {
    let clinic = people();
    clinic.run("book --patient 1 --doctor 1 --at 2031-03-04T09:00").ok();
    let refused = clinic.run("book --patient 2 --doctor 1 --at 2031-03-04T09:15 --json");
    let verdict = refused.json();
    refused.says(
        3,
        &[
            "not booked",
            "overlaps by 15 min",
            "Dr. Lee has visit 1 with John Smith (1980-04-02), ",
            "booked by",
        ],
    );
    assert_eq!(keys(&verdict), ["conflicts", "openings"]);
    let conflict = &verdict["conflicts"][0];
    let expected = json!({
        "kind": "doctor_busy", "appointment_id": 1, "starts": "2031-03-04T09:00", "ends": "2031-03-04T09:30",
        "doctor_id": 1, "doctor_name": "Dr. Lee", "patient_id": 1, "patient_name": "John Smith",
        "patient_date_of_birth": "1980-04-02", "overlap_minutes": 15, "booked_by": conflict["booked_by"], "booked_at": conflict["booked_at"],
    });
    assert_eq!(conflict, &expected);
    let opening = |starts: &str, ends: &str| json!({ "doctor_id": 1, "starts": format!("2031-03-04T{starts}"), "ends": format!("2031-03-04T{ends}") });
    let three = [opening("09:30", "10:00"), opening("10:00", "10:30"), opening("10:30", "11:00")];
    assert_eq!(verdict["openings"], Value::from(three.to_vec()));

    let people = clinic.run("book --patient 2 --doctor 1 --at 2031-03-04T09:15");
    assert_eq!((people.status, people.out.as_str()), (3, ""));
    assert!(
        people.err.contains("\nfrontdesk: next free: Tue 4 Mar 2031 09:30, 10:00, 10:30\n"),
        "{people:?}"
    );
    let day = clinic.run("day --date 2031-03-04 --json").ok().json();
    assert_eq!(day["appointments"].as_array().unwrap().len(), 1, "nothing half-made");
}

#[test]
fn every_kind_of_conflict_has_its_name() {
    let clinic = people();
    clinic.run("book --patient 1 --doctor 2 --at 2031-03-09T10:00").ok();
    clinic.run("hours add --doctor 1 --date 2031-03-09 --start 09:00 --end 12:00").ok();
    let kinds = |line: &str| {
        let refused = clinic.run(&format!("{line} --json"));
        assert_eq!(refused.status, 3, "{refused:?}");
        let kinds =
            refused.json()["conflicts"].as_array().unwrap().iter().map(|c| c["kind"].clone()).collect();
        let ids = refused.json()["conflicts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| json!([c["appointment_id"], c["doctor_id"]]))
            .collect();
        (Value::Array(kinds), Value::Array(ids))
    };
    assert_eq!(
        kinds("book --patient 1 --doctor 1 --at 2031-03-09T10:30"),
        (json!(["patient_busy"]), json!([[1, 2]]))
    );
    assert_eq!(
        kinds("book --patient 2 --doctor 1 --at 2031-03-09T11:45"),
        (json!(["closed"]), json!([[null, 1]]))
    );
    assert_eq!(
        kinds("book --patient 2 --doctor 2 --at 2031-03-30T02:30"),
        (json!(["skipped_hour"]), json!([[null, 2]]))
    );
    clinic.run("doctor edit 2 --active false").ok();
    assert_eq!(
        kinds("book --patient 2 --doctor 2 --at 2031-03-16T10:00"),
        (json!(["inactive_doctor"]), json!([[null, 2]]))
    );
    let skipped = clinic.run("move 1 --at 2031-03-30T02:30");
    assert!(
        skipped
            .err
            .contains("the clock change skips 02:30 on Sun 30 Mar 2031; the first time after it is 03:00")
    );
}

#[test]
fn the_same_request_twice_is_one_visit() {
    let clinic = people();
    let line = "book --patient 1 --doctor 1 --at 2031-03-04T09:00 --request-id k-1 --json";
    let first = clinic.run(line).ok();
    let second = clinic.run(line).says(0, &["carried out before"]);
    assert_eq!(first.json(), second.json());
    clinic.run("book --patient 1 --doctor 1 --at 2031-03-04T10:00").ok();
    // The key is this booking's: it is no other request's, whose answer would be the wrong record.
    for line in [
        "cancel 2 --request-id k-1",
        "cancel 1 --request-id k-1",
        "patient add --name X --email x@example.org --phone +49301234567 --dob 1990-01-01 --request-id k-1",
    ] {
        clinic.run(line).fails(2, &["request id was used for another request"]);
    }
    clinic.run("cancel 1 --request-id k-2").ok();
    clinic.run("cancel 1 --request-id k-2").says(0, &["carried out before"]);
    clinic.run("cancel 2 --request-id k-2").fails(2, &["request id was used"]);
    // The same kind of request about something else is answered with the first one's visit, and said.
    for other in
        ["--patient 2 --doctor 1 --at 2031-03-04T09:00", "--patient 1 --doctor 1 --at 2031-03-04T12:00"]
    {
        let ran = clinic.run(&format!("book {other} --request-id k-1 --json"));
        let document = ran.json();
        assert_eq!(keys(&document), ["appointment", "request_differs"]);
        assert_eq!((&document["appointment"]["id"], &document["request_differs"]), (&json!(1), &json!(true)));
        ran.says(0, &["this request id was used before for another request: this is that visit"]);
    }
    assert_eq!(keys(&clinic.run(line).json()), ["appointment"]);
}

#[test]
fn a_request_id_that_comes_again_says_what_the_visit_is_and_not_what_is_asked() {
    let clinic = people();
    let book = "book --patient 1 --doctor 1 --at 2031-03-04T09:00 --request-id k-1";
    clinic.run(book).ok();
    let no_show = clinic.run("status 1 no-show --request-id k-2").ok();
    assert!(no_show.out.starts_with("no-show: visit 1,"), "{no_show:?}");
    let other =
        clinic.run("status 1 completed --request-id k-2").says(0, &["used before for another request"]);
    assert!(other.out.starts_with("no-show: visit 1,"), "{other:?}");
    let again = clinic.run(book).ok();
    assert!(again.out.contains("it is by now No-Show and holds no time: frontdesk status 1 scheduled"));
}

#[test]
fn a_request_id_that_comes_with_another_record_is_said() {
    let clinic = people();
    let patient = "patient add --name Nan --email n@example.org --phone +49301234567 --dob 1990-01-01";
    let doctor = "doctor add --name May --email m@example.org --phone +49301234567 --specialization GP --license-number L-9";
    for (id, first, name, value, other) in [
        ("p", patient, "name", "Nan", patient.replace("Nan", "Nadia")),
        ("q", "patient edit 1 --name Jack", "name", "Jack", "patient edit 1 --name Jim".to_owned()),
        ("d", doctor, "name", "May", doctor.replace("May", "June")),
        ("e", "doctor edit 1 --active false", "is_active", "false", "doctor edit 1 --active true".to_owned()),
    ] {
        let kind = first.split(' ').next().unwrap();
        let once = clinic.run(&format!("{first} --request-id {id} --json")).ok().json();
        let twice = clinic.run(&format!("{first} --request-id {id} --json")).ok();
        assert_eq!((twice.json(), twice.err.as_str()), (once, ""), "{first}");
        let differs = clinic.run(&format!("{other} --request-id {id} --json"));
        let document = differs.json();
        assert_eq!(document["request_differs"], json!(true), "{other}");
        assert_eq!(document[kind][name].to_string().trim_matches('"'), value, "{other}");
        differs.says(0, &["nothing was done: this request id was used before"]);
    }
    let row = "hours add --doctor 1 --date 2031-03-08 --request-id h --start";
    clinic.run(&format!("{row} 10:00 --end 11:00")).ok();
    let other = clinic.run(&format!("{row} 12:00 --end 13:00")).says(0, &["nothing was done"]);
    assert!(other.out.contains("10:00-11:00") && !other.out.contains("added"), "{other:?}");
}

#[test]
fn what_became_of_a_visit_before_its_day_is_said_to_be_early() {
    let clinic = people();
    clinic.run("book --patient 1 --doctor 1 --at 2031-03-04T09:00").ok();
    clinic.run("status 1 completed").says(0, &["the day of this visit is still to come"]);
    assert_eq!(clinic.run("status 1 scheduled").ok().err, "");
}

#[test]
fn an_exception_in_the_past_is_kept_and_said() {
    let clinic = people();
    clinic.run("hours add --doctor 1 --date 2021-12-24 --closed").says(0, &["this date is in the past"]);
}

#[test]
fn a_reason_books_over_the_rule_but_not_over_the_clock() {
    let clinic = people();
    clinic.run("book --patient 1 --doctor 1 --at 2031-03-04T09:00").ok();
    let over =
        clinic.run("book --patient 2 --doctor 1 --at 2031-03-04T09:00 --overbook 'in pain' --json").ok();
    assert_eq!(over.json()["appointment"]["overbook_reason"], "in pain");
    let late =
        clinic.run("book --patient 2 --doctor 1 --at 2031-03-04T20:00 --overbook 'a  favour' --json").ok();
    assert_eq!(late.json()["appointment"]["overbook_reason"], "a favour");
    let free =
        clinic.run("book --patient 2 --doctor 1 --at 2031-03-04T10:00 --overbook 'not needed' --json").ok();
    assert_eq!(free.json()["appointment"]["overbook_reason"], Value::Null);
    clinic
        .run("book --patient 2 --doctor 2 --at 2031-03-30T02:00 --overbook please --json")
        .says(3, &["skips 02:00"]);
    clinic.run("move 1 --at 2031-03-04T10:15 --overbook 'came late'").ok();
}

#[test]
fn lengths_default_to_the_doctors_own_and_then_to_an_hour() {
    let clinic = people();
    let minutes = |line: &str| clinic.run(line).ok().json()["appointment"]["duration_minutes"].clone();
    assert_eq!(minutes("book --patient 1 --doctor 1 --at 2031-03-04T09:00 --json"), 30);
    assert_eq!(minutes("book --patient 1 --doctor 2 --at 2031-03-09T09:00 --json"), 60);
    assert_eq!(
        minutes("book --patient 1 --doctor 2 --at 2031-03-09T11:00 --minutes 24h --overbook x --json"),
        1440
    );
}

#[test]
fn times_that_the_autumn_change_repeats_carry_their_zone() {
    let clinic = people();
    let booked = clinic.run("book --patient 1 --doctor 2 --at 2031-10-26T02:30").ok();
    assert!(booked.out.contains("Sun 26 Oct 2031 02:30 CEST-02:30 CET"), "{booked:?}");
    let slots = clinic.run("slots --minutes 60 --doctor 2 --from 2031-10-26T01:30 --limit 2").ok();
    assert!(slots.out.contains("01:30-02:30 CEST"), "{slots:?}");
    // Over the hour that the spring change skips, the digits alone would say two hours.
    let slots = clinic.run("slots --minutes 60 --doctor 2 --from 2031-03-30T01:30 --limit 1").ok();
    assert!(slots.out.contains("01:30 CET-03:30 CEST"), "{slots:?}");
}

#[test]
fn slots_begin_at_usual_times_and_never_in_the_past() {
    let clinic = people();
    let of =
        |from: &str| clinic.run(&format!("slots --minutes 30 --doctor 1 --from {from} --limit 1 --json"));
    let starts = |ran: &Ran| ran.json()["openings"][0]["starts"].as_str().unwrap().to_owned();
    assert_eq!(starts(&of("2031-03-04T14:37").ok()), "2031-03-04T14:40");
    assert_eq!(starts(&of("2031-03-04T14:40").ok()), "2031-03-04T14:40");
    // Where a visit ends, the next may begin, whatever the minute.
    clinic.run("book --patient 1 --doctor 1 --at 2031-03-04T14:30 --minutes 17").ok();
    assert_eq!(starts(&of("2031-03-04T14:30").ok()), "2031-03-04T14:47");
    // Of a refusal, the same.
    let refused = clinic.run("book --patient 2 --doctor 2 --at 2031-03-04T14:37 --json");
    assert_eq!(refused.json()["openings"][0]["starts"], "2031-03-09T00:00");
    let added = clinic.run("patient show 1 --json").ok().json();
    // By the clinic's clock, of which UTC is never ahead.
    let today = added["patient"]["created_at"].as_str().unwrap()[..16].to_owned();
    for past in ["2020-01-01", "2020-01-01T09:00"] {
        let ran = of(past).says(0, &["--from lies in the past; these are from now on"]);
        assert_eq!(starts(&ran), starts(&of("today").ok()), "as from now");
        assert!(starts(&ran) > today);
    }
    assert_eq!(of("today").ok().err, "");
    let now = clinic.run("slots --minutes 30 --doctor 2 --limit 1 --json").ok();
    assert!(starts(&now).ends_with(['0', '5']), "{now:?}");
}

#[test]
fn slots_are_the_next_openings() {
    let clinic = people();
    clinic.run("book --patient 1 --doctor 1 --at 2031-03-04T09:00").ok();
    let slots = clinic.run("slots --minutes 45 --doctor 1 --from 2031-03-04T00:00 --limit 2 --json").ok();
    let expected = json!({ "openings": [
        { "doctor_id": 1, "starts": "2031-03-04T09:30", "ends": "2031-03-04T10:15" },
        { "doctor_id": 1, "starts": "2031-03-04T10:15", "ends": "2031-03-04T11:00" },
    ] });
    assert_eq!(slots.json(), expected);
    assert_eq!(keys(&slots.json()["openings"][0]), ["doctor_id", "ends", "starts"]);
    let of = |line: &str| clinic.run(&format!("slots --minutes 30 {line} --limit 1 --json")).ok().json();
    assert_eq!(of("--specialization ' gp ' --from 2031-03-04")["openings"][0]["starts"], "2031-03-09T00:00");
    assert_eq!(of("--from 2031-03-08")["openings"][0]["doctor_id"], 2);
    assert_eq!(of("--from tomorrow")["openings"].as_array().unwrap().len(), 1);
    clinic
        .run("slots --minutes 30 --specialization Dentistry")
        .fails(4, &["Dentistry", "there is Cardiology, GP"]);
    clinic.run("slots --minutes 30 --doctor 9").fails(4, &["there is no doctor 9"]);
    clinic.run("doctor edit 1 --active false").ok();
    clinic.run("slots --minutes 30 --doctor 1").fails(3, &["Dr. Lee is not active"]);
}
