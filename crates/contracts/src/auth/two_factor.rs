//! DTOs of second factors.

use super::{FlowMethod, bounded};
use crate::{Secret, text};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

/// The second factors of an account, and whether it has a first one of its own.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TwoFactorStatus {
    /// Whether there is a password. Who has none signs in by a linked account or a passkey, and orders a link to choose one.
    #[schema(example = true)]
    pub has_password: bool,
    /// Whether an administrator has ordered another password, and it is not chosen yet: the one of now only leads to the question for
    /// it.
    #[serde(default)]
    #[schema(required, example = false)]
    pub password_change_ordered: bool,
    /// Whether a sign-in asks for a second factor.
    pub enabled: bool,
    /// Whether a role of the account demands one.
    pub required: bool,
    /// Since when an authenticator app is in use.
    pub totp_since: Option<DateTime<Utc>>,
    /// How many passkeys there are.
    #[schema(example = 1)]
    pub passkeys: u64,
    /// How many backup codes are left.
    #[schema(example = 10)]
    pub backup_codes_left: u64,
    /// When the backup codes were made.
    pub backup_codes_since: Option<DateTime<Utc>>,
    /// When a second factor was used last.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Which one that was: `totp`, `passkey` or `backup_code`.
    pub last_used_by: Option<FlowMethod>,
}

/// What an authenticator app is set up with. Shown once: it counts from when a code of it is confirmed.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TotpEnrolment {
    /// The key in Base32, for typing.
    #[schema(example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")]
    pub secret: Secret,
    /// The key as apps read it: `otpauth://totp/…`.
    #[schema(example = "otpauth://totp/ORION:ada%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=ORION")]
    pub url: Secret,
    /// The URL as a QR code: an SVG image.
    #[schema(example = "<svg xmlns=\"http://www.w3.org/2000/svg\">…</svg>")]
    pub qr_svg: Secret,
}

/// `POST /api/v1/auth/two-factor/totp/confirm`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmTotp {
    /// A code that the app shows now.
    #[garde(custom(bounded))]
    #[schema(example = "492039")]
    pub code: Secret,
    /// Ends all other sessions of the account.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[garde(skip)]
    pub end_other_sessions: bool,
}

/// New backup codes. Shown once, and each is good for one sign-in.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BackupCodes {
    /// The codes.
    #[schema(example = json!(["7KQ2P-M4XTD", "C9RVH-2WJ6N"]))]
    pub codes: Vec<Secret>,
}

/// `POST /api/v1/auth/admin/users/{id}/two-factor/reset`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetTwoFactor {
    /// Why; it stands in the audit log.
    #[garde(length(chars, max = 500), custom(text::name))]
    #[schema(example = "Lost the phone; known in person")]
    pub reason: String,
}
