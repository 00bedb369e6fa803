//! `orion migrate`.

use super::{Failure, Output, output};
use crate::config::Config;
use crate::wiring;
use clap::Subcommand;
use orion_contracts::ServiceName;
use orion_infra::Infra;
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
    let reads = matches!(command, Command::Status);
    // Looking works beside a running platform, and needs no keys.
    let _lock = match config.database.url.expose() {
        "" if !reads => Some(crate::lock::DataLock::take_in_turn(&config.data_dir).await?),
        _ => None,
    };
    let connections =
        if reads { wiring::connect_to_look(config).await? } else { wiring::connect_without_mail(config).await? };
    let (mut rows, mut changed) = (Vec::new(), 0);
    for service in ServiceName::ALL {
        let infra = connections.service(service).await?;
        let before = applied(&infra).await?;
        step(&infra, &command).await?;
        let state = wiring::migrations(service).state(&infra.db).await?;
        changed += state.iter().filter(|state| state.applied).count().abs_diff(before);
        rows.extend(state.into_iter().map(|state| Row {
            service,
            refused: state.is_refused(),
            migration: state.name,
            applied: state.applied,
            known: state.known,
        }));
        infra.db.close().await;
    }
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

async fn applied(infra: &Infra) -> Result<usize, Failure> {
    let state = wiring::migrations(infra.service).state(&infra.db).await?;
    Ok(state.into_iter().filter(|state| state.applied).count())
}

async fn step(infra: &Infra, command: &Command) -> Result<(), Failure> {
    let migrations = wiring::migrations(infra.service);
    match command {
        Command::Up => {
            migrations.apply(&infra.db, infra.clock.now()).await?;
            wiring::seed(infra).await.map_err(|problem| problem.to_string())?;
        }
        Command::Status => {}
        Command::Down { steps, service, .. } => {
            if service.is_none_or(|service| service == infra.service) {
                migrations.revert(&infra.db, *steps).await?;
            }
        }
    }
    Ok(())
}
