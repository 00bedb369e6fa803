//! What pages draw in by an address that names its version, so that it may be kept for as long as anybody likes.

use axum::extract::FromRequestParts;
use http::request::Parts;
use std::convert::Infallible;

/// The version that an address names.
pub(super) struct Versioned(Option<String>);

impl Versioned {
    /// For how long the answer may be kept, by what is served. While an upgrade goes on a page of the new version may ask a process of
    /// the old one: what that answers must not stand under the new address for a year.
    pub(super) fn kept(&self, served: &str) -> &'static str {
        match &self.0 {
            Some(asked) if asked == served => "public, max-age=31536000, immutable",
            _ => "no-store",
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Versioned {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let mut named = query.filter(|(name, _)| name == "v").map(|(_, version)| version.into_owned());
        Ok(Self(named.next()))
    }
}
