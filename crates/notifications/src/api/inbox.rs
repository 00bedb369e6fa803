//! `/api/v1/notifications`: the caller's own in-app inbox.

use crate::domain::Notifications;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use orion_contracts::notifications::InboxItem;
use orion_contracts::permissions::InboxRead;
use orion_contracts::{NotificationId, Page, PageQuery, Problem};
use orion_http::{ApiProblem, Require, ValidPath, ValidQuery, page};

/// Lists the caller's notifications, newest first.
///
/// Needs the permission `inbox.read`, which every account has.
#[utoipa::path(
    get,
    path = "/api/v1/notifications",
    tag = "notifications",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of the inbox", body = Page<InboxItem>),
    ),
    security(("bearer" = []))
)]
pub(super) async fn list(
    caller: Require<InboxRead>,
    State(notifications): State<Notifications>,
    ValidQuery(query): ValidQuery<PageQuery>,
) -> Result<Json<Page<InboxItem>>, ApiProblem> {
    let (after, limit) = (page::decode(query.cursor.as_deref())?, page::limit(query.limit)?);
    let items = notifications.inbox(caller.user_id(), after, u64::from(limit) + 1).await?;
    Ok(Json(page::page(items, limit, |item| item.id)))
}

/// Marks one of the caller's notifications as read.
///
/// Doing it again changes nothing. Needs the permission `inbox.read`, which every account has.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/{id}/read",
    tag = "notifications",
    params(("id" = NotificationId, Path, description = "The notification")),
    responses(
        (status = 204, description = "It is read"),
        (status = 404, description = "It is not in the caller's inbox", body = Problem,
         content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
pub(super) async fn mark_read(
    caller: Require<InboxRead>,
    State(notifications): State<Notifications>,
    ValidPath(id): ValidPath<NotificationId>,
) -> Result<StatusCode, ApiProblem> {
    notifications.mark_read(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
