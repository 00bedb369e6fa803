//! `/console/reset`

use super::sign_in::answer;
use super::{Console, cookie};
use crate::domain::reset;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use orion_contracts::Problem;
use orion_contracts::admin::{ConsoleFlow, ConsoleSession, LinkCheck, ResetRequest};
use orion_http::{ApiProblem, Valid};

/// Gives an administrator a new password by a one-time link, and signs them in.
///
/// Their other sessions end, and the link is used up. The answer sets the cookie of the console's session. For whoever has
/// the link.
#[utoipa::path(post, path = "/console/reset", tag = "console", request_body = ResetRequest, responses(
    (status = 201, body = ConsoleSession, description = "The password is changed; the administrator is signed in by cookie."),
    (status = 202, body = ConsoleFlow, description = "It is done, and signing in needs another step."),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "The link is not valid."),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "Somebody uses the link right now."),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "Such as a weak password."),
))]
pub(super) async fn complete(
    State(console): State<Console>,
    headers: HeaderMap,
    request: Valid<ResetRequest>,
) -> Result<Response, ApiProblem> {
    let login = reset::complete(&console.context.infra, &request).await?;
    answer(&console, console.sessions.start(&login, cookie::read_device(&headers, &console.origin)).await?)
}

/// Says whether a one-time link for a new password is good.
///
/// Changes nothing. The token is in the body, for addresses end up in logs.
#[utoipa::path(post, path = "/console/reset/check", tag = "console", request_body = LinkCheck, responses(
    (status = 204, description = "The link is good."),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "The link is not valid."),
))]
pub(super) async fn check(State(console): State<Console>, request: Valid<LinkCheck>) -> Result<StatusCode, ApiProblem> {
    reset::check(&console.context.infra, &request.token).await?;
    Ok(StatusCode::NO_CONTENT)
}
