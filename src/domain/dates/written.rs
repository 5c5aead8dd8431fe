//! Takes the written form of a date apart, before anything is known about centuries or habits.

use crate::domain::text;

/// The months, to be recognised by any beginning of three letters or more.
pub(super) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A date as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    /// Day, month and perhaps a year, in an order that the form itself tells.
    Date((u32, u32, Option<Year>)),
    /// Day and month in an order that is the writer's habit.
    Numbers { a: u32, b: u32, year: Option<Year> },
    /// Six or eight ASCII digits in a row.
    Compact(String),
}

/// A year as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Year {
    pub(super) value: i32,
    /// 2 or 4.
    pub(super) digits: usize,
}

impl Year {
    fn parse(digits: &str) -> Option<Year> {
        let value = i32::try_from(number(digits, 4)?).ok()?;
        matches!(digits.len(), 2 | 4).then_some(Year { value, digits: digits.len() })
    }
}

/// A number or a word, and the separator after it: none ('\0'), a space, or one of `. / -`.
struct Piece<'a> {
    text: &'a str,
    after: char,
}

impl Piece<'_> {
    fn is_number(&self) -> bool {
        self.text.starts_with(|c: char| c.is_ascii_digit())
    }
}

impl Written {
    /// Reads a text in the form that [`usual`] gives it; `None` when it is not written like a date.
    pub(super) fn parse(typed: &str) -> Option<Written> {
        let pieces = pieces(typed)?;
        let is_year = |piece: &Piece| piece.text.len() == 4;
        match pieces.as_slice() {
            [digits] if digits.is_number() && matches!(digits.text.len(), 6 | 8) => {
                Some(Written::Compact(digits.text.to_owned()))
            }
            [a, b] if a.is_number() && b.is_number() => {
                let (a, b, separator) = (number(a.text, 2)?, number(b.text, 2)?, a.after);
                match separator {
                    '.' => Some(Written::Date((a, b, None))),
                    '/' => Some(Written::Numbers { a, b, year: None }),
                    _ => None,
                }
            }
            [a, b] => named(a, b, None),
            [a, b, c] if [a, b, c].iter().all(|piece| piece.is_number()) => {
                if a.after != b.after {
                    return None;
                }
                if is_year(a) {
                    let (month, day) = (number(b.text, 2)?, number(c.text, 2)?);
                    return Some(Written::Date((day, month, Some(Year::parse(a.text)?))));
                }
                let year = Year::parse(c.text)?;
                let (separator, a, b) = (a.after, number(a.text, 2)?, number(b.text, 2)?);
                match separator {
                    '.' => Some(Written::Date((a, b, Some(year)))),
                    // Three short numbers between spaces are more often a telephone number.
                    ' ' if year.digits == 2 => None,
                    _ => Some(Written::Numbers { a, b, year: Some(year) }),
                }
            }
            [year, month, day] if is_year(year) && year.is_number() => {
                named(day, month, Some(Year::parse(year.text)?))
            }
            [a, b, year] if year.is_number() => named(a, b, Some(Year::parse(year.text)?)),
            _ => None,
        }
    }
}

/// A day and a month's name, in either order.
fn named(a: &Piece, b: &Piece, year: Option<Year>) -> Option<Written> {
    let (day, month) = if a.is_number() { (a, b) } else { (b, a) };
    let begins = |name: &str| month.text.len() >= 3 && name.starts_with(month.text);
    let month = u32::try_from(MONTHS.iter().position(|name| begins(name))? + 1).ok()?;
    Some(Written::Date((number(day.text, 2)?, month, year)))
}

/// The numbers and words of a text; `None` when there is anything else in it than these and single
/// separators, or more than any date has. "of" and the endings of ordinals are left out.
fn pieces(typed: &str) -> Option<Vec<Piece<'_>>> {
    let class = |c: char| (c.is_ascii_digit(), c.is_ascii_alphabetic());
    let mut pieces: Vec<Piece> = Vec::new();
    let mut rest = typed;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| class(c) != class(first)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        if class(first) != (false, false) {
            let ordinal = matches!(run, "st" | "nd" | "rd" | "th" | "of");
            if !(ordinal && pieces.last().is_some_and(Piece::is_number)) {
                pieces.push(Piece { text: run, after: '\0' });
            }
            if pieces.len() > 3 {
                return None;
            }
            continue;
        }
        let mut marks = run.chars().filter(|c| !matches!(c, ' ' | ','));
        let separator = marks.next().unwrap_or(' ');
        if marks.next().is_some() || !matches!(separator, ' ' | '.' | '/' | '-') {
            return None;
        }
        pieces.last_mut()?.after = separator;
    }
    // "1.12." ends with a dot; a date that ends with another separator is not finished.
    pieces.last().filter(|last| matches!(last.after, '\0' | '.'))?;
    Some(pieces)
}

/// Day, month and year out of digits in a row, by a pattern such as `ddmmyyyy` of the same length.
pub(super) fn by_pattern(digits: &str, pattern: &str) -> (u32, u32, Option<Year>) {
    let field = |letter: u8| {
        let places = pattern.bytes().zip(digits.bytes());
        places
            .filter(|(place, _)| *place == letter)
            .fold((0u32, 0), |(value, length), (_, digit)| (value * 10 + u32::from(digit - b'0'), length + 1))
    };
    let (year, length) = field(b'y');
    let year = i32::try_from(year).ok().map(|value| Year { value, digits: length });
    (field(b'd').0, field(b'm').0, year)
}

/// The one form in which everything here is read: lower case, ASCII digits, plain hyphens, single
/// spaces, none around.
pub(super) fn usual(input: &str) -> String {
    let words: Vec<_> = input.split_whitespace().collect();
    text::ascii_digits(&words.join(" "))
        .chars()
        .map(|c| if matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}') { '-' } else { c })
        .flat_map(char::to_lowercase)
        .collect()
}

/// The value of 1 to `longest` ASCII digits and nothing else.
pub(super) fn number(digits: &str, longest: usize) -> Option<u32> {
    let is_number = digits.len() <= longest && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn year(value: i32, digits: usize) -> Year {
        Year { value, digits }
    }

    #[test]
    fn forms_are_told_apart() {
        for (typed, expected) in [
            ("1980-04-02", Written::Date((2, 4, Some(year(1980, 4))))),
            ("1980.4.2", Written::Date((2, 4, Some(year(1980, 4))))),
            ("2.4.80", Written::Date((2, 4, Some(year(80, 2))))),
            ("2/4/80", Written::Numbers { a: 2, b: 4, year: Some(year(80, 2)) }),
            ("2 4 1980", Written::Numbers { a: 2, b: 4, year: Some(year(1980, 4)) }),
            ("2.4.", Written::Date((2, 4, None))),
            ("2/4", Written::Numbers { a: 2, b: 4, year: None }),
            ("020480", Written::Compact("020480".to_owned())),
            ("apr 2nd, 1980", Written::Date((2, 4, Some(year(1980, 4))))),
        ] {
            assert_eq!(Written::parse(&usual(typed)), Some(expected), "{typed}");
        }
        for typed in [
            "",
            "2",
            "2-4",
            "2 4",
            "2 4 80",
            "1-2/1980",
            "1/2/",
            "/1/2",
            "apr 1980",
            "2 4 apr",
            "1.2.3.4",
            "1_2_1980",
            "0204198",
            "2 ap 1980",
            "2.4.198",
            "2 apr 1980 9",
        ] {
            assert_eq!(Written::parse(&usual(typed)), None, "{typed}");
        }
    }

    #[test]
    fn patterns_pick_their_digits() {
        assert_eq!(by_pattern("19800402", "yyyymmdd"), (2, 4, Some(year(1980, 4))));
        assert_eq!(by_pattern("020480", "ddmmyy"), (2, 4, Some(year(80, 2))));
    }
}
