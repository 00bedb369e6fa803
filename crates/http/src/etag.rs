//! Concurrent edits: a version as an ETag, and `If-Match` (RFC 9110, section 13.1.1).

use crate::problem::ApiProblem;
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderName, HeaderValue, header};
use orion_contracts::Problem;

/// The ETag header of a version.
pub fn etag(version: i64) -> [(HeaderName, HeaderValue); 1] {
    let value = HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"0\""));
    [(header::ETAG, value)]
}

/// The version that the caller has seen, when they say so.
#[derive(Debug, Clone, Copy)]
pub struct IfMatch(pub Option<i64>);

impl IfMatch {
    /// Refuses when somebody else has changed it since.
    pub fn check(self, version: i64) -> Result<(), Problem> {
        match self.0 {
            Some(seen) if seen != version => Err(Problem::precondition_failed()
                .detail(format!("You have seen version {seen}; it is at version {version} now. Read it again."))),
            _ => Ok(()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiProblem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(None));
        }
        match text.trim_matches('"').parse() {
            Ok(version) => Ok(Self(Some(version))),
            Err(_) => Err(Problem::bad_request().detail("If-Match must be the ETag as it was given.").into()),
        }
    }
}
