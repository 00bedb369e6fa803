//! The OpenAPI document of the whole platform: what the gateway shows. The other services may live in other processes, so
//! theirs are those that were committed with this version.

use orion_contracts::paths::OWNED;
use serde_json::{Map, Value, json};

/// Written by a test of theirs (`operations::documents`), which fails when they are not what the services say.
const SERVICES: [&str; 4] = [
    include_str!("../../../docs/openapi/auth.json"),
    include_str!("../../../docs/openapi/users.json"),
    include_str!("../../../docs/openapi/notifications.json"),
    include_str!("../../../docs/openapi/admin.json"),
];

/// What clients can call at this URL, the gateway's: all of the services' paths that it routes. The gateway's own calls are at
/// the address of its pages, where this document is.
pub(crate) fn of_platform(own: Value, url: &str) -> Value {
    let mut whole = own;
    for path in whole["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut()) {
        path["servers"] = json!([{ "url": "/" }]);
    }
    for service in SERVICES {
        match serde_json::from_str::<Value>(service) {
            Ok(mut document) => {
                if let Some(paths) = document["paths"].as_object_mut() {
                    paths.retain(|path, _| OWNED.iter().any(|owned| owned.holds(path)));
                }
                // How callers prove who they are is defined by the gateway's own: it takes tokens, and never the console's cookie.
                for part in ["/paths", "/components/schemas"] {
                    add(whole.pointer_mut(part), document.pointer(part));
                }
            }
            Err(error) => tracing::error!(%error, "a committed OpenAPI document cannot be read"),
        }
    }
    whole["info"]["title"] = json!("ORION");
    whole["servers"] = json!([{ "url": url }]);
    whole
}

fn add(whole: Option<&mut Value>, part: Option<&Value>) {
    let nothing = Map::new();
    let part = part.and_then(Value::as_object).unwrap_or(&nothing);
    if let Some(whole) = whole.and_then(Value::as_object_mut) {
        whole.extend(part.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
}
