//! Signals of the machine: asked to leave, the terminal is gone, continued after a stop.

use std::io;

use tokio::sync::mpsc::{Receiver, channel};

/// A signal, by what it means to a desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM, SIGINT: leave.
    Terminate,
    /// SIGHUP: leave, without touching a terminal that is gone.
    HangUp,
    /// SIGCONT: somebody continued the desk; the screen is to be drawn anew.
    Continue,
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
    let (send, receive) = channel(4);
    tokio::spawn(async move {
        loop {
            let signal = tokio::select! {
                // A terminal that goes away sends this one, and then the one to continue.
                biased;
                _ = hang_up.recv() => Signal::HangUp,
                _ = terminate.recv() => Signal::Terminate,
                _ = interrupt.recv() => Signal::Terminate,
                _ = go_on.recv() => Signal::Continue,
            };
            if send.send(signal).await.is_err() {
                break;
            }
        }
    });
    Ok(receive)
}

/// Listens from now on.
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
