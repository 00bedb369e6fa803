//! `/api/v1/auth/two-factor`: one's own second factor, and administrators' view of others'.

use crate::domain::Auth;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use orion_contracts::auth::{BackupCodes, ConfirmTotp, ResetTwoFactor, TotpEnrolment, TwoFactorStatus};
use orion_contracts::permissions::{UsersRead, UsersWrite};
use orion_contracts::{Problem, UserId};
use orion_http::{ApiProblem, Caller, Fresh, RequireOf, Valid, ValidPath};

/// Reads one's own second factor
///
/// Needs an access token, and no permission.
#[utoipa::path(
    get, path = "/api/v1/auth/two-factor", tag = "auth", security(("bearer" = [])),
    responses((status = 200, description = "What the caller has", body = TwoFactorStatus)),
)]
pub(super) async fn find(caller: Caller, State(auth): State<Auth>) -> Result<Json<TwoFactorStatus>, ApiProblem> {
    Ok(Json(auth.two_factor_of(caller.user_id()).await?))
}

/// Shows a key for an authenticator app
///
/// It counts once a code of it is confirmed.
/// Needs a sign-in of the last five minutes, with the second factor where there is one, and no permission.
#[utoipa::path(
    post, path = "/api/v1/auth/two-factor/totp", tag = "auth", security(("bearer" = [])),
    responses((status = 200, description = "The key, shown once", body = TotpEnrolment)),
)]
pub(super) async fn begin_totp(
    Fresh(caller): Fresh,
    State(auth): State<Auth>,
) -> Result<Json<TotpEnrolment>, ApiProblem> {
    Ok(Json(auth.begin_totp(&caller).await?))
}

/// Puts the authenticator app in use
///
/// By a code of the key that was shown last; from then on a sign-in asks for one. Gives new backup codes, shown once. Where it takes
/// the place of another app, or of older codes, the caller's other sessions that were proven by a code end.
/// Needs a sign-in of the last five minutes, with the second factor where there is one, and no permission.
#[utoipa::path(
    post, path = "/api/v1/auth/two-factor/totp/confirm", tag = "auth", security(("bearer" = [])),
    request_body = ConfirmTotp,
    responses(
        (status = 200, description = "It is in use; the backup codes", body = BackupCodes),
        (status = 422, description = "The code is not one of the key", body = Problem),
        (status = 429, description = "Too many tries, or too many people sign in at this moment", body = Problem),
    ),
)]
pub(super) async fn confirm_totp(
    Fresh(caller): Fresh,
    State(auth): State<Auth>,
    request: Valid<ConfirmTotp>,
) -> Result<Json<BackupCodes>, ApiProblem> {
    Ok(Json(auth.confirm_totp(&caller, &request).await?))
}

/// Turns one's own authenticator app off
///
/// Without a passkey the backup codes are void too. The caller's other sessions that were proven by a code of either end, and so do
/// those in which a trusted device stood in for one.
/// Needs a sign-in of the last five minutes, with the second factor where there is one, and no permission.
#[utoipa::path(
    delete, path = "/api/v1/auth/two-factor/totp", tag = "auth", security(("bearer" = [])),
    responses(
        (status = 204, description = "It is off"),
        (status = 409, description = "A role of the caller demands one", body = Problem),
    ),
)]
pub(super) async fn remove_totp(Fresh(caller): Fresh, State(auth): State<Auth>) -> Result<StatusCode, ApiProblem> {
    auth.remove_totp(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes new backup codes
///
/// The old ones are void, and the caller's other sessions that were proven by one, or by the authenticator app, end.
/// Needs a sign-in of the last five minutes, with the second factor where there is one, and no permission.
#[utoipa::path(
    post, path = "/api/v1/auth/two-factor/backup-codes", tag = "auth", security(("bearer" = [])),
    responses(
        (status = 200, description = "The codes, shown once", body = BackupCodes),
        (status = 409, description = "There is no second factor that they would stand in for", body = Problem),
        (status = 429, description = "Too often, or too many people sign in at this moment", body = Problem),
    ),
)]
pub(super) async fn renew_backup_codes(
    Fresh(caller): Fresh,
    State(auth): State<Auth>,
) -> Result<Json<BackupCodes>, ApiProblem> {
    Ok(Json(auth.renew_backup_codes(&caller).await?))
}

/// Reads the second factor of a user
///
/// Needs the permission `users.read`.
#[utoipa::path(
    get, path = "/api/v1/auth/admin/users/{id}/two-factor", tag = "auth", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user")),
    responses((status = 200, description = "What the user has", body = TwoFactorStatus)),
)]
pub(super) async fn find_of(
    _: RequireOf<UsersRead>,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<UserId>,
) -> Result<Json<TwoFactorStatus>, ApiProblem> {
    Ok(Json(auth.two_factor_of(id).await?))
}

/// Takes the second factors of a user away
///
/// App, passkeys and backup codes are void, and all sessions of the user end: for whoever has lost them. Where a role demands one, the next sign-in
/// asks to set up another. Not of a user who holds a role above the caller's own. Needs the permission `users.write`, and a sign-in of the
/// last five minutes.
#[utoipa::path(
    post, path = "/api/v1/auth/admin/users/{id}/two-factor/reset", tag = "auth", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user")),
    request_body = ResetTwoFactor,
    responses((status = 204, description = "It is taken away, now or before")),
)]
pub(super) async fn reset_of(
    caller: RequireOf<UsersWrite>,
    _: Fresh,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<UserId>,
    order: Valid<ResetTwoFactor>,
) -> Result<StatusCode, ApiProblem> {
    let subject = auth.subject(&caller, id).await?;
    auth.reset_second_factors(subject, &order.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
