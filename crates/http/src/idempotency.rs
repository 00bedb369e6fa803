//! The `Idempotency-Key` header.

use crate::problem::ApiProblem;
use crate::valid::sha256;
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
    /// Binds the key to who calls which endpoint with which input: the body's digest, and what else says what is asked
    /// for. Answers are never shown to another caller.
    pub fn bind(self, caller: impl std::fmt::Display, endpoint: &str, input: &str) -> Option<IdempotencyKey> {
        let fingerprint = || sha256(input.as_bytes());
        self.0.map(|key| IdempotencyKey { scope: format!("{caller} {endpoint}"), key, fingerprint: fingerprint() })
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
