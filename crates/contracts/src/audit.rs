//! Audit entries: written by every service in the transaction of the change, chained by users.

use crate::{AuditEntryId, ServiceName, SessionId, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are the vocabulary of the audit log")]
pub enum AuditAction {
    Create,
    Update,
    Delete,
    Login,
    Logout,
    PasswordChange,
    RoleAssign,
    RoleRevoke,
    PermissionGrant,
    PermissionRevoke,
    AccountVerify,
    AccountSuspend,
    AccountReactivate,
}

/// One entry. Values never hold secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditEntry {
    /// Unique; appending it twice is once.
    pub id: AuditEntryId,
    /// The service in whose database it was written.
    pub service: ServiceName,
    /// Counts up per service without gaps, so that a missing entry shows.
    pub sequence: i64,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// Who did it; absent when nobody was signed in or the platform itself did.
    pub user_id: Option<UserId>,
    /// In which session.
    pub session_id: Option<SessionId>,
    /// What was done.
    pub action: AuditAction,
    /// To what kind of thing, such as `user`.
    pub resource: String,
    /// To which one.
    pub resource_id: Option<String>,
    /// In a sentence.
    pub description: String,
    /// What changed, before.
    pub old_values: Option<serde_json::Value>,
    /// What changed, after.
    pub new_values: Option<serde_json::Value>,
    /// From where.
    pub ip_address: Option<String>,
    /// With what.
    pub user_agent: Option<String>,
    /// The request.
    pub request_id: Option<String>,
    /// Whether it was done, or only tried.
    pub success: bool,
}

/// The body of users' `POST /internal/v1/audit-entries`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AuditBatch {
    /// Entries of one service, by rising sequence.
    pub entries: Vec<AuditEntry>,
}
