//! Hours: weekly, exceptions, and what they mean for a booking.

use chrono::Weekday;
use frontdesk::domain::booking::Outcome;
use frontdesk::domain::ids::{AvailabilityId, DoctorId};
use frontdesk::domain::schedule::Recurrence;
use frontdesk::store::StoreError;
use frontdesk::store::sql::availability::Removed;

use crate::support::{Desk, day, error, kinds, now, on_every_database, order, order_of, refused};

on_every_database!(at_a_desk:
    hours_stand_as_they_were_written,
    hours_decide_what_can_be_booked,
    rows_that_never_count_are_left_alone,
    hours_are_removed,
    the_same_key_adds_hours_once,
    hours_in_each_others_way_are_refused,
    of_hours_in_each_others_way_one_is_added,
    what_does_not_exist_is_named,
);

async fn hours_stand_as_they_were_written(desk: &Desk<'_>) {
    let lee = desk.doctor_without_hours("Dr. Lee").await;
    desk.weekly(lee, "Sun", "00:00", "24:00").await;
    desk.weekly(lee, "Mon", "22:00", "06:30").await;
    desk.exception(lee, "2026-12-24", "09:00", "12:00").await;
    desk.exception(lee, "2026-12-25", "00:00", "00:00").await;
    let rows = desk
        .rows(
            "SELECT day_of_week, CAST(start_time AS CHAR(10)), CAST(end_time AS CHAR(10)), is_recurring, exception_date \
             FROM doctor_availability ORDER BY id",
        )
        .await;
    assert_eq!(
        rows,
        [
            "Sun|00:00:00|24:00:00|1|NULL",
            "Mon|22:00:00|06:30:00|1|NULL",
            "Thu|09:00:00|12:00:00|0|2026-12-24",
            "Fri|00:00:00|00:00:00|0|2026-12-25",
        ]
    );
    let shown = async |from| {
        let schedule = desk.store.hours(lee, day(from)).await.unwrap();
        let mut lines: Vec<_> = schedule
            .rows()
            .iter()
            .map(|row| format!("{:?} {}-{}", row.recurrence, row.start, row.end))
            .collect();
        lines.sort();
        lines
    };
    let weekly = ["Weekly(Mon) 22:00-06:30", "Weekly(Sun) 00:00-24:00"];
    let exceptions = ["Exception(2026-12-24) 09:00-12:00", "Exception(2026-12-25) 00:00-00:00"];
    assert_eq!(shown("2026-12-24").await, [exceptions, weekly].concat());
    assert_eq!(shown("2026-12-26").await, weekly, "past exceptions are left out");
    let trail = desk
        .rows("SELECT action, detail FROM audit_log WHERE record = 'doctor_availability' ORDER BY id")
        .await;
    assert_eq!(trail.len(), 4);
    assert!(trail[3].starts_with("hours.add|") && trail[3].contains("2026-12-25"), "{trail:?}");
}

async fn hours_decide_what_can_be_booked(desk: &Desk<'_>) {
    let lee = desk.doctor_without_hours("Dr. Lee").await;
    let john = desk.patient("John Smith").await.id;
    desk.weekly(lee, "Tue", "09:00", "12:00").await;
    desk.weekly(lee, "Tue", "13:00", "24:00").await;
    desk.weekly(lee, "Wed", "00:00", "02:00").await;
    desk.weekly(lee, "Thu", "22:00", "06:00").await;
    desk.exception(lee, "2026-12-08", "10:00", "11:00").await;
    desk.exception(lee, "2026-12-15", "00:00", "00:00").await;
    for (at, minutes, open) in [
        ("2026-12-01T09:00", 180, true),
        ("2026-12-01T11:30", 60, false), // into the lunch break
        ("2026-12-01T08:59", 60, false),
        ("2026-12-01T23:00", 120, true), // over midnight, where two sessions meet
        ("2026-12-02T01:30", 60, false),
        ("2026-12-03T23:30", 60, true), // a session that runs past midnight
        ("2026-12-04T05:30", 30, true),
        ("2026-12-04T05:30", 60, false),
        ("2026-12-08T10:00", 60, true),  // the exception
        ("2026-12-08T09:00", 60, false), // in place of the week's hours
        ("2026-12-15T09:00", 60, false), // closed by an exception
        ("2026-12-22T09:00", 60, true),  // the week after it
    ] {
        match desk.book(lee, john, at, minutes).await {
            Outcome::Done { appointment, .. } => {
                assert!(open, "{at} stands: {appointment:?}");
                desk.sql("DELETE FROM appointments").await;
            }
            Outcome::Refused(verdict) => {
                assert!(!open, "{at}: {verdict:?}");
                assert_eq!(kinds(&verdict), ["closed"], "{at}");
            }
        }
    }
}

async fn rows_that_never_count_are_left_alone(desk: &Desk<'_>) {
    let lee = desk.doctor_without_hours("Dr. Lee").await;
    let john = desk.patient("John Smith").await.id;
    // Neither weekly nor of a date; and one whose flag an older program left out.
    desk.sql(&format!(
        "INSERT INTO doctor_availability (doctor_id, day_of_week, start_time, end_time, is_recurring, exception_date) VALUES \
         ({lee}, 'Tue', '09:00:00', '10:00:00', FALSE, NULL), ({lee}, 'Tue', '14:00:00', '15:00:00', NULL, NULL)"
    ))
    .await;
    assert_eq!(kinds(&refused(desk.book(lee, john, "2026-12-01T09:00", 30).await)), ["closed"]);
    desk.booked(lee, john, "2026-12-01T14:00", 30).await;
    assert_eq!(desk.store.hours(lee, day("2026-12-01")).await.unwrap().rows().len(), 1);
    let board = desk.store.day(day("2026-12-01")).await.unwrap();
    assert_eq!(board.schedules[&lee].rows().len(), 1);
}

async fn hours_are_removed(desk: &Desk<'_>) {
    let lee = desk.doctor_without_hours("Dr. Lee").await;
    let john = desk.patient("John Smith").await.id;
    let tuesday = desk.weekly(lee, "Tue", "09:00", "12:00").await;
    let closed = desk.exception(lee, "2026-12-08", "00:00", "00:00").await;
    let stands = desk.booked(lee, john, "2026-12-01T09:00", 30).await;
    let today = now().date_naive();
    let Removed::Hours(removed) = desk.store.remove_hours(&order(), tuesday, today).await.unwrap() else {
        panic!("it can be read")
    };
    assert_eq!((removed.id, removed.recurrence), (tuesday, Recurrence::Weekly(Weekday::Tue)));
    assert_eq!(kinds(&refused(desk.book(lee, john, "2026-12-01T10:00", 30).await)), ["closed"]);
    assert_eq!(desk.store.appointment(stands.visit.id).await.unwrap(), Some(stands), "visits stay");
    desk.store.remove_hours(&order(), closed, today).await.unwrap();
    assert!(desk.store.hours(lee, day("2026-12-01")).await.unwrap().rows().is_empty());
    assert_eq!(desk.count("audit_log WHERE action = 'hours.remove'").await, 2);
    let again = error(desk.store.remove_hours(&order(), tuesday, today).await);
    assert!(matches!(again, StoreError::Missing { what: "row of hours", .. }), "{again:?}");
}

async fn the_same_key_adds_hours_once(desk: &Desk<'_>) {
    let lee = desk.doctor_without_hours("Dr. Lee").await;
    let times = ("09:00".parse().unwrap(), "12:00".parse().unwrap());
    let add = async || {
        let recurrence = Recurrence::Weekly(Weekday::Tue);
        desk.store.add_hours(&order_of("h"), lee, recurrence, times, now().date_naive()).await.unwrap()
    };
    assert_eq!(add().await, add().await);
    assert_eq!(desk.count("doctor_availability").await, 1);
}

async fn hours_in_each_others_way_are_refused(desk: &Desk<'_>) {
    let (lee, okafor) =
        (desk.doctor_without_hours("Dr. Lee").await, desk.doctor_without_hours("Dr. Okafor").await);
    let today = now().date_naive();
    let (tuesday, eve) = (Recurrence::Weekly(Weekday::Tue), Recurrence::Exception(day("2026-12-24")));
    let times = |start: &str, end: &str| (start.parse().unwrap(), end.parse().unwrap());
    let add = async |on, start, end| desk.store.add_hours(&order(), lee, on, times(start, end), today).await;
    let morning = add(tuesday, "09:00", "12:00").await.unwrap();
    let closed = add(eve, "00:00", "00:00").await.unwrap();
    // A gap, another weekday's, another doctor's, and an exception in the week's place are none.
    add(tuesday, "12:00", "17:00").await.unwrap();
    add(Recurrence::Exception(day("2026-12-01")), "09:00", "12:00").await.unwrap();
    desk.store.add_hours(&order(), okafor, tuesday, times("09:00", "12:00"), today).await.unwrap();
    let (rows, days) =
        (desk.count("doctor_availability").await, desk.rows("SELECT * FROM calendar_days").await);
    for (on, start, end, other) in [
        (tuesday, "11:59", "13:00", morning),
        (tuesday, "09:00", "12:00", morning),
        (Recurrence::Weekly(Weekday::Mon), "22:00", "09:01", morning),
        (eve, "09:00", "12:00", closed),
        (eve, "00:00", "00:00", closed),
    ] {
        let refused = error(add(on, start, end).await);
        assert!(matches!(&refused, StoreError::HoursInTheWay(row) if *row == other), "{refused:?}");
    }
    assert_eq!(desk.count("doctor_availability").await, rows);
    assert_eq!(desk.rows("SELECT * FROM calendar_days").await, days, "nothing half-made");
    let line = error(add(tuesday, "11:00", "13:00").await).to_string();
    assert!(line.contains(&format!("row #{} is in the way: Tue 09:00-12:00", morning.id)), "{line}");
    // What another program wrote so stays readable, and is named.
    desk.sql(&format!("INSERT INTO doctor_availability (doctor_id, day_of_week, start_time, end_time) VALUES ({okafor}, 'Tue', '11:00:00', '14:00:00')")).await;
    assert_eq!(desk.store.hours(okafor, today).await.unwrap().rows().len(), 2);
    let pairs = desk.store.census().await.unwrap().contradicting_hours;
    assert_eq!(pairs.len(), 1);
    desk.store.remove_hours(&order(), pairs[0].1, today).await.unwrap();
    assert_eq!(desk.store.census().await.unwrap().contradicting_hours, []);
}

async fn of_hours_in_each_others_way_one_is_added(desk: &Desk<'_>) {
    let lee = desk.doctor_without_hours("Dr. Lee").await;
    let today = now().date_naive();
    let times = |start: &str, end: &str| (start.parse().unwrap(), end.parse().unwrap());
    let other = desk.place.store();
    let (tuesday, wednesday) = (Recurrence::Weekly(Weekday::Tue), Recurrence::Weekly(Weekday::Wed));
    let (mine, theirs) = (order(), order());
    let (one, two) = tokio::join!(
        desk.store.add_hours(&mine, lee, tuesday, times("22:00", "06:00"), today),
        other.add_hours(&theirs, lee, wednesday, times("05:00", "08:00"), today),
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    assert_eq!(desk.count("doctor_availability").await, 1);
}

async fn what_does_not_exist_is_named(desk: &Desk<'_>) {
    let times = ("09:00".parse().unwrap(), "12:00".parse().unwrap());
    let today = now().date_naive();
    let recurrence = Recurrence::Exception(today);
    let nobody = error(desk.store.add_hours(&order(), DoctorId(4_000_001), recurrence, times, today).await);
    assert!(matches!(nobody, StoreError::Missing { what: "doctor", id: 4_000_001 }), "{nobody:?}");
    let nothing = error(desk.store.remove_hours(&order(), AvailabilityId(4_000_002), today).await);
    assert!(matches!(nothing, StoreError::Missing { what: "row of hours", id: 4_000_002 }), "{nothing:?}");
    assert_eq!(desk.count("calendar_days").await, 0);
}
