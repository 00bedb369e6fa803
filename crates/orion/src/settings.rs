//! The settings of this process: read from admin, applied to the services that live here, and told of.

use crate::config::{Config, LogConfig};
use orion_admin::AdminConfig;
use orion_auth::AuthConfig;
use orion_contracts::bus::BusMessage;
use orion_contracts::internal::{FindSettings, Nothing};
use orion_contracts::settings::{SettingSnapshot, SettingValues};
use orion_gateway::GatewayConfig;
use orion_http::telemetry;
use orion_infra::config::ConfigFault;
use orion_infra::{Infra, Settings};
use orion_notifications::NotificationsConfig;
use orion_users::UsersConfig;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// How often they are read while the bus is away or somebody is cut off from it, or after they could not be.
const POLL: Duration = Duration::from_secs(1);
/// How often they are read whatever the bus says.
const RELOAD: Duration = Duration::from_secs(60);
/// The first pause after a failed read; where admin lives in this process, it answers within milliseconds.
const RETRY: Duration = Duration::from_millis(5);
/// How much is told of what could not be applied: it travels with every announcement.
const TOLD: usize = 3;
/// The longest reason that is told, in characters.
const TOLD_CHARACTERS: usize = 200;

/// The sections of the configuration as the services hold them.
pub(crate) struct Handles {
    pub(crate) auth: Settings<AuthConfig>,
    pub(crate) users: Settings<UsersConfig>,
    pub(crate) notifications: Settings<NotificationsConfig>,
    pub(crate) admin: Settings<AdminConfig>,
    pub(crate) gateway: Settings<GatewayConfig>,
    log: Settings<LogConfig>,
}

impl Handles {
    fn new(config: &Config) -> Self {
        Self {
            auth: Settings::new(config.auth.clone()),
            users: Settings::new(config.users.clone()),
            notifications: Settings::new(config.notifications.clone()),
            admin: Settings::new(config.admin.clone()),
            gateway: Settings::new(config.gateway.clone()),
            log: Settings::new(config.log.clone()),
        }
    }

    fn set(&self, config: Config) {
        self.auth.set(config.auth);
        self.users.set(config.users);
        self.notifications.set(config.notifications);
        self.admin.set(config.admin);
        self.gateway.set(config.gateway);
        // What a flag of the command line has chosen stays until the key is changed.
        if self.log.get().filter != config.log.filter
            && let Err(error) = telemetry::change_filter(&config.log.filter)
        {
            tracing::error!(%error, "the log's filter could not be changed");
        }
        self.log.set(config.log);
    }
}

/// What has been applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Applied {
    /// The version, once one was read.
    pub(crate) version: Option<i64>,
    /// What of it could not be applied, with the reason.
    pub(crate) refused: Vec<String>,
}

/// A process's settings.
pub(crate) struct ProcessSettings {
    /// As it was started, its ports known.
    start: Config,
    pub(crate) handles: Handles,
    applied: Mutex<Applied>,
}

impl ProcessSettings {
    /// Nothing is changed yet.
    pub(crate) fn new(start: Config) -> Arc<Self> {
        Arc::new(Self { handles: Handles::new(&start), start, applied: Mutex::default() })
    }

    /// What has been applied until now.
    pub(crate) fn applied(&self) -> Applied {
        self.applied.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Applies what admin keeps; what cannot be is left as it was at the start, and told.
    fn apply(&self, snapshot: SettingSnapshot) {
        let SettingSnapshot { version, values } = snapshot;
        let before = self.applied();
        if before.version == Some(version) {
            return;
        }
        // Where nothing was ever changed nothing is to be done.
        let (config, faults) = usable(&self.start, values);
        if version > 0 || before.version.is_some() {
            self.handles.set(config);
            tracing::info!(version, "settings applied");
        }
        for fault in &faults {
            tracing::error!(key = fault.key, reason = fault.message, version, "a setting cannot be applied here");
        }
        let refused = faults
            .iter()
            .take(TOLD)
            .map(|fault| format!("{}: {}", fault.key, fault.message).chars().take(TOLD_CHARACTERS).collect());
        *self.applied.lock().unwrap_or_else(PoisonError::into_inner) =
            Applied { version: Some(version), refused: refused.collect() };
    }

    /// Reads and applies until told to stop. Run it once per process.
    pub(crate) async fn run(&self, infra: &Infra, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.follow(infra) => {}
        }
    }

    async fn follow(&self, infra: &Infra) {
        let (bus, clock) = (&infra.bus, &infra.clock);
        // Listening begins before reading: what changes in between is heard.
        let (mut messages, mut connections) = (bus.subscribe(), bus.connections());
        let mut pause = RETRY;
        loop {
            let read = infra.peers.call(&FindSettings {}, &Nothing {}).await;
            let next = match read {
                Ok(snapshot) => {
                    self.apply(snapshot);
                    RELOAD
                }
                Err(error) => {
                    tracing::debug!(%error, "settings not read");
                    let next = pause;
                    pause = (pause * 2).min(POLL);
                    next
                }
            };
            let due = clock.monotonic() + next;
            loop {
                let look = clock.monotonic() + POLL;
                let is_due = tokio::select! {
                    message = messages.recv() => match message {
                        Ok(BusMessage::SettingsChanged { version }) => self.applied().version != Some(version),
                        Ok(_) => clock.monotonic() >= due,
                        Err(RecvError::Lagged(_)) => true,
                        Err(RecvError::Closed) => return,
                    },
                    Ok(()) = connections.changed() => true,
                    () = clock.sleep_until(due.min(look)) => {
                        clock.monotonic() >= due || !bus.is_healthy() || bus.misses_somebody()
                    }
                };
                if is_due {
                    break;
                }
            }
        }
    }
}

/// The configuration with as many of these values as can be used, and what is wrong with the others: one that this process
/// refuses, for it is of another version or started with something that it does not go with, keeps no other out.
fn usable(start: &Config, mut values: SettingValues) -> (Config, Vec<ConfigFault>) {
    let mut refused: Vec<ConfigFault> = Vec::new();
    loop {
        let faults = match start.with(&values) {
            Ok(config) => return (config, refused),
            Err(faults) => faults,
        };
        let before = values.len();
        for fault in &faults {
            values.remove(&fault.key);
        }
        if values.len() == before {
            // What does not go together with them is no setting: none of them is used.
            values.clear();
        }
        refused.extend(faults);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn snapshot(version: i64, values: serde_json::Value) -> SettingSnapshot {
        serde_json::from_value(json!({ "version": version, "values": values })).expect("a snapshot")
    }

    #[test]
    fn what_a_process_cannot_apply_it_tells_and_applies_the_rest() {
        let settings = ProcessSettings::new(Config::default());
        assert_eq!(settings.applied(), Applied::default());
        let values = json!({
            "auth.access_token_seconds": 60,
            "users.verification_hours": 0,
            "users.of_tomorrow": true,
        });
        settings.apply(snapshot(4, values));
        assert_eq!(settings.handles.auth.get().access_token_seconds, 60);
        assert_eq!(settings.handles.users.get().verification_hours, 24);
        let applied = settings.applied();
        assert_eq!((applied.version, applied.refused.len()), (Some(4), 2), "{applied:?}");
        assert!(
            applied.refused.iter().any(|told| told.starts_with("users.verification_hours: must be")),
            "{applied:?}"
        );
    }

    #[test]
    fn what_is_taken_back_is_as_at_the_start_again() {
        let mut start = Config::default();
        start.auth.access_token_seconds = 240;
        let settings = ProcessSettings::new(start);
        settings.apply(snapshot(1, json!({ "auth.access_token_seconds": 60 })));
        settings.apply(snapshot(2, json!({})));
        assert_eq!(settings.handles.auth.get().access_token_seconds, 240);
        assert_eq!(settings.applied().version, Some(2));
    }
}
