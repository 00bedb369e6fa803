//! `/api/v1/auth/password`: changed, forgotten, and ordered to be changed.

use crate::domain::Auth;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use orion_contracts::auth::{
    ChangePasswordRequest, ConfirmPasswordReset, OrderPasswordReset, PasswordResetRequest, PasswordResetResponse,
};
use orion_contracts::permissions::UsersWrite;
use orion_contracts::{Problem, UserId};
use orion_http::{ApiProblem, Fresh, InPerson, RequireOf, Valid, ValidPath};

/// Changes one's own password
///
/// With the one of now. All other sessions of the caller end. Needs an access token of a sign-in with the second factor where there
/// is one, and no permission.
#[utoipa::path(
    post, path = "/api/v1/auth/password", tag = "auth", security(("bearer" = [])),
    request_body = ChangePasswordRequest,
    responses(
        (status = 204, description = "It is changed"),
        (status = 422, description = "The password of now is wrong, or the new one is not accepted", body = Problem),
        (status = 429, description = "Too many tries, or too many people sign in at this moment", body = Problem),
    ),
)]
pub(super) async fn change(
    InPerson(caller): InPerson,
    State(auth): State<Auth>,
    request: Valid<ChangePasswordRequest>,
) -> Result<StatusCode, ApiProblem> {
    auth.change_password(&caller, &request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks for a link to choose a new password
///
/// The answer is the same whether or not the address has an account; its owner gets a mail. Requests are limited by address and
/// place.
#[utoipa::path(
    post, path = "/api/v1/auth/password/reset", tag = "auth",
    request_body = PasswordResetRequest,
    responses(
        (status = 202, description = "A mail is on its way, if there is an account", body = PasswordResetResponse),
        (status = 429, description = "Too many requests from here, or for this address", body = Problem),
    ),
)]
pub(super) async fn request_reset(
    State(auth): State<Auth>,
    request: Valid<PasswordResetRequest>,
) -> Result<(StatusCode, Json<PasswordResetResponse>), ApiProblem> {
    Ok((StatusCode::ACCEPTED, Json(auth.request_reset(&request).await?)))
}

/// Chooses a new password by the token from a link
///
/// It works once. All sessions of the account end, and nobody is signed in by it: the next sign-in asks for the second factor as
/// ever.
#[utoipa::path(
    post, path = "/api/v1/auth/password/reset/confirm", tag = "auth",
    request_body = ConfirmPasswordReset,
    responses(
        (status = 204, description = "The password is in force"),
        (status = 422, description = "The token is unknown, expired or used, or the password is not accepted", body = Problem),
        (status = 429, description = "Too many people sign in at this moment", body = Problem),
    ),
)]
pub(super) async fn confirm_reset(
    State(auth): State<Auth>,
    request: Valid<ConfirmPasswordReset>,
) -> Result<StatusCode, ApiProblem> {
    auth.reset_password(&request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Orders a user to choose a new password
///
/// They are mailed a link; the password of now only leads to the question for another one. Nobody chooses it for them. Not
/// of a user who holds a role above the caller's own. Needs the permission `users.write`, and a sign-in of the last five minutes.
#[utoipa::path(
    post, path = "/api/v1/auth/admin/users/{id}/password-reset", tag = "auth", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user")),
    request_body = OrderPasswordReset,
    responses(
        (status = 204, description = "It is ordered, and a mail is on its way"),
        (status = 409, description = "The user is not active", body = Problem),
    ),
)]
pub(super) async fn order_reset(
    caller: RequireOf<UsersWrite>,
    _: Fresh,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<UserId>,
    order: Valid<OrderPasswordReset>,
) -> Result<StatusCode, ApiProblem> {
    let subject = auth.subject(&caller, id).await?;
    auth.order_reset(subject, &order).await?;
    Ok(StatusCode::NO_CONTENT)
}
