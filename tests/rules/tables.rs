//! The rule as tables.

use chrono::{NaiveDate, NaiveDateTime};
use frontdesk::domain::appointment::{Status, Visit, end_of};
use frontdesk::domain::booking::{Conflict, Diary, Held, Proposal, judge};
use frontdesk::domain::clock::{WALL_FORMAT, Zone};
use frontdesk::domain::ids::{AppointmentId, AvailabilityId, DoctorId, PatientId};
use frontdesk::domain::schedule::{Availability, Recurrence, Schedule};

fn wall(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, WALL_FORMAT).unwrap()
}

fn session(date: &str, start: &str, end: &str) -> Availability {
    let date: NaiveDate = date.parse().unwrap();
    Availability {
        id: AvailabilityId(1),
        doctor_id: DoctorId(1),
        recurrence: Recurrence::Exception(date),
        start: start.parse().unwrap(),
        end: end.parse().unwrap(),
    }
}

/// A visit of doctor 1 and patient 1 at `starts`.
fn held(id: i32, starts: &str, minutes: u16) -> Held {
    let visit = Visit {
        id: AppointmentId(id),
        doctor_id: DoctorId(1),
        patient_id: PatientId(1),
        starts: wall(starts),
        minutes,
        status: Status::Scheduled,
    };
    let patient_name = "John Smith".into();
    let booked_by = Some("ana@desk".into());
    Held {
        visit,
        patient_name,
        patient_born: None,
        doctor_name: "Dr. Lee".into(),
        booked_by,
        booked_at: None,
    }
}

/// A proposal for patient 2 with doctor 1.
fn asked(starts: &str, minutes: u16) -> Proposal {
    Proposal {
        doctor_id: DoctorId(1),
        patient_id: Some(PatientId(2)),
        starts: wall(starts),
        minutes,
        moving: None,
    }
}

fn clinic(rows: Vec<Availability>, visits: Vec<Held>) -> Diary {
    Diary { doctor_active: true, schedule: Schedule::new(rows), visits }
}

/// The conflicts, one a line: kind, and from when to when the obstacle stands.
fn shown(proposal: &Proposal, diary: &Diary, zone: &str) -> String {
    let lines: Vec<_> = judge(proposal, diary, Zone::parse(zone).unwrap())
        .iter()
        .map(|conflict| {
            let (starts, ends) = conflict.span();
            let minutes = conflict.clash().map_or(String::new(), |c| format!(" by {}", c.overlap_minutes));
            format!("{} {}-{}{minutes}", conflict.kind(), starts.format("%d %H:%M"), ends.format("%d %H:%M"))
        })
        .collect();
    lines.join("; ")
}

#[test]
fn a_day_with_one_visit_and_a_lunch_break() {
    let hours = vec![session("2026-12-01", "09:00", "12:00"), session("2026-12-01", "13:00", "17:00")];
    let diary = clinic(hours, vec![held(7, "2026-12-01T10:00", 30)]);
    for (starts, minutes, verdict) in [
        ("2026-12-01T09:00", 60, ""),  // ends when the visit starts
        ("2026-12-01T10:30", 90, ""),  // starts when it ends, ends when lunch starts
        ("2026-12-01T13:00", 240, ""), // all of the afternoon
        ("2026-12-01T09:45", 30, "doctor_busy 01 10:00-01 10:30 by 15"),
        ("2026-12-01T10:05", 5, "doctor_busy 01 10:00-01 10:30 by 5"),
        ("2026-12-01T09:59", 2, "doctor_busy 01 10:00-01 10:30 by 1"),
        ("2026-12-01T11:30", 60, "closed 01 12:00-01 12:30"),
        ("2026-12-01T11:30", 120, "closed 01 12:00-01 13:00"),
        ("2026-12-01T08:30", 60, "closed 01 08:30-01 09:00"),
        ("2026-12-01T16:59", 2, "closed 01 17:00-01 17:01"),
        ("2026-12-02T10:00", 30, "closed 02 10:00-02 10:30"),
        (
            "2026-12-01T08:00",
            600,
            "doctor_busy 01 10:00-01 10:30 by 30; closed 01 08:00-01 09:00; closed 01 12:00-01 13:00; closed 01 17:00-01 18:00",
        ),
    ] {
        assert_eq!(shown(&asked(starts, minutes), &diary, "UTC"), verdict, "{starts} {minutes}");
    }
}

#[test]
fn over_midnight() {
    let hours = vec![session("2026-12-01", "22:00", "02:00"), session("2026-12-02", "02:00", "04:00")];
    let diary = clinic(hours, vec![held(7, "2026-12-01T23:30", 60)]);
    for (starts, minutes, verdict) in [
        ("2026-12-01T22:00", 90, ""),
        ("2026-12-02T00:30", 210, ""), // two sessions that touch are one
        ("2026-12-02T00:00", 30, "doctor_busy 01 23:30-02 00:30 by 30"),
        ("2026-12-01T23:00", 60, "doctor_busy 01 23:30-02 00:30 by 30"),
        ("2026-12-02T03:30", 60, "closed 02 04:00-02 04:30"),
    ] {
        assert_eq!(shown(&asked(starts, minutes), &diary, "UTC"), verdict, "{starts} {minutes}");
    }
}

#[test]
fn over_the_clock_changes() {
    let day = |date| vec![session(date, "00:00", "24:00")];
    for (zone, date, visit, proposal, verdict) in [
        // Spring: 02:00 to 03:00 does not exist, and 01:30 is half an hour before 03:00.
        ("Europe/Berlin", "2026-03-29", None, ("02:30", 15), "skipped_hour 29 02:30-29 03:00"),
        ("Europe/Berlin", "2026-03-29", Some(("03:00", 30)), ("01:30", 30), ""),
        (
            "Europe/Berlin",
            "2026-03-29",
            Some(("03:00", 30)),
            ("01:30", 45),
            "doctor_busy 29 03:00-29 03:30 by 15",
        ),
        ("America/New_York", "2026-03-08", None, ("02:00", 15), "skipped_hour 08 02:00-08 03:00"),
        ("Australia/Lord_Howe", "2026-10-04", None, ("02:15", 15), "skipped_hour 04 02:15-04 02:30"),
        ("America/Santiago", "2026-09-06", None, ("00:10", 15), "skipped_hour 06 00:10-06 01:00"),
        // A visit that an older program put into the gap stands at the jump.
        (
            "Europe/Berlin",
            "2026-03-29",
            Some(("02:30", 30)),
            ("03:15", 30),
            "doctor_busy 29 02:30-29 03:30 by 15",
        ),
        // Autumn: 02:30 means the first; two hours pass between 02:00 and 03:00.
        ("Europe/Berlin", "2026-10-25", Some(("02:00", 120)), ("03:00", 30), ""),
        (
            "Europe/Berlin",
            "2026-10-25",
            Some(("02:00", 60)),
            ("02:30", 15),
            "doctor_busy 25 02:00-25 02:00 by 15",
        ),
        (
            "Europe/Berlin",
            "2026-10-25",
            Some(("01:30", 121)),
            ("02:59", 1),
            "doctor_busy 25 01:30-25 02:31 by 1",
        ),
    ] {
        let at = |time: &str| format!("{date}T{time}");
        let visits = visit.map(|(time, minutes)| held(7, &at(time), minutes)).into_iter().collect();
        let diary = clinic(day(date), visits);
        let proposal = asked(&at(proposal.0), proposal.1);
        assert_eq!(shown(&proposal, &diary, zone), verdict, "{zone} {date} {proposal:?}");
    }
}

#[test]
fn statuses_that_free_the_time_free_it() {
    for (status, free) in [
        (Status::Scheduled, false),
        (Status::Completed, false),
        (Status::Cancelled, true),
        (Status::NoShow, true),
    ] {
        let mut visit = held(7, "2026-12-01T10:00", 30);
        visit.visit.status = status;
        let diary = clinic(vec![session("2026-12-01", "09:00", "17:00")], vec![visit]);
        let verdict = judge(&asked("2026-12-01T10:00", 30), &diary, Zone::utc());
        assert_eq!(verdict.is_empty(), free, "{status:?}");
    }
}

#[test]
fn a_patient_cannot_be_in_two_places_and_a_doctor_is_busy_with_all_of_theirs() {
    let mut elsewhere = held(8, "2026-12-01T10:00", 30);
    elsewhere.visit.doctor_id = DoctorId(2);
    let diary = clinic(vec![session("2026-12-01", "09:00", "17:00")], vec![elsewhere]);
    let of = |patient| Proposal { patient_id: patient, ..asked("2026-12-01T10:15", 30) };
    assert_eq!(
        shown(&of(Some(PatientId(1))), &diary, "UTC"),
        "patient_busy 01 10:00-01 10:30 by 15",
        "the same patient with another doctor"
    );
    assert_eq!(shown(&of(Some(PatientId(2))), &diary, "UTC"), "", "another patient");
    assert_eq!(shown(&of(None), &diary, "UTC"), "", "a patient who is not chosen yet");

    let diary = clinic(vec![session("2026-12-01", "09:00", "17:00")], vec![held(8, "2026-12-01T10:00", 30)]);
    assert_eq!(
        shown(&of(Some(PatientId(1))), &diary, "UTC"),
        "doctor_busy 01 10:00-01 10:30 by 15",
        "the same patient with the same doctor is said once"
    );
}

#[test]
fn a_moved_visit_may_overlap_where_it_was() {
    let diary = clinic(vec![session("2026-12-01", "09:00", "17:00")], vec![held(7, "2026-12-01T10:00", 30)]);
    let mut moved = asked("2026-12-01T10:15", 30);
    assert_eq!(shown(&moved, &diary, "UTC"), "doctor_busy 01 10:00-01 10:30 by 15");
    moved.moving = Some(AppointmentId(7));
    assert_eq!(shown(&moved, &diary, "UTC"), "");
    moved.moving = Some(AppointmentId(8));
    assert_ne!(shown(&moved, &diary, "UTC"), "");
}

#[test]
fn a_reason_overrides_people_and_hours_but_not_a_gap_in_time_or_a_doctor_who_left() {
    let mut diary =
        clinic(vec![session("2026-03-29", "00:00", "12:00")], vec![held(7, "2026-03-29T10:00", 30)]);
    diary.doctor_active = false;
    let mut elsewhere = held(8, "2026-03-29T11:00", 30);
    (elsewhere.visit.doctor_id, elsewhere.visit.patient_id) = (DoctorId(2), PatientId(2));
    diary.visits.push(elsewhere);
    let zone = Zone::parse("Europe/Berlin").unwrap();
    let kinds = |proposal: &Proposal| {
        let conflicts = judge(proposal, &diary, zone);
        conflicts.iter().map(|c| (c.kind(), c.can_be_overbooked())).collect::<Vec<_>>()
    };
    assert_eq!(
        kinds(&asked("2026-03-29T09:30", 180)),
        [("inactive_doctor", false), ("doctor_busy", true), ("patient_busy", true), ("closed", true)]
    );
    assert_eq!(kinds(&asked("2026-03-29T02:00", 30)), [("inactive_doctor", false), ("skipped_hour", false)]);
}

#[test]
fn a_conflict_tells_who_and_by_whom() {
    let diary = clinic(vec![session("2026-12-01", "09:00", "17:00")], vec![held(7, "2026-12-01T10:00", 30)]);
    let conflicts = judge(&asked("2026-12-01T10:00", 30), &diary, Zone::utc());
    let [Conflict::DoctorBusy(clash)] = conflicts.as_slice() else { panic!("{conflicts:?}") };
    assert_eq!(clash.held.patient_name, "John Smith");
    assert_eq!(clash.held.booked_by.as_deref(), Some("ana@desk"));
    assert_eq!((clash.held.visit.id, clash.overlap_minutes), (AppointmentId(7), 30));
}

#[test]
fn a_visit_ends_where_its_interval_ends() {
    for (zone, starts, minutes) in [
        ("Europe/Berlin", "2026-03-29T01:30", 60),
        ("Europe/Berlin", "2026-03-29T02:30", 60), // a time that does not exist
        ("Europe/Berlin", "2026-10-25T02:30", 60),
        ("UTC", "2026-12-31T23:30", 60),
    ] {
        let zone = Zone::parse(zone).unwrap();
        let visit = held(1, starts, minutes).visit;
        assert_eq!(end_of(visit.starts, minutes, zone), zone.wall(visit.interval(zone).end), "{starts}");
    }
}
