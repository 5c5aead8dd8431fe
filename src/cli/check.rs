//! `check`: whether the stores can be worked with, and what they hold.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::answer::{Answer, Failure, Format, Status};
use super::migrate::found;
use super::session::{Session, open_store};
use crate::config::{Config, Server};
use crate::domain::text;
use crate::store::sql::census::Census;
use crate::store::sql::schema::CURRENT;
use crate::store::{Location, StoreError, documents};

/// What was found of one store.
struct Found {
    document: Value,
    lines: Vec<String>,
    failure: Option<Failure>,
}

impl Found {
    /// With what lies between this desk and the store's server, if it has one.
    fn reached(&mut self, server: Option<&Server>) {
        let words = server.map(|server| server.reach.words());
        self.document["transport"] = json!(words.map(|(name, _)| name));
        if let (Some((_, words)), None) = (words, &self.failure) {
            self.lines.insert(1, format!("  transport {words}"));
        }
    }
}

/// Connects to each store that is configured and says how it is. Patients whom the look-up does
/// not know as they are, because another program wrote or changed them, are made known to it; counts
/// of the words of names that are not right are put right.
///
/// # Errors
/// Where the answer cannot be written as JSON; a store that fails is part of the answer.
pub async fn check(config: &Config, format: Format) -> Result<Answer, Failure> {
    // Side by side: each may take its 3 s to say that nothing answers.
    let (relational, documents) = tokio::join!(relational(config), documents(config));
    let servers = [config.mysql.as_ref(), config.mongodb.as_ref()];
    let mut stores: Vec<Found> = std::iter::once(relational).chain(documents).collect();
    for (store, server) in stores.iter_mut().zip(servers) {
        store.reached(server);
    }
    let settings = match (&config.file, &config.default_file) {
        (Some(file), _) => file.display().to_string(),
        (None, Some(file)) => format!("defaults; there is no {}", file.display()),
        (None, None) => "defaults".to_owned(),
    };
    let documents = || json!({ "stores": stores.iter().map(|store| &store.document).collect::<Vec<_>>() });
    let answer = Answer::new(format, documents, || {
        let mut out = format!("settings    {}\n", text::clean(&settings));
        for line in stores.iter().flat_map(|store| &store.lines) {
            let _ = writeln!(out, "{}", text::clean(line));
        }
        out
    })?;
    let failures: Vec<&Failure> = stores.iter().filter_map(|store| store.failure.as_ref()).collect();
    // A store that cannot be reached outweighs one that needs a migration.
    let status = failures.iter().map(|failure| failure.status()).max_by_key(|status| *status as u8);
    let lines = failures.iter().flat_map(|failure| failure.lines());
    Ok(answer.ending(status.unwrap_or(Status::Done), lines))
}

async fn documents(config: &Config) -> Option<Found> {
    let url = &config.mongodb.as_ref()?.url;
    let place = Location::Server(url.clone()).label();
    Some(match documents::server_version(url).await {
        Ok(version) => Found {
            document: json!({ "store": "documents", "kind": "mongodb", "location": place, "reachable": true,
                "server_version": version, "fault": null }),
            lines: vec![format!("documents   MongoDB {version} at {place}")],
            failure: None,
        },
        Err(error) => failed("documents", "mongodb", &place, error.into()),
    })
}

async fn relational(config: &Config) -> Found {
    let location = config.location();
    let kind = match &location {
        Location::Server(_) => "mysql",
        Location::File(_) => "sqlite",
    };
    let place = location.label();
    match opened(config).await {
        Ok((session, (name, version), census, (indexed, recounted))) => {
            let clinic = &session.clinic;
            let mut lines = vec![
                format!("relational  {name} at {place}"),
                format!("  server    {version}"),
                format!("  schema    version {CURRENT}"),
                format!("  clinic    {} (time zone {})", clinic.name, clinic.zone.name()),
                format!(
                    "  holds     {} patients, {} doctors, {} visits, {} rows of hours, {} payments",
                    census.patients,
                    census.doctors,
                    census.appointments,
                    census.doctor_availability,
                    census.payments
                ),
            ];
            if indexed > 0 {
                lines
                    .push(format!("  look-up   {indexed} patients that another program wrote or changed were made known to it"));
            }
            if recounted > 0 {
                lines.push(format!(
                    "  look-up   {recounted} words of names were counted wrongly, and are put right"
                ));
            }
            if !census.idle_hours.is_empty() {
                let ids: Vec<String> = census.idle_hours.iter().map(ToString::to_string).collect();
                lines.push(format!(
                    "  hours     rows that are neither weekly nor of a date, and never count: {}",
                    ids.join(", ")
                ));
            }
            if !census.unreadable_hours.is_empty() {
                let ids: Vec<String> = census.unreadable_hours.iter().map(ToString::to_string).collect();
                lines.push(format!(
                    "  hours     rows that cannot be read, and hide their doctors' hours (hours remove ID takes one away): {}",
                    ids.join(", ")
                ));
            }
            if !census.contradicting_hours.is_empty() {
                let pairs =
                    census.contradicting_hours.iter().map(|(one, other)| format!("{one} and {other}"));
                lines.push(format!(
                    "  hours     rows that overlap or contradict each other (hours remove ID takes one away): {}",
                    pairs.collect::<Vec<_>>().join(", ")
                ));
            }
            lines.extend(session.notes.iter().map(|note| format!("  note      {note}")));
            let document = json!({
                "store": "relational", "kind": kind, "location": place, "reachable": true,
                "server_version": version, "schema": "current", "schema_version": CURRENT,
                "clinic_name": clinic.name, "time_zone": clinic.zone.name(),
                "counts": {
                    "patients": census.patients, "doctors": census.doctors,
                    "appointments": census.appointments,
                    "doctor_availability": census.doctor_availability, "payments": census.payments,
                },
                "indexed_patients": indexed, "recounted_words": recounted, "idle_hours": census.idle_hours,
                "unreadable_hours": census.unreadable_hours,
                "contradicting_hours": census.contradicting_hours, "fault": null,
            });
            session.store.close().await;
            Found { document, lines, failure: None }
        }
        Err(failure) => {
            let mut found_store = failed("relational", kind, &place, failure);
            if let Some(Failure::Store(StoreError::Schema(_))) = found_store.failure
                && let Ok(store) = open_store(&location)
                && let Ok(state) = store.schema_state().await
            {
                let (word, version) = found(state);
                found_store.document["reachable"] = json!(true);
                found_store.document["schema"] = json!(word);
                found_store.document["schema_version"] = json!(version);
            }
            found_store
        }
    }
}

type Opened = (Session, (String, String), Census, (u64, u64));

async fn opened(config: &Config) -> Result<Opened, Failure> {
    let session = Session::open(config).await?;
    let name = session.store.server_name().await?;
    let version = session.store.server_version().await?;
    let indexed = session.store.index_all_patients().await?;
    let recounted = session.store.recount_words().await?;
    let census = session.store.census().await?;
    Ok((session, (name, version), census, (indexed, recounted)))
}

fn failed(store: &str, kind: &str, place: &str, failure: Failure) -> Found {
    let fault = failure.lines().join("; ");
    let reachable = failure.status() != Status::Unreachable;
    Found {
        document: json!({ "store": store, "kind": kind, "location": place, "reachable": reachable,
            "server_version": null, "fault": fault }),
        // Why is said once, on standard error.
        lines: vec![format!("{store:<12}cannot be worked with: {kind} at {place}")],
        failure: Some(failure),
    }
}
