//! What the chains of the audit trail say of each other, so that one that was taken away as a whole, or whose
//! last rows were taken off together with its head, leaves a row of another chain that names what is gone.
//!
//! A desk's chain has such a row as it begins, and another one each hour: it names the last row of each chain
//! that was at work or began a moment ago. So each chain is named by those that begin after it, and these by later
//! ones; what nobody named yet shows in heads alone that are kept elsewhere ([`Heads`](super::chain::Heads)).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::chain::Head;
use super::fault::{Fault, Finding};

/// The action of such a row.
pub const WITNESS: &str = "audit.witness";

/// The `detail` of a row that names where chains ended.
#[must_use]
pub fn detail(seen: &BTreeMap<String, Head>) -> Value {
    let heads: Vec<Value> = seen.iter().map(|(desk, head)| json!([desk, head.seq, head.hash])).collect();
    json!({ "chains": heads })
}

/// What such a row names. What is no name of a row, as nobody writes it who is not tampering, is left out: the
/// row's own hash tells of that.
fn named(detail: &str) -> Vec<(String, Head)> {
    let Ok(detail) = serde_json::from_str::<Value>(detail) else { return Vec::new() };
    let one = |head: &Value| {
        let hash = head[2].as_str()?.to_owned();
        Some((head[0].as_str()?.to_owned(), Head { seq: head[1].as_i64()?, hash }))
    };
    detail["chains"].as_array().into_iter().flatten().filter_map(one).collect()
}

/// A row of a chain: its desk and its place.
pub type Place = (String, i64);

/// Where a row is named: with which hash, and by which row.
#[derive(Clone, Debug)]
struct Claim {
    hash: String,
    by: Place,
}

/// Hears what rows say of other chains, and compares it with what is there.
#[derive(Debug, Default)]
pub struct Witnesses {
    heard: BTreeMap<Place, Claim>,
    /// Of each chain what is not as it was seen: the last place that is gone, and the first that is another.
    gone: BTreeMap<String, (i64, Claim)>,
    other: BTreeMap<String, (i64, Claim)>,
}

impl Witnesses {
    /// Hears what a row says that is as it was written. A row that was named with two hashes is another than one
    /// of them, whichever it has now.
    pub fn hear(&mut self, by: &Place, detail: &str) {
        for (desk, head) in named(detail) {
            let claim = Claim { hash: head.hash, by: by.clone() };
            let place = (desk, head.seq);
            match self.heard.get(&place) {
                Some(before) if before.hash != claim.hash => self.is_other(place, claim),
                Some(_) => {}
                None => drop(self.heard.insert(place, claim)),
            }
        }
    }

    /// How many rows are named that were not looked at yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.heard.len()
    }

    /// Compares all that was heard since with the hashes that those rows have; `rows` has those that are there.
    pub fn compare(&mut self, rows: &BTreeMap<Place, String>) {
        for (place, claim) in std::mem::take(&mut self.heard) {
            match rows.get(&place) {
                Some(hash) if *hash == claim.hash => {}
                Some(_) => self.is_other(place, claim),
                None => {
                    let (desk, seq) = place;
                    if self.gone.get(&desk).is_none_or(|(last, _)| *last < seq) {
                        self.gone.insert(desk, (seq, claim));
                    }
                }
            }
        }
    }

    fn is_other(&mut self, (desk, seq): Place, claim: Claim) {
        if self.other.get(&desk).is_none_or(|(first, _)| seq < *first) {
            self.other.insert(desk, (seq, claim));
        }
    }

    /// The rows that were named and not looked at yet.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.heard.keys()
    }

    /// What is not as it was seen, but for chains in which something was found already: one line is enough.
    #[must_use]
    pub fn findings(self, found: &[Finding]) -> Vec<Finding> {
        let is_known = |desk: &String| {
            found.iter().any(|finding| finding.desk.as_ref() == Some(desk) && finding.fault.is_tampering())
        };
        let mut findings = Vec::new();
        for (desk, (seq, claim)) in self.gone {
            findings.push((desk, seq, Fault::GoneSinceSeen(claim.by.0, claim.by.1)));
        }
        for (desk, (seq, claim)) in self.other {
            findings.push((desk, seq, Fault::OtherThanSeen(claim.by.0, claim.by.1)));
        }
        findings.retain(|(desk, ..)| !is_known(desk));
        findings.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        let finding = |(desk, seq, fault)| Finding { desk: Some(desk), seq: Some(seq), id: None, fault };
        findings.into_iter().map(finding).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(heads: &[(&str, i64, &str)]) -> String {
        let head = |(desk, seq, hash): &(&str, i64, &str)| {
            ((*desk).to_owned(), Head { seq: *seq, hash: (*hash).to_owned() })
        };
        detail(&heads.iter().map(head).collect()).to_string()
    }

    #[test]
    fn what_was_seen_and_is_not_there_is_told_by_who_saw_it() {
        let mut heard = Witnesses::default();
        let (b, c) = (("b".to_owned(), 1), ("c".to_owned(), 7));
        heard.hear(&b, &seen(&[("a", 3, "x")]));
        heard.hear(&c, &seen(&[("a", 9, "y"), ("b", 1, "z")]));
        heard.hear(&c, "nonsense");
        heard.hear(&c, r#"{"chains":[["a"],7,["a","x","y"]]}"#);
        assert_eq!(heard.waiting(), 3);
        let hash = |hash: &str| hash.to_owned();
        let rows = [(("a".to_owned(), 3), hash("x")), (b, hash("other"))].into();
        heard.compare(&rows);
        assert_eq!(heard.waiting(), 0);
        let told = |found: &[Finding]| {
            let heard =
                Witnesses { gone: heard.gone.clone(), other: heard.other.clone(), ..Witnesses::default() };
            heard.findings(found).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            told(&[]),
            [
                "desk a, place 9: missing: desk c saw the chain go on to here, and says so at its place 7",
                "desk b, place 1: changed: desk c saw another hash here, and says so at its place 7",
            ]
        );
        let known = Finding { desk: Some("a".into()), seq: Some(4), id: None, fault: Fault::Missing(9) };
        assert_eq!(told(&[known]).len(), 1, "once");
    }

    #[test]
    fn two_who_saw_different_rows_at_one_place_are_heard() {
        let mut heard = Witnesses::default();
        heard.hear(&("b".to_owned(), 1), &seen(&[("a", 3, "x")]));
        heard.hear(&("c".to_owned(), 1), &seen(&[("a", 3, "y")]));
        heard.compare(&[(("a".to_owned(), 3), "x".to_owned())].into());
        assert_eq!(heard.findings(&[]).len(), 1);
    }
}
