//! `find`: patient look-up.

use clap::Args;

use super::answer::{Answer, Failure, Format};
use super::session::Session;
use super::{json, person, show, values};
use crate::domain::query::PatientQuery;
use crate::domain::scripts::mixed;

/// Arguments of `find`.
#[derive(Debug, Args)]
pub struct Find {
    /// Words of the name, the last digits of a phone number (three or more), an e-mail, a date of birth,
    /// or #ID
    #[arg(required = true)]
    query: Vec<String>,
    /// How many patients at the most
    #[arg(long, value_name = "N", default_value = "20", value_parser = values::limit)]
    limit: u16,
}

/// The patients whom a query means, best first.
///
/// # Errors
/// A query that means nothing, or the store's.
pub async fn find(args: &Find, session: &Session, format: Format) -> Result<Answer, Failure> {
    let (typed, today) = (args.query.join(" "), session.now.today());
    let query = PatientQuery::parse(&typed, today);
    if query.is_empty() {
        let expected =
            "means nobody; write words of a name, a phone number, an e-mail, a date of birth or #ID";
        return Err(Failure::input("QUERY", expected));
    }
    let found = session.store.find_patients(&query, args.limit).await?;
    let document = || json::Named("patients", json::all::<_, json::Patient>(&found.patients));
    let answer = Answer::new(format, document, || {
        let rows = found.patients.iter().map(|patient| {
            let details = &patient.details;
            vec![
                format!("#{}", patient.id),
                details.name.clone(),
                details.date_of_birth.to_string(),
                details.phone.clone(),
                details.email.clone(),
                mixed(&details.name).map_or(String::new(), |mixed| format!("! {mixed}")),
            ]
        });
        show::table(&rows.collect::<Vec<_>>())
    })?;
    let mut answer = answer;
    for patient in &found.patients {
        if let Some(mixed) = mixed(&patient.details.name) {
            answer = answer.with_note(person::looks_like_another(patient.id, &mixed));
        }
    }
    Ok(match (found.forgiven, found.patients.is_empty()) {
        (_, true) if let Some(fault) = PatientQuery::date_fault(&typed, today) => {
            answer.with_note(format!("nobody was found; {fault}"))
        }
        (true, _) => answer.with_note("nobody bears this name; these are close"),
        (false, true) if format == Format::People => answer.with_note("nobody was found"),
        _ => answer,
    })
}
