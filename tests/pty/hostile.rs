//! What an older program wrote into the tables, or somebody who means ill, and what of it comes out of
//! the real program: letters, and the program's own sequences.

use std::path::Path;

use frontdesk::store::Location;
use frontdesk::store::sql::conn::{Db, Stmt};

use crate::terminal::{Terminal, demo_folder};

/// Each drives a terminal, turns a line round, or hides.
const HOSTILE: &str = "H\u{1b}[2J\u{1b}[31m\u{1b}]0;title\u{7}\u{1b}]52;c;eA==\u{7}\u{1b}P1$r\u{1b}\\\u{9b}5n\u{9d}0;x\u{9c}\u{8}\u{7f}\r\n\t\
    \u{202e}\u{2066}\u{200f}\u{61c}\u{200b}\u{200d}\u{2060}\u{feff}\u{ad}\u{180e}\u{e0041}\u{fe0f}\u{fff9}\u{2028}\u{e000}\u{fdd0}\u{378}\
    \u{301}\u{301}\u{301}\u{301}\u{301}\u{301}E";

/// Makes every text of the clinic hostile, past every check of ours.
fn make_hostile(folder: &Path) {
    let files = std::fs::read_dir(folder.join("demo")).unwrap().map(|file| file.unwrap().path());
    let file = files.into_iter().find(|path| path.extension().is_some_and(|of| of == "db")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut conn = Db::open(&Location::File(file)).unwrap().acquire().await.unwrap();
        conn.run_text("PRAGMA ignore_check_constraints = ON").await.unwrap();
        for sql in [
            "UPDATE patients SET name = ?1 || id, email = ?1 || id, phone = ?1, address = ?1",
            "UPDATE doctors SET name = ?1 || id, email = ?1 || id, phone = ?1, specialization = ?1, license_number = ?1 || id",
            "UPDATE appointments SET notes = ?1, booked_by = ?1, changed_by = ?1, overbook_reason = ?1",
            "UPDATE clinic_settings SET value = ?1 WHERE name = 'clinic_name'",
        ] {
            conn.run(Stmt::new(sql).bind(HOSTILE)).await.unwrap();
        }
    });
}

/// What came out, without the sequences that the backend writes: a sign, digits, and what is done.
fn letters(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).unwrap();
    let mut letters = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            letters.push(c);
            continue;
        }
        assert_eq!(chars.next(), Some('['), "no other kind of sequence is ours");
        let end = chars.find(|c| !matches!(c, '?' | '0'..='9' | ';'));
        assert!(matches!(end, Some('m' | 'H' | 'C' | 'J' | 'h' | 'l')), "{end:?} is not ours");
    }
    letters
}

#[test]
fn nothing_but_letters_and_our_own_sequences_comes_out() {
    let folder = demo_folder();
    make_hostile(folder.path());
    let mut desk = Terminal::open(&["demo", "--data-dir", folder.path().to_str().unwrap()], &[]);
    desk.wait_for("1 Calendar");
    // From the board through every screen that shows a text of the clinic's; of each, a part that is ours.
    for (keys, shown) in [
        ("ob#1\r", "✓ free"),
        ("\r", "Booked H"),
        ("\r", "Visit #"),
        ("e", "Ctrl-S"),
        ("\x1b", "d done"),
        ("\x1b", "b book"),
        ("m", "Move the visit of H"),
        ("\x1b", "b book"),
        ("c", "is cancelled"),
        ("f", "Filter doctors"),
        ("\x1b", "b book"),
        ("2#1", "Past visits"),
        ("\x05", "Edit H"),
    ] {
        desk.keys(keys);
        desk.wait_for(shown);
    }
    desk.look(|seen| {
        let letters = letters(&seen.bytes);
        let hides = |c: &char| {
            c.is_control()
                || matches!(c, '\u{ad}' | '\u{378}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}')
                || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e000}'..='\u{f8ff}')
                || matches!(c, '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffc}')
                || matches!(c, '\u{e0000}'..)
        };
        let found = letters.chars().find(hides);
        assert!(found.is_none(), "{found:?} in {}", letters.escape_debug());
        assert!(letters.contains('H') && letters.contains('\u{fffd}'), "it was shown, cleaned");
    });
    desk.keys("\x11");
    assert!(desk.ended().success());
    desk.assert_restored();
}
