//! What a plan calls, each a call of the public API.

use chrono::{DateTime, Utc};
use orion_contracts::organisations::{CreateOrganisation, UpdateOrganisation};
use orion_contracts::service_accounts::UpdateServiceAccount;
use orion_contracts::teams::{CreateTeam, UpdateTeam};
use orion_contracts::users::{CreateRole, PermissionEffect, UpdateRole};
use orion_contracts::{OrganisationId, TeamId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// Something by its name, and by its id unless the plan makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known<I> {
    pub(super) name: String,
    pub(super) id: Option<I>,
}

impl<I> fmt::Display for Known<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// One call.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Step {
    CreateRole {
        request: CreateRole,
    },
    ChangeRole {
        role: String,
        version: i64,
        request: UpdateRole,
    },
    RemoveRole {
        role: String,
        version: i64,
    },
    CreateOrganisation {
        slug: String,
        request: CreateOrganisation,
    },
    ChangeOrganisation {
        organisation: Known<OrganisationId>,
        version: i64,
        request: UpdateOrganisation,
    },
    RemoveOrganisation {
        organisation: Known<OrganisationId>,
        version: i64,
    },
    CreateTeam {
        organisation: Known<OrganisationId>,
        request: CreateTeam,
    },
    ChangeTeam {
        organisation: Known<OrganisationId>,
        team: Known<TeamId>,
        version: i64,
        request: UpdateTeam,
    },
    RemoveTeam {
        organisation: Known<OrganisationId>,
        team: Known<TeamId>,
        version: i64,
    },
    CreateServiceAccount {
        name: String,
        description: Option<String>,
        organisation: Option<Known<OrganisationId>>,
    },
    ChangeServiceAccount {
        account: Known<UserId>,
        version: Option<i64>,
        request: UpdateServiceAccount,
    },
    RemoveServiceAccount {
        account: Known<UserId>,
        version: i64,
    },
    GiveRole {
        account: Known<UserId>,
        role: String,
        organisation: Option<Known<OrganisationId>>,
        until: Option<DateTime<Utc>>,
        #[serde(default)]
        when: Option<String>,
    },
    TakeRole {
        account: Known<UserId>,
        role: String,
        organisation: Option<Known<OrganisationId>>,
        /// Of a role that is held for a team.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        team: Option<Known<TeamId>>,
    },
    GivePermission {
        account: Known<UserId>,
        permission: String,
        organisation: Option<Known<OrganisationId>>,
        effect: PermissionEffect,
        until: Option<DateTime<Utc>>,
        when: Option<String>,
    },
    ClearPermission {
        account: Known<UserId>,
        permission: String,
        organisation: Option<Known<OrganisationId>>,
    },
    /// All routes that are kept, at once.
    ReplaceRoutes {
        version: i64,
        /// The names of those that become others.
        changed: BTreeSet<String>,
        routes: Vec<serde_json::Value>,
    },
}

impl Step {
    /// Whether the platform asks for somebody who has signed in: no API key does it.
    pub(super) fn needs_a_person(&self) -> bool {
        match self {
            Self::CreateOrganisation { .. }
            | Self::ChangeOrganisation { .. }
            | Self::CreateTeam { .. }
            | Self::ChangeTeam { .. }
            | Self::RemoveTeam { .. }
            | Self::ReplaceRoutes { .. } => false,
            Self::CreateRole { .. }
            | Self::ChangeRole { .. }
            | Self::RemoveRole { .. }
            | Self::RemoveOrganisation { .. }
            | Self::CreateServiceAccount { .. }
            | Self::ChangeServiceAccount { .. }
            | Self::RemoveServiceAccount { .. }
            | Self::GiveRole { .. }
            | Self::TakeRole { .. }
            | Self::GivePermission { .. }
            | Self::ClearPermission { .. } => true,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inside = |organisation: &Option<Known<OrganisationId>>| {
            organisation.as_ref().map(|organisation| format!(" inside {organisation}")).unwrap_or_default()
        };
        match self {
            Self::ReplaceRoutes { changed, .. } => {
                write!(f, "change the route{} {}", if changed.len() == 1 { "" } else { "s" }, named(changed))
            }
            Self::CreateRole { request } => write!(f, "make the role {}", request.name),
            Self::ChangeRole { role, .. } => write!(f, "change the role {role}"),
            Self::RemoveRole { role, .. } => write!(f, "remove the role {role}"),
            Self::CreateOrganisation { slug, .. } => write!(f, "make the organisation {slug}"),
            Self::ChangeOrganisation { organisation, .. } => write!(f, "change the organisation {organisation}"),
            Self::RemoveOrganisation { organisation, .. } => write!(f, "delete the organisation {organisation}"),
            Self::CreateTeam { organisation, request } => write!(f, "make the team {} of {organisation}", request.name),
            Self::ChangeTeam { organisation, team, .. } => write!(f, "change the team {team} of {organisation}"),
            Self::RemoveTeam { organisation, team, .. } => write!(f, "remove the team {team} of {organisation}"),
            Self::CreateServiceAccount { name, .. } => write!(f, "make the service account {name}"),
            Self::ChangeServiceAccount { account, .. } => write!(f, "change the service account {account}"),
            Self::RemoveServiceAccount { account, .. } => write!(f, "delete the service account {account}"),
            Self::GiveRole { account, role, organisation, .. } => {
                write!(f, "give {account} the role {role}{}", inside(organisation))
            }
            Self::TakeRole { account, role, organisation, team } => {
                let team = team.as_ref().map(|team| format!(" for the team {team}")).unwrap_or_default();
                write!(f, "take the role {role} from {account}{team}{}", inside(organisation))
            }
            Self::GivePermission { account, permission, organisation, effect, .. } => {
                let verb = if *effect == PermissionEffect::Grant { "give" } else { "deny" };
                write!(f, "{verb} {account} {permission}{}", inside(organisation))
            }
            Self::ClearPermission { account, permission, organisation } => {
                write!(f, "clear {permission} of {account}{}", inside(organisation))
            }
        }
    }
}

/// The first of them on a line: there may be thousands.
fn named(names: &BTreeSet<String>) -> String {
    let first: Vec<_> = names.iter().take(10).map(String::as_str).collect();
    match names.len().saturating_sub(first.len()) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
