//! How a request finds its endpoint.

use http::HeaderName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display};
use std::str::FromStr;
use utoipa::ToSchema;

/// Which endpoint a request goes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Balance {
    /// One after the other.
    RoundRobin,
    /// One after the other, each as often as its weight says, and evenly spread.
    Weighted,
    /// The one that has the fewest requests under way for its weight.
    LeastConnections,
    /// One by chance, by weight.
    Random,
    /// Of two by chance, the one that is expected to answer sooner: by how long its answers took lately, and what it has under
    /// way. Slow, full and failing endpoints get less without anything being set.
    #[default]
    PeakEwma,
    /// The same for the same `hash_by`, as long as it is there and well.
    ConsistentHash,
}

impl Balance {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::RoundRobin => "round_robin",
            Self::Weighted => "weighted",
            Self::LeastConnections => "least_connections",
            Self::Random => "random",
            Self::PeakEwma => "peak_ewma",
            Self::ConsistentHash => "consistent_hash",
        }
    }
}

/// By what requests are kept together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum HashBy {
    /// The value of a header.
    Header(HeaderName),
    /// The value of a cookie.
    Cookie(String),
    /// The client's address.
    Address,
}

/// A text that is no [`HashBy`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be \"header:NAME\", \"cookie:NAME\" or \"address\"")]
pub struct NoHashBy;

impl FromStr for HashBy {
    type Err = NoHashBy;

    fn from_str(text: &str) -> Result<Self, NoHashBy> {
        match text.split_once(':') {
            None if text == "address" => Ok(Self::Address),
            Some(("header", name)) => name.parse().map(Self::Header).map_err(|_| NoHashBy),
            // The name of a cookie is a token, as that of a header is (RFC 6265, section 4.1.1), and keeps its case.
            Some(("cookie", name)) if HeaderName::from_str(name).is_ok() => Ok(Self::Cookie(name.to_owned())),
            _ => Err(NoHashBy),
        }
    }
}

impl Display for HashBy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) => write!(formatter, "header:{name}"),
            Self::Cookie(name) => write!(formatter, "cookie:{name}"),
            Self::Address => formatter.write_str("address"),
        }
    }
}

impl TryFrom<String> for HashBy {
    type Error = NoHashBy;

    fn try_from(text: String) -> Result<Self, NoHashBy> {
        text.parse()
    }
}

impl From<HashBy> for String {
    fn from(by: HashBy) -> Self {
        by.to_string()
    }
}
