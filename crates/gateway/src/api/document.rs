//! `/api/v1/gateway/document`: all that is kept, as one document.

use super::body::Shaped;
use crate::document::{GatewayDocument, StoredDocument};
use crate::domain::Gateway;
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use orion_contracts::Problem;
use orion_contracts::gateway_changes::{GatewayReasonQuery, GatewayVerdict};
use orion_contracts::permissions::{GatewayRead, GatewayWrite};
use orion_http::etag::{IfMatch, etag};
use orion_http::idempotency::Idempotency;
use orion_http::{ApiProblem, FreshOrKey, Require, Valid, ValidQuery};

/// Reads the document: all routes that are kept.
///
/// Its `ETag` is for whoever replaces it next. What stands in files of processes is no part of it. Needs the permission
/// `gateway.read`.
#[utoipa::path(
    get, path = "/api/v1/gateway/document", tag = "gateway", security(("bearer" = [])),
    responses(
        (status = 200, description = "The document", body = StoredDocument, headers(("ETag" = String, description = "Its version"))),
    )
)]
pub(super) async fn find(
    _: Require<GatewayRead>,
    State(gateway): State<Gateway>,
) -> Result<impl IntoResponse, ApiProblem> {
    let found = gateway.document().await?;
    Ok((etag(found.version), Json(found)))
}

/// Puts another document in the place of the one that is kept.
///
/// It is kept whole or not at all, as one version; what stays as it is keeps its own version. Needs the permission
/// `gateway.write`, and of a person a sign-in of the last five minutes.
#[utoipa::path(
    put, path = "/api/v1/gateway/document", tag = "gateway", security(("bearer" = [])),
    params(
        ("If-Match" = Option<String>, Header, description = "The version of the document that the caller has seen"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
        GatewayReasonQuery,
    ),
    request_body = GatewayDocument,
    responses(
        (status = 200, description = "The document as it is now", body = StoredDocument, headers(("ETag" = String, description = "Its version"))),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn replace(
    caller: Require<GatewayWrite>,
    _: FreshOrKey,
    State(gateway): State<Gateway>,
    seen: IfMatch,
    key: Idempotency,
    ValidQuery(query): ValidQuery<GatewayReasonQuery>,
    body: Valid<Shaped<GatewayDocument>>,
) -> Result<impl IntoResponse, ApiProblem> {
    let made = gateway.replace_document(&*caller, &key, &seen, &body.value.0, query.reason.as_deref()).await?;
    Ok((etag(made.version), Json(made)))
}

/// Says what would become of a document, and changes nothing.
///
/// Needs the permission `gateway.read`.
#[utoipa::path(
    post, path = "/api/v1/gateway/validate", tag = "gateway", security(("bearer" = [])),
    request_body = GatewayDocument,
    responses(
        (status = 200, description = "All that is wrong, what may not be meant, and what it would change", body = GatewayVerdict),
    )
)]
pub(super) async fn validate(
    _: Require<GatewayRead>,
    State(gateway): State<Gateway>,
    body: Valid<Shaped<GatewayDocument>>,
) -> Result<Json<GatewayVerdict>, ApiProblem> {
    Ok(Json(gateway.try_document(&body.value.0).await?))
}
