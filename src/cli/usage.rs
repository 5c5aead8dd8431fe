//! What the argument parser says, in one line: its own messages span several, repeat what was
//! typed as it was typed, and quote values that may be secrets.

use std::ffi::OsString;

use clap::CommandFactory as _;
use clap::error::{ContextKind, ErrorKind};

use super::Cli;
use super::answer::{Answer, Failure, Fault, Format, Status};

/// For whom the answer is to a line that cannot be read: for programs where `--json` is in it.
pub(super) fn format(mut typed: impl Iterator<Item = OsString>) -> Format {
    let asked = typed.by_ref().take_while(|word| word != "--").any(|word| word == "--json");
    if asked { Format::Json } else { Format::People }
}

/// Help and version as they are; everything else as one line of bad input.
pub(super) fn answer(error: &clap::Error, typed: impl Iterator<Item = OsString>) -> Result<Answer, Failure> {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let body = error.render().to_string();
        return Ok(Answer { body, notes: Vec::new(), status: Status::Done });
    }
    Err(Failure::Input(vec![fault(error, typed)]))
}

fn fault(error: &clap::Error, typed: impl Iterator<Item = OsString>) -> Fault {
    let fault = std::error::Error::source(error);
    if let (ErrorKind::ValueValidation, Some(fault), Some(argument)) =
        (error.kind(), fault, error.get(ContextKind::InvalidArg))
    {
        // "--minutes <N>": the value's name tells nothing here.
        let argument = argument.to_string();
        let name = argument.split(' ').next().unwrap_or_default();
        let name = name.trim_matches(['<', '>', '[', ']', '.']).to_owned();
        return Fault { field: Some(name), message: fault.to_string() };
    }
    let whole = error.render().to_string();
    let first = whole.split("\n\n").next().unwrap_or_default();
    let words = first.trim_start_matches("error:").split_whitespace();
    // Whoever forgets the flag before a URL types a password where none is expected.
    let words: Vec<&str> = words.map(|word| if word.contains("://") { "URL" } else { word }).collect();
    Fault::of_all(format!("{}; see {} --help", words.join(" "), command(typed)))
}

/// The command that was meant, as far as it was named.
fn command(typed: impl Iterator<Item = OsString>) -> String {
    let mut found = Cli::command();
    let mut name = found.get_name().to_owned();
    for word in typed.skip(1) {
        if let Some(sub) = found.find_subcommand(&word).cloned() {
            name = format!("{name} {}", sub.get_name());
            found = sub;
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn said(line: &str) -> String {
        let typed = line.split(' ').map(OsString::from);
        let error = Cli::try_parse_from(typed.clone()).unwrap_err();
        answer(&error, typed).unwrap_err().lines().join("\n")
    }

    #[test]
    fn usage_is_one_line_without_secrets() {
        for (typed, expected) in [
            (
                "frontdesk book",
                "the following required arguments were not provided: --patient <ID> --doctor <ID> --at <TIME>; see",
            ),
            ("frontdesk cancel x", "ID: \"x\" is not an id; write a number, like 12"),
            (
                "frontdesk move 1 --minutes 25h",
                "--minutes: 25h is too long; a visit lasts from 1 minute to 24 hours",
            ),
            ("frontdesk status 1 done", "[possible values: scheduled, completed, no-show]"),
            (
                "frontdesk --json patient",
                "'frontdesk patient' requires a subcommand but one was not provided [subcommands: add, edit, show]; see frontdesk patient --help",
            ),
            ("frontdesk patient add x", "see frontdesk patient add --help"),
            ("frontdesk mysql://u:secret@h/db", "unrecognized subcommand"),
            ("frontdesk book --pat 1", "unexpected argument '--pat' found"),
        ] {
            let line = said(typed);
            assert!(line.contains(expected), "{typed}: {line}");
            assert!(!line.contains('\n') && !line.contains("secret"), "{typed}: {line}");
        }
    }

    #[test]
    fn help_and_version_are_answers() {
        for flag in ["--help", "--version"] {
            let error = Cli::try_parse_from(["frontdesk", flag]).unwrap_err();
            assert_eq!(answer(&error, std::iter::empty()).unwrap().status, Status::Done);
        }
    }
}
