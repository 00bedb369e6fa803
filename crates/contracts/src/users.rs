//! DTOs of the users service.

mod attributes;
mod authz;
mod direct_permissions;
mod grants;
mod held_roles;
mod permissions;
mod roles;

pub use attributes::AttributeValue;
pub use authz::{
    AuthzDecision, AuthzDecisionList, AuthzFact, AuthzGiver, AuthzPath, AuthzPathState, AuthzQuestion, AuthzReason,
    AuthzStepUp, CheckAuthz, ExplainAuthz, Explanation, WhoCan, WhoCanQuery,
};
pub use direct_permissions::{
    DirectPermission, DirectPermissionList, DirectPermissionPlace, PermissionEffect, PutDirectPermission,
};
pub use grants::{ConditionalRoleGrant, Grants, NarrowRoleGrant, PermissionGrant, RoleCatalogue, RoleGrant, Within};
pub use held_roles::{HeldRole, HeldRoleList};
pub use permissions::{PermissionInfo, UpdatePermission};
pub use roles::{
    AssignRole, CreateRole, HIGHEST_LEVEL, LOWEST_LEVEL, MOST_COUNTED, PermissionScope, Role, RoleDetail, UpdateRole,
};

use crate::events::UserFacts;
use crate::vocabulary::vocabulary;
use crate::{Email, Secret, UserId, text};
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
    /// Who had the address before and never verified it: they made way for an administrator, whom a one-time link makes.
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
