//! The same commands on each server, which is never migrated by itself.

use serde_json::json;

use crate::clinic::{Clinic, Ran, left_out};

/// Each of these on an empty database of MariaDB, and on one of MySQL unless that was left out.
macro_rules! on_every_server {
    ($($name:ident),* $(,)?) => {
        mod mariadb {
            $(#[test]
            fn $name() {
                super::$name(&super::Clinic::on_server("FRONTDESK_TEST_MARIADB_URL"), "MariaDB");
            })*
        }
        mod mysql {
            $(#[test]
            fn $name() {
                if !super::left_out() {
                    super::$name(&super::Clinic::on_server("FRONTDESK_TEST_MYSQL_URL"), "MySQL");
                }
            })*
        }
    };
}

on_every_server!(
    a_server_is_migrated_only_when_it_is_asked_for,
    a_day_of_work_on_a_server,
    what_an_account_may_not_do_is_said,
    both_names_of_the_protocol_are_understood,
);

fn a_server_is_migrated_only_when_it_is_asked_for(clinic: &Clinic, product: &str) {
    for line in ["day", "find smith", "book --patient 1 --doctor 1 --at 2031-03-04T09:00"] {
        clinic.run(line).fails(1, &["the database is empty; run: frontdesk migrate"]);
    }
    let check = clinic.run("check --json");
    assert_eq!(check.json()["stores"][0]["schema"], "empty");
    check.says(1, &["run: frontdesk migrate"]);
    let dry = clinic.run("migrate --dry-run --json").ok().json();
    assert_eq!(dry["migration"]["found"], "empty");
    assert_eq!(clinic.run("check").status, 1, "a rehearsal changes nothing");
    let made = clinic.run("migrate --clinic Riverside --time-zone Europe/Berlin").ok();
    let head = made.out.lines().next().unwrap();
    assert!(head.contains(&format!(", {product} ")) && !head.contains("-MariaDB"), "{head}");
    assert!(clinic.run("check").ok().out.contains(&format!("relational  {product} ")));
    let again = clinic.run("migrate --json").ok().json();
    assert_eq!(
        (&again["migration"]["found"], &again["migration"]["applied"]),
        (&json!("current"), &json!([]))
    );
    assert_eq!(again["migration"]["time_zone"], "Europe/Berlin");
    clinic.sql("INSERT INTO frontdesk_migrations (version, name) VALUES (999, 'from the future')");
    clinic.run("day").fails(1, &["newer than"]);
}

fn a_day_of_work_on_a_server(clinic: &Clinic, product: &str) {
    clinic.people();
    let line = "book --patient 1 --doctor 1 --at 2031-03-04T09:00 --request-id k-1 --json";
    let booked = clinic.run(line).ok().json();
    assert_eq!(booked["appointment"]["appointment_time"], "2031-03-04T09:00");
    assert_eq!(clinic.run(line).says(0, &["carried out before"]).json(), booked);
    let refused = clinic.run("book --patient 2 --doctor 1 --at 2031-03-04T09:15 --json");
    assert_eq!(refused.json()["conflicts"][0]["kind"], "doctor_busy");
    assert_eq!(refused.json()["openings"][0]["starts"], "2031-03-04T09:30");
    refused.says(3, &["overlaps by 15 min"]);
    clinic.run("move 1 --at 2031-03-04T11:00").ok();
    clinic.run("status 1 completed").ok();
    let day = clinic.run("day --date 2031-03-04 --json").ok().json();
    assert_eq!(day["appointments"][0]["status"], "Completed");
    assert_eq!(clinic.run("find smith --json").ok().json()["patients"][0]["email"], "john@example.org");
    clinic
        .run("patient edit 2 --email JOHN@example.org")
        .fails(2, &["email: another patient has this address"]);
    clinic.run("doctor edit 2 --license l-1").fails(2, &["--license-number: another doctor"]);
    clinic.run("book --patient 9 --doctor 1 --at 2031-03-04T09:00").fails(4, &["there is no patient 9"]);
    // A patient and an odd row of hours that another program wrote.
    clinic.sql("INSERT INTO patients (name, email, phone, date_of_birth) VALUES ('Old Ruth', 'r@example.org', '555-0199', '1950-01-02')");
    clinic.sql("INSERT INTO doctor_availability (doctor_id, day_of_week, start_time, end_time, is_recurring) VALUES (1, 'Sat', '09:00', '12:00', FALSE)");
    let check = clinic.run("check --json").ok().json();
    let store = &check["stores"][0];
    assert_eq!((&store["kind"], &store["indexed_patients"]), (&json!("mysql"), &json!(1)));
    assert_eq!(store["idle_hours"], json!([7]));
    let version = store["server_version"].as_str().unwrap();
    assert_eq!(version.contains("MariaDB"), product == "MariaDB", "{version}");
    assert_eq!(clinic.run("find ruth 0199 --json").ok().json()["patients"][0]["name"], "Old Ruth");
    clinic.sql("UPDATE patients SET name = 'Young Ruth' WHERE name = 'Old Ruth'");
    assert_eq!(clinic.run("check --json").ok().json()["stores"][0]["indexed_patients"], 1);
    assert_eq!(clinic.run("find young --json").ok().json()["patients"][0]["name"], "Young Ruth");
    clinic.sql("UPDATE name_words SET uses = 5 WHERE word = 'ruth'");
    assert_eq!(clinic.run("check --json").ok().json()["stores"][0]["recounted_words"], 1);
    assert!(!clinic.run("check").ok().out.contains("counted wrongly"));
}

fn what_an_account_may_not_do_is_said(clinic: &Clinic, _: &str) {
    clinic.people();
    let book = "book --patient 1 --doctor 1 --at 2031-03-04T09:00";
    // Who works here is put on the trail.
    let reader = clinic.account("SELECT, INSERT");
    clinic.run_at(&reader, "day").ok();
    clinic.run_at(&reader, book).fails(5, &["account is not permitted to do this"]);
    let error =
        clinic.run_at(&reader, "patient edit 1 --name Other --json").fails_in_json(5, &["not permitted"]);
    assert_eq!(error["kind"], "not_permitted");
    assert_eq!(clinic.run("day --date 2031-03-04 --json").ok().json()["appointments"], json!([]));
    // Signed in, and kept from the database: neither its user nor its password is wrong.
    let stranger = clinic.account("USAGE");
    for line in ["day", book] {
        clinic
            .run_at(&stranger, line)
            .fails(6, &["the account may not use this database, or there is none of that name (error 1044)"]);
    }
    let wrong = stranger.replace(":word@", ":other-word@");
    let ran = clinic.run_at(&wrong, "day").fails(6, &["check the user and the password"]);
    assert!(!ran.err.contains("other-word"));
}

fn both_names_of_the_protocol_are_understood(clinic: &Clinic, _: &str) {
    clinic.people();
    let url = clinic.url();
    assert!(url.starts_with("mysql://"));
    for url in [url.replacen("mysql://", "mariadb://", 1), url] {
        clinic.run_at(&url, "find smith").ok();
        // The flag goes over the environment, where nobody listens, and takes no password.
        let (user, rest) = url.split_once("://").unwrap().1.rsplit_once('@').unwrap();
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        let scheme = url.split(':').next().unwrap();
        let mut command = clinic.command();
        command
            .env("FRONTDESK_MYSQL_URL", "mysql://127.0.0.1:1/clinic")
            .env("FRONTDESK_MYSQL_PASSWORD", password);
        Ran::of(command.args(["--mysql", &format!("{scheme}://{name}@{rest}"), "find", "smith"])).ok();
    }
}

#[test]
fn a_mongodb_server_is_asked_whether_it_answers() {
    let given = std::env::var("FRONTDESK_TEST_MONGODB_URL").unwrap_or_else(|_| {
        panic!(
            "FRONTDESK_TEST_MONGODB_URL is not set: run the tests with scripts/test, which starts the servers"
        )
    });
    let clinic = Clinic::empty();
    let check = clinic.run_at(&given, "check --json").ok().json();
    let documents = &check["stores"][1];
    assert_eq!((&documents["kind"], &documents["reachable"]), (&json!("mongodb"), &json!(true)));
    assert!(documents["server_version"].as_str().unwrap().contains('.'), "{documents}");
    // Nobody listens there; the password is not said.
    let away = "mongodb://ana:secret-word@127.0.0.1:9/?serverSelectionTimeoutMS=500";
    let check = clinic.run_at(away, "check");
    assert_eq!(check.status, 6);
    assert!(!check.out.contains("secret-word") && !check.err.contains("secret-word"));
}
