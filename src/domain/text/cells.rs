//! Texts measured in the cells of a terminal, and made to fit them. What comes in is cleaned first.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::{clean, is_plain_ascii};

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

/// ratatui reserves one more cell for each halfwidth Katakana voicing mark than the width tables
/// say, and what we measure must agree with the cells that it fills.
fn grapheme_width(grapheme: &str) -> usize {
    let marks = grapheme.chars().filter(|c| matches!(c, '\u{FF9E}' | '\u{FF9F}')).count();
    grapheme.width() + marks
}
