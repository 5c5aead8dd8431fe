//! The demo clinic: a dozen doctors, some hundreds of patients, and weeks of visits around today,
//! in one embedded file a day.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use chrono::{Datelike, Days, NaiveDate, TimeDelta, Weekday};
use fastrand::Rng;

use super::clinic::{Plan, Rota, write_doctors, write_patients};
use super::people::{NewDoctor, People, fictional, hour, rng_of_day};
use super::visits::Scene;
use crate::domain::appointment::Status;
use crate::domain::clinic::Clinic;
use crate::domain::clock::{Now, Zone};
use crate::domain::doctor::DoctorDetails;
use crate::domain::fold::words;
use crate::domain::ids::DoctorId;
use crate::domain::schedule::{Recurrence, TimeOfDay};
use crate::domain::staff::{Role, StaffDetails};
use crate::store::sql::bulk::NewVisit;
use crate::store::sql::history::Order;
use crate::store::sql::schema::open_embedded;
use crate::store::sql::trail::Origin;
use crate::store::{Result, Store, StoreError};

/// What the demo clinic is like; the same every day, but for the dates.
pub const PLAN: Plan = Plan {
    seed: 2_026,
    doctors: 13,
    patients: 420,
    days_back: 28,
    days_ahead: 36,
    fill: 0.77,
    last_fill: 0.25,
};

/// The name in the header.
const NAME: &str = "Riverside Clinic (demo)";

/// For how many days after its own a demo file is kept: a desk may have stayed open over midnight.
const KEPT_DAYS: u64 = 1;

type Sessions = &'static [(&'static [Weekday], &'static [(u32, u32, u32, u32)])];

use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};

/// Name, specialization, usual length, week.
const ROSTER: [(&str, &str, Option<u16>, Sessions); 13] = [
    (
        "Dr. Hannah Lee",
        "Cardiology",
        Some(30),
        &[(&[Mon, Tue, Wed, Thu, Fri], &[(8, 30, 12, 30), (13, 30, 17, 0)])],
    ),
    (
        "Dr. Chidi Okafor",
        "General Practice",
        Some(15),
        &[(&[Mon, Tue, Wed, Thu, Fri], &[(8, 0, 12, 0), (13, 0, 16, 30)])],
    ),
    (
        "Dr. Mariana Silva",
        "Paediatrics",
        Some(20),
        &[(&[Mon, Tue, Thu, Fri], &[(9, 0, 13, 0), (14, 0, 17, 0)])],
    ),
    (
        "Dr. Jonas Weber",
        "General Practice",
        Some(20),
        &[(&[Mon, Tue, Wed, Thu], &[(8, 0, 12, 0), (14, 0, 18, 0)]), (&[Fri], &[(8, 0, 13, 0)])],
    ),
    ("Dr. Zoë Müller", "Dermatology", Some(20), &[(&[Mon, Wed, Thu, Fri], &[(9, 0, 12, 0), (13, 0, 17, 0)])]),
    (
        "Dr. Ayşe Yılmaz",
        "Gynaecology",
        Some(30),
        &[(&[Tue, Wed, Thu, Fri], &[(9, 0, 12, 30), (13, 30, 17, 30)])],
    ),
    ("Dr. Nguyễn Thị Lan", "Ophthalmology", Some(20), &[(&[Mon, Tue, Wed, Thu, Fri], &[(8, 0, 13, 0)])]),
    (
        "Dr. Piotr Kowalski",
        "Orthopaedics",
        Some(30),
        &[(&[Mon, Tue, Thu], &[(8, 0, 12, 0), (12, 45, 16, 0)]), (&[Wed], &[(8, 0, 12, 0)])],
    ),
    (
        "Dr. Layla Haddad",
        "Psychiatry",
        Some(45),
        &[(&[Mon, Wed], &[(11, 0, 14, 0), (15, 0, 20, 0)]), (&[Tue, Thu], &[(9, 0, 13, 0), (14, 0, 17, 0)])],
    ),
    ("Dr. Élise Moreau", "Neurology", None, &[(&[Mon, Tue, Wed, Fri], &[(9, 0, 12, 0), (13, 0, 17, 0)])]),
    (
        "Dr. Sofía Ibáñez",
        "Endocrinology",
        Some(30),
        &[(&[Tue, Thu], &[(13, 0, 18, 0)]), (&[Fri], &[(9, 0, 13, 0)])],
    ),
    (
        "Dr. Kenji Tanaka",
        "Physiotherapy",
        Some(30),
        &[(&[Mon, Tue, Wed, Thu, Fri], &[(10, 0, 13, 0), (14, 0, 19, 0)]), (&[Sat], &[(9, 0, 12, 0)])],
    ),
    // Has left the clinic: no new visits, but those that were.
    ("Dr. Arthur Pemberton", "Cardiology", Some(30), &[(&[Mon, Wed, Fri], &[(9, 0, 12, 0)])]),
];

const LEE: usize = 0;
const OKAFOR: usize = 1;
const SILVA: usize = 2;
const WEBER: usize = 3;
const LEFT: usize = 12;
/// How many of the roster have a weekend duty when the demo is opened on one.
const ON_DUTY: usize = 8;
/// For how many days Dr. Pemberton has been gone.
const GONE_DAYS: u64 = 10;

/// Opens today's demo clinic in the data folder, and makes it first where there is none. A second
/// desk of the same day opens the same one.
///
/// # Errors
/// Where the folder or the file cannot be used.
pub async fn open_demo(data_dir: &Path, origin: Origin, zone: Zone) -> Result<(Store, Clinic)> {
    let now = Now::new((origin.clock)(), zone);
    let clinic = Clinic { name: NAME.to_owned(), zone };
    let folder = data_dir.join("demo");
    let path = folder.join(format!("demo-{}.db", now.today()));
    if !path.exists() {
        make(&path, &clinic, &origin, now).await?;
    }
    remove_older(&folder, now.today());
    let (store, _) = open_embedded(&path, origin, &clinic).await?;
    // The desk that came first has set the zone.
    let clinic = store.clinic().await?;
    // Whoever opened it first on this day is its administrator, by their account.
    let identity = store.sign_in_by_account().await?.ok_or(StoreError::NotSignedIn(None))?;
    Ok((store.in_zone(clinic.zone).acting(identity), clinic))
}

/// Who the demo is opened by: the account is proof enough, so that it signs in by itself.
fn administrator(os_user: &str) -> StaffDetails {
    StaffDetails {
        name: "Ana Brandt".to_owned(),
        email: "ana.brandt@example.org".to_owned(),
        role: Role::Administrator,
        doctor_id: None,
        os_user: Some(os_user.to_owned()),
        os_user_signs_in: true,
        may_overbook: true,
        may_refund: true,
    }
}

/// Makes the file under a name of its own, and gives it its real one when it is whole, so that a
/// half-made one is never opened.
async fn make(path: &Path, clinic: &Clinic, origin: &Origin, now: Now) -> Result<()> {
    let draft = path.with_extension(format!("{}.part", std::process::id()));
    let outcome = async {
        let (store, _) = open_embedded(&draft, origin.clone(), clinic).await?;
        let written = async {
            write(&store.clone().in_zone(clinic.zone), now).await?;
            let order = Order::fresh(now.at);
            store.set_up(&order, clinic, &administrator(&origin.os_user), None).await.map(drop)
        }
        .await;
        store.close().await;
        written?;
        publish(&draft, path)
            .map_err(|error| StoreError::File(format!("cannot make {}: {}", path.display(), error.kind())))
    }
    .await;
    for tail in ["", "-wal", "-shm"] {
        let mut name = draft.clone().into_os_string();
        name.push(tail);
        // Best effort; what stays goes with the day's file.
        drop(std::fs::remove_file(PathBuf::from(name)));
    }
    outcome
}

/// Gives the draft its name, unless another desk was first: its file is in use already and stays.
fn publish(draft: &Path, path: &Path) -> std::io::Result<()> {
    match std::fs::hard_link(draft, path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        // A file system without hard links.
        Err(_) if path.exists() => Ok(()),
        Err(_) => std::fs::rename(draft, path),
    }
}

/// Removes the files of earlier days, as far as that is possible.
fn remove_older(folder: &Path, today: NaiveDate) {
    let oldest = today - Days::new(KEPT_DAYS);
    let Ok(files) = std::fs::read_dir(folder) else { return };
    for file in files.flatten() {
        let name = file.file_name();
        let date = name.to_str().and_then(|name| name.strip_prefix("demo-")).and_then(|rest| rest.get(..10));
        if date.and_then(|date| date.parse::<NaiveDate>().ok()).is_some_and(|date| date < oldest) {
            drop(std::fs::remove_file(file.path()));
        }
    }
}

async fn write(store: &Store, now: Now) -> Result<()> {
    let people = People::new(PLAN.seed, PLAN.patients, now.at);
    let doctors = doctors(now.today());
    let mut bulk = store.bulk().await?;
    write_doctors(&mut bulk, &doctors).await?;
    write_patients(&mut bulk, &people, PLAN.patients, |_| {}).await?;
    bulk.visits(&visits(&doctors, now, store.zone())).await?;
    bulk.commit().await
}

/// The doctors, with exceptions around today.
fn doctors(today: NaiveDate) -> Vec<NewDoctor> {
    let mut rng = Rng::with_seed(PLAN.seed);
    let mut doctors: Vec<NewDoctor> = ROSTER
        .iter()
        .zip(1i32..)
        .map(|((name, specialization, default_minutes, week), id)| {
            let words = words(name);
            let last = words.last().map_or("doctor", String::as_str);
            let details = DoctorDetails {
                name: (*name).to_owned(),
                email: format!("{last}@example.org"),
                phone: fictional(&mut rng),
                specialization: (*specialization).to_owned(),
                license_number: format!("RC-{:04}", 1_000 + id),
                default_minutes: *default_minutes,
            };
            let hours = week.iter().flat_map(|(days, sessions)| {
                days.iter().flat_map(|day| sessions.iter().map(|s| session(Recurrence::Weekly(*day), *s)))
            });
            NewDoctor { id: DoctorId(id), details, is_active: true, hours: hours.collect() }
        })
        .collect();
    doctors[LEFT].is_active = false;
    add_exceptions(&mut doctors, today);
    doctors
}

fn session(
    when: Recurrence,
    (from, from_minute, to, to_minute): (u32, u32, u32, u32),
) -> (Recurrence, TimeOfDay, TimeOfDay) {
    (when, hour(from, from_minute), hour(to, to_minute))
}

/// A closed day, a shortened one and an extra Saturday within two weeks; and people on duty when
/// today is a weekend, so that the board is never empty.
fn add_exceptions(doctors: &mut [NewDoctor], today: NaiveDate) {
    let next = |after: u64, days: &[Weekday]| {
        let mut dates = (today + Days::new(after)).iter_days();
        dates.find(|date| days.contains(&date.weekday())).unwrap_or(today)
    };
    let closed = Recurrence::Exception(next(2, &[Mon, Tue, Wed, Thu]));
    doctors[WEBER].hours.push((closed, TimeOfDay::START, TimeOfDay::START));
    let short = Recurrence::Exception(next(1, &[Mon, Tue, Thu, Fri]));
    doctors[SILVA].hours.push(session(short, (9, 0, 11, 30)));
    let saturday = Recurrence::Exception(next(1, &[Sat]));
    doctors[LEE].hours.push(session(saturday, (9, 0, 13, 0)));
    if [Sat, Sun].contains(&today.weekday()) {
        for doctor in doctors.iter_mut().take(ON_DUTY) {
            let duty = Recurrence::Exception(today);
            doctor.hours.push(session(duty, (8, 30, 12, 30)));
            doctor.hours.push(session(duty, (13, 30, 18, 0)));
        }
    }
}

/// All visits, the two special cases of today among them.
fn visits(doctors: &[NewDoctor], now: Now, zone: Zone) -> Vec<NewVisit> {
    let scene = Scene { now, zone, patients: PLAN.patients };
    let rota = Rota::new(doctors);
    let today = now.today();
    let left = DoctorId(i32::try_from(LEFT + 1).unwrap_or(i32::MAX));
    let mut all = Vec::new();
    for day in PLAN.days(today) {
        let mut seen = HashSet::new();
        let mut visits = rota.visits(&PLAN, &scene, day, &mut seen);
        visits.retain(|visit| visit.doctor_id != left || day + Days::new(GONE_DAYS) < today);
        if day == today {
            add_special(&mut visits, &scene, &mut seen);
        }
        all.append(&mut visits);
    }
    all
}

/// One visit that is booked over another with a reason, and one that was cancelled and whose time
/// was booked again.
fn add_special(visits: &mut Vec<NewVisit>, scene: &Scene, seen: &mut HashSet<u32>) {
    let mut rng = rng_of_day(PLAN.seed, DoctorId(0), scene.now.today());
    let okafor = DoctorId(i32::try_from(OKAFOR + 1).unwrap_or(i32::MAX));
    // Soon, if the day is not over yet; it stays in sight when the demo is opened.
    let wanted = scene.now.wall + TimeDelta::minutes(45);
    let near = |visits: &[NewVisit], with: &dyn Fn(DoctorId) -> bool| {
        let held = visits.iter().filter(|visit| visit.status.holds_time() && with(visit.doctor_id));
        held.min_by_key(|visit| (visit.starts - wanted).abs()).cloned()
    };
    if let Some(under) = near(visits, &|doctor| doctor == okafor) {
        let time = (under.starts, under.minutes);
        if let Some(mut over) = scene.visit(&mut rng, okafor, time, under.status, seen) {
            over.overbook_reason = Some("Fever of 39.5 since the morning, squeezed in");
            visits.push(over);
        }
    }
    if let Some(kept) = near(visits, &|doctor| doctor != okafor) {
        let time = (kept.starts, kept.minutes);
        visits.extend(scene.visit(&mut rng, kept.doctor_id, time, Status::Cancelled, seen));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use crate::domain::appointment::Visit;
    use crate::domain::booking::{Diary, Held, Proposal, judge};
    use crate::domain::contact::{accept_email, accept_phone};
    use crate::domain::ids::AppointmentId;
    use crate::domain::schedule::{Availability, Schedule};

    fn at(text: &str) -> Now {
        let zone = Zone::parse("Europe/Berlin").unwrap();
        let wall = chrono::NaiveDateTime::parse_from_str(text, crate::domain::clock::WALL_FORMAT).unwrap();
        Now::new(zone.instant(wall).unwrap(), zone)
    }

    /// A weekday, a Saturday, a Sunday, and days around both changes of the clock.
    const MOMENTS: [&str; 6] = [
        "2026-12-01T09:42",
        "2026-12-05T11:00",
        "2026-12-06T23:30",
        "2026-10-20T08:00",
        "2026-03-20T14:15",
        "2026-12-31T00:05",
    ];

    fn made(now: Now) -> (Vec<NewDoctor>, Vec<NewVisit>) {
        let doctors = doctors(now.today());
        let visits = visits(&doctors, now, Zone::parse("Europe/Berlin").unwrap());
        (doctors, visits)
    }

    #[test]
    fn the_same_moment_makes_the_same_clinic() {
        let now = at(MOMENTS[0]);
        assert_eq!(made(now).1, made(now).1);
        let people = || People::new(PLAN.seed, PLAN.patients, now.at);
        assert_eq!(people().patient(7), people().patient(7));
    }

    #[test]
    fn every_visit_stands_by_the_rule_but_the_overbooked_one() {
        let zone = Zone::parse("Europe/Berlin").unwrap();
        for moment in MOMENTS {
            let now = at(moment);
            let (doctors, visits) = made(now);
            let schedules: HashMap<DoctorId, Schedule> = doctors
                .iter()
                .map(|doctor| {
                    let row = |(recurrence, start, end): &(Recurrence, TimeOfDay, TimeOfDay)| Availability {
                        id: crate::domain::ids::AvailabilityId(1),
                        doctor_id: doctor.id,
                        recurrence: *recurrence,
                        start: *start,
                        end: *end,
                    };
                    (doctor.id, Schedule::new(doctor.hours.iter().map(row).collect()))
                })
                .collect();
            let held: Vec<Held> = visits
                .iter()
                .zip(1..)
                .filter(|(visit, _)| visit.status.holds_time())
                .map(|(visit, id)| Held {
                    visit: Visit {
                        id: AppointmentId(id),
                        doctor_id: visit.doctor_id,
                        patient_id: visit.patient_id,
                        starts: visit.starts,
                        minutes: visit.minutes,
                        status: visit.status,
                    },
                    patient_name: String::new(),
                    patient_born: None,
                    doctor_name: String::new(),
                    booked_by: None,
                    booked_at: None,
                })
                .collect();
            let mut overbooked = 0;
            for one in &held {
                let visit = &one.visit;
                let day = visit.starts.date();
                let same_day = held.iter().filter(|held| held.visit.starts.date() == day);
                let diary = Diary {
                    doctor_active: true,
                    schedule: schedules[&visit.doctor_id].clone(),
                    visits: same_day.cloned().collect(),
                };
                let proposal = Proposal {
                    doctor_id: visit.doctor_id,
                    patient_id: Some(visit.patient_id),
                    starts: visit.starts,
                    minutes: visit.minutes,
                    moving: Some(visit.id),
                };
                overbooked += usize::from(!judge(&proposal, &diary, zone).is_empty());
            }
            // Both of the pair are in each other's way.
            assert_eq!(overbooked, 2, "{moment}");
            assert_eq!(visits.iter().filter(|visit| visit.overbook_reason.is_some()).count(), 1, "{moment}");
        }
    }

    #[test]
    fn the_board_of_today_is_alive_and_every_status_is_there() {
        for moment in MOMENTS {
            let now = at(moment);
            let (doctors, visits) = made(now);
            let statuses: HashSet<Status> = visits.iter().map(|visit| visit.status).collect();
            assert_eq!(statuses.len(), Status::ALL.len(), "{moment}");
            for visit in &visits {
                let future = visit.starts > now.wall;
                let allowed = match visit.status {
                    Status::Scheduled => visit.starts.date() >= now.today(),
                    Status::Completed | Status::NoShow => !future,
                    Status::Cancelled => true,
                };
                assert!(allowed, "{moment}: {visit:?}");
                assert!(
                    visit.booked.1 <= now.at && visit.changed.is_none_or(|(_, changed)| changed <= now.at)
                );
            }
            let today: Vec<_> = visits
                .iter()
                .filter(|visit| visit.starts.date() == now.today() && visit.status.holds_time())
                .collect();
            let open: i64 = doctors
                .iter()
                .filter(|doctor| doctor.is_active)
                .flat_map(|doctor| {
                    let rows = doctor.hours.iter().map(|(recurrence, start, end)| Availability {
                        id: crate::domain::ids::AvailabilityId(1),
                        doctor_id: doctor.id,
                        recurrence: *recurrence,
                        start: *start,
                        end: *end,
                    });
                    Schedule::new(rows.collect()).sessions(now.today())
                })
                .map(|(start, end)| (end - start).num_minutes())
                .sum();
            let held: i64 = today.iter().map(|visit| i64::from(visit.minutes)).sum();
            assert!((65..=85).contains(&(held * 100 / open)), "{moment}: {held} of {open} minutes");
            let busy: HashSet<DoctorId> = today.iter().map(|visit| visit.doctor_id).collect();
            assert!(busy.len() >= 8, "{moment}: {}", busy.len());
            let mut rebooked =
                visits.iter().filter(|visit| visit.status == Status::Cancelled).filter(|gone| {
                    today.iter().any(|kept| kept.doctor_id == gone.doctor_id && kept.starts == gone.starts)
                });
            assert!(rebooked.next().is_some(), "{moment}");
        }
    }

    #[test]
    fn people_are_told_apart_and_reachable_by_nobody() {
        let now = at(MOMENTS[0]);
        let people = People::new(PLAN.seed, PLAN.patients, now.at);
        let mut emails = HashSet::new();
        for n in 1..=PLAN.patients {
            let patient = people.patient(n).details;
            assert_eq!(accept_email(&patient.email).as_ref(), Ok(&patient.email));
            assert_eq!(accept_phone(&patient.phone).as_ref(), Ok(&patient.phone));
            assert!(patient.date_of_birth < now.today());
            assert!(emails.insert(patient.email.to_lowercase()));
        }
        let doctors = doctors(now.today());
        let licenses: HashSet<_> = doctors.iter().map(|doctor| &doctor.details.license_number).collect();
        assert_eq!(licenses.len(), doctors.len());
        for doctor in &doctors {
            assert!(!doctor.hours.is_empty());
            assert_eq!(doctor.details.clone().accept(None).as_ref(), Ok(&doctor.details));
            assert!(emails.insert(doctor.details.email.clone()));
        }
        let specializations: HashSet<_> =
            doctors.iter().map(|doctor| &doctor.details.specialization).collect();
        assert!(specializations.len() >= 8);
    }

    fn origin() -> Origin {
        Origin { host: "desk".into(), os_user: "ana".into(), clock: || at(MOMENTS[0]).at }
    }

    #[tokio::test]
    async fn desks_of_one_day_share_a_file_and_older_ones_go() {
        let folder = tempfile::tempdir().unwrap();
        let zone = Zone::parse("Europe/Berlin").unwrap();
        let now = at(MOMENTS[0]);
        let demo = folder.path().join("demo");
        std::fs::create_dir_all(&demo).unwrap();
        for stale in ["demo-2026-11-29.db", "demo-2026-11-30.db", "notes.txt"] {
            std::fs::write(demo.join(stale), "").unwrap();
        }
        let (first, clinic) = open_demo(folder.path(), origin(), zone).await.unwrap();
        assert_eq!((clinic.name.as_str(), clinic.zone), (NAME, zone));
        let (second, _) = open_demo(folder.path(), origin(), Zone::utc()).await.unwrap();
        assert_eq!(second.zone(), zone, "the first desk's");
        let day = first.day(now.today()).await.unwrap();
        assert_eq!(day, second.day(now.today()).await.unwrap());
        assert!(
            day.visits.len() > 60 && day.doctors.len() == ROSTER.len() && !day.versions.of_doctors.is_empty()
        );
        let query = crate::domain::query::PatientQuery::parse("ruiz", now.today());
        assert!(!first.find_patients(&query, 10).await.unwrap().patients.is_empty());
        let mut left: Vec<String> = std::fs::read_dir(&demo)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
            .collect();
        left.sort_unstable();
        assert_eq!(left, ["demo-2026-11-30.db", "demo-2026-12-01.db", "notes.txt"]);
    }
}
