//! `/api/v1/users/{id}/status`: suspending, deactivating, deleting and restoring.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use orion_contracts::permissions::UsersWrite;
use orion_contracts::users::{ChangeStatus, User};
use orion_contracts::{Problem, UserId};
use orion_http::etag::{IfMatch, etag};
use orion_http::{ApiProblem, Fresh, RequireOf, Valid, ValidPath};

/// Suspends, deactivates, deletes or restores a user.
///
/// Who is not active signs in no more, and their sessions end at once. Who is deleted can be restored, by `active`, until they are
/// erased (`users.erase_deleted_days`), and nothing else; who never verified their address can only be deleted, and is erased at once. Nobody does it to themselves, to somebody above them, or to the last who holds
/// `super_admin`. The same status again changes nothing. Needs the permission `users.write`, and a sign-in of the last five minutes.
#[utoipa::path(
    put, path = "/api/v1/users/{id}/status", tag = "users",
    security(("bearer" = [])), request_body = ChangeStatus,
    params(
        ("id" = UserId, Path, description = "The user's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is being changed"),
    ),
    responses(
        (status = 200, description = "The user after the change", body = User),
        (status = 409, description = "The last super_admin, or no way from the status that the user has", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put(
    caller: RequireOf<UsersWrite>,
    _: Fresh,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
    seen: IfMatch,
    request: Valid<ChangeStatus>,
) -> Result<impl IntoResponse, ApiProblem> {
    let user = users.change_status(&caller, id, &seen, &request).await?;
    Ok((etag(user.version), Json(user)))
}
