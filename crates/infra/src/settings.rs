//! Handles to configuration that may change while a process runs. A service holds the handle and asks it at each use; keys
//! that are not marked `dynamic` have the value that the process started with, also there.

use crate::config::ConfigFault;
use arc_swap::ArcSwap;
use orion_contracts::settings::SettingValues;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// A section of the configuration as it is now. Cloning shares it.
#[derive(Debug)]
pub struct Settings<T>(Arc<Shared<T>>);

#[derive(Debug)]
struct Shared<T> {
    value: ArcSwap<T>,
    changes: watch::Sender<()>,
}

impl<T> Clone for Settings<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Settings<T> {
    /// What the process starts with.
    pub fn new(value: T) -> Self {
        Self(Arc::new(Shared { value: ArcSwap::from_pointee(value), changes: watch::Sender::new(()) }))
    }

    /// The section as it is now. Who needs several keys that belong together asks once.
    pub fn get(&self) -> Arc<T> {
        self.0.value.load_full()
    }

    /// Puts another one in its place, and wakes those who follow it.
    pub fn set(&self, value: T) {
        self.0.value.store(Arc::new(value));
        self.0.changes.send_replace(());
    }

    /// For whoever makes something of the section and has to make it anew.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.0.changes.subscribe()
    }
}

/// What of the settings a process has applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// The version, once one was heard.
    pub version: Option<i64>,
    /// What of it could not be applied, with the reason.
    pub refused: Vec<String>,
    /// What is wrong with the file since it was changed: what it said before is in force meanwhile.
    pub file_refused: Vec<String>,
}

/// What this process has applied, for whoever asks how it is. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct AppliedState(Arc<Mutex<Applied>>);

impl AppliedState {
    /// What has been applied until now.
    pub fn get(&self) -> Applied {
        self.lock().clone()
    }

    /// Says what was applied of the settings.
    pub fn set(&self, version: i64, refused: Vec<String>) {
        let mut applied = self.lock();
        (applied.version, applied.refused) = (Some(version), refused);
    }

    /// Says what is wrong with the file; nothing, when it was applied.
    pub fn set_file(&self, refused: Vec<String>) {
        self.lock().file_refused = refused;
    }

    /// Whether all settings are in force here; the text says what is instead.
    pub fn check(&self) -> Result<(), String> {
        match &*self.lock() {
            Applied { version: None, .. } => {
                Err("not heard yet from admin; the values of the start are in force".to_owned())
            }
            Applied { refused, file_refused, .. } if refused.is_empty() && file_refused.is_empty() => Ok(()),
            Applied { refused, file_refused, .. } => {
                let of_start = format!("the values of the start are in force for {}", refused.join("; "));
                let of_file = format!("the file is in force as it was, because of {}", file_refused.join("; "));
                let told = [(refused, of_start), (file_refused, of_file)];
                Err(told
                    .into_iter()
                    .filter(|(what, _)| !what.is_empty())
                    .map(|(_, text)| text)
                    .collect::<Vec<_>>()
                    .join(". "))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Applied> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks at a configuration with these values.
type Check = dyn Fn(&SettingValues) -> Vec<ConfigFault> + Send + Sync;

/// What can be changed while the platform runs, for the service that keeps the settings.
#[derive(Clone)]
pub struct Catalogue {
    /// The keys, in the order of the reference.
    pub keys: Arc<[DynamicKey]>,
    /// What is wrong with a configuration in which these values stand over those of the start.
    pub check: Arc<Check>,
}

/// A key that may change while the platform runs.
#[derive(Debug, Clone)]
pub struct DynamicKey {
    /// Such as `auth.access_token_seconds`.
    pub name: String,
    /// What it is, in Markdown.
    pub words: String,
    /// What it may be, as a JSON Schema.
    pub schema: serde_json::Value,
    /// What this process started with.
    pub start: serde_json::Value,
}

#[cfg(test)]
mod tests {
    use super::{AppliedState, Settings};

    #[test]
    fn what_is_not_in_force_here_is_told() {
        let state = AppliedState::default();
        assert!(state.check().is_err_and(|told| told.contains("not heard yet")));
        state.set(0, Vec::new());
        assert_eq!(state.check(), Ok(()));
        let refused = vec!["users.verification_hours: must be a whole number".to_owned()];
        state.set(4, refused);
        assert!(state.check().is_err_and(|told| told.contains("users.verification_hours")));
        state.set_file(vec!["gateway.routes[0].path: is not a path".to_owned()]);
        assert!(
            state.check().is_err_and(|told| told.contains("users.verification_hours") && told.contains("not a path"))
        );
        state.set(5, Vec::new());
        assert!(state.check().is_err_and(|told| told.starts_with("the file is in force as it was")));
    }

    #[tokio::test]
    async fn what_is_held_stays_and_what_is_asked_for_is_new_and_who_follows_is_woken() {
        let settings = Settings::new(1);
        let (held, shared, mut changes) = (settings.get(), settings.clone(), settings.changes());
        settings.set(2);
        changes.changed().await.expect("told");
        assert_eq!((*held, *shared.get()), (1, 2));
    }
}
