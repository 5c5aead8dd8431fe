//! The next openings, as the store reads them day by day.

use std::fmt::Write as _;

use chrono::{Datelike as _, Days, NaiveDateTime, TimeDelta, Timelike as _};
use frontdesk::domain::appointment::Visit;
use frontdesk::domain::booking::{HORIZON_DAYS, OPENING_STEP, Opening, Proposal};
use frontdesk::domain::ids::{DoctorId, PatientId};
use frontdesk::domain::schedule::{Recurrence, weekday_column};
use frontdesk::store::sql::openings::{OpeningQuery, Wanted};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::cases::{Case, case};
use crate::support::{Desk, doctor_details, now, on_every_database, order, wall};

on_every_database!(at_a_desk:
    openings_are_the_soonest_of_all_who_are_wanted,
    openings_cross_midnight,
    a_search_ends,
    openings_are_what_counting_minutes_finds,
);

fn ask(doctors: Wanted, from: &str, minutes: u16, limit: usize) -> OpeningQuery {
    OpeningQuery { doctors, patient: None, minutes, from: wall(from), limit, moving: None }
}

async fn found(desk: &Desk<'_>, query: &OpeningQuery) -> Vec<(DoctorId, String)> {
    let openings = desk.store.openings(query).await.unwrap();
    openings.iter().map(|o| (o.doctor_id, o.starts.format("%d %H:%M").to_string())).collect()
}

async fn openings_are_the_soonest_of_all_who_are_wanted(desk: &Desk<'_>) {
    let lee = desk.doctor_without_hours("Dr. Lee").await;
    let silva = desk.doctor_without_hours("Dr. Silva").await;
    let mut details = doctor_details("Dr. Okafor", 70);
    details.specialization = "General Practice".into();
    let okafor = desk.store.save_doctor(&order(), None, &details, true).await.unwrap().id;
    details = doctor_details("Dr. Gone", 71);
    let gone = desk.store.save_doctor(&order(), None, &details, false).await.unwrap().id;
    for (doctor, weekday, start, end) in [
        (lee, "Tue", "09:00", "12:00"),
        (silva, "Tue", "09:30", "11:00"),
        (okafor, "Mon", "08:00", "09:00"),
        (okafor, "Wed", "08:00", "09:00"),
        (gone, "Tue", "00:00", "24:00"),
    ] {
        desk.weekly(doctor, weekday, start, end).await;
    }
    let (john, ana) = (desk.patient("John Smith").await.id, desk.patient("Ana Ruiz").await.id);
    desk.booked(lee, john, "2026-12-01T09:00", 60).await;
    desk.booked(silva, ana, "2026-12-01T09:45", 30).await;
    let from = "2026-12-01T08:20";
    let at = |doctor, time: &str| (doctor, time.to_owned());
    let all = ask(Wanted::Anyone, from, 30, 6);
    assert_eq!(
        found(desk, &all).await,
        [
            at(lee, "01 10:00"),
            at(silva, "01 10:15"),
            at(lee, "01 10:30"),
            at(lee, "01 11:00"),
            at(lee, "01 11:30"),
            at(okafor, "02 08:00"),
        ]
    );
    let practice = ask(Wanted::Specialization(" general PRACTICE ".into()), from, 60, 2);
    assert_eq!(found(desk, &practice).await, [at(okafor, "02 08:00"), at(okafor, "07 08:00")]);
    let of_lee = ask(Wanted::Doctor(lee), "2026-12-01T10:10", 60, 2);
    assert_eq!(found(desk, &of_lee).await, [at(lee, "01 10:10"), at(lee, "08 09:00")]);
    // For a patient, their own visits with others are in the way as well.
    let for_ana = OpeningQuery { patient: Some(ana), ..ask(Wanted::Doctor(lee), "2026-12-01T09:50", 30, 1) };
    assert_eq!(found(desk, &for_ana).await, [at(lee, "01 10:15")]);
    // A visit that is moved leaves its own time.
    let moving = desk.booked(lee, john, "2026-12-01T10:00", 120).await.visit.id;
    let to_move = OpeningQuery { moving: Some(moving), ..ask(Wanted::Doctor(lee), from, 60, 1) };
    assert_eq!(found(desk, &to_move).await, [at(lee, "01 10:00")]);
    for nobody in [
        Wanted::Doctor(gone),
        Wanted::Doctor(DoctorId(4_000_001)),
        Wanted::Specialization("Astrology".into()),
    ] {
        assert!(found(desk, &ask(nobody, from, 30, 3)).await.is_empty());
    }
}

async fn openings_cross_midnight(desk: &Desk<'_>) {
    let lee = desk.doctor_without_hours("Dr. Lee").await;
    desk.weekly(lee, "Tue", "22:00", "24:00").await;
    desk.weekly(lee, "Wed", "00:00", "02:00").await;
    let times = async |from, minutes, limit| {
        let query = ask(Wanted::Doctor(lee), from, minutes, limit);
        found(desk, &query).await.into_iter().map(|(_, time)| time).collect::<Vec<_>>()
    };
    let from = "2026-12-01T22:30";
    assert_eq!(times(from, 60, 4).await, ["01 22:30", "01 23:30", "02 00:30", "08 22:00"]);
    assert_eq!(times(from, 180, 2).await, ["01 22:30", "08 22:00"]);
    assert_eq!(times("2026-12-01T23:59", 60, 2).await, ["02 00:00", "02 01:00"], "nobody comes at 23:59");
    // A night's session, and a visit in it that began the day before.
    let silva = desk.doctor_without_hours("Dr. Silva").await;
    let john = desk.patient("John Smith").await.id;
    desk.weekly(silva, "Tue", "22:00", "06:00").await;
    desk.booked(silva, john, "2026-12-01T23:30", 90).await;
    let query = ask(Wanted::Doctor(silva), "2026-12-01T22:45", 45, 3);
    let night: Vec<_> = found(desk, &query).await.into_iter().map(|(_, time)| time).collect();
    assert_eq!(night, ["01 22:45", "02 01:00", "02 01:45"]);
}

async fn a_search_ends(desk: &Desk<'_>) {
    let lee = desk.doctor_without_hours("Dr. Lee").await;
    assert!(found(desk, &ask(Wanted::Anyone, "2026-12-01T00:00", 30, 3)).await.is_empty(), "no hours");
    desk.weekly(lee, "Tue", "09:00", "09:20").await;
    assert!(found(desk, &ask(Wanted::Doctor(lee), "2026-12-01T00:00", 30, 3)).await.is_empty(), "too short");
    let many = found(desk, &ask(Wanted::Doctor(lee), "2026-12-01T00:00", 20, 500)).await;
    assert_eq!(many.len() as u64, HORIZON_DAYS.div_ceil(7), "up to the horizon");
    assert!(found(desk, &ask(Wanted::Doctor(lee), "2026-12-01T00:00", 20, 0)).await.is_empty());
}

/// How many random clinics each database is asked about.
const CLINICS: usize = 25;

/// Writes a random clinic in place of the last one.
async fn replace(desk: &Desk<'_>, case: &Case, people: &[(DoctorId, PatientId)]) {
    let mut text = String::from("DELETE FROM appointments; DELETE FROM doctor_availability");
    for row in &case.rows {
        let (weekday, exception) = match row.recurrence {
            Recurrence::Weekly(weekday) => (weekday_column(weekday), "NULL".to_owned()),
            Recurrence::Exception(date) => (weekday_column(date.weekday()), format!("'{date}'")),
        };
        let (doctor, start, end) = (people[0].0, row.start.column(), row.end.column());
        write!(
            text,
            "; INSERT INTO doctor_availability (doctor_id, day_of_week, start_time, end_time, is_recurring, exception_date) \
             VALUES ({doctor}, '{weekday}', '{start}', '{end}', {}, {exception})",
            exception == "NULL"
        )
        .unwrap();
    }
    for Visit { id, doctor_id, patient_id, starts, minutes, status, .. } in &case.visits {
        let (doctor, patient) = (people[index(doctor_id.0)].0, people[index(patient_id.0)].1);
        write!(
            text,
            "; INSERT INTO appointments (id, doctor_id, patient_id, appointment_time, duration_minutes, status) \
             VALUES ({id}, {doctor}, {patient}, '{starts}', {minutes}, '{}')",
            status.column()
        )
        .unwrap();
    }
    desk.sql(&text).await;
}

fn index(id: i32) -> usize {
    usize::try_from(id - 1).unwrap()
}

/// What the store finds in random clinics over midnights and clock changes is what counting
/// minutes finds there; and what it finds can be booked.
async fn openings_are_what_counting_minutes_finds(desk: &Desk<'_>) {
    let mut people = Vec::new();
    for n in 1..=2 {
        let doctor = desk.doctor_without_hours(&format!("Dr. {n}")).await;
        people.push((doctor, desk.patient(&format!("Patient {n}")).await.id));
    }
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let (mut asked, mut offered) = (0, 0);
    while asked < CLINICS {
        let case = case().new_tree(&mut runner).unwrap().current();
        let Case { minutes, rows, visits, proposal, .. } = &case;
        let (first, last) = (minutes.day - Days::new(3), minutes.day + Days::new(2));
        let in_the_way = visits.iter().filter(|visit| {
            visit.doctor_id == proposal.doctor_id || Some(visit.patient_id) == proposal.patient_id
        });
        let taken = minutes.taken(in_the_way, proposal.moving);
        let free: Vec<_> =
            minutes.open(rows, first, last).iter().zip(taken).map(|(open, taken)| *open && !taken).collect();
        // The model ends a few days on: what it finds by then is compared.
        let end = minutes.reach(minutes.wall(free.len() - 1) - Days::new(2));
        // Openings from amid free time on are on the step; the model knows of none.
        let from = proposal.starts - TimeDelta::minutes(i64::from(proposal.starts.minute() % OPENING_STEP));
        let mut expected = minutes.openings(&free, minutes.reach(from), proposal.minutes, 3);
        expected.retain(|(starts, _)| minutes.reach(*starts) < end);
        if expected.is_empty() {
            continue;
        }
        asked += 1;
        offered += expected.len();
        replace(desk, &case, &people).await;
        let patient = proposal.patient_id.map(|id| people[index(id.0)].1);
        let query = OpeningQuery {
            doctors: Wanted::Doctor(people[0].0),
            patient,
            minutes: proposal.minutes,
            from,
            limit: expected.len(),
            moving: proposal.moving,
        };
        let store = desk.place.store().in_zone(minutes.zone);
        let found = store.openings(&query).await.unwrap();
        let times: Vec<(NaiveDateTime, NaiveDateTime)> = found.iter().map(|o| (o.starts, o.ends)).collect();
        assert_eq!(times, expected, "{case:?}");
        for Opening { starts, .. } in found {
            let again = Proposal {
                doctor_id: people[0].0,
                patient_id: patient,
                starts,
                minutes: proposal.minutes,
                moving: proposal.moving,
            };
            let verdict = store.preview(&again, now()).await.unwrap();
            assert!(verdict.is_free(), "{starts}: {verdict:?} {case:?}");
        }
        store.close().await;
    }
    assert!(offered > CLINICS, "several openings a clinic");
}
