//! `orion keys`: the keys that sign access tokens.

use super::At;
use super::calls::Calls;
use crate::cli::{Failure, Output, output};
use clap::Subcommand;
use orion_contracts::Page;
use orion_contracts::auth::{SigningKey, SigningKeyState};
use serde_json::json;
use std::process::ExitCode;

const KEYS: &str = "/api/v1/auth/admin/keys";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the signing keys, newest first.
    List {
        #[command(flatten)]
        at: At,
    },
    /// Publish the next key, which signs ten minutes later; nobody is signed out by it.
    Rotate {
        #[command(flatten)]
        at: At,
    },
}

impl Command {
    pub(super) fn at(&self) -> &At {
        let (Self::List { at } | Self::Rotate { at }) = self;
        at
    }
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    let keys: Page<SigningKey> = match command {
        Command::List { .. } => calls.get(KEYS).await?,
        Command::Rotate { .. } => calls.post(&format!("{KEYS}/rotate"), &json!({})).await?,
    };
    output::rows(output, &keys.items, &["KEY", "STATE", "MADE", "SIGNS FROM", "SIGNS UNTIL"], row)?;
    Ok(ExitCode::SUCCESS)
}

fn row(key: &SigningKey) -> Vec<String> {
    let state = match key.state {
        SigningKeyState::Next => "next",
        SigningKeyState::Signing => "signing",
        SigningKeyState::Verifying => "verifying",
        SigningKeyState::Retired => "retired",
    };
    vec![
        key.id.clone(),
        state.to_owned(),
        key.created_at.format(output::TIME).to_string(),
        key.signs_from.format(output::TIME).to_string(),
        key.signs_until.map(|at| at.format(output::TIME).to_string()).unwrap_or_default(),
    ]
}
