//! Settings: what stands over the values with which processes started. A change is looked at whole, as a process does at its
//! start, before it is kept; each process then applies it, or says what it could not.

use super::instances::Instances;
use crate::error::AdminError;
use crate::store::settings::{self as store, Stored};
use orion_contracts::audit::AuditAction;
use orion_contracts::bus::BusMessage;
use orion_contracts::settings::{
    AppliedSettings, PutSetting, Setting, SettingChange, SettingList, SettingSnapshot, SettingValues,
};
use orion_contracts::{FieldCode, Problem};
use orion_http::Caller;
use orion_infra::Infra;
use orion_infra::audit::AuditRecord;
use orion_infra::config::ConfigFault;
use orion_infra::settings::{Catalogue, DynamicKey};
use orion_infra::versions::SeenVersions;
use serde_json::{Value as Json, json};
use std::collections::HashMap;

/// The settings of the platform.
#[derive(Clone)]
pub(crate) struct PlatformSettings {
    infra: Infra,
    catalogue: Catalogue,
}

impl PlatformSettings {
    /// Of the keys that may change.
    pub(crate) fn new(infra: Infra, catalogue: Catalogue) -> Self {
        Self { infra, catalogue }
    }

    /// All of them, and what the instances that are there have applied.
    pub(crate) async fn list(&self, instances: &Instances) -> Result<SettingList, Problem> {
        let read = self.infra.db.read();
        let version = store::version(read).await?;
        let mut stored: HashMap<_, _> = store::all(read).await?.into_iter().map(|one| (one.key.clone(), one)).collect();
        let keys = self.catalogue.keys.iter();
        let mut items: Vec<_> = keys.map(|key| setting(key, stored.remove(&key.name))).collect();
        // What another version has kept and this one does not know can still be taken back.
        items.extend(stored.into_values().filter(|one| one.value.is_some()).map(unknown));
        let applied = |announced: orion_contracts::bus::Announcement| AppliedSettings {
            instance: announced.instance,
            service: announced.service,
            version: announced.settings_version,
            refused: announced.settings_refused,
        };
        let instances = instances.all(self.infra.clock.monotonic()).into_iter().map(applied).collect();
        Ok(SettingList { version, items, instances })
    }

    /// One of them.
    pub(crate) async fn find(&self, key: &str) -> Result<Setting, Problem> {
        check_name(key).map_err(|_| AdminError::NoSuchSetting)?;
        let stored = store::find(self.infra.db.read(), key).await?;
        self.described(key, stored)
    }

    /// A setting as this version knows it. One that it does not know is there for as long as a value stands.
    fn described(&self, name: &str, stored: Option<Stored>) -> Result<Setting, Problem> {
        let key = self.catalogue.keys.iter().find(|key| key.name == name);
        match (key, stored) {
            (Some(key), stored) => Ok(setting(key, stored)),
            (None, Some(stored)) if stored.value.is_some() => Ok(unknown(stored)),
            (None, _) => Err(AdminError::NoSuchSetting.into()),
        }
    }

    /// Puts a value over the start's.
    pub(crate) async fn put(
        &self,
        caller: &Caller,
        key: &str,
        seen: &SeenVersions,
        put: PutSetting,
    ) -> Result<Setting, Problem> {
        self.change(caller, key, seen, Some(put.value), put.reason).await
    }

    /// Gives the start's value back.
    pub(crate) async fn reset(&self, caller: &Caller, key: &str, seen: &SeenVersions) -> Result<Setting, Problem> {
        self.change(caller, key, seen, None, None).await
    }

    async fn change(
        &self,
        caller: &Caller,
        key: &str,
        seen: &SeenVersions,
        after: Option<Json>,
        reason: Option<String>,
    ) -> Result<Setting, Problem> {
        check_name(key).map_err(|_| AdminError::NoSuchSetting)?;
        self.infra
            .write(caller, async |change| {
                // First of all, for it lets one change in after the other.
                let version = store::next_version(change).await?;
                let all = store::all(change).await?;
                let stored = all.iter().find(|one| one.key == key);
                let is_known = self.catalogue.keys.iter().any(|known| known.name == key);
                if !is_known && (after.is_some() || stored.is_none_or(|one| one.value.is_none())) {
                    return Err(AdminError::NoSuchSetting.into());
                }
                seen.check(stored.map_or(0, |one| one.version))?;
                let before = stored.and_then(|one| one.value.clone());
                self.check(&all, key, after.as_ref())?;
                let made = SettingChange {
                    version,
                    key: key.to_owned(),
                    before,
                    after: after.clone(),
                    reason: reason.clone(),
                    changed_by: Some(caller.user_id()),
                    changed_at: change.now(),
                };
                store::record(change, &made).await?;
                let words = match &made.after {
                    Some(_) => format!("Set {key}"),
                    None => format!("Gave {key} the value of the start back"),
                };
                let record = AuditRecord::new(AuditAction::SettingChange, "setting", words).on(key);
                change.audit(record.values(made.before.clone(), made.after.clone()));
                change.announce(BusMessage::SettingsChanged { version });
                let stored = Stored::from(made);
                if is_known { self.described(key, Some(stored)) } else { Ok(unknown(stored)) }
            })
            .await
    }

    /// Refuses what no process could start with. Values that stand there already and have become wrong, after an upgrade, are
    /// no reason: whoever mends one of them must be able to.
    fn check(&self, all: &[Stored], key: &str, after: Option<&Json>) -> Result<(), Problem> {
        let mut values = values(all);
        let before = (self.catalogue.check)(&values);
        match after {
            Some(value) => values.insert(key.to_owned(), value.clone()),
            None => values.remove(key),
        };
        let faults = (self.catalogue.check)(&values);
        let new: Vec<_> = faults.into_iter().filter(|fault| !before.contains(fault)).collect();
        if new.is_empty() { Ok(()) } else { Err(told(key, new)) }
    }

    /// Changes before a version, newest first: up to one more than asked for.
    pub(crate) async fn changes(
        &self,
        key: Option<&str>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<SettingChange>, Problem> {
        if let Some(Err(message)) = key.map(check_name) {
            return Err(Problem::validation().field("key", FieldCode::Invalid, message));
        }
        Ok(store::changes(self.infra.db.read(), key, before, u64::from(limit) + 1).await?)
    }

    /// What every process applies. The version is read first: values that are newer are read once more.
    pub(crate) async fn snapshot(&self) -> Result<SettingSnapshot, Problem> {
        let read = self.infra.db.read();
        let version = store::version(read).await?;
        Ok(SettingSnapshot { version, values: values(&store::all(read).await?) })
    }
}

/// Whether a key may be called so: databases do not take every text that a path or a query can have.
fn check_name(key: &str) -> Result<(), &'static str> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    match !key.is_empty() && key.len() <= 200 && key.bytes().all(fits) {
        true => Ok(()),
        false => Err("must be the name of a key, such as auth.access_token_seconds"),
    }
}

fn values(all: &[Stored]) -> SettingValues {
    all.iter().filter_map(|one| Some((one.key.clone(), one.value.clone()?))).collect()
}

fn setting(key: &DynamicKey, stored: Option<Stored>) -> Setting {
    let value = stored.as_ref().and_then(|one| one.value.clone());
    Setting {
        key: key.name.clone(),
        description: key.words.clone(),
        schema: key.schema.clone(),
        is_changed: value.is_some(),
        value: value.unwrap_or_else(|| key.start.clone()),
        start_value: key.start.clone(),
        version: stored.as_ref().map_or(0, |one| one.version),
        changed_at: stored.as_ref().map(|one| one.changed_at),
        changed_by: stored.as_ref().and_then(|one| one.changed_by),
    }
}

/// One that this version does not know: there is nothing to say of it but that it stands there.
fn unknown(stored: Stored) -> Setting {
    Setting {
        key: stored.key,
        description: "This version of ORION does not know the key; it can only be taken back.".to_owned(),
        schema: json!({}),
        is_changed: stored.value.is_some(),
        value: stored.value.unwrap_or_default(),
        start_value: Json::Null,
        version: stored.version,
        changed_at: Some(stored.changed_at),
        changed_by: stored.changed_by,
    }
}

impl From<SettingChange> for Stored {
    fn from(made: SettingChange) -> Self {
        let SettingChange { key, after, version, changed_by, changed_at, .. } = made;
        Self { key, value: after, version, changed_by, changed_at }
    }
}

/// The problem: of the value itself, or of another key that it does not go with.
fn told(key: &str, faults: Vec<ConfigFault>) -> Problem {
    faults.into_iter().fold(Problem::validation(), |problem, fault| match fault.key == key {
        true => problem.field("value", FieldCode::Invalid, fault.message),
        false => {
            problem.field("value", FieldCode::Invalid, format!("does not go with {}: {}", fault.key, fault.message))
        }
    })
}
