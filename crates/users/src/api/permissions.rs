//! `/api/v1/permissions`: what may be allowed.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use orion_contracts::permissions::{RolesRead, RolesWrite};
use orion_contracts::users::{PermissionInfo, UpdatePermission};
use orion_contracts::{Page, PageQuery};
use orion_http::{ApiProblem, Fresh, Require, Valid, ValidPath, ValidQuery};

/// Lists permissions by name.
///
/// Needs the permission `roles.read`.
#[utoipa::path(
    get, path = "/api/v1/permissions", tag = "roles", security(("bearer" = [])),
    params(PageQuery),
    responses(
        (status = 200, description = "A page of permissions", body = Page<PermissionInfo>),
    )
)]
pub(super) async fn list(
    _: Require<RolesRead>,
    State(users): State<Users>,
    ValidQuery(query): ValidQuery<PageQuery>,
) -> Result<Json<Page<PermissionInfo>>, ApiProblem> {
    Ok(Json(users.permissions(&query).await?))
}

/// Changes whether decisions about a permission are logged.
///
/// While they are, the audit log has of each who asked for what, on what, and by which grant it was allowed or why not: at every endpoint
/// that demands it, and of questions about it. What changes something has it written in the same change; what only reads is answered
/// once it is written. Nobody decides that of what they do not hold. Needs the permission `roles.write`, and a sign-in of the last five
/// minutes.
#[utoipa::path(
    patch, path = "/api/v1/permissions/{permission}", tag = "roles", security(("bearer" = [])),
    request_body = UpdatePermission,
    params(("permission" = String, Path, description = "The permission's name")),
    responses(
        (status = 200, description = "The permission after the change", body = PermissionInfo),
    )
)]
pub(super) async fn update(
    caller: Require<RolesWrite>,
    _: Fresh,
    State(users): State<Users>,
    ValidPath(permission): ValidPath<String>,
    request: Valid<UpdatePermission>,
) -> Result<Json<PermissionInfo>, ApiProblem> {
    Ok(Json(users.update_permission(&caller, &permission, &request).await?))
}
