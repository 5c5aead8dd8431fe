//! A terminal with a program in it.

use std::io::{Read as _, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc;
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long a test waits for what it expects; only one that fails ever waits so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program.
pub const FRONTDESK: &str = env!("CARGO_BIN_EXE_frontdesk");

/// What the terminal shows, and all that was ever written to it.
pub struct Seen {
    parser: vt100::Parser,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// When the last of them came.
    pub last: Instant,
    /// Nothing more is read.
    stop: bool,
}

impl Seen {
    /// The lines on the screen.
    pub fn text(&self) -> String {
        self.parser.screen().contents()
    }

    /// What the terminal has of the screen that is not shown, as a program could bring it back without
    /// clearing it.
    pub fn other_screen(&self) -> String {
        let mut parser = self.replayed();
        parser.process(if self.screen().alternate_screen() { b"\x1b[?47l" } else { b"\x1b[?47h" });
        parser.screen().contents()
    }

    fn replayed(&self) -> vt100::Parser {
        let (rows, columns) = self.screen().size();
        let mut parser = vt100::Parser::new(rows, columns, 0);
        parser.process(&self.bytes);
        parser
    }

    /// The screen.
    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }
}

/// A terminal with a program in it.
pub struct Terminal {
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    reader: Option<std::thread::JoinHandle<()>>,
    child: Box<dyn Child + Send + Sync>,
}

/// A data folder with the demo clinic in it, made once and copied.
pub fn demo_folder() -> TempDir {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let mut desk = Terminal::open(&["demo", "--data-dir", folder.path().to_str().unwrap()], &[]);
        desk.wait_for("1 Calendar");
        desk.keys("q");
        assert!(desk.ended().success());
        folder
    });
    let copy = TempDir::new().unwrap();
    copy_folder(made.path(), copy.path());
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let place = to.join(file.file_name());
        if file.file_type().unwrap().is_dir() {
            std::fs::create_dir(&place).unwrap();
            // As the program makes it: one that all may read it would mend, and say so.
            std::fs::set_permissions(&place, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
            copy_folder(&file.path(), &place);
        } else {
            std::fs::copy(file.path(), place).unwrap();
        }
    }
}

/// A desk on the demo clinic of a folder, which shows its board.
pub fn demo(folder: &Path, environment: &[(&str, &str)]) -> Terminal {
    let mut desk = Terminal::open(&["demo", "--data-dir", folder.to_str().unwrap()], environment);
    desk.wait_for("Dr. ");
    desk
}

/// The same where the terminal is not the one that the system has for the desk's: no signal tells
/// of it.
pub fn demo_without_signals(folder: &Path) -> Terminal {
    let mut command = CommandBuilder::new(FRONTDESK);
    command.args(["demo", "--data-dir", folder.to_str().unwrap()]);
    command.set_controlling_tty(false);
    let mut desk = Terminal::run(command, &[]);
    desk.wait_for("Dr. ");
    desk
}

impl Terminal {
    /// The program with arguments, in a terminal of its own.
    pub fn open(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(FRONTDESK);
        command.args(arguments);
        Terminal::run(command, environment)
    }

    /// A command in a terminal of its own.
    pub fn run(command: CommandBuilder, environment: &[(&str, &str)]) -> Self {
        Terminal::of_size((80, 24), command, environment)
    }

    /// The same in a terminal of so many columns and rows.
    pub fn of_size(
        (cols, rows): (u16, u16),
        mut command: CommandBuilder,
        environment: &[(&str, &str)],
    ) -> Self {
        // Only what is set here: whose machine it is must not matter.
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("TERM", "xterm-256color");
        command.env("RUST_BACKTRACE", "1");
        for (name, value) in environment {
            command.env(name, value);
        }
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let [rows, columns] = [size.rows, size.cols].map(|n| NonZero::new(n).unwrap());
        let parser = vt100::Parser::new(rows, columns, 0);
        let seen = Seen { parser, bytes: Vec::new(), last: Instant::now(), stop: false };
        let seen = Arc::new((Mutex::new(seen), Condvar::new()));
        let mut from = pair.master.try_clone_reader().unwrap();
        let shared = seen.clone();
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = from.read(&mut buffer) {
                let now = Instant::now();
                let mut seen = shared.0.lock().unwrap();
                seen.last = now;
                seen.bytes.extend_from_slice(&buffer[..read]);
                seen.parser.process(&buffer[..read]);
                shared.1.notify_all();
                if seen.stop {
                    break;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Terminal { master: Some(pair.master), keys: Some(keys), seen, reader: Some(reader), child }
    }

    /// Types.
    pub fn keys(&mut self, keys: &str) {
        let to = self.keys.as_mut().unwrap();
        to.write_all(keys.as_bytes()).and_then(|()| to.flush()).unwrap();
    }

    /// Looks at what is on the screen now.
    pub fn look<T>(&self, at: impl FnOnce(&Seen) -> T) -> T {
        at(&self.seen.0.lock().unwrap())
    }

    /// Waits until the screen is as expected.
    pub fn until(&mut self, what: &str, is: impl Fn(&Seen) -> bool) {
        let seen = self.seen.0.lock().unwrap();
        let (seen, waited) = self.seen.1.wait_timeout_while(seen, PATIENCE, |seen| !is(seen)).unwrap();
        assert!(!waited.timed_out(), "waited in vain for {what}:\n{}", seen.text());
    }

    /// Waits for a text on the screen.
    pub fn wait_for(&mut self, text: &str) {
        self.until(text, |seen| seen.text().contains(text));
    }

    /// The process.
    pub fn pid(&self) -> Pid {
        let id = self.child.process_id().and_then(|id| i32::try_from(id).ok());
        id.and_then(Pid::from_raw).unwrap()
    }

    /// Sends the process a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Whether the terminal hands over whole lines and echoes them, as a shell needs it.
    pub fn is_cooked(&self) -> bool {
        let modes = self.master.as_ref().unwrap().get_termios().unwrap().local_flags;
        let modes = format!("{modes:?}");
        ["ICANON", "ECHO", "ISIG"].iter().all(|mode| modes.contains(mode))
    }

    /// Waits until what is typed is hidden, as where a password is asked for: the question stands there a
    /// moment before.
    pub fn until_hidden(&mut self) {
        let begun = Instant::now();
        while self.is_cooked() {
            assert!(begun.elapsed() < PATIENCE, "what is typed is shown");
            std::thread::yield_now();
        }
    }

    /// Gives the window another size.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        let size = [rows, cols].map(|n| NonZero::new(n).unwrap());
        self.seen.0.lock().unwrap().parser.set_size(size[0], size[1]);
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        self.master.as_ref().unwrap().resize(size).unwrap();
    }

    /// The terminal goes away, after the last that was done with it.
    pub fn hang_up(&mut self, last: impl FnOnce(&mut Self)) {
        self.seen.0.lock().unwrap().stop = true;
        // Whatever is drawn next wakes the reader, which holds the terminal open.
        self.keys("?");
        self.reader.take().unwrap().join().unwrap();
        last(self);
        self.keys = None;
        self.master = None;
    }

    /// Waits until the program has ended and all that it wrote was read.
    pub fn ended(&mut self) -> ExitStatus {
        let (status, _) = self.ended_within(PATIENCE);
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        status
    }

    /// Waits until the program has ended; says how long that took.
    pub fn ended_within(&mut self, patience: Duration) -> (ExitStatus, Duration) {
        let begun = Instant::now();
        let (send, receive) = mpsc::channel();
        let mut killer = self.child.clone_killer();
        std::thread::scope(|scope| {
            let child = &mut self.child;
            scope.spawn(move || send.send(child.wait()));
            let status = receive.recv_timeout(patience);
            if status.is_err() {
                // Or the thread that waits for it would never end.
                drop(killer.kill());
            }
            let status = status.expect("the program does not end").unwrap();
            (status, begun.elapsed())
        })
    }

    /// The terminal is as a shell had it before.
    pub fn assert_restored(&self) {
        self.look(|seen| {
            let screen = seen.screen();
            assert!(!screen.alternate_screen(), "the other screen is still shown");
            assert!(!screen.hide_cursor(), "the cursor is hidden");
            assert!(!screen.bracketed_paste(), "pastes are still bracketed");
            assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        });
        assert!(self.is_cooked(), "keys are still read one by one");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed leaves nothing running.
        drop(self.child.kill());
    }
}
