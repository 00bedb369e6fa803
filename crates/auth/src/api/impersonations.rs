//! `/api/v1/auth/impersonations`: acting as another user.

use crate::domain::Auth;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use orion_contracts::Problem;
use orion_contracts::auth::{BeginImpersonation, Impersonation};
use orion_contracts::permissions::UsersImpersonate;
use orion_http::identity::Object;
use orion_http::{ApiProblem, Fresh, Leaving, RequireSomewhere, Valid};

/// Begins to act as another user
///
/// Gives a token for a session of its own, with a claim `act` that names the caller. It does what both may do, never what needs a
/// sign-in of the last five minutes or concerns how the person signs in. The person sees the session, and ends it if they like.
/// Needs the permission `users.impersonate` on this user, and a sign-in of the last five minutes.
#[utoipa::path(
    post, path = "/api/v1/auth/impersonations", tag = "auth", security(("bearer" = [])),
    request_body = BeginImpersonation,
    responses(
        (status = 201, description = "The token, and until when", body = Impersonation),
        (status = 403, description = "The user holds a role above the caller's", body = Problem),
        (status = 404, description = "There is no such user", body = Problem),
        (status = 409, description = "The user is not active, or is the caller", body = Problem),
        (status = 422, description = "There is no reason", body = Problem),
    ),
)]
pub(super) async fn begin(
    caller: RequireSomewhere<UsersImpersonate>,
    _: Fresh,
    State(auth): State<Auth>,
    order: Valid<BeginImpersonation>,
) -> Result<(StatusCode, Json<Impersonation>), ApiProblem> {
    let caller = caller.for_each_object();
    caller.may(UsersImpersonate, Object::about(order.user_id))?;
    Ok((StatusCode::CREATED, Json(auth.begin_impersonation(caller, &order).await?)))
}

/// Stops acting as another user
///
/// By the token that acts; it is refused from then on. Needs no permission.
#[utoipa::path(
    delete, path = "/api/v1/auth/impersonations/current", tag = "auth", security(("bearer" = [])),
    responses(
        (status = 204, description = "It is over"),
        (status = 404, description = "The token is the caller's own", body = Problem),
    ),
)]
pub(super) async fn end(Leaving(caller): Leaving, State(auth): State<Auth>) -> Result<StatusCode, ApiProblem> {
    auth.end_impersonation(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
