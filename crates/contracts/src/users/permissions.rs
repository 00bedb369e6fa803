//! DTOs of permissions.

use crate::PermissionId;
use garde::Validate;
use serde::{Deserialize, Serialize};

/// A permission as listed.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PermissionInfo {
    /// The permission's id.
    pub id: PermissionId,
    /// `resource.action`.
    #[schema(example = "users.read")]
    pub name: String,
    /// What it allows.
    #[schema(example = "Find and read users")]
    pub display_name: String,
    /// What it is about.
    #[schema(example = "users")]
    pub resource: String,
    /// What may be done.
    #[schema(example = "read")]
    pub action: String,
    /// Whether each decision about it is written into the audit log.
    #[serde(default)]
    pub log_decisions: bool,
}

/// `PATCH /api/v1/permissions/{permission}`: changes what is done with decisions about a permission.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePermission {
    /// Whether each decision about it is written into the audit log: who asked for what, and by which grant it was allowed or why not.
    #[garde(skip)]
    pub log_decisions: bool,
}
