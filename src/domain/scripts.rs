//! Names that mix scripts so as to look like another: `Аna Ruiz` with a Cyrillic А is not `Ana Ruiz`,
//! and a look-up for one does not mean the other.
//!
//! By the scripts and the confusable letters of UTS 39. Flagged is a name of which a word mixes scripts
//! that are not written together, or of which a whole word of one script could be read as one of another
//! that the name has too (`Роре Smith`), or that has symbols for letters. What honest names do is
//! let be: Han, kana, bopomofo or Hangul in one word, and Latin with these (UTS 39, "highly
//! restrictive"); a name that is given once more in brackets or behind a stroke, as
//! `李小龍 (Bruce Lee)` and `Мария (Maria)`; any name of
//! one script. It is said, never refused: who is at the desk has the person before them.

use std::fmt;

use unicode_security::mixed_script::AugmentedScriptSet;
use unicode_security::{GeneralSecurityProfile, skeleton};

use super::text::{clean, is_plain_ascii};

/// What a name mixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mixed {
    /// The names of the scripts, as Unicode has them, in the order in which they come; `Symbols` are
    /// letters of no script.
    pub scripts: Vec<&'static str>,
}

impl fmt::Display for Mixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scripts.as_slice() {
            [one, other] => write!(f, "mixes {one} and {other}"),
            [one, other, ..] => write!(f, "mixes {one}, {other} and more"),
            _ => f.write_str("has symbols for letters"),
        }
    }
}

/// What a name mixes, where that could make it look like another.
#[must_use]
pub fn mixed(name: &str) -> Option<Mixed> {
    if is_plain_ascii(name) {
        return None;
    }
    let name = clean(name);
    // A name that is given once more has brackets around it, or a stroke before it.
    let is_flagged = |part: &str| {
        let words: Vec<&str> = part.split(|c: char| !is_of_word(c)).filter(|word| !word.is_empty()).collect();
        words
            .iter()
            .any(|word| word.chars().any(is_symbol) || !is_written_together(word) || imitates(word, &words))
    };
    name.split(['(', ')', '[', ']', '/', '（', '）']).any(is_flagged).then(|| {
        let mut scripts = Vec::new();
        for script in name.chars().filter_map(script) {
            if !scripts.contains(&script) {
                scripts.push(script);
            }
        }
        Mixed { scripts }
    })
}

/// A letter, or a mark on one.
fn is_of_word(c: char) -> bool {
    c.is_alphabetic() || (!c.is_ascii() && unicode_width::UnicodeWidthChar::width(c) == Some(0))
}

/// A letter of no script that looks like one of the alphabet: `𝐀`, of mathematics.
fn is_symbol(c: char) -> bool {
    let looks = || skeleton(c.encode_utf8(&mut [0; 4])).all(|like| like.is_ascii_alphabetic());
    c.is_alphabetic() && AugmentedScriptSet::for_char(c).is_all() && looks()
}

/// The name of a letter's script; none of what belongs to all.
fn script(c: char) -> Option<&'static str> {
    let set = AugmentedScriptSet::for_char(c);
    if is_symbol(c) {
        return Some("Symbols");
    }
    if !c.is_alphabetic() || set.is_all() {
        return None;
    }
    let first = set.base.iter().next()?;
    Some(first.full_name())
}

/// Whether the letters of a text are of scripts that are written together.
fn is_written_together(text: &str) -> bool {
    let whole = AugmentedScriptSet::for_str(text);
    if !whole.is_empty() {
        return true;
    }
    let mut beside_latin = AugmentedScriptSet::default();
    for c in text.chars().filter(|c| script(*c) != Some("Latin")) {
        beside_latin.intersect_with(c.into());
    }
    beside_latin.hanb || beside_latin.jpan || beside_latin.kore
}

/// Whether a word of one script could be read as one of the script of another.
fn imitates(word: &str, others: &[&str]) -> bool {
    let own = AugmentedScriptSet::for_str(word);
    others.iter().any(|other| {
        let theirs = AugmentedScriptSet::for_str(other);
        let mut both = own;
        both.intersect_with(theirs);
        !theirs.is_empty()
            && both.is_empty()
            && word.chars().filter(|c| c.is_alphabetic()).all(|c| is_in(c, theirs))
    })
}

/// Whether a script that has look-alikes of Latin has a letter that looks like this one.
fn is_in(c: char, theirs: AugmentedScriptSet) -> bool {
    let of_theirs = |letter: char| {
        let mut set = AugmentedScriptSet::for_char(letter);
        set.intersect_with(theirs);
        !set.is_empty() && letter.is_alphabetic() && letter.identifier_allowed()
    };
    let looks: Vec<char> = skeleton(c.encode_utf8(&mut [0; 4])).collect();
    // Of what looks alike, one stands for all, and where Latin has it that is the Latin letter.
    if looks.iter().all(|like| of_theirs(*like)) {
        return true;
    }
    // Greek, Cyrillic and Armenian.
    let mut letters = ('\u{370}'..='\u{58F}').filter(|letter| of_theirs(*letter));
    letters.any(|letter| skeleton(letter.encode_utf8(&mut [0; 4])).eq(looks.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_like_others_are_flagged() {
        for (name, said) in [
            ("Аna Ruiz", "mixes Cyrillic and Latin"),
            ("Ana Ruіz", "mixes Latin and Cyrillic"),
            ("Αna Ruiz", "mixes Greek and Latin"),
            ("Роре Smith", "mixes Cyrillic and Latin"),
            ("А. Smith", "mixes Cyrillic and Latin"),
            ("Иван Poca", "mixes Cyrillic and Latin"),
            ("Ваня-Ana Ivаnova", "mixes Cyrillic and Latin"),
            ("Αnа Ruiz", "mixes Greek, Latin and more"),
            ("𝐀na Ruiz", "mixes Symbols and Latin"),
            ("𝐀𝐧𝐚", "has symbols for letters"),
            ("A\u{200B}nа", "mixes Latin and Cyrillic"),
            ("Иvаn", "mixes Cyrillic and Latin"),
        ] {
            assert_eq!(mixed(name).map(|mixed| mixed.to_string()).as_deref(), Some(said), "{name}");
        }
    }

    #[test]
    fn honest_names_are_let_be() {
        for name in [
            "Ana Ruiz",
            "Zoë Brontë",
            "Nguye\u{302}\u{303}n Văn An",
            "Siobhán O’Connor",
            "Kaʻiulani",
            "Mª José García",
            "Иван Петров",
            "Сара Рос",
            "Ελένη Παπαδοπούλου",
            "Ուրարտու",
            "محمد علي",
            "می\u{200C}نا",
            "עִבְרִית",
            "李小龍 (Bruce Lee)",
            "李Bruce",
            "田中 花子",
            "山田 タロウ",
            "よしだ ヒロシ",
            "金 민준",
            "Мария (Maria)",
            "Анна / Anna",
            "Ελένη (Eleni)",
            "สมชาย ใจดี",
            "राम क्\u{200D}ष",
            "Robert'); DROP TABLE patients;--",
            "",
        ] {
            assert_eq!(mixed(name), None, "{name}");
        }
    }
}
