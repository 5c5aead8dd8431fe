//! Working in a real terminal.

use std::process::{Command, Stdio};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::terminal::{FRONTDESK, Seen, Terminal, demo, demo_folder};

/// Books the next opening for the first patient; answers with their name, and behind it the date of birth.
fn book(desk: &mut Terminal) -> (String, String) {
    // The next opening is looked for, and the form opened on it, before either is shown.
    desk.keys("ob#1\r");
    desk.wait_for("✓ free");
    desk.keys("\r");
    desk.wait_for("Booked ");
    desk.look(|seen| {
        let text = seen.text();
        let who = text.split_once("Booked ").and_then(|(_, rest)| rest.split_once("),")).unwrap().0;
        let (name, born) = who.split_once(" (").unwrap();
        (name.to_owned(), born.to_owned())
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
    let (name, born) = book(&mut desk);
    // The cursor is on it: Enter opens it.
    desk.keys("\r");
    desk.wait_for("Visit #");
    desk.wait_for(&format!("{name}  {born}  #1"));
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
    other.until("the next opening", |seen| seen.text() != before);
    let stood = other.look(crate::terminal::Seen::text);
    let (name, _) = book(&mut one);
    // The opening may share its row with the visit before it, and a column has no room for a whole name.
    let begins: String = name.chars().take(4).collect();
    let count = |text: &str| text.matches(&begins).count();
    other.until("what the other booked", |seen| count(&seen.text()) > count(&stood));
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
fn a_large_paste_that_comes_in_pieces_is_one_text() {
    let folder = demo_folder();
    let mut desk = demo(folder.path(), &[]);
    let paste = |desk: &mut Terminal, length: usize| {
        let text = (0..length / 8).map(|n| format!("{n:06}q\r")).collect::<Vec<_>>().concat();
        desk.keys("\x1b[200~");
        for piece in text.as_bytes().chunks(3_001) {
            desk.keys(std::str::from_utf8(piece).unwrap());
        }
        desk.keys("\x1b[201~");
    };
    // Where nothing is typed it is no text at all; any key of it would leave the desk.
    paste(&mut desk, 100_000);
    book(&mut desk);
    desk.keys("\r");
    desk.wait_for("Visit #");
    desk.keys("e");
    // As much as notes may have, so that its end shows.
    paste(&mut desk, 4_000);
    desk.wait_for("000499q");
    desk.keys("\x13");
    desk.wait_for("Notes kept");
    desk.wait_for("000000q");
}

#[test]
fn keys_that_come_in_a_burst_are_all_taken() {
    let folder = demo_folder();
    let mut desk = demo(folder.path(), &[]);
    // More than any one read takes.
    let there_and_back = "lh".repeat(2_500);
    desk.keys(&there_and_back);
    desk.keys("?");
    desk.wait_for("Keys");
    // Escape alone, and the keys that begin with it.
    desk.keys("\x1b");
    desk.until("the board", |seen| !seen.text().contains("Keys"));
    desk.keys("b\x1bOP");
    desk.wait_for("Keys");
}

#[test]
fn a_window_of_another_size_is_drawn_anew() {
    let folder = demo_folder();
    let mut desk = demo(folder.path(), &[]);
    let last_line = |seen: &Seen, rows: usize| {
        let columns = seen.screen().size().1.get();
        seen.screen().rows(0, columns).nth(rows - 1).unwrap_or_default()
    };
    desk.until("the keys that work", |seen| last_line(seen, 24).contains("keys"));
    let footer = desk.look(|seen| last_line(seen, 24));
    let known = footer.trim().chars().take(12).collect::<String>();
    assert!(!known.trim().is_empty());
    for (columns, rows) in [(120, 40), (60, 10), (100, 30)] {
        desk.resize(columns, rows);
        if columns < 80 {
            desk.wait_for("This window has 60x10.");
        } else {
            desk.until("a board of the new size", |seen| last_line(seen, rows.into()).contains(&known));
        }
    }
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
