//! The configuration as people may see it: secrets masked, each value with its origin.

use super::Layers;
use orion_infra::config::variable;
use serde::Serialize;
use std::borrow::Cow;
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
    /// The environment variable that sets it.
    pub variable: String,
}

/// All keys.
pub fn shown(layers: &Layers) -> Vec<Shown> {
    let text = |key: &str, value: &Value| match value {
        Value::String(text) => mask(key, text),
        other => other.to_string(),
    };
    let show = |key: String, value: &Value| Shown {
        value: text(&key, value),
        origin: layers.origin(&key).to_owned(),
        variable: variable(&key),
        key,
    };
    let mut all = Vec::new();
    for (name, value) in layers.table() {
        match value {
            Value::Table(section) => {
                all.extend(section.iter().map(|(key, value)| show(format!("{name}.{key}"), value)));
            }
            value => all.push(show(name.clone(), value)),
        }
    }
    all
}

/// Keys hide whole; of URLs the password alone, wherever it stands.
fn mask(key: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    if key.starts_with("secrets.") {
        return MASK.to_owned();
    }
    match url::Url::parse(text) {
        Ok(mut url) if url.password().is_some() || url.query_pairs().any(|(name, _)| is_secret(&name)) => {
            if url.password().is_some() && url.set_password(Some(MASK)).is_err() {
                return MASK.to_owned();
            }
            if url.query().is_some() {
                let masked = |(name, value): (Cow<'_, str>, Cow<'_, str>)| match is_secret(&name) {
                    true => (name.into_owned(), MASK.to_owned()),
                    false => (name.into_owned(), value.into_owned()),
                };
                let pairs: Vec<_> = url.query_pairs().map(masked).collect();
                url.query_pairs_mut().clear().extend_pairs(pairs);
            }
            url.to_string()
        }
        // A connection string that is no URL may hold anything.
        Err(_) if matches!(key, "database.url" | "redis.url" | "amqp.url" | "mail.smtp_url") => MASK.to_owned(),
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
    use super::mask;

    #[test]
    fn secrets_are_masked_and_the_rest_is_shown() {
        assert_eq!(mask("secrets.master_key", "abc"), "********");
        assert_eq!(mask("database.url", "postgres://u:p@h:5/d"), "postgres://u:********@h:5/d");
        assert_eq!(mask("database.url", "postgres://h/d?user=u&password=p"), "postgres://h/d?user=u&password=********");
        assert_eq!(mask("database.url", "host=h password=p"), "********");
        assert_eq!(mask("namespace", "orion"), "orion");
    }
}
