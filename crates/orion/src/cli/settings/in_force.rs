//! The settings that `orion config show` lays over a configuration.

use super::words::{not_applied, words};
use crate::cli::{Failure, databases};
use crate::config::Config;
use crate::settings::usable;
use crate::wiring;
use orion_contracts::ServiceName;
use orion_contracts::settings::SettingValues;
use std::time::Duration;

/// How long `orion config show` waits for a database that it can do without.
const PATIENCE: Duration = Duration::from_secs(3);

/// The values that settings lay over a start with this configuration, and what should be said beside them: what cannot be
/// applied, or why they could not be read.
pub(in crate::cli) async fn in_force(config: &Config) -> (SettingValues, Vec<String>) {
    let reading = async {
        let Some(admin) = databases::to_look(config, ServiceName::Admin).await? else {
            return Ok(SettingValues::new());
        };
        Ok::<_, Failure>(wiring::kept_settings(admin, config).snapshot().await.map_err(words)?.values)
    };
    let read = tokio::time::timeout(PATIENCE, reading).await;
    let read = read.unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs()).into()));
    match read {
        Ok(mut values) => {
            let (_, refused) = usable(config, values.clone());
            values.retain(|key, _| refused.iter().all(|fault| fault.key != *key));
            (values, refused.iter().map(not_applied).collect())
        }
        Err(error) => {
            let told = format!("settings could not be read, so these are the values of a start: {error}");
            (SettingValues::new(), vec![told])
        }
    }
}
