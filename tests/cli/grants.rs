//! The accounts that `frontdesk grants` prints, on each server.

use mongodb::bson::{self, Document, doc};
use serde_json::{Value, json};

use crate::clinic::{Clinic, Ran, keys, left_out};

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
        "GRANT SELECT, INSERT ON `front_desk`.`audit_log` TO 'frontdesk_desk'@'%';",
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

/// As the driver runs it: what the shell is given, the server takes.
#[test]
fn the_printed_accounts_sign_in_to_mongodb() {
    let given = std::env::var("FRONTDESK_TEST_MONGODB_URL").unwrap_or_else(|_| {
        panic!(
            "FRONTDESK_TEST_MONGODB_URL is not set: run the tests with scripts/test, which starts the servers"
        )
    });
    let clinic = Clinic::untouched();
    let tail: String =
        clinic.folder().to_string_lossy().chars().filter(char::is_ascii_alphanumeric).collect();
    let name = format!("fdg_{}_{tail}", std::process::id()).to_lowercase();
    let document = clinic.run(&format!("grants mongodb --database {name} --json")).ok().json();
    let accounts = &document["grants"]["mongodb"]["accounts"];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = mongodb::Client::with_uri_str(&given).await.unwrap();
        let database = client.database(&name);
        for account in ["migrate", "desk"] {
            let (role, privileges) =
                (accounts[account]["role"].as_str().unwrap(), &accounts[account]["privileges"]);
            let shell = accounts[account]["statements"][0].as_str().unwrap();
            assert!(shell.contains(&format!("privileges: {privileges}, roles: []")), "{shell}");
            let privileges = bson::serialize_to_bson(privileges).unwrap();
            database
                .run_command(doc! { "createRole": role, "privileges": privileges, "roles": [] })
                .await
                .unwrap();
            let made =
                database.run_command(doc! { "rolesInfo": role, "showPrivileges": true }).await.unwrap();
            let made = made.get_array("roles").unwrap()[0].as_document().unwrap().get("privileges");
            let made: Value = bson::deserialize_from_bson(made.unwrap().clone()).unwrap();
            assert_eq!(sorted(&made), sorted(&accounts[account]["privileges"]));
            database.run_command(doc! { "createUser": role, "pwd": "word", "roles": [role] }).await.unwrap();
        }
    });
    let as_account = |account: &str, word: &str| {
        let user = accounts[account]["user"].as_str().unwrap();
        given.replacen("mongodb://", &format!("mongodb://{user}:{word}@"), 1).replacen(
            "/?",
            &format!("/{name}?"),
            1,
        )
    };
    let check = |url: &str| clinic.run_at(url, "check --json").json()["stores"][1].clone();
    let outcomes = [
        check(&as_account("desk", "word")),
        check(&as_account("migrate", "word")),
        check(&as_account("desk", "another")),
    ];
    runtime.block_on(async {
        let database = mongodb::Client::with_uri_str(&given).await.unwrap().database(&name);
        for command in ["dropAllUsersFromDatabase", "dropAllRolesFromDatabase"] {
            database.run_command(Document::from_iter([(command.to_owned(), 1.into())])).await.unwrap();
        }
    });
    let reached: Vec<&Value> = outcomes.iter().map(|store| &store["reachable"]).collect();
    assert_eq!(reached, [&json!(true), &json!(true), &json!(false)], "{outcomes:?}");
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
