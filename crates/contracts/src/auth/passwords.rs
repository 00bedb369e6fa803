//! DTOs of passwords: changed, forgotten, and ordered to be changed.

use super::bounded;
use crate::{Email, Password, Secret, text};
use garde::Validate;
use serde::{Deserialize, Serialize};

/// `POST /api/v1/auth/password`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePasswordRequest {
    /// The password of now.
    #[garde(skip)]
    pub current_password: Password,
    /// The password from now on.
    #[garde(skip)]
    pub new_password: Password,
}

/// `POST /api/v1/auth/password/reset`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordResetRequest {
    /// The account's address.
    #[garde(skip)]
    pub email: Email,
}

/// The answer to every request for a reset, whether or not the address has an account.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PasswordResetResponse {
    /// Always `reset_sent`.
    #[schema(example = "reset_sent")]
    pub status: String,
}

/// `POST /api/v1/auth/password/reset/confirm`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmPasswordReset {
    /// The token from the link.
    #[garde(custom(bounded))]
    pub token: Secret,
    /// The password from now on; not the one of before.
    #[garde(skip)]
    pub new_password: Password,
}

/// `POST /api/v1/auth/admin/users/{id}/password-reset`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderPasswordReset {
    /// Why; it stands in the audit log.
    #[garde(length(chars, max = 500), custom(text::name))]
    #[schema(example = "The password was seen in a leak")]
    pub reason: String,
    /// Ends all sessions of the user as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[garde(skip)]
    pub end_sessions: bool,
}
