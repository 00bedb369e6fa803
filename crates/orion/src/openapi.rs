//! The OpenAPI document of the whole platform: what the gateway shows. The other services may live in other processes, so
//! theirs are those that were committed with this version.

use orion_contracts::paths::OWNED;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Written by a test of theirs (`operations::documents`), which fails when they are not what the services say.
const SERVICES: [&str; 4] = [
    include_str!("../../../docs/openapi/auth.json"),
    include_str!("../../../docs/openapi/users.json"),
    include_str!("../../../docs/openapi/notifications.json"),
    include_str!("../../../docs/openapi/admin.json"),
];

/// What clients can call at this URL, the gateway's: its own paths, and all of the services' that it routes.
pub(crate) fn of_platform(own: Value, url: &str) -> Value {
    let mut whole = own;
    for service in SERVICES {
        match serde_json::from_str::<Value>(service) {
            Ok(mut document) => {
                if let Some(paths) = document["paths"].as_object_mut() {
                    paths.retain(|path, _| OWNED.iter().any(|owned| owned.holds(path)));
                }
                for part in ["/paths", "/components/schemas", "/components/securitySchemes"] {
                    add(whole.pointer_mut(part), document.pointer(part));
                }
            }
            Err(error) => tracing::error!(%error, "a committed OpenAPI document cannot be read"),
        }
    }
    keep_used(&mut whole);
    whole["info"]["title"] = json!("ORION");
    whole["servers"] = json!([{ "url": url }]);
    whole
}

/// Where schemas stand, as references write it.
const SCHEMAS: &str = "#/components/schemas/";

/// Leaves the schemas out that only calls have which the gateway does not route: a generator would make types of them.
fn keep_used(document: &mut Value) {
    let mut used = BTreeSet::new();
    let mut waiting = references(&document["paths"]);
    while let Some(name) = waiting.pop() {
        if let (true, Some(schema)) = (used.insert(name.clone()), document["components"]["schemas"].get(&name)) {
            waiting.extend(references(schema));
        }
    }
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        schemas.retain(|name, _| used.contains(name));
    }
    // Nor does it take the console's cookie.
    let operations = document["paths"].as_object().into_iter().flat_map(|paths| paths.values());
    let operations = operations.filter_map(Value::as_object).flat_map(|path| path.values());
    let demands = operations.filter_map(|operation| operation["security"].as_array()).flatten();
    let named: BTreeSet<String> =
        demands.filter_map(Value::as_object).flat_map(|demand| demand.keys()).cloned().collect();
    if let Some(schemes) = document.pointer_mut("/components/securitySchemes").and_then(Value::as_object_mut) {
        schemes.retain(|name, _| named.contains(name));
    }
}

/// The names of the schemas that stand somewhere in this.
fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(references).collect(),
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(|reference| reference.as_str()?.strip_prefix(SCHEMAS));
            own.map(str::to_owned).into_iter().chain(fields.values().flat_map(references)).collect()
        }
        _ => Vec::new(),
    }
}

fn add(whole: Option<&mut Value>, part: Option<&Value>) {
    let nothing = Map::new();
    let part = part.and_then(Value::as_object).unwrap_or(&nothing);
    if let Some(whole) = whole.and_then(Value::as_object_mut) {
        whole.extend(part.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
}

#[cfg(test)]
mod tests {
    use super::keep_used;
    use serde_json::{Value, json};

    #[test]
    fn only_schemas_that_a_call_leads_to_are_kept() {
        let to = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let schemas =
            json!({ "Page": { "items": to("User") }, "User": [to("Page"), to("Id")], "Id": {}, "Lonely": to("Id") });
        let mut document = json!({ "paths": { "/users": to("Page") }, "components": { "schemas": schemas } });
        keep_used(&mut document);
        let kept: Vec<_> =
            document["components"]["schemas"].as_object().into_iter().flat_map(|all| all.keys()).collect();
        assert_eq!(kept, ["Id", "Page", "User"]);
    }

    #[test]
    fn a_document_without_schemas_stays_without() {
        let mut document = json!({ "paths": {} });
        keep_used(&mut document);
        assert_eq!(document.pointer("/components/schemas"), None::<&Value>);
    }
}
