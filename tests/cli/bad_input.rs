//! Every wrong value gets one clear line that says what was wrong and what is expected, and leaves
//! nothing behind.

use crate::clinic::{Clinic, Ran, program};

#[test]
fn wrong_values_are_said_in_one_line_each() {
    let clinic = Clinic::untouched().with_people();
    let book = |rest: &str| format!("book --patient 1 --doctor 1 --at 2031-03-04T09:00 {rest}");
    let long = "x".repeat(101);
    let add = |name: &str, email: &str, phone: &str, born: &str| {
        format!("patient add --name '{name}' --email {email} --phone '{phone}' --dob '{born}'")
    };
    let (new, phone, born) = ("new@example.org", "+49 30 1234567", "1990-01-01");
    let lines: Vec<(String, i32, &[&str])> = vec![
        // Dates and times.
        ("day --date 2031-02-30".into(), 2, &["--date: 30 February does not exist"]),
        ("day --date 31.4.".into(), 2, &["--date: 31 April does not exist"]),
        ("day --date soon".into(), 2, &["--date: \"soon\" is not a date; write 2026-12-01"]),
        (
            "book --patient 1 --doctor 1 --at 2031-02-29T09:00".into(),
            2,
            &["--at: 29 February 2031 does not exist"],
        ),
        ("book --patient 1 --doctor 1 --at 2031-03-04".into(), 2, &["--at: ", "write 2026-12-01T09:30"]),
        (
            "book --patient 1 --doctor 1 --at 2031-03-04T09:60".into(),
            2,
            &["--at: ", "goes from 0:00 to 23:59"],
        ),
        ("slots --minutes 30 --from 2031-02-30".into(), 2, &["--from: 30 February does not exist"]),
        // Lengths.
        (book("--minutes 0"), 2, &["--minutes: 0 is too short; a visit lasts from 1 minute to 24 hours"]),
        (book("--minutes 25h"), 2, &["--minutes: 25h is too long"]),
        (book("--minutes 1500"), 2, &["--minutes: 1500 is too long"]),
        (book("--minutes -5"), 2, &["--minutes: -5 is too short"]),
        ("move 1 --minutes 0".into(), 2, &["--minutes: 0 is too short"]),
        // Records that are not there.
        ("book --patient 1 --doctor 9 --at 2031-03-04T09:00".into(), 4, &["there is no doctor 9"]),
        ("book --patient 9 --doctor 1 --at 2031-03-04T09:00".into(), 4, &["there is no patient 9"]),
        ("move 9 --at 2031-03-04T09:00".into(), 4, &["there is no visit 9"]),
        ("cancel 9".into(), 4, &["there is no visit 9"]),
        ("status 9 completed".into(), 4, &["there is no visit 9"]),
        ("patient edit 9 --name X".into(), 4, &["there is no patient 9"]),
        ("doctor edit 9 --name X".into(), 4, &["there is no doctor 9"]),
        ("cancel one".into(), 2, &["ID: \"one\" is not an id; write a number"]),
        // Patients and doctors.
        (add(&long, new, phone, born), 2, &["name: is 101 characters long; at most 100 are allowed"]),
        (add("", new, phone, born), 2, &["name: is empty"]),
        (add("Eve", "nobody", phone, born), 2, &["email: has no @; write it like name@example.org"]),
        (add("Eve", new, "call me", born), 2, &["phone: has letters; write only digits"]),
        (add("Eve", new, "030 1234567", born), 2, &["phone: has no country code"]),
        (add("Eve", new, phone, "2031-01-01"), 2, &["--date-of-birth: 1 January 2031 lies in the future"]),
        (add("Eve", new, phone, "31.4.1990"), 2, &["--date-of-birth: 31 April does not exist"]),
        (add("Eve", new, phone, "1/2/1990"), 2, &["--date-of-birth: ", "may be 2 Jan 1990 or 1 Feb 1990"]),
        (
            add("Eve", "JOHN@example.org", phone, born),
            2,
            &["email: another patient has this address already"],
        ),
        ("patient edit 2 --email john@example.org".into(), 2, &["email: another patient has this address"]),
        (
            "doctor add --name X --email lee@example.org --phone +49301234567 --specialization X --license X"
                .into(),
            2,
            &["email: another doctor has this address already"],
        ),
        (
            "doctor edit 2 --license L-1".into(),
            2,
            &["--license-number: another doctor has this number already"],
        ),
        ("doctor edit 2 --default-minutes 0".into(), 2, &["--default-minutes: 0 is too short"]),
        ("doctor edit 2 --active perhaps".into(), 2, &["[possible values: true, false]"]),
        // Hours.
        (
            "hours add --doctor 1 --day Someday --start 09:00 --end 10:00".into(),
            2,
            &["--day: ", "write Mon, Tue"],
        ),
        (
            "hours add --doctor 1 --day Mon --start 09:00 --end 24:01".into(),
            2,
            &["--end: ", "00:00 to 24:00"],
        ),
        ("hours add --doctor 1 --day Mon --start 09:00 --end 09:00".into(), 2, &["--end: ", "--closed"]),
        (
            "hours add --doctor 1 --date 2031-02-30 --closed".into(),
            2,
            &["--date: 30 February does not exist"],
        ),
        // The rest.
        ("find '...'".into(), 2, &["QUERY: means nobody"]),
        ("find smith --limit 0".into(), 2, &["--limit: \"0\" is not a number from 1 to 1000"]),
        ("status 1 gone".into(), 2, &["[possible values: scheduled, completed, no-show]"]),
        (
            "migrate --time-zone Mars/Olympus".into(),
            2,
            &["--time-zone: ", "an IANA name such as Europe/Berlin"],
        ),
        ("move 1".into(), 2, &["--at", "--doctor", "--minutes", "see frontdesk move --help"]),
        (
            "book --patient 1".into(),
            2,
            &["required arguments", "--doctor", "--at", "see frontdesk book --help"],
        ),
        ("patient".into(), 2, &["requires a subcommand", "add, edit, show"]),
        ("fly".into(), 2, &["unrecognized subcommand 'fly'"]),
        ("day --colour".into(), 2, &["unexpected argument '--colour'"]),
    ];
    for (line, status, parts) in &lines {
        clinic.run(line).fails(*status, parts);
        let error = clinic.run(&format!("{line} --json")).fails_in_json(*status, parts);
        assert_eq!(error["kind"], if *status == 4 { "not_found" } else { "bad_input" }, "{line}");
        // A line that begins with a field's name names it.
        if let Some((field, _)) = parts[0].split_once(": ").filter(|(field, _)| !field.starts_with('[')) {
            let name = field.trim_start_matches('-').replace('-', "_").to_lowercase();
            assert_eq!(error["field"], name.as_str(), "{line}");
        }
    }
    // Nothing half-made is left.
    let check = clinic.run("check --json").ok().json();
    let counts = serde_json::json!({
        "patients": 2, "doctors": 2, "appointments": 0, "doctor_availability": 6, "payments": 0
    });
    assert_eq!(check["stores"][0]["counts"], counts);
}

#[test]
fn every_wrong_field_of_a_record_is_named() {
    let clinic = Clinic::empty();
    let ran = clinic.run("patient add --name ' ' --email x --phone y --dob z");
    assert_eq!(ran.status, 2);
    let fields: Vec<_> = ran.err.lines().map(|line| line.split(": ").nth(1).unwrap()).collect();
    assert_eq!(fields, ["--name", "--email", "--phone", "--date-of-birth"], "as they are given");
    let error =
        clinic.run("patient add --name ' ' --email x --phone y --dob z --json").json()["error"].clone();
    assert_eq!(error["field"], "name");
    let named: Vec<_> = error["faults"].as_array().unwrap().iter().map(|fault| &fault["field"]).collect();
    assert_eq!(named, ["name", "email", "phone", "date_of_birth"]);
}

#[test]
fn a_date_that_does_not_exist_is_said_where_nobody_is_found() {
    let clinic = Clinic::untouched().with_people();
    for (typed, said) in [
        ("31.2.1980", "31 February does not exist"),
        ("smith 31.2.1980", "31 February does not exist"),
        ("29/2/1981", "29 February 1981 does not exist"),
        ("'31 apr 1980'", "31 April does not exist"),
        ("1.1.2190", "in the future"),
    ] {
        clinic.run(&format!("find {typed}")).says(0, &["nobody was found; ", said]);
        clinic.run(&format!("find {typed} --json")).says(0, &[said]);
    }
    for typed in ["2.4.1981", "nobody", "99999", "'555 0199 33'"] {
        assert_eq!(clinic.run(&format!("find {typed}")).says(0, &[]).err, "frontdesk: nobody was found\n");
    }
}

#[test]
fn hours_in_each_others_way_are_refused_and_named() {
    let clinic = Clinic::untouched().with_people();
    let overlap = "hours add --doctor 1 --day Mon --start 16:00 --end 18:00";
    clinic.run(overlap).fails(2, &["row #2 is in the way: Mon 09:00-17:00; remove it first"]);
    let error = clinic.run(&format!("{overlap} --json")).fails_in_json(2, &["row #2 is in the way"]);
    assert_eq!(error["kind"], "hours_in_the_way");
    clinic.run("hours add --doctor 1 --date 2031-12-24 --closed").ok();
    clinic
        .run("hours add --doctor 1 --date 2031-12-24 --start 09:00 --end 12:00")
        .fails(2, &["row #7 is in the way: Wed 2031-12-24 closed"]);
    // As another program may write it.
    clinic.sql("INSERT INTO doctor_availability (doctor_id, day_of_week, start_time, end_time) VALUES (1, 'Mon', '16:00:00', '18:00:00')");
    clinic.run("hours show 1").ok();
    let check = clinic.run("check --json").ok().json();
    assert_eq!(check["stores"][0]["contradicting_hours"], serde_json::json!([[2, 8]]));
    assert!(
        clinic
            .run("check")
            .ok()
            .out
            .contains("overlap or contradict each other (hours remove ID takes one away): 2 and 8")
    );
}

#[test]
fn control_and_bidi_characters_are_refused_in_any_text() {
    let clinic = Clinic::untouched().with_people();
    let book = ["book", "--patient", "1", "--doctor", "1", "--at", "2031-03-04T09:00"];
    for hostile in ["a\u{1b}[31mb", "a\u{202e}b", "a\u{9b}b", "a\u{200b}b", "a\tb", "a\nb"] {
        for flag in ["--notes", "--overbook", "--request-id"] {
            // Notes have lines.
            if (flag, hostile) == ("--notes", "a\nb") {
                continue;
            }
            let words: Vec<&str> = book.iter().copied().chain([flag, hostile]).collect();
            clinic.run_words(&words).fails(2, &[flag, "remove it"]);
        }
        let fields = ["name", "email", "phone", "address"];
        for field in fields {
            let flag = format!("--{field}");
            clinic.run_words(&["patient", "edit", "1", &flag, hostile]).fails(2, &[&format!("{field}: ")]);
        }
        for flag in ["--name", "--specialization", "--license"] {
            clinic.run_words(&["doctor", "edit", "1", flag, hostile]).fails(2, &["remove it"]);
        }
        clinic.run_words(&["migrate", "--clinic", hostile]).fails(2, &["--clinic: ", "remove it"]);
        // What is only repeated in a line is repeated harmlessly.
        clinic
            .run_words(&["slots", "--minutes", "30", "--specialization", hostile])
            .fails(4, &["no active doctor"]);
        clinic.run_words(&["migrate", "--time-zone", hostile]).fails(2, &["IANA"]);
        clinic.run_words(&["day", "--date", hostile]).fails(2, &["is not a date"]);
        clinic.run_words(&["cancel", hostile]).fails(2, &["is not an id"]);
        clinic.run_words(&[hostile]).fails(2, &["unrecognized subcommand"]);
        clinic.run_words(&[format!("--{hostile}")]).fails(2, &["unexpected argument"]);
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let clinic = Clinic::empty();
    for line in ["check", "man", "--help", "migrate --json"] {
        let mut command = clinic.command();
        command.args(line.split(' '));
        let mut child = command
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // Closed before the program writes.
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{line}");
        assert!(output.stderr.is_empty(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn completions_and_manual_name_every_command() {
    let commands = [
        "demo",
        "migrate",
        "check",
        "clinic",
        "day",
        "find",
        "patient",
        "doctor",
        "hours",
        "slots",
        "book",
        "move",
        "cancel",
        "status",
        "completions",
        "man",
    ];
    let run = |words: &[&str]| Ran::of(program().args(words)).ok().out;
    let man = run(&["man"]);
    for command in commands {
        assert!(man.contains(&format!("frontdesk {command}")), "{command}");
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&["completions", shell]);
        assert!(commands.iter().all(|command| script.contains(command)), "{shell}");
    }
    assert!(run(&["--version"]).starts_with("frontdesk "));
}
