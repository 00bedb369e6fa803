//! What a check says of a field, before it is known which field that is.

use crate::problem::FieldCode;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as Unread, StrDeserializer};
use std::borrow::Cow;
use std::fmt;

/// What is wrong with a field: its kind, for programs, and the words for people, which come after the field's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// What kind of fault it is.
    pub code: FieldCode,
    /// Such as `must not be empty`; never a secret.
    pub message: Cow<'static, str>,
}

impl FieldFault {
    /// Of a kind, in words.
    pub fn new(code: FieldCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into() }
    }

    /// As a text with the code before the words: serde and garde carry nothing else from a check to who answers.
    pub fn carried(&self) -> String {
        let code = serde_json::to_value(self.code).unwrap_or_default();
        format!("[{}] {}", code.as_str().unwrap_or_default(), self.message)
    }

    /// What [`FieldFault::carried`] made a text of; none for words of others.
    pub fn of_carried(text: &str) -> Option<Self> {
        let (code, message) = text.strip_prefix('[')?.split_once("] ")?;
        let code: StrDeserializer<'_, Unread> = code.into_deserializer();
        Some(Self::new(FieldCode::deserialize(code).ok()?, message.to_owned()))
    }
}

impl fmt::Display for FieldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<FieldFault> for garde::Error {
    #[allow(clippy::disallowed_methods, reason = "the one place, which keeps the code")]
    fn from(fault: FieldFault) -> Self {
        Self::new(fault.carried())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_goes_through_a_text_and_words_of_others_stay_what_they_are() {
        for code in [FieldCode::Required, FieldCode::TooLong, FieldCode::OutOfRange, FieldCode::Invalid] {
            let fault = FieldFault::new(code, "must be [so] and so");
            assert_eq!(FieldFault::of_carried(&fault.carried()), Some(fault));
        }
        for words in ["", "must be so", "invalid type: null, expected u8", "[", "[x]"] {
            assert_eq!(FieldFault::of_carried(words), None, "{words}");
        }
    }
}
