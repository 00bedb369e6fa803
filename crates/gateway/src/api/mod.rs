//! The endpoints of the gateway's own API, on its port for operators.

mod body;
mod document;
mod route_test;
mod routes;
mod versions;

use crate::domain::Gateway;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// All of them.
pub(crate) fn routes(gateway: Gateway) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(routes::list, routes::add))
        .routes(routes!(routes::find, routes::replace, routes::remove))
        .routes(routes!(document::find, document::replace))
        .routes(routes!(document::validate))
        .routes(routes!(versions::list))
        .routes(routes!(versions::find))
        .routes(routes!(versions::restore))
        .routes(routes!(versions::applied))
        .with_state(gateway.clone())
        .merge(route_test::routes(gateway.in_force.table().clone()))
}
