//! What may be a password, by NIST SP 800-63B-4, section 3.1.1.2: long, in any characters that can
//! be typed again, and not one of those that are tried first. No rule says which kinds of characters
//! it must have, and none that it must be changed from time to time.
//!
//! How it is kept is the store's affair; here nothing is hashed.

use std::collections::BTreeSet;

use secrecy::zeroize::Zeroizing;
use thiserror::Error;
use unicode_normalization::{UnicodeNormalization as _, is_nfc};
use zxcvbn::{Score, zxcvbn};

use super::fold::words;
use super::text::{TextFault, accept_line};

/// The fewest characters of a password (Unicode scalar values, as NIST counts them): what is asked
/// of one that is the only proof of who somebody is.
pub const MIN_PASSWORD: usize = 15;
/// The most characters: enough for any sentence, and little enough to be hashed at once.
pub const MAX_PASSWORD: usize = 128;

/// What everybody who tries a password here knows: the program and what it is for.
const KNOWN_TO_ALL: [&str; 5] = ["frontdesk", "front desk", "reception", "clinic", "doctor"];
/// Signs that are written for letters.
const SIGNS: [(char, char); 8] =
    [('0', 'o'), ('3', 'e'), ('4', 'a'), ('@', 'a'), ('5', 's'), ('$', 's'), ('7', 't'), ('+', 't')];
/// The shortest word about a person that makes a password easier to guess.
const WORD: usize = 3;

/// Why a text may not be a password. Displays as the latter half of a line whose first half names
/// the field: "Password" + "has 7 characters; at least 15 are needed". It never holds the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordFault {
    /// Fewer than [`MIN_PASSWORD`] characters.
    #[error(
        "has {is} character{}; at least {MIN_PASSWORD} are needed: a few words make a good one",
        if *is == 1 { "" } else { "s" }
    )]
    TooShort {
        /// How many there are.
        is: usize,
    },
    /// More than [`MAX_PASSWORD`] characters.
    #[error("has {is} characters; at most {MAX_PASSWORD} are allowed")]
    TooLong {
        /// How many there are.
        is: usize,
    },
    /// A character that no key writes, so that it could not be typed again.
    #[error("holds {name}; only characters that can be typed again are allowed")]
    Untypable {
        /// What kind of character it is, with its article.
        name: &'static str,
    },
    /// On the lists of the commonest, or made of what is: words of those lists, rows of keys,
    /// sequences, repetitions, dates.
    #[error("is one of those that are guessed first; a few words that do not belong together are needed")]
    Common,
    /// Made of what is known of the person or the clinic.
    #[error("is made of names that are known here; words that nobody would look for are needed")]
    Personal,
}

/// Takes a new password in, and answers it as it is to be kept: see [`normalised`]. Blanks count, at
/// its ends too, and nothing is cut off.
///
/// `about` is what others know of the person: name, e-mail address, the clinic's name.
///
/// The lists and the estimate are those of `zxcvbn`. What would be found within 10^10 guesses is
/// refused; where names that are known are in it, what is left without them must take 10^8.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn accept_password(typed: &str, about: &[&str]) -> Result<String, PasswordFault> {
    // A text of one line may end with a line end; a password may not.
    if typed.contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
        return Err(PasswordFault::Untypable { name: "a line end" });
    }
    // Only asked: a line's blanks are made one, a password's are its own.
    match accept_line(typed, usize::MAX).map(Zeroizing::new) {
        Err(TextFault::Forbidden { name, .. }) => return Err(PasswordFault::Untypable { name }),
        Ok(_) | Err(TextFault::Empty | TextFault::TooLong { .. }) => {}
    }
    let password = Zeroizing::new(normalised(typed));
    let is = password.chars().count();
    if is < MIN_PASSWORD {
        return Err(PasswordFault::TooShort { is });
    }
    if is > MAX_PASSWORD {
        return Err(PasswordFault::TooLong { is });
    }
    if without_known(&password, about).any(|rest| strength(&rest) < Score::Three) {
        return Err(PasswordFault::Personal);
    }
    if strength(&password) < Score::Four {
        return Err(PasswordFault::Common);
    }
    Ok(password.to_string())
}

/// A password for somebody's first sign-in, of random bytes: six groups of two spoken syllables, which are
/// read out and typed without doubt. Each byte is worth 6 bits: 72 of them.
#[must_use]
pub fn spoken(bytes: [u8; 12]) -> String {
    // Without c and q, which sound like k, and without y; i is left out, since it looks like l.
    const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
    const VOWELS: &[u8; 4] = b"aeou";
    let mut text = String::new();
    for (n, byte) in bytes.into_iter().enumerate() {
        if n > 0 && n % 2 == 0 {
            text.push('-');
        }
        text.push(char::from(CONSONANTS[usize::from(byte & 0x0f)]));
        text.push(char::from(VOWELS[usize::from(byte >> 4 & 0x03)]));
    }
    text
}

/// The form in which a password is hashed and compared: Unicode's NFC, so that "é" is the same
/// password on a keyboard that writes it as one character and on one that writes two.
#[must_use]
pub fn normalised(typed: &str) -> String {
    if is_nfc(typed) { typed.to_owned() } else { typed.nfc().collect() }
}

/// How hard it is to guess, by somebody who knows nothing of the person.
fn strength(password: &str) -> Score {
    zxcvbn(password, &[]).score()
}

/// The password, folded, with what is known cut out of it, once for each way in which signs are
/// written for letters; none where nothing of it is there.
fn without_known(password: &str, about: &[&str]) -> impl Iterator<Item = Zeroizing<String>> {
    let known = known_words(about);
    // As it is, and with "1" for one letter and for the other.
    [None, Some('i'), Some('l')].into_iter().filter_map(move |one| {
        let letter = |c| match (one, c) {
            (None, _) => c,
            (Some(one), '1' | '!' | '|') => one,
            _ => SIGNS.iter().find(|(sign, _)| *sign == c).map_or(c, |(_, letter)| *letter),
        };
        let written = Zeroizing::new(password.chars().map(letter).collect::<String>());
        let mut rest = Zeroizing::new(words(&written).concat());
        let before = rest.len();
        for word in &known {
            // With a blank between, so that what stood around it makes no new word.
            rest = Zeroizing::new(rest.replace(word.as_str(), " "));
        }
        (rest.len() < before).then_some(rest)
    })
}

/// The words of what is known, folded, each for itself and all in one; the longest first.
fn known_words(about: &[&str]) -> Vec<String> {
    let mut known = BTreeSet::new();
    for text in about.iter().chain(&KNOWN_TO_ALL) {
        let words = words(text);
        known.insert(words.concat());
        known.extend(words);
    }
    let mut known: Vec<String> = known.into_iter().filter(|word| word.len() >= WORD).collect();
    known.sort_by_key(|word| std::cmp::Reverse(word.len()));
    known
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANA: [&str; 3] = ["Ana Ruíz-Ortega", "ana.ruiz@riverside.example", "Riverside Clinic"];

    fn refused(typed: &str) -> PasswordFault {
        accept_password(typed, &ANA).expect_err(typed)
    }

    #[test]
    fn what_is_spoken_tells_each_byte_by_its_own_syllable() {
        assert_eq!(spoken([0; 12]), "baba-baba-baba-baba-baba-baba");
        let last = spoken([0xff; 12]);
        assert_eq!((last.as_str(), last.len()), ("zuzu-zuzu-zuzu-zuzu-zuzu-zuzu", 29));
        let first = |byte: u8| spoken([byte; 12])[..2].to_owned();
        let syllables: std::collections::BTreeSet<String> = (0..64).map(first).collect();
        assert_eq!(syllables.len(), 64);
    }

    #[test]
    fn what_is_long_and_not_to_be_guessed_is_taken_as_it_is() {
        for typed in [
            "correct horse battery staple",
            "  two blanks  and a kite  ",
            "vier Fahrräder im Schnee",
            "пять велосипедов в снегу",
            "雪の中の五台の自転車とやかん猫",
            "zK7!pq0Lw;vN2#xU",
            "🐘🚲🍋🪁🧦🎻🐌🧂🪣🌂🦀🛶🧭🍄🪑",
            // A name in it is no fault where the rest is strong without it.
            "Ana never paints the ninth bicycle",
            "Ana Ruiz zK7!pq0Lw",
            "purple kettle monday",
            "monday morning rain",
            "my dog has three legs",
        ] {
            assert_eq!(accept_password(typed, &ANA).as_deref(), Ok(typed));
        }
        let longest: String = "seven odd kettles, ".chars().cycle().take(MAX_PASSWORD).collect();
        assert!(longest.chars().count() == MAX_PASSWORD);
        assert!(!matches!(accept_password(&longest, &[]), Err(PasswordFault::TooLong { .. })));
    }

    #[test]
    fn a_length_is_counted_in_characters_as_they_are_kept() {
        assert_eq!(refused(""), PasswordFault::TooShort { is: 0 });
        assert_eq!(refused("zK7!pq0Lw;vN2#"), PasswordFault::TooShort { is: 14 });
        // Fourteen, where an accent is a character of its own.
        assert_eq!(refused("zK7!pq0Lw;vNe\u{301}#"), PasswordFault::TooShort { is: 14 });
        assert_eq!(refused(&"ж".repeat(129)), PasswordFault::TooLong { is: 129 });
    }

    #[test]
    fn both_ways_to_write_an_accent_are_one_password() {
        let two = accept_password("Caf\u{65}\u{301} wider die Gezeiten", &[]);
        assert_eq!(two.as_deref(), Ok("Caf\u{e9} wider die Gezeiten"));
        assert_eq!(two, accept_password("Caf\u{e9} wider die Gezeiten", &[]));
    }

    #[test]
    fn what_could_not_be_typed_again_is_refused() {
        for (typed, name) in [
            ("correct horse\u{7} battery staple", "a control character"),
            ("correct horse\tbattery staple", "a tab"),
            ("correct horse battery staple\n", "a line end"),
            ("correct horse\r\nbattery staple", "a line end"),
            ("correct horse\u{2028}battery staple", "a line end"),
            ("correct horse\u{1b}[0m battery staple", "a control character"),
            ("correct horse\u{202e} battery staple", "a bidirectional control character"),
            ("correct horse\u{200b} battery staple", "a zero-width character"),
        ] {
            assert_eq!(refused(typed), PasswordFault::Untypable { name }, "{typed:?}");
        }
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        for typed in [
            "passwordpassword",
            "password1234567",
            "Passw0rd!Passw0rd!",
            "123456789012345",
            "qwertyuiopasdfgh",
            "1qaz2wsx3edc4rfv",
            "aaaaaaaaaaaaaaaa",
            "               ",
            "abcabcabcabcabcabc",
            "abcdefghijklmnop",
            "letmeinletmeinletmein",
            "iloveyouiloveyou",
            "football basketball",
            "january2026february",
        ] {
            assert_eq!(refused(typed), PasswordFault::Common, "{typed}");
        }
    }

    #[test]
    fn what_is_made_of_a_person_and_the_clinic_is_refused() {
        for typed in [
            "Ana Ruíz-Ortega",
            "ana ruiz ortega",
            "ana.ruiz@riverside.example",
            "anaruizriverside",
            "RuizOrtega@Riverside",
            "R1verside-Cl1nic-Ana",
            "frontdesk-riverside",
            "riverside.example1",
            "Riverside2026!Clinic",
        ] {
            assert_eq!(refused(typed), PasswordFault::Personal, "{typed}");
        }
        assert!(accept_password("RuizOrtega@Riverside", &[]).is_ok(), "it is nobody's name elsewhere");
    }

    #[test]
    fn a_fault_says_what_is_expected_and_never_the_password() {
        for (typed, line) in [
            ("Kzq", "has 3 characters; at least 15 are needed: a few words make a good one"),
            ("K", "has 1 character; at least 15 are needed: a few words make a good one"),
            (&"Kzq".repeat(43), "has 129 characters; at most 128 are allowed"),
            ("Kzq\u{7}", "holds a control character; only characters that can be typed again are allowed"),
            (
                "KzqKzqKzqKzqKzqKzq",
                "is one of those that are guessed first; a few words that do not belong together are needed",
            ),
            (
                "riverside clinic",
                "is made of names that are known here; words that nobody would look for are needed",
            ),
        ] {
            let fault = refused(typed);
            assert_eq!(fault.to_string(), line);
            assert!(!format!("{fault} {fault:?}").contains("Kzq"));
        }
    }

    proptest! {
        // The lists are slow without optimisation.
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        #[test]
        fn any_text_gets_an_answer_and_what_was_accepted_stays(typed in "\\PC{0,150}", about in any::<String>()) {
            if let Ok(password) = accept_password(&typed, &[&about]) {
                prop_assert_eq!(accept_password(&password, &[&about]), Ok(password));
            }
        }
    }
}
