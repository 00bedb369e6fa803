//! `/console/session`

use super::sign_in::answer;
use super::{Console, cookie};
use crate::domain::sessions::ActiveSession;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use orion_contracts::Problem;
use orion_contracts::admin::{ConsoleFlow, ConsoleSession};
use orion_contracts::auth::LoginRequest;
use orion_http::{ApiProblem, Valid};

/// Signs in to the console.
///
/// A new session each time. The answer sets its cookie; tokens never reach the browser. For accounts with the permission
/// `console.use`.
#[utoipa::path(post, path = "/console/session", tag = "console", request_body = LoginRequest, responses(
    (status = 201, body = ConsoleSession, description = "Signed in; the session is in its cookie."),
    (status = 202, body = ConsoleFlow, description = "The password is right, and another step is needed: see `/console/session/steps`."),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "Wrong e-mail or password."),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "The account may not use the console."),
    (status = 429, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn start(
    State(console): State<Console>,
    headers: HeaderMap,
    login: Valid<LoginRequest>,
) -> Result<Response, ApiProblem> {
    answer(&console, console.sessions.start(&login, cookie::read_device(&headers, &console.origin)).await?)
}

/// Says who is signed in, and what they may do.
///
/// By the session's cookie, without another permission.
#[utoipa::path(get, path = "/console/session", tag = "console", security(("console" = [])), responses(
    (status = 200, body = ConsoleSession),
))]
pub(super) async fn read(
    session: ActiveSession,
    State(console): State<Console>,
) -> Result<Json<ConsoleSession>, ApiProblem> {
    Ok(Json(console.sessions.describe(&session).await?))
}

/// Signs out, here and at auth.
///
/// The session's tokens are refused at once, and the answer clears the cookie.
#[utoipa::path(delete, path = "/console/session", tag = "console", security(("console" = [])), responses(
    (status = 204, description = "Signed out."),
))]
pub(super) async fn end(session: ActiveSession, State(console): State<Console>) -> Result<Response, ApiProblem> {
    console.sessions.end(&session).await?;
    let cookie = cookie::clear(&console.origin).ok_or_else(Problem::internal)?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}
