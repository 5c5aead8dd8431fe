//! Chains that are whole, and what is found in such as are not.

use std::cell::Cell;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use frontdesk::domain::audit::chain::{Heads, Said, hash_of};
use frontdesk::domain::patient::PatientDetails;
use frontdesk::domain::query::PatientQuery;
use frontdesk::store::Store;
use frontdesk::store::sql::audit::Verified;
use frontdesk::store::sql::conn::Patience;

use crate::support::{
    Backend, Desk, at_work, book, done, now, on_every_database, on_every_server, order, origin,
    patient_details, wall,
};
use crate::wire::{COMMIT, Cut, Wire};

on_every_database!(at_a_new_desk: what_is_altered_is_found);
on_every_database!(at_a_desk:
    many_who_write_at_once_leave_chains_that_are_whole,
    notes_are_written_once_and_none_is_lost,
    a_place_that_is_taken_after_all_stops_nobody,
);
on_every_server!(at_a_desk:
    a_commit_whose_answer_is_lost_leaves_a_chain_that_is_whole,
    those_of_one_desk_do_not_stand_in_each_others_way,
);

/// What somebody finds who looks from elsewhere. That they looked is on a chain of its own.
async fn verified_since(desk: &Desk<'_>, since: Option<Heads>) -> Verified {
    let reader = desk.place.store();
    let found = reader.verify_audit(since).await.unwrap();
    reader.close().await;
    found
}

pub async fn verified(desk: &Desk<'_>) -> Verified {
    verified_since(desk, None).await
}

fn said(verified: &Verified) -> Vec<String> {
    verified.findings.iter().map(ToString::to_string).collect()
}

#[track_caller]
pub fn whole(verified: &Verified) {
    assert_eq!(said(verified), [""; 0]);
    assert!(verified.is_whole());
}

/// The ids of the rows of the longest chain, and its desk.
pub async fn longest(desk: &Desk<'_>) -> (String, Vec<i64>) {
    let found = desk.rows("SELECT desk FROM audit_chains ORDER BY seq DESC LIMIT 1").await.remove(0);
    let ids = desk.rows(&format!("SELECT id FROM audit_log WHERE desk = '{found}' ORDER BY seq")).await;
    (found, ids.iter().map(|id| id.parse().unwrap()).collect())
}

async fn what_is_altered_is_found(desk: &Desk<'_>) {
    desk.sql(OLD).await;
    let (lee, john, _) = desk.people().await;
    for n in 8..12 {
        desk.booked(lee, john, &format!("2026-12-01T{n:02}:00"), 30).await;
    }
    // Another desk, of which one row is there.
    let other = desk.place.store();
    other.patient(john).await.unwrap();
    let before = verified(desk).await;
    whole(&before);
    assert_eq!((before.heads.heads.len(), before.heads.unchained), (2, 1));
    assert_eq!(before.heads.rows + 3, desk.count("audit_log").await as u64, "the look itself came after");
    let (mine, ids) = longest(desk).await;
    let alone = format!("SELECT desk FROM audit_log WHERE desk <> '{mine}' AND action = 'record.open'");
    let alone = desk.rows(&alone).await.remove(0);
    let (a, b, c) = (ids[3], ids[4], *ids.last().unwrap());
    let last = ids.len();
    desk.sql("CREATE TABLE kept_log AS SELECT * FROM audit_log").await;
    desk.sql("CREATE TABLE kept_chains AS SELECT * FROM audit_chains").await;
    let forged = format!(
        "INSERT INTO audit_log (at, actor, action, record, record_id, detail, staff_id, host, os_user, patient_id, desk, seq, hash) \
         SELECT at, actor, action, record, record_id, detail, staff_id, host, os_user, patient_id, desk, seq + 1, hash \
         FROM kept_log WHERE id = {c}"
    );
    let swapped = |column: &str| {
        // Past each other, since a place is taken once.
        let set = |to: String, id: i64| format!("UPDATE audit_log SET {column} = {to} WHERE id = {id}");
        let of = |id: i64| format!("(SELECT {column} FROM kept_log WHERE id = {id})");
        if column == "id" {
            let middle = 1_000_000;
            format!(
                "{}; {}; {}",
                set(middle.to_string(), a),
                set(a.to_string(), b),
                set(b.to_string(), middle)
            )
        } else {
            format!("{}; {}; {}", set("1000000".into(), a), set(of(a), b), set(of(b), a))
        }
    };
    let row = |id: i64, seq: usize| format!("row {id} (desk {mine}, place {seq}): ");
    let place = |seq: usize| format!("desk {mine}, place {seq}: ");
    let changed = "changed: what it says after the row before it is not what its hash is of";
    let cases: Vec<(String, Vec<String>)> = vec![
        (format!("UPDATE audit_log SET detail = '{{}}' WHERE id = {a}"), vec![row(a, 4) + changed]),
        (format!("UPDATE audit_log SET actor = 'nobody' WHERE id = {a}"), vec![row(a, 4) + changed]),
        (format!("UPDATE audit_log SET host = NULL WHERE id = {a}"), vec![row(a, 4) + changed]),
        (format!("UPDATE audit_log SET record_id = record_id + 1 WHERE id = {a}"), vec![row(a, 4) + changed]),
        (format!("UPDATE audit_log SET patient_id = NULL WHERE id = {c}"), vec![row(c, last) + changed]),
        (
            format!("UPDATE audit_log SET at = '2026-11-20 08:00:01' WHERE id = {a}"),
            vec![row(a, 4) + changed],
        ),
        (format!("DELETE FROM audit_log WHERE id = {a}"), vec![place(4) + "missing"]),
        (
            format!("DELETE FROM audit_log WHERE id IN ({a}, {b})"),
            vec![place(4) + "missing, and so on up to place 5"],
        ),
        (format!("DELETE FROM audit_log WHERE id = {}", ids[0]), vec![place(1) + "missing"]),
        (format!("DELETE FROM audit_log WHERE id = {c}"), vec![place(last) + "missing"]),
        // As if an older program had written it.
        (
            format!("UPDATE audit_log SET desk = NULL, seq = NULL, hash = NULL WHERE id = {a}"),
            vec![
                place(4) + "missing",
                format!("row {a}: it is in no chain, and was written after chains had begun"),
            ],
        ),
        (OLD.to_owned(), vec![": it is in no chain, and was written after chains had begun".to_owned()]),
        // As if it had been there before chains: by its id, and not by its time.
        (
            "UPDATE audit_log SET at = '2030-01-01 00:00:00' WHERE desk IS NULL".to_owned(),
            vec![": it is in no chain, and was written after chains had begun".to_owned()],
        ),
        (
            format!("UPDATE audit_chains SET host = 'x' WHERE desk = '{mine}'"),
            vec![format!("desk {mine}: its head names another host, account or beginning")],
        ),
        (
            format!("UPDATE audit_chains SET os_user = UPPER(os_user) WHERE desk = '{mine}'"),
            vec![format!("desk {mine}: its head names another host, account or beginning")],
        ),
        (
            format!("UPDATE audit_chains SET opened_at = '2026-01-01 00:00:00' WHERE desk = '{mine}'"),
            vec![format!("desk {mine}: its head names another host, account or beginning")],
        ),
        (
            swapped("seq"),
            vec![
                row(b, 4) + "reordered: its id is smaller", // never: see below
            ],
        ),
        (swapped("id"), vec![row(a, 5) + "reordered: its id is smaller than that of the row before it"]),
        (
            forged.clone(),
            vec![format!("place {}): {changed}", last + 1), format!("names place {last} as the last")],
        ),
        (
            format!("UPDATE audit_log SET seq = NULL WHERE id = {a}"),
            vec![place(4) + "missing", format!("row {a} (desk {mine}): it has a desk and no place")],
        ),
        (
            format!("DELETE FROM audit_chains WHERE desk = '{mine}'"),
            vec![format!("desk {mine}: its rows are there and the chain's head is missing")],
        ),
        (
            format!("UPDATE audit_chains SET hash = REPEAT_ZERO WHERE desk = '{mine}'"),
            vec![row(c, last) + "it is not the row that the chain's head names"],
        ),
        (
            format!("UPDATE audit_chains SET seq = seq - 1 WHERE desk = '{mine}'"),
            vec![row(c, last) + &format!("the chain's head names place {} as the last", last - 1)],
        ),
        (
            format!("DELETE FROM audit_log WHERE desk = '{alone}'"),
            vec![format!("desk {alone}, place 1: missing")],
        ),
    ];
    let zeros = format!("'{}'", "0".repeat(64));
    for (n, (alter, expected)) in cases.iter().enumerate() {
        desk.sql(&alter.replace("REPEAT_ZERO", &zeros)).await;
        let found = verified(desk).await;
        let lines = said(&found);
        assert!(!found.is_whole(), "{alter}");
        if *alter == swapped("seq") {
            assert_eq!(
                lines,
                [
                    row(a, 5) + "reordered: its id is smaller than that of the row before it",
                    row(b, 4) + "reordered: it was written at place 5",
                    row(a, 5) + "reordered: it was written at place 4",
                ]
            );
        } else {
            assert_eq!(lines.len(), expected.len(), "{n}: {alter}: {lines:?}");
            for (line, expected) in lines.iter().zip(expected) {
                assert!(line.contains(expected), "{n}: {alter}: {line}");
            }
        }
        restore(desk).await;
    }
    whole(&verified(desk).await);
    what_the_chain_cannot_see(desk, (before, &mine, &alone, c)).await;
    other.close().await;
}

async fn restore(desk: &Desk<'_>) {
    desk.sql("DELETE FROM audit_log").await;
    desk.sql("DELETE FROM audit_chains").await;
    desk.sql("INSERT INTO audit_log SELECT * FROM kept_log").await;
    desk.sql("INSERT INTO audit_chains SELECT * FROM kept_chains").await;
}

/// As an older program writes, which knows of no chains.
const OLD: &str = "INSERT INTO audit_log (at, actor, action, record, record_id) \
     VALUES ('2026-01-01 00:00:00', 'old', 'x', 'y', 1)";

/// A chain whose end, or which as a whole, was taken away with its head, or whose end was made anew, head and
/// all: those that began later say what they saw. What they did not see shows in heads that were kept elsewhere.
async fn what_the_chain_cannot_see(
    desk: &Desk<'_>,
    (before, mine, alone, last): (Verified, &str, &str, i64),
) {
    let kept = Heads::parse(&before.heads.to_text()).unwrap();
    assert_eq!(kept, before.heads);
    whole(&verified_since(desk, Some(kept.clone())).await);
    restore(desk).await;
    // The chain of whoever looked last, which nobody has seen.
    let looked = desk.rows("SELECT desk FROM audit_log ORDER BY id DESC LIMIT 1").await.remove(0);
    let cut = format!(
        "DELETE FROM audit_log WHERE desk = '{mine}' AND id >= {last}; \
         UPDATE audit_chains SET seq = (SELECT MAX(seq) FROM audit_log l WHERE l.desk = audit_chains.desk), \
         hash = (SELECT hash FROM audit_log l WHERE l.desk = audit_chains.desk ORDER BY seq DESC LIMIT 1) \
         WHERE desk = '{mine}'"
    );
    let gone = |chain: &str| {
        format!(
            "DELETE FROM audit_log WHERE desk = '{chain}'; DELETE FROM audit_chains WHERE desk = '{chain}'"
        )
    };
    let old = "DELETE FROM audit_log WHERE desk IS NULL".to_owned();
    let put_among_the_old = OLD.replace("(at,", "(id, at,").replace("('2026", "(-5, '2026");
    let anew = made_anew(desk, last).await;
    let at = before.heads.heads[mine].seq;
    let ended = |chain: &str, at: i64| {
        format!("desk {chain}, place {at}: missing: at the earlier look the chain went on to place ")
    };
    let seen = |chain: &str, at: i64, what: &str, who: &str| {
        format!("desk {chain}, place {at}: {what}, and says so at its place 1")
            .replace("SEEN", &format!("desk {who} saw"))
    };
    let there = "missing: SEEN the chain go on to here";
    for (alter, shows, since) in [
        (cut.clone(), Some(seen(mine, at, there, alone)), Some(ended(mine, at))),
        (gone(alone), Some(seen(alone, 2, there, &looked)), Some(ended(alone, 1))),
        (
            anew,
            Some(seen(mine, at, "changed: SEEN another hash here", alone)),
            Some("changed: at the earlier look this row had another hash".into()),
        ),
        // Whoever saw it taken away as well.
        (format!("{}; {}", gone(&looked), gone(alone)), None, Some(ended(alone, 1))),
        // Nobody had seen it, and it came after the heads that were kept.
        (gone(&looked), None, None),
        (
            old,
            None,
            Some("missing: of the rows of older programs, there were 1 at the earlier look".to_owned()),
        ),
        (
            put_among_the_old,
            Some("row -5: it is in no chain, and has an id that the database gives to no row".to_owned()),
            Some("row -5: it is in no chain, and has an id that the database gives to no row".to_owned()),
        ),
    ] {
        for statement in alter.split("; ") {
            desk.sql(statement).await;
        }
        for (since, expected) in [(None, &shows), (Some(kept.clone()), &since)] {
            let found = verified_since(desk, since).await;
            let lines = said(&found);
            match expected {
                None => assert_eq!(lines, [""; 0], "{alter}"),
                Some(expected) => {
                    assert_eq!(lines.len(), 1, "{alter}: {lines:?}");
                    assert!(lines[0].contains(expected), "{alter}: {lines:?}: {expected}");
                }
            }
            assert_eq!(found.is_whole(), expected.is_none());
        }
        restore(desk).await;
    }
}

/// The statements that change the last row of a chain, and make its hash and the chain's head anew.
async fn made_anew(desk: &Desk<'_>, last: i64) -> String {
    let cells = format!(
        "SELECT l.hash, r.desk, r.seq, r.at, r.staff_id, r.host, r.os_user, r.action, r.record, r.patient_id, \
         r.record_id, r.detail FROM audit_log r JOIN audit_log l ON l.desk = r.desk AND l.seq = r.seq - 1 \
         WHERE r.id = {last}"
    );
    let line = desk.rows(&cells).await.remove(0);
    let cells: Vec<&str> = line.splitn(12, '|').collect();
    let number = |cell: usize| cells[cell].parse::<i64>().ok();
    let said = Said {
        before: cells[0],
        desk: cells[1],
        seq: number(2).unwrap(),
        at: Some(cells[3]),
        staff_id: number(4),
        actor: Some("nobody"),
        host: Some(cells[5]),
        os_user: Some(cells[6]),
        action: Some(cells[7]),
        record: Some(cells[8]),
        patient_id: number(9),
        detail: Some(cells[11]),
    };
    let hash = hash_of(&said.text(), number(10).unwrap());
    format!(
        "UPDATE audit_log SET actor = 'nobody', hash = '{hash}' WHERE id = {last}; \
         UPDATE audit_chains SET hash = '{hash}' WHERE desk = '{}'",
        cells[1]
    )
}

/// Several desks, each of which does several things at once.
async fn many_who_write_at_once_leave_chains_that_are_whole(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let desks: Vec<Store> = (0..3).map(|_| desk.place.store()).collect();
    let work = desks.iter().enumerate().map(|(n, store)| async move {
        let number = |k: usize| u32::try_from(200 + 50 * n + k).unwrap();
        let bookings = async {
            for k in 0..6 {
                let at =
                    wall("2026-12-01T00:00") + TimeDelta::minutes(i64::try_from(180 * k + 60 * n).unwrap());
                let patient = if (n + k) % 2 == 0 { john } else { ana };
                let intent = book(lee, patient, &at.format("%Y-%m-%dT%H:%M").to_string(), 30);
                drop(store.carry_out(&order(), &intent, None).await.unwrap());
            }
        };
        let people = async {
            for k in 0..6 {
                store.register_patient(&order(), &patient_details("Mia Chen", number(k))).await.unwrap();
                store.patient(if k % 2 == 0 { john } else { ana }).await.unwrap();
            }
        };
        let looks = async {
            for letters in ["jo", "mia", "ch", "an", "smi", "ru"] {
                let query = PatientQuery::parse(letters, now().date_naive());
                store.find_patients(&query, 5).await.unwrap();
                store.write_notes().await.unwrap();
            }
        };
        tokio::join!(bookings, people, looks);
    });
    let verifier = async {
        // While they write: what is not there yet is not missing.
        for _ in 0..5 {
            whole(&verified(desk).await);
        }
    };
    tokio::join!(futures_util::future::join_all(work), verifier);
    let found = verified(desk).await;
    whole(&found);
    // Those at work, and those that looked meanwhile.
    assert_eq!(found.heads.heads.len(), 4 + 5, "a chain each");
    assert_eq!(desk.count("audit_log WHERE action = 'patient.find'").await, 18);
    assert_eq!(desk.count("audit_log WHERE action = 'patient.add'").await, 2 + 18);
    assert_eq!(desk.count("audit_log WHERE desk IS NULL").await, 0);
    for store in desks {
        store.close().await;
    }
}

/// What one of a desk has locked, and another of it waits for, while that one waits for the chain's end:
/// neither would get on before the server breaks it off after five seconds.
async fn those_of_one_desk_do_not_stand_in_each_others_way(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    // Of one act, so that a slow machine is no fault.
    let longest = Cell::new(Duration::ZERO);
    let took = |begun: Instant| longest.set(longest.get().max(begun.elapsed()));
    let edits = async {
        for n in 0..20 {
            let before = desk.store.patient(john).await.unwrap().unwrap();
            let details = PatientDetails {
                name: format!("John Smith {}", "x".repeat(1 + n % 3)),
                ..before.details.clone()
            };
            let begun = Instant::now();
            desk.store.edit_patient(&order(), &before, &details).await.unwrap();
            took(begun);
        }
    };
    let bookings = async {
        for n in 0..20 {
            let at = wall("2026-12-01T00:00") + TimeDelta::minutes(30 * n);
            let intent = book(lee, john, &at.format("%Y-%m-%dT%H:%M").to_string(), 30);
            let begun = Instant::now();
            done(desk.store.carry_out(&order(), &intent, None).await.unwrap());
            took(begun);
        }
    };
    tokio::join!(edits, bookings);
    assert!(longest.get() < Duration::from_secs(5), "{:?}", longest.get());
    whole(&verified(desk).await);
}

/// The connection breaks at the commit, before the server gets it and after it did it.
async fn a_commit_whose_answer_is_lost_leaves_a_chain_that_is_whole(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let wire = Wire::to(&desk.place.address());
    let patience = Patience { write: Duration::from_millis(500), ..Patience::default() };
    let store = at_work(Store::open_with(&desk.place.through(wire.port), origin(), patience).unwrap());
    let all = [Cut::Before, Cut::After, Cut::Swallowed, Cut::Unanswered];
    for (n, cut) in all.into_iter().enumerate() {
        let look = async |letters: &str| {
            let query = PatientQuery::parse(letters, now().date_naive());
            store.find_patients(&query, 5).await.unwrap();
        };
        // What was looked for goes with the booking, whose commit is lost.
        look(["ana", "joh", "rui", "smi"][n]).await;
        wire.cut_at(COMMIT, 0, cut);
        let intent = book(lee, john, &format!("2026-12-0{}T10:00", n + 1), 30);
        done(store.carry_out(&order(), &intent, None).await.unwrap());
        // And with notes alone.
        look(["zoe", "max", "eva", "kim"][n]).await;
        wire.cut_at(COMMIT, 0, cut);
        store.write_notes().await.unwrap();
        store.write_notes().await.unwrap();
    }
    whole(&verified(desk).await);
    assert_eq!(desk.count("audit_log WHERE action = 'appointment.book'").await, 4);
    assert_eq!(desk.count("audit_log WHERE action = 'patient.find'").await, 8, "each once");
    store.close().await;
}

/// A look-up that is typed on while the one before is being written, and more than there is room for.
async fn notes_are_written_once_and_none_is_lost(desk: &Desk<'_>) {
    desk.patient("Ana Ruiz").await;
    let look = async |letters: &str| {
        let query = PatientQuery::parse(letters, now().date_naive());
        desk.store.find_patients(&query, 5).await.unwrap();
    };
    let told = async || {
        let rows = desk.rows("SELECT detail FROM audit_log WHERE action = 'patient.find' ORDER BY id").await;
        let words = |row: &String| {
            let detail: serde_json::Value = serde_json::from_str(row).unwrap();
            detail["words"].as_str().unwrap().to_owned()
        };
        rows.iter().map(words).collect::<Vec<_>>()
    };
    for letters in ["a", "an", "ana", "an", "a", "r", "ru"] {
        look(letters).await;
    }
    desk.store.write_notes().await.unwrap();
    assert_eq!(told().await, ["ana", "a", "ru"], "what was found, and not each letter");
    // At every point at which the writing can wait, somebody types on.
    for polls in 1..12 {
        look("ana").await;
        let writing = crate::support::Polls::of(polls, desk.store.write_notes());
        drop(writing.await);
        look("anab").await;
        desk.store.write_notes().await.unwrap();
        let last = told().await.pop();
        assert_eq!(last.as_deref(), Some("anab"), "after {polls}");
    }
    for n in 0..250 {
        let identity = frontdesk::domain::staff::Identity {
            role: frontdesk::domain::staff::Role::Receptionist,
            ..crate::support::somebody("Ben")
        };
        let refused =
            desk.store.clone().acting(identity).permit(frontdesk::domain::permission::Deed::ReadAudit);
        assert!(refused.is_err(), "{n}");
    }
    desk.store.write_notes().await.unwrap();
    assert_eq!(desk.count("audit_log WHERE action = 'refused'").await, 200);
    let gap = desk.rows("SELECT detail FROM audit_log WHERE action = 'audit.gap'").await;
    assert_eq!(gap, [r#"{"lost":50}"#]);
    whole(&verified(desk).await);
    assert!(desk.place.backend == Backend::Sqlite || desk.count("audit_log WHERE seq IS NULL").await == 0);
}

/// A commit that had been given up for lost and came after its desk had asked where its chain ends, as the
/// database shows it: the next place is taken, and the desk knows the one before.
async fn a_place_that_is_taken_after_all_stops_nobody(desk: &Desk<'_>) {
    desk.patient("John Smith").await;
    let (chain, _) = longest(desk).await;
    let columns = "at, actor, action, record, record_id, detail, staff_id, host, os_user, patient_id, desk";
    let copy = format!(
        "INSERT INTO audit_log ({columns}, seq, hash) SELECT {columns}, seq + 1, hash FROM audit_log \
         WHERE desk = '{chain}' ORDER BY seq DESC LIMIT 1"
    );
    desk.sql(&copy).await;
    desk.sql(&format!("UPDATE audit_chains SET seq = seq + 1 WHERE desk = '{chain}'")).await;
    // Each kind of write, one after the other.
    let patient = desk.patient("Ana Ruiz").await;
    assert!(desk.store.patient(patient.id).await.unwrap().is_some());
    let doctor = desk.doctor("Dr. Lee").await;
    desk.booked(doctor, patient.id, "2026-12-01T09:00", 30).await;
}
