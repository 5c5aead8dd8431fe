//! Figures, and the table that they are printed in.

use std::time::Duration;

/// The times that one operation took.
#[derive(Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub const fn new() -> Self {
        Times(Vec::new())
    }

    pub fn push(&mut self, took: Duration) {
        self.0.push(took);
    }

    pub fn extend(&mut self, other: &Times) {
        self.0.extend_from_slice(&other.0);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The time that a part of the runs stayed within.
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted.get(place).copied().unwrap_or_default()
    }
}

/// What the issue asks of an operation.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    /// At the 99th of 100.
    P99(f64),
    /// At the 50th of 100.
    P50(f64),
    /// The medians' ratio to the bare statement.
    Ratio(f64),
    /// Nothing: printed for comparison.
    None,
}

pub fn head() {
    println!(
        "{:<9} {:<42} {:>6} {:>9} {:>9} {:>9} {:>9} {:>6}  bound",
        "server", "operation", "runs", "p50 ms", "p99 ms", "bare p50", "bare p99", "ratio"
    );
}

/// Prints one line; answers whether the bound holds.
pub fn line(server: &str, operation: &str, ours: &Times, bare: Option<&Times>, bound: Bound) -> bool {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let (p50, p99) = (ms(ours.percentile(50)), ms(ours.percentile(99)));
    let bare = bare.map(|bare| (ms(bare.percentile(50)), ms(bare.percentile(99))));
    let ratio = bare.map(|(bare, _)| p50 / bare);
    let (said, holds) = match bound {
        Bound::P99(most) => (format!("p99 <= {most} ms"), p99 <= most),
        Bound::P50(most) => (format!("p50 <= {most} ms"), p50 <= most),
        Bound::Ratio(most) => (format!("ratio <= {most}"), ratio.is_some_and(|ratio| ratio <= most)),
        Bound::None => (String::new(), true),
    };
    let or_dash = |value: Option<f64>, digits: usize| {
        value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
    };
    let verdict = match bound {
        Bound::None => "",
        _ if holds => " ok",
        _ => " MISSED",
    };
    println!(
        "{server:<9} {operation:<42} {:>6} {p50:>9.3} {p99:>9.3} {:>9} {:>9} {:>6}  {said}{verdict}",
        ours.len(),
        or_dash(bare.map(|(p50, _)| p50), 3),
        or_dash(bare.map(|(_, p99)| p99), 3),
        or_dash(ratio, 2),
    );
    holds
}
