//! Break-glass: why a doctor opens a record that is not theirs (HIPAA 164.312(a)(2)(ii), emergency access).

use super::text::{TextFault, accept_line};

/// The longest reason, in characters.
pub const MAX_REASON: usize = 300;
/// How many letters and digits say something. One of a script that writes words with few signs counts twice.
const MIN_LETTERS: usize = 5;
/// How many of them must be different.
const MIN_DIFFERENT: usize = 3;

/// Takes a reason in, as one line that says something: whoever reads the audit trail has nothing else to judge by.
///
/// # Errors
/// What is wrong and what is expected, as one line.
pub fn accept_reason(typed: &str) -> Result<String, String> {
    let short = || "the reason says too little; write what happened".to_owned();
    let reason = match accept_line(typed, MAX_REASON) {
        Ok(reason) => reason,
        Err(TextFault::Empty) => return Err("the reason is missing; write what happened".to_owned()),
        Err(fault) => return Err(format!("the reason {fault}")),
    };
    let letters: Vec<char> =
        reason.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let weight: usize = letters.iter().map(|c| if c.len_utf8() > 2 { 2 } else { 1 }).sum();
    let mut different = letters;
    different.sort_unstable();
    different.dedup();
    if weight < MIN_LETTERS || different.len() < MIN_DIFFERENT { Err(short()) } else { Ok(reason) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_something() {
        for (typed, kept) in [
            ("fell ill", "fell ill"),
            ("  Colleague   is ill ", "Colleague is ill"),
            ("病人昏迷", "病人昏迷"),
            ("обморок", "обморок"),
        ] {
            assert_eq!(accept_reason(typed).as_deref(), Ok(kept));
        }
        for (typed, said) in [
            ("", "is missing"),
            ("   ", "is missing"),
            ("x", "says too little"),
            ("ill.", "says too little"),
            ("- - - - - -", "says too little"),
            ("aaaaaaaa", "says too little"),
            ("AaAa bB", "says too little"),
            ("a\u{1b}bcdefg", "the reason "),
            (&"ab cd ".repeat(60), "the reason "),
        ] {
            let fault = accept_reason(typed).unwrap_err();
            assert!(fault.contains(said), "{typed}: {fault}");
        }
    }
}
