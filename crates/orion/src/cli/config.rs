//! `orion config`.

use super::{Failure, Output, output};
use crate::config::{Config, Layers, shown};
use clap::Subcommand;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Say whether the configuration can be used. (Whatever is wrong is said before any command runs.)
    Check,
    /// List every key with its value, secrets masked, and where the value came from.
    Show,
}

pub(super) fn run(config: &Config, layers: &Layers, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::Check => {
            orion_gateway::check(&config.gateway)?;
            output::value(output, "The configuration is valid.", &serde_json::json!({ "valid": true }))?;
        }
        Command::Show => {
            output::rows(output, &shown(layers), &["KEY", "VALUE", "FROM", "VARIABLE"], |row| {
                vec![row.key.clone(), row.value.clone(), row.origin.clone(), row.variable.clone()]
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
