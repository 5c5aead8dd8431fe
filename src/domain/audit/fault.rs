//! What may be found wrong with the audit trail, and how it is said.

use std::fmt;

use chrono::NaiveDateTime;

/// What is wrong with the trail, or worth a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The desk whose chain it is; none for rows of no chain.
    pub desk: Option<String>,
    /// The place in the chain.
    pub seq: Option<i64>,
    /// The row's id, where there is a row.
    pub id: Option<i64>,
    /// What it is.
    pub fault: Fault,
}

/// What may be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// What the row says, or the row before it, does not give its hash.
    Changed,
    /// The row is as it was written, but for its place: where it was.
    Moved(i64),
    /// Rows are missing from this place on, up to this one.
    Missing(i64),
    /// The row's id is smaller than that of the row before it: rows of one desk are written one after
    /// the other. On a cluster, whose servers give ids of their own, it may be so.
    OutOfOrder,
    /// The row has a chain, and no place in it.
    NoPlace,
    /// The chain ends here, and its head names another hash for this row.
    OtherHead,
    /// There are rows after the place that the head names: which it is.
    BeyondHead(i64),
    /// Rows of a desk that has no head.
    NoHead,
    /// At this place an earlier look found another hash.
    OtherThanBefore,
    /// An earlier look found rows up to this place; the chain ends before.
    EndedLater(i64),
    /// An earlier look found more rows of older programs, which are in no chain: how many.
    FewerUnchained(u64),
    /// An earlier look found fewer of them, and chains beside them: how many.
    MoreUnchained(u64),
    /// The row is in no chain, and was written after the first one that is.
    Unchained,
    /// The row is in no chain, and has an id that no database gives.
    OddId,
    /// The chain's head names another host, account or time than its first row.
    OtherOrigin,
    /// There is no such row, and a row of another chain names it: of which desk, at which place.
    GoneSinceSeen(String, i64),
    /// The row has another hash than a row of another chain names: of which desk, at which place.
    OtherThanSeen(String, i64),
    /// The clock was set back: from when, to when. The row is as it was written.
    ClockSetBack(NaiveDateTime, NaiveDateTime),
}

impl Fault {
    /// The kind, for programs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Fault::Changed | Fault::OtherThanBefore | Fault::OtherThanSeen(..) => "changed",
            Fault::Moved(_) | Fault::OutOfOrder => "reordered",
            Fault::Missing(_)
            | Fault::EndedLater(_)
            | Fault::FewerUnchained(_)
            | Fault::GoneSinceSeen(..) => "missing",
            Fault::MoreUnchained(_) | Fault::Unchained | Fault::OddId => "unchained",
            Fault::NoPlace => "no_place",
            Fault::OtherHead | Fault::OtherOrigin | Fault::BeyondHead(_) | Fault::NoHead => "head",
            Fault::ClockSetBack(..) => "clock_set_back",
        }
    }

    /// Whether it shows that somebody altered the trail; not where it was a clock.
    #[must_use]
    pub fn is_tampering(&self) -> bool {
        !matches!(self, Fault::ClockSetBack(..))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.id, &self.desk, self.seq) {
            (Some(id), Some(desk), Some(seq)) => write!(f, "row {id} (desk {desk}, place {seq}): ")?,
            (Some(id), Some(desk), None) => write!(f, "row {id} (desk {desk}): ")?,
            (None, Some(desk), Some(seq)) => write!(f, "desk {desk}, place {seq}: ")?,
            (_, Some(desk), _) => write!(f, "desk {desk}: ")?,
            (Some(id), None, _) => write!(f, "row {id}: ")?,
            (None, None, _) => {}
        }
        match &self.fault {
            Fault::Changed => {
                write!(f, "changed: what it says after the row before it is not what its hash is of")
            }
            Fault::Moved(seq) => write!(f, "reordered: it was written at place {seq}"),
            Fault::Missing(last) if Some(*last) == self.seq => write!(f, "missing"),
            Fault::Missing(last) => write!(f, "missing, and so on up to place {last}"),
            Fault::OutOfOrder => write!(f, "reordered: its id is smaller than that of the row before it"),
            Fault::NoPlace => write!(f, "it has a desk and no place in its chain"),
            Fault::OtherHead => {
                write!(f, "it is not the row that the chain's head names: one of them was changed")
            }
            Fault::BeyondHead(head) => {
                write!(f, "the chain's head names place {head} as the last: the head was changed")
            }
            Fault::NoHead => write!(f, "its rows are there and the chain's head is missing"),
            Fault::OtherThanBefore => write!(f, "changed: at the earlier look this row had another hash"),
            Fault::EndedLater(seq) => {
                write!(f, "missing: at the earlier look the chain went on to place {seq}")
            }
            Fault::FewerUnchained(before) => {
                write!(f, "missing: of the rows of older programs, there were {before} at the earlier look")
            }
            Fault::MoreUnchained(before) => {
                write!(f, "added: of the rows of older programs, there were {before} at the earlier look")
            }
            Fault::Unchained => write!(f, "it is in no chain, and was written after chains had begun"),
            Fault::OddId => write!(f, "it is in no chain, and has an id that the database gives to no row"),
            Fault::OtherOrigin => write!(
                f,
                "its head names another host, account or beginning than its first row: the head was changed"
            ),
            Fault::GoneSinceSeen(desk, seq) => {
                write!(f, "missing: desk {desk} saw the chain go on to here, and says so at its place {seq}")
            }
            Fault::OtherThanSeen(desk, seq) => {
                write!(f, "changed: desk {desk} saw another hash here, and says so at its place {seq}")
            }
            Fault::ClockSetBack(from, to) => write!(
                f,
                "note: the clock was set back before it, from {} to {} UTC",
                from.format("%Y-%m-%d %H:%M:%S"),
                to.format("%Y-%m-%d %H:%M:%S")
            ),
        }
    }
}
