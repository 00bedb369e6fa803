//! What conditions are asked of, made of a request once, and only if a condition asks.

use super::asked::{Asked, Repeated};
use http::Method;
use orion_conditions::{Condition, Given, NoAnswer, NoCondition, Values, Variables};
use serde::Serialize;
use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use utoipa::ToSchema;

/// What a condition may name.
const REQUEST: &str = "request";
static VARIABLES: LazyLock<Variables> =
    LazyLock::new(|| Variables::default().with::<RequestFacts<'_>>(REQUEST).for_keeping());

/// How many headers and parameters a condition is told of.
const MOST: usize = 256;

/// Reads the condition of a route, over `request`.
pub(super) fn condition(text: &str) -> Result<Condition, NoCondition> {
    Condition::compile(text, &VARIABLES)
}

/// What a condition knows of a request.
#[derive(Serialize, ToSchema)]
struct RequestFacts<'a> {
    method: &'a str,
    /// Without a port.
    host: &'a str,
    /// In its canonical form.
    path: &'a str,
    /// The client's address.
    #[schema(format = "ip")]
    ip: String,
    /// By name in small letters. What is sent more than once is joined with ", ".
    #[schema(value_type = std::collections::HashMap<String, String>)]
    headers: BTreeMap<&'a str, Cow<'a, str>>,
    /// By name, decoded. Of what is there more than once, the first.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    query: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
}

/// A request as one reading of it has it.
pub(super) struct Facts<'a> {
    pub(super) asked: &'a Asked<'a>,
    /// Its method, or that which it asks to be taken for.
    pub(super) method: &'a Method,
    pub(super) repeated: Repeated,
    /// Whether a condition holds of one value of something that was said more than once, and not of another.
    pub(super) is_contradictory: Cell<bool>,
    /// Whether a condition was asked of less than the request has: its upstream would see the rest.
    pub(super) is_cut_off: Cell<bool>,
    values: OnceCell<Result<Values, NoAnswer>>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(asked: &'a Asked<'a>, method: &'a Method, repeated: Repeated) -> Self {
        Self {
            asked,
            method,
            repeated,
            is_contradictory: Cell::new(false),
            is_cut_off: Cell::new(false),
            values: OnceCell::new(),
        }
    }

    /// Whether a condition holds; without an answer it does not.
    pub(super) fn hold(&self, condition: &Condition) -> Result<bool, NoAnswer> {
        let values = self.values.get_or_init(|| {
            let mut values = Values::default();
            values.set(REQUEST, &Given::of(self.request())?);
            Ok(values)
        });
        condition.holds(values.as_ref().map_err(Clone::clone)?)
    }

    fn request(&self) -> RequestFacts<'_> {
        let (mut headers, mut query) = (BTreeMap::<&str, Cow<'_, str>>::new(), BTreeMap::new());
        for (name, value) in self.asked.headers.iter().take(MOST) {
            let value = String::from_utf8_lossy(value.as_bytes());
            match headers.get_mut(name.as_str()) {
                Some(held) => self.again(held, value, |held, value| Cow::Owned(format!("{held}, {value}"))),
                None => drop(headers.insert(name.as_str(), value)),
            }
        }
        for (name, value) in self.asked.parameters().take(MOST) {
            match query.get_mut(&name) {
                Some(held) => self.again(held, value, |held, _| held),
                None => drop(query.insert(name, value)),
            }
        }
        self.is_cut_off.set(self.asked.headers.len() > MOST || self.asked.parameters().nth(MOST).is_some());
        RequestFacts {
            method: self.method.as_str(),
            host: self.asked.host_name(),
            path: self.asked.path,
            ip: self.asked.client.to_canonical().to_string(),
            headers,
            query,
        }
    }

    /// What is said again is read in one way or another.
    fn again<'v>(
        &self,
        held: &mut Cow<'v, str>,
        value: Cow<'v, str>,
        both: impl FnOnce(Cow<'v, str>, Cow<'v, str>) -> Cow<'v, str>,
    ) {
        self.is_contradictory.set(true);
        *held = match self.repeated {
            Repeated::First => return,
            Repeated::Last => value,
            Repeated::Any | Repeated::All => both(std::mem::take(held), value),
        };
    }
}
