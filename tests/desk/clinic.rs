//! The clinic of these tests: few doctors, known visits on one known day, every status, names of
//! many scripts. Made once, copied for each test.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use chrono::{Days, NaiveDate, NaiveDateTime, Weekday};
use frontdesk::domain::appointment::{Status, Visit};
use frontdesk::domain::booking::{Intent, Outcome};
use frontdesk::domain::clinic::Clinic;
use frontdesk::domain::clock::{Instant, Zone};
use frontdesk::domain::doctor::DoctorDetails;
use frontdesk::domain::ids::{DoctorId, PatientId, StaffId};
use frontdesk::domain::patient::{Patient, PatientDetails};
use frontdesk::domain::schedule::Recurrence;
use frontdesk::domain::staff::{Identity, Role, StaffDetails};
use frontdesk::store::sql::bulk::NewVisit;
use frontdesk::store::sql::conn::{Conn, Db, Stmt};
use frontdesk::store::sql::history::Order;
use frontdesk::store::sql::schema::open_embedded;
use frontdesk::store::sql::trail::Origin;
use frontdesk::store::{Location, Store};
use frontdesk::ui::theme::Palette;
use tempfile::TempDir;

use crate::support::Working;

/// The moment at which all tests begin: Tuesday 1 December 2026, 09:42 in Berlin.
pub const NOW: &str = "2026-12-01T08:42:00Z";
/// The day of most visits.
pub const TODAY: &str = "2026-12-01";

/// Name, specialization, usual length, hours as weekdays and sessions.
type Roster =
    (&'static str, &'static str, Option<u16>, &'static [Weekday], &'static [(&'static str, &'static str)]);

use Weekday::{Fri, Mon, Thu, Tue, Wed};

const WEEK: &[Weekday] = &[Mon, Tue, Wed, Thu, Fri];

const DOCTORS: [Roster; 7] = [
    ("Dr. Hannah Lee", "Cardiology", Some(30), WEEK, &[("09:00", "12:00"), ("13:00", "17:00")]),
    ("Dr. Chidi Okafor", "General Practice", Some(15), WEEK, &[("08:00", "12:00"), ("13:00", "16:30")]),
    ("Dr. Mariana Silva", "Paediatrics", Some(20), WEEK, &[("09:00", "13:00"), ("14:00", "17:00")]),
    ("Dr. Zoë Müller", "Dermatology", None, WEEK, &[("09:00", "12:00"), ("13:00", "17:00")]),
    ("Dr. 田中 健", "Physiotherapy", Some(30), WEEK, &[("10:00", "13:00"), ("14:00", "19:00")]),
    ("Dr. Jonas Weber", "General Practice", Some(20), &[Mon, Wed], &[("08:00", "12:00")]),
    ("Dr. Arthur Pemberton", "Cardiology", Some(30), &[Mon], &[("09:00", "12:00")]),
];

/// Dr. Lee.
pub const LEE: DoctorId = DoctorId(1);
/// Dr. Okafor.
pub const OKAFOR: DoctorId = DoctorId(2);
/// Dr. Silva.
pub const SILVA: DoctorId = DoctorId(3);
/// Dr. Weber, who is not in on Tuesdays.
pub const WEBER: DoctorId = DoctorId(6);
/// Dr. Pemberton, who has left.
const PEMBERTON: DoctorId = DoctorId(7);

/// Names, with dates of birth.
const PATIENTS: [(&str, &str); 30] = [
    ("John Smith", "1980-04-02"),
    ("Joan Smithers", "1975-11-30"),
    ("Ana Ruiz", "1992-01-15"),
    ("Peter Novák", "1968-07-21"),
    ("Mia Chen", "2015-09-09"),
    ("Zoë Brontë", "1988-02-29"),
    ("Omar Haddad", "1955-05-05"),
    ("Lars Ødegård", "1999-12-31"),
    ("王小明", "2001-03-14"),
    ("田中 花子", "1979-08-08"),
    ("Ayşe Yılmaz", "1984-06-17"),
    ("José García Márquez", "1971-10-10"),
    ("Nguyễn Văn An", "1990-04-30"),
    ("Siobhán O'Connor", "1962-03-17"),
    ("Jean-Luc Lefèvre", "1947-07-14"),
    ("Łukasz Wójcik", "1995-11-11"),
    ("Robert'); DROP TABLE patients;--", "2007-10-10"),
    (
        "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh Maria Magdalena Theresia Antonia von und zu",
        "1933-01-01",
    ),
    ("Emma Johnson", "2010-02-03"),
    ("Paul Becker", "1953-06-23"),
    ("Clara Fischer", "1986-09-19"),
    ("Иван Петров", "1974-04-12"),
    ("Ελένη Παπαδοπούλου", "1991-05-21"),
    ("محمد علي", "1983-12-02"),
    ("Smilla Jensen", "2018-01-20"),
    ("Jo Smith", "2003-08-30"),
    ("Maria Silva Santos", "1969-11-02"),
    ("Noah Weber", "2020-05-25"),
    ("Olivia Braun", "1977-07-07"),
    ("Ann Lee", "1980-04-02"),
];

/// John Smith.
pub const SMITH: PatientId = PatientId(1);
/// Joan Smithers.
pub const SMITHERS: PatientId = PatientId(2);
/// Ana Ruiz.
pub const RUIZ: PatientId = PatientId(3);
/// Mia Chen, whose visit today was cancelled.
pub const CHEN: PatientId = PatientId(5);

/// Doctor, patient, start, minutes, status, notes, reason of overbooking.
type Row = (i32, i32, &'static str, u16, Status, Option<&'static str>, Option<&'static str>);

use Status::{Cancelled, Completed, NoShow, Scheduled};

const VISITS: [Row; 22] = [
    // Dr. Lee's Tuesday: every status, a short visit, two at once, and a cancelled one.
    (1, 1, "2026-12-01T09:00:00", 30, Completed, None, None),
    (
        1,
        3,
        "2026-12-01T09:30:00",
        30,
        Scheduled,
        Some("Brings the last ECG.\nAsk about the new tablets."),
        None,
    ),
    (1, 4, "2026-12-01T10:00:00", 15, Scheduled, None, None),
    (1, 5, "2026-12-01T10:30:00", 30, Cancelled, None, None),
    (1, 6, "2026-12-01T11:00:00", 60, Scheduled, None, None),
    (1, 7, "2026-12-01T11:30:00", 30, Scheduled, None, Some("chest pain, agreed with Dr. Lee")),
    (1, 8, "2026-12-01T14:00:00", 30, NoShow, None, None),
    // Dr. Okafor's: many short ones, off the quarter hour, and a long one.
    (2, 20, "2026-12-01T08:00:00", 15, Completed, None, None),
    (2, 19, "2026-12-01T08:15:00", 15, Completed, None, None),
    (2, 21, "2026-12-01T09:00:00", 15, NoShow, None, None),
    (2, 11, "2026-12-01T09:30:00", 10, Scheduled, None, None),
    (2, 12, "2026-12-01T09:40:00", 5, Scheduled, None, None),
    (2, 13, "2026-12-01T10:05:00", 10, Scheduled, None, None),
    (2, 15, "2026-12-01T13:00:00", 120, Scheduled, None, None),
    // Others.
    (3, 25, "2026-12-01T09:00:00", 20, Completed, None, None),
    (3, 28, "2026-12-01T09:20:00", 20, Scheduled, None, None),
    (4, 18, "2026-12-01T13:00:00", 60, Scheduled, None, None),
    (5, 9, "2026-12-01T10:00:00", 30, Scheduled, None, None),
    // John Smith's other visits.
    (1, 1, "2026-10-05T09:00:00", 30, Completed, None, None),
    (2, 1, "2026-11-03T08:30:00", 15, NoShow, None, None),
    (1, 1, "2026-12-15T10:00:00", 30, Scheduled, None, None),
    (5, 1, "2027-02-02T14:00:00", 30, Scheduled, None, None),
];

/// The folder of a clinic, which is gone when the test is over.
pub struct House {
    folder: TempDir,
}

impl House {
    /// A clinic of one's own.
    pub fn new() -> Self {
        static FILE: OnceLock<Vec<u8>> = OnceLock::new();
        // Made on a thread of its own, since the test's is inside a runtime already.
        House::with(FILE.get_or_init(|| std::thread::spawn(|| made(true)).join().unwrap()))
    }

    /// A clinic that has nothing yet.
    pub fn empty() -> Self {
        static FILE: OnceLock<Vec<u8>> = OnceLock::new();
        House::with(FILE.get_or_init(|| std::thread::spawn(|| made(false)).join().unwrap()))
    }

    fn with(bytes: &[u8]) -> Self {
        let house = House { folder: TempDir::new().unwrap() };
        std::fs::write(house.file(), bytes).unwrap();
        house
    }

    /// The embedded file.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("clinic.db")
    }

    /// A store of its own on the clinic: another desk's, or the test's.
    pub fn store(&self) -> Store {
        let store = Store::open(&Location::File(self.file()), origin("desk-1")).unwrap();
        store.in_zone(zone()).acting(House::who())
    }

    /// The clinic's settings.
    pub fn clinic() -> Clinic {
        Clinic { name: "Riverside Clinic".to_owned(), zone: zone() }
    }

    /// Who is at the desk.
    pub fn who() -> Identity {
        somebody(1, "Ana Ruiz-Cano")
    }

    /// Puts somebody's record beside what a test says of them: a desk asks whether they are who they were.
    pub async fn employ(&self, who: &Identity) {
        let mut conn = self.raw().await;
        conn.run(Stmt::new("DELETE FROM staff WHERE id = ?").bind(who.staff_id)).await.unwrap();
        let stmt = Stmt::new(
            "INSERT INTO staff (id, name, email, role, doctor_id, may_overbook, may_refund) VALUES (?, ?, ?, ?, ?, ?, ?)",
        );
        let stmt = stmt.bind(who.staff_id).bind(who.name.as_str()).bind(who.email.as_str());
        let stmt = stmt.bind(who.role.words()).bind(who.doctor_id).bind(who.may_overbook);
        conn.run(stmt.bind(who.may_refund)).await.unwrap();
    }

    /// A desk in a window of 120 by 40, which shows its day.
    pub async fn desk(&self) -> Working {
        self.desk_of((120, 40)).await
    }

    /// A desk in a window of a size, which shows its day.
    pub async fn desk_of(&self, size: (u16, u16)) -> Working {
        let mut desk = Working::begin(self, size, Palette::Dark);
        desk.wait_for("Dr. Hannah Lee").await;
        desk
    }

    /// A connection for what no desk may do.
    pub async fn raw(&self) -> Conn {
        Db::open(&Location::File(self.file())).unwrap().acquire().await.unwrap()
    }

    /// Another desk books.
    pub async fn book(&self, doctor: DoctorId, patient: PatientId, at: &str, minutes: u16) -> Outcome {
        let notes = None;
        let intent =
            Intent::Book { patient_id: patient, doctor_id: doctor, starts: wall(at), minutes, notes };
        self.carry_out(&intent).await
    }

    /// Another desk does something to a visit.
    pub async fn carry_out(&self, intent: &Intent) -> Outcome {
        other_desk(&self.store()).carry_out(&order(), intent, None).await.unwrap()
    }

    /// The visit of a doctor's today that begins at a time.
    pub async fn visit_of(&self, doctor: DoctorId, time: &str) -> Visit {
        let visits = self.store().appointments_of_day(TODAY.parse().unwrap(), Some(doctor)).await.unwrap();
        let at = wall(&format!("{TODAY}T{time}"));
        visits.into_iter().map(|of| of.visit).find(|visit| visit.starts == at).unwrap()
    }

    /// The visits of a day as `09:00 30 Dr. Hannah Lee: John Smith, Completed`, as the store has
    /// them.
    pub async fn visits(&self, date: &str) -> Vec<String> {
        let visits = self.store().appointments_of_day(date.parse().unwrap(), None).await.unwrap();
        let line = |of: &frontdesk::domain::appointment::Appointment| {
            let visit = &of.visit;
            let at = visit.starts.format("%H:%M");
            format!(
                "{at} {} {}: {}, {}",
                visit.minutes,
                of.doctor_name,
                of.patient_name,
                visit.status.column()
            )
        };
        visits.iter().map(line).collect()
    }
}

/// The clinic's zone.
pub fn zone() -> Zone {
    Zone::parse("Europe/Berlin").unwrap()
}

/// A wall-clock time, as `2026-12-01T09:00`.
pub fn wall(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").unwrap()
}

/// What is written from outside a desk.
pub fn order() -> Order {
    Order::fresh(NOW.parse().unwrap())
}

/// The store as another desk works on it.
pub fn other_desk(store: &Store) -> Store {
    store.clone().acting(somebody(2, "Ben Okafor"))
}

/// Where a desk runs.
pub fn origin(host: &str) -> Origin {
    Origin { host: host.to_owned(), os_user: "ana".to_owned(), clock: || NOW.parse().unwrap() }
}

fn details(name: &str) -> StaffDetails {
    StaffDetails {
        name: name.to_owned(),
        email: format!("{}@riverside.example", name.replace(' ', ".").to_lowercase()),
        role: Role::Administrator,
        doctor_id: None,
        os_user: None,
        os_user_signs_in: false,
        may_overbook: true,
        may_refund: true,
    }
}

/// Somebody of the clinic's staff.
pub fn somebody(id: i32, name: &str) -> Identity {
    let StaffDetails { name, email, role, doctor_id, may_overbook, may_refund, .. } = details(name);
    Identity { staff_id: StaffId(id), name, email, role, doctor_id, may_overbook, may_refund }
}

fn made(filled: bool) -> Vec<u8> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("clinic.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(make(&file, filled));
    std::fs::read(file).unwrap()
}

async fn make(file: &Path, filled: bool) {
    let clinic = Clinic { name: "Riverside Clinic".to_owned(), zone: zone() };
    let (store, _) = open_embedded(file, origin("desk-1"), &clinic).await.unwrap();
    store.set_up(&order(), &clinic, &details("Ana Ruiz-Cano"), None).await.unwrap();
    let store = store.acting(House::who());
    store.save_staff(&order(), None, &details("Ben Okafor"), true, None).await.unwrap();
    if filled {
        let mut bulk = store.bulk().await.unwrap();
        bulk.doctors(&doctors()).await.unwrap();
        bulk.hours(&hours()).await.unwrap();
        bulk.patients(&patients()).await.unwrap();
        bulk.visits(&visits()).await.unwrap();
        bulk.commit().await.unwrap();
        drop(bulk);
    }
    store.close().await;
}

fn id(n: usize) -> i32 {
    i32::try_from(n + 1).unwrap()
}

fn doctors() -> Vec<(DoctorId, DoctorDetails, bool)> {
    let doctor = |(n, (name, specialization, default_minutes, ..)): (usize, &Roster)| {
        let details = DoctorDetails {
            name: (*name).to_owned(),
            email: format!("doctor{n}@riverside.example"),
            phone: format!("+49305551{n:02}"),
            specialization: (*specialization).to_owned(),
            license_number: format!("L-{n}"),
            default_minutes: *default_minutes,
        };
        (DoctorId(id(n)), details, DoctorId(id(n)) != PEMBERTON)
    };
    DOCTORS.iter().enumerate().map(doctor).collect()
}

fn hours()
-> Vec<(DoctorId, Recurrence, frontdesk::domain::schedule::TimeOfDay, frontdesk::domain::schedule::TimeOfDay)>
{
    let mut hours = Vec::new();
    for (n, (.., days, sessions)) in DOCTORS.iter().enumerate() {
        for day in *days {
            for (start, end) in *sessions {
                let (start, end) = (start.parse().unwrap(), end.parse().unwrap());
                hours.push((DoctorId(id(n)), Recurrence::Weekly(*day), start, end));
            }
        }
    }
    // Dr. Silva is away on Wednesday.
    let wednesday: NaiveDate = TODAY.parse::<NaiveDate>().unwrap() + Days::new(1);
    hours.push((SILVA, Recurrence::Exception(wednesday), "00:00".parse().unwrap(), "00:00".parse().unwrap()));
    hours
}

fn patients() -> Vec<Patient> {
    let patient = |(n, (name, born)): (usize, &(&str, &str))| Patient {
        id: PatientId(id(n)),
        details: PatientDetails {
            name: (*name).to_owned(),
            email: format!("patient{}@example.org", n + 1),
            phone: format!("+4930555{:04}", 101 + n),
            date_of_birth: born.parse().unwrap(),
            address: (n == 0).then(|| "1 High Street\n10115 Berlin".to_owned()),
        },
        created_at: None,
    };
    PATIENTS.iter().enumerate().map(patient).collect()
}

fn visits() -> Vec<NewVisit> {
    let now: Instant = NOW.parse().unwrap();
    let visit = |(doctor, patient, starts, minutes, status, notes, reason): &Row| NewVisit {
        doctor_id: DoctorId(*doctor),
        patient_id: PatientId(*patient),
        starts: starts.parse().unwrap(),
        minutes: *minutes,
        status: *status,
        notes: *notes,
        overbook_reason: *reason,
        booked: ("Cleo Tan", now - chrono::TimeDelta::days(2)),
        changed: None,
    };
    VISITS.iter().map(visit).collect()
}
