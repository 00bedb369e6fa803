//! `orion service-account`: subjects that are programs.

use super::At;
use super::calls::Calls;
use super::lists::all;
use super::prompt::Sure;
use super::refusals::listed;
use super::which::{self, Program, SERVICE_ACCOUNTS, Which};
use super::words::cleared;
use crate::cli::{Failure, Output, output};
use clap::{Args, Subcommand};
use orion_contracts::service_accounts::{CreateServiceAccount, ServiceAccount, UpdateServiceAccount};
use orion_contracts::{OrganisationId, UserId};
use serde_json::json;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// What shows their ids.
const LIST: &str = "orion service-account list";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List service accounts, the newest first.
    List {
        #[command(flatten)]
        at: At,
    },
    /// Show a service account.
    Show {
        /// The service account, by its id or name.
        #[arg(value_name = "ID|NAME")]
        id: Program,
        #[command(flatten)]
        at: At,
    },
    /// Make a service account. `orion permission give` gives it what it may, and `orion apikey create --service-account` a key.
    Create {
        /// What it is called.
        #[arg(value_name = "NAME")]
        name: String,
        /// What it is for.
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        /// The organisation that it belongs to.
        #[arg(long, value_name = "ID|SLUG")]
        organisation: Option<Which>,
        #[command(flatten)]
        at: At,
    },
    /// Change what a service account is called and for. What is not named stays.
    Edit {
        /// The service account, by its id or name.
        #[arg(value_name = "ID|NAME")]
        id: Program,
        #[command(flatten)]
        edit: Edit,
        #[command(flatten)]
        at: At,
    },
    /// Have none of its keys taken, until it is enabled.
    Disable {
        /// The service account, by its id or name.
        #[arg(value_name = "ID|NAME")]
        id: Program,
        #[command(flatten)]
        at: At,
    },
    /// Have its keys taken again.
    Enable {
        /// The service account, by its id or name.
        #[arg(value_name = "ID|NAME")]
        id: Program,
        #[command(flatten)]
        at: At,
    },
    /// Delete a service account, and its keys with it.
    Delete {
        /// The service account, by its id or name.
        #[arg(value_name = "ID|NAME")]
        id: Program,
        #[command(flatten)]
        sure: Sure,
        #[command(flatten)]
        at: At,
    },
}

/// What of a service account is to be changed.
#[derive(Args)]
#[group(id = "edit-service-account", required = true, multiple = true)]
pub(crate) struct Edit {
    /// What it is called.
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// What it is for; empty for nothing.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

impl Command {
    pub(super) fn at(&self) -> &At {
        match self {
            Self::List { at }
            | Self::Show { at, .. }
            | Self::Create { at, .. }
            | Self::Edit { at, .. }
            | Self::Disable { at, .. }
            | Self::Enable { at, .. }
            | Self::Delete { at, .. } => at,
        }
    }
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::List { .. } => {
            let accounts: Vec<ServiceAccount> = all(calls, SERVICE_ACCOUNTS).await?;
            output::rows(output, &accounts, &["ID", "NAME", "STATE", "ROLES"], |account| {
                let roles = account.roles.join(",");
                vec![account.id.to_string(), account.name.clone(), state(account).to_owned(), roles]
            })?;
        }
        Command::Show { id, .. } => {
            let id = id.id(calls).await?;
            let account: ServiceAccount = listed(calls.get(&path(id)).await, LIST)?;
            show(calls, output, &account).await?;
        }
        Command::Create { name, description, organisation, .. } => {
            let request = CreateServiceAccount {
                name: name.clone(),
                description: description.clone(),
                organisation_id: which::id_of(calls, organisation.as_ref()).await?,
            };
            let account: ServiceAccount = calls.post(SERVICE_ACCOUNTS, &request).await?;
            show(calls, output, &account).await?;
        }
        Command::Edit { id, edit, .. } => {
            let description = cleared(edit.description.as_ref());
            let request = UpdateServiceAccount { name: edit.name.clone(), description, is_active: None };
            change(calls, id, &request, output).await?;
        }
        Command::Disable { id, .. } => switch(calls, id, false, output).await?,
        Command::Enable { id, .. } => switch(calls, id, true, output).await?,
        Command::Delete { id, sure, .. } => {
            let id = id.id(calls).await?;
            let account: ServiceAccount = listed(calls.get(&path(id)).await, LIST)?;
            sure.ask(&format!("The service account {} and its keys end for good", account.name), &account.name)?;
            calls.delete(&path(id)).await?;
            output::value(
                output,
                &format!("The service account {} is deleted.", account.name),
                &json!({ "id": id, "deleted": true }),
            )?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn path(id: UserId) -> String {
    format!("{SERVICE_ACCOUNTS}/{id}")
}

async fn switch(calls: &mut Calls, id: &Program, is_active: bool, output: Output) -> Result<(), Failure> {
    let request = UpdateServiceAccount { is_active: Some(is_active), ..UpdateServiceAccount::default() };
    change(calls, id, &request, output).await
}

async fn change(calls: &mut Calls, id: &Program, by: &UpdateServiceAccount, output: Output) -> Result<(), Failure> {
    let id = id.id(calls).await?;
    let account: ServiceAccount = listed(calls.change(&path(id), by).await, LIST)?;
    show(calls, output, &account).await
}

fn state(account: &ServiceAccount) -> &'static str {
    if account.is_active { "active" } else { "disabled" }
}

async fn show(calls: &mut Calls, output: Output, account: &ServiceAccount) -> Result<(), Failure> {
    let slugs = which::slugs(calls, account.organisation_id.into_iter()).await?;
    output::value(output, &shown(account, &slugs), account)
}

fn shown(account: &ServiceAccount, slugs: &BTreeMap<OrganisationId, String>) -> String {
    let roles = if account.roles.is_empty() { "no role".to_owned() } else { account.roles.join(", ") };
    let mut lines =
        vec![format!("{}: {} ({})", account.id, account.name, state(account)), format!("It holds {roles}.")];
    lines.extend(
        account.organisation_id.map(|id| format!("It belongs to the organisation {}.", which::called(slugs, id))),
    );
    lines.push(format!("Made {}.", account.created_at.format(output::TIME)));
    lines.extend(account.description.clone());
    lines.join("\n")
}
