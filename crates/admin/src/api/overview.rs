//! `/console/overview`

use super::Console;
use axum::Json;
use axum::extract::State;
use orion_contracts::admin::Overview;
use orion_contracts::permissions::HealthRead;
use orion_http::{ApiProblem, Require};

/// Says how all services are.
///
/// As they were at most a second ago. Needs the permission `health.read`.
#[utoipa::path(get, path = "/console/overview", tag = "console", security(("console" = [])), responses(
    (status = 200, body = Overview),
))]
pub(super) async fn read(_: Require<HealthRead>, State(console): State<Console>) -> Result<Json<Overview>, ApiProblem> {
    Ok(Json(Overview { services: console.health.current().await.services.clone() }))
}
