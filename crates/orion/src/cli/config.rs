//! `orion config`.

use super::{Failure, Output, output};
use crate::Topology;
use crate::config::{Config, ConfigError, Layers, advice, shown};
use clap::Subcommand;
use orion_contracts::ServiceName;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Say whether the configuration can be used. (A value that cannot be used is refused by every command.)
    Check {
        /// Whether nothing is missing for a process of these services; of all when none is named.
        services: Vec<ServiceName>,
    },
    /// List every key with its value, secrets masked, and where the value came from.
    Show,
}

pub(super) fn run(config: &Config, layers: &Layers, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::Check { services } => {
            let services = if services.is_empty() { &ServiceName::ALL[..] } else { services };
            config.listen.check_apart(services).map_err(|fault| ConfigError::in_layers(fault, layers))?;
            orion_infra::config::check_complete(&config.infra(), services)?;
            if services.contains(&ServiceName::Gateway) {
                let urls = Topology::new(config, services).urls;
                orion_gateway::routes(&config.gateway, &urls).map_err(|fault| ConfigError::in_layers(fault, layers))?;
            }
            let warnings = advice(config, services);
            let answer = serde_json::json!({ "valid": true, "warnings": warnings });
            output::value(output, "The configuration is valid.", &answer)?;
            if output == Output::Text {
                warnings.iter().for_each(|line| output::warning(line));
            }
        }
        Command::Show => {
            output::rows(output, &shown(layers), &["KEY", "VALUE", "FROM", "VARIABLE"], |row| {
                vec![row.key.clone(), row.value.clone(), row.origin.clone(), row.variable.clone()]
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
