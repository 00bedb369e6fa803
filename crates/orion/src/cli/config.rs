//! `orion config`.

use super::{Failure, Output, output, roles, settings};
use crate::Topology;
use crate::config::{Config, Layers, Shown, advice, cover, default_file, reference, schema, shown};
use crate::lock;
use clap::Subcommand;
use orion_contracts::ServiceName;
use orion_infra::db::files;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Say whether the configuration can be used, and what of it does nothing. Files and databases are looked at, and nothing
    /// is made or changed. (A value that cannot be used is refused by every command.)
    Check {
        /// Whether nothing is missing for a process of these services; of all when none is named.
        services: Vec<ServiceName>,
    },
    /// List every key with its value, secrets masked, and where the value came from. What was changed while ORION ran is
    /// marked, where the database can be read.
    #[command(alias = "get", alias = "list")]
    Show {
        /// Only keys that begin with this, such as auth, or database.url.
        prefix: Option<String>,
    },
    /// Print a file with every key, what it is, and its default.
    #[command(alias = "init")]
    Default,
    /// Print the reference of all keys, in Markdown.
    Reference,
    /// Print the JSON Schema of the file, for editors.
    Schema,
}

pub(super) async fn run(
    config: &Config,
    layers: &Layers,
    command: &Command,
    output: Output,
) -> Result<ExitCode, Failure> {
    match command {
        Command::Check { services } => {
            let services = if services.is_empty() { &ServiceName::ALL[..] } else { services };
            layers.refuse(config.faults_of_start(services))?;
            if services.contains(&ServiceName::Gateway) {
                let urls = Topology::new(config, services).urls;
                layers.refuse(orion_gateway::routes(&config.gateway, &urls).err().unwrap_or_default())?;
            }
            if config.database.url.expose().is_empty() {
                lock::look(&config.data_dir)?;
                files::check(&config.data_dir)?;
            }
            let mut warnings = advice(config, services);
            if services.contains(&ServiceName::Auth) {
                warnings.extend(roles::advice(config).await);
            }
            let answer = serde_json::json!({ "valid": true, "warnings": warnings });
            output::value(output, "The configuration is valid.", &answer)?;
            if output == Output::Text {
                warnings.iter().for_each(|line| output::warning(line));
            }
        }
        Command::Default => output::bytes(default_file().as_bytes())?,
        Command::Reference => output::bytes(reference().as_bytes())?,
        Command::Schema => output::bytes(schema().as_bytes())?,
        Command::Show { prefix } => {
            let mut rows = shown(layers);
            if let Some(prefix) = prefix {
                rows.retain(|row| row.key == *prefix || row.key.starts_with(prefix.as_str()));
                if rows.is_empty() {
                    let near = layers.keys().nearest(prefix).map(|near| format!("; did you mean {near}?"));
                    return Err(format!("no key begins with {prefix}{}", near.unwrap_or_default()).into());
                }
            }
            let is_dynamic = |row: &Shown| layers.keys().get(&row.key).is_some_and(|key| key.is_dynamic);
            let (values, mut told) = match rows.iter().any(is_dynamic) {
                true => settings::in_force(config).await,
                false => Default::default(),
            };
            let covered = cover(&mut rows, &values);
            output::rows(output, &rows, &["KEY", "VALUE", "FROM", "VARIABLE"], |row| {
                vec![row.key.clone(), row.visible().to_owned(), row.origins(), row.variable.clone()]
            })?;
            if covered > 0 {
                let many = if covered == 1 { "a setting lies" } else { "settings lie" };
                told.push(format!("* {many} over what a process starts with, until taken back: orion settings list"));
            }
            told.iter().for_each(|line| output::note(line));
        }
    }
    Ok(ExitCode::SUCCESS)
}
