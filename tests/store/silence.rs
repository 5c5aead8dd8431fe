//! Servers that say nothing any more, or nothing but no: it is said soon, no connection is lost to it,
//! and once they answer again the work goes on.

use std::time::{Duration, Instant};

use frontdesk::domain::query::PatientQuery;
use frontdesk::store::sql::conn::Patience;
use frontdesk::store::{Store, StoreError};

use crate::support::{
    Desk, at_work, book, day, done, error, now, on_every_server, open, order, origin, patient_details,
};
use crate::wire::{Cut, Wire};

on_every_server!(at_a_desk:
    a_server_that_falls_silent_is_said_to_be_away_until_it_answers_again,
    a_question_that_is_not_answered_is_given_up,
    a_day_is_asked_for_again_where_its_connection_was_forgotten,
    a_server_that_stops_amid_the_work_is_said_at_once,
    a_desk_that_vanished_does_not_keep_its_days,
);

/// Short, so that the tests are.
const BRIEF: Patience = Patience { read: Duration::from_millis(400), write: Duration::from_millis(600) };

/// Nothing passes any more, and nothing breaks either: as where a host is gone, or a firewall drops
/// what it does not know.
async fn a_server_that_falls_silent_is_said_to_be_away_until_it_answers_again(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let wire = Wire::to(&desk.place.address());
    let store = at_work(Store::open_with(&desk.place.through(wire.port), origin(), BRIEF).unwrap());
    let today = day("2026-12-01");
    let intent = book(lee, john, "2026-12-01T09:00", 30);
    let asked = order();
    done(store.carry_out(&order(), &book(lee, john, "2026-12-01T08:00", 30), None).await.unwrap());
    wire.hush(true);
    let begun = Instant::now();
    // Side by side, as a desk asks.
    let details = patient_details("Mia Chen", 60);
    let registering = order();
    let (booked, shown, registered) = tokio::join!(
        store.carry_out(&asked, &intent, None),
        store.day(today),
        store.register_patient(&registering, &details)
    );
    for error in [error(booked), error(shown), error(registered)] {
        assert!(error.is_outage(), "{error:?}");
    }
    let asked_again = error(store.carry_out(&asked, &intent, None).await);
    assert!(asked_again.is_outage(), "{asked_again:?}");
    // Twice the wait for a connection, and the patience.
    assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
    wire.hush(false);
    done(store.carry_out(&asked, &intent, None).await.unwrap());
    store.register_patient(&registering, &details).await.unwrap();
    assert_eq!(store.day(today).await.unwrap().visits.len(), 2);
    assert_eq!(desk.count("appointments").await, 2);
    assert_eq!(desk.count("patients").await, 3);
    store.close().await;
}

/// More often than there are connections: each is thrown away, and others take their places.
async fn a_question_that_is_not_answered_is_given_up(desk: &Desk<'_>) {
    let (_, john, _) = desk.people().await;
    let wire = Wire::to(&desk.place.address());
    let store = at_work(Store::open_with(&desk.place.through(wire.port), origin(), BRIEF).unwrap());
    store.patient(john).await.unwrap().unwrap();
    for cut in [Cut::Swallowed, Cut::Unanswered, Cut::Swallowed, Cut::Unanswered] {
        // Where it is prepared, or where it is asked for again.
        wire.cut_at("WHERE p.date_of_birth", 0, cut);
        let query = PatientQuery::parse("1980-04-02", now().date_naive());
        let silent = error(store.find_patients(&query, 5).await);
        assert!(matches!(&silent, StoreError::Unreachable(line) if line.contains("no answer")), "{silent:?}");
        assert_eq!(store.find_patients(&query, 5).await.unwrap().patients.len(), 2);
    }
    assert_eq!(wire.cuts(), 4);
    store.close().await;
}

/// A day's first question goes out on a connection that nobody asked first whether it stands: where a
/// firewall has forgotten that one, the server is there all the same.
async fn a_day_is_asked_for_again_where_its_connection_was_forgotten(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    desk.booked(lee, john, "2026-12-01T09:00", 30).await;
    let wire = Wire::to(&desk.place.address());
    let store = at_work(Store::open_with(&desk.place.through(wire.port), origin(), BRIEF).unwrap());
    for (n, cut) in [Cut::Swallowed, Cut::Unanswered, Cut::Before, Cut::After].into_iter().enumerate() {
        wire.cut_at("FROM calendar_days", 0, cut);
        assert_eq!(store.day(day("2026-12-01")).await.unwrap().visits.len(), 1, "{cut:?}");
        assert_eq!(wire.cuts() as usize, n + 1);
    }
    store.close().await;
}

async fn a_server_that_stops_amid_the_work_is_said_at_once(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let wire = Wire::to(&desk.place.address());
    let store = open(&desk.place.through(wire.port));
    store.patient(john).await.unwrap().unwrap();
    wire.close();
    let begun = Instant::now();
    let intent = book(lee, john, "2026-12-01T09:00", 30);
    let asked = order();
    let (read, booked) = tokio::join!(store.patient(john), store.carry_out(&asked, &intent, None));
    for error in [error(read), error(booked)] {
        assert!(error.is_outage(), "{error:?}");
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "not after the pool's 3 s: {:?}", begun.elapsed());
    wire.open_again();
    store.patient(john).await.unwrap().unwrap();
    done(store.carry_out(&asked, &intent, None).await.unwrap());
    store.close().await;
}

/// Where its host went away amid a transaction, the server hears of nothing: it ends the session by
/// itself, and with it the locks, which it would by default after eight hours.
async fn a_desk_that_vanished_does_not_keep_its_days(desk: &Desk<'_>) {
    assert_eq!(desk.rows("SELECT @@SESSION.wait_timeout").await, ["60"]);
}
