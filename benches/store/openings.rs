//! The first free slot over 200 doctors.

use std::time::Instant;

use chrono::{Days, NaiveDateTime, TimeDelta};
use frontdesk::domain::clock::midnight;
use frontdesk::store::Store;
use frontdesk::store::sql::openings::{OpeningQuery, Wanted};

use crate::common::bare::Bare;
use crate::common::data::{Outcome, today};
use crate::common::figures::{Bound, Times, line};

/// The days that have visits.
const DAYS: u64 = 90;

fn query(from: NaiveDateTime, minutes: u16, limit: usize) -> OpeningQuery {
    OpeningQuery { doctors: Wanted::Anyone, patient: None, minutes, from, limit, moving: None }
}

/// Times in the clinic's days, 80 % of which are full: one opening, and the three that a form offers.
pub async fn typical(server: &'static str, store: &Store, bare: &mut Bare) -> Outcome<bool> {
    let mut rng = fastrand::Rng::with_seed(13);
    let mut holds = true;
    for (name, limit, bound) in [
        ("first free slot of 30 min", 1, Bound::P50(5.0)),
        ("the next three of 30 min", 3, Bound::P50(5.0)),
        ("thirty of 30 min", 30, Bound::None),
    ] {
        let (mut ours, mut theirs) = (Times::default(), Times::default());
        for n in 0..110 {
            let date = today() + Days::new(rng.u64(1..80));
            let from = midnight(date) + TimeDelta::minutes(rng.i64(480..1_000));
            let started = Instant::now();
            let found = store.openings(&query(from, 30, limit)).await?;
            let took = started.elapsed();
            assert!(found.len() == limit && found[0].starts >= from, "there are openings");
            let started = Instant::now();
            bare.visits(date, 1).await?;
            let bare_took = started.elapsed();
            if n >= 10 {
                ours.push(took);
                theirs.push(bare_took);
            }
        }
        holds &= line(server, name, &ours, Some(&theirs), bound);
    }
    Ok(holds)
}

/// The first day of 90 that are full: all of them must be passed over.
pub async fn full(server: &'static str, store: &Store, bare: &mut Bare) -> Outcome<bool> {
    let mut holds = true;
    let after = today() + Days::new(DAYS);
    for (name, minutes, limit) in
        [("first free slot, 90 days full", 30, 1), ("the next three, 90 days full", 15, 3)]
    {
        let (mut ours, mut theirs) = (Times::default(), Times::default());
        for n in 0..12 {
            let started = Instant::now();
            let found = store.openings(&query(midnight(today()), minutes, limit)).await?;
            let took = started.elapsed();
            assert!(
                found.len() == limit && found[0].starts.date() == after,
                "the first day that is not full"
            );
            let started = Instant::now();
            let rows = bare.visits(today(), DAYS).await?;
            let bare_took = started.elapsed();
            assert!(rows.len() > 100_000, "a full clinic");
            if n >= 2 {
                ours.push(took);
                theirs.push(bare_took);
            }
        }
        holds &= line(server, name, &ours, Some(&theirs), Bound::P99(250.0));
    }
    Ok(holds)
}
