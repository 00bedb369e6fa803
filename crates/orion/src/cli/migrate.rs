//! `orion migrate`.

use super::{Failure, Output, output};
use crate::config::Config;
use crate::lock::{self, DataLock};
use crate::{platform, wiring};
use clap::Subcommand;
use orion_contracts::ServiceName;
use orion_infra::db::connect::DbSource;
use orion_infra::db::files;
use orion_infra::{Doorbell, Metrics};
use serde::Serialize;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Apply what is missing, and put in what a fresh platform needs.
    Up,
    /// List every migration and whether it is applied; fails when one is not, or when this version cannot run on the schema.
    Status,
    /// Take migrations back. For development: data in dropped tables is lost.
    Down {
        /// How many, per service.
        #[arg(long, default_value_t = 1)]
        steps: u32,
        /// Only this service.
        #[arg(long)]
        service: Option<ServiceName>,
        /// Yes, drop those tables.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Serialize)]
struct Row {
    service: ServiceName,
    migration: String,
    applied: bool,
    /// Whether this version has it; if not, a newer one has applied it.
    known: bool,
    /// Whether this version cannot run on what it made.
    refused: bool,
}

impl Row {
    fn applied(&self) -> &'static str {
        match self {
            Self { applied: false, .. } => "no",
            Self { refused: true, .. } => "by a newer ORION; this one cannot run on it",
            Self { known: false, .. } => "by a newer ORION",
            _ => "yes",
        }
    }
}

pub(super) async fn run(config: &Config, command: Command, output: Output) -> Result<ExitCode, Failure> {
    if let Command::Down { yes: false, .. } = command {
        return Err("this drops tables and what is in them; say --yes to do it".into());
    }
    let source = DbSource::from(&config.infra())?;
    // What only looks, or takes back, makes nothing: no directory, no key, no database.
    if !matches!(command, Command::Up) && !source.is_shared() && !files::check(&config.data_dir)? {
        let directory = config.data_dir.display();
        return Err(format!(
            "there is no database in {directory} (data_dir, ORION_DATA_DIR); `orion migrate up` makes one"
        )
        .into());
    }
    let reads = matches!(command, Command::Status);
    // Looking works beside a running platform.
    let _lock = match reads || source.is_shared() {
        false => Some(DataLock::take_in_turn(&config.data_dir, lock::TURN).await?),
        true => None,
    };
    source.greet(&config.database).await?;
    // Of an empty directory there is nothing to look at yet, nor of one that a first start has left half made.
    let before = look(&source, config).await.map_or(0, |rows| applied(&rows));
    match command {
        Command::Up => platform::migrate(config).await?,
        Command::Status => {}
        Command::Down { steps, service, .. } => {
            for service in ServiceName::ALL.into_iter().filter(|name| service.is_none_or(|service| service == *name)) {
                let db = source.open(service, &config.database, Doorbell::default(), &Metrics::new(service)).await?;
                wiring::migrations(service).revert(&db, steps).await?;
                db.close().await;
            }
        }
    }
    let rows = look(&source, config).await?;
    let changed = applied(&rows).abs_diff(before);
    match (&command, output) {
        (Command::Up, Output::Text) => output::value(output, &told("applied", "to do", changed), &())?,
        (Command::Down { .. }, Output::Text) => {
            output::value(output, &told("took back", "to take back", changed), &())?
        }
        _ => output::rows(output, &rows, &["SERVICE", "MIGRATION", "APPLIED"], |row| {
            vec![row.service.to_string(), row.migration.clone(), row.applied().to_owned()]
        })?,
    }
    let unfit = reads && rows.iter().any(|row| !row.applied || row.refused);
    Ok(if unfit { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What was done, in a line.
fn told(done: &str, nothing: &str, changed: usize) -> String {
    match changed {
        0 => format!("nothing {nothing}"),
        1 => format!("{done} 1 migration"),
        several => format!("{done} {several} migrations"),
    }
}

fn applied(rows: &[Row]) -> usize {
    rows.iter().filter(|row| row.applied).count()
}

/// Every migration as the databases have it. Nothing is written.
async fn look(source: &DbSource, config: &Config) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for service in ServiceName::ALL {
        let db = source.look(service, &config.database, &Metrics::new(service)).await?;
        let state = wiring::migrations(service).state(&db).await?;
        rows.extend(state.into_iter().map(|state| Row {
            service,
            refused: state.is_refused(),
            migration: state.name,
            applied: state.applied,
            known: state.known,
        }));
        db.close().await;
    }
    Ok(rows)
}
