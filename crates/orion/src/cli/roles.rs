//! Whether roles that the configuration names are there.

use super::{Failure, databases, settings};
use crate::config::{Config, unknown_roles};
use crate::settings::usable;
use crate::wiring;
use orion_contracts::ServiceName;
use orion_contracts::roles::{ADMIN, EDITOR, GUEST, MODERATOR, SUPER_ADMIN, USER};
use std::time::Duration;

/// How long a database is waited for.
const PATIENCE: Duration = Duration::from_secs(3);
/// The roles that are there from the first start, and that nobody removes.
const SYSTEM: [&str; 6] = [GUEST, USER, EDITOR, MODERATOR, ADMIN, SUPER_ADMIN];

/// What is to be said of roles that are to have a second factor. Settings that lie over the configuration count, as they do where
/// ORION runs; databases are asked only about roles that are not ORION's own.
pub(super) async fn advice(config: &Config) -> Option<String> {
    let (values, _) = settings::in_force(config).await;
    let (config, _) = usable(config, values);
    let own = |name: &&str| !SYSTEM.contains(name);
    let names: Vec<_> = config.auth.second_factor_roles().filter(own).collect();
    if names.is_empty() {
        return None;
    }
    let known = tokio::time::timeout(PATIENCE, known(&config, &names)).await;
    match known.unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs()).into())) {
        Ok(known) => {
            let unknown: Vec<_> = names.into_iter().filter(|name| !known.iter().any(|known| known == name)).collect();
            unknown_roles(&unknown)
        }
        Err(error) => {
            let names = names.join(", ");
            Some(format!(
                "whether there are the roles {names} of auth.second_factor_roles could not be looked at: {error}"
            ))
        }
    }
}

/// Those of these names that a role has; none where no platform was ever started.
async fn known(config: &Config, names: &[&str]) -> Result<Vec<String>, Failure> {
    let Some(users) = databases::to_look(config, ServiceName::Users).await? else { return Ok(Vec::new()) };
    let known = wiring::known_roles(&users, names).await.map_err(|problem| problem.to_string())?;
    users.close().await;
    Ok(known)
}
