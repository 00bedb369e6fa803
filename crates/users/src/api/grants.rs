//! Internal: `/internal/v1/grants/{sub}`: what a subject holds.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use orion_contracts::UserId;
use orion_contracts::users::Grants;
use orion_http::{ApiProblem, PeerCaller, ValidPath};

/// Reads what a subject holds.
pub(super) async fn find(
    _: PeerCaller,
    State(users): State<Users>,
    ValidPath(user): ValidPath<UserId>,
) -> Result<Json<Grants>, ApiProblem> {
    Ok(Json(users.grants(user).await?))
}
