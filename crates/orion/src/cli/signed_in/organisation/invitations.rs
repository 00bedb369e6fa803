//! Invitations to an organisation, of whoever invites and of who is invited.

use super::super::At;
use super::super::calls::Calls;
use super::super::lists::all;
use super::super::prompt::Sure;
use super::super::role::role_name;
use super::super::which::{self, Which};
use super::super::words::{ROLES, besides, like, meant};
use super::{done, path};
use crate::cli::{Failure, Output, output};
use clap::Subcommand;
use orion_contracts::organisations::{InviteMember, OrganisationInvitation, OrganisationInvitationList};
use orion_contracts::{Email, OrganisationId, OrganisationInvitationId};
use serde_json::json;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

const INVITED: &str = "/api/v1/users/me/organisation-invitations";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Invite somebody by their address.
    Invite {
        /// The organisation, by its id or slug.
        #[arg(value_name = "ID|SLUG")]
        id: Which,
        /// Their e-mail address.
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
        /// The organisation, by its id or slug.
        #[arg(value_name = "ID|SLUG")]
        id: Which,
        /// The invitation, by its id, or by the address that was invited, as `orion organisation invitations` shows them.
        #[arg(value_name = "EMAIL|INVITATION")]
        invitation: Invited,
        #[command(flatten)]
        sure: Sure,
        #[command(flatten)]
        at: At,
    },
    /// Accept an invitation to you.
    Accept {
        /// The invitation, by its id, or by the name of the organisation, as `orion organisation invitations` shows them.
        #[arg(value_name = "ORGANISATION|INVITATION")]
        invitation: Invited,
        #[command(flatten)]
        at: At,
    },
    /// Decline an invitation to you.
    Decline {
        /// The invitation, by its id, or by the name of the organisation, as `orion organisation invitations` shows them.
        #[arg(value_name = "ORGANISATION|INVITATION")]
        invitation: Invited,
        #[command(flatten)]
        at: At,
    },
}

/// Which invitation is meant.
#[derive(Clone)]
pub(crate) enum Invited {
    /// By id.
    Id(OrganisationInvitationId),
    /// By whom, or by where to, it is.
    Named(String),
}

impl FromStr for Invited {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.parse().map_or_else(|_| Self::Named(text.trim().to_owned()), Self::Id))
    }
}

impl fmt::Display for Invited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Named(name) => name.fmt(f),
        }
    }
}

impl Invited {
    /// Its id. One that is named by it is not looked up.
    async fn id(
        &self,
        calls: &mut Calls,
        organisation: Option<(OrganisationId, &Which)>,
    ) -> Result<OrganisationInvitationId, Failure> {
        let name = match self {
            Self::Id(id) => return Ok(*id),
            Self::Named(name) => name,
        };
        let called = |one: &OrganisationInvitation| match organisation {
            Some(_) => one.email.to_string(),
            None => one.organisation_name.clone(),
        };
        let waiting = waiting(calls, organisation.map(|(id, _)| id)).await?;
        let found: Vec<_> = waiting.iter().filter(|one| called(one).to_lowercase() == name.to_lowercase()).collect();
        match found[..] {
            [one] => Ok(one.id),
            [] => {
                let meant = like(name, &waiting.iter().map(called).collect());
                let (said, list) = match organisation {
                    Some((_, which)) => {
                        (format!("{name} has no invitation to {which} that waits{meant}"), format!(" {which}"))
                    }
                    None => (format!("no invitation to {name} waits for you{meant}"), String::new()),
                };
                Err(besides(&said, &format!("`orion organisation invitations{list}` lists those that do")).into())
            }
            _ => {
                let ids: Vec<_> = found.iter().map(|one| one.id.to_string()).collect();
                Err(format!(
                    "several organisations called {name} invite you: name the invitation by its id, {}",
                    ids.join(", ")
                )
                .into())
            }
        }
    }
}

/// The invitations that wait: those of an organisation, or those of whoever calls.
async fn waiting(calls: &mut Calls, id: Option<OrganisationId>) -> Result<Vec<OrganisationInvitation>, Failure> {
    match id {
        Some(id) => all(calls, &format!("{}/invitations", path(id))).await,
        None => Ok(calls.get::<OrganisationInvitationList>(INVITED).await?.items),
    }
}

impl Command {
    pub(super) fn at(&self) -> &At {
        match self {
            Self::Invite { at, .. }
            | Self::Invitations { at, .. }
            | Self::Withdraw { at, .. }
            | Self::Accept { at, .. }
            | Self::Decline { at, .. } => at,
        }
    }
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Invite { id, email, roles, .. } => {
            let id = id.id(calls).await?;
            let order = InviteMember { email: email.clone(), roles: roles.clone(), locale: None };
            let sent = calls.post(&format!("{}/invitations", path(id)), &order).await;
            let sent: OrganisationInvitation = meant(calls, sent, roles, ROLES).await?;
            let until = sent.expires_at.format("%Y-%m-%d");
            let roles = if sent.roles.is_empty() { "a member".to_owned() } else { sent.roles.join(", ") };
            let text =
                format!("{email} is invited to {} as {roles} until {until}: {}", sent.organisation_name, sent.id);
            output::value(output, &text, &sent)?;
        }
        Command::Invitations { id, .. } => {
            let id = which::id_of(calls, id.as_ref()).await?;
            let found = waiting(calls, id).await?;
            output::rows(output, &found, &["ID", "ORGANISATION", "EMAIL", "ROLES INSIDE", "UNTIL"], |one| {
                let until = one.expires_at.format("%Y-%m-%d").to_string();
                let (name, email) = (one.organisation_name.clone(), one.email.as_str().to_owned());
                vec![one.id.to_string(), name, email, one.roles.join(","), until]
            })?;
        }
        Command::Withdraw { id: which, invitation, sure, .. } => {
            let id = which.id(calls).await?;
            let one = invitation.id(calls, Some((id, which))).await?;
            sure.ask_where_possible(&format!("Nobody can accept the invitation {invitation} to {which} any more"))?;
            calls.delete(&format!("{}/invitations/{one}", path(id))).await?;
            done(output, &format!("The invitation to {which} is withdrawn: nobody can accept it any more."), id)?;
        }
        Command::Accept { invitation, .. } => {
            let one = invitation.id(calls, None).await?;
            calls.post::<serde_json::Value>(&format!("{INVITED}/{one}"), &json!({})).await?;
            let text =
                "You belong to it now. `orion organisation list` names it, `orion organisation use SLUG` acts for it.";
            output::value(output, text, &json!({ "invitation_id": one }))?;
        }
        Command::Decline { invitation, .. } => {
            let one = invitation.id(calls, None).await?;
            calls.delete(&format!("{INVITED}/{one}")).await?;
            output::value(output, "The invitation is declined.", &json!({ "invitation_id": one }))?;
        }
    }
    Ok(())
}
