//! Every key that can be set, as its section's struct says it: words, type, bounds and default stand there and nowhere
//! else. Read from the JSON Schema that is derived from the structs.

use super::value::{Form, Kind};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use toml::Value;

/// The mark of a field whose value may change while a process runs: `#[schemars(extend("x-dynamic" = true))]`.
const DYNAMIC: &str = "x-dynamic";

/// A key.
#[derive(Debug, Clone)]
pub struct Key {
    /// Such as `auth.access_token_seconds`.
    pub name: String,
    /// What it is, in Markdown.
    pub words: String,
    /// What it may be.
    pub kind: Kind,
    /// What it is while nobody sets it.
    pub default: Value,
    /// Whether it may change while a process runs.
    pub is_dynamic: bool,
    /// What it may be, as a JSON Schema.
    pub schema: Json,
}

/// A section of keys.
#[derive(Debug, Clone)]
pub struct Section {
    /// Such as `auth`; empty for the keys above all sections.
    pub name: String,
    /// What it is about.
    pub words: String,
    /// Its keys, by name.
    pub keys: Vec<Key>,
}

/// All keys, by name.
#[derive(Debug, Clone)]
pub struct Keys {
    sections: Vec<Section>,
    by_name: BTreeMap<String, (usize, usize)>,
}

/// The JSON Schema (2020-12) of a struct and all that stands in it.
pub(super) fn schema_of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>()
}

impl Keys {
    /// The keys of a struct.
    pub fn of<T: JsonSchema>() -> Self {
        let schema = schema_of::<T>();
        let mut sections = Vec::new();
        if let Some(root) = schema.as_object() {
            walk("", root, &mut sections);
        }
        let mut by_name = BTreeMap::new();
        for (at, section) in sections.iter().enumerate() {
            by_name.extend(section.keys.iter().enumerate().map(|(index, key)| (key.name.clone(), (at, index))));
        }
        Self { sections, by_name }
    }

    /// The sections; those above others come first.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// All keys.
    pub fn all(&self) -> impl Iterator<Item = &Key> {
        self.sections.iter().flat_map(|section| &section.keys)
    }

    /// The key with this name.
    pub fn get(&self, name: &str) -> Option<&Key> {
        let (section, key) = self.by_name.get(name)?;
        self.sections.get(*section)?.keys.get(*key)
    }

    /// Whether this is a section, or the beginning of one.
    pub fn is_section(&self, name: &str) -> bool {
        let below = |section: &Section| {
            section.name == name || section.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))
        };
        self.sections.iter().any(below)
    }

    /// The known key or section that looks most like a mistyped one.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let names = self.by_name.keys().map(String::as_str).chain(self.sections.iter().map(|section| &*section.name));
        nearest(name, names)
    }
}

/// The one of these that looks most like a mistyped word, if any is like it.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate));
    near.filter(|(distance, candidate)| *distance <= candidate.len() / 3).min().map(|(_, candidate)| candidate)
}

fn walk(name: &str, schema: &Map<String, Json>, sections: &mut Vec<Section>) {
    let at = sections.len();
    sections.push(Section { name: name.to_owned(), words: words(schema), keys: Vec::new() });
    let properties = schema.get("properties").and_then(Json::as_object);
    for (word, property) in properties.into_iter().flatten() {
        let Some(property) = property.as_object() else { continue };
        let name = if name.is_empty() { word.clone() } else { format!("{name}.{word}") };
        if property.contains_key("properties") {
            walk(&name, property, sections);
        } else {
            sections[at].keys.push(key(name, property));
        }
    }
}

fn key(name: String, schema: &Map<String, Json>) -> Key {
    let kind = kind(schema);
    let default = schema.get("default").cloned().and_then(|default| Value::try_from(default).ok());
    let default = default.unwrap_or_else(|| kind.nothing());
    let is_dynamic = schema.get(DYNAMIC).and_then(Json::as_bool).unwrap_or_default();
    Key { name, words: words(schema), default, kind, is_dynamic, schema: Json::Object(schema.clone()) }
}

fn words(schema: &Map<String, Json>) -> String {
    schema.get("description").and_then(Json::as_str).unwrap_or_default().to_owned()
}

fn kind(schema: &Map<String, Json>) -> Kind {
    let number = |name: &str| schema.get(name).and_then(Json::as_i64);
    let choices = choices(schema);
    match schema.get("type").and_then(Json::as_str) {
        _ if !choices.is_empty() => Kind::Choice(choices),
        Some("integer") => Kind::Whole { least: number("minimum").unwrap_or(0), most: number("maximum") },
        Some("boolean") => Kind::Switch,
        Some("array") => Kind::List,
        _ => Kind::Text {
            form: Form::named(schema.get("format").and_then(Json::as_str).unwrap_or_default()),
            least: number("minLength").and_then(|least| usize::try_from(least).ok()).unwrap_or(0),
            most: number("maxLength").and_then(|most| usize::try_from(most).ok()),
        },
    }
}

/// The words that a choice has: of variants with words of their own, or without.
fn choices(schema: &Map<String, Json>) -> Vec<String> {
    let listed = |list: &Json, word: fn(&Json) -> Option<&str>| -> Vec<String> {
        list.as_array().into_iter().flatten().filter_map(word).map(str::to_owned).collect()
    };
    let one = schema.get("oneOf").map(|list| {
        list.as_array().into_iter().flatten().flat_map(|variant| {
            let variant = variant.as_object();
            let word = variant.and_then(|variant| variant.get("const")).and_then(Json::as_str).map(str::to_owned);
            let more = variant.map(choices).unwrap_or_default();
            word.into_iter().chain(more).collect::<Vec<_>>()
        })
    });
    match one {
        Some(words) => words.collect(),
        None => schema.get("enum").map(|list| listed(list, Json::as_str)).unwrap_or_default(),
    }
}
