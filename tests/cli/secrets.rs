//! Passwords: where they may lie, where they come from, and that no line repeats them.

use std::path::PathBuf;

use crate::clinic::{Clinic, Ran, left_out};

/// A config file of this clinic's with this text and mode.
fn config(clinic: &Clinic, text: &str, mode: u32) -> PathBuf {
    let path = clinic.folder().join("config.toml");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    path
}

#[test]
fn a_config_file_with_a_password_is_refused_where_others_may_read_it() {
    let clinic = Clinic::empty();
    // Nobody listens there; and MongoDB is asked by `check` alone.
    for (text, status) in [
        ("mysql = 'mysql://ana:secret@127.0.0.1:1/clinic'\n", 6),
        ("mongodb = 'mongodb://ana:secret@127.0.0.1:1/clinic'\n", 0),
    ] {
        for mode in [0o644, 0o640, 0o604] {
            let path = config(&clinic, text, mode);
            let mend = format!("run: chmod 600 {}", path.display());
            let ran = clinic.run("--config config.toml day --json");
            let error = ran.fails_in_json(2, &["holds a password", "chmod 600 config.toml"]);
            assert_eq!(error["kind"], "bad_input");
            let config = path.to_str().unwrap();
            let ran = clinic.run_words(&["--config", config, "day"]).fails(2, &[&mend]);
            assert!(!ran.err.contains("secret") && !ran.err.contains("ana"));
        }
        // As the line says.
        config(&clinic, text, 0o600);
        assert_eq!(clinic.run("--config config.toml day").status, status);
    }
    config(&clinic, "theme = 'dark'\nmongodb = 'mongodb://ana@127.0.0.1:1/clinic'\n", 0o644);
    clinic.run("--config config.toml day").ok();
}

#[test]
fn a_password_comes_from_the_environment_or_from_a_command() {
    for (variable, without) in
        [("FRONTDESK_TEST_MARIADB_URL", false), ("FRONTDESK_TEST_MYSQL_URL", left_out())]
    {
        if without {
            continue;
        }
        let clinic = Clinic::on_server(variable);
        clinic.people();
        let url = clinic.account("SELECT, INSERT, UPDATE");
        let bare = url.replace(":word@", "@");
        let with = |settings: &[(&str, &str)]| {
            let mut command = clinic.command();
            Ran::of(command.env("FRONTDESK_MYSQL_URL", &bare).envs(settings.iter().copied()).arg("day"))
        };
        with(&[]).fails(6, &["check the user and the password"]);
        with(&[("FRONTDESK_MYSQL_PASSWORD", "word")]).ok();
        with(&[("FRONTDESK_MYSQL_PASSWORD", "other")]).fails(6, &["check the user and the password"]);
        with(&[("FRONTDESK_MYSQL_PASSWORD_COMMAND", "printf '%s\\n' word")]).ok();
        for (line, said) in [
            ("sh -c 'echo it is locked >&2; exit 4'", "\"sh\" ended with status 4: it is locked"),
            ("true", "\"true\" printed no password"),
            ("/nowhere/pass show clinic", "\"/nowhere/pass\" is no program"),
        ] {
            with(&[("FRONTDESK_MYSQL_PASSWORD_COMMAND", line)])
                .fails(2, &["FRONTDESK_MYSQL_PASSWORD_COMMAND: ", said]);
        }
        let text = format!("mysql = '{bare}'\nmysql_password_command = ['echo', 'word']\n");
        config(&clinic, &text, 0o644);
        let mut command = clinic.command();
        Ran::of(command.env_remove("FRONTDESK_MYSQL_URL").args(["--config", "config.toml", "day"])).ok();
        config(&clinic, &text, 0o666);
        clinic.run("--config config.toml day").fails(2, &["names a command to run", "run: chmod go-w "]);
    }
}

#[test]
fn a_password_among_the_arguments_is_refused() {
    let clinic = Clinic::empty();
    for (line, variable) in [
        ("--mysql mysql://ana:secret@127.0.0.1:1/clinic day", "FRONTDESK_MYSQL_PASSWORD"),
        ("check --mongodb mongodb://ana:secret@127.0.0.1:1/clinic", "FRONTDESK_MONGODB_PASSWORD"),
    ] {
        let ran = clinic.run(line).fails(2, &["read by every account of this machine", variable]);
        assert!(!ran.err.contains("secret"));
    }
}

#[test]
fn a_url_that_gives_verified_tls_up_is_refused_or_said_at_every_start() {
    let clinic = Clinic::empty();
    // No such host can exist, and nothing is sent to any.
    let mysql = "mysql://ana@db.invalid/clinic?ssl-mode=REQUIRED";
    let mongodb = "mongodb://ana@db.invalid/clinic?tls=false";
    for (url, said) in
        [(mysql, "the ssl-mode in the MySQL URL"), (mongodb, "what the MongoDB URL says of TLS")]
    {
        for line in ["day", "check", "migrate --dry-run"] {
            clinic.run_at(url, line).fails(2, &[said, "--allow-unverified-transport"]);
        }
    }
    let warning = "WARNING: the MongoDB server db.invalid/clinic is reached WITHOUT VERIFIED TLS";
    for line in ["day --allow-unverified-transport", "--allow-unverified-transport doctor list --json"] {
        clinic.run_at(mongodb, line).says(0, &[warning]);
    }
    let ran = clinic.run_at(mysql, "--allow-unverified-transport day");
    assert_eq!(ran.status, 6);
    let lines: Vec<&str> = ran.err.lines().collect();
    assert!(
        lines.len() == 2 && lines[0].contains("WARNING: the MySQL server db.invalid/clinic"),
        "{lines:?}"
    );
    // What needs no server says nothing of one.
    assert_eq!(clinic.run_at(mysql, "--allow-unverified-transport completions bash").ok().err, "");
}

#[test]
fn nothing_is_left_for_other_accounts_to_read() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let clinic = Clinic::untouched();
    // A shell whose files would be everybody's.
    let program = env!("CARGO_BIN_EXE_frontdesk");
    let line = format!(
        "umask 000; exec '{program}' --data-dir new/folder init --clinic Riverside --name Ana --email ana@example.org --by-account"
    );
    let mut shell = std::process::Command::new("sh");
    shell.env_clear().env("HOME", clinic.folder()).current_dir(clinic.folder());
    Ran::of(shell.args(["-c", &line])).ok();
    let folder = clinic.folder().join("new/folder");
    let mode = |name: &str| std::fs::metadata(folder.join(name)).unwrap().mode() & 0o777;
    let mut seen = 0;
    for place in [folder.clone(), folder.join("log")] {
        for entry in std::fs::read_dir(place).unwrap() {
            let metadata = entry.unwrap().metadata().unwrap();
            assert_eq!(metadata.mode() & 0o077, 0, "{metadata:?}");
            seen += 1;
        }
    }
    assert!(seen >= 3 && mode("") == 0o700, "{seen}: the file, the log's folder and the log");
    // What came to be open to all is closed, which is said once.
    let database = folder.join("frontdesk.db");
    std::fs::set_permissions(&database, std::fs::Permissions::from_mode(0o644)).unwrap();
    clinic
        .run("--data-dir new/folder day")
        .says(0, &["one file in new/folder could be read by every account"]);
    assert_eq!(mode("frontdesk.db"), 0o600);
    assert_eq!(clinic.run("--data-dir new/folder day").ok().err, "");
}

#[test]
fn the_process_may_leave_no_core() {
    let clinic = Clinic::empty();
    // A program that it starts has its limits, and can tell them.
    let mut command = clinic.command();
    command.env("FRONTDESK_MYSQL_URL", "mysql://ana@127.0.0.1:1/clinic").env(
        "FRONTDESK_MYSQL_PASSWORD_COMMAND",
        "sh -c 'echo core: $(ulimit -Sc) $(ulimit -Hc) >&2; exit 1'",
    );
    Ran::of(command.arg("day")).fails(2, &["\"sh\" ended with status 1: core: 0 0"]);
}
