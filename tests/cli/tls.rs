//! TLS against real servers: a certificate that is right, expired, not begun, for another name, of an
//! unknown authority, and a server that has none.
//!
//! The servers listen on loopback and are called 0.0.0.0, which leads there and is none of the names of
//! this host: what is said here holds for a server anywhere.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use rcgen::{CertificateParams, date_time_ymd};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection};

use crate::clinic::{Clinic, Ran, left_out};
use crate::own_server::{Authority, OwnServer, Signed, command, self_signed};

/// The names of the servers here.
const NAMES: [&str; 3] = ["0.0.0.0", "127.0.0.1", "localhost"];
/// What a line says of a certificate of nobody's.
const UNKNOWN: &str = "its certificate is of no authority that is known here";

/// What came of a command, which was to reach no server: soon, and without a word of the password.
#[track_caller]
fn refused(ran: Ran, begun: Instant, parts: &[&str]) {
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}: {ran:?}", begun.elapsed());
    for text in [&ran.out, &ran.err] {
        assert!(!text.contains("Zebra"), "{ran:?}");
    }
    ran.says(6, parts);
}

fn expired(params: &mut CertificateParams) {
    params.not_after = date_time_ymd(2020, 3, 1);
}

fn not_begun(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2999, 3, 1);
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Waits until a certificate has expired.
fn until(expires: SystemTime) {
    while SystemTime::now() < expires + Duration::from_secs(1) {
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

/// How a kind of server is told of its certificate.
struct Orders {
    /// That the files are to be read again.
    reload: &'static str,
    /// The same, where there are none any more; none where it then keeps the one that it had.
    take_away: Option<&'static str>,
    /// Whether it takes a certificate that has expired, or not begun.
    takes_any: bool,
}

/// All that a MySQL or MariaDB server can present.
fn relational(server: &OwnServer, authority: &Authority, folder: &Path, orders: &Orders) {
    let clinic = Clinic::untouched();
    let ca = folder.join("ca.pem");
    authority.write(&ca);
    let at = |host: &str, options: &str| format!("mysql://ana:Zebra@{host}:{}/clinic?{options}", server.port);
    let (ours, public) = (format!("ssl-ca={}", ca.display()), String::new());
    let tell = |statement: &str| {
        wait(async {
            let url = at("127.0.0.1", "");
            let mut connection = MySqlConnection::connect(&url).await.unwrap();
            connection.execute(sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))).await.map(drop)
        })
    };
    let present = |signed: &Signed| {
        server.present(signed);
        tell(orders.reload).unwrap();
    };
    let run = |url: &str| clinic.run_at(url, "migrate --dry-run");
    let refuses = |url: &str, parts: &[&str]| {
        let begun = Instant::now();
        refused(
            run(url),
            begun,
            &[&["the database server cannot be reached by verified TLS: "], parts].concat(),
        );
    };

    run(&at("0.0.0.0", &ours)).ok();
    run(&at("0.0.0.0", &format!("ssl-mode=VERIFY_IDENTITY&{ours}"))).ok();
    run(&at("localhost", &format!("ssl-mode=VERIFY_IDENTITY&{ours}"))).ok();
    refuses(&at("0.0.0.0", &public), &[UNKNOWN, "ssl-ca=FILE"]);
    refuses(&at("127.0.0.1", "ssl-mode=VERIFY_CA"), &[UNKNOWN]);
    run(&at("127.0.0.1", &public)).ok();

    present(&authority.sign(&["other.example"], |_| {}));
    refuses(&at("0.0.0.0", &ours), &["its certificate is for another name than 0.0.0.0"]);
    if orders.takes_any {
        present(&authority.sign(&NAMES, not_begun));
        refuses(&at("0.0.0.0", &ours), &["its certificate begins on 2999-03-01 (UTC), later than this"]);
        present(&authority.sign(&NAMES, expired));
        refuses(&at("0.0.0.0", &ours), &["its certificate expired on 2020-03-01 (UTC)"]);
    } else {
        let soon = SystemTime::now() + Duration::from_secs(2);
        present(&authority.sign(&NAMES, |params| params.not_after = soon.into()));
        until(soon);
        refuses(&at("0.0.0.0", &ours), &["its certificate expired on 20"]);
    }
    // What is given up by the URL and allowed is done, and said.
    let given_up = at("0.0.0.0", "ssl-mode=REQUIRED");
    clinic.run_at(&given_up, "migrate --dry-run").fails(2, &["gives up"]);
    clinic
        .run_at(&given_up, "migrate --dry-run --allow-unverified-transport")
        .says(0, &["WARNING: the MySQL server 0.0.0.0:", "WITHOUT VERIFIED TLS"]);

    let own = self_signed(&NAMES);
    present(&own);
    refuses(&at("0.0.0.0", &ours), &[UNKNOWN]);
    run(&at("0.0.0.0", &format!("ssl-ca={}", server.path("cert.pem").display()))).ok();

    if let Some(statement) = orders.take_away {
        server.take_certificate();
        // It says that the files are not there, which is meant.
        drop(tell(statement));
        refuses(&at("0.0.0.0", &ours), &["it offers no TLS"]);
    }
}

#[test]
fn mariadb_is_reached_by_verified_tls_alone() {
    let Some(program) = OwnServer::program("MARIADB") else { return };
    let authority = Authority::new("the clinic's authority");
    // Whoever comes is let in: who it is, is not what this is about.
    let arguments = |folder: &Path, port: u16| {
        let folder = folder.display();
        ["--skip-grant-tables", "--bind-address=127.0.0.1", "--socket=server.sock", "--pid-file=server.pid"]
            .map(str::to_owned)
            .into_iter()
            .chain([format!("--datadir={folder}/data"), format!("--port={port}")])
            .collect::<Vec<String>>()
    };
    let secured = |folder: &Path, port: u16| {
        let mut all = arguments(folder, port);
        all.extend(["cert", "key"].map(|name| format!("--ssl-{name}={}/{name}.pem", folder.display())));
        all
    };
    let signed = authority.sign(&NAMES, |_| {});
    let start = |with: &dyn Fn(&Path, u16) -> Vec<String>| {
        let folder = OwnServer::folder(&signed);
        std::fs::create_dir(folder.path().join("data")).unwrap();
        let server = OwnServer::start(&program, folder, with);
        wait(async {
            let url = format!("mysql://ana@127.0.0.1:{}/", server.port);
            let mut connection = MySqlConnection::connect(&url).await.unwrap();
            connection.execute("CREATE DATABASE clinic").await.unwrap();
        });
        server
    };
    let folder = tempfile::tempdir().unwrap();
    let orders = Orders { reload: "FLUSH SSL", take_away: None, takes_any: true };
    relational(&start(&secured), &authority, folder.path(), &orders);

    let none = start(&|folder, port| [arguments(folder, port), vec!["--skip-ssl".to_owned()]].concat());
    let clinic = Clinic::untouched();
    let ca = folder.path().join("ca.pem");
    let url = format!("mysql://ana:Zebra@0.0.0.0:{}/clinic?ssl-ca={}", none.port, ca.display());
    let begun = Instant::now();
    refused(clinic.run_at(&url, "day"), begun, &["cannot be reached by verified TLS: it offers no TLS"]);
    // On this host it needs none.
    clinic.run_at(&url.replace("0.0.0.0", "127.0.0.1"), "migrate --dry-run").ok();
}

#[test]
fn mysql_is_reached_by_verified_tls_alone() {
    if left_out() {
        return;
    }
    let Some(program) = OwnServer::program("MYSQL") else { return };
    let authority = Authority::new("the clinic's authority");
    let folder = OwnServer::folder(&authority.sign(&NAMES, |_| {}));
    let data = format!("--datadir={}", folder.path().join("data").display());
    let made = command(&program)
        .args([&data, "--initialize-insecure", "--innodb-flush-method=nosync", "--auto-generate-certs=OFF"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::write(
        folder.path().join("init.sql"),
        "CREATE DATABASE clinic;\nCREATE USER 'ana'@'%' IDENTIFIED BY 'Zebra';\nGRANT ALL PRIVILEGES ON *.* TO 'ana'@'%';\n",
    )
    .unwrap();
    let server = OwnServer::start(&program, folder, |folder, port| {
        let folder = folder.display();
        ["--bind-address=127.0.0.1", "--mysqlx=OFF", "--skip-log-bin", "--performance-schema=OFF"]
            .map(str::to_owned)
            .into_iter()
            .chain(
                ["--socket=server.sock", "--pid-file=server.pid", "--innodb-flush-method=nosync"]
                    .map(str::to_owned),
            )
            .chain([data.clone(), format!("--port={port}"), format!("--init-file={folder}/init.sql")])
            // When it is told to look again, it takes a certificate of that authority alone.
            .chain(["cert", "key", "ca"].map(|name| format!("--ssl-{name}={folder}/{name}.pem")))
            .collect()
    });
    let folder = tempfile::tempdir().unwrap();
    let orders = Orders {
        reload: "ALTER INSTANCE RELOAD TLS",
        take_away: Some("ALTER INSTANCE RELOAD TLS NO ROLLBACK ON ERROR"),
        takes_any: false,
    };
    relational(&server, &authority, folder.path(), &orders);
}

#[test]
fn mongodb_is_reached_by_verified_tls_alone() {
    let Some(program) = OwnServer::program("MONGODB") else { return };
    let authority = Authority::new("the clinic's authority");
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    authority.write(&ca);
    let start = |signed: &Signed, secured: bool| {
        let folder = OwnServer::folder(signed);
        std::fs::create_dir(folder.path().join("data")).unwrap();
        OwnServer::start(&program, folder, |folder, port| {
            let mut all = ["--bind_ip=127.0.0.1", "--nounixsocket", "--wiredTigerCacheSizeGB=0.25"]
                .map(str::to_owned)
                .to_vec();
            all.extend([format!("--dbpath={}/data", folder.display()), format!("--port={port}")]);
            if secured {
                all.extend([
                    "--tlsMode=requireTLS".to_owned(),
                    format!("--tlsCertificateKeyFile={}/both.pem", folder.display()),
                    format!("--tlsCAFile={}", ca.display()),
                    "--tlsAllowConnectionsWithoutCertificates".to_owned(),
                ]);
            }
            all
        })
    };
    let clinic = Clinic::empty();
    let at = |server: &OwnServer, host: &str, options: &str| {
        format!("mongodb://{host}:{}/?{options}", server.port)
    };
    let ours = format!("tlsCAFile={}", ca.display());
    let refuses = |url: &str, part: &str| {
        let begun = Instant::now();
        let ran = clinic.run_at(url, "check --json");
        assert_eq!(ran.json()["stores"][1]["reachable"], json!(false));
        refused(ran, begun, &["MongoDB cannot be reached: ", part]);
    };
    let answers = |url: &str, transport: &str| {
        let stores = clinic.run_at(url, "check --json").ok().json();
        assert_eq!(stores["stores"][1]["reachable"], json!(true), "{stores}");
        assert_eq!(stores["stores"][1]["transport"], json!(transport), "{stores}");
    };

    // A server that is given an expired certificate does not start: this one expires under way.
    let soon = SystemTime::now() + Duration::from_secs(4);
    let short = authority.sign(&NAMES, |params| params.not_after = soon.into());
    let expiring = start(&short, true);
    let right = start(&authority.sign(&NAMES, |_| {}), true);
    answers(&at(&right, "0.0.0.0", &ours), "verified");
    answers(&at(&right, "localhost", &format!("tls=true&{ours}")), "this_host");
    refuses(&at(&right, "0.0.0.0", ""), UNKNOWN);
    refuses(&at(&right, "0.0.0.0", "tls=true"), "tlsCAFile=FILE");
    let other = folder.path().join("other.pem");
    Authority::new("another authority").write(&other);
    refuses(&at(&right, "0.0.0.0", &format!("tlsCAFile={}", other.display())), UNKNOWN);
    // What is given up by the URL and allowed is done, and said.
    let given_up = at(&right, "0.0.0.0", "tlsInsecure=true");
    clinic.run_at(&given_up, "check").fails(2, &["gives up"]);
    let ran = clinic.run_at(&given_up, "check --allow-unverified-transport");
    assert!(ran.out.contains("  transport WITHOUT VERIFIED TLS\n"), "{ran:?}");
    ran.says(0, &["WARNING: the MongoDB server 0.0.0.0:", "WITHOUT VERIFIED TLS"]);
    drop(right);

    let wrong = start(&authority.sign(&["other.example"], |_| {}), true);
    refuses(&at(&wrong, "0.0.0.0", &ours), "its certificate is for another name than 0.0.0.0");
    drop(wrong);

    let none = start(&authority.sign(&NAMES, |_| {}), false);
    refuses(&at(&none, "0.0.0.0", &ours), "it ended the TLS greeting; it may offer no TLS");
    answers(&at(&none, "127.0.0.1", ""), "this_host");
    drop(none);

    until(soon);
    refuses(&at(&expiring, "0.0.0.0", &ours), "its certificate expired on 20");
}
