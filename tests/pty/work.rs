//! Working in a real terminal.

use std::process::{Command, Stdio};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::terminal::{FRONTDESK, Terminal, demo, demo_folder};

/// Books the next opening for the first patient; answers with their name.
fn book(desk: &mut Terminal) -> String {
    // The next opening is looked for, and the form opened on it, before either is shown.
    desk.keys("ob#1\r");
    desk.wait_for("✓ free");
    desk.keys("\r");
    desk.wait_for("Booked ");
    desk.look(|seen| {
        let text = seen.text();
        text.split_once("Booked ").and_then(|(_, rest)| rest.split_once(',')).unwrap().0.to_owned()
    })
}

#[test]
fn the_demo_opens_books_by_keys_and_is_left() {
    let folder = demo_folder();
    let mut desk = demo(folder.path(), &[]);
    desk.look(|seen| {
        assert!(seen.screen().alternate_screen() && seen.screen().bracketed_paste());
        assert!(seen.text().contains("Riverside Clinic (demo)"), "{}", seen.text());
    });
    assert!(!desk.is_cooked());
    let name = book(&mut desk);
    // The cursor is on it: Enter opens it.
    desk.keys("\r");
    desk.wait_for("Visit #");
    desk.wait_for(&format!("{name}  #1"));
    desk.keys("\x1b");
    desk.until("the board", |seen| !seen.text().contains("Visit #"));
    desk.keys("q");
    assert_eq!(desk.ended().exit_code(), 0);
    desk.assert_restored();
    desk.look(|seen| assert!(seen.text().contains("That was the demo clinic"), "{}", seen.text()));
}

#[test]
fn what_one_desk_books_another_shows_within_seconds() {
    let folder = demo_folder();
    let mut one = demo(folder.path(), &[]);
    let mut other = demo(folder.path(), &[]);
    // Both look at the next opening; a key that does nothing else takes the first message away.
    other.keys("h");
    other.until("the board", |seen| !seen.text().contains("This is a demo clinic"));
    let before = other.look(crate::terminal::Seen::text);
    other.keys("o");
    other.until("the next opening", |seen| seen.text() != before && seen.text().contains("  free until "));
    let name = book(&mut one);
    // The line of the cursor says who is there now.
    other.wait_for(&format!("  {name}  Scheduled"));
}

#[test]
fn a_paste_is_text_and_no_keys() {
    let folder = demo_folder();
    let mut desk = demo(folder.path(), &[]);
    desk.keys("\x1b[200~q2\rq\x1b[201~");
    desk.keys("b\x1b[200~Somebody\rWho\x1b[201~");
    desk.wait_for("Patient  Somebody Who");
}

#[test]
fn without_colour_no_colour_is_said() {
    let folder = demo_folder();
    let mut desk = demo(folder.path(), &[("NO_COLOR", "1")]);
    desk.keys("b#1\r");
    desk.wait_for("free");
    // Help, by a key that works in the form.
    desk.keys("\x1bOP");
    desk.wait_for("Keys");
    desk.signal(Signal::TERM);
    desk.ended();
    desk.look(|seen| {
        let text = String::from_utf8_lossy(&seen.bytes);
        for code in sgr(&text) {
            assert!(matches!(code, 0..=29 | 39 | 49), "a colour, {code}");
        }
    });
    // With colours there are some: the test would see them.
    let mut desk = demo(folder.path(), &[]);
    desk.wait_for("Dr. ");
    desk.look(|seen| assert!(sgr(&String::from_utf8_lossy(&seen.bytes)).iter().any(|code| *code >= 30)));
}

/// The numbers of all sequences that set how letters look.
fn sgr(text: &str) -> Vec<u32> {
    let sequences = text.split("\x1b[").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
        rest[end..].starts_with('m').then(|| &rest[..end])
    });
    sequences.flat_map(|codes| codes.split([';', ':'])).map(|code| code.parse().unwrap_or(0)).collect()
}

#[test]
fn without_a_terminal_that_is_said_in_one_line() {
    let folder = TempDir::new().unwrap();
    for command in [&["--data-dir"][..], &["demo", "--data-dir"]] {
        let output = Command::new(FRONTDESK)
            .args(command)
            .arg(folder.path())
            .stdin(Stdio::null())
            .env("RUST_BACKTRACE", "1")
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && output.stdout.is_empty());
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains("needs a terminal"), "{said}");
    }
}
