//! How the rows of the audit trail are chained, and what breaks a chain.
//!
//! Each row holds a SHA-256 over what it says, its place, and the hash of the row before it of the same
//! desk; the desk's head, kept elsewhere, holds the place and the hash of the last one. So a row that
//! was changed, taken out or put elsewhere is seen, as long as whoever did it did not make every later hash and
//! the head anew: against that, heads are kept where the database's administrators cannot write
//! ([`Heads`]). (HIPAA 164.312(c)(2): mechanism to authenticate; NIST SP 800-92, log integrity.)

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::json;
use sha2::{Digest as _, Sha256};

pub use super::fault::{Fault, Finding};
use super::witness::{self, Witnesses};

/// How much earlier a row may be than the one before it. A request bears the time at which it was made,
/// and is written once its locks were had; what was looked for meanwhile goes before it.
pub(super) const MEANWHILE: TimeDelta = TimeDelta::seconds(60);
/// How much later than the first row that is in a chain a row of older programs may say that it is: clocks differ.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::days(1);
/// So many rows in a row whose hashes are wrong are looked at together for such as only changed places.
const WINDOW: usize = 16;
/// How `at` is written where it is hashed.
pub const AT: &str = "%Y-%m-%d %H:%M:%S";

/// What a row says, as it is hashed. A row that was tampered with may lack what every row has.
#[derive(Clone, Copy, Debug)]
pub struct Said<'r> {
    /// The hash of the row before; empty for the first.
    pub before: &'r str,
    /// `desk`
    pub desk: &'r str,
    /// `seq`, from 1
    pub seq: i64,
    /// `at`, by [`AT`]
    pub at: Option<&'r str>,
    /// `staff_id`
    pub staff_id: Option<i64>,
    /// `actor`
    pub actor: Option<&'r str>,
    /// `host`
    pub host: Option<&'r str>,
    /// `os_user`
    pub os_user: Option<&'r str>,
    /// `action`
    pub action: Option<&'r str>,
    /// `record`
    pub record: Option<&'r str>,
    /// `patient_id`
    pub patient_id: Option<i64>,
    /// `detail`
    pub detail: Option<&'r str>,
}

impl Said<'_> {
    /// The text that is hashed, up to the record's id, which may be known to the database alone. A JSON
    /// array, so that no value can run over into the next.
    #[must_use]
    pub fn text(&self) -> String {
        let Said { before, desk, seq, at, staff_id, actor, host, os_user, action, record, .. } = self;
        let Said { patient_id, detail, .. } = self;
        json!([before, desk, seq, at, staff_id, actor, host, os_user, action, record, patient_id, detail])
            .to_string()
    }
}

/// The hash of a row, from [`Said::text`] and the record's id: as lower-case hexadecimal digits.
#[must_use]
pub fn hash_of(text: &str, record_id: i64) -> String {
    hex(Sha256::new().chain_update(text).chain_update(record_id.to_string()))
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A row as it is kept, for its hash to be made again. What cannot be read is none.
#[derive(Clone, Debug, Default)]
pub struct Link {
    /// `id`
    pub id: i64,
    /// `desk`
    pub desk: String,
    /// `seq`
    pub seq: i64,
    /// `hash`
    pub hash: Option<String>,
    /// `at`
    pub at: Option<String>,
    /// `staff_id`; what is no number is [`i64::MIN`], which no row was written with.
    pub staff_id: Option<i64>,
    /// `actor`
    pub actor: Option<String>,
    /// `host`
    pub host: Option<String>,
    /// `os_user`
    pub os_user: Option<String>,
    /// `action`
    pub action: Option<String>,
    /// `record`
    pub record: Option<String>,
    /// `record_id`; as `staff_id`.
    pub record_id: i64,
    /// `patient_id`; as `staff_id`.
    pub patient_id: Option<i64>,
    /// `detail`
    pub detail: Option<String>,
}

impl Link {
    /// Whether its hash is that of what it says at a place, after a row.
    fn stands(&self, seq: i64, before: &str) -> bool {
        self.hash.as_deref() == Some(self.hash_at(seq, before).as_str())
    }

    /// The hash of what it says at a place, after a row.
    fn hash_at(&self, seq: i64, before: &str) -> String {
        let said = Said {
            before,
            desk: &self.desk,
            seq,
            at: self.at.as_deref(),
            staff_id: self.staff_id,
            actor: self.actor.as_deref(),
            host: self.host.as_deref(),
            os_user: self.os_user.as_deref(),
            action: self.action.as_deref(),
            record: self.record.as_deref(),
            patient_id: self.patient_id,
            detail: self.detail.as_deref(),
        };
        hash_of(&said.text(), self.record_id)
    }

    fn hash(&self) -> &str {
        self.hash.as_deref().unwrap_or_default()
    }
}

/// The end of a desk's chain, as `audit_chains` or an earlier look at it has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// `seq` of the last row.
    pub seq: i64,
    /// `hash` of the last row.
    pub hash: String,
}

/// Where chains began: the row of the smallest id that is in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Began {
    /// `id`
    pub id: i64,
    /// `at`
    pub at: NaiveDateTime,
}

impl Began {
    /// The latest time of a row that was there before.
    #[must_use]
    pub fn until(&self) -> NaiveDateTime {
        self.at.checked_add_signed(CLOCKS_DIFFER).unwrap_or(NaiveDateTime::MAX)
    }

    /// Whether a row that is in no chain was written since. One server gives ids that grow, and each of a
    /// cluster gives greater ones than it has seen: what was there before has a smaller one, above 0, and no
    /// later time.
    #[must_use]
    pub fn is_before(&self, id: i64, at: NaiveDateTime) -> bool {
        id > self.id || id <= 0 || at > self.until()
    }
}

/// Checks a chain, row by row, in the order of their places.
#[derive(Debug, Default)]
pub struct Checker {
    ids_grow: bool,
    /// Where chains ended at an earlier look.
    since: BTreeMap<String, Head>,
    /// What was found so far.
    pub found: Vec<Finding>,
    /// How many rows were checked.
    pub rows: u64,
    /// Where chains began.
    pub began: Option<Began>,
    /// What rows say of other chains.
    pub witnesses: Witnesses,
    chain: Option<Chain>,
}

/// What is known of the chain that is being read.
#[derive(Debug)]
struct Chain {
    desk: String,
    /// The last row's place, hash and id.
    seq: i64,
    hash: String,
    id: i64,
    /// Whether its hash is known: not after a gap.
    is_known: bool,
    latest: Option<NaiveDateTime>,
    /// Rows in a row whose hashes are wrong, and the hash before the first of them.
    wrong: Vec<Link>,
    before_wrong: String,
}

impl Chain {
    fn of(desk: &str) -> Self {
        Chain {
            desk: desk.to_owned(),
            seq: 0,
            hash: String::new(),
            id: 0,
            is_known: true,
            latest: None,
            wrong: Vec::new(),
            before_wrong: String::new(),
        }
    }
}

impl Checker {
    /// A checker that knows where chains ended at an earlier look. `ids_grow`: whether one server gives all
    /// ids, so that they grow along each chain.
    #[must_use]
    pub fn new(ids_grow: bool, since: BTreeMap<String, Head>) -> Self {
        Checker { ids_grow, since, ..Checker::default() }
    }

    /// The desk whose chain is being read, and the place that it came to.
    #[must_use]
    pub fn at(&self) -> Option<(&str, i64)> {
        self.chain.as_ref().map(|chain| (chain.desk.as_str(), chain.seq))
    }

    /// Takes the next row of a chain. Where it is another desk's, the one before must have been ended
    /// ([`Checker::end`]).
    pub fn row(&mut self, row: Link) {
        self.rows += 1;
        let mut chain = self.chain.take().unwrap_or_else(|| Chain::of(&row.desk));
        let mut find = |seq, id, fault| {
            self.found.push(Finding { desk: Some(row.desk.clone()), seq: Some(seq), id, fault });
        };
        if row.seq > chain.seq + 1 {
            find(chain.seq + 1, None, Fault::Missing(row.seq - 1));
            chain.is_known = false;
        } else if row.seq <= chain.seq {
            find(row.seq, Some(row.id), Fault::NoPlace);
        }
        if self.ids_grow && row.id <= chain.id {
            find(row.seq, Some(row.id), Fault::OutOfOrder);
        }
        if self.since.get(&row.desk).is_some_and(|head| head.seq == row.seq && head.hash != row.hash()) {
            find(row.seq, Some(row.id), Fault::OtherThanBefore);
        }
        let at = row.at.as_deref().and_then(|at| NaiveDateTime::parse_from_str(at, AT).ok());
        if self.began.is_none_or(|began| row.id < began.id) {
            self.began = Some(Began { id: row.id, at: at.unwrap_or(NaiveDateTime::MAX) });
        }
        if let (Some(latest), Some(at)) = (chain.latest, at)
            && at + MEANWHILE < latest
        {
            find(row.seq, Some(row.id), Fault::ClockSetBack(latest, at));
            chain.latest = Some(at);
        }
        chain.latest = chain.latest.max(at);
        let stands = !chain.is_known || row.stands(row.seq, &chain.hash);
        let before = std::mem::replace(&mut chain.hash, row.hash().to_owned());
        (chain.seq, chain.id, chain.is_known) = (row.seq, row.id, true);
        if stands {
            self.sort_out(&mut chain);
            if row.action.as_deref() == Some(witness::WITNESS) {
                self.witnesses.hear(&(row.desk, row.seq), row.detail.as_deref().unwrap_or_default());
            }
        } else {
            if chain.wrong.is_empty() {
                chain.before_wrong = before;
            }
            chain.wrong.push(row);
            if chain.wrong.len() >= WINDOW {
                self.sort_out(&mut chain);
            }
        }
        self.chain = Some(chain);
    }

    /// Tells which of the rows whose hashes are wrong were changed, and which only put elsewhere. The row
    /// after such a one stands as it did, if its hash is that of what it says after another of them.
    fn sort_out(&mut self, chain: &mut Chain) {
        let wrong = std::mem::take(&mut chain.wrong);
        let befores: BTreeSet<&str> =
            wrong.iter().map(Link::hash).chain([chain.before_wrong.as_str()]).collect();
        let places: Vec<i64> = wrong.iter().map(|row| row.seq).collect();
        for row in &wrong {
            let stood = |seq: &i64| befores.iter().any(|before| row.stands(*seq, before));
            let fault = if wrong.len() > 1 { places.iter().find(|seq| stood(seq)) } else { None };
            let fault = match fault {
                Some(seq) if *seq == row.seq => continue,
                Some(seq) => Fault::Moved(*seq),
                None => Fault::Changed,
            };
            let (desk, seq, id) = (Some(row.desk.clone()), Some(row.seq), Some(row.id));
            self.found.push(Finding { desk, seq, id, fault });
        }
    }

    /// Ends a chain, where one was begun: compares its last row with its head. Answers where it ended.
    pub fn end(&mut self, head: Option<&Head>) -> Option<Head> {
        let mut chain = self.chain.take()?;
        self.sort_out(&mut chain);
        let ended = Head { seq: chain.seq, hash: chain.hash.clone() };
        if let Some(before) = self.since.remove(&chain.desk).filter(|before| before.seq > chain.seq) {
            let (desk, seq) = (Some(chain.desk.clone()), Some(chain.seq + 1));
            self.found.push(Finding { desk, seq, id: None, fault: Fault::EndedLater(before.seq) });
        }
        let (seq, id, fault) = match head {
            None => (None, None, Fault::NoHead),
            Some(head) if head.seq > chain.seq => (Some(chain.seq + 1), None, Fault::Missing(head.seq)),
            Some(head) if head.seq < chain.seq => {
                (Some(chain.seq), Some(chain.id), Fault::BeyondHead(head.seq))
            }
            Some(head) if head.hash != chain.hash => (Some(chain.seq), Some(chain.id), Fault::OtherHead),
            Some(_) => return Some(ended),
        };
        self.found.push(Finding { desk: Some(chain.desk), seq, id, fault });
        Some(ended)
    }

    /// Ends the check: of chains that an earlier look saw, and this one did not, all is missing.
    pub fn finish(&mut self) {
        for (desk, before) in std::mem::take(&mut self.since) {
            let fault = Fault::EndedLater(before.seq);
            self.found.push(Finding { desk: Some(desk), seq: Some(1), id: None, fault });
        }
    }

    /// A head of a desk of which there is no row.
    pub fn without_rows(&mut self, desk: &str, head: &Head) {
        let fault = Fault::Missing(head.seq);
        self.found.push(Finding { desk: Some(desk.to_owned()), seq: Some(1), id: None, fault });
    }
}

/// The heads of all chains at some time: what is kept elsewhere, to see later whether rows were taken
/// off the end of a chain, or a chain as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heads {
    /// The last row of each desk.
    pub heads: BTreeMap<String, Head>,
    /// How many rows there are in all chains.
    pub rows: u64,
    /// How many rows are in no chain: those of older programs.
    pub unchained: u64,
}

impl Heads {
    /// SHA-256 over all heads, as lower-case hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        hex(Sha256::new().chain_update(self.lines()))
    }

    fn lines(&self) -> String {
        let mut text = format!("rows {} unchained {}\n", self.rows, self.unchained);
        for (desk, Head { seq, hash }) in &self.heads {
            let _ = writeln!(text, "{desk} {seq} {hash}");
        }
        text
    }

    /// As a text to be kept: the counts, a line for each desk, and the digest of these.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}digest {}\n", self.lines(), self.digest())
    }

    /// Reads what [`Heads::to_text`] wrote.
    ///
    /// # Errors
    /// Half a line: it is no such text, or was changed since.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let whole = "holds no heads of an audit trail, as frontdesk audit verify --save writes them";
        let (lines, digest) = text.trim_end().rsplit_once("\ndigest ").ok_or(whole)?;
        let mut lines = lines.lines();
        let count: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
        let ["rows", rows, "unchained", unchained] = count.as_slice() else { return Err(whole) };
        let rows = rows.parse().map_err(|_| whole)?;
        let unchained = unchained.parse().map_err(|_| whole)?;
        let mut read = Heads { rows, unchained, ..Heads::default() };
        for line in lines {
            let cells: Vec<&str> = line.split(' ').collect();
            let [desk, seq, hash] = cells.as_slice() else { return Err(whole) };
            let head = Head { seq: seq.parse().map_err(|_| whole)?, hash: (*hash).to_owned() };
            read.heads.insert((*desk).to_owned(), head);
        }
        if read.digest() == digest { Ok(read) } else { Err("was changed since it was written") }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A chain of a desk, as a program writes one.
    fn chain(length: i64) -> (Vec<Link>, Head) {
        let mut rows: Vec<Link> = Vec::new();
        for seq in 1..=length {
            let mut row = Link {
                id: 10 + seq,
                desk: "a".into(),
                seq,
                at: Some(format!("2026-12-01 09:{:02}:00", seq % 60)),
                staff_id: Some(1),
                action: Some("visit".into()),
                record_id: seq * 7,
                ..Link::default()
            };
            let before = rows.last().map(Link::hash).unwrap_or_default();
            row.hash = Some(row.hash_at(seq, before));
            rows.push(row);
        }
        let head = rows.last().map_or((0, ""), |row| (row.seq, row.hash()));
        let head = Head { seq: head.0, hash: head.1.to_owned() };
        (rows, head)
    }

    fn found(rows: Vec<Link>, head: &Head) -> Vec<(Option<i64>, Fault)> {
        let mut checker = Checker::new(true, BTreeMap::new());
        for row in rows {
            checker.row(row);
        }
        checker.end(Some(head));
        checker.found.into_iter().map(|finding| (finding.seq, finding.fault)).collect()
    }

    #[test]
    fn a_row_is_not_suspected_for_what_was_done_to_its_neighbours() {
        let (rows, head) = chain(9);
        let mut swapped = rows.clone();
        swapped.swap(3, 4);
        (swapped[3].seq, swapped[4].seq) = (4, 5);
        (swapped[3].id, swapped[4].id) = (14, 15);
        assert_eq!(found(swapped, &head), [(Some(4), Fault::Moved(5)), (Some(5), Fault::Moved(4))]);
        let mut made_anew = rows.clone();
        made_anew[3].actor = Some("nobody".into());
        made_anew[3].hash = Some(made_anew[3].hash_at(4, rows[2].hash()));
        assert_eq!(found(made_anew, &head), [(Some(5), Fault::Changed)], "it, or the row before it");
        let mut both = rows.clone();
        both[7].at = None;
        both.remove(2);
        assert_eq!(found(both, &head), [(Some(3), Fault::Missing(3)), (Some(8), Fault::Changed)]);
        // What is after a gap cannot be told by the row before it; the one after it can.
        let mut after_gap = rows;
        after_gap.drain(2..4);
        assert_eq!(found(after_gap, &head), [(Some(3), Fault::Missing(4))]);
    }

    #[test]
    fn heads_that_are_kept_are_read_again_and_no_others() {
        let (_, head) = chain(3);
        let heads = Heads { heads: [("a".to_owned(), head)].into(), rows: 3, unchained: 2 };
        let text = heads.to_text();
        assert_eq!(Heads::parse(&text), Ok(heads));
        assert_eq!(Heads::parse(&Heads::default().to_text()), Ok(Heads::default()));
        for wrong in
            ["", "digest x", &text[1..], &text.replacen('3', "4", 1), &text.replace("digest ", "digest 0")]
        {
            assert!(Heads::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_done_to_one_row_is_found(at in 0_usize..12, what in 0..9) {
            let (mut rows, head) = chain(12);
            let row = &mut rows[at];
            match what {
                0 => row.at = Some("2026-12-01 08:59:59".into()),
                1 => row.staff_id = None,
                2 => row.actor = Some(String::new()),
                3 => row.host = Some("elsewhere".into()),
                4 => row.record_id = -1,
                5 => row.patient_id = Some(3),
                6 => row.detail = Some("{}".into()),
                7 => row.hash = None,
                _ => drop(rows.remove(at)),
            }
            let found = found(rows, &head);
            prop_assert!(found.iter().any(|(_, fault)| fault.is_tampering()), "{found:?}");
        }
    }
}
