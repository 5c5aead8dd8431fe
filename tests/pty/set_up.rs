//! Setting a clinic up by questions.

use std::path::Path;

use tempfile::TempDir;

use crate::terminal::{FRONTDESK, Terminal};

const PASSWORD: &str = "a kettle under the northern stairs";

fn init(folder: &Path) -> Terminal {
    let mut asked = Terminal::open(
        &["init", "--data-dir", folder.to_str().unwrap()],
        &[("TZ", "Europe/Berlin"), ("HOME", folder.to_str().unwrap())],
    );
    asked.wait_for("The clinic's name: ");
    asked
}

/// Answers a question, and waits for the next.
fn answer(asked: &mut Terminal, typed: &str, next: &str) {
    asked.keys(&format!("{typed}\r"));
    asked.wait_for(next);
}

/// Answers the question for a password, and waits for the next.
fn hidden(asked: &mut Terminal, typed: &str, next: &str, times: usize) {
    asked.until_hidden();
    asked.keys(&format!("{typed}\r"));
    asked.until(next, |seen| seen.text().matches(next).count() == times);
}

/// Answers the questions before the password.
fn until_the_password(asked: &mut Terminal) {
    answer(asked, "Riverside", "Its time zone [Europe/Berlin]: ");
    answer(asked, "", "Your name: ");
    answer(asked, "Ana Brandt", "Your e-mail, with which you sign in: ");
    answer(asked, "ana@example.org", "A new password (15 characters or more");
}

#[test]
fn questions_are_asked_until_they_are_answered() {
    let folder = TempDir::new().unwrap();
    let mut asked = init(folder.path());
    answer(&mut asked, "", "the clinic's name is empty");
    answer(&mut asked, " Riverside  Clinic", "Its time zone [Europe/Berlin]: ");
    answer(&mut asked, "Berlin", "\"Berlin\" is not a time zone");
    answer(&mut asked, "Europe/Madrid", "Your name: ");
    answer(&mut asked, "Ana Brandt", "Your e-mail, with which you sign in: ");
    answer(&mut asked, "ana", "the e-mail has no @");
    answer(&mut asked, "ana@example.org", "A new password");
    hidden(&mut asked, "short", "the password has 5 characters; at least 15 are needed", 1);
    asked.until("the question again", |seen| seen.text().matches("A new password").count() == 2);
    hidden(&mut asked, PASSWORD, "The same again: ", 1);
    hidden(&mut asked, "a kettle", "the two are not the same", 1);
    asked.until("the question again", |seen| seen.text().matches("A new password").count() == 3);
    hidden(&mut asked, PASSWORD, "The same again: ", 2);
    hidden(&mut asked, PASSWORD, "Riverside Clinic is set up in ", 1);
    asked.wait_for("and signs in by e-mail and password");
    assert!(asked.ended().success());
    asked.look(|seen| assert!(!seen.text().contains("kettle"), "{}", seen.text()));
    assert!(asked.is_cooked());

    // Once is enough, and said before anything is asked.
    let mut again = Terminal::open(&["init", "--data-dir", folder.path().to_str().unwrap()], &[]);
    again.wait_for("this clinic was set up already");
    assert_eq!(again.ended().exit_code(), 2);

    // The account is no proof: who opens the desk is asked.
    let mut desk = Terminal::open(
        &["doctor", "list", "--user", "ana@example.org", "--data-dir", folder.path().to_str().unwrap()],
        &[],
    );
    desk.wait_for("Password: ");
    hidden(&mut desk, PASSWORD, "there are no doctors yet", 1);
    assert!(desk.ended().success());
}

#[test]
fn what_is_broken_off_leaves_nothing_and_the_terminal_as_it_was() {
    let folder = TempDir::new().unwrap();
    let mut asked = init(folder.path());
    until_the_password(&mut asked);
    asked.until_hidden();
    asked.keys("\x03");
    asked.wait_for("broken off; nothing was done");
    assert_eq!(asked.ended().exit_code(), 1);
    assert!(asked.is_cooked(), "what is typed is shown again");

    let mut asked = init(folder.path());
    answer(&mut asked, "Riverside", "Its time zone");
    asked.keys("\x03");
    assert!(!asked.ended().success());
    assert!(asked.is_cooked());

    let mut asked = init(folder.path());
    asked.keys("\x04");
    asked.wait_for("nothing was typed; expected an answer");
    assert_eq!(asked.ended().exit_code(), 2);
    assert!(!folder.path().join("frontdesk.db").exists(), "{FRONTDESK} made no clinic");
}

#[test]
fn a_password_is_changed_by_whose_it_is() {
    let folder = TempDir::new().unwrap();
    let at = folder.path().to_str().unwrap();
    let new = format!("printf '{PASSWORD}\\n'");
    let who = ["--clinic", "Riverside", "--name", "Ana Brandt", "--email", "ana@example.org"];
    let mut set_up = Terminal::open(
        &[&["init", "--data-dir", at], who.as_slice()].concat(),
        &[("TZ", "Europe/Berlin"), ("FRONTDESK_NEW_PASSWORD_COMMAND", &new)],
    );
    // What no flag gives is asked for: the zone.
    set_up.wait_for("Its time zone [Europe/Berlin]: ");
    answer(&mut set_up, "", "Riverside is set up in ");
    assert!(set_up.ended().success());

    let change = || Terminal::open(&["password", "--data-dir", at, "--user", "ana@example.org"], &[]);
    let mut desk = change();
    desk.wait_for("Your password now: ");
    hidden(&mut desk, "another one entirely", "the e-mail or the password is wrong", 1);
    assert_eq!(desk.ended().exit_code(), 5);
    let mut desk = change();
    desk.wait_for("Your password now: ");
    hidden(&mut desk, PASSWORD, "A new password", 1);
    hidden(&mut desk, "ana@example.org", "names that are known here", 1);
    desk.until("the question again", |seen| seen.text().matches("A new password").count() == 2);
    hidden(&mut desk, "seven lanterns beside a slow canal", "The same again: ", 1);
    hidden(&mut desk, "seven lanterns beside a slow canal", "The password of Ana Brandt", 1);
    assert!(desk.ended().success());
    desk.look(|seen| {
        for secret in [PASSWORD, "lanterns"] {
            assert!(!seen.text().contains(secret), "{}", seen.text());
        }
    });
}
