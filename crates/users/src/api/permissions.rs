//! `/api/v1/permissions`: what may be allowed.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use orion_contracts::permissions::RolesRead;
use orion_contracts::users::PermissionInfo;
use orion_contracts::{Page, PageQuery};
use orion_http::{ApiProblem, Require, ValidQuery};

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
