//! `/api/v1/users/me/preferences` and `/api/v1/users/{id}/preferences`: what users prefer.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use orion_contracts::permissions::{ProfileRead, ProfileWrite, UsersRead, UsersWrite};
use orion_contracts::preferences::{UpdatePreferences, UserPreferences};
use orion_contracts::{Problem, UserId};
use orion_http::etag::{IfMatch, etag};
use orion_http::idempotency::Idempotency;
use orion_http::{ApiProblem, RequireOf, RequireOwn, RequireSomewhere, Valid, ValidPath};

/// Reads one's own preferences.
///
/// Whoever never said anything has empty ones, of version 0. Needs the permission `profile.read`, which every account has.
#[utoipa::path(
    get, path = "/api/v1/users/me/preferences", tag = "users", security(("bearer" = [])),
    responses(
        (status = 200, description = "What the caller prefers; the ETag stands for this version", body = UserPreferences),
    )
)]
pub(super) async fn find_own(
    caller: RequireOwn<ProfileRead>,
    State(users): State<Users>,
) -> Result<impl IntoResponse, ApiProblem> {
    let preferences = users.own_preferences(caller.user_id()).await?;
    Ok((etag(preferences.version), Json(preferences)))
}

/// Changes one's own preferences.
///
/// A merge patch (RFC 7396): absent sections and keys stay, `null` clears one, and objects are merged. With `If-Match`, nobody's change
/// is overwritten unseen. Needs the permission `profile.write`, which every verified account has.
#[utoipa::path(
    patch, path = "/api/v1/users/me/preferences", tag = "users",
    security(("bearer" = [])), request_body = UpdatePreferences,
    params(
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is being changed"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
    ),
    responses(
        (status = 200, description = "What the caller prefers after the change", body = UserPreferences),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn update_own(
    caller: RequireOwn<ProfileWrite>,
    State(users): State<Users>,
    seen: IfMatch,
    key: Idempotency,
    change: Valid<UpdatePreferences>,
) -> Result<impl IntoResponse, ApiProblem> {
    let preferences = users.update_own_preferences(&caller, &seen, &key, &change).await?;
    Ok((etag(preferences.version), Json(preferences)))
}

/// Reads the preferences of a user.
///
/// Needs the permission `users.read` on this user.
#[utoipa::path(
    get, path = "/api/v1/users/{id}/preferences", tag = "users", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user's id")),
    responses(
        (status = 200, description = "What the user prefers; the ETag stands for this version", body = UserPreferences),
    )
)]
pub(super) async fn find(
    caller: RequireSomewhere<UsersRead>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
) -> Result<impl IntoResponse, ApiProblem> {
    let preferences = users.preferences_as(caller.for_each_object(), id).await?;
    Ok((etag(preferences.version), Json(preferences)))
}

/// Changes the preferences of a user.
///
/// A merge patch (RFC 7396): absent sections and keys stay, `null` clears one, and objects are merged. Nobody changes those of somebody
/// above them. Needs the permission `users.write`.
#[utoipa::path(
    patch, path = "/api/v1/users/{id}/preferences", tag = "users", security(("bearer" = [])),
    request_body = UpdatePreferences,
    params(
        ("id" = UserId, Path, description = "The user's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is being changed"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
    ),
    responses(
        (status = 200, description = "What the user prefers after the change", body = UserPreferences),
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
    change: Valid<UpdatePreferences>,
) -> Result<impl IntoResponse, ApiProblem> {
    let preferences = users.update_preferences(&caller, id, &seen, &key, &change).await?;
    Ok((etag(preferences.version), Json(preferences)))
}
