//! Layers of configuration: default < file < environment < flag. Every value remembers where it came from, so that an
//! error can say so.

use orion_infra::config::{VARIABLE_PREFIX, variable};
use std::collections::BTreeMap;
use toml::{Table, Value};

/// The compiled-in defaults: the list of all keys.
pub const DEFAULTS: &str = include_str!("../../../../config/orion.default.toml");
/// Names the file; read before the configuration is.
pub(super) const CONFIG_VARIABLE: &str = "ORION_CONFIG";
/// The launcher's and the tests' own variables.
const FOREIGN: &[&str] = &["ORION_TEST_", "ORION_E2E", "ORION_PROFILE", "ORION_BINARY", "ORION_BENCH_"];

/// The origin of what nobody has set.
pub(crate) const DEFAULT: &str = "default";

/// A merged table that knows its origins.
pub struct Layers {
    table: Table,
    origins: BTreeMap<String, String>,
}

/// Why a layer cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant is its message")]
pub enum LayerError {
    #[error("{origin}: {error}")]
    Syntax { origin: String, error: String },
    #[error("{origin}: unknown key `{key}`{}", suggestion(.nearest))]
    UnknownKey { origin: String, key: String, nearest: Option<String> },
    #[error("{origin}: `{key}` must be {expected}, but is {found}")]
    WrongType { origin: String, key: String, expected: &'static str, found: String },
    #[error("the environment sets `{key}` twice, by {} and {}: take one of them away", .names[0], .names[1])]
    Twice { key: String, names: [String; 2] },
    #[error("{origin}: {path} cannot be read: {error}")]
    File { origin: String, path: String, error: std::io::Error },
}

fn suggestion(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |key| format!("; did you mean `{key}`?"))
}

impl Layers {
    /// The defaults alone.
    pub fn defaults() -> Result<Self, LayerError> {
        let syntax =
            |error: toml::de::Error| LayerError::Syntax { origin: "the defaults".into(), error: error.to_string() };
        Ok(Self { table: DEFAULTS.parse().map_err(syntax)?, origins: BTreeMap::new() })
    }

    /// The keys that there are.
    pub fn keys(&self) -> Vec<String> {
        let mut keys = Vec::new();
        for (name, value) in &self.table {
            match value {
                Value::Table(section) => keys.extend(section.keys().map(|key| format!("{name}.{key}"))),
                _ => keys.push(name.clone()),
            }
        }
        keys
    }

    /// Lays a TOML text over what there is.
    pub fn add_toml(&mut self, text: &str, origin: &str) -> Result<(), LayerError> {
        let syntax = |error: toml::de::Error| LayerError::Syntax { origin: origin.into(), error: error.to_string() };
        for (name, value) in text.parse::<Table>().map_err(syntax)? {
            match value {
                Value::Table(section) => {
                    for (key, value) in section {
                        self.set(&format!("{name}.{key}"), value, origin)?;
                    }
                }
                value => self.set(&name, value, origin)?,
            }
        }
        Ok(())
    }

    /// Lays environment variables over what there is; those that are not ORION's are passed over.
    pub fn add_environment(&mut self, variables: impl Iterator<Item = (String, String)>) -> Result<(), LayerError> {
        let known: BTreeMap<String, String> = self.keys().into_iter().map(|key| (variable(&key), key)).collect();
        let variables: BTreeMap<String, String> = variables.collect();
        for (name, key) in &known {
            let in_file = format!("{name}_FILE");
            let is_twice = variables.contains_key(name) && variables.contains_key(&in_file);
            if is_twice && !known.contains_key(&in_file) {
                return Err(LayerError::Twice { key: key.clone(), names: [name.clone(), in_file] });
            }
        }
        for (name, text) in variables {
            let foreign = FOREIGN.iter().any(|prefix| name.starts_with(prefix)) || name == CONFIG_VARIABLE;
            if !name.starts_with(VARIABLE_PREFIX) || foreign {
                continue;
            }
            if is_service_link(&name, &text) {
                continue;
            }
            if let Some(key) = known.get(&name) {
                self.set_text(key, &text, &name)?;
            } else if let Some(key) = name.strip_suffix("_FILE").and_then(|name| known.get(name)) {
                let failed = |error| LayerError::File { origin: name.clone(), path: text.clone(), error };
                let content = std::fs::read_to_string(&text).map_err(failed)?;
                if content.trim().is_empty() {
                    // A secret that was not written yet would mean: the embedded parts, and everything from nothing.
                    return Err(failed(std::io::Error::new(std::io::ErrorKind::InvalidData, "the file is empty")));
                }
                self.set_text(key, content.trim_end_matches(['\r', '\n']), &name)?;
            } else {
                let nearest = nearest(&name, known.keys());
                return Err(LayerError::UnknownKey { origin: "the environment".into(), key: name, nearest });
            }
        }
        Ok(())
    }

    /// Sets a key from a text, read as the type that its default has.
    pub fn set_text(&mut self, key: &str, text: &str, origin: &str) -> Result<(), LayerError> {
        let wrong = |expected| LayerError::WrongType {
            origin: origin.into(),
            key: key.into(),
            expected,
            found: format!("\"{text}\""),
        };
        let value = match self.get(key) {
            Some(Value::Integer(_)) => Value::Integer(text.trim().parse().map_err(|_| wrong("a whole number"))?),
            Some(Value::Boolean(_)) => Value::Boolean(text.trim().parse().map_err(|_| wrong("true or false"))?),
            Some(Value::Float(_)) => Value::Float(text.trim().parse().map_err(|_| wrong("a number"))?),
            Some(Value::Array(_)) => {
                let table: Table = format!("value = {text}").parse().map_err(|_| wrong("a TOML list"))?;
                table.get("value").cloned().unwrap_or(Value::Array(Vec::new()))
            }
            _ => Value::String(text.to_owned()),
        };
        self.set(key, value, origin)
    }

    /// Fills in the addresses that nobody has set: they follow the ports, which are their origin then.
    pub(super) fn follow_ports(&mut self) {
        for (key, port) in [("public_url", "listen.gateway_port"), ("admin.console_url", "listen.admin_port")] {
            let is_open = self.get(key).and_then(Value::as_str) == Some("");
            let port_value = self.get(port).and_then(Value::as_integer).and_then(|port| u16::try_from(port).ok());
            if let (true, Some(number), Some(place)) = (is_open, port_value, self.get_mut(key)) {
                *place = Value::String(format!("http://localhost:{number}"));
                self.origins.insert(key.to_owned(), port.to_owned());
            }
        }
    }

    /// Sets a key, which must exist and keep its type.
    fn set(&mut self, key: &str, value: Value, origin: &str) -> Result<(), LayerError> {
        let Some(place) = self.get_mut(key) else {
            let keys = self.keys();
            return Err(LayerError::UnknownKey {
                origin: origin.into(),
                key: key.into(),
                nearest: nearest(key, keys.iter()),
            });
        };
        if std::mem::discriminant(place) != std::mem::discriminant(&value) {
            let (expected, found) = (kind(place), kind(&value).to_owned());
            return Err(LayerError::WrongType { origin: origin.into(), key: key.into(), expected, found });
        }
        *place = value;
        self.origins.insert(key.to_owned(), origin.to_owned());
        Ok(())
    }

    fn get(&self, key: &str) -> Option<&Value> {
        match key.split_once('.') {
            Some((section, key)) => self.table.get(section)?.as_table()?.get(key),
            None => self.table.get(key).filter(|value| !value.is_table()),
        }
    }

    fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        match key.split_once('.') {
            Some((section, key)) => self.table.get_mut(section)?.as_table_mut()?.get_mut(key),
            None => self.table.get_mut(key).filter(|value| !value.is_table()),
        }
    }

    /// Where a key's value came from; an item of a list came with the list.
    pub fn origin(&self, key: &str) -> &str {
        let key = key.split('[').next().unwrap_or(key);
        self.origins.get(key).map_or(DEFAULT, String::as_str)
    }

    /// The merged values.
    pub fn into_table(self) -> Table {
        self.table
    }

    /// The merged values.
    pub fn table(&self) -> &Table {
        &self.table
    }
}

/// Whether Kubernetes has put the variable there, for a Service whose name begins with `orion`.
fn is_service_link(name: &str, value: &str) -> bool {
    let is_address = name.ends_with("_PORT") && value.contains("://");
    let is_detail = ["_TCP", "_UDP", "_SCTP"].iter().any(|protocol| {
        name.rsplit_once(protocol).is_some_and(|(before, after)| {
            let is_numbered = before.rsplit_once("_PORT_").is_some_and(|(_, port)| port.parse::<u16>().is_ok());
            is_numbered && matches!(after, "" | "_PROTO" | "_PORT" | "_ADDR")
        })
    });
    name.ends_with("_SERVICE_HOST") || name.contains("_SERVICE_PORT") || is_address || is_detail
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Array(_) => "a list",
        Value::Datetime(_) => "a time",
        Value::Table(_) => "a section",
    }
}

/// The known name that looks most like a mistyped one.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> Option<String> {
    known
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len() / 3)
        .min()
        .map(|(_, candidate)| candidate.clone())
}

/// Levenshtein distance.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let next = (diagonal + usize::from(a != *b)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers() -> Layers {
        Layers::defaults().expect("the defaults parse")
    }

    fn environment(pairs: &[(&str, &str)]) -> Result<Layers, String> {
        let mut layers = layers();
        let variables = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        layers.add_environment(variables).map(|()| layers).map_err(|error| error.to_string())
    }

    #[test]
    fn the_environment_wins_over_the_file_and_keeps_types() {
        let mut layers = layers();
        layers.add_toml("[database]\nmax_connections = 7\nurl = \"postgres://file\"", "orion.toml").expect("valid");
        let variables = [("ORION_DATABASE_URL".to_owned(), "postgres://environment".to_owned())];
        layers.add_environment(variables.into_iter()).expect("valid");
        assert_eq!(layers.get("database.url").and_then(Value::as_str), Some("postgres://environment"));
        assert_eq!(layers.get("database.max_connections").and_then(Value::as_integer), Some(7));
        assert_eq!(layers.origin("database.url"), "ORION_DATABASE_URL");
        assert_eq!(layers.origin("database.max_connections"), "orion.toml");
        assert_eq!(layers.origin("namespace"), "default");
    }

    #[test]
    fn unknown_keys_are_refused_with_the_nearest_known_one() {
        let error = environment(&[("ORION_DATABSE_URL", "x")]).err().expect("refused");
        assert!(error.contains("ORION_DATABASE_URL"), "{error}");
        let error = layers().add_toml("[database]\nmax_conections = 1", "orion.toml").expect_err("refused").to_string();
        assert!(error.contains("orion.toml") && error.contains("database.max_connections"), "{error}");
    }

    #[test]
    fn wrong_types_are_refused_with_key_and_origin() {
        let error = environment(&[("ORION_DATABASE_MAX_CONNECTIONS", "many")]).err().expect("refused");
        assert!(error.contains("ORION_DATABASE_MAX_CONNECTIONS") && error.contains("whole number"), "{error}");
    }

    #[test]
    fn what_kubernetes_says_of_services_is_passed_over() {
        let links = [
            ("ORION_AUTH_SERVICE_HOST", "10.0.0.1"),
            ("ORION_AUTH_SERVICE_PORT", "3001"),
            ("ORION_AUTH_SERVICE_PORT_HTTP", "3001"),
            ("ORION_AUTH_PORT", "tcp://10.0.0.1:3001"),
            ("ORION_AUTH_PORT_3001_TCP", "tcp://10.0.0.1:3001"),
            ("ORION_AUTH_PORT_3001_TCP_PROTO", "tcp"),
            ("ORION_AUTH_PORT_3001_TCP_PORT", "3001"),
            ("ORION_AUTH_PORT_3001_TCP_ADDR", "10.0.0.1"),
            ("ORION_LISTEN_AUTH_PORT", "tcp://10.0.0.1:3001"),
        ];
        let layers = environment(&links).expect("passed over");
        assert_eq!(layers.origin("listen.auth_port"), "default");
        assert!(environment(&[("ORION_LISTEN_AUTH_PROT", "3001")]).is_err(), "a mistyped one is still refused");
    }

    #[test]
    fn a_key_that_the_environment_sets_twice_is_refused() {
        let twice = [("ORION_REDIS_URL", "redis://a"), ("ORION_REDIS_URL_FILE", "/nowhere")];
        for order in [[twice[0], twice[1]], [twice[1], twice[0]]] {
            let error = environment(&order).err().expect("refused");
            assert!(error.contains("redis.url") && error.contains("ORION_REDIS_URL_FILE"), "{error}");
        }
        // A key whose own name ends like that is no file of another.
        assert!(environment(&[("ORION_GATEWAY_ACCESS_LOG", "file"), ("ORION_GATEWAY_ACCESS_LOG_FILE", "x")]).is_ok());
    }

    #[test]
    fn addresses_that_nobody_set_follow_the_ports() {
        let mut layers = environment(&[("ORION_LISTEN_ADMIN_PORT", "21004")]).expect("valid");
        layers.follow_ports();
        let text = |key| layers.get(key).and_then(Value::as_str);
        assert_eq!(
            (text("admin.console_url"), text("public_url")),
            (Some("http://localhost:21004"), Some("http://localhost:3000"))
        );
        assert_eq!(layers.origin("admin.console_url"), "listen.admin_port");
    }

    #[test]
    fn a_secret_can_stand_in_a_file() {
        let file = std::env::temp_dir().join(format!("orion-layer-{}", std::process::id()));
        std::fs::write(&file, "postgres://from-file\n").expect("written");
        let layers = environment(&[("ORION_DATABASE_URL_FILE", &file.display().to_string())]).expect("valid");
        assert_eq!(layers.get("database.url").and_then(Value::as_str), Some("postgres://from-file"));
        std::fs::write(&file, "\n").expect("written");
        let empty = environment(&[("ORION_DATABASE_URL_FILE", &file.display().to_string())]).err().expect("refused");
        std::fs::remove_file(&file).expect("removed");
        assert!(empty.contains("the file is empty"), "{empty}");
    }

    #[test]
    fn every_key_has_a_variable_of_its_own() {
        let keys = layers().keys();
        let variables: std::collections::BTreeSet<_> = keys.iter().map(|key| variable(key)).collect();
        assert_eq!(variables.len(), keys.len());
    }
}
