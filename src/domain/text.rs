//! Text from data and from people: what may come in, and what may go out to a screen.
//!
//! Two directions, one list of characters. [`accept_line`] and [`accept_text`] refuse what could
//! mislead a reader or drive a terminal, with a line that says what was found. [`clean`],
//! [`clean_multiline`], [`fit`] and [`pad`] make any text safe to draw, because rows that other
//! programs wrote were never checked at our way in. Folding for look-up is in `fold`; nothing here
//! knows about widgets.

mod cells;
mod kinds;

use std::borrow::Cow;

use thiserror::Error;

pub use self::cells::{fit, pad, width, wrap};
use self::kinds::{Kind, in_text, kind};
pub use self::kinds::{is_drawable, is_harmless};

/// What is wrong with a text that somebody gave us. Displays as the latter half of a line whose
/// first half names the field: "Name" + "is empty; a value is needed".
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TextFault {
    /// Nothing but white space.
    #[error("is empty; a value is needed")]
    Empty,
    /// More than `max` characters (Unicode scalar values, as SQL's VARCHAR counts them).
    #[error("is {is} characters long; at most {max} are allowed")]
    TooLong {
        /// How many characters are allowed.
        max: usize,
        /// How many there are.
        is: usize,
    },
    /// A character that is never part of an honest value.
    #[error("holds {name} (U+{code:04X}); remove it")]
    Forbidden {
        /// What kind of character it is, with its article.
        name: &'static str,
        /// Its code point.
        code: u32,
    },
}

/// Takes a value of one line in: trims it, and makes each inner run of blanks one space. The line
/// end behind it, which comes with a paste, is dropped; one inside, a tab, and every other control
/// character is refused.
///
/// # Errors
/// `Empty`, `Forbidden` for the first character that may not be there, or `TooLong` when more than
/// `max_chars` characters are left.
pub fn accept_line(input: &str, max_chars: usize) -> Result<String, TextFault> {
    if input.trim().is_empty() {
        return Err(TextFault::Empty);
    }
    let behind = |c: char| matches!(kind(c), Kind::LineEnd) || c == ' ';
    let mut line = String::with_capacity(input.len());
    for (c, character) in in_text(input.trim_end_matches(behind)) {
        match character {
            Kind::Plain => line.push(c),
            Kind::Blank => {
                if !line.is_empty() && !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            Kind::LineEnd => return Err(forbidden("a line end inside", c)),
            Kind::Control(name) | Kind::Dropped(name) | Kind::Shapeless(name) => {
                return Err(forbidden(name, c));
            }
        }
    }
    if line.ends_with(' ') {
        line.pop();
    }
    if line.is_empty() {
        return Err(TextFault::Empty);
    }
    within(line, max_chars)
}

/// Takes a text of several lines in: every kind of line end becomes `\n`, and white space around
/// the whole is dropped. An empty text is accepted as the empty string.
///
/// # Errors
/// `Forbidden` or `TooLong`, as in [`accept_line`].
pub fn accept_text(input: &str, max_chars: usize) -> Result<String, TextFault> {
    let mut text = String::with_capacity(input.len());
    let mut after_return = false;
    for (c, character) in in_text(input.trim()) {
        match character {
            Kind::LineEnd if c == '\n' && after_return => {}
            Kind::LineEnd => text.push('\n'),
            Kind::Plain | Kind::Blank => text.push(c),
            Kind::Control(name) | Kind::Dropped(name) | Kind::Shapeless(name) => {
                return Err(forbidden(name, c));
            }
        }
        after_return = c == '\r';
    }
    within(text, max_chars)
}

/// Makes a text safe to draw on one line: control characters, tabs and line ends become a space,
/// invisible and bidirectional controls are dropped, and what has no agreed shape (private use,
/// noncharacters) becomes U+FFFD. Borrows where there is nothing to do.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    cleaned(text, ' ')
}

/// As [`clean`], but keeps line ends, each as one `\n`.
#[must_use]
pub fn clean_multiline(text: &str) -> Cow<'_, str> {
    cleaned(text, '\n')
}

/// The value of a decimal digit in ASCII, full width, or one of the scripts whose digits people
/// type in phone numbers and dates.
pub(crate) fn digit(c: char) -> Option<u8> {
    /// The zeros of Arabic-Indic, Persian, N'Ko, the Indic scripts, Thai, Lao, Tibetan, Myanmar,
    /// Khmer, and full width.
    const ZEROS: [u32; 19] = [
        0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
        0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0xFF10,
    ];
    let code = u32::from(c);
    let zero = if code < 0x80 { u32::from('0') } else { *ZEROS.iter().rev().find(|zero| **zero <= code)? };
    u8::try_from(code.checked_sub(zero)?).ok().filter(|value| *value < 10)
}

/// The text with every decimal digit that [`digit`] knows written in ASCII.
pub(crate) fn ascii_digits(text: &str) -> String {
    text.chars().map(|c| digit(c).map_or(c, |value| char::from(b'0' + value))).collect()
}

fn forbidden(name: &'static str, c: char) -> TextFault {
    TextFault::Forbidden { name, code: u32::from(c) }
}

fn within(text: String, max: usize) -> Result<String, TextFault> {
    let is = text.chars().count();
    if is > max { Err(TextFault::TooLong { max, is }) } else { Ok(text) }
}

/// Whether a text is of letters that each take one cell of a terminal and need no cleaning.
pub(crate) fn is_plain_ascii(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn cleaned(text: &str, line_end: char) -> Cow<'_, str> {
    let stays = |c: char, character: Kind| match character {
        Kind::Plain | Kind::Blank => true,
        Kind::LineEnd => c == '\n' && line_end == '\n',
        Kind::Control(_) | Kind::Dropped(_) | Kind::Shapeless(_) => false,
    };
    if is_plain_ascii(text) || in_text(text).all(|(c, character)| stays(c, character)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    let mut after_return = false;
    for (c, character) in in_text(text) {
        match character {
            Kind::LineEnd if c == '\n' && after_return => {}
            Kind::LineEnd => safe.push(line_end),
            Kind::Control(_) => safe.push(' '),
            Kind::Plain | Kind::Blank => safe.push(c),
            Kind::Dropped(_) => {}
            Kind::Shapeless(_) => safe.push('\u{FFFD}'),
        }
        after_return = c == '\r';
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation as _;
    use unicode_width::UnicodeWidthChar as _;

    use super::*;

    #[test]
    fn lines_are_trimmed_and_joined() {
        for (typed, kept) in [
            ("  Ana   Ruiz ", "Ana Ruiz"),
            ("Ana Ruiz\r\n", "Ana Ruiz"),
            ("Ana Ruiz \n\n", "Ana Ruiz"),
            ("Ana\u{00A0}\u{3000}Ruiz", "Ana Ruiz"),
            ("Zoë O’Brien-Łukasz", "Zoë O’Brien-Łukasz"),
            ("می\u{200C}خواهم", "می\u{200C}خواهم"),
            ("क्\u{200D}ष", "क्\u{200D}ष"),
            ("李小龍", "李小龍"),
            // Braille without a dot, four marks on one letter, a sign, an ideograph of tomorrow.
            ("a\u{2800}b", "a b"),
            ("บ\u{E35}\u{E49} e\u{302}\u{323}", "บ\u{E35}\u{E49} e\u{302}\u{323}"),
            ("\u{600}١٢", "\u{600}١٢"),
            ("\u{3FF00}", "\u{3FF00}"),
        ] {
            assert_eq!(accept_line(typed, 100).as_deref(), Ok(kept), "{typed:?}");
        }
    }

    #[test]
    fn faults_say_what_is_wrong() {
        for (typed, line) in [
            ("", "is empty; a value is needed"),
            (" \t\n ", "is empty; a value is needed"),
            ("abcdef", "is 6 characters long; at most 5 are allowed"),
            ("a\u{1B}[31m", "holds a control character (U+001B); remove it"),
            ("a\nb", "holds a line end inside (U+000A); remove it"),
            ("\r\nab", "holds a line end inside (U+000D); remove it"),
            ("a\u{2028}b", "holds a line end inside (U+2028); remove it"),
            ("a\tb", "holds a tab (U+0009); remove it"),
            ("ab\t", "holds a tab (U+0009); remove it"),
            ("a\0", "holds a control character (U+0000); remove it"),
            ("a\u{85}b", "holds a control character (U+0085); remove it"),
            ("a\u{202E}b", "holds a bidirectional control character (U+202E); remove it"),
            ("\u{200F}", "holds a bidirectional control character (U+200F); remove it"),
            ("a\u{200B}b", "holds a zero-width character (U+200B); remove it"),
            ("a\u{200D}b", "holds a zero-width character (U+200D); remove it"),
            ("م\u{200C}", "holds a zero-width character (U+200C); remove it"),
            ("م\u{200C}\u{200C}م", "holds a zero-width character (U+200C); remove it"),
            ("م\u{200C}9", "holds a zero-width character (U+200C); remove it"),
            ("a\u{AD}b", "holds a soft hyphen (U+00AD); remove it"),
            ("a\u{FE0F}b", "holds a variation selector (U+FE0F); remove it"),
            ("a\u{E0041}", "holds a tag character (U+E0041); remove it"),
            ("a\u{E000}", "holds a private-use character (U+E000); remove it"),
            ("a\u{10FFFE}", "holds a noncharacter (U+10FFFE); remove it"),
            ("a\u{3164}", "holds an invisible character (U+3164); remove it"),
            ("a\u{FFF9}b", "holds an invisible character (U+FFF9); remove it"),
            ("a\u{180E}b", "holds an invisible character (U+180E); remove it"),
            ("a\u{2062}b", "holds an invisible character (U+2062); remove it"),
            ("a\u{13430}b", "holds an invisible character (U+13430); remove it"),
            ("a\u{FFFC}", "holds an object in place of a letter (U+FFFC); remove it"),
            ("a\u{0378}", "holds a character that is not assigned (U+0378); remove it"),
            ("\u{301}a", "holds a combining mark without a letter (U+0301); remove it"),
            (
                "a\u{301}\u{301}\u{301}\u{301}\u{301}",
                "holds too many combining marks on one letter (U+0301); remove it",
            ),
        ] {
            let fault = accept_line(typed, 5).map_err(|fault| fault.to_string());
            assert_eq!(fault, Err(line.to_owned()), "{typed:?}");
        }
        assert_eq!(accept_line(&"ü".repeat(100), 100).map(|line| line.len()), Ok(200));
        assert!(accept_line(&"ü".repeat(101), 100).is_err());
    }

    #[test]
    fn texts_keep_their_lines() {
        assert_eq!(accept_text("", 10).as_deref(), Ok(""));
        assert_eq!(accept_text(" \n ", 10).as_deref(), Ok(""));
        assert_eq!(accept_text("a\r\nb\rc\u{2028}d\n\ne f\n", 20).as_deref(), Ok("a\nb\nc\nd\n\ne f"));
        assert!(matches!(accept_text("a\tb", 10), Err(TextFault::Forbidden { code: 9, .. })));
        assert!(matches!(accept_text("a\u{1B}", 10), Err(TextFault::Forbidden { code: 0x1B, .. })));
        assert_eq!(accept_text("abcd", 3), Err(TextFault::TooLong { max: 3, is: 4 }));
    }

    #[test]
    fn what_goes_out_is_harmless() {
        for (kept, drawn, lines) in [
            ("plain", "plain", "plain"),
            ("a\nb\r\nc", "a b c", "a\nb\nc"),
            ("a\tb\u{1B}[0m\u{7F}", "a b [0m ", "a b [0m "),
            ("x\u{202E}y\u{200B}z\u{FEFF}", "xyz", "xyz"),
            ("می\u{200C}خواهم", "می\u{200C}خواهم", "می\u{200C}خواهم"),
            ("\u{E0B0}\u{0378}", "\u{FFFD}\u{FFFD}", "\u{FFFD}\u{FFFD}"),
            ("👩\u{200D}⚕\u{FE0F}", "👩⚕", "👩⚕"),
            (
                "Z\u{301}\u{302}\u{303}\u{304}\u{305}\u{200B}\u{306}o",
                "Z\u{301}\u{302}\u{303}\u{304}o",
                "Z\u{301}\u{302}\u{303}\u{304}o",
            ),
            ("\u{301}a\n\u{301}b", "a b", "a\nb"),
        ] {
            assert_eq!(clean(kept), drawn);
            assert_eq!(clean_multiline(kept), lines);
        }
        assert!(matches!(clean("Zoë"), Cow::Borrowed(_)));
        assert!(matches!(clean_multiline("a\nb"), Cow::Borrowed(_)));
    }

    #[test]
    fn cuts_are_made_between_graphemes() {
        for (whole, cells, fitted) in [
            ("Smith", 5, "Smith"),
            ("Smith", 4, "Smi…"),
            ("Smith", 1, "…"),
            ("Smith", 0, ""),
            ("John Smith", 6, "John…"),
            ("李小龍", 6, "李小龍"),
            ("李小龍", 5, "李小…"),
            ("李小龍", 4, "李…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("a\nb", 3, "a b"),
        ] {
            assert_eq!(fit(whole, cells), fitted, "{whole} in {cells}");
        }
        assert_eq!(pad("李小龍", 5), "李小…");
        assert_eq!(pad("李小龍", 4), "李… ");
        assert_eq!(pad("ab", 4), "ab  ");
    }

    #[test]
    fn lines_are_broken_between_words() {
        for (text, cells, lines) in [
            ("", 5, vec![""]),
            ("one two", 7, vec!["one two"]),
            ("one two three", 7, vec!["one two", "three"]),
            ("one\ntwo  three", 8, vec!["one two", "three"]),
            ("a muchlonger b", 5, vec!["a", "muchl", "onger", "b"]),
            ("李小龍 b", 4, vec!["李小", "龍 b"]),
        ] {
            assert_eq!(wrap(text, cells), lines, "{text} in {cells}");
        }
    }

    #[test]
    fn digits_of_other_scripts_are_read() {
        assert_eq!(ascii_digits("+٤٩ ۳۰ １２ ९x²"), "+49 30 12 9x²");
        assert_eq!(digit('/'), None);
        assert_eq!(digit(':'), None);
        assert_eq!(digit('\u{066A}'), None);
    }

    /// Any text, rich in the characters that matter here.
    fn wild() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            any::<char>(),
            proptest::sample::select(
                "\u{200B}\u{200C}\u{200D}\u{202E}\u{FE0F}\u{AD}\r\n\t \u{1B}\u{9B}\u{7F}मिक्ष李a1\u{301}\u{489}\u{1161}\u{E000}👩\u{E0041}\u{FFF9}\u{378}"
                    .chars()
                    .collect::<Vec<_>>()
            ),
        ];
        proptest::collection::vec(piece, 0..24).prop_map(|chars| chars.into_iter().collect())
    }

    /// What must not come out, by its numbers, and not by the table that is tested.
    fn forbids(c: char) -> bool {
        let code = u32::from(c);
        let hides = [
            0xAD..=0xAD,
            0x34F..=0x34F,
            0x61C..=0x61C,
            0x115F..=0x1160,
            0x17B4..=0x17B5,
            0x180B..=0x180F,
            0x200B..=0x200B,
            0x200E..=0x200F,
            0x2028..=0x202E,
            0x2060..=0x206F,
            0x3164..=0x3164,
            0xD800..=0xF8FF,
            0xFDD0..=0xFDEF,
            0xFE00..=0xFE0F,
            0xFEFF..=0xFEFF,
            0xFFA0..=0xFFA0,
            0xFFF0..=0xFFFC,
            0x13430..=0x1343F,
            0x1BCA0..=0x1BCA3,
            0x1D173..=0x1D17A,
            0xE0000..=0x0010_FFFF,
        ];
        c.is_control() || code & 0xFFFE == 0xFFFE || hides.iter().any(|range| range.contains(&code))
    }

    #[test]
    fn no_character_of_all_comes_through_that_must_not() {
        for c in (0..=0x0010_FFFF).filter_map(char::from_u32) {
            // Between letters with which nothing joins, and between those with which the joiners do.
            for around in ["a", "क"] {
                let whole = format!("{around}{c}{around}");
                let joins = around == "क" && matches!(c, '\u{200C}' | '\u{200D}');
                let out = clean(&whole);
                assert!(!out.chars().any(forbids), "U+{:04X}", u32::from(c));
                assert_eq!(out.contains(['\u{200C}', '\u{200D}']), joins, "U+{:04X}", u32::from(c));
                if forbids(c) {
                    assert!(accept_line(&whole, 9).is_err() && !is_harmless(c), "U+{:04X}", u32::from(c));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing_more(text in wild()) {
            let once = clean(&text).into_owned();
            prop_assert!(matches!(clean(&once), Cow::Borrowed(_)));
            prop_assert!(!once.chars().any(forbids));
            let mut marks = 4;
            for c in once.chars().filter(|c| !matches!(c, '\u{200C}' | '\u{200D}')) {
                marks = if !c.is_ascii() && c.width() == Some(0) { marks + 1 } else { 0 };
                prop_assert!(marks <= 4, "{:?}", once);
            }
            let lines = clean_multiline(&text).into_owned();
            prop_assert!(matches!(clean_multiline(&lines), Cow::Borrowed(_)));
            prop_assert!(!lines.chars().any(|c| c != '\n' && forbids(c)));
            for grapheme in once.graphemes(true) {
                prop_assert!(is_drawable(grapheme));
            }
        }

        #[test]
        fn what_was_accepted_is_clean_and_accepted_again(text in wild()) {
            if let Ok(line) = accept_line(&text, 100) {
                prop_assert!(matches!(clean(&line), Cow::Borrowed(_)));
                prop_assert_eq!(accept_line(&line, 100), Ok(line));
            }
            if let Ok(lines) = accept_text(&text, 100) {
                prop_assert!(matches!(clean_multiline(&lines), Cow::Borrowed(_)));
                prop_assert_eq!(accept_text(&lines, 100), Ok(lines));
            }
        }

        #[test]
        fn fitted_text_fits(text in wild(), cells in 0usize..30) {
            prop_assert!(width(&fit(&text, cells)) <= cells);
            prop_assert_eq!(width(&pad(&text, cells)), cells);
            for line in wrap(&text, cells.max(8)) {
                prop_assert!(width(&line) <= cells.max(8));
            }
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(letters(&wrap(&text, cells).concat()), letters(&clean(&text)));
            if width(&text) <= cells {
                prop_assert_eq!(fit(&text, cells), clean(&text));
            }
        }
    }
}
