//! `/api/v1/auth/devices`: what one has signed in from, and administrators' view of others.

use crate::domain::{Auth, DeviceOrder, Subject};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use orion_contracts::auth::{DeviceList, RenameDevice};
use orion_contracts::permissions::{SessionsRead, SessionsRevoke};
use orion_contracts::{DeviceId, Problem, UserId};
use orion_http::{ApiProblem, Caller, Fresh, InPerson, RequireOf, Valid, ValidPath};

/// Lists one's own devices
///
/// Each browser and program that signed in within a year. Needs an access token, and no permission.
#[utoipa::path(
    get, path = "/api/v1/auth/devices", tag = "auth", security(("bearer" = [])),
    responses((status = 200, description = "The devices, the one seen last first", body = DeviceList)),
)]
pub(super) async fn list(caller: Caller, State(auth): State<Auth>) -> Result<Json<DeviceList>, ApiProblem> {
    Ok(Json(auth.devices_of(caller.user_id(), &caller).await?))
}

/// Renames one's own device
///
/// Needs an access token, and no permission.
#[utoipa::path(
    patch, path = "/api/v1/auth/devices/{id}", tag = "auth", security(("bearer" = [])),
    params(("id" = DeviceId, Path, description = "The device")),
    request_body = RenameDevice,
    responses(
        (status = 204, description = "It has that name"),
        (status = 422, description = "The name is not valid", body = Problem),
    ),
)]
pub(super) async fn rename(
    InPerson(caller): InPerson,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<DeviceId>,
    request: Valid<RenameDevice>,
) -> Result<StatusCode, ApiProblem> {
    auth.rename_device(&caller, id, &request.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets one's own device
///
/// Its sessions end, and its next sign-in is that of a new device. One that an administrator has blocked is not forgotten. Needs a
/// sign-in of the last five minutes, and no permission.
#[utoipa::path(
    delete, path = "/api/v1/auth/devices/{id}", tag = "auth", security(("bearer" = [])),
    params(("id" = DeviceId, Path, description = "The device")),
    responses(
        (status = 204, description = "It is forgotten"),
        (status = 409, description = "An administrator has blocked it", body = Problem),
    ),
)]
pub(super) async fn forget(
    Fresh(caller): Fresh,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<DeviceId>,
) -> Result<StatusCode, ApiProblem> {
    auth.order_device(Subject::own(&caller), id, DeviceOrder::Forget).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Blocks one's own device
///
/// Its sessions end, and it is not signed in any more, whatever is typed there. Whoever wipes it is a new device: change the
/// password too. Needs a sign-in of the last five minutes, and no permission.
#[utoipa::path(
    put, path = "/api/v1/auth/devices/{id}/block", tag = "auth", security(("bearer" = [])),
    params(("id" = DeviceId, Path, description = "The device")),
    responses((status = 204, description = "It is blocked, now or before")),
)]
pub(super) async fn block(
    Fresh(caller): Fresh,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<DeviceId>,
) -> Result<StatusCode, ApiProblem> {
    auth.order_device(Subject::own(&caller), id, DeviceOrder::Block).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets one's own device sign in again
///
/// One that an administrator has blocked is let in by an administrator alone. Needs a sign-in of the last five minutes, and no
/// permission.
#[utoipa::path(
    delete, path = "/api/v1/auth/devices/{id}/block", tag = "auth", security(("bearer" = [])),
    params(("id" = DeviceId, Path, description = "The device")),
    responses(
        (status = 204, description = "It is not blocked, now or before"),
        (status = 409, description = "An administrator has blocked it", body = Problem),
    ),
)]
pub(super) async fn unblock(
    Fresh(caller): Fresh,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<DeviceId>,
) -> Result<StatusCode, ApiProblem> {
    auth.order_device(Subject::own(&caller), id, DeviceOrder::Unblock).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stops trusting one's own device
///
/// Its next sign-in asks for the second factor again. Needs an access token, and no permission.
#[utoipa::path(
    delete, path = "/api/v1/auth/devices/{id}/trust", tag = "auth", security(("bearer" = [])),
    params(("id" = DeviceId, Path, description = "The device")),
    responses((status = 204, description = "It is not trusted, now or before")),
)]
pub(super) async fn distrust(
    InPerson(caller): InPerson,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<DeviceId>,
) -> Result<StatusCode, ApiProblem> {
    auth.order_device(Subject::own(&caller), id, DeviceOrder::Distrust).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the devices of a user
///
/// Needs the permission `sessions.read`.
#[utoipa::path(
    get, path = "/api/v1/auth/admin/users/{id}/devices", tag = "auth", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user")),
    responses((status = 200, description = "The devices, the one seen last first", body = DeviceList)),
)]
pub(super) async fn list_of(
    caller: RequireOf<SessionsRead>,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<UserId>,
) -> Result<Json<DeviceList>, ApiProblem> {
    Ok(Json(auth.devices_of(id, &caller).await?))
}

/// Forgets a device of a user
///
/// Its sessions end. Of one's own, one that another administrator has blocked is not forgotten. Not of a user who holds a role above
/// the caller's own. Needs the permission `sessions.revoke`, and a sign-in of the last five minutes.
#[utoipa::path(
    delete, path = "/api/v1/auth/admin/users/{id}/devices/{device_id}", tag = "auth", security(("bearer" = [])),
    params(
        ("id" = UserId, Path, description = "The user"),
        ("device_id" = DeviceId, Path, description = "The device"),
    ),
    responses(
        (status = 204, description = "It is forgotten"),
        (status = 409, description = "It is one's own, and an administrator has blocked it", body = Problem),
    ),
)]
pub(super) async fn forget_of(
    caller: RequireOf<SessionsRevoke>,
    _: Fresh,
    State(auth): State<Auth>,
    ValidPath((id, device)): ValidPath<(UserId, DeviceId)>,
) -> Result<StatusCode, ApiProblem> {
    let subject = auth.subject(&caller, id).await?;
    auth.order_device(subject, device, DeviceOrder::Forget).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Blocks a device of a user
///
/// Its sessions end, and only an administrator lets it sign in again; of one's own, it is a block of the owner's. Not of a user who holds a
/// role above the caller's own. Needs the permission `sessions.revoke`, and a sign-in of the last five minutes.
#[utoipa::path(
    put, path = "/api/v1/auth/admin/users/{id}/devices/{device_id}/block", tag = "auth", security(("bearer" = [])),
    params(
        ("id" = UserId, Path, description = "The user"),
        ("device_id" = DeviceId, Path, description = "The device"),
    ),
    responses((status = 204, description = "It is blocked, now or before")),
)]
pub(super) async fn block_of(
    caller: RequireOf<SessionsRevoke>,
    _: Fresh,
    State(auth): State<Auth>,
    ValidPath((id, device)): ValidPath<(UserId, DeviceId)>,
) -> Result<StatusCode, ApiProblem> {
    let subject = auth.subject(&caller, id).await?;
    auth.order_device(subject, device, DeviceOrder::Block).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets a device of a user sign in again
///
/// One's own that another administrator has blocked is let in by another one alone. Not of a user who holds a role above the caller's
/// own. Needs the permission `sessions.revoke`, and a sign-in of the last five minutes.
#[utoipa::path(
    delete, path = "/api/v1/auth/admin/users/{id}/devices/{device_id}/block", tag = "auth", security(("bearer" = [])),
    params(
        ("id" = UserId, Path, description = "The user"),
        ("device_id" = DeviceId, Path, description = "The device"),
    ),
    responses(
        (status = 204, description = "It is not blocked, now or before"),
        (status = 409, description = "It is one's own, and an administrator has blocked it", body = Problem),
    ),
)]
pub(super) async fn unblock_of(
    caller: RequireOf<SessionsRevoke>,
    _: Fresh,
    State(auth): State<Auth>,
    ValidPath((id, device)): ValidPath<(UserId, DeviceId)>,
) -> Result<StatusCode, ApiProblem> {
    let subject = auth.subject(&caller, id).await?;
    auth.order_device(subject, device, DeviceOrder::Unblock).await?;
    Ok(StatusCode::NO_CONTENT)
}
