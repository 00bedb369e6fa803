//! What whoever asks for a decision knows of the object: bounded, and of few types.

use crate::{FieldCode, FieldFault};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use utoipa::openapi::{RefOr, Schema};

/// How many attributes an object has.
const MOST: usize = 32;
/// How many bytes a name has, and how many characters a text.
const LONGEST: usize = 255;
/// How many texts are in a list.
const MOST_TEXTS: usize = 32;

/// A value: true or false, a number, a text, or a list of texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AttributeValue {
    /// True or false.
    Flag(bool),
    /// A number.
    Number(serde_json::Number),
    /// A text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
}

// As a schema tells of it, which knows no number of any kind.
/// True or false, a number, a text, or a list of texts.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is read")]
enum Shown {
    /// True or false.
    Flag(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
}

impl utoipa::PartialSchema for AttributeValue {
    fn schema() -> RefOr<Schema> {
        <Shown as utoipa::PartialSchema>::schema()
    }
}

impl utoipa::ToSchema for AttributeValue {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("AttributeValue")
    }
}

impl From<serde_json::Value> for AttributeValue {
    /// What is none of these is told as a text.
    fn from(value: serde_json::Value) -> Self {
        let text = value.to_string();
        serde_json::from_value(value).unwrap_or(Self::Text(text))
    }
}

/// Refuses more, longer or otherwise named attributes than conditions are asked of.
pub(super) fn check(attributes: &BTreeMap<String, AttributeValue>, (): &()) -> garde::Result {
    let refuse = |code, message: String| Err(FieldFault::new(code, message).into());
    if attributes.len() > MOST {
        return refuse(FieldCode::OutOfRange, format!("must have at most {MOST} attributes"));
    }
    let is_name = |name: &str| {
        let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        !name.is_empty()
            && name.len() <= LONGEST
            && name.bytes().all(is_sign)
            && !name.starts_with(|first: char| first.is_ascii_digit())
    };
    if !attributes.keys().all(|name| is_name(name)) {
        return refuse(FieldCode::Invalid, "must have names of letters, digits and _ alone".to_owned());
    }
    let is_short = |text: &String| text.chars().count() <= LONGEST;
    let fits = |value: &AttributeValue| match value {
        AttributeValue::Text(text) => is_short(text),
        AttributeValue::Texts(texts) => texts.len() <= MOST_TEXTS && texts.iter().all(is_short),
        AttributeValue::Flag(_) | AttributeValue::Number(_) => true,
    };
    if !attributes.values().all(fits) {
        let message = format!("must have texts of at most {LONGEST} characters, and lists of at most {MOST_TEXTS}");
        return refuse(FieldCode::OutOfRange, message);
    }
    Ok(())
}
