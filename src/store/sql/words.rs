//! The counts of `name_words`: how many patients bear each word of a name, by the keys of
//! `patient_names`, of which each is led by one word.
//!
//! Names that are learned and forgotten keep them. A drift, of whatever cause, would have look-ups led
//! by a word that is not the rarest, or words forgiven that nobody bears any more.

use std::collections::{BTreeMap, BTreeSet};

use super::Store;
use super::conn::{Conn, Stmt};
use super::dialect::LEADING_WORD;
use super::patients::count_words;
use super::retry::retry;
use crate::store::Result;

/// How many words are counted again in one transaction.
const BATCH: usize = 100;

/// The word that leads a key of `patient_names`.
pub(super) fn leading(key: &str) -> &str {
    key.split(' ').next().unwrap_or(key)
}

impl Store {
    /// Counts the uses of all words of names, and puts those right that are not what they are said to
    /// be; answers how many. Can be run while desks register patients. Takes seconds where there
    /// are a million.
    ///
    /// # Errors
    /// The database's.
    pub async fn recount_words(&self) -> Result<u64> {
        let drifted: Vec<String> = drifted(&mut self.db.acquire().await?).await?.into_iter().collect();
        let mut put_right = 0;
        for words in drifted.chunks(BATCH) {
            put_right += retry(|| async {
                let mut conn = self.db.acquire().await?;
                conn.begin().await?;
                let outcome = count_again(&mut conn, words).await;
                conn.finish(outcome).await
            })
            .await?;
        }
        Ok(put_right)
    }
}

/// The words that seem to be borne by another number of patients than is written down. The numbers
/// are read one after the other, while desks go on: see [`count_again`].
async fn drifted(conn: &mut Conn) -> Result<BTreeSet<String>> {
    conn.wait_for_ever();
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    let leading = conn.pick(LEADING_WORD);
    let grouped = Stmt::new("SELECT COUNT(*), ").then(leading).then(" FROM patient_names GROUP BY ");
    for row in conn.all(grouped.then(leading)).await? {
        // The first column is what an error names: the count, since the word is of somebody's name.
        let mut cells = row.cells("patient_names");
        let borne = cells.get()?;
        counts.insert(cells.get()?, borne);
    }
    for row in conn.all(Stmt::new("SELECT uses, word FROM name_words")).await? {
        let mut cells = row.cells("name_words");
        let uses: i64 = cells.get()?;
        let word: String = cells.get()?;
        match counts.get(&word) {
            Some(borne) if *borne == uses => drop(counts.remove(&word)),
            None if uses != 0 => drop(counts.insert(word, 0)),
            _ => {}
        }
    }
    Ok(counts.into_keys().collect())
}

/// Counts words again with their rows locked, in their order as everywhere. Whoever learns or forgets
/// a name at this moment has either committed, and is seen here, or waits with the word's count until
/// this is done.
async fn count_again(conn: &mut Conn, words: &[String]) -> Result<u64> {
    count_words(conn, words.iter().map(|word| (word.clone(), 0)).collect()).await?;
    let mut put_right = 0;
    for word in words {
        let borne = Stmt::new(
            "SELECT uses, (SELECT COUNT(*) FROM patient_names WHERE name_key >= ? AND name_key < ?) \
             FROM name_words WHERE word = ?",
        );
        // After a leading word comes a space, or nothing; '!' is the character after that.
        let borne = borne.bind(word.as_str()).bind(format!("{word}!")).bind(word.as_str());
        let Some(row) = conn.first(borne).await? else { continue };
        let mut cells = row.cells("name_words");
        let (uses, borne): (i64, i64) = (cells.get()?, cells.get()?);
        if uses != borne {
            let set = Stmt::new("UPDATE name_words SET uses = ? WHERE word = ?");
            conn.run(set.bind(borne).bind(word.as_str())).await?;
            put_right += 1;
        }
    }
    Ok(put_right)
}
