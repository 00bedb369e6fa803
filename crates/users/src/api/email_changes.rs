//! `/api/v1/users/me/email-change` and `/api/v1/users/{id}/email-change`: another address. Internal: answers from mailed links.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use orion_contracts::email_changes::{EmailChangeFound, EmailChangeState, RequestEmailChange};
use orion_contracts::internal::{ConsumeEmailChange, FindEmailChange};
use orion_contracts::permissions::{ProfileRead, ProfileWrite, UsersRead, UsersWrite};
use orion_contracts::{Problem, UserId};
use orion_http::idempotency::Idempotency;
use orion_http::{ApiProblem, Fresh, FromPeer, InPerson, RequireOf, RequireOwn, RequireSomewhere, Valid, ValidPath};

/// Reads one's own address, and its change that waits.
///
/// Needs the permission `profile.read`, which every account has.
#[utoipa::path(
    get, path = "/api/v1/users/me/email-change", tag = "users", security(("bearer" = [])),
    responses((status = 200, description = "The address, and what waits to be confirmed", body = EmailChangeState))
)]
pub(super) async fn find_own(
    caller: RequireOwn<ProfileRead>,
    State(users): State<Users>,
) -> Result<Json<EmailChangeState>, ApiProblem> {
    Ok(Json(users.own_email_change(caller.user_id()).await?))
}

/// Asks for another e-mail address.
///
/// A mail with a link goes to the address of now and to the new one; it changes once both are confirmed, in whichever order, and then
/// all sessions end. The answer is the same whether or not somebody has the new address: its owner gets a notice then. Of several
/// requests the newest counts. Needs the permission `profile.write`, which every verified account has, and a sign-in of the last
/// five minutes.
#[utoipa::path(
    post, path = "/api/v1/users/me/email-change", tag = "users", security(("bearer" = [])),
    request_body = RequestEmailChange,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer")),
    responses(
        (status = 202, description = "Mails are on their way", body = EmailChangeState),
        (status = 409, description = "The address of now is not verified", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It is the address of now, or none", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Asked too often, by this user or for this address", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn request_own(
    caller: RequireOwn<ProfileWrite>,
    _: Fresh,
    State(users): State<Users>,
    key: Idempotency,
    request: Valid<RequestEmailChange>,
) -> Result<(StatusCode, Json<EmailChangeState>), ApiProblem> {
    Ok((StatusCode::ACCEPTED, Json(users.request_own_email_change(&caller, &key, &request).await?)))
}

/// Withdraws the change of one's own address.
///
/// The links that were mailed lead nowhere. Where nothing waits, nothing changes. Needs the permission `profile.write`, which every
/// verified account has.
#[utoipa::path(
    delete, path = "/api/v1/users/me/email-change", tag = "users", security(("bearer" = [])),
    responses((status = 204, description = "Nothing waits any more"))
)]
pub(super) async fn withdraw_own(
    caller: RequireOwn<ProfileWrite>,
    _: InPerson,
    State(users): State<Users>,
) -> Result<StatusCode, ApiProblem> {
    users.withdraw_own_email_change(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reads the address of a user, and its change that waits.
///
/// Needs the permission `users.read` on this user.
#[utoipa::path(
    get, path = "/api/v1/users/{id}/email-change", tag = "users", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user's id")),
    responses((status = 200, description = "The address, and what waits to be confirmed", body = EmailChangeState))
)]
pub(super) async fn find(
    caller: RequireSomewhere<UsersRead>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
) -> Result<Json<EmailChangeState>, ApiProblem> {
    Ok(Json(users.email_change_as(caller.for_each_object(), id).await?))
}

/// Asks for another e-mail address of a user.
///
/// Nobody changes it for them: it is confirmed at both addresses as if they had asked themselves. Needs the permission `users.write`, and a sign-in of the last five minutes.
#[utoipa::path(
    post, path = "/api/v1/users/{id}/email-change", tag = "users", security(("bearer" = [])),
    request_body = RequestEmailChange,
    params(
        ("id" = UserId, Path, description = "The user's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
    ),
    responses(
        (status = 202, description = "Mails are on their way", body = EmailChangeState),
        (status = 409, description = "The user is not active, or the address of now is not verified", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It is the address of now, or none", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Asked too often, for this user or this address", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn request(
    caller: RequireOf<UsersWrite>,
    _: Fresh,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
    key: Idempotency,
    request: Valid<RequestEmailChange>,
) -> Result<(StatusCode, Json<EmailChangeState>), ApiProblem> {
    Ok((StatusCode::ACCEPTED, Json(users.request_email_change(&caller, id, &key, &request).await?)))
}

/// Withdraws the change of a user's address.
///
/// The links that were mailed lead nowhere. Where nothing waits, nothing changes. Needs the permission `users.write`.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/email-change", tag = "users", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user's id")),
    responses((status = 204, description = "Nothing waits any more"))
)]
pub(super) async fn withdraw(
    caller: RequireOf<UsersWrite>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
) -> Result<StatusCode, ApiProblem> {
    users.withdraw_email_change(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The change that a link belongs to.
pub(super) async fn find_by_token(
    users: Users,
    call: FromPeer<FindEmailChange>,
) -> Result<EmailChangeFound, ApiProblem> {
    Ok(users.email_change_of(&call.input.token).await?)
}

/// Confirms or refuses a change.
pub(super) async fn consume(users: Users, call: FromPeer<ConsumeEmailChange>) -> Result<EmailChangeFound, ApiProblem> {
    Ok(users.answer_email_change(&call.input).await?)
}
