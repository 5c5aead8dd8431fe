//! A desk that runs its real loop, and the means to type on it and to look at it.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use frontdesk::app::gate::Locking;
use frontdesk::domain::clinic::Clinic;
use frontdesk::domain::clock::Instant;
use frontdesk::domain::staff::Identity;
use frontdesk::runtime::{Desk, Ending, Host, RunError, Signal, run};
use frontdesk::ui::theme::{Palette, Theme};
use futures_util::Stream;
use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, TestBackend, WindowSize};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Size};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use unicode_width::UnicodeWidthStr as _;

use crate::clinic::{House, NOW};

/// How long a test waits for what it expects. Far beyond what it takes on a slow machine: only a
/// test that fails ever waits so long.
const PATIENCE: Duration = Duration::from_secs(15);

/// When the desks of these tests lock.
pub const LOCKING: Locking = Locking {
    minutes: Some(5),
    at_most: 15,
    by_account: false,
    by_command: false,
    opens_by_itself: false,
    email: String::new(),
};

/// What the verdict says of a time that can be booked.
pub const FREE: &str = "✓ free";

/// What was drawn last.
#[derive(Clone)]
pub struct Frame {
    /// The cells.
    pub cells: Buffer,
    /// The cursor, where it is shown.
    pub cursor: Option<Position>,
    /// How many keys and other events the loop had taken before it drew this.
    taken: usize,
}

impl Frame {
    /// The lines as a person reads them, without the blanks at their ends.
    pub fn lines(&self) -> Vec<String> {
        let area = self.cells.area;
        let line = |y| {
            let (mut line, mut x) = (String::new(), 0);
            while x < area.width {
                let symbol = self.cells[(x, y)].symbol();
                line.push_str(symbol);
                // A letter of two cells stands in the first of them.
                x += u16::try_from(symbol.width()).unwrap().max(1);
            }
            line.trim_end().to_owned()
        };
        (0..area.height).map(line).collect()
    }

    /// The lines, as one text.
    pub fn text(&self) -> String {
        self.lines().join("\n")
    }

    /// The first line that holds a text.
    pub fn line_with(&self, text: &str) -> Option<String> {
        self.lines().into_iter().find(|line| line.contains(text))
    }

    /// The line above the keys: what is under the cursor, or a passing message.
    pub fn status(&self) -> String {
        self.lines().iter().rev().nth(1).cloned().unwrap_or_default()
    }
}

/// A screen in memory that hands every frame to whoever waits for one.
struct Screen {
    cells: TestBackend,
    cursor: bool,
    size: Arc<Mutex<Size>>,
    taken: Arc<AtomicUsize>,
    frames: watch::Sender<Frame>,
}

impl Screen {
    /// Takes the size that the window has now.
    fn fit(&mut self) {
        let size = *self.size.lock().unwrap();
        if self.cells.buffer().area.as_size() != size {
            self.cells = TestBackend::new(size.width, size.height);
        }
    }
}

impl Backend for Screen {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.fit();
        self.cells.draw(content)
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        self.cursor = false;
        Ok(())
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        self.cursor = true;
        Ok(())
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        self.cells.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        self.cells.set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        self.fit();
        self.cells.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> Result<(), Infallible> {
        self.cells.clear_region(clear_type)
    }

    fn size(&self) -> Result<Size, Infallible> {
        Ok(*self.size.lock().unwrap())
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::ZERO })
    }

    // The last thing that drawing a frame does.
    fn flush(&mut self) -> Result<(), Infallible> {
        let position = self.cells.cursor_position();
        self.frames.send_replace(Frame {
            cells: self.cells.buffer().clone(),
            cursor: self.cursor.then_some(position),
            taken: self.taken.load(Ordering::SeqCst),
        });
        Ok(())
    }
}

/// What is typed, as the loop reads it.
struct Input {
    events: mpsc::UnboundedReceiver<Event>,
    taken: Arc<AtomicUsize>,
}

impl Stream for Input {
    type Item = io::Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event = self.events.poll_recv(cx);
        if let Poll::Ready(Some(_)) = event {
            self.taken.fetch_add(1, Ordering::SeqCst);
        }
        event.map(|event| event.map(Ok))
    }
}

/// A desk at work.
pub struct Working {
    input: mpsc::UnboundedSender<Event>,
    sent: usize,
    frames: watch::Receiver<Frame>,
    size: Arc<Mutex<Size>>,
    clock: Arc<AtomicI64>,
    /// Where the machine's signals come from.
    pub signals: mpsc::Sender<Signal>,
    task: JoinHandle<Result<Ending, RunError>>,
}

impl Working {
    /// Opens a desk in a house. Nothing is waited for.
    pub fn begin(house: &House, size: (u16, u16), palette: Palette) -> Self {
        Working::begin_as(house, (House::clinic(), House::who()), size, palette)
    }

    /// The same for a clinic of another name, by somebody else.
    pub fn begin_as(
        house: &House,
        (clinic, who): (Clinic, Identity),
        size: (u16, u16),
        palette: Palette,
    ) -> Self {
        let desk = Desk {
            store: house.store().acting(who.clone()),
            server: "sqlite".into(),
            clinic,
            who: Some(who),
            locking: LOCKING,
            theme: Theme::new(palette),
            demo: false,
        };
        Working::open(desk, size)
    }

    /// A desk of any kind.
    pub fn open(desk: Desk, (width, height): (u16, u16)) -> Self {
        let (input, events) = mpsc::unbounded_channel();
        let taken = Arc::new(AtomicUsize::new(0));
        let size = Arc::new(Mutex::new(Size { width, height }));
        let cells = TestBackend::new(width, height);
        let first = Frame { cells: cells.buffer().clone(), cursor: None, taken: 0 };
        let (draw, frames) = watch::channel(first);
        let screen = Screen { cells, cursor: false, size: size.clone(), taken: taken.clone(), frames: draw };
        let clock = Arc::new(AtomicI64::new(NOW.parse::<Instant>().unwrap().timestamp()));
        let (signals, receive) = mpsc::channel(4);
        let reads = clock.clone();
        let task = tokio::spawn(async move {
            let mut host = Host {
                clock: Box::new(move || Instant::from_timestamp(reads.load(Ordering::SeqCst), 0).unwrap()),
                suspend: Box::new(|| Ok(())),
                resume: Box::new(|| Ok(())),
                signals: receive,
            };
            let mut terminal = Terminal::new(screen).unwrap();
            run(&mut terminal, Input { events, taken }, desk, &mut host).await
        });
        Working { input, sent: 0, frames, size, clock, signals, task }
    }

    /// What is on the screen.
    pub fn frame(&self) -> Frame {
        self.frames.borrow().clone()
    }

    fn send(&mut self, event: Event) {
        self.sent += 1;
        // A desk that was left takes no more keys.
        drop(self.input.send(event));
    }

    /// Waits until the loop has drawn what came of all that was typed. Answers of a store may still
    /// be on their way.
    async fn settle(&mut self) -> Frame {
        let sent = self.sent;
        self.frame_where(|frame| frame.taken >= sent).await.unwrap_or_else(|ended| {
            assert!(ended, "the loop draws no more:\n{}", self.frame().text());
            self.frame()
        })
    }

    /// The first frame from now on that is as expected; an error where none comes, which says
    /// whether that is because the desk was left.
    async fn frame_where(&mut self, is: impl Fn(&Frame) -> bool) -> Result<Frame, bool> {
        match tokio::time::timeout(PATIENCE, self.frames.wait_for(|frame| is(frame))).await {
            Ok(Ok(frame)) => Ok(frame.clone()),
            Ok(Err(_)) => Err(true),
            Err(_) => Err(false),
        }
    }

    /// Types: letters as they stand, other keys by name, as in `b`, `smi<Enter>`, `<C-o>`, `<A-1>`.
    /// What stands in «these» is pasted: one question to the store, where typing asks with each key.
    pub async fn keys(&mut self, keys: &str) -> Frame {
        self.press(keys);
        self.settle().await
    }

    /// The same without waiting for what comes of it: a desk that is left draws no more.
    pub fn press(&mut self, keys: &str) {
        for (n, part) in keys.split(['«', '»']).enumerate() {
            if n % 2 == 1 {
                self.send(Event::Paste(part.to_owned()));
            } else {
                for key in parsed(part) {
                    self.send(Event::Key(key));
                }
            }
        }
    }

    /// Pastes.
    pub async fn paste(&mut self, text: &str) -> Frame {
        self.send(Event::Paste(text.to_owned()));
        self.settle().await
    }

    /// Gives the window another size.
    pub async fn resize(&mut self, width: u16, height: u16) -> Frame {
        *self.size.lock().unwrap() = Size { width, height };
        self.signals.send(Signal::Resize(width, height)).await.unwrap();
        self.until("a frame of the new size", |frame| frame.cells.area.as_size() == Size { width, height })
            .await
    }

    /// The terminal is gone, and nothing but that says so.
    pub fn hang_up(&mut self) {
        self.input = mpsc::unbounded_channel().0;
    }

    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        self.clock.fetch_add(i64::try_from(time.as_secs()).unwrap(), Ordering::SeqCst);
    }

    /// The machine's clock is set back.
    pub fn set_back(&self, time: Duration) {
        self.clock.fetch_sub(i64::try_from(time.as_secs()).unwrap(), Ordering::SeqCst);
    }

    /// Waits for a frame that is as expected.
    pub async fn until(&mut self, what: &str, is: impl Fn(&Frame) -> bool) -> Frame {
        let came = self.frame_where(is).await;
        came.unwrap_or_else(|_| panic!("waited in vain for {what}:\n{}", self.frame().text()))
    }

    /// Waits for a text on the screen.
    pub async fn wait_for(&mut self, text: &str) -> Frame {
        self.until(text, |frame| frame.text().contains(text)).await
    }

    /// Waits for a text to be gone from the screen.
    pub async fn wait_gone(&mut self, text: &str) -> Frame {
        self.until(&format!("\"{text}\" to go"), |frame| !frame.text().contains(text)).await
    }

    /// Moves the board's cursor by its keys to a doctor and a time.
    pub async fn go_to(&mut self, doctor: &str, time: &str) -> Frame {
        let mut frame = self.keys("<Home>").await;
        for _ in 0..12 {
            frame = self.keys("h").await;
        }
        for _ in 0..12 {
            if frame.status().contains(doctor) {
                break;
            }
            frame = self.keys("l").await;
        }
        for _ in 0..100 {
            if frame.status().trim_start().starts_with(time) {
                return frame;
            }
            frame = self.keys("j").await;
        }
        panic!("{doctor} {time} is not on the board:\n{}", frame.text());
    }

    /// Looks somebody up on the patients screen.
    pub async fn find(&mut self, typed: &str, shown: &str) -> Frame {
        self.keys(typed).await;
        self.wait_for(shown).await
    }

    /// Opens the form for a free half hour at Dr. Lee's, and chooses whom the typed letters mean.
    pub async fn fill_booking(&mut self, typed: &str, chosen: &str) -> Frame {
        self.go_to("Hannah Lee", "13:00").await;
        self.keys(&format!("b{typed}<Enter>")).await;
        self.wait_for(chosen).await;
        self.wait_for(FREE).await
    }

    /// Waits until the desk is left, and says how it ended.
    pub async fn ended(self) -> Result<Ending, RunError> {
        tokio::time::timeout(PATIENCE, self.task).await.expect("the desk does not end").unwrap()
    }
}

/// Keys by letter and name.
pub fn parsed(keys: &str) -> Vec<KeyEvent> {
    let mut parsed = Vec::new();
    let mut rest = keys;
    while let Some(first) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        match named {
            Some((name, after)) if !name.is_empty() => {
                parsed.push(key_of(name));
                rest = after;
            }
            _ => {
                parsed.push(KeyEvent::from(KeyCode::Char(first)));
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    parsed
}

fn key_of(name: &str) -> KeyEvent {
    if let Some((modifier, key)) = name.split_once('-') {
        let modifier = match modifier {
            "C" => KeyModifiers::CONTROL,
            "A" => KeyModifiers::ALT,
            "S" => KeyModifiers::SHIFT,
            other => panic!("there is no modifier {other}"),
        };
        let code = key_of_letter(key).unwrap_or_else(|| key_of(key).code);
        return KeyEvent::new(code, modifier);
    }
    KeyEvent::from(match name {
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Tab" => KeyCode::Tab,
        "BackTab" => KeyCode::BackTab,
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "Home" => KeyCode::Home,
        "End" => KeyCode::End,
        "PgUp" => KeyCode::PageUp,
        "PgDn" => KeyCode::PageDown,
        "Del" => KeyCode::Delete,
        "Back" => KeyCode::Backspace,
        "F1" => KeyCode::F(1),
        "F2" => KeyCode::F(2),
        "F3" => KeyCode::F(3),
        "F7" => KeyCode::F(7),
        other => panic!("there is no key {other}"),
    })
}

fn key_of_letter(key: &str) -> Option<KeyCode> {
    let mut letters = key.chars();
    letters.next().filter(|_| letters.next().is_none()).map(KeyCode::Char)
}
