//! The codings that there are.

use http::HeaderValue;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How an answer is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Coding {
    /// Zstandard (RFC 8878): the fastest.
    Zstd,
    /// Brotli (RFC 7932): the smallest text.
    Brotli,
    /// gzip (RFC 1952): what every client knows.
    Gzip,
}

impl Coding {
    /// All of them.
    pub(super) const ALL: [Self; 3] = [Self::Zstd, Self::Brotli, Self::Gzip];

    /// What `Content-Encoding` calls it.
    pub fn token(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Zstd => "zstd",
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        })
    }

    /// The coding that a client names; `x-gzip` is gzip (RFC 9110, section 8.4.1.3).
    pub(super) fn of_token(token: &[u8]) -> Option<Self> {
        let is = |name: &str| token.eq_ignore_ascii_case(name.as_bytes());
        match () {
            () if is("zstd") => Some(Self::Zstd),
            () if is("br") => Some(Self::Brotli),
            () if is("gzip") || is("x-gzip") => Some(Self::Gzip),
            () => None,
        }
    }
}
