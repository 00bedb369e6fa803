//! `/api/v1/users`: finding users, and changing their profiles. Internal: creating them.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use orion_contracts::internal::CreateUser;
use orion_contracts::permissions::{UsersRead, UsersWrite};
use orion_contracts::profile::UpdateProfile;
use orion_contracts::user_list::UserQuery;
use orion_contracts::users::{User, UserPut};
use orion_contracts::{Page, Problem, UserId};
use orion_http::etag::{IfMatch, etag};
use orion_http::idempotency::Idempotency;
use orion_http::{ApiProblem, FromPeer, RequireOf, RequireSomewhere, Valid, ValidPath, ValidQuery};

/// Lists users.
///
/// Only those whom the caller may see and of whom all holds that is asked for. What is sorted by name or address goes letter by letter
/// as Unicode numbers them, after capitals were made small; by the last sign-in, who never signed in counts as longest ago. Needs the permission `users.read`, for the platform or an organisation.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "users", security(("bearer" = [])),
    params(UserQuery),
    responses(
        (status = 200, description = "A page of users", body = Page<User>),
    )
)]
pub(super) async fn list(
    caller: RequireSomewhere<UsersRead>,
    State(users): State<Users>,
    ValidQuery(query): ValidQuery<UserQuery>,
) -> Result<Json<Page<User>>, ApiProblem> {
    Ok(Json(users.list(&caller.scope(), &query).await?))
}

/// Reads a user.
///
/// Needs the permission `users.read` on this user. One's own profile is at `/api/v1/users/me`.
#[utoipa::path(
    get, path = "/api/v1/users/{id}", tag = "users", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user's id")),
    responses(
        (status = 200, description = "The user; the ETag stands for this version", body = User),
    )
)]
pub(super) async fn find(
    caller: RequireSomewhere<UsersRead>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
) -> Result<impl IntoResponse, ApiProblem> {
    let user = users.find_as(caller.for_each_object(), id).await?;
    Ok((etag(user.version), Json(user)))
}

/// Changes the profile of a user.
///
/// Absent fields stay, `null` clears. With `If-Match`, nobody's change is overwritten unseen. Nobody changes the profile of somebody
/// above them. Needs the permission `users.write`.
#[utoipa::path(
    patch, path = "/api/v1/users/{id}", tag = "users", security(("bearer" = [])),
    request_body = UpdateProfile,
    params(
        ("id" = UserId, Path, description = "The user's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is being changed"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
    ),
    responses(
        (status = 200, description = "The user after the change", body = User),
        (status = 409, description = "Somebody else has this username", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn update(
    caller: RequireOf<UsersWrite>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
    seen: IfMatch,
    key: Idempotency,
    change: Valid<UpdateProfile>,
) -> Result<impl IntoResponse, ApiProblem> {
    let user = users.update_user(&caller, id, &seen, &key, &change).await?;
    Ok((etag(user.version), Json(user)))
}

/// Internal: creates a user, or finds the one who has the address.
pub(super) async fn put(users: Users, call: FromPeer<CreateUser>) -> Result<UserPut, ApiProblem> {
    Ok(users.put(call.at.id, &call.input).await?)
}
