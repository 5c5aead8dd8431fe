//! Names and numbers in the form in which they are looked up: lower-case ASCII words, and digits
//! from the last to the first.
//!
//! The store keeps folded columns beside what was typed, and a look-up folds its words in the same
//! way, so that "Łukasz" is found by "lukasz" on every database alike. A change of what [`fold`]
//! answers therefore needs a migration that fills those columns again.

use super::text;

/// The longest rotation of a name, in bytes: what the look-up's index column holds.
pub const ROTATION_MAX_BYTES: usize = 100;
/// How many rotations a name has at most; names with more words are titles and nicknames.
pub const MAX_ROTATIONS: usize = 8;

/// The look-up form of a text: words of `a-z` and `0-9` with single spaces between.
///
/// Other scripts and accents are transliterated character by character ("Zoë" is "zoe", "ß" is
/// "ss", "ü" is "u"). An apostrophe joins ("O'Brien" is "obrien"), everything else that is neither
/// a letter nor a digit parts ("Anne-Marie" is "anne marie").
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut push = |c: char| match c {
        'a'..='z' | '0'..='9' => folded.push(c),
        'A'..='Z' => folded.push(c.to_ascii_lowercase()),
        // Transliteration makes an apostrophe of a soft sign and of an ayn, too.
        '\'' | '`' => {}
        _ if !folded.is_empty() && !folded.ends_with(' ') => folded.push(' '),
        _ => {}
    };
    if text.is_ascii() {
        text.chars().for_each(&mut push);
    } else {
        // Cleaned first, because the tables make spaces of some invisible characters.
        deunicode::deunicode_with_tofu(&text::clean(text), "").chars().for_each(&mut push);
    }
    if folded.ends_with(' ') {
        folded.pop();
    }
    folded
}

/// The words of a text, folded, in their order.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    fold(text).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The name once for each of its distinct words: that word first, then the words after it, then
/// those before it, so that an index over these finds the name by the beginning of any word, and
/// narrows by the next. Each at most [`ROTATION_MAX_BYTES`], cut at the end; at most
/// [`MAX_ROTATIONS`], the first words' ones.
#[must_use]
pub fn rotations(name: &str) -> Vec<String> {
    let words = words(name);
    let mut rotations = Vec::with_capacity(words.len().min(MAX_ROTATIONS));
    for (place, word) in words.iter().enumerate() {
        if words[..place].contains(word) {
            continue;
        }
        if rotations.len() == MAX_ROTATIONS {
            break;
        }
        let mut rotation = words[place..].join(" ");
        for before in &words[..place] {
            rotation.push(' ');
            rotation.push_str(before);
        }
        // A cut cannot split a character: folded text is ASCII.
        rotation.truncate(ROTATION_MAX_BYTES);
        rotation.truncate(rotation.trim_end().len());
        rotations.push(rotation);
    }
    rotations
}

/// The digits of a telephone number, the last one first, so that "ends with" is a beginning that
/// an index can find. Digits of any script count; everything else is left out.
#[must_use]
pub fn reversed_digits(phone: &str) -> String {
    phone.chars().rev().filter_map(text::digit).map(|value| char::from(b'0' + value)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_fold_to_what_people_type() {
        for (name, folded) in [
            ("John Smith", "john smith"),
            ("O'Brien", "obrien"),
            ("O’Brien", "obrien"),
            ("Anne-Marie", "anne marie"),
            ("Anne‐Marie", "anne marie"),
            ("Zoë Müller-Weiß", "zoe muller weiss"),
            ("Zoe\u{308}", "zoe"),
            ("Łukasz Ørsted", "lukasz orsted"),
            ("Nguyễn Thị Ánh", "nguyen thi anh"),
            ("ʿAlī", "ali"),
            ("Игорь Объедков", "igor obedkov"),
            ("Δημήτρης", "demetres"),
            ("北京", "bei jing"),
            ("A\u{AD}n\u{200B}a", "ana"),
            (" Dr.  J. Smith, Jr. ", "dr j smith jr"),
            ("Smith 3rd", "smith 3rd"),
            ("--'--", ""),
            ("", ""),
        ] {
            assert_eq!(fold(name), folded, "{name}");
        }
        assert_eq!(words("Anne-Marie O'Brien"), ["anne", "marie", "obrien"]);
        assert!(words(" - ").is_empty());
    }

    #[test]
    fn a_name_turns_round_each_of_its_words() {
        assert_eq!(rotations("Ana Maria Ruiz"), ["ana maria ruiz", "maria ruiz ana", "ruiz ana maria"]);
        assert_eq!(rotations("Ana Ruiz Ana"), ["ana ruiz ana", "ruiz ana ana"]);
        assert_eq!(rotations("Ana"), ["ana"]);
        assert!(rotations(" ").is_empty());
        assert_eq!(rotations("a b c d e f g h i j").len(), MAX_ROTATIONS);
        let long = rotations(&format!("{} b", "a".repeat(99)));
        assert_eq!(long, ["a".repeat(99), format!("b {}", "a".repeat(98))]);
    }

    #[test]
    fn phones_are_turned_round() {
        assert_eq!(reversed_digits("+49 30 1234567"), "76543210394");
        assert_eq!(reversed_digits("٤٥٦"), "654");
        assert_eq!(reversed_digits("none"), "");
    }

    proptest! {
        #[test]
        fn folded_text_is_made_of_words(text in any::<String>()) {
            let folded = fold(&text);
            prop_assert!(folded.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b' ')));
            prop_assert_eq!(words(&text).join(" "), folded.clone());
            prop_assert_eq!(fold(&folded), folded);
        }

        #[test]
        fn each_word_leads_a_rotation(name in "[a-cA-C]{1,3}( [a-c]{1,3}){0,6}") {
            let rotations = rotations(&name);
            for word in words(&name) {
                prop_assert_eq!(rotations.iter().filter(|rotation| rotation.split(' ').next() == Some(&word)).count(), 1);
            }
            prop_assert!(rotations.iter().all(|rotation| rotation.len() == fold(&name).len()));
        }
    }
}
