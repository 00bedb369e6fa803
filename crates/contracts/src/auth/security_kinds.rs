//! The kinds of security events, and how much each of them matters.

use super::Severity;
use crate::vocabulary::vocabulary;

vocabulary! {
    /// What was noticed about the security of an account.
    #[schema(example = "login.new_device")]
    SecurityEventKind {
        ApiKeyCreated = "api_key.created",
        ApiKeyRotated = "api_key.rotated",
        ApiKeyWidened = "api_key.widened",
        DeviceBlocked = "device.blocked",
        EmailChanged = "email.changed",
        FactorAdded = "factor.added",
        FactorBackupCodeUsed = "factor.backup_code_used",
        FactorBackupCodesRenewed = "factor.backup_codes_renewed",
        FactorRemoved = "factor.removed",
        FactorRepeatedFailures = "factor.repeated_failures",
        LoginNewDevice = "login.new_device",
        LoginRepeatedFailures = "login.repeated_failures",
        PasskeyCountedBack = "passkey.counted_back",
        PasskeyMoved = "passkey.moved",
        PasswordChanged = "password.changed",
        PasswordRepeatedFailures = "password.repeated_failures",
        PasswordReset = "password.reset",
        ProviderLinked = "provider.linked",
        ProviderUnlinked = "provider.unlinked",
        SessionImpersonated = "session.impersonated",
        SessionRefreshTokenRepeated = "session.refresh_token_repeated",
        SessionRefreshTokenReused = "session.refresh_token_reused",
    }
}

impl SecurityEventKind {
    /// How much it matters, at most.
    pub const fn severity(self) -> Severity {
        match self {
            Self::PasskeyMoved | Self::SessionRefreshTokenRepeated => Severity::Low,
            Self::ApiKeyCreated
            | Self::ApiKeyRotated
            | Self::ApiKeyWidened
            | Self::DeviceBlocked
            | Self::EmailChanged
            | Self::FactorAdded
            | Self::FactorBackupCodeUsed
            | Self::FactorBackupCodesRenewed
            | Self::LoginNewDevice
            | Self::LoginRepeatedFailures
            | Self::PasswordChanged
            | Self::PasswordReset
            | Self::ProviderLinked
            | Self::ProviderUnlinked => Severity::Medium,
            Self::FactorRemoved
            | Self::FactorRepeatedFailures
            | Self::PasskeyCountedBack
            | Self::PasswordRepeatedFailures
            | Self::SessionImpersonated
            | Self::SessionRefreshTokenReused => Severity::High,
        }
    }

    /// Whether the owner of the account is told by mail. There are words for each of these in every language.
    pub const fn is_mailed(self) -> bool {
        !matches!(self.severity(), Severity::Low)
    }

    /// Whether strangers can cause it, who know no more than an address.
    pub const fn is_by_strangers(self) -> bool {
        matches!(self, Self::LoginRepeatedFailures)
    }
}
