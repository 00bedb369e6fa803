//! The configuration as people may see it: secrets masked, each value with its origin.

use super::Layers;
use orion_contracts::settings::SettingValues;
use orion_infra::config::{is_cut, variable};
use serde::Serialize;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::mem;
use toml::Value;

/// What stands for a secret.
const MASK: &str = "********";

/// One key as shown.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// The key.
    pub key: String,
    /// Its value, secrets masked.
    pub value: String,
    /// Where it came from.
    pub origin: String,
    /// What a setting lies over.
    pub over: Option<Covered>,
    /// The environment variable that sets it.
    pub variable: String,
}

/// What a process starts with where a setting has another value.
#[derive(Debug, Serialize)]
pub struct Covered {
    /// The value.
    pub value: String,
    /// Where it came from.
    pub origin: String,
}

impl Shown {
    /// The value for a person.
    pub fn visible(&self) -> &str {
        visible(&self.value)
    }

    /// Where the value came from, and what it lies over.
    pub fn origins(&self) -> String {
        match &self.over {
            None => self.origin.clone(),
            Some(Covered { value, origin }) => format!("{} *, over {} ({origin})", self.origin, visible(value)),
        }
    }
}

/// A text as a person sees it, also when it is empty.
fn visible(text: &str) -> &str {
    if text.is_empty() { "\"\"" } else { text }
}

/// Where a value came from that was changed while ORION ran.
const SETTING: &str = "setting";

/// Lays settings over what a process starts with; how many of these keys they are.
pub fn cover(rows: &mut [Shown], settings: &SettingValues) -> usize {
    let mut count = 0;
    for row in rows {
        let Some(value) = settings.get(&row.key) else { continue };
        let value = mem::replace(&mut row.value, masked(value, false));
        let origin = mem::replace(&mut row.origin, SETTING.to_owned());
        row.over = Some(Covered { value, origin });
        count += 1;
    }
    count
}

/// All keys.
pub fn shown(layers: &Layers) -> Vec<Shown> {
    let show = |name: &str| {
        let (key, value) = (layers.keys().get(name)?, layers.get(name));
        Some(Shown {
            value: value.map_or_else(String::new, |value| text(value, key.kind.is_secret())),
            origin: layers.origin(name).to_owned(),
            over: None,
            variable: variable(name),
            key: name.to_owned(),
        })
    };
    layers.names().into_iter().filter_map(show).collect()
}

/// A value of a setting for a person, secrets masked.
pub fn setting_text(value: &Json) -> String {
    visible(&masked(value, false)).to_owned()
}

/// The same of a value that came as JSON: written as if it stood in a file.
fn masked(value: &Json, is_secret_key: bool) -> String {
    // JSON has null, and numbers that TOML has not; no key takes them.
    Value::try_from(value).map_or_else(|_| value.to_string(), |value| text(&value, is_secret_key))
}

/// A value as text, secrets masked.
fn text(value: &Value, is_secret_key: bool) -> String {
    match value {
        Value::String(text) if text.is_empty() => String::new(),
        Value::String(text) => mask(text, is_secret_key),
        other => other.to_string(),
    }
}

/// A secret hides whole, unless it is a URL: that is shown without its password and the values of its parameters, which may
/// be anything. What is no secret may be a URL with a password as well. One whose password is cut shows no part of it.
fn mask(text: &str, is_secret_key: bool) -> String {
    match url::Url::parse(text) {
        Ok(mut url) if url.has_host() => {
            let has_password = url.password().is_some();
            if is_cut(text) && (is_secret_key || has_password) {
                return MASK.to_owned();
            }
            let is_secret = |name: &str| is_secret_key || is_secret(name);
            let has_secret = url.query_pairs().any(|(name, _)| is_secret(&name));
            let has_fragment = is_secret_key && url.fragment().is_some();
            // Where nothing is to be hidden it stays as it was written.
            if !has_password && !has_secret && !has_fragment {
                return text.to_owned();
            }
            if has_password && url.set_password(Some(MASK)).is_err() {
                return MASK.to_owned();
            }
            if has_fragment {
                url.set_fragment(None);
            }
            if has_secret {
                let masked = |(name, value): (Cow<'_, str>, Cow<'_, str>)| match is_secret(&name) {
                    true => (name.into_owned(), MASK.to_owned()),
                    false => (name.into_owned(), value.into_owned()),
                };
                let pairs: Vec<_> = url.query_pairs().map(masked).collect();
                url.query_pairs_mut().clear().extend_pairs(pairs);
            }
            url.to_string()
        }
        _ if is_secret_key => MASK.to_owned(),
        _ => text.to_owned(),
    }
}

/// Whether a parameter of a URL is one, such as `password` of PostgreSQL's.
fn is_secret(parameter: &str) -> bool {
    let parameter = parameter.to_ascii_lowercase();
    ["password", "secret", "token"].iter().any(|word| parameter.contains(word))
}

#[cfg(test)]
mod tests {
    use super::{Shown, cover, mask, setting_text};
    use crate::config::{Config, Keys, Kind};
    use orion_contracts::settings::SettingValues;
    use serde_json::json;

    #[test]
    fn secrets_are_masked_and_the_rest_is_shown() {
        assert_eq!(mask("abc", true), "********");
        assert_eq!(mask("postgres://u:p@h:5/d", true), "postgres://u:********@h:5/d");
        assert_eq!(mask("postgres://h/d?user=u&pwd=p", true), "postgres://h/d?user=********&pwd=********");
        assert_eq!(mask("https://h/?a=b&password=p", false), "https://h/?a=b&password=********");
        assert_eq!(mask("smtp://u:p@h/#sesame", true), "smtp://u:********@h/");
        assert_eq!(mask("host=h password=p", true), "********");
        assert_eq!(mask("https://u:p@h/", false), "https://u:********@h/");
        assert_eq!(mask("https://h/?mail=a@b", false), "https://h/?mail=a@b");
        for cut in ["postgres://u:p@ss#sesame@h/d", "amqp://u:p@ss/sesame@h", "postgres://u:12/sesame@h/d"] {
            assert_eq!((&*mask(cut, true), &*mask("https://u:p@s#sesame@h/", false)), ("********", "********"));
        }
        assert_eq!(mask("orion", false), "orion");
        assert_eq!(mask("https://h", false), "https://h");
    }

    #[test]
    fn a_setting_is_masked_as_what_it_lies_over_is_and_shown_when_it_is_empty() {
        let row = |value: &str| Shown {
            key: "auth.verification_url".to_owned(),
            value: value.to_owned(),
            origin: "default".to_owned(),
            over: None,
            variable: String::new(),
        };
        let (url, told) = ("https://x.example/?secret=abc", "https://x.example/?secret=********");
        let mut rows = [row("")];
        assert_eq!(cover(&mut rows, &SettingValues::from([("auth.verification_url".to_owned(), json!(url))])), 1);
        assert_eq!((&*rows[0].value, rows[0].origins()), (told, "setting *, over \"\" (default)".to_owned()));
        let texts = [json!(url), json!(""), json!(7), json!(null)].map(|value| setting_text(&value));
        assert_eq!(texts, [told, "\"\"", "7", "null"]);
    }

    /// By its type: one that a later section adds is masked without being named anywhere.
    #[test]
    fn every_key_whose_name_speaks_of_a_secret_is_one() {
        for key in Keys::of::<Config>().all() {
            let name = key.name.rsplit('.').next().unwrap_or_default();
            let speaks =
                ["secret", "password", "master_key", "smtp_url", "api_key"].iter().any(|word| name.contains(word));
            // A number is none, nor is the address of a page where passwords are chosen.
            let counts = matches!(key.kind, Kind::Whole { .. }) || name == "password_reset_url";
            assert!(!speaks || counts || key.kind.is_secret(), "{}", key.name);
        }
    }
}
