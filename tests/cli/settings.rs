//! Where the settings come from, the stores that they name, and what is written beside them.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::clinic::{Clinic, Ran, program};

#[test]
fn a_new_clinic_is_set_up_by_one_command() {
    let clinic = Clinic::untouched();
    let mut command = clinic.command();
    let line = "init --clinic Frontdesk --name Ana --email ana@example.org --by-account --json";
    let set_up = Ran::of(command.env("TZ", "Europe/Madrid").args(line.split(' '))).ok().json();
    assert_eq!(set_up["clinic"]["time_zone"], "Europe/Madrid");
    assert_eq!(set_up["clinic"]["administrator"]["role"], "administrator");
    let line = "doctor add --name Lee --email lee@example.org --phone +49301234567 --specialization GP --license L-1 --json";
    let first = clinic.run(line).ok();
    assert_eq!((&first.json()["doctor"]["id"], first.err.as_str()), (&json!(1), ""));
    let again = "init --clinic Other --name Ben --email ben@example.org --by-account";
    clinic.run(again).fails(2, &["was set up already", "frontdesk staff add"]);
    let check = clinic.run("check --json").ok().json();
    let store = &check["stores"][0];
    assert_eq!(store["store"], "relational");
    assert_eq!((&store["kind"], &store["reachable"]), (&json!("sqlite"), &json!(true)));
    assert_eq!((&store["clinic_name"], &store["time_zone"]), (&json!("Frontdesk"), &json!("Europe/Madrid")));
    clinic.run("migrate --clinic 'Am Fluss' --time-zone Europe/Berlin").ok();
    let check = clinic.run("check").ok().out;
    assert!(check.contains("Am Fluss (time zone Europe/Berlin)"), "{check}");
}

#[test]
fn the_clinics_settings_are_an_administrators() {
    let clinic = Clinic::empty();
    let shown = clinic.run("clinic show").ok();
    assert!(shown.out.contains("locks after 15 min without a key"), "{}", shown.out);
    for line in ["clinic set --max-idle-lock-minutes 3 --json", "clinic show --json"] {
        assert_eq!(clinic.run(line).ok().json()["clinic"]["max_idle_lock_minutes"], 3, "{line}");
    }
    // The same request twice is one.
    for _ in 0..2 {
        clinic.run("clinic set --max-idle-lock-minutes 4 --request-id lock").ok();
    }
    for typed in ["0", "481", "never"] {
        let line = format!("clinic set --max-idle-lock-minutes {typed}");
        clinic.run(&line).fails(2, &["is not a number of minutes from 1 to 480"]);
    }
    clinic.sql("UPDATE staff SET role = 'receptionist'");
    let refused = clinic.run("clinic set --max-idle-lock-minutes 60");
    refused.fails(5, &["a receptionist may not change the clinic's settings"]);
    clinic.run("clinic show").ok();
    clinic.sql("UPDATE clinic_settings SET value = '0' WHERE name = 'max_idle_lock_minutes'");
    clinic.run("clinic show").fails(1, &["clinic_settings.value of row max_idle_lock_minutes"]);
    clinic.sql("UPDATE staff SET role = 'administrator'");
    clinic.run("clinic set --max-idle-lock-minutes 9").ok();
}

#[test]
fn the_settings_for_the_idle_lock_are_told_off_where_they_are_none() {
    let clinic = Clinic::empty();
    for minutes in ["0", "1000", "soon"] {
        let mut command = clinic.command();
        let command = command.env("FRONTDESK_IDLE_LOCK_MINUTES", minutes).args(["clinic", "show"]);
        Ran::of(command).fails(2, &["FRONTDESK_IDLE_LOCK_MINUTES", "expected 1 to 480"]);
    }
    let file = clinic.folder().join("config.toml");
    std::fs::write(&file, "theme = 'dark'\nidle_lock_minutes = 0\n").unwrap();
    let line = format!("clinic show --config {}", file.display());
    clinic.run(&line).fails(2, &["line 2: idle_lock_minutes is not a number of minutes; expected 1 to 480"]);
}

#[test]
fn what_reads_makes_no_clinic() {
    let clinic = Clinic::untouched();
    let file = clinic.folder().join("frontdesk.db");
    let path = file.to_str().unwrap().to_owned();
    for line in [
        "day",
        "find smith",
        "slots --minutes 30",
        "patient show 1",
        "patient edit 1 --name X",
        "doctor list",
        "hours show",
        "hours add --doctor 1 --day Mon --start 09:00 --end 10:00",
        "book --patient 1 --doctor 1 --at 2031-03-04T09:00",
        "move 1 --at 2031-03-04T09:00",
        "cancel 1",
        "status 1 completed",
    ] {
        clinic.run(line).fails(6, &["there is no database at ", &path, "frontdesk init"]);
        let error = clinic.run(&format!("{line} --json")).fails_in_json(6, &["there is no database"]);
        assert_eq!(error["kind"], "unreachable");
    }
    let check = clinic.run("check --json").says(6, &["there is no database at "]);
    assert_eq!(check.json()["stores"][0]["reachable"], false);
    clinic.run("migrate --dry-run").ok();
    assert!(!file.exists());
    clinic.run("migrate").ok();
    clinic.run("day").fails(5, &["nobody can sign in yet", "frontdesk init"]);
    clinic.set_up();
    clinic.run("day").ok();
}

#[test]
fn check_says_each_fault_once() {
    let clinic = Clinic::untouched();
    let ran = clinic.run("--mongodb mongodb://127.0.0.1:1/clinic check");
    assert_eq!(ran.status, 6);
    let all = format!("{}{}", ran.out, ran.err);
    assert_eq!(all.matches("there is no database").count(), 1, "{all}");
    assert_eq!(all.matches("MongoDB cannot be reached").count(), 1, "{all}");
    assert!(ran.out.contains("relational  cannot be worked with: sqlite at "), "{all}");
}

#[test]
fn a_rehearsal_names_the_clinic_that_the_migration_leaves() {
    let clinic = Clinic::empty();
    let named = |line: &str| {
        let migration = clinic.run(&format!("migrate {line} --json")).ok().json()["migration"].clone();
        (
            migration["clinic_name"].as_str().unwrap().to_owned(),
            migration["time_zone"].as_str().unwrap().to_owned(),
        )
    };
    let riverside = ("Riverside".to_owned(), "Europe/Berlin".to_owned());
    // Older, and set.
    clinic.sql(
        "DELETE FROM frontdesk_migrations WHERE version > 34; ALTER TABLE staff DROP COLUMN password_version",
    );
    assert_eq!(named("--dry-run"), riverside);
    let shown = clinic.run("migrate --dry-run --clinic Other").ok().out;
    assert!(shown.contains("clinic     Other (time zone Europe/Berlin)"), "{shown}");
    assert!(shown.contains("would be set; before: Riverside (Europe/Berlin)"), "{shown}");
    assert_eq!(named(""), riverside);
    // Older than the settings, or with a part of them alone: what a new clinic would get.
    clinic.sql("DELETE FROM clinic_settings WHERE name = 'clinic_name'; DELETE FROM frontdesk_migrations WHERE version > 5");
    assert_eq!(named("--dry-run"), ("Frontdesk".to_owned(), "Europe/Berlin".to_owned()));
    clinic.sql("DROP TABLE clinic_settings");
    let dry = named("--dry-run --time-zone Europe/Madrid");
    assert_eq!(dry, ("Frontdesk".to_owned(), "Europe/Madrid".to_owned()));
}

#[test]
fn a_rehearsal_changes_nothing() {
    let clinic = Clinic::untouched();
    let dry = clinic.run("migrate --dry-run --json").ok().json();
    let migration = &dry["migration"];
    assert_eq!((&migration["found"], &migration["dry_run"]), (&json!("empty"), &json!(true)));
    assert!(migration["applied"].as_array().unwrap().len() >= 21);
    assert!(!clinic.folder().join("frontdesk.db").exists());
    clinic.run("migrate --clinic Riverside").ok();
    let dry = clinic.run("migrate --dry-run --clinic Other --json").ok().json();
    assert_eq!(dry["migration"]["applied"], json!([]));
    assert!(clinic.run("check").ok().out.contains("Riverside"));
}

#[test]
fn an_older_embedded_file_is_copied_and_then_migrated() {
    let clinic = Clinic::untouched();
    let page = include_str!("../../migrations/sqlite/0001_patients.sql");
    let file = clinic.folder().join("frontdesk.db");
    std::fs::write(&file, []).unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    clinic.sql(page);
    clinic.sql("INSERT INTO patients (name, email, phone, date_of_birth) VALUES ('Old Ruth', 'r@example.org', '555-0101', '1950-01-02')");
    let told = clinic.run("find ruth");
    assert_eq!(told.status, 5);
    assert!(
        told.err.contains("brought to schema version") && told.err.contains("as it was before"),
        "{told:?}"
    );
    assert!(told.err.ends_with("set the clinic up with: frontdesk init\n"), "{told:?}");
    clinic.set_up();
    clinic.run("find ruth").ok();
    let copies = std::fs::read_dir(clinic.folder())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains(".before-v"));
    assert_eq!(copies.count(), 1);
    assert_eq!(clinic.run("find 0101 --json").ok().json()["patients"][0]["name"], "Old Ruth");
}

#[test]
fn a_schema_that_is_newer_than_the_program_is_left_alone() {
    let clinic = Clinic::empty();
    clinic.sql("INSERT INTO frontdesk_migrations (version, name) VALUES (999, 'from the future')");
    for line in ["day", "migrate", "migrate --dry-run", "book --patient 1 --doctor 1 --at 2031-03-04T09:00"] {
        clinic.run(line).fails(1, &["schema version 999, newer than", "use a newer frontdesk"]);
    }
    let check = clinic.run("check --json");
    assert_eq!(check.json()["stores"][0]["schema"], "newer");
    check.says(1, &["newer"]);
}

#[test]
fn flags_go_before_or_after_the_command_and_over_the_environment() {
    let (one, two) = (Clinic::empty(), Clinic::empty());
    two.run("migrate --clinic Other").ok();
    let folder = two.folder().to_str().unwrap();
    for words in [["--data-dir", folder, "day"], ["day", "--data-dir", folder]] {
        assert!(one.run_words(&words).ok().out.starts_with("Other  "));
    }
    let file = one.folder().join("config.toml");
    std::fs::write(&file, format!("data_dir = '{folder}'\n")).unwrap();
    let day = |command: &mut std::process::Command| Ran::of(command.arg("day")).ok().out;
    assert!(day(program().arg("--config").arg(&file).env("HOME", one.folder())).starts_with("Other"));
    assert!(day(program().env("FRONTDESK_CONFIG", &file).env("HOME", one.folder())).starts_with("Other"));
    // The environment goes over the file.
    assert!(day(one.command().env("FRONTDESK_CONFIG", &file)).starts_with("Riverside"));
    // And the flag over the environment, also where it names the file.
    let wrong = one.folder().join("nowhere.toml");
    let mut both = program();
    both.env("FRONTDESK_CONFIG", &wrong).env("HOME", one.folder());
    assert!(day(both.arg("--config").arg(&file)).starts_with("Other"));
    if !cfg!(target_os = "linux") {
        return;
    }
    // Named by nobody, it is looked for in the platform's folder.
    let folder = one.folder().join("settings/frontdesk");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(&file, folder.join("config.toml")).unwrap();
    let settings = one.folder().join("settings");
    assert!(day(program().env("HOME", one.folder()).env("XDG_CONFIG_HOME", settings)).starts_with("Other"));
}

#[test]
fn a_wrong_setting_is_named_with_its_file() {
    let clinic = Clinic::empty();
    let file = clinic.folder().join("config.toml");
    std::fs::write(&file, "theme = 'dark'\nmysqll = 'mysql://ana:secret@h/db'\n").unwrap();
    let config = file.to_str().unwrap();
    let ran = clinic.run_words(&["--config", config, "day"]).fails(
        2,
        &[
            config,
            "line 2",
            "there is no setting \"mysqll\"; expected data_dir, mysql, mysql_password_command, ",
        ],
    );
    assert!(!ran.err.contains("secret"));
    std::fs::write(&file, "mysql = 'mysql://ana:secret@h/db\n").unwrap();
    let ran = clinic.run_words(&["--config", config, "day"]).fails(2, &[config, "line 1"]);
    assert!(!ran.err.contains("secret"));
    clinic.run("--config nowhere.toml day").fails(2, &["there is no config file nowhere.toml"]);
    for (url, part) in [
        ("postgres://ana:secret@h/db", "must begin with mysql:// or mariadb://"),
        ("mysql://ana:secret@h", "names no database"),
        ("mysql://ana:secret@h:port/db", "the MySQL URL cannot be read"),
    ] {
        let ran = clinic.run_at(url, "day").fails(2, &["FRONTDESK_MYSQL_URL: ", part]);
        assert!(!ran.err.contains("secret"));
    }
    clinic.run_words(&["--mysql", "", "day"]).fails(2, &["--mysql: ", "must begin with mysql://"]);
    clinic.run("--mongodb http://h day").fails(2, &["--mongodb: ", "mongodb://"]);
}

#[test]
fn a_store_that_cannot_be_reached_is_said_soon_and_without_its_password() {
    let clinic = Clinic::untouched();
    // Nothing listens on port 1, which is known at once; no such host can exist.
    for (url, soon) in [
        ("mysql://ana:secret@127.0.0.1:1/clinic", Duration::from_secs(2)),
        ("mariadb://ana:secret@nowhere.invalid/clinic", Duration::from_secs(8)),
    ] {
        let before = Instant::now();
        let ran = clinic.run_at(url, "day").fails(6, &["/clinic: the database cannot be reached"]);
        assert!(before.elapsed() < soon, "{:?}", before.elapsed());
        assert!(!ran.err.contains("secret") && !ran.err.contains("ana"));
    }
    clinic.run("migrate").ok();
    let check = clinic.run_at("mongodb://ana:secret@127.0.0.1:1/clinic", "check --json");
    assert_eq!(check.status, 6);
    assert!(!check.out.contains("secret") && !check.err.contains("secret"));
    let stores = check.json();
    assert_eq!(stores["stores"][0]["reachable"], true);
    assert_eq!(
        (&stores["stores"][1]["kind"], &stores["stores"][1]["reachable"]),
        (&json!("mongodb"), &json!(false))
    );
    // A folder that cannot be made: its parent is a file.
    let file = clinic.folder().join("file");
    std::fs::write(&file, []).unwrap();
    clinic
        .run_words(&["--data-dir", file.join("x").to_str().unwrap(), "migrate"])
        .fails(6, &["cannot make the folder"]);
    std::fs::write(clinic.folder().join("frontdesk.db"), "this is no database, whatever its name may say")
        .unwrap();
    clinic.run("day").fails(6, &["is damaged or is no database"]);
}

#[test]
fn the_log_tells_what_was_done_and_holds_no_patient() {
    let clinic = Clinic::untouched().with_people();
    clinic
        .run(
            "patient add --name 'Secret Name' --email john@example.org --phone +49301234567 --dob 1990-01-01",
        )
        .says(2, &[]);
    clinic.run("find smith").ok();
    let folder = clinic.folder().join("log");
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files[0].file_name().unwrap().to_string_lossy().starts_with("frontdesk.log."));
    let log: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    assert!(log.contains("command=\"find\"") && log.contains("status=2"), "{log}");
    for data in ["Secret", "Smith", "smith", "example.org", "+49", "1990"] {
        assert!(!log.contains(data), "{data}: {log}");
    }
}

#[test]
fn of_those_who_set_up_a_new_machine_at_once_one_does() {
    let line = "init --clinic Riverside --name Ana --email ana@example.org --by-account";
    for older in [false, true] {
        let clinic = Clinic::untouched();
        if older {
            std::fs::write(clinic.folder().join("frontdesk.db"), []).unwrap();
            clinic.sql(include_str!("../../migrations/sqlite/0001_patients.sql"));
        }
        let start = || clinic.command().args(line.split(' ')).stdout(Stdio::piped()).spawn().unwrap();
        let desks: Vec<_> = (0..6).map(|_| start()).collect();
        let ended = desks.into_iter().map(|desk| desk.wait_with_output().unwrap().status.code().unwrap());
        let mut ended: Vec<i32> = ended.collect();
        ended.sort_unstable();
        // One sets it up, and the others are told.
        assert_eq!(ended, [0, 2, 2, 2, 2, 2], "older: {older}");
        clinic.run("doctor list").ok();
        let check = clinic.run("check --json").ok().json();
        assert_eq!(check["stores"][0]["schema"], "current");
    }
}
