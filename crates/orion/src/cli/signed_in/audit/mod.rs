//! `orion audit`: who did what, and the proof that nothing of it was changed since.

mod export;
mod list;
mod verify;

use super::At;
use super::calls::Calls;
use super::refusals::listed;
use crate::cli::{Failure, Output, output};
use crate::config::Config;
use clap::Subcommand;
use list::Filters;
use orion_contracts::audit::{AuditCheckpoint, AuditEntryDetail, RedactAuditEntry};
use orion_contracts::{AuditEntryId, Page};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// What shows the ids of entries.
const LIST: &str = "orion audit list";
const CHECKPOINTS: &str = "/api/v1/audit/checkpoints";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List audit entries, newest first.
    List {
        #[command(flatten)]
        filters: Filters,
        /// How many, newest first.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
        #[command(flatten)]
        at: At,
    },
    /// Show an entry, with what was before and after, and its link in the chain.
    Show {
        /// The entry's id, as `orion audit list` shows it.
        entry: AuditEntryId,
        #[command(flatten)]
        at: At,
    },
    /// Verify that nothing of the log was changed, removed, put in, moved or cut off, and count what was redacted.
    ///
    /// Asks a platform that runs; with --at-rest, the database itself is read, such as a copy (--data-dir, or --database-url), and
    /// nothing is written. Ends with 0 when the log holds, with 1 when it does not, with 2 when that could not be found out.
    Verify {
        /// Read the database of --data-dir or --database-url instead of asking a platform.
        #[arg(long, conflicts_with = "url")]
        at_rest: bool,
        /// The master key that the database was made with, where it is not master.key beside it, or secrets.master_key.
        #[arg(long, value_name = "FILE", requires = "at_rest")]
        key_file: Option<PathBuf>,
        /// Prove as well that the log still holds all up to this checkpoint, as `orion audit checkpoint` has given it; - for
        /// standard input.
        #[arg(long, value_name = "FILE")]
        checkpoint: Vec<PathBuf>,
        #[command(flatten)]
        at: At,
    },
    /// Sign a checkpoint of the log, and print it: keep it where nobody who gets into the platform can change it.
    Checkpoint {
        #[command(flatten)]
        at: At,
    },
    /// List the checkpoints that were signed, newest first.
    Checkpoints {
        /// How many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
        #[command(flatten)]
        at: At,
    },
    /// Write entries to a file or standard output, newest first.
    Export {
        #[command(flatten)]
        filters: Filters,
        /// A table that a spreadsheet opens, or JSON, a line each.
        #[arg(long, value_enum, default_value_t = export::Format::Csv)]
        format: export::Format,
        /// Where to; a file that is there is not written over.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        #[command(flatten)]
        at: At,
    },
    /// Take the personal values out of an entry, for good. The log holds nevertheless, and says that it was done.
    Redact {
        /// The entry's id, as `orion audit list` shows it.
        entry: AuditEntryId,
        /// Why; it stays in the entry and in the log, so it names nobody.
        #[arg(long)]
        reason: String,
        /// Yes, take them out: nothing brings them back.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        at: At,
    },
}

pub(super) async fn run(config: &Config, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::List { filters, limit, at } => {
            list::list(&mut Calls::open(at).await?, filters, *limit, output).await?
        }
        Command::Show { entry, at } => {
            let detail = Calls::open(at).await?.get(&format!("/api/v1/audit/{entry}")).await;
            let detail: AuditEntryDetail = listed(detail, LIST)?;
            output::value(output, &list::lines(&detail), &detail)?;
        }
        Command::Verify { at_rest, key_file, checkpoint, at } => {
            let place = match at_rest {
                true => verify::Place::AtRest { config, key_file: key_file.as_deref() },
                false => verify::Place::Running(at),
            };
            return Ok(verify::run(&place, checkpoint, output).await);
        }
        Command::Checkpoint { at } => {
            let signed: AuditCheckpoint = Calls::open(at).await?.post(CHECKPOINTS, &json!({})).await?;
            output::value(output, &signed.token, &signed)?;
        }
        Command::Checkpoints { limit, at } => {
            let path = format!("{CHECKPOINTS}?limit={limit}");
            let page: Page<AuditCheckpoint> = Calls::open(at).await?.get(&path).await?;
            output::rows(output, &page.items, &["POSITION", "SIGNED", "KEY"], |signed| {
                let taken_at = signed.taken_at.format(output::TIME).to_string();
                vec![signed.position.to_string(), taken_at, signed.key_id.clone()]
            })?;
        }
        Command::Export { filters, format, file, at } => {
            export::run(&mut Calls::open(at).await?, filters, *format, file.as_deref()).await?;
        }
        Command::Redact { yes: false, .. } => {
            return Err("this takes values out of the entry for good; say --yes to do it".into());
        }
        Command::Redact { entry, reason, at, .. } => {
            let order = RedactAuditEntry { reason: reason.clone() };
            let path = format!("/api/v1/audit/{entry}/redaction");
            let detail: AuditEntryDetail = listed(Calls::open(at).await?.set(&path, &order).await, LIST)?;
            output::value(output, &list::lines(&detail), &detail)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
