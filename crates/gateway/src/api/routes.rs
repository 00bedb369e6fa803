//! `/api/v1/routes`: the routes in force, and those that are kept.

use super::body::Shaped;
use crate::document::RouteDetail;
use crate::domain::Gateway;
use crate::routing::{Route, RouteConfig};
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::StatusCode;
use orion_contracts::gateway::RouteInfo;
use orion_contracts::gateway_changes::{GatewayReasonQuery, GatewaySource};
use orion_contracts::permissions::{GatewayRead, GatewayWrite};
use orion_contracts::{Page, PageQuery, Problem, UserId};
use orion_http::etag::{IfMatch, etag};
use orion_http::idempotency::Idempotency;
use orion_http::{ApiProblem, FreshOrKey, Require, Valid, ValidPath, ValidQuery, page};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A route as it is in force, and where it stands.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(super) struct ListedRoute {
    /// The route.
    #[serde(flatten)]
    route: RouteInfo,
    /// Where it stands, and so where it is changed.
    source: GatewaySource,
    /// The version of the document that changed it last, and its `ETag`; 0 of one that is not kept there.
    #[schema(example = 7)]
    version: i64,
    /// Who did it: a user, or a service account.
    #[schema(required)]
    changed_by: Option<UserId>,
}

/// Lists the routes in force, ORION's own first.
///
/// Those of the file follow, and then those that are kept, by name. Needs the permission `gateway.read`.
#[utoipa::path(
    get, path = "/api/v1/routes", tag = "gateway", security(("bearer" = [])),
    params(PageQuery),
    responses(
        (status = 200, description = "A page of routes", body = Page<ListedRoute>),
    )
)]
pub(super) async fn list(
    _: Require<GatewayRead>,
    State(gateway): State<Gateway>,
    ValidQuery(query): ValidQuery<PageQuery>,
) -> Result<Json<Page<ListedRoute>>, ApiProblem> {
    let (after, limit) = (page::decode::<String>(query.cursor.as_deref())?, page::limit(query.limit)?);
    let table = gateway.in_force.table().get();
    let mut routes = table.routes();
    if let Some(after) = after
        && !routes.by_ref().any(|route| *route.name == *after)
    {
        return Err(Problem::invalid_cursor().detail("That route is gone. Start again without a cursor.").into());
    }
    let source_of = gateway.sources();
    let listed = |route: &Route| {
        let (source, version, changed_by) = source_of(route);
        ListedRoute { route: route.info(), source, version, changed_by }
    };
    let found = routes.take(limit as usize + 1).map(listed).collect();
    Ok(Json(page::page(found, limit, |listed: &ListedRoute| listed.route.name.clone())))
}

/// Reads a route that is kept, or stands in the file.
///
/// Its `ETag` is for whoever changes it next. Needs the permission `gateway.read`.
#[utoipa::path(
    get, path = "/api/v1/routes/{name}", tag = "gateway", security(("bearer" = [])),
    params(("name" = String, Path, description = "Such as `shop`")),
    responses(
        (status = 200, description = "The route", body = RouteDetail, headers(("ETag" = String, description = "Its version"))),
    )
)]
pub(super) async fn find(
    _: Require<GatewayRead>,
    State(gateway): State<Gateway>,
    ValidPath(name): ValidPath<String>,
) -> Result<impl IntoResponse, ApiProblem> {
    let found = gateway.route(&name).await?;
    Ok((etag(found.version), Json(found)))
}

/// Adds a route.
///
/// It is looked at with all others, those of the file included, before it is kept; what is wrong is told by field. This process
/// has it in force before it answers, and every other one within a moment: `GET /api/v1/gateway/applied` says which have. Needs
/// the permission `gateway.write`, and of a person a sign-in of the last five minutes.
#[utoipa::path(
    post, path = "/api/v1/routes", tag = "gateway", security(("bearer" = [])),
    params(
        GatewayReasonQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
    ),
    request_body(
        content = RouteConfig,
        example = json!({ "name": "shop", "path": "/shop/*", "upstream": "http://127.0.0.1:8080", "access": "public" }),
    ),
    responses(
        (status = 201, description = "The route; the ETag stands for this version", body = RouteDetail),
        (status = 409, description = "There is a route of this name", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn add(
    caller: Require<GatewayWrite>,
    _: FreshOrKey,
    State(gateway): State<Gateway>,
    ValidQuery(query): ValidQuery<GatewayReasonQuery>,
    key: Idempotency,
    body: Valid<Shaped<RouteConfig>>,
) -> Result<impl IntoResponse, ApiProblem> {
    let added = gateway.add_route(&*caller, &key, &body.value.0, query.reason.as_deref()).await?;
    Ok((StatusCode::CREATED, etag(added.version), Json(added)))
}

/// Puts another route in the place of one that is kept.
///
/// With `If-Match`, nobody's change is overwritten unseen; two who change different routes are not in each other's way. Needs
/// the permission `gateway.write`, and of a person a sign-in of the last five minutes.
#[utoipa::path(
    put, path = "/api/v1/routes/{name}", tag = "gateway", security(("bearer" = [])),
    params(
        ("name" = String, Path, description = "Such as `shop`"),
        ("If-Match" = Option<String>, Header, description = "The version of the route that the caller has seen"),
        GatewayReasonQuery,
    ),
    request_body(
        content = RouteConfig,
        example = json!({ "name": "shop", "path": "/shop/*", "upstream": "http://127.0.0.1:8080", "access": "public" }),
    ),
    responses(
        (status = 200, description = "The route as it is now", body = RouteDetail, headers(("ETag" = String, description = "Its version"))),
        (status = 409, description = "It stands in the file", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn replace(
    caller: Require<GatewayWrite>,
    _: FreshOrKey,
    State(gateway): State<Gateway>,
    ValidPath(name): ValidPath<String>,
    seen: IfMatch,
    ValidQuery(query): ValidQuery<GatewayReasonQuery>,
    body: Valid<Shaped<RouteConfig>>,
) -> Result<impl IntoResponse, ApiProblem> {
    let route = gateway.replace_route(&*caller, &name, &seen, &body.value.0, query.reason.as_deref()).await?;
    Ok((etag(route.version), Json(route)))
}

/// Removes a route that is kept.
///
/// Requests that are on their way end as they would have. Needs the permission `gateway.write`, and of a person a sign-in of the
/// last five minutes.
#[utoipa::path(
    delete, path = "/api/v1/routes/{name}", tag = "gateway", security(("bearer" = [])),
    params(
        ("name" = String, Path, description = "Such as `shop`"),
        ("If-Match" = Option<String>, Header, description = "The version of the route that the caller has seen"),
        GatewayReasonQuery,
    ),
    responses(
        (status = 204, description = "The route is gone"),
        (status = 409, description = "It stands in the file", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove(
    caller: Require<GatewayWrite>,
    _: FreshOrKey,
    State(gateway): State<Gateway>,
    ValidPath(name): ValidPath<String>,
    seen: IfMatch,
    ValidQuery(query): ValidQuery<GatewayReasonQuery>,
) -> Result<StatusCode, ApiProblem> {
    gateway.remove_route(&*caller, &name, &seen, query.reason.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}
