//! `/api/v1/users/me/avatar` and `/api/v1/users/{id}/avatar`: pictures of people. What is sent is bytes, known by what they are; what
//! is shown is drawn by us, and a browser does nothing with it but show it.

use crate::domain::Users;
use crate::domain::avatars::{hash_of, short};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use orion_contracts::permissions::{ProfileRead, ProfileWrite, UsersRead, UsersWrite};
use orion_contracts::users::User;
use orion_contracts::{Problem, UserId};
use orion_http::etag::{IfMatch, etag};
use orion_http::{ApiProblem, RequireOf, RequireOwn, RequireOwnOrOf, ValidPath, ValidQuery, body};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// A picture may be shown, and do nothing.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");
/// Asked again each time, which costs a 304.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("private, no-cache");
/// Under an address that stands for this picture alone.
const FOR_EVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

/// The bytes of a picture, as OpenAPI tells of them.
#[derive(ToSchema)]
#[schema(value_type = String, content_media_type = "image/*")]
#[expect(dead_code, reason = "bodies are read and written as they are")]
struct Picture(Vec<u8>);

/// Which picture is meant.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Version {
    /// The picture that is meant, as a user's `avatar_url` says.
    #[serde(default)]
    v: Option<String>,
}

/// Makes a picture one's own.
///
/// The body is a PNG, JPEG, WebP or GIF, known by its bytes; of one that moves the first frame counts. It has `users.avatar_max_kib`, 25
/// million pixels and 8192 of them to a side at most. It is drawn anew as a square of 256 pixels, upright, with nothing else of what was
/// in the file. The same picture again changes nothing. Needs the permission `profile.write`, which every verified account has.
#[utoipa::path(
    put, path = "/api/v1/users/me/avatar", tag = "users", security(("bearer" = [])),
    params(("If-Match" = Option<String>, Header, description = "The ETag of the version that is being changed")),
    request_body(content = inline(Picture), content_type = "application/octet-stream", description = "The picture"),
    responses(
        (status = 200, description = "The caller after the change", body = User),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The picture is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "It is none of these formats", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It is broken, or has too many pixels", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put_own(
    caller: RequireOwn<ProfileWrite>,
    State(users): State<Users>,
    seen: IfMatch,
    request: Request,
) -> Result<impl IntoResponse, ApiProblem> {
    let sending = users.admit_own_avatar(&caller, &seen).await?;
    let user = users.put_own_avatar(&caller, &seen, body::sent(request, sending.most).await?).await?;
    Ok((etag(user.version), Json(user)))
}

/// Makes a picture that of a user.
///
/// What it may be is as with one's own, at `/api/v1/users/me/avatar`. Nobody changes the picture of somebody above them. Needs the
/// permission `users.write`.
#[utoipa::path(
    put, path = "/api/v1/users/{id}/avatar", tag = "users", security(("bearer" = [])),
    params(
        ("id" = UserId, Path, description = "The user's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is being changed"),
    ),
    request_body(content = inline(Picture), content_type = "application/octet-stream", description = "The picture"),
    responses(
        (status = 200, description = "The user after the change", body = User),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The picture is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "It is none of these formats", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It is broken, or has too many pixels", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put(
    caller: RequireOf<UsersWrite>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
    seen: IfMatch,
    request: Request,
) -> Result<impl IntoResponse, ApiProblem> {
    let sending = users.admit_avatar(&caller, id, &seen).await?;
    let user = users.put_avatar(&caller, id, &seen, body::sent(request, sending.most).await?).await?;
    Ok((etag(user.version), Json(user)))
}

/// Takes one's own picture away.
///
/// Where there is none, nothing changes. Needs the permission `profile.write`, which every verified account has.
#[utoipa::path(
    delete, path = "/api/v1/users/me/avatar", tag = "users", security(("bearer" = [])),
    params(("If-Match" = Option<String>, Header, description = "The ETag of the version that is being changed")),
    responses(
        (status = 200, description = "The caller after the change", body = User),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove_own(
    caller: RequireOwn<ProfileWrite>,
    State(users): State<Users>,
    seen: IfMatch,
) -> Result<impl IntoResponse, ApiProblem> {
    let user = users.remove_own_avatar(&caller, &seen).await?;
    Ok((etag(user.version), Json(user)))
}

/// Takes the picture of a user away.
///
/// Where there is none, nothing changes. Nobody changes the picture of somebody above them. Needs the permission `users.write`.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/avatar", tag = "users", security(("bearer" = [])),
    params(
        ("id" = UserId, Path, description = "The user's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is being changed"),
    ),
    responses(
        (status = 200, description = "The user after the change", body = User),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove(
    caller: RequireOf<UsersWrite>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
    seen: IfMatch,
) -> Result<impl IntoResponse, ApiProblem> {
    let user = users.remove_avatar(&caller, id, &seen).await?;
    Ok((etag(user.version), Json(user)))
}

/// Shows the picture of a user.
///
/// A square JPEG. Under the address of the user's `avatar_url` it may be kept for good, for another picture has another one. Needs the
/// permission `users.read` on this user, or `profile.read` for one's own.
#[utoipa::path(
    get, path = "/api/v1/users/{id}/avatar", tag = "users", security(("bearer" = [])),
    params(
        ("id" = UserId, Path, description = "The user's id"),
        Version,
        ("If-None-Match" = Option<String>, Header, description = "The ETag of a picture that is kept"),
    ),
    responses(
        (status = 200, description = "The picture", body = inline(Picture), content_type = "image/jpeg"),
        (status = 304, description = "It is the one that is kept"),
    )
)]
pub(super) async fn find(
    _: RequireOwnOrOf<ProfileRead, UsersRead>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
    ValidQuery(version): ValidQuery<Version>,
    headers: HeaderMap,
) -> Result<Response, ApiProblem> {
    show(&users, &users.avatar(id).await?, &version, &headers).await
}

/// A picture, or that the caller's own copy of it is good.
async fn show(users: &Users, name: &str, asked: &Version, headers: &HeaderMap) -> Result<Response, ApiProblem> {
    let hash = hash_of(name);
    let tag = format!("\"{hash}\"");
    let is_known = headers.get_all(header::IF_NONE_MATCH).iter().any(|known| {
        let mut known = known.to_str().unwrap_or_default().split(',').map(str::trim);
        known.any(|known| known.trim_start_matches("W/") == tag || known == "*")
    });
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => users.picture(name).await?.into_response(),
    };
    let told = response.headers_mut();
    if !is_known {
        told.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
        told.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("inline; filename=\"avatar.jpg\""));
    }
    told.insert(header::ETAG, HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\"")));
    let is_this = asked.v.as_deref().is_some_and(|version| version == short(hash));
    told.insert(header::CACHE_CONTROL, if is_this { FOR_EVER } else { ASK_AGAIN });
    told.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    Ok(response)
}
