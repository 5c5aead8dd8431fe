//! Patient look-up.

use std::collections::BTreeMap;

use frontdesk::domain::patient::PatientDetails;
use frontdesk::domain::query::PatientQuery;
use proptest::collection::vec;
use proptest::prop_oneof;
use proptest::strategy::{Just, Strategy, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::support::{Desk, day, now, on_every_database, order, patient_details};

on_every_database!(at_a_desk:
    patients_are_found_in_every_way,
    a_typo_is_forgiven,
    a_new_name_is_found_and_the_old_one_is_not,
    what_an_older_program_wrote_becomes_findable,
    what_an_older_program_changed_becomes_findable,
    what_is_typed_is_data,
    no_more_are_found_than_asked_for,
    words_are_counted_as_they_are_borne,
    words_that_were_counted_wrongly_are_put_right,
);

async fn clinic_of_five(desk: &Desk<'_>) -> Vec<i32> {
    let mut ids = Vec::new();
    for (name, email, phone, birth) in [
        ("John Smith", "John.Smith@example.org", "+493015550101", "1980-04-02"),
        ("Joan Smithers", "joan@example.org", "+493015550199", "1975-11-30"),
        ("Zoë Müller-Łukasz", "zoe_m@example.org", "+442079460101", "1990-02-04"),
        ("Anna Maria O'Brien", "anna@example.com", "+34911234567", "1948-02-29"),
        ("Игорь Объедков", "igor@example.com", "+79161234567", "1980-04-02"),
    ] {
        let details = PatientDetails {
            name: name.into(),
            email: email.into(),
            phone: phone.into(),
            date_of_birth: day(birth),
            address: None,
        };
        ids.push(desk.store.register_patient(&order(), &details).await.unwrap().id.0);
    }
    ids
}

async fn patients_are_found_in_every_way(desk: &Desk<'_>) {
    let ids = clinic_of_five(desk).await;
    let (john, joan, zoe) = ("John Smith", "Joan Smithers", "Zoë Müller-Łukasz");
    let (anna, igor) = ("Anna Maria O'Brien", "Игорь Объедков");
    // Both before and after the words of all names are held in memory.
    for _ in 0..2 {
        for (typed, found) in [
            // Words of the name, in any order, their beginnings, without accents.
            ("smith", vec![john, joan]),
            ("SMITH jo", vec![john, joan]),
            ("smi joh", vec![john]),
            ("smith smithers", vec![]),
            ("john smith", vec![john]),
            ("zoe muller", vec![zoe]),
            ("lukasz zoe", vec![zoe]),
            ("Łuk", vec![zoe]),
            ("obrien maria", vec![anna]),
            ("O’Brien", vec![anna]),
            ("an mar ob", vec![anna]),
            ("igor", vec![igor]),
            ("объедков", vec![igor]),
            ("nobody", vec![]),
            // The phone's last digits; the number as people write it.
            ("0101", vec![john, zoe]),
            ("555-0101", vec![john]),
            ("+49 30 1555 0199", vec![joan]),
            ("030 15550199", vec![joan]),
            ("911 23 45 67", vec![anna]),
            ("1234567", vec![anna, igor]),
            // E-mail, from its start, in any case.
            ("john.smith@example.org", vec![john]),
            ("JOHN.SMITH@", vec![john]),
            ("zoe_m@", vec![zoe]),
            ("zoeXm@", vec![]),
            ("@example", vec![]),
            // Date of birth.
            ("1980-04-02", vec![john, igor]),
            ("2.4.1980", vec![john, igor]),
            ("29 feb 1948", vec![anna]),
            ("02041980", vec![john, igor]),
            ("4/2/1990", vec![zoe]),
            // Together.
            ("smith 1980-04-02", vec![john]),
            ("smith 0199", vec![joan]),
            ("smith 1990-02-04", vec![]),
            ("igor 1234567", vec![igor]),
            ("anna anna@example.com", vec![anna]),
        ] {
            let mut names = desk.find(typed).await;
            let mut found: Vec<_> = found;
            names.sort();
            found.sort_unstable();
            assert_eq!(names, found, "{typed:?}");
        }
        for (id, name) in ids.iter().zip([john, joan, zoe, anna, igor]) {
            assert_eq!(desk.find(&format!("#{id}")).await, [name]);
        }
        desk.store.load_words().await.unwrap();
    }
}

async fn a_typo_is_forgiven(desk: &Desk<'_>) {
    clinic_of_five(desk).await;
    for (typed, found) in [
        ("Jhon", "John Smith"),
        ("smiht john", "John Smith"),
        ("mulller", "Zoë Müller-Łukasz"),
        ("obrian", "Anna Maria O'Brien"),
        ("smithres", "Joan Smithers"),
    ] {
        let query = PatientQuery::parse(typed, now().date_naive());
        let answer = desk.store.find_patients(&query, 20).await.unwrap();
        assert!(answer.forgiven, "{typed}");
        assert!(answer.patients.iter().any(|patient| patient.details.name == found), "{typed}: {answer:?}");
    }
    // What is there is not forgiven, and a name that is new is known without a reload.
    let exact =
        desk.store.find_patients(&PatientQuery::parse("smith", now().date_naive()), 20).await.unwrap();
    assert!(!exact.forgiven);
    desk.patient("Xaver Quint").await;
    assert_eq!(desk.find("quin xav").await, ["Xaver Quint"]);
}

async fn a_new_name_is_found_and_the_old_one_is_not(desk: &Desk<'_>) {
    let old = desk.patient("Ana Ruiz").await;
    desk.patient("Ana Torres").await;
    let details =
        PatientDetails { name: "Ana Vega".into(), phone: "+34911234567".into(), ..old.details.clone() };
    desk.store.edit_patient(&order(), &old, &details).await.unwrap();
    assert_eq!(desk.find("vega").await, ["Ana Vega"]);
    assert_eq!(desk.find("ana").await, ["Ana Torres", "Ana Vega"]);
    assert_eq!(desk.find("ruiz").await, Vec::<String>::new());
    assert_eq!(desk.find("1234567").await, ["Ana Vega"]);
    assert_eq!(desk.find(&old.details.phone[6..]).await, Vec::<String>::new());
    let words = desk.rows("SELECT word, uses FROM name_words WHERE uses > 0 ORDER BY word").await;
    assert_eq!(words, ["ana|2", "torres|1", "vega|1"]);
}

async fn what_an_older_program_wrote_becomes_findable(desk: &Desk<'_>) {
    desk.patient("Ana Ruiz").await;
    let long = "ß".repeat(100);
    for (n, name) in ["Peter Novák", "Petra Novotná", "--", &long].into_iter().enumerate() {
        desk.sql(&format!(
            "INSERT INTO patients (name, email, phone, date_of_birth) VALUES ('{name}', 'old{n}@example.org', '555-010{n} ext 7', '1960-01-0{}')",
            n + 1
        ))
        .await;
    }
    assert_eq!(desk.find("novak").await, Vec::<String>::new());
    assert_eq!(desk.store.index_all_patients().await.unwrap(), 4);
    assert_eq!(desk.store.index_all_patients().await.unwrap(), 0, "and then they are known");
    assert_eq!(desk.find("novak").await, ["Peter Novák"]);
    assert_eq!(desk.find("pet nov").await, ["Peter Novák", "Petra Novotná"]);
    assert_eq!(desk.find("01017").await, ["Petra Novotná"]);
    assert_eq!(desk.find("1960-01-03").await, ["--"]);
    assert_eq!(desk.find("ßßß").await, [long]);
    // A patient who was deleted is not found, and takes nobody along.
    desk.sql("DELETE FROM patients WHERE name = 'Peter Novák'").await;
    assert_eq!(desk.find("pet nov").await, ["Petra Novotná"]);
}

async fn what_an_older_program_changed_becomes_findable(desk: &Desk<'_>) {
    let known = async || {
        let words = desk.rows("SELECT word, uses FROM name_words WHERE uses > 0 ORDER BY word").await;
        (desk.store.index_all_patients().await.unwrap(), words.join(" "))
    };
    let ana = desk.patient("Ana Ruiz").await;
    let john = desk.patient("John Smith").await;
    let edited = PatientDetails { phone: "+34911234567".into(), ..john.details.clone() };
    let john = desk.store.edit_patient(&order(), &john, &edited).await.unwrap();
    assert_eq!(known().await, (0, "ana|1 john|1 ruiz|1 smith|1".to_owned()), "what a desk writes is known");
    // A name, a phone, both, a letter's case and an accent alone; and what nobody is looked up by.
    for (set, count, finds, not) in [
        ("name = 'Anna Vega'", 1, "anna vega", "ruiz"),
        ("phone = '555-0177'", 1, "5550177", ana.details.phone.as_str()),
        ("name = 'Ana Ruiz', phone = '555-0188'", 1, "5550188", "5550177"),
        ("name = 'ana ruiz'", 1, "ruiz", "vega"),
        ("name = 'Aña Ruiz'", 1, "ana", "vega"),
        ("email = 'vega@example.org', address = 'Vega 1'", 0, "vega@", "vega"),
        ("name = 'Aña Ruiz', phone = '555-0188'", 0, "ruiz", "vega"),
    ] {
        desk.sql(&format!("UPDATE patients SET {set} WHERE id = {}", ana.id)).await;
        assert_eq!(known().await.0, count, "{set}");
        assert_eq!(desk.find(finds).await.len(), 1, "{set}");
        assert!(desk.find(not).await.is_empty(), "{set}");
    }
    assert_eq!(known().await, (0, "ana|1 john|1 ruiz|1 smith|1".to_owned()));
    // What a desk changes beside does not hide it, whichever of both it is.
    desk.sql(&format!("UPDATE patients SET name = 'Jon Torres' WHERE id = {}", john.id)).await;
    let read = desk.store.patient(john.id).await.unwrap().unwrap();
    let edited = PatientDetails { phone: "+34911234568".into(), ..read.details.clone() };
    let john = desk.store.edit_patient(&order(), &read, &edited).await.unwrap();
    assert_eq!(desk.find("1234568").await, ["Jon Torres"], "what it changed is known at once");
    assert_eq!(known().await.0, 1);
    assert_eq!(desk.find("torres").await, ["Jon Torres"]);
    desk.sql(&format!("UPDATE patients SET phone = '555-0199' WHERE id = {}", john.id)).await;
    let read = desk.store.patient(john.id).await.unwrap().unwrap();
    let edited = PatientDetails { name: "John Smith".into(), ..read.details.clone() };
    desk.store.edit_patient(&order(), &read, &edited).await.unwrap();
    assert_eq!(
        (desk.find("smith").await, desk.find("torres").await),
        (vec!["John Smith".to_owned()], vec![])
    );
    known().await;
    assert_eq!(desk.find("5550199").await, ["John Smith"]);
    assert_eq!(known().await, (0, "ana|1 john|1 ruiz|1 smith|1".to_owned()));
}

async fn what_is_typed_is_data(desk: &Desk<'_>) {
    desk.store
        .register_patient(
            &order(),
            &PatientDetails { email: "a%_b!c@example.org".into(), ..patient_details("Ann Lee", 1) },
        )
        .await
        .unwrap();
    desk.patient("Bob Ray").await;
    for (typed, found) in [
        ("a%@", vec![]),
        ("%@", vec![]),
        ("a%_b!c@", vec!["Ann Lee"]),
        ("a_b@", vec![]),
        ("x' OR '1'='1", vec![]),
        ("\\@", vec![]),
    ] {
        assert_eq!(desk.find(typed).await, found, "{typed}");
    }
}

async fn no_more_are_found_than_asked_for(desk: &Desk<'_>) {
    for n in 0..12 {
        // Both words of a name begin alike, so that it is in the index's range twice.
        let details = PatientDetails {
            date_of_birth: day("1970-01-01"),
            ..patient_details(&format!("Ann{} Anna", char::from(b'a' + n)), n.into())
        };
        desk.store.register_patient(&order(), &details).await.unwrap();
    }
    for (typed, limit) in [("an", 5), ("ann anna", 5), ("1970-01-01", 5), ("an 1970-01-01", 5), ("annx", 3)] {
        let query = PatientQuery::parse(typed, now().date_naive());
        let found = desk.store.find_patients(&query, limit).await.unwrap();
        let mut ids: Vec<_> = found.patients.iter().map(|patient| patient.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), usize::from(limit), "{typed}");
    }
    assert!(desk.store.find_patients(&PatientQuery::default(), 5).await.unwrap().patients.is_empty());
}

/// The counts of words, and what a recount of the names' keys makes of them.
async fn counted(desk: &Desk<'_>) -> (Vec<String>, Vec<String>) {
    let kept = desk.rows("SELECT word, uses FROM name_words WHERE uses <> 0 ORDER BY word").await;
    let mut borne: BTreeMap<String, i32> = BTreeMap::new();
    for key in desk.rows("SELECT name_key FROM patient_names").await {
        *borne.entry(key.split(' ').next().unwrap().to_owned()).or_default() += 1;
    }
    (kept, borne.iter().map(|(word, uses)| format!("{word}|{uses}")).collect())
}

/// Names of up to twelve words, of which many are the same, some long beyond what a key holds, and some
/// folded to several.
fn names() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        6 => "[ab]{1,2}",
        3 => "[a-e]",
        1 => "(ab){49,50}[cd]?",
        1 => Just("Zoë-Anne".to_owned()),
        1 => Just("北京".to_owned()),
    ];
    let name = vec(word, 1..=12).prop_map(|words| words.join(" "));
    name.prop_map(|name| name.chars().take(100).collect::<String>().trim().to_owned())
}

async fn words_are_counted_as_they_are_borne(desk: &Desk<'_>) {
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let mut patients = Vec::new();
    for n in 0..60_usize {
        let name = names().new_tree(&mut runner).unwrap().current();
        if n % 3 == 0 {
            patients.push(desk.patient(&name).await);
            continue;
        }
        let at = (n * 7) % patients.len();
        let before = patients[at].clone();
        let details = PatientDetails { name, ..before.details.clone() };
        patients[at] = desk.store.edit_patient(&order(), &before, &details).await.unwrap();
        if n % 10 == 0 {
            let id = before.id;
            let other = names().new_tree(&mut runner).unwrap().current();
            desk.sql(&format!("UPDATE patients SET name = '{other}' WHERE id = {id}")).await;
            assert_eq!(desk.store.index_all_patients().await.unwrap(), 1);
            patients[at] = desk.store.patient(id).await.unwrap().unwrap();
        }
        let (kept, borne) = counted(desk).await;
        assert_eq!(kept, borne, "after {n}");
    }
    assert_eq!(desk.store.recount_words().await.unwrap(), 0);
}

async fn words_that_were_counted_wrongly_are_put_right(desk: &Desk<'_>) {
    for name in ["John Smith", "Joan Smith", "Zoë Smithers"] {
        desk.patient(name).await;
    }
    desk.sql("UPDATE name_words SET uses = 7 WHERE word = 'smith'").await;
    desk.sql("DELETE FROM name_words WHERE word = 'zoe'").await;
    desk.sql("INSERT INTO name_words (word, uses) VALUES ('gone', 2)").await;
    desk.sql("INSERT INTO name_words (word, uses) VALUES ('left', 0)").await;
    assert_eq!(desk.store.recount_words().await.unwrap(), 3);
    let (kept, borne) = counted(desk).await;
    assert_eq!(kept, borne);
    assert_eq!(kept, ["joan|1", "john|1", "smith|2", "smithers|1", "zoe|1"]);
    assert_eq!(desk.store.recount_words().await.unwrap(), 0);
}
