//! Entering and leaving the terminal, on every way out.

use std::io::{self, Write as _, stdout};
use std::sync::Once;

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};

/// Holds the terminal in the state in which the desk draws, and restores it when dropped.
pub struct Guard {
    held: bool,
}

impl Guard {
    /// Enters.
    ///
    /// # Errors
    /// The terminal's.
    pub fn enter() -> io::Result<Self> {
        restore_on_panic();
        enter()?;
        Ok(Guard { held: true })
    }

    /// Leaves a terminal alone that is gone.
    pub fn forget(&mut self) {
        self.held = false;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.held {
            leave();
        }
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste)
}

fn leave() {
    // Nothing is left to be done where the terminal does not take it.
    drop(execute!(stdout(), DisableBracketedPaste, LeaveAlternateScreen, Show));
    drop(disable_raw_mode());
    drop(stdout().flush());
}

/// Hands the terminal to the shell until the desk is continued.
///
/// # Errors
/// The terminal's, when it is entered again.
pub fn suspend() -> io::Result<()> {
    leave();
    #[cfg(unix)]
    rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
    enter()
}

/// A panic restores the terminal before anything is said, and says one line without what was being
/// worked on: a panic's own text may hold a patient's data.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            leave();
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place, "internal error");
            drop(writeln!(io::stderr(), "frontdesk: internal error at {place}"));
        }));
    });
}
