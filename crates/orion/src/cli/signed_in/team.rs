//! `orion team`: teams of an organisation, and who is in them.

use super::At;
use super::calls::Calls;
use super::gone;
use super::holder::Holder;
use super::lists::{all, seen_all};
use super::prompt::Sure;
use super::which::{ORGANISATIONS, Which, several};
use super::who::Who;
use super::words::{besides, cleared, described, like};
use crate::cli::{Failure, Output, output};
use clap::{Args, Subcommand};
use orion_contracts::organisations::OrganisationMember;
use orion_contracts::spelling::folded;
use orion_contracts::teams::{CreateTeam, Team, TeamMember, UpdateTeam};
use orion_contracts::{OrganisationId, TeamId, UserId};
use serde_json::json;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the teams of an organisation, by name.
    List {
        /// The organisation, by its id or slug.
        #[arg(value_name = "ORGANISATION")]
        organisation: Which,
        #[command(flatten)]
        at: At,
    },
    /// Make a team.
    Create {
        /// The organisation, by its id or slug.
        #[arg(value_name = "ORGANISATION")]
        organisation: Which,
        /// What it is called.
        #[arg(value_name = "NAME")]
        name: String,
        /// What it does.
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        #[command(flatten)]
        at: At,
    },
    /// Change what a team is called and does. What is not named stays.
    Edit {
        #[command(flatten)]
        team: Place,
        #[command(flatten)]
        edit: Edit,
        #[command(flatten)]
        at: At,
    },
    /// Remove a team. Its members stay members of the organisation.
    Delete {
        #[command(flatten)]
        team: Place,
        #[command(flatten)]
        sure: Sure,
        #[command(flatten)]
        at: At,
    },
    /// List who is in a team.
    Members {
        #[command(flatten)]
        team: Place,
        #[command(flatten)]
        at: At,
    },
    /// Put a member of the organisation into a team.
    Add {
        #[command(flatten)]
        team: Place,
        /// The member's e-mail address or id; a service account's name or id.
        #[arg(value_name = "EMAIL|ID|NAME")]
        user: Holder,
        #[command(flatten)]
        at: At,
    },
    /// Take somebody out of a team.
    Remove {
        #[command(flatten)]
        team: Place,
        /// The member's e-mail address or id; a service account's name or id.
        #[arg(value_name = "EMAIL|ID|NAME")]
        user: Holder,
        #[command(flatten)]
        at: At,
    },
}

/// A team, by its id or its name.
#[derive(Args)]
pub(crate) struct Place {
    /// The organisation, by its id or slug.
    #[arg(value_name = "ORGANISATION")]
    organisation: Which,
    /// The team, by its id or name.
    #[arg(value_name = "TEAM")]
    team: String,
}

impl Place {
    async fn team(&self, calls: &mut Calls) -> Result<Team, Failure> {
        let organisation = self.organisation.id(calls).await?;
        team_of(calls, (organisation, &self.organisation), &self.team).await
    }
}

/// The team of an organisation with this id or name.
pub(super) async fn team_of(
    calls: &mut Calls,
    (organisation, called): (OrganisationId, &Which),
    named: &str,
) -> Result<Team, Failure> {
    let id: Option<TeamId> = named.parse().ok();
    let teams: Vec<Team> = all(calls, &teams(organisation)).await?;
    let is_it = |team: &Team| Some(team.id) == id || folded(&team.name) == folded(named);
    let meant = like(named, &teams.iter().map(|team| team.name.clone()).collect());
    let said = format!("there is no team {named} of {called}{meant}");
    let missing = || besides(&said, &format!("`orion team list {called}` lists all"));
    Ok(teams.into_iter().find(is_it).ok_or_else(missing)?)
}

/// What of a team is to be changed.
#[derive(Args)]
#[group(id = "edit-team", required = true, multiple = true)]
pub(crate) struct Edit {
    /// What it is called.
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// What it does; empty for nothing.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

impl Command {
    pub(super) fn at(&self) -> &At {
        match self {
            Self::List { at, .. }
            | Self::Create { at, .. }
            | Self::Edit { at, .. }
            | Self::Delete { at, .. }
            | Self::Members { at, .. }
            | Self::Add { at, .. }
            | Self::Remove { at, .. } => at,
        }
    }
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::List { organisation, .. } => {
            let id = organisation.id(calls).await?;
            let found: Vec<Team> = all(calls, &teams(id)).await?;
            output::rows(output, &found, &["ID", "NAME", "WHAT IT DOES"], |team| {
                vec![team.id.to_string(), team.name.clone(), team.description.clone().unwrap_or_default()]
            })?;
        }
        Command::Create { organisation, name, description, .. } => {
            let request = CreateTeam { name: name.clone(), description: description.clone() };
            let id = organisation.id(calls).await?;
            shown(output, &calls.post(&teams(id), &request).await?)?;
        }
        Command::Edit { team, edit, .. } => {
            let team = team.team(calls).await?;
            let request = UpdateTeam { name: edit.name.clone(), description: cleared(edit.description.as_ref()) };
            shown(output, &calls.change_seen(&path(&team), team.version, &request).await?)?;
        }
        Command::Delete { team, sure, .. } => {
            let team = team.team(calls).await?;
            sure.ask(&format!("The team {} ends for good", team.name), &team.name)?;
            calls.delete(&path(&team)).await?;
            output::value(output, &format!("{} is removed.", team.name), &json!({ "id": team.id, "deleted": true }))?;
        }
        Command::Members { team, .. } => {
            let team = team.team(calls).await?;
            let inside: Vec<TeamMember> = all(calls, &format!("{}/members", path(&team))).await?;
            output::rows(output, &inside, &["ID", "EMAIL", "NAME"], |member| {
                let name = member.display_name.clone().unwrap_or_default();
                vec![member.user_id.to_string(), member.email.as_str().to_owned(), name]
            })?;
        }
        Command::Add { team: place, user: who, .. } => {
            let team = place.team(calls).await?;
            let user = member(calls, (team.organisation_id, &place.organisation), who).await?;
            calls.put(&format!("{}/members/{user}", path(&team))).await?;
            let text = format!("{who} is in the team {} of {}.", team.name, place.organisation);
            output::value(output, &text, &json!({ "team_id": team.id, "user_id": user }))?;
        }
        Command::Remove { team: place, user: who, .. } => {
            let team = place.team(calls).await?;
            let user = member(calls, (team.organisation_id, &place.organisation), who).await?;
            let inside: Option<Vec<TeamMember>> = seen_all(calls, &format!("{}/members", path(&team))).await?;
            let was = gone::was_among(inside, |member| member.user_id == user);
            calls.delete(&format!("{}/members/{user}", path(&team))).await?;
            let done = format!("{who} is no more in the team {} of {}", team.name, place.organisation);
            let before = format!("{who} was not in the team {} of {}", team.name, place.organisation);
            let value = json!({ "team_id": team.id, "user_id": user, "removed": was });
            gone::told(output, was, (&done, &before), &value)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A member of an organisation, who is looked for among its members: who may see those need not see all users.
pub(super) async fn member(
    calls: &mut Calls,
    (id, called): (OrganisationId, &Which),
    holder: &Holder,
) -> Result<UserId, Failure> {
    if let Holder::Who(who @ (Who::Id(_) | Who::Me)) = holder {
        return who.id(calls).await;
    }
    let members: Vec<OrganisationMember> = all(calls, &format!("{ORGANISATIONS}/{id}/members")).await?;
    let (wanted, is_program) = (holder.to_string(), matches!(holder, Holder::Named(_)));
    let named: Vec<_> = members
        .iter()
        .filter(|member| member.is_service_account == is_program)
        .map(|member| {
            (if is_program { member.display_name.clone() } else { Some(member.email.to_string()) }, member.user_id)
        })
        .collect();
    let found: Vec<_> = named.iter().filter(|(name, _)| name.as_ref() == Some(&wanted)).map(|(_, id)| *id).collect();
    match found[..] {
        [user] => Ok(user),
        [] => {
            let meant = like(&wanted, &named.into_iter().filter_map(|(name, _)| name).collect());
            let said = format!("{holder} is no member of {called}{meant}");
            Err(besides(&said, &format!("`orion organisation members {called}` lists who is")).into())
        }
        _ => Err(several(&wanted, &found)),
    }
}

fn teams(organisation: OrganisationId) -> String {
    format!("{ORGANISATIONS}/{organisation}/teams")
}

fn path(team: &Team) -> String {
    format!("{}/{}", teams(team.organisation_id), team.id)
}

fn shown(output: Output, team: &Team) -> Result<(), Failure> {
    described(output, format!("{}: {}", team.id, team.name), team.description.as_ref(), team.created_at, team)
}
