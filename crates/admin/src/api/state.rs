//! `/console/state`

use super::Console;
use crate::domain::setup;
use axum::Json;
use axum::extract::State;
use orion_contracts::Problem;
use orion_contracts::admin::ConsoleState;
use orion_http::ApiProblem;

/// Says what the console may know before anybody has signed in.
///
/// Whether there is an administrator yet, and the version. For everybody.
#[utoipa::path(get, path = "/console/state", tag = "console", responses(
    (status = 200, body = ConsoleState),
    (status = 503, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn read(State(console): State<Console>) -> Result<Json<ConsoleState>, ApiProblem> {
    let needs_setup = setup::is_needed(&console.context.infra).await?;
    Ok(Json(ConsoleState { needs_setup, version: env!("CARGO_PKG_VERSION").to_owned() }))
}
