//! `/api/v1/service-accounts`: subjects that are programs.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use orion_contracts::api_keys::{CreateApiKey, NewApiKey};
use orion_contracts::permissions::{ServiceAccountsRead, ServiceAccountsWrite};
use orion_contracts::service_accounts::{CreateServiceAccount, ServiceAccount, UpdateServiceAccount};
use orion_contracts::{Page, PageQuery, Problem, UserId};
use orion_http::etag::{IfMatch, etag};
use orion_http::idempotency::Idempotency;
use orion_http::{ApiProblem, Fresh, Require, RequireOf, Valid, ValidPath, ValidQuery};

/// Lists service accounts, the newest first.
///
/// Needs the permission `service-accounts.read`.
#[utoipa::path(
    get, path = "/api/v1/service-accounts", tag = "service-accounts", security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, description = "A page of service accounts", body = Page<ServiceAccount>))
)]
pub(super) async fn list(
    _: Require<ServiceAccountsRead>,
    State(users): State<Users>,
    ValidQuery(query): ValidQuery<PageQuery>,
) -> Result<Json<Page<ServiceAccount>>, ApiProblem> {
    Ok(Json(users.service_accounts(&query).await?))
}

/// Makes a service account.
///
/// It is a subject like a user: roles and permissions are given to it by its id, at `/api/v1/users/{id}/roles` and
/// `/api/v1/users/{id}/permissions`. Nobody signs in as one; it calls with API keys of its own. Needs the permission
/// `service-accounts.write`, and a sign-in of the last five minutes; for an organisation, of which it is a member from then on, also
/// what adding a member to it needs.
#[utoipa::path(
    post, path = "/api/v1/service-accounts", tag = "service-accounts", security(("bearer" = [])),
    request_body = CreateServiceAccount,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer")),
    responses(
        (status = 201, description = "The service account", body = ServiceAccount),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    caller: Require<ServiceAccountsWrite>,
    _: Fresh,
    State(users): State<Users>,
    key: Idempotency,
    request: Valid<CreateServiceAccount>,
) -> Result<impl IntoResponse, ApiProblem> {
    let account = users.create_service_account(&caller, &key, &request).await?;
    Ok((StatusCode::CREATED, etag(account.version), Json(account)))
}

/// Reads a service account.
///
/// Needs the permission `service-accounts.read`.
#[utoipa::path(
    get, path = "/api/v1/service-accounts/{id}", tag = "service-accounts", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The service account's id")),
    responses((status = 200, description = "The service account; the ETag stands for this version", body = ServiceAccount))
)]
pub(super) async fn find(
    _: RequireOf<ServiceAccountsRead>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
) -> Result<impl IntoResponse, ApiProblem> {
    let account = users.service_account(id).await?;
    Ok((etag(account.version), Json(account)))
}

/// Changes a service account.
///
/// Absent fields stay, `null` clears. One that is not active has no keys that are taken. Nobody changes one that holds a role above
/// their own. Needs the permission `service-accounts.write`, and a sign-in of the last five minutes.
#[utoipa::path(
    patch, path = "/api/v1/service-accounts/{id}", tag = "service-accounts", security(("bearer" = [])),
    request_body = UpdateServiceAccount,
    params(
        ("id" = UserId, Path, description = "The service account's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is being changed"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
    ),
    responses(
        (status = 200, description = "The service account after the change", body = ServiceAccount),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn update(
    caller: RequireOf<ServiceAccountsWrite>,
    _: Fresh,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
    seen: IfMatch,
    key: Idempotency,
    request: Valid<UpdateServiceAccount>,
) -> Result<impl IntoResponse, ApiProblem> {
    let account = users.update_service_account(&caller, id, &seen, &key, &request).await?;
    Ok((etag(account.version), Json(account)))
}

/// Deletes a service account.
///
/// None of its keys is taken any more. Nobody deletes one that holds a role above their own. Needs the permission
/// `service-accounts.write`, and a sign-in of the last five minutes.
#[utoipa::path(
    delete, path = "/api/v1/service-accounts/{id}", tag = "service-accounts", security(("bearer" = [])),
    params(
        ("id" = UserId, Path, description = "The service account's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is being deleted"),
    ),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn delete(
    caller: RequireOf<ServiceAccountsWrite>,
    _: Fresh,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
    seen: IfMatch,
) -> Result<StatusCode, ApiProblem> {
    users.delete_service_account(&caller, id, &seen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes an API key of a service account.
///
/// Its secret is in this answer and nowhere else. It does what the service account may at that moment, under its scopes, and nobody
/// makes one whose scopes they do not hold themselves. It is listed, changed, rotated and revoked at `/api/v1/api-keys`, as other
/// keys are. Needs the permission `service-accounts.write`, and a sign-in of the last five minutes.
#[utoipa::path(
    post, path = "/api/v1/service-accounts/{id}/api-keys", tag = "service-accounts", security(("bearer" = [])),
    request_body = CreateApiKey,
    params(
        ("id" = UserId, Path, description = "The service account's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
    ),
    responses(
        (status = 201, description = "The key, and its secret", body = NewApiKey),
        (status = 409, description = "There are as many as there can be", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create_key(
    caller: RequireOf<ServiceAccountsWrite>,
    _: Fresh,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
    key: Idempotency,
    request: Valid<CreateApiKey>,
) -> Result<impl IntoResponse, ApiProblem> {
    let made = users.create_api_key(&caller, Some(id), &key, &request).await?;
    Ok((StatusCode::CREATED, etag(made.key.version), Json(made)))
}
