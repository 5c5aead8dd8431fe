//! What is a patient's stays in the database: marked values are planted, everything is done once, and none of
//! them is in a log, a core, a temporary file, or the arguments of the process. The desk itself is watched in
//! `tests/pty`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::clinic::{Clinic, Ran};

/// The mark, in each kind of value that can hold one.
const NAME: &str = "Zebrawood Quincunx";
const MARKS: [&str; 6] = ["zebrawood", "quincunx", "qx@zebra", "8765432", "1951-07-30", "30.7.1951"];
/// Everything that reads or writes what is a patient's.
const LINES: &[&str] = &[
    "patient add --name 'Zebrawood Quincunx' --email qx@zebra.example --phone '+49 30 8765432' --dob 1951-07-30 --address 'Zebrawood 5'",
    "patient add --name 'Zebrawood Quincunx' --email qx@zebra.example --phone '+49 30 8765432' --dob 1951-07-30",
    "patient add --name 'Zebrawood Quincunx' --email zebrawood --phone 'zebrawood' --dob 'quincunx'",
    "patient edit 3 --name 'Quincunx Zebrawood' --email qx2@zebra.example",
    "patient show 3",
    "patient show 3 --json",
    "find zebrawood",
    "find zebrawod",
    "find qx2@zebra.example --json",
    "find '30.7.1951'",
    "find 8765432",
    "book --patient 3 --doctor 1 --at 2031-03-04T09:00 --notes 'Quincunx in the zebrawood'",
    "book --patient 3 --doctor 1 --at 2031-03-04T09:00 --overbook 'zebrawood asks for it'",
    "book --patient zebrawood --doctor 1 --at zebrawood",
    "day --date 2031-03-04",
    "day --date 2031-03-04 --json",
    "move 1 --at 2031-03-04T10:00",
    "status 1 completed",
    "cancel 1",
    "slots --doctor 1 --patient 3",
    "check",
    "no-such-command zebrawood",
];

/// The files below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Which marks some bytes hold, whatever their case.
fn marks(bytes: &[u8]) -> Vec<&'static str> {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    MARKS.into_iter().filter(|mark| text.contains(mark)).collect()
}

/// Runs a line whose words come from standard input. What other accounts can read of the process meanwhile is
/// looked at before it is told them.
fn hidden(clinic: &Clinic, line: &str, temporary: &Path) -> Ran {
    let mut command = clinic.command();
    command.env("TMPDIR", temporary).arg("@-").stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(line.as_bytes()).unwrap();
    // It waits for the rest. Of a process that only just began, the system knows no arguments yet.
    let mut seen = Vec::new();
    while !seen.ends_with(b"@-\0") {
        seen = std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
        assert!(child.try_wait().unwrap().is_none(), "it does not wait: {line}");
    }
    assert_eq!(marks(&seen), [""; 0], "the arguments of: {line}");
    drop(input);
    Ran::from(child.wait_with_output().unwrap())
}

fn nothing_of_a_patient_is_left_outside(clinic: &Clinic) {
    clinic.people();
    let temporary = clinic.folder().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let mut told = String::new();
    for line in LINES {
        let ran = hidden(clinic, line, &temporary);
        told.push_str(&ran.out);
    }
    assert!(told.contains(NAME), "it was done, and was told to whoever asked");
    let mut found = Vec::new();
    files(clinic.folder(), &mut found);
    let log = clinic.folder().join("log");
    assert!(found.iter().any(|file| file.starts_with(&log)), "there is a log to look through");
    for file in found {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        assert!(!name.starts_with("core"), "{name}");
        // The embedded database, with what SQLite keeps beside it: that is where they belong.
        if !name.starts_with("frontdesk.db") {
            assert_eq!(marks(&std::fs::read(&file).unwrap()), [""; 0], "{}", file.display());
        }
    }
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "no temporary file");
}

#[test]
fn nothing_of_a_patient_is_left_outside_the_embedded_file() {
    let clinic = Clinic::untouched();
    nothing_of_a_patient_is_left_outside(&clinic);
    let database = std::fs::read(clinic.folder().join("frontdesk.db")).unwrap();
    let beside = std::fs::read(clinic.folder().join("frontdesk.db-wal")).unwrap_or_default();
    assert!(!marks(&[database, beside].concat()).is_empty(), "this would find them");
}

#[test]
fn nothing_of_a_patient_is_left_outside_mariadb() {
    nothing_of_a_patient_is_left_outside(&Clinic::on_server("FRONTDESK_TEST_MARIADB_URL"));
}

#[test]
fn arguments_come_from_standard_input() {
    let clinic = Clinic::empty();
    let temporary = clinic.folder().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let add =
        "patient add --name 'Ana  Ruiz'\n --email ana@example.org --phone +49301234567 --dob 1990-01-02";
    assert!(hidden(&clinic, add, &temporary).ok().out.contains("Ana Ruiz"));
    hidden(&clinic, "find 'ana", &temporary)
        .fails(2, &["@-: standard input has a quotation that does not end"]);
}
