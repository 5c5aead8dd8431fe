//! Which rows of a doctor's column each visit has, where visits are finer than the rows: one name a
//! row, and what finds no row of its own is counted with the one that has it. Nothing here depends
//! on what of the day is in sight, so that a visit keeps its row while the view moves.

use std::ops::Range;

use super::board::Block;

/// A visit in its column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Which of the column's blocks.
    pub block: usize,
    /// Its rows, counted from the day's first; its name stands in the first.
    pub rows: Range<u16>,
    /// Its cells, counted from the column's first.
    pub cells: Range<u16>,
    /// How many visits that begin in its first row have no row.
    pub hidden: usize,
}

impl Placed {
    /// Whether its name stands in a row, in some of these cells.
    #[must_use]
    pub fn names(&self, row: u16, cells: &Range<u16>) -> bool {
        self.rows.start == row && self.cells.start < cells.end && cells.start < self.cells.end
    }
}

/// Gives a column's blocks, which are sorted by start, their rows of `step` minutes, in `width` cells.
/// The one that keys are `meant` for has the row in which it begins; the others the first of theirs
/// that nobody has.
#[must_use]
pub fn place(blocks: &[Block], step: u16, width: u16, meant: Option<usize>) -> Vec<Placed> {
    let mut placed: Vec<Placed> = Vec::with_capacity(blocks.len());
    let others = (0..blocks.len()).filter(|block| Some(*block) != meant);
    for block in meant.into_iter().chain(others) {
        let Some(of) = blocks.get(block) else { continue };
        let cells = cells(of, width);
        let first = of.start / step;
        let mut rows = first..of.end.div_ceil(step);
        while !rows.is_empty() && placed.iter().any(|other| other.names(rows.start, &cells)) {
            rows.start += 1;
        }
        if !rows.is_empty() {
            placed.push(Placed { block, rows, cells, hidden: 0 });
        } else if let Some(other) = placed.iter_mut().find(|other| other.names(first, &cells)) {
            other.hidden += 1;
        }
    }
    placed.sort_by_key(|placed| placed.block);
    placed
}

/// The cells of a block's lane, with a gap between those that stand side by side.
fn cells(block: &Block, width: u16) -> Range<u16> {
    let lane = (width / block.lanes.max(1)).max(3);
    let start = block.lane.saturating_mul(lane);
    let gap = u16::from(block.lane + 1 < block.lanes);
    start..start + lane.min(width.saturating_sub(start)).saturating_sub(gap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::screens::board::block_of;

    fn shown(times: &[(u16, u16)], step: u16, meant: Option<usize>) -> Vec<(usize, u16, usize)> {
        let blocks: Vec<Block> = times.iter().map(|(start, end)| block_of(*start, *end)).collect();
        let placed = place(&blocks, step, 16, meant);
        placed.iter().map(|of| (of.block, of.rows.start, of.hidden)).collect()
    }

    #[test]
    fn what_finds_no_row_is_counted_with_the_one_that_has_it() {
        // Ten minutes each, back to back, in rows of a quarter of an hour.
        let times: Vec<(u16, u16)> = (0..6).map(|n| (840 + 10 * n, 850 + 10 * n)).collect();
        assert_eq!(shown(&times, 15, None), [(0, 56, 0), (1, 57, 1), (3, 58, 0), (4, 59, 1)]);
        assert_eq!(shown(&times, 15, Some(2)), [(0, 56, 1), (2, 57, 0), (3, 58, 0), (4, 59, 1)]);
        assert_eq!(shown(&times, 60, None), [(0, 14, 5)]);
        assert_eq!(shown(&times, 5, None).len(), 6);
    }

    #[test]
    fn the_one_that_is_meant_has_its_row() {
        let times = [(905, 920), (920, 935), (935, 950), (950, 965)];
        for meant in 0..times.len() {
            let rows = shown(&times, 15, Some(meant));
            assert!(rows.contains(&(meant, times[meant].0 / 15, 0)), "{meant}: {rows:?}");
        }
    }
}
