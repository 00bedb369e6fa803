//! `orion keys`: the keys that sign access tokens.

use super::At;
use super::calls::Calls;
use crate::cli::{Failure, Output, output};
use clap::Subcommand;
use orion_contracts::Page;
use orion_contracts::auth::{KeyRotation, KeyRotationOutcome, SigningKey, SigningKeyState};
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
    /// Publish the next key, which signs ten minutes later; nobody is signed out by it. Where one waits already nothing changes.
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
    let keys = match command {
        Command::List { .. } => calls.get::<Page<SigningKey>>(KEYS).await?.items,
        Command::Rotate { .. } => {
            let rotation: KeyRotation = calls.post(&format!("{KEYS}/rotate"), &json!({})).await?;
            output::note(&words(&rotation));
            rotation.items
        }
    };
    output::rows(output, &keys, &["KEY", "STATE", "MADE", "SIGNS FROM", "SIGNS UNTIL"], row)?;
    Ok(ExitCode::SUCCESS)
}

/// What was done, and when the next key begins to sign.
fn words(rotation: &KeyRotation) -> String {
    let signs_from = rotation.signs_from.format(output::TIME);
    match rotation.outcome {
        KeyRotationOutcome::Published => format!("The next key is published; it signs from {signs_from} on."),
        KeyRotationOutcome::AlreadyWaiting => {
            format!("Nothing changed: a next key waits already; it signs from {signs_from} on.")
        }
    }
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
