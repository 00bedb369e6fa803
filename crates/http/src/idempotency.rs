//! The `Idempotency-Key` header.

use crate::problem::ApiProblem;
use axum::extract::FromRequestParts;
use http::request::Parts;
use orion_contracts::Problem;
use orion_infra::idempotency::IdempotencyKey;

/// The longest key that is taken.
const MAX: usize = 255;

/// The key of this request, when the caller sent one.
#[derive(Debug)]
pub struct IdempotencyHeader(Option<String>);

impl IdempotencyHeader {
    /// Binds the key to who calls which endpoint with which body. Answers are never shown to another caller.
    pub fn bind(self, caller: impl std::fmt::Display, endpoint: &str, digest: &str) -> Option<IdempotencyKey> {
        self.0.map(|key| IdempotencyKey { scope: format!("{caller} {endpoint}"), key, fingerprint: digest.to_owned() })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyHeader {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiProblem> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        match value.to_str() {
            Ok(key) if (1..=MAX).contains(&key.len()) => Ok(Self(Some(key.to_owned()))),
            _ => Err(Problem::bad_request()
                .detail("Idempotency-Key must have 1 to 255 printable ASCII characters.")
                .into()),
        }
    }
}
