//! `completions` and `man`: what a package installs beside the program.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Cli;
use super::answer::{Answer, Failure, Status};
use crate::app::keymap::chapters;

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

/// The completion script of a shell.
#[must_use]
pub fn completions(args: &Completions) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "frontdesk", &mut script);
    page(&script)
}

/// The manual page: the program, then each of its commands.
///
/// # Errors
/// Where the page cannot be made.
pub fn man() -> Result<Answer, Failure> {
    let mut command = Cli::command();
    command.build();
    let mut roff = Vec::new();
    render(&command, &mut roff)
        .map_err(|error| Failure::Other(format!("the manual cannot be made: {error}")))?;
    Ok(page(&roff))
}

fn render(command: &clap::Command, out: &mut Vec<u8>) -> std::io::Result<()> {
    let man = clap_mangen::Man::new(command.clone());
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    out.extend_from_slice(b".SH COMMANDS\n");
    commands(command, out)?;
    keys(out);
    out.extend_from_slice(AFTERWORD.as_bytes());
    Ok(())
}

/// Each command as a part of its own; families by their members.
fn commands(command: &clap::Command, out: &mut Vec<u8>) -> std::io::Result<()> {
    for sub in command.get_subcommands() {
        if sub.has_subcommands() {
            commands(sub, out)?;
            continue;
        }
        let everywhere = |arg: &&clap::Arg| arg.is_global_set() || arg.get_id() == "help";
        let everywhere: Vec<_> =
            sub.get_arguments().filter(everywhere).map(|arg| arg.get_id().clone()).collect();
        let mut sub = sub.clone();
        for id in everywhere {
            // What every command has was said above.
            sub = sub.mut_arg(id, |arg| arg.hide(true));
        }
        let man = clap_mangen::Man::new(sub.clone());
        let mut part = Vec::new();
        man.render_synopsis_section(&mut part)?;
        let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
        out.extend_from_slice(
            format!(".SS {}\n{about}.\n.PP\n", sub.get_bin_name().unwrap_or_default()).as_bytes(),
        );
        man.render_options_section(&mut part)?;
        let part = String::from_utf8_lossy(&part);
        let lines = part
            .lines()
            .filter(|line| !line.starts_with(".SH") && !line.starts_with(".ie") && !line.starts_with(".el"));
        for line in lines {
            out.extend_from_slice(line.as_bytes());
            out.push(b'\n');
        }
    }
    Ok(())
}

/// The desk's keys, from the table by which they work.
fn keys(out: &mut Vec<u8>) {
    let literal = |text: &str| text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq");
    out.extend_from_slice(b".SH KEYS OF THE DESK\n");
    for (title, rows) in chapters(&[]) {
        out.extend_from_slice(format!(".SS {}\n", literal(title)).as_bytes());
        for (keys, what) in rows {
            // `\&` keeps a line that begins with a dot from being read as a request.
            let row = format!(".TP\n\\&{}\n\\&{}\n", literal(&keys), literal(what));
            out.extend_from_slice(row.as_bytes());
        }
    }
}

const AFTERWORD: &str = r".SH EXIT STATUS
.TP
0
It did what it was asked.
.TP
2
Bad input or usage.
.TP
3
Refused by the booking rule; with \-\-json, the conflicts and the next openings are on standard output.
.TP
4
No such record.
.TP
5
Not permitted.
.TP
6
A store cannot be reached.
.TP
1
Anything else.
.SH ENVIRONMENT
.TP
FRONTDESK_CONFIG, FRONTDESK_DATA_DIR, FRONTDESK_MYSQL_URL, FRONTDESK_MONGODB_URL
As the flags of the same names, which go over them; they go over the config file.
.TP
NO_COLOR
When set, the desk uses no colour.
.SH FILES
.TP
~/.config/frontdesk/config.toml
The config file; config.toml.example explains every key.
.TP
~/.local/share/frontdesk/
The data folder: the embedded database frontdesk.db, and the log in log/.
";

fn page(bytes: &[u8]) -> Answer {
    let body = String::from_utf8_lossy(bytes).into_owned();
    Answer { body, notes: Vec::new(), status: Status::Done }
}
