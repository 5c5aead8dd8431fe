//! `migrate`: brings a database to the current schema, and sets the clinic's name and zone.

use std::fmt::Write as _;

use clap::Args;
use serde_json::json;

use super::answer::{Answer, Failure, Format};
use super::session::{at, new_clinic, open_store};
use super::sign_in::sign_in;
use super::{clock, origin, values};
use crate::config::Config;
use crate::domain::clinic::Clinic;
use crate::domain::clock::Zone;
use crate::domain::text;
use crate::store::sql::history::Order;
use crate::store::sql::schema::{self, CURRENT, Report, State};
use crate::store::{Location, Store};

/// Arguments of `migrate`.
#[derive(Debug, Args)]
pub struct Migrate {
    /// Say what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// The clinic's name
    #[arg(long, value_name = "NAME", value_parser = values::clinic_name)]
    clinic: Option<String>,
    /// The clinic's time zone, such as Europe/Berlin [default for a new clinic: this machine's]
    #[arg(long, value_name = "ZONE", value_parser = values::zone)]
    time_zone: Option<Zone>,
}

impl Migrate {
    /// These settings with what the arguments say over them.
    fn over(&self, clinic: Clinic) -> Clinic {
        Clinic {
            name: self.clinic.clone().unwrap_or(clinic.name),
            zone: self.time_zone.unwrap_or(clinic.zone),
        }
    }
}

/// Migrates the store that the settings name; the embedded file is made where there is none.
///
/// # Errors
/// A schema newer than this program, tables that are not the schema page's, or the store's.
pub async fn migrate(args: &Migrate, config: &Config, format: Format) -> Result<Answer, Failure> {
    let location = config.location();
    let new = args.over(new_clinic());
    let (store, report, before, server) =
        carry_out(args, &location, &new).await.map_err(|failure| match failure {
            Failure::Store(error) => Failure::Store(at(&location, error)),
            other => other,
        })?;
    let after = args.over(before.clone());
    if !args.dry_run && after != before {
        // Before there is staff, whoever migrates names the clinic; then an administrator does.
        let store =
            if store.has_staff().await? { sign_in(store.clone(), config).await? } else { store.clone() };
        store.set_clinic(&Order::fresh(clock::now()), &after).await?;
    }
    store.close().await;
    let document = || document(args, &report, &after);
    Answer::new(format, document, || people(args, (&location, &server), &report, (&before, &after)))
}

async fn carry_out(
    args: &Migrate,
    location: &Location,
    new: &Clinic,
) -> Result<(Store, Report, Clinic, String), Failure> {
    let (store, report) = match location {
        _ if args.dry_run => return rehearse(location, new).await,
        Location::Server(_) => {
            let store = open_store(location)?;
            let report = store.migrate(false, new).await?;
            (store, report)
        }
        Location::File(path) => match schema::open_embedded(path, origin::current(), new).await? {
            (store, Some(report)) => (store, report),
            // It is current; what is left is to make patients known to the look-up.
            (store, None) => {
                let report = store.migrate(false, new).await?;
                (store, report)
            }
        },
    };
    let (clinic, server) = (store.clinic().await?, store.server_name().await?);
    Ok((store, report, clinic, server))
}

/// What a migration would do.
async fn rehearse(location: &Location, new: &Clinic) -> Result<(Store, Report, Clinic, String), Failure> {
    let store = match location {
        // There is no file yet, and there shall be none: an empty database in memory answers.
        Location::File(path) if !path.exists() => open_store(&Location::File(":memory:".into()))?,
        location => open_store(location)?,
    };
    let report = store.migrate(true, new).await?;
    let (clinic, server) = (store.clinic_migrated(new).await?, store.server_name().await?);
    Ok((store, report, clinic, server))
}

fn document(args: &Migrate, report: &Report, clinic: &Clinic) -> serde_json::Value {
    let (found, version) = found(report.before);
    json!({ "migration": {
        "dry_run": args.dry_run,
        "found": found,
        "found_version": version,
        "version": CURRENT,
        "applied": report.applied,
        "indexed_patients": report.indexed_patients,
        "copy": report.copy.as_ref().map(|copy| copy.display().to_string()),
        "clinic_name": clinic.name,
        "time_zone": clinic.zone.name(),
    }})
}

/// What a database holds, as scripts know it: a word, and the version where there is one.
pub(super) fn found(state: State) -> (&'static str, Option<u32>) {
    match state {
        State::Empty => ("empty", None),
        State::Unversioned => ("unversioned", None),
        State::At(version) if version == CURRENT => ("current", Some(version)),
        State::At(version) if version < CURRENT => ("older", Some(version)),
        State::At(version) => ("newer", Some(version)),
    }
}

fn people(
    args: &Migrate,
    (location, server): (&Location, &str),
    report: &Report,
    (before, after): (&Clinic, &Clinic),
) -> String {
    let mut out = format!("database   {}, {}\n", text::clean(&location.label()), text::clean(server));
    let state = match report.before {
        State::Empty => "empty".to_owned(),
        State::Unversioned => "made by another program, from the schema page".to_owned(),
        State::At(version) => format!("at schema version {version}"),
    };
    let would = if args.dry_run { "would be " } else { "" };
    let _ = writeln!(out, "found      {state}");
    if let Some(copy) = &report.copy {
        let _ = writeln!(out, "copied to  {}", text::clean(&copy.display().to_string()));
    }
    for step in &report.applied {
        let _ = writeln!(out, "{would}applied {step}");
    }
    if report.indexed_patients > 0 {
        let _ = writeln!(out, "{would}made known to the look-up: {} patients", report.indexed_patients);
    }
    let _ = writeln!(out, "clinic     {} (time zone {})", text::clean(&after.name), after.zone.name());
    if before != after {
        let _ = writeln!(
            out,
            "           {would}set; before: {} ({})",
            text::clean(&before.name),
            before.zone.name()
        );
    }
    let end = match (args.dry_run, report.applied.is_empty()) {
        (true, _) => "nothing was changed".to_owned(),
        (false, true) => format!("was at schema version {CURRENT} already"),
        (false, false) => format!("now at schema version {CURRENT}"),
    };
    let _ = writeln!(out, "{end}");
    out
}
