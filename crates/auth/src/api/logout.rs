//! `/api/v1/auth/logout`

use crate::domain::Auth;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use orion_contracts::Problem;
use orion_contracts::auth::LogoutRequest;
use orion_http::{ApiProblem, Valid, caller};

/// Ends the caller's session.
///
/// Its tokens are refused at once. The access token says which session, also when it has expired, or a refresh token in the
/// body does, or both. Signing out again is answered alike.
#[utoipa::path(
    post,
    path = "/api/v1/auth/logout",
    tag = "auth",
    request_body(content = Option<LogoutRequest>, description = "Needed only without an access token"),
    responses(
        (status = 204, description = "Signed out, now or before"),
        (status = 401, description = "There is no token, or the access token was not given by ORION", body = Problem),
        (status = 415, description = "The body is no JSON", body = Problem),
        (status = 422, description = "A field is not valid", body = Problem),
    ),
    security(("bearer" = []), ()),
)]
pub(super) async fn logout(
    State(auth): State<Auth>,
    headers: HeaderMap,
    request: Option<Valid<LogoutRequest>>,
) -> Result<StatusCode, ApiProblem> {
    let refresh = request.as_ref().and_then(|request| request.refresh_token.as_ref());
    let refresh = refresh.filter(|token| !token.expose().is_empty());
    auth.logout(caller::bearer(&headers), refresh).await?;
    Ok(StatusCode::NO_CONTENT)
}
