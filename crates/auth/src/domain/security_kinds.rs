//! The security events that this service notices: of which kind each is, and what it is called in the table.

use super::throttle::{Guarded, OfAccount};
use chrono::{DateTime, Utc};
use orion_contracts::auth::{SecurityEventKind, Severity};
use serde_json::{Value, json};
use uuid::Uuid;

/// An event that this service notices.
#[derive(Debug, Clone, Copy)]
pub(super) enum SecurityEvent<'a> {
    /// Tries at one account fail so often that further ones are delayed.
    RepeatedFailures {
        /// What was tried.
        guarded: Guarded,
        /// Whether whoever tried has proven nothing before.
        by_stranger: bool,
    },
    /// A refresh token that had been used was used again: somebody else has a copy.
    RefreshTokenReused,
    /// A refresh token that had been used was used again after its grace, and its successor was not: an answer was lost, a
    /// second tab was slow, or somebody has a copy.
    RefreshTokenRepeated,
    /// Somebody signed in with a device that the account was not known to have.
    NewDevice {
        /// Whether the account has one that looks like it, seen at the same place.
        is_like_known: bool,
    },
    /// The password was changed by its owner.
    PasswordChanged,
    /// The password was chosen anew by a one-time link.
    PasswordReset,
    /// A second factor was set up.
    FactorAdded(FactorKind),
    /// A second factor was taken away.
    FactorRemoved(FactorKind),
    /// New backup codes were made; the old ones are void.
    BackupCodesRenewed,
    /// A backup code was used.
    BackupCodeUsed,
    /// An identity at a provider was linked.
    ProviderLinked,
    /// An identity at a provider was taken away.
    ProviderUnlinked,
    /// An API key was made.
    ApiKeyCreated,
    /// An API key has a new secret.
    ApiKeyRotated,
    /// An API key may do what it might not before.
    ApiKeyWidened,
    /// The address is another one, confirmed at both.
    EmailChanged,
    /// An administrator began to act as the person.
    Impersonated {
        /// Who.
        actor: Uuid,
        /// Why.
        reason: &'a str,
        /// When it is over.
        until: DateTime<Utc>,
    },
    /// A device was blocked.
    DeviceBlocked,
    /// A passkey says that it was used less often than before: its authenticator may have been copied.
    PasskeyCountedBack {
        /// How often, by what it said before.
        before: i64,
        /// How often, by what it says now.
        now: i64,
    },
    /// A passkey says otherwise than before whether it is, or may be, on several devices.
    PasskeyMoved {
        /// Whether it may be, now.
        backup_eligible: bool,
        /// Whether it is, now.
        backed_up: bool,
    },
}

/// Which second factor was set up or taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FactorKind {
    /// The authenticator app.
    App,
    /// An authenticator app in the place of the one before.
    AnotherApp,
    /// A passkey.
    Passkey,
    /// All that there were, by an administrator.
    All,
}

impl FactorKind {
    const fn name(self) -> &'static str {
        match self {
            Self::App | Self::AnotherApp => "totp",
            Self::Passkey => "passkey",
            Self::All => "all",
        }
    }
}

impl SecurityEvent<'_> {
    /// Its kind.
    pub(super) const fn kind(self) -> SecurityEventKind {
        match self {
            // A passkey can be tried by who knows no more than which one it is.
            Self::RepeatedFailures { guarded: Guarded::Login, .. } => SecurityEventKind::LoginRepeatedFailures,
            Self::RepeatedFailures { guarded: Guarded::Account(of_account), by_stranger } => match of_account {
                OfAccount::Code | OfAccount::Passkey if by_stranger => SecurityEventKind::LoginRepeatedFailures,
                OfAccount::Code | OfAccount::Passkey | OfAccount::Provider => SecurityEventKind::FactorRepeatedFailures,
                OfAccount::PasswordChange | OfAccount::FlowPassword => SecurityEventKind::PasswordRepeatedFailures,
            },
            Self::RefreshTokenReused => SecurityEventKind::SessionRefreshTokenReused,
            Self::RefreshTokenRepeated => SecurityEventKind::SessionRefreshTokenRepeated,
            Self::NewDevice { .. } => SecurityEventKind::LoginNewDevice,
            Self::PasswordChanged => SecurityEventKind::PasswordChanged,
            Self::PasswordReset => SecurityEventKind::PasswordReset,
            Self::FactorAdded(_) => SecurityEventKind::FactorAdded,
            Self::FactorRemoved(_) => SecurityEventKind::FactorRemoved,
            Self::BackupCodesRenewed => SecurityEventKind::FactorBackupCodesRenewed,
            Self::BackupCodeUsed => SecurityEventKind::FactorBackupCodeUsed,
            Self::ProviderLinked => SecurityEventKind::ProviderLinked,
            Self::ProviderUnlinked => SecurityEventKind::ProviderUnlinked,
            Self::ApiKeyCreated => SecurityEventKind::ApiKeyCreated,
            Self::ApiKeyRotated => SecurityEventKind::ApiKeyRotated,
            Self::ApiKeyWidened => SecurityEventKind::ApiKeyWidened,
            Self::EmailChanged => SecurityEventKind::EmailChanged,
            Self::Impersonated { .. } => SecurityEventKind::SessionImpersonated,
            Self::DeviceBlocked => SecurityEventKind::DeviceBlocked,
            Self::PasskeyCountedBack { .. } => SecurityEventKind::PasskeyCountedBack,
            Self::PasskeyMoved { .. } => SecurityEventKind::PasskeyMoved,
        }
    }

    /// How much it matters.
    pub(super) const fn severity(self) -> Severity {
        match self {
            // It may be a browser of theirs that has forgotten its cookies.
            Self::NewDevice { is_like_known: true } => Severity::Low,
            _ => self.kind().severity(),
        }
    }

    /// What else is known of it, without secrets.
    pub(super) fn details(self) -> Value {
        match self {
            Self::NewDevice { is_like_known } => json!({ "is_like_known": is_like_known }),
            Self::FactorAdded(FactorKind::AnotherApp) => json!({ "factor": "totp", "replaced": "totp" }),
            Self::FactorAdded(kind) | Self::FactorRemoved(kind) => json!({ "factor": kind.name() }),
            Self::RepeatedFailures { guarded, .. } => json!({ "policy": guarded.policy() }),
            Self::PasskeyCountedBack { before, now } => json!({ "sign_count_before": before, "sign_count": now }),
            Self::PasskeyMoved { backup_eligible, backed_up } => {
                json!({ "backup_eligible": backup_eligible, "is_backed_up": backed_up })
            }
            Self::Impersonated { actor, reason, until } => {
                json!({ "actor_id": actor, "reason": reason, "until": until })
            }
            _ => json!({}),
        }
    }

    /// Whether it is told because something was stopped: tries that have to wait, or a session that ended.
    pub(super) const fn was_blocked(self) -> bool {
        matches!(self, Self::RepeatedFailures { .. } | Self::RefreshTokenReused)
    }

    /// Whether the platform has noticed it by itself, so that no entry of the audit log tells of it yet. What somebody did, and
    /// the end of a session whose token was reused, are audited where they happen.
    pub(super) const fn is_unaudited(self) -> bool {
        match self {
            Self::RepeatedFailures { .. }
            | Self::NewDevice { .. }
            | Self::RefreshTokenRepeated
            | Self::PasskeyCountedBack { .. }
            | Self::PasskeyMoved { .. } => true,
            Self::RefreshTokenReused
            | Self::PasswordChanged
            | Self::PasswordReset
            | Self::FactorAdded(_)
            | Self::FactorRemoved(_)
            | Self::BackupCodesRenewed
            | Self::BackupCodeUsed
            | Self::ProviderLinked
            | Self::ProviderUnlinked
            | Self::ApiKeyCreated
            | Self::ApiKeyRotated
            | Self::ApiKeyWidened
            | Self::EmailChanged
            | Self::Impersonated { .. }
            | Self::DeviceBlocked => false,
        }
    }
}

/// What a kind is about.
pub(super) const fn category_of(kind: SecurityEventKind) -> &'static str {
    match kind {
        SecurityEventKind::LoginNewDevice | SecurityEventKind::LoginRepeatedFailures => "login",
        SecurityEventKind::PasswordChanged
        | SecurityEventKind::PasswordRepeatedFailures
        | SecurityEventKind::PasswordReset => "password",
        SecurityEventKind::FactorAdded
        | SecurityEventKind::FactorBackupCodeUsed
        | SecurityEventKind::FactorBackupCodesRenewed
        | SecurityEventKind::FactorRemoved
        | SecurityEventKind::FactorRepeatedFailures
        | SecurityEventKind::PasskeyCountedBack
        | SecurityEventKind::PasskeyMoved
        | SecurityEventKind::ProviderLinked
        | SecurityEventKind::ProviderUnlinked => "factor",
        SecurityEventKind::ApiKeyCreated | SecurityEventKind::ApiKeyRotated | SecurityEventKind::ApiKeyWidened => {
            "api_key"
        }
        SecurityEventKind::DeviceBlocked => "device",
        SecurityEventKind::EmailChanged => "email",
        SecurityEventKind::SessionImpersonated
        | SecurityEventKind::SessionRefreshTokenRepeated
        | SecurityEventKind::SessionRefreshTokenReused => "session",
    }
}

/// What has happened, in English.
pub(super) const fn title_of(kind: SecurityEventKind) -> &'static str {
    match kind {
        SecurityEventKind::ApiKeyCreated => "An API key was made",
        SecurityEventKind::ApiKeyRotated => "An API key was given a new secret",
        SecurityEventKind::ApiKeyWidened => "An API key was allowed more",
        SecurityEventKind::DeviceBlocked => "A device was blocked",
        SecurityEventKind::EmailChanged => "The e-mail address was changed",
        SecurityEventKind::FactorAdded => "A second factor was set up",
        SecurityEventKind::FactorBackupCodeUsed => "A backup code was used",
        SecurityEventKind::FactorBackupCodesRenewed => "New backup codes were made",
        SecurityEventKind::FactorRemoved => "A second factor was taken away",
        SecurityEventKind::FactorRepeatedFailures => "Later steps of a sign-in failed repeatedly",
        SecurityEventKind::LoginNewDevice => "Signed in from a new device",
        SecurityEventKind::LoginRepeatedFailures => "Sign-ins failed repeatedly",
        SecurityEventKind::PasskeyCountedBack => "A passkey may have been copied",
        SecurityEventKind::PasskeyMoved => "Where a passkey is kept has changed",
        SecurityEventKind::PasswordChanged => "The password was changed",
        SecurityEventKind::PasswordRepeatedFailures => "The current password was wrong repeatedly",
        SecurityEventKind::PasswordReset => "The password was chosen anew by a one-time link",
        SecurityEventKind::ProviderLinked => "Another way to sign in was linked",
        SecurityEventKind::ProviderUnlinked => "A linked way to sign in was taken away",
        SecurityEventKind::SessionImpersonated => "An administrator acted as you",
        SecurityEventKind::SessionRefreshTokenRepeated => "An answer to a refresh was given again",
        SecurityEventKind::SessionRefreshTokenReused => "A used refresh token was used again",
    }
}
