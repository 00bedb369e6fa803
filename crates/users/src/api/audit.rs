//! `/api/v1/audit`: the audit log. Internal: where services send their entries.

use super::FromPeer;
use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use orion_contracts::audit::{AuditBatch, AuditEntry};
use orion_contracts::permissions::AuditRead;
use orion_contracts::{Page, PageQuery, Problem};
use orion_http::{ApiProblem, PeerCaller, Require, Valid, ValidQuery};

/// Lists audit entries, newest first.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "audit", operation_id = "list_audit_entries", security(("bearer" = [])),
    params(PageQuery),
    responses(
        (status = 200, description = "A page of audit entries", body = Page<AuditEntry>),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    _: Require<AuditRead>,
    State(users): State<Users>,
    ValidQuery(query): ValidQuery<PageQuery>,
) -> Result<Json<Page<AuditEntry>>, ApiProblem> {
    Ok(Json(users.audit_entries(&query).await?))
}

/// Internal: appends a service's own entries.
pub(super) async fn append(
    peer: PeerCaller,
    State(users): State<Users>,
    batch: Valid<FromPeer<AuditBatch>>,
) -> Result<StatusCode, ApiProblem> {
    let entries = &batch.0.entries;
    if entries.iter().any(|entry| entry.service != peer.0) {
        return Err(Problem::permission_denied().detail("A service sends its own entries only.").into());
    }
    users.append_audit(entries).await?;
    Ok(StatusCode::NO_CONTENT)
}
