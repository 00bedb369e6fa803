//! `/api/v1/users/{id}/roles/{role}`: giving roles and taking them away.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use orion_contracts::permissions::{RolesAssign, RolesRead};
use orion_contracts::users::{AssignRole, HeldRoleList};
use orion_contracts::{Problem, UserId};
use orion_http::idempotency::Idempotency;
use orion_http::{ApiProblem, Fresh, RequireOf, Valid, ValidPath};

/// Lists the roles that a user holds.
///
/// With who gave each, when, until when and under what condition. Needs the permission `roles.read`.
#[utoipa::path(
    get, path = "/api/v1/users/{id}/roles", tag = "roles", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user's id")),
    responses(
        (status = 200, description = "Roles by name", body = HeldRoleList),
    )
)]
pub(super) async fn list(
    _: RequireOf<RolesRead>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
) -> Result<Json<HeldRoleList>, ApiProblem> {
    Ok(Json(users.held_roles(id).await?))
}

/// Gives a role, or changes until when and under what condition it is held.
///
/// Nobody gives a role above their own, to somebody above them, one that allows what they do not hold, or for longer than they hold
/// it; what somebody holds under a condition they give to nobody. Its permissions hold at once. Needs the permission `roles.assign`, and a sign-in of the last five minutes.
#[utoipa::path(
    put, path = "/api/v1/users/{id}/roles/{role}", tag = "roles",
    security(("bearer" = [])), request_body = AssignRole,
    params(
        ("id" = UserId, Path, description = "The user's id"),
        ("role" = String, Path, description = "The role's name"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
    ),
    responses(
        (status = 204, description = "The user holds the role"),
        (status = 409, description = "The user is not verified", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn assign(
    caller: RequireOf<RolesAssign>,
    _: Fresh,
    State(users): State<Users>,
    ValidPath((id, role)): ValidPath<(UserId, String)>,
    key: Idempotency,
    request: Valid<AssignRole>,
) -> Result<StatusCode, ApiProblem> {
    users.assign_role(&caller, id, &role, &key, &request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a role away.
///
/// Its permissions are gone at once. Who is invited and has not come yet is promised it no more. Taking one that is neither held
/// nor promised changes nothing. Somebody must always hold `super_admin`.
/// Needs the permission `roles.assign`, and a sign-in of the last five minutes.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/roles/{role}", tag = "roles",
    security(("bearer" = [])),
    params(
        ("id" = UserId, Path, description = "The user's id"),
        ("role" = String, Path, description = "The role's name"),
    ),
    responses(
        (status = 204, description = "The user does not hold the role, and is not promised it"),
        (status = 409, description = "The last super_admin", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn revoke(
    caller: RequireOf<RolesAssign>,
    _: Fresh,
    State(users): State<Users>,
    ValidPath((id, role)): ValidPath<(UserId, String)>,
) -> Result<StatusCode, ApiProblem> {
    users.revoke_role(&caller, id, &role).await?;
    Ok(StatusCode::NO_CONTENT)
}
