//! `/api/v1/routes`: the routes in force.

mod route_test;

use crate::routing::{Route, RouteTable};
use axum::Json;
use axum::extract::State;
use orion_contracts::gateway::RouteInfo;
use orion_contracts::permissions::GatewayRead;
use orion_contracts::{Page, PageQuery, Problem};
use orion_http::snapshot::Snapshot;
use orion_http::{ApiProblem, Require, ValidQuery, page};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The endpoints over the routes.
pub(crate) fn routes(table: Arc<Snapshot<RouteTable>>) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(list)).with_state(table.clone()).merge(route_test::routes(table))
}

/// Lists the routes in force, ORION's own first.
///
/// Needs the permission `gateway.read`.
#[utoipa::path(
    get, path = "/api/v1/routes", tag = "gateway", security(("bearer" = [])),
    params(PageQuery),
    responses(
        (status = 200, description = "A page of routes", body = Page<RouteInfo>),
    )
)]
async fn list(
    _: Require<GatewayRead>,
    State(table): State<Arc<Snapshot<RouteTable>>>,
    ValidQuery(query): ValidQuery<PageQuery>,
) -> Result<Json<Page<RouteInfo>>, ApiProblem> {
    let (after, limit) = (page::decode::<String>(query.cursor.as_deref())?, page::limit(query.limit)?);
    let table = table.get();
    let mut routes = table.routes();
    if let Some(after) = after
        && !routes.by_ref().any(|route| *route.name == *after)
    {
        return Err(Problem::invalid_cursor().detail("That route is gone. Start again without a cursor.").into());
    }
    let found = routes.take(limit as usize + 1).map(Route::info).collect();
    Ok(Json(page::page(found, limit, |route: &RouteInfo| route.name.clone())))
}
