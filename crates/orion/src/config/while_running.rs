//! What of a configuration may change while a process runs, and the configuration with such changes.

use super::{Config, Keys};
use orion_contracts::settings::SettingValues;
use orion_contracts::{FieldCode, FieldFault};
use orion_infra::config::ConfigFault;
use orion_infra::settings::{Catalogue, DynamicKey};
use serde_json::Value as Json;
use std::sync::{Arc, LazyLock};

impl Config {
    /// All keys. They are the same for as long as the program runs.
    pub fn keys() -> &'static Keys {
        static KEYS: LazyLock<Keys> = LazyLock::new(Keys::of::<Config>);
        &KEYS
    }

    /// This configuration with other values of some keys, looked at whole as at a start; or what is wrong with it.
    pub fn with(&self, values: &SettingValues) -> Result<Self, Vec<ConfigFault>> {
        if values.is_empty() {
            return Ok(self.clone());
        }
        let mut faults = Vec::new();
        let mut whole = written(self);
        for (name, value) in values {
            match accepted(Self::keys(), name, value) {
                Ok(()) => put(&mut whole, name, value.clone()),
                Err(fault) => faults.push(ConfigFault::new(name, fault.code, fault.message)),
            }
        }
        // The others are looked at together, whatever is wrong with these.
        match serde_path_to_error::deserialize::<_, Self>(whole) {
            Ok(config) => {
                faults.extend(config.check());
                if faults.is_empty() { Ok(config) } else { Err(faults) }
            }
            Err(error) => {
                faults.push(ConfigFault::new(
                    error.path().to_string(),
                    FieldCode::Invalid,
                    error.into_inner().to_string(),
                ));
                Err(faults)
            }
        }
    }

    /// What can be changed while the platform runs, beginning with this configuration.
    pub(crate) fn catalogue(&self) -> Catalogue {
        let start = Arc::new(self.clone());
        let whole = written(self);
        let dynamic = Self::keys().all().filter(|key| key.is_dynamic).map(|key| DynamicKey {
            name: key.name.clone(),
            words: key.words.clone(),
            schema: key.schema.clone(),
            start: whole.pointer(&pointer(&key.name)).cloned().unwrap_or_default(),
        });
        let keys = dynamic.collect::<Vec<_>>().into();
        Catalogue { keys, check: Arc::new(move |values| start.with(values).err().unwrap_or_default()) }
    }
}

/// The keys by which two configurations differ, without their values: some are secrets.
pub(crate) fn differing(one: &Config, other: &Config) -> Vec<String> {
    let (one, other) = (written(one), written(other));
    let differs = |name: &&str| one.pointer(&pointer(name)) != other.pointer(&pointer(name));
    Config::keys().all().map(|key| key.name.as_str()).filter(differs).map(str::to_owned).collect()
}

/// Whether a key may have this value while a process runs; what is wrong with it otherwise.
fn accepted(keys: &Keys, name: &str, value: &Json) -> Result<(), FieldFault> {
    let unknown = || FieldFault::new(FieldCode::Unknown, "is no key of this version");
    let key = keys.get(name).ok_or_else(unknown)?;
    if !key.is_dynamic {
        return Err(FieldFault::new(FieldCode::Invalid, "is read at the start only"));
    }
    key.kind.accept_json(value).map(drop)
}

/// A configuration as JSON. Secrets are in it: it goes nowhere but back into a configuration.
fn written(config: &Config) -> Json {
    serde_json::to_value(config).unwrap_or_default()
}

fn pointer(key: &str) -> String {
    format!("/{}", key.replace('.', "/"))
}

fn put(whole: &mut Json, key: &str, value: Json) {
    if let Some(place) = whole.pointer_mut(&pointer(key)) {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn values(pairs: &[(&str, Json)]) -> SettingValues {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
    }

    #[test]
    fn a_value_takes_the_place_of_the_starts_and_everything_else_stays() {
        let start = Config { namespace: "mine".to_owned(), ..Config::default() };
        let changed = start.with(&values(&[("auth.access_token_seconds", json!(120))])).expect("valid");
        assert_eq!((changed.auth.access_token_seconds, &*changed.namespace), (120, "mine"));
        assert_eq!(written(&start.with(&SettingValues::new()).expect("valid")), written(&start));
    }

    #[test]
    fn what_differs_is_named_by_its_key() {
        let (one, mut other) = (Config::default(), Config::default());
        assert_eq!(differing(&one, &other), Vec::<String>::new());
        other.gateway.max_body_bytes += 1;
        other.secrets.master_key = orion_contracts::Secret::new("of another");
        let mut found = differing(&one, &other);
        found.sort_unstable();
        assert_eq!(found, ["gateway.max_body_bytes", "secrets.master_key"]);
    }

    #[test]
    fn all_that_cannot_be_changed_is_told_by_its_key() {
        let faults = Config::default()
            .with(&values(&[
                ("auth.access_token_seconds", json!(0)),
                ("auth.password_min_length", json!("many")),
                ("database.max_connections", json!(5)),
                ("of.tomorrow", json!(true)),
                ("users.verification_hours", json!(null)),
            ]))
            .expect_err("refused");
        let told: Vec<_> = faults.iter().map(|fault| format!("{}: {}", fault.key, fault.message)).collect();
        for (line, part) in told.iter().zip(["1 to 3600, but is 0", "but is", "start only", "no key", "whole number"]) {
            assert!(line.contains(part), "{line}");
        }
        assert_eq!(told.len(), 5, "{told:?}");
        // What is wrong already hides nothing of what comes.
        let both = values(&[("of.tomorrow", json!(true)), ("auth.sign_in_url", json!("javascript:0"))]);
        let faults = Config::default().with(&both).expect_err("refused");
        assert_eq!(faults.iter().map(|fault| &*fault.key).collect::<Vec<_>>(), ["of.tomorrow", "auth.sign_in_url"]);
        // What bounds cannot say is looked at as at a start.
        let faults = Config::default().with(&values(&[("log.filter", json!("loud"))])).expect_err("refused");
        assert_eq!(faults[0].key, "log.filter");
    }

    #[test]
    fn a_long_value_that_is_refused_is_not_repeated_whole() {
        let long = "x".repeat(10_000);
        for value in [json!([null, long]), json!({ "a": [null, long] }), json!([long]), json!(long)] {
            let faults = Config::default().with(&values(&[("auth.access_token_seconds", value)])).expect_err("refused");
            assert!(faults[0].message.len() < 200, "{faults:?}");
        }
    }

    /// What is told to every process and kept in a table must be no secret.
    #[test]
    fn what_may_change_is_no_secret_and_has_its_start() {
        let catalogue = Config::default().catalogue();
        assert!(catalogue.keys.len() > 10);
        let all = Config::keys();
        for key in catalogue.keys.iter() {
            assert!(!all.get(&key.name).expect("known").kind.is_secret(), "{}", key.name);
            assert!(!key.start.is_null(), "{}", key.name);
            // It stands in every answer, in the audit log and in the memory of every process.
            let is_text = key.schema["type"] == "string";
            assert!(!is_text || key.schema["maxLength"].is_number(), "{}: a greatest length", key.name);
            assert!((catalogue.check)(&values(&[(&key.name, key.start.clone())])).is_empty(), "{}", key.name);
        }
    }
}
