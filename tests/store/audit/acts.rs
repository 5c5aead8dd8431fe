//! Every act leaves its row: who, from where, about whose record, before and after.

use std::collections::BTreeSet;

use frontdesk::app::msg::{StaffOrder, Write};
use frontdesk::domain::appointment::Status;
use frontdesk::domain::audit::AuditFilter;
use frontdesk::domain::audit::actions::ACTIONS;
use frontdesk::domain::audit::witness::WITNESS;
use frontdesk::domain::booking::Intent;
use frontdesk::domain::draft::{BookingDraft, Draft, NotesDraft};
use frontdesk::domain::ids::StaffId;
use frontdesk::domain::patient::PatientDetails;
use frontdesk::domain::query::PatientQuery;
use frontdesk::domain::schedule::Recurrence;
use frontdesk::domain::staff::{Identity, Role, StaffDetails};
use frontdesk::store::Store;
use frontdesk::store::sql::audit::ReadFor;
use frontdesk::store::sql::sign_in::{DeskEvent, SignIn};
use frontdesk::store::sql::staff::NewPassword;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::support::{
    Desk, book, clinic, day, doctor_details, done, move_to, now, on_every_database, order, origin,
    patient_details, somebody,
};

on_every_database!(at_a_desk: every_act_leaves_its_row, a_clinic_that_is_set_up_says_so);

/// The functions of the store that put something on the trail, and the actions that they put there. A
/// new one is found by `sources`, and belongs here with a test of its row below.
pub const ACTS: [(&str, &[&str]); 28] = [
    ("set_up", &["clinic.set_up"]),
    ("set_clinic", &["clinic.set"]),
    ("set_max_idle_lock", &["clinic.set_idle_lock"]),
    ("save_staff", &["staff.add", "staff.edit", "staff.deactivate", "staff.activate"]),
    ("set_staff_active", &["staff.deactivate", "staff.activate"]),
    ("reset_password", &["staff.reset_password", "staff.unlock"]),
    ("change_password", &["staff.change_password"]),
    ("sign_in", &["sign_in", "sign_in.failed"]),
    ("sign_in_by_account", &["sign_in"]),
    ("unlock_by_account", &["sign_in"]),
    ("desk_event", &["desk.lock", "desk.unlock", "sign_out"]),
    ("save_doctor", &["doctor.add", "doctor.edit"]),
    ("add_hours", &["hours.add"]),
    ("remove_hours", &["hours.remove"]),
    ("register_patient", &["patient.add"]),
    ("edit_patient", &["patient.edit"]),
    ("carry_out", &["appointment.book", "appointment.move", "appointment.status", "appointment.notes"]),
    ("keep_draft", &["draft.keep", "draft.drop"]),
    ("take_drafts", &["draft.take"]),
    ("patient", &["record.open"]),
    ("visits_of_patient", &["record.open"]),
    ("appointment", &["visit.open"]),
    ("visit_history", &["visit.open"]),
    ("appointments_of_day", &["day.read"]),
    ("break_glass", &["record.break_glass"]),
    ("write_notes", &["patient.find", "refused", "audit.gap"]),
    ("audit_rows", &["audit.read", "audit.export"]),
    ("verify_audit", &["audit.verify"]),
];

#[test]
fn the_actions_by_which_the_trail_is_asked_are_those_that_are_written() {
    let written: BTreeSet<&str> = ACTS.iter().flat_map(|(_, actions)| actions.iter().copied()).collect();
    let written: Vec<&str> = written.union(&[WITNESS].into()).copied().collect();
    assert_eq!(written, ACTIONS);
}

/// The act of the store that a desk's request is: a new kind of request does not compile without one.
fn act_of(write: &Write) -> &'static str {
    match write {
        Write::Visit(..) => "carry_out",
        Write::Register(_) => "register_patient",
        Write::EditPatient(..) => "edit_patient",
        Write::BreakGlass(..) => "break_glass",
        Write::Staff(StaffOrder::Add(_) | StaffOrder::Edit(..)) => "save_staff",
        Write::Staff(StaffOrder::SetActive(..)) => "set_staff_active",
        Write::Staff(StaffOrder::ResetPassword(_) | StaffOrder::Unlock(_)) => "reset_password",
        Write::Keep(..) => "keep_draft",
    }
}

#[test]
fn each_request_of_a_desk_is_an_act() {
    let told: BTreeSet<&str> = ACTS.iter().map(|(name, _)| *name).collect();
    let details = patient_details("Mia Chen", 1);
    let visit =
        Intent::SetNotes { id: frontdesk::domain::ids::AppointmentId(1), instead_of: None, notes: None };
    let staff = [
        StaffOrder::Add(staff_details("Ben")),
        StaffOrder::SetActive(StaffId(1), true),
        StaffOrder::Unlock(StaffId(1)),
    ];
    let patients = [Write::Visit(visit, None), Write::Register(details)];
    for write in patients.into_iter().chain(staff.map(Write::Staff)) {
        assert!(told.contains(act_of(&write)));
    }
}

/// A row as the test sees it.
#[derive(Debug)]
struct Row {
    action: String,
    record: String,
    record_id: String,
    patient: String,
    staff: String,
    actor: String,
    detail: Value,
}

/// What was added to the trail since the last look.
struct Trail<'d, 'p> {
    desk: &'d Desk<'p>,
    last: i64,
    seen: BTreeSet<String>,
}

impl Trail<'_, '_> {
    async fn rows(&mut self) -> Vec<Row> {
        let since = format!(
            "SELECT id, action, record, record_id, patient_id, staff_id, host, os_user, seq, actor, detail \
             FROM audit_log WHERE id > {} ORDER BY id",
            self.last
        );
        let mut rows = Vec::new();
        for line in self.desk.rows(&since).await {
            let cells: Vec<&str> = line.splitn(11, '|').collect();
            self.last = cells[0].parse().unwrap();
            assert_eq!((cells[6], cells[7]), ("desk1", "ana"), "{line}");
            assert_ne!(cells[8], "NULL", "it has a place in a chain: {line}");
            // Which a chain puts there by itself.
            if cells[1] == WITNESS {
                continue;
            }
            self.seen.insert(cells[1].to_owned());
            rows.push(Row {
                action: cells[1].into(),
                record: cells[2].into(),
                record_id: cells[3].into(),
                patient: cells[4].into(),
                staff: cells[5].into(),
                actor: cells[9].into(),
                detail: serde_json::from_str(cells[10]).unwrap(),
            });
        }
        rows
    }

    /// The one row of an act by whoever works at the desk: its action, its record and whose it is, and its
    /// detail.
    async fn one(&mut self, action: &str, (record, id): (&str, i32), patient: Option<i32>) -> Value {
        let rows = self.rows().await;
        let [row] = rows.as_slice() else { panic!("one row of {action}: {rows:?}") };
        let patient = patient.map_or("NULL".to_owned(), |id| id.to_string());
        assert_eq!(
            (row.action.as_str(), row.record.as_str(), &row.record_id, &row.patient),
            (action, record, &id.to_string(), &patient),
            "{row:?}"
        );
        assert_eq!((row.staff.as_str(), row.actor.as_str()), ("1", "ana@desk1"), "{row:?}");
        row.detail.clone()
    }
}

fn staff_details(name: &str) -> StaffDetails {
    StaffDetails {
        name: name.into(),
        email: format!("{}@example.org", name.to_lowercase()),
        role: Role::Receptionist,
        doctor_id: None,
        os_user: None,
        os_user_signs_in: false,
        may_overbook: false,
        may_refund: false,
    }
}

async fn every_act_leaves_its_row(desk: &Desk<'_>) {
    let store = &desk.store;
    let mut trail = Trail { desk, last: 0, seen: BTreeSet::new() };
    people_and_hours(desk, &mut trail).await;
    let (lee, john, ana) = desk.people().await;
    trail.rows().await;

    // Visits.
    let visit =
        done(store.carry_out(&order(), &book(lee, john, "2026-12-01T09:00", 30), None).await.unwrap());
    let id = visit.visit.id;
    let place = ("appointments", id.0);
    let told = trail.one("appointment.book", place, Some(john.0)).await;
    assert_eq!(told["before"], Value::Null);
    assert_eq!(
        (&told["after"]["appointment_time"], &told["after"]["doctor_id"]),
        (&json!("2026-12-01 09:00:00"), &json!(lee))
    );
    done(store.carry_out(&order(), &book(lee, ana, "2026-12-01T09:00", 30), Some("in pain")).await.unwrap());
    assert_eq!(trail.rows().await[0].detail["after"]["overbook_reason"], "in pain");
    done(store.carry_out(&order(), &move_to(id, "2026-12-01T11:00"), None).await.unwrap());
    let told = trail.one("appointment.move", place, Some(john.0)).await;
    assert_eq!(told["before"]["appointment_time"], "2026-12-01 09:00:00");
    assert_eq!(told["after"]["appointment_time"], "2026-12-01 11:00:00");
    let cancel = Intent::SetStatus { id, status: Status::Cancelled, seen: None };
    done(store.carry_out(&order(), &cancel, None).await.unwrap());
    let told = trail.one("appointment.status", place, Some(john.0)).await;
    assert_eq!(
        (&told["before"]["status"], &told["after"]["status"]),
        (&json!("Scheduled"), &json!("Cancelled"))
    );
    let notes = Intent::SetNotes { id, instead_of: None, notes: Some("of the patient alone".into()) };
    done(store.carry_out(&order(), &notes, None).await.unwrap());
    let told = trail.one("appointment.notes", place, Some(john.0)).await;
    assert!(!told.to_string().contains("alone"), "notes stay where they are");
    // What is refused, and what was done before, leaves none.
    let again = order();
    done(store.carry_out(&again, &book(lee, john, "2026-12-02T09:00", 30), None).await.unwrap());
    trail.one("appointment.book", ("appointments", id.0 + 2), Some(john.0)).await;
    done(store.carry_out(&again, &book(lee, john, "2026-12-02T09:00", 30), None).await.unwrap());
    drop(store.carry_out(&order(), &book(lee, ana, "2026-12-02T09:15", 30), None).await.unwrap());
    assert!(trail.rows().await.is_empty());

    // What is read.
    store.patient(john).await.unwrap();
    trail.one("record.open", ("patients", john.0), Some(john.0)).await;
    store.visits_of_patient(john, now().naive_utc(), 5).await.unwrap();
    assert!(trail.rows().await.is_empty(), "it is open");
    store.visits_of_patient(ana, now().naive_utc(), 5).await.unwrap();
    trail.one("record.open", ("patients", ana.0), Some(ana.0)).await;
    store.appointment(id).await.unwrap();
    trail.one("visit.open", place, Some(john.0)).await;
    store.visit_history(id).await.unwrap();
    assert!(trail.rows().await.is_empty(), "it is open");
    for doctor in [None, Some(lee)] {
        store.appointments_of_day(day("2026-12-01"), doctor).await.unwrap();
        let told = trail.one("day.read", ("appointments", 0), None).await;
        assert_eq!(told, json!({ "date": "2026-12-01", "doctor_id": doctor, "visits": 2 }), "each time");
    }
    store.find_patients(&PatientQuery::parse("smith", day("2026-11-20")), 5).await.unwrap();
    store.write_notes().await.unwrap();
    let told = trail.one("patient.find", ("patients", 0), None).await;
    assert_eq!((&told["words"], &told["found"]), (&json!("smith"), &json!(1)));
    let filter = AuditFilter { patient: Some(john), ..AuditFilter::default() };
    let page = store.audit_rows(&filter, None, 2, ReadFor::People).await.unwrap();
    assert_eq!(trail.one("audit.read", ("audit_log", 0), Some(john.0)).await["patient"], json!(john));
    store.audit_rows(&filter, page.next, 2, ReadFor::People).await.unwrap();
    assert!(trail.rows().await.is_empty(), "a page more of the same");
    store.audit_rows(&filter, None, 2, ReadFor::Export).await.unwrap();
    trail.one("audit.export", ("audit_log", 0), Some(john.0)).await;
    store.verify_audit(None).await.unwrap();
    assert_eq!(trail.one("audit.verify", ("audit_log", 0), None).await["faults"], 0);

    // Drafts.
    let draft =
        BookingDraft { patient: "John Smith".into(), patient_id: Some(john), ..BookingDraft::default() };
    let draft = Draft::Booking(draft);
    store.keep_draft(&draft, now()).await.unwrap();
    let kept: i32 = desk.rows("SELECT id FROM drafts").await[0].parse().unwrap();
    assert_eq!(trail.one("draft.keep", ("drafts", kept), Some(john.0)).await, json!({}));
    assert_eq!(store.take_drafts(now()).await.unwrap().len(), 1);
    trail.one("draft.take", ("drafts", kept), Some(john.0)).await;
    let draft = NotesDraft { notes_of: id, notes: "x".into(), instead_of: None };
    store.keep_draft(&Draft::Notes(draft), now()).await.unwrap();
    let kept: i32 = desk.rows("SELECT id FROM drafts").await[0].parse().unwrap();
    trail.one("draft.keep", ("drafts", kept), Some(john.0)).await;
    store.take_drafts(now()).await.unwrap();
    trail.one("draft.take", ("drafts", kept), Some(john.0)).await;
    store.take_drafts(now()).await.unwrap();
    assert!(trail.rows().await.is_empty(), "there was none");
    // What nobody took up, and what nobody can read.
    let old = BookingDraft { patient_id: Some(john), ..BookingDraft::default() };
    store.keep_draft(&Draft::Booking(old), now()).await.unwrap();
    desk.sql("UPDATE drafts SET kept_at = '2026-11-12 07:59:59'").await;
    let kept: i32 = desk.rows("SELECT id FROM drafts").await[0].parse().unwrap();
    trail.rows().await;
    store.take_drafts(now()).await.unwrap();
    let told = trail.one("draft.drop", ("drafts", kept), Some(john.0)).await;
    assert_eq!(told, json!({ "why": "older than a week" }));
    desk.sql("INSERT INTO drafts (actor, body, kept_at) VALUES ('staff #1', '{\"kind\": 7}', '2026-12-01 08:00:00')").await;
    let kept: i32 = desk.rows("SELECT id FROM drafts").await[0].parse().unwrap();
    store.take_drafts(now()).await.unwrap();
    let told = trail.one("draft.drop", ("drafts", kept), None).await;
    assert_eq!(told, json!({ "why": "cannot be read" }));

    a_doctor_who_may_not(desk, &mut trail).await;
    at_the_door(desk, &mut trail).await;

    let all: BTreeSet<String> =
        ACTS.iter().flat_map(|(_, actions)| actions.iter().map(|action| (*action).to_owned())).collect();
    let elsewhere = ["audit.gap", "clinic.set_up"];
    let missing: Vec<_> =
        all.difference(&trail.seen).filter(|action| !elsewhere.contains(&action.as_str())).collect();
    assert!(missing.is_empty(), "no row of these was looked at: {missing:?}");
    assert!(trail.seen.is_subset(&all), "{:?}", trail.seen.difference(&all));
    assert!(store.verify_audit(None).await.unwrap().findings.is_empty());
}

/// Patients, doctors, hours, the clinic and its staff.
async fn people_and_hours(desk: &Desk<'_>, trail: &mut Trail<'_, '_>) {
    let store = &desk.store;
    let details = patient_details("Mia Chen", 90);
    let mia = store.register_patient(&order(), &details).await.unwrap();
    let told = trail.one("patient.add", ("patients", mia.id.0), Some(mia.id.0)).await;
    assert_eq!((&told["before"], &told["after"]["name"]), (&Value::Null, &json!("Mia Chen")));
    let renamed = PatientDetails { name: "Mia Wang".into(), ..details };
    store.edit_patient(&order(), &mia, &renamed).await.unwrap();
    let told = trail.one("patient.edit", ("patients", mia.id.0), Some(mia.id.0)).await;
    assert_eq!(told, json!({ "before": { "name": "Mia Chen" }, "after": { "name": "Mia Wang" } }));

    let doctor = store.save_doctor(&order(), None, &doctor_details("Dr. New", 90), true).await.unwrap();
    let told = trail.one("doctor.add", ("doctors", doctor.id.0), None).await;
    assert_eq!(told["after"]["name"], "Dr. New");
    store.save_doctor(&order(), Some(&doctor), &doctor.details, false).await.unwrap();
    let told = trail.one("doctor.edit", ("doctors", doctor.id.0), None).await;
    assert_eq!((&told["before"]["is_active"], &told["after"]["is_active"]), (&json!(true), &json!(false)));

    let (times, today) = (("09:00".parse().unwrap(), "10:00".parse().unwrap()), now().date_naive());
    let recurrence = Recurrence::Exception(day("2026-12-24"));
    let hours = store.add_hours(&order(), doctor.id, recurrence, times, today).await.unwrap();
    let told = trail.one("hours.add", ("doctor_availability", hours.id.0), None).await;
    assert!(told["after"].is_object(), "{told}");
    store.remove_hours(&order(), hours.id, today).await.unwrap();
    let told = trail.one("hours.remove", ("doctor_availability", hours.id.0), None).await;
    assert!(told["before"].is_object(), "{told}");

    let staff = store.save_staff(&order(), None, &staff_details("Ben"), true, None).await.unwrap();
    let place = ("staff", staff.id.0);
    assert_eq!(trail.one("staff.add", place, None).await["after"]["role"], "receptionist");
    let changed = StaffDetails { may_overbook: true, ..staff.details.clone() };
    let staff = store.save_staff(&order(), Some(&staff), &changed, true, None).await.unwrap();
    let told = trail.one("staff.edit", place, None).await;
    assert_eq!(
        (&told["before"]["may_overbook"], &told["after"]["may_overbook"]),
        (&json!(false), &json!(true))
    );
    let staff = store.save_staff(&order(), Some(&staff), &changed, false, None).await.unwrap();
    trail.one("staff.deactivate", place, None).await;
    store.save_staff(&order(), Some(&staff), &changed, true, None).await.unwrap();
    trail.one("staff.activate", place, None).await;
    store.set_staff_active(&order(), staff.id, false).await.unwrap();
    let told = trail.one("staff.deactivate", place, None).await;
    assert_eq!((&told["before"]["is_active"], &told["after"]["is_active"]), (&json!(true), &json!(false)));
    store.set_staff_active(&order(), staff.id, true).await.unwrap();
    trail.one("staff.activate", place, None).await;
    let password = NewPassword { hash: SecretString::from("$argon2id$none"), must_change: true };
    store.reset_password(&order(), staff.id, Some(&password)).await.unwrap();
    let told = trail.one("staff.reset_password", place, None).await;
    assert!(!told.to_string().contains("argon2"), "no hash is on the trail");
    store.reset_password(&order(), staff.id, None).await.unwrap();
    trail.one("staff.unlock", place, None).await;
    store.change_password(&order(), password.hash).await.unwrap();
    trail.one("staff.change_password", ("staff", 1), None).await;
    // Back to what it was, since the database is another test's after this one.
    store.set_clinic(&order(), &clinic()).await.unwrap();
    let told = trail.one("clinic.set", ("clinic_settings", 0), None).await;
    assert_eq!(told["after"]["time_zone"], "Europe/Berlin");
    store.set_max_idle_lock(&order(), 15).await.unwrap();
    let told = trail.one("clinic.set_idle_lock", ("clinic_settings", 0), None).await;
    assert_eq!(told["after"], json!({ "max_idle_lock_minutes": 15 }));
}

/// A doctor whose patient it is not: refused, and let in for a reason.
async fn a_doctor_who_may_not(desk: &Desk<'_>, trail: &mut Trail<'_, '_>) {
    let nobodys = desk.patient("Nobody").await.id;
    let silva = desk.doctor_without_hours("Dr. Silva").await;
    trail.rows().await;
    let identity =
        Identity { role: Role::Doctor, doctor_id: Some(silva), may_overbook: false, ..somebody("ana@desk1") };
    desk.employ(&identity).await;
    let doctor = desk.store.clone().acting(identity);
    doctor.patient(nobodys).await.unwrap_err();
    doctor.write_notes().await.unwrap();
    let told = trail.one("refused", ("patients", nobodys.0), Some(nobodys.0)).await;
    assert_eq!(told["deed"], "open a patient's record");
    doctor.register_patient(&order(), &patient_details("X", 91)).await.unwrap_err();
    doctor.write_notes().await.unwrap();
    let told = trail.one("refused", ("staff", 1), None).await;
    assert_eq!(told, json!({ "deed": "register patients", "role": "doctor" }));
    doctor.break_glass(&order(), nobodys, "unconscious at the door").await.unwrap();
    let told = trail.one("record.break_glass", ("patients", nobodys.0), Some(nobodys.0)).await;
    assert_eq!(told["reason"], "unconscious at the door");
    desk.employ(&desk.store.identity().unwrap()).await;
}

/// Sign-ins, failures, locks.
async fn at_the_door(desk: &Desk<'_>, trail: &mut Trail<'_, '_>) {
    let staff = desk.rows("SELECT id FROM staff WHERE name = 'Ben'").await.remove(0);
    let hash = frontdesk::store::password::hash(SecretString::from("a long enough word")).await.unwrap();
    desk.sql(&format!(
        "UPDATE staff SET password_hash = '{hash}', os_user = 'ana', os_user_signs_in = TRUE WHERE id = {staff}"
    ))
    .await;
    let door = Store::open(&desk.place.location, origin()).unwrap();
    let try_it = async |email: &str, word: &str| door.sign_in(email, SecretString::from(word)).await.unwrap();
    let row = |rows: Vec<Row>| {
        let [row] = <[Row; 1]>::try_from(rows).unwrap();
        (row.action, row.staff, row.actor, row.detail)
    };
    assert_eq!(try_it("ben@example.org", "wrong").await, SignIn::Wrong);
    let (action, who, name, detail) = row(trail.rows().await);
    assert_eq!((action.as_str(), &who, name.as_str()), ("sign_in.failed", &staff, "Ben"));
    assert_eq!(detail, json!({ "tries": 1, "locked_out": false }));
    assert_eq!(try_it("nobody@example.org", "wrong").await, SignIn::Wrong);
    let (action, who, name, detail) = row(trail.rows().await);
    assert_eq!((action.as_str(), who.as_str(), name.as_str()), ("sign_in.failed", "NULL", ""));
    // What was typed may be a password.
    assert_eq!(detail, json!({ "why": "unknown" }));
    assert!(matches!(try_it("ben@example.org", "a long enough word").await, SignIn::Welcome { .. }));
    let (action, who, _, detail) = row(trail.rows().await);
    assert_eq!((action.as_str(), &who, detail), ("sign_in", &staff, json!({ "by": "password" })));
    let identity = door.sign_in_by_account().await.unwrap().unwrap();
    assert_eq!(identity.staff_id, StaffId(staff.parse().unwrap()));
    let (action, who, _, detail) = row(trail.rows().await);
    assert_eq!((action.as_str(), &who, detail), ("sign_in", &staff, json!({ "by": "os_user" })));
    // Ben has a password: a desk that was locked asks for it.
    assert_eq!(door.unlock_by_account().await.unwrap(), None);
    assert!(trail.rows().await.is_empty());
    for (event, told) in [
        (DeskEvent::Locked, "desk.lock"),
        (DeskEvent::Unlocked, "desk.unlock"),
        (DeskEvent::SignedOut, "sign_out"),
    ] {
        desk.store.desk_event(event).await.unwrap();
        assert_eq!(trail.one(told, ("staff", 1), None).await, json!({}));
    }
    door.close().await;
}

async fn a_clinic_that_is_set_up_says_so(desk: &Desk<'_>) {
    let mut trail = Trail { desk, last: 0, seen: BTreeSet::new() };
    desk.without_staff().await;
    let new = Store::open(&desk.place.location, origin()).unwrap();
    let details = StaffDetails { role: Role::Administrator, ..staff_details("Ana") };
    new.set_up(&order(), &clinic(), &details, None).await.unwrap();
    let rows = trail.rows().await;
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!(
        (row.action.as_str(), row.actor.as_str(), row.staff.as_str()),
        ("clinic.set_up", "setup", "NULL")
    );
    assert_eq!(row.detail["after"]["email"], "ana@example.org");
    new.close().await;
}
