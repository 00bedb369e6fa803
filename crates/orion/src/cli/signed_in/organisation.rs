//! `orion organisation`: organisations, who belongs to them, and for which of them one acts.

use super::At;
use super::calls::Calls;
use super::role::{all, role_name};
use super::team::member;
use super::which::{ORGANISATIONS, OWN_ORGANISATIONS, Which};
use super::who::Who;
use crate::cli::{Failure, Output, output};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use orion_contracts::organisations::{
    AssignMemberRole, CreateOrganisation, InviteMember, Membership, MembershipList, Organisation,
    OrganisationInvitation, OrganisationInvitationList, OrganisationMember, TransferOrganisation, UpdateOrganisation,
};
use orion_contracts::{Email, OrganisationId, OrganisationInvitationId, UserId};
use serde_json::json;
use std::process::ExitCode;

const INVITED: &str = "/api/v1/users/me/organisation-invitations";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the organisations that you belong to, or with --all those that you may see.
    List {
        /// All that you may see, by name.
        #[arg(long)]
        all: bool,
        /// Those that a user belongs to.
        #[arg(long, value_name = "EMAIL|ID", conflicts_with = "all")]
        user: Option<Who>,
        #[command(flatten)]
        at: At,
    },
    /// Show an organisation.
    Show {
        #[arg(value_name = "ID|SLUG")]
        id: Which,
        #[command(flatten)]
        at: At,
    },
    /// Make an organisation. You are its owner.
    Create {
        /// What it is called.
        #[arg(value_name = "NAME")]
        name: String,
        /// What it is called in addresses; made of the name when it is not given.
        #[arg(long, value_name = "TEXT")]
        slug: Option<String>,
        /// What it is.
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        #[command(flatten)]
        at: At,
    },
    /// Change what an organisation is called. What is not named stays.
    Edit {
        #[arg(value_name = "ID|SLUG")]
        id: Which,
        #[command(flatten)]
        edit: Edit,
        #[command(flatten)]
        at: At,
    },
    /// Delete an organisation. It is not restored.
    Delete {
        #[arg(value_name = "ID|SLUG")]
        id: Which,
        #[command(flatten)]
        at: At,
    },
    /// Act for an organisation from now on, so that what you hold inside it holds; or for none.
    Use {
        /// Which one.
        #[arg(value_name = "ID|SLUG", required_unless_present = "none")]
        id: Option<Which>,
        /// Act for none.
        #[arg(long, conflicts_with = "id")]
        none: bool,
        #[command(flatten)]
        at: At,
    },
    /// List the members of an organisation, with what they hold inside.
    Members {
        #[arg(value_name = "ID|SLUG")]
        id: Which,
        #[command(flatten)]
        at: At,
    },
    /// Make a user a member without asking them: for who runs the platform. Others invite.
    Add {
        #[arg(value_name = "ID|SLUG")]
        id: Which,
        /// The user's e-mail address or id.
        #[arg(value_name = "EMAIL|ID")]
        user: Who,
        #[command(flatten)]
        at: At,
    },
    /// Remove a member, with what they hold inside and their keys for it.
    Remove {
        #[command(flatten)]
        member: Member,
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
        /// Until then, such as 2030-01-01T00:00:00Z; for good when it is not given.
        #[arg(long, value_name = "TIME")]
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
        #[command(flatten)]
        at: At,
    },
    /// Hand an organisation over to another member.
    Transfer {
        #[command(flatten)]
        member: Member,
        #[command(flatten)]
        at: At,
    },
    /// Leave an organisation.
    Leave {
        #[arg(value_name = "ID|SLUG")]
        id: Which,
        #[command(flatten)]
        at: At,
    },
    /// Invite somebody by their address.
    Invite {
        #[arg(value_name = "ID|SLUG")]
        id: Which,
        #[arg(value_name = "EMAIL")]
        email: Email,
        /// A role inside that they hold once they have come; may be repeated.
        #[arg(long = "role", value_name = "ROLE", value_parser = role_name)]
        roles: Vec<String>,
        #[command(flatten)]
        at: At,
    },
    /// List the invitations that wait for an answer: those to you, or those of an organisation.
    Invitations {
        /// The organisation; those to you when it is not named.
        #[arg(value_name = "ID|SLUG")]
        id: Option<Which>,
        #[command(flatten)]
        at: At,
    },
    /// Withdraw an invitation of an organisation.
    Withdraw {
        #[arg(value_name = "ID|SLUG")]
        id: Which,
        #[arg(value_name = "INVITATION")]
        invitation: OrganisationInvitationId,
        #[command(flatten)]
        at: At,
    },
    /// Accept an invitation to you.
    Accept {
        #[arg(value_name = "INVITATION")]
        invitation: OrganisationInvitationId,
        #[command(flatten)]
        at: At,
    },
    /// Decline an invitation to you.
    Decline {
        #[arg(value_name = "INVITATION")]
        invitation: OrganisationInvitationId,
        #[command(flatten)]
        at: At,
    },
}

/// What of an organisation is to be changed.
#[derive(Args)]
#[group(id = "edit-organisation", required = true, multiple = true)]
pub(crate) struct Edit {
    /// What it is called.
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// What it is called in addresses.
    #[arg(long, value_name = "TEXT")]
    slug: Option<String>,
    /// What it is; empty for nothing.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

/// Somebody who belongs to an organisation.
#[derive(Args)]
pub(crate) struct Member {
    #[arg(value_name = "ID|SLUG")]
    id: Which,
    /// The member's e-mail address or id.
    #[arg(value_name = "EMAIL|ID")]
    user: Who,
}

impl Member {
    /// The ids of both.
    async fn ids(&self, calls: &mut Calls) -> Result<(OrganisationId, UserId), Failure> {
        let id = self.id.id(calls).await?;
        Ok((id, member(calls, id, &self.user).await?))
    }
}

impl Command {
    pub(super) fn at(&self) -> &At {
        match self {
            Self::List { at, .. }
            | Self::Show { at, .. }
            | Self::Create { at, .. }
            | Self::Edit { at, .. }
            | Self::Delete { at, .. }
            | Self::Use { at, .. }
            | Self::Members { at, .. }
            | Self::Add { at, .. }
            | Self::Remove { at, .. }
            | Self::Give { at, .. }
            | Self::Take { at, .. }
            | Self::Transfer { at, .. }
            | Self::Leave { at, .. }
            | Self::Invite { at, .. }
            | Self::Invitations { at, .. }
            | Self::Withdraw { at, .. }
            | Self::Accept { at, .. }
            | Self::Decline { at, .. } => at,
        }
    }
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::List { all: true, .. } => {
            let found: Vec<Organisation> = all(calls, ORGANISATIONS).await?;
            output::rows(output, &found, &["ID", "NAME", "SLUG"], |one| {
                vec![one.id.to_string(), one.name.clone(), one.slug.clone()]
            })?;
        }
        Command::List { user, .. } => {
            let path = match user {
                Some(user) => format!("/api/v1/users/{}/organisations", user.id(calls).await?),
                None => OWN_ORGANISATIONS.to_owned(),
            };
            let found: MembershipList = calls.get(&path).await?;
            output::rows(output, &found.items, &["ID", "NAME", "SLUG", "ROLES INSIDE"], |one: &Membership| {
                let organisation = &one.organisation;
                let (name, slug) = (organisation.name.clone(), organisation.slug.clone());
                vec![organisation.id.to_string(), name, slug, one.roles.join(",")]
            })?;
        }
        Command::Show { id, .. } => {
            let id = id.id(calls).await?;
            shown(output, &calls.get(&path(id)).await?)?;
        }
        Command::Create { name, slug, description, .. } => {
            let (name, slug, description) = (name.clone(), slug.clone(), description.clone());
            shown(output, &calls.post(ORGANISATIONS, &CreateOrganisation { name, slug, description }).await?)?;
        }
        Command::Edit { id, edit, .. } => {
            let id = id.id(calls).await?;
            let before: Organisation = calls.get(&path(id)).await?;
            let description = edit.description.clone().map(|text| Some(text).filter(|text| !text.is_empty()));
            let request = UpdateOrganisation { name: edit.name.clone(), slug: edit.slug.clone(), description };
            shown(output, &calls.change_seen(&path(id), before.version, &request).await?)?;
        }
        Command::Delete { id, .. } => {
            let id = id.id(calls).await?;
            calls.delete(&path(id)).await?;
            done(output, "It is deleted.", id)?;
        }
        Command::Use { id, .. } => {
            let id = match id {
                Some(id) => Some(id.id(calls).await?),
                None => None,
            };
            calls.act_for(id).await?;
            let text = match id {
                Some(id) => format!("You act for {id} from now on."),
                None => "You act for no organisation from now on.".to_owned(),
            };
            output::value(output, &text, &json!({ "organisation_id": id }))?;
        }
        Command::Members { id, .. } => {
            let id = id.id(calls).await?;
            let members: Vec<OrganisationMember> = all(calls, &format!("{}/members", path(id))).await?;
            output::rows(output, &members, &["ID", "EMAIL", "STATUS", "ROLES INSIDE"], |member| {
                let roles = member.roles.iter().map(|held| held.role.as_str()).collect::<Vec<_>>().join(",");
                let email = if member.is_service_account { "(service account)" } else { member.email.as_str() };
                vec![member.user_id.to_string(), email.to_owned(), member.status.as_str().to_owned(), roles]
            })?;
        }
        Command::Add { id, user, .. } => {
            let id = id.id(calls).await?;
            let user = user.id(calls).await?;
            calls.put(&format!("{}/members/{user}", path(id))).await?;
            output::value(output, "They are a member.", &json!({ "organisation_id": id, "user_id": user }))?;
        }
        Command::Remove { member, .. } => {
            let (id, user) = member.ids(calls).await?;
            calls.delete(&format!("{}/members/{user}", path(id))).await?;
            done(output, "They are a member no more.", id)?;
        }
        Command::Give { member, role, until, .. } => {
            let (id, user) = member.ids(calls).await?;
            let path = format!("{}/members/{user}/roles/{role}", path(id));
            calls.set::<serde_json::Value>(&path, &AssignMemberRole { expires_at: *until }).await?;
            done(output, &format!("They hold {role} inside."), id)?;
        }
        Command::Take { member, role, .. } => {
            let (id, user) = member.ids(calls).await?;
            let path = format!("{}/members/{user}/roles/{role}", path(id));
            calls.delete(&path).await?;
            done(output, &format!("They do not hold {role} inside."), id)?;
        }
        Command::Transfer { member, .. } => {
            let (id, user_id) = member.ids(calls).await?;
            let order = TransferOrganisation { user_id };
            calls.post::<serde_json::Value>(&format!("{}/transfer", path(id)), &order).await?;
            done(output, "They own it.", id)?;
        }
        Command::Leave { id, .. } => {
            let id = id.id(calls).await?;
            calls.delete(&format!("{OWN_ORGANISATIONS}/{id}")).await?;
            done(output, "You belong to it no more.", id)?;
        }
        Command::Invite { id, email, roles, .. } => {
            let id = id.id(calls).await?;
            let order = InviteMember { email: email.clone(), roles: roles.clone(), locale: None };
            let sent: OrganisationInvitation = calls.post(&format!("{}/invitations", path(id)), &order).await?;
            let until = sent.expires_at.format("%Y-%m-%d");
            let roles = if sent.roles.is_empty() { "a member".to_owned() } else { sent.roles.join(", ") };
            let text =
                format!("{email} is invited to {} as {roles} until {until}: {}", sent.organisation_name, sent.id);
            output::value(output, &text, &sent)?;
        }
        Command::Invitations { id, .. } => {
            let found = match id {
                Some(id) => {
                    let id = id.id(calls).await?;
                    all(calls, &format!("{}/invitations", path(id))).await?
                }
                None => calls.get::<OrganisationInvitationList>(INVITED).await?.items,
            };
            output::rows(output, &found, &["ID", "ORGANISATION", "EMAIL", "ROLES INSIDE", "UNTIL"], |one| {
                let until = one.expires_at.format("%Y-%m-%d").to_string();
                let (name, email) = (one.organisation_name.clone(), one.email.as_str().to_owned());
                vec![one.id.to_string(), name, email, one.roles.join(","), until]
            })?;
        }
        Command::Withdraw { id, invitation, .. } => {
            let id = id.id(calls).await?;
            calls.delete(&format!("{}/invitations/{invitation}", path(id))).await?;
            done(output, "Nobody can accept it.", id)?;
        }
        Command::Accept { invitation, .. } => {
            calls.post::<serde_json::Value>(&format!("{INVITED}/{invitation}"), &json!({})).await?;
            let text = "You belong to it. `orion organisation list` names it, `orion organisation use` acts for it.";
            output::value(output, text, &json!({ "invitation_id": invitation }))?;
        }
        Command::Decline { invitation, .. } => {
            calls.delete(&format!("{INVITED}/{invitation}")).await?;
            output::value(output, "It is declined.", &json!({ "invitation_id": invitation }))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn path(id: OrganisationId) -> String {
    format!("{ORGANISATIONS}/{id}")
}

fn done(output: Output, text: &str, id: OrganisationId) -> Result<(), Failure> {
    output::value(output, text, &json!({ "organisation_id": id }))
}

fn shown(output: Output, organisation: &Organisation) -> Result<(), Failure> {
    let mut lines = vec![format!("{}: {} ({})", organisation.id, organisation.name, organisation.slug)];
    lines.extend(organisation.description.clone());
    output::value(output, &lines.join("\n"), organisation)
}
