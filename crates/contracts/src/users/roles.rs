//! DTOs of roles: what they are, and how they are made, changed and given.

use crate::profile::present;
use crate::reading;
use crate::vocabulary::vocabulary;
use crate::{OrganisationId, RoleId, text};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

/// The lowest level that a role can be given.
pub const LOWEST_LEVEL: i64 = 1;
/// The highest level that a role can be given; above it is `super_admin` alone.
pub const HIGHEST_LEVEL: i64 = 99;
/// Up to how many people are counted: this many means this many or more.
pub const MOST_COUNTED: u32 = 10_000;

vocabulary! {
    /// Where a role is held, and for what it holds: for everything; for an organisation; for a team; for what is its holder's own.
    PermissionScope {
        Global = "global",
        Organisation = "org",
        Team = "team",
        User = "user",
    }
}

impl PermissionScope {
    /// Whether it holds for less than what versions know that have no such roles: to them nothing of these is told, for they would take
    /// them for wider ones.
    pub const fn is_narrow(self) -> bool {
        matches!(self, Self::Team | Self::User)
    }

    /// Whether it is held by members of an organisation.
    pub const fn is_inside(self) -> bool {
        matches!(self, Self::Organisation | Self::Team)
    }
}

/// Everywhere, as roles of versions before organisations are.
impl Default for PermissionScope {
    fn default() -> Self {
        Self::Global
    }
}

/// A role with what it allows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(example = json!({
    "id": "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42", "name": "user", "display_name": "User",
    "description": "Somebody whose address is verified", "level": 10, "scope": "global", "is_system": true, "organisation_id": null,
    "permissions": ["inbox.read", "profile.read", "profile.write"], "parent": "guest", "own_permissions": ["profile.write"],
    "version": 1,
}))]
pub struct Role {
    /// The role's id.
    pub id: RoleId,
    /// Stable name.
    pub name: String,
    /// Name to show.
    pub display_name: String,
    /// What it is for.
    #[schema(required)]
    pub description: Option<String>,
    /// Higher may manage lower.
    pub level: i64,
    /// Where it is held, and for what it holds: everywhere for everything (`global`); inside an organisation by its members (`org`); in a
    /// team, for what is the team's (`team`); everywhere for what is its holder's own (`user`).
    #[serde(default)]
    #[schema(required)]
    pub scope: PermissionScope,
    /// Whether ORION seeded it; such a role cannot be removed.
    pub is_system: bool,
    /// The organisation that it belongs to; none for everywhere.
    #[schema(required)]
    pub organisation_id: Option<OrganisationId>,
    /// Names of the permissions it gives, inherited ones included.
    pub permissions: Vec<String>,
    /// The name of the role whose permissions it has as well.
    #[serde(default)]
    #[schema(required)]
    pub parent: Option<String>,
    /// Names of the permissions that it gives by itself.
    #[serde(default)]
    #[schema(required)]
    pub own_permissions: Vec<String>,
    /// Counts changes; the ETag is made from it.
    #[serde(default)]
    #[schema(required)]
    pub version: i64,
}

/// `POST /api/v1/roles`: makes a role.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRole {
    /// Stable name: lower-case letters, digits, `_` and `-`. It never changes.
    #[garde(length(min = 1, max = 100), ascii)]
    #[schema(example = "support")]
    pub name: String,
    /// Name to show.
    #[garde(length(chars, max = 255), custom(text::name))]
    #[schema(example = "Support")]
    pub display_name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 1000)))]
    #[schema(example = "Answers people who write to us.")]
    pub description: Option<String>,
    /// Higher may manage lower. At least that of its parent.
    #[garde(range(min = LOWEST_LEVEL, max = HIGHEST_LEVEL))]
    #[schema(example = 30, minimum = 1, maximum = 99)]
    pub level: i64,
    /// Where it is held; it never changes, and its parent has the same.
    #[serde(default)]
    #[garde(skip)]
    pub scope: PermissionScope,
    /// The name of the role whose permissions it has as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(min = 1, max = 100)))]
    #[schema(example = "user")]
    pub parent: Option<String>,
    /// Names of the permissions that it gives by itself.
    #[serde(default)]
    #[garde(custom(text::entries(0, 200)), inner(length(min = 1, max = 201)))]
    #[schema(example = json!(["users.read", "sessions.read"]))]
    pub permissions: Vec<String>,
}

/// `PATCH /api/v1/roles/{role}`: absent fields stay, `null` clears.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRole {
    /// Name to show.
    #[serde(default, deserialize_with = "reading::value", skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, max = 255), custom(text::name)))]
    #[schema(example = "Support")]
    pub display_name: Option<String>,
    /// What it is for.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(inner(inner(length(chars, min = 1, max = 1000))))]
    #[schema(value_type = Option<String>, example = "Answers people who write to us.")]
    pub description: Option<Option<String>>,
    /// Higher may manage lower. That of a role of ORION's own cannot be changed.
    #[serde(default, deserialize_with = "reading::value", skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = LOWEST_LEVEL, max = HIGHEST_LEVEL)))]
    #[schema(example = 30, minimum = 1, maximum = 99)]
    pub level: Option<i64>,
    /// The name of the role whose permissions it has as well. That of a role of ORION's own cannot be changed.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(inner(inner(length(min = 1, max = 100))))]
    #[schema(value_type = Option<String>, example = "user")]
    pub parent: Option<Option<String>>,
    /// Names of all permissions that it gives by itself from now on.
    #[serde(default, deserialize_with = "reading::value", skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(text::entries(0, 200)), inner(length(min = 1, max = 201))))]
    #[schema(example = json!(["users.read", "sessions.read"]))]
    pub permissions: Option<Vec<String>>,
}

/// A role with what hangs on it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RoleDetail {
    /// The role.
    pub role: Role,
    /// How many people hold it at the moment, counted up to 10,000: that many means that many or more.
    #[schema(example = 12, minimum = 0)]
    pub holders: u32,
    /// How many people hold it or a role that inherits from it, counted alike: whom a change of its permissions touches.
    #[schema(example = 40, minimum = 0)]
    pub touches: u32,
    /// How many invitations promise it that can be accepted, counted alike: while one does, it is not removed.
    #[serde(default)]
    #[schema(required, example = 1, minimum = 0)]
    pub promises: u32,
    /// Names of the roles that inherit from it directly.
    #[schema(example = json!(["editor"]))]
    pub children: Vec<String>,
}

/// `PUT /api/v1/users/{id}/roles/{role}`: gives a role; the body may bind it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignRole {
    /// Until then.
    #[serde(default, deserialize_with = "reading::end", skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    #[schema(example = "2030-01-01T00:00:00Z")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Only while this condition holds, in CEL over `now`, `request`, `subject` and `object`; always when absent. Where it has no
    /// answer the role gives nothing. No condition is put on `super_admin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(max = 2000))]
    #[schema(example = "request.ip.inNetwork(\"10.0.0.0/8\")")]
    pub condition: Option<String>,
}
