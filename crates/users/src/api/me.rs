//! `/api/v1/users/me`: one's own profile.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use orion_contracts::Problem;
use orion_contracts::permissions::{ProfileRead, ProfileWrite};
use orion_contracts::profile::UpdateProfile;
use orion_contracts::users::User;
use orion_http::etag::{IfMatch, etag};
use orion_http::idempotency::Idempotency;
use orion_http::{ApiProblem, RequireOwn, Valid};

/// Reads one's own profile.
///
/// Without tags and metadata, which administrators keep. Needs the permission `profile.read`, which every account has.
#[utoipa::path(
    get, path = "/api/v1/users/me", tag = "users", security(("bearer" = [])),
    responses(
        (status = 200, description = "The caller; the ETag stands for this version", body = User),
    )
)]
pub(super) async fn find(
    caller: RequireOwn<ProfileRead>,
    State(users): State<Users>,
) -> Result<impl IntoResponse, ApiProblem> {
    let user = users.find_oneself(caller.user_id()).await?;
    Ok((etag(user.version), Json(user)))
}

/// Changes one's own profile.
///
/// Absent fields stay, `null` clears. With `If-Match`, nobody's change is overwritten unseen. Tags and metadata are for administrators to
/// set. Needs the permission `profile.write`, which every verified account has.
#[utoipa::path(
    patch, path = "/api/v1/users/me", tag = "users", security(("bearer" = [])),
    request_body = UpdateProfile,
    params(
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is being changed"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
    ),
    responses(
        (status = 200, description = "The caller after the change", body = User),
        (status = 409, description = "Somebody else has this username", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn update(
    caller: RequireOwn<ProfileWrite>,
    State(users): State<Users>,
    seen: IfMatch,
    key: Idempotency,
    change: Valid<UpdateProfile>,
) -> Result<impl IntoResponse, ApiProblem> {
    let user = users.update_profile(&caller, &seen, &key, &change).await?;
    Ok((etag(user.version), Json(user)))
}
