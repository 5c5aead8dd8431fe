//! The loop: one queue, one wait. It wakes when something happened, takes all that has, and draws
//! once.

use std::future::{pending, poll_fn};
use std::io;
use std::task::Poll;
use std::time::Duration;

use crossterm::event::Event;
use futures_util::{Stream, StreamExt as _};
use ratatui::Terminal;
use ratatui::backend::Backend;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::effects::{Arrived, Performer, SOON};
use super::signals::Signal;
use super::{Desk, RunError};
use crate::app::App;
use crate::app::msg::{Effect, Msg};
use crate::app::remote::Ticket;
use crate::domain::clock::Instant;
use crate::store::Store;
use crate::ui;
use crate::ui::theme::Theme;

/// How long a desk that is left waits for what is being written.
const FINISH: Duration = Duration::from_secs(10);
/// The same where the machine asks: it will not wait longer.
const FINISH_QUICKLY: Duration = Duration::from_secs(2);

/// How long what is typed is given at least to be kept, where the time for writes is up.
const KEEP: Duration = Duration::from_millis(500);

/// A desk that asked to be stopped and still runs after this long is one that no shell could
/// continue, as where a terminal runs nothing else: the system does not stop such a process.
const UNSTOPPED: Duration = Duration::from_millis(300);
/// How long a terminal's failure may come before what says why.
const SIGNALLED: Duration = Duration::from_secs(1);

/// What the loop needs of the world around it.
pub struct Host {
    /// Reads the time.
    pub clock: Box<dyn Fn() -> Instant + Send + Sync>,
    /// Hands the terminal to the shell until the desk is continued.
    pub suspend: Box<dyn FnMut() -> io::Result<()> + Send>,
    /// Takes the terminal back once the desk is continued, whoever stopped it.
    pub resume: Box<dyn FnMut() -> io::Result<()> + Send>,
    /// The machine's signals.
    pub signals: Receiver<Signal>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Host")
    }
}

/// How a desk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It was left.
    Left,
    /// The terminal is said to be gone: then it is not to be touched.
    HungUp,
}

enum Woken {
    Arrived(Arrived),
    Signal(Signal),
    Input(Option<io::Result<Event>>),
    Minute,
    TaskEnded(bool),
}

/// Works at a desk until it is left. Generic over the terminal and the input, so that a test runs
/// this very loop.
///
/// # Errors
/// Where the terminal fails, or a task of ours does.
pub async fn run<B, S>(
    terminal: &mut Terminal<B>,
    mut input: S,
    desk: Desk,
    host: &mut Host,
) -> Result<Ending, RunError>
where
    B: Backend,
    S: Stream<Item = io::Result<Event>> + Unpin,
{
    let size = terminal.size().map_err(|_| undrawable())?;
    let theme = desk.theme;
    let (app, effects) = App::open(desk.opening((size.width, size.height), (host.clock)()));
    let (send, receive) = unbounded_channel();
    let shell = Shell { store: desk.store.clone(), send: send.clone() };
    let performer = Performer::new(desk.store, send);
    // The first frame is the one with the day, unless that lets itself be waited for.
    let dirty = !app.calendar.is_turning();
    let mut desk = Box::new(Running {
        app,
        performer,
        shell,
        receive,
        theme,
        dirty,
        ending: None,
        failed: None,
        redraw: false,
        suspended: false,
        fresh: false,
    });
    let outcome = desk.work(terminal, &mut input, effects, host).await;
    // However the work ended, what is being written is waited for: to drop it here would abort it.
    let hung_up = desk.finish(&mut input, host).await;
    let ending = outcome?;
    Ok(if hung_up { Ending::HungUp } else { ending })
}

fn undrawable() -> RunError {
    RunError::Terminal("it cannot be drawn on".to_owned())
}

/// What is asked of the shell behind the program: whoever is signed in, it is nobody's question.
struct Shell {
    store: Store,
    send: UnboundedSender<Arrived>,
}

impl Shell {
    /// Asks whether the program, begun there, would open by the Unix account. The desk ends without the answer.
    fn ask(&self, ticket: Ticket, tasks: &mut JoinSet<()>) {
        let (store, send) = (self.store.clone(), self.send.clone());
        tasks.spawn(async move {
            let signs_in = store.account_signs_in().await;
            drop(send.send(Arrived { lane: None, msg: Msg::Shell(ticket, signs_in) }));
        });
    }
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the screen")]
struct Running {
    app: App,
    performer: Performer,
    shell: Shell,
    receive: UnboundedReceiver<Arrived>,
    theme: Theme,
    dirty: bool,
    redraw: bool,
    ending: Option<(Ending, Duration)>,
    /// How the terminal failed, where it did.
    failed: Option<RunError>,
    /// Whether the shell has the terminal: then nothing is drawn.
    suspended: bool,
    /// Whether the look-up's words were asked for: after the first frame that shows a day.
    fresh: bool,
}

impl Running {
    async fn work<B, S>(
        &mut self,
        terminal: &mut Terminal<B>,
        input: &mut S,
        effects: Vec<Effect>,
        host: &mut Host,
    ) -> Result<Ending, RunError>
    where
        B: Backend,
        S: Stream<Item = io::Result<Event>> + Unpin,
    {
        self.perform(effects, host)?;
        loop {
            if let Some((ending, _)) = self.ending {
                return Ok(ending);
            }
            if let Some(failure) = self.failed.take() {
                return self.lost(failure, input, host).await;
            }
            if self.dirty && !self.suspended {
                self.gather(input, host).await?;
                if self.ending.is_some() || self.failed.is_some() {
                    continue;
                }
            }
            let mut drawn = Ok(());
            if self.redraw && !self.suspended {
                drawn = terminal.clear();
                self.redraw = false;
                self.dirty = true;
            }
            if self.dirty && !self.suspended {
                drawn = drawn.and_then(|()| self.draw(terminal));
            }
            if drawn.is_err() {
                return self.lost(undrawable(), input, host).await;
            }
            self.step(input, host).await?;
        }
    }

    /// Of a terminal that went away, that it fails may show sooner than its signal and its input tell
    /// why; of one that did not, the failure is how the desk ends.
    async fn lost<S>(&mut self, failure: RunError, input: &mut S, host: &mut Host) -> Result<Ending, RunError>
    where
        S: Stream<Item = io::Result<Event>> + Unpin,
    {
        let told = async {
            loop {
                tokio::select! {
                    Some(signal) = host.signals.recv() => match signal {
                        Signal::HangUp => return true,
                        Signal::Terminate => return false,
                        Signal::Continue | Signal::Resize(..) => {}
                    },
                    event = input.next() => match event {
                        None => return true,
                        Some(Err(_)) => return false,
                        Some(Ok(_)) => {}
                    },
                }
            }
        };
        if !tokio::time::timeout(SIGNALLED, told).await.unwrap_or(false) {
            return Err(failure);
        }
        self.ending = Some((Ending::HungUp, FINISH_QUICKLY));
        Ok(Ending::HungUp)
    }

    fn draw<B: Backend>(&mut self, terminal: &mut Terminal<B>) -> Result<(), B::Error> {
        self.dirty = false;
        terminal.draw(|frame| ui::draw(frame, &self.app, &self.theme))?;
        if !self.fresh && self.app.calendar.known().is_some() {
            self.fresh = true;
            self.performer.keep_look_up_fresh();
        }
        Ok(())
    }

    /// Before a frame is drawn: takes the answers that are about to come into it.
    async fn gather<S>(&mut self, input: &mut S, host: &mut Host) -> Result<(), RunError>
    where
        S: Stream<Item = io::Result<Event>> + Unpin,
    {
        let until = tokio::time::Instant::now() + SOON;
        while self.ending.is_none() && self.failed.is_none() {
            if !self.performer.soon().any(|lane| self.app.is_awaited(lane)) {
                break;
            }
            match tokio::time::timeout_at(until, self.step(input, host)).await {
                Ok(stepped) => stepped?,
                Err(_) => break,
            }
        }
        Ok(())
    }

    /// Waits for something to happen, and takes all that has.
    async fn step<S>(&mut self, input: &mut S, host: &mut Host) -> Result<(), RunError>
    where
        S: Stream<Item = io::Result<Event>> + Unpin,
    {
        let woken = self.wait(input, host).await;
        self.take(woken, host)?;
        // What else is there already, before anything is drawn.
        while self.ending.is_none() {
            if let Ok(arrived) = self.receive.try_recv() {
                self.take(Woken::Arrived(arrived), host)?;
            } else if let Poll::Ready(event) = poll_fn(|cx| Poll::Ready(input.poll_next_unpin(cx))).await {
                // Asked with the loop's own waker, so that what comes next wakes it.
                self.take(Woken::Input(event), host)?;
            } else {
                break;
            }
        }
        Ok(())
    }

    async fn wait<S>(&mut self, input: &mut S, host: &mut Host) -> Woken
    where
        S: Stream<Item = io::Result<Event>> + Unpin,
    {
        let now = (host.clock)();
        let into_minute = u64::try_from(now.timestamp_millis().rem_euclid(60_000)).unwrap_or(0);
        let minute = Duration::from_millis(60_000 - into_minute);
        let ended = async {
            match self.performer.tasks.join_next().await {
                Some(ended) => ended.is_ok(),
                None => pending().await,
            }
        };
        let background = async {
            match self.performer.background.join_next().await {
                Some(ended) => ended.is_ok(),
                None => pending().await,
            }
        };
        let suspended = self.suspended;
        let unstopped = async {
            if suspended {
                tokio::time::sleep(UNSTOPPED).await;
            } else {
                pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            Some(arrived) = self.receive.recv() => Woken::Arrived(arrived),
            Some(signal) = host.signals.recv() => Woken::Signal(signal),
            event = input.next() => Woken::Input(event),
            ok = ended => Woken::TaskEnded(ok),
            ok = background => Woken::TaskEnded(ok),
            () = tokio::time::sleep(minute) => Woken::Minute,
            () = unstopped => Woken::Signal(Signal::Continue),
        }
    }

    fn take(&mut self, woken: Woken, host: &mut Host) -> Result<(), RunError> {
        let msg = match woken {
            Woken::Arrived(Arrived { lane, msg }) => {
                if let Some(lane) = lane {
                    self.performer.free(lane, (host.clock)());
                }
                msg
            }
            Woken::Signal(Signal::Continue) => {
                // One that went away says this too, now and then before it says that it is gone.
                if let Err(error) = (host.resume)() {
                    self.failed = Some(error.into());
                    return Ok(());
                }
                self.suspended = false;
                self.redraw = true;
                Msg::Continued
            }
            Woken::Signal(Signal::Resize(width, height)) => Msg::Input(Event::Resize(width, height)),
            Woken::Signal(Signal::HangUp) | Woken::Input(None) => {
                self.ending = Some((Ending::HungUp, FINISH_QUICKLY));
                return Ok(());
            }
            Woken::Input(Some(Err(error))) => return Err(error.into()),
            Woken::Signal(Signal::Terminate) => {
                self.ending = Some((Ending::Left, FINISH_QUICKLY));
                return Ok(());
            }
            Woken::Input(Some(Ok(event))) => {
                #[cfg(debug_assertions)]
                panic_if_tested(&event, &mut self.performer.tasks);
                Msg::Input(event)
            }
            Woken::Minute => Msg::Minute,
            Woken::TaskEnded(true) => return Ok(()),
            Woken::TaskEnded(false) => return Err(RunError::Fault),
        };
        let (effects, changed) = self.app.update((host.clock)(), msg);
        self.dirty |= changed;
        self.perform(effects, host)
    }

    fn perform(&mut self, effects: Vec<Effect>, host: &mut Host) -> Result<(), RunError> {
        for effect in effects {
            match effect {
                Effect::Read(ticket, read) => self.performer.read(ticket, read, (host.clock)()),
                Effect::Write(ticket, order, write) => self.performer.write(ticket, order, write),
                Effect::After(delay, timer) => self.performer.after(delay, timer),
                Effect::Door(ticket, door) => self.performer.open_door(ticket, door),
                Effect::AskShell(ticket) => self.shell.ask(ticket, &mut self.performer.background),
                Effect::Become(who) => self.performer.become_somebody(who.map(|who| *who)),
                Effect::Tell(event) => self.performer.tell(event),
                Effect::Refused(deed) => self.performer.refused(deed),
                Effect::Redraw => self.redraw = true,
                Effect::Quit => self.ending = Some((Ending::Left, FINISH)),
                Effect::Suspend => {
                    // What continues the desk says so by its signal.
                    self.suspended = cfg!(unix);
                    (host.suspend)()?;
                    self.redraw = true;
                }
            }
        }
        Ok(())
    }

    /// Writes are never aborted: they finish before the program ends, or their time is up. Says
    /// whether the terminal went away meanwhile: by its signal, or by the end of what is typed, which is
    /// all that some terminals say.
    async fn finish<S>(&mut self, input: &mut S, host: &mut Host) -> bool
    where
        S: Stream<Item = io::Result<Event>> + Unpin,
    {
        let patience = self.ending.map_or(FINISH_QUICKLY, |(_, patience)| patience);
        let mut until = tokio::time::Instant::now() + patience;
        let mut hung_up = false;
        // Of a terminal that failed, or was gone before, nothing more is heard.
        let mut listens = !matches!(self.ending, None | Some((Ending::HungUp, _)));
        while self.app.writes_under_way() > 0 {
            let left = tokio::time::sleep_until(until);
            tokio::select! {
                biased;
                Some(signal) = host.signals.recv() => {
                    hung_up |= signal == Signal::HangUp;
                    if matches!(signal, Signal::HangUp | Signal::Terminate) {
                        until = until.min(tokio::time::Instant::now() + FINISH_QUICKLY);
                    }
                }
                Some(arrived) = self.receive.recv() => {
                    if matches!(arrived.msg, Msg::Written(..) | Msg::Door(..)) {
                        drop(self.app.update((host.clock)(), arrived.msg));
                    }
                }
                // With the last task gone, nobody is left to answer: it was a write's that failed.
                ended = self.performer.tasks.join_next() => {
                    if ended.is_none() {
                        break;
                    }
                }
                () = left => {
                    tracing::warn!("left while a write was under way");
                    break;
                }
                // Last: keys mean nothing any more, and hold nothing up.
                event = input.next(), if listens => {
                    if !matches!(event, Some(Ok(_))) {
                        listens = false;
                        hung_up |= event.is_none();
                        until = until.min(tokio::time::Instant::now() + FINISH_QUICKLY);
                    }
                }
            }
        }
        // What is known of the writes by now decides what is unfinished.
        let unfinished = self.app.unfinished();
        if !unfinished.is_empty() {
            let left = until.saturating_duration_since(tokio::time::Instant::now()).max(KEEP);
            // Boxed, since it is rare and as large as all the rest.
            let keep = Box::pin(self.performer.keep(&self.app.who, unfinished, (host.clock)()));
            if tokio::time::timeout(left, keep).await.is_err() {
                tracing::warn!("left before what was typed was kept");
            }
        }
        // The trail is told last, in what is left of the time.
        let left = until.saturating_duration_since(tokio::time::Instant::now()).min(KEEP * 2);
        if tokio::time::timeout(left, Box::pin(self.performer.say_goodbye())).await.is_err() {
            tracing::warn!("left before the audit trail had the sign-out");
        }
        hung_up
    }
}

/// Panics on F12 where the environment asks for it, in the loop or in a task of it: how the tests of
/// the real program see that the terminal is restored. Not in a program that is given to people.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "the panic is what is asked for")]
fn panic_if_tested(event: &Event, tasks: &mut tokio::task::JoinSet<()>) {
    assert!(!is_tested(event, "loop"), "asked for by a test: Ana Ruiz");
    if is_tested(event, "task") {
        tasks.spawn(async { panic!("asked for by a test: Ana Ruiz") });
    }
}

/// Whether a key asks for a panic at this place.
#[cfg(debug_assertions)]
pub(super) fn is_tested(event: &Event, place: &str) -> bool {
    matches!(event, Event::Key(key) if key.code == crossterm::event::KeyCode::F(12))
        && std::env::var("FRONTDESK_TEST_PANIC").as_deref() == Ok(place)
}
