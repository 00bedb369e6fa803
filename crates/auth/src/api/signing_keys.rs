//! `/api/v1/auth/admin/keys`: the keys that sign access tokens.

use crate::domain::Auth;
use axum::Json;
use axum::extract::State;
use orion_contracts::auth::{KeyRotation, SigningKey};
use orion_contracts::permissions::{KeysRead, KeysRotate};
use orion_contracts::{Page, PageQuery};
use orion_http::{ApiProblem, Fresh, Require, ValidQuery};

/// Lists the signing keys, newest first
///
/// Without their private parts. Needs the permission `keys.read`.
#[utoipa::path(
    get, path = "/api/v1/auth/admin/keys", tag = "auth", security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, description = "A page of keys", body = Page<SigningKey>)),
)]
pub(super) async fn list(
    _: Require<KeysRead>,
    State(auth): State<Auth>,
    ValidQuery(query): ValidQuery<PageQuery>,
) -> Result<Json<Page<SigningKey>>, ApiProblem> {
    Ok(Json(auth.signing_keys(&query).await?))
}

/// Rotates the signing keys
///
/// The next key is published at once, and signs ten minutes later, when everybody knows it. Where one waits already nothing
/// changes, and the answer says so, and from when on it signs. Needs the permission `keys.rotate`, and a sign-in of the last five minutes.
#[utoipa::path(
    post, path = "/api/v1/auth/admin/keys/rotate", tag = "auth", security(("bearer" = [])),
    responses((status = 200, description = "What was done, and the newest keys", body = KeyRotation)),
)]
pub(super) async fn rotate(
    caller: Require<KeysRotate>,
    _: Fresh,
    State(auth): State<Auth>,
) -> Result<Json<KeyRotation>, ApiProblem> {
    Ok(Json(auth.rotate_signing_keys(&**caller).await?))
}
