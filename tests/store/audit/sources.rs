//! The sources of the store, read as text: every act that writes is one that [`super::acts`] does and looks
//! at the rows of, and a connection for records is had in no other way than through who acts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::acts::ACTS;

/// What opens a transaction with an end of the audit trail.
const WRITES: [&str; 4] = ["writing", "writing_by", "writing_at_once", "hold"];

/// Who takes a connection that nobody has to be permitted, and why.
const UNASKED: [(&str, &[&str]); 15] = [
    // Asked above, by `permit` and `permit_of`.
    ("appointments.rs", &["appointments_of_day"]),
    ("booking.rs", &["carry_out", "preview"]),
    ("day.rs", &["day_in_sight", "day_changes"]),
    ("openings.rs", &["openings", "far"]),
    // Of the clinic and its doctors: what is on the door.
    ("availability.rs", &["hours"]),
    ("clinic.rs", &["clinic", "clinic_migrated", "max_idle_lock", "server_version"]),
    ("census.rs", &["census", "visits_outside_hours"]),
    // Upkeep, which changes nothing that anybody sees, and made-up clinics.
    ("search.rs", &["index_all_patients"]),
    ("words.rs", &["recount_words"]),
    ("bulk.rs", &["bulk"]),
    ("schema.rs", &["schema_state", "migrate", "write_copy"]),
    // Of whoever is signed in, or signs in.
    ("drafts.rs", &["take_drafts"]),
    ("sign_in.rs", &["account_signs_in", "by_account", "email_of_account", "standing"]),
    ("staff.rs", &["has_staff"]),
    ("passwords.rs", &["has_password"]),
];

/// What hands out records, and leaves no row of its own: why.
const READ_UNTOLD: [&str; 1] = [
    // Noted, and written with the next row.
    "find_patients",
];

/// A function of the store: its file, its name, what it answers with, and its body.
struct Function {
    file: String,
    name: String,
    is_public: bool,
    answer: String,
    body: String,
}

fn functions() -> Vec<Function> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/sql");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        let source = std::fs::read_to_string(&path).unwrap();
        let source = source.split("#[cfg(test)]").next().unwrap();
        let lines: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for (n, line) in lines.iter().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let mut words = line.split_whitespace().skip_while(|word| word.starts_with("pub(")).peekable();
            let is_public = words.next_if_eq(&"pub").is_some();
            words.next_if_eq(&"async");
            if words.next() != Some("fn") {
                continue;
            }
            let name = words.next().unwrap().split(['(', '<']).next().unwrap().to_owned();
            let end = format!("{}}}", " ".repeat(indent));
            let body: Vec<&str> = lines[n + 1..].iter().copied().take_while(|line| *line != end).collect();
            let head: Vec<&str> =
                lines[n..].iter().copied().take_while(|line| !line.ends_with('{')).collect();
            let head = [head.as_slice(), &lines[n + head.len()..][..1]].concat().join(" ");
            let answer = head.split_once("->").map_or(String::new(), |(_, answer)| answer.to_owned());
            found.push(Function { file: file.clone(), name, is_public, answer, body: body.join("\n") });
        }
    }
    assert!(found.len() > 200, "the functions were found: {}", found.len());
    found
}

/// The names that a body calls after `before`: `self.` or nothing in particular.
fn called(body: &str, before: &str) -> BTreeSet<String> {
    let tight: String = body.split_whitespace().collect::<Vec<_>>().join(" ").replace(" .", ".");
    let mut found = BTreeSet::new();
    for (at, _) in tight.match_indices('(') {
        let head = &tight[..at];
        let name = head.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap();
        if !name.is_empty() && head[..head.len() - name.len()].ends_with(before) {
            found.insert(name.to_owned());
        }
    }
    found
}

/// The public functions that put something on the audit trail, by way of others of the store.
fn acts(functions: &[Function]) -> BTreeSet<&str> {
    let mut writing: BTreeSet<&str> = WRITES.into();
    loop {
        let before = writing.len();
        for function in functions {
            let calls = [called(&function.body, "self."), called(&function.body, "self.trail.")];
            if calls.iter().flatten().any(|name| writing.contains(name.as_str())) {
                writing.insert(&function.name);
            }
        }
        if writing.len() == before {
            break;
        }
    }
    let public: BTreeSet<&str> = functions
        .iter()
        .filter(|function| function.is_public)
        .map(|function| function.name.as_str())
        .collect();
    writing.intersection(&public).copied().collect()
}

#[test]
fn every_act_that_writes_is_one_whose_row_is_looked_at() {
    let functions = functions();
    let told: BTreeSet<&str> = ACTS.iter().map(|(name, _)| *name).collect();
    assert_eq!(acts(&functions), told, "an act without a test of its row: do it in acts.rs");
}

/// Records with all that is known of them: who gets one has read it.
#[test]
fn whoever_is_given_a_record_leaves_a_row() {
    let functions = functions();
    let acts = acts(&functions);
    let is_record = |answer: &str| {
        answer
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| ["Appointment", "Patient", "Found"].contains(&word))
    };
    let given = functions.iter().filter(|function| function.is_public && is_record(&function.answer));
    let untold: BTreeSet<&str> =
        given.map(|function| function.name.as_str()).filter(|name| !acts.contains(name)).collect();
    assert_eq!(untold, READ_UNTOLD.into(), "put it on the trail that it was read, or say here why not");
}

#[test]
fn a_connection_for_records_is_had_through_who_acts() {
    let mut unasked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for function in functions() {
        let takes = ["self.db.", "db.", "store.db."].iter().any(|db| {
            let calls = called(&function.body, db);
            ["acquire", "idle", "spare"].iter().any(|name| calls.contains(*name))
        });
        if takes && !["pool.rs", "who.rs", "writing.rs"].contains(&function.file.as_str()) {
            unasked.entry(function.file).or_default().insert(function.name);
        }
    }
    let named: BTreeMap<String, BTreeSet<String>> = UNASKED
        .iter()
        .map(|(file, names)| ((*file).to_owned(), names.iter().map(|name| (*name).to_owned()).collect()))
        .collect();
    assert_eq!(unasked, named, "take it by conn(deed) or writing(deed), or say here why not");
}

#[test]
fn what_is_planted_is_found() {
    let planted = |name: &str, is_public, body: &str| Function {
        file: "bills.rs".into(),
        name: name.into(),
        is_public,
        answer: String::new(),
        body: body.into(),
    };
    for body in [
        "let mut conn = self.writing(Deed::TakePayment).await?;",
        "self.bill_someone().await",
        "let held = self\n    .trail\n    .hold().await;",
    ] {
        let someone = "retry(|| async { self.writing_by(author).await })";
        let all = [planted("take", true, body), planted("bill_someone", false, someone)];
        assert!(acts(&all).contains("take"), "{body}");
    }
    assert!(acts(&[planted("bills", true, "self.conn(Deed::TakePayment).await")]).is_empty());
    assert!(called("store\n    .db\n    .acquire()", "db.").contains("acquire"));
}

/// What is had for reading is not written on: a transaction that writes is one of `writing`.
#[test]
fn what_is_had_for_reading_is_not_written_on() {
    let functions = functions();
    let statements = ["\"INSERT", "\"UPDATE", "\"DELETE", "\"REPLACE", "INSERT_IGNORE", "SET_SETTING"];
    let writes = |body: &str| statements.iter().any(|statement| body.contains(statement));
    let mut wrong = Vec::new();
    for function in functions.iter().filter(|function| function.body.contains("self.conn(")) {
        let mut bodies = vec![function.body.as_str()];
        let calls = called(&function.body, "");
        let free = |other: &&Function| other.file == function.file && calls.contains(&other.name);
        bodies.extend(functions.iter().filter(free).map(|other| other.body.as_str()));
        if bodies.into_iter().any(writes) && !acts(&functions).contains(function.name.as_str()) {
            wrong.push(format!("{}: {}", function.file, function.name));
        }
    }
    assert_eq!(wrong, [""; 0]);
}
