//! `/api/v1/auth/login/code`

use crate::domain::Auth;
use axum::Json;
use axum::extract::State;
use orion_contracts::Problem;
use orion_contracts::auth::{ExchangeCode, TokenResponse};
use orion_http::{ApiProblem, Valid};

/// Exchanges the code of a sign-in on a hosted page for the session
///
/// Needs no token: code and verifier are the proof. Send people to `/auth/sign-in` with `return_to`, one of
/// `auth.return_urls`, and `code_challenge` (S256); they come back to it with `code`. A code lives a minute and works once;
/// using it again ends the session that it gave.
#[utoipa::path(
    post,
    path = "/api/v1/auth/login/code",
    tag = "auth",
    request_body = ExchangeCode,
    responses(
        (status = 200, description = "Signed in", body = TokenResponse),
        (status = 422, description = "The code is unknown, expired or was used, or the verifier is not its own", body = Problem),
    ),
)]
pub(super) async fn exchange(
    State(auth): State<Auth>,
    request: Valid<ExchangeCode>,
) -> Result<Json<TokenResponse>, ApiProblem> {
    Ok(Json(auth.exchange_code(&request).await?))
}
