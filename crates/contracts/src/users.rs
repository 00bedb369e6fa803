//! DTOs of the users service.

mod attributes;
mod authz;
mod direct_permissions;
mod held_roles;
mod roles;

pub use attributes::AttributeValue;
pub use authz::{
    AuthzDecision, AuthzDecisionList, AuthzFact, AuthzGiver, AuthzPath, AuthzPathState, AuthzQuestion, AuthzReason,
    AuthzStepUp, CheckAuthz, ExplainAuthz, Explanation, WhoCan, WhoCanQuery,
};
pub use direct_permissions::{
    DirectPermission, DirectPermissionList, DirectPermissionPlace, PermissionEffect, PutDirectPermission,
};
pub use held_roles::{HeldRole, HeldRoleList};
pub use roles::{CreateRole, HIGHEST_LEVEL, LOWEST_LEVEL, MOST_COUNTED, RoleDetail, UpdateRole};

use crate::events::UserFacts;
use crate::vocabulary::vocabulary;
use crate::{Email, OrganisationId, PermissionId, RoleId, Secret, TeamId, UserId, text};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How much of what a user holds and is denied may have a condition: all of it is compiled when a process first hears of them.
pub const MOST_CONDITIONS: usize = 20;

/// The largest picture that `users.avatar_max_kib` can let in: what is before users lets as much pass.
pub const LARGEST_AVATAR_KIB: u32 = 10_240;

vocabulary! {
    /// Where a user is in their life.
    UserStatus {
        Active = "active",
        Inactive = "inactive",
        Suspended = "suspended",
        PendingVerification = "pending_verification",
        Deleted = "deleted",
    }
}

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

/// A user.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct User {
    /// The user's id.
    pub id: UserId,
    /// E-mail address.
    pub email: Email,
    /// Chosen handle.
    #[schema(required, example = "ada")]
    pub username: Option<String>,
    /// Given name.
    #[schema(required, example = "Ada")]
    pub first_name: Option<String>,
    /// Family name.
    #[schema(required, example = "Lovelace")]
    pub last_name: Option<String>,
    /// Name to show.
    #[schema(required, example = "Ada")]
    pub display_name: Option<String>,
    /// Where their picture is, beside this API; another picture has another address.
    #[serde(default)]
    #[schema(required, example = "/api/v1/users/019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10/avatar?v=9b74c9897bac770f")]
    pub avatar_url: Option<String>,
    /// Something about themselves.
    #[schema(required, example = "Writes programs.")]
    pub bio: Option<String>,
    /// Telephone number (E.164).
    #[serde(default)]
    #[schema(required, example = "+442079460018")]
    pub phone: Option<String>,
    /// Where they live or work, in their own words.
    #[serde(default)]
    #[schema(required, example = "London")]
    pub location: Option<String>,
    /// Address of their website.
    #[serde(default)]
    #[schema(required, example = "https://ada.example")]
    pub website: Option<String>,
    /// Addresses of their pages elsewhere, by the name of the place.
    #[serde(default)]
    #[schema(required, example = json!({ "github": "https://github.com/ada" }))]
    pub social_links: BTreeMap<String, String>,
    /// IANA time zone.
    #[schema(example = "Europe/London")]
    pub timezone: String,
    /// BCP 47 language tag.
    #[schema(example = "en")]
    pub locale: String,
    /// What administrators sort people by. Not told to the person.
    #[serde(default)]
    #[schema(required, example = json!(["beta"]))]
    pub tags: Vec<String>,
    /// What administrators and products keep beside a user. Not told to the person.
    #[serde(default)]
    #[schema(required, value_type = BTreeMap<String, Value>, example = json!({ "crm_id": "C-4711" }))]
    pub metadata: Map<String, Value>,
    /// Whether a sign-in asks for a second factor, as auth told it last.
    #[serde(default)]
    #[schema(required, example = true)]
    pub has_second_factor: bool,
    /// Life-cycle status.
    pub status: UserStatus,
    /// Why somebody is inactive, suspended or deleted, as an administrator said it; null for all others.
    #[schema(required, example = json!(null))]
    pub status_reason: Option<String>,
    /// When the user was deleted. They can be restored until they are erased.
    #[schema(required, example = json!(null))]
    pub deleted_at: Option<DateTime<Utc>>,
    /// Whether the e-mail address was verified.
    #[schema(example = true)]
    pub is_verified: bool,
    /// Names of the roles held.
    #[schema(example = json!(["user"]))]
    pub roles: Vec<String>,
    /// Last sign-in.
    #[schema(required)]
    pub last_login_at: Option<DateTime<Utc>>,
    /// When the user came.
    #[schema(example = "2026-01-12T08:15:00Z")]
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
    /// Counts changes; the ETag is made from it.
    #[schema(example = 3)]
    pub version: i64,
}

/// `PUT /api/v1/users/{id}/status`: where a user is in their life from now on.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeStatus {
    /// `active`, `inactive`, `suspended` or `deleted`. Who never verified their address can only be deleted.
    #[garde(skip)]
    #[schema(example = "suspended")]
    pub status: UserStatus,
    /// Why; it stands beside the status, and in the audit log.
    #[garde(length(chars, max = 500), custom(text::name))]
    #[schema(example = "Sends spam; ticket 4711.")]
    pub reason: String,
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

/// `PUT /api/v1/users/{id}/roles/{role}`: gives a role; the body may bind it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignRole {
    /// Until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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

/// Internal: creates a user; the same call again changes nothing, and gives one more token.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PutUser {
    /// E-mail address.
    pub email: Email,
    /// Name to show.
    pub display_name: Option<String>,
    /// BCP 47 language tag.
    pub locale: Option<String>,
    /// Whether the address counts as verified already, as the first administrator's does.
    pub verified: bool,
    /// Names of the roles to hold from the start; `guest` until verified, then `user`, when empty.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// The answer to [`PutUser`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UserPut {
    /// The user; for a taken address the one who has it.
    pub user: User,
    /// Token for the verification link, while the user is pending; older ones stay in force.
    pub verification_token: Option<Secret>,
    /// Until when that token verifies.
    pub verification_expires_at: Option<DateTime<Utc>>,
    /// Whether an administrator created them: nobody but who opens the link chooses their password, for what stands there already is told
    /// to nobody else.
    #[serde(default)]
    pub is_invited: bool,
    /// Who had the address before and never verified it: they made way for a user whose address counts as verified.
    pub removed: Option<RemovedUser>,
}

/// A user who is gone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RemovedUser {
    /// What is told of them.
    pub facts: UserFacts,
    /// Their last version.
    pub version: i64,
}

/// Internal: the order to verify an address.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsumeVerification {
    /// The token from the link.
    pub token: Secret,
    /// Whether what the user says of themselves is dropped: whoever registered the address was somebody else.
    #[serde(default)]
    pub by_another: bool,
}

/// Internal: where somebody stands, as somebody sees it who would act on them.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Standing {
    /// Whether they hold a role above all that the other one holds.
    pub is_above: bool,
}

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
