//! The booking transaction.

use chrono::{Days, TimeDelta};
use frontdesk::domain::appointment::{Status, Visit};
use frontdesk::domain::booking::{Conflict, Intent, Outcome, Proposal};
use frontdesk::domain::ids::{AppointmentId, DoctorId, PatientId};
use frontdesk::store::StoreError;
use frontdesk::store::sql::history::Order;

use crate::support::{
    Desk, book, day, doctor_details, done, error, kinds, move_to, now, on_every_database, order, order_of,
    refused, somebody, wall,
};

on_every_database!(at_a_desk:
    a_visit_stands_as_it_was_booked,
    every_way_to_a_time_passes_the_rule,
    a_conflict_names_who_when_and_by_whom,
    visits_that_touch_do_not_overlap,
    a_visit_past_midnight_stands_on_both_days,
    a_status_that_frees_the_time_frees_it,
    overbooking_needs_a_reason_and_keeps_it,
    a_reinstated_visit_stands_over_those_it_stood_over,
    nobody_is_booked_with_a_doctor_who_left,
    what_does_not_exist_is_named,
    the_same_key_twice_is_the_same_request_twice,
    a_key_that_was_another_requests_is_said,
    the_same_key_at_once_is_one_request,
    a_key_of_another_request_is_refused,
    every_write_is_on_the_audit_trail,
    clock_changes_are_the_clinics,
    what_an_older_program_wrote_is_in_the_way_too,
    notes_change_without_the_rule,
    a_status_is_changed_from_what_was_seen_or_not_at_all,
    text_of_any_kind_comes_back_as_it_was_written,
);

async fn a_visit_stands_as_it_was_booked(desk: &Desk<'_>) {
    let (doctor, patient, _) = desk.people().await;
    let intent = Intent::Book {
        patient_id: patient,
        doctor_id: doctor,
        starts: wall("2026-12-01T09:00"),
        minutes: 45,
        notes: Some("brings the X-ray of 1.12.\nsecond line, Zoë".into()),
    };
    let stood = done(desk.ask(&intent).await);
    let visit = &stood.visit;
    assert_eq!((visit.doctor_id, visit.patient_id), (doctor, patient));
    assert_eq!((visit.starts, visit.minutes), (wall("2026-12-01T09:00"), 45));
    assert_eq!((visit.status, stood.patient_name.as_str()), (Status::Scheduled, "John Smith"));
    assert_eq!(stood.patient_born, Some(day("1980-04-02")));
    assert_eq!(stood.doctor_name, "Dr. Lee");
    assert_eq!(stood.notes.as_deref(), Some("brings the X-ray of 1.12.\nsecond line, Zoë"));
    assert_eq!((stood.booked_by.as_deref(), stood.booked_at), (Some("ana@desk1"), Some(now())));
    assert_eq!((&stood.changed_by, stood.changed_at, &stood.overbook_reason), (&None, None, &None));
    assert_eq!(desk.store.appointment(visit.id).await.unwrap(), Some(stood.clone()));
    // The wall-clock time to the letter, and the instant in UTC.
    let row =
        desk.rows("SELECT appointment_time, duration_minutes, status, booked_at FROM appointments").await;
    assert_eq!(row, ["2026-12-01 09:00:00|45|Scheduled|2026-11-20 08:00:00"]);
}

async fn every_way_to_a_time_passes_the_rule(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let silva = desk.doctor_without_hours("Dr. Silva").await;
    desk.weekly(silva, "Tue", "08:00", "12:00").await;
    desk.booked(lee, john, "2026-12-01T09:00", 60).await;
    let other = desk.booked(lee, ana, "2026-12-01T10:00", 30).await.visit;
    let with_silva = desk.booked(silva, ana, "2026-12-01T09:00", 30).await.visit;
    let cancelled = desk.booked(lee, ana, "2026-12-01T07:30", 30).await.visit;
    done(desk.set_status(cancelled.id, Status::Cancelled).await);
    desk.booked(lee, john, "2026-12-01T07:45", 15).await;
    let reschedule = |id, doctor: Option<DoctorId>, at: Option<&str>, minutes| Intent::Reschedule {
        id,
        doctor_id: doctor,
        starts: at.map(wall),
        minutes,
    };
    let before = desk.rows("SELECT * FROM appointments ORDER BY id").await;
    for (way, intent, verdict) in [
        ("create", book(lee, ana, "2026-12-01T09:30", 15), vec!["doctor_busy"]),
        ("create, for the patient", book(silva, john, "2026-12-01T09:45", 30), vec!["patient_busy"]),
        ("create, in closed hours", book(silva, john, "2026-12-01T11:30", 60), vec!["closed"]),
        (
            "move",
            reschedule(other.id, None, Some("2026-12-01T09:15"), None),
            vec!["doctor_busy", "patient_busy"],
        ),
        (
            "resize",
            reschedule(cancelled.id, None, Some("2026-12-01T08:30"), Some(90)),
            vec!["doctor_busy", "patient_busy"],
        ),
        ("change of doctor", reschedule(with_silva.id, Some(lee), None, None), vec!["doctor_busy"]),
        (
            "un-cancel",
            Intent::SetStatus { id: cancelled.id, status: Status::Scheduled, seen: None },
            vec!["doctor_busy"],
        ),
        (
            "un-cancel as done",
            Intent::SetStatus { id: cancelled.id, status: Status::Completed, seen: None },
            vec!["doctor_busy"],
        ),
    ] {
        let verdict_now = refused(desk.ask(&intent).await);
        assert_eq!(kinds(&verdict_now), verdict, "{way}");
        assert!(!verdict_now.openings.is_empty(), "{way}");
    }
    assert_eq!(desk.rows("SELECT * FROM appointments ORDER BY id").await, before, "a refusal writes nothing");
    assert_eq!(desk.rows("SELECT COUNT(*) FROM audit_log WHERE record = 'appointments'").await, ["6"]);

    // The same ways to times that are free, also when they overlap where the visit was.
    let moved = done(desk.ask(&reschedule(other.id, None, Some("2026-12-01T10:15"), None)).await);
    assert_eq!(moved.visit.starts, wall("2026-12-01T10:15"));
    assert_eq!((moved.changed_by.as_deref(), moved.changed_at), (Some("ana@desk1"), Some(now())));
    let resized = done(desk.ask(&reschedule(other.id, None, None, Some(90))).await);
    assert_eq!((resized.visit.starts, resized.visit.minutes), (wall("2026-12-01T10:15"), 90));
    let okafor = desk.doctor("Dr. Okafor").await;
    let changed = done(desk.ask(&reschedule(with_silva.id, Some(okafor), None, None)).await);
    assert_eq!((changed.visit.doctor_id, changed.doctor_name.as_str()), (okafor, "Dr. Okafor"));
    desk.booked(silva, desk.patient("Mia Chen").await.id, "2026-12-01T09:00", 30).await;
}

async fn a_conflict_names_who_when_and_by_whom(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let held = desk.booked(lee, john, "2026-12-01T09:00", 60).await;
    let asked = Proposal {
        doctor_id: lee,
        patient_id: Some(ana),
        starts: wall("2026-12-01T09:45"),
        minutes: 30,
        moving: None,
    };
    let preview = desk.store.preview(&asked, now()).await.unwrap();
    let verdict = refused(desk.book(lee, ana, "2026-12-01T09:45", 30).await);
    assert_eq!(preview, verdict, "the preview and the transaction say the same");
    let [Conflict::DoctorBusy(clash)] = verdict.conflicts.as_slice() else { panic!("{verdict:?}") };
    assert_eq!(clash.held.visit, held.visit);
    assert_eq!((clash.ends, clash.overlap_minutes), (wall("2026-12-01T10:00"), 15));
    assert_eq!(
        (clash.held.doctor_name.as_str(), clash.held.booked_by.as_deref()),
        ("Dr. Lee", Some("ana@desk1"))
    );
    assert_eq!(clash.held.booked_at, Some(now()));
    let offered: Vec<_> = verdict.openings.iter().map(|opening| opening.starts).collect();
    assert_eq!(offered, ["2026-12-01T10:00", "2026-12-01T10:30", "2026-12-01T11:00"].map(wall));
    assert!(verdict.openings.iter().all(|opening| opening.doctor_id == lee));

    let free = Proposal { starts: wall("2026-12-01T10:00"), ..asked };
    let preview = desk.store.preview(&free, now()).await.unwrap();
    assert!(preview.is_free() && preview.openings.is_empty());
}

async fn visits_that_touch_do_not_overlap(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    desk.booked(lee, john, "2026-12-01T10:00", 30).await;
    desk.booked(lee, ana, "2026-12-01T09:30", 30).await;
    desk.booked(lee, ana, "2026-12-01T10:30", 30).await;
    for (at, minutes) in [("2026-12-01T09:29", 2), ("2026-12-01T10:59", 1), ("2026-12-01T09:00", 180)] {
        assert!(!refused(desk.book(lee, john, at, minutes).await).is_free(), "{at}");
    }
    desk.booked(lee, john, "2026-12-01T11:00", 1).await;
}

async fn a_visit_past_midnight_stands_on_both_days(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let night = desk.booked(lee, john, "2026-12-01T23:30", 60).await.visit;
    for date in ["2026-12-01", "2026-12-02"] {
        let board = desk.store.day(day(date)).await.unwrap();
        assert_eq!(board.visits, std::slice::from_ref(&night), "{date}");
        let list = desk.store.appointments_of_day(day(date), Some(lee)).await.unwrap();
        assert_eq!(list.len(), 1, "{date}");
    }
    for date in ["2026-11-30", "2026-12-03"] {
        assert!(desk.store.day(day(date)).await.unwrap().visits.is_empty(), "{date}");
    }
    assert_eq!(kinds(&refused(desk.book(lee, ana, "2026-12-02T00:15", 30).await)), ["doctor_busy"]);
    desk.booked(lee, ana, "2026-12-02T00:30", 30).await;
    // The longest visit there is, from the day before.
    let silva = desk.doctor("Dr. Silva").await;
    let long = desk.booked(silva, john, "2026-12-03T12:00", 24 * 60).await.visit;
    assert_eq!(kinds(&refused(desk.book(silva, ana, "2026-12-04T11:59", 1).await)), ["doctor_busy"]);
    assert_eq!(desk.store.day(day("2026-12-04")).await.unwrap().visits, [long]);
}

async fn a_status_that_frees_the_time_frees_it(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    for (status, at, free) in [
        (Status::Completed, "2026-12-01T09:00", false),
        (Status::Cancelled, "2026-12-01T10:00", true),
        (Status::NoShow, "2026-12-01T11:00", true),
    ] {
        let visit = desk.booked(lee, john, at, 30).await.visit;
        let now = done(desk.set_status(visit.id, status).await);
        assert_eq!((now.visit.status, now.changed_by.as_deref()), (status, Some("ana@desk1")));
        let again = desk.book(lee, ana, at, 30).await;
        assert_eq!(matches!(again, Outcome::Done { .. }), free, "{status:?}");
        // Coming back to a time that somebody took meanwhile is refused; the other way of not
        // holding it is not.
        let back = desk.set_status(visit.id, Status::Scheduled).await;
        assert_eq!(matches!(back, Outcome::Refused(_)), free, "{status:?}");
        if free {
            done(desk.set_status(visit.id, Status::NoShow).await);
            done(desk.set_status(visit.id, Status::Cancelled).await);
        }
    }
    let visit = desk.booked(lee, john, "2026-12-01T14:00", 30).await.visit;
    done(desk.set_status(visit.id, Status::Cancelled).await);
    assert_eq!(
        done(desk.set_status(visit.id, Status::Scheduled).await).visit,
        visit,
        "a free time is taken back"
    );
}

async fn overbooking_needs_a_reason_and_keeps_it(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    desk.booked(lee, john, "2026-12-01T09:00", 30).await;
    let over = |key: &'static str, intent: Intent| async move {
        desk.store.carry_out(&order_of(key), &intent, Some("chest pain")).await.unwrap()
    };
    let squeezed = done(over("1", book(lee, ana, "2026-12-01T09:15", 30)).await);
    assert_eq!(squeezed.overbook_reason.as_deref(), Some("chest pain"));
    let audit =
        desk.rows("SELECT detail FROM audit_log WHERE action = 'appointment.book' ORDER BY id DESC").await;
    assert!(audit[0].contains("\"overbook_reason\":\"chest pain\""), "{audit:?}");
    let id = squeezed.visit.id;
    // It holds its time like any other, and what does not ask the rule leaves the reason.
    assert!(
        !refused(desk.book(lee, desk.patient("Mia Chen").await.id, "2026-12-01T09:40", 10).await).is_free()
    );
    let completed = done(desk.set_status(id, Status::Completed).await);
    assert_eq!(completed.overbook_reason.as_deref(), Some("chest pain"));
    // Moved to a free time, nobody has to know why any more; a needless reason is not kept.
    let moved = done(desk.ask(&move_to(id, "2026-12-01T11:00")).await);
    assert_eq!(moved.overbook_reason, None);
    let free = done(over("2", book(lee, ana, "2026-12-01T12:00", 30)).await);
    assert_eq!(free.overbook_reason, None);
    // Moved over another without a reason, it is refused; with one, it goes.
    assert_eq!(kinds(&refused(desk.ask(&move_to(id, "2026-12-01T09:00")).await)), ["doctor_busy"]);
    let back = done(over("3", move_to(id, "2026-12-01T09:00")).await);
    assert_eq!(back.overbook_reason.as_deref(), Some("chest pain"));

    // No reason is good enough for these.
    let skipped = over("4", book(lee, ana, "2027-03-28T02:30", 30)).await;
    assert_eq!(kinds(&refused(skipped)), ["skipped_hour"]);
    let details = doctor_details("Dr. Gone", 99);
    let gone = desk.store.save_doctor(&order(), None, &details, false).await.unwrap().id;
    let inactive = over("5", book(gone, ana, "2026-12-01T15:00", 30)).await;
    assert_eq!(kinds(&refused(inactive)), ["inactive_doctor", "closed"]);
}

/// Its reason was given for those who were there then, and for nobody who came since.
async fn a_reinstated_visit_stands_over_those_it_stood_over(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let mia = desk.patient("Mia Chen").await.id;
    let at = |minute: i64| Order { at: now() + TimeDelta::minutes(minute), ..order() };
    let ask =
        async |minute, intent, reason| desk.store.carry_out(&at(minute), &intent, reason).await.unwrap();
    done(ask(0, book(lee, john, "2026-12-01T09:00", 30), None).await);
    let over = done(ask(1, book(lee, ana, "2026-12-01T09:15", 30), Some("chest pain")).await);
    let id = over.visit.id;
    let status = |status| Intent::SetStatus { id, status, seen: None };
    done(ask(2, status(Status::Cancelled), None).await);
    let back = done(ask(3, status(Status::Scheduled), None).await);
    assert_eq!((back.visit, back.overbook_reason.as_deref()), (over.visit.clone(), Some("chest pain")));

    done(ask(4, status(Status::NoShow), None).await);
    let later = done(ask(5, book(lee, mia, "2026-12-01T09:30", 30), None).await);
    // A word on the visit meanwhile makes it no younger.
    done(ask(6, Intent::SetNotes { id, instead_of: None, notes: Some("called".into()) }, None).await);
    done(ask(7, status(Status::Cancelled), None).await);
    let verdict = refused(ask(8, status(Status::Scheduled), None).await);
    assert_eq!(kinds(&verdict), ["doctor_busy", "doctor_busy"]);
    let again = done(ask(9, status(Status::Scheduled), Some("still in pain")).await);
    assert_eq!(again.overbook_reason.as_deref(), Some("still in pain"), "with a reason of its own");
    done(ask(10, status(Status::Cancelled), None).await);
    done(ask(11, move_to(later.visit.id, "2026-12-01T09:40"), None).await);
    assert!(!refused(ask(12, status(Status::Scheduled), None).await).is_free(), "who moved there since");
    done(
        ask(13, Intent::SetStatus { id: later.visit.id, status: Status::Cancelled, seen: None }, None).await,
    );
    done(ask(14, status(Status::Scheduled), None).await);
}

async fn nobody_is_booked_with_a_doctor_who_left(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let visit = desk.booked(lee, john, "2026-12-01T09:00", 30).await.visit;
    let doctor = desk.store.doctor(lee).await.unwrap().unwrap();
    desk.store.save_doctor(&order(), Some(&doctor), &doctor.details, false).await.unwrap();
    let verdict = refused(desk.book(lee, ana, "2026-12-01T10:00", 30).await);
    assert_eq!(kinds(&verdict), ["inactive_doctor"]);
    assert!(verdict.openings.is_empty());
    assert_eq!(kinds(&refused(desk.ask(&move_to(visit.id, "2026-12-01T11:00")).await)), ["inactive_doctor"]);
    // What stands can still be dealt with.
    done(desk.set_status(visit.id, Status::Completed).await);
}

async fn what_does_not_exist_is_named(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let nobody = PatientId(4_000_001);
    let missing = |error| match error {
        StoreError::Missing { what, id } => (what, id),
        other => panic!("{other:?}"),
    };
    let carry_out =
        async |intent: Intent| missing(error(desk.store.carry_out(&order(), &intent, None).await));
    let free = "2026-12-01T09:00";
    assert_eq!(carry_out(book(lee, nobody, free, 30)).await, ("patient", 4_000_001));
    assert_eq!(carry_out(book(DoctorId(4_000_002), john, free, 30)).await, ("doctor", 4_000_002));
    assert_eq!(carry_out(move_to(AppointmentId(4_000_003), free)).await, ("visit", 4_000_003));
    let asked = Proposal {
        doctor_id: DoctorId(4_000_002),
        patient_id: None,
        starts: wall(free),
        minutes: 30,
        moving: None,
    };
    assert_eq!(missing(error(desk.store.preview(&asked, now()).await)), ("doctor", 4_000_002));
    assert_eq!(desk.store.appointment(AppointmentId(4_000_003)).await.unwrap(), None);
    assert_eq!(desk.store.patient(nobody).await.unwrap(), None);
    assert_eq!(desk.store.doctor(DoctorId(4_000_002)).await.unwrap(), None);
    for table in ["appointments", "calendar_days WHERE day > '2000-01-01' AND version > 1"] {
        assert_eq!(desk.count(table).await, 0, "{table}: a failed request leaves nothing");
    }
}

async fn a_key_that_was_another_requests_is_said(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let okafor = desk.doctor("Dr. Okafor").await;
    let ask =
        async |key: &str, intent: Intent| match desk.store.carry_out(&order_of(key), &intent, None).await {
            Ok(Outcome::Done { appointment, repeated, differs }) => (appointment.visit.id, repeated, differs),
            other => panic!("{other:?}"),
        };
    let (id, ..) = ask("b", book(lee, john, "2026-12-01T09:00", 30)).await;
    ask("m", move_to(id, "2026-12-01T11:00")).await;
    // It stands elsewhere by now, which makes the request no other one.
    assert_eq!(ask("b", book(lee, john, "2026-12-01T09:00", 30)).await, (id, true, false));
    assert_eq!(ask("m", move_to(id, "2026-12-01T11:00")).await, (id, true, false));
    for other in [
        book(okafor, john, "2026-12-01T09:00", 30),
        book(lee, ana, "2026-12-01T09:00", 30),
        book(lee, john, "2026-12-01T11:00", 30),
        book(lee, john, "2026-12-01T09:00", 45),
    ] {
        assert_eq!(ask("b", other.clone()).await, (id, true, true), "{other:?}");
    }
    assert_eq!(ask("m", move_to(id, "2026-12-01T12:00")).await, (id, true, true));
    let became = |status| Intent::SetStatus { id, status, seen: None };
    ask("c", became(Status::Cancelled)).await;
    assert_eq!(ask("c", became(Status::Cancelled)).await, (id, true, false));
    assert_eq!(ask("c", became(Status::NoShow)).await, (id, true, true));
    // Of what was done in the same second, any may be meant.
    ask("n", became(Status::NoShow)).await;
    assert_eq!(ask("n", became(Status::NoShow)).await, (id, true, false));
    assert_eq!(ask("n", became(Status::Completed)).await, (id, true, true));
    assert_eq!(desk.count("appointments").await, 1);
}

async fn the_same_key_twice_is_the_same_request_twice(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let ask = async |key: &str, intent: &Intent| match desk
        .store
        .carry_out(&order_of(key), intent, None)
        .await
        .unwrap()
    {
        Outcome::Done { appointment, repeated, .. } => (*appointment, repeated),
        Outcome::Refused(verdict) => panic!("{verdict:?}"),
    };
    let intent = book(lee, john, "2026-12-01T09:00", 30);
    let (first, repeated) = ask("b", &intent).await;
    assert!(!repeated);
    assert_eq!(ask("b", &intent).await, (first.clone(), true));
    let id = first.visit.id;
    let to_ten = move_to(id, "2026-12-01T10:00");
    let (moved, _) = ask("m", &to_ten).await;
    // A request that is made again does not undo what was done since.
    let (later, _) = ask("m2", &move_to(id, "2026-12-01T11:00")).await;
    assert_ne!(moved, later);
    assert_eq!(ask("m", &to_ten).await, (later.clone(), true));
    assert_eq!(ask("b", &intent).await, (later, true));
    let cancel = Intent::SetStatus { id, status: Status::Cancelled, seen: None };
    let (cancelled, _) = ask("c", &cancel).await;
    desk.booked(lee, ana, "2026-12-01T11:00", 30).await;
    assert_eq!(ask("c", &cancel).await, (cancelled, true));
    assert_eq!(desk.count("appointments").await, 2);
    // A refusal is not remembered: the time may be free by then.
    let taken = book(lee, john, "2026-12-01T11:00", 30);
    assert!(matches!(desk.store.carry_out(&order_of("r"), &taken, None).await.unwrap(), Outcome::Refused(_)));
    desk.sql("UPDATE appointments SET status = 'Cancelled'").await;
    assert!(!ask("r", &taken).await.1);
}

async fn the_same_key_at_once_is_one_request(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let intent = book(lee, john, "2026-12-01T09:00", 30);
    let order = order_of("once");
    let ask = || desk.store.carry_out(&order, &intent, None);
    let (a, b, c) = tokio::join!(ask(), ask(), ask());
    let ids = [a, b, c].map(|outcome| done(outcome.unwrap()).visit.id);
    assert_eq!(ids, [ids[0]; 3]);
    assert_eq!(desk.count("appointments").await, 1);
    assert_eq!(desk.count("idempotency_keys WHERE idempotency_key = 'once'").await, 1);
}

async fn a_key_of_another_request_is_refused(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let details = crate::support::patient_details("Mia Chen", 50);
    let order = order_of("mine");
    desk.store.register_patient(&order, &details).await.unwrap();
    let visit = desk.booked(lee, john, "2026-12-01T08:00", 30).await.visit;
    let intent = book(lee, john, "2026-12-01T09:00", 30);
    let reused = error(desk.store.carry_out(&order, &intent, None).await);
    assert!(matches!(reused, StoreError::KeyUsed), "{reused:?}");
    let cancel = Intent::SetStatus { id: visit.id, status: Status::Cancelled, seen: None };
    let reused = error(desk.store.carry_out(&order, &cancel, None).await);
    assert!(matches!(reused, StoreError::KeyUsed), "{reused:?}");
    let reused = error(desk.store.save_doctor(&order, None, &doctor_details("Dr. New", 51), true).await);
    assert!(matches!(reused, StoreError::KeyUsed), "{reused:?}");
    assert_eq!(desk.count("appointments").await, 1);
    assert_eq!(desk.store.appointment(visit.id).await.unwrap().unwrap().visit, visit);
}

async fn every_write_is_on_the_audit_trail(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let id = desk.booked(lee, john, "2026-12-01T09:00", 30).await.visit.id;
    done(desk.ask(&move_to(id, "2026-12-01T10:00")).await);
    done(desk.set_status(id, Status::NoShow).await);
    done(desk.ask(&Intent::SetNotes { id, instead_of: None, notes: Some("a note".into()) }).await);
    let trail = desk
        .rows("SELECT action, actor, at, record_id FROM audit_log WHERE record = 'appointments' ORDER BY id")
        .await;
    let expected = ["book", "move", "status", "notes"]
        .map(|what| format!("appointment.{what}|ana@desk1|2026-11-20 08:00:00|{id}"));
    assert_eq!(trail, expected);
    let details = desk.rows("SELECT detail FROM audit_log WHERE record = 'appointments' ORDER BY id").await;
    let moved: serde_json::Value = serde_json::from_str(&details[1]).unwrap();
    assert_eq!(moved["before"]["appointment_time"], "2026-12-01 09:00:00");
    assert_eq!(moved["after"]["appointment_time"], "2026-12-01 10:00:00");
    assert_eq!(moved["after"]["status"], "Scheduled");
    assert!(!details[3].contains("a note"), "notes stay in their own column");
    assert_eq!(desk.count("idempotency_keys").await, desk.count("audit_log").await);
}

async fn clock_changes_are_the_clinics(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    // Berlin, 28 March 2027: 02:00 to 03:00 does not exist.
    let verdict = refused(desk.book(lee, john, "2027-03-28T02:30", 30).await);
    assert_eq!(
        verdict.conflicts,
        [Conflict::SkippedHour {
            doctor_id: lee,
            starts: wall("2027-03-28T02:30"),
            ends: wall("2027-03-28T03:00")
        }]
    );
    assert_eq!(verdict.openings[0].starts, wall("2027-03-28T03:00"));
    let over = desk.booked(lee, john, "2027-03-28T01:30", 60).await.visit;
    assert_eq!(over.ends(desk.store.zone()), wall("2027-03-28T03:30"));
    assert_eq!(kinds(&refused(desk.book(lee, ana, "2027-03-28T03:15", 15).await)), ["doctor_busy"]);
    desk.booked(lee, ana, "2027-03-28T03:30", 15).await;
    // 31 October 2027: 02:00 to 03:00 comes twice.
    desk.booked(lee, john, "2027-10-31T02:00", 120).await;
    desk.booked(lee, ana, "2027-10-31T03:00", 15).await;
    assert_eq!(kinds(&refused(desk.book(lee, ana, "2027-10-31T02:45", 15).await)), ["doctor_busy"]);
}

async fn what_an_older_program_wrote_is_in_the_way_too(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let columns =
        "INSERT INTO appointments (doctor_id, patient_id, appointment_time, duration_minutes, status) VALUES";
    desk.sql(&format!("{columns} ({lee}, {john}, '2026-12-01 09:00:00', NULL, NULL)")).await;
    desk.sql(&format!("{columns} ({lee}, {john}, '2026-12-01 23:30:00', NULL, 'Completed')")).await;
    desk.sql(&format!("INSERT INTO appointments (doctor_id, patient_id, appointment_time) VALUES ({lee}, {john}, '2026-12-03 09:00:00')")).await;
    desk.sql(&format!("{columns} ({lee}, {john}, '2026-12-04 09:00:00', 0, 'Scheduled')")).await;
    for (at, minutes) in
        [("2026-12-01T09:59", 1), ("2026-12-02T00:29", 1), ("2026-12-03T09:30", 15), ("2026-12-04T08:45", 30)]
    {
        let verdict = refused(desk.book(lee, ana, at, minutes).await);
        assert_eq!(kinds(&verdict), ["doctor_busy"], "{at}");
        assert_eq!(verdict.conflicts[0].clash().unwrap().held.booked_by, None);
    }
    let board = desk.store.day(day("2026-12-02")).await.unwrap();
    let [visit] = board.visits.as_slice() else { panic!("{:?}", board.visits) };
    assert_eq!((visit.minutes, visit.status), (60, Status::Completed));
    let board = desk.store.day(day("2026-12-01")).await.unwrap();
    assert_eq!((board.visits[0].minutes, board.visits[0].status), (60, Status::Scheduled));
    let from = wall("2026-12-02T00:00");
    let query = frontdesk::store::sql::openings::OpeningQuery {
        doctors: frontdesk::store::sql::openings::Wanted::Doctor(lee),
        patient: None,
        minutes: 30,
        from,
        limit: 1,
        moving: None,
    };
    assert_eq!(desk.store.openings(&query).await.unwrap()[0].starts, from + TimeDelta::minutes(30));
    // They can be moved and cancelled like any other.
    let id = board.visits[0].id;
    let moved = done(desk.ask(&move_to(id, "2026-12-01T10:00")).await);
    assert_eq!((moved.visit.minutes, moved.visit.status), (60, Status::Scheduled));
    done(desk.set_status(id, Status::Cancelled).await);
}

async fn notes_change_without_the_rule(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let visit = desk.booked(lee, john, "2026-12-01T09:00", 30).await.visit;
    // Over a taken and closed time by now; that is no reason to refuse a note.
    desk.exception(lee, "2026-12-01", "00:00", "00:00").await;
    let write = |instead_of: Option<&str>, notes: Option<&str>| Intent::SetNotes {
        id: visit.id,
        instead_of: instead_of.map(str::to_owned),
        notes: notes.map(str::to_owned),
    };
    let noted = done(desk.ask(&write(None, Some("fasting"))).await);
    assert_eq!((noted.notes.as_deref(), &noted.visit), (Some("fasting"), &visit));
    // Another desk that began from the empty notes does not write over these.
    let late = desk.store.carry_out(&order(), &write(None, Some("bring the scan")), None).await;
    assert!(matches!(late, Err(StoreError::Changed { what: "visit", .. })), "{late:?}");
    let cleared = done(desk.ask(&write(Some("fasting"), None)).await);
    assert_eq!(cleared.notes, None);
    let tomorrow = visit.starts.date() + Days::new(1);
    assert!(desk.store.day(tomorrow).await.unwrap().visits.is_empty());
}

async fn a_status_is_changed_from_what_was_seen_or_not_at_all(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let booked = desk.booked(lee, john, "2026-12-01T09:00", 30).await.visit;
    let id = booked.id;
    let ask = async |key: &str, seen: &Visit, status: Status| {
        let intent = Intent::SetStatus { id, status, seen: Some(seen.clone()) };
        desk.store.carry_out(&order_of(key), &intent, None).await
    };
    let completed = done(ask("done", &booked, Status::Completed).await.unwrap()).visit;
    // Another desk that still saw it as it was booked changes nothing: to no status, the same included.
    for status in [Status::Cancelled, Status::NoShow, Status::Completed, Status::Scheduled] {
        let late = error(ask(&format!("late {status:?}"), &booked, status).await);
        assert!(matches!(late, StoreError::Changed { what: "visit", .. }), "{late:?}");
        assert_eq!(desk.store.appointment(id).await.unwrap().unwrap().visit, completed);
    }
    // The same request again is the one that was carried out, whatever it saw.
    let again = ask("done", &booked, Status::Completed).await.unwrap();
    assert!(matches!(again, Outcome::Done { repeated: true, .. }), "{again:?}");
    // Nor where it was moved since, and has the status still.
    let moved = done(desk.ask(&move_to(id, "2026-12-01T10:00")).await).visit;
    let late = error(ask("moved", &completed, Status::Cancelled).await);
    assert!(matches!(late, StoreError::Changed { what: "visit", .. }), "{late:?}");
    done(ask("seen", &moved, Status::Cancelled).await.unwrap());
    // Whoever says nothing of what was seen means the visit whatever it is.
    let kept = done(desk.set_status(id, Status::NoShow).await);
    assert_eq!(kept.visit.status, Status::NoShow);
}

async fn text_of_any_kind_comes_back_as_it_was_written(desk: &Desk<'_>) {
    let (lee, john, _) = desk.people().await;
    let long = "long é ".repeat(5_000);
    for (n, text) in [
        "it's \"quoted\" `thrice`",
        "'; DROP TABLE appointments; --",
        "\\' backslashes \\n \\0 \\",
        "? ?? :name @id %s _utf8mb4 X'41'",
        "Zoë 王娜 😀 \n\ttabbed",
        long.trim(),
    ]
    .into_iter()
    .enumerate()
    {
        let starts = wall("2026-12-01T09:00") + TimeDelta::minutes(i64::try_from(n).unwrap());
        let intent =
            Intent::Book { patient_id: john, doctor_id: lee, starts, minutes: 60, notes: Some(text.into()) };
        let short: String = text.chars().take(60).collect();
        let order = order_of(&format!("{n} {short}"));
        desk.employ(&somebody(&short)).await;
        let store = desk.store.clone().acting(somebody(&short));
        let booked = store.carry_out(&order, &intent, Some(&short)).await.unwrap();
        let again = store.carry_out(&order, &intent, Some(&short)).await.unwrap();
        assert!(matches!(again, Outcome::Done { repeated: true, .. }), "{short}");
        let booked = done(booked);
        assert_eq!(booked.notes.as_deref(), Some(text));
        assert_eq!(booked.booked_by.as_deref(), Some(short.as_str()));
        assert_eq!(booked.overbook_reason.as_deref(), (n > 0).then_some(short.as_str()));
        assert_eq!(desk.store.appointment(booked.visit.id).await.unwrap(), Some(booked));
    }
}
