//! What is read of the trail: by filters, in pages, by whoever may.

use chrono::TimeDelta;
use frontdesk::domain::appointment::Status;
use frontdesk::domain::audit::{AuditFilter, AuditRow, Flag, VisitEvent};
use frontdesk::domain::booking::Intent;
use frontdesk::domain::ids::{DoctorId, StaffId};
use frontdesk::domain::staff::{Identity, Role};
use frontdesk::store::StoreError;
use frontdesk::store::sql::audit::ReadFor;

use crate::support::{Desk, done, error, move_to, now, on_every_database, order, somebody};

on_every_database!(at_a_desk:
    pages_hold_each_row_once_and_what_the_filter_asks_for,
    a_visit_tells_what_was_done_to_it,
);

async fn all(desk: &Desk<'_>, filter: &AuditFilter, limit: u16) -> Vec<AuditRow> {
    let mut rows = Vec::new();
    let mut cursor = None;
    loop {
        let page = desk.store.audit_rows(filter, cursor, limit, ReadFor::People).await.unwrap();
        assert!(
            page.rows.len() <= limit.into() && (page.next.is_none() || page.rows.len() == usize::from(limit))
        );
        rows.extend(page.rows);
        match page.next {
            None => return rows,
            next => cursor = next,
        }
    }
}

async fn pages_hold_each_row_once_and_what_the_filter_asks_for(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let visit = desk.booked(lee, john, "2026-12-01T09:00", 30).await.visit.id;
    desk.booked(lee, ana, "2026-12-01T10:00", 30).await;
    desk.set_status(visit, Status::Cancelled).await;
    let ben = Identity { staff_id: StaffId(2), email: "ben@example.org".into(), ..somebody("Ben") };
    desk.employ(&ben).await;
    let ben = desk.store.clone().acting(ben);
    ben.patient(john).await.unwrap();
    // All are of one second, but for some that were written an hour before.
    let first = desk.rows("SELECT id FROM audit_log ORDER BY id LIMIT 3").await.join(", ");
    desk.sql(&format!("UPDATE audit_log SET at = '2026-11-20 07:00:00' WHERE id IN ({first})")).await;
    let none = AuditFilter::default();
    let ids = |rows: &[AuditRow]| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    let whole = desk.store.audit_rows(&none, None, 1_000, ReadFor::People).await.unwrap();
    assert_eq!(whole.next, None);
    for limit in [1, 2, 3, 7] {
        // Each look is a row more, which is newer than its first page.
        let paged = all(desk, &none, limit).await;
        assert_eq!(ids(&paged)[paged.len() - whole.rows.len()..], ids(&whole.rows), "pages of {limit}");
    }
    let times: Vec<_> = whole.rows.iter().map(|row| (row.at, row.id)).collect();
    assert!(times.windows(2).all(|pair| pair[0] > pair[1]), "newest first");

    let found = async |filter: AuditFilter| {
        let rows = all(desk, &filter, 2).await;
        rows.into_iter().filter(|row| row.action != "audit.read").map(|row| row.action).collect::<Vec<_>>()
    };
    let of = |patient| AuditFilter { patient: Some(patient), ..AuditFilter::default() };
    assert_eq!(
        found(of(john)).await,
        ["record.open", "appointment.status", "appointment.book", "patient.add"]
    );
    assert_eq!(found(of(ana)).await, ["appointment.book", "patient.add"]);
    let visits = AuditFilter { visit: Some(visit), ..none.clone() };
    assert_eq!(found(visits.clone()).await, ["appointment.status", "appointment.book"]);
    let both = AuditFilter { staff: Some(StaffId(2)), ..of(john) };
    assert_eq!(found(both).await, ["record.open"]);
    assert_eq!(found(AuditFilter { staff: Some(StaffId(2)), ..none.clone() }).await, ["record.open"]);
    assert_eq!(found(AuditFilter { patient: Some(ana), ..visits }).await, [""; 0]);
    let action = |action: &str| AuditFilter { action: Some(action.into()), ..none.clone() };
    assert_eq!(found(action("appointment")).await.len(), 3);
    assert_eq!(found(action("appointment.book")).await.len(), 2);
    assert_eq!(found(action("appoint")).await.len(), 0, "words, not letters");
    assert_eq!(found(action("sign%")).await.len(), 0);
    let (from, until) = (now() - TimeDelta::hours(2), now() - TimeDelta::minutes(1));
    assert_eq!(found(AuditFilter { until: Some(until), ..none.clone() }).await.len(), 3);
    assert_eq!(found(AuditFilter { from: Some(from), until: Some(until), ..none.clone() }).await.len(), 3);
    assert_eq!(found(AuditFilter { from: Some(until), until: Some(from), ..none.clone() }).await.len(), 0);

    let reception = desk.store.clone().acting(Identity { role: Role::Receptionist, ..somebody("Ben") });
    let refused = reception.audit_rows(&none, None, 1, ReadFor::People).await;
    assert!(matches!(refused, Err(StoreError::Forbidden(_))));
    assert!(matches!(reception.verify_audit(None).await, Err(StoreError::Forbidden(_))));
}

async fn a_visit_tells_what_was_done_to_it(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let silva = desk.doctor("Dr. Silva").await;
    desk.booked(lee, ana, "2026-12-02T09:00", 30).await;
    let id = desk.booked(lee, john, "2026-12-01T09:00", 30).await.visit.id;
    let overbook = Some("in pain");
    done(desk.store.carry_out(&order(), &move_to(id, "2026-12-02T09:15"), overbook).await.unwrap());
    let to = Intent::Reschedule { id, doctor_id: Some(silva), starts: None, minutes: Some(45) };
    done(desk.ask(&to).await);
    desk.set_status(id, Status::Cancelled).await;
    desk.store.appointment(id).await.unwrap();
    let words = |events: &[VisitEvent]| events.iter().map(VisitEvent::words).collect::<Vec<_>>();
    let told = desk.store.visit_history(id).await.unwrap();
    assert_eq!(
        words(&told),
        [
            "booked for Tue 1 Dec 2026 09:00, 30 min, Dr. Lee",
            "moved from Tue 1 Dec 09:00 to Wed 2 Dec 09:15, overbooked: in pain",
            "moved from Dr. Lee to Dr. Silva, 45 min instead of 30",
            "cancelled",
        ]
    );
    assert_eq!((told[0].at, told[0].who.as_str()), (now(), "ana@desk1"));
    assert_eq!(told[0].origin, Some(("desk1".into(), "ana".into())));
    // A row of an older program has no chain, and tells as much.
    desk.sql("UPDATE audit_log SET staff_id = NULL, host = NULL, os_user = NULL, patient_id = NULL, desk = NULL, seq = NULL, hash = NULL").await;
    let old = desk.place.store().visit_history(id).await.unwrap();
    assert_eq!((words(&old), &old[0].origin), (words(&told), &None));

    // One that somebody put there since is marked, and no other.
    assert!(old.iter().all(|event| !event.is_unchained));
    desk.sql(&format!(
        "INSERT INTO audit_log (at, actor, action, record, record_id, detail) \
         VALUES ('2026-01-01 00:00:00', 'Ben', 'appointment.cancel', 'appointments', {id}, '{{}}')"
    ))
    .await;
    let forged = desk.place.store().visit_history(id).await.unwrap();
    let marked: Vec<&str> =
        forged.iter().filter(|event| event.is_unchained).map(|event| event.who.as_str()).collect();
    assert_eq!(marked, ["Ben"]);
    let rows = all(desk, &AuditFilter { visit: Some(id), ..AuditFilter::default() }, 9).await;
    let marked =
        rows.iter().filter(|row| row.flags().contains(&Flag::Unchained)).map(|row| row.actor.as_str());
    assert_eq!(marked.collect::<Vec<_>>(), ["Ben"]);

    let reception = desk.store.clone().acting(Identity { role: Role::Receptionist, ..somebody("Ben") });
    assert_eq!(reception.visit_history(id).await.unwrap().len(), 5, "for whoever may open it");
    let other = Identity { role: Role::Doctor, doctor_id: Some(DoctorId(lee.0)), ..somebody("Dr. Lee") };
    let doctor = desk.store.clone().acting(other);
    assert!(matches!(error(doctor.visit_history(id).await), StoreError::Forbidden(_)), "another's visit");
    let missing = desk.store.visit_history(frontdesk::domain::ids::AppointmentId(999_999)).await;
    assert!(matches!(error(missing), StoreError::Missing { what: "visit", .. }));
}
