//! `/api/v1/users/{id}/permissions`: what a user is given or denied by itself, beside their roles.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use orion_contracts::permissions::{RolesAssign, RolesRead};
use orion_contracts::users::{DirectPermissionList, DirectPermissionPlace, PutDirectPermission};
use orion_contracts::{Problem, UserId};
use orion_http::idempotency::Idempotency;
use orion_http::{ApiProblem, Fresh, RequireOf, Valid, ValidPath, ValidQuery};

/// Lists what a user is given or denied by itself.
///
/// What roles give is not among it. Needs the permission `roles.read`.
#[utoipa::path(
    get, path = "/api/v1/users/{id}/permissions", tag = "roles", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user's id")),
    responses(
        (status = 200, description = "Grants and denials, by the names of permissions", body = DirectPermissionList),
    )
)]
pub(super) async fn list(
    _: RequireOf<RolesRead>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
) -> Result<Json<DirectPermissionList>, ApiProblem> {
    Ok(Json(users.direct_permissions(id).await?))
}

/// Gives a user a permission by itself, or denies it.
///
/// A denial wins over every grant. What stood there before goes. Nobody gives or denies what they do not hold for as long as both
/// last, or to somebody above them, or gives themselves anything; and whoever holds `super_admin` is denied nothing. It holds at once. Needs the permission
/// `roles.assign`, and a sign-in of the last five minutes.
#[utoipa::path(
    put, path = "/api/v1/users/{id}/permissions/{permission}", tag = "roles",
    security(("bearer" = [])), request_body = PutDirectPermission,
    params(
        ("id" = UserId, Path, description = "The user's id"),
        ("permission" = String, Path, description = "The permission's name"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
    ),
    responses(
        (status = 204, description = "The user is given or denied the permission"),
        (status = 409, description = "The user is not verified, or holds super_admin", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put(
    caller: RequireOf<RolesAssign>,
    _: Fresh,
    State(users): State<Users>,
    ValidPath((id, permission)): ValidPath<(UserId, String)>,
    key: Idempotency,
    request: Valid<PutDirectPermission>,
) -> Result<StatusCode, ApiProblem> {
    users.put_direct_permission(&caller, id, &permission, &key, &request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes away what a user is given or denied by itself.
///
/// Where nothing is, nothing changes. To lift a denial is to give: nobody does it who does not hold the permission for as long. Needs
/// the permission `roles.assign`, and a sign-in of the last five minutes.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/permissions/{permission}", tag = "roles", security(("bearer" = [])),
    params(
        ("id" = UserId, Path, description = "The user's id"),
        ("permission" = String, Path, description = "The permission's name"),
        DirectPermissionPlace,
    ),
    responses(
        (status = 204, description = "The user is neither given nor denied the permission by itself"),
    )
)]
pub(super) async fn delete(
    caller: RequireOf<RolesAssign>,
    _: Fresh,
    State(users): State<Users>,
    ValidPath((id, permission)): ValidPath<(UserId, String)>,
    ValidQuery(place): ValidQuery<DirectPermissionPlace>,
) -> Result<StatusCode, ApiProblem> {
    users.delete_direct_permission(&caller, id, &permission, place.organisation_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
