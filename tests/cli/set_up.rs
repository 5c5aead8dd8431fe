//! Setting a clinic up in a script.

use serde_json::json;

use crate::clinic::{Clinic, Ran, keys};

const WHO: &str = "--name 'Ana Brandt' --email ana.brandt@example.org";
const PASSWORD: &str = "a kettle under the northern stairs";

#[test]
fn a_clinic_is_set_up_by_flags() {
    let clinic = Clinic::untouched();
    let line = format!("init --clinic ' Riverside  Clinic ' --time-zone Europe/Berlin {WHO} --json");
    let set_up = clinic.run_with_new(PASSWORD, &line).ok().json();
    assert_eq!(keys(&set_up["clinic"]), ["administrator", "clinic_name", "time_zone"]);
    assert_eq!(set_up["clinic"]["clinic_name"], "Riverside Clinic");
    assert_eq!(set_up["clinic"]["time_zone"], "Europe/Berlin");
    let ana = &set_up["clinic"]["administrator"];
    assert_eq!((&ana["role"], &ana["email"]), (&json!("administrator"), &json!("ana.brandt@example.org")));
    assert_eq!((&ana["has_password"], &ana["os_user_signs_in"]), (&json!(true), &json!(false)));
    assert_eq!(ana["must_change_password"], json!(false), "they chose it");
    clinic.run_as(("ana.brandt@example.org", PASSWORD), "staff list").ok();
    clinic.run("staff list").fails(5, &["name yourself with --user EMAIL"]);
    clinic.run_with_new(PASSWORD, &line).fails_in_json(2, &["this clinic was set up already"]);
    clinic.run("init").fails(2, &["this clinic was set up already; an administrator adds staff"]);
}

#[test]
fn the_password_may_be_the_one_with_which_they_sign_in() {
    let clinic = Clinic::untouched();
    let line = format!("init --clinic Riverside {WHO}");
    clinic.run_as(("ana.brandt@example.org", PASSWORD), &line).ok();
    clinic.run_as(("ana.brandt@example.org", PASSWORD), "staff list").ok();
}

#[test]
fn the_account_that_sets_it_up_may_be_the_proof() {
    let clinic = Clinic::untouched();
    let set_up = clinic.run(&format!("init --clinic Riverside --time-zone Europe/Berlin {WHO} --by-account"));
    let set_up = set_up.ok();
    assert!(set_up.out.contains("Riverside is set up in ") && set_up.out.contains("by the Unix account"));
    clinic.run("staff list").ok();
    assert!(clinic.run("check").out.contains("Riverside"));
}

#[test]
fn all_that_is_missing_or_wrong_is_said_at_once_and_nothing_is_made() {
    let clinic = Clinic::untouched();
    let several = |ran: Ran, lines: &[&str]| {
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{ran:?}");
        assert_eq!(ran.err.lines().collect::<Vec<_>>(), lines);
    };
    let missing = "is missing; there is no terminal to ask on";
    several(
        clinic.run("init"),
        &[
            &format!("frontdesk: --clinic: {missing}"),
            &format!("frontdesk: --name: {missing}"),
            &format!("frontdesk: --email: {missing}"),
        ],
    );
    several(
        clinic.run("init --clinic '' --time-zone Mars/X --name 'Ana Brandt' --email nobody --by-account"),
        &[
            "frontdesk: --clinic: is empty; a value is needed",
            "frontdesk: --time-zone: \"Mars/X\" is not a time zone; write an IANA name such as Europe/Berlin or UTC",
            "frontdesk: --email: has no @; write it like name@example.org",
        ],
    );
    clinic
        .run(&format!("init --clinic Riverside --time-zone Berlin {WHO}"))
        .fails(2, &["--time-zone: ", "Europe/Berlin"]);
    clinic.run(&format!("init --clinic Riverside {WHO}")).fails(
        2,
        &["no terminal to ask for a password on", "FRONTDESK_NEW_PASSWORD_COMMAND", "--by-account"],
    );
    clinic
        .run_with_new("riverside 2026!!", &format!("init --clinic Riverside {WHO}"))
        .fails(2, &["password: is made of names that are known here"]);
    assert!(!clinic.folder().join("frontdesk.db").exists());
    clinic.run("doctor list").fails(6, &["frontdesk init sets a clinic up there"]);
}

#[test]
fn a_server_is_set_up_from_an_empty_database_and_from_one_that_was_migrated() {
    let mut variables = vec!["FRONTDESK_TEST_MARIADB_URL"];
    if !crate::clinic::left_out() {
        variables.push("FRONTDESK_TEST_MYSQL_URL");
    }
    for variable in variables {
        let clinic = Clinic::on_server(variable);
        clinic.run(&format!("init --clinic Riverside --time-zone Europe/Berlin {WHO} --by-account")).ok();
        assert_eq!(clinic.run("staff list --json").ok().json()["staff"][0]["name"], "Ana Brandt");
        clinic.run("init --clinic Other").fails(2, &["set up already"]);

        let clinic = Clinic::on_server(variable);
        clinic.run("migrate --clinic Lakeside --time-zone Asia/Tokyo").ok();
        clinic.run("doctor list").fails(5, &["nobody can sign in yet", "frontdesk init"]);
        // Its name and zone stand.
        let set_up = clinic.run(&format!("init {WHO} --by-account --json")).ok().json();
        assert_eq!(set_up["clinic"]["clinic_name"], "Lakeside");
        assert_eq!(set_up["clinic"]["time_zone"], "Asia/Tokyo");
    }
}

#[test]
fn a_server_that_is_away_is_said_before_anything_is_asked() {
    let clinic = Clinic::untouched();
    clinic.run("init --mysql mysql://ana@127.0.0.1:9/clinic").fails(6, &["127.0.0.1:9/clinic", "reached"]);
}
