//! DTOs of the roles that a user holds.

use crate::{OrganisationId, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A role that a user holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HeldRole {
    /// The role's name.
    #[schema(example = "moderator")]
    pub role: String,
    /// The role's name to show.
    #[schema(example = "Moderator")]
    pub display_name: String,
    /// Only for this organisation; everywhere when null.
    #[schema(required)]
    pub organisation_id: Option<OrganisationId>,
    /// Until then; for good when null.
    #[schema(required, example = "2030-01-01T00:00:00Z")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Only while this condition holds; always when null.
    #[serde(default)]
    #[schema(required, example = "request.ip.inNetwork(\"10.0.0.0/8\")")]
    pub condition: Option<String>,
    /// Who gave it; null for the platform itself.
    #[schema(required)]
    pub assigned_by: Option<UserId>,
    /// When.
    pub assigned_at: DateTime<Utc>,
}

/// The roles that a user holds, by name.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HeldRoleList {
    /// At most one for each role and organisation, also those that have expired.
    pub items: Vec<HeldRole>,
}
