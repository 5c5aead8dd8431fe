//! Opens the desk itself, on the clinic or on the demo clinic.

use std::time::Duration;

use super::answer::{Answer, Failure, Status};
use super::origin;
use super::session::{Session, new_clinic};
use super::sign_in::{self, Opened};
use crate::app::UNVERIFIED;
use crate::app::gate::Locking;
use crate::config::{Config, ThemeChoice};
use crate::runtime::{Desk, RunError, desk, need_terminal};
use crate::sample;
use crate::store::Location;
use crate::ui::theme::{Palette, Theme};

/// How long a desk that ends waits for its connections to be closed.
const GOODBYE: Duration = Duration::from_millis(500);

/// Opens the desk on the clinic that the settings name.
///
/// # Errors
/// A store that cannot be reached or used, and what the desk itself ends with.
pub async fn open(config: &Config) -> Result<Answer, Failure> {
    need_terminal().map_err(failure)?;
    let session = Session::open(config).await?;
    let notes = session.notes.clone();
    let at_most = session.store.max_idle_lock().await?;
    let opened = sign_in::at_the_desk(&session.store, config).await?;
    let store = match &opened.who {
        Some(who) => session.store.acting(who.clone()),
        None => session.store,
    };
    // The embedded file is no server, and its library's version nobody's concern at a desk.
    let server = match config.location() {
        Location::Server(_) => store.server_name().await?,
        Location::File(_) => store.kind().to_owned(),
    };
    let Opened { who, by_account, by_command, opens_by_itself, email } = opened;
    work(Desk {
        store,
        server: titled(server, config),
        clinic: session.clinic,
        locking: Locking {
            minutes: Some(config.idle_lock_minutes),
            at_most,
            by_account,
            by_command,
            opens_by_itself,
            email,
        },
        who,
        theme: theme(config.theme),
        demo: false,
    })
    .await
    .map(|answer| notes.into_iter().fold(answer, Answer::with_note))
}

/// Opens the desk on the demo clinic, which is made where there is none.
///
/// # Errors
/// A data folder that cannot be written, and what the desk itself ends with.
pub async fn demo(config: &Config) -> Result<Answer, Failure> {
    need_terminal().map_err(failure)?;
    let (store, clinic) = sample::open_demo(&config.data_dir, origin::current(), new_clinic().zone).await?;
    let server = store.kind().to_owned();
    let who = Some(store.identity()?);
    // It signs in by itself, and has nothing to hide: it locks by its key alone, and Enter opens it.
    let locking = Locking { by_account: true, ..Locking::default() };
    let demo = Desk { store, server, clinic, who, locking, theme: theme(config.theme), demo: true };
    work(demo).await.map(|answer| {
        answer
            .with_note("That was the demo clinic; what you changed in it stays until tomorrow.")
            .with_note("Your own clinic: frontdesk init, then frontdesk doctor add,")
            .with_note("frontdesk hours add, and frontdesk to open the desk. The README says more.")
    })
}

/// What the title calls the server: for as long as the desk is open it says where its TLS is not verified.
fn titled(server: String, config: &Config) -> String {
    if config.warnings().is_empty() { server } else { format!("{server}{UNVERIFIED}") }
}

async fn work(with: Desk) -> Result<Answer, Failure> {
    let store = with.store.clone();
    let outcome = desk(with).await;
    let parting = async {
        if let Err(error) = store.write_notes().await {
            tracing::warn!(%error, "the audit trail could not be written");
        }
        store.close().await;
    };
    // A server that is away does not keep a desk from ending.
    drop(tokio::time::timeout(GOODBYE, parting).await);
    outcome.map_err(failure)?;
    Ok(Answer { body: String::new(), notes: Vec::new(), status: Status::Done })
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn failure(error: RunError) -> Failure {
    Failure::Other(error.to_string())
}

/// Whether the terminal says that its background is light: in COLORFGBG, as `LETTERS;GROUND`, where
/// 7 and 15 are white. To ask the terminal itself would cost the first frame a round trip.
fn light_background() -> bool {
    let said = std::env::var("COLORFGBG").unwrap_or_default();
    matches!(said.rsplit(';').next(), Some("7" | "15"))
}

/// The looks that are set; NO_COLOR (no-color.org) and a terminal without colours take them away.
fn theme(choice: ThemeChoice) -> Theme {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let plain = set("NO_COLOR").is_some() || set("TERM").is_some_and(|term| term == "dumb");
    Theme::new(match choice {
        _ if plain => Palette::Plain,
        ThemeChoice::Mono => Palette::Plain,
        ThemeChoice::Light => Palette::Light,
        ThemeChoice::Auto if light_background() => Palette::Light,
        ThemeChoice::Auto | ThemeChoice::Dark => Palette::Dark,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Flags, Machine};

    #[test]
    fn the_title_says_where_tls_is_not_verified() {
        for (url, title) in [
            ("mysql://ana@db/clinic", "MySQL 9.7.4"),
            ("mysql://ana@localhost/clinic?ssl-mode=DISABLED", "MySQL 9.7.4"),
            ("mysql://ana@db/clinic?ssl-mode=DISABLED", "MySQL 9.7.4, unverified"),
        ] {
            let flags = Flags {
                mysql: Some(url.into()),
                allow_unverified_transport: true,
                data_dir: Some("/nowhere".into()),
                ..Flags::default()
            };
            let machine = Machine { variable: &|_| None, config_file: None, data_dir: None, home: None };
            let config = Config::load(flags, &machine).unwrap();
            assert_eq!(titled("MySQL 9.7.4".to_owned(), &config), title, "{url}");
        }
    }
}
