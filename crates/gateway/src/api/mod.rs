//! The endpoints of the gateway's own API, on its port for operators.

mod body;
mod document;
mod routes;
mod versions;

use crate::domain::Gateway;
use orion_contracts::Problem;
use orion_contracts::permissions::GatewayWrite;
use orion_http::{Freshness, Require};
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
        .with_state(gateway)
}

/// Demands a sign-in of the last minutes of a person: whoever changes a route decides where the requests of all go. A program
/// with an API key cannot sign in anew, and its key says that it may do this.
fn demand_fresh(caller: &Require<GatewayWrite>, fresh: &Freshness) -> Result<(), Problem> {
    if caller.key.is_some() { Ok(()) } else { fresh.demand() }
}
