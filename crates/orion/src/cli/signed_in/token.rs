//! `orion token`: the access token of a sign-in, for scripts and other programs.

use super::At;
use super::calls::Calls;
use crate::cli::{Failure, Output, output};
use clap::Subcommand;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print an access token that the platform takes, refreshed when it is stale, such as: curl -H "authorization: Bearer $(orion token print)" …
    Print {
        #[command(flatten)]
        at: At,
    },
    /// Show what the access token says, and that the platform takes it.
    Show {
        #[command(flatten)]
        at: At,
    },
}

impl Command {
    pub(super) fn at(&self) -> &At {
        let (Self::Print { at } | Self::Show { at }) = self;
        at
    }
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::Print { .. } => {
            calls.check().await?;
            let token = calls.token().expose();
            output::value(output, token, &json!({ "access_token": token, "url": calls.url() }))?;
        }
        Command::Show { .. } => {
            let taken = calls.get::<Value>("/api/v1/users/me").await?;
            let claims = claims(calls.token().expose()).ok_or("the access token is no JWT")?;
            let name = taken["email"].as_str().unwrap_or_default();
            let really = calls.really().or_else(|| claims["act"]["sub"].as_str());
            let whose = really.map_or_else(|| name.to_owned(), |really| format!("{really} as {name}"));
            let text =
                format!("{} takes it, as that of {whose}:\n{}", calls.url(), serde_json::to_string_pretty(&claims)?);
            output::value(output, &text, &claims)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What a JWT says, not looked at any further: the platform has.
pub(super) fn claims(token: &str) -> Option<Value> {
    use base64::Engine;
    let payload = token.split('.').nth(1)?;
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}
