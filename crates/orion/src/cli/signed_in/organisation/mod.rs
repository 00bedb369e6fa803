//! `orion organisation`: organisations, who belongs to them, and for which of them one acts.

mod invitations;
mod members;

use super::At;
use super::calls::Calls;
use super::lists::all;
use super::prompt::Sure;
use super::refusals::listed;
use super::which::{ORGANISATIONS, OWN_ORGANISATIONS, Which};
use super::who::Who;
use super::words::{cleared, described};
use crate::cli::{Failure, Output, output};
use clap::{Args, Subcommand};
use orion_contracts::OrganisationId;
use orion_contracts::organisations::{
    CreateOrganisation, Membership, MembershipList, Organisation, UpdateOrganisation,
};
use serde_json::json;
use std::process::ExitCode;

/// What shows those that one may see.
const LIST: &str = "orion organisation list --all";

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
        /// The organisation, by its id or slug.
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
        /// The organisation, by its id or slug.
        #[arg(value_name = "ID|SLUG")]
        id: Which,
        #[command(flatten)]
        edit: Edit,
        #[command(flatten)]
        at: At,
    },
    /// Delete an organisation, with its service accounts and their keys. It is not restored.
    Delete {
        /// The organisation, by its id or slug.
        #[arg(value_name = "ID|SLUG")]
        id: Which,
        #[command(flatten)]
        sure: Sure,
        #[command(flatten)]
        at: At,
    },
    /// Act for an organisation from now on, so that what you hold inside it holds; or for none.
    Use {
        /// The organisation, by its id or slug. `none` is a value too: you act for no organisation from then on, and what you hold
        /// inside them does not count.
        #[arg(value_name = "ID|SLUG|none", required_unless_present = "none")]
        id: Option<Which>,
        /// Act for no organisation; the same as the value `none`.
        #[arg(long, conflicts_with = "id")]
        none: bool,
        #[command(flatten)]
        at: At,
    },
    /// Leave an organisation.
    Leave {
        /// The organisation, by its id or slug.
        #[arg(value_name = "ID|SLUG")]
        id: Which,
        #[command(flatten)]
        sure: Sure,
        #[command(flatten)]
        at: At,
    },
    #[command(flatten)]
    Members(members::Command),
    #[command(flatten)]
    Invitations(invitations::Command),
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

impl Command {
    pub(super) fn at(&self) -> &At {
        match self {
            Self::List { at, .. }
            | Self::Show { at, .. }
            | Self::Create { at, .. }
            | Self::Edit { at, .. }
            | Self::Delete { at, .. }
            | Self::Use { at, .. }
            | Self::Leave { at, .. } => at,
            Self::Members(command) => command.at(),
            Self::Invitations(command) => command.at(),
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
            let found = calls.get(&path).await;
            let found: MembershipList = found.map_err(|failure| match user {
                Some(user) => user.told(failure),
                None => failure,
            })?;
            output::rows(output, &found.items, &["ID", "NAME", "SLUG", "ROLES INSIDE"], |one: &Membership| {
                let organisation = &one.organisation;
                let (name, slug) = (organisation.name.clone(), organisation.slug.clone());
                vec![organisation.id.to_string(), name, slug, one.roles.join(",")]
            })?;
        }
        Command::Show { id, .. } => {
            let id = id.id(calls).await?;
            shown(output, &listed(calls.get(&path(id)).await, LIST)?)?;
        }
        Command::Create { name, slug, description, .. } => {
            let (name, slug, description) = (name.clone(), slug.clone(), description.clone());
            shown(output, &calls.post(ORGANISATIONS, &CreateOrganisation { name, slug, description }).await?)?;
        }
        Command::Edit { id, edit, .. } => {
            let id = id.id(calls).await?;
            let before: Organisation = listed(calls.get(&path(id)).await, LIST)?;
            let description = cleared(edit.description.as_ref());
            let request = UpdateOrganisation { name: edit.name.clone(), slug: edit.slug.clone(), description };
            shown(output, &calls.change_seen(&path(id), before.version, &request).await?)?;
        }
        Command::Delete { id, sure, .. } => {
            let id = id.id(calls).await?;
            let there: Organisation = listed(calls.get(&path(id)).await, LIST)?;
            let what =
                format!("{} ({}) ends for good, with its service accounts and their keys", there.name, there.slug);
            sure.ask(&what, &there.slug)?;
            calls.delete(&path(id)).await?;
            done(output, &format!("{} ({}) is deleted.", there.name, there.slug), id)?;
        }
        Command::Use { id, .. } => {
            let id = match id {
                Some(id) => id.id_or_none(calls).await?,
                None => None,
            };
            calls.act_for(id).await?;
            let text = match id {
                Some(id) => {
                    let own: MembershipList = calls.get(OWN_ORGANISATIONS).await?;
                    let named = own.items.into_iter().map(|one| one.organisation).find(|one| one.id == id);
                    let name = named.map_or_else(|| id.to_string(), |one| format!("{} ({})", one.name, one.slug));
                    format!("You act for {name} from now on.")
                }
                None => "You act for no organisation from now on.".to_owned(),
            };
            output::value(output, &text, &json!({ "organisation_id": id }))?;
        }
        Command::Leave { id: which, sure, .. } => {
            let id = which.id(calls).await?;
            sure.ask_where_possible(&format!("You lose what you hold inside {which}, and your keys for it"))?;
            calls.delete(&format!("{OWN_ORGANISATIONS}/{id}")).await?;
            done(output, &format!("You belong to {which} no more."), id)?;
        }
        Command::Members(command) => members::run(calls, command, output).await?,
        Command::Invitations(command) => invitations::run(calls, command, output).await?,
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
    let head = format!("{}: {} ({})", organisation.id, organisation.name, organisation.slug);
    described(output, head, organisation.description.as_ref(), organisation.created_at, organisation)
}
