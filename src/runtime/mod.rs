//! The desk at work: the loop, the effects, the terminal.
//!
//! The one place that waits, reads the clock and touches the terminal. It performs what `app`
//! asks for and tells it what came of it; it decides nothing.

mod effects;
mod event_loop;
mod input;
mod lean;
mod signals;
mod staff;
mod terminal;

use std::io;

use chrono::Utc;
use ratatui::Terminal;
use ratatui::layout::Size;

pub use self::event_loop::{Ending, Host, run};
pub use self::signals::Signal;
pub use self::terminal::on_panic;
use crate::app::Opening;
use crate::app::gate::Locking;
use crate::domain::clinic::Clinic;
use crate::domain::clock::Instant;
use crate::domain::staff::Identity;
use crate::store::Store;
use crate::ui::theme::Theme;

/// Whether there is a terminal to work in; asked before anything is prepared for a desk.
///
/// # Errors
/// [`RunError::NoTerminal`] where there is none.
pub fn need_terminal() -> Result<(), RunError> {
    use std::io::IsTerminal as _;
    if io::stdin().is_terminal() && io::stdout().is_terminal() { Ok(()) } else { Err(RunError::NoTerminal) }
}

/// The size of the window. Of a terminal that is gone it is an error at once, where crossterm's own
/// `size` would go on to start other programs for it.
#[cfg(unix)]
fn size() -> io::Result<Size> {
    crossterm::terminal::window_size().map(|window| Size::new(window.columns, window.rows))
}

/// The size of the window.
#[cfg(not(unix))]
fn size() -> io::Result<Size> {
    crossterm::terminal::size().map(Size::from)
}

/// What a desk needs to open.
#[derive(Debug)]
pub struct Desk {
    /// The relational half, in the clinic's zone.
    pub store: Store,
    /// What the store calls itself, for the title: `sqlite`, `MariaDB 10.11.19`.
    pub server: String,
    /// The clinic.
    pub clinic: Clinic,
    /// Who is at the desk, for whom the store works; none where it opens on its sign-in.
    pub who: Option<Identity>,
    /// When it locks.
    pub locking: Locking,
    /// How it looks.
    pub theme: Theme,
    /// Whether it is the demo.
    pub demo: bool,
}

/// Why a desk ended otherwise than by leaving it.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is no terminal to work in.
    #[error("the desk needs a terminal; for scripts there are commands, see: frontdesk --help")]
    NoTerminal,
    /// The terminal failed.
    #[error("the terminal failed: {0}")]
    Terminal(String),
    /// A task of ours ended by a fault of ours.
    #[error("an internal error ended the desk; what was acknowledged is kept, see the log")]
    Fault,
}

impl From<io::Error> for RunError {
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(|error| RunError::Terminal(error.kind().to_string()))
    }
}

/// The time. The one place where the desk reads the clock.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the clock that all others are given")]
pub fn clock() -> Instant {
    Utc::now()
}

impl Desk {
    /// What the app is told when it opens in a terminal of `size`.
    #[must_use]
    pub fn opening(&self, size: (u16, u16), now: Instant) -> Opening {
        Opening {
            clinic: self.clinic.clone(),
            who: self.who.clone(),
            locking: self.locking.clone(),
            store: self.server.clone(),
            demo: self.demo,
            size,
            session: uuid::Uuid::now_v7().simple().to_string(),
            now,
        }
    }
}

/// Opens a desk in this terminal and works until it is left.
///
/// # Errors
/// Where there is no terminal, or it fails, or a fault of ours ends the desk. The terminal is
/// restored in every case.
pub async fn desk(desk: Desk) -> Result<(), RunError> {
    need_terminal()?;
    let signals = signals::listen()?;
    // The demo's patients are made up, and whoever tries it wants their terminal as it was.
    let wipes = !desk.demo;
    let guard = terminal::Guard::enter(wipes)?;
    let mut screen = Terminal::new(lean::Lean::new(io::stdout(), size).wiping(wipes))?;
    let mut host = Host {
        clock: Box::new(clock),
        suspend: Box::new(terminal::suspend),
        resume: Box::new(terminal::resume),
        signals,
    };
    let outcome = Box::pin(run(&mut screen, input::Input::listen()?, desk, &mut host)).await;
    if matches!(outcome, Ok(Ending::HungUp)) {
        // Dropped, it would show the cursor, and fail on a terminal that is gone.
        std::mem::forget(screen);
        guard.hung_up();
    }
    outcome.map(drop)
}
