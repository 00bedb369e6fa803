//! `/api/v1/gateway/versions`: the history of the document, and which version each process has applied.

use crate::document::StoredDocument;
use crate::domain::Gateway;
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use orion_contracts::gateway_changes::{
    GatewayAppliedList, GatewayReasonQuery, GatewayVersion, GatewayVersionDetail, GatewayVersionQuery,
};
use orion_contracts::permissions::{GatewayRead, GatewayWrite};
use orion_contracts::{Page, PageQuery, Problem};
use orion_http::etag::{IfMatch, etag};
use orion_http::idempotency::Idempotency;
use orion_http::{ApiProblem, FreshOrKey, Require, ValidPath, ValidQuery, page};

/// Lists the versions of the document, newest first.
///
/// Those of the last 90 days are kept, and the last 200 whatever their age. Needs the permission `gateway.read`.
#[utoipa::path(
    get, path = "/api/v1/gateway/versions", tag = "gateway", security(("bearer" = [])),
    params(PageQuery),
    responses(
        (status = 200, description = "A page of versions", body = Page<GatewayVersion>),
    )
)]
pub(super) async fn list(
    _: Require<GatewayRead>,
    State(gateway): State<Gateway>,
    ValidQuery(query): ValidQuery<PageQuery>,
) -> Result<Json<Page<GatewayVersion>>, ApiProblem> {
    let limit = page::limit(query.limit)?;
    let before = page::decode(query.cursor.as_deref())?;
    let found = gateway.versions(before, limit).await?;
    Ok(Json(page::page(found, limit, |version| version.version)))
}

/// Reads a version, with what it changed.
///
/// With `against`, what differs from that version. Needs the permission `gateway.read`.
#[utoipa::path(
    get, path = "/api/v1/gateway/versions/{version}", tag = "gateway", security(("bearer" = [])),
    params(("version" = i64, Path, description = "Which"), GatewayVersionQuery),
    responses(
        (status = 200, description = "The version", body = GatewayVersionDetail),
    )
)]
pub(super) async fn find(
    _: Require<GatewayRead>,
    State(gateway): State<Gateway>,
    ValidPath(version): ValidPath<i64>,
    ValidQuery(query): ValidQuery<GatewayVersionQuery>,
) -> Result<Json<GatewayVersionDetail>, ApiProblem> {
    Ok(Json(gateway.version(version, query.against).await?))
}

/// Makes a version the newest again.
///
/// The document becomes what it was then, as one more version: nothing of the history is lost. It is looked at as any change
/// is, for files may have changed since. Needs the permission `gateway.write`, and of a person a sign-in of the last five
/// minutes.
#[utoipa::path(
    post, path = "/api/v1/gateway/versions/{version}/restore", tag = "gateway", security(("bearer" = [])),
    params(
        ("version" = i64, Path, description = "Which"),
        ("If-Match" = Option<String>, Header, description = "The version of the document that the caller has seen"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
        GatewayReasonQuery,
    ),
    responses(
        (status = 200, description = "The document as it is now", body = StoredDocument, headers(("ETag" = String, description = "Its version"))),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It cannot be in force any more", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn restore(
    caller: Require<GatewayWrite>,
    _: FreshOrKey,
    State(gateway): State<Gateway>,
    ValidPath(version): ValidPath<i64>,
    seen: IfMatch,
    key: Idempotency,
    ValidQuery(query): ValidQuery<GatewayReasonQuery>,
) -> Result<impl IntoResponse, ApiProblem> {
    let made = gateway.restore(&*caller, &key, (&seen, version), query.reason.as_deref()).await?;
    Ok((etag(made.version), Json(made)))
}

/// Says which version each process of the gateway has applied.
///
/// Each says so every second; one that was not heard of for five is gone. Needs the permission `gateway.read`.
#[utoipa::path(
    get, path = "/api/v1/gateway/applied", tag = "gateway", security(("bearer" = [])),
    responses(
        (status = 200, description = "The processes that are there", body = GatewayAppliedList),
    )
)]
pub(super) async fn applied(
    _: Require<GatewayRead>,
    State(gateway): State<Gateway>,
) -> Result<Json<GatewayAppliedList>, ApiProblem> {
    Ok(Json(gateway.applied().await?))
}
