//! `/api/v1/roles`: what roles there are and what they allow. Internal: all of them at once.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use orion_contracts::internal::ListRoles;
use orion_contracts::permissions::RolesRead;
use orion_contracts::users::{Role, RoleCatalogue};
use orion_contracts::{Page, PageQuery};
use orion_http::{ApiProblem, FromPeer, Require, ValidQuery};

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

/// Internal: all roles, for every process to hold.
pub(super) async fn catalogue(users: Users, _: FromPeer<ListRoles>) -> Result<RoleCatalogue, ApiProblem> {
    Ok(users.catalogue().await?)
}
