//! Lists as generators of clients want them: each page has a name of its own, `UserPage`, and names what it holds instead of
//! repeating it. utoipa calls a `Page<User>` `Page_User`, and writes the user out within it.

use serde_json::{Value, json};

/// Where schemas stand, as references write it.
const SCHEMAS: &str = "#/components/schemas/";
/// What the name of a page of ours begins with before this.
const GENERIC: &str = "Page_";

/// Names the pages, and lets them refer to what they hold.
pub(super) fn name(document: &mut Value) {
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    if let Some(schemas) = schemas {
        let generic: Vec<_> = schemas.keys().filter(|name| name.starts_with(GENERIC)).cloned().collect();
        for name in generic {
            let (Some(mut page), Some(held)) = (schemas.remove(&name), name.strip_prefix(GENERIC)) else { continue };
            if let Some(items) = page.pointer_mut("/properties/items/items") {
                *items = json!({ "$ref": format!("{SCHEMAS}{held}") });
            }
            schemas.insert(named(held), page);
        }
    }
    refer(document);
}

fn named(held: &str) -> String {
    format!("{held}Page")
}

/// Has every reference to a page say its new name.
fn refer(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(refer),
        Value::Object(fields) => {
            for (name, field) in fields {
                let held = field.as_str().and_then(|text| text.strip_prefix(SCHEMAS)?.strip_prefix(GENERIC));
                match held.filter(|_| name == "$ref").map(|held| format!("{SCHEMAS}{}", named(held))) {
                    Some(reference) => *field = Value::String(reference),
                    None => refer(field),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::name;
    use serde_json::json;

    #[test]
    fn a_page_has_a_name_and_refers_to_what_it_holds() {
        let user = json!({ "type": "object", "properties": { "id": { "type": "string" } } });
        let page = |items| json!({ "type": "object", "properties": { "items": { "type": "array", "items": items } } });
        let document = |schemas, page: &str| {
            let answer = json!({ "schema": { "$ref": format!("#/components/schemas/{page}") } });
            json!({ "paths": { "/users": { "get": [answer] } }, "components": { "schemas": schemas } })
        };
        let mut made = document(json!({ "User": user, "Page_User": page(user.clone()) }), "Page_User");
        name(&mut made);
        let held = page(json!({ "$ref": "#/components/schemas/User" }));
        assert_eq!(made, document(json!({ "User": user, "UserPage": held }), "UserPage"));
    }

    #[test]
    fn what_is_no_page_stays_as_it_is() {
        let before = json!({ "components": { "schemas": { "JobPage": { "description": "Page_User" } } } });
        let mut after = before.clone();
        name(&mut after);
        assert_eq!(after, before);
    }
}
