//! `/api/v1/audit`: the audit log. Internal: where services send their entries.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use orion_contracts::Page;
use orion_contracts::audit::{AuditAppended, AuditEntry, AuditQuery, AuditVerification};
use orion_contracts::internal::AppendAuditEntries;
use orion_contracts::permissions::AuditRead;
use orion_http::{ApiProblem, FromPeer, Require, RequireSomewhere, ValidQuery};
use serde_json::Value;

/// Lists audit entries, newest first.
///
/// Only those that the caller may see. Needs the permission `audit.read`, for the platform or an organisation.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "audit", security(("bearer" = [])),
    params(AuditQuery),
    responses(
        (status = 200, description = "A page of audit entries", body = Page<AuditEntry>),
    )
)]
pub(super) async fn list(
    caller: RequireSomewhere<AuditRead>,
    State(users): State<Users>,
    ValidQuery(query): ValidQuery<AuditQuery>,
) -> Result<Json<Page<Value>>, ApiProblem> {
    Ok(Json(users.audit_entries(&caller.scope(), &query).await?))
}

/// Says whether the audit log holds.
///
/// Its chain is verified once a day; this is what was found last. Needs the permission `audit.read`.
#[utoipa::path(
    get, path = "/api/v1/audit/verification", tag = "audit",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "What the last verification found", body = AuditVerification),
    )
)]
pub(super) async fn verification(
    _: Require<AuditRead>,
    State(users): State<Users>,
) -> Result<Json<AuditVerification>, ApiProblem> {
    Ok(Json(users.audit_verification().await?))
}

/// Internal: appends a service's own entries.
pub(super) async fn append(users: Users, call: FromPeer<AppendAuditEntries>) -> Result<AuditAppended, ApiProblem> {
    Ok(users.append_audit(call.caller, &call.input.entries).await?)
}
