//! Signals of the machine: asked to leave, the terminal is gone, continued after a stop, a window of
//! another size.

use std::io;

use tokio::sync::mpsc::{Receiver, channel};

/// A signal, by what it means to a desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM, SIGINT: leave.
    Terminate,
    /// SIGHUP: leave, without touching the terminal where it is gone.
    HangUp,
    /// SIGCONT: somebody continued the desk; the screen is to be drawn anew.
    Continue,
    /// SIGWINCH: the window has another size, in columns and rows.
    Resize(u16, u16),
}

/// Listens from now on.
///
/// # Errors
/// The system's.
#[cfg(unix)]
pub fn listen() -> io::Result<Receiver<Signal>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut go_on = signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?;
    let mut resize = signal(SignalKind::window_change())?;
    let (send, receive) = channel(4);
    tokio::spawn(async move {
        loop {
            let signals = tokio::select! {
                // A terminal that goes away sends this one, and then the one to continue.
                biased;
                _ = hang_up.recv() => [Some(Signal::HangUp), None],
                _ = terminate.recv() => [Some(Signal::Terminate), None],
                _ = interrupt.recv() => [Some(Signal::Terminate), None],
                // Of a window that changed meanwhile, only the programs that had it were told.
                _ = go_on.recv() => [Some(Signal::Continue), resized()],
                _ = resize.recv() => [resized(), None],
            };
            for signal in signals.into_iter().flatten() {
                if send.send(signal).await.is_err() {
                    return;
                }
            }
        }
    });
    Ok(receive)
}

/// The size that the window has now; none where the terminal no longer tells.
#[cfg(unix)]
fn resized() -> Option<Signal> {
    super::size().ok().map(|size| Signal::Resize(size.width, size.height))
}

/// Listens from now on. What is typed brings the window's size with it.
///
/// # Errors
/// None here.
#[cfg(not(unix))]
pub fn listen() -> io::Result<Receiver<Signal>> {
    let (send, receive) = channel(4);
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if send.send(Signal::Terminate).await.is_err() {
                break;
            }
        }
    });
    Ok(receive)
}
