//! The routes. Internal ones are for ORION's own services and not in the public document.

mod audit;
mod email_verifications;
mod grants;
mod me;
mod permissions;
mod roles;
mod user_roles;
mod users;

use crate::domain::Users;
use axum::routing::{get, post, put};
use garde::Validate;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// All endpoints of the service.
pub(crate) fn routes(users: Users) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(me::find, me::update))
        .routes(routes!(users::list))
        .routes(routes!(users::find))
        .routes(routes!(user_roles::assign, user_roles::revoke))
        .routes(routes!(roles::list))
        .routes(routes!(permissions::list))
        .routes(routes!(audit::list))
        .routes(routes!(audit::verification))
        .route("/internal/v1/users/{id}", put(users::put))
        .route("/internal/v1/email-verifications/consume", post(email_verifications::consume))
        .route("/internal/v1/grants/{sub}", get(grants::find))
        .route("/internal/v1/roles", get(roles::catalogue))
        .route("/internal/v1/audit-entries", post(audit::append).layer(audit::batch_limit()))
        .with_state(users)
}

/// A body from a peer, whose values the domain checks.
#[derive(Deserialize, Validate)]
#[serde(transparent)]
struct FromPeer<T>(#[garde(skip)] T);
