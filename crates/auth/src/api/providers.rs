//! `/api/v1/auth/providers`: where else people may sign in, one's own identities there, and administrators' view of others'.

use crate::domain::Auth;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use orion_contracts::auth::{ProviderIdentityList, ProviderLink, ProviderList};
use orion_contracts::permissions::{UsersRead, UsersWrite};
use orion_contracts::{Problem, ProviderIdentityId, UserId};
use orion_http::{ApiProblem, Caller, Fresh, InPerson, RequireOf, ValidPath};

/// Lists the providers that people may sign in at
///
/// Send a browser to `/auth/providers/NAME`, with the parameters of `/auth/sign-in`. Needs no token.
#[utoipa::path(
    get, path = "/api/v1/auth/providers", tag = "auth",
    responses((status = 200, description = "The providers, by name", body = ProviderList)),
)]
pub(super) async fn list(State(auth): State<Auth>) -> Json<ProviderList> {
    Json(auth.providers())
}

/// Begins to link an identity at a provider
///
/// Send the caller's browser to the page that is given, within ten minutes. The account must be verified. Needs a sign-in of the
/// last five minutes, with the second factor where there is one, and no permission.
#[utoipa::path(
    post, path = "/api/v1/auth/providers/{name}/link", tag = "auth", security(("bearer" = [])),
    params(("name" = String, Path, description = "The provider")),
    responses(
        (status = 200, description = "Where to send the browser", body = ProviderLink),
        (status = 404, description = "There is no such provider", body = Problem),
        (status = 409, description = "The account is not verified", body = Problem),
    ),
)]
pub(super) async fn link(
    Fresh(caller): Fresh,
    State(auth): State<Auth>,
    ValidPath(name): ValidPath<String>,
) -> Result<Json<ProviderLink>, ApiProblem> {
    Ok(Json(auth.begin_link(&caller, &name).await?))
}

/// Lists one's own identities at providers
///
/// Needs an access token, and no permission.
#[utoipa::path(
    get, path = "/api/v1/auth/providers/linked", tag = "auth", security(("bearer" = [])),
    responses((status = 200, description = "The identities, oldest first", body = ProviderIdentityList)),
)]
pub(super) async fn linked(caller: Caller, State(auth): State<Auth>) -> Result<Json<ProviderIdentityList>, ApiProblem> {
    Ok(Json(auth.identities_of(caller.user_id()).await?))
}

/// Takes one of one's own identities away
///
/// Never the last way to sign in. The caller's other sessions end. Needs a sign-in of the last five minutes, with the second
/// factor where there is one, and no permission.
#[utoipa::path(
    delete, path = "/api/v1/auth/providers/linked/{id}", tag = "auth", security(("bearer" = [])),
    params(("id" = ProviderIdentityId, Path, description = "The identity")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 409, description = "Nothing else signs in", body = Problem),
    ),
)]
pub(super) async fn unlink(
    Fresh(caller): Fresh,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<ProviderIdentityId>,
) -> Result<StatusCode, ApiProblem> {
    auth.unlink_own(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes one of one's own identities the first one
///
/// Needs an access token, and no permission.
#[utoipa::path(
    put, path = "/api/v1/auth/providers/linked/{id}/primary", tag = "auth", security(("bearer" = [])),
    params(("id" = ProviderIdentityId, Path, description = "The identity")),
    responses((status = 204, description = "It is the first one, and no other")),
)]
pub(super) async fn make_primary(
    InPerson(caller): InPerson,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<ProviderIdentityId>,
) -> Result<StatusCode, ApiProblem> {
    auth.make_primary(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the identities of a user at providers
///
/// Needs the permission `users.read`.
#[utoipa::path(
    get, path = "/api/v1/auth/admin/users/{id}/providers", tag = "auth", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user")),
    responses((status = 200, description = "The identities, oldest first", body = ProviderIdentityList)),
)]
pub(super) async fn linked_of(
    _: RequireOf<UsersRead>,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<UserId>,
) -> Result<Json<ProviderIdentityList>, ApiProblem> {
    Ok(Json(auth.identities_of(id).await?))
}

/// Takes an identity of a user away
///
/// Never the last way to sign in. Their sessions end. Not of a user who holds a role above the caller's own. Needs the permission
/// `users.write`, and a sign-in of the last five minutes.
#[utoipa::path(
    delete, path = "/api/v1/auth/admin/users/{id}/providers/{identity_id}", tag = "auth", security(("bearer" = [])),
    params(
        ("id" = UserId, Path, description = "The user"),
        ("identity_id" = ProviderIdentityId, Path, description = "The identity"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = 409, description = "Nothing else signs in", body = Problem),
    ),
)]
pub(super) async fn unlink_of(
    caller: RequireOf<UsersWrite>,
    _: Fresh,
    State(auth): State<Auth>,
    ValidPath((id, identity)): ValidPath<(UserId, ProviderIdentityId)>,
) -> Result<StatusCode, ApiProblem> {
    let subject = auth.subject(&caller, id).await?;
    auth.unlink(subject, identity, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
