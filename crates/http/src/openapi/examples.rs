//! A whole example of each JSON body and each JSON answer, put together from what its fields say (`#[schema(example = …)]`)
//! and from the form of those that need not say anything.

use serde_json::{Map, Value, json};

/// The media type of what has an example.
const JSON: &str = "application/json";
/// How deep a shape is followed. None of ours is as deep; one that holds itself has an end.
const MAX_DEPTH: usize = 16;

/// Gives an example to every body and every answer of success that has none. One that has a field without an example stays
/// without one.
pub(super) fn give(document: &mut Value) {
    let schemas = document.pointer("/components/schemas").cloned().unwrap_or_default();
    let items = document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut);
    for call in items.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        if let Some(body) = call.pointer_mut("/requestBody/content") {
            exemplify(body, &schemas);
        }
        for (status, answer) in call.get_mut("responses").and_then(Value::as_object_mut).into_iter().flatten() {
            if let (true, Some(content)) = (status.starts_with('2'), answer.get_mut("content")) {
                exemplify(content, &schemas);
            }
        }
    }
}

fn exemplify(content: &mut Value, schemas: &Value) {
    if let Some(content) = content.get_mut(JSON).and_then(Value::as_object_mut)
        && !content.contains_key("example")
        && let Some(example) = content.get("schema").and_then(|schema| of(schema, schemas, 0))
    {
        content.insert("example".to_owned(), example);
    }
}

/// An example of what has this schema.
fn of(schema: &Value, schemas: &Value, depth: usize) -> Option<Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    let within = |schema: &Value| of(schema, schemas, depth + 1);
    let said = ["example", "const", "default"].into_iter().find_map(|word| schema.get(word));
    if let Some(said) = said.or_else(|| schema.pointer("/enum/0")) {
        return Some(said.clone());
    }
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        return within(schemas.get(name.rsplit('/').next()?)?);
    }
    if let Some(choices) = ["oneOf", "anyOf"].into_iter().find_map(|word| schema.get(word)?.as_array()) {
        return choices.iter().filter(|choice| choice.get("type") != Some(&json!("null"))).find_map(within);
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let parts: Option<Vec<_>> = parts.iter().map(within).collect();
        let parts = parts?.into_iter().filter_map(|part| part.as_object().cloned());
        return Some(Value::Object(parts.flatten().collect()));
    }
    match kind(schema)? {
        "object" => object(schema, within),
        "array" => schema.get("items").and_then(within).map(|item| json!([item])),
        "boolean" => Some(json!(false)),
        "string" => match schema.get("format")?.as_str()? {
            "uuid" => Some(json!("019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42")),
            "date-time" => Some(json!("2026-05-21T09:30:00Z")),
            _ => None,
        },
        _ => None,
    }
}

/// The type, of several the one that is not null.
fn kind(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        kind => kind.as_str(),
    }
}

fn object(schema: &Value, within: impl Fn(&Value) -> Option<Value>) -> Option<Value> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let fields = properties.into_iter().flatten().map(|(name, field)| Some((name.clone(), within(field)?)));
    fields.collect::<Option<Map<_, _>>>().map(Value::Object)
}

#[cfg(test)]
mod tests {
    use super::give;
    use serde_json::{Value, json};

    fn example(schema: Value) -> Value {
        let schemas = json!({
            "Name": { "type": "string", "example": "Ada" },
            "Loop": { "type": "object", "properties": { "loop": { "$ref": "#/components/schemas/Loop" } } },
        });
        let answer = |schema: Value| json!({ "content": { "application/json": { "schema": schema } } });
        let call = json!({ "responses": { "200": answer(schema.clone()), "400": answer(schema) } });
        let mut document = json!({ "paths": { "/a": { "get": call } }, "components": { "schemas": schemas } });
        give(&mut document);
        let content = |status: &str| format!("/paths/~1a/get/responses/{status}/content/application~1json/example");
        assert_eq!(document.pointer(&content("400")), None, "a refusal is no example");
        document.pointer(&content("200")).cloned().unwrap_or_default()
    }

    #[test]
    fn an_example_is_put_together_from_those_of_its_fields() {
        let name = json!({ "$ref": "#/components/schemas/Name" });
        let (nothing, count) = (json!({ "type": "null" }), json!({ "type": "integer", "example": 3 }));
        for (schema, expected) in [
            (name.clone(), json!("Ada")),
            (json!({ "oneOf": [nothing, name] }), json!("Ada")),
            (json!({ "type": ["array", "null"], "items": count }), json!([3])),
            (json!({ "type": "string", "enum": ["up", "down"] }), json!("up")),
            (
                json!({ "type": "object", "properties": { "a": count, "b": { "type": "boolean" } } }),
                json!({ "a": 3, "b": false }),
            ),
            (
                json!({ "allOf": [{ "type": "object", "properties": { "a": count } }, { "type": "object", "properties": { "b": name } }] }),
                json!({ "a": 3, "b": "Ada" }),
            ),
        ] {
            assert_eq!(example(schema.clone()), expected, "{schema}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_not_made_up() {
        for schema in [
            json!({}),
            json!({ "type": "string" }),
            json!({ "type": "object", "properties": { "a": { "type": "integer" } } }),
            json!({ "$ref": "#/components/schemas/Loop" }),
            json!({ "$ref": "#/components/schemas/Nowhere" }),
        ] {
            assert_eq!(example(schema.clone()), Value::Null, "{schema}");
        }
    }
}
