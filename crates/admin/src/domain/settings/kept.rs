//! Settings as they are kept, for whoever only reads: the console's API, and commands beside a running platform.

use super::check_name;
use crate::error::AdminError;
use crate::store::settings::{self as store, Stored};
use orion_contracts::Problem;
use orion_contracts::settings::{Setting, SettingChange, SettingSnapshot, SettingValues};
use orion_infra::Db;
use orion_infra::settings::{Catalogue, DynamicKey};
use serde_json::{Value as Json, json};
use std::collections::HashMap;

/// What is kept in admin's database.
#[derive(Clone)]
pub struct KeptSettings {
    db: Db,
    pub(super) catalogue: Catalogue,
}

impl KeptSettings {
    /// Of the keys that may change.
    pub fn new(db: Db, catalogue: Catalogue) -> Self {
        Self { db, catalogue }
    }

    /// The version, and all of them.
    pub async fn list(&self) -> Result<(i64, Vec<Setting>), Problem> {
        let read = self.db.read();
        let version = store::version(read).await?;
        let mut stored: HashMap<_, _> = store::all(read).await?.into_iter().map(|one| (one.key.clone(), one)).collect();
        let keys = self.catalogue.keys.iter();
        let mut items: Vec<_> = keys.map(|key| setting(key, stored.remove(&key.name))).collect();
        // What another version has kept and this one does not know can still be taken back.
        items.extend(stored.into_values().filter(|one| one.value.is_some()).map(unknown));
        Ok((version, items))
    }

    /// One of them.
    pub async fn find(&self, key: &str) -> Result<Setting, Problem> {
        check_name(key).map_err(|_| AdminError::NoSuchSetting)?;
        let stored = store::find(self.db.read(), key).await?;
        self.described(key, stored)
    }

    /// A setting as this version knows it. One that it does not know is there for as long as a value stands.
    pub(super) fn described(&self, name: &str, stored: Option<Stored>) -> Result<Setting, Problem> {
        match (self.key(name), stored) {
            (Some(key), stored) => Ok(setting(key, stored)),
            (None, Some(stored)) if stored.value.is_some() => Ok(unknown(stored)),
            (None, _) => Err(AdminError::NoSuchSetting.into()),
        }
    }

    /// A setting that was just changed.
    pub(super) fn changed(&self, stored: Stored) -> Setting {
        match self.key(&stored.key) {
            Some(key) => setting(key, Some(stored)),
            None => unknown(stored),
        }
    }

    pub(super) fn key(&self, name: &str) -> Option<&DynamicKey> {
        self.catalogue.keys.iter().find(|key| key.name == name)
    }

    /// Changes before a version, newest first: up to one more than asked for.
    pub async fn changes(
        &self,
        key: Option<&str>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<SettingChange>, Problem> {
        if let Some(Err(fault)) = key.map(check_name) {
            return Err(Problem::validation().field("key", fault.code, fault.message));
        }
        Ok(store::changes(self.db.read(), key, before, u64::from(limit) + 1).await?)
    }

    /// What every process applies. The version is read first: values that are newer are read once more.
    pub async fn snapshot(&self) -> Result<SettingSnapshot, Problem> {
        let read = self.db.read();
        let version = store::version(read).await?;
        Ok(SettingSnapshot { version, values: values(&store::all(read).await?) })
    }
}

pub(super) fn values(all: &[Stored]) -> SettingValues {
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
