//! `/console/session/acting`: acting as another user.

use super::Console;
use crate::domain::sessions::ActiveSession;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use orion_contracts::Problem;
use orion_contracts::admin::ConsoleSession;
use orion_contracts::auth::BeginImpersonation;
use orion_http::{ApiProblem, Valid};

/// Begins to act as another user
///
/// All that the console does is done as them from then on, as far as both may; the tokens never reach the browser. After half an
/// hour, or when it ends in another way, the session goes on as one's own. Needs the permission `users.impersonate`, and a sign-in
/// of the last five minutes.
#[utoipa::path(post, path = "/console/session/acting", tag = "console", security(("console" = [])),
    request_body = BeginImpersonation, responses(
    (status = 201, body = ConsoleSession, description = "The session, as it is from now on."),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "The user holds a role above the caller's, or the caller may not."),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "There is no such user."),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "The user is not active, or is the caller."),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "There is no reason."),
))]
pub(super) async fn begin(
    session: ActiveSession,
    State(console): State<Console>,
    order: Valid<BeginImpersonation>,
) -> Result<(StatusCode, Json<ConsoleSession>), ApiProblem> {
    Ok((StatusCode::CREATED, Json(console.sessions.begin_acting(session, order.value).await?)))
}

/// Stops acting as another user
///
/// The session goes on as one's own. By the session's cookie, without another permission; also when it acts as nobody else.
#[utoipa::path(delete, path = "/console/session/acting", tag = "console", security(("console" = [])), responses(
    (status = 200, body = ConsoleSession, description = "The session, as it is from now on."),
))]
pub(super) async fn end(
    session: ActiveSession,
    State(console): State<Console>,
) -> Result<Json<ConsoleSession>, ApiProblem> {
    Ok(Json(console.sessions.stop_acting(session).await?))
}
