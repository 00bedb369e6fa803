//! Teams: some of an organisation's members, who have something to do together.

use crate::profile::present;
use crate::reading;
use crate::{Email, OrganisationId, TeamId, UserId, text};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

/// How many teams an organisation can have.
pub const MOST_TEAMS: u64 = 1000;

/// How many roles can be held for a team, by all who are in it.
pub const MOST_TEAM_ROLES: u64 = 500;
/// And by one person, for all teams of an organisation together: each decision about them looks at all.
pub const MOST_TEAM_ROLES_OF_ONE: u64 = 100;

/// A team of an organisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Team {
    /// Unique id.
    pub id: TeamId,
    /// Whose it is.
    pub organisation_id: OrganisationId,
    /// What it is called; no other one of the organisation is, in whatever case.
    #[schema(example = "Mill")]
    pub name: String,
    /// What it does.
    #[schema(required, example = "Looks after the mill.")]
    pub description: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed.
    pub updated_at: DateTime<Utc>,
    /// Counts changes; the ETag.
    #[schema(example = 1)]
    pub version: i64,
}

/// `POST /api/v1/organisations/{id}/teams`: makes a team.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTeam {
    /// What it is called.
    #[garde(length(chars, min = 1, max = 200), custom(text::name))]
    #[schema(example = "Mill")]
    pub name: String,
    /// What it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 1000), custom(text::name)))]
    #[schema(example = "Looks after the mill.")]
    pub description: Option<String>,
}

/// `PATCH /api/v1/organisations/{id}/teams/{team}`: absent fields stay, `null` clears.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateTeam {
    /// What it is called.
    #[serde(default, deserialize_with = "reading::value", skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 200), custom(text::name)))]
    #[schema(example = "Mill")]
    pub name: Option<String>,
    /// What it does.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(inner(inner(length(chars, min = 1, max = 1000), custom(text::name))))]
    #[schema(value_type = Option<String>, example = "Looks after the mill.")]
    pub description: Option<Option<String>>,
}

/// Somebody in a team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TeamMember {
    /// Who.
    pub user_id: UserId,
    /// Their address.
    pub email: Email,
    /// Their name to show.
    #[schema(required, example = "Ada Lovelace")]
    pub display_name: Option<String>,
    /// When they came.
    pub added_at: DateTime<Utc>,
}
