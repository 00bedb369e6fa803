//! `/api/v1/auth/logout`

use crate::domain::Auth;
use axum::extract::State;
use http::StatusCode;
use orion_contracts::Problem;
use orion_http::{ApiProblem, Caller};

/// Ends the caller's session; its tokens are refused at once.
#[utoipa::path(
    post,
    path = "/api/v1/auth/logout",
    tag = "auth",
    responses(
        (status = 204, description = "Signed out"),
        (status = 401, description = "The access token is not valid", body = Problem),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn logout(caller: Caller, State(auth): State<Auth>) -> Result<StatusCode, ApiProblem> {
    auth.logout(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
