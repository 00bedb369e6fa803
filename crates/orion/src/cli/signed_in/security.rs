//! `orion security`: what happened to accounts, and what delays tries.

use super::At;
use super::arguments::{since, until};
use super::calls::Calls;
use super::refusals::{listed, status_of};
use super::who::{self, Who};
use super::words::one_of;
use crate::cli::{Failure, Output, output};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use orion_contracts::auth::{
    AccountOwner, LoginAttempt, LoginAttemptStatus, LoginFailure, SecurityEvent, SecurityEventKind, Severity, Throttle,
};
use orion_contracts::{Page, ThrottleId, UserId};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::net::IpAddr;
use std::process::ExitCode;

/// Whose, when, and how many.
#[derive(Args, Clone)]
pub(crate) struct Which {
    /// A user's, by e-mail address or id; one's own when no user is named.
    #[arg(long, alias = "email", value_name = "EMAIL|ID", conflicts_with = "all")]
    user: Option<Who>,
    /// Those of everybody.
    #[arg(long)]
    all: bool,
    /// From this moment on, such as 2030-01-31 or 2030-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<DateTime<Utc>>,
    /// Before this moment.
    #[arg(long, value_name = "TIME", value_parser = until)]
    until: Option<DateTime<Utc>>,
    /// How many, newest first.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    #[command(flatten)]
    at: At,
}

impl Which {
    /// Where they are listed. One's own are listed whole: who narrows them asks of somebody, or of all.
    fn path(&self, user: Option<UserId>, what: &str, filters: &[(&str, Option<&str>)]) -> Result<String, Failure> {
        let user = user.map(|id| id.to_string());
        let [since, until] = [self.since, self.until].map(|moment| moment.map(|moment| moment.to_rfc3339()));
        let common = [("user_id", user.as_deref()), ("since", since.as_deref()), ("until", until.as_deref())];
        let given = common.iter().chain(filters).filter_map(|(name, value)| Some((*name, (*value)?)));
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(given.clone())
            .append_pair("limit", &self.limit.to_string())
            .finish();
        let of_others = self.all || self.user.is_some();
        match (of_others, given.count()) {
            (true, _) => Ok(format!("/api/v1/auth/admin/{what}?{query}")),
            (false, 0) => Ok(format!("/api/v1/auth/{what}?{query}")),
            (false, _) => Err("a list is narrowed with --all or --user; one's own is shown whole".into()),
        }
    }

    /// What is listed there. Where nothing is, it may be that nobody has the id that was named.
    async fn list<T: DeserializeOwned>(
        &self,
        calls: &mut Calls,
        what: &str,
        filters: &[(&str, Option<&str>)],
    ) -> Result<Vec<T>, Failure> {
        let user = who::id_of(calls, self.user.as_ref()).await?;
        let page: Page<T> = calls.get(&self.path(user, what, filters)?).await?;
        if let (true, Some(who @ Who::Id(_))) = (page.items.is_empty(), &self.user) {
            match who.user(calls).await {
                Err(failure) if status_of(&failure) != Some(403) => return Err(failure),
                _ => {}
            }
        }
        Ok(page.items)
    }
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List security events: of one's own account, of a user's, or of all.
    Events {
        /// Only of this kind.
        #[arg(long, value_parser = one_of(SecurityEventKind::ALL, SecurityEventKind::as_str))]
        kind: Option<SecurityEventKind>,
        /// Only of this severity.
        #[arg(long, value_parser = one_of(Severity::ALL, Severity::as_str))]
        severity: Option<Severity>,
        #[command(flatten)]
        which: Which,
    },
    /// List sign-ins, also those that failed: to one's own account, to a user's, or to all.
    Attempts {
        /// Only those that went so.
        #[arg(long, value_parser = one_of(LoginAttemptStatus::ALL, LoginAttemptStatus::as_str))]
        status: Option<LoginAttemptStatus>,
        /// Only those that failed by this.
        #[arg(long, value_parser = one_of(LoginFailure::ALL, LoginFailure::as_str))]
        failure: Option<LoginFailure>,
        /// Only by exactly this method, such as password or password+totp.
        #[arg(long)]
        method: Option<String>,
        /// Only from this address.
        #[arg(long, value_name = "IP")]
        address: Option<IpAddr>,
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
            let filters = [("kind", kind.map(SecurityEventKind::as_str)), ("severity", severity.map(Severity::as_str))];
            let events: Vec<SecurityEvent> = which.list(calls, "security-events", &filters).await?;
            output::rows(output, &events, &["WHEN", "SEVERITY", "KIND", "USER", "ADDRESS", "WHAT"], event)?;
        }
        Command::Attempts { status, failure, method, address, which } => {
            let address = address.map(|address| address.to_string());
            let filters = [
                ("status", status.map(LoginAttemptStatus::as_str)),
                ("failure", failure.map(LoginFailure::as_str)),
                ("method", method.as_deref()),
                ("ip_address", address.as_deref()),
            ];
            let attempts: Vec<LoginAttempt> = which.list(calls, "login-attempts", &filters).await?;
            output::rows(output, &attempts, &["WHEN", "STATUS", "METHOD", "USER", "ADDRESS", "WHY"], attempt)?;
        }
        Command::Throttles { .. } => {
            let page: Page<Throttle> = calls.get("/api/v1/auth/admin/throttles?limit=200").await?;
            output::rows(output, &page.items, &["THROTTLE", "POLICY", "USER", "COUNT", "UNTIL"], throttle)?;
        }
        Command::Lift { throttle, .. } => {
            let lifted = calls.delete(&format!("/api/v1/auth/admin/throttles/{throttle}")).await;
            listed(lifted, "orion security throttles")?;
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
    vec![
        attempt.attempted_at.format(output::TIME).to_string(),
        attempt.status.as_str().to_owned(),
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
