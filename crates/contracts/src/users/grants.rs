//! DTOs of what a subject holds and what roles mean, as every process knows it.

use super::Role;
use crate::{OrganisationId, RoleId, TeamId, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Internal: what a subject holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Grants {
    /// Whose.
    pub user_id: UserId,
    /// Counts changes; an older one never replaces a newer one.
    pub version: i64,
    /// Whether the user may do anything at all.
    pub active: bool,
    /// Roles held.
    pub roles: Vec<RoleGrant>,
    /// Permissions held directly.
    pub permissions: Vec<PermissionGrant>,
    /// Permissions denied, whatever gives them.
    #[serde(default)]
    pub denials: Vec<PermissionGrant>,
    /// Permissions held directly under a condition: apart from the others, so that a version which knows no conditions takes none
    /// for one without.
    #[serde(default)]
    pub conditional: Vec<PermissionGrant>,
    /// Roles held under a condition, apart for the same reason.
    #[serde(default)]
    pub conditional_roles: Vec<ConditionalRoleGrant>,
    /// Roles held for a team, or for the holder's own things: apart from the others, so that a version which knows no such scopes takes
    /// none for one that holds for more.
    #[serde(default)]
    pub narrow_roles: Vec<NarrowRoleGrant>,
    /// The organisations that the user is a member of.
    #[serde(default)]
    pub organisations: Vec<OrganisationId>,
}

/// A role held.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RoleGrant {
    /// The role.
    pub role_id: RoleId,
    /// Only inside this organisation.
    pub organisation_id: Option<OrganisationId>,
    /// Until then.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A role held only while a condition holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConditionalRoleGrant {
    /// The role.
    pub role_id: RoleId,
    /// Only inside this organisation.
    pub organisation_id: Option<OrganisationId>,
    /// Until then.
    pub expires_at: Option<DateTime<Utc>>,
    /// Only while this holds.
    pub condition: String,
}

/// A role held for a team, or for what is its holder's own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NarrowRoleGrant {
    /// The role.
    pub role_id: RoleId,
    /// For what it holds.
    pub within: Within,
    /// Until then.
    pub expires_at: Option<DateTime<Utc>>,
}

/// For what a narrow role holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Within {
    /// For what is its holder's own.
    Own,
    /// For what is a team's.
    Team {
        /// The organisation whose team it is.
        organisation_id: OrganisationId,
        /// The team.
        team_id: TeamId,
    },
}

/// A permission held directly, or denied.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PermissionGrant {
    /// Its name.
    pub permission: String,
    /// Only inside this organisation.
    pub organisation_id: Option<OrganisationId>,
    /// Until then.
    pub expires_at: Option<DateTime<Utc>>,
    /// Only while this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// Internal: all roles, held by every process.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RoleCatalogue {
    /// Counts changes.
    pub version: i64,
    /// All roles that hold everywhere or inside an organisation.
    pub roles: Vec<Role>,
    /// Those that hold for less: apart from the others, whose scopes every version knows.
    #[serde(default)]
    pub narrow: Vec<Role>,
    /// Names of the permissions whose decisions are logged.
    #[serde(default)]
    pub logged: Vec<String>,
}

impl RoleCatalogue {
    /// All roles, whatever they hold for.
    pub fn all(self) -> impl Iterator<Item = Role> {
        self.roles.into_iter().chain(self.narrow)
    }
}
