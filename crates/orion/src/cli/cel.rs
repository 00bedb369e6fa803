//! `orion cel`: conditions, tried before they are used.

use super::{Failure, Output, output};
use clap::{Subcommand, ValueEnum};
use orion_admin::event_filter;
use orion_conditions::Values;
use orion_contracts::events::MAX_EVENT_BYTES;
use orion_http::identity::grant_condition;
use serde_json::{Map, Value};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The largest file with an event, in bytes: as large as an event may be, and laid out for people.
const MAX_FILE: usize = 4 * MAX_EVENT_BYTES;
/// It could not be tried; as for a command line that is wrong.
const NOT_TRIED: u8 = 2;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Say whether a condition can be used and, with an event, whether it holds of it.
    ///
    /// Ends with 0 when it can be used, or holds; with 1 when it does not hold, or cannot be asked of this event; with 2 when
    /// the condition cannot be used, or the event cannot be read.
    Test {
        /// In CEL over `event`, such as: event.type.startsWith("user."); for a permission or a role over `now`, `request`, `subject` and
        /// `object`, such as: request.mfa
        condition: String,
        /// What it is for: a filter of events, or something that is given to somebody.
        #[arg(long = "for", value_enum, default_value_t = Purpose::Event)]
        purpose: Purpose,
        /// A file with an event in JSON, as GET /api/v1/events gives it; - for standard input.
        #[arg(long)]
        event: Option<PathBuf>,
    },
}

/// What a condition is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Purpose {
    /// A filter of events.
    Event,
    /// A permission that is given or denied.
    Permission,
    /// A role that is given.
    Role,
}

/// 0 for yes, 1 for no, 2 for neither: a script must not take what could not be tried for a no.
pub(super) fn run(command: &Command, output: Output) -> ExitCode {
    let Command::Test { condition, purpose, event } = command;
    let tested = match purpose {
        Purpose::Event => test(condition, event.as_deref(), output),
        Purpose::Permission | Purpose::Role => test_grant(condition, event.as_deref(), output),
    };
    tested.unwrap_or_else(|failure| {
        output::error(output, failure.as_ref());
        ExitCode::from(NOT_TRIED)
    })
}

/// One of a permission or a role is asked by `orion permission explain`, of who is meant.
fn test_grant(condition: &str, event: Option<&Path>, output: Output) -> Result<ExitCode, Failure> {
    if event.is_some() {
        return Err("--event: a permission is not asked of an event; `orion permission explain` asks it".into());
    }
    grant_condition(condition).map_err(|error| format!("the condition: {error}"))?;
    usable(output)
}

fn usable(output: Output) -> Result<ExitCode, Failure> {
    output::value(output, "The condition can be used.", &serde_json::json!({ "valid": true }))?;
    Ok(ExitCode::SUCCESS)
}

fn test(condition: &str, event: Option<&Path>, output: Output) -> Result<ExitCode, Failure> {
    let other = |error| match grant_condition(condition) {
        Ok(_) => format!("the condition: {error}; for a permission or a role it can be used: say --for permission"),
        Err(_) => format!("the condition: {error}"),
    };
    let condition = event_filter(condition).map_err(other)?;
    let Some(file) = event else { return usable(output) };
    let values = Values::default().with("event", read(file)?)?;
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

/// The fields of an event.
fn read(file: &Path) -> Result<Map<String, Value>, Failure> {
    let source: Box<dyn Read> = match file {
        file if file == Path::new("-") => Box::new(std::io::stdin()),
        file => Box::new(std::fs::File::open(file).map_err(|error| format!("--event: {}: {error}", file.display()))?),
    };
    let mut text = String::new();
    let most = MAX_FILE as u64 + 1;
    source.take(most).read_to_string(&mut text).map_err(|error| format!("--event: {}: {error}", file.display()))?;
    if text.len() > MAX_FILE {
        return Err(format!("--event: {}: an event has at most {MAX_FILE} bytes", file.display()).into());
    }
    match serde_json::from_str(&text).map_err(|error| format!("--event: {}: {error}", file.display()))? {
        Value::Object(event) if !event.contains_key("items") => Ok(event),
        _ => {
            let told = "one event must stand there, {\"type\": …, …}, as one of the `items` of GET /api/v1/events";
            Err(format!("--event: {}: {told}", file.display()).into())
        }
    }
}
