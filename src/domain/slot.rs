//! Half-open intervals: overlap, union, and what is free when visits are taken from hours.
//!
//! An interval holds its start and not its end, so that a visit which ends at 10:00 and one which
//! starts at 10:00 do not overlap. Nothing here knows of doctors or patients.

use chrono::TimeDelta;

use super::clock::Instant;

/// A half-open interval of instants, `start..end`. Never empty when made by [`Interval::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    /// The first instant inside.
    pub start: Instant,
    /// The first instant after.
    pub end: Instant,
}

impl Interval {
    /// The interval, or none where it would be empty.
    #[must_use]
    pub fn new(start: Instant, end: Instant) -> Option<Self> {
        (start < end).then_some(Interval { start, end })
    }

    /// The interval of `minutes` (at least 1) from `start`.
    #[must_use]
    pub fn of_minutes(start: Instant, minutes: u16) -> Self {
        Interval { start, end: start + TimeDelta::minutes(i64::from(minutes.max(1))) }
    }

    /// What both hold; none where they do not overlap.
    #[must_use]
    pub fn intersection(&self, other: &Interval) -> Option<Interval> {
        Interval::new(self.start.max(other.start), self.end.min(other.end))
    }

    /// Whether any instant lies in both.
    #[must_use]
    pub fn overlaps(&self, other: &Interval) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Length in whole minutes.
    #[must_use]
    pub fn minutes(&self) -> i64 {
        (self.end - self.start).num_minutes()
    }
}

/// Sorted, with touching and overlapping intervals joined: the union.
#[must_use]
pub fn union(mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.sort_unstable();
    let mut joined: Vec<Interval> = Vec::with_capacity(intervals.len());
    for next in intervals {
        match joined.last_mut() {
            Some(last) if next.start <= last.end => last.end = last.end.max(next.end),
            _ => joined.push(next),
        }
    }
    joined
}

/// What is left of `from` when `taken` is taken away. Both must be unions (see [`union`]).
#[must_use]
pub fn subtract(from: &[Interval], taken: &[Interval]) -> Vec<Interval> {
    let mut left = Vec::new();
    for whole in from {
        let mut start = whole.start;
        let first = taken.partition_point(|interval| interval.end <= whole.start);
        for hole in taken[first..].iter().take_while(|hole| hole.start < whole.end) {
            left.extend(Interval::new(start, hole.start));
            start = start.max(hole.end);
        }
        left.extend(Interval::new(start, whole.end));
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use proptest::prelude::*;

    fn minute(n: i64) -> Instant {
        DateTime::from_timestamp(n * 60, 0).unwrap()
    }

    fn interval((start, length): (u8, u8)) -> Interval {
        Interval { start: minute(i64::from(start)), end: minute(i64::from(start) + i64::from(length) + 1) }
    }

    fn holds(set: &[Interval], n: i64) -> bool {
        set.iter().any(|i| i.start <= minute(n) && minute(n) < i.end)
    }

    #[test]
    fn intervals_that_touch_do_not_overlap() {
        let (a, b) = (interval((0, 9)), interval((10, 9)));
        assert_eq!(a.end, b.start);
        assert!(!a.overlaps(&b) && !b.overlaps(&a));
        assert_eq!(a.intersection(&b), None);
        assert_eq!(union(vec![b, a]).len(), 1);
        assert_eq!(Interval::new(minute(3), minute(3)), None);
    }

    proptest! {
        #[test]
        fn union_and_subtract_agree_with_minutes_counted_one_by_one(
            hours in prop::collection::vec((0u8..200, 0u8..50), 0..8),
            visits in prop::collection::vec((0u8..200, 0u8..50), 0..8),
        ) {
            let hours: Vec<_> = hours.into_iter().map(interval).collect();
            let visits: Vec<_> = visits.into_iter().map(interval).collect();
            let free = subtract(&union(hours.clone()), &union(visits.clone()));
            for n in 0..260 {
                prop_assert_eq!(holds(&free, n), holds(&hours, n) && !holds(&visits, n));
            }
            prop_assert!(free.windows(2).all(|w| w[0].end < w[1].start));
        }
    }
}
