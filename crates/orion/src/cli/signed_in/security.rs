//! `orion security`: what happened to accounts, and what delays tries.

use super::At;
use super::calls::Calls;
use crate::cli::{Failure, Output, output};
use clap::{Args, Subcommand};
use orion_contracts::auth::{AccountOwner, LoginAttempt, LoginAttemptStatus, SecurityEvent, Throttle};
use orion_contracts::{Email, Page, ThrottleId, UserId};
use serde_json::json;
use std::process::ExitCode;

/// Whose, when, and how many.
#[derive(Args, Clone)]
pub(crate) struct Which {
    /// Those of a user, by id.
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    user: Option<UserId>,
    /// Those of whoever signs in by this address.
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["all", "user"])]
    email: Option<Email>,
    /// Those of everybody; one's own when nobody is named.
    #[arg(long)]
    all: bool,
    /// From this moment on, such as 2030-01-31T12:00:00Z.
    #[arg(long, value_name = "MOMENT")]
    since: Option<String>,
    /// Before this moment.
    #[arg(long, value_name = "MOMENT")]
    until: Option<String>,
    /// How many, newest first.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    #[command(flatten)]
    at: At,
}

impl Which {
    /// Where they are listed. One's own are listed whole: who narrows them asks of somebody, or of all.
    fn path(&self, what: &str, filters: &[(&str, Option<String>)]) -> Result<String, Failure> {
        let common = [
            ("user_id", self.user.map(|id| id.to_string())),
            ("email", self.email.as_ref().map(|email| email.as_str().to_owned())),
            ("since", self.since.clone()),
            ("until", self.until.clone()),
        ];
        let given = common.iter().chain(filters).filter_map(|(name, value)| Some((*name, value.as_deref()?)));
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(given.clone())
            .append_pair("limit", &self.limit.to_string())
            .finish();
        let of_others = self.all || self.user.is_some() || self.email.is_some();
        match (of_others, given.count()) {
            (true, _) => Ok(format!("/api/v1/auth/admin/{what}?{query}")),
            (false, 0) => Ok(format!("/api/v1/auth/{what}?{query}")),
            (false, _) => Err("a list is narrowed with --all, --user or --email; one's own is shown whole".into()),
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List security events: of one's own account, of a user's, or of all.
    Events {
        /// Only of this kind, such as login.new_device.
        #[arg(long)]
        kind: Option<String>,
        /// Only of this severity: low, medium or high.
        #[arg(long)]
        severity: Option<String>,
        #[command(flatten)]
        which: Which,
    },
    /// List sign-ins, also those that failed: to one's own account, to a user's, or to all.
    Attempts {
        /// Only those that went so: success, failed, blocked or suspicious.
        #[arg(long)]
        status: Option<String>,
        /// Only those that failed by this: wrong_credentials, wrong_step, may_not_sign_in or too_many_failures.
        #[arg(long)]
        failure: Option<String>,
        /// Only by exactly this method, such as password or password+totp.
        #[arg(long)]
        method: Option<String>,
        /// Only from this address.
        #[arg(long, value_name = "IP")]
        address: Option<String>,
        #[command(flatten)]
        which: Which,
    },
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
            Self::Events { which, .. } | Self::Attempts { which, .. } => &which.at,
            Self::Throttles { at } | Self::Lift { at, .. } => at,
        }
    }
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::Events { kind, severity, which } => {
            let path = which.path("security-events", &[("kind", kind.clone()), ("severity", severity.clone())])?;
            let page: Page<SecurityEvent> = calls.get(&path).await?;
            output::rows(output, &page.items, &["WHEN", "SEVERITY", "KIND", "USER", "ADDRESS", "WHAT"], event)?;
        }
        Command::Attempts { status, failure, method, address, which } => {
            let filters = [
                ("status", status.clone()),
                ("failure", failure.clone()),
                ("method", method.clone()),
                ("ip_address", address.clone()),
            ];
            let page: Page<LoginAttempt> = calls.get(&which.path("login-attempts", &filters)?).await?;
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

/// By the address where it is told, otherwise by the id.
fn whose(id: Option<UserId>, owner: Option<&AccountOwner>) -> String {
    match owner.and_then(|owner| owner.email.as_ref()) {
        Some(email) => email.as_str().to_owned(),
        None => id.map(|id| id.to_string()).unwrap_or_default(),
    }
}

fn event(event: &SecurityEvent) -> Vec<String> {
    vec![
        event.occurred_at.format(output::TIME).to_string(),
        event.severity.clone(),
        event.kind.clone(),
        whose(event.user_id, event.owner.as_ref()),
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
        whose(attempt.user_id, attempt.owner.as_ref()),
        attempt.ip_address.clone().unwrap_or_default(),
        attempt.reason.clone().unwrap_or_default(),
    ]
}

fn throttle(throttle: &Throttle) -> Vec<String> {
    vec![
        throttle.id.to_string(),
        throttle.policy.clone(),
        whose(throttle.user_id, throttle.owner.as_ref()),
        throttle.failures.to_string(),
        throttle.blocked_until.map(|at| at.format(output::TIME).to_string()).unwrap_or_default(),
    ]
}
