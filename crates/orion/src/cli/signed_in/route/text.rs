//! Routes in words.

use crate::cli::Failure;
use serde_json::Value;

/// A field as it is shown.
pub(super) fn field(value: &Value, name: &str) -> String {
    match &value[name] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Where something stands.
fn source(value: &Value) -> &str {
    match value["source"].as_str() {
        Some("orion") => "ORION",
        Some("file") => "the file",
        Some("stored") => "the database",
        other => other.unwrap_or_default(),
    }
}

/// A row of the list.
pub(super) fn row(route: &Value) -> Vec<String> {
    let version = route["version"].as_i64().filter(|version| *version > 0);
    vec![
        field(route, "name"),
        field(route, "path"),
        field(route, "upstream"),
        field(route, "access"),
        source(route).to_owned(),
        version.map(|version| version.to_string()).unwrap_or_default(),
    ]
}

/// A route as it stands in a file, with where it came from in comments.
pub(super) fn as_file(found: &Value) -> Result<String, Failure> {
    let stands = match found["version"].as_i64() {
        Some(version @ 1..) => {
            format!("# It stands in {}: version {version}, of {}.", source(found), field(found, "changed_at"))
        }
        _ => format!("# It stands in {}, and is changed there.", source(found)),
    };
    Ok(format!("{stands}\n{}", toml::to_string(&without_nulls(&found["route"]))?.trim_end()))
}

/// TOML has no null: a key that has no value is not there.
pub(super) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(_, value)| !value.is_null());
            Value::Object(fields.map(|(name, value)| (name.clone(), without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().filter(|item| !item.is_null()).map(without_nulls).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_shown_of_a_route_is_a_file_that_makes_it() {
        let route = json!({
            "name": "shop", "rate_limit": { "requests": 5, "seconds": 1 }, "path": "/shop/*", "hosts": ["a"], "split": null,
        });
        let found = json!({ "source": "stored", "version": 7, "changed_at": "2026-05-21T09:30:00Z", "route": route });
        let text = as_file(&found).expect("a file");
        assert!(text.starts_with("# It stands in the database: version 7, of 2026-05-21T09:30:00Z.\n"), "{text}");
        let read: Value = toml::from_str(&text).expect("TOML");
        assert_eq!(read, without_nulls(&route));
    }
}
