//! Patient look-up, key by key, as it is typed.

use std::time::Instant;

use frontdesk::domain::fold::words;
use frontdesk::domain::patient::Patient;
use frontdesk::domain::query::PatientQuery;
use frontdesk::sample::Plan;
use frontdesk::sample::people::People;
use frontdesk::store::Store;

use crate::common::data::{Outcome, now, today};
use crate::common::figures::{Bound, Times, line};

/// How many patients are looked for in each way.
const PATIENTS: u32 = 60;
/// As many as a desk shows.
const LIMIT: u16 = 50;

/// The ways in which people look somebody up.
const WAYS: [&str; 9] = [
    "name, given first",
    "name, family first",
    "two beginnings (smi jo)",
    "name with a slip",
    "last digits of the phone",
    "whole phone number",
    "date of birth",
    "e-mail",
    "id",
];

pub async fn measure(server: &'static str, store: &Store, plan: &Plan) -> Outcome<bool> {
    let people = People::new(plan.seed, plan.patients, now().at);
    let started = Instant::now();
    store.load_words().await?;
    let words_took = started.elapsed();
    let mut rng = fastrand::Rng::with_seed(7);
    let mut all = Times::default();
    let mut slowest = (std::time::Duration::ZERO, String::new());
    let mut missed = 0;
    for (way, name) in WAYS.into_iter().enumerate() {
        let mut times = Times::default();
        for _ in 0..PATIENTS {
            let patient = people.patient(rng.u32(1..=plan.patients));
            let text = typed(way, &patient, &mut rng);
            let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
            for end in ends {
                let query = PatientQuery::parse(&text[..end], today());
                if query.is_empty() {
                    continue;
                }
                let started = Instant::now();
                let found = store.find_patients(&query, LIMIT).await?;
                let took = started.elapsed();
                times.push(took);
                if took > slowest.0 {
                    slowest = (took, text[..end].to_owned());
                }
                if end == text.len() && way != 4 && !found.patients.iter().any(|one| one.id == patient.id) {
                    // Among many of one name, or born on one day, the one meant need not be shown.
                    missed += usize::from(found.patients.len() < LIMIT.into());
                }
            }
        }
        line(server, name, &times, None, Bound::None);
        all.extend(&times);
    }
    println!(
        "{server:<9} slowest key: {:.1} ms, \"{}\"; words read in {words_took:.1?}; not found although there was room: {missed}",
        slowest.0.as_secs_f64() * 1e3,
        slowest.1
    );
    let bound = if server == "sqlite" { 5.0 } else { 10.0 };
    Ok(line(server, "patient look-up, a key", &all, None, Bound::P99(bound)))
}

fn typed(way: usize, patient: &Patient, rng: &mut fastrand::Rng) -> String {
    let details = &patient.details;
    let folded = words(&details.name);
    let first = folded.first().cloned().unwrap_or_default();
    let last = folded.last().cloned().unwrap_or_default();
    let cut = |word: &str, most: usize| word[..most.min(word.len())].to_owned();
    match way {
        0 => details.name.clone(),
        1 => format!("{last}, {first}"),
        2 => format!("{} {}", cut(&last, 3), cut(&first, 2)),
        3 => format!("{} {first}", slip(&last, rng)),
        4 => details.phone[details.phone.len() - 5..].to_owned(),
        5 => details.phone.clone(),
        6 if rng.bool() => details.date_of_birth.format("%-d.%-m.%Y").to_string(),
        6 => details.date_of_birth.to_string(),
        7 => details.email.clone(),
        _ => format!("#{}", patient.id),
    }
}

/// A letter too few, changed with its neighbour, or wrong.
fn slip(word: &str, rng: &mut fastrand::Rng) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 4 {
        return word.to_owned();
    }
    let at = rng.usize(1..letters.len() - 1);
    match rng.u32(..3) {
        0 => drop(letters.remove(at)),
        1 => letters.swap(at, at + 1),
        _ => letters[at] = rng.lowercase(),
    }
    letters.into_iter().collect()
}
