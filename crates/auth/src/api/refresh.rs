//! `/api/v1/auth/refresh`

use crate::domain::Auth;
use axum::Json;
use axum::extract::State;
use orion_contracts::Problem;
use orion_contracts::auth::{RefreshRequest, TokenResponse};
use orion_http::{ApiProblem, Valid};

/// Gives new tokens in exchange for the newest refresh token.
///
/// An answer that was lost can be asked for again with the same token, until the new refresh token is used: it gives the same
/// one, with another access token; an `Idempotency-Key` does nothing beside it. Using an older one ends the session.
#[utoipa::path(
    post,
    path = "/api/v1/auth/refresh",
    tag = "auth",
    request_body = RefreshRequest,
    responses(
        (status = 200, description = "New tokens", body = TokenResponse),
        (status = 401, description = "The refresh token is unknown, expired, used or revoked", body = Problem),
        (status = 422, description = "A field is not valid", body = Problem),
    ),
)]
pub(super) async fn refresh(
    State(auth): State<Auth>,
    request: Valid<RefreshRequest>,
) -> Result<Json<TokenResponse>, ApiProblem> {
    Ok(Json(auth.refresh(&request.refresh_token).await?))
}
