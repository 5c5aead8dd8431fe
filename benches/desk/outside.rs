//! A desk as it is seen from outside: what it writes when, and what the system says of its process.

use std::time::{Duration, Instant};

use crate::sequence::{Keys, WORK};
use crate::terminal::Terminal;

/// A key's answer has ended once nothing more came for this long.
const QUIET: Duration = Duration::from_millis(60);
/// For how long nothing is typed.
pub const IDLE: Duration = Duration::from_secs(3);

/// What one desk did.
pub struct Run {
    /// Until visits were shown.
    pub start: Duration,
    /// What each key did.
    pub keys: Vec<Key>,
    /// What was written while nothing was typed.
    pub idle_bytes: usize,
    /// The processor's time meanwhile.
    pub idle_cpu: Duration,
    /// The most memory, in KiB, where the system tells.
    pub peak_kb: Option<u32>,
}

/// What a key did.
pub struct Key {
    /// What it is for.
    pub label: &'static str,
    /// Until the last byte that it caused.
    pub took: Duration,
    /// How many bytes it caused.
    pub bytes: usize,
    /// How many could have painted the cells that changed.
    pub least: usize,
    /// The processor's time.
    pub cpu: Duration,
}

/// Waits for the first frame with a text in it; says how long it took to come.
pub fn first_frame(desk: &mut Terminal, begun: Instant, text: &str) -> Duration {
    desk.wait_for(text);
    desk.look(|seen| seen.last) - begun
}

/// Waits until nothing has come for a while.
#[expect(clippy::disallowed_methods, reason = "what does not happen is waited for")]
fn silence(desk: &Terminal, quiet: Duration) {
    let begun = Instant::now();
    while let Some(left) = quiet.checked_sub(desk.look(|seen| seen.last.max(begun)).elapsed()) {
        std::thread::sleep(left.max(Duration::from_micros(100)));
    }
}

/// Works at a desk, is idle at it, and leaves it.
#[expect(clippy::disallowed_methods, reason = "to be idle is to wait")]
pub fn work((mut desk, begun): (Terminal, Instant)) -> Run {
    let start = first_frame(&mut desk, begun, " of 200");
    // What a desk reads after its first frame.
    silence(&desk, Duration::from_millis(500));
    let mut keys = Vec::new();
    for step in &WORK {
        let (typed, times) = match step.keys {
            Keys::Key(key, times) => (vec![key.to_owned()], times),
            Keys::Text(text) => (text.chars().map(String::from).collect(), 1),
        };
        for key in std::iter::repeat_n(typed, times).flatten() {
            keys.push(press(&mut desk, step.label, &key));
        }
    }
    let written = |desk: &Terminal| desk.look(|seen| seen.bytes.len());
    let (bytes, cpu) = (written(&desk), cpu(&desk));
    std::thread::sleep(IDLE);
    let (idle_bytes, idle_cpu) = (written(&desk) - bytes, self::cpu(&desk).saturating_sub(cpu));
    let peak_kb = peak(&desk);
    desk.keys("\x11y");
    assert!(desk.ended().success());
    Run { start, keys, idle_bytes, idle_cpu, peak_kb }
}

fn press(desk: &mut Terminal, label: &'static str, key: &str) -> Key {
    let (before, written) = desk.look(|seen| (seen.screen().clone(), seen.bytes.len()));
    let used = cpu(desk);
    let pressed = Instant::now();
    desk.keys(key);
    silence(desk, QUIET);
    let (bytes, took, least) = desk.look(|seen| {
        let bytes = seen.bytes.len() - written;
        (bytes, seen.last.saturating_duration_since(pressed), least(&before, seen.screen()))
    });
    Key { label, took, bytes, least, cpu: cpu(desk).saturating_sub(used) }
}

/// The least bytes that paint what changed: an address for each run of cells, and their letters.
fn least(before: &vt100::Screen, after: &vt100::Screen) -> usize {
    let (rows, columns) = after.size();
    let mut bytes = 0;
    for row in 0..rows.get() {
        let mut in_run = false;
        for column in 0..columns.get() {
            let cell = after.cell(row, column);
            let changed = before.cell(row, column) != cell;
            if changed && !in_run {
                bytes += format!("\x1b[{};{}H", row + 1, column + 1).len();
            }
            if changed {
                // The second half of a wide letter needs nothing, an empty cell a blank.
                let half = cell.is_some_and(vt100::Cell::is_wide_continuation);
                bytes += cell.map_or(0, |cell| cell.contents().len()).max(usize::from(!half));
            }
            in_run = changed;
        }
    }
    bytes
}

/// The processor's time that the process has had, of all its threads; nothing where the system does
/// not tell.
fn cpu(desk: &Terminal) -> Duration {
    let threads = std::fs::read_dir(format!("/proc/{}/task", desk.pid().as_raw_nonzero()));
    let threads = threads.into_iter().flatten().flatten();
    let times = threads.filter_map(|thread| {
        let said = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        said.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(times.sum())
}

/// The most memory that the process ever had, in KiB.
fn peak(desk: &Terminal) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", desk.pid().as_raw_nonzero())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
