//! `/api/v1/roles`: what roles there are and what they allow. Internal: all of them at once.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use orion_contracts::internal::ListRoles;
use orion_contracts::permissions::{RolesRead, RolesWrite};
use orion_contracts::users::{CreateRole, Role, RoleCatalogue, RoleDetail, UpdateRole};
use orion_contracts::{Page, PageQuery, Problem};
use orion_http::etag::{IfMatch, etag};
use orion_http::idempotency::Idempotency;
use orion_http::{ApiProblem, Fresh, FromPeer, Require, Valid, ValidPath, ValidQuery};

/// Lists roles by name, with their permissions.
///
/// Inherited permissions are included. Needs the permission `roles.read`.
#[utoipa::path(
    get, path = "/api/v1/roles", tag = "roles", security(("bearer" = [])),
    params(PageQuery),
    responses(
        (status = 200, description = "A page of roles", body = Page<Role>),
    )
)]
pub(super) async fn list(
    _: Require<RolesRead>,
    State(users): State<Users>,
    ValidQuery(query): ValidQuery<PageQuery>,
) -> Result<Json<Page<Role>>, ApiProblem> {
    Ok(Json(users.roles(&query).await?))
}

/// Makes a role.
///
/// Nobody makes a role above their own, or one that gives what they do not hold for good, and none stands below its parent. Needs
/// the permission `roles.write`, and a sign-in of the last five minutes.
#[utoipa::path(
    post, path = "/api/v1/roles", tag = "roles", security(("bearer" = [])),
    request_body = CreateRole,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer")),
    responses(
        (status = 201, description = "The role; the ETag stands for this version", body = Role),
        (status = 409, description = "There is a role of this name", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    caller: Require<RolesWrite>,
    _: Fresh,
    State(users): State<Users>,
    key: Idempotency,
    request: Valid<CreateRole>,
) -> Result<impl IntoResponse, ApiProblem> {
    let role = users.create_role(&caller, &key, &request).await?;
    Ok((StatusCode::CREATED, etag(role.version), Json(role)))
}

/// Reads a role, and how many people hang on it.
///
/// Needs the permission `roles.read`.
#[utoipa::path(
    get, path = "/api/v1/roles/{role}", tag = "roles", security(("bearer" = [])),
    params(("role" = String, Path, description = "The role's name or id")),
    responses(
        (status = 200, description = "The role; the ETag stands for this version", body = RoleDetail),
    )
)]
pub(super) async fn find(
    _: Require<RolesRead>,
    State(users): State<Users>,
    ValidPath(role): ValidPath<String>,
) -> Result<impl IntoResponse, ApiProblem> {
    let found = users.role(&role).await?;
    Ok((etag(found.role.version), Json(found)))
}

/// Changes a role.
///
/// Absent fields stay, `null` clears; `permissions` is the whole list of what it gives by itself. Whoever holds it, or a role that
/// inherits from it, has the new permissions at once. `super_admin` is not changed, and of ORION's other roles level and parent
/// stay. Nobody changes a role above their own, or gives or takes by one what they do not hold for good. With `If-Match`, nobody's
/// change is overwritten unseen. Needs the permission `roles.write`, and a sign-in of the last five minutes.
#[utoipa::path(
    patch, path = "/api/v1/roles/{role}", tag = "roles", security(("bearer" = [])),
    request_body = UpdateRole,
    params(
        ("role" = String, Path, description = "The role's name or id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is being changed"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
    ),
    responses(
        (status = 200, description = "The role after the change", body = Role),
        (status = 409, description = "It would inherit from itself, or is one of ORION's own", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn update(
    caller: Require<RolesWrite>,
    _: Fresh,
    State(users): State<Users>,
    ValidPath(role): ValidPath<String>,
    seen: IfMatch,
    key: Idempotency,
    request: Valid<UpdateRole>,
) -> Result<impl IntoResponse, ApiProblem> {
    let role = users.update_role(&caller, &role, &seen, &key, &request).await?;
    Ok((etag(role.version), Json(role)))
}

/// Removes a role.
///
/// Only one that nobody holds, that no open invitation promises, and from which no other inherits; the problem says how many do.
/// ORION's own roles stay, and nobody removes one that gives what they do not hold for good. Needs the permission `roles.write`, and a sign-in of the last five minutes.
#[utoipa::path(
    delete, path = "/api/v1/roles/{role}", tag = "roles", security(("bearer" = [])),
    params(
        ("role" = String, Path, description = "The role's name or id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is being removed"),
    ),
    responses(
        (status = 204, description = "The role is gone"),
        (status = 409, description = "It is held or promised, or is one of ORION's own", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn delete(
    caller: Require<RolesWrite>,
    _: Fresh,
    State(users): State<Users>,
    ValidPath(role): ValidPath<String>,
    seen: IfMatch,
) -> Result<StatusCode, ApiProblem> {
    users.delete_role(&caller, &role, &seen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Internal: all roles, for every process to hold.
pub(super) async fn catalogue(users: Users, _: FromPeer<ListRoles>) -> Result<RoleCatalogue, ApiProblem> {
    Ok(users.catalogue().await?)
}
