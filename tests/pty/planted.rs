//! A marked patient at the desk: registered, looked up, booked, changed; then none of it is in a log, a core, a
//! temporary file, or in what others can read of the process. The command line's own are in `tests/cli`.

use std::path::{Path, PathBuf};

use portable_pty::CommandBuilder;
use rustix::process::Signal;

use crate::terminal::{FRONTDESK, Terminal, demo_folder};

/// Parts of what is planted, as they may be written anywhere.
const MARKS: [&str; 5] = ["zebrawood", "quincunx", "qx@zebra", "8765432", "1951-07-30"];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn marks(bytes: &[u8]) -> Vec<&'static str> {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    MARKS.into_iter().filter(|mark| text.contains(mark)).collect()
}

#[test]
fn nothing_of_a_patient_is_left_outside_the_database() {
    let folder = demo_folder();
    let temporary = folder.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let mut command = CommandBuilder::new(FRONTDESK);
    command.args(["demo", "--data-dir", folder.path().to_str().unwrap()]);
    command.cwd(folder.path());
    let mut desk = Terminal::run(command, &[("TMPDIR", temporary.to_str().unwrap())]);
    desk.wait_for("Dr. ");
    // Looked for, and registered from the look-up.
    desk.keys("2Zebrawood Quincunx");
    desk.wait_for("Nobody found; Ctrl-N");
    desk.keys("\x0e");
    desk.wait_for("Register a patient");
    desk.keys("\t30.7.1951\t+49 30 8765432\tqx@zebra.example\tZebrawood 5\x13");
    desk.wait_for("#");
    desk.until("the record", |seen| {
        let text = seen.text();
        !text.contains("Register a patient") && text.contains("qx@zebra.example")
    });
    // Changed, booked with notes, looked at, and done.
    desk.keys("\x05");
    desk.wait_for("Ctrl-S save");
    desk.keys("\t\t\t\t\x13");
    desk.until("the record", |seen| !seen.text().contains("Ctrl-S save"));
    desk.keys("\x1b");
    desk.until("the board", |seen| !seen.text().contains("Find"));
    desk.keys("obqx@zebra\r");
    desk.wait_for("✓ free");
    desk.keys("\t\t\t\t\t\tQuincunx has a zebrawood allergy\r");
    desk.wait_for("Booked ");
    desk.keys("\r");
    desk.wait_for("zebrawood allergy");
    let pid = desk.pid().as_raw_nonzero();
    for (what, mark) in [("cmdline", "--data-dir"), ("comm", "frontdesk")] {
        let seen = std::fs::read(format!("/proc/{pid}/{what}")).unwrap();
        assert!(String::from_utf8_lossy(&seen).contains(mark));
        assert_eq!(marks(&seen), [""; 0], "{what}");
    }
    // A death that would leave a core, if the process let it.
    desk.signal(Signal::ABORT);
    assert!(!desk.ended().success());
    let mut found = Vec::new();
    files(folder.path(), &mut found);
    let (kept, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|file| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("demo-") && name.contains(".db")
    });
    let database: Vec<u8> = kept.iter().flat_map(|file| std::fs::read(file).unwrap()).collect();
    assert!(!marks(&database).is_empty(), "this would find them");
    assert!(others.iter().any(|file| file.to_string_lossy().contains("frontdesk.log")), "{others:?}");
    for file in others {
        assert!(!file.file_name().unwrap().to_string_lossy().starts_with("core"), "{}", file.display());
        assert_eq!(marks(&std::fs::read(&file).unwrap()), [""; 0], "{}", file.display());
    }
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "no temporary file");
}
