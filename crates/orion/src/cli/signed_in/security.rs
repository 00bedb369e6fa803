//! `orion security`: what happened to accounts, and what delays tries.

use super::At;
use super::calls::Calls;
use crate::cli::{Failure, Output, output};
use clap::{Args, Subcommand};
use orion_contracts::auth::{LoginAttempt, LoginAttemptStatus, SecurityEvent, Throttle};
use orion_contracts::{Page, ThrottleId, UserId};
use serde_json::json;
use std::process::ExitCode;

/// Whose, and how many.
#[derive(Args, Clone)]
pub(crate) struct Which {
    /// Those of a user, by id.
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    user: Option<UserId>,
    /// Those of everybody; one's own when neither is named.
    #[arg(long)]
    all: bool,
    /// How many, newest first.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    #[command(flatten)]
    at: At,
}

impl Which {
    fn path(&self, what: &str) -> String {
        let limit = self.limit;
        match (self.user, self.all) {
            (Some(id), _) => format!("/api/v1/auth/admin/{what}?user_id={id}&limit={limit}"),
            (None, true) => format!("/api/v1/auth/admin/{what}?limit={limit}"),
            (None, false) => format!("/api/v1/auth/{what}?limit={limit}"),
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List security events: of one's own account, of a user's, or of all.
    Events(Which),
    /// List sign-ins, also those that failed: to one's own account, to a user's, or to all.
    Attempts(Which),
    /// List the throttles that delay tries: after failures in a row, and of what was done too often.
    Throttles {
        #[command(flatten)]
        at: At,
    },
    /// Lift a throttle: the next try counts at once.
    Lift {
        /// The throttle's id, as `orion security throttles` shows it.
        throttle: ThrottleId,
        #[command(flatten)]
        at: At,
    },
}

impl Command {
    pub(super) fn at(&self) -> &At {
        match self {
            Self::Events(which) | Self::Attempts(which) => &which.at,
            Self::Throttles { at } | Self::Lift { at, .. } => at,
        }
    }
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::Events(which) => {
            let page: Page<SecurityEvent> = calls.get(&which.path("security-events")).await?;
            output::rows(output, &page.items, &["WHEN", "SEVERITY", "KIND", "USER", "ADDRESS", "WHAT"], event)?;
        }
        Command::Attempts(which) => {
            let page: Page<LoginAttempt> = calls.get(&which.path("login-attempts")).await?;
            output::rows(output, &page.items, &["WHEN", "STATUS", "METHOD", "USER", "ADDRESS", "WHY"], attempt)?;
        }
        Command::Throttles { .. } => {
            let page: Page<Throttle> = calls.get("/api/v1/auth/admin/throttles?limit=200").await?;
            output::rows(output, &page.items, &["THROTTLE", "POLICY", "USER", "COUNT", "UNTIL"], throttle)?;
        }
        Command::Lift { throttle, .. } => {
            calls.delete(&format!("/api/v1/auth/admin/throttles/{throttle}")).await?;
            output::value(output, "It is lifted: the next try counts.", &json!({ "throttle_id": throttle }))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn whose(id: Option<UserId>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

fn event(event: &SecurityEvent) -> Vec<String> {
    vec![
        event.occurred_at.format(output::TIME).to_string(),
        event.severity.clone(),
        event.kind.clone(),
        whose(event.user_id),
        event.ip_address.clone().unwrap_or_default(),
        event.title.clone(),
    ]
}

fn attempt(attempt: &LoginAttempt) -> Vec<String> {
    let status = match attempt.status {
        LoginAttemptStatus::Success => "success",
        LoginAttemptStatus::Failed => "failed",
        LoginAttemptStatus::Blocked => "blocked",
        LoginAttemptStatus::Suspicious => "suspicious",
    };
    vec![
        attempt.attempted_at.format(output::TIME).to_string(),
        status.to_owned(),
        attempt.method.clone(),
        whose(attempt.user_id),
        attempt.ip_address.clone().unwrap_or_default(),
        attempt.reason.clone().unwrap_or_default(),
    ]
}

fn throttle(throttle: &Throttle) -> Vec<String> {
    vec![
        throttle.id.to_string(),
        throttle.policy.clone(),
        whose(throttle.user_id),
        throttle.failures.to_string(),
        throttle.blocked_until.map(|at| at.format(output::TIME).to_string()).unwrap_or_default(),
    ]
}
