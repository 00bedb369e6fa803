//! Entries as a file, as they come.

use super::super::calls::Calls;
use super::list::{Filters, path};
use crate::cli::{Failure, output};
use clap::ValueEnum;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// How they are written.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// A table; what begins like a formula has an apostrophe before it.
    Csv,
    /// JSON, a line each.
    Ndjson,
}

pub(super) async fn run(
    calls: &mut Calls,
    filters: &Filters,
    format: Format,
    file: Option<&Path>,
) -> Result<(), Failure> {
    let mut pairs = filters.pairs(calls).await?;
    let format = match format {
        Format::Csv => "csv",
        Format::Ndjson => "ndjson",
    };
    pairs.push(("format", format.to_owned()));
    let path = path("/api/v1/audit/export", &pairs);
    let Some(file) = file else {
        return calls.download(&path, |bytes| Ok(output::bytes(bytes)?)).await.map(drop);
    };
    let told = |error: std::io::Error| Failure::from(format!("--file: {}: {error}", file.display()));
    // For its owner alone: it tells of people.
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let mut out = opened.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            format!("--file: {} is there already, and is not written over: name another one", file.display()).into()
        }
        _ => told(error),
    })?;
    let outcome = calls.download(&path, |bytes| out.write_all(bytes).map_err(told)).await;
    match outcome.and_then(|bytes| out.sync_all().map_err(told).map(|()| bytes)) {
        Ok(bytes) => {
            output::note(&format!("Wrote {bytes} bytes to {}.", file.display()));
            Ok(())
        }
        // A part that looks like the whole is worse than nothing.
        Err(failure) => {
            let _ = std::fs::remove_file(file);
            Err(failure)
        }
    }
}
