//! Audit entries: written by every service in the transaction of the change, chained by users.

mod proof;
mod query;

pub use proof::{
    AuditCheckpoint, AuditCheckpointQuery, AuditEntryDetail, AuditKey, AuditKeys, AuditLink, AuditRedaction,
    AuditVerification, RedactAuditEntry,
};
pub use query::{AuditExportQuery, AuditFilter, AuditQuery};

use crate::{AuditEntryId, OrganisationId, Principal, ServiceName, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How long an entry's JSON may be, in bytes. A larger one is set aside by the service that wrote it.
pub const MAX_ENTRY_BYTES: usize = 1024 * 1024;
/// How many entries one batch has at most.
pub const MAX_BATCH_ENTRIES: usize = 1000;

macro_rules! actions {
    ($($variant:ident = $text:literal),* $(,)?) => {
        /// What was done. Read leniently: a word that only a newer version knows is carried as it is.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        #[allow(missing_docs, reason = "the names are the vocabulary of the audit log")]
        pub enum AuditAction {
            $($variant,)*
            /// One that this version does not know.
            Other(String),
        }

        impl AuditAction {
            /// The word as stored.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<String> for AuditAction {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($text => Self::$variant,)*
                    _ => Self::Other(word),
                }
            }
        }
    };
}

actions! {
    Create = "create",
    Update = "update",
    Delete = "delete",
    Login = "login",
    Logout = "logout",
    PasswordChange = "password_change",
    RoleAssign = "role_assign",
    RoleRevoke = "role_revoke",
    PermissionGrant = "permission_grant",
    PermissionRevoke = "permission_revoke",
    AccountVerify = "account_verify",
    AccountSuspend = "account_suspend",
    AccountReactivate = "account_reactivate",
    SettingChange = "setting_change",
    SecurityNote = "security_note",
    ImpersonationBegin = "impersonation_begin",
    ImpersonationEnd = "impersonation_end",
    Redact = "redact",
    Export = "export",
    Decide = "decide",
}

impl From<AuditAction> for String {
    fn from(action: AuditAction) -> Self {
        match action {
            AuditAction::Other(word) => word,
            known => known.as_str().to_owned(),
        }
    }
}

/// One entry. Values never hold secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(example = json!({
    "id": "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42", "service": "users", "occurred_at": "2026-05-21T09:30:00Z",
    "principal": { "kind": "user", "user_id": "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42", "session_id": null },
    "actor": null, "organisation_id": null, "action": "update",
    "object": { "resource": "user", "resource_id": "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42" },
    "description": "Changed their profile", "old_values": { "display_name": "Ada" },
    "new_values": { "display_name": "Ada Lovelace" }, "ip_address": "192.0.2.7", "user_agent": "curl/8.9.1",
    "request_id": "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42", "success": true,
}))]
pub struct AuditEntry {
    /// Unique; appending it twice is once.
    pub id: AuditEntryId,
    /// The service in whose database it was written.
    pub service: ServiceName,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// As whom it was done, and in which session.
    pub principal: Principal,
    /// Who really acted, when it was somebody else: an administrator who impersonates.
    #[schema(required)]
    pub actor: Option<UserId>,
    /// To which organisation the object belongs; null for people and the platform, whatever whoever did it acted for.
    #[schema(required)]
    pub organisation_id: Option<OrganisationId>,
    /// What was done.
    #[schema(value_type = String)]
    pub action: AuditAction,
    /// To what.
    pub object: AuditObject,
    /// In a sentence.
    pub description: String,
    /// What changed, before.
    #[schema(required)]
    pub old_values: Option<serde_json::Value>,
    /// What changed, after.
    #[schema(required)]
    pub new_values: Option<serde_json::Value>,
    /// From where.
    #[schema(required)]
    pub ip_address: Option<String>,
    /// With what.
    #[schema(required)]
    pub user_agent: Option<String>,
    /// The request.
    #[schema(required)]
    pub request_id: Option<String>,
    /// Whether it was done, or only tried.
    pub success: bool,
    /// Present once its personal values were taken out: by whom, when and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redaction: Option<AuditRedaction>,
}

/// What something was done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditObject {
    /// A kind of thing, such as `user`.
    #[schema(example = "user")]
    pub resource: String,
    /// Which one.
    #[schema(required, example = "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42")]
    pub resource_id: Option<String>,
}

/// Entries as a service brings them to the audit log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AuditBatch {
    /// Entries of one service.
    pub entries: Vec<WrittenEntry>,
}

/// An entry exactly as its service wrote it, so that what a newer version says more is kept as well.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WrittenEntry {
    /// The entry's id.
    pub id: AuditEntryId,
    /// An [`AuditEntry`] as JSON.
    pub entry: String,
    /// The MAC that was written with it, under a key of the service.
    pub mac: String,
}

/// The answer to an [`AuditBatch`]: all others are in the log.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AuditAppended {
    /// Entries that the log does not take, however often they are sent.
    pub refused: Vec<RefusedEntry>,
}

/// An entry that the log does not take.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RefusedEntry {
    /// Which.
    pub id: AuditEntryId,
    /// Why.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::AuditAction;

    #[test]
    fn a_word_of_a_newer_version_is_carried_as_it_is() {
        for (word, action) in [("login", AuditAction::Login), ("teleport", AuditAction::Other("teleport".to_owned()))] {
            let read: AuditAction = serde_json::from_value(word.into()).expect("any word");
            assert_eq!((&read, read.as_str()), (&action, word));
            assert_eq!(serde_json::to_value(read).expect("a word"), word);
        }
    }
}
