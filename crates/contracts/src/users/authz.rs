//! DTOs of deciding and explaining what somebody may do.

use super::attributes::{self, AttributeValue};
use crate::vocabulary::vocabulary;
use crate::{Email, OrganisationId, TeamId, UserId, text};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

vocabulary! {
    /// Why something is allowed or refused.
    AuthzReason {
        Role = "role",
        Direct = "direct",
        Inactive = "inactive",
        BeyondCeiling = "beyond_ceiling",
        Denied = "denied",
        Elsewhere = "elsewhere",
        OtherTeam = "other_team",
        NotOwn = "not_own",
        Unmet = "unmet",
        NotHeld = "not_held",
        BeyondActor = "beyond_actor",
    }
    /// What becomes of one thing that gives or denies a permission.
    AuthzPathState {
        Holds = "holds",
        Denies = "denies",
        Expired = "expired",
        Elsewhere = "elsewhere",
        Unmet = "unmet",
    }
    /// What somebody proves anew, so that something is allowed.
    AuthzStepUp {
        Recent = "recent",
        SecondFactor = "second_factor",
    }
}

/// May somebody do this there?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthzQuestion {
    /// The name of a permission.
    #[garde(length(min = 1, max = 201))]
    #[schema(example = "users.read")]
    pub permission: String,
    /// On something of this organisation; on the platform as a whole when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub organisation_id: Option<OrganisationId>,
    /// On something of this team of the organisation, which is named as well; of no team when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub team_id: Option<TeamId>,
    /// On this user, or on something of theirs alone; on what nobody knows the owner of when absent. Conditions may ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub owner_id: Option<UserId>,
    /// What the object is besides, by name; conditions may ask for it as `object.attributes.<name>`. At most 32: true or false, numbers,
    /// texts and lists of texts. Endpoints of ORION itself ask without any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[garde(custom(attributes::check))]
    #[schema(example = json!({ "confidential": true, "region": "eu" }))]
    pub attributes: BTreeMap<String, AttributeValue>,
}

/// `POST /api/v1/authz/check`: several questions about one user.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckAuthz {
    /// About whom; about the caller, as far as their token goes, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub user_id: Option<UserId>,
    /// The questions, 1 to 200.
    #[garde(custom(text::entries(1, 200)), dive)]
    pub questions: Vec<AuthzQuestion>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuthzDecision {
    /// The permission that was asked about.
    #[schema(example = "users.read")]
    pub permission: String,
    /// The organisation that was asked about.
    #[schema(required)]
    pub organisation_id: Option<OrganisationId>,
    /// The team that was asked about.
    #[serde(default)]
    #[schema(required)]
    pub team_id: Option<TeamId>,
    /// The user whose it is, where that was asked about.
    #[serde(default)]
    #[schema(required)]
    pub owner_id: Option<UserId>,
    /// Whether they may.
    pub allowed: bool,
    /// Why.
    pub reason: AuthzReason,
    /// The role that gives it.
    #[schema(required, example = "support")]
    pub role: Option<String>,
    /// The role further up that it is inherited from; null where the role gives it by itself.
    #[schema(required, example = "moderator")]
    pub inherited_from: Option<String>,
}

/// Answers, in the order of the questions.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuthzDecisionList {
    /// The answers.
    pub items: Vec<AuthzDecision>,
}

/// `POST /api/v1/authz/explain`: one question about one user, and all that bears on it.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainAuthz {
    /// About whom; about the caller, as far as their token goes, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub user_id: Option<UserId>,
    /// The name of a permission.
    #[garde(length(min = 1, max = 201))]
    #[schema(example = "users.read")]
    pub permission: String,
    /// On something of this organisation; on the platform as a whole when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub organisation_id: Option<OrganisationId>,
    /// On something of this team of the organisation, which is named as well; of no team when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub team_id: Option<TeamId>,
    /// On this user, or on something of theirs alone; on what nobody knows the owner of when absent. Conditions may ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub owner_id: Option<UserId>,
    /// What the object is besides, by name; conditions may ask for it as `object.attributes.<name>`. At most 32: true or false, numbers,
    /// texts and lists of texts. Endpoints of ORION itself ask without any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[garde(custom(attributes::check))]
    #[schema(example = json!({ "confidential": true, "region": "eu" }))]
    pub attributes: BTreeMap<String, AttributeValue>,
}

/// One thing that gives or denies a permission, or would.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuthzPath {
    /// The roles from the one that is held up to the one that gives it; none where it is given or denied by itself.
    #[schema(example = json!(["support", "moderator"]))]
    pub roles: Vec<String>,
    /// What becomes of it.
    pub state: AuthzPathState,
    /// Only for this organisation; everywhere when null.
    #[schema(required)]
    pub organisation_id: Option<OrganisationId>,
    /// Only for this team of it; for all of it when null.
    #[serde(default)]
    #[schema(required)]
    pub team_id: Option<TeamId>,
    /// Whether it is for what is the user's own alone.
    #[serde(default)]
    #[schema(required)]
    pub own_only: bool,
    /// Until then; for good when null.
    #[schema(required)]
    pub expires_at: Option<DateTime<Utc>>,
    /// Only while this condition holds; always when null.
    #[schema(required, example = "request.mfa")]
    pub condition: Option<String>,
    /// Why its condition has no answer; null where it has one.
    #[schema(required, example = "nothing is known of the request")]
    pub why: Option<String>,
    /// Of what its condition was asked: all that it reads. Empty where it was not asked, or always holds.
    #[serde(default)]
    #[schema(required, example = json!([{ "name": "request.mfa", "known": true, "value": false }]))]
    pub asked_of: Vec<AuthzFact>,
    /// With which step-up its condition would hold; null where none would do, or none is needed.
    #[serde(default)]
    #[schema(required)]
    pub step_up: Option<AuthzStepUp>,
}

/// Something that a condition reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuthzFact {
    /// Where it stands.
    #[schema(example = "request.ip")]
    pub name: String,
    /// Whether it is known; what is not has no answer.
    pub known: bool,
    /// What it is; null where it is nothing, such as the organisation of what belongs to none, or not known.
    #[schema(required)]
    pub value: Option<AttributeValue>,
}

/// A decision, and all that bears on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Explanation {
    /// About whom.
    pub user_id: UserId,
    /// What is decided, by the resolver that enforces.
    pub decision: AuthzDecision,
    /// The step-up with which it would be allowed. Where it is allowed: the one that an endpoint demands which changes something by
    /// it, of a caller who asks about themselves and signed in too long ago. Null where none would do, or none is needed.
    #[serde(default)]
    #[schema(required)]
    pub step_up: Option<AuthzStepUp>,
    /// Whatever gives or denies it to them, or has, or does elsewhere: those that hold, and near misses.
    pub paths: Vec<AuthzPath>,
    /// Names of the roles that would give it where it is asked about. Where the caller may not read roles: those that can be held inside
    /// the organisation that is asked about, if they may see it, else none.
    #[schema(example = json!(["admin", "moderator", "super_admin"]))]
    pub given_by: Vec<String>,
    /// Names of the roles whose holders could give it: they hold it, and assign roles, or give inside the organisation one of the roles
    /// that would give it. Where the caller may not read roles: as with these.
    #[schema(example = json!(["admin", "super_admin"]))]
    pub assigned_by: Vec<String>,
    /// Of what is missing: people who could give it, ten at most, those who give it inside the organisation before those of the
    /// platform. None where it is allowed. Where the caller may not read roles and users: members of the organisation that is asked
    /// about, if they may see it, else none.
    #[serde(default)]
    #[schema(required)]
    pub could_give: Vec<AuthzGiver>,
}

/// Somebody who could give what is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuthzGiver {
    /// Who.
    pub user_id: UserId,
    /// Their address.
    pub email: Email,
}

/// The query of `GET /api/v1/authz/who-can`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhoCanQuery {
    /// The name of a permission.
    #[param(example = "users.read")]
    pub permission: String,
    /// On something of this organisation; on the platform as a whole when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation_id: Option<OrganisationId>,
    /// On something of this team of the organisation, which is named as well; of no team when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// On this user, or on something of theirs alone; on what nobody knows the owner of when absent. Conditions may ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<UserId>,
    /// The `next_cursor` of the page before; opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many people are looked at for a page, 1 to 200; 50 when absent. Those of them who may not are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// Somebody who may do something, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WhoCan {
    /// Who.
    pub user_id: UserId,
    /// Their address.
    pub email: Email,
    /// Why they may.
    pub decision: AuthzDecision,
}
