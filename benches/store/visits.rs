//! The day of all doctors, and booking.

use std::time::Instant;

use chrono::Days;
use frontdesk::app::screens::board::View;
use frontdesk::domain::booking::{Intent, Outcome as Booked};
use frontdesk::domain::ids::PatientId;
use frontdesk::store::Store;
use frontdesk::store::sql::history::Order;
use frontdesk::store::sql::openings::{OpeningQuery, Wanted};

use crate::common::bare::Bare;
use crate::common::data::{Outcome, now, today};
use crate::common::figures::{Bound, Times, line};

/// How often a day is read.
const DAYS: u64 = 150;
/// How many visits are booked in either way.
const BOOKINGS: usize = 400;

pub async fn day(server: &'static str, store: &Store, bare: &mut Bare) -> Outcome<bool> {
    let [mut ours, mut records, mut index, mut named] = [const { Times::new() }; 4];
    let mut visits = 0;
    // A desk asks several things as it opens, and has as many connections from then on.
    let (_, _) = tokio::try_join!(store.day(today()), store.doctors())?;
    for n in 0..DAYS {
        let date = today() + Days::new(5 + n * 7 % 80);
        let started = Instant::now();
        let covered = bare.visits(date, 1).await?.len();
        let index_took = started.elapsed();
        // As the desk does: the day, and the names of those in sight.
        let view = View {
            filter: String::new(),
            all: false,
            zone: store.zone(),
            doctor: None,
            left: usize::try_from(n)?,
            size: (120, 40),
        };
        let started = Instant::now();
        let day = store.day_in_sight(date, |day| view.unnamed(day)).await?;
        let ours_took = started.elapsed();
        let started = Instant::now();
        let all = bare.named_visits(date).await?.len();
        let named_took = started.elapsed();
        let started = Instant::now();
        let recorded = store.appointments_of_day(date, None).await?.len();
        let records_took = started.elapsed();
        visits = day.visits.len();
        assert!([covered, all, recorded] == [visits; 3], "all read the same day");
        // The first round finds the pages.
        if n >= 10 {
            index.push(index_took);
            named.push(named_took);
            ours.push(ours_took);
            records.push(records_took);
        }
    }
    println!("{server:<9} the last day has {visits} visits");
    line(server, "day's records (command line)", &records, Some(&named), Bound::None);
    line(server, "day, to its visits with all names", &ours, Some(&named), Bound::None);
    Ok(line(server, "day, to its visits", &ours, Some(&index), Bound::Ratio(1.5)))
}

pub async fn booking(server: &'static str, store: &Store, bare: &mut Bare) -> Outcome<bool> {
    clear(bare).await?;
    // Real openings between other visits, in no order.
    let date = today() + Days::new(20);
    let mut places = store
        .openings(&OpeningQuery {
            doctors: Wanted::Anyone,
            patient: None,
            minutes: 15,
            from: date.and_time(chrono::NaiveTime::MIN),
            limit: BOOKINGS * 3,
            moving: None,
        })
        .await?;
    let mut rng = fastrand::Rng::with_seed(11);
    rng.shuffle(&mut places);
    let [mut ours, mut theirs, mut alone] = [const { Times::new() }; 3];
    for pair in places.chunks_exact(3) {
        let intent = Intent::Book {
            patient_id: PatientId(rng.i32(1..=20_000)),
            doctor_id: pair[0].doctor_id,
            starts: pair[0].starts,
            minutes: 15,
            notes: None,
        };
        let order = Order::fresh(now().at);
        let started = Instant::now();
        let outcome = store.carry_out(&order, &intent, None).await?;
        let took = started.elapsed();
        // A patient drawn may be elsewhere at that time.
        if matches!(outcome, Booked::Done { .. }) {
            ours.push(took);
        }
        for (place, in_transaction) in [(&pair[1], true), (&pair[2], false)] {
            let patient = rng.i32(1..=20_000);
            let started = Instant::now();
            let who = (place.doctor_id.0, patient);
            bare.insert(who, place.starts, now().at.naive_utc(), in_transaction).await?;
            let times = if in_transaction { &mut theirs } else { &mut alone };
            times.push(started.elapsed());
        }
    }
    clear(bare).await?;
    line(server, "booking, to an INSERT that commits itself", &ours, Some(&alone), Bound::None);
    Ok(line(server, "booking, to INSERT and COMMIT", &ours, Some(&theirs), Bound::Ratio(3.0)))
}

/// Takes away what a measurement booked.
async fn clear(bare: &mut Bare) -> Outcome<()> {
    bare.run("DELETE FROM appointments WHERE booked_by = 'bench@bench'").await?;
    bare.run("DELETE FROM idempotency_keys").await?;
    bare.run("DELETE FROM audit_log").await?;
    bare.run("DELETE FROM audit_chains").await?;
    bare.run("DELETE FROM patient_days").await?;
    Ok(())
}
