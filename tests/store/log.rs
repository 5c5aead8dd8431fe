//! What is logged at the most talkative level: no value of a statement, however long it takes.
//!
//! By itself sqlx logs each statement, and louder those that take more than a second; a text of several
//! statements holds its values, as digits.

use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use frontdesk::domain::booking::Intent;
use frontdesk::domain::ids::{DoctorId, PatientId};
use frontdesk::store::Location;
use frontdesk::store::sql::conn::{Conn, Db, Stmt};
use frontdesk::store::sql::dialect::Dialect;
use tracing_subscriber::filter::LevelFilter;

use crate::support::{Backend, Child, at_a_desk, book, open, order_of};

/// What must not be read in the log, and what may be.
const MARK: &str = "Zebra-of-a-value";
const SAID: &str = "the log is written";
/// From when on a statement is a slow one.
const SLOW: Duration = Duration::from_millis(1_050);

macro_rules! quiet {
    ($($name:ident: $backend:expr;)*) => {
        mod no_value_is_logged {
            $(#[test]
            fn $name() {
                super::quiet($backend, concat!("log::no_value_is_logged::", stringify!($name)));
            })*
        }
    };
}

quiet! {
    sqlite: crate::support::Backend::Sqlite;
    mariadb: crate::support::Backend::MariaDb;
    mysql: crate::support::Backend::MySql;
}

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// In a process of its own, since there is one log a process.
fn quiet(backend: Backend, name: &str) {
    if let Some(task) = Child::task() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        return runtime.block_on(talk(&task));
    }
    at_a_desk(backend, async |desk| {
        let (lee, john, _) = desk.people().await;
        desk.booked(lee, john, "2026-12-01T08:00", 30).await;
        let place = match &desk.place.location {
            Location::File(path) => format!("file\n{}", path.display()),
            Location::Server(url) => {
                format!("server\n{}", secrecy::ExposeSecret::expose_secret(url))
            }
        };
        assert!(Child::start(name, &format!("{place}\n{lee}\n{john}")).wait().success());
    });
}

async fn talk(task: &str) {
    let lines: Vec<&str> = task.lines().collect();
    let [kind, place, lee, john] = lines.as_slice() else { panic!("a place and two people") };
    let location = match *kind {
        "file" => Location::File(place.into()),
        _ => Location::Server((*place).into()),
    };
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    tracing::trace!("{SAID}");
    let db = Db::open(&location).unwrap();
    let mut conn = db.acquire().await.unwrap();
    slowly(&mut conn).await;
    // The day is held meanwhile: what locks it first takes its time, and has the key in its text.
    conn.begin().await.unwrap();
    conn.run(Stmt::new("UPDATE calendar_days SET version = version + 1")).await.unwrap();
    let store = open(&location);
    let (lee, john) = (DoctorId(lee.parse().unwrap()), PatientId(john.parse().unwrap()));
    let mut intent = book(lee, john, "2026-12-01T09:00", 30);
    if let Intent::Book { notes, .. } = &mut intent {
        *notes = Some(MARK.to_owned());
    }
    let order = order_of(MARK);
    let holder = async {
        tokio::time::sleep(SLOW).await;
        conn.commit().await.unwrap();
    };
    let (booked, ()) = tokio::join!(store.carry_out(&order, &intent, None), holder);
    assert!(matches!(booked.unwrap(), frontdesk::domain::booking::Outcome::Done { .. }));
    let text = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(text.contains(SAID), "nothing was logged at all");
    let mut digits = String::new();
    MARK.bytes().for_each(|byte| write!(digits, "{byte:02X}").unwrap());
    for (what, value) in [("as it is", MARK), ("as digits", digits.as_str())] {
        assert!(!text.contains(value), "the log holds a value {what}");
    }
    assert!(!text.contains("SELECT") && !text.contains("INSERT"), "the log holds statements");
}

/// Asks something that takes the database more than a second, with a value of which nothing may be
/// known afterwards.
async fn slowly(conn: &mut Conn) {
    let mut much = 1_000_000;
    loop {
        let stmt = match conn.dialect() {
            Dialect::MySql => Stmt::new("SELECT ?, SLEEP(1.1), ?").bind(much),
            Dialect::Sqlite => Stmt::new(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) \
                 SELECT COUNT(*), ? FROM n",
            )
            .bind(much),
        };
        let begun = Instant::now();
        assert_eq!(conn.all(stmt.bind(MARK)).await.unwrap().len(), 1);
        if begun.elapsed() > SLOW {
            return;
        }
        much *= 2;
    }
}
