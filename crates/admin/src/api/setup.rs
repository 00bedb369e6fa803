//! `/console/setup`

use super::sign_in::answer;
use super::{Console, cookie};
use crate::domain::setup;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use orion_contracts::Problem;
use orion_contracts::admin::{ConsoleFlow, ConsoleSession, LinkCheck, SetupRequest};
use orion_contracts::auth::LoginRequest;
use orion_http::{ApiProblem, Valid};

/// Makes the first administrator by the one-time link, and signs them in.
///
/// The link is used up then. One that broke off can be finished with the same address. The answer sets the cookie of the
/// console's session. For whoever has the link.
#[utoipa::path(post, path = "/console/setup", tag = "console", request_body = SetupRequest, responses(
    (status = 201, body = ConsoleSession, description = "The administrator exists and is signed in by cookie."),
    (status = 202, body = ConsoleFlow, description = "It is done, and signing in needs another step."),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "The link is not valid."),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "Somebody uses the link right now, or it was begun with another address."),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "Such as a weak password."),
))]
pub(super) async fn complete(
    State(console): State<Console>,
    headers: HeaderMap,
    request: Valid<SetupRequest>,
) -> Result<Response, ApiProblem> {
    setup::complete(&console.context.infra, &request).await?;
    let login = LoginRequest { email: request.email.clone(), password: request.password.clone(), device_token: None };
    answer(&console, console.sessions.start(&login, cookie::read_device(&headers, &console.origin)).await?)
}

/// Says whether the one-time link for the first administrator is good.
///
/// Changes nothing. The token is in the body, for addresses end up in logs.
#[utoipa::path(post, path = "/console/setup/check", tag = "console", request_body = LinkCheck, responses(
    (status = 204, description = "The link is good."),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "The link is not valid."),
))]
pub(super) async fn check(State(console): State<Console>, request: Valid<LinkCheck>) -> Result<StatusCode, ApiProblem> {
    setup::check(&console.context.infra, &request.token).await?;
    Ok(StatusCode::NO_CONTENT)
}
