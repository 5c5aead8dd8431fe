//! What each role may do, deed by deed, where the stores are called.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::TimeDelta;
use frontdesk::domain::appointment::{Appointment, Status};
use frontdesk::domain::audit::AuditFilter;
use frontdesk::domain::booking::{Intent, Outcome, Proposal};
use frontdesk::domain::ids::{DoctorId, PatientId};
use frontdesk::domain::permission::{Deed, Reach, Rule};
use frontdesk::domain::query::PatientQuery;
use frontdesk::domain::schedule::Recurrence;
use frontdesk::domain::staff::{Identity, Role};
use frontdesk::store::sql::audit::ReadFor;
use frontdesk::store::sql::openings::{OpeningQuery, Wanted};
use frontdesk::store::sql::staff::NewPassword;
use frontdesk::store::{Result, Store, StoreError};
use secrecy::SecretString;

use super::staff::{details, set_up};
use crate::support::{
    Desk, book, clinic, day, doctor_details, done, move_to, now, on_every_database, order, patient_details,
    wall,
};

on_every_database!(at_a_desk:
    the_table_holds_for_every_role_and_every_deed,
);

/// The day on which nothing but what is attempted stands.
pub(super) const DATE: &str = "2026-12-01";

/// What there is to do something to: a doctor's own, and another's.
pub(super) struct World<'d> {
    desk: &'d Desk<'d>,
    /// For the administrator who set the clinic up.
    pub(super) admin: Store,
    /// Dr. Lee with a patient of theirs, and Dr. Okafor with one.
    pub(super) sides: [(DoctorId, PatientId); 2],
    /// When the last visit was asked for: no two meet.
    last: std::cell::Cell<i64>,
}

/// Whose it is that something is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Own,
    Others,
}

impl<'d> World<'d> {
    pub(super) async fn of(desk: &'d Desk<'d>) -> Self {
        let (_, admin) = set_up(desk).await;
        let mut sides = Vec::new();
        for (doctor, patient, at) in [("Dr. Lee", "John Smith", "08:00"), ("Dr. Okafor", "Ana Ruiz", "08:00")]
        {
            let (doctor, patient) = (desk.doctor(doctor).await, desk.patient(patient).await.id);
            desk.booked(doctor, patient, &format!("{DATE}T{at}"), 30).await;
            sides.push((doctor, patient));
        }
        World { desk, admin, sides: [sides[0], sides[1]], last: std::cell::Cell::new(0) }
    }

    fn side(&self, whose: Whose) -> (DoctorId, PatientId) {
        self.sides[usize::from(whose == Whose::Others)]
    }

    /// A time at which nothing stands.
    pub(super) fn free(&self) -> String {
        self.last.set(self.last.get() + 1);
        let at = wall("2027-01-01T00:00") + TimeDelta::hours(self.last.get());
        at.format("%Y-%m-%dT%H:%M").to_string()
    }

    /// A visit that is there to be changed.
    async fn visit(&self, whose: Whose) -> Appointment {
        let (doctor, patient) = self.side(whose);
        self.desk.booked(doctor, patient, &self.free(), 15).await
    }

    /// Somebody of a role: the doctor whom they are, where they are one, and whether they were given what is
    /// given.
    pub(super) async fn somebody(&self, role: Role, is_doctor: bool, given: bool) -> Identity {
        let name = format!("{}{is_doctor}{given}", role.words());
        let member = self.admin.save_staff(&order(), None, &details(&name, role), true, None).await.unwrap();
        let who = Identity {
            doctor_id: is_doctor.then_some(self.sides[0].0),
            may_overbook: given,
            may_refund: given,
            ..Identity::from(&member)
        };
        self.desk.employ(&who).await;
        who
    }

    /// Dr. Lee at this desk.
    pub(super) async fn lee(&self) -> Store {
        self.desk.store.clone().acting(self.somebody(Role::Doctor, true, false).await)
    }

    /// All that is kept but the audit trail.
    pub(super) async fn kept(&self) -> Vec<String> {
        let mut kept = Vec::new();
        for (table, order) in [
            ("patients", "id"),
            ("doctors", "id"),
            ("doctor_availability", "id"),
            ("appointments", "id"),
            ("payments", "id"),
            ("staff", "id"),
            ("clinic_settings", "name"),
            ("idempotency_keys", "idempotency_key"),
        ] {
            kept.extend(self.desk.rows(&format!("SELECT * FROM {table} ORDER BY {order}")).await);
        }
        kept
    }

    /// What a person wrote: of visits what stands there, and of all else what the trail tells.
    async fn written(&self, who: &Identity) -> Vec<String> {
        let reads = "'refused', 'patient.find', 'record.open', 'visit.open', 'day.read', 'audit.witness'";
        let trail = "SELECT id, action FROM audit_log WHERE staff_id";
        let mut all =
            self.desk.rows(&format!("{trail} = {} AND action NOT IN ({reads})", who.staff_id)).await;
        let visits = "SELECT * FROM appointments WHERE booked_by";
        let name = &who.name;
        all.extend(
            self.desk.rows(&format!("{visits} = '{name}' OR changed_by = '{name}' ORDER BY id")).await,
        );
        all
    }

    /// How many refusals of a person are on the trail.
    async fn refusals(&self, who: &Identity) -> usize {
        let sql = "SELECT COUNT(*) FROM audit_log WHERE action = 'refused' AND staff_id = ";
        self.desk.rows(&format!("{sql}{}", who.staff_id)).await[0].parse().unwrap()
    }
}

/// What the table says, read anew from its cells.
fn is_allowed(who: &Identity, deed: Deed, whose: Whose) -> bool {
    match deed.rule(who.role) {
        Rule::Yes => true,
        Rule::Own => who.doctor_id.is_some() && whose == Whose::Own,
        Rule::Given => match deed {
            Deed::Overbook => who.may_overbook,
            Deed::Refund => who.may_refund,
            other => panic!("{other:?} is given by nothing"),
        },
        Rule::No => false,
    }
}

type Done = (&'static str, Result<()>);

/// Does everything for which a deed is needed. A new deed does not compile until it is here.
async fn attempt(world: &World<'_>, store: &Store, deed: Deed, whose: Whose) -> Vec<Done> {
    let (doctor, patient) = world.side(whose);
    let today = day(DATE);
    match deed {
        Deed::ReadCalendar => {
            let visit = world.visit(whose).await.visit.id;
            let doctors = Wanted::Doctor(doctor);
            let from = wall("2027-06-01T00:00");
            let openings = OpeningQuery { doctors, patient: None, minutes: 30, from, limit: 1, moving: None };
            vec![
                ("appointments_of_day", store.appointments_of_day(today, Some(doctor)).await.map(drop)),
                ("appointment", store.appointment(visit).await.map(drop)),
                ("visit_history", store.visit_history(visit).await.map(drop)),
                ("hours", store.hours(doctor, today).await.map(drop)),
                ("openings", store.openings(&openings).await.map(drop)),
                ("visits_outside_hours", store.visits_outside_hours(doctor, from).await.map(drop)),
            ]
        }
        Deed::LookUp => {
            let query = PatientQuery::parse("smith", today);
            vec![
                ("find_patients", store.find_patients(&query, 5).await.map(drop)),
                ("load_words", store.load_words().await),
            ]
        }
        Deed::OpenRecord => vec![
            ("patient", store.patient(patient).await.map(drop)),
            (
                "visits_of_patient",
                store.visits_of_patient(patient, wall("2026-12-01T12:00"), 5).await.map(drop),
            ),
            (
                "count_visits_of_patient",
                store.count_visits_of_patient(patient, wall("2026-12-01T12:00")).await.map(drop),
            ),
        ],
        Deed::RegisterPatient => {
            let new = patient_details("Eve Adams", 5_000 + number(world));
            vec![("register_patient", store.register_patient(&order(), &new).await.map(drop))]
        }
        Deed::EditPatient => {
            let before = world.admin.patient(patient).await.unwrap().unwrap();
            let mut after = before.details.clone();
            after.phone = format!("+49 30 {}", 7_000_000 + number(world));
            vec![("edit_patient", store.edit_patient(&order(), &before, &after).await.map(drop))]
        }
        Deed::Book => book_and_change(world, store, whose).await,
        Deed::Overbook => {
            let visit = world.visit(Whose::Own).await.visit;
            let (doctor, patient) = world.side(Whose::Own);
            let at = visit.starts.format("%Y-%m-%dT%H:%M").to_string();
            let over = book(doctor, patient, &at, 15);
            vec![("carry_out", stood(store.carry_out(&order(), &over, Some("pain")).await))]
        }
        // No store keeps these yet: that the stores would be asked for them is what there is to see.
        Deed::TakePayment | Deed::Refund | Deed::Clinical | Deed::Prescribe => {
            let reaches = store.permit(deed).and_then(|reach| {
                if reach.has(doctor) { Ok(()) } else { Err(StoreError::NotTheirs(patient)) }
            });
            vec![("permit", reaches)]
        }
        Deed::ManageStaff => manage_staff(world, store).await,
        Deed::ManageDoctors => {
            let new = doctor_details("Dr. Silva", 8_000 + number(world));
            vec![("save_doctor", store.save_doctor(&order(), None, &new, true).await.map(drop))]
        }
        Deed::ManageHours => {
            let date = Recurrence::Exception(day("2028-01-01") + TimeDelta::days(number(world).into()));
            let times = ("09:00".parse().unwrap(), "10:00".parse().unwrap());
            let row = world.admin.add_hours(&order(), doctor, date, times, today).await.unwrap();
            let date = Recurrence::Exception(day("2028-01-01") + TimeDelta::days(number(world).into()));
            vec![
                ("add_hours", store.add_hours(&order(), doctor, date, times, today).await.map(drop)),
                ("remove_hours", store.remove_hours(&order(), row.id, today).await.map(drop)),
            ]
        }
        Deed::ReadAudit => {
            let all = AuditFilter::default();
            vec![
                ("audit_rows", store.audit_rows(&all, None, 5, ReadFor::People).await.map(drop)),
                ("verify_audit", store.verify_audit(None).await.map(drop)),
            ]
        }
        Deed::ManageClinic => vec![
            ("set_clinic", store.set_clinic(&order(), &clinic()).await),
            ("set_max_idle_lock", store.set_max_idle_lock(&order(), 15).await),
        ],
    }
}

/// A number that no other attempt has.
fn number(world: &World<'_>) -> u32 {
    world.free();
    u32::try_from(world.last.get()).unwrap()
}

fn stood(outcome: Result<Outcome>) -> Result<()> {
    outcome.map(|outcome| drop(done(outcome)))
}

async fn book_and_change(world: &World<'_>, store: &Store, whose: Whose) -> Vec<Done> {
    let (doctor, patient) = world.side(whose);
    let at = world.free();
    let proposal = Proposal {
        doctor_id: doctor,
        patient_id: Some(patient),
        starts: wall(&at),
        minutes: 15,
        moving: None,
    };
    let mut visits = Vec::new();
    for _ in 0..3 {
        visits.push(world.visit(whose).await.visit.id);
    }
    let (to_move, to_cancel, to_note) = (visits[0], visits[1], visits[2]);
    let intents = [
        ("book", book(doctor, patient, &at, 15)),
        ("move", move_to(to_move, &world.free())),
        ("set_status", Intent::SetStatus { id: to_cancel, status: Status::Cancelled, seen: None }),
        ("set_notes", Intent::SetNotes { id: to_note, instead_of: None, notes: Some("x".into()) }),
    ];
    let mut came = vec![("preview", store.preview(&proposal, now()).await.map(drop))];
    for (name, intent) in intents {
        came.push((name, stood(store.carry_out(&order(), &intent, None).await)));
    }
    // To the other side: a doctor gives no visit away and takes none.
    let other = world.side(if whose == Whose::Own { Whose::Others } else { Whose::Own }).0;
    let eve = world.desk.patient("Eve Adams").await.id;
    let to_give = world.desk.booked(doctor, eve, &world.free(), 15).await.visit.id;
    let give = Intent::Reschedule { id: to_give, doctor_id: Some(other), starts: None, minutes: None };
    let given = store.carry_out(&order(), &give, None).await;
    if matches!(store.permit(Deed::Book), Ok(Reach::Own(_))) {
        assert!(matches!(given, Err(StoreError::Forbidden(_))), "{whose:?} {given:?}");
    } else {
        came.push(("give", stood(given)));
    }
    came
}

async fn manage_staff(world: &World<'_>, store: &Store) -> Vec<Done> {
    let ben = details(&format!("Ben{}", number(world)), Role::Receptionist);
    let eve = details(&format!("Eve{}", number(world)), Role::Receptionist);
    let ben = world.admin.save_staff(&order(), None, &ben, true, None).await.unwrap();
    let password = NewPassword { hash: SecretString::from("$argon2id$x"), must_change: true };
    vec![
        ("staff", store.staff().await.map(drop)),
        ("save_staff", store.save_staff(&order(), None, &eve, true, None).await.map(drop)),
        ("set_staff_active", store.set_staff_active(&order(), ben.id, false).await.map(drop)),
        ("reset_password", store.reset_password(&order(), ben.id, Some(&password)).await.map(drop)),
        ("keeps_password", store.keeps_password(ben.id, &password).await.map(drop)),
    ]
}

async fn the_table_holds_for_every_role_and_every_deed(desk: &Desk<'_>) {
    let world = World::of(desk).await;
    for role in Role::ALL {
        for (is_doctor, given) in [(false, false), (false, true), (true, false), (true, true)] {
            let who = world.somebody(role, is_doctor, given).await;
            let store = desk.store.clone().acting(who.clone());
            for deed in Deed::ALL {
                for whose in [Whose::Own, Whose::Others] {
                    check(&world, &store, &who, (deed, whose)).await;
                }
            }
        }
    }
}

async fn check(world: &World<'_>, store: &Store, who: &Identity, (deed, whose): (Deed, Whose)) {
    let said = format!(
        "{} (a doctor: {}, given: {}), {deed:?} of {whose:?}",
        who.role.words(),
        who.doctor_id.is_some(),
        who.may_overbook
    );
    // Whoever books over the rule books.
    let allowed =
        is_allowed(who, deed, whose) && (deed != Deed::Overbook || is_allowed(who, Deed::Book, Whose::Own));
    if allowed {
        for (call, outcome) in attempt(world, store, deed, whose).await {
            assert!(outcome.is_ok(), "{said}: {call}: {outcome:?}");
        }
        return;
    }
    store.write_notes().await.unwrap();
    let refused_before = world.refusals(who).await;
    let written_before = world.written(who).await;
    let came = attempt(world, store, deed, whose).await;
    for (call, outcome) in &came {
        let refused = matches!(outcome, Err(StoreError::Forbidden(_) | StoreError::NotTheirs(_)));
        assert!(refused, "{said}: {call}: {outcome:?}");
    }
    assert_eq!(world.written(who).await, written_before, "{said}: nothing is written");
    store.write_notes().await.unwrap();
    let in_words = |deed: Deed| deed.rule(who.role) != Rule::Own || who.doctor_id.is_none();
    // Of what is asked through `permit` alone, what is not theirs is told by its reach.
    if came[0].0 != "permit" || in_words(deed) {
        assert!(world.refusals(who).await >= refused_before + came.len(), "{said}: on the trail");
    }
}

#[test]
fn every_call_of_the_store_asks_who_calls() {
    /// What is nobody's doing, or the door's, or of the person alone who asks.
    const ASKS_NOBODY: [&str; 26] = [
        // Before anybody is signed in, and the person's own.
        "sign_in",
        "sign_in_by_account",
        "unlock_by_account",
        "email_of_account",
        "account_signs_in",
        "standing",
        "desk_event",
        "set_up",
        "has_staff",
        "has_password",
        "change_password",
        "keep_draft",
        "take_drafts",
        "write_notes",
        // The machine: schema, settings, upkeep, demo.
        "clinic",
        "max_idle_lock",
        "clinic_migrated",
        "server_name",
        "server_version",
        "schema_state",
        "ensure_current",
        "migrate",
        "close",
        "index_all_patients",
        "recount_words",
        // Numbers, which say nothing of anybody.
        "census",
    ];
    const ASKS: [&str; 4] = ["self.permit(", "self.conn(Deed::", "self.writing(", "self.permit_of("];
    let (mut bodies, mut public) = (BTreeMap::new(), BTreeSet::new());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/sql");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for part in text.split("\nimpl Store {\n").skip(1) {
            let part = part.split("\n}\n").next().unwrap();
            let mut is_public = part.split("async fn ").next().unwrap().ends_with("pub ");
            for method in part.split("async fn ").skip(1) {
                let name: String = method.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if is_public {
                    public.insert(name.clone());
                }
                is_public = method.ends_with("pub ");
                bodies.insert(name, method.split("\n    }\n").next().unwrap().to_owned());
            }
        }
    }
    assert!(public.len() > 40, "{public:?}");
    let mut asking: BTreeSet<&str> = BTreeSet::new();
    loop {
        let asks = |body: &String| {
            ASKS.iter().any(|ask| body.contains(ask))
                || asking.iter().any(|name| body.contains(&format!("self.{name}(")))
        };
        let more: BTreeSet<&str> = bodies
            .iter()
            .filter(|(_, body)| asks(body))
            .map(|(name, _): (&String, _)| name.as_str())
            .collect();
        if more == asking {
            break;
        }
        asking = more;
    }
    let silent = public.iter().map(String::as_str).filter(|name| !asking.contains(name));
    let forgotten: Vec<&str> = silent.filter(|name| !ASKS_NOBODY.contains(name)).collect();
    assert!(forgotten.is_empty(), "these ask for no deed: {forgotten:?}");
}
