//! `orion session`: where somebody is signed in, and ending it.

use super::At;
use super::calls::Calls;
use super::refusals::listed;
use super::who::{Account, Who};
use crate::cli::{Failure, Output, output};
use clap::{ArgGroup, Subcommand};
use orion_contracts::SessionId;
use orion_contracts::auth::{Session, SessionList, SessionsEnded};
use serde_json::json;
use std::process::ExitCode;

/// Where one's own sessions are.
const OWN: &str = "/api/v1/auth/sessions";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the sessions of an account that are alive: one's own, when no user is named.
    List {
        /// A user's, by e-mail address or id; one's own when no user is named.
        #[arg(long, value_name = "EMAIL|ID")]
        user: Option<Who>,
        #[command(flatten)]
        at: At,
    },
    /// End one session, all others, or all of them.
    #[command(group = ArgGroup::new("which").required(true).args(["session", "others", "all"]))]
    End {
        /// The session's id, as `orion session list` shows it.
        #[arg(value_name = "SESSION")]
        session: Option<SessionId>,
        /// All of one's own but the one of this command.
        #[arg(long, conflicts_with = "user")]
        others: bool,
        /// All of them, that of this command as well.
        #[arg(long)]
        all: bool,
        /// A user's, by e-mail address or id; one's own when no user is named.
        #[arg(long, value_name = "EMAIL|ID")]
        user: Option<Who>,
        #[command(flatten)]
        at: At,
    },
}

impl Command {
    pub(super) fn at(&self) -> &At {
        let (Self::List { at, .. } | Self::End { at, .. }) = self;
        at
    }

    /// Who is meant, where it is not about oneself.
    fn user(&self) -> Option<&Who> {
        let (Self::List { user, .. } | Self::End { user, .. }) = self;
        user.as_ref()
    }
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    let account = Account::of(calls, command.user(), OWN, "sessions").await?;
    listed(account.told(carry_out(calls, command, &account.path, output).await), &account.list("session"))
}

async fn carry_out(calls: &mut Calls, command: &Command, path: &str, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::List { .. } => {
            let sessions: SessionList = calls.get(path).await?;
            output::rows(output, &sessions.items, &["SESSION", "DEVICE", "ADDRESS", "CLASS", "USED", "UNTIL"], row)?;
        }
        Command::End { session: Some(id), .. } => {
            calls.delete(&format!("{path}/{id}")).await?;
            output::value(output, &format!("The session {id} has ended."), &json!({ "session_id": id }))?;
        }
        Command::End { session: None, others, .. } => {
            let query = if *others { "?keep_current=true" } else { "" };
            let ended: SessionsEnded = calls.end(&format!("{path}{query}")).await?;
            let text = match ended.ended {
                1 => "1 session has ended.".to_owned(),
                number => format!("{number} sessions have ended."),
            };
            output::value(output, &text, &ended)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn row(session: &Session) -> Vec<String> {
    let current = if session.is_current { " (this one)" } else { "" };
    let acting = session.actor.as_ref().map(|actor| {
        let who = actor.email.as_ref().map_or_else(|| actor.user_id.to_string(), ToString::to_string);
        format!(" ({who} acts as them: {})", actor.reason)
    });
    vec![
        session.id.to_string(),
        format!("{}{current}{}", session.device, acting.unwrap_or_default()),
        session.ip_address.clone().unwrap_or_default(),
        session.acr.clone(),
        session.last_used_at.format(output::TIME).to_string(),
        session.expires_at.format(output::TIME).to_string(),
    ]
}
