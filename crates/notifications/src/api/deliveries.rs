//! `/api/v1/notifications/{id}/deliveries`: where is it, and why?

use crate::domain::Notifications;
use axum::Json;
use axum::extract::State;
use orion_contracts::notifications::DeliveryTimeline;
use orion_contracts::permissions::NotificationsRead;
use orion_contracts::{NotificationId, Page, PageQuery, Problem};
use orion_http::{ApiProblem, Require, ValidPath, ValidQuery, page};

/// Lists the ways out of a notification, first to last.
///
/// Each with its content as sent, secrets masked, and every attempt. Needs the permission `notifications.read`.
#[utoipa::path(
    get,
    path = "/api/v1/notifications/{id}/deliveries",
    tag = "notifications",
    params(("id" = NotificationId, Path, description = "The notification"), PageQuery),
    responses(
        (status = 200, description = "A page of deliveries, first to last", body = Page<DeliveryTimeline>),
        (status = 404, description = "There is no such notification", body = Problem,
         content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
pub(super) async fn list(
    _: Require<NotificationsRead>,
    State(notifications): State<Notifications>,
    ValidPath(id): ValidPath<NotificationId>,
    ValidQuery(query): ValidQuery<PageQuery>,
) -> Result<Json<Page<DeliveryTimeline>>, ApiProblem> {
    let (after, limit) = (page::decode(query.cursor.as_deref())?, page::limit(query.limit)?);
    let deliveries = notifications.deliveries(id, after, u64::from(limit) + 1).await?;
    Ok(Json(page::page(deliveries, limit, |delivery| delivery.id)))
}
