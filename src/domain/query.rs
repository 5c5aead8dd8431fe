//! The one look-up field: what was typed, as the things that it may mean.
//!
//! Nothing is looked up here. The store gets a [`PatientQuery`] and finds the rows; which words
//! were mistyped is for `words` to say.

use chrono::NaiveDate;

use super::dates::DateFault;
use super::{contact, dates, fold, text};

/// How much of what was typed is read, in characters.
pub const MAX_QUERY_CHARS: usize = 100;
/// How many words count; further ones would no longer tell patients apart.
pub const MAX_WORDS: usize = 8;
/// From how many digits on a number may be the end of a telephone number.
pub const MIN_PHONE_DIGITS: usize = 3;
/// From how many digits on a leading zero is taken for the trunk zero of a national number, which
/// the stored number does not have. Fewer are an ending, in which a zero is a digit like others.
const MIN_NATIONAL_DIGITS: usize = 6;
/// The most words that a date is written with.
const DATE_TOKENS: usize = 3;

/// What somebody looks for.
///
/// - **With words**, a patient is meant whose name has every word (each as the beginning of one
///   of its words, in any order), and who also agrees with each other field that is given:
///   "smith 1980-04-02" is the Smiths born on that day, "smith 4567" those whose number ends so.
///   Each number in the text then has one meaning only.
/// - **Without words**, the fields that are given are alternatives: a patient is meant who agrees
///   with any of them. "19800402" may be an id, the end of a number, or a date of birth.
///
/// Several `birth_dates` are always alternatives to each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatientQuery {
    /// Folded words of the name, or their beginnings, each once; at most [`MAX_WORDS`].
    pub words: Vec<String>,
    /// Every plausible reading of the dates in the text, in ascending order, each once.
    pub birth_dates: Vec<NaiveDate>,
    /// The last digits of a telephone number, or all of it, from the last to the first, without a
    /// trunk zero and without `+`: a beginning of what [`fold::reversed_digits`] makes of the
    /// stored number. At least [`MIN_PHONE_DIGITS`] digits.
    pub phone: Option<String>,
    /// The beginning of an e-mail address, or all of it, in lower case.
    pub email: Option<String>,
    /// A patient's id, greater than 0.
    pub id: Option<i32>,
}

impl PatientQuery {
    /// Reads what was typed; everything means something or is left out, so there is no error.
    ///
    /// - `#123` is an id.
    /// - A text of nothing but digits is an id (where it can be one), the end of a telephone
    ///   number, and, with six or eight digits, a date of birth.
    /// - A word with `@` is an e-mail address.
    /// - One to three words that read as a full date are a date of birth, in the forms of
    ///   [`dates::birth_dates`]. Six digits beside other digits are no date but part of a number.
    /// - Digits with separators are a telephone number; neighbours are joined, and after a `+`
    ///   all that follow are, unless one is a date with its separators.
    /// - The rest are words of the name.
    #[must_use]
    pub fn parse(input: &str, today: NaiveDate) -> PatientQuery {
        let line: String = text::clean(input).chars().take(MAX_QUERY_CHARS).collect();
        let line = text::ascii_digits(&line);
        let tokens: Vec<&str> = line.split_whitespace().collect();
        let mut query = PatientQuery::default();
        if let [number] = tokens.as_slice()
            && is_bare(number)
        {
            query.id = id(number).filter(|_| !number.starts_with('0'));
            query.add_phone(number);
            query.add_dates(dates::birth_dates(number, today));
            return query;
        }
        let mut next = 0;
        while next < tokens.len() {
            next += query.take(&tokens, next, today);
        }
        query
    }

    /// What is wrong with a date in the text that nobody can be born on, such as 31.2.1980: it is looked
    /// up as a number, and finds nobody.
    #[must_use]
    pub fn date_fault(input: &str, today: NaiveDate) -> Option<DateFault> {
        let line: String = text::clean(input).chars().take(MAX_QUERY_CHARS).collect();
        let line = text::ascii_digits(&line);
        let tokens: Vec<&str> = line.split_whitespace().collect();
        // Digits without a separator, and groups of them, may be an id or the end of a number.
        let may_be_number = |window: &[&str]| match window {
            [token] => is_bare(token),
            _ => window.iter().all(|token| is_digit_group(token)),
        };
        let windows = (1..=DATE_TOKENS).flat_map(|length| tokens.windows(length));
        windows.filter(|window| !may_be_number(window)).find_map(|window| {
            let fault =
                dates::parse_birth_date(window.join(" ").trim_end_matches([',', ';']), today).err()?;
            let is_date = matches!(
                fault,
                DateFault::NoSuchDate { .. } | DateFault::Future { .. } | DateFault::Year { .. }
            );
            is_date.then_some(fault)
        })
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
            && self.birth_dates.is_empty()
            && self.phone.is_none()
            && self.email.is_none()
            && self.id.is_none()
    }

    /// Reads what begins at a token, and answers how many tokens that was.
    fn take(&mut self, tokens: &[&str], at: usize, today: NaiveDate) -> usize {
        let token = tokens[at];
        if token.contains('@') {
            let address = token.trim_matches(|c| matches!(c, '<' | '>' | ',' | ';' | '"'));
            if address != "@" && self.email.is_none() {
                self.email = Some(address.to_lowercase());
            }
            return 1;
        }
        if let Some(number) = token.strip_prefix('#')
            && is_bare(number)
        {
            self.id = self.id.or(id(number));
            return 1;
        }
        if token.trim_start_matches('(').starts_with('+') && is_digit_group(token) {
            let ends = |token: &&&str| !is_digit_group(token) || separated_date(token, today);
            let after = tokens[at + 1..].iter().take_while(|token| !ends(token)).count();
            self.add_phone(&tokens[at..=at + after].concat());
            return after + 1;
        }
        if let Some((length, found)) = date_at(tokens, at, today) {
            self.add_dates(found);
            return length;
        }
        if is_digit_group(token) {
            let goes_on =
                |place: &usize| is_digit_group(tokens[*place]) && date_at(tokens, *place, today).is_none();
            let after = (at + 1..tokens.len()).take_while(goes_on).count();
            self.add_phone(&tokens[at..=at + after].concat());
            return after + 1;
        }
        for word in fold::words(token) {
            if self.words.len() < MAX_WORDS && !self.words.contains(&word) {
                self.words.push(word);
            }
        }
        1
    }

    /// Adds a number as it was typed; of several, the longest is kept, which says most.
    fn add_phone(&mut self, typed: &str) {
        let typed = typed.replace("(0)", "");
        let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
        let digits = if digits.len() >= MIN_NATIONAL_DIGITS {
            digits.trim_start_matches('0')
        } else {
            digits.as_str()
        };
        let longer = self.phone.as_ref().is_none_or(|kept| kept.len() < digits.len());
        if digits.len() >= MIN_PHONE_DIGITS && longer {
            self.phone = Some(fold::reversed_digits(digits));
        }
    }

    fn add_dates(&mut self, found: Vec<NaiveDate>) {
        self.birth_dates.extend(found);
        self.birth_dates.sort_unstable();
        self.birth_dates.dedup();
    }
}

/// The longest date that begins at a token: how many tokens it has, and its readings.
fn date_at(tokens: &[&str], at: usize, today: NaiveDate) -> Option<(usize, Vec<NaiveDate>)> {
    (1..=DATE_TOKENS.min(tokens.len() - at)).rev().find_map(|length| {
        let window = &tokens[at..at + length];
        if let [token] = window
            && token.len() == 6
            && is_bare(token)
            && has_digit_neighbour(tokens, at)
        {
            return None;
        }
        let found = dates::birth_dates(window.join(" ").trim_end_matches([',', ';']), today);
        (!found.is_empty()).then_some((length, found))
    })
}

fn has_digit_neighbour(tokens: &[&str], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|place| tokens.get(place));
    [before, tokens.get(at + 1)].into_iter().flatten().any(|token| is_digit_group(token))
}

/// Whether one token is a date that shows it by its separators.
fn separated_date(token: &str, today: NaiveDate) -> bool {
    !is_bare(token) && !dates::birth_dates(token, today).is_empty()
}

fn is_bare(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit())
}

/// A part of a telephone number: digits and separators; a lone separator joins its neighbours.
fn is_digit_group(token: &str) -> bool {
    token.chars().all(|c| c.is_ascii_digit() || c == '+' || contact::is_phone_separator(c))
}

fn id(digits: &str) -> Option<i32> {
    digits.parse().ok().filter(|id| *id > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(typed: &str) -> PatientQuery {
        PatientQuery::parse(typed, "2026-12-01".parse().expect("an ISO date"))
    }

    /// A query in one line: words, dates, phone, e-mail, id, each with its mark.
    fn shown(typed: &str) -> String {
        let query = parse(typed);
        let mut parts = query.words.clone();
        parts.extend(query.birth_dates.iter().map(|date| format!("*{date}")));
        parts.extend(query.phone.iter().map(|phone| format!("+{phone}")));
        parts.extend(query.email.iter().map(|email| format!("@{email}")));
        parts.extend(query.id.iter().map(|id| format!("#{id}")));
        parts.join(" ")
    }

    #[test]
    fn texts_mean_what_people_mean() {
        for (typed, meaning) in [
            ("", ""),
            ("  - ", ""),
            ("Smith", "smith"),
            ("Smith, John", "smith john"),
            ("Zoë O'Brien-Łuk", "zoe obrien luk"),
            ("ana ana", "ana"),
            ("#123", "#123"),
            ("#0", ""),
            ("#ab", "ab"),
            ("12", "#12"),
            ("4567", "+7654 #4567"),
            ("0101", "+1010"),
            ("010180", "*1980-01-01 +08101"),
            ("19800402", "*1980-04-02 +20400891 #19800402"),
            ("1980-04-02", "*1980-04-02"),
            ("2.4.1980", "*1980-04-02"),
            ("2/4/1980", "*1980-02-04 *1980-04-02"),
            ("2 Apr 1980", "*1980-04-02"),
            ("smith 2 apr 1980", "smith *1980-04-02"),
            ("April 2, 1980, Smith", "smith *1980-04-02"),
            ("April Smith", "april smith"),
            ("2apr 1980 ana", "ana *1980-04-02"),
            ("smith 2 4 1980", "smith *1980-02-04 *1980-04-02"),
            ("smith 1980-04-02", "smith *1980-04-02"),
            ("smith 19800402", "smith *1980-04-02"),
            ("smith 010180", "smith *1980-01-01"),
            ("smith 4567", "smith +7654"),
            ("smith 45", "smith"),
            ("4567 smith #9", "smith +7654 #9"),
            ("555-0101", "+1010555"),
            ("555 010180", "+081010555"),
            ("555 - 0101", "+1010555"),
            ("030 1234567", "+765432103"),
            ("(030) 123 45 67", "+765432103"),
            ("+49 30 12345", "+543210394"),
            ("+49 (0)30 12345", "+543210394"),
            ("(+49) 30 12 1980", "+0891210394"),
            ("0049 30 12345", "+543210394"),
            ("+49 30 12345 1980-04-02 ana", "ana *1980-04-02 +543210394"),
            ("01 02 03 04 05", "+504030201"),
            ("01.02.03.04.05", "+504030201"),
            ("+4", ""),
            ("Ana@Example.org", "@ana@example.org"),
            ("ana@", "@ana@"),
            ("ruiz <ana@example.org>,", "ruiz @ana@example.org"),
            ("٤٥٦٧", "+7654 #4567"),
            ("99999999999", "+99999999999"),
            ("smith\u{202E} \u{1B}john", "smith john"),
        ] {
            assert_eq!(shown(typed), meaning, "{typed:?}");
        }
        assert!(parse(" - ").is_empty());
        assert!(!parse("1").is_empty());
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(parse(&"x".repeat(5000)).words, ["x".repeat(100)]);
        assert_eq!(parse("a b c d e f g h i j").words.len(), MAX_WORDS);
    }

    proptest! {
        #[test]
        fn any_text_means_something_that_can_be_asked(
            wild in any::<String>(),
            usual in "([a-z]{1,5}|[0-9]{1,8}|[0-9]{1,2}[-./][0-9]{1,2}[-./][0-9]{4}|\\+[0-9]{1,3}|apr|#[0-9]{1,3}|a@b|-)( ([a-z]{1,5}|[0-9]{1,8}|apr|[0-9]{2,4}-[0-9]{1,4})){0,5}",
        ) {
            for typed in [&wild, &usual] {
                let query = parse(typed);
                prop_assert!(query.words.iter().all(|word| !word.is_empty() && fold::fold(word) == *word));
                prop_assert!(query.birth_dates.is_sorted());
                prop_assert!(query.phone.iter().all(|phone| phone.len() >= MIN_PHONE_DIGITS && is_bare(phone)));
                prop_assert!(query.id.is_none_or(|id| id > 0));
            }
        }

        #[test]
        fn a_stored_number_is_found_by_its_end(number in "[1-9][0-9]{7,13}", length in 3usize..15) {
            let stored = contact::accept_phone(&format!("+{number}")).expect("a number in form");
            let end = &number[number.len().saturating_sub(length)..];
            let phone = parse(end).phone.expect("three digits or more");
            prop_assert!(fold::reversed_digits(&stored).starts_with(&phone));
        }
    }
}
