//! Names of people who do not exist, in many languages, from `assets/names.toml`.

use fastrand::Rng;
use serde::Deserialize;

const ASSET: &str = include_str!("../../assets/names.toml");

/// How many of a hundred family names are made of a stem and an ending, where a language has them:
/// the many rare names beside the few frequent ones.
const RARE: u32 = 35;
/// How many of a hundred people bear a second given name.
const SECOND_GIVEN: u32 = 12;

#[derive(Debug, Deserialize)]
struct Asset {
    language: Vec<Language>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    /// For people who read the asset.
    #[serde(rename = "name")]
    _name: String,
    /// Its part of all names.
    share: u32,
    given: Vec<String>,
    family: Vec<String>,
    #[serde(default)]
    stems: Vec<String>,
    #[serde(default)]
    endings: Vec<String>,
    /// The family name comes first.
    #[serde(default)]
    family_first: bool,
    /// No space stands between the two.
    #[serde(default)]
    joined: bool,
    /// Most people bear two family names.
    #[serde(default)]
    two_families: bool,
}

/// The names that can be drawn.
#[derive(Debug)]
pub struct Names {
    languages: Vec<Language>,
    shares: u32,
}

impl Names {
    /// Reads the asset.
    #[must_use]
    pub fn load() -> Self {
        #[expect(clippy::expect_used, reason = "the asset is compiled in, and a test reads it")]
        let asset: Asset = toml::from_str(ASSET).expect("assets/names.toml is well formed");
        let shares = asset.language.iter().map(|language| language.share).sum();
        Names { languages: asset.language, shares }
    }

    /// Draws a full name.
    #[must_use]
    pub fn draw(&self, rng: &mut Rng) -> String {
        let mut place = rng.u32(..self.shares.max(1));
        let drawn = self.languages.iter().find(|language| {
            let here = place < language.share;
            place = place.saturating_sub(language.share);
            here
        });
        drawn.map_or_else(String::new, |language| language.full_name(rng))
    }
}

impl Language {
    fn full_name(&self, rng: &mut Rng) -> String {
        let mut given = frequent(&self.given, rng).to_owned();
        if !self.family_first && rng.u32(..100) < SECOND_GIVEN {
            let second = frequent(&self.given, rng);
            if second != given {
                given = format!("{given} {second}");
            }
        }
        let mut family = self.family_name(rng);
        if self.two_families && rng.u32(..100) < 70 {
            family = format!("{family} {}", self.family_name(rng));
        }
        let between = if self.joined { "" } else { " " };
        if self.family_first {
            format!("{family}{between}{given}")
        } else {
            format!("{given}{between}{family}")
        }
    }

    fn family_name(&self, rng: &mut Rng) -> String {
        if self.stems.is_empty() || rng.u32(..100) >= RARE {
            return frequent(&self.family, rng).to_owned();
        }
        let stem = &self.stems[rng.usize(..self.stems.len())];
        let ending = &self.endings[rng.usize(..self.endings.len())];
        format!("{stem}{ending}")
    }
}

/// Draws from a list whose frequent names come first: the square of an even draw leans to the
/// front, as names do.
fn frequent<'n>(names: &'n [String], rng: &mut Rng) -> &'n str {
    let (a, b) = (rng.usize(..names.len()), rng.usize(..names.len()));
    &names[a * b / names.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fold;
    use crate::domain::patient::MAX_NAME;
    use crate::domain::text::accept_line;

    #[test]
    fn every_name_may_be_kept_and_can_be_found() {
        let names = Names::load();
        let mut rng = Rng::with_seed(1);
        let mut beyond_ascii = 0;
        for _ in 0..20_000 {
            let name = names.draw(&mut rng);
            assert_eq!(accept_line(&name, MAX_NAME).as_ref(), Ok(&name));
            assert!(!fold::words(&name).is_empty(), "{name}");
            beyond_ascii += usize::from(!name.is_ascii());
        }
        assert!((4_000..12_000).contains(&beyond_ascii), "{beyond_ascii}");
    }

    #[test]
    fn nobody_who_is_made_up_looks_like_somebody_else() {
        let names = Names::load();
        let mut rng = fastrand::Rng::with_seed(7);
        for _ in 0..20_000 {
            let name = names.draw(&mut rng);
            assert_eq!(crate::domain::scripts::mixed(&name), None, "{name}");
        }
    }

    #[test]
    fn lists_that_are_drawn_from_hold_something() {
        for language in Names::load().languages {
            assert!(!language.given.is_empty() && !language.family.is_empty() && language.share > 0);
            assert_eq!(language.stems.is_empty(), language.endings.is_empty());
        }
    }
}
