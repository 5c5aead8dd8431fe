//! Patient look-up: names by their words in any order, phones by their last digits, e-mails,
//! dates of birth and ids, each as a range of an index.
//!
//! A name stands in `patient_names` once for each of its words. A query is led by its rarest word,
//! which the words held in memory tell, and the others are looked for inside that range; a word
//! that nobody bears is replaced by those it may have been meant for.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError};

use super::Store;
use super::conn::{Conn, Stmt};
use super::dialect::{Dialect, FOR_UPDATE, KNOW, NOT_KNOWN};
use super::packed::{self, Field};
use super::patients::{FIELDS, forget_names, learn_names, name_keys, packed_patient};
use super::retry::retry;
use super::versions::{Calendar, NAMES, RECORD_DAY, bump};
use crate::domain::fold::{reversed_digits, rotations, words};
use crate::domain::ids::PatientId;
use crate::domain::patient::Patient;
use crate::domain::permission::Deed;
use crate::domain::query::PatientQuery;
use crate::domain::words::NameWords;
use crate::store::Result;

/// Most patients that a refinement (a birth date, a phone, an e-mail) is narrowed down from.
const NARROW_FROM: u16 = 1_000;
/// How many words are tried in place of a mistyped one.
const FORGIVEN: usize = 6;
/// Of how many times as many as are shown those are chosen who stand first by name.
const CHOICE: u16 = 4;
/// How many words of names are read at a time: all at once would be the most that a desk ever holds.
const WORDS: u16 = 2_000;
/// How many patients are made known to the look-up in one transaction.
const BATCH: u16 = 500;

/// What a look-up found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The patients, best first.
    pub patients: Vec<Patient>,
    /// Whether a mistyped word was forgiven to find them.
    pub forgiven: bool,
}

impl Store {
    /// The patients whom a query means, best first, at most `limit`. Of those whose records the person may not
    /// open there are name and date of birth alone.
    ///
    /// # Errors
    /// The database's, or a row that cannot be read.
    pub async fn find_patients(&self, query: &PatientQuery, limit: u16) -> Result<Found> {
        let mut conn = self.conn(Deed::LookUp).await?;
        let mut found = self.find_on(&mut conn, query, limit).await?;
        self.veil(&mut conn, &mut found.patients).await?;
        self.looked_up(query, found.patients.len());
        Ok(found)
    }

    async fn find_on(&self, conn: &mut Conn, query: &PatientQuery, limit: u16) -> Result<Found> {
        if query.words.is_empty() {
            let patients = alternatives(conn, query, limit).await?;
            return Ok(Found { patients, forgiven: false });
        }
        if query.birth_dates.is_empty() && query.phone.is_none() && query.email.is_none() {
            return self.by_words(conn, &query.words, limit).await;
        }
        let mut patients = alternatives(conn, query, NARROW_FROM).await?;
        patients.retain(|patient| narrows(query, patient));
        patients.truncate(limit.into());
        Ok(Found { patients, forgiven: false })
    }

    /// Reads the words of all names into memory, for [`Store::find_patients`]; a desk does so after
    /// its first frame.
    ///
    /// # Errors
    /// The database's.
    pub async fn load_words(&self) -> Result<()> {
        let mut conn = self.conn(Deed::LookUp).await?;
        self.load_words_on(&mut conn).await.map(drop)
    }

    async fn load_words_on(&self, conn: &mut Conn) -> Result<Arc<NameWords>> {
        let mut words = NameWords::default();
        loop {
            // The first field is what an error names: the count, since the word is of somebody's name.
            let fields = [Field::Plain("uses"), Field::Text("word")];
            let stmt = packed::select(conn, &fields)
                .then(
                    "(SELECT uses, word FROM name_words WHERE word > ? AND uses > 0 ORDER BY word LIMIT ?) w",
                )
                .bind(words.last())
                .bind(WORDS);
            let mut next = packed::rows(conn, stmt, "name_words", |fields| {
                let uses: i64 = fields.number("uses")?;
                Ok((fields.text("word")?, u32::try_from(uses).unwrap_or(u32::MAX)))
            })
            .await?;
            next.sort_unstable();
            let known = words.len();
            for (word, uses) in &next {
                words.push(word, *uses);
            }
            if next.len() < WORDS.into() || words.len() == known {
                break;
            }
        }
        let words = Arc::new(words);
        *self.words.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&words));
        Ok(words)
    }

    fn words(&self) -> Option<Arc<NameWords>> {
        self.words.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn by_words(&self, conn: &mut Conn, typed: &[String], limit: u16) -> Result<Found> {
        let known = self.words();
        let patients = bearing(conn, typed, known.as_deref(), limit).await?;
        if !patients.is_empty() {
            return Ok(Found { patients, forgiven: false });
        }
        // Nobody: one of the words is mistyped. Words that nobody's name begins with come first.
        let known = match known {
            Some(known) => known,
            None => self.load_words_on(conn).await?,
        };
        let mut order: Vec<usize> = (0..typed.len()).collect();
        order.sort_by_key(|n| known.prefix_count(&typed[*n]) > 0);
        let mut patients: Vec<Patient> = Vec::new();
        for n in order {
            for meant in known.forgive(&typed[n], FORGIVEN) {
                let mut corrected = typed.to_vec();
                meant.clone_into(&mut corrected[n]);
                let left = limit.saturating_sub(u16::try_from(patients.len()).unwrap_or(u16::MAX));
                let seen: HashSet<PatientId> = patients.iter().map(|patient| patient.id).collect();
                let more = bearing(conn, &corrected, Some(&known), left).await?;
                patients.extend(more.into_iter().filter(|patient| !seen.contains(&patient.id)));
                if patients.len() >= limit.into() {
                    return Ok(Found { patients, forgiven: true });
                }
            }
            if !patients.is_empty() {
                break;
            }
        }
        Ok(Found { forgiven: !patients.is_empty(), patients })
    }

    /// Makes known to the look-up whomever it does not know as they are now: patients that an older
    /// program wrote, or whose name or phone it changed since. Can be run at any time by any number of desks. Returns how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn index_all_patients(&self) -> Result<u64> {
        let mut indexed = 0;
        loop {
            let batch = retry(|| async {
                let mut conn = self.db.acquire().await?;
                conn.begin().await?;
                let outcome = index_batch(&mut conn).await;
                conn.finish(outcome).await
            });
            match batch.await? {
                0 => return Ok(indexed),
                batch => indexed += batch,
            }
        }
    }
}

/// How many patients the look-up does not know; all of them before its columns are there.
pub(super) async fn count_unindexed(conn: &mut Conn) -> Result<u64> {
    let all = || Stmt::new("SELECT COUNT(*) FROM patients");
    for stmt in [all().then(" WHERE ").then(conn.pick(NOT_KNOWN)), all()] {
        if let Ok(Some(row)) = conn.first(stmt).await {
            return row.cells("patients").get::<i64>().map(|count| u64::try_from(count).unwrap_or(0));
        }
    }
    Ok(0)
}

async fn index_batch(conn: &mut Conn) -> Result<u64> {
    let stmt = Stmt::new("SELECT id, name, phone FROM patients WHERE ").then(conn.pick(NOT_KNOWN));
    let stmt = stmt.then(" LIMIT ?").then(conn.pick(FOR_UPDATE)).bind(BATCH);
    let rows = conn.all(stmt).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let mut names = Vec::with_capacity(rows.len());
    let mut case = Stmt::new("UPDATE patients SET phone_reversed = CASE id");
    for row in &rows {
        let mut cells = row.cells("patients");
        let id = PatientId(cells.get()?);
        names.push((id, cells.get::<String>()?));
        let phone: String = cells.get()?;
        case = case.then(" WHEN ? THEN ?").bind(id).bind(reversed_digits(&phone));
    }
    let case = case.then(" END, ").then(conn.pick(KNOW)).then(" WHERE id IN ");
    conn.run(case.list(names.iter().map(|(id, _)| *id))).await?;
    let known = names.len() as u64;
    // Where the phone alone changed, or only nobody had written down what is known, the name stays.
    let mut keys = name_keys(conn, names.iter().map(|(id, _)| *id)).await?;
    names.retain(|(id, name)| {
        keys.get(id).cloned().unwrap_or_default() != rotations(name).into_iter().collect()
    });
    keys.retain(|id, _| names.iter().any(|(renamed, _)| renamed == id));
    forget_names(conn, &keys).await?;
    learn_names(conn, &names).await?;
    if !keys.is_empty() {
        // Whoever had another name may stand on any board with it.
        bump(conn, Calendar::Doctors, [(RECORD_DAY, NAMES)].into()).await?;
    }
    Ok(known)
}

/// Patients each of whose words begins with one of the typed ones, in the order of their names.
async fn bearing(
    conn: &mut Conn,
    typed: &[String],
    known: Option<&NameWords>,
    limit: u16,
) -> Result<Vec<Patient>> {
    let rarity = |word: &String| (known.map_or(0, |known| known.prefix_count(word)), usize::MAX - word.len());
    let Some(lead) = typed.iter().min_by_key(|word| rarity(word)) else { return Ok(Vec::new()) };
    // Two words of one name may begin alike, and then the name is in the range twice.
    let fetch = limit.saturating_add(limit / 2).saturating_add(8);
    let mut from = Stmt::new("(SELECT MIN(name_key) AS first_key, patient_id FROM (SELECT name_key, patient_id FROM patient_names WHERE name_key >= ? AND name_key < ?")
        .bind(lead.as_str())
        // The folded alphabet ends at z; the next character bounds all that begin with the lead.
        .bind(format!("{lead}{{"));
    let mut skipped = false;
    for word in typed {
        if word == lead && !skipped {
            skipped = true;
            continue;
        }
        from = from.then(" AND INSTR(name_key, ?) > 0").bind(format!(" {word}"));
    }
    // Each patient lies on a page of its own: no more of them are read than are shown.
    from = from
        .then(" ORDER BY name_key, patient_id LIMIT ?) k GROUP BY patient_id ORDER BY first_key, patient_id LIMIT ?) n JOIN patients p ON p.id = n.patient_id")
        .bind(fetch)
        .bind(limit);
    let stmt = packed::in_order(conn, &FIELDS, from, "n.first_key, n.patient_id");
    packed::rows(conn, stmt, "patients", packed_patient).await
}

/// Whoever has the id, the end of the phone, the date of birth or the beginning of the e-mail.
async fn alternatives(conn: &mut Conn, query: &PatientQuery, limit: u16) -> Result<Vec<Patient>> {
    let mut asked = Vec::new();
    if let Some(id) = query.id {
        asked.push(Stmt::new("p.id = ?").bind(id));
    }
    if !query.birth_dates.is_empty() {
        asked.push(Stmt::new("p.date_of_birth IN ").list(query.birth_dates.iter().copied()));
    }
    if let Some(digits) = &query.phone {
        let range = Stmt::new("p.phone_reversed >= ? AND p.phone_reversed < ?");
        // ':' is the character after '9'.
        asked.push(range.bind(digits.as_str()).bind(format!("{digits}:")));
    }
    if let Some(email) = &query.email {
        asked.push(match conn.dialect() {
            Dialect::MySql => {
                let escaped = email.replace('!', "!!").replace('%', "!%").replace('_', "!_");
                Stmt::new("p.email LIKE ? ESCAPE '!'").bind(format!("{escaped}%"))
            }
            // SQLite uses no index for a LIKE with an ESCAPE.
            Dialect::Sqlite => {
                let range = Stmt::new("p.email >= ? AND p.email < ?");
                range.bind(email.as_str()).bind(format!("{email}\u{10ffff}"))
            }
        });
    }
    let mut patients: Vec<Patient> = Vec::new();
    let mut seen = HashSet::new();
    for condition in asked {
        let mut from =
            Stmt::new("(").append(packed::listed(&FIELDS)).then(" FROM patients p WHERE ").append(condition);
        // With a name, whoever does not bear it is left out here: three digits end a thousand
        // phones of a large clinic, and the one that is meant may be the last of them.
        if let Some(word) = query.words.iter().max_by_key(|word| word.len()) {
            let bears = " AND EXISTS (SELECT 1 FROM patient_names n WHERE n.patient_id = p.id AND n.name_key >= ? AND n.name_key < ?)";
            from = from.then(bears).bind(word.as_str()).bind(format!("{word}{{"));
        } else {
            // Of very many, all of whom would have to be read to be put in order, it is some.
            let some = Stmt::new("(").append(packed::listed(&FIELDS)).then(" FROM ").append(from);
            from = some.then(" LIMIT ?) p").bind(limit.saturating_mul(CHOICE));
        }
        from = from.then(" ORDER BY p.name, p.id LIMIT ?) p").bind(limit);
        let stmt = packed::in_order(conn, &FIELDS, from, "p.name, p.id");
        let found = packed::rows(conn, stmt, "patients", packed_patient).await?;
        patients.extend(found.into_iter().filter(|patient| seen.insert(patient.id)));
    }
    patients.truncate(limit.into());
    Ok(patients)
}

/// Whether a patient has all that a query names.
fn narrows(query: &PatientQuery, patient: &Patient) -> bool {
    let details = &patient.details;
    let mut left = words(&details.name);
    let bears = query.words.iter().all(|typed| {
        let found = left.iter().position(|word| word.starts_with(typed.as_str()));
        found.map(|n| left.swap_remove(n)).is_some()
    });
    bears
        && (query.birth_dates.is_empty() || query.birth_dates.contains(&details.date_of_birth))
        && query.phone.as_ref().is_none_or(|digits| reversed_digits(&details.phone).starts_with(digits))
        && query.email.as_ref().is_none_or(|start| details.email.to_lowercase().starts_with(start))
}
