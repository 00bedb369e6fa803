//! `orion cel`: conditions, tried before they are used.

use super::{Failure, Output, output};
use clap::Subcommand;
use orion_conditions::{Condition, Values};
use serde_json::Value;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Say whether a condition can be used and, with an event, whether it holds of it: then ends with 0 for yes, 1 for no.
    Test {
        /// In CEL over `event`, such as: event.type.startsWith("user.")
        condition: String,
        /// A file with an event in JSON, as GET /api/v1/events gives it; - for standard input.
        #[arg(long)]
        event: Option<PathBuf>,
    },
}

pub(super) fn run(command: &Command, output: Output) -> Result<ExitCode, Failure> {
    let Command::Test { condition, event } = command;
    let condition = Condition::compile(condition, &["event"]).map_err(|error| format!("the condition: {error}"))?;
    let Some(file) = event else {
        output::value(output, "The condition can be used.", &serde_json::json!({ "valid": true }))?;
        return Ok(ExitCode::SUCCESS);
    };
    let event: Value = serde_json::from_str(&read(file)?).map_err(|error| format!("{}: {error}", file.display()))?;
    let values = Values::default().with("event", event)?;
    let (holds, because) = match condition.holds(&values) {
        Ok(holds) => (holds, None),
        Err(reason) => (false, Some(reason.to_string())),
    };
    let text = match &because {
        None => holds.to_string(),
        Some(reason) => format!("false, for it cannot be asked of this event: {reason}"),
    };
    output::value(output, &text, &serde_json::json!({ "holds": holds, "because": because }))?;
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read(file: &Path) -> Result<String, Failure> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file).map_err(|error| format!("--event: {}: {error}", file.display()).into())
}
