//! Several desks at once, each a process of its own, want the same times.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use chrono::{NaiveDateTime, TimeDelta};
use frontdesk::domain::appointment::Status;
use frontdesk::domain::booking::{Intent, Outcome};
use frontdesk::domain::ids::{DoctorId, PatientId};
use frontdesk::store::Location;
use frontdesk::store::sql::conn::{Conn, Db, Stmt};
use frontdesk::store::sql::dialect::Dialect;
use tokio::sync::Barrier;

use crate::support::{Backend, Child, Desk, at_a_desk, on_every_database, open, order_of, rows, wall};

/// How many desks there are.
const DESKS: usize = 4;
/// How many things each of them wants.
const WISHES: u32 = 70;
/// The quarters of an hour that they want them in: an evening that runs past midnight.
const QUARTERS: u32 = 18;

macro_rules! race {
    ($($name:ident: $backend:expr;)*) => {
        mod desks_at_once_never_overlap {
            $(#[test]
            fn $name() {
                super::race($backend, concat!("race::desks_at_once_never_overlap::", stringify!($name)));
            })*
        }
    };
}

race! {
    sqlite: crate::support::Backend::Sqlite;
    mariadb: crate::support::Backend::MariaDb;
    mysql: crate::support::Backend::MySql;
}

on_every_database!(at_a_desk: the_checker_catches_a_scheme_that_looks_before_it_locks);

/// A visit as it stands in the end.
#[derive(Clone, Debug)]
struct Stands {
    id: i32,
    doctor: i32,
    patient: i32,
    start: NaiveDateTime,
    end: NaiveDateTime,
    holds: bool,
    overbooked: bool,
    /// The key under which it was booked: every booking of these tests notes its own.
    key: String,
}

async fn standing(db: &Db) -> Vec<Stands> {
    let lines = rows(
        db,
        "SELECT id, doctor_id, patient_id, appointment_time, duration_minutes, status, \
         CASE WHEN overbook_reason IS NULL THEN 0 ELSE 1 END, notes FROM appointments ORDER BY id",
    )
    .await;
    let stands = |line: &String| {
        let cells: Vec<&str> = line.splitn(8, '|').collect();
        let start = NaiveDateTime::parse_from_str(cells[3], "%Y-%m-%d %H:%M:%S").unwrap();
        Stands {
            id: cells[0].parse().unwrap(),
            doctor: cells[1].parse().unwrap(),
            patient: cells[2].parse().unwrap(),
            start,
            end: start + TimeDelta::minutes(cells[4].parse().unwrap()),
            holds: Status::from_column(cells[5]).unwrap().holds_time(),
            overbooked: cells[6] == "1",
            key: cells[7].to_owned(),
        }
    };
    lines.iter().map(stands).collect()
}

/// What desks were told of their bookings: the visit's id, or none where it was refused.
type Ledger = BTreeMap<String, Option<i32>>;

/// Everything that must not be: two visits at one time, a booking that was acknowledged and is
/// not there, or there twice, and one that was refused and is there.
fn faults(visits: &[Stands], told: &Ledger) -> Vec<String> {
    let mut faults = Vec::new();
    let holding: Vec<_> = visits.iter().filter(|visit| visit.holds && !visit.overbooked).collect();
    for (n, one) in holding.iter().enumerate() {
        for other in &holding[n + 1..] {
            let meet = one.doctor == other.doctor || one.patient == other.patient;
            if meet && one.start < other.end && other.start < one.end {
                faults.push(format!("overlap: {one:?} and {other:?}"));
            }
        }
    }
    for (key, id) in told {
        let there: Vec<i32> = visits.iter().filter(|v| v.key == *key).map(|v| v.id).collect();
        if there != id.iter().copied().collect::<Vec<_>>() {
            faults.push(format!("{key} was told {id:?}, and there are {there:?}"));
        }
    }
    faults
}

fn race(backend: Backend, name: &str) {
    if let Some(task) = Child::task() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        return runtime.block_on(hammer(&task));
    }
    at_a_desk(backend, async |desk| {
        let mut people = Vec::new();
        for name in ["Dr. Lee", "Dr. Silva"] {
            people.push(desk.doctor(name).await.0);
        }
        for name in ["John Smith", "Ana Ruiz", "Mia Chen"] {
            people.push(desk.patient(name).await.id.0);
        }
        let (kind, place) = match &desk.place.location {
            Location::File(path) => ("file", path.display().to_string()),
            Location::Server(url) => ("server", secrecy::ExposeSecret::expose_secret(url).to_owned()),
        };
        let ledger = |n: usize| desk.place.folder.path().join(format!("ledger-{n}"));
        let mut desks: Vec<Child> = (0..DESKS)
            .map(|n| {
                let ledger = ledger(n);
                let mut task = format!("{kind}\n{place}\n{}\n{n}", ledger.display());
                for id in &people {
                    write!(task, "\n{id}").unwrap();
                }
                Child::start(name, &task)
            })
            .collect();
        // Wish by wish they start at the same moment.
        for _ in 0..WISHES {
            desks.iter_mut().for_each(Child::await_ready);
            desks.iter_mut().for_each(Child::go);
        }
        for desk in desks {
            assert!(desk.wait().success());
        }
        let mut told = Ledger::new();
        let (mut acknowledged, mut changed) = (0, 0);
        for n in 0..DESKS {
            let text = std::fs::read_to_string(ledger(n)).unwrap();
            assert_eq!(text.lines().count(), WISHES as usize, "desk {n} was told of everything it wanted");
            let mut booked = 0;
            for line in text.lines() {
                let words: Vec<&str> = line.split(' ').collect();
                match words.as_slice() {
                    ["book", key, "refused"] => drop(told.insert((*key).to_owned(), None)),
                    ["book", key, id] => {
                        told.insert((*key).to_owned(), Some(id.parse().unwrap()));
                        booked += 1;
                    }
                    ["change", key, outcome] => {
                        let kept =
                            desk.count(&format!("idempotency_keys WHERE idempotency_key = '{key}'")).await;
                        assert_eq!(kept, usize::from(*outcome == "done"), "{line}");
                        changed += kept;
                    }
                    _ => assert_eq!(words, ["nothing"]),
                }
            }
            assert!(booked > 0, "desk {n} got something");
            acknowledged += booked;
        }
        let visits = standing(&desk.db).await;
        assert_eq!(faults(&visits, &told), [""; 0]);
        assert_eq!(visits.len(), acknowledged, "nothing stands that nobody was told of");
        let refused = told.values().filter(|id| id.is_none()).count();
        assert!(refused > 20 && changed > 20, "they were in each other's way: {refused}, {changed}");
        as_the_trail_tells(desk).await;
    });
}

/// Each visit stands as the last line of the audit trail says.
async fn as_the_trail_tells(desk: &Desk<'_>) {
    let mut last = BTreeMap::new();
    for line in
        desk.rows("SELECT record_id, detail FROM audit_log WHERE record = 'appointments' ORDER BY id").await
    {
        let (id, detail) = line.split_once('|').unwrap();
        let detail: serde_json::Value = serde_json::from_str(detail).unwrap();
        last.insert(id.parse::<i32>().unwrap(), detail["after"].clone());
    }
    let told: Vec<String> = last
        .iter()
        .map(|(id, after)| {
            let text = |name: &str| after[name].as_str().unwrap_or_default().to_owned();
            let (doctor, minutes) = (&after["doctor_id"], &after["duration_minutes"]);
            format!("{id}|{doctor}|{}|{minutes}|{}", text("appointment_time"), text("status"))
        })
        .collect();
    let stand = desk
        .rows(
            "SELECT id, doctor_id, appointment_time, duration_minutes, status FROM appointments ORDER BY id",
        )
        .await;
    assert_eq!(stand, told);
    let verified = desk.store.verify_audit(None).await.unwrap();
    assert_eq!(verified.findings, [], "the chains of all desks are whole");
    // The desks that raced, and the one at which they are watched.
    assert_eq!(verified.heads.heads.len(), DESKS + 1);
}

/// Numbers that are the same each time, and others at each desk.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(sides)).unwrap()
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(u32::try_from(all.len()).unwrap()) as usize]
    }
}

/// What a desk does: books, moves, cancels and comes back to what it finds on the evening.
async fn hammer(task: &str) {
    let lines: Vec<&str> = task.lines().collect();
    let [kind, place, ledger, n, people @ ..] = lines.as_slice() else { panic!("{task}") };
    let location = match *kind {
        "file" => Location::File(place.into()),
        _ => Location::Server((*place).into()),
    };
    let store = open(&location);
    let ids: Vec<i32> = people.iter().map(|id| id.parse().unwrap()).collect();
    let (doctors, patients) = ids.split_at(2);
    // What all desks want at the same moment, and what each of them wants for itself.
    let (mut common, mut own) = (Dice(1), Dice(n.parse::<u64>().unwrap() * 7_919 + 1));
    let mut told = String::new();
    for wish in 0..WISHES {
        let key = format!("desk{n}-{wish}");
        let starts = wall("2026-12-01T21:00") + TimeDelta::minutes(i64::from(common.roll(QUARTERS)) * 15);
        let minutes = own.one_of(&[15, 30, 30, 45, 75]);
        let kind = common.roll(10);
        // The same doctor for whomever; the same patient with whomever.
        let (of_doctor, of_patient) =
            if wish % 2 == 0 { (&mut common, &mut own) } else { (&mut own, &mut common) };
        let doctor = DoctorId(of_doctor.one_of(doctors));
        let patient = PatientId(of_patient.one_of(patients));
        let board = store.day(starts.date()).await.unwrap();
        Child::ready_and_wait();
        let intent = if kind < 5 {
            Intent::Book { patient_id: patient, doctor_id: doctor, starts, minutes, notes: Some(key.clone()) }
        } else {
            let cancelled = |kind: u32| if kind == 9 { Status::Cancelled } else { Status::Scheduled };
            let found: Vec<_> =
                board.visits.iter().filter(|v| v.status == cancelled(kind)).map(|v| v.id).collect();
            if found.is_empty() {
                writeln!(told, "nothing").unwrap();
                continue;
            }
            let id = own.one_of(&found);
            match kind {
                5 | 6 => Intent::Reschedule {
                    id,
                    doctor_id: Some(doctor),
                    starts: Some(starts),
                    minutes: Some(minutes),
                },
                7 | 8 => Intent::SetStatus { id, status: Status::Cancelled, seen: None },
                _ => Intent::SetStatus { id, status: Status::Scheduled, seen: None },
            }
        };
        let word = if kind < 5 { "book" } else { "change" };
        match store.carry_out(&order_of(&key), &intent, None).await.unwrap() {
            Outcome::Refused(_) => writeln!(told, "{word} {key} refused").unwrap(),
            Outcome::Done { appointment, .. } if kind < 5 => {
                writeln!(told, "{word} {key} {}", appointment.visit.id).unwrap();
            }
            Outcome::Done { .. } => writeln!(told, "{word} {key} done").unwrap(),
        }
    }
    std::fs::write(Path::new(ledger), told).unwrap();
}

/// Looks whether the time is free, and only then writes: what a transaction under REPEATABLE READ
/// seems to make safe, and does not.
async fn look_then_book(
    conn: &mut Conn,
    barrier: &Barrier,
    (doctor, patient): (i32, i32),
    key: String,
) -> Option<i32> {
    let server = conn.dialect() == Dialect::MySql;
    if server {
        conn.run_text("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ").await.unwrap();
        conn.run_text("START TRANSACTION").await.unwrap();
    }
    let start = wall("2026-12-01T09:00");
    let look = Stmt::new(
        "SELECT id FROM appointments WHERE (doctor_id = ? OR patient_id = ?) AND appointment_time < ? AND appointment_time > ?",
    );
    let look = look
        .bind(doctor)
        .bind(patient)
        .bind(start + TimeDelta::minutes(30))
        .bind(start - TimeDelta::minutes(30));
    let taken = conn.first(look).await.unwrap();
    // Everybody has looked before anybody writes.
    barrier.wait().await;
    if taken.is_some() {
        return None;
    }
    let insert = Stmt::new(
        "INSERT INTO appointments (doctor_id, patient_id, appointment_time, duration_minutes, notes) VALUES (?, ?, ?, 30, ?)",
    );
    let done = conn.run(insert.bind(doctor).bind(patient).bind(start).bind(key)).await.unwrap();
    if server {
        conn.run_text("COMMIT").await.unwrap();
    }
    Some(done.last_id)
}

async fn the_checker_catches_a_scheme_that_looks_before_it_locks(desk: &Desk<'_>) {
    let (lee, john, ana) = desk.people().await;
    let silva = desk.doctor("Dr. Silva").await;
    let barrier = Arc::new(Barrier::new(3));
    let book = async |n: u32, who| {
        let mut conn = desk.place.db().acquire().await.unwrap();
        let key = format!("bad-{n}");
        (key.clone(), look_then_book(&mut conn, &barrier, who, key).await)
    };
    // The same doctor, and the same patient.
    let (a, b, c) =
        tokio::join!(book(1, (lee.0, john.0)), book(2, (lee.0, ana.0)), book(3, (silva.0, john.0)));
    let mut told: Ledger = [a, b, c].into();
    assert!(told.values().all(Option::is_some), "each was told that it stands");
    let visits = standing(&desk.db).await;
    let found = faults(&visits, &told);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|fault| fault.starts_with("overlap")), "{found:?}");

    // It also sees what was lost, what is there twice, and what should not be there.
    told.insert("lost".into(), Some(4_000_001));
    told.insert("bad-1".into(), None);
    let twice = [visits.clone(), visits].concat();
    let found = faults(&twice, &told);
    for key in ["lost was told", "bad-1 was told", "bad-2 was told"] {
        assert!(found.iter().any(|fault| fault.starts_with(key)), "{key}: {found:?}");
    }
}
