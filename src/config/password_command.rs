//! A command that prints a password, as a password manager's `pass show clinic`: arguments, and no shell.

use std::fmt;
use std::io::ErrorKind;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use secrecy::SecretString;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

use super::ConfigFault;
use crate::domain::text;

/// How long a command may take: long enough for somebody to type what opens the password manager.
const LIMIT: Duration = Duration::from_mins(1);
/// No password is longer, in bytes.
const LONGEST: usize = 4096;
/// How much is kept of what the command says on standard error, in bytes.
const KEPT: usize = 16 * 1024;
/// How long what a command printed is waited for once it has ended.
const ON_ITS_WAY: Duration = Duration::from_millis(200);
/// How much of it, or of the program's name, a fault repeats, in cells.
const WIDEST: usize = 120;

/// A command that prints a password. `Debug` shows the program alone: an argument may be a secret too.
#[derive(Clone)]
pub struct PasswordCommand {
    /// What it is called in a fault: the variable, or the key and the file.
    name: String,
    program: String,
    arguments: Vec<String>,
}

impl PasswordCommand {
    /// The command of these words, the first of which is the program; `name` is where it is set.
    ///
    /// # Errors
    /// Where there is no program.
    pub fn of_words(name: &str, words: Vec<String>) -> Result<Self, ConfigFault> {
        let mut words = words.into_iter();
        let Some(program) = words.next().filter(|program| !program.is_empty()) else {
            return Err(ConfigFault::of(
                name,
                "names no program; expected one, as in [\"pass\", \"show\", \"clinic\"]",
            ));
        };
        Ok(PasswordCommand { name: name.to_owned(), program, arguments: words.collect() })
    }

    /// The command of one line, as an environment variable holds it: words as a POSIX shell splits and
    /// quotes them. No shell runs it: `$`, `|`, `;` and `*` are letters like any other.
    ///
    /// # Errors
    /// Where a quotation does not end, or there is no program.
    pub fn of_line(name: &str, line: &str) -> Result<Self, ConfigFault> {
        let words = shell_words::split(line).map_err(|_| {
            ConfigFault::of(name, "has a quotation that does not end; expected a program and its arguments")
        })?;
        PasswordCommand::of_words(name, words)
    }

    /// Runs the command and answers the first line that it prints, which is where a password manager
    /// prints the password. Its standard input is closed; what it says on standard error is shown where
    /// it fails alone.
    ///
    /// # Errors
    /// A program that is not there, fails, prints nothing (or no text, or far too much), or has not ended
    /// after a minute: one line, which repeats nothing of what the command printed.
    pub async fn run(&self) -> Result<SecretString, ConfigFault> {
        self.run_within(LIMIT).await
    }

    /// The same with another limit.
    ///
    /// # Errors
    /// Those of [`PasswordCommand::run`].
    pub async fn run_within(&self, limit: Duration) -> Result<SecretString, ConfigFault> {
        let fault = |what: &str| {
            let program = text::fit(&self.program, WIDEST);
            ConfigFault::of(&self.name, &format!("\"{program}\" {what}"))
        };
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                fault(match error.kind() {
                    ErrorKind::NotFound => "is no program on this machine",
                    ErrorKind::PermissionDenied => "may not be run by this account",
                    _ => "cannot be run",
                })
            })?;
        // Dropped when the time is up, the command is ended.
        let Ok(Heard { printed, said, status }) = tokio::time::timeout(limit, heard(&mut child)).await else {
            return Err(fault(&format!("gave no password within {} s and was ended", limit.as_secs())));
        };
        if printed.len() > LONGEST {
            return Err(fault("printed more than a password; expected it on the first line"));
        }
        match status {
            Some(Ok(status)) if status.success() => {}
            Some(Ok(status)) => return Err(fault(&ended(status, &said))),
            Some(Err(_)) | None => return Err(fault("cannot be waited for")),
        }
        let printed = String::from_utf8(printed).map_err(|_| fault("printed what is no text in UTF-8"))?;
        match printed.lines().next() {
            Some(password) if !password.is_empty() => Ok(SecretString::from(password)),
            _ => Err(fault("printed no password; expected it on the first line")),
        }
    }
}

impl fmt::Debug for PasswordCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordCommand").field("program", &self.program).finish_non_exhaustive()
    }
}

/// What a command said until it ended.
struct Heard {
    printed: Vec<u8>,
    said: Vec<u8>,
    status: Option<std::io::Result<ExitStatus>>,
}

/// Listens to a command until it has ended, or has printed more than any password is. What it left running may
/// hold its pipes open: once it has ended, only what is on its way is waited for.
async fn heard(child: &mut Child) -> Heard {
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    let mut heard = Heard { printed: Vec::new(), said: Vec::new(), status: None };
    let (mut from_out, mut from_err) = ([0; 1_024], [0; 1_024]);
    while heard.status.is_none() || out.is_some() || err.is_some() {
        tokio::select! {
            read = next(&mut out, &mut from_out), if out.is_some() => match read {
                // What breaks off is as good as an end: the command's status tells.
                Some(bytes) => heard.printed.extend_from_slice(bytes),
                None => out = None,
            },
            read = next(&mut err, &mut from_err), if err.is_some() => match read {
                Some(bytes) => heard.said.extend(bytes.iter().take(KEPT.saturating_sub(heard.said.len()))),
                None => err = None,
            },
            status = child.wait(), if heard.status.is_none() => heard.status = Some(status),
            () = tokio::time::sleep(ON_ITS_WAY), if heard.status.is_some() => break,
        }
        if heard.printed.len() > LONGEST {
            break;
        }
    }
    heard
}

/// What comes next from a pipe; none at its end.
async fn next<'b>(pipe: &mut Option<impl AsyncRead + Unpin>, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
    let read = pipe.as_mut()?.read(buffer).await.ok().filter(|read| *read > 0)?;
    buffer.get(..read)
}

/// How a command ended that failed, with the last line that it said.
fn ended(status: ExitStatus, said: &[u8]) -> String {
    let how = match status.code() {
        Some(code) => format!("ended with status {code}"),
        None => "was ended by a signal".to_owned(),
    };
    let said = String::from_utf8_lossy(said);
    match said.lines().map(str::trim).rfind(|line| !line.is_empty()) {
        Some(line) => format!("{how}: {}", text::fit(line, WIDEST)),
        None => how,
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn run(command: &Result<PasswordCommand, ConfigFault>, limit: Duration) -> Result<String, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let command = command.as_ref().map_err(ToString::to_string)?;
        let password = runtime.block_on(command.run_within(limit)).map_err(|fault| fault.to_string())?;
        Ok(password.expose_secret().to_owned())
    }

    fn of(words: &[&str]) -> Result<String, String> {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        run(&PasswordCommand::of_words("password_command", words), LIMIT)
    }

    #[test]
    fn the_first_line_is_the_password_and_no_shell_reads_the_words() {
        for (words, password) in [
            (&["echo", "word"][..], "word"),
            (&["printf", "word"], "word"),
            (&["printf", "word\r\nuser: ana\n"], "word"),
            (&["echo", " two words "], " two words "),
            (&["echo", "$HOME; `id` | cat > *"], "$HOME; `id` | cat > *"),
            (&["sh", "-c", "echo much ado >&2; read line || echo closed"], "closed"),
            // What it leaves running holds its pipes, and is not waited for.
            (&["sh", "-c", "echo word; sleep 70 &"], "word"),
        ] {
            assert_eq!(of(words).as_deref(), Ok(password), "{words:?}");
        }
        let line = PasswordCommand::of_line("X", r#"printf '%s' "a b" c\ d "#);
        assert_eq!(run(&line, LIMIT).as_deref(), Ok("a bc d"));
    }

    #[test]
    fn what_is_wrong_is_one_line_that_repeats_nothing_secret() {
        let odd = "sh -c 'printf secret; printf \"first\\n\\033[31mlocked\\033[0m  \\n\\n\" >&2; exit 3'";
        let much = "sh -c 'yes secret | head -n 1000'";
        for (line, expected) in [
            ("", "names no program; expected one"),
            ("''", "names no program"),
            ("pass 'secret", "has a quotation that does not end"),
            ("/nowhere/pass secret", "\"/nowhere/pass\" is no program on this machine"),
            ("/ secret", "\"/\" may not be run by this account"),
            ("false secret", "\"false\" ended with status 1"),
            ("sh -c 'kill -9 $$' secret", "\"sh\" was ended by a signal"),
            ("true secret", "\"true\" printed no password"),
            ("printf '\\nsecret'", "\"printf\" printed no password"),
            ("printf '\\377'", "\"printf\" printed what is no text"),
            (odd, "\"sh\" ended with status 3: "),
            (much, "\"sh\" printed more than a password"),
            ("yes secret", "\"yes\" printed more than a password"),
        ] {
            let fault = run(&PasswordCommand::of_line("NAME", line), LIMIT).unwrap_err();
            assert!(fault.starts_with("NAME: ") && fault.contains(expected), "{line}: {fault}");
            assert!(!fault.contains("secret") && fault.chars().all(|c| !c.is_control()), "{line}: {fault:?}");
        }
        let locked = run(&PasswordCommand::of_line("NAME", odd), LIMIT).unwrap_err();
        assert!(locked.contains("locked") && !locked.contains("first"), "{locked}");
    }

    #[test]
    fn a_command_that_hangs_is_ended() {
        let hangs = PasswordCommand::of_line("NAME", "sleep 600");
        let fault = run(&hangs, Duration::from_millis(50)).unwrap_err();
        assert_eq!(fault, "NAME: \"sleep\" gave no password within 0 s and was ended");
    }

    #[test]
    fn no_argument_is_in_a_debug_print() {
        let command = PasswordCommand::of_line("NAME", "pass --token secret").unwrap();
        assert!(!format!("{command:?}").contains("secret"));
    }
}
