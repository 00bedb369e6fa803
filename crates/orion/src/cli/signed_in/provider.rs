//! `orion provider`: identities at providers by which somebody signs in.

use super::At;
use super::calls::Calls;
use crate::cli::{Failure, Output, output};
use clap::Subcommand;
use orion_contracts::auth::{ProviderIdentity, ProviderIdentityList};
use orion_contracts::{ProviderIdentityId, UserId};
use serde_json::json;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the identities of an account: one's own, when no user is named.
    List {
        /// The user's id.
        #[arg(long, value_name = "ID")]
        user: Option<UserId>,
        #[command(flatten)]
        at: At,
    },
    /// Take an identity away; never the last way to sign in.
    Unlink {
        /// The identity's id, as `orion provider list` shows it.
        identity: ProviderIdentityId,
        /// A user's, by id; one's own when no user is named.
        #[arg(long, value_name = "ID")]
        user: Option<UserId>,
        #[command(flatten)]
        at: At,
    },
}

impl Command {
    pub(super) fn at(&self) -> &At {
        let (Self::List { at, .. } | Self::Unlink { at, .. }) = self;
        at
    }
}

fn path(user: Option<&UserId>) -> String {
    user.map_or_else(
        || "/api/v1/auth/providers/linked".to_owned(),
        |id| format!("/api/v1/auth/admin/users/{id}/providers"),
    )
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::List { user, .. } => {
            let list: ProviderIdentityList = calls.get(&path(user.as_ref())).await?;
            output::rows(output, &list.items, &["IDENTITY", "PROVIDER", "ADDRESS", "FIRST", "LINKED", "USED"], row)?;
        }
        Command::Unlink { identity, user, .. } => {
            calls.delete(&format!("{}/{identity}", path(user.as_ref()))).await?;
            output::value(output, "The identity is taken away.", &json!({ "identity_id": identity }))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn row(identity: &ProviderIdentity) -> Vec<String> {
    vec![
        identity.id.to_string(),
        identity.label.clone(),
        identity.email.clone().unwrap_or_default(),
        if identity.is_primary { "yes" } else { "" }.to_owned(),
        identity.linked_at.format(output::TIME).to_string(),
        identity.last_used_at.map(|at| at.format(output::TIME).to_string()).unwrap_or_default(),
    ]
}
