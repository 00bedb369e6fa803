//! `/api/v1/audit`: what proves the audit log, and taking personal values out of it.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use orion_contracts::audit::{
    AuditCheckpoint, AuditCheckpointQuery, AuditEntryDetail, AuditKeys, AuditLink, AuditVerification, RedactAuditEntry,
};
use orion_contracts::permissions::{AuditRead, AuditRedact};
use orion_contracts::{AuditEntryId, Page, Problem};
use orion_http::{ApiProblem, Fresh, Require, Valid, ValidPath, ValidQuery};
use serde_json::Value;

/// Verifies the audit log now.
///
/// That reads all of it and takes its time: `GET` tells what was found, once `verified_at` is later than the one answered here.
/// Needs the permission `audit.read`.
#[utoipa::path(
    post, path = "/api/v1/audit/verification", tag = "audit", security(("bearer" = [])),
    responses(
        (status = 202, description = "What the verification before has found", body = AuditVerification),
    )
)]
pub(super) async fn verify(
    caller: Require<AuditRead>,
    State(users): State<Users>,
) -> Result<(StatusCode, Json<AuditVerification>), ApiProblem> {
    let before = users.audit_verification().await?;
    users.order_verification(&*caller).await?;
    Ok((StatusCode::ACCEPTED, Json(before)))
}

/// Takes the personal values out of an audit entry, for good.
///
/// Values before and after, description, address and program are gone; who did what to what, and when, stays, and so does the
/// proof of the chain. It is audited itself. Again it changes nothing. An entry that was tampered with is left as it is.
/// Needs the permission `audit.redact`, and a sign-in of the last five minutes.
#[utoipa::path(
    put, path = "/api/v1/audit/{id}/redaction", tag = "audit",
    security(("bearer" = [])), request_body = RedactAuditEntry,
    params(("id" = AuditEntryId, Path, description = "The entry's id")),
    responses(
        (status = 200, description = "The entry after it", body = AuditEntryDetail),
        (status = 409, description = "Tampered with", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn redact(
    caller: Require<AuditRedact>,
    _: Fresh,
    State(users): State<Users>,
    ValidPath(id): ValidPath<AuditEntryId>,
    request: Valid<RedactAuditEntry>,
) -> Result<Json<Value>, ApiProblem> {
    Ok(Json(users.redact_audit_entry(&caller, id, &request).await?))
}

/// Shows a link of the audit log's chain, by its position.
///
/// What a checkpoint that was kept elsewhere is compared with. Needs the permission `audit.read`.
#[utoipa::path(
    get, path = "/api/v1/audit/links/{position}", tag = "audit", security(("bearer" = [])),
    params(("position" = i64, Path, description = "The link's position", example = 1815)),
    responses(
        (status = 200, description = "The link", body = AuditLink),
    )
)]
pub(super) async fn link(
    _: Require<AuditRead>,
    State(users): State<Users>,
    ValidPath(position): ValidPath<i64>,
) -> Result<Json<AuditLink>, ApiProblem> {
    Ok(Json(users.audit_link(position).await?))
}

/// Lists signed checkpoints of the audit log, newest first.
///
/// One is taken every hour in which the log has grown. Needs the permission `audit.read`.
#[utoipa::path(
    get, path = "/api/v1/audit/checkpoints", tag = "audit", security(("bearer" = [])),
    params(AuditCheckpointQuery),
    responses(
        (status = 200, description = "A page of checkpoints", body = Page<AuditCheckpoint>),
    )
)]
pub(super) async fn checkpoints(
    _: Require<AuditRead>,
    State(users): State<Users>,
    ValidQuery(query): ValidQuery<AuditCheckpointQuery>,
) -> Result<Json<Page<AuditCheckpoint>>, ApiProblem> {
    Ok(Json(users.checkpoints(&query).await?))
}

/// Signs a checkpoint of the audit log, to be kept elsewhere.
///
/// Where the log has not grown since the last one, that is the answer. Needs the permission `audit.read`.
#[utoipa::path(
    post, path = "/api/v1/audit/checkpoints", tag = "audit", security(("bearer" = [])),
    responses(
        (status = 200, description = "The newest checkpoint", body = AuditCheckpoint),
        (status = 409, description = "Tampered with", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn take_checkpoint(
    caller: Require<AuditRead>,
    State(users): State<Users>,
) -> Result<Json<AuditCheckpoint>, ApiProblem> {
    Ok(Json(users.take_checkpoint(&*caller).await?))
}

/// Lists the keys that checkpoints of the audit log are verified with (RFC 7517).
///
/// For everybody. Keep them beside the checkpoints: they tell whose those are also when the platform is gone.
#[utoipa::path(
    get, path = "/api/v1/audit/keys", tag = "audit",
    responses(
        (status = 200, description = "The key set", body = AuditKeys),
    )
)]
pub(super) async fn keys(State(users): State<Users>) -> Json<AuditKeys> {
    Json(users.audit_keys())
}
