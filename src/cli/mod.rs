//! The command line: one file a subcommand or small family, each of which prints for people, or
//! one JSON document with `--json`.
//!
//! A command takes its arguments and a [`session::Session`] and gives an [`answer::Answer`] or an
//! [`answer::Failure`]; only [`main`] writes to the terminal and ends the process.

pub mod answer;
pub mod arguments;
pub mod audit;
pub mod book;
pub mod check;
mod clinic;
pub mod clock;
pub mod csv;
pub mod day;
pub mod desk;
pub mod doctor;
pub mod find;
pub mod grants;
pub mod hours;
pub mod init;
pub mod json;
pub mod migrate;
pub mod new_password;
pub mod origin;
pub mod password;
pub mod patient;
pub mod person;
pub mod private;
pub mod session;
pub mod shell;
pub mod show;
pub mod sign_in;
pub mod slots;
pub mod staff;
mod usage;
mod values;
pub mod visit;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use secrecy::SecretString;

use self::answer::{Answer, Failure, Format, Status};
use self::session::Session;
use crate::config::{Config, Flags, Machine};

/// A clinic's front desk in the terminal: calendar, booking and patient look-up.
///
/// Without a command it opens the desk. Settings come from flags, then the environment, then the
/// config file. `@-` stands for arguments that are read from standard input, since other accounts of this
/// machine can see those of the command line while it runs.
#[derive(Debug, Parser)]
#[command(name = "frontdesk", version, subcommand_required = false, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

/// The flags that every command has.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Settings")]
struct Settings {
    /// The config file [environment: FRONTDESK_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of the embedded file and the log [environment: FRONTDESK_DATA_DIR]
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// The MySQL or MariaDB server, as mysql://USER@HOST:PORT/DATABASE; without one, all is kept in the
    /// embedded file [environment: FRONTDESK_MYSQL_URL, and FRONTDESK_MYSQL_PASSWORD or
    /// FRONTDESK_MYSQL_PASSWORD_COMMAND]
    #[arg(long, global = true, value_name = "URL", value_parser = secret)]
    mysql: Option<SecretString>,
    /// The MongoDB server, as mongodb://USER@HOST:PORT/DATABASE [environment: FRONTDESK_MONGODB_URL, and
    /// FRONTDESK_MONGODB_PASSWORD or FRONTDESK_MONGODB_PASSWORD_COMMAND]
    #[arg(long, global = true, value_name = "URL", value_parser = secret)]
    mongodb: Option<SecretString>,
    /// Allow that a URL gives up verified TLS to a server on another host: patients' data and passwords can
    /// then be read on the way, which is said at every start [environment:
    /// FRONTDESK_ALLOW_UNVERIFIED_TRANSPORT]
    #[arg(long, global = true)]
    allow_unverified_transport: bool,
    /// Who you are: your e-mail. Without it, the Unix account where that is proof enough, else you are asked
    /// [environment: FRONTDESK_USER]
    #[arg(long, global = true, value_name = "EMAIL")]
    user: Option<String>,
    /// Print one JSON document, also of a failure: {"error": {"kind", "message", "field", "faults"}}
    #[arg(long, global = true)]
    json: bool,
}

#[expect(clippy::unnecessary_wraps, reason = "a value parser of clap")]
fn secret(typed: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(SecretString::from(typed))
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open the desk on a demo clinic; nothing needs to be set up
    Demo,
    /// Set a clinic up: its name, its time zone and its first administrator
    Init(init::Init),
    /// Bring the database to the current schema, and set the clinic's name and time zone
    Migrate(migrate::Migrate),
    /// Say how the stores are: reachable, current, and what they hold
    Check,
    /// Show and change the settings that all desks share
    #[command(subcommand, arg_required_else_help = false)]
    Clinic(clinic::Command),
    /// The visits of a day
    Day(day::Day),
    /// Look patients up
    Find(find::Find),
    /// Register, change and show patients
    #[command(subcommand, arg_required_else_help = false)]
    Patient(patient::Command),
    /// Add, change and list doctors
    #[command(subcommand, arg_required_else_help = false)]
    Doctor(doctor::Command),
    /// Add, change and list the people who sign in
    #[command(subcommand, arg_required_else_help = false)]
    Staff(staff::Command),
    /// Change your own password
    Password(password::Password),
    /// When doctors see patients
    #[command(subcommand, arg_required_else_help = false)]
    Hours(hours::Command),
    /// The next times at which a visit could stand
    Slots(slots::Slots),
    /// Book a visit
    Book(book::Book),
    /// Give a visit another time, doctor or length
    Move(book::Move),
    /// Cancel a visit: its time is free again
    Cancel(book::Cancel),
    /// Set what became of a visit
    Status(book::SetStatus),
    /// A visit, and what was done to it
    #[command(subcommand, arg_required_else_help = false)]
    Visit(visit::Command),
    /// Who did what to whose record, and whether anybody altered that
    #[command(subcommand, arg_required_else_help = false)]
    Audit(audit::Command),
    /// Print the statements that make the accounts of the database servers
    Grants(grants::Grants),
    /// Print the completion script of a shell
    Completions(shell::Completions),
    /// Print the manual page
    Man,
}

impl Command {
    /// The name in the log.
    fn name(&self) -> &'static str {
        match self {
            Command::Demo => "demo",
            Command::Init(_) => "init",
            Command::Migrate(_) => "migrate",
            Command::Check => "check",
            Command::Clinic(_) => "clinic",
            Command::Day(_) => "day",
            Command::Find(_) => "find",
            Command::Patient(_) => "patient",
            Command::Doctor(_) => "doctor",
            Command::Staff(_) => "staff",
            Command::Password(_) => "password",
            Command::Hours(_) => "hours",
            Command::Slots(_) => "slots",
            Command::Book(_) => "book",
            Command::Move(_) => "move",
            Command::Cancel(_) => "cancel",
            Command::Status(_) => "status",
            Command::Grants(_) => "grants",
            Command::Visit(_) => "visit",
            Command::Audit(_) => "audit",
            Command::Completions(_) => "completions",
            Command::Man => "man",
        }
    }
}

/// Runs the process: reads the arguments, does what they ask, and answers how it ends.
#[must_use]
pub fn main() -> ExitCode {
    private::shut_off();
    crate::runtime::on_panic();
    // The hook has said what there is to say.
    let ended = std::panic::catch_unwind(|| {
        let words = match arguments::all(std::env::args_os()) {
            Ok(words) => words,
            Err(failure) => return exit(Err(failure), usage::format(std::env::args_os())),
        };
        match Cli::try_parse_from(words.clone()) {
            Ok(cli) => {
                let format = if cli.settings.json { Format::Json } else { Format::People };
                exit(run(cli, format), format)
            }
            Err(error) => {
                let format = usage::format(words.clone().into_iter());
                exit(usage::answer(&error, words.into_iter()), format)
            }
        }
    });
    ended.unwrap_or_else(|_| ExitCode::from(Status::Other as u8))
}

/// Prints what came of a command, and answers the exit code. With `--json` there is one document
/// whatever comes of it.
fn exit(outcome: Result<Answer, Failure>, format: Format) -> ExitCode {
    let status = match outcome {
        Ok(answer) => {
            answer::say(&answer.notes);
            match answer::print(&answer.body) {
                Ok(()) => answer.status,
                Err(failure) => {
                    answer::say(&failure.lines());
                    failure.status()
                }
            }
        }
        Err(failure) => {
            answer::say(&failure.lines());
            if format == Format::Json
                && let Ok(body) = json::document(&failure.document())
            {
                // What went wrong is said; that this cannot be written is no more than that.
                drop(answer::print(&body));
            }
            failure.status()
        }
    };
    ExitCode::from(status as u8)
}

fn run(cli: Cli, format: Format) -> Result<Answer, Failure> {
    match &cli.command {
        Some(Command::Completions(args)) => return Ok(shell::completions(args)),
        Some(Command::Man) => return shell::man(),
        _ => {}
    }
    let Settings { config, data_dir, mysql, mongodb, allow_unverified_transport, user, json: _ } =
        cli.settings;
    let flags = Flags { config, data_dir, mysql, mongodb, allow_unverified_transport, user };
    let config = Config::load(flags, &Machine::real())?;
    answer::say(&private::mend(&config.data_dir));
    crate::logging::start(&config.data_dir);
    if !matches!(cli.command, Some(Command::Demo)) {
        // Before anything is sent that way.
        let warnings = config.warnings();
        answer::say(&warnings);
        if !warnings.is_empty() {
            tracing::warn!(servers = warnings.len(), "reached without verified TLS, as the settings allow");
        }
    }
    let name = cli.command.as_ref().map_or("desk", Command::name);
    // One worker beside the loop: what a desk asks, it asks one thing after the other, and each thread
    // more is one more to be woken on an answer's way.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(
            |error| Failure::Other(format!("the program cannot start its threads: {}", error.kind())),
        )?;
    let outcome = runtime.block_on(dispatch(cli.command, config, format));
    match &outcome {
        Ok(answer) => tracing::info!(command = name, status = answer.status as u8, "done"),
        // What was typed may be a patient's: of bad input, the log has the status alone.
        Err(Failure::Store(error)) => {
            tracing::error!(command = name, status = Status::of(error) as u8, %error, "failed");
        }
        Err(failure) => tracing::warn!(command = name, status = failure.status() as u8, "failed"),
    }
    outcome
}

async fn dispatch(command: Option<Command>, mut config: Config, format: Format) -> Result<Answer, Failure> {
    if matches!(command, Some(Command::Demo)) {
        return desk::demo(&config).await;
    }
    if let Some(Command::Grants(args)) = &command {
        return grants::grants(args, &config, format);
    }
    if let Some(server) = &mut config.mysql {
        server.ask_password().await?;
    }
    if let (Some(Command::Check), Some(server)) = (&command, &mut config.mongodb) {
        server.ask_password().await?;
    }
    let config = &config;
    let command = match command {
        None => return desk::open(config).await,
        Some(Command::Init(args)) => return init::init(&args, config, format).await,
        Some(Command::Migrate(args)) => return migrate::migrate(&args, config, format).await,
        Some(Command::Check) => return check::check(config, format).await,
        Some(Command::Password(_)) => return password::change(config, format).await,
        Some(command) => command,
    };
    let session = Session::open(config).await?;
    let notes = session.notes.clone();
    // What was done to the file is said also where nobody may work with it.
    let session = session.signed_in(config).await.inspect_err(|_| answer::say(&notes))?;
    let outcome = on_session(&command, &session, format).await;
    let outcome = match session.store.write_notes().await {
        Err(error) if outcome.is_ok() => Err(error.into()),
        _ => outcome,
    };
    session.store.close().await;
    // What was done to the file first is said first.
    outcome.map(|mut answer| {
        answer.notes.splice(0..0, session.notes);
        answer
    })
}

async fn on_session(command: &Command, session: &Session, format: Format) -> Result<Answer, Failure> {
    match command {
        Command::Clinic(command) => clinic::clinic(command, session, format).await,
        Command::Day(args) => day::day(args, session, format).await,
        Command::Find(args) => find::find(args, session, format).await,
        Command::Patient(command) => patient::patient(command, session, format).await,
        Command::Doctor(command) => doctor::doctor(command, session, format).await,
        Command::Staff(command) => staff::staff(command, session, format).await,
        Command::Hours(command) => hours::hours(command, session, format).await,
        Command::Slots(args) => slots::slots(args, session, format).await,
        Command::Book(args) => book::book(args, session, format).await,
        Command::Move(args) => book::reschedule(args, session, format).await,
        Command::Cancel(args) => book::cancel(args, session, format).await,
        Command::Status(args) => book::set_status(args, session, format).await,
        Command::Visit(command) => visit::visit(command, session, format).await,
        Command::Audit(command) => audit::audit(command, session, format).await,
        // These work without a session, and were answered before one was opened.
        Command::Demo
        | Command::Grants(_)
        | Command::Init(_)
        | Command::Migrate(_)
        | Command::Check
        | Command::Password(_)
        | Command::Completions(_)
        | Command::Man => Err(Failure::Other("this command works on no session".to_owned())),
    }
}
