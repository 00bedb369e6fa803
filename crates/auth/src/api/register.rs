//! `/api/v1/auth/register`

use crate::domain::Auth;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use orion_contracts::Problem;
use orion_contracts::auth::{RegisterRequest, RegisterResponse};
use orion_http::idempotency::Idempotency;
use orion_http::{ApiProblem, Valid};

/// Registers an address.
///
/// The answer is the same whether or not it has an account; its owner gets a mail. The account is there a moment after the
/// answer, before the mail. Registrations are limited by address and place.
#[utoipa::path(
    post,
    path = "/api/v1/auth/register",
    tag = "auth",
    request_body = RegisterRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body registers once")),
    responses(
        (status = 201, description = "A mail is on its way", body = RegisterResponse),
        (status = 400, description = "The body is not JSON", body = Problem),
        (status = 422, description = "A field is not valid, such as a password that is too short", body = Problem),
        (status = 429, description = "Too many registrations from here, or of this address", body = Problem),
    ),
)]
pub(super) async fn register(
    State(auth): State<Auth>,
    key: Idempotency,
    request: Valid<RegisterRequest>,
) -> Result<(StatusCode, Json<RegisterResponse>), ApiProblem> {
    Ok((StatusCode::CREATED, Json(auth.register(&request, &key).await?)))
}
