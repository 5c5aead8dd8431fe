//! The distinct words of the clinic's names, held in memory, to forgive a slip of the finger
//! before the database is asked.
//!
//! Some 32,000 words cover a million patients. They are kept sorted in one string, so that words
//! which share a beginning lie together: counting a beginning is two binary searches, and looking
//! for a mistyped word walks the common beginnings once. Words are folded (see `fold`); the
//! database is not known here.

/// The most edits that are forgiven.
const MOST_EDITS: u8 = 2;
/// From how many letters on one edit is forgiven: below that, nearly everything would match.
const LETTERS_FOR_ONE: usize = 3;
/// From how many letters on two edits are forgiven.
const LETTERS_FOR_TWO: usize = 6;
/// No name has a longer word; the time and room for a longer one would be spent for nothing.
const MOST_LETTERS: usize = 100;

/// The distinct name words of a clinic with how often each is used. About 20 bytes a word beside
/// its letters: under 1 MB for 32,000.
#[derive(Debug, Clone)]
pub struct NameWords {
    /// All words in ascending order, without separators.
    arena: String,
    /// Where each word starts in the arena, and the arena's end: one more than there are words.
    starts: Vec<u32>,
    /// How often the words before each place are used together: one more than there are words.
    sums: Vec<u64>,
    /// How many bytes each word shares with the one before it.
    shared: Vec<u8>,
}

impl Default for NameWords {
    fn default() -> Self {
        NameWords { arena: String::new(), starts: vec![0], sums: vec![0], shared: Vec::new() }
    }
}

/// How near a word is to what was typed; the smaller, the nearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Nearness {
    edits: u8,
    /// Only a beginning of the word is meant, not all of it.
    beginning: bool,
}

impl NameWords {
    /// From folded words and how often each is used, in any order. A word that comes twice has the
    /// sum; an empty word is left out.
    #[must_use]
    pub fn new(words: impl IntoIterator<Item = (String, u32)>) -> Self {
        let mut sorted: Vec<_> = words.into_iter().filter(|(word, _)| !word.is_empty()).collect();
        sorted.sort_unstable();
        let mut words = NameWords::default();
        for (word, uses) in &sorted {
            words.push(word, *uses);
        }
        words
    }

    /// Adds a word that comes after all others, or more uses of the last one. One that would come
    /// before the last is left out.
    pub fn push(&mut self, word: &str, uses: u32) {
        let last = self.last();
        if word < last {
            return;
        }
        let common = last.bytes().zip(word.bytes()).take_while(|(a, b)| a == b).count();
        // A clinic's words are kilobytes; the offsets would hold four gigabytes.
        let Ok(end) = u32::try_from(self.arena.len() + word.len()) else { return };
        let total = self.sums.last().copied().unwrap_or(0) + u64::from(uses);
        if word == last {
            self.sums.pop();
        } else {
            self.shared.push(u8::try_from(common).unwrap_or(u8::MAX));
            self.arena.push_str(word);
            self.starts.push(end);
        }
        self.sums.push(total);
    }

    /// The last word; empty where there is none.
    #[must_use]
    pub fn last(&self) -> &str {
        self.len().checked_sub(1).map_or("", |place| self.word(place))
    }

    /// How many distinct words there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shared.is_empty()
    }

    /// How often words that begin with `prefix` are used, all together.
    #[must_use]
    pub fn prefix_count(&self, prefix: &str) -> u64 {
        let first = self.place(|word| word < prefix);
        let end = self.place(|word| word < prefix || word.starts_with(prefix));
        self.sums[end] - self.sums[first]
    }

    /// Whether `word` is one of them.
    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        let place = self.place(|other| other < word);
        place < self.len() && self.word(place) == word
    }

    /// The words that somebody may have meant who typed `typed`, a folded word or its beginning:
    /// at most `limit`, the likeliest first.
    ///
    /// An edit is a letter too many, too few, wrong, or changed with its neighbour, where no
    /// letter is edited twice (optimal string alignment). One edit is forgiven from three letters
    /// on, two from six on, measured against the word and against each beginning of it. Fewer
    /// edits come first, then whole words before beginnings, then the more frequent, then the
    /// alphabet. Nothing is forgiven in more than 100 letters. Words that begin with `typed` as it is are among the answers, with no edit.
    #[must_use]
    pub fn forgive(&self, typed: &str, limit: usize) -> Vec<&str> {
        let bound = match typed.len() {
            LETTERS_FOR_TWO..=MOST_LETTERS => MOST_EDITS,
            LETTERS_FOR_ONE..LETTERS_FOR_TWO => 1,
            _ => return Vec::new(),
        };
        let mut found = self.near(typed.as_bytes(), bound);
        let by_likelihood =
            |&(nearness, place): &(Nearness, usize)| (nearness, std::cmp::Reverse(self.count(place)), place);
        if limit == 0 {
            return Vec::new();
        }
        if found.len() > limit {
            found.select_nth_unstable_by_key(limit - 1, by_likelihood);
            found.truncate(limit);
        }
        found.sort_unstable_by_key(by_likelihood);
        found.into_iter().map(|(_, place)| self.word(place)).collect()
    }

    /// Every word within `bound` edits of `typed`, by its place.
    fn near(&self, typed: &[u8], bound: u8) -> Vec<(Nearness, usize)> {
        let mut found = Vec::new();
        let mut table = Table::new(typed, bound);
        let mut place = 0;
        // How many of the next word's first bytes the table holds already.
        let mut held = 0;
        while place < self.len() {
            let word = self.word(place).as_bytes();
            let mut dead_at = None;
            for (depth, letter) in word.iter().enumerate().skip(held) {
                if !table.descend(depth, *letter) {
                    dead_at = Some(depth + 1);
                    break;
                }
            }
            let Some(dead_at) = dead_at else {
                if let Some(nearness) = table.nearness(word.len()) {
                    found.push((nearness, place));
                }
                place += 1;
                held = self.shared_with_next(place, word.len());
                continue;
            };
            // No word with this beginning comes nearer than a shorter beginning of it has come.
            let beginning = table.beginning(dead_at - 1);
            loop {
                if let Some(nearness) = beginning {
                    found.push((nearness, place));
                }
                place += 1;
                held = self.shared_with_next(place, dead_at);
                if held < dead_at {
                    break;
                }
            }
        }
        found
    }

    /// How many of the first `held` bytes the word at `place` shares with the one before it.
    fn shared_with_next(&self, place: usize, held: usize) -> usize {
        self.shared.get(place).map_or(0, |shared| usize::from(*shared).min(held))
    }

    fn word(&self, place: usize) -> &str {
        &self.arena[self.starts[place] as usize..self.starts[place + 1] as usize]
    }

    fn count(&self, place: usize) -> u64 {
        self.sums[place + 1] - self.sums[place]
    }

    /// The first place whose word does not lie `before`.
    fn place(&self, before: impl Fn(&str) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if before(self.word(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// The distances between the beginnings of one word and the beginnings of what was typed: one row
/// a letter of the word, of which only the band is computed in which they can be within the bound.
struct Table<'a> {
    typed: &'a [u8],
    bound: u8,
    /// Row by row; `rows[depth * stride + column]`.
    rows: Vec<u8>,
    stride: usize,
    /// The word's letters down to the deepest row.
    letters: Vec<u8>,
    /// For each row, the least distance between all that was typed and a beginning down to it.
    best: Vec<u8>,
}

impl<'a> Table<'a> {
    fn new(typed: &'a [u8], bound: u8) -> Self {
        let stride = typed.len() + 1;
        // Any deeper row lies outside the band, and is dead.
        let depths = typed.len() + usize::from(bound) + 2;
        let far = bound + 1;
        let mut rows = vec![far; stride * depths];
        for (cell, distance) in rows.iter_mut().take(stride).zip(0..far) {
            *cell = distance;
        }
        let mut best = vec![far; depths];
        best[0] = rows[typed.len()];
        Table { typed, bound, rows, stride, letters: vec![0; depths], best }
    }

    /// Fills the row below `depth` with the word's letter there; false when neither this beginning
    /// nor a longer one can come within the bound.
    fn descend(&mut self, depth: usize, letter: u8) -> bool {
        let row = depth + 1;
        let band = usize::from(self.bound);
        let far = self.bound + 1;
        if row > self.typed.len() + band {
            return false;
        }
        self.letters[depth] = letter;
        let first = row.saturating_sub(band);
        let last = (row + band).min(self.typed.len());
        let here = row * self.stride;
        let above = here - self.stride;
        let mut nearest = far;
        // The cells beside the band hold another word's distances.
        if first > 0 {
            self.rows[here + first - 1] = far;
        }
        if last < self.typed.len() {
            self.rows[here + last + 1] = far;
        }
        for column in first..=last {
            let mut distance = self.rows[above + column] + 1;
            if column > 0 {
                let typed = self.typed[column - 1];
                let changed = self.rows[above + column - 1] + u8::from(typed != letter);
                distance = distance.min(changed).min(self.rows[here + column - 1] + 1);
                let swapped = row > 1
                    && column > 1
                    && typed == self.letters[depth - 1]
                    && self.typed[column - 2] == letter;
                if swapped {
                    distance = distance.min(self.rows[above - self.stride + column - 2] + 1);
                }
            }
            let distance = distance.min(far);
            self.rows[here + column] = distance;
            nearest = nearest.min(distance);
        }
        let whole = if last == self.typed.len() { self.rows[here + last] } else { far };
        self.best[row] = self.best[depth].min(whole);
        nearest < far
    }

    /// How near the word of `length` letters is, all of it or a beginning.
    fn nearness(&self, length: usize) -> Option<Nearness> {
        let edits = self.rows[length * self.stride + self.typed.len()];
        let whole = Nearness { edits, beginning: false };
        let nearest = self.beginning(length).map_or(whole, |beginning| beginning.min(whole));
        (nearest.edits <= self.bound).then_some(nearest)
    }

    /// How near the beginnings of up to `length` letters come.
    fn beginning(&self, length: usize) -> Option<Nearness> {
        let edits = self.best[length];
        (edits <= self.bound).then_some(Nearness { edits, beginning: true })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn of(words: &[(&str, u32)]) -> NameWords {
        NameWords::new(words.iter().map(|(word, count)| ((*word).to_owned(), *count)))
    }

    #[test]
    fn beginnings_are_counted() {
        let names = of(&[("smith", 5), ("smithers", 2), ("ana", 7), ("smith", 1), ("", 9)]);
        assert_eq!(names.len(), 3);
        for (prefix, count) in [("", 15), ("s", 8), ("smith", 8), ("smithe", 2), ("b", 0), ("z", 0)] {
            assert_eq!(names.prefix_count(prefix), count, "{prefix}");
        }
        assert!(names.contains("smith") && !names.contains("smit") && !names.contains("z"));
        let none = NameWords::default();
        assert!(none.is_empty() && none.prefix_count("a") == 0 && none.forgive("smith", 5).is_empty());
    }

    #[test]
    fn slips_are_forgiven() {
        let names = of(&[
            ("smith", 50),
            ("smyth", 9),
            ("smithers", 80),
            ("schmidt", 30),
            ("john", 40),
            ("joan", 41),
            ("johannes", 10),
            ("alexander", 5),
            ("alexandra", 6),
            ("ana", 3),
        ]);
        for (typed, expected) in [
            ("smiht", "smith smithers"),
            ("smtih", "smith smithers"),
            ("smth", "smith smyth smithers"),
            ("smithh", "smith smithers smyth"),
            ("smi", "smithers smith smyth"),
            ("jon", "joan john johannes"),
            ("alexnader", "alexander alexandra"),
            ("alxeandar", "alexandra alexander"),
            ("schmitd", "schmidt"),
            ("an", ""),
            ("axx", ""),
            ("smxxh", ""),
        ] {
            assert_eq!(names.forgive(typed, 10).join(" "), expected, "{typed}");
        }
        assert_eq!(names.forgive("smiht", 1), ["smith"]);
        assert!(names.forgive("smiht", 0).is_empty());
    }

    /// Optimal string alignment as it is defined, all of the table.
    fn distance(a: &[u8], b: &[u8]) -> usize {
        let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                rows[i][j] = if i == 0 || j == 0 {
                    i + j
                } else {
                    let mut least = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                    least = least.min(rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]));
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        least = least.min(rows[i - 2][j - 2] + 1);
                    }
                    least
                };
            }
        }
        rows[a.len()][b.len()]
    }

    fn plainly(words: &BTreeMap<String, u32>, typed: &str) -> Vec<String> {
        let bound = match typed.len() {
            0..=2 => return Vec::new(),
            3..=5 => 1,
            _ => 2,
        };
        let mut found: Vec<_> = words
            .iter()
            .filter_map(|(word, count)| {
                let of = |length: usize| distance(&word.as_bytes()[..length], typed.as_bytes());
                let beginning = (0..=word.len()).map(of).min().unwrap_or(usize::MAX);
                let nearness = (of(word.len()), false).min((beginning, true));
                (nearness.0 <= bound).then_some((nearness, std::cmp::Reverse(*count), word.clone()))
            })
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, _, word)| word).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn the_walk_agrees_with_the_definition(
            words in proptest::collection::btree_map("[abc]{1,10}", 1u32..5, 0..60),
            typed in "[abc]{0,9}",
            limit in 0usize..80,
        ) {
            let names = NameWords::new(words.clone());
            let mut expected = plainly(&words, &typed);
            expected.truncate(limit);
            prop_assert_eq!(names.forgive(&typed, limit), expected);
        }

        #[test]
        fn counts_agree_with_the_definition(
            words in proptest::collection::btree_map("[abc]{1,5}", 1u32..5, 0..40),
            prefix in "[abc]{0,4}",
        ) {
            let names = NameWords::new(words.clone());
            let count = words.iter().filter(|(word, _)| word.starts_with(&prefix)).map(|(_, count)| u64::from(*count)).sum::<u64>();
            prop_assert_eq!(names.prefix_count(&prefix), count);
            prop_assert_eq!(names.contains(&prefix), words.contains_key(&prefix));
        }
    }
}
