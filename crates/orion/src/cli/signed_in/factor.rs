//! `orion factor`: second factors, one's own and those of others.

use super::calls::Calls;
use super::{At, prompt};
use crate::cli::{Failure, Output, output};
use clap::Subcommand;
use orion_contracts::auth::{BackupCodes, ConfirmTotp, ResetTwoFactor, TotpEnrolment, TwoFactorStatus};
use orion_contracts::{Secret, UserId};
use serde_json::json;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show the second factor of an account: one's own, when no user is named.
    Show {
        /// The user's id.
        #[arg(long, value_name = "ID")]
        user: Option<UserId>,
        #[command(flatten)]
        at: At,
    },
    /// Set up an authenticator app: shows the key, asks for a code, and prints backup codes.
    Enrol {
        #[command(flatten)]
        at: At,
    },
    /// Make new backup codes; the old ones are void.
    Codes {
        #[command(flatten)]
        at: At,
    },
    /// Turn one's own authenticator app off.
    Off {
        #[command(flatten)]
        at: At,
    },
    /// Take the second factor of a user away who has lost it.
    Reset {
        /// The user's id.
        user: UserId,
        /// Why; it stands in the audit log.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        at: At,
    },
}

impl Command {
    pub(super) fn at(&self) -> &At {
        match self {
            Self::Show { at, .. }
            | Self::Enrol { at }
            | Self::Codes { at }
            | Self::Off { at }
            | Self::Reset { at, .. } => at,
        }
    }
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::Show { user, .. } => {
            let path = match user {
                Some(id) => format!("/api/v1/auth/admin/users/{id}/two-factor"),
                None => "/api/v1/auth/two-factor".to_owned(),
            };
            let status: TwoFactorStatus = calls.get(&path).await?;
            output::value(output, &words(&status), &status)?;
        }
        Command::Enrol { .. } => {
            let shown: TotpEnrolment = calls.post("/api/v1/auth/two-factor/totp", &json!({})).await?;
            prompt::say(&format!("Type this key into an authenticator app:\n  {}", shown.secret.expose()));
            let code = Secret::new(prompt::ask_secret("Code that the app shows")?.as_str());
            let confirm = ConfirmTotp { code, end_other_sessions: false };
            let codes: BackupCodes = calls.post("/api/v1/auth/two-factor/totp/confirm", &confirm).await?;
            shown_once(output, &codes)?;
        }
        Command::Codes { .. } => {
            let codes: BackupCodes = calls.post("/api/v1/auth/two-factor/backup-codes", &json!({})).await?;
            shown_once(output, &codes)?;
        }
        Command::Off { .. } => {
            calls.delete("/api/v1/auth/two-factor/totp").await?;
            output::value(output, "The second factor is off.", &json!({ "enabled": false }))?;
        }
        Command::Reset { user, reason, .. } => {
            let path = format!("/api/v1/auth/admin/users/{user}/two-factor/reset");
            calls.post::<serde_json::Value>(&path, &ResetTwoFactor { reason: reason.clone() }).await?;
            let text = format!("The second factor of {user} is taken away.");
            output::value(output, &text, &json!({ "user_id": user, "enabled": false }))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn shown_once(output: Output, codes: &BackupCodes) -> Result<(), Failure> {
    let lines: String = codes.codes.iter().map(|code| format!("\n  {}", code.expose())).collect();
    output::value(
        output,
        &format!("Keep these backup codes; each is good once, and they are not shown again:{lines}"),
        codes,
    )
}

/// What somebody has, in words.
pub(super) fn words(status: &TwoFactorStatus) -> String {
    let demanded = if status.required { "; a role demands one" } else { "" };
    let used = status.last_used_at.map_or("never used".to_owned(), |at| format!("last used {at}"));
    let codes = format!("{} backup codes left{demanded}", status.backup_codes_left);
    match (status.totp_since, status.passkeys) {
        (None, 0) => format!("no second factor{demanded}"),
        (Some(since), 0) => format!("authenticator app since {since}, {used}; {codes}"),
        (None, passkeys) => format!("{passkeys} passkeys, {used}; {codes}"),
        (Some(since), passkeys) => format!("authenticator app since {since} and {passkeys} passkeys, {used}; {codes}"),
    }
}
