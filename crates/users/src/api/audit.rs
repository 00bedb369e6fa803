//! `/api/v1/audit`: the audit log. Internal: where services send their entries.

use super::FromPeer;
use crate::domain::Users;
use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use orion_contracts::audit::{AuditAppended, AuditBatch, AuditEntry, AuditQuery, AuditVerification, MAX_ENTRY_BYTES};
use orion_contracts::permissions::AuditRead;
use orion_contracts::{Page, Problem};
use orion_http::{ApiProblem, PeerCaller, Require, RequireSomewhere, Valid, ValidQuery};
use serde_json::Value;

/// Lists audit entries, newest first.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "audit", operation_id = "list_audit_entries", security(("bearer" = [])),
    params(AuditQuery),
    responses(
        (status = 200, description = "A page of audit entries", body = Page<AuditEntry>),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    caller: RequireSomewhere<AuditRead>,
    State(users): State<Users>,
    ValidQuery(query): ValidQuery<AuditQuery>,
) -> Result<Json<Page<Value>>, ApiProblem> {
    Ok(Json(users.audit_entries(&caller.scope(AuditRead), &query).await?))
}

/// Says whether the audit log holds. It is verified once a day.
#[utoipa::path(
    get, path = "/api/v1/audit/verification", tag = "audit", operation_id = "get_audit_verification",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "What the last verification found", body = AuditVerification),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn verification(
    _: Require<AuditRead>,
    State(users): State<Users>,
) -> Result<Json<AuditVerification>, ApiProblem> {
    Ok(Json(users.audit_verification().await?))
}

/// How large a batch may be, whatever the limit for others is: one that is not taken would be sent for ever. Its entries
/// have a bound of their own, and twice as many bytes where they stand as texts in JSON.
pub(super) fn batch_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(4 * MAX_ENTRY_BYTES)
}

/// Internal: appends a service's own entries.
pub(super) async fn append(
    peer: PeerCaller,
    State(users): State<Users>,
    batch: Valid<FromPeer<AuditBatch>>,
) -> Result<Json<AuditAppended>, ApiProblem> {
    Ok(Json(users.append_audit(peer.0, &batch.0.entries).await?))
}
