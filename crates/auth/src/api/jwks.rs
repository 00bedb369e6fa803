//! `/.well-known/jwks.json`

use crate::domain::Auth;
use axum::Json;
use axum::extract::State;
use http::{HeaderValue, header};
use jsonwebtoken::jwk::JwkSet;

/// The keys that access tokens are verified with (RFC 7517). A key appears ten minutes before it signs.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    tag = "auth",
    responses((status = 200, description = "The key set", body = serde_json::Value, example = json!({ "keys": [] }))),
)]
pub(super) async fn jwks(State(auth): State<Auth>) -> ([(header::HeaderName, HeaderValue); 1], Json<JwkSet>) {
    let keep = HeaderValue::from_static("public, max-age=60");
    ([(header::CACHE_CONTROL, keep)], Json(auth.keys.published()))
}
