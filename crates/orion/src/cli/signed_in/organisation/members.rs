//! Who belongs to an organisation, and what they hold inside.

use super::super::At;
use super::super::arguments::until;
use super::super::calls::Calls;
use super::super::gone;
use super::super::holder::Holder;
use super::super::lists::{all, seen_all};
use super::super::prompt::Sure;
use super::super::refusals::status_of;
use super::super::role::role_name;
use super::super::team::{member, team_of};
use super::super::which::Which;
use super::super::words::{ROLES, meant};
use super::path;
use crate::cli::{Failure, Output, output};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use orion_contracts::organisations::{AssignMemberRole, MemberRole, OrganisationMember, TransferOrganisation};
use orion_contracts::roles::ORGANISATION_OWNER;
use orion_contracts::{OrganisationId, TeamId, UserId};
use serde_json::json;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the members of an organisation, with what they hold inside.
    Members {
        /// The organisation, by its id or slug.
        #[arg(value_name = "ID|SLUG")]
        id: Which,
        #[command(flatten)]
        at: At,
    },
    /// Make a user a member without asking them: for who runs the platform. Others invite.
    Add {
        /// The organisation, by its id or slug.
        #[arg(value_name = "ID|SLUG")]
        id: Which,
        /// The user's e-mail address or id, or the service account's id or name.
        #[arg(value_name = "EMAIL|ID|NAME")]
        user: Holder,
        #[command(flatten)]
        at: At,
    },
    /// Remove a member, with what they hold inside and their keys for it.
    Remove {
        #[command(flatten)]
        member: Member,
        #[command(flatten)]
        sure: Sure,
        #[command(flatten)]
        at: At,
    },
    /// Give a member a role inside, or change until when they hold it.
    Give {
        #[command(flatten)]
        member: Member,
        /// The role's name.
        #[arg(value_name = "ROLE", value_parser = role_name)]
        role: String,
        /// The team for which a role of the scope team is held, by its id or name; the member is in it.
        #[arg(long, value_name = "TEAM")]
        team: Option<String>,
        /// Until then, such as 2030-01-01 or 2030-01-01T12:00:00Z; for good when it is not given.
        #[arg(long, value_name = "TIME", value_parser = until)]
        until: Option<DateTime<Utc>>,
        #[command(flatten)]
        at: At,
    },
    /// Take a role inside from a member.
    Take {
        #[command(flatten)]
        member: Member,
        /// The role's name.
        #[arg(value_name = "ROLE", value_parser = role_name)]
        role: String,
        /// The team for which a role of the scope team is held, by its id or name.
        #[arg(long, value_name = "TEAM")]
        team: Option<String>,
        #[command(flatten)]
        at: At,
    },
    /// Hand an organisation over to another member.
    Transfer {
        #[command(flatten)]
        member: Member,
        #[command(flatten)]
        sure: Sure,
        #[command(flatten)]
        at: At,
    },
}

/// Somebody who belongs to an organisation.
#[derive(Args)]
pub(crate) struct Member {
    /// The organisation, by its id or slug.
    #[arg(value_name = "ID|SLUG")]
    id: Which,
    /// The member's e-mail address or id; a service account's name or id.
    #[arg(value_name = "EMAIL|ID|NAME")]
    user: Holder,
}

impl Member {
    /// The ids of both.
    async fn ids(&self, calls: &mut Calls) -> Result<(OrganisationId, UserId), Failure> {
        let id = self.id.id(calls).await?;
        Ok((id, member(calls, (id, &self.id), &self.user).await?))
    }
}

impl Command {
    pub(super) fn at(&self) -> &At {
        match self {
            Self::Members { at, .. }
            | Self::Add { at, .. }
            | Self::Remove { at, .. }
            | Self::Give { at, .. }
            | Self::Take { at, .. }
            | Self::Transfer { at, .. } => at,
        }
    }
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Members { id, .. } => {
            let id = id.id(calls).await?;
            let members: Vec<OrganisationMember> = all(calls, &format!("{}/members", path(id))).await?;
            output::rows(output, &members, &["ID", "NAME", "EMAIL", "STATUS", "ROLES INSIDE"], |member| {
                let roles = member.roles.iter().map(held).collect::<Vec<_>>().join(", ");
                let email = if member.is_service_account { "(service account)" } else { member.email.as_str() };
                let name = member.display_name.clone().unwrap_or_default();
                vec![member.user_id.to_string(), name, email.to_owned(), member.status.as_str().to_owned(), roles]
            })?;
        }
        Command::Add { id: which, user: who, .. } => {
            let id = which.id(calls).await?;
            let user = who.id(calls).await?;
            let added = calls.put(&format!("{}/members/{user}", path(id))).await;
            added.map_err(|failure| match (status_of(&failure), who) {
                (Some(409), Holder::Who(_)) => format!(
                    "{failure} `orion organisation invite {which} EMAIL` invites somebody who has not come yet."
                )
                .into(),
                _ => failure,
            })?;
            let text = format!("{who} is a member of {which} now.");
            output::value(output, &text, &json!({ "organisation_id": id, "user_id": user }))?;
        }
        Command::Remove { member, sure, .. } => {
            let (id, user) = member.ids(calls).await?;
            let what = format!("{} loses what they hold inside {}, and their keys for it", member.user, member.id);
            sure.ask_where_possible(&what)?;
            calls.delete(&format!("{}/members/{user}", path(id))).await?;
            let text = format!("{} is no member of {} any more.", member.user, member.id);
            output::value(output, &text, &json!({ "organisation_id": id, "user_id": user }))?;
        }
        Command::Give { member, role, team, until, .. } => {
            let (id, user) = member.ids(calls).await?;
            let path = format!("{}/members/{user}/roles/{role}", path(id));
            let team_id = team_id(calls, (id, &member.id), team.as_deref()).await?;
            let request = AssignMemberRole { expires_at: *until, team_id };
            let given = calls.set::<serde_json::Value>(&path, &request).await;
            meant(calls, given, std::slice::from_ref(role), ROLES).await?;
            let end =
                until.map_or_else(|| "for good".to_owned(), |until| format!("until {}", until.format(output::TIME)));
            let text = format!("{} holds {role} {} {end}.", member.user, inside(member, team.as_deref()));
            let told = json!({
                "organisation_id": id, "user_id": user, "role": role, "team_id": team_id, "expires_at": until,
            });
            output::value(output, &text, &told)?;
        }
        Command::Take { member, role, team, .. } => {
            let (id, user) = member.ids(calls).await?;
            let team_id = team_id(calls, (id, &member.id), team.as_deref()).await?;
            let there: Option<Vec<OrganisationMember>> = seen_all(calls, &format!("{}/members", path(id))).await?;
            let is_it = |held: &MemberRole| held.role == *role && held.team_id == team_id;
            let of_member = |there: &OrganisationMember| there.user_id == user && there.roles.iter().any(is_it);
            let was = gone::was_among(there, of_member);
            let of_team = team_id.map(|team| format!("?team_id={team}")).unwrap_or_default();
            let path = format!("{}/members/{user}/roles/{role}{of_team}", path(id));
            let taken = calls.delete(&path).await;
            meant(calls, taken, std::slice::from_ref(role), ROLES).await?;
            let place = inside(member, team.as_deref());
            let done = format!("The role {role} {place} is taken from {}", member.user);
            let before = format!("{} did not hold the role {role} {place}", member.user);
            let told = json!({
                "organisation_id": id, "user_id": user, "role": role, "team_id": team_id, "taken": was,
            });
            gone::told(output, was, (&done, &before), &told)?;
        }
        Command::Transfer { member, sure, .. } => {
            let (id, user_id) = member.ids(calls).await?;
            sure.ask_where_possible(&format!("{} owns {} from now on", member.user, member.id))?;
            let order = TransferOrganisation { user_id };
            calls.post::<serde_json::Value>(&format!("{}/transfer", path(id)), &order).await?;
            let (text, owners) = match owners(calls, id).await? {
                Some(owners) => (owned_by((user_id, &member.user), &owners), Some(owners)),
                // Who hands over what they do not belong to may see no more of it.
                None => (format!("{} owns {} now.", member.user, member.id), None),
            };
            let ids = owners.map(|owners| owners.iter().map(|owner| owner.user_id).collect::<Vec<_>>());
            output::value(output, &text, &json!({ "organisation_id": id, "owners": ids }))?;
        }
    }
    Ok(())
}

/// Who owns an organisation, where the caller may see its members.
async fn owners(calls: &mut Calls, id: OrganisationId) -> Result<Option<Vec<OrganisationMember>>, Failure> {
    let members: Vec<OrganisationMember> = match all(calls, &format!("{}/members", path(id))).await {
        Err(failure) if matches!(status_of(&failure), Some(403 | 404)) => return Ok(None),
        answer => answer?,
    };
    let owns = |member: &OrganisationMember| member.roles.iter().any(|held| held.role == ORGANISATION_OWNER);
    Ok(Some(members.into_iter().filter(owns).collect()))
}

/// Who hands over what is theirs owns it no more. Who does it for the platform takes nothing from whoever owned it.
fn owned_by((user, called): (UserId, &Holder), owners: &[OrganisationMember]) -> String {
    let (new, others): (Vec<_>, Vec<_>) = owners.iter().partition(|owner| owner.user_id == user);
    let new = new.first().map_or_else(|| called.to_string(), |owner| owner.email.to_string());
    let others: Vec<_> = others.into_iter().map(|owner| owner.email.as_str()).collect();
    match others.is_empty() {
        true => format!("{new} owns it now."),
        false => format!(
            "{new} owns it now, beside {}: `orion organisation take` takes the role {ORGANISATION_OWNER} from who is to own it no more.",
            others.join(", ")
        ),
    }
}

/// The id of a team that is named.
async fn team_id(
    calls: &mut Calls,
    organisation: (OrganisationId, &Which),
    name: Option<&str>,
) -> Result<Option<TeamId>, Failure> {
    match name {
        Some(name) => Ok(Some(team_of(calls, organisation, name).await?.id)),
        None => Ok(None),
    }
}

fn inside(member: &Member, team: Option<&str>) -> String {
    let organisation = &member.id;
    team.map_or_else(|| format!("inside {organisation}"), |team| format!("for the team {team} of {organisation}"))
}

/// A role as it is held inside.
fn held(role: &MemberRole) -> String {
    let place = role.team_name.as_ref().map(|team| format!(" for {team}")).unwrap_or_default();
    let end = role.expires_at.map(|end| format!(" until {}", end.format(output::TIME))).unwrap_or_default();
    format!("{}{place}{end}", role.role)
}
