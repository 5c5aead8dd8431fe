//! What a character may do to the screen on which it is drawn, and to who reads it.
//!
//! By general category and by name (Unicode 18, as `unicode-properties` has it). The rules for
//! nonspacing marks are those of UTS 39, section 5.4; the joiners are kept where UAX 31 allows them
//! in a name, between two letters of a script that spells with them. Elsewhere they hide, so that an
//! emoji of several comes apart into them: terminals do not agree about its width either.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_width::UnicodeWidthChar;

/// How many marks that take no room of their own may stand on one letter. More are drawn over the
/// lines above and below.
pub const MOST_MARKS: u8 = 4;

/// What a character is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Plain,
    /// White space within a line.
    Blank,
    LineEnd,
    Control(&'static str),
    /// Changes how its neighbours look, or hides, or is one mark too many.
    Dropped(&'static str),
    /// Has no shape that two machines would agree on.
    Shapeless(&'static str),
}

/// Whether a character can be drawn by itself, wherever it stands.
#[must_use]
pub fn is_harmless(c: char) -> bool {
    matches!(kind(c), Kind::Plain | Kind::Blank)
}

/// Whether what one cell of a terminal is to show can do no more than be shown. A letter that was
/// cleaned with its neighbours may still have the joiner beside it.
#[must_use]
pub fn is_drawable(symbol: &str) -> bool {
    super::is_plain_ascii(symbol) || symbol.chars().all(|c| is_harmless(c) || is_joiner(c))
}

/// Each character with its kind, by itself and by its neighbours. What is dropped is no neighbour, so
/// that what is left holds nothing that would be dropped from it.
pub fn in_text(text: &str) -> impl Iterator<Item = (char, Kind)> {
    let mut chars = text.chars().peekable();
    let mut before = None;
    let mut marks = 0;
    std::iter::from_fn(move || {
        let c = chars.next()?;
        let own = kind(c);
        let found = if is_joiner(c) {
            let stays = |after: &char| is_joining(*after) && (marks < MOST_MARKS || !is_mark(*after));
            if before.is_some_and(is_joining) && chars.peek().is_some_and(stays) { Kind::Plain } else { own }
        } else if own == Kind::Plain && is_mark(c) {
            match before {
                None => Kind::Dropped("a combining mark without a letter"),
                Some(_) if marks >= MOST_MARKS => Kind::Dropped("too many combining marks on one letter"),
                Some(_) => {
                    marks += 1;
                    Kind::Plain
                }
            }
        } else {
            if !matches!(own, Kind::Dropped(_)) {
                marks = 0;
            }
            own
        };
        match found {
            Kind::Dropped(_) => {}
            Kind::Blank | Kind::LineEnd | Kind::Control(_) => before = None,
            _ => before = Some(c),
        }
        Some((c, found))
    })
}

/// What a character is wherever it stands.
pub fn kind(c: char) -> Kind {
    match c {
        '!'..='~' => return Kind::Plain,
        // The second is a pattern of Braille without a dot.
        ' ' | '\u{2800}' => return Kind::Blank,
        '\t' => return Kind::Control("a tab"),
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => return Kind::LineEnd,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            return Kind::Dropped("a bidirectional control character");
        }
        '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' => return Kind::Dropped("a zero-width character"),
        '\u{00AD}' => return Kind::Dropped("a soft hyphen"),
        '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => {
            return Kind::Dropped("a variation selector");
        }
        '\u{E0000}'..='\u{E007F}' => return Kind::Dropped("a tag character"),
        // The grapheme joiner, blank letters of Hangul and Khmer, and what Unicode keeps free for more of
        // the kind.
        '\u{034F}'
        | '\u{115F}'
        | '\u{1160}'
        | '\u{17B4}'
        | '\u{17B5}'
        | '\u{2065}'
        | '\u{3164}'
        | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}'
        | '\u{E0080}'..='\u{E00FF}'
        | '\u{E01F0}'..='\u{E0FFF}' => return Kind::Dropped("an invisible character"),
        // The place of something that is no text.
        '\u{FFFC}' => return Kind::Shapeless("an object in place of a letter"),
        '\u{FDD0}'..='\u{FDEF}' => return Kind::Shapeless("a noncharacter"),
        _ if u32::from(c) & 0xFFFE == 0xFFFE => return Kind::Shapeless("a noncharacter"),
        _ => {}
    }
    match c.general_category() {
        GeneralCategory::Control => Kind::Control("a control character"),
        // The signs that embrace the digits behind them are seen; the other formats (the Mongolian
        // separator, operators and annotations, shorthand, music, hieroglyphs) are not.
        GeneralCategory::Format if is_sign(c) => Kind::Plain,
        GeneralCategory::Format => Kind::Dropped("an invisible character"),
        GeneralCategory::PrivateUse => Kind::Shapeless("a private-use character"),
        // The planes of ideographs alone grow by letters of names, which are wide whichever they are.
        GeneralCategory::Unassigned if !matches!(c, '\u{20000}'..='\u{3FFFF}') => {
            Kind::Shapeless("a character that is not assigned")
        }
        GeneralCategory::SpaceSeparator => Kind::Blank,
        _ => Kind::Plain,
    }
}

/// The Arabic, Syriac and Kaithi signs that Unicode counts as formats, though they are drawn.
fn is_sign(c: char) -> bool {
    matches!(
        c,
        '\u{0600}'
            ..='\u{0605}'
                | '\u{06DD}'
                | '\u{070F}'
                | '\u{0890}'
                | '\u{0891}'
                | '\u{08E2}'
                | '\u{110BD}'
                | '\u{110CD}'
    )
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

/// Whether a character is drawn on the one before it: nonspacing and enclosing marks, and the inner
/// letters of Hangul syllables.
fn is_mark(c: char) -> bool {
    !c.is_ascii() && c.width() == Some(0)
}

/// A letter, or a sign that belongs to a letter, of a script in which U+200C and U+200D spell.
fn is_joining(c: char) -> bool {
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
