//! `/.well-known/jwks.json`

use crate::domain::Auth;
use axum::Json;
use axum::extract::State;
use http::{HeaderValue, header};
use jsonwebtoken::jwk::JwkSet;

/// Lists the keys that access tokens are verified with (RFC 7517).
///
/// A key appears ten minutes before it signs. Keep them for a minute, as `Cache-Control` says.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    tag = "auth",
    responses((status = 200, description = "The key set", body = serde_json::Value, example = json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    }] }))),
)]
pub(super) async fn jwks(State(auth): State<Auth>) -> ([(header::HeaderName, HeaderValue); 1], Json<JwkSet>) {
    let keep = HeaderValue::from_static("public, max-age=60");
    ([(header::CACHE_CONTROL, keep)], Json(auth.keys.published()))
}
