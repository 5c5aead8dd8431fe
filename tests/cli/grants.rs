//! The accounts that `frontdesk grants` prints, on each server.

use frontdesk::store::documents::COLLECTIONS;
use mongodb::bson::{self, Document, doc};
use mongodb::error::ErrorKind;
use mongodb::{Client, Database};
use serde_json::{Value, json};

use crate::clinic::{Clinic, Ran, keys, left_out};
use crate::own_server::OwnServer;

#[test]
fn the_printed_accounts_do_the_work_on_mariadb() {
    the_printed_accounts_do_the_work(&Clinic::on_server("FRONTDESK_TEST_MARIADB_URL"));
}

#[test]
fn the_printed_accounts_do_the_work_on_mysql() {
    if !left_out() {
        the_printed_accounts_do_the_work(&Clinic::on_server("FRONTDESK_TEST_MYSQL_URL"));
    }
}

/// One migrates and one works at the desk; what the other may is refused to each in one line.
fn the_printed_accounts_do_the_work(clinic: &Clinic) {
    let by = |url: &str, line: &str| clinic.run_at(url, line);
    let migrate = clinic.granted("migrate");
    by(&migrate, "migrate --clinic Riverside --time-zone Europe/Berlin").ok();
    let desk = clinic.granted("desk");
    let who = "--clinic Riverside --name Ana --email ana@example.org --by-account";
    by(&desk, &format!("init {who}")).ok();
    for line in ["migrate", "migrate --clinic Other"] {
        by(&desk, line).fails(5, &["not permitted", "frontdesk grants prints what it needs"]);
    }
    let error = by(&desk, "migrate --json").fails_in_json(5, &["not permitted"]);
    assert_eq!(error["kind"], "not_permitted");
    by(&desk, "migrate --dry-run").ok();
    for line in [
        "doctor add --name 'Dr. Lee' --email lee@example.org --phone '+49 30 1234567' --specialization GP --license L-1",
        "doctor edit 1 --name 'Dr. Li'",
        "hours add --doctor 1 --day Wed --start 09:00 --end 17:00",
        "hours add --doctor 1 --day Thu --start 09:00 --end 17:00",
        "hours remove 1",
        "patient add --name 'John Smith' --email john@example.org --phone '+49 170 5550101' --dob 1980-04-02",
        "patient edit 1 --name 'John Smythe'",
        "find smythe",
        "book --patient 1 --doctor 1 --at 2031-03-06T09:00 --request-id k-1",
        "move 1 --at 2031-03-06T10:00",
        "slots --doctor 1 --minutes 30",
        "day --date 2031-03-06",
        "cancel 1",
        "status 1 scheduled",
        "check",
    ] {
        by(&desk, line).ok();
    }
    // What is printed can be run again.
    assert_eq!(clinic.granted("migrate"), migrate);
    assert_eq!(clinic.granted("desk"), desk);
    by(&migrate, "migrate").ok();
    by(&desk, "day").ok();
}

#[test]
fn what_is_printed_holds_no_password_and_needs_no_server() {
    let clinic = Clinic::untouched();
    let mut command = clinic.command();
    command.env("FRONTDESK_MYSQL_URL", "mysql://root:secret-word@nobody.example:1/front_desk");
    command.env("FRONTDESK_MYSQL_PASSWORD_COMMAND", "/bin/false");
    command.env("FRONTDESK_MONGODB_URL", "mongodb://a:secret-word@127.0.0.1:1/papers");
    let ran = Ran::of(command.arg("grants")).ok();
    assert!(!ran.out.contains("secret-word") && ran.err.is_empty(), "{ran:?}");
    for part in [
        "CREATE DATABASE IF NOT EXISTS `front_desk`",
        "ON `front\\_desk`.* TO 'frontdesk_migrate'@'%';",
        "GRANT SELECT, INSERT (at, actor, action, record, record_id, detail, staff_id, host, os_user, patient_id, \
         desk, seq, hash) ON `front_desk`.`audit_log` TO 'frontdesk_desk'@'%';",
        "IDENTIFIED BY '...'",
        "db.getSiblingDB(\"papers\")",
        "\"resource\":{\"collection\":\"prescriptions\",\"db\":\"papers\"}",
    ] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    assert!(!clinic.folder().join("frontdesk.db").exists());
    // SQL alone, for a client of the server; what is no statement is a comment.
    let ran = clinic.run("grants mysql --database d --host localhost").ok();
    for line in ran.out.lines().filter(|line| !line.is_empty()) {
        assert!(line.starts_with("-- ") || line.ends_with(';'), "{line}");
    }
    assert!(!ran.out.contains("REQUIRE SSL"), "not on the host itself");
    let ran = clinic.run("grants mongodb --database d").ok();
    for line in ran.out.lines().filter(|line| !line.is_empty()) {
        assert!(line.starts_with("// ") || line.ends_with(';'), "{line}");
    }
}

#[test]
fn grants_has_a_document_too() {
    let clinic = Clinic::untouched();
    let document = clinic.run("grants --database d --json").ok().json();
    assert_eq!(keys(&document), ["grants"]);
    let both = &document["grants"];
    assert_eq!(keys(both), ["mongodb", "mysql"]);
    for server in ["mysql", "mongodb"] {
        assert_eq!(keys(&both[server]), ["accounts", "database"]);
        assert_eq!(keys(&both[server]["accounts"]), ["desk", "migrate"]);
    }
    let desk = &both["mysql"]["accounts"]["desk"];
    assert_eq!(keys(desk), ["host", "statements", "user"]);
    assert_eq!(keys(&both["mongodb"]["accounts"]["desk"]), ["privileges", "role", "statements", "user"]);
    let printed = clinic.run("grants mysql --for desk --database d").ok().out;
    for statement in desk["statements"].as_array().unwrap() {
        assert!(printed.contains(&format!("\n{};\n", statement.as_str().unwrap())), "{statement}");
    }
}

#[test]
fn what_no_account_can_be_made_of_is_refused() {
    let clinic = Clinic::untouched();
    for (line, said) in [
        ("grants", "--database: no server is set, and the embedded file has no accounts"),
        ("grants --database d --desk-account frontdesk_migrate", "the desks need one of their own"),
        ("grants --database d --desk-account 'a b'", "--desk-account: \"a b\" is no account's name"),
        ("grants --database d --host 'a b'", "--host: \"a b\" is no host"),
        ("grants --database mysql", "--database: \"mysql\" is the server's own database"),
        ("grants mongodb --database a.b", "--documents: holds '.'"),
        ("grants mongodb --documents admin", "--documents: \"admin\" is the server's own database"),
        ("grants oracle --database d", "invalid value 'oracle'"),
    ] {
        clinic.run(line).fails(2, &[said]);
    }
}

/// A server of its own, since that of the other tests asks nobody who they are.
#[test]
fn mongodb_refuses_the_printed_accounts_what_is_not_theirs() {
    let Some(program) = OwnServer::program("MONGODB") else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let server = OwnServer::start(&program, folder, |folder, port| {
        let data = format!("--dbpath={}/data", folder.display());
        let port = format!("--port={port}");
        ["--auth", "--bind_ip=127.0.0.1", "--nounixsocket", "--wiredTigerCacheSizeGB=0.25", &data, &port]
            .map(str::to_owned)
            .to_vec()
    });
    let clinic = Clinic::empty();
    let document = clinic.run("grants mongodb --database clinic --json").ok().json();
    let accounts = &document["grants"]["mongodb"]["accounts"];
    let at = |user: &str, word: &str, database: &str| {
        format!("mongodb://{user}:{word}@127.0.0.1:{}/{database}?directConnection=true", server.port)
    };
    let user = |account: &str| accounts[account]["user"].as_str().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let nobody = format!("mongodb://127.0.0.1:{}/?directConnection=true", server.port);
        // Who is on the server's host may make the first account.
        let root = doc! { "createUser": "root", "pwd": "word", "roles": ["root"] };
        client(&nobody).await.database("admin").run_command(root).await.unwrap();
        let admin = client(&at("root", "word", "admin")).await;
        for account in ["migrate", "desk"] {
            make_account(&admin.database("clinic"), &accounts[account]).await;
        }

        let migrate = client(&at(user("migrate"), "word", "clinic")).await;
        for allowed in [
            doc! { "create": "prescriptions" },
            doc! { "createIndexes": "prescriptions", "indexes": [{ "key": { "patientName": 1 }, "name": "a" }] },
            doc! { "collMod": "prescriptions", "validationLevel": "moderate" },
            doc! { "listCollections": 1 },
            doc! { "find": "prescriptions" },
        ] {
            migrate.database("clinic").run_command(allowed).await.unwrap();
        }
        refused(&migrate, "clinic", doc! { "drop": "prescriptions" }).await;
        refused(&migrate, "clinic", doc! { "dropDatabase": 1 }).await;
        refused(&migrate, "other", doc! { "create": "mine" }).await;
        refused(&migrate, "clinic", doc! { "createUser": "mine", "pwd": "word", "roles": [] }).await;

        let desk = client(&at(user("desk"), "word", "clinic")).await;
        for name in COLLECTIONS {
            for allowed in [
                doc! { "insert": name, "documents": [{ "_id": 1 }] },
                doc! { "update": name, "updates": [{ "q": { "_id": 1 }, "u": { "$set": { "a": 1 } } }] },
                doc! { "find": name, "filter": { "_id": 1 } },
            ] {
                desk.database("clinic").run_command(allowed).await.unwrap();
            }
            for command in [
                doc! { "delete": name, "deletes": [{ "q": {}, "limit": 0 }] },
                doc! { "drop": name },
                doc! { "collMod": name, "validationLevel": "off" },
                doc! { "createIndexes": name, "indexes": [{ "key": { "a": 1 }, "name": "b" }] },
                doc! { "findAndModify": name, "query": {}, "remove": true },
            ] {
                refused(&desk, "clinic", command).await;
            }
        }
        refused(&desk, "clinic", doc! { "insert": "mine", "documents": [{ "_id": 1 }] }).await;
        refused(&desk, "clinic", doc! { "create": "mine" }).await;
        refused(&desk, "other", doc! { "find": "prescriptions" }).await;
        refused(&desk, "admin", doc! { "find": "system.users" }).await;
        refused(&desk, "clinic", doc! { "updateRole": user("desk"), "roles": ["dbOwner"] }).await;
    });
    for (account, word, reached) in
        [("desk", "word", true), ("migrate", "word", true), ("desk", "another", false)]
    {
        let check = clinic.run_at(&at(user(account), word, "clinic"), "check --json").json();
        assert_eq!(check["stores"][1]["reachable"], json!(reached), "{account}: {check}");
    }
}

async fn client(url: &str) -> Client {
    Client::with_uri_str(url).await.unwrap()
}

/// Makes an account as the printed statements do, and gives it a password.
async fn make_account(database: &Database, account: &Value) {
    let (role, privileges) = (account["role"].as_str().unwrap(), &account["privileges"]);
    let shell = account["statements"][0].as_str().unwrap();
    assert!(shell.contains(&format!("privileges: {privileges}, roles: []")), "{shell}");
    let given = bson::serialize_to_bson(privileges).unwrap();
    database.run_command(doc! { "createRole": role, "privileges": given, "roles": [] }).await.unwrap();
    let made = database.run_command(doc! { "rolesInfo": role, "showPrivileges": true }).await.unwrap();
    let made = made.get_array("roles").unwrap()[0].as_document().unwrap().get("privileges");
    let made: Value = bson::deserialize_from_bson(made.unwrap().clone()).unwrap();
    assert_eq!(sorted(&made), sorted(privileges));
    database.run_command(doc! { "createUser": role, "pwd": "word", "roles": [role] }).await.unwrap();
}

/// The server says that the account is not authorized (13).
async fn refused(client: &Client, database: &str, command: Document) {
    let said = command.to_string();
    let error = client.database(database).run_command(command).await.expect_err(&said);
    assert!(matches!(&*error.kind, ErrorKind::Command(error) if error.code == 13), "{said}: {error}");
}

/// Privileges in an order of their own: that of the server is another.
fn sorted(privileges: &Value) -> Vec<String> {
    let mut lines: Vec<String> = privileges
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let mut actions: Vec<&str> =
                one["actions"].as_array().unwrap().iter().map(|action| action.as_str().unwrap()).collect();
            actions.sort_unstable();
            format!("{} {} {actions:?}", one["resource"]["db"], one["resource"]["collection"])
        })
        .collect();
    lines.sort();
    lines
}
