//! DTOs of the roles that a user holds.

use crate::{OrganisationId, TeamId, UserId};
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
    /// Only for this organisation; for none when null.
    #[schema(required)]
    pub organisation_id: Option<OrganisationId>,
    /// Only for this team of it; for all of it when null.
    #[serde(default)]
    #[schema(required)]
    pub team_id: Option<TeamId>,
    /// What the team is called.
    #[serde(default)]
    #[schema(required, example = json!(null))]
    pub team_name: Option<String>,
    /// Whether it is for what is the user's own alone.
    #[serde(default)]
    #[schema(required)]
    pub own_only: bool,
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

impl HeldRole {
    /// Whether it holds for all of this organisation, or everywhere where none is named: not for a team, or its holder's own things alone.
    pub fn is_for_all(&self, place: Option<OrganisationId>) -> bool {
        self.organisation_id == place && self.team_id.is_none() && !self.own_only
    }
}

/// The roles that a user holds, by name.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HeldRoleList {
    /// At most one for each role, organisation and team, also those that have expired.
    pub items: Vec<HeldRole>,
}
