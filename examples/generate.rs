//! Fills a database with a made-up clinic, to try a server with or to measure on:
//!
//! ```text
//! cargo run --release --example generate -- --patients 1000000 --mysql mysql://root@127.0.0.1/clinic
//! cargo run --release --example generate -- --patients 20000 --data-dir /tmp/clinic
//! ```
//!
//! The database must be there and hold no patients.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Parser;
use frontdesk::cli::origin::current as origin;
use frontdesk::domain::clinic::Clinic;
use frontdesk::domain::clock::{Now, Zone};
use frontdesk::sample::{Plan, fill};
use frontdesk::store::sql::schema::open_embedded;
use frontdesk::store::{Location, Result, Store};

/// Fills an empty database with a made-up clinic.
#[derive(Debug, Parser)]
struct Args {
    /// How many patients.
    #[arg(long, default_value_t = Plan::MEASURED.patients)]
    patients: u32,
    /// How many doctors.
    #[arg(long, default_value_t = Plan::MEASURED.doctors)]
    doctors: u32,
    /// How many days ahead have visits.
    #[arg(long, default_value_t = Plan::MEASURED.days_ahead)]
    days: u32,
    /// Which part of the doctors' time visits hold, 0 to 1.
    #[arg(long, default_value_t = Plan::MEASURED.fill)]
    fill: f64,
    /// The same seed makes the same clinic.
    #[arg(long, default_value_t = Plan::MEASURED.seed)]
    seed: u64,
    /// The moment at which the clinic stands, in UTC.
    #[arg(long, default_value = "2026-12-01T09:00:00Z")]
    now: DateTime<Utc>,
    /// A MySQL or MariaDB database that is there and holds no clinic.
    #[arg(long, conflicts_with = "data_dir", required_unless_present = "data_dir")]
    mysql: Option<String>,
    /// A folder in which the embedded file is made.
    #[arg(long)]
    data_dir: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let plan = Plan {
        seed: args.seed,
        doctors: args.doctors,
        patients: args.patients,
        days_back: 0,
        days_ahead: args.days,
        fill: args.fill,
        last_fill: args.fill,
    };
    let clinic = Clinic { name: "Made-up clinic".to_owned(), zone: Zone::utc() };
    let store = if let Some(url) = args.mysql {
        let store = Store::open(&Location::Server(url.into()), origin())?;
        store.migrate(false, &clinic).await?;
        store
    } else {
        let folder = args.data_dir.unwrap_or_default();
        open_embedded(&folder.join("frontdesk.db"), origin(), &clinic).await?.0
    };
    fill(&store, &plan, Now::new(args.now, Zone::utc()), |line| println!("{line}")).await?;
    store.close().await;
    Ok(())
}
