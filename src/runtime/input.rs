//! What is typed, read on a thread of its own.
//!
//! Two things of crossterm's reader are kept from the loop here: it takes the end of a terminal for
//! "nothing yet" and asks again without pause, so it is asked only while something is there; and it
//! waits for the rest of what came in part, as a paste does that is larger than one read.

use std::io::{self, PipeReader};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
#[cfg(unix)]
use std::time::Duration;

use crossterm::event::{self, Event};
use futures_util::Stream;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::RunError;

/// How many keys may wait for the loop. Beyond these they wait in the terminal.
const WAITING: usize = 1024;

/// How long crossterm is asked for what it has. With no time at all it does not look, not even at what
/// it has read already; the part of a millisecond it spends busily. So it is asked only once `poll(2)` has
/// said that something is there: an idle thread does not wake, and spends nothing. What is typed is found
/// at once; that there is no more costs twice this, after the last key of a burst was handed over.
#[cfg(unix)]
const LOOK: Duration = Duration::from_micros(50);

/// What is typed, in its order. It ends when the terminal is gone; dropped, it reads no more, so
/// that what is typed next is the shell's.
///
/// Its errors are the terminal's, or [`RunError::Fault`] in one where reading it failed by a fault
/// of ours.
pub struct Input {
    events: Receiver<io::Result<Event>>,
    /// Closed with this, it stops the thread.
    _stop: io::PipeWriter,
}

impl Input {
    /// Reads from now on.
    ///
    /// # Errors
    /// The system's, where it has no thread or no pipe to give.
    pub fn listen() -> io::Result<Self> {
        let (stopped, stop) = io::pipe()?;
        let (send, events) = channel(WAITING);
        std::thread::Builder::new().name("input".to_owned()).spawn(move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| read(&send, &stopped)));
            if let Err(error) = outcome.unwrap_or_else(|_| Err(io::Error::other(RunError::Fault))) {
                // The loop may have ended meanwhile.
                drop(send.blocking_send(Err(error)));
            }
        })?;
        Ok(Input { events, _stop: stop })
    }
}

impl Stream for Input {
    type Item = io::Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.events.poll_recv(cx)
    }
}

/// Sends what is typed until the terminal is gone or nobody takes it any more.
#[cfg(unix)]
fn read(send: &Sender<io::Result<Event>>, stopped: &PipeReader) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::Errno;

    // Which is the one that crossterm reads: a desk has a terminal there, or none.
    let terminal = io::stdin();
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    // Makes its reader, which takes longer than a look. Where it cannot, the loop below says why.
    drop(event::poll(Duration::ZERO));
    loop {
        let mut watched = [PollFd::new(&terminal, PollFlags::IN), PollFd::new(stopped, PollFlags::empty())];
        match poll(&mut watched, None) {
            Err(Errno::INTR) => continue,
            done => done?,
        };
        if watched.iter().any(|fd| fd.revents().intersects(gone)) {
            return Ok(());
        }
        match take(send) {
            Ok(Taken::Some) => {}
            Ok(Taken::None) if !is_at_end(&terminal) => {}
            Ok(Taken::None | Taken::Unwanted) => return Ok(()),
            // What a terminal answers that was taken away from this process.
            Err(error) if Errno::from_io_error(&error) == Some(Errno::IO) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// Sends what is typed until nobody takes it any more.
#[cfg(not(unix))]
fn read(send: &Sender<io::Result<Event>>, _: &PipeReader) -> io::Result<()> {
    while send.blocking_send(Ok(event::read()?)).is_ok() {}
    Ok(())
}

/// What came of taking what crossterm has.
#[cfg(unix)]
enum Taken {
    Some,
    None,
    /// The loop takes no more.
    Unwanted,
}

/// Sends all that crossterm has.
#[cfg(unix)]
fn take(send: &Sender<io::Result<Event>>) -> io::Result<Taken> {
    let mut taken = Taken::None;
    // Twice: on a machine that is busy elsewhere its time may be up before it has looked even once,
    // and what it has read already wakes this thread no more.
    while event::poll(LOOK)? || event::poll(LOOK)? {
        taken = Taken::Some;
        let event = event::read()?;
        #[cfg(debug_assertions)]
        assert!(!super::event_loop::is_tested(&event, "input"), "asked for by a test: Ana Ruiz");
        // The window's size comes by its signal: here it would come with the next key alone.
        if !matches!(event, Event::Resize(..)) && send.blocking_send(Ok(event)).is_err() {
            return Ok(Taken::Unwanted);
        }
    }
    Ok(taken)
}

/// Whether a terminal that gave nothing says all the same that there is something to be read, and
/// that it is nothing: its end. Where this cannot be told now, the next wait tells more.
#[cfg(unix)]
fn is_at_end(terminal: &io::Stdin) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let mut watched = [PollFd::new(terminal, PollFlags::IN)];
    poll(&mut watched, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok()
        && watched[0].revents().contains(PollFlags::IN)
        && rustix::io::ioctl_fionread(terminal).is_ok_and(|bytes| bytes == 0)
}
