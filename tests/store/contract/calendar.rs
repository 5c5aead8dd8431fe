//! The day board, and how it learns what other desks do.

use std::collections::BTreeSet;

use chrono::Days;
use frontdesk::domain::appointment::Status;
use frontdesk::domain::booking::Intent;
use frontdesk::domain::clock::{Zone, midnight};
use frontdesk::domain::day::{Day, DayChange};
use frontdesk::domain::doctor::DoctorDetails;
use frontdesk::domain::ids::DoctorId;
use frontdesk::domain::patient::PatientDetails;
use frontdesk::domain::schedule::Schedule;
use frontdesk::store::Store;
use frontdesk::store::sql::openings::{OpeningQuery, Wanted};

use crate::support::{Desk, book, day, done, move_to, now, on_every_database, order, wall};

on_every_database!(at_a_desk:
    a_day_holds_its_doctors_hours_and_visits,
    only_what_changed_is_read_again,
    every_write_reaches_the_days_that_it_touches,
    a_change_of_hours_is_seen,
    what_is_kept_of_the_doctors_is_as_they_are,
    a_doctors_new_name_is_seen,
    a_patients_new_name_is_seen,
    a_clock_that_changes_at_midnight_moves_a_visit_between_days,
    lists_are_in_order,
);

const TUESDAY: &str = "2026-12-01";

async fn a_day_holds_its_doctors_hours_and_visits(desk: &Desk<'_>) {
    let silva = desk.doctor_without_hours("Dr. Silva").await;
    let lee = desk.doctor_without_hours("Dr. Lee").await;
    desk.weekly(lee, "Tue", "09:00", "12:00").await;
    desk.weekly(lee, "Tue", "13:00", "17:00").await;
    desk.weekly(lee, "Wed", "09:00", "12:00").await;
    let john = desk.patient("John Smith").await.id;
    let ten = desk.booked(lee, john, "2026-12-01T10:00", 30).await.visit;
    let nine = desk.booked(lee, john, "2026-12-01T09:00", 30).await.visit;
    let cancelled = desk.booked(lee, john, "2026-12-01T11:00", 30).await.visit.id;
    let cancelled = done(desk.set_status(cancelled, Status::Cancelled).await).visit;
    let board = desk.store.day(day(TUESDAY)).await.unwrap();
    let names: Vec<_> = board.doctors.iter().map(|doctor| doctor.details.name.as_str()).collect();
    assert_eq!(names, ["Dr. Lee", "Dr. Silva"], "by name");
    assert_eq!(board.visits, [nine, ten, cancelled], "by time, of any status");
    assert_eq!(board.date, day(TUESDAY));
    let sessions = board.schedules[&lee].sessions(day(TUESDAY));
    let hours = [("2026-12-01T09:00", "2026-12-01T12:00"), ("2026-12-01T13:00", "2026-12-01T17:00")];
    assert_eq!(sessions, hours.map(|(from, to)| (wall(from), wall(to))));
    assert!(!board.schedules.contains_key(&silva));
}

async fn only_what_changed_is_read_again(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let silva = desk.doctor("Dr. Silva").await;
    desk.booked(lee, john, "2026-12-01T09:00", 30).await;
    desk.booked(silva, ana, "2026-12-01T09:00", 30).await;
    let mut board = desk.store.day(day(TUESDAY)).await.unwrap();
    assert_eq!(desk.store.day_changes(day(TUESDAY), &board.versions).await.unwrap(), None);
    // What happens on other days is not this day's.
    desk.booked(lee, john, "2026-12-02T09:00", 30).await;
    assert_eq!(desk.store.day_changes(day(TUESDAY), &board.versions).await.unwrap(), None);

    let new = desk.booked(silva, john, "2026-12-01T10:00", 30).await.visit;
    let change = desk.store.day_changes(day(TUESDAY), &board.versions).await.unwrap().unwrap();
    let DayChange::Doctors { doctors, visits, schedules, .. } = &change else { panic!("{change:?}") };
    assert_eq!(doctors, &[silva]);
    assert_eq!(visits.len(), 2);
    assert!(visits.contains(&new) && visits.iter().all(|visit| visit.doctor_id == silva));
    assert_eq!(schedules.keys().collect::<Vec<_>>(), [&silva]);
    board.apply(change);
    assert_eq!(board, desk.store.day(day(TUESDAY)).await.unwrap(), "the board as if read anew");
    assert_eq!(desk.store.day_changes(day(TUESDAY), &board.versions).await.unwrap(), None);
}

/// The days around, of which each knows how far it was read.
async fn boards(desk: &Desk<'_>) -> Vec<Day> {
    let mut boards = Vec::new();
    for date in day("2026-11-30").iter_days().take(5) {
        boards.push(desk.store.day(date).await.unwrap());
    }
    boards
}

/// Takes changes in, and answers the dates and doctors that changed, as `DD:doctor`.
async fn changed(desk: &Desk<'_>, boards: &mut [Day]) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for board in boards {
        let Some(change) = desk.store.day_changes(board.date, &board.versions).await.unwrap() else {
            continue;
        };
        let date = board.date.format("%d").to_string();
        match &change {
            DayChange::Doctors { doctors, .. } => {
                seen.extend(doctors.iter().map(|doctor| format!("{date}:{doctor}")));
            }
            DayChange::Everything(_) => drop(seen.insert(format!("{date}:all"))),
        }
        board.apply(change);
        assert_eq!(*board, desk.store.day(board.date).await.unwrap(), "as if read anew");
    }
    seen
}

fn set<const N: usize>(days: [(&str, DoctorId); N]) -> BTreeSet<String> {
    days.into_iter().map(|(day, doctor)| format!("{day}:{doctor}")).collect()
}

async fn every_write_reaches_the_days_that_it_touches(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let silva = desk.doctor("Dr. Silva").await;
    let mut boards = boards(desk).await;
    let id = desk.booked(lee, john, "2026-12-01T09:00", 30).await.visit.id;
    assert_eq!(changed(desk, &mut boards).await, set([("01", lee)]));
    done(desk.ask(&move_to(id, "2026-12-03T09:00")).await);
    assert_eq!(changed(desk, &mut boards).await, set([("01", lee), ("03", lee)]), "where it was and is");
    let to_silva = Intent::Reschedule { id, doctor_id: Some(silva), starts: None, minutes: None };
    done(desk.ask(&to_silva).await);
    assert_eq!(changed(desk, &mut boards).await, set([("03", lee), ("03", silva)]));
    done(desk.ask(&move_to(id, "2026-12-02T23:45")).await);
    assert_eq!(changed(desk, &mut boards).await, set([("02", silva), ("03", silva)]), "past midnight");
    done(desk.set_status(id, Status::NoShow).await);
    assert_eq!(changed(desk, &mut boards).await, set([("02", silva), ("03", silva)]));
    done(desk.ask(&move_to(id, "2026-12-02T23:30")).await);
    assert_eq!(changed(desk, &mut boards).await, set([("02", silva), ("03", silva)]), "leaves the next day");
    done(desk.set_status(id, Status::Scheduled).await);
    assert_eq!(changed(desk, &mut boards).await, set([("02", silva)]));
}

async fn a_change_of_hours_is_seen(desk: &Desk<'_>) {
    let lee = desk.doctor_without_hours("Dr. Lee").await;
    let mut boards = boards(desk).await;
    let weekly = desk.weekly(lee, "Tue", "09:00", "17:00").await;
    assert_eq!(changed(desk, &mut boards).await, set([("01", lee)]));
    desk.weekly(lee, "Wed", "22:00", "06:00").await;
    assert_eq!(changed(desk, &mut boards).await, set([("02", lee), ("03", lee)]), "past midnight");
    desk.exception(lee, "2026-12-02", "09:00", "10:00").await;
    assert_eq!(changed(desk, &mut boards).await, set([("02", lee), ("03", lee)]), "and no longer");
    desk.store.remove_hours(&order(), weekly, now().date_naive()).await.unwrap();
    assert_eq!(changed(desk, &mut boards).await, set([("01", lee)]));
}

/// A desk keeps the doctors and their weekly hours from day to day: what another one writes of them must
/// stand in the next day that it reads, whichever that is.
async fn what_is_kept_of_the_doctors_is_as_they_are(desk: &Desk<'_>) {
    let other = desk.place.store();
    let lee = desk.doctor_without_hours("Dr. Lee").await;
    let tuesday = desk.weekly(lee, "Tue", "09:00", "12:00").await;
    let read = async |store: &Store| {
        let mut days = Vec::new();
        for date in day("2026-11-30").iter_days().take(9) {
            days.push(store.day(date).await.unwrap());
        }
        days
    };
    let is_open = |day: &Day| {
        let begins = Zone::utc().boundary(midnight(day.date));
        let hours = |hours: &Schedule| hours.open(day.date, day.date + Days::new(1), Zone::utc());
        day.schedules.get(&lee).map(hours).into_iter().flatten().any(|open| open.end > begins)
    };
    let open = |days: &[Day]| {
        days.iter()
            .filter(|day| is_open(day))
            .map(|day| day.date.format("%d").to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(open(&read(&other).await), ["01", "08"]);
    desk.weekly(lee, "Wed", "22:00", "02:00").await;
    assert_eq!(open(&read(&other).await), ["01", "02", "03", "08"], "past midnight");
    desk.exception(lee, "2026-12-05", "09:00", "10:00").await;
    desk.exception(lee, "2026-12-08", "00:00", "00:00").await;
    assert_eq!(open(&read(&other).await), ["01", "02", "03", "05"]);
    desk.store.remove_hours(&order(), tuesday, now().date_naive()).await.unwrap();
    assert_eq!(open(&read(&other).await), ["02", "03", "05"]);
    let silva = desk.doctor_without_hours("Dr. Silva").await;
    assert!(read(&other).await.iter().all(|day| day.doctors.len() == 2));
    let doctor = desk.store.doctor(silva).await.unwrap().unwrap();
    desk.store.save_doctor(&order(), Some(&doctor), &doctor.details, false).await.unwrap();
    let left = |day: &Day| day.doctors.iter().any(|doctor| doctor.id == silva && !doctor.is_active);
    assert!(read(&other).await.iter().all(left));
    assert_eq!(read(&other).await, read(&desk.place.store()).await, "as one reads that has kept nothing");
    other.close().await;
}

async fn a_doctors_new_name_is_seen(desk: &Desk<'_>) {
    let lee = desk.doctor("Dr. Lee").await;
    let mut boards = boards(desk).await;
    let doctor = desk.store.doctor(lee).await.unwrap().unwrap();
    let renamed = DoctorDetails { name: "Dr. Lee-Ortega".into(), ..doctor.details.clone() };
    desk.store.save_doctor(&order(), Some(&doctor), &renamed, true).await.unwrap();
    let all: BTreeSet<_> = ["30", "01", "02", "03", "04"].map(|day| format!("{day}:all")).into();
    assert_eq!(changed(desk, &mut boards).await, all);
    assert!(boards.iter().all(|board| board.doctors[0].details.name == "Dr. Lee-Ortega"));
    desk.doctor_without_hours("Dr. New").await;
    assert_eq!(changed(desk, &mut boards).await, all, "a new one too");
}

async fn a_patients_new_name_is_seen(desk: &Desk<'_>) {
    let lee = desk.doctor("Dr. Lee").await;
    let ana = desk.patient("Ana Ruiz").await;
    desk.booked(lee, ana.id, "2026-12-01T09:00", 30).await;
    desk.booked(lee, ana.id, "2026-12-02T23:45", 30).await;
    let mut boards = boards(desk).await;
    let renamed = PatientDetails { name: "Ana Vega".into(), ..ana.details.clone() };
    desk.store.edit_patient(&order(), &ana, &renamed).await.unwrap();
    assert_eq!(changed(desk, &mut boards).await, set([("01", lee), ("02", lee), ("03", lee)]));
    // By an older program, which tells nobody: once the look-up has found it. Another phone is on no
    // board.
    desk.sql("UPDATE patients SET name = 'Ana Solo' WHERE name = 'Ana Vega'").await;
    assert_eq!(desk.store.index_all_patients().await.unwrap(), 1);
    let all: BTreeSet<_> = ["30", "01", "02", "03", "04"].map(|day| format!("{day}:all")).into();
    assert_eq!(changed(desk, &mut boards).await, all);
    desk.sql("UPDATE patients SET phone = '+4930777' WHERE name = 'Ana Solo'").await;
    assert_eq!(desk.store.index_all_patients().await.unwrap(), 1);
    assert_eq!(changed(desk, &mut boards).await, BTreeSet::new());
}

async fn a_clock_that_changes_at_midnight_moves_a_visit_between_days(desk: &Desk<'_>) {
    for (zone, at, minutes, end, dates) in [
        // 24:00 is 01:00, and 24:00 is 23:00 once more.
        ("America/Santiago", "2026-09-05T23:30", 60, "2026-09-06T01:30", vec!["2026-09-05", "2026-09-06"]),
        ("America/Santiago", "2026-04-04T23:30", 60, "2026-04-04T23:30", vec!["2026-04-04"]),
        // 23:00 is 24:00.
        ("America/Nuuk", "2026-03-28T22:30", 45, "2026-03-29T00:15", vec!["2026-03-28", "2026-03-29"]),
        // A day and a night, over a day of 23 hours.
        (
            "Europe/Berlin",
            "2026-03-28T23:30",
            1440,
            "2026-03-30T00:30",
            vec!["2026-03-28", "2026-03-29", "2026-03-30"],
        ),
    ] {
        let (lee, john, ana) = desk.people().await;
        let store = desk.place.store().in_zone(Zone::parse(zone).unwrap());
        let visit = done(store.carry_out(&order(), &book(lee, john, at, minutes), None).await.unwrap()).visit;
        assert_eq!(visit.ends(store.zone()), wall(end), "{zone} {at}");
        let start = visit.starts.date();
        for date in (start - Days::new(1)).iter_days().take(4) {
            let there = dates.contains(&date.to_string().as_str());
            let on_board: Vec<_> = store.day(date).await.unwrap().visits.into_iter().map(|v| v.id).collect();
            assert_eq!(on_board.contains(&visit.id), there, "{zone} {at} on {date}");
            let listed = store.appointments_of_day(date, Some(lee)).await.unwrap();
            assert_eq!(listed.len(), usize::from(there), "{zone} {at} on {date}");
        }
        // And it is in the way until it ends, by the rule and by what is offered.
        let query = OpeningQuery {
            doctors: Wanted::Doctor(lee),
            patient: Some(ana),
            minutes: 15,
            from: wall(end).date().into(),
            limit: 1,
            moving: None,
        };
        let offered = store.openings(&query).await.unwrap()[0].starts;
        let free = if wall(end).date() == start { start.into() } else { wall(end) };
        assert_eq!(offered, free, "{zone} {at}");
        store.close().await;
    }
}

async fn lists_are_in_order(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let silva = desk.doctor("Dr. Silva").await;
    let mut ids = Vec::new();
    for (doctor, patient, at) in [
        (lee, john, "2026-12-03T09:00"),
        (silva, john, "2026-12-01T09:00"),
        (lee, ana, "2026-12-01T08:00"),
        (lee, john, "2026-12-02T09:00"),
        (lee, john, "2026-12-01T10:00"),
    ] {
        ids.push(desk.booked(doctor, patient, at, 30).await.visit.id);
    }
    let of_day = async |doctor| {
        let list = desk.store.appointments_of_day(day(TUESDAY), doctor).await.unwrap();
        list.into_iter().map(|appointment| appointment.visit.id).collect::<Vec<_>>()
    };
    assert_eq!(of_day(None).await, [ids[2], ids[1], ids[4]]);
    assert_eq!(of_day(Some(lee)).await, [ids[2], ids[4]]);
    let of_john = async |at, limit| {
        let (next, past) = desk.store.visits_of_patient(john, wall(at), limit).await.unwrap();
        let count = desk.store.count_visits_of_patient(john, wall(at)).await.unwrap();
        assert_eq!(
            (count.0.min(limit.into()), count.1.min(limit.into())),
            (next.len() as u64, past.len() as u64)
        );
        let ids = |list: Vec<frontdesk::domain::appointment::Appointment>| {
            list.into_iter().map(|appointment| appointment.visit.id).collect::<Vec<_>>()
        };
        (ids(next), ids(past))
    };
    assert_eq!(
        of_john("2026-12-01T10:00", 10).await,
        (vec![ids[4], ids[3], ids[0]], vec![ids[1]]),
        "the one that starts now is a next one"
    );
    assert_eq!(of_john("2026-12-04T00:00", 2).await, (vec![], vec![ids[0], ids[3]]));
    let empty = day(TUESDAY) - Days::new(30);
    assert!(desk.store.appointments_of_day(empty, None).await.unwrap().is_empty());
}
