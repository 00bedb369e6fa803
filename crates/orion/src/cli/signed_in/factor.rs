//! `orion factor`: second factors, one's own and those of others.

use super::calls::Calls;
use super::who::{Account, Who};
use super::{At, prompt};
use crate::cli::{Failure, Output, output};
use clap::Subcommand;
use orion_contracts::Secret;
use orion_contracts::auth::{BackupCodes, ConfirmTotp, FlowMethod, ResetTwoFactor, TotpEnrolment, TwoFactorStatus};
use serde_json::json;
use std::process::ExitCode;

/// The caller's own second factor.
const OWN: &str = "/api/v1/auth/two-factor";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show the second factor of an account: one's own, when no user is named.
    Show {
        /// A user's, by e-mail address or id; one's own when no user is named.
        #[arg(long, value_name = "EMAIL|ID")]
        user: Option<Who>,
        #[command(flatten)]
        at: At,
    },
    /// Set up an authenticator app: shows the key, asks for a code, and prints backup codes.
    Enrol {
        #[command(flatten)]
        at: At,
    },
    /// Make new backup codes; the old ones are void, and other sessions that were proven by a code end.
    Codes {
        #[command(flatten)]
        at: At,
    },
    /// Turn one's own authenticator app off; other sessions that were proven by a code end.
    Off {
        #[command(flatten)]
        at: At,
    },
    /// Take the second factor of a user away who has lost it.
    Reset {
        /// The user's e-mail address or id.
        #[arg(value_name = "EMAIL|ID")]
        user: Who,
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
            let account = Account::of(calls, user.as_ref(), OWN, "two-factor").await?;
            let status: TwoFactorStatus = account.told(calls.get(&account.path).await)?;
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
            let before: TwoFactorStatus = calls.get(OWN).await?;
            if before.totp_since.is_some() {
                calls.delete("/api/v1/auth/two-factor/totp").await?;
            }
            let after: TwoFactorStatus = calls.get(OWN).await?;
            output::value(output, &taken_off(&before, &after), &after)?;
        }
        Command::Reset { user, reason, .. } => {
            let id = user.id(calls).await?;
            let path = format!("/api/v1/auth/admin/users/{id}/two-factor");
            let before: TwoFactorStatus = calls.get(&path).await.map_err(|failure| user.told(failure))?;
            let reset = ResetTwoFactor { reason: reason.clone() };
            calls.post::<serde_json::Value>(&format!("{path}/reset"), &reset).await?;
            let text = match before.enabled {
                true => format!("The second factor of {user} is taken away."),
                false => format!("{user} had no second factor."),
            };
            output::value(output, &text, &json!({ "user_id": id, "enabled": false }))?;
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
    let by = match status.last_used_by {
        Some(FlowMethod::BackupCode) => " (a backup code)",
        Some(FlowMethod::Passkey) => " (a passkey)",
        Some(FlowMethod::Totp) => " (the app)",
        _ => "",
    };
    let used = status.last_used_at.map_or("never used".to_owned(), |at| format!("last used {at}{by}"));
    let codes = format!("{} left{demanded}", counted(status.backup_codes_left, "backup code"));
    let passkeys = counted(status.passkeys, "passkey");
    match (status.totp_since, status.passkeys) {
        (None, 0) => format!("no second factor{demanded}"),
        (Some(since), 0) => format!("authenticator app since {since}, {used}; {codes}"),
        (None, _) => format!("{passkeys}, {used}; {codes}"),
        (Some(since), _) => format!("authenticator app since {since} and {passkeys}, {used}; {codes}"),
    }
}

/// What has become of the second factor by taking the app off.
fn taken_off(before: &TwoFactorStatus, after: &TwoFactorStatus) -> String {
    let app = match before.totp_since {
        Some(_) => "The authenticator app is off",
        None => "No authenticator app was in use",
    };
    match after.passkeys {
        0 => format!("{app}; there is no second factor."),
        1 => format!("{app}; 1 passkey still is a second factor."),
        passkeys => format!("{app}; {passkeys} passkeys still are second factors."),
    }
}

fn counted(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(has_app: bool, passkeys: u64, backup_codes_left: u64) -> TwoFactorStatus {
        let since = has_app.then_some("2030-01-01T00:00:00Z");
        let status = json!({
            "enabled": has_app || passkeys > 0, "required": false, "has_password": true, "totp_since": since, "passkeys": passkeys,
            "backup_codes_left": backup_codes_left, "backup_codes_since": null, "last_used_at": null,
        });
        serde_json::from_value(status).expect("a status")
    }

    #[test]
    fn what_is_left_of_a_second_factor_is_said_and_counted() {
        let off = |had_app, passkeys| taken_off(&with(had_app, passkeys, 0), &with(false, passkeys, 0));
        assert_eq!(off(true, 0), "The authenticator app is off; there is no second factor.");
        assert_eq!(off(true, 1), "The authenticator app is off; 1 passkey still is a second factor.");
        assert_eq!(off(false, 2), "No authenticator app was in use; 2 passkeys still are second factors.");
        assert_eq!(words(&with(false, 1, 1)), "1 passkey, never used; 1 backup code left");
        assert_eq!(words(&with(false, 2, 10)), "2 passkeys, never used; 10 backup codes left");
        let (at, by) = ("2030-01-02T12:00:00Z".parse().ok(), Some(FlowMethod::BackupCode));
        let used = TwoFactorStatus { last_used_at: at, last_used_by: by, ..with(true, 0, 9) };
        let said = "authenticator app since 2030-01-01 00:00:00 UTC, last used 2030-01-02 12:00:00 UTC (a backup code); \
            9 backup codes left";
        assert_eq!(words(&used), said, "it was not the app");
    }
}
