//! The audit trail on the command line: what it shows, what it finds, and what was done to a visit.

use serde_json::{Value, json};

use crate::clinic::{Clinic, Ran, keys};

/// A clinic in which a visit was overbooked, moved, given notes and cancelled.
fn at_work() -> Clinic {
    let clinic = Clinic::untouched().with_people();
    clinic.sql("UPDATE staff SET may_overbook = TRUE");
    clinic.run("book --patient 2 --doctor 1 --at 2031-03-04T09:00").ok();
    clinic.run("book --patient 1 --doctor 1 --at 2031-03-04T09:00 --overbook 'in pain'").ok();
    clinic.run("move 2 --at 2031-03-05T10:00 --minutes 45").ok();
    clinic.run("cancel 2").ok();
    clinic
}

/// The actions of rows, the last that was written first. What a command did is of the second in which it
/// began, and that it opened a record of the one in which it did.
fn actions(document: &Value) -> Vec<String> {
    let mut rows = document["rows"].as_array().unwrap().clone();
    rows.sort_by_key(|row| -row["id"].as_i64().unwrap());
    rows.iter().map(|row| row["action"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_visit_tells_who_booked_moved_overbooked_and_cancelled_it() {
    let clinic = at_work();
    let shown = clinic.run("visit show 2").ok().out;
    for part in [
        "visit 2, Wed 5 Mar 2031 10:00-10:45, John Smith, born 1980-04-02, with Dr. Lee, cancelled",
        "booked for Tue 4 Mar 2031 09:00, 30 min, Dr. Lee, overbooked: in pain",
        "moved from Tue 4 Mar 09:00 to Wed 5 Mar 10:00, 45 min instead of 30",
        "  cancelled\n",
        "Ana Brandt",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let document = clinic.run("visit show 2 --json").ok().json();
    assert_eq!(keys(&document), ["appointment", "history"]);
    let history = document["history"].as_array().unwrap();
    let what: Vec<&str> = history.iter().map(|event| event["what"].as_str().unwrap()).collect();
    assert_eq!(what, ["booked", "moved", "status"]);
    assert_eq!(history[0]["overbook_reason"], "in pain");
    assert_eq!(history[1]["overbook_reason"], Value::Null, "it stands by the rule");
    assert_eq!(history[1]["from"]["appointment_time"], "2031-03-04T09:00");
    assert_eq!(history[1]["to"]["doctor_name"], "Dr. Lee");
    assert_eq!(history[2]["status"], "Cancelled");
    assert!(history.iter().all(|event| event["who"] == "Ana Brandt" && event["host"].is_string()));
    clinic.run("visit show 9").fails(4, &["there is no visit 9"]);
}

#[test]
fn the_trail_is_filtered_by_patient_person_visit_time_and_action() {
    let clinic = at_work();
    clinic.run("find smith").ok();
    clinic.run("patient show 1").ok();
    let shown = |filter: &str| actions(&clinic.run(&format!("audit show --json {filter}")).ok().json());
    assert_eq!(
        shown("--patient 1"),
        [
            "record.open",
            "appointment.status",
            "appointment.move",
            "appointment.book",
            "record.open",
            "patient.add"
        ]
    );
    assert_eq!(shown("--visit 2"), ["appointment.status", "appointment.move", "appointment.book"]);
    assert_eq!(shown("--visit 2 --action appointment.move"), ["appointment.move"]);
    assert_eq!(shown("--action patient")[0], "patient.find");
    assert_eq!(shown("--staff 9"), [""; 0]);
    assert_eq!(shown("--staff 1 --limit 3").len(), 3);
    assert_eq!(shown("--to 2020-01-01"), [""; 0]);
    assert_eq!(shown("--from today --visit 2").len(), 3);
    assert_eq!(shown("--from today --to today --visit 2").len(), 3, "the day as a whole");
    assert_eq!(shown("--action audit")[0], "audit.export", "that it was looked at is on it too");
    let row = &clinic.run("audit show --visit 2 --limit 1 --json").ok().json()["rows"][0];
    assert_eq!(
        (&row["detail"]["before"]["status"], &row["detail"]["after"]["status"]),
        (&"Scheduled".into(), &"Cancelled".into())
    );
    assert_eq!((&row["patient_id"], &row["record_id"], &row["staff_id"]), (&1.into(), &2.into(), &1.into()));

    let people = clinic.run("audit show --visit 2").ok();
    assert!(
        people.out.contains("appointments #2  patient #1  status: Scheduled -> Cancelled"),
        "{}",
        people.out
    );
    assert!(
        clinic
            .run("audit show --limit 2")
            .says(0, &["the last 2; older ones than", "were left off"])
            .out
            .lines()
            .count()
            == 2
    );
    clinic.run("audit show --staff 9").says(0, &["there are no such rows"]);
    assert_eq!(clinic.run("audit show --limit 2 --json").json()["left_off"], true);
    assert_eq!(clinic.run("audit show --json --limit 1000").json()["left_off"], false);
    // What chains say of each other is shown to whoever asks for it, and takes nobody else's room.
    let is_witness = |row: &Value| row["action"] == "audit.witness";
    let all = clinic.run("audit show --json --limit 1000").json()["rows"].clone();
    assert!(!all.as_array().unwrap().iter().any(is_witness));
    assert!(!shown("--action audit").is_empty());
    let limited = clinic.run("audit show --json --limit 20").json()["rows"].clone();
    assert_eq!(limited.as_array().unwrap().len(), 20);
    let named = clinic.run("audit show --json --action audit.witness").json()["rows"].clone();
    assert!(named.as_array().is_some_and(|rows| !rows.is_empty() && rows.iter().all(is_witness)));
    clinic.run("audit show --limit 2 --csv").says(0, &["the last 2; older ones than", "were left off"]);
    for times in ["--from 2031-03-02 --to 2031-03-01", "--from 2031-03-01T09:30 --to 2031-03-01T09:30"] {
        let line = format!("audit show {times}");
        clinic.run(&line).fails(2, &["--from: is not before --to: there is no time between the two"]);
    }

    clinic.run("audit show --json --csv").fails_in_json(2, &["one or the other"]);
    clinic.run("audit show --action 'Sign In'").fails(2, &["--action", "sign_in"]);
    let near = "no action that is on the trail; near it are appointment.book, appointment.move,";
    clinic.run("audit show --action appointment.cancel").fails(2, &["--action", near]);
    clinic.run("audit show --action bogus").fails(2, &["--action", "appointment, audit, clinic, "]);
    clinic.run("audit show --from gestern").fails(2, &["--from"]);
    clinic.run("audit show --limit 0").fails(2, &["--limit"]);
}

/// A record that was opened by saying why, and a clock that was set back: nobody who reads must overlook them.
#[test]
fn rows_are_flagged_and_their_times_are_to_the_second() {
    let clinic = at_work();
    let shown = |more: &str| clinic.run(&format!("audit show --patient 1 {more}"));
    clinic.sql(
        "UPDATE audit_log SET action = 'record.break_glass', at = '2026-03-04 08:15:07' \
         WHERE id = (SELECT MAX(id) FROM audit_log WHERE action = 'appointment.move')",
    );
    let chain = "(SELECT desk FROM audit_log WHERE action = 'record.break_glass')";
    clinic.sql(&format!("UPDATE audit_log SET at = '2026-03-04 09:15:08' WHERE seq = 1 AND desk = {chain}"));
    clinic.sql(&format!("UPDATE audit_log SET at = '2026-03-04 09:15:09' WHERE seq = 2 AND desk = {chain}"));
    let people = shown("").says(0, &["before row", "the clock of its desk was set back"]);
    let line = people.out.lines().find(|line| line.contains("record.break_glass")).unwrap();
    assert!(line.starts_with("! break-glass, < clock back  Wed 4 Mar 2026 "), "{line}");
    assert!(line.contains(":15:07  "), "{line}");
    let rows = shown("--json").json()["rows"].clone();
    let flags: Vec<&Value> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["flags"])
        .filter(|flags| **flags != json!([]))
        .collect();
    assert_eq!(flags, [&json!(["break_glass", "clock_set_back"])]);
    assert!(shown("--csv").out.contains(",\"break_glass clock_set_back\"\r\n"));
}

/// A row that somebody put there, of whom the trail knows nothing.
#[test]
fn a_row_in_no_chain_is_marked_and_is_a_fault() {
    let clinic = at_work();
    clinic.sql(
        "INSERT INTO audit_log (id, at, actor, action, record, record_id, detail, staff_id, patient_id) \
         VALUES (-7, '2026-03-04 08:15:07', 'Ben Okafor', 'appointment.cancel', 'appointments', 2, '{}', 2, 1)",
    );
    let people = clinic.run("audit show --visit 2").ok().out;
    let line = people.lines().find(|line| line.contains("Ben Okafor")).unwrap();
    assert!(line.starts_with("? in no chain  "), "{people}");
    assert_eq!(people.matches("in no chain").count(), 1, "{people}");
    let rows = clinic.run("audit show --visit 2 --json").ok().json()["rows"].clone();
    let flagged = rows.as_array().unwrap().iter().find(|row| row["flags"] == json!(["unchained"])).unwrap();
    assert_eq!(flagged["id"], -7);
    let history = clinic.run("visit show 2").ok().out;
    let said = "? in no chain, and no program of this clinic's wrote it: appointment.cancel";
    assert!(history.contains(said), "{history}");
    let history = clinic.run("visit show 2 --json").ok().json()["history"].clone();
    let marked = history.as_array().unwrap().iter().filter(|event| event["unchained"] == json!(true));
    assert_eq!(marked.count(), 1);
    let found = clinic.run("audit verify");
    assert_eq!(found.status, 1, "{found:?}");
    assert!(found.out.contains("row -7: it is in no chain, and has an id"), "{found:?}");
}

/// People of one name are told apart by their numbers, and a name that looks like another is said.
#[test]
fn who_did_it_is_named_with_their_number() {
    let clinic = at_work();
    clinic.sql("UPDATE staff SET name = '\u{410}na Brandt'");
    clinic.run("patient show 1").ok();
    let shown = clinic.run("audit show --patient 1").says(0, &["member of staff 1 mixes Cyrillic and Latin"]);
    assert!(
        shown.out.contains("  Ana Brandt #1  ") && shown.out.contains("  ! \u{410}na Brandt #1  "),
        "{shown:?}"
    );
    let listed = clinic.run("staff list").says(0, &["member of staff 1 mixes Cyrillic and Latin"]);
    assert!(listed.out.contains("! \u{410}na Brandt"), "{listed:?}");
    let listed = clinic.run("staff list --json").json();
    assert_eq!(listed["staff"][0]["mixed_scripts"], json!(["Cyrillic", "Latin"]));
    let edited = clinic.run("staff edit 1 --name '\u{410}na Brand'");
    edited.says(0, &["member of staff 1 mixes Cyrillic and Latin"]);
}

#[test]
fn a_sheet_of_the_trail_runs_no_formula() {
    let clinic = at_work();
    clinic.sql("UPDATE staff SET name = '=HYPERLINK(1)'");
    clinic.run("patient show 1").ok();
    let sheet = clinic.run("audit show --csv --patient 1").ok().out;
    assert!(sheet.starts_with("\"id\",\"at\",\"staff_id\",\"actor\",\"host\","), "{sheet}");
    assert_eq!(sheet.matches("\r\n").count(), 1 + 6);
    assert!(sheet.contains("\"'=HYPERLINK(1)\"") && !sheet.contains("\"=HYPERLINK(1)\""), "{sheet}");
    let read = clinic.run("audit show --json --action audit").ok().json();
    assert_eq!(actions(&read)[0], "audit.export");
}

#[test]
fn a_trail_that_was_altered_is_found_and_ends_with_status_1() {
    let clinic = at_work();
    let whole = clinic.run("audit verify").ok().out;
    assert!(whole.starts_with("whole: ") && whole.contains("; digest "), "{whole}");
    assert_eq!(whole.lines().count(), 1);
    let heads = clinic.folder().join("heads.txt");
    let verify = |more: &str| clinic.run(&format!("audit verify {more}"));
    verify(&format!("--save {}", heads.display())).ok();
    verify(&format!("--save {}", heads.display())).fails(2, &["--save", "is there already"]);
    verify(&format!("--since {}", heads.display())).ok();
    verify("--since nowhere").fails(2, &["--since", "nowhere: no such file or folder"]);
    verify("--save /nonexist/x").fails(2, &["--save", "/nonexist/x: no such file or folder"]);
    let other = Clinic::untouched().with_people();
    let others = other.run(&format!("audit verify --since {}", heads.display()));
    assert!(
        others.status == 1 && others.out.starts_with("no chain of the earlier look is known here"),
        "{others:?}"
    );

    clinic.sql("UPDATE audit_log SET detail = '{}' WHERE action = 'appointment.move'");
    let altered = verify("");
    assert_eq!(altered.status, 1, "{altered:?}");
    let Ran { out, .. } = &altered;
    assert!(out.contains("changed: what it says after the row before it"), "{out}");
    assert!(out.contains("\n1 fault: "), "{out}");
    let document = verify("--json");
    assert_eq!((document.status, &document.json()["whole"]), (1, &Value::Bool(false)));
    let finding = &document.json()["findings"][0];
    assert_eq!(keys(finding), ["desk", "id", "kind", "message", "seq"]);
    assert_eq!(finding["kind"], "changed");
    let other = clinic.folder().join("other.txt");
    let unsaved = verify(&format!("--save {}", other.display()));
    assert!(unsaved.status == 1 && !other.exists(), "{unsaved:?}");

    // A command has a chain of its own: taken away as a whole, it leaves a gap that later ones name.
    clinic.sql(
        "DELETE FROM audit_chains WHERE desk = (SELECT desk FROM audit_log WHERE action = 'appointment.move'); \
         DELETE FROM audit_log WHERE desk = (SELECT desk FROM audit_log WHERE action = 'appointment.move')",
    );
    let gone = verify("");
    assert!(gone.status == 1 && gone.out.contains("saw the chain go on to here, and says so"), "{gone:?}");
    let cut = verify(&format!("--since {}", heads.display()));
    assert!(cut.status == 1 && cut.out.contains("at the earlier look the chain went on to place"), "{cut:?}");
    std::fs::write(&heads, std::fs::read_to_string(&heads).unwrap().replacen("rows ", "rows 1", 1)).unwrap();
    verify(&format!("--since {}", heads.display()))
        .fails(2, &["--since", "was changed since it was written"]);
}

#[test]
fn the_trail_is_for_administrators_and_a_visits_history_for_whoever_may_open_it() {
    let clinic = at_work();
    // One administrator always remains.
    clinic.sql("UPDATE staff SET role = 'receptionist'");
    clinic.run("audit show").fails(5, &["a receptionist may not read the audit trail"]);
    clinic.run("audit verify").fails(5, &["a receptionist may not read the audit trail"]);
    clinic.run("visit show 2").ok();
    clinic.sql("UPDATE staff SET role = 'doctor', doctor_id = 2");
    clinic.run("visit show 2").fails(5, &["only where it is their own"]);
    clinic.sql("UPDATE staff SET role = 'administrator'");
    let refused = actions(&clinic.run("audit show --json --action refused").ok().json());
    assert_eq!(refused.len(), 3);
}
