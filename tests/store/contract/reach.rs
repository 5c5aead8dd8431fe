//! How far a doctor's permissions reach: their own day, their own patients, and whose record they opened by saying
//! why. The table itself is gone through in `roles`.

use frontdesk::domain::appointment::Status;
use frontdesk::domain::booking::{Intent, Proposal};
use frontdesk::domain::day::DayChange;
use frontdesk::domain::ids::{DoctorId, PatientId};
use frontdesk::domain::permission::Deed;
use frontdesk::domain::query::PatientQuery;
use frontdesk::domain::staff::{Identity, Role};
use frontdesk::store::sql::history::Order;
use frontdesk::store::sql::openings::{OpeningQuery, Wanted};
use frontdesk::store::sql::who::Access;
use frontdesk::store::{Store, StoreError};

use super::roles::{DATE, World};
use crate::support::{Desk, book, day, done, error, now, on_every_database, order, order_of, wall};

on_every_database!(at_a_desk:
    a_doctors_day_is_their_own,
    a_doctor_finds_everybody_and_reads_no_more_than_tells_them_apart,
    a_doctor_is_told_no_more_of_a_colleagues_day_than_that_the_patient_is_elsewhere,
    who_opens_a_record_sees_every_visit_in_it_and_changes_their_own,
    a_record_is_opened_by_saying_why_and_that_is_flagged,
    a_key_of_somebody_elses_request_hands_nothing_out,
    a_doctor_comes_to_nobody_by_booking_them,
    a_doctor_comes_to_nobody_by_giving_a_cancelled_visit_back,
);

async fn a_doctors_day_is_their_own(desk: &Desk<'_>) {
    let world = World::of(desk).await;
    let lee = world.lee().await;
    let [(own, john), (other, ana)] = world.sides;
    let read = lee.day(day(DATE)).await.unwrap();
    assert_eq!(read.doctors.iter().map(|doctor| doctor.id).collect::<Vec<_>>(), [own]);
    assert!(read.visits.iter().all(|visit| visit.doctor_id == own) && read.visits.len() == 1);
    assert!(read.schedules.keys().all(|doctor| *doctor == own));
    let of_day = lee.appointments_of_day(day(DATE), None).await.unwrap();
    assert!(of_day.iter().all(|of| of.visit.doctor_id == own) && of_day.len() == 1);
    let anyone = OpeningQuery {
        doctors: Wanted::Anyone,
        patient: None,
        minutes: 30,
        from: wall("2026-12-01T09:00"),
        limit: 8,
        moving: None,
    };
    let openings = lee.openings(&anyone).await.unwrap();
    assert!(openings.len() == 8 && openings.iter().all(|opening| opening.doctor_id == own));

    // What a colleague's day becomes is no change of theirs.
    desk.booked(other, ana, "2026-12-01T15:00", 30).await;
    assert_eq!(lee.day_changes(day(DATE), &read.versions).await.unwrap(), None);
    desk.booked(own, john, "2026-12-01T16:00", 30).await;
    let Some(DayChange::Doctors { doctors, visits, versions, .. }) =
        lee.day_changes(day(DATE), &read.versions).await.unwrap()
    else {
        panic!("their own day changed")
    };
    assert_eq!((doctors, visits.len()), (vec![own], 2));
    assert!(versions.of_doctors.keys().all(|doctor| *doctor == own));
    desk.doctor_without_hours("Dr. Silva").await;
    let Some(DayChange::Everything(day_now)) = lee.day_changes(day(DATE), &versions).await.unwrap() else {
        panic!("a doctor more is everything anew")
    };
    assert_eq!(day_now.doctors.len(), 1);
}

async fn a_doctor_finds_everybody_and_reads_no_more_than_tells_them_apart(desk: &Desk<'_>) {
    let world = World::of(desk).await;
    let lee = world.lee().await;
    let [(own, john), (_, ana)] = world.sides;
    let find = async |store: &Store, id: PatientId| {
        let query = PatientQuery::parse(&format!("#{id}"), now().date_naive());
        store.find_patients(&query, 5).await.unwrap().patients.remove(0)
    };
    let found = find(&lee, ana).await;
    assert_eq!((found.details.name.as_str(), found.details.date_of_birth), ("Ana Ruiz", day("1980-04-02")));
    assert_eq!((found.details.email, found.details.phone, found.details.address), Default::default());
    assert_eq!(find(&lee, john).await, find(&world.admin, john).await, "theirs, whole");
    let names = lee.names(&[john, ana]).await.unwrap();
    assert!(names.contains_key(&john) && !names.contains_key(&ana), "on no day of theirs: {names:?}");
    assert_eq!(world.admin.names(&[john, ana]).await.unwrap().len(), 2);
    // A cancelled visit makes nobody theirs; one that was missed does.
    let eve = desk.patient("Eve Adams").await.id;
    let visit = desk.booked(own, eve, &world.free(), 30).await.visit.id;
    assert_eq!(lee.access(eve).await.unwrap(), Access::Open);
    desk.set_status(visit, Status::NoShow).await;
    assert_eq!(lee.access(eve).await.unwrap(), Access::Open);
    desk.set_status(visit, Status::Cancelled).await;
    assert_eq!(lee.access(eve).await.unwrap(), Access::Closed);
    assert!(find(&lee, eve).await.details.phone.is_empty());
}

async fn a_doctor_is_told_no_more_of_a_colleagues_day_than_that_the_patient_is_elsewhere(desk: &Desk<'_>) {
    let world = World::of(desk).await;
    let lee = world.lee().await;
    let [(own, john), (other, ana)] = world.sides;
    let clash = |patient, at: &str| Proposal {
        doctor_id: own,
        patient_id: Some(patient),
        starts: wall(at),
        minutes: 30,
        moving: None,
    };
    // Ana is Dr. Okafor's alone.
    let ana_there = clash(ana, "2026-12-01T08:15");
    let verdict = lee.preview(&ana_there, now()).await.unwrap();
    let held = verdict.conflicts.iter().filter_map(|conflict| conflict.clash()).map(|clash| &clash.held);
    let held: Vec<_> = held.filter(|held| held.visit.patient_id == ana).collect();
    assert_eq!(held.len(), 1);
    assert_eq!((held[0].doctor_name.as_str(), held[0].visit.doctor_id), ("another doctor", DoctorId(0)));
    assert_eq!((&held[0].booked_by, held[0].booked_at), (&None, None));
    assert_eq!(held[0].visit.starts, wall("2026-12-01T08:00"), "when, which is what is needed");
    let intent = book(own, ana, "2026-12-01T08:15", 30);
    let no = error(lee.carry_out(&order(), &intent, None).await);
    assert!(matches!(no, StoreError::NotTheirs(of) if of == ana), "{no:?}");
    // Of a patient of theirs they may read all visits anyway.
    desk.booked(other, john, "2026-12-01T10:00", 30).await;
    let verdict = lee.preview(&clash(john, "2026-12-01T10:15"), now()).await.unwrap();
    let held = &verdict.conflicts[0].clash().unwrap().held;
    assert_eq!((held.doctor_name.as_str(), held.visit.doctor_id), ("Dr. Okafor", other));
}

async fn who_opens_a_record_sees_every_visit_in_it_and_changes_their_own(desk: &Desk<'_>) {
    let world = World::of(desk).await;
    let lee = world.lee().await;
    let [(own, john), (other, ana)] = world.sides;
    let there = desk.booked(other, john, "2026-12-01T10:00", 30).await.visit;
    let (next, past) = lee.visits_of_patient(john, wall("2026-12-01T09:00"), 9).await.unwrap();
    assert_eq!(next.iter().chain(&past).map(|of| of.visit.doctor_id).collect::<Vec<_>>(), [other, own]);
    assert_eq!(lee.count_visits_of_patient(john, wall("2026-12-01T09:00")).await.unwrap(), (1, 1));
    assert_eq!(lee.appointment(there.id).await.unwrap().unwrap().visit, there);
    let cancel = Intent::SetStatus { id: there.id, status: Status::Cancelled, seen: None };
    let no = error(lee.carry_out(&order(), &cancel, None).await);
    assert!(matches!(no, StoreError::Forbidden(of) if of.deed == Deed::Book), "{no:?}");
    let hers = desk.booked(other, ana, &world.free(), 30).await.visit.id;
    let no = error(lee.appointment(hers).await);
    assert!(matches!(no, StoreError::Forbidden(of) if of.deed == Deed::ReadCalendar), "{no:?}");
    assert_eq!(lee.appointment(there.id).await.unwrap().unwrap().visit.status, Status::Scheduled);
}

async fn a_record_is_opened_by_saying_why_and_that_is_flagged(desk: &Desk<'_>) {
    let world = World::of(desk).await;
    let lee = world.lee().await;
    let [(_, john), (_, ana)] = world.sides;
    let no = error(lee.patient(ana).await);
    assert!(matches!(no, StoreError::NotTheirs(of) if of == ana), "{no:?}");
    for reason in ["", "  ", "x", "ill.", "xxxxxxxx", &"x".repeat(301)] {
        let no = error(lee.break_glass(&order(), ana, reason).await);
        assert!(matches!(no, StoreError::BadValue(_)), "{no:?}");
    }
    let nobody = PatientId(1_999_999_999);
    let no = error(lee.break_glass(&order(), nobody, "collapsed").await);
    assert!(matches!(no, StoreError::Missing { what: "patient", .. }), "{no:?}");
    assert_eq!(lee.access(ana).await.unwrap(), Access::Closed);

    lee.break_glass(&order_of("glass"), ana, "collapsed in the waiting room").await.unwrap();
    lee.break_glass(&order_of("glass"), ana, "collapsed in the waiting room").await.unwrap();
    assert_eq!(lee.access(ana).await.unwrap(), Access::BreakGlass);
    assert_eq!(lee.patient(ana).await.unwrap().unwrap().details.name, "Ana Ruiz");
    let who = lee.identity().unwrap();
    let flagged = "SELECT staff_id, patient_id, detail FROM audit_log WHERE action = 'record.break_glass'";
    let line = format!("{}|{ana}|{{\"reason\":\"collapsed in the waiting room\"}}", who.staff_id);
    assert_eq!(desk.rows(flagged).await, [line]);
    let opened = "SELECT COUNT(*) FROM audit_log WHERE action = 'record.open' AND patient_id = ";
    assert_eq!(desk.rows(&format!("{opened}{ana}")).await, ["1"]);

    // The key opens nothing else, and for nobody else.
    let eve = desk.patient("Eve Adams").await.id;
    let no = error(lee.break_glass(&order_of("glass"), eve, "collapsed").await);
    assert!(matches!(no, StoreError::KeyUsed), "{no:?}");
    assert_eq!(lee.access(eve).await.unwrap(), Access::Closed);
    let okafor =
        Identity { doctor_id: Some(world.sides[1].0), ..world.somebody(Role::Doctor, true, true).await };
    desk.employ(&okafor).await;
    let okafor = desk.store.clone().acting(okafor);
    let no = error(okafor.break_glass(&order_of("glass"), ana, "collapsed").await);
    assert!(matches!(no, StoreError::KeyUsed), "{no:?}");
    assert_eq!(okafor.access(john).await.unwrap(), Access::Closed);
    // It lasts as long as they are signed in.
    let again = desk.store.clone().acting(who);
    assert_eq!(again.access(ana).await.unwrap(), Access::Closed);
    // Who opens every record says nothing, and none of it is flagged.
    world.admin.break_glass(&order(), ana, "").await.unwrap();
    assert_eq!(desk.rows(flagged).await.len(), 1);
}

async fn a_key_of_somebody_elses_request_hands_nothing_out(desk: &Desk<'_>) {
    let world = World::of(desk).await;
    let lee = world.lee().await;
    let [(own, john), (other, ana)] = world.sides;
    let key: Order = order_of("theirs");
    let at = world.free();
    done(world.admin.carry_out(&key, &book(other, ana, &at, 15), None).await.unwrap());
    let before = world.kept().await;
    let no = error(lee.carry_out(&key, &book(own, john, &at, 15), None).await);
    assert!(matches!(no, StoreError::Forbidden(of) if of.deed == Deed::Book), "{no:?}");
    assert_eq!(world.kept().await, before, "nothing is done");
}

async fn a_doctor_comes_to_nobody_by_booking_them(desk: &Desk<'_>) {
    let world = World::of(desk).await;
    let lee = Identity { may_overbook: true, ..world.lee().await.identity().unwrap() };
    desk.employ(&lee).await;
    let lee = desk.store.clone().acting(lee);
    let [(own, john), (_, ana)] = world.sides;
    let before = world.kept().await;
    // Nor over the rule, nor at a time that is taken: what is in the way is not told either.
    for at in [world.free(), "2026-12-01T08:00".to_owned()] {
        let no = error(lee.carry_out(&order(), &book(own, ana, &at, 15), None).await);
        assert!(matches!(no, StoreError::NotTheirs(of) if of == ana), "{no:?}");
    }
    let no = error(lee.carry_out(&order(), &book(own, ana, "2026-12-01T08:00", 15), Some("pain")).await);
    assert!(matches!(no, StoreError::NotTheirs(of) if of == ana), "{no:?}");
    assert_eq!(world.kept().await, before);
    assert_eq!(lee.access(ana).await.unwrap(), Access::Closed);
    lee.write_notes().await.unwrap();
    let refusals = "SELECT COUNT(*) FROM audit_log WHERE action = 'refused' AND patient_id = ";
    assert_eq!(desk.rows(&format!("{refusals}{ana}")).await, ["3"]);
    // Their own patient, and whose record they opened by saying why.
    done(lee.carry_out(&order(), &book(own, john, &world.free(), 15), None).await.unwrap());
    lee.break_glass(&order(), ana, "colleague is ill").await.unwrap();
    done(lee.carry_out(&order(), &book(own, ana, &world.free(), 15), None).await.unwrap());
    assert_eq!(lee.access(ana).await.unwrap(), Access::Open);
}

async fn a_doctor_comes_to_nobody_by_giving_a_cancelled_visit_back(desk: &Desk<'_>) {
    let world = World::of(desk).await;
    let lee = world.lee().await;
    let own = world.sides[0].0;
    let eve = desk.patient("Eve Adams").await.id;
    let id = desk.booked(own, eve, &world.free(), 15).await.visit.id;
    let set = |status| Intent::SetStatus { id, status, seen: None };
    let mut held = true;
    desk.set_status(id, Status::Cancelled).await;
    // To cancel it again does not make it theirs to give back.
    done(lee.carry_out(&order(), &set(Status::Cancelled), None).await.unwrap());
    for status in [Status::Scheduled, Status::NoShow, Status::Completed] {
        let no = error(lee.carry_out(&order(), &set(status), None).await);
        assert!(matches!(no, StoreError::NotTheirs(of) if of == eve), "{status:?} {no:?}");
        held &= lee.access(eve).await.unwrap() == Access::Closed;
    }
    // To move it makes nobody theirs either, since it stays cancelled.
    done(lee.carry_out(&order(), &crate::support::move_to(id, &world.free()), None).await.unwrap());
    assert!(held && lee.access(eve).await.unwrap() == Access::Closed);
    // What they cancelled themselves they take back, as with `u` at the desk.
    desk.set_status(id, Status::Scheduled).await;
    done(lee.carry_out(&order(), &set(Status::Cancelled), None).await.unwrap());
    assert_eq!(lee.access(eve).await.unwrap(), Access::Closed);
    done(lee.carry_out(&order(), &set(Status::Scheduled), None).await.unwrap());
    assert_eq!(lee.access(eve).await.unwrap(), Access::Open);
}
