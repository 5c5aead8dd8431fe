//! What is left of a patient in a terminal whose desk was locked, stopped or left: nothing.

use std::process::Command;

use portable_pty::CommandBuilder;
use rustix::process::Signal;
use tempfile::TempDir;

use crate::terminal::{FRONTDESK, Terminal};

const PASSWORD: &str = "umbrella seven kayak";
/// Of the one patient: nothing else is called so.
const MARKED: [&str; 4] = ["Zyxwv", "Qponml", "1971-02-03", "5559876"];
/// The screen, and what the terminal keeps of what it showed.
const WIPED: &str = "\x1b[2J\x1b[3J";

/// Runs a command of the program as the clinic's administrator.
fn run(folder: &TempDir, line: &[&str]) {
    let mut command = Command::new(FRONTDESK);
    command.arg("--data-dir").arg(folder.path()).args(line);
    command.env("FRONTDESK_USER", "ana@example.org");
    command.env("FRONTDESK_PASSWORD_COMMAND", format!("echo '{PASSWORD}'"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A clinic with one patient; `how` its administrator signs in.
fn clinic(how: &[&str]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let init = ["init", "--clinic", "Riverside", "--name", "Ana Brandt", "--email", "ana@example.org"];
    run(&folder, &[&init[..], how].concat());
    let patient = ["--name", "Zyxwv Qponml", "--email", "zq@example.org", "--phone", "+49305559876"];
    run(&folder, &[&["patient", "add"], &patient[..], &["--date-of-birth", "1971-02-03"]].concat());
    folder
}

/// The marks that a text holds.
fn marks(text: &str) -> Vec<&'static str> {
    MARKED.into_iter().filter(|mark| text.contains(mark)).collect()
}

/// Nothing of the patient is on either screen, and nothing came since all was wiped.
fn assert_nothing_is_left(desk: &Terminal) {
    desk.look(|seen| {
        assert_eq!(marks(&seen.text()), [""; 0], "{}", seen.text());
        let hidden = seen.other_screen();
        assert_eq!(marks(&hidden), [""; 0], "{hidden}");
        let bytes = String::from_utf8_lossy(&seen.bytes).into_owned();
        let (before, after) = bytes.rsplit_once(WIPED).unwrap();
        assert_eq!(marks(after), [""; 0]);
        assert!(!marks(before).is_empty(), "it was shown before");
        assert!(!bytes.contains("\x1b]"), "no title, and nothing for the clipboard");
    });
}

/// Signs in, and looks the patient up.
fn look_up(desk: &mut Terminal) {
    desk.wait_for("Sign in to open the desk");
    desk.keys(&format!("ana@example.org\r{PASSWORD}\r"));
    desk.wait_for("1 Calendar");
    desk.keys("2zyxwv");
    desk.until("the patient", |seen| seen.text().contains("Zyxwv Qponml") && seen.text().contains("5559876"));
}

fn open(folder: &TempDir) -> Terminal {
    Terminal::open(&["--data-dir", folder.path().to_str().unwrap()], &[])
}

#[test]
fn a_desk_that_is_locked_leaves_nothing_of_a_patient_in_the_terminal() {
    let folder = clinic(&[]);
    let mut desk = open(&folder);
    look_up(&mut desk);
    desk.look(|seen| assert!(!String::from_utf8_lossy(&seen.bytes).contains(PASSWORD)));
    desk.keys("\x1bl");
    desk.wait_for("is locked");
    assert_nothing_is_left(&desk);
    desk.keys(&format!("{PASSWORD}\r"));
    desk.wait_for("Zyxwv Qponml");
    desk.keys("\x11");
    assert_eq!(desk.ended().exit_code(), 0);
    desk.assert_restored();
    assert_nothing_is_left(&desk);
}

/// Also by the signal that says that the terminal is gone, where it is not.
#[test]
fn a_desk_that_is_ended_leaves_nothing_of_a_patient_in_the_terminal() {
    for signal in [Signal::TERM, Signal::HUP] {
        let folder = clinic(&[]);
        let mut desk = open(&folder);
        look_up(&mut desk);
        desk.signal(signal);
        assert_eq!(desk.ended().exit_code(), 0);
        desk.assert_restored();
        assert_nothing_is_left(&desk);
    }
}

#[test]
fn a_desk_that_is_stopped_leaves_nothing_of_a_patient_to_the_shell_and_comes_back_locked() {
    let folder = clinic(&[]);
    let mut command = CommandBuilder::new("sh");
    command.args(["-mc", r#""$0" --data-dir "$1"; echo SUSPENDED; read go; fg; echo ENDED $?"#]);
    command.args([FRONTDESK, folder.path().to_str().unwrap()]);
    let mut shell = Terminal::run(command, &[]);
    look_up(&mut shell);
    shell.keys("\x1a");
    shell.wait_for("SUSPENDED");
    shell.assert_restored();
    assert_nothing_is_left(&shell);
    shell.keys("go on\r");
    shell.wait_for("The shell had the terminal");
    assert_nothing_is_left(&shell);
    shell.keys(&format!("{PASSWORD}\r"));
    shell.wait_for("Zyxwv Qponml");
    shell.keys("\x11");
    shell.wait_for("ENDED 0");
    shell.ended();
    assert_nothing_is_left(&shell);
}

#[test]
fn where_the_unix_account_is_the_proof_the_desk_opens_and_unlocks_by_enter() {
    let folder = TempDir::new().unwrap();
    let line =
        ["init", "--clinic", "Riverside", "--name", "Ana", "--email", "ana@example.org", "--by-account"];
    let made = Command::new(FRONTDESK).arg("--data-dir").arg(folder.path()).args(line).output().unwrap();
    assert!(made.status.success());
    let mut desk = open(&folder);
    desk.wait_for("1 Calendar");
    desk.wait_for("Ana, administrator");
    desk.keys("\x1bl");
    desk.wait_for("Enter opens it: your Unix account is the proof");
    desk.keys("\r");
    desk.wait_for("1 Calendar");
    desk.keys("q");
    assert_eq!(desk.ended().exit_code(), 0);
}

/// Begun anew in the shell behind it, the program would open.
#[test]
fn a_lock_that_asks_for_a_password_is_not_left_for_a_shell_that_asks_for_none() {
    let folder = TempDir::new().unwrap();
    let line =
        ["init", "--clinic", "Riverside", "--name", "Ana", "--email", "ana@example.org", "--by-account"];
    let mut init = Command::new(FRONTDESK);
    init.arg("--data-dir").arg(folder.path()).args(line);
    init.env("FRONTDESK_NEW_PASSWORD_COMMAND", format!("echo '{PASSWORD}'"));
    assert!(init.output().unwrap().status.success());
    // Also where somebody names themselves and is asked, since the shell's account is the proof all the same.
    for asks in [false, true] {
        let user = ["--user", "ana@example.org"];
        let line = ["--data-dir", folder.path().to_str().unwrap()];
        let mut desk = Terminal::open(&[&line[..], if asks { &user } else { &[] }].concat(), &[]);
        if asks {
            desk.wait_for("Sign in to open the desk");
            desk.keys(&format!("{PASSWORD}\r"));
        }
        desk.wait_for("Ana, administrator");
        stays_locked(&mut desk);
        desk.keys(&format!("{PASSWORD}\r"));
        desk.wait_for("1 Calendar");
        desk.keys("q");
        assert_eq!(desk.ended().exit_code(), 0);
    }
}

/// Locks a desk, which is then not left for the shell.
fn stays_locked(desk: &mut Terminal) {
    desk.keys("\x1bl");
    desk.wait_for("is locked");
    for key in ["\x11", "\x1a"] {
        desk.keys(key);
        desk.wait_for("locked: sign in first");
        desk.keys("x\x7f");
        desk.until("the line to go", |seen| !seen.text().contains("sign in first"));
    }
}

/// In that shell a command asks for the e-mail alone, which the gate may show.
#[test]
fn a_lock_is_not_left_for_a_shell_in_which_a_command_prints_the_password() {
    let folder = clinic(&[]);
    let command = format!("echo '{PASSWORD}'");
    let set = [("FRONTDESK_PASSWORD_COMMAND", command.as_str())];
    let mut desk = Terminal::open(&["--data-dir", folder.path().to_str().unwrap()], &set);
    look_up(&mut desk);
    stays_locked(&mut desk);
    desk.keys(&format!("{PASSWORD}\r"));
    desk.wait_for("Zyxwv Qponml");
    desk.keys("\x11");
    assert_eq!(desk.ended().exit_code(), 0);
}

#[test]
fn a_clinic_at_which_nobody_can_sign_in_says_how_to_set_it_up() {
    let folder = TempDir::new().unwrap();
    let made = Command::new(FRONTDESK).arg("--data-dir").arg(folder.path()).arg("migrate").output().unwrap();
    assert!(made.status.success());
    let mut desk = open(&folder);
    assert!(!desk.ended().success());
    desk.look(|seen| {
        let text = seen.text();
        assert!(text.contains("nobody can sign in yet") && text.contains("frontdesk init"), "{text}");
        assert_eq!(text.trim().lines().count(), 1, "{text}");
    });
}

/// It has nothing to hide, and nothing to ask.
#[test]
fn the_demo_locks_by_its_key_alone_and_opens_by_enter() {
    let folder = crate::terminal::demo_folder();
    let mut desk = crate::terminal::demo(folder.path(), &[]);
    desk.keys("\x1bl");
    desk.wait_for("is locked");
    desk.keys("\r");
    desk.wait_for("Dr. ");
    desk.keys("q");
    assert_eq!(desk.ended().exit_code(), 0);
    desk.look(|seen| assert!(!String::from_utf8_lossy(&seen.bytes).contains("\x1b[3J")));
}
