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
    /// How many cancelled visits and no-shows lie under it.
    pub under: usize,
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
/// that nobody has; what lies under another has none, and is counted with that.
#[must_use]
pub fn place(blocks: &[Block], step: u16, width: u16, meant: Option<usize>) -> Vec<Placed> {
    let mut placed: Vec<Placed> = Vec::with_capacity(blocks.len());
    let others = || (0..blocks.len()).filter(|block| Some(*block) != meant);
    let shown = others().filter(|block| !blocks[*block].is_under);
    for block in meant.into_iter().chain(shown) {
        let Some(of) = blocks.get(block) else { continue };
        let cells = cells(of, width);
        let first = of.start / step;
        // One that comes up from below another is named, and leaves the other its other rows.
        let mut rows = first..if of.is_under { first + 1 } else { of.end.div_ceil(step) };
        while !rows.is_empty() && placed.iter().any(|other| other.names(rows.start, &cells)) {
            rows.start += 1;
        }
        if !rows.is_empty() {
            placed.push(Placed { block, rows, cells, hidden: 0, under: 0 });
        } else if let Some(other) = placed.iter_mut().find(|other| other.names(first, &cells)) {
            other.hidden += 1;
        }
    }
    for of in others().map(|block| &blocks[block]).filter(|of| of.is_under) {
        let (rows, cells) = (of.start / step..of.end.div_ceil(step), cells(of, width));
        let meets = |a: &Range<u16>, b: &Range<u16>| a.start < b.end && b.start < a.end;
        let over = placed.iter_mut().filter(|other| meets(&other.rows, &rows) && meets(&other.cells, &cells));
        // With the first of those above it whose name stands beside its time.
        if let Some(over) = over.min_by_key(|other| (other.rows.start < rows.start, other.rows.start)) {
            over.under += 1;
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
    fn what_lies_under_another_is_counted_with_it_until_it_is_meant() {
        let mut blocks: Vec<Block> = [(540, 600), (540, 570), (570, 600)].map(|(a, b)| block_of(a, b)).into();
        blocks[0].is_under = true;
        let shown = |meant| {
            let placed = place(&blocks, 15, 16, meant);
            placed.iter().map(|of| (of.block, of.rows.clone(), of.under)).collect::<Vec<_>>()
        };
        assert_eq!(shown(None), [(1, 36..38, 1), (2, 38..40, 0)]);
        assert_eq!(shown(Some(0)), [(0, 36..37, 0), (1, 37..38, 0), (2, 38..40, 0)]);
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
