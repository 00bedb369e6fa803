//! `/api/v1/audit`: the audit log. Internal: where services send their entries.

use crate::domain::Users;
use crate::domain::audit::export::Format;
use crate::error::UsersError;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use orion_contracts::audit::{
    AuditAppended, AuditEntry, AuditEntryDetail, AuditExportQuery, AuditQuery, AuditVerification,
};
use orion_contracts::internal::AppendAuditEntries;
use orion_contracts::permissions::AuditRead;
use orion_contracts::{AuditEntryId, Page, Problem};
use orion_http::{ApiProblem, FromPeer, Require, RequireSomewhere, ValidPath, ValidQuery};
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

/// Shows an audit entry, with its link in the chain.
///
/// Needs the permission `audit.read`, for the platform or the organisation that the entry belongs to.
#[utoipa::path(
    get, path = "/api/v1/audit/{id}", tag = "audit", security(("bearer" = [])),
    params(("id" = AuditEntryId, Path, description = "The entry's id")),
    responses(
        (status = 200, description = "The entry", body = AuditEntryDetail),
    )
)]
pub(super) async fn find(
    caller: RequireSomewhere<AuditRead>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<AuditEntryId>,
) -> Result<Json<Value>, ApiProblem> {
    Ok(Json(users.audit_entry(&caller.scope(), id).await?))
}

/// Exports audit entries, newest first, as a file.
///
/// As CSV, in which nothing is a formula, or as NDJSON. It is streamed, ends with what was in the log when it began, and is
/// audited itself. One that breaks off is not whole, as one does whose caller may not read the log any more. Needs the permission `audit.read`, for the platform or an organisation.
#[utoipa::path(
    get, path = "/api/v1/audit/export", tag = "audit", security(("bearer" = [])),
    params(AuditExportQuery),
    responses(
        (status = 200, description = "The entries that the caller may see", content(
            (String = "text/csv", example = "position,id,occurred_at\r\n"),
            (String = "application/x-ndjson", example = "{}\n"),
        )),
    )
)]
pub(super) async fn export(
    caller: RequireSomewhere<AuditRead>,
    State(users): State<Users>,
    ValidQuery(query): ValidQuery<AuditExportQuery>,
) -> Result<Response, ApiProblem> {
    let scope = caller.scope();
    let (format, slices) = users.export_audit(caller.for_a_while(), scope, &query).await?;
    let (kind, file) = match format {
        Format::Csv => ("text/csv; charset=utf-8; header=present", "audit.csv"),
        Format::Ndjson => ("application/x-ndjson", "audit.ndjson"),
    };
    let disposition = format!("attachment; filename=\"{file}\"");
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, &disposition)], Body::from_stream(slices)).into_response())
}

/// Says whether the audit log holds.
///
/// Its chain is verified once a day, and when somebody asks for it; this is what was found last. Needs the permission `audit.read`.
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
    match users.append_audit(call.caller, &call.input.entries).await {
        // It says nothing of the entries, which are sent again: none of them must be set aside for it.
        Err(UsersError::LogBroken) => {
            tracing::error!(
                "no audit entry is appended: it cannot be read where the log ends, as somebody has changed that"
            );
            Err(Problem::internal().into())
        }
        appended => Ok(appended?),
    }
}
