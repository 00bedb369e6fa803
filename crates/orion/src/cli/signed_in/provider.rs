//! `orion provider`: identities at providers by which somebody signs in.

use super::At;
use super::calls::Calls;
use super::refusals::listed;
use super::who::{Account, Who};
use crate::cli::{Failure, Output, output};
use clap::Subcommand;
use orion_contracts::ProviderIdentityId;
use orion_contracts::auth::{ProviderIdentity, ProviderIdentityList};
use serde_json::json;
use std::process::ExitCode;

/// Where one's own identities are.
const OWN: &str = "/api/v1/auth/providers/linked";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the identities of an account: one's own, when no user is named.
    List {
        /// A user's, by e-mail address or id; one's own when no user is named.
        #[arg(long, value_name = "EMAIL|ID")]
        user: Option<Who>,
        #[command(flatten)]
        at: At,
    },
    /// Take an identity away; never the last way to sign in.
    Unlink {
        /// The identity's id, as `orion provider list` shows it.
        identity: ProviderIdentityId,
        /// A user's, by e-mail address or id; one's own when no user is named.
        #[arg(long, value_name = "EMAIL|ID")]
        user: Option<Who>,
        #[command(flatten)]
        at: At,
    },
}

impl Command {
    pub(super) fn at(&self) -> &At {
        let (Self::List { at, .. } | Self::Unlink { at, .. }) = self;
        at
    }

    /// Who is meant, where it is not about oneself.
    fn user(&self) -> Option<&Who> {
        let (Self::List { user, .. } | Self::Unlink { user, .. }) = self;
        user.as_ref()
    }
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    let account = Account::of(calls, command.user(), OWN, "providers").await?;
    listed(account.told(carry_out(calls, command, &account.path, output).await), &account.list("provider"))
}

async fn carry_out(calls: &mut Calls, command: &Command, path: &str, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::List { .. } => {
            let list: ProviderIdentityList = calls.get(path).await?;
            output::rows(output, &list.items, &["IDENTITY", "PROVIDER", "ADDRESS", "FIRST", "LINKED", "USED"], row)?;
        }
        Command::Unlink { identity, .. } => {
            calls.delete(&format!("{path}/{identity}")).await?;
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
