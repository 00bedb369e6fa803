//! What a route asks of a request besides host and path.

use super::asked::Repeated;
use super::config::RouteConfig;
use super::config_parts::FieldMatchConfig;
use super::facts::{self, Facts};
use super::pattern::whole;
use crate::policies::Cors;
use http::{HeaderName, Method};
use orion_conditions::Condition;
use regex::bytes::Regex;
use std::borrow::Cow;
use std::fmt;

/// Bytes that one regular expression of a value may take.
const REGEX_BYTES: usize = 128 << 10;
/// How many matches of each kind a route may have.
const MAX_MATCHES: usize = 16;

/// What a route asks of a request besides host and path; all of it must hold.
#[derive(Debug, Default)]
pub struct Conditions {
    methods: Vec<Method>,
    /// Whether it answers browsers that ask whether they may use one of them.
    answers_preflights: bool,
    headers: Vec<(HeaderName, Test)>,
    query: Vec<(String, Test)>,
    when: Option<Condition>,
}

/// What a value must be.
#[derive(Debug)]
enum Test {
    Is(String),
    Prefix(String),
    Regex(String, Regex),
    Present(bool),
}

/// Faults of a route, each with its key within it.
pub(super) type Wrong = Vec<(String, String)>;

impl Conditions {
    /// Those of a route, or `None` where it has none; what is wrong with them is added.
    pub(super) fn of_config(config: &RouteConfig, wrong: &mut Wrong) -> Option<Box<Self>> {
        let before = wrong.len();
        let mut conditions = Self { answers_preflights: config.cors.is_some(), ..Self::default() };
        for (index, method) in config.methods.iter().enumerate() {
            match Method::from_bytes(method.as_bytes()) {
                Ok(method) if method != Method::CONNECT && !method.as_str().contains(char::is_lowercase) => {
                    conditions.methods.push(method);
                }
                _ => wrong.push((
                    format!("methods[{index}]"),
                    format!("\"{method}\" must be a method in capital letters, such as GET, and not CONNECT"),
                )),
            }
        }
        for (index, field) in config.headers.iter().enumerate() {
            match HeaderName::from_bytes(field.name.as_bytes()) {
                Ok(name) => {
                    let key = format!("headers[{index}]");
                    conditions.headers.extend(Test::of_config(field, &key, wrong).map(|test| (name, test)));
                }
                Err(_) => wrong.push((format!("headers[{index}].name"), "must be the name of a header".to_owned())),
            }
        }
        for (index, field) in config.query.iter().enumerate() {
            if field.name.is_empty() || field.name.len() > 256 {
                wrong.push((format!("query[{index}].name"), "must have 1 to 256 bytes".to_owned()));
            }
            let key = format!("query[{index}]");
            conditions.query.extend(Test::of_config(field, &key, wrong).map(|test| (field.name.clone(), test)));
        }
        let counts =
            [("methods", config.methods.len()), ("headers", config.headers.len()), ("query", config.query.len())];
        for (key, _) in counts.iter().filter(|(_, count)| *count > MAX_MATCHES) {
            wrong.push(((*key).to_owned(), format!("must have at most {MAX_MATCHES} of them")));
        }
        match config.when.as_deref().map(facts::condition) {
            Some(Ok(condition)) => conditions.when = Some(condition),
            Some(Err(error)) => wrong.push(("when".to_owned(), error.to_string())),
            None => {}
        }
        (wrong.len() == before && conditions.count() > 0).then(|| Box::new(conditions))
    }

    /// How many there are: of routes with one path, that with more is asked first.
    pub(super) fn count(&self) -> usize {
        usize::from(!self.methods.is_empty()) + self.headers.len() + self.query.len() + usize::from(self.when.is_some())
    }

    /// Whether methods alone are asked for.
    pub(super) fn methods(&self) -> &[Method] {
        &self.methods
    }

    /// Whether all of them hold.
    pub(super) fn hold(&self, facts: &Facts<'_>) -> bool {
        (self.methods.is_empty() || self.takes_method_of(facts))
            && self.headers.iter().all(|(name, test)| header(name, test, facts))
            && self.query.iter().all(|(name, test)| parameter(name, test, facts))
            && self.when.as_ref().is_none_or(|when| facts.hold(when).unwrap_or(false))
    }

    /// Whether a request's method is one of those; of a preflight (OPTIONS) that which it asks for.
    fn takes_method_of(&self, facts: &Facts<'_>) -> bool {
        let preflight = || Cors::asked_method(facts.asked.method, facts.asked.headers);
        self.takes_method(facts.method)
            || self.answers_preflights && preflight().is_some_and(|method| self.takes_method(&method))
    }

    /// Whether a method is one of those that are asked for. HEAD is GET without the answer's body (RFC 9110, section 9.3.2).
    fn takes_method(&self, method: &Method) -> bool {
        self.methods.iter().any(|own| own == method || *method == Method::HEAD && *own == Method::GET)
    }

    /// Each in words, with whether it holds.
    pub(super) fn each(&self, facts: &Facts<'_>) -> Vec<(String, bool)> {
        let mut told = Vec::with_capacity(self.count());
        if !self.methods.is_empty() {
            told.push((self.words_of_methods(), self.takes_method_of(facts)));
        }
        let headers =
            self.headers.iter().map(|(name, test)| (test.words("header", name.as_str()), header(name, test, facts)));
        told.extend(headers);
        told.extend(self.query.iter().map(|(name, test)| (test.words("query", name), parameter(name, test, facts))));
        told.extend(self.when.as_ref().map(|when| match facts.hold(when) {
            Ok(holds) => (format!("when {}", when.text()), holds),
            Err(reason) => (format!("when {} ({reason})", when.text()), false),
        }));
        told
    }

    /// Each in words.
    pub(super) fn words(&self) -> Vec<String> {
        let methods = (!self.methods.is_empty()).then(|| self.words_of_methods());
        let headers = self.headers.iter().map(|(name, test)| test.words("header", name.as_str()));
        let query = self.query.iter().map(|(name, test)| test.words("query", name));
        let when = self.when.as_ref().map(|when| format!("when {}", when.text()));
        methods.into_iter().chain(headers).chain(query).chain(when).collect()
    }

    fn words_of_methods(&self) -> String {
        let names: Vec<_> = self.methods.iter().map(Method::as_str).collect();
        format!("method {}", names.join(" or "))
    }
}

/// Whether a header is as it must be.
fn header(name: &HeaderName, test: &Test, facts: &Facts<'_>) -> bool {
    let values = facts.asked.headers.get_all(name).iter().map(|value| Cow::Borrowed(value.as_bytes()));
    test.of_all(values, facts)
}

/// Whether a parameter of the query is as it must be.
fn parameter(name: &str, test: &Test, facts: &Facts<'_>) -> bool {
    let values = facts.asked.parameters().filter(|(own, _)| own == name).map(|(_, value)| match value {
        Cow::Borrowed(value) => Cow::Borrowed(value.as_bytes()),
        Cow::Owned(value) => Cow::Owned(value.into_bytes()),
    });
    test.of_all(values, facts)
}

impl Test {
    fn of_config(config: &FieldMatchConfig, key: &str, wrong: &mut Wrong) -> Option<Self> {
        let choices = usize::from(config.is.is_some())
            + usize::from(config.prefix.is_some())
            + usize::from(config.regex.is_some())
            + usize::from(config.present.is_some());
        if choices != 1 {
            wrong.push((key.to_owned(), "must have one of is, prefix, regex and present".to_owned()));
            return None;
        }
        if let Some(present) = config.present {
            return Some(Self::Present(present));
        }
        if let Some(regex) = &config.regex {
            return match whole(regex, false, REGEX_BYTES) {
                Ok(compiled) => Some(Self::Regex(regex.clone(), compiled)),
                Err(error) => {
                    wrong.push((format!("{key}.regex"), format!("is no regular expression: {error}")));
                    None
                }
            };
        }
        let (is, text) = if let Some(is) = &config.is { (true, is) } else { (false, config.prefix.as_ref()?) };
        let allowed = if is { 0..=1024 } else { 1..=1024 };
        if !allowed.contains(&text.len()) {
            let key = format!("{key}.{}", if is { "is" } else { "prefix" });
            wrong.push((key, format!("must have {} to 1024 bytes", allowed.start())));
            return None;
        }
        Some(if is { Self::Is(text.clone()) } else { Self::Prefix(text.clone()) })
    }

    /// Whether it holds of what is said, once or more often.
    fn of_all<'a>(&self, values: impl Iterator<Item = Cow<'a, [u8]>>, facts: &Facts<'_>) -> bool {
        let (mut yes, mut no, mut first, mut last) = (0_usize, 0_usize, false, false);
        for value in values {
            last = self.of(&value);
            first = if yes + no == 0 { last } else { first };
            if last { yes += 1 } else { no += 1 }
        }
        if let Self::Present(present) = self {
            return *present == (yes > 0);
        }
        if yes > 0 && no > 0 {
            facts.is_contradictory.set(true);
        }
        match facts.repeated {
            Repeated::Any => yes > 0,
            Repeated::All => yes > 0 && no == 0,
            Repeated::First => first,
            Repeated::Last => last,
        }
    }

    fn of(&self, value: &[u8]) -> bool {
        match self {
            Self::Is(text) => value == text.as_bytes(),
            Self::Prefix(text) => value.starts_with(text.as_bytes()),
            Self::Regex(_, regex) => regex.is_match(value),
            Self::Present(_) => true,
        }
    }

    fn words(&self, of: &str, name: &str) -> String {
        format!("{of} {name} {self}")
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(text) => write!(f, "is \"{text}\""),
            Self::Prefix(text) => write!(f, "begins with \"{text}\""),
            Self::Regex(text, _) => write!(f, "fits {text}"),
            Self::Present(true) => f.write_str("is there"),
            Self::Present(false) => f.write_str("is not there"),
        }
    }
}
