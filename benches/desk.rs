//! How fast the desk is from outside: the real program in a real terminal of 120x40, on the embedded
//! file of a made-up clinic of 1,000,000 patients, 200 doctors and 90 days at 80 % full.
//!
//! ```text
//! cargo bench --bench desk [-- --scale small] [--runs 3]
//! ```
//!
//! A sequence is typed as somebody works: across the board, through the days, patients looked up, a
//! form filled. Nothing is written, so the clinic is made once (a few minutes) and kept, with the
//! days from then on, under `target/bench-data/`. A key's time runs until the last byte that it
//! causes, those of a store's answers included; its least bytes are those that could paint the cells
//! that changed. CPU is that of the whole process. Only a quiet machine's figures count, and only
//! Linux tells memory and CPU. The exit code is 1 where a bound is missed.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a measurement that cannot go on fails")]

#[path = "desk/clinic.rs"]
mod clinic;
#[path = "common/figures.rs"]
#[expect(dead_code, reason = "the other measurements print otherwise")]
mod figures;
#[path = "desk/outside.rs"]
mod outside;
#[path = "desk/sequence.rs"]
mod sequence;
#[path = "../tests/pty/terminal.rs"]
#[expect(dead_code, reason = "the tests ask more of it")]
mod terminal;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use figures::Times;
use outside::{Key, Run, work};
use portable_pty::CommandBuilder;
use terminal::{FRONTDESK, Terminal};

const SIZE: (u16, u16) = (120, 40);

/// Start to the first frame that shows visits.
const START: f64 = 50.0;
/// The same where a demo clinic is made first.
const FIRST_DEMO: f64 = 1_000.0;
const KEY_P50: f64 = 2.0;
const KEY_P99: f64 = 16.0;
const PEAK_MB: f64 = 25.0;
/// What a key may say beyond the least bytes.
const BYTES: (f64, f64) = (1.2, 40.0);
/// The part of a processor that an idle desk may take, looking what other desks do.
const IDLE: f64 = 0.005;

fn main() -> ExitCode {
    let mut plan = frontdesk::sample::Plan::MEASURED;
    let mut runs = 3;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--scale" if args.next().as_deref() == Some("small") => plan.patients = 20_000,
            "--runs" => runs = args.next().and_then(|n| n.parse().ok()).unwrap_or(runs),
            _ => {}
        }
    }
    let folder = clinic::made(&plan);
    let runs: Vec<Run> = (0..runs).map(|_| work(open(&folder, None))).collect();
    let demo = first_demo();
    keys(&runs);
    println!();
    if bounds(&runs, demo) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A desk that has just been started.
fn open(folder: &Path, command: Option<&str>) -> (Terminal, Instant) {
    let mut desk = CommandBuilder::new(FRONTDESK);
    desk.args(command);
    desk.args(["--data-dir", folder.to_str().unwrap()]);
    let begun = Instant::now();
    (Terminal::of_size(SIZE, desk, &[("TZ", "UTC")]), begun)
}

/// How long the first start of the demo takes.
fn first_demo() -> Duration {
    let folder = tempfile::TempDir::new().unwrap();
    let (mut desk, begun) = open(folder.path(), Some("demo"));
    let took = outside::first_frame(&mut desk, begun, "Dr. ");
    desk.keys("q");
    assert!(desk.ended().success());
    took
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The table of the keys.
fn keys(runs: &[Run]) {
    println!(
        "{:<22} {:>5} {:>8} {:>8} {:>8} {:>7} {:>7} {:>8} {:>7}",
        "keys", "n", "p50 ms", "p99 ms", "max ms", "bytes", "least", "cpu ms", "beyond"
    );
    let mut labels: Vec<&str> = Vec::new();
    for key in runs.iter().flat_map(|run| &run.keys) {
        if !labels.contains(&key.label) {
            labels.push(key.label);
        }
    }
    for label in labels.into_iter().map(Some).chain([None]) {
        let keys = || {
            let all = runs.iter().flat_map(|run| &run.keys);
            all.filter(move |key| label.is_none_or(|label| key.label == label))
        };
        let (mut took, mut cpu) = (Times::new(), Times::new());
        let (mut bytes, mut least) = (Vec::new(), Vec::new());
        for key in keys() {
            took.push(key.took);
            cpu.push(key.cpu);
            bytes.push(key.bytes);
            least.push(key.least);
        }
        bytes.sort_unstable();
        least.sort_unstable();
        println!(
            "{:<22} {:>5} {:>8.2} {:>8.2} {:>8.2} {:>7} {:>7} {:>8.2} {:>7}",
            label.unwrap_or("all"),
            took.len(),
            ms(took.percentile(50)),
            ms(took.percentile(99)),
            ms(took.percentile(100)),
            bytes[bytes.len() / 2],
            least[least.len() / 2],
            ms(cpu.percentile(50)),
            keys().filter(|key| is_beyond(key)).count(),
        );
    }
}

/// Whether a key took more bytes than the issue's bound for it.
fn is_beyond(key: &Key) -> bool {
    let number = |bytes: usize| f64::from(u32::try_from(bytes).unwrap_or(u32::MAX));
    number(key.bytes) > number(key.least) * BYTES.0 + BYTES.1
}

/// The bounds, and whether all hold.
fn bounds(runs: &[Run], demo: Duration) -> bool {
    let (mut start, mut took, mut idle_cpu) = (Times::new(), Times::new(), Times::new());
    for run in runs {
        start.push(run.start);
        idle_cpu.push(run.idle_cpu);
        run.keys.iter().for_each(|key| took.push(key.took));
    }
    let keys = || runs.iter().flat_map(|run| &run.keys);
    let beyond = keys().filter(|key| is_beyond(key)).count();
    let idle_bytes = runs.iter().map(|run| run.idle_bytes).max().unwrap_or(0);
    let peak = runs.iter().filter_map(|run| run.peak_kb).max();
    let idle_part = idle_cpu.percentile(50).as_secs_f64() / outside::IDLE.as_secs_f64();
    let mut all_hold = true;
    let mut line = |what: &str, said: String, bound: String, holds: bool| {
        all_hold &= holds;
        println!("{what:<46} {said:>14}   {bound} {}", if holds { "ok" } else { "MISSED" });
    };
    let mut within = |what: &str, figure: f64, unit: &str, most: f64| {
        line(what, format!("{figure:.2} {unit}"), format!("<= {most} {unit}"), figure <= most);
    };
    within("start to the first useful frame, p50", ms(start.percentile(50)), "ms", START);
    within("first start of the demo", ms(demo), "ms", FIRST_DEMO);
    within("key to its last byte, p50", ms(took.percentile(50)), "ms", KEY_P50);
    within("key to its last byte, p99", ms(took.percentile(99)), "ms", KEY_P99);
    within("processor while idle, p50", idle_part * 100.0, "%", IDLE * 100.0);
    match peak {
        Some(kb) => within("memory at its peak", f64::from(kb) / 1024.0, "MB", PEAK_MB),
        None => println!("memory at its peak: this system does not tell"),
    }
    line("bytes while idle", idle_bytes.to_string(), "none".to_owned(), idle_bytes == 0);
    let said = format!("{beyond} of {}", took.len());
    line("keys beyond 1.2 x their least bytes + 40", said, "<= 5 %".to_owned(), beyond * 20 <= took.len());
    all_hold
}
