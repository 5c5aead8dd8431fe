//! What a chain says of the time and of the other chains.

use std::cell::Cell;

use chrono::TimeDelta;
use frontdesk::domain::audit::chain::Fault;
use frontdesk::domain::audit::{AuditFilter, Flag};
use frontdesk::domain::clock;
use frontdesk::domain::query::PatientQuery;
use frontdesk::store::Store;
use frontdesk::store::sql::audit::ReadFor;
use frontdesk::store::sql::trail::Origin;

use super::chain::{longest, verified, whole};
use crate::support::{Desk, at_work, book, done, now, on_every_database, order, origin};

on_every_database!(at_a_desk:
    a_clock_that_was_set_back_is_noted,
    a_chain_says_where_others_end_as_it_begins_and_each_hour,
    a_chain_names_the_last_of_many_others,
    what_waited_for_the_trail_is_no_clock_that_was_set_back,
);

async fn a_clock_that_was_set_back_is_noted(desk: &Desk<'_>) {
    fn clock() -> clock::Instant {
        // Each test has a thread of its own.
        thread_local!(static TOLD: Cell<u32> = const { Cell::new(0) });
        TOLD.set(TOLD.get() + 1);
        // An hour back after the second time it is looked at.
        now() - TimeDelta::minutes(if TOLD.get() > 2 { 60 } else { 0 })
    }
    let (_, john, ana) = desk.people().await;
    let store = at_work(Store::open(&desk.place.location, Origin { clock, ..origin() }).unwrap());
    for patient in [john, ana, john, ana] {
        store.patient(patient).await.unwrap();
    }
    let found = verified(desk).await;
    assert!(found.is_whole(), "no row was altered");
    let [finding] = found.findings.as_slice() else { panic!("{found:?}") };
    let back = (now() - TimeDelta::minutes(60)).naive_utc();
    assert_eq!(finding.fault, Fault::ClockSetBack(now().naive_utc(), back));
    assert!(finding.to_string().contains("from 2026-11-20 08:00:00 to 2026-11-20 07:00:00 UTC"), "{finding}");
    // And whoever reads the trail sees it too: at the row with which what chains say of each other came, which
    // was the first, and is not shown.
    let first = desk.rows(&format!("SELECT action FROM audit_log WHERE id = {}", finding.id.unwrap())).await;
    assert_eq!(first, ["audit.witness"]);
    let rows = desk.store.audit_rows(&AuditFilter::default(), None, 50, ReadFor::People).await.unwrap().rows;
    let flagged = rows.iter().filter(|row| !row.flags().is_empty());
    let flagged: Vec<_> = flagged.map(|row| (Some(row.id), row.flags())).collect();
    assert_eq!(flagged, [(finding.id.map(|id| id + 1), vec![Flag::ClockSetBack(now())])]);
    store.close().await;
}

thread_local! {
    /// Each test has a thread of its own.
    static LATER: Cell<i64> = const { Cell::new(0) };
}

/// But not with a booking, which does not wait for the wire once more.
async fn a_chain_says_where_others_end_as_it_begins_and_each_hour(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let (first, ids) = longest(desk).await;
    let seen = async || {
        let rows = "SELECT detail FROM audit_log WHERE action = 'audit.witness' ORDER BY id";
        let of = |row: &String| serde_json::from_str::<serde_json::Value>(row).unwrap()["chains"].clone();
        desk.rows(rows).await.iter().map(of).collect::<Vec<_>>()
    };
    assert!(seen().await.is_empty(), "there was no other");
    let clock = || now() + TimeDelta::minutes(LATER.get());
    let store = at_work(Store::open(&desk.place.location, Origin { clock, ..origin() }).unwrap());
    done(store.carry_out(&order(), &book(lee, john, "2026-12-01T09:00", 30), None).await.unwrap());
    assert!(seen().await.is_empty(), "not with a booking");
    for (later, patient, times) in [(0, john, 1), (59, ana, 1), (60, john, 2), (80, ana, 2), (-60, john, 3)] {
        LATER.set(later);
        store.patient(patient).await.unwrap();
        let seen = seen().await;
        assert_eq!(seen.len(), times, "after {later} minutes");
        let hash = desk.rows(&format!("SELECT hash FROM audit_log WHERE id = {}", ids[ids.len() - 1])).await;
        assert_eq!(seen[times - 1], serde_json::json!([[first, ids.len(), hash[0]]]));
    }
    assert!(verified(desk).await.is_whole());
    store.close().await;
}

/// And not all of them: each program that writes says it.
async fn a_chain_names_the_last_of_many_others(desk: &Desk<'_>) {
    let (_, john, _) = desk.people().await;
    for _ in 0..24 {
        let store = desk.place.store();
        store.patient(john).await.unwrap();
        store.close().await;
    }
    let began = desk.rows("SELECT desk FROM audit_chains ORDER BY desk DESC LIMIT 8").await;
    desk.sql("DELETE FROM audit_log WHERE action = 'audit.witness'").await;
    let store = desk.place.store();
    store.patient(john).await.unwrap();
    let said = desk.rows("SELECT detail FROM audit_log WHERE action = 'audit.witness'").await;
    let said: serde_json::Value = serde_json::from_str(&said[0]).unwrap();
    let named: Vec<&str> =
        said["chains"].as_array().unwrap().iter().map(|of| of[0].as_str().unwrap()).collect();
    assert_eq!(named.len(), 16);
    assert!(began.iter().all(|desk| named.contains(&desk.as_str())), "{named:?}");
    store.close().await;
}

/// It is written with the next row, before which the chain says where the others end.
async fn what_waited_for_the_trail_is_no_clock_that_was_set_back(desk: &Desk<'_>) {
    let (_, john, ana) = desk.people().await;
    let clock = || now() + TimeDelta::minutes(LATER.get());
    let store = at_work(Store::open(&desk.place.location, Origin { clock, ..origin() }).unwrap());
    for (later, patient) in [(0, john), (90, ana)] {
        LATER.set(later);
        let query = PatientQuery::parse("ana", now().date_naive());
        store.find_patients(&query, 5).await.unwrap();
        LATER.set(later + 5);
        store.patient(patient).await.unwrap();
    }
    assert_eq!(desk.count("audit_log WHERE action = 'audit.witness'").await, 2);
    assert_eq!(desk.count("audit_log WHERE action = 'patient.find'").await, 2);
    whole(&verified(desk).await);
    let rows = desk.store.audit_rows(&AuditFilter::default(), None, 50, ReadFor::People).await.unwrap().rows;
    assert!(rows.iter().all(|row| row.flags().is_empty()), "{rows:?}");
    store.close().await;
}
