//! `/api/v1/auth/login`

use crate::domain::{Auth, SignIn};
use axum::extract::State;
use orion_contracts::Problem;
use orion_contracts::auth::{FlowResponse, LoginRequest, TokenResponse};
use orion_http::{ApiProblem, Valid};

/// Signs in with address and password.
///
/// A new session each time, so an `Idempotency-Key` does nothing here. Keep the `device_token` for the next sign-in: failures
/// elsewhere do not slow it down then. Tries are limited by account and place. Where a password is not enough (a second factor, a
/// password that has to be changed) the answer is 202 with a flow: go on at `/api/v1/auth/flows/{id}/…`.
#[utoipa::path(
    post,
    path = "/api/v1/auth/login",
    tag = "auth",
    request_body = LoginRequest,
    responses(
        (status = 200, description = "Signed in", body = TokenResponse),
        (status = 202, description = "The password is right, and another step is needed: see the flow", body = FlowResponse),
        (status = 401, description = "Address or password is wrong, or the account may not sign in", body = Problem),
        (status = 422, description = "A field is not valid", body = Problem),
        (status = 429, description = "Too many tries; see Retry-After", body = Problem),
    ),
)]
pub(super) async fn login(State(auth): State<Auth>, request: Valid<LoginRequest>) -> Result<SignIn, ApiProblem> {
    Ok(auth.login(&request).await?)
}
