//! What a condition may name, and what is known of it before it is there.

use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How deep fields are known; what lies below may be anything.
const MAX_DEPTH: usize = 8;

/// The variables that a condition may name: one value for each place where conditions are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variables {
    known: BTreeMap<&'static str, Kind>,
    /// Whether a comparison is refused that never holds, and a constant that cannot be read.
    must_be_able_to_hold: bool,
}

/// What is known of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing.
    Anything,
    /// It is true or false.
    Bool,
    /// It is neither, and has no fields: "a text", "a number".
    Plain(&'static str),
    /// A text that is the address of a machine.
    Address,
    /// A whole number between these, both included.
    Within(i64, i64),
    /// It has fields, of which nothing is known.
    Map,
    /// It has these fields and no others.
    Fields(BTreeMap<String, Kind>),
}

impl Variables {
    /// With one more, which has the fields that the schema of its type tells of, and no others.
    pub fn with<T: ToSchema>(mut self, name: &'static str) -> Self {
        let mut named = Vec::new();
        T::schemas(&mut named);
        let json = |schema| serde_json::to_value(schema).unwrap_or_default();
        let named = named.into_iter().map(|(name, schema)| (name, json(schema))).collect();
        self.known.insert(name, Kind::of(&json(T::schema()), &named, 0));
        self
    }

    /// With one more, of which nothing is known before it is there.
    pub fn with_anything(mut self, name: &'static str) -> Self {
        self.known.insert(name, Kind::Anything);
        self
    }

    /// With one more, which is a moment.
    pub fn with_moment(mut self, name: &'static str) -> Self {
        self.known.insert(name, Kind::Plain("a time"));
        self
    }

    /// For a condition that is about to be kept, or asked once: what never holds is refused, and so is a constant that cannot be read. One
    /// that is kept already goes on as it is, for a denial that cannot be read denies.
    #[must_use]
    pub fn for_keeping(mut self) -> Self {
        self.must_be_able_to_hold = true;
        self
    }

    pub(crate) fn must_be_able_to_hold(&self) -> bool {
        self.must_be_able_to_hold
    }

    /// The fields of a variable; none where they are not known.
    pub fn fields(&self, name: &str) -> Vec<&str> {
        match self.known.get(name) {
            Some(Kind::Fields(fields)) => fields.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Kind> {
        self.known.get(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().copied()
    }
}

impl Kind {
    /// What a JSON Schema tells; those that it names stand beside it.
    fn of(schema: &Value, named: &BTreeMap<String, Value>, depth: usize) -> Self {
        if depth > MAX_DEPTH {
            return Self::Anything;
        }
        let below = |schema: &Value| Self::of(schema, named, depth + 1);
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap_or_default();
            return named.get(name).map_or(Self::Anything, below);
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return Self::all(parts.iter().map(below));
        }
        if let Some(choices) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
            // One that may be missing is a choice between itself and nothing.
            let mut choices = choices.iter().filter(|choice| choice["type"] != "null");
            return match (choices.next(), choices.next()) {
                (Some(only), None) => below(only),
                _ => Self::Anything,
            };
        }
        let types = match &schema["type"] {
            Value::Array(types) => types.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect(),
            one => Vec::from_iter(one.as_str()),
        };
        match types[..] {
            ["boolean"] => Self::Bool,
            ["string"] if schema["format"] == "ip" => Self::Address,
            ["string"] => Self::Plain("a text"),
            ["integer" | "number"] => Self::Plain("a number"),
            ["array"] => Self::Plain("a list"),
            ["object"] => match schema["properties"].as_object() {
                Some(fields) if schema["additionalProperties"].as_bool() != Some(true) => {
                    Self::Fields(fields.iter().map(|(name, schema)| (name.clone(), below(schema))).collect())
                }
                _ => Self::Map,
            },
            _ => Self::Anything,
        }
    }

    /// Whether two values may be compared: of one at least nothing is known, or both are of a kind.
    pub(crate) fn may_meet(&self, other: &Self) -> bool {
        let is_open = |kind: &Self| match kind {
            Self::Anything | Self::Plain("a value that was calculated" | "nothing") => true,
            Self::Plain(_) | Self::Address | Self::Within(..) | Self::Bool | Self::Map | Self::Fields(_) => false,
        };
        let has_fields = |kind: &Self| matches!(kind, Self::Map | Self::Fields(_));
        let is_same = self.plainly() == other.plainly();
        is_open(self) || is_open(other) || is_same || has_fields(self) && has_fields(other)
    }

    /// The same without what is known besides of which values it has.
    pub(crate) fn plainly(&self) -> &Self {
        match self {
            Self::Address => &Self::Plain("a text"),
            Self::Within(..) => &Self::Plain("a number"),
            Self::Anything | Self::Bool | Self::Plain(_) | Self::Map | Self::Fields(_) => self,
        }
    }

    /// As in "this is a text".
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Self::Anything => "not known",
            Self::Bool => "true or false",
            Self::Plain(what) => what,
            Self::Address => "a text",
            Self::Within(..) => "a number",
            Self::Map | Self::Fields(_) => "something with fields",
        }
    }

    /// Of a value that is all of these.
    fn all(parts: impl Iterator<Item = Self>) -> Self {
        let mut all = BTreeMap::new();
        for part in parts {
            match part {
                Self::Fields(fields) => all.extend(fields),
                _ => return Self::Map,
            }
        }
        Self::Fields(all)
    }
}

/// The one of these that looks most like a mistyped word, if any is like it.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate));
    let like = |(distance, candidate): &(usize, &str)| *distance <= (candidate.len() / 3).max(1);
    near.filter(like).min().map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    #![allow(dead_code, reason = "only their schemas are read")]

    use super::*;
    use std::collections::HashMap;

    #[derive(utoipa::ToSchema)]
    struct Outer {
        name: String,
        count: Option<u32>,
        at: chrono::DateTime<chrono::Utc>,
        is_new: bool,
        inner: Inner,
        perhaps: Option<Inner>,
        list: Vec<Inner>,
        free: HashMap<String, String>,
        #[schema(value_type = Object)]
        any: Value,
        choice: Choice,
    }

    #[derive(utoipa::ToSchema)]
    struct Inner {
        id: uuid::Uuid,
    }

    #[derive(utoipa::ToSchema)]
    enum Choice {
        Text(String),
        Fields { number: u32 },
    }

    #[test]
    fn fields_are_those_of_the_schema() {
        let inner = || Kind::Fields(BTreeMap::from([("id".to_owned(), Kind::Plain("a text"))]));
        let fields = [
            ("name", Kind::Plain("a text")),
            ("count", Kind::Plain("a number")),
            ("at", Kind::Plain("a text")),
            ("is_new", Kind::Bool),
            ("inner", inner()),
            ("perhaps", inner()),
            ("list", Kind::Plain("a list")),
            ("free", Kind::Map),
            ("any", Kind::Map),
            ("choice", Kind::Anything),
        ];
        let known = Variables::default().with::<Outer>("outer").with_anything("rest");
        let outer = Kind::Fields(fields.map(|(name, kind)| (name.to_owned(), kind)).into());
        assert_eq!((known.get("outer"), known.get("rest")), (Some(&outer), Some(&Kind::Anything)));
        assert_eq!((known.fields("outer").len(), known.fields("rest").len()), (10, 0));
    }

    #[test]
    fn a_word_is_near_to_what_was_meant_and_to_nothing_else() {
        let fields = ["type", "id", "data", "aggregate_id"];
        for (word, meant) in [
            ("typ", "type"),
            ("tpye", "type"),
            ("Type", "type"),
            ("ID", ""),
            ("agregate_id", "aggregate_id"),
            ("x", ""),
        ] {
            assert_eq!(nearest(word, fields.into_iter()).unwrap_or_default(), meant, "{word}");
        }
    }
}
