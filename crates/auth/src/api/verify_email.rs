//! `/api/v1/auth/verify-email` for programs; the page for people stands beside.

use crate::domain::Auth;
use axum::extract::State;
use http::StatusCode;
use orion_contracts::Problem;
use orion_contracts::auth::VerifyEmailRequest;
use orion_http::{ApiProblem, Valid};

/// Verifies an address by the token from its link.
#[utoipa::path(
    post,
    path = "/api/v1/auth/verify-email",
    tag = "auth",
    request_body = VerifyEmailRequest,
    responses(
        (status = 204, description = "The address is verified"),
        (status = 422, description = "The token is unknown, expired or was used", body = Problem),
        (status = 503, description = "The users service cannot be reached", body = Problem),
    ),
)]
pub(super) async fn verify(
    State(auth): State<Auth>,
    request: Valid<VerifyEmailRequest>,
) -> Result<StatusCode, ApiProblem> {
    auth.verify_email(&request.token).await?;
    Ok(StatusCode::NO_CONTENT)
}
