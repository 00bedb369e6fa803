//! How endpoints are asked whether they are well.

use super::LONGEST;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;
use std::fmt::{self, Display};
use std::str::FromStr;
use utoipa::ToSchema;

/// Asks each endpoint again and again whether it is well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct HealthConfig {
    /// By what.
    pub kind: HealthKind,
    /// The path that `kind = "http"` gets, without the base path of the endpoints.
    #[schemars(length(max = 1024))]
    #[default = "/livez"]
    pub path: String,
    /// The statuses that say that it is well: numbers such as 204, or "200-299". A redirect does not, for it says nothing of who
    /// answers behind it.
    #[schemars(length(min = 1, max = 16))]
    #[schema(value_type = Vec<String>, example = json!(["200-299"]))]
    #[default(vec![StatusRange { from: 200, to: 299 }])]
    pub statuses: Vec<StatusRange>,
    /// The time between two questions to one endpoint, in milliseconds.
    #[schemars(range(min = 100, max = LONGEST))]
    #[default = 5000]
    pub interval_ms: u64,
    /// How long an answer may take, in milliseconds.
    #[schemars(range(min = 1, max = 60_000))]
    #[default = 2000]
    pub timeout_ms: u64,
    /// So many good answers one after the other, and an endpoint that was failing is well again.
    #[schemars(range(min = 1, max = 100))]
    #[default = 2]
    pub healthy: u32,
    /// So many bad ones, and it is failing. The very first answer counts at once.
    #[schemars(range(min = 1, max = 100))]
    #[default = 3]
    pub unhealthy: u32,
    /// By how many percent the interval varies, so that many gateways do not ask in the same moment.
    #[schemars(range(max = 100))]
    #[default = 20]
    pub jitter_percent: u32,
}

/// By what an endpoint is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthKind {
    /// A GET, by the scheme of the endpoint.
    #[default]
    Http,
    /// A connection.
    Tcp,
}

/// Statuses from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Written", into = "String")]
#[schemars(with = "Written")]
pub struct StatusRange {
    /// The first.
    pub from: u16,
    /// The last.
    pub to: u16,
}

/// How a range is written.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Written {
    /// Such as 204.
    One(u16),
    /// Such as "200-299".
    Range(String),
}

/// What is no range of statuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a status from 100 to 599, or a range such as \"200-299\"")]
pub struct NoStatusRange;

impl StatusRange {
    /// Whether a status is in it.
    pub fn has(self, status: u16) -> bool {
        (self.from..=self.to).contains(&status)
    }

    fn new(from: u16, to: u16) -> Result<Self, NoStatusRange> {
        let is_one = from <= to && (100..=599).contains(&from) && to <= 599;
        if is_one { Ok(Self { from, to }) } else { Err(NoStatusRange) }
    }
}

impl FromStr for StatusRange {
    type Err = NoStatusRange;

    fn from_str(text: &str) -> Result<Self, NoStatusRange> {
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        let number = |text: &str| text.trim().parse().map_err(|_| NoStatusRange);
        Self::new(number(from)?, number(to)?)
    }
}

impl TryFrom<Written> for StatusRange {
    type Error = NoStatusRange;

    fn try_from(written: Written) -> Result<Self, NoStatusRange> {
        match written {
            Written::One(status) => Self::new(status, status),
            Written::Range(text) => text.parse(),
        }
    }
}

impl Display for StatusRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to {
            write!(formatter, "{}", self.from)
        } else {
            write!(formatter, "{}-{}", self.from, self.to)
        }
    }
}

impl From<StatusRange> for String {
    fn from(range: StatusRange) -> Self {
        range.to_string()
    }
}
