//! What a route as written is made of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use url::Url;
use utoipa::ToSchema;

/// Whether a value need not be written.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Where requests go, as written: a URL, or the name of an upstream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum UpstreamRef {
    /// A server.
    Url(Url),
    /// One of the upstreams that have a name.
    Name(String),
}

impl TryFrom<String> for UpstreamRef {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        // What has a colon is meant for a URL: no upstream has one in its name.
        if !text.contains(':') {
            return Ok(Self::Name(text));
        }
        Url::parse(&text)
            .map(Self::Url)
            .map_err(|error| format!("\"{text}\" is no URL such as http://host:port: {error}"))
    }
}

impl From<UpstreamRef> for String {
    fn from(upstream: UpstreamRef) -> Self {
        upstream.to_string()
    }
}

impl fmt::Display for UpstreamRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => url.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

/// What a header or a parameter of the query must be: one of `is`, `prefix`, `regex` and `present`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldMatchConfig {
    /// Its name. Those of headers are the same in large and small letters.
    #[schema(example = "x-version")]
    pub name: String,
    /// The value that it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2")]
    pub is: Option<String>,
    /// What its value begins with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// A regular expression of the whole value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    /// Whether it is there at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<bool>,
}

/// An upstream and its share of the requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitConfig {
    /// Where they go.
    #[schemars(with = "String")]
    #[schema(value_type = String, example = "http://127.0.0.1:8080")]
    pub upstream: UpstreamRef,
    /// Its part of the sum of all weights; 0 for nothing.
    #[schemars(range(max = 1_000_000))]
    #[schema(maximum = 1_000_000, example = 90)]
    pub weight: u32,
}

/// An upstream for requests that have a header or a cookie with a certain value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CanaryConfig {
    /// The name of the header; or else of the cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "x-canary")]
    pub header: Option<String>,
    /// The name of the cookie; or else of the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cookie: Option<String>,
    /// The value that it has.
    #[schema(example = "always")]
    pub value: String,
    /// Where such requests go.
    #[schemars(with = "String")]
    #[schema(value_type = String, example = "http://127.0.0.1:8081")]
    pub upstream: UpstreamRef,
}

/// Which path the upstream sees: one of `prefix` and `path`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RewriteConfig {
    /// What stands in the place of the part of the path that the route matched: with `path = "/shop/*"`, `/v2` makes `/shop/cart`
    /// to `/v2/cart`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "/v2")]
    pub prefix: Option<String>,
    /// All of the path, with what the route's path names: `/items/{id}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// What becomes of several slashes that follow each other in a path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DoubleSlashes {
    /// They become one, as most servers read them.
    #[default]
    Merge,
    /// The upstream sees them, unless it could take the path for another route's by them.
    Keep,
    /// The request is answered 400.
    Refuse,
}

/// What becomes of parameters of segments (`/shop;v=1`, RFC 3986, section 3.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Parameters {
    /// They pass, unless a server that cuts them off could take the path for another route's: then the request is answered 400.
    #[default]
    Check,
    /// They pass always: the upstream takes them for a part of the name.
    Pass,
    /// The request is answered 400.
    Refuse,
}
