//! What happens to the same days, the same doctor and the same key at one moment: neither passes the
//! other unseen.

use std::pin::pin;
use std::time::Duration;

use frontdesk::domain::appointment::Status;
use frontdesk::domain::booking::{Intent, Outcome};
use frontdesk::domain::schedule::Recurrence;
use frontdesk::store::StoreError;
use frontdesk::store::sql::conn::Stmt;

use crate::support::{Desk, book, day, done, move_to, now, on_every_database, order, order_of};

on_every_database!(at_a_desk:
    a_change_of_hours_and_a_booking_do_not_pass_each_other_unseen,
    a_doctor_who_leaves_and_a_booking_do_not_pass_each_other_unseen,
    one_key_at_two_desks_at_once_is_one_request_wherever_they_want_it,
);

/// Either waits for the other, and then sees what it did.
async fn a_change_of_hours_and_a_booking_do_not_pass_each_other_unseen(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let today = now().date_naive();
    let write = "UPDATE calendar_days SET version = version + 1 WHERE day = '2026-12-01'";
    let patience = Duration::from_millis(200);

    let mut other = desk.place.db().acquire().await.unwrap();
    other.begin().await.unwrap();
    other.run(Stmt::new(write)).await.unwrap();
    let close = Stmt::new(
        "INSERT INTO doctor_availability (doctor_id, day_of_week, start_time, end_time, is_recurring, exception_date) \
         VALUES (?, 'Tue', '00:00:00', '00:00:00', FALSE, '2026-12-01')",
    );
    other.run(close.bind(lee)).await.unwrap();
    let mut booking = pin!(desk.book(lee, john, "2026-12-01T09:00", 30));
    assert!(tokio::time::timeout(patience, &mut booking).await.is_err(), "the booking waits");
    other.commit().await.unwrap();
    let Outcome::Refused(verdict) = booking.await else { panic!("it stands in closed hours") };
    assert_eq!(verdict.conflicts[0].kind(), "closed");

    other.begin().await.unwrap();
    other.run(Stmt::new(write)).await.unwrap();
    // Of the evening before, which may run into the day.
    let recurrence = Recurrence::Exception(day("2026-11-30"));
    let times = ("22:00".parse().unwrap(), "23:00".parse().unwrap());
    let asked = order();
    let mut change = pin!(desk.store.add_hours(&asked, lee, recurrence, times, today));
    assert!(tokio::time::timeout(patience, &mut change).await.is_err(), "the change waits");
    other.commit().await.unwrap();
    change.await.unwrap();
    assert_eq!(desk.count("doctor_availability WHERE exception_date IS NOT NULL").await, 2);
}

/// The same with whether the doctor sees patients at all.
async fn a_doctor_who_leaves_and_a_booking_do_not_pass_each_other_unseen(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let visit = desk.booked(lee, john, "2026-12-02T09:00", 30).await.visit.id;
    done(desk.set_status(visit, Status::Cancelled).await);
    let silva = desk.doctor("Dr. Silva").await;
    let theirs = desk.booked(silva, john, "2026-12-03T09:00", 30).await.visit.id;
    let patience = Duration::from_millis(200);

    let mut other = desk.place.db().acquire().await.unwrap();
    other.begin().await.unwrap();
    // As it is written: the days, and then the doctor.
    other.run(Stmt::new("UPDATE calendar_days SET version = version + 1")).await.unwrap();
    other.run(Stmt::new("UPDATE doctors SET is_active = FALSE WHERE id = ?").bind(lee)).await.unwrap();
    let to_lee = Intent::Reschedule { id: theirs, doctor_id: Some(lee), starts: None, minutes: None };
    let intents = [
        book(lee, john, "2026-12-02T10:00", 30),
        Intent::SetStatus { id: visit, status: Status::Scheduled, seen: None },
        to_lee,
    ];
    let orders = [order(), order(), order()];
    let ask = |n: usize| desk.store.carry_out(&orders[n], &intents[n], None);
    // Together to the end: one that has begun and is not asked on would keep the file from the others.
    let mut asked = pin!(async { tokio::join!(ask(0), ask(1), ask(2)) });
    assert!(tokio::time::timeout(patience, &mut asked).await.is_err(), "they wait");
    other.commit().await.unwrap();
    let (booked, reinstated, moved) = asked.await;
    for outcome in [booked, reinstated, moved] {
        let Outcome::Refused(verdict) = outcome.unwrap() else { panic!("with a doctor who left") };
        assert!(verdict.conflicts.iter().any(|conflict| conflict.kind() == "inactive_doctor"));
    }

    // And who leaves waits for a booking that is under way.
    let silva = desk.store.doctor(silva).await.unwrap().unwrap();
    other.begin().await.unwrap();
    let write = "UPDATE calendar_days SET version = version + 1 WHERE day = '2026-12-03'";
    other.run(Stmt::new(write)).await.unwrap();
    let leaving = order();
    let mut left = pin!(desk.store.save_doctor(&leaving, Some(&silva), &silva.details, false));
    assert!(tokio::time::timeout(patience, &mut left).await.is_err(), "it waits");
    other.commit().await.unwrap();
    assert!(!left.await.unwrap().is_active);
}

/// Nothing but the key is in each other's way: other doctors, patients and days.
async fn one_key_at_two_desks_at_once_is_one_request_wherever_they_want_it(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let silva = desk.doctor("Dr. Silva").await;
    let other = desk.place.store();
    for n in 0..8 {
        let key = order_of(&format!("book-{n}"));
        let (here, there) = (format!("2026-12-01T{:02}:00", n + 8), format!("2026-12-02T{:02}:00", n + 8));
        let (here, there) = (book(lee, john, &here, 30), book(silva, ana, &there, 30));
        let (a, b) =
            tokio::join!(desk.store.carry_out(&key, &here, None), other.carry_out(&key, &there, None));
        let repeated = [a, b].map(|outcome| match outcome.unwrap() {
            Outcome::Done { appointment, repeated, .. } => (appointment.visit.id, repeated),
            Outcome::Refused(verdict) => panic!("{verdict:?}"),
        });
        assert_eq!(repeated[0].0, repeated[1].0, "the same visit");
        assert_ne!(repeated[0].1, repeated[1].1, "one of them booked it");
    }
    assert_eq!(desk.count("appointments").await, 8);
    let one = desk.booked(lee, john, "2026-12-03T09:00", 30).await.visit;
    let two = desk.booked(silva, ana, "2026-12-04T09:00", 30).await.visit;
    let key = order_of("moved");
    let (to_ten, to_noon) = (move_to(one.id, "2026-12-03T10:00"), move_to(two.id, "2026-12-04T12:00"));
    let (a, b) =
        tokio::join!(desk.store.carry_out(&key, &to_ten, None), other.carry_out(&key, &to_noon, None));
    let went = [a.is_ok(), b.is_ok()];
    assert!(went[0] != went[1], "the key is of one of them: {a:?} {b:?}");
    for outcome in [a, b] {
        assert!(matches!(outcome, Ok(_) | Err(StoreError::KeyUsed)), "{outcome:?}");
    }
    let stand = [one, two].map(|visit| (visit.id, visit.starts));
    for ((id, starts), went) in stand.into_iter().zip(went) {
        let now = desk.store.appointment(id).await.unwrap().unwrap().visit;
        assert_eq!(now.starts != starts, went, "moved if and only if that was said");
    }
    assert_eq!(desk.count("idempotency_keys WHERE idempotency_key = 'moved'").await, 1);
    other.close().await;
}
