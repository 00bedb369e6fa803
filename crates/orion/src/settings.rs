//! The settings of this process: read from admin, applied to the services that live here, and told of.

use crate::config::{Config, LogConfig};
use orion_admin::AdminConfig;
use orion_auth::AuthConfig;
use orion_contracts::FieldCode;
use orion_contracts::bus::BusMessage;
use orion_contracts::internal::{FindSettings, Nothing};
use orion_contracts::settings::{SettingSnapshot, SettingValues};
use orion_gateway::GatewayConfig;
use orion_http::telemetry;
use orion_infra::config::ConfigFault;
use orion_infra::settings::{Applied, AppliedState, DynamicKey};
use orion_infra::{Infra, Settings};
use orion_notifications::NotificationsConfig;
use orion_users::UsersConfig;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

macro_rules! sections {
    ($($section:ident: $type:ty),* $(,)?) => {
        /// The sections of the configuration that may change, as the services hold them. A test demands one for every key
        /// that is marked.
        pub(crate) struct Handles { $(pub(crate) $section: Settings<$type>),* }

        impl Handles {
            /// Their names.
            #[cfg(test)]
            const SECTIONS: &[&str] = &[$(stringify!($section)),*];

            fn new(config: &Config) -> Self {
                Self { $($section: Settings::new(config.$section.clone())),* }
            }

            fn set(&self, config: Config) {
                $(self.$section.set(config.$section);)*
            }
        }
    };
}

sections! {
    auth: AuthConfig,
    users: UsersConfig,
    notifications: NotificationsConfig,
    admin: AdminConfig,
    gateway: GatewayConfig,
    log: LogConfig,
}

/// A process's settings.
pub(crate) struct ProcessSettings {
    pub(crate) handles: Handles,
    applied: AppliedState,
    below: Mutex<Below>,
}

/// What settings lie over, and what they are.
struct Below {
    /// As it was started, its ports known; with what of its file was applied since.
    start: Config,
    /// The settings as they were read last.
    last: Option<SettingSnapshot>,
}

impl ProcessSettings {
    /// Nothing is changed yet; `applied` is told what becomes of it.
    pub(crate) fn new(start: Config, applied: AppliedState) -> Arc<Self> {
        Arc::new(Self { handles: Handles::new(&start), applied, below: Mutex::new(Below { start, last: None }) })
    }

    /// What has been applied until now.
    pub(crate) fn applied(&self) -> Applied {
        self.applied.get()
    }

    /// Applies what admin keeps; what cannot be is left as it was at the start, and told.
    fn apply(&self, snapshot: SettingSnapshot) {
        let before = self.applied();
        // The values too: a version is given again when a database has lost the change that it was first given to.
        let mut below = self.below();
        if below.last.as_ref() == Some(&snapshot) {
            return;
        }
        below.last = Some(snapshot.clone());
        let SettingSnapshot { version, values } = snapshot;
        let mut keys: Vec<_> = values.keys().cloned().collect();
        // Where nothing was ever changed nothing is to be done.
        let (config, faults) = usable(&below.start, values);
        keys.retain(|key| faults.iter().all(|fault| fault.key != *key));
        if version > 0 || before.version.is_some() {
            let filter = (self.handles.log.get().filter != config.log.filter).then(|| config.log.filter.clone());
            self.handles.set(config);
            // A log that nobody has changed is left alone.
            if let Some(Err(error)) = filter.map(|filter| telemetry::change_filter(&filter)) {
                tracing::error!(%error, "the log's filter could not be changed");
            }
            tracing::info!(version, keys = keys.join(", "), "settings applied");
            if before.version.is_none() {
                tell_overruled(&below.start, &keys);
            }
        }
        for fault in &faults {
            tracing::error!(key = fault.key, reason = fault.message, version, "a setting cannot be applied here");
        }
        let words = |fault: &ConfigFault| format!("{}: {}", fault.key, fault.message);
        let mut refused: Vec<String> =
            faults.iter().take(TOLD).map(|fault| words(fault).chars().take(TOLD_CHARACTERS).collect()).collect();
        if faults.len() > TOLD {
            refused.push(format!("and {} more, in the log of the process", faults.len() - TOLD));
        }
        self.applied.set(version, refused);
    }

    /// Applies what of a file that was read anew may change while the process runs, below the settings.
    pub(crate) fn apply_file(&self, config: Config) {
        let mut below = self.below();
        let (routes, upstreams) = (config.gateway.routes, config.gateway.upstreams);
        if below.start.gateway.routes != routes || below.start.gateway.upstreams != upstreams {
            (below.start.gateway.routes, below.start.gateway.upstreams) = (routes, upstreams);
            let values = below.last.as_ref().map(|last| last.values.clone()).unwrap_or_default();
            // Settings that could not be used before are told already, and routes make no difference to them.
            let (config, _) = usable(&below.start, values);
            tracing::info!(routes = config.gateway.routes.len(), "the file's routes and upstreams have changed");
            self.handles.gateway.set(config.gateway);
        }
        self.applied.set_file(Vec::new());
    }

    /// Says why a file was not applied.
    pub(crate) fn refuse_file(&self, why: Vec<String>) {
        self.applied.set_file(why);
    }

    fn below(&self) -> MutexGuard<'_, Below> {
        self.below.lock().unwrap_or_else(PoisonError::into_inner)
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
                    pause = RETRY;
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
                        Ok(BusMessage::SettingsChanged { .. }) => true,
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

/// Says which flags, variables and lines of the file do nothing: whoever has just written one looks for it there.
fn tell_overruled(start: &Config, keys: &[String]) {
    if keys.is_empty() {
        return;
    }
    let (started, defaults) = (start.catalogue().keys, Config::default().catalogue().keys);
    let was_set = |key: &&String| {
        let of = |all: &[DynamicKey]| all.iter().find(|one| one.name == **key).map(|one| one.start.clone());
        of(&started) != of(&defaults)
    };
    let overruled: Vec<_> = keys.iter().filter(was_set).cloned().collect();
    if !overruled.is_empty() {
        let keys = overruled.join(", ");
        tracing::warn!(keys, "what flags, environment or file say of these keys does nothing: settings lie over it");
    }
}

/// The configuration with as many of these values as can be used, and what is wrong with the others: one that this process
/// refuses, for it is of another version or started with something that it does not go with, keeps no other out.
pub(crate) fn usable(start: &Config, values: SettingValues) -> (Config, Vec<ConfigFault>) {
    if let Ok(config) = start.with(&values) {
        return (config, Vec::new());
    }
    // One after the other, so that each is known by what it brings in. There are few, and this is rare.
    let (mut config, mut used, mut refused) = (start.clone(), SettingValues::new(), Vec::new());
    for (key, value) in values {
        used.insert(key.clone(), value);
        match start.with(&used) {
            Ok(with) => config = with,
            Err(faults) => {
                used.remove(&key);
                let of_another = |fault: ConfigFault| match fault.key == key {
                    true => fault,
                    false => ConfigFault::new(
                        &key,
                        FieldCode::Invalid,
                        format!("does not go with {}: {}", fault.key, fault.message),
                    ),
                };
                refused.extend(faults.into_iter().map(of_another));
            }
        }
    }
    (config, refused)
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
        let settings = ProcessSettings::new(Config::default(), AppliedState::default());
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
    fn routes_of_a_file_that_was_changed_lie_below_the_settings_and_nothing_else_of_it_counts() {
        let settings = ProcessSettings::new(Config::default(), AppliedState::default());
        settings.apply(snapshot(1, json!({ "gateway.max_body_bytes": 4096 })));
        settings.refuse_file(vec!["orion.toml:3: so".to_owned()]);
        assert_eq!(settings.applied().file_refused.len(), 1);
        let route = json!({ "name": "shop", "path": "/shop/*", "upstream": "http://127.0.0.1:8080" });
        let mut file = Config::default();
        file.gateway.routes = vec![serde_json::from_value(route).expect("a route")];
        file.gateway.cores = 7;
        let mut changes = settings.handles.gateway.changes();
        settings.apply_file(file.clone());
        let gateway = settings.handles.gateway.get();
        assert_eq!((gateway.routes.len(), gateway.max_body_bytes, gateway.cores), (1, 4096, 0));
        assert!(changes.has_changed().expect("open") && settings.applied().file_refused.is_empty());
        // The same once more touches nothing.
        changes.mark_unchanged();
        settings.apply_file(file);
        assert!(!changes.has_changed().expect("open"));
        settings.apply(snapshot(2, json!({})));
        let gateway = settings.handles.gateway.get();
        assert_eq!((gateway.routes.len(), gateway.max_body_bytes), (1, Config::default().gateway.max_body_bytes));
    }

    #[test]
    fn every_key_that_may_change_stands_in_a_section_that_services_hold() {
        for key in Config::default().catalogue().keys.iter() {
            let section = key.name.split('.').next().unwrap_or_default();
            assert!(Handles::SECTIONS.contains(&section), "{}: nobody is told when it changes", key.name);
        }
    }

    #[test]
    fn a_value_that_only_the_whole_look_refuses_keeps_no_other_out() {
        let settings = ProcessSettings::new(Config::default(), AppliedState::default());
        let values = json!({ "auth.access_token_seconds": 60, "auth.sign_in_url": "javascript:0" });
        settings.apply(snapshot(1, values));
        assert_eq!(settings.handles.auth.get().access_token_seconds, 60);
        assert_eq!(settings.handles.auth.get().sign_in_url, "");
        assert_eq!(settings.applied().refused.len(), 1, "{:?}", settings.applied());
    }

    #[test]
    fn a_version_that_is_given_again_for_other_values_is_applied() {
        let settings = ProcessSettings::new(Config::default(), AppliedState::default());
        settings.apply(snapshot(1, json!({ "auth.access_token_seconds": 60 })));
        settings.apply(snapshot(1, json!({ "auth.access_token_seconds": 90 })));
        assert_eq!(settings.handles.auth.get().access_token_seconds, 90);
    }

    #[test]
    fn what_is_taken_back_is_as_at_the_start_again() {
        let mut start = Config::default();
        start.auth.access_token_seconds = 240;
        let settings = ProcessSettings::new(start, AppliedState::default());
        settings.apply(snapshot(1, json!({ "auth.access_token_seconds": 60 })));
        settings.apply(snapshot(2, json!({})));
        assert_eq!(settings.handles.auth.get().access_token_seconds, 240);
        assert_eq!(settings.applied().version, Some(2));
    }
}
