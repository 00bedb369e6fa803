//! `/api/v1/auth/security-events`, `/login-attempts` and `/admin/throttles`: what protects accounts.

use crate::domain::{Auth, Reader};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use orion_contracts::auth::{
    LoginAttempt, LoginAttemptQuery, SecurityEvent, SecurityEventQuery, Throttle, ThrottleQuery,
};
use orion_contracts::permissions::{SecurityRead, SecurityWrite};
use orion_contracts::{Page, PageQuery, Problem, ThrottleId};
use orion_http::{ApiProblem, Caller, Fresh, Require, ValidPath, ValidQuery};

/// Lists one's own security events, newest first
///
/// Needs an access token, and no permission.
#[utoipa::path(
    get, path = "/api/v1/auth/security-events", tag = "auth", security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, description = "A page of security events", body = Page<SecurityEvent>)),
)]
pub(super) async fn own_events(
    caller: Caller,
    State(auth): State<Auth>,
    ValidQuery(PageQuery { cursor, limit }): ValidQuery<PageQuery>,
) -> Result<Json<Page<SecurityEvent>>, ApiProblem> {
    let query = SecurityEventQuery { cursor, limit, ..SecurityEventQuery::default() };
    Ok(Json(auth.security_events(Reader::Owner(caller.user_id()), &query).await?))
}

/// Lists security events of all, newest first
///
/// Needs the permission `security.read`; whose accounts they are is told, and asked for by address, with `users.read` as well.
#[utoipa::path(
    get, path = "/api/v1/auth/admin/security-events", tag = "auth", security(("bearer" = [])),
    params(SecurityEventQuery),
    responses((status = 200, description = "A page of security events", body = Page<SecurityEvent>)),
)]
pub(super) async fn events(
    permitted: Require<SecurityRead>,
    State(auth): State<Auth>,
    ValidQuery(query): ValidQuery<SecurityEventQuery>,
) -> Result<Json<Page<SecurityEvent>>, ApiProblem> {
    Ok(Json(auth.security_events(Reader::Other(&permitted), &query).await?))
}

/// Lists sign-ins to one's own account, newest first
///
/// Also those that failed. Needs an access token, and no permission.
#[utoipa::path(
    get, path = "/api/v1/auth/login-attempts", tag = "auth", security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, description = "A page of attempts", body = Page<LoginAttempt>)),
)]
pub(super) async fn own_attempts(
    caller: Caller,
    State(auth): State<Auth>,
    ValidQuery(PageQuery { cursor, limit }): ValidQuery<PageQuery>,
) -> Result<Json<Page<LoginAttempt>>, ApiProblem> {
    let query = LoginAttemptQuery { cursor, limit, ..LoginAttemptQuery::default() };
    Ok(Json(auth.login_attempts(Reader::Owner(caller.user_id()), &query).await?))
}

/// Lists sign-ins of all, newest first
///
/// Also those that failed. Needs the permission `security.read`; whose accounts they are is told, and asked for by address,
/// with `users.read` as well.
#[utoipa::path(
    get, path = "/api/v1/auth/admin/login-attempts", tag = "auth", security(("bearer" = [])),
    params(LoginAttemptQuery),
    responses((status = 200, description = "A page of attempts", body = Page<LoginAttempt>)),
)]
pub(super) async fn attempts(
    permitted: Require<SecurityRead>,
    State(auth): State<Auth>,
    ValidQuery(query): ValidQuery<LoginAttemptQuery>,
) -> Result<Json<Page<LoginAttempt>>, ApiProblem> {
    Ok(Json(auth.login_attempts(Reader::Other(&permitted), &query).await?))
}

/// Lists the throttles that delay tries
///
/// After failures in a row, and of what was done too often: registrations, and links for a new password. The one that began
/// last comes first. Needs the permission `security.read`; whose accounts they are is told with `users.read` as well.
#[utoipa::path(
    get, path = "/api/v1/auth/admin/throttles", tag = "auth", security(("bearer" = [])),
    params(ThrottleQuery),
    responses((status = 200, description = "A page of throttles", body = Page<Throttle>)),
)]
pub(super) async fn throttles(
    permitted: Require<SecurityRead>,
    State(auth): State<Auth>,
    ValidQuery(query): ValidQuery<ThrottleQuery>,
) -> Result<Json<Page<Throttle>>, ApiProblem> {
    Ok(Json(auth.throttles(Reader::Other(&permitted), &query).await?))
}

/// Lifts a throttle
///
/// The next try counts at once. Not one of a user who holds a role above the caller's own. Needs the permission `security.write`,
/// and a sign-in of the last five minutes.
#[utoipa::path(
    delete, path = "/api/v1/auth/admin/throttles/{id}", tag = "auth", security(("bearer" = [])),
    params(("id" = ThrottleId, Path, description = "The throttle")),
    responses(
        (status = 204, description = "It is lifted"),
        (status = 404, description = "There is no such throttle, or none any more", body = Problem),
    ),
)]
pub(super) async fn lift_throttle(
    caller: Require<SecurityWrite>,
    _: Fresh,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<ThrottleId>,
) -> Result<StatusCode, ApiProblem> {
    auth.lift_throttle(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
