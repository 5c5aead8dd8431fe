//! The arguments of the process. Other accounts of the machine can read them while it runs, so that those which
//! hold what is a patient's may come from standard input instead: `@-` stands for what is read there.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Read as _};

use super::answer::{Failure, Fault};

/// What stands for the words that are read from standard input.
const FROM_INPUT: &str = "@-";
/// More than any command takes, in bytes.
const LONGEST: u64 = 1 << 20;

/// The arguments, with what standard input holds in the place of `@-`: words as a POSIX shell splits and quotes
/// them, over as many lines as they are. No shell runs them.
///
/// # Errors
/// Where standard input is a terminal, is no text, holds too much, or a quotation in it does not end.
pub fn all(given: impl Iterator<Item = OsString>) -> Result<Vec<OsString>, Failure> {
    let mut words: Vec<OsString> = given.collect();
    let options = words.iter().position(|word| word == "--").unwrap_or(words.len());
    if let Some(place) = words[..options].iter().position(|word| word == FROM_INPUT) {
        words.splice(place..=place, from_input()?);
    }
    Ok(words)
}

fn from_input() -> Result<Vec<OsString>, Failure> {
    let fault = |what: &str| Failure::Input(vec![Fault::of_all(format!("{FROM_INPUT}: {what}"))]);
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Err(fault("standard input is a terminal; expected arguments from a file or a pipe"));
    }
    let mut text = String::new();
    let read = stdin.lock().take(LONGEST + 1).read_to_string(&mut text);
    if read.is_err() {
        return Err(fault("standard input is not text in UTF-8"));
    }
    if text.len() as u64 > LONGEST {
        return Err(fault("standard input holds more than 1 MB of arguments"));
    }
    let words =
        shell_words::split(&text).map_err(|_| fault("standard input has a quotation that does not end"))?;
    Ok(words.into_iter().map(OsString::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_without_the_sign_stand_as_they_are() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        for line in ["frontdesk find smith", "frontdesk find -- @-", "frontdesk find @-x"] {
            assert_eq!(all(words(line).into_iter()).unwrap(), words(line));
        }
    }
}
