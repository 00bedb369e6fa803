//! The routes.

mod captured_mails;
mod deliveries;
mod inbox;
mod templates;

use crate::domain::Notifications;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// All endpoints of the service.
pub(crate) fn routes(notifications: Notifications) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(inbox::list))
        .routes(routes!(inbox::mark_read))
        .routes(routes!(deliveries::list))
        .routes(routes!(captured_mails::list))
        .routes(routes!(captured_mails::find))
        .routes(routes!(templates::list))
        .with_state(notifications)
}
