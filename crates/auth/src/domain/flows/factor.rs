//! What a person can prove, and how tokens tell of it.

use orion_contracts::auth::FlowMethod;
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

/// What there is to say of a factor.
struct Kind {
    /// Its method as in attempts and metrics.
    name: &'static str,
    /// Whether a sign-in can begin with it.
    is_first: bool,
    /// Whether it is another kind of proof than what a sign-in begins with.
    is_second: bool,
    /// Its methods in tokens (RFC 8176): `hwk` is a key that somebody has, and `user` that they were there.
    amr: &'static [&'static str],
    /// What somebody signed in with, for the audit log.
    words: &'static str,
}

impl Kind {
    /// What only stands in a flow, and proves nothing.
    const fn noted(name: &'static str) -> Self {
        Self { name, is_first: false, is_second: false, amr: &[], words: "" }
    }
}

impl Factor {
    const fn kind(self) -> Kind {
        match self {
            Self::Password => Kind {
                name: FlowMethod::Password.as_str(),
                is_first: true,
                is_second: false,
                amr: &["pwd"],
                words: "a password",
            },
            Self::Totp => Kind {
                name: FlowMethod::Totp.as_str(),
                is_first: false,
                is_second: true,
                amr: &["otp"],
                words: "a code of the authenticator app",
            },
            Self::BackupCode => Kind {
                name: FlowMethod::BackupCode.as_str(),
                is_first: false,
                is_second: true,
                amr: &["otp"],
                words: "a backup code",
            },
            Self::Passkey => Kind {
                name: FlowMethod::Passkey.as_str(),
                is_first: false,
                is_second: true,
                amr: &["hwk", "user"],
                words: "a passkey",
            },
            Self::VerifiedPasskey => Kind { is_first: true, ..Self::Passkey.kind() },
            Self::Provider => Kind {
                name: FlowMethod::Provider.as_str(),
                is_first: true,
                is_second: false,
                // Not in RFC 8176: what was proven there, and how, is the provider's to know.
                amr: &["fed"],
                words: "an identity at a provider",
            },
            Self::NewPassword => Kind::noted(FlowMethod::NewPassword.as_str()),
            Self::UnkeptBackupCodes => Kind::noted("backup_codes"),
            Self::AnsweredOffer => Kind::noted("offer"),
        }
    }

    /// Whether a sign-in can begin with it.
    pub(crate) const fn is_first(self) -> bool {
        self.kind().is_first
    }

    /// Whether it is another kind of proof than what a sign-in begins with.
    pub(crate) const fn is_second(self) -> bool {
        self.kind().is_second
    }

    /// Its method as in attempts and metrics.
    pub(crate) const fn name(self) -> &'static str {
        self.kind().name
    }

    const fn amr(self) -> &'static [&'static str] {
        self.kind().amr
    }
}

/// How somebody signed in who has proven these, for the audit log.
pub(super) fn words(factors: &[Factor]) -> String {
    let Some(first) = factors.iter().find(|factor| factor.is_first()) else { return "Signed in".to_owned() };
    // A passkey that is both says so by itself.
    let second = factors.iter().find(|factor| factor.is_second()).filter(|_| !first.is_second());
    let second = second.map_or_else(String::new, |second| format!(" and {}", second.kind().words));
    format!("Signed in with {}{second}", first.kind().words)
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
    fn a_sign_in_is_told_by_what_it_began_with_and_what_came_beside() {
        for (factors, told) in [
            (vec![Factor::Password], "Signed in with a password"),
            (vec![Factor::Password, Factor::Totp], "Signed in with a password and a code of the authenticator app"),
            (
                vec![Factor::Password, Factor::BackupCode, Factor::NewPassword],
                "Signed in with a password and a backup code",
            ),
            (vec![Factor::Password, Factor::VerifiedPasskey], "Signed in with a password and a passkey"),
            (vec![Factor::Provider, Factor::Passkey], "Signed in with an identity at a provider and a passkey"),
            (vec![Factor::Provider], "Signed in with an identity at a provider"),
            (vec![Factor::VerifiedPasskey], "Signed in with a passkey"),
            (vec![Factor::VerifiedPasskey, Factor::UnkeptBackupCodes], "Signed in with a passkey"),
            (vec![Factor::Totp], "Signed in"),
        ] {
            assert_eq!(words(&factors), told);
        }
    }

    #[test]
    fn the_names_in_attempts_are_those_of_the_methods_that_prove_them() {
        let names = [Factor::Password, Factor::Totp, Factor::BackupCode, Factor::Passkey, Factor::VerifiedPasskey];
        let names: Vec<_> =
            names.into_iter().chain([Factor::Provider, Factor::NewPassword]).map(Factor::name).collect();
        assert_eq!(names, ["password", "totp", "backup_code", "passkey", "passkey", "provider", "new_password"]);
    }

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
