//! `/api/v1/auth/verify-email` for programs; the page for people stands beside.

use crate::domain::Auth;
use axum::extract::State;
use http::StatusCode;
use orion_contracts::Problem;
use orion_contracts::auth::VerifyEmailRequest;
use orion_http::{ApiProblem, Valid};

/// Verifies an address by the token from its link and the password.
///
/// That is the password chosen at registration. With `replace_password` the password becomes the account's, whatever was
/// chosen: whoever reads the mails of an address decides, not who registered it. Who was invited has none until they choose it so, also
/// where they have registered. The same call again is answered the same.
#[utoipa::path(
    post,
    path = "/api/v1/auth/verify-email",
    tag = "auth",
    request_body = VerifyEmailRequest,
    responses(
        (status = 204, description = "The address is verified"),
        (status = 409, description = "The address was verified before, with another password, which stays", body = Problem),
        (status = 422, description = "The token is unknown or expired, or the password is another one, or not chosen yet", body = Problem),
        (status = 429, description = "The link was tried too often", body = Problem),
        (status = 503, description = "The users service cannot be reached", body = Problem),
    ),
)]
pub(super) async fn verify(
    State(auth): State<Auth>,
    request: Valid<VerifyEmailRequest>,
) -> Result<StatusCode, ApiProblem> {
    auth.verify_email(&request).await?;
    Ok(StatusCode::NO_CONTENT)
}
