//! The rows of `patients`, and what the look-up needs to find them by.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use serde_json::json;

use super::Store;
use super::appointments::{VISIT, visit};
use super::conn::{Conn, Row, Stmt};
use super::dialect::{COUNT_WORDS, INSERT_IGNORE};
use super::history::{self, Order};
use super::journey;
use super::packed::{self, Field, Fields};
use super::retry::retry;
use super::versions::{Calendar, bump, days};
use super::words::leading;
use super::writing::Writing;
use crate::domain::clock::{Instant, Zone};
use crate::domain::day::Names;
use crate::domain::fold::{reversed_digits, rotations};
use crate::domain::ids::PatientId;
use crate::domain::patient::{Named, Patient, PatientDetails};
use crate::domain::permission::{Deed, Reach};
use crate::store::{Result, StoreError};

/// The fields of a [`Patient`], from `patients p`.
pub(super) const FIELDS: [Field; 7] = [
    Field::Plain("p.id"),
    Field::Text("p.name"),
    Field::Text("p.email"),
    Field::Text("p.phone"),
    Field::Plain("p.date_of_birth"),
    Field::NullableText("p.address"),
    Field::Nullable("p.created_at"),
];

impl Store {
    /// One patient.
    ///
    /// # Errors
    /// The database's, or a row that cannot be read.
    pub async fn patient(&self, id: PatientId) -> Result<Option<Patient>> {
        let mut conn = self.conn(Deed::OpenRecord).await?;
        let Some(found) = by_id(&mut conn, id).await? else { return Ok(None) };
        self.permit_record(&mut conn, id).await?;
        drop(conn);
        self.opened("record.open", ("patients", id.0), id, None).await?;
        Ok(Some(found))
    }

    /// Who patients are; who does not exist is not among them, nor, for a doctor, who is on no day of theirs:
    /// those are found by looking them up, which is on the trail.
    ///
    /// # Errors
    /// The database's, or a row that cannot be read.
    pub async fn names(&self, patients: &[PatientId]) -> Result<Names> {
        let mut conn = self.conn(Deed::ReadCalendar).await?;
        let Reach::Own(doctor) = self.permit(Deed::ReadCalendar)? else {
            return names(&mut conn, patients).await;
        };
        let mut of_theirs = Vec::new();
        if !patients.is_empty() {
            let stmt = Stmt::new(
                "SELECT DISTINCT patient_id FROM appointments WHERE doctor_id = ? AND patient_id IN ",
            );
            for row in conn.all(stmt.bind(doctor).list(patients.iter().copied())).await? {
                of_theirs.push(PatientId(row.cells("appointments").get()?));
            }
        }
        names(&mut conn, &of_theirs).await
    }

    /// Registers a patient.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] for an e-mail that another patient has, or the database's.
    pub async fn register_patient(&self, order: &Order, details: &PatientDetails) -> Result<Patient> {
        self.save_patient(order, None, details).await
    }

    /// Changes a patient's record from what it was read as.
    ///
    /// # Errors
    /// [`StoreError::Changed`] where somebody else changed it since; [`StoreError::Duplicate`] for
    /// an e-mail that another patient has; an unknown id; or the database's.
    pub async fn edit_patient(
        &self,
        order: &Order,
        before: &Patient,
        details: &PatientDetails,
    ) -> Result<Patient> {
        self.save_patient(order, Some(before), details).await
    }

    async fn save_patient(
        &self,
        order: &Order,
        before: Option<&Patient>,
        details: &PatientDetails,
    ) -> Result<Patient> {
        let (action, deed) = if before.is_some() {
            ("patient.edit", Deed::EditPatient)
        } else {
            ("patient.add", Deed::RegisterPatient)
        };
        retry(|| async {
            let mut conn = self.writing(deed).await?;
            let outcome = try_save(&mut conn, order, (action, before), details, self.zone()).await;
            let outcome = history::or_done_meanwhile(&mut conn, order, action, outcome).await;
            conn.finish(outcome).await
        })
        .await
    }
}

/// Who patients are, on a connection; who does not exist is not among them.
pub(super) async fn names(conn: &mut Conn, patients: &[PatientId]) -> Result<Names> {
    let mut names = Names::with_capacity(patients.len());
    // A server's packets are bounded.
    for some in patients.chunks(1_024) {
        let fields = [Field::Plain("p.id"), Field::Text("p.name"), Field::NullableText("p.date_of_birth")];
        let stmt = packed::select(conn, &fields).then("patients p WHERE p.id IN ");
        // As text: a list of each length would be a statement of its own, to be prepared first.
        let came = conn.journey(vec![stmt.list(some.iter().copied())]).await?;
        let read = packed::of_select(conn.dialect(), journey::rows(&came, 0), "patients", |fields| {
            let id = PatientId(fields.number("id")?);
            Ok((id, Named { name: fields.text("name")?, born: fields.day_if_one("date_of_birth")? }))
        });
        names.extend(read?);
    }
    Ok(names)
}

async fn try_save(
    conn: &mut Writing,
    order: &Order,
    (action, before): (&'static str, Option<&Patient>),
    details: &PatientDetails,
    zone: Zone,
) -> Result<Patient> {
    if let Some(id) = history::done_before(conn, &order.key, action).await? {
        if before.is_some_and(|before| before.id.0 != id) {
            return Err(StoreError::KeyUsed);
        }
        let found = by_id(conn, PatientId(id)).await?;
        return found.ok_or(StoreError::Missing { what: "patient", id });
    }
    let stmt = Stmt::new(if before.is_some() {
        "UPDATE patients SET name = ?, email = ?, phone = ?, date_of_birth = ?, address = ?, phone_reversed = ?"
    } else {
        "INSERT INTO patients (name, email, phone, date_of_birth, address, phone_reversed, known_name, known_phone) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    });
    let (name, phone) = (details.name.as_str(), details.phone.as_str());
    let mut stmt = stmt.bind(name).bind(details.email.as_str()).bind(phone);
    stmt = stmt.bind(details.date_of_birth).bind(details.address.clone()).bind(reversed_digits(phone));
    let id = if let Some(before) = before {
        let id = before.id;
        let now = locked(conn, id).await?.ok_or(StoreError::Missing { what: "patient", id: id.0 })?;
        if now.details != before.details {
            return Err(StoreError::Changed { what: "patient", id: id.0 });
        }
        // What stays as it is may be what an older program made it since, which nobody knows yet.
        let renamed = before.details.name != name;
        if renamed {
            stmt = stmt.then(", known_name = ?").bind(name);
        }
        if before.details.phone != phone {
            stmt = stmt.then(", known_phone = ?").bind(phone);
        }
        conn.run(stmt.then(" WHERE id = ?").bind(id)).await?;
        if renamed {
            let keys = name_keys(conn, [id]).await?;
            forget_names(conn, &keys).await?;
            learn_names(conn, &[(id, details.name.clone())]).await?;
            show_on_boards(conn, id, order.at, zone).await?;
        }
        id
    } else {
        let id = PatientId(conn.run(stmt.bind(name).bind(phone)).await?.last_id);
        learn_names(conn, &[(id, details.name.clone())]).await?;
        id
    };
    conn.record(
        order,
        action,
        ("patients", id.0),
        Some(id),
        changed(before.map(|old| &old.details), details),
    )
    .await?;
    by_id(conn, id).await?.ok_or(StoreError::Missing { what: "patient", id: id.0 })
}

/// What the audit trail says of a change: the fields that are others now, before and after.
fn changed(old: Option<&PatientDetails>, new: &PatientDetails) -> serde_json::Value {
    let fields = |details: &PatientDetails| {
        [
            ("name", json!(details.name)),
            ("email", json!(details.email)),
            ("phone", json!(details.phone)),
            ("date_of_birth", json!(details.date_of_birth.to_string())),
            ("address", json!(details.address)),
        ]
    };
    let mut before = serde_json::Map::new();
    let mut after = serde_json::Map::new();
    let old = old.map(fields);
    for (n, (field, value)) in fields(new).into_iter().enumerate() {
        match old.as_ref().map(|old| &old[n].1) {
            Some(stood) if *stood == value => continue,
            Some(stood) => drop(before.insert(field.to_owned(), stood.clone())),
            None => {}
        }
        after.insert(field.to_owned(), value);
    }
    json!({ "before": old.map(|_| before), "after": after })
}

/// Rows that one statement writes at the most.
const ROWS: usize = 500;

/// Makes names known to the look-up: a key for each word, and one more use of each word.
pub(super) async fn learn_names(conn: &mut Conn, names: &[(PatientId, String)]) -> Result<()> {
    let uses = write_name_keys(conn, names).await?;
    count_words(conn, uses).await
}

/// Writes the keys of names, and answers how often each word leads one of them. Nobody is looked up by a
/// word beyond those of [`rotations`], so that such a word is not counted.
pub(super) async fn write_name_keys(
    conn: &mut Conn,
    names: &[(PatientId, String)],
) -> Result<BTreeMap<String, i64>> {
    let mut uses: BTreeMap<String, i64> = BTreeMap::new();
    let mut keys: Vec<(String, PatientId)> = Vec::new();
    for (id, name) in names {
        // Words that are longer than the column may be cut to one key.
        for key in rotations(name).into_iter().collect::<BTreeSet<_>>() {
            *uses.entry(leading(&key).to_owned()).or_default() += 1;
            keys.push((key, *id));
        }
    }
    // In the order of the index: neighbours fall into the same page.
    keys.sort_unstable();
    let insert = conn.pick(INSERT_IGNORE);
    for rows in keys.chunks(ROWS) {
        let mut stmt =
            Stmt::new(insert).then("patient_names (name_key, patient_id) VALUES ").rows("(?, ?)", rows.len());
        for (key, id) in rows {
            stmt = stmt.bind(key.as_str()).bind(*id);
        }
        conn.run(stmt).await?;
    }
    Ok(uses)
}

/// Counts uses of words, in their order, so that two desks do not wait for each other in a circle.
pub(super) async fn count_words(conn: &mut Conn, uses: BTreeMap<String, i64>) -> Result<()> {
    let tail = conn.pick(COUNT_WORDS);
    let uses: Vec<(String, i64)> = uses.into_iter().collect();
    for rows in uses.chunks(ROWS) {
        let mut stmt = Stmt::new("INSERT INTO name_words (word, uses) VALUES ").rows("(?, ?)", rows.len());
        stmt = stmt.then(tail);
        for (word, uses) in rows {
            stmt = stmt.bind(word.as_str()).bind(*uses);
        }
        conn.run(stmt).await?;
    }
    Ok(())
}

/// Writes the days of a patient's visits from yesterday on, so that every board shows the new name.
async fn show_on_boards(conn: &mut Conn, id: PatientId, at: Instant, zone: Zone) -> Result<()> {
    let from = at.naive_utc() - TimeDelta::days(2);
    let stmt =
        packed::listed(VISIT).then(" FROM appointments a WHERE a.patient_id = ? AND a.appointment_time >= ?");
    let mut touched = BTreeSet::new();
    for row in conn.all(stmt.bind(id).bind(from)).await? {
        let visit = visit(&mut Fields::of_row(&row, "appointments"))?;
        touched.extend(days(visit.starts, visit.minutes, zone).map(|day| (day, visit.doctor_id)));
    }
    bump(conn, Calendar::Doctors, touched).await
}

/// The keys under which the look-up has patients now, whatever they are called now.
pub(super) async fn name_keys(
    conn: &mut Conn,
    ids: impl IntoIterator<Item = PatientId>,
) -> Result<BTreeMap<PatientId, BTreeSet<String>>> {
    let stmt = Stmt::new("SELECT patient_id, name_key FROM patient_names WHERE patient_id IN ").list(ids);
    let mut keys: BTreeMap<PatientId, BTreeSet<String>> = BTreeMap::new();
    for row in conn.all(stmt).await? {
        let mut cells = row.cells("patient_names");
        keys.entry(PatientId(cells.get()?)).or_default().insert(cells.get()?);
    }
    Ok(keys)
}

/// Makes names unknown to the look-up: takes their keys away, and one use of each of their words.
pub(super) async fn forget_names(
    conn: &mut Conn,
    keys: &BTreeMap<PatientId, BTreeSet<String>>,
) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    conn.run(Stmt::new("DELETE FROM patient_names WHERE patient_id IN ").list(keys.keys().copied())).await?;
    // A name has a key for each of its words, with that word first.
    let mut uses: BTreeMap<&str, i64> = BTreeMap::new();
    for word in keys.values().flatten().map(|key| leading(key)) {
        *uses.entry(word).or_default() += 1;
    }
    let mut by_uses: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
    for (word, uses) in uses {
        by_uses.entry(uses).or_default().push(word);
    }
    for (uses, words) in by_uses {
        let fewer = "UPDATE name_words SET uses = CASE WHEN uses > ? THEN uses - ? ELSE 0 END WHERE word IN ";
        conn.run(Stmt::new(fewer).bind(uses).bind(uses).list(words)).await?;
    }
    Ok(())
}

/// A patient on a connection, which may be inside a transaction.
pub(super) async fn by_id(conn: &mut Conn, id: PatientId) -> Result<Option<Patient>> {
    let stmt = packed::listed(&FIELDS).then(" FROM patients p WHERE p.id = ?").bind(id);
    conn.first(stmt).await?.as_ref().map(patient).transpose()
}

/// The same, kept from other writers until the transaction ends.
async fn locked(conn: &mut Conn, id: PatientId) -> Result<Option<Patient>> {
    let lock = conn.pick(super::dialect::FOR_UPDATE);
    let stmt = packed::listed(&FIELDS).then(" FROM patients p WHERE p.id = ?").then(lock).bind(id);
    conn.first(stmt).await?.as_ref().map(patient).transpose()
}

/// Reads the fields of [`FIELDS`].
pub(super) fn packed_patient(fields: &mut Fields<'_>) -> Result<Patient> {
    Ok(Patient {
        id: PatientId(fields.number("id")?),
        details: PatientDetails {
            name: fields.text("name")?,
            email: fields.text("email")?,
            phone: fields.text("phone")?,
            date_of_birth: fields.day("date_of_birth")?,
            address: fields.text_if_any("address")?,
        },
        created_at: fields.instant_if_any("created_at")?,
    })
}

/// Reads a row that has [`FIELDS`] by itself.
pub(super) fn patient(row: &Row) -> Result<Patient> {
    packed_patient(&mut Fields::of_row(row, "patients"))
}
