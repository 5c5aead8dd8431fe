//! Staff on the command line: added, changed, let go, and how they come by a password.

use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use serde_json::{Value, json};

use crate::clinic::{Clinic, Ran, keys, prints};

const OWN: &str = "a kettle under the northern stairs";
const OTHER: &str = "seven lanterns beside a slow canal";

const BEN: &str = "staff add --name 'Ben Okafor' --email ben@example.org --role receptionist";

/// The password that was printed for a first sign-in.
#[track_caller]
fn told(ran: &Ran) -> String {
    ran.json()["temporary_password"].as_str().unwrap_or_else(|| panic!("a password: {ran:?}")).to_owned()
}

/// The field that a failure names.
#[track_caller]
fn field(ran: Ran, parts: &[&str]) -> Value {
    ran.fails_in_json(2, parts)["field"].clone()
}

#[test]
fn a_doctor_who_has_an_account_is_said_at_its_field() {
    let clinic = Clinic::untouched().with_people();
    let add = |email: &str| {
        clinic.run(&format!(
            "staff add --name 'Dr. Lee' --email {email} --role doctor --doctor 1 --os-user {} \
             --os-user-signs-in true --json",
            email.split('@').next().unwrap()
        ))
    };
    add("lee@example.org").ok();
    let refused = field(add("other@example.org"), &["--doctor: ", "doctor 1 has an account already"]);
    assert_eq!(refused, "doctor_id");
}

/// As the refusal says it: the minute after, in which the lock is over.
#[test]
fn a_lock_is_listed_up_to_the_minute_in_which_it_is_over() {
    let clinic = Clinic::untouched().with_people();
    clinic.run(BEN).ok();
    // One that a clock of these days wrote.
    let now = DateTime::<Utc>::from(SystemTime::now());
    let until = (now + TimeDelta::minutes(10)).with_second(1).unwrap();
    let set = format!("UPDATE staff SET locked_until = '{}' WHERE id = 2", until.format("%F %T"));
    clinic.sql(&set);
    let listed = clinic.run("staff list").ok().out;
    let over = (until + TimeDelta::minutes(1)).format(":%M").to_string();
    assert!(listed.contains("locked out until ") && listed.contains(&over), "{listed}");
}

#[test]
fn staff_are_added_changed_and_listed() {
    let clinic = Clinic::untouched().with_people();
    let added = clinic.run(&format!("{BEN} --json")).ok().json();
    assert_eq!(keys(&added), ["staff", "temporary_password"]);
    let expected = json!({
        "id": 2, "name": "Ben Okafor", "email": "ben@example.org", "role": "receptionist", "doctor_id": null,
        "os_user": null, "os_user_signs_in": false, "may_overbook": false, "may_refund": false,
        "is_active": true, "has_password": true, "must_change_password": true, "locked_until": null,
        "mixed_scripts": [],
    });
    assert_eq!(added["staff"], expected);
    let lee = "staff add --name 'Dr. Lee' --email dr.lee@example.org --role Doctor --doctor 1 --os-user lee \
               --os-user-signs-in true --may-overbook true --json";
    let lee = clinic.run(lee).ok().json();
    assert_eq!(keys(&lee), ["staff"], "the account is the proof: no password is needed");
    assert_eq!((&lee["staff"]["doctor_id"], &lee["staff"]["has_password"]), (&json!(1), &json!(false)));

    let edited = clinic.run("staff edit 2 --role administrator --may-refund true --json").ok().json();
    assert_eq!(keys(&edited), ["staff"]);
    assert_eq!(edited["staff"]["role"], "administrator");
    assert_eq!(edited["staff"]["email"], "ben@example.org");
    let edited = clinic.run("staff edit 3 --os-user '' --os-user-signs-in false --json").ok();
    assert!(edited.err.contains("cannot sign in; run: frontdesk staff reset 3"), "{edited:?}");
    assert_eq!(edited.json()["staff"]["os_user"], json!(null));
    // What was given for the work of a doctor goes with it, unless it is given again.
    let edited = clinic.run("staff edit 3 --doctor '' --role receptionist --json").ok();
    let said = "as doctor went with that role; to give it again: --may-overbook true";
    assert!(edited.err.contains(said), "{edited:?}");
    let edited = edited.json();
    assert_eq!(
        (&edited["staff"]["doctor_id"], &edited["staff"]["may_overbook"]),
        (&json!(null), &json!(false))
    );
    let line = "staff edit 3 --may-overbook true --may-refund true --json";
    assert_eq!(clinic.run(line).ok().json()["staff"]["may_refund"], json!(true));
    let moved = clinic.run("staff edit 3 --role administrator --may-overbook true --json").ok();
    assert!(moved.err.contains("to give it again: --may-refund true"), "{moved:?}");
    let moved = moved.json();
    assert_eq!(
        (&moved["staff"]["may_overbook"], &moved["staff"]["may_refund"]),
        (&json!(true), &json!(false))
    );
    clinic.run("staff edit 3 --role receptionist --json").ok();

    let gone = clinic.run("staff deactivate 3 --json").ok().json();
    assert_eq!(gone["staff"]["is_active"], json!(false));
    let list = |line: &str| -> Vec<String> {
        let list = clinic.run(line).ok().json();
        let staff = list["staff"].as_array().unwrap().iter();
        staff.map(|member| member["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(list("staff list --json"), ["Ana Brandt", "Ben Okafor"]);
    assert_eq!(list("staff list --all --json"), ["Ana Brandt", "Ben Okafor", "Dr. Lee"]);
    let people = clinic.run("staff list --all").ok().out;
    let lines: Vec<&str> = people.lines().collect();
    assert!(lines[0].starts_with("#1  Ana Brandt  ana.brandt@example.org  administrator"), "{people}");
    assert!(lines[0].contains(", signs in") && lines[0].contains("overbooks, refunds"), "{people}");
    assert!(lines[1].contains("refunds") && lines[1].ends_with("  password to be changed"), "{people}");
    assert!(lines[2].ends_with("not active, no password"), "{people}");
    assert_eq!(clinic.run("staff activate 3 --json").ok().json()["staff"]["is_active"], json!(true));
}

#[test]
fn what_cannot_stand_is_said_at_its_field_and_leaves_nothing() {
    let clinic = Clinic::untouched().with_people();
    clinic.run(BEN).ok();
    let add = |rest: &str| {
        let line = "staff add --name Eve --email eve@example.org --role receptionist --json";
        clinic.run(&format!("{line} {rest}"))
    };
    assert_eq!(field(clinic.run(&format!("{BEN} --json")), &["member of staff has this address"]), "email");
    clinic.run("staff edit 2 --os-user ben").ok();
    assert_eq!(field(add("--os-user ben"), &["another member of staff has this account"]), "os_user");
    assert_eq!(field(add("--os-user 'a b'"), &["without blanks"]), "os_user");
    assert_eq!(field(add("--os-user-signs-in true"), &["cannot be the proof"]), "os_user");
    assert_eq!(field(add("--doctor 1"), &["is for doctors"]), "doctor_id");
    let doctor = clinic.run("staff add --name Eve --email eve@example.org --role doctor --json");
    assert_eq!(field(doctor, &["say which doctor"]), "doctor_id");
    clinic
        .run("staff add --name Eve --email eve@example.org --role doctor --doctor 9")
        .fails(4, &["there is no doctor 9"]);
    clinic
        .run("staff add --name Eve --email eve --role boss")
        .fails(2, &["--role: \"boss\" is no role; write"]);
    clinic.run("staff edit 2").fails(2, &["required", "staff edit --help"]);
    for line in ["edit 9 --name Eve", "deactivate 9", "activate 9", "reset 9", "unlock 9"] {
        clinic.run(&format!("staff {line}")).fails(4, &["there is no member of staff 9"]);
    }
    clinic
        .run("staff deactivate 1")
        .fails(5, &["this is the last administrator; make somebody else one first"]);
    clinic.run("staff edit 1 --role receptionist").fails(5, &["the last administrator"]);
    for (typed, fault) in [
        ("hello", "has 5 characters; at least 15 are needed"),
        ("passwordpassword", "one of those that are guessed first"),
        ("ben.okafor@example.org", "names that are known here"),
    ] {
        let refused = clinic.run_with_new(typed, "staff reset 2").fails(2, &["password: ", fault]);
        assert!(!refused.err.contains(typed), "{refused:?}");
    }
    assert_eq!(clinic.run("staff list --all --json").ok().json()["staff"].as_array().unwrap().len(), 2);
}

#[test]
fn a_first_password_is_changed_at_the_first_sign_in() {
    let clinic = Clinic::empty();
    let first = told(&clinic.run(&format!("{BEN} --json")).ok());
    let ben = ("ben@example.org", first.as_str());
    clinic.run_as(ben, "doctor list").fails(5, &["choose one of your own first; run: frontdesk password"]);
    let change = |old: &str, new: &str, json: bool| {
        let mut command = clinic.command();
        command.env("FRONTDESK_USER", "ben@example.org").env("FRONTDESK_PASSWORD_COMMAND", prints(old));
        command.env("FRONTDESK_NEW_PASSWORD_COMMAND", prints(new)).arg("password");
        Ran::of(command.args(json.then_some("--json")))
    };
    change(&first, &first, false).fails(2, &["password: is the one that you have"]);
    change(&first, "too short", false).fails(2, &["password: has 9 characters"]);
    change(OTHER, OWN, false).fails(5, &["the e-mail or the password is wrong"]);
    let changed = change(&first, OWN, true).ok().json();
    assert_eq!(changed, json!({ "password_changed": { "staff_id": 2, "email": "ben@example.org" } }));
    clinic.run_as(ben, "doctor list").fails(5, &["the e-mail or the password is wrong"]);
    let ben = ("BEN@example.org", OWN);
    clinic.run_as(ben, "doctor list").ok();
    clinic.run_as(ben, "staff list").fails(5, &["not permitted: a receptionist may not manage staff"]);
    assert!(change(OWN, OTHER, false).ok().out.starts_with("The password of Ben Okafor"));

    // An administrator gives another, which they name; it is not repeated.
    let given = "eleven grey umbrellas at the ferry";
    let reset = clinic.run_with_new(given, "staff reset 2 --json").ok();
    assert_eq!(keys(&reset.json()), ["staff"]);
    clinic.run_as(("ben@example.org", given), "doctor list").fails(5, &["choose one of your own first"]);
    let reset = clinic.run("staff reset 2").ok();
    let line = reset.out.lines().nth(1).unwrap();
    let (said, password) = line.rsplit_once(' ').unwrap();
    assert_eq!(said, "password for the next sign-in, which asks for another:");
    change(password, OWN, false).ok();
    let log = clinic.log();
    assert!(log.contains("command=\"staff\""), "{log}");
    for secret in [&first, OWN, OTHER, given, password] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn who_has_an_account_for_proof_needs_no_old_password_to_have_one() {
    let clinic = Clinic::empty();
    clinic.run_with_new(OWN, "password").ok();
    let ana = ("ana.brandt@example.org", OWN);
    clinic.run_as(ana, "doctor list").ok();
    // From now on it is asked for.
    clinic.run_with_new(OTHER, "password").fails(5, &["set FRONTDESK_PASSWORD_COMMAND"]);
    let trail = || clinic.run("audit show --action sign_in --json").ok().out.matches("\"sign_in\"").count();
    let before = trail();
    clinic.run_with_new(OTHER, "password").fails(5, &["no terminal to ask for the password on"]);
    // The count itself signs in.
    assert_eq!(trail(), before + 1, "nobody was signed in by what asks for a password first");
    clinic.run_as(ana, "doctor list").ok();
}

#[test]
fn five_wrong_passwords_lock_out_until_an_administrator_unlocks() {
    let clinic = Clinic::empty();
    let first = told(&clinic.run(&format!("{BEN} --json")).ok());
    for _ in 0..4 {
        clinic.run_as(("ben@example.org", OWN), "doctor list").fails(5, &["password is wrong"]);
    }
    for password in [OWN, &first] {
        let locked = clinic.run_as(("ben@example.org", password), "doctor list");
        locked.fails(5, &["too many wrong passwords; try again at ", "or ask an administrator"]);
    }
    assert!(clinic.run("staff list").ok().out.contains("locked out until "));
    let unlocked = clinic.run("staff unlock 2 --json").ok().json();
    assert_eq!(unlocked["staff"]["locked_until"], json!(null));
    clinic.run_as(("ben@example.org", &first), "doctor list").fails(5, &["choose one of your own"]);
    clinic.run("staff deactivate 2").ok();
    clinic.run_as(("ben@example.org", &first), "doctor list").fails(5, &["not active any more"]);
}

#[test]
fn the_same_request_is_carried_out_once_and_tells_its_password_once() {
    let clinic = Clinic::empty();
    let line = format!("{BEN} --request-id one --json");
    let first = clinic.run(&line).ok();
    let password = told(&first);
    let again = clinic.run(&line).says(0, &["carried out before", "staff reset 2"]).json();
    assert_eq!((keys(&again), &again["staff"]), (vec!["staff"], &first.json()["staff"]));
    let other = "staff add --name Eve --email eve@example.org --role receptionist --request-id one --json";
    assert_eq!(clinic.run(other).says(0, &["nothing was done"]).json()["request_differs"], json!(true));
    clinic.run_as(("ben@example.org", &password), "doctor list").fails(5, &["choose one of your own"]);
    for line in ["deactivate 2", "activate 2", "unlock 2"] {
        let request = format!("staff {line} --request-id '{line}' --json");
        let first = clinic.run(&request).ok().json();
        assert_eq!(clinic.run(&request).ok().json(), first);
    }
    let late = clinic.run("staff deactivate 2 --request-id 'deactivate 2' --json");
    assert_eq!(late.says(0, &["nothing was done"]).json()["request_differs"], json!(true));
    clinic.run("staff unlock 1 --request-id one").fails(2, &["used for another request"]);
}
