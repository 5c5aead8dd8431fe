//! Connections that break, futures that are dropped, locks that are held: nothing that was
//! acknowledged is lost, nothing is done twice, and no error tells a patient's data.

use std::cell::Cell;
use std::pin::pin;
use std::time::{Duration, Instant};

use frontdesk::domain::appointment::Status;
use frontdesk::domain::booking::{Intent, Outcome};
use frontdesk::domain::clock::WALL_FORMAT;
use frontdesk::domain::doctor::DoctorDetails;
use frontdesk::domain::ids::{AppointmentId, DoctorId, PatientId};
use frontdesk::domain::patient::PatientDetails;
use frontdesk::domain::schedule::Recurrence;
use frontdesk::store::sql::availability::Removed;
use frontdesk::store::sql::conn::{Patience, Stmt};
use frontdesk::store::{Location, Store, StoreError};

use crate::support::{
    Backend, Child, Desk, Place, Polls, at_a_desk, at_work, book, day, doctor_details, done, error, execute,
    move_to, now, on_every_database, on_every_server, open, order, order_of, origin, patient_details, wall,
};
use crate::wire::{COMMIT, Cut, Wire};

on_every_server!(at_a_desk:
    a_commit_whose_answer_is_lost_is_done_once,
    sessions_that_are_killed_lose_nothing,
    the_victim_of_a_deadlock_tries_again,
    a_lock_that_is_held_too_long_is_waited_for_again,
    a_session_that_is_killed_while_it_waits_tries_again,
    what_cannot_be_reached_says_so_without_the_password,
    a_server_that_refuses_is_said_at_once_and_one_that_takes_its_time_is_not,
);
on_every_database!(at_a_desk:
    a_request_that_is_dropped_is_done_wholly_or_not_at_all,
    a_request_waits_for_another_desks_transaction,
    a_lock_that_nobody_lets_go_is_said_in_time,
);
on_every_database!(at_a_new_desk: errors_tell_no_data);

/// The connection breaks at every kind of commit, before the server gets it and after it did it:
/// either way the request is done, and once. So it is where the connection does not break, and there
/// is only no answer.
async fn a_commit_whose_answer_is_lost_is_done_once(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let visit = desk.booked(lee, john, "2026-12-01T08:00", 30).await.visit.id;
    let wire = Wire::to(&desk.place.address());
    // Longer than any of these takes, and otherwise of no matter: what is given up is asked for again.
    let patience = Patience { write: Duration::from_millis(500), ..Patience::default() };
    let store = at_work(Store::open_with(&desk.place.through(wire.port), origin(), patience).unwrap());
    let today = now().date_naive();
    let mut cuts = 0;
    let all = [Cut::Before, Cut::After, Cut::Swallowed, Cut::Unanswered];
    for (n, cut) in all.into_iter().enumerate() {
        let mut broken = || {
            cuts += 1;
            wire.cut_at(COMMIT, 0, cut);
        };
        let at = format!("2026-12-0{}T10:00", n + 2);
        let number = 70 + u32::try_from(n).unwrap();

        broken();
        let booked = done(store.carry_out(&order(), &book(lee, john, &at, 30), None).await.unwrap());
        assert_eq!(desk.store.appointment(booked.visit.id).await.unwrap(), Some(booked));
        broken();
        let moved = at.replace("10:00", "12:00");
        let moved = done(store.carry_out(&order(), &move_to(visit, &moved), None).await.unwrap());
        assert_eq!(desk.store.appointment(visit).await.unwrap(), Some(moved));
        let status = if n % 2 == 0 { Status::Cancelled } else { Status::Scheduled };
        broken();
        let changed = store
            .carry_out(&order(), &Intent::SetStatus { id: visit, status, seen: None }, None)
            .await
            .unwrap();
        assert_eq!(done(changed).visit.status, status);
        broken();
        let details = patient_details("Mia Chen", number);
        let mia = store.register_patient(&order(), &details).await.unwrap();
        broken();
        let renamed = PatientDetails { name: "Mia Wang".into(), ..details };
        assert_eq!(store.edit_patient(&order(), &mia, &renamed).await.unwrap().details, renamed);
        broken();
        let details = doctor_details("Dr. New", number);
        store.save_doctor(&order(), None, &details, true).await.unwrap();
        broken();
        let hours = Recurrence::Exception(day("2026-12-24"));
        let times = ("09:00".parse().unwrap(), "10:00".parse().unwrap());
        let hours = store.add_hours(&order(), lee, hours, times, today).await.unwrap();
        broken();
        assert_eq!(store.remove_hours(&order(), hours.id, today).await.unwrap(), Removed::Hours(hours));
    }
    assert_eq!(wire.cuts(), cuts, "each of them was cut");
    for (what, count) in [
        ("appointments", 5),
        ("patients", 6),
        ("doctors", 5),
        ("doctor_availability", 7),
        ("name_words WHERE word = 'mia' AND uses = 4", 1),
        ("name_words WHERE word = 'chen' AND uses = 0", 1),
        ("audit_log WHERE action = 'appointment.move'", 4),
        ("audit_log WHERE action = 'hours.remove'", 4),
    ] {
        assert_eq!(desk.count(what).await, count, "{what}");
    }
    let written = desk.count("audit_log WHERE action NOT IN ('visit.open', 'audit.witness')").await;
    assert_eq!(written, desk.count("idempotency_keys").await);
    let found = desk.find("mia wang").await;
    assert_eq!(found, ["Mia Wang"; 4]);
}

/// An administrator's KILL, again and again, wherever the sessions are at that moment.
async fn sessions_that_are_killed_lose_nothing(desk: &Desk<'_>) {
    const KILLS: u32 = 40;
    let (lee, john, ana) = desk.people().await;
    let store = desk.place.store();
    let (booked, killed, finished) = (Cell::new(0), Cell::new(0), Cell::new(false));
    let bookings = async {
        let mut told = Vec::new();
        for n in 0.. {
            if killed.get() >= KILLS || n > 20 * KILLS {
                break;
            }
            let patient = if n % 2 == 0 { john } else { ana };
            let at = wall("2026-12-01T06:00") + chrono::TimeDelta::minutes(i64::from(n) * 30);
            let intent = book(lee, patient, &at.format(WALL_FORMAT).to_string(), 30);
            // A desk that is told of a broken connection asks again under the same key.
            let order = order_of(&format!("killed-{n}"));
            let mut asked = 0;
            let outcome = loop {
                match store.carry_out(&order, &intent, None).await {
                    Ok(outcome) => break outcome,
                    Err(error) => assert!(error.is_outage() && asked < 20, "{error:?}"),
                }
                asked += 1;
            };
            told.push(done(outcome).visit.id);
            booked.set(n + 1);
        }
        finished.set(true);
        told
    };
    let killer = async {
        let database = desk.rows("SELECT DATABASE()").await;
        while !finished.get() {
            for line in desk.rows("SHOW PROCESSLIST").await {
                let cells: Vec<&str> = line.split('|').collect();
                let ours = cells[3] == database[0] && !line.contains("SHOW PROCESSLIST");
                // So that the desk gets on, it is let off after a few.
                if ours && killed.get() < 3 * (booked.get() + 1) {
                    // It may have ended by itself.
                    killed.set(
                        killed.get() + u32::from(desk.try_sql(&format!("KILL {}", cells[0])).await.is_ok()),
                    );
                }
            }
        }
    };
    let (told, ()) = tokio::join!(bookings, killer);
    assert!(killed.get() >= KILLS, "{} sessions were killed", killed.get());
    let stand: Vec<AppointmentId> = desk
        .rows("SELECT record_id FROM idempotency_keys k JOIN appointments a ON a.id = k.record_id WHERE action = 'appointment.book' ORDER BY a.appointment_time")
        .await
        .iter()
        .map(|id| AppointmentId(id.parse().unwrap()))
        .collect();
    assert_eq!(stand, told, "each that was told stands, once");
    assert_eq!(desk.count("appointments").await, told.len(), "and no other");
}

/// Dropped at every point at which a request can wait, it leaves nothing half done, and no open
/// transaction to whoever uses the connection next.
async fn a_request_that_is_dropped_is_done_wholly_or_not_at_all(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    // The long way to a server, so that every answer is waited for.
    let store = if desk.place.backend == Backend::Sqlite {
        desk.store.clone()
    } else {
        let wire = Wire::to(&desk.place.address());
        open(&desk.place.through(wire.port))
    };
    let mut times = (0..).map(|n| wall("2026-12-01T00:00") + chrono::TimeDelta::minutes(15 * n));
    let mut next = || times.next().unwrap().format(WALL_FORMAT).to_string();
    let (mut acknowledged, mut dropped) = (0, 0);
    for n in 0..36 {
        let (order, intent) = (order_of(&format!("dropped-{n}")), book(lee, john, &next(), 15));
        match Polls::of(1 + n % 12, store.carry_out(&order, &intent, None)).await {
            Some(outcome) => {
                done(outcome.unwrap());
                acknowledged += 1;
            }
            None => dropped += 1,
        }
        // Whoever comes next gets the connection. What they are told of is there for others.
        let after = store.carry_out(&crate::support::order(), &book(lee, ana, &next(), 15), None).await;
        let after = done(after.unwrap()).visit.id;
        acknowledged += 1;
        assert_eq!(desk.count(&format!("appointments WHERE id = {after}")).await, 1, "after {n}");
    }
    assert!(dropped > 6, "{dropped} were dropped under way");
    let kept = desk.count("idempotency_keys WHERE idempotency_key LIKE 'dropped-%'").await;
    assert_eq!(desk.count(&format!("appointments WHERE patient_id = {john}")).await, kept);
    assert_eq!(
        desk.count("audit_log WHERE action = 'appointment.book'").await,
        desk.count("appointments").await
    );
    assert!(desk.count("appointments").await >= acknowledged);
    // No lock is left behind either.
    desk.sql("UPDATE calendar_days SET version = version + 1").await;
}

/// A transaction of another desk, here of another process, has what the request needs first.
async fn a_request_waits_for_another_desks_transaction(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let mut other = desk.place.db().acquire().await.unwrap();
    other.begin().await.unwrap();
    let write = "UPDATE calendar_days SET version = version + 1 WHERE day = '2026-12-01'";
    assert_eq!(other.run(Stmt::new(write)).await.unwrap().rows, 1);
    let insert = "INSERT INTO appointments (doctor_id, patient_id, appointment_time) VALUES (?, ?, ?)";
    let insert = Stmt::new(insert).bind(lee).bind(john).bind(wall("2026-12-01T09:00"));
    other.run(insert).await.unwrap();
    let mut request = pin!(desk.book(lee, ana, "2026-12-01T09:30", 30));
    let early = tokio::time::timeout(Duration::from_millis(200), &mut request).await;
    assert!(early.is_err(), "it does not go past the lock: {early:?}");
    other.commit().await.unwrap();
    // And it sees what the other did.
    let Outcome::Refused(verdict) = request.await else { panic!("it stands over the other") };
    assert_eq!(verdict.conflicts[0].kind(), "doctor_busy");
}

/// Not after a dozen waits of five seconds each.
async fn a_lock_that_nobody_lets_go_is_said_in_time(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let mut other = desk.place.db().acquire().await.unwrap();
    other.begin().await.unwrap();
    other.run(Stmt::new("UPDATE calendar_days SET version = version + 1")).await.unwrap();
    let begun = Instant::now();
    let intent = book(lee, john, "2026-12-01T09:00", 30);
    let busy = error(desk.store.carry_out(&order(), &intent, None).await);
    assert!(matches!(busy, StoreError::Busy(_)), "{busy:?}");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    other.rollback().await;
    assert_eq!(desk.count("appointments").await, 0);
}

/// A desk of another process holds the file, and lets it go.
#[test]
fn a_request_waits_for_another_process() {
    let name = "faults::a_request_waits_for_another_process";
    if let Some(path) = Child::task() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        return runtime.block_on(async {
            let db = frontdesk::store::sql::conn::Db::open(&Location::File(path.into())).unwrap();
            let mut conn = db.acquire().await.unwrap();
            conn.begin().await.unwrap();
            Child::ready_and_wait();
            conn.commit().await.unwrap();
        });
    }
    at_a_desk(Backend::Sqlite, async |desk| {
        let (lee, john, _) = desk.people().await;
        let mut child = Child::start(name, &desk.place.file().display().to_string());
        child.await_ready();
        let mut request = pin!(desk.book(lee, john, "2026-12-01T09:00", 30));
        let early = tokio::time::timeout(Duration::from_millis(200), &mut request).await;
        assert!(early.is_err(), "{early:?}");
        // Reading goes on meanwhile.
        assert!(desk.store.day(day("2026-12-01")).await.unwrap().visits.is_empty());
        child.go();
        done(request.await);
        assert!(child.wait().success());
    });
}

/// What the servers say that sessions of this database are doing.
async fn doing(desk: &Desk<'_>, what: &str) -> bool {
    let database = desk.rows("SELECT DATABASE()").await;
    let list = desk.rows("SHOW FULL PROCESSLIST").await;
    list.iter().any(|line| line.contains(&database[0]) && line.contains(what))
}

/// For how many seconds a desk has been waiting for a day.
async fn waited(desk: &Desk<'_>) -> Option<u32> {
    let database = desk.rows("SELECT DATABASE()").await;
    let list = desk.rows("SHOW FULL PROCESSLIST").await;
    let line = list.iter().find(|line| line.contains(&database[0]) && line.contains(WAITING))?;
    line.split('|').nth(5)?.parse().ok()
}

const WAITING: &str = "|INSERT INTO calendar_days";

async fn the_victim_of_a_deadlock_tries_again(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let mut other = desk.place.db().acquire().await.unwrap();
    other.begin().await.unwrap();
    // So much that the server will rather undo the desk's transaction.
    for n in 0..200 {
        let word = Stmt::new("INSERT INTO name_words (word, uses) VALUES (?, 1)").bind(format!("word{n}"));
        other.run(word).await.unwrap();
    }
    let second = "UPDATE calendar_days SET version = version + 1 WHERE day = '2026-12-02'";
    let first = "UPDATE calendar_days SET version = version + 1 WHERE day = '2026-12-01'";
    other.run(Stmt::new(second)).await.unwrap();
    let over_midnight = async { desk.book(lee, john, "2026-12-01T23:30", 60).await };
    let in_its_way = async {
        while !doing(desk, WAITING).await {}
        // The desk has the first day and waits for the second: now this waits for the first.
        other.run(Stmt::new(first)).await.expect("the desk is the victim");
        other.commit().await.unwrap();
    };
    let (outcome, ()) = tokio::join!(over_midnight, in_its_way);
    done(outcome);
    assert_eq!(desk.count("appointments").await, 1);
}

async fn a_lock_that_is_held_too_long_is_waited_for_again(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let mut other = desk.place.db().acquire().await.unwrap();
    other.begin().await.unwrap();
    other
        .run(Stmt::new("UPDATE calendar_days SET version = version + 1 WHERE day = '2026-12-01'"))
        .await
        .unwrap();
    let request = async { desk.book(lee, john, "2026-12-01T09:00", 30).await };
    let holder = async {
        // Until the server has given up on the desk once, which then is not waiting, or not for long.
        let mut longest = 0;
        loop {
            match waited(desk).await {
                Some(seconds) if seconds + 2 <= longest => break,
                Some(seconds) => longest = longest.max(seconds),
                None if longest >= 4 => break,
                None => {}
            }
        }
        other.commit().await.unwrap();
    };
    let (outcome, ()) = tokio::join!(request, holder);
    done(outcome);
    assert_eq!(desk.count("appointments").await, 1);
}

async fn a_session_that_is_killed_while_it_waits_tries_again(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    for kill in ["KILL", "KILL QUERY"] {
        let mut other = desk.place.db().acquire().await.unwrap();
        other.begin().await.unwrap();
        let lock = "UPDATE calendar_days SET version = version + 1 WHERE day = '2026-12-01'";
        other.run(Stmt::new(lock)).await.unwrap();
        let request = async { desk.book(lee, john, "2026-12-01T09:00", 30).await };
        let killer = async {
            while !doing(desk, WAITING).await {}
            let database = desk.rows("SELECT DATABASE()").await;
            let list = desk.rows("SHOW FULL PROCESSLIST").await;
            let waits = |line: &&String| line.contains(&database[0]) && line.contains(WAITING);
            let session = list.iter().find(waits).unwrap().split('|').next().unwrap();
            desk.sql(&format!("{kill} {session}")).await;
            other.commit().await.unwrap();
        };
        let (outcome, ()) = tokio::join!(request, killer);
        let visit = done(outcome).visit;
        done(desk.set_status(visit.id, Status::Cancelled).await);
    }
    assert_eq!(desk.count("appointments").await, 2);
}

async fn a_server_that_refuses_is_said_at_once_and_one_that_takes_its_time_is_not(desk: &Desk<'_>) {
    let begun = Instant::now();
    let away = open(&Location::Server("mysql://ana@127.0.0.1:1/clinic".to_owned().into()));
    let refused = error(away.ensure_current().await);
    assert!(matches!(refused, StoreError::Unreachable(_)), "{refused:?}");
    assert!(begun.elapsed() < Duration::from_secs(2), "not after the pool's 3 s: {:?}", begun.elapsed());
    // One that is slow to greet is asked a second time, and then both connections stand.
    let wire = Wire::slow_at_first(&desk.place.address());
    let slow = open(&desk.place.through(wire.port));
    slow.ensure_current().await.unwrap();
    slow.close().await;
}

async fn what_cannot_be_reached_says_so_without_the_password(desk: &Desk<'_>) {
    let address = desk.place.address();
    for (url, why) in [
        ("mysql://ana:Zebra@127.0.0.1:1/clinic".to_owned(), "cannot be reached"),
        (format!("mysql://nobody:Zebra@{address}/clinic"), "refused the sign-in"),
        ("mysql://ana:Zebra@".to_owned(), ""),
        ("Zebra".to_owned(), "expected mysql://"),
    ] {
        let url_stands = url.ends_with("/clinic");
        let location = Location::Server(url.into());
        let told = match Store::open(&location, origin()) {
            Ok(store) => format!("{store:?} {:?}", error(store.ensure_current().await)),
            Err(error) => format!("{error:?} {error}"),
        };
        let kind = if url_stands { "Unreachable" } else { "Transport" };
        assert!(told.contains(why) && told.contains(kind), "{told}");
        assert!(
            !format!("{told} {location:?} {}", location.label()).contains("Zebra")
                || why.starts_with("expected"),
            "{told}"
        );
        assert!(!told.contains("Zebra"), "{told}");
    }
    let Location::Server(url) = &desk.place.location else { panic!("a server") };
    let missing = format!("{}_gone", secrecy::ExposeSecret::expose_secret(url));
    let store = open(&Location::Server(missing.into()));
    let told = error(store.ensure_current().await).to_string();
    // A desk's account is not told which databases there are.
    assert!(told.contains("or there is none of that name"), "{told}");
}

/// Marked values in every place where a desk writes, and every error that can be had with them.
async fn errors_tell_no_data(desk: &Desk<'_>) {
    const MARK: &str = "Zebra";
    let (lee, john, _) = desk.people().await;
    let (store, today) = (&desk.store, now().date_naive());
    let marked = |number: u32| PatientDetails {
        name: format!("{MARK} Smith"),
        email: format!("{MARK}{number}@example.org"),
        phone: MARK.into(),
        date_of_birth: day("1980-04-02"),
        address: Some(format!("{MARK} Street")),
    };
    let doctor = |number: u32| DoctorDetails {
        name: format!("Dr. {MARK}"),
        email: format!("dr{MARK}{number}@example.org"),
        phone: MARK.into(),
        specialization: MARK.into(),
        license_number: format!("{MARK}{number}"),
        default_minutes: None,
    };
    let kept = store.register_patient(&order(), &marked(1)).await.unwrap();
    store.save_doctor(&order(), None, &doctor(1), true).await.unwrap();
    let long = format!("{MARK}{}", "x".repeat(600));
    let noted = |patient| Intent::Book {
        patient_id: patient,
        doctor_id: lee,
        starts: wall("2026-12-01T09:00"),
        minutes: 30,
        notes: Some(format!("{MARK} has a cough")),
    };
    let mut errors: Vec<(&str, StoreError)> = Vec::new();
    let taken = marked(1);
    errors.push(("e-mail", error(store.register_patient(&order(), &taken).await)));
    for (what, details) in [
        ("name", PatientDetails { name: long.clone(), ..marked(2) }),
        ("phone", PatientDetails { phone: long.clone(), ..marked(2) }),
        ("long e-mail", PatientDetails { email: long.clone(), ..marked(2) }),
    ] {
        errors.push((what, error(store.register_patient(&order(), &details).await)));
        errors.push((what, error(store.edit_patient(&order(), &kept, &details).await)));
    }
    let stale = frontdesk::domain::patient::Patient { details: marked(9), ..kept.clone() };
    errors.push(("stale", error(store.edit_patient(&order(), &stale, &marked(2)).await)));
    errors.push(("licence", error(store.save_doctor(&order(), None, &doctor(1), true).await)));
    let details = DoctorDetails { license_number: long.clone(), ..doctor(2) };
    errors.push(("long licence", error(store.save_doctor(&order(), None, &details, true).await)));
    errors.push(("patient", error(store.carry_out(&order(), &noted(PatientId(4_000_001)), None).await)));
    if desk.place.backend != Backend::Sqlite {
        // SQLite keeps what is longer than the column says.
        errors.push(("key", error(store.carry_out(&order_of(&long), &noted(john), None).await)));
        done(store.carry_out(&order(), &noted(john), None).await.unwrap());
        errors.push(("reason", error(store.carry_out(&order(), &noted(kept.id), Some(&long)).await)));
    }
    let key = order();
    store.register_patient(&key, &marked(3)).await.unwrap();
    errors.push(("used key", error(store.carry_out(&key, &noted(john), None).await)));
    let recurrence = Recurrence::Exception(today);
    let times = ("09:00".parse().unwrap(), "10:00".parse().unwrap());
    errors.push((
        "hours",
        error(store.add_hours(&order(), DoctorId(4_000_001), recurrence, times, today).await),
    ));
    desk.sql(&format!("UPDATE clinic_settings SET value = '{MARK}' WHERE name = 'time_zone'")).await;
    errors.push(("zone", error(store.clinic().await)));
    if desk.place.backend == Backend::Sqlite {
        desk.sql(&format!("UPDATE patients SET date_of_birth = '{MARK}' WHERE id = {}", kept.id)).await;
        errors.push(("birth date", error(store.patient(kept.id).await)));
        execute(&desk.db, "DROP TABLE idempotency_keys").await;
    } else {
        execute(&desk.db, "DROP TABLE idempotency_keys").await;
    }
    errors.push(("table", error(store.register_patient(&order(), &marked(4)).await)));
    assert!(errors.len() > 12);
    for (what, error) in &errors {
        let told = format!("{error} {error:?}");
        assert!(!told.contains(MARK) && !told.contains("cough"), "{what}: {told}");
    }
    let stmt = Stmt::new("SELECT ?").bind(MARK);
    assert!(!format!("{stmt:?} {:?}", desk.store).contains(MARK));
    let place: &Place = desk.place;
    assert!(!format!("{:?}", place.location).contains(crate::place::PASSWORD));
}
