//! Text from data and from people: what may come in, and what may go out to a screen.
//!
//! Two directions, one list of characters. [`accept_line`] and [`accept_text`] refuse what could
//! mislead a reader or drive a terminal, with a line that says what was found. [`clean`],
//! [`clean_multiline`], [`fit`] and [`pad`] make any text safe to draw, because rows that other
//! programs wrote were never checked at our way in. Folding for look-up is in `fold`; nothing here
//! knows about widgets.

use std::borrow::Cow;

use thiserror::Error;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

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
    for (c, character) in with_neighbours(input.trim_end_matches(behind)) {
        match character {
            Kind::Plain => line.push(c),
            Kind::Blank => {
                if !line.is_empty() && !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            Kind::LineEnd => return Err(forbidden("a line end inside", c)),
            Kind::Control(name) | Kind::Invisible(name) | Kind::Unassigned(name) => {
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
    for (c, character) in with_neighbours(input.trim()) {
        match character {
            Kind::LineEnd if c == '\n' && after_return => {}
            Kind::LineEnd => text.push('\n'),
            Kind::Plain | Kind::Blank => text.push(c),
            Kind::Control(name) | Kind::Invisible(name) | Kind::Unassigned(name) => {
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

/// How many terminal cells the text takes once it is cleaned.
///
/// The sum over the graphemes, because that is how a terminal's cells are filled: measuring the
/// whole string instead would count an Arabic lam-alef pair as one cell where two are drawn.
#[must_use]
pub fn width(text: &str) -> usize {
    if is_plain_ascii(text) {
        return text.len();
    }
    clean(text).graphemes(true).map(grapheme_width).sum()
}

/// The cleaned text in at most `cells` cells; where it had to be cut, it ends in '…'. Cuts between
/// graphemes, so that an accent never loses its letter and a wide character is never halved.
#[must_use]
pub fn fit(text: &str, cells: usize) -> Cow<'_, str> {
    if text.len() <= cells && is_plain_ascii(text) {
        return Cow::Borrowed(text);
    }
    let whole = clean(text);
    // No grapheme is wider than its bytes, so a text this short fits without being measured.
    if whole.len() <= cells {
        return whole;
    }
    let mut taken = 0;
    let mut cut = 0;
    for (start, grapheme) in whole.grapheme_indices(true) {
        let after = taken + grapheme_width(grapheme);
        if after > cells {
            if cells == 0 {
                return Cow::Borrowed("");
            }
            let mut short = whole[..cut].trim_end().to_owned();
            short.push('…');
            return Cow::Owned(short);
        }
        if after < cells {
            // The ellipsis would still fit behind this one.
            cut = start + grapheme.len();
        }
        taken = after;
    }
    whole
}

/// The cleaned text in lines of at most `cells` cells, broken between words; a word that is longer
/// than a line is broken between graphemes. At least one line.
#[must_use]
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let whole = clean(text);
    let mut lines = vec![String::new()];
    let mut taken = 0;
    for word in whole.split(' ').filter(|word| !word.is_empty()) {
        if taken > 0 && taken + 1 + width(word) > cells {
            lines.push(String::new());
            taken = 0;
        }
        for (at, grapheme) in word.grapheme_indices(true) {
            let blank = at == 0 && taken > 0;
            let cost = grapheme_width(grapheme) + usize::from(blank);
            if taken > 0 && taken + cost > cells {
                lines.push(String::new());
                taken = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push_str(if blank && taken > 0 { " " } else { "" });
                line.push_str(grapheme);
            }
            taken += if taken == 0 { grapheme_width(grapheme) } else { cost };
        }
    }
    lines
}

/// As [`fit`], then filled with spaces on the right to exactly `cells` cells.
#[must_use]
pub fn pad(text: &str, cells: usize) -> String {
    let mut padded = fit(text, cells).into_owned();
    let missing = cells.saturating_sub(width(&padded));
    padded.extend(std::iter::repeat_n(' ', missing));
    padded
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

/// What a character is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    /// White space within a line.
    Blank,
    LineEnd,
    Control(&'static str),
    /// Changes how its neighbours look, or hides; takes no room of its own.
    Invisible(&'static str),
    /// Has no shape that two machines would agree on.
    Unassigned(&'static str),
}

fn kind(c: char) -> Kind {
    match c {
        '!'..='~' => Kind::Plain,
        ' ' => Kind::Blank,
        '\t' => Kind::Control("a tab"),
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => Kind::LineEnd,
        _ if c.is_control() => Kind::Control("a control character"),
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            Kind::Invisible("a bidirectional control character")
        }
        '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' => Kind::Invisible("a zero-width character"),
        '\u{00AD}' => Kind::Invisible("a soft hyphen"),
        '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => {
            Kind::Invisible("a variation selector")
        }
        '\u{E0000}'..='\u{E007F}' => Kind::Invisible("a tag character"),
        // The grapheme joiner, blank letters of Hangul and Khmer, the Mongolian separator,
        // invisible operators, annotation marks, shorthand and musical controls.
        '\u{034F}'
        | '\u{115F}'
        | '\u{1160}'
        | '\u{17B4}'
        | '\u{17B5}'
        | '\u{180E}'
        | '\u{2061}'..='\u{2065}'
        | '\u{206A}'..='\u{206F}'
        | '\u{3164}'
        | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}'
        | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0080}'..='\u{E00FF}'
        | '\u{E01F0}'..='\u{E0FFF}' => Kind::Invisible("an invisible character"),
        '\u{E000}'..='\u{F8FF}' => Kind::Unassigned("a private-use character"),
        '\u{FDD0}'..='\u{FDEF}' => Kind::Unassigned("a noncharacter"),
        _ if u32::from(c) & 0xFFFE == 0xFFFE => Kind::Unassigned("a noncharacter"),
        '\u{F0000}'.. => Kind::Unassigned("a private-use character"),
        _ if c.is_whitespace() => Kind::Blank,
        _ => Kind::Plain,
    }
}

/// Each character with its kind, where the joiners are plain between two letters that use them:
/// Persian, Arabic and the Indic scripts spell some names with them.
fn with_neighbours(text: &str) -> impl Iterator<Item = (char, Kind)> {
    let mut chars = text.chars().peekable();
    let mut before = None;
    std::iter::from_fn(move || {
        let c = chars.next()?;
        let joins = matches!(c, '\u{200C}' | '\u{200D}')
            && before.is_some_and(is_joining_letter)
            && chars.peek().is_some_and(|after| is_joining_letter(*after));
        before = Some(c);
        Some((c, if joins { Kind::Plain } else { kind(c) }))
    })
}

/// A letter, or a sign that belongs to a letter, of a script in which U+200C and U+200D spell.
fn is_joining_letter(c: char) -> bool {
    let script = matches!(c,
        '\u{0600}'..='\u{077F}' | '\u{0840}'..='\u{08FF}' | '\u{0900}'..='\u{0DFF}'
        | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{18AF}' | '\u{FB50}'..='\u{FDFF}'
        | '\u{FE70}'..='\u{FEFE}' | '\u{1E900}'..='\u{1E95F}');
    // Nuktas and viramas, which Unicode does not count as alphabetic, stand before a joiner.
    let sign = matches!(
        c,
        '\u{093C}'
            | '\u{094D}'
            | '\u{09BC}'
            | '\u{09CD}'
            | '\u{0A3C}'
            | '\u{0A4D}'
            | '\u{0ABC}'
            | '\u{0ACD}'
            | '\u{0B3C}'
            | '\u{0B4D}'
            | '\u{0BCD}'
            | '\u{0C4D}'
            | '\u{0CBC}'
            | '\u{0CCD}'
            | '\u{0D4D}'
            | '\u{0DCA}'
            | '\u{1039}'
            | '\u{103A}'
            | '\u{17D2}'
    );
    sign || (script && c.is_alphabetic() && matches!(kind(c), Kind::Plain))
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
        Kind::Control(_) | Kind::Invisible(_) | Kind::Unassigned(_) => false,
    };
    if is_plain_ascii(text) || with_neighbours(text).all(|(c, character)| stays(c, character)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    let mut after_return = false;
    for (c, character) in with_neighbours(text) {
        match character {
            Kind::LineEnd if c == '\n' && after_return => {}
            Kind::LineEnd => safe.push(line_end),
            Kind::Control(_) => safe.push(' '),
            Kind::Plain | Kind::Blank => safe.push(c),
            Kind::Invisible(_) => {}
            Kind::Unassigned(_) => safe.push('\u{FFFD}'),
        }
        after_return = c == '\r';
    }
    Cow::Owned(safe)
}

/// ratatui reserves one more cell for each halfwidth Katakana voicing mark than the width tables
/// say, and what we measure must agree with the cells that it fills.
fn grapheme_width(grapheme: &str) -> usize {
    let marks = grapheme.chars().filter(|c| matches!(c, '\u{FF9E}' | '\u{FF9F}')).count();
    grapheme.width() + marks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
            ("\u{E0B0}", "\u{FFFD}", "\u{FFFD}"),
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
                "\u{200B}\u{200C}\u{200D}\u{202E}\u{FE0F}\u{AD}\r\n\t \u{1B}ميक्ष李a1\u{301}\u{E000}👩"
                    .chars()
                    .collect::<Vec<_>>()
            ),
        ];
        proptest::collection::vec(piece, 0..24).prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing_more(text in wild()) {
            let once = clean(&text).into_owned();
            prop_assert!(matches!(clean(&once), Cow::Borrowed(_)));
            prop_assert!(!once.chars().any(char::is_control));
            let lines = clean_multiline(&text).into_owned();
            prop_assert!(matches!(clean_multiline(&lines), Cow::Borrowed(_)));
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
