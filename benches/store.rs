//! How fast the relational half is, beside the bare statements, on a made-up clinic of 1,000,000
//! patients, 200 doctors and 90 days at 80 % full.
//!
//! ```text
//! eval "$(scripts/servers env)"; cargo bench --bench store [-- --scale small] [--only booking]
//! ```
//!
//! SQLite is always measured, MariaDB and MySQL where the environment names them. The data is made
//! once and kept: in the databases `frontdesk_bench*` and under `target/bench-data/`. Ours and the
//! bare statement take turns in one process, each on a connection of the same settings. The exit
//! code is 1 where a bound is missed.

#[path = "common/mod.rs"]
mod common;
#[path = "store/openings.rs"]
mod openings;
#[path = "store/search.rs"]
mod search;
#[path = "store/visits.rs"]
mod visits;

use std::process::ExitCode;

use common::data::{Outcome, Server};
use common::figures;
use frontdesk::sample::Plan;

/// Which measurements to make, on how much.
#[derive(Clone, Debug)]
struct Asked {
    plan: Plan,
    only: Option<String>,
    server: Option<String>,
}

impl Asked {
    /// From the command line; what cargo adds (`--bench`) is passed over.
    fn read() -> Result<Self, String> {
        let mut asked = Asked { plan: Plan::MEASURED, only: None, server: None };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
            match arg.as_str() {
                "--scale" => match value()?.as_str() {
                    "small" => asked.plan.patients = 20_000,
                    "full" => {}
                    other => return Err(format!("--scale {other}: expected small or full")),
                },
                "--only" => asked.only = Some(value()?),
                "--server" => asked.server = Some(value()?),
                _ => {}
            }
        }
        Ok(asked)
    }

    fn wants(&self, operation: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == operation)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let asked = match Asked::read() {
        Ok(asked) => asked,
        Err(fault) => {
            eprintln!("{fault}");
            return ExitCode::from(2);
        }
    };
    // On a worker, where the desk's own database work runs.
    match tokio::spawn(measure(asked)).await {
        Ok(Ok(true)) => ExitCode::SUCCESS,
        Ok(Ok(false)) => ExitCode::FAILURE,
        Ok(Err(error)) => {
            eprintln!("{error}");
            ExitCode::from(6)
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(asked: Asked) -> Outcome<bool> {
    let mut all_hold = true;
    for server in Server::all() {
        if asked.server.as_deref().is_some_and(|wanted| wanted != server.name) {
            continue;
        }
        let had = server.widen().await?;
        let outcome = on(&server, &asked).await;
        server.narrow(had).await?;
        all_hold &= outcome?;
    }
    Ok(all_hold)
}

async fn on(server: &Server, asked: &Asked) -> Outcome<bool> {
    let mut all_hold = true;
    let (store, mut bare) = server.open("frontdesk_bench", &asked.plan).await?;
    figures::head();
    if asked.wants("search") {
        all_hold &= search::measure(server.name, &store, &asked.plan).await?;
    }
    if asked.wants("day") {
        all_hold &= visits::day(server.name, &store, &mut bare).await?;
    }
    if asked.wants("booking") {
        all_hold &= visits::booking(server.name, &store, &mut bare).await?;
    }
    if asked.wants("openings") {
        all_hold &= openings::typical(server.name, &store, &mut bare).await?;
        let full = Plan { patients: 20_000, fill: 1.0, last_fill: 1.0, ..asked.plan };
        let (store, mut bare) = server.open("frontdesk_bench_full", &full).await?;
        all_hold &= openings::full(server.name, &store, &mut bare).await?;
    }
    Ok(all_hold)
}
