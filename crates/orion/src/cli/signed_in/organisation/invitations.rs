//! Invitations to an organisation, of whoever invites and of who is invited.

use super::super::At;
use super::super::calls::Calls;
use super::super::lists::all;
use super::super::prompt::Sure;
use super::super::role::role_name;
use super::super::which::Which;
use super::super::words::{ROLES, meant};
use super::{done, path};
use crate::cli::{Failure, Output, output};
use clap::Subcommand;
use orion_contracts::organisations::{InviteMember, OrganisationInvitation, OrganisationInvitationList};
use orion_contracts::{Email, OrganisationInvitationId};
use serde_json::json;

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
        /// The invitation, by the id that `orion organisation invitations` shows.
        #[arg(value_name = "INVITATION")]
        invitation: OrganisationInvitationId,
        #[command(flatten)]
        sure: Sure,
        #[command(flatten)]
        at: At,
    },
    /// Accept an invitation to you.
    Accept {
        /// The invitation, by the id that `orion organisation invitations` shows.
        #[arg(value_name = "INVITATION")]
        invitation: OrganisationInvitationId,
        #[command(flatten)]
        at: At,
    },
    /// Decline an invitation to you.
    Decline {
        /// The invitation, by the id that `orion organisation invitations` shows.
        #[arg(value_name = "INVITATION")]
        invitation: OrganisationInvitationId,
        #[command(flatten)]
        at: At,
    },
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
        Command::Withdraw { id: which, invitation, sure, .. } => {
            let id = which.id(calls).await?;
            sure.ask_where_possible(&format!("Nobody can accept the invitation {invitation} to {which} any more"))?;
            calls.delete(&format!("{}/invitations/{invitation}", path(id))).await?;
            done(output, &format!("The invitation to {which} is withdrawn: nobody can accept it any more."), id)?;
        }
        Command::Accept { invitation, .. } => {
            calls.post::<serde_json::Value>(&format!("{INVITED}/{invitation}"), &json!({})).await?;
            let text =
                "You belong to it now. `orion organisation list` names it, `orion organisation use SLUG` acts for it.";
            output::value(output, text, &json!({ "invitation_id": invitation }))?;
        }
        Command::Decline { invitation, .. } => {
            calls.delete(&format!("{INVITED}/{invitation}")).await?;
            output::value(output, "The invitation is declined.", &json!({ "invitation_id": invitation }))?;
        }
    }
    Ok(())
}
