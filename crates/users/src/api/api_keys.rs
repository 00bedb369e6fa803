//! `/api/v1/api-keys`: what programs call with that nobody signs in for.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use orion_contracts::api_keys::{
    ApiKey, ApiKeyFound, ApiKeyQuery, CreateApiKey, NewApiKey, RotateApiKey, UpdateApiKey,
};
use orion_contracts::internal::{FindApiKey, NoteApiKeyUses, Nothing};
use orion_contracts::permissions::{ApiKeysWrite, ProfileRead};
use orion_contracts::{ApiKeyId, Page, Problem};
use orion_http::etag::{IfMatch, etag};
use orion_http::idempotency::Idempotency;
use orion_http::{ApiProblem, Fresh, FromPeer, RequireOwn, RequireSomewhere, Valid, ValidPath, ValidQuery};

/// Lists API keys.
///
/// One's own, newest first, also those that were revoked within the last three months. Secrets are never shown again. Needs the
/// permission `profile.read`, which every account has; the keys of others need `api-keys.read` as well.
#[utoipa::path(
    get, path = "/api/v1/api-keys", tag = "api-keys", security(("bearer" = [])),
    params(ApiKeyQuery),
    responses((status = 200, description = "A page of keys", body = Page<ApiKey>))
)]
pub(super) async fn list(
    caller: RequireOwn<ProfileRead>,
    State(users): State<Users>,
    ValidQuery(query): ValidQuery<ApiKeyQuery>,
) -> Result<Json<Page<ApiKey>>, ApiProblem> {
    Ok(Json(users.api_keys(&caller, &query).await?))
}

/// Makes an API key.
///
/// Its secret is in this answer and nowhere else. It is sent as `Authorization: Bearer` or as `X-API-Key`, and does what its owner
/// may do at that moment, under its scopes: it never outlives or exceeds them, and takes no part in what needs a person who has
/// signed in. Needs the permission `api-keys.write`, which every verified account has, and a sign-in
/// of the last five minutes.
#[utoipa::path(
    post, path = "/api/v1/api-keys", tag = "api-keys", security(("bearer" = [])),
    request_body = CreateApiKey,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer")),
    responses(
        (status = 201, description = "The key, and its secret", body = NewApiKey),
        (status = 409, description = "There are as many as there can be", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    caller: RequireOwn<ApiKeysWrite>,
    _: Fresh,
    State(users): State<Users>,
    key: Idempotency,
    request: Valid<CreateApiKey>,
) -> Result<impl IntoResponse, ApiProblem> {
    let made = users.create_api_key(&caller, None, &key, &request).await?;
    Ok((StatusCode::CREATED, etag(made.key.version), Json(made)))
}

/// Reads an API key.
///
/// Without its secret. Needs the permission `profile.read`, which every account has; a key of somebody else needs `api-keys.read` as well.
#[utoipa::path(
    get, path = "/api/v1/api-keys/{id}", tag = "api-keys", security(("bearer" = [])),
    params(("id" = ApiKeyId, Path, description = "The key's id")),
    responses((status = 200, description = "The key; the ETag stands for this version", body = ApiKey))
)]
pub(super) async fn find(
    caller: RequireOwn<ProfileRead>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<ApiKeyId>,
) -> Result<impl IntoResponse, ApiProblem> {
    let key = users.api_key(&caller, id).await?;
    Ok((etag(key.version), Json(key)))
}

/// Changes an API key.
///
/// Its name and its scopes: fewer than before, or such as the caller holds. It holds at once. Needs the permission `api-keys.write`,
/// which every verified account has, and a sign-in of the last five minutes.
#[utoipa::path(
    patch, path = "/api/v1/api-keys/{id}", tag = "api-keys", security(("bearer" = [])),
    request_body = UpdateApiKey,
    params(
        ("id" = ApiKeyId, Path, description = "The key's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is being changed"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
    ),
    responses(
        (status = 200, description = "The key after the change", body = ApiKey),
        (status = 409, description = "It was revoked", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn update(
    caller: RequireSomewhere<ApiKeysWrite>,
    _: Fresh,
    State(users): State<Users>,
    ValidPath(id): ValidPath<ApiKeyId>,
    seen: IfMatch,
    key: Idempotency,
    request: Valid<UpdateApiKey>,
) -> Result<impl IntoResponse, ApiProblem> {
    let key = users.update_api_key(caller.for_each_object(), id, &seen, &key, &request).await?;
    Ok((etag(key.version), Json(key)))
}

/// Gives an API key a new secret.
///
/// It is in this answer and nowhere else. The old secret goes on for a day, or for as long as is said; one that went on from an
/// earlier rotation ends now. Needs the permission `api-keys.write`, which every verified account has, and a sign-in
/// of the last five minutes.
#[utoipa::path(
    post, path = "/api/v1/api-keys/{id}/rotate", tag = "api-keys", security(("bearer" = [])),
    request_body = RotateApiKey,
    params(
        ("id" = ApiKeyId, Path, description = "The key's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is being changed"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
    ),
    responses(
        (status = 200, description = "The key, and its new secret", body = NewApiKey),
        (status = 409, description = "It was revoked", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn rotate(
    caller: RequireSomewhere<ApiKeysWrite>,
    _: Fresh,
    State(users): State<Users>,
    ValidPath(id): ValidPath<ApiKeyId>,
    seen: IfMatch,
    key: Idempotency,
    request: Valid<RotateApiKey>,
) -> Result<impl IntoResponse, ApiProblem> {
    let made = users.rotate_api_key(caller.for_each_object(), id, &seen, &key, &request).await?;
    Ok((etag(made.key.version), Json(made)))
}

/// Revokes an API key.
///
/// No process takes it any more; that cannot be undone. A key revokes itself, and another of its owner with `api-keys.write` alone;
/// nobody does it while acting as somebody else. Needs the permission `profile.read`, which every account has, for a key of
/// somebody else `api-keys.revoke` as well, and nobody revokes those of somebody above them.
#[utoipa::path(
    delete, path = "/api/v1/api-keys/{id}", tag = "api-keys", security(("bearer" = [])),
    params(
        ("id" = ApiKeyId, Path, description = "The key's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is being revoked"),
    ),
    responses(
        (status = 204, description = "It is revoked"),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn revoke(
    caller: RequireOwn<ProfileRead>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<ApiKeyId>,
    seen: IfMatch,
) -> Result<StatusCode, ApiProblem> {
    users.revoke_api_key(&caller, id, &seen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Internal: the key that a secret belongs to.
pub(super) async fn find_by_hash(users: Users, call: FromPeer<FindApiKey>) -> Result<ApiKeyFound, ApiProblem> {
    Ok(users.find_api_key(&call.at.hash).await?)
}

/// Internal: how often keys were used.
pub(super) async fn note_uses(users: Users, call: FromPeer<NoteApiKeyUses>) -> Result<Nothing, ApiProblem> {
    users.note_api_key_uses(call.input).await?;
    Ok(Nothing {})
}
