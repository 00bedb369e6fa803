//! What a person can prove, and how tokens tell of it.

use orion_contracts::claims::TRUSTED_DEVICE;
use serde::{Deserialize, Serialize};

/// What was proven in a flow. The names are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Factor {
    /// The account's password.
    Password,
    /// A code of the authenticator app.
    Totp,
    /// One of the backup codes.
    BackupCode,
    /// A passkey whose authenticator did not look at who uses it.
    Passkey,
    /// A passkey whose authenticator has verified who uses it, by a finger, a face or a PIN: two factors in one.
    VerifiedPasskey,
    /// An identity at a provider.
    Provider,
    /// A password that was chosen because the old one had to go. It proves nothing beyond the one before.
    NewPassword,
    /// Backup codes were made in this flow and not kept yet. It proves nothing, and goes once they are.
    UnkeptBackupCodes,
    /// The flow has offered an authenticator app, which was set up or declined. It proves nothing beyond the backup code before.
    AnsweredOffer,
}

impl Factor {
    /// Whether a sign-in can begin with it.
    pub(crate) const fn is_first(self) -> bool {
        matches!(self, Self::Password | Self::VerifiedPasskey | Self::Provider)
    }

    /// Whether it is another kind of proof than what a sign-in begins with.
    pub(crate) const fn is_second(self) -> bool {
        matches!(self, Self::Totp | Self::BackupCode | Self::Passkey | Self::VerifiedPasskey)
    }

    /// Its method as in attempts and metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::BackupCode => "backup_code",
            Self::Passkey | Self::VerifiedPasskey => "passkey",
            Self::Provider => "provider",
            Self::NewPassword => "new_password",
            Self::UnkeptBackupCodes => "backup_codes",
            Self::AnsweredOffer => "offer",
        }
    }

    /// Its methods in tokens (RFC 8176): `hwk` is a key that somebody has, and `user` that they were there.
    const fn amr(self) -> &'static [&'static str] {
        match self {
            Self::Password => &["pwd"],
            Self::Totp | Self::BackupCode => &["otp"],
            Self::Passkey | Self::VerifiedPasskey => &["hwk", "user"],
            // Not in RFC 8176: what was proven there, and how, is the provider's to know.
            Self::Provider => &["fed"],
            Self::NewPassword | Self::UnkeptBackupCodes | Self::AnsweredOffer => &[],
        }
    }
}

/// More than one kind of proof (RFC 8176).
const MFA: &str = "mfa";

/// The methods that tokens name.
pub(super) fn amr_of(factors: &[Factor]) -> Vec<&'static str> {
    let mut amr: Vec<&str> = Vec::new();
    for method in factors.iter().flat_map(|factor| factor.amr()).copied() {
        if !amr.contains(&method) {
            amr.push(method);
        }
    }
    if factors.iter().any(|factor| factor.is_first()) && factors.iter().any(|factor| factor.is_second()) {
        amr.push(MFA);
    }
    amr
}

/// The methods of a session in which another factor was proven.
pub(crate) fn amr_with(mut methods: Vec<String>, factor: Factor) -> Vec<String> {
    for method in factor.amr().iter().chain([&MFA]) {
        if !methods.iter().any(|known| known == method) {
            methods.push((*method).to_owned());
        }
    }
    methods
}

/// Whether a session of these methods rests on one of the factors, or on another one of the same kind, which methods do not tell
/// from it; or on a device that was trusted, by whichever factor that was.
pub(crate) fn rests_on(methods: &[String], factors: &[Factor]) -> bool {
    let is_of = |method: &str| factors.iter().any(|factor| factor.amr().contains(&method));
    methods.iter().any(|method| method == TRUSTED_DEVICE || is_of(method))
}

/// The class of a sign-in by these methods: `aal2` for two factors, `aal1` for one.
pub(crate) fn acr_of(amr: &[String]) -> &'static str {
    match amr.iter().any(|method| method == MFA) {
        true => "aal2",
        false => "aal1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_kinds_of_proof_make_two_factors_and_two_of_one_kind_do_not() {
        for (factors, amr, acr) in [
            (vec![Factor::Password], vec!["pwd"], "aal1"),
            (vec![Factor::Password, Factor::NewPassword], vec!["pwd"], "aal1"),
            (vec![Factor::Password, Factor::Totp], vec!["pwd", "otp", "mfa"], "aal2"),
            (vec![Factor::Password, Factor::BackupCode, Factor::NewPassword], vec!["pwd", "otp", "mfa"], "aal2"),
            (vec![Factor::Totp, Factor::BackupCode], vec!["otp"], "aal1"),
            (vec![Factor::Password, Factor::AnsweredOffer], vec!["pwd"], "aal1"),
            (vec![Factor::Provider], vec!["fed"], "aal1"),
            (vec![Factor::Provider, Factor::Totp], vec!["fed", "otp", "mfa"], "aal2"),
            (vec![Factor::Password, Factor::UnkeptBackupCodes], vec!["pwd"], "aal1"),
            (vec![Factor::VerifiedPasskey], vec!["hwk", "user", "mfa"], "aal2"),
            (vec![Factor::Passkey], vec!["hwk", "user"], "aal1"),
            (vec![Factor::Password, Factor::Passkey], vec!["pwd", "hwk", "user", "mfa"], "aal2"),
        ] {
            let told = amr_of(&factors);
            assert_eq!(told, amr);
            assert_eq!(acr_of(&told.iter().map(|method| (*method).to_owned()).collect::<Vec<_>>()), acr);
        }
    }
}
