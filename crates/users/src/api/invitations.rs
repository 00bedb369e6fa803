//! `POST /api/v1/users` and `/api/v1/users/{id}/invitation`: creating people and inviting them.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use orion_contracts::invitations::{Invitation, InviteUser};
use orion_contracts::permissions::{UsersRead, UsersWrite};
use orion_contracts::users::User;
use orion_contracts::{Problem, UserId};
use orion_http::etag::etag;
use orion_http::idempotency::Idempotency;
use orion_http::{ApiProblem, Fresh, Require, RequireOf, Valid, ValidPath};

/// Creates a user, and invites them.
///
/// They are pending until they have opened the link that they are mailed, and chosen their password there; then their address is
/// verified, and they hold `user` and the roles that they were promised. Nobody promises a role that they could not give. Needs the permission
/// `users.write`, with roles `roles.assign` as well, and a sign-in of the last five minutes.
#[utoipa::path(
    post, path = "/api/v1/users", tag = "users", security(("bearer" = [])),
    request_body = InviteUser,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer")),
    responses(
        (status = 201, description = "The user, who is pending", body = User),
        (status = 409, description = "Somebody has this address", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    caller: Require<UsersWrite>,
    _: Fresh,
    State(users): State<Users>,
    key: Idempotency,
    request: Valid<InviteUser>,
) -> Result<impl IntoResponse, ApiProblem> {
    let user = users.invite(&caller, &key, &request).await?;
    Ok((StatusCode::CREATED, etag(user.version), Json(user)))
}

/// Reads the invitation of a user.
///
/// Needs the permission `users.read`.
#[utoipa::path(
    get, path = "/api/v1/users/{id}/invitation", tag = "users", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user's id")),
    responses((status = 200, description = "The invitation", body = Invitation))
)]
pub(super) async fn find(
    caller: RequireOf<UsersRead>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
) -> Result<Json<Invitation>, ApiProblem> {
    Ok(Json(users.invitation(&caller, id).await?))
}

/// Sends the invitation of a user, for the first time or once more.
///
/// Links that were mailed before stay good as long as they said. Whoever sends it promises the roles that stand in it. Needs the
/// permission `users.write`, and a sign-in of the last five minutes.
#[utoipa::path(
    post, path = "/api/v1/users/{id}/invitation", tag = "users", security(("bearer" = [])),
    params(
        ("id" = UserId, Path, description = "The user's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
    ),
    responses(
        (status = 200, description = "The invitation", body = Invitation),
        (status = 409, description = "They have come already", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn send(
    caller: RequireOf<UsersWrite>,
    _: Fresh,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
    key: Idempotency,
) -> Result<Json<Invitation>, ApiProblem> {
    Ok(Json(users.send_invitation(&caller, id, &key).await?))
}

/// Withdraws the invitation of a user.
///
/// Links that were mailed lead nowhere, and no roles are promised any more. The user stays pending, and can be
/// invited again, for as long as somebody who registers has to verify their address; `PUT …/status` deletes them at once. Needs the permission `users.write`.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/invitation", tag = "users", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user's id")),
    responses(
        (status = 204, description = "It is withdrawn"),
        (status = 409, description = "They have come already", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn withdraw(
    caller: RequireOf<UsersWrite>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
) -> Result<StatusCode, ApiProblem> {
    users.withdraw_invitation(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
