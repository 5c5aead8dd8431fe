//! Entering and leaving the terminal, on every way out.

use std::io::{self, Write as _, stdout};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::style::ResetColor;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

/// Whether the terminal is in the state in which the desk draws. The terminal is the process's, so
/// this is too: a panic's hook has nothing else to ask.
static HELD: AtomicBool = AtomicBool::new(false);
/// Whether what the terminal shows and keeps is erased before it is handed back.
static WIPES: AtomicBool = AtomicBool::new(false);

/// Holds the terminal in the state in which the desk draws, and restores it when dropped.
pub struct Guard(());

impl Guard {
    /// Enters. Where it `wipes`, what was shown is erased before the terminal is handed back, and so are the
    /// lines that the terminal keeps: some keep what was on the other screen.
    ///
    /// # Errors
    /// The terminal's.
    pub fn enter(wipes: bool) -> io::Result<Self> {
        WIPES.store(wipes, Ordering::SeqCst);
        let guard = Guard(());
        enter()?;
        Ok(guard)
    }

    /// Leaves a terminal alone that is gone. One that is still there, as where the program alone was told that it
    /// is not, is handed back as at any other end.
    pub fn hung_up(self) {
        if is_there() {
            return;
        }
        HELD.store(false, Ordering::SeqCst);
        std::mem::forget(self);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        leave();
    }
}

/// Whether the terminal is there, and takes what is written without being waited for.
#[cfg(unix)]
fn is_there() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let terminal = stdout();
    let mut watched = [PollFd::new(&terminal, PollFlags::OUT)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut watched, Some(&at_once)).is_ok() && watched[0].revents() == PollFlags::OUT
}

/// It cannot be told.
#[cfg(not(unix))]
fn is_there() -> bool {
    false
}

fn enter() -> io::Result<()> {
    HELD.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste)
}

/// Restores the terminal, once: to leave the alternate screen a second time would put the cursor
/// back over what was said since.
fn leave() {
    if !HELD.swap(false, Ordering::SeqCst) {
        return;
    }
    if WIPES.load(Ordering::SeqCst) {
        drop(execute!(stdout(), ResetColor, Clear(ClearType::All), Clear(ClearType::Purge)));
    }
    // Nothing is left to be done where the terminal does not take it.
    drop(execute!(stdout(), DisableBracketedPaste, LeaveAlternateScreen, Show));
    drop(disable_raw_mode());
    drop(stdout().flush());
}

/// Hands the terminal to the shell until the desk is continued.
///
/// # Errors
/// The system's.
pub fn suspend() -> io::Result<()> {
    leave();
    #[cfg(unix)]
    rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
    Ok(())
}

/// Takes the terminal back from whoever had it meanwhile, in whatever state they left it.
///
/// # Errors
/// The terminal's.
pub fn resume() -> io::Result<()> {
    // Raw mode is set anew only where it was left before.
    drop(disable_raw_mode());
    enter()
}

/// What a panic does, in place of the text of the language: the terminal is restored before
/// anything is said, and what is said is one line without what was being worked on, since a
/// panic's own text may hold a patient's data.
///
/// A panic on another thread than the one that calls this leaves the terminal alone: where that was
/// a task of the desk's, the loop finishes what is being written, and says it.
pub fn on_panic() {
    let here = std::thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "internal error");
        if std::thread::current().id() == here {
            leave();
            drop(writeln!(io::stderr(), "frontdesk: internal error at {place}; please report it"));
        }
    }));
}
