//! A desk that works on a test's database, and what tests ask of it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use frontdesk::domain::appointment::{Appointment, Status};
use frontdesk::domain::booking::{Intent, Outcome, Verdict};
use frontdesk::domain::clinic::Clinic;
use frontdesk::domain::clock::{Instant, WALL_FORMAT, Zone};
use frontdesk::domain::doctor::DoctorDetails;
use frontdesk::domain::ids::{AppointmentId, AvailabilityId, DoctorId, PatientId, StaffId};
use frontdesk::domain::patient::{Patient, PatientDetails};
use frontdesk::domain::query::PatientQuery;
use frontdesk::domain::schedule::Recurrence;
use frontdesk::domain::staff::{Identity, Role};
use frontdesk::store::sql::conn::Db;
use frontdesk::store::sql::history::Order;
use frontdesk::store::sql::trail::Origin;
use frontdesk::store::{Location, Result, Store};
use sqlx::{AssertSqlSafe, Executor as _};

pub use crate::place::{Backend, Place};

/// What a child says when it is ready.
const READY: &str = "frontdesk-test-ready";
/// The variable by which a process that a test starts is told what to do.
const TASK: &str = "FRONTDESK_TEST_TASK";

/// Runs a test on an empty database of its own, and drops that afterwards, also when it fails.
pub fn on_empty(backend: Backend, test: impl AsyncFnOnce(&Place)) {
    run(backend, Place::new, test);
}

/// Runs a test at a desk whose database is of the current schema and stays so.
pub fn at_a_desk(backend: Backend, test: impl AsyncFnOnce(&Desk)) {
    run(backend, Place::borrowed, async |place| Desk::at(place, test).await);
}

/// The same for a test that changes the schema.
pub fn at_a_new_desk(backend: Backend, test: impl AsyncFnOnce(&Desk)) {
    run(backend, Place::migrated, async |place| Desk::at(place, test).await);
}

fn run(backend: Backend, find: impl AsyncFnOnce(Backend) -> Place, test: impl AsyncFnOnce(&Place)) {
    if backend.left_out() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let place = runtime.block_on(find(backend));
    let outcome = catch_unwind(AssertUnwindSafe(|| runtime.block_on(test(&place))));
    runtime.block_on(place.leave(outcome.is_err()));
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

/// Makes three tests, one a database, of each function.
macro_rules! on_every_database {
    ($around:ident: $($name:ident),* $(,)?) => {
        $(mod $name {
            use $crate::support::{$around, Backend};

            #[test]
            fn sqlite() {
                $around(Backend::Sqlite, super::$name);
            }

            #[test]
            fn mariadb() {
                $around(Backend::MariaDb, super::$name);
            }

            #[test]
            fn mysql() {
                $around(Backend::MySql, super::$name);
            }
        })*
    };
}
pub(crate) use on_every_database;

/// The same on the servers alone.
macro_rules! on_every_server {
    ($around:ident: $($name:ident),* $(,)?) => {
        $(mod $name {
            use $crate::support::{$around, Backend};

            #[test]
            fn mariadb() {
                $around(Backend::MariaDb, super::$name);
            }

            #[test]
            fn mysql() {
                $around(Backend::MySql, super::$name);
            }
        })*
    };
}
pub(crate) use on_every_server;

pub fn clinic() -> Clinic {
    Clinic { name: "Riverside".into(), zone: Zone::parse("Europe/Berlin").unwrap() }
}

pub fn wall(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, WALL_FORMAT).unwrap()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// When the tests' requests are made: a time well before their visits.
pub fn now() -> Instant {
    DateTime::parse_from_rfc3339("2026-11-20T08:00:00Z").unwrap().to_utc()
}

/// Where the tests' desks run.
pub fn origin() -> Origin {
    Origin { host: "desk1".into(), os_user: "ana".into(), clock: now }
}

/// Somebody who may do what the tests are about.
pub fn somebody(name: &str) -> Identity {
    Identity {
        staff_id: StaffId(1),
        name: name.into(),
        email: "ana@example.org".into(),
        role: Role::Administrator,
        doctor_id: None,
        may_overbook: true,
        may_refund: true,
    }
}

/// A store for somebody in the clinic's zone.
pub fn at_work(store: Store) -> Store {
    store.in_zone(clinic().zone).acting(somebody("ana@desk1"))
}

/// The store at a place, for somebody in the clinic's zone.
pub fn open(location: &Location) -> Store {
    at_work(Store::open(location, origin()).unwrap())
}

/// A request under a key that nobody else has.
pub fn order() -> Order {
    Order::fresh(now())
}

/// The same under a key.
pub fn order_of(key: &str) -> Order {
    Order { key: key.into(), ..order() }
}

/// A desk on a database of the current schema.
pub struct Desk<'p> {
    pub store: Store,
    /// For statements that no store would run.
    pub db: Db,
    pub place: &'p Place,
    next: AtomicU32,
}

impl Desk<'_> {
    async fn at(place: &Place, test: impl AsyncFnOnce(&Desk)) {
        let desk = Desk { store: place.store(), db: place.db(), place, next: AtomicU32::new(1) };
        desk.employ(&desk.store.identity().unwrap()).await;
        test(&desk).await;
        desk.store.close().await;
        desk.db.close().await;
    }

    /// Puts somebody's record beside what a test says of them: what writes asks whether they are who they were.
    pub async fn employ(&self, who: &Identity) {
        employ(&self.db, who).await;
    }

    /// Takes all staff away, as before a clinic was set up; the next one's id is 1 again.
    pub async fn without_staff(&self) {
        self.sql("DELETE FROM staff").await;
        self.sql(match self.place.backend {
            Backend::Sqlite => "DELETE FROM sqlite_sequence WHERE name = 'staff'",
            _ => "ALTER TABLE staff AUTO_INCREMENT = 1",
        })
        .await;
    }

    fn number(&self) -> u32 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// A doctor who is there every day at any time.
    pub async fn doctor(&self, name: &str) -> DoctorId {
        let doctor = self.doctor_without_hours(name).await;
        for weekday in ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] {
            self.weekly(doctor, weekday, "00:00", "24:00").await;
        }
        doctor
    }

    pub async fn doctor_without_hours(&self, name: &str) -> DoctorId {
        let details = doctor_details(name, self.number());
        self.store.save_doctor(&order(), None, &details, true).await.unwrap().id
    }

    pub async fn weekly(&self, doctor: DoctorId, weekday: &str, start: &str, end: &str) -> AvailabilityId {
        let recurrence = Recurrence::Weekly(weekday.parse().unwrap());
        self.hours(doctor, recurrence, start, end).await
    }

    pub async fn exception(&self, doctor: DoctorId, date: &str, start: &str, end: &str) -> AvailabilityId {
        self.hours(doctor, Recurrence::Exception(day(date)), start, end).await
    }

    async fn hours(
        &self,
        doctor: DoctorId,
        recurrence: Recurrence,
        start: &str,
        end: &str,
    ) -> AvailabilityId {
        let times = (start.parse().unwrap(), end.parse().unwrap());
        let today = now().date_naive();
        self.store.add_hours(&order(), doctor, recurrence, times, today).await.unwrap().id
    }

    pub async fn patient(&self, name: &str) -> Patient {
        let details = patient_details(name, self.number());
        self.store.register_patient(&order(), &details).await.unwrap()
    }

    /// A doctor, and two patients.
    pub async fn people(&self) -> (DoctorId, PatientId, PatientId) {
        let doctor = self.doctor("Dr. Lee").await;
        (doctor, self.patient("John Smith").await.id, self.patient("Ana Ruiz").await.id)
    }

    pub async fn book(&self, doctor: DoctorId, patient: PatientId, at: &str, minutes: u16) -> Outcome {
        self.ask(&book(doctor, patient, at, minutes)).await
    }

    /// Books what nothing stands in the way of.
    pub async fn booked(&self, doctor: DoctorId, patient: PatientId, at: &str, minutes: u16) -> Appointment {
        done(self.book(doctor, patient, at, minutes).await)
    }

    pub async fn ask(&self, intent: &Intent) -> Outcome {
        self.store.carry_out(&order(), intent, None).await.unwrap()
    }

    pub async fn set_status(&self, id: AppointmentId, status: Status) -> Outcome {
        self.ask(&Intent::SetStatus { id, status, seen: None }).await
    }

    /// The names that a look-up finds, in its order.
    pub async fn find(&self, typed: &str) -> Vec<String> {
        let query = PatientQuery::parse(typed, now().date_naive());
        let found = self.store.find_patients(&query, 20).await.unwrap();
        found.patients.into_iter().map(|patient| patient.details.name).collect()
    }

    /// Runs a statement as another program would.
    pub async fn sql(&self, text: &str) {
        self.try_sql(text).await.unwrap();
    }

    pub async fn try_sql(&self, text: &str) -> std::result::Result<(), sqlx::Error> {
        try_execute(&self.db, text).await
    }

    /// What a query answers, as text: its cells with `|` between.
    pub async fn rows(&self, text: &str) -> Vec<String> {
        rows(&self.db, text).await
    }

    pub async fn count(&self, table: &str) -> usize {
        self.rows(&format!("SELECT COUNT(*) FROM {table}")).await[0].parse().unwrap()
    }
}

/// Puts somebody's record where a test's desk finds it.
pub async fn employ(db: &Db, who: &Identity) {
    let Identity { staff_id, name, email, role, doctor_id, may_overbook, may_refund } = who;
    let doctor = doctor_id.map_or("NULL".to_owned(), |id| id.to_string());
    let role = role.words();
    let name: Vec<String> = name.bytes().map(|byte| format!("{byte:02X}")).collect();
    let name = name.concat();
    let (name, ignore) = match db {
        Db::MySql { .. } => (format!("_utf8mb4 X'{name}'"), "IGNORE"),
        Db::Sqlite(_) => (format!("CAST(X'{name}' AS TEXT)"), "OR IGNORE"),
    };
    let text = format!(
        "INSERT {ignore} INTO staff (id, name, email, role) VALUES ({staff_id}, {name}, '{email}', '{role}'); \
         UPDATE staff SET name = {name}, email = '{email}', role = '{role}', doctor_id = {doctor}, \
         may_overbook = {may_overbook}, may_refund = {may_refund} WHERE id = {staff_id}"
    );
    execute(db, &text).await;
}

/// What a query answers, as text: its cells with `|` between, `NULL` where there is nothing.
pub async fn rows(db: &Db, text: &str) -> Vec<String> {
    // Without preparing it: the servers then answer every type as text.
    let statement = sqlx::raw_sql(AssertSqlSafe(text.to_owned()));
    macro_rules! lines {
        ($pool:expr) => {{
            let rows = $pool.fetch_all(statement).await.unwrap();
            let cell = |row: &_, at| sqlx::Row::try_get_unchecked::<Option<String>, usize>(row, at).unwrap();
            let line = |row| {
                (0..sqlx::Row::len(row))
                    .map(|at| cell(row, at).unwrap_or("NULL".into()))
                    .collect::<Vec<_>>()
                    .join("|")
            };
            rows.iter().map(line).collect()
        }};
    }
    match db {
        Db::MySql { pool, .. } => lines!(pool),
        Db::Sqlite(pool) => lines!(pool),
    }
}

/// Runs statements as another program would.
pub async fn execute(db: &Db, text: &str) {
    try_execute(db, text).await.unwrap();
}

async fn try_execute(db: &Db, text: &str) -> std::result::Result<(), sqlx::Error> {
    let statement = sqlx::raw_sql(AssertSqlSafe(text.to_owned()));
    match db {
        Db::MySql { pool, .. } => pool.execute(statement).await.map(drop),
        Db::Sqlite(pool) => pool.execute(statement).await.map(drop),
    }
}

/// A future that is left alone after so many polls, which is a point at which it waits.
pub struct Polls<F> {
    future: Pin<Box<F>>,
    left: usize,
}

impl<F: Future> Polls<F> {
    pub fn of(polls: usize, future: F) -> Self {
        Polls { future: Box::pin(future), left: polls }
    }
}

impl<F: Future> Future for Polls<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        self.future.as_mut().poll(context).map(Some)
    }
}

/// A process of its own that runs the same test, and is told by its task that it is not the first.
pub struct Child {
    process: std::process::Child,
    out: BufReader<std::process::ChildStdout>,
}

impl Child {
    /// The task of this process, where it is such a child.
    pub fn task() -> Option<String> {
        std::env::var(TASK).ok()
    }

    /// Starts the test of that name as a child.
    pub fn start(test: &str, task: &str) -> Self {
        let mut process = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env(TASK, task)
            .env_remove("RUST_BACKTRACE")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(process.stdout.take().unwrap());
        Child { process, out }
    }

    /// In the child: says that it is ready, and waits for the word to go.
    pub fn ready_and_wait() {
        let mut out = std::io::stdout();
        writeln!(out, "{READY}").unwrap();
        out.flush().unwrap();
        std::io::stdin().read_line(&mut String::new()).unwrap();
    }

    /// Waits until it is ready.
    pub fn await_ready(&mut self) {
        // The test runner of the child writes lines of its own, and may not end the last one.
        let mut line = String::new();
        while !line.trim_end().ends_with(READY) {
            line.clear();
            assert!(self.out.read_line(&mut line).unwrap() > 0, "the child ended before it was ready");
        }
    }

    /// Gives it the word.
    pub fn go(&mut self) {
        self.process.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
    }

    /// Waits for its end.
    pub fn wait(mut self) -> std::process::ExitStatus {
        self.process.wait().unwrap()
    }
}

pub fn doctor_details(name: &str, number: u32) -> DoctorDetails {
    DoctorDetails {
        name: name.into(),
        email: format!("doctor{number}@example.org"),
        phone: "+49301234567".into(),
        specialization: "Cardiology".into(),
        license_number: format!("L-{number}"),
        default_minutes: None,
    }
}

pub fn patient_details(name: &str, number: u32) -> PatientDetails {
    PatientDetails {
        name: name.into(),
        email: format!("patient{number}@example.org"),
        phone: format!("+4930555{number:04}"),
        date_of_birth: day("1980-04-02"),
        address: None,
    }
}

pub fn book(doctor_id: DoctorId, patient_id: PatientId, at: &str, minutes: u16) -> Intent {
    Intent::Book { patient_id, doctor_id, starts: wall(at), minutes, notes: None }
}

/// The same visit at another time.
pub fn move_to(id: AppointmentId, at: &str) -> Intent {
    Intent::Reschedule { id, doctor_id: None, starts: Some(wall(at)), minutes: None }
}

#[track_caller]
pub fn done(outcome: Outcome) -> Appointment {
    match outcome {
        Outcome::Done { appointment, .. } => *appointment,
        Outcome::Refused(verdict) => panic!("refused: {verdict:?}"),
    }
}

#[track_caller]
pub fn refused(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Refused(verdict) => verdict,
        Outcome::Done { appointment, .. } => panic!("it stands: {appointment:?}"),
    }
}

/// The kinds of the conflicts, by which scripts know them.
pub fn kinds(verdict: &Verdict) -> Vec<&'static str> {
    verdict.conflicts.iter().map(frontdesk::domain::booking::Conflict::kind).collect()
}

/// What went wrong.
#[track_caller]
pub fn error<T: std::fmt::Debug>(result: Result<T>) -> frontdesk::store::StoreError {
    result.expect_err("this must not go well")
}
