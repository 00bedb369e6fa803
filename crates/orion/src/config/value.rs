//! What a key may be, and what is said of a value that it may not be.

use super::items::Items;
use orion_contracts::{FieldCode, FieldFault};
use orion_http::server::TrustedProxies;
use serde_json::Value as Json;
use std::net::IpAddr;
use toml::Value;
use url::Url;

/// The kinds of values.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A whole number within bounds.
    Whole {
        /// The least one.
        least: i64,
        /// The greatest one.
        most: Option<i64>,
    },
    /// True or false.
    Switch,
    /// A text.
    Text {
        /// What it must look like.
        form: Form,
        /// Characters at least.
        least: usize,
        /// Characters at most.
        most: Option<usize>,
    },
    /// One of these words.
    Choice(Vec<String>),
    /// A list; each of its items has these keys, where they are known.
    List(Option<Items>),
    /// Keys within an item of a list.
    Table(Items),
}

/// The forms of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Whatever it is.
    Any,
    /// It must not show.
    Secret,
    /// A URL.
    Url,
    /// An IP address.
    Address,
    /// Addresses or networks, separated by commas.
    Networks,
}

impl Form {
    /// By the `format` of a JSON Schema.
    pub(super) fn named(format: &str) -> Self {
        match format {
            "password" => Self::Secret,
            "uri" => Self::Url,
            "ip" => Self::Address,
            "networks" => Self::Networks,
            _ => Self::Any,
        }
    }
}

impl Kind {
    /// Whether it must not show.
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::Text { form: Form::Secret, .. })
    }

    /// What it is where nothing was said.
    pub(super) fn nothing(&self) -> Value {
        match self {
            Self::Whole { least, .. } => Value::Integer(*least),
            Self::Switch => Value::Boolean(false),
            Self::Text { .. } | Self::Choice(_) => Value::String(String::new()),
            Self::List(_) => Value::Array(Vec::new()),
            Self::Table(_) => Value::Table(toml::Table::new()),
        }
    }

    /// What it must be, in words, such as `a whole number from 1 to 3600`.
    pub fn demand(&self) -> String {
        match self {
            Self::Whole { least, most: Some(most) } => format!("a whole number from {least} to {most}"),
            Self::Whole { least, most: None } => format!("a whole number, at least {least}"),
            Self::Switch => "true or false".to_owned(),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
            Self::List(_) => "a list such as [\"one\", \"two\"] or, of items with keys, [{ key = 1 }]".to_owned(),
            Self::Table(items) => format!("a table such as {{ {} = … }}", items.first()),
            Self::Text { form, least, most } => match (form, least, most) {
                (Form::Url, ..) => "a URL such as https://example.com".to_owned(),
                (Form::Address, ..) => "an IP address such as 127.0.0.1".to_owned(),
                (Form::Networks, ..) => "addresses or networks such as 10.0.0.0/8, separated by commas".to_owned(),
                (_, 0, None) => "a text".to_owned(),
                (_, least, Some(most)) => format!("a text of {least} to {most} characters"),
                (_, 1, None) => "a text that is not empty".to_owned(),
                (_, least, None) => format!("a text of at least {least} characters"),
            },
        }
    }

    /// What was perhaps meant.
    fn meant(&self, value: &Value) -> String {
        match (self, value) {
            (Self::Text { form: Form::Url, .. }, Value::String(text)) => meant_url(text),
            _ => String::new(),
        }
    }

    /// Reads a text, as variables and flags have it; what is wrong with it otherwise.
    pub fn read(&self, text: &str) -> Result<Value, FieldFault> {
        let trimmed = text.trim();
        let value = match self {
            Self::Whole { .. } => trimmed.replace('_', "").parse().ok().map(Value::Integer),
            Self::Switch => trimmed.parse().ok().map(Value::Boolean),
            // As in a file, or as JSON.
            Self::List(_) | Self::Table(_) => {
                let toml = format!("value = {text}").parse::<toml::Table>().ok();
                toml.and_then(|mut table| table.remove("value")).or_else(|| serde_json::from_str(text).ok())
            }
            Self::Text { .. } | Self::Choice(_) => Some(Value::String(text.to_owned())),
        };
        self.accept(value.unwrap_or_else(|| Value::String(text.to_owned())))
    }

    /// Whether it may be this value; what is wrong with it otherwise.
    pub fn accept(&self, value: Value) -> Result<Value, FieldFault> {
        let Some(code) = self.misses(&value) else { return Ok(value) };
        Err(self.fault(code, &(shown(&value) + &self.meant(&value))))
    }

    /// What kind of fault a value has; none when it fits.
    fn misses(&self, value: &Value) -> Option<FieldCode> {
        let (fits, code) = match (self, value) {
            (Self::Whole { least, most }, Value::Integer(number)) => {
                (number >= least && most.is_none_or(|most| *number <= most), FieldCode::OutOfRange)
            }
            (Self::Choice(words), Value::String(text)) => (words.contains(text), FieldCode::NotOneOf),
            (Self::Text { form, least, most }, Value::String(text)) => match text.chars().count() {
                0 if *least > 0 => (false, FieldCode::Required),
                length if length < *least => (false, FieldCode::TooShort),
                length if most.is_some_and(|most| length > most) => (false, FieldCode::TooLong),
                _ => (is_of(*form, text), FieldCode::Invalid),
            },
            (Self::Switch, Value::Boolean(_))
            | (Self::List(_), Value::Array(_))
            | (Self::Table(_), Value::Table(_)) => return None,
            _ => (false, FieldCode::WrongType),
        };
        (!fits).then_some(code)
    }

    /// The same of JSON, in which there is more than a configuration can have: null, and greater numbers.
    pub fn accept_json(&self, value: &Json) -> Result<Value, FieldFault> {
        let read = Value::try_from(value).map_err(|_| {
            let is_beyond = value.is_u64() && matches!(self, Self::Whole { .. });
            let code = if is_beyond { FieldCode::OutOfRange } else { FieldCode::WrongType };
            let shown = match value {
                Json::Object(_) => "a section".to_owned(),
                Json::Array(_) => "a list".to_owned(),
                other => shortened(other.to_string()),
            };
            self.fault(code, &shown)
        })?;
        self.accept(read)
    }

    fn fault(&self, code: FieldCode, shown: &str) -> FieldFault {
        let is = if self.is_secret() { String::new() } else { format!(", but is {shown}") };
        FieldFault::new(code, format!("must be {}{is}", self.demand()))
    }
}

/// A URL that lacks its beginning, with it.
pub(super) fn meant_url(text: &str) -> String {
    let with_scheme = format!("http://{text}");
    let is_one = !text.is_empty() && !text.contains("://") && Url::parse(&with_scheme).is_ok_and(|url| url.has_host());
    if is_one { format!("; did you mean {with_scheme}?") } else { String::new() }
}

fn is_of(form: Form, text: &str) -> bool {
    match form {
        Form::Any | Form::Secret => true,
        Form::Url => Url::parse(text).is_ok(),
        Form::Address => text.parse::<IpAddr>().is_ok(),
        Form::Networks => text.parse::<TrustedProxies>().is_ok(),
    }
}

/// A wrong value as it was written; a long one is not repeated whole.
fn shown(value: &Value) -> String {
    match value {
        Value::Table(_) => "a section".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        other => shortened(other.to_string()),
    }
}

fn shortened(text: String) -> String {
    if text.chars().count() <= 60 { text } else { format!("{}…", text.chars().take(60).collect::<String>()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_told_with_what_would() {
        let seconds = Kind::Whole { least: 1, most: Some(3600) };
        assert_eq!(seconds.read(" 3_600 "), Ok(Value::Integer(3600)));
        for (text, told) in
            [("0", "but is 0"), ("3601", "but is 3601"), ("many", "but is \"many\""), ("1.5", "\"1.5\"")]
        {
            let message = seconds.read(text).expect_err(text).message;
            assert!(message.contains("a whole number from 1 to 3600") && message.contains(told), "{message}");
        }
        let choice = Kind::Choice(vec!["off".to_owned(), "file".to_owned()]);
        assert!(choice.read("on").expect_err("refused").message.contains("one of off, file"));
        let text = |form| Kind::Text { form, least: 0, most: None };
        assert!(
            text(Form::Url)
                .read("example.com")
                .expect_err("refused")
                .message
                .contains("did you mean http://example.com?")
        );
        assert!(text(Form::Address).read("localhost").expect_err("refused").message.contains("127.0.0.1"));
        assert!(text(Form::Networks).read("10.0.0.0/8, ::1").is_ok());
        assert!(Kind::List(None).read("[1, 2").is_err());
        assert!(Kind::List(None).read(r#"[{"name": "as JSON"}]"#).is_ok());
    }

    #[test]
    fn what_does_not_fit_has_the_code_of_its_kind() {
        let seconds = Kind::Whole { least: 1, most: Some(3600) };
        let choice = Kind::Choice(vec!["off".to_owned(), "file".to_owned()]);
        let text = Kind::Text { form: Form::Any, least: 2, most: Some(3) };
        let url = Kind::Text { form: Form::Url, least: 0, most: None };
        for (kind, written, code) in [
            (&seconds, "0", FieldCode::OutOfRange),
            (&seconds, "3601", FieldCode::OutOfRange),
            (&seconds, "many", FieldCode::WrongType),
            (&Kind::Switch, "1", FieldCode::WrongType),
            (&Kind::List(None), "1", FieldCode::WrongType),
            (&choice, "on", FieldCode::NotOneOf),
            (&text, "", FieldCode::Required),
            (&text, "a", FieldCode::TooShort),
            (&text, "abcd", FieldCode::TooLong),
            (&url, "example.com", FieldCode::Invalid),
        ] {
            assert_eq!(kind.read(written).expect_err(written).code, code, "{kind:?} {written}");
        }
    }

    #[test]
    fn a_secret_is_not_repeated() {
        let secret = Kind::Text { form: Form::Secret, least: 0, most: Some(3) };
        let message = secret.read("hunter2").expect_err("refused").message;
        assert!(!message.contains("hunter2"), "{message}");
    }
}
