//! Every key that can be set, as its section's struct says it: words, type, bounds and default stand there and nowhere
//! else. Read from the JSON Schema that is derived from the structs.

use super::items::Items;
use super::value::{Form, Kind};
use orion_infra::config::variable;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use toml::Value;

/// The mark of a field whose value may change while a process runs: `#[schemars(extend("x-dynamic" = true))]`.
const DYNAMIC: &str = "x-dynamic";

/// Stands in a key's name for the word that somebody gives to a section, as `google` in `[auth.providers.google]`.
pub(super) const ANY: &str = "*";

/// A key.
#[derive(Debug, Clone)]
pub struct Key {
    /// Such as `auth.access_token_seconds`; in a section that is named by who sets it, `*` stands for that word.
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
        let at = self.by_name.get(name).or_else(|| {
            let mut named = self.by_name.iter().filter(|(known, _)| known.contains(ANY));
            named.find(|(known, _)| is_of(known, name)).map(|(_, at)| at)
        });
        let (section, key) = at?;
        self.sections.get(*section)?.keys.get(*key)
    }

    /// Whether this is a key of a section that somebody has named.
    pub fn is_named(&self, name: &str) -> bool {
        !self.by_name.contains_key(name) && self.get(name).is_some()
    }

    /// The key of a named section that an environment variable sets: `ORION_AUTH_PROVIDERS_MY_IDP_CLIENT_ID` is
    /// `auth.providers.my_idp.client_id`. Where several are possible, the one with the longest word at its end.
    pub fn named_by_variable(&self, name: &str) -> Option<String> {
        let found = self.by_name.keys().filter_map(|known| {
            let (before, after) = known.split_once(ANY)?;
            let (before_variable, after_variable) = (variable(before), after.replace('.', "_").to_uppercase());
            let word = name.strip_prefix(&before_variable)?.strip_suffix(&after_variable)?.to_lowercase();
            is_word(&word).then(|| (after.len(), format!("{before}{word}{after}")))
        });
        found.max().map(|(_, key)| key)
    }

    /// Whether this is a section, or the beginning of one.
    pub fn is_section(&self, name: &str) -> bool {
        let length = name.split('.').count();
        let beginning = |section: &Section| section.name.split('.').take(length).collect::<Vec<_>>().join(".");
        self.sections.iter().any(|section| !section.name.is_empty() && is_of(&beginning(section), name))
    }

    /// The known key or section that looks most like a mistyped one.
    pub fn nearest(&self, name: &str) -> Option<String> {
        let names = self.by_name.keys().chain(self.sections.iter().map(|section| &section.name));
        let named: Vec<_> = names.map(|known| with_the_words_of(known, name)).collect();
        let near = nearest(name, named.iter().map(String::as_str));
        // A section that is mistyped is seldom near to any key.
        let top = |section: &Section| section.name.split('.').next().unwrap_or_default().to_owned();
        let tops: Vec<_> = self.sections.iter().map(top).filter(|top| !top.is_empty()).collect();
        let first = name.split('.').next().unwrap_or_default();
        let in_section = || nearest(first, tops.iter().map(String::as_str)).filter(|top| *top != first);
        near.or_else(in_section).map(str::to_owned)
    }
}

/// The one of these that looks most like a mistyped word, if any is like it.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate));
    near.filter(|(distance, candidate)| *distance <= candidate.len() / 3).min().map(|(_, candidate)| candidate)
}

/// Whether a name is of this pattern.
fn is_of(pattern: &str, name: &str) -> bool {
    let (mut known, mut words) = (pattern.split('.'), name.split('.'));
    loop {
        match (known.next(), words.next()) {
            (None, None) => return true,
            (Some(known), Some(word)) if known == word || (known == ANY && is_word(word)) => {}
            _ => return false,
        }
    }
}

/// Whether a section may be called so: as keys are, and short.
fn is_word(word: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    !word.is_empty() && word.len() <= 64 && word.bytes().all(fits)
}

/// A pattern with the words that a name has at its places.
fn with_the_words_of(pattern: &str, name: &str) -> String {
    let mut words = name.split('.');
    let filled = pattern.split('.').map(|known| match words.next() {
        Some(word) if known == ANY && is_word(word) => word,
        _ => known,
    });
    filled.collect::<Vec<_>>().join(".")
}

fn walk(name: &str, schema: &Map<String, Json>, sections: &mut Vec<Section>) {
    let at = sections.len();
    sections.push(Section { name: name.to_owned(), words: words(schema), keys: Vec::new() });
    let properties = schema.get("properties").and_then(Json::as_object);
    for (word, property) in properties.into_iter().flatten() {
        let Some(property) = property.as_object() else { continue };
        let name = if name.is_empty() { word.clone() } else { format!("{name}.{word}") };
        let named = property.get("additionalProperties").and_then(Json::as_object);
        if property.contains_key("properties") {
            walk(&name, property, sections);
        } else if let Some(section) = named.filter(|section| section.contains_key("properties")) {
            walk(&format!("{name}.{ANY}"), section, sections);
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
    let schema = &given(schema);
    let choices = choices(schema);
    match schema.get("type").and_then(Json::as_str) {
        _ if !choices.is_empty() => Kind::Choice(choices),
        Some("integer") => Kind::Whole { least: number("minimum").unwrap_or(0), most: number("maximum") },
        Some("boolean") => Kind::Switch,
        Some("array") => Kind::List(schema.get("items").and_then(Json::as_object).and_then(items)),
        Some("object") => Kind::Table(items(schema).unwrap_or_default()),
        _ => Kind::Text {
            form: Form::named(schema.get("format").and_then(Json::as_str).unwrap_or_default()),
            least: number("minLength").and_then(|least| usize::try_from(least).ok()).unwrap_or(0),
            most: number("maxLength").and_then(|most| usize::try_from(most).ok()),
        },
    }
}

/// The schema of what may also be absent, as it is when it is there.
fn given(schema: &Map<String, Json>) -> Map<String, Json> {
    let mut schema = schema.clone();
    let is_something = |kind: &&Json| kind.get("type").unwrap_or(kind).as_str() != Some("null");
    let one_of_two = ["anyOf", "oneOf"].iter().find_map(|word| match schema.get(*word)?.as_array()?.as_slice() {
        [one, other] if !is_something(&other) => one.as_object().cloned(),
        _ => None,
    });
    if let Some(one) = one_of_two {
        return one;
    }
    if let Some(kind) = schema.get("type").and_then(Json::as_array).and_then(|kinds| kinds.iter().find(is_something)) {
        let kind = kind.clone();
        schema.insert("type".to_owned(), kind);
    }
    schema
}

/// What the items of a list have, where they have keys.
fn items(schema: &Map<String, Json>) -> Option<Items> {
    let properties = schema.get("properties")?.as_object()?;
    let keys = properties.iter().filter_map(|(word, schema)| Some((word.clone(), kind(schema.as_object()?))));
    let required = schema.get("required").and_then(Json::as_array).into_iter().flatten();
    Some(Items { keys: keys.collect(), required: required.filter_map(Json::as_str).map(str::to_owned).collect() })
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
