//! Settings: what stands over the values with which processes started. A change is looked at whole, as a process does at its
//! start, before it is kept; each process then applies it, or says what it could not.

mod kept;

pub use kept::KeptSettings;

use super::instances::Instances;
use crate::error::AdminError;
use crate::store::settings::{self as store, Stored};
use kept::values;
use orion_contracts::audit::AuditAction;
use orion_contracts::bus::BusMessage;
use orion_contracts::settings::{AppliedSettings, PutSetting, Setting, SettingChange, SettingList};
use orion_contracts::{Author, FieldCode, FieldFault, Problem, text};
use orion_infra::audit::AuditRecord;
use orion_infra::config::ConfigFault;
use orion_infra::settings::Catalogue;
use orion_infra::versions::SeenVersions;
use orion_infra::{Change, Infra};
use serde_json::Value as Json;

/// The settings of the platform.
#[derive(Clone)]
pub struct PlatformSettings {
    infra: Infra,
    /// As they are kept.
    pub kept: KeptSettings,
}

/// A change that somebody wants.
struct Wanted<'a> {
    key: &'a str,
    /// The value; none for that of the start.
    after: Option<Json>,
    reason: Option<&'a str>,
}

impl PlatformSettings {
    /// Of the keys that may change.
    pub fn new(infra: Infra, catalogue: Catalogue) -> Self {
        Self { kept: KeptSettings::new(infra.db.clone(), catalogue), infra }
    }

    /// All of them, and what the instances that are there have applied.
    pub(crate) async fn list(&self, instances: &Instances) -> Result<SettingList, Problem> {
        let (version, items) = self.kept.list().await?;
        let applied = |announced: orion_contracts::bus::Announcement| AppliedSettings {
            instance: announced.instance,
            service: announced.service,
            version: announced.settings_version,
            refused: announced.settings_refused,
        };
        let instances = instances.all(self.infra.clock.monotonic()).into_iter().map(applied).collect();
        Ok(SettingList { version, items, instances })
    }

    /// Puts a value over the start's.
    pub async fn put(
        &self,
        author: impl Into<Author>,
        key: &str,
        seen: &SeenVersions,
        put: PutSetting,
    ) -> Result<Setting, Problem> {
        let wanted = Wanted { key, after: Some(whole(put.value)), reason: put.reason.as_deref() };
        self.change(author.into(), seen, wanted).await
    }

    /// Gives the start's value back. Where nothing stands over it, nothing is changed.
    pub async fn reset(
        &self,
        author: impl Into<Author>,
        key: &str,
        seen: &SeenVersions,
        reason: Option<&str>,
    ) -> Result<Setting, Problem> {
        self.change(author.into(), seen, Wanted { key, after: None, reason }).await
    }

    /// Gives the start's values back of all that were changed, those included that this version does not know; which.
    pub async fn reset_all(&self, author: impl Into<Author>, reason: Option<&str>) -> Result<Vec<Setting>, Problem> {
        reason.map_or(Ok(()), check_reason)?;
        self.infra
            .write(author.into(), async |change| {
                // Other changes wait from here on; a version is taken for each that there is to take back.
                store::hold_version(change).await?;
                let mut taken_back = Vec::new();
                for stored in store::all(change).await?.into_iter().filter(|one| one.value.is_some()) {
                    let version = store::next_version(change).await?;
                    let wanted = Wanted { key: &stored.key, after: None, reason };
                    let stored = make(change, version, stored.value.clone(), &wanted).await?;
                    taken_back.push(self.kept.changed(stored));
                }
                match taken_back.last() {
                    Some(last) => change.announce(BusMessage::SettingsChanged { version: last.version }),
                    None => change.unaudited("there was nothing to take back"),
                }
                Ok(taken_back)
            })
            .await
    }

    async fn change(&self, author: Author, seen: &SeenVersions, wanted: Wanted<'_>) -> Result<Setting, Problem> {
        let Wanted { key, after, reason } = &wanted;
        check_name(key).map_err(|_| AdminError::NoSuchSetting)?;
        reason.map_or(Ok(()), check_reason)?;
        self.infra
            .write(author, async |change| {
                if after.is_none() {
                    let stored = store::find(change, key).await?;
                    if stored.as_ref().is_none_or(|one| one.value.is_none()) {
                        // There is nothing to take back, and so nothing that anybody has to be told of.
                        let setting = self.kept.described(key, stored)?;
                        seen.check(setting.version)?;
                        return Ok(setting);
                    }
                }
                // Before all else is read, for it lets one change in after the other.
                let version = store::next_version(change).await?;
                let all = store::all(change).await?;
                let stored = all.iter().find(|one| one.key == *key);
                let is_known = self.kept.key(key).is_some();
                if !is_known && (after.is_some() || stored.is_none_or(|one| one.value.is_none())) {
                    return Err(AdminError::NoSuchSetting.into());
                }
                seen.check(stored.map_or(0, |one| one.version))?;
                self.check(&all, key, after.as_ref())?;
                let before = stored.and_then(|one| one.value.clone());
                let stored = make(change, version, before, &wanted).await?;
                change.announce(BusMessage::SettingsChanged { version });
                Ok(self.kept.changed(stored))
            })
            .await
    }

    /// Refuses what no process could start with. Values of other keys that stand there already and have become wrong, after an
    /// upgrade, are no reason: whoever mends one of them must be able to.
    fn check(&self, all: &[Stored], key: &str, after: Option<&Json>) -> Result<(), Problem> {
        let check = &self.kept.catalogue.check;
        let mut values = values(all);
        let before = check(&values);
        match after {
            Some(value) => values.insert(key.to_owned(), value.clone()),
            None => values.remove(key),
        };
        let faults = check(&values);
        let is_new = |fault: &ConfigFault| !before.contains(fault) || after.is_some() && fault.key == key;
        let new: Vec<_> = faults.into_iter().filter(is_new).collect();
        if new.is_empty() { Ok(()) } else { Err(told(key, new)) }
    }
}

/// Writes a change down, with its line in the history and its audit entry.
async fn make(change: &mut Change, version: i64, before: Option<Json>, wanted: &Wanted<'_>) -> Result<Stored, Problem> {
    let changed_by = change.author().principal.user_id();
    let made = SettingChange {
        version,
        key: wanted.key.to_owned(),
        before,
        after: wanted.after.clone(),
        reason: wanted.reason.map(str::to_owned),
        changed_by,
        changed_at: change.now(),
    };
    store::record(change, &made).await?;
    let what = match &made.after {
        Some(_) => format!("Set {}", made.key),
        None => format!("Gave {} the value of the start back", made.key),
    };
    // Nobody else changes settings without being a user.
    let place = if changed_by.is_none() { " on the machine" } else { "" };
    let record = AuditRecord::new(AuditAction::SettingChange, "setting", what + place).on(&made.key);
    change.audit(record.values(made.before.clone(), made.after.clone()));
    Ok(Stored::from(made))
}

/// A value with its numbers as they are kept: 300.0, 3e2 and -0 are the integers 300 and 0, also to JSON Schema.
fn whole(value: Json) -> Json {
    match value {
        Json::Number(number) => Json::Number(integer(&number).map_or(number, serde_json::Number::from)),
        Json::Array(items) => items.into_iter().map(whole).collect(),
        Json::Object(fields) => fields.into_iter().map(|(name, value)| (name, whole(value))).collect(),
        other => other,
    }
}

/// What a number that was written as a fraction is without one, where it has none and a double tells it from the next.
fn integer(number: &serde_json::Number) -> Option<i64> {
    let number = number.as_f64().filter(|_| number.is_f64())?;
    let is_exact = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
    #[allow(clippy::cast_possible_truncation, reason = "it has no fraction, and fits")]
    is_exact.then_some(number as i64)
}

/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// Whether a reason can be kept, whoever gives it: a body, a query or a command.
fn check_reason(reason: &str) -> Result<(), Problem> {
    let refuse = |fault: FieldFault| Err(Problem::validation().field("reason", fault.code, fault.message));
    if reason.chars().count() > LONGEST_REASON {
        return refuse(FieldFault::new(FieldCode::TooLong, format!("must have at most {LONGEST_REASON} characters")));
    }
    text::check_name(reason).or_else(refuse)
}

/// The longest name of a key that is looked up.
const LONGEST_KEY: usize = 200;

/// Whether a key may be called so: databases do not take every text that a path or a query can have.
fn check_name(key: &str) -> Result<(), FieldFault> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let code = match key.len() {
        0 => FieldCode::Required,
        length if length > LONGEST_KEY => FieldCode::TooLong,
        _ if !key.bytes().all(fits) => FieldCode::Invalid,
        _ => return Ok(()),
    };
    Err(FieldFault::new(code, "must be the name of a key, such as auth.access_token_seconds"))
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
        true => problem.field("value", fault.code, fault.message),
        false => {
            problem.field("value", FieldCode::Invalid, format!("does not go with {}: {}", fault.key, fault.message))
        }
    })
}
