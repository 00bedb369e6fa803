//! `/api/v1/auth/me` and `/api/v1/auth/sessions`: who the caller is, where they are signed in, and administrators' view of
//! others.

use crate::domain::{Auth, Subject};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use orion_contracts::auth::{ActFor, ActingFor, EndSessions, Me, SessionList, SessionsEnded};
use orion_contracts::permissions::{SessionsRead, SessionsRevoke};
use orion_contracts::{Problem, SessionId, UserId};
use orion_http::{ApiProblem, Caller, InPerson, Leaving, RequireOf, Valid, ValidPath, ValidQuery};

/// Reads who the caller is
///
/// Needs an access token, and no permission.
#[utoipa::path(
    get, path = "/api/v1/auth/me", tag = "auth", security(("bearer" = [])),
    responses(
        (status = 200, description = "The caller, and their session", body = Me),
        (status = 404, description = "The token belongs to no session that is alive", body = Problem),
    ),
)]
pub(super) async fn me(caller: Caller, State(auth): State<Auth>) -> Result<Json<Me>, ApiProblem> {
    Ok(Json(auth.me(&caller).await?))
}

/// Lists one's own sessions
///
/// Those that are alive. Needs an access token, and no permission.
#[utoipa::path(
    get, path = "/api/v1/auth/sessions", tag = "auth", security(("bearer" = [])),
    responses((status = 200, description = "The sessions, the one used last first", body = SessionList)),
)]
pub(super) async fn list(caller: Caller, State(auth): State<Auth>) -> Result<Json<SessionList>, ApiProblem> {
    Ok(Json(auth.sessions_of(caller.user_id(), &caller).await?))
}

/// Ends one's own sessions
///
/// All of them, or with `keep_current` all others. Needs an access token, and no permission.
#[utoipa::path(
    delete, path = "/api/v1/auth/sessions", tag = "auth", security(("bearer" = [])),
    params(EndSessions),
    responses((status = 200, description = "How many have ended", body = SessionsEnded)),
)]
pub(super) async fn end_all(
    InPerson(caller): InPerson,
    State(auth): State<Auth>,
    ValidQuery(order): ValidQuery<EndSessions>,
) -> Result<Json<SessionsEnded>, ApiProblem> {
    let kept = caller.session_id().filter(|_| order.keep_current);
    Ok(Json(auth.end_sessions_of(Subject::own(&caller), kept).await?))
}

/// Acts for an organisation
///
/// The session does from then on, and so do the tokens that it is refreshed to; the answer holds one. What the caller holds inside the
/// organisation holds for what belongs to it. With null it acts for none. Needs an access token, and no permission; nobody does it while
/// acting as somebody else.
#[utoipa::path(
    put, path = "/api/v1/auth/sessions/current/organisation", tag = "auth", security(("bearer" = [])),
    request_body = ActFor,
    responses(
        (status = 200, description = "A token that acts for it", body = ActingFor),
        (status = 404, description = "The caller belongs to no such organisation", body = Problem),
        (status = 422, description = "Fields are not valid", body = Problem),
    ),
)]
pub(super) async fn act_for(
    InPerson(caller): InPerson,
    State(auth): State<Auth>,
    order: Valid<ActFor>,
) -> Result<Json<ActingFor>, ApiProblem> {
    Ok(Json(auth.act_for(&caller, &order).await?))
}

/// Ends one of one's own sessions
///
/// Its tokens are refused from then on. Who acts as somebody else ends that session alone. Needs an access token, and no permission.
#[utoipa::path(
    delete, path = "/api/v1/auth/sessions/{id}", tag = "auth", security(("bearer" = [])),
    params(("id" = SessionId, Path, description = "The session")),
    responses((status = 204, description = "It has ended, now or before")),
)]
pub(super) async fn end(
    Leaving(caller): Leaving,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<SessionId>,
) -> Result<StatusCode, ApiProblem> {
    let caller = if caller.session_id() == Some(id) { caller } else { InPerson::of(caller)?.0 };
    auth.end_session_of(Subject::own(&caller), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the sessions of a user
///
/// Those that are alive. Needs the permission `sessions.read`.
#[utoipa::path(
    get, path = "/api/v1/auth/admin/users/{id}/sessions", tag = "auth", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user")),
    responses((status = 200, description = "The sessions, the one used last first", body = SessionList)),
)]
pub(super) async fn list_of(
    caller: RequireOf<SessionsRead>,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<UserId>,
) -> Result<Json<SessionList>, ApiProblem> {
    Ok(Json(auth.sessions_of(id, &caller).await?))
}

/// Ends all sessions of a user
///
/// Their tokens are refused from then on. Not of a user who holds a role above the caller's own. Needs the permission
/// `sessions.revoke`.
#[utoipa::path(
    delete, path = "/api/v1/auth/admin/users/{id}/sessions", tag = "auth", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user")),
    responses((status = 200, description = "How many have ended", body = SessionsEnded)),
)]
pub(super) async fn end_all_of(
    caller: RequireOf<SessionsRevoke>,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<UserId>,
) -> Result<Json<SessionsEnded>, ApiProblem> {
    let subject = auth.subject(&caller, id).await?;
    Ok(Json(auth.end_sessions_of(subject, None).await?))
}

/// Ends a session of a user
///
/// Its tokens are refused from then on. Not of a user who holds a role above the caller's own. Needs the permission
/// `sessions.revoke`.
#[utoipa::path(
    delete, path = "/api/v1/auth/admin/users/{id}/sessions/{session_id}", tag = "auth", security(("bearer" = [])),
    params(
        ("id" = UserId, Path, description = "The user"),
        ("session_id" = SessionId, Path, description = "The session"),
    ),
    responses((status = 204, description = "It has ended, now or before")),
)]
pub(super) async fn end_of(
    caller: RequireOf<SessionsRevoke>,
    State(auth): State<Auth>,
    ValidPath((id, session)): ValidPath<(UserId, SessionId)>,
) -> Result<StatusCode, ApiProblem> {
    let subject = auth.subject(&caller, id).await?;
    auth.end_session_of(subject, session).await?;
    Ok(StatusCode::NO_CONTENT)
}
