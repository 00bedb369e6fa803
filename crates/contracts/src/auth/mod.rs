//! DTOs of the auth service.

mod devices;
mod flows;
mod impersonations;
mod introspection;
mod passkeys;
mod passwords;
mod providers;
mod security;
mod security_kinds;
mod sessions;
mod sign_in_codes;
mod signing_keys;
mod two_factor;

pub use devices::*;
pub use flows::*;
pub use impersonations::*;
pub use introspection::*;
pub use passkeys::*;
pub use passwords::*;
pub use providers::*;
pub use security::*;
pub use security_kinds::*;
pub use sessions::*;
pub use sign_in_codes::*;
pub use signing_keys::*;
pub use two_factor::*;

use crate::email::of_person;
use crate::text;
use crate::{Email, FieldCode, FieldFault, Password, Secret, SessionId, UserId};
use garde::Validate;
use serde::{Deserialize, Serialize};

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN: usize = 1024;

pub(crate) fn bounded(secret: &Secret, context: &()) -> garde::Result {
    match secret.expose() {
        "" => Err(FieldFault::new(FieldCode::Required, "must not be empty").into()),
        _ => short(secret, context),
    }
}

fn short(secret: &Secret, (): &()) -> garde::Result {
    match secret.expose().len() > MAX_TOKEN {
        true => Err(FieldFault::new(FieldCode::TooLong, format!("must have at most {MAX_TOKEN} bytes")).into()),
        false => Ok(()),
    }
}

/// `POST /api/v1/auth/register`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterRequest {
    /// Where the verification link goes.
    #[garde(custom(of_person))]
    pub email: Email,
    /// At least 15 characters; anything else is allowed.
    #[garde(skip)]
    pub password: Password,
    /// Name to show to others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 200), inner(custom(text::name)))]
    #[schema(example = "Ada")]
    pub display_name: Option<String>,
    /// BCP 47 language tag of mails and pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(text::locale)))]
    #[schema(example = "en")]
    pub locale: Option<String>,
}

/// The answer to every registration, whether or not the address was taken.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RegisterResponse {
    /// Always `verification_sent`.
    #[schema(example = "verification_sent")]
    pub status: String,
}

/// `POST /api/v1/auth/verify-email`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyEmailRequest {
    /// The token from the link.
    #[garde(custom(bounded))]
    pub token: Secret,
    /// The password chosen at registration. The link alone confirms nothing: whoever registered the address may not be
    /// who reads its mails.
    #[garde(skip)]
    pub password: Password,
    /// Makes the password the account's, whatever was chosen at registration.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[garde(skip)]
    pub replace_password: bool,
}

/// `POST /api/v1/auth/login`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// The account's address.
    #[garde(skip)]
    pub email: Email,
    /// Its password.
    #[garde(skip)]
    pub password: Password,
    /// What the last sign-in from this device gave: failures elsewhere do not slow this one down then. One that is not
    /// this account's, or too old, counts as none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(bounded)))]
    pub device_token: Option<Secret>,
}

/// `POST /api/v1/auth/refresh`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshRequest {
    /// The newest refresh token of the session.
    #[garde(custom(bounded))]
    pub refresh_token: Secret,
}

/// `POST /api/v1/auth/logout`
#[derive(Debug, Clone, Default, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogoutRequest {
    /// A refresh token of the session to be ended, where there is no access token or besides it. An empty one is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(short)))]
    pub refresh_token: Option<Secret>,
}

/// What a sign-in or refresh gives (RFC 6749, section 5.1).
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(example = json!({
    "access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFUzI1NiIs…", "token_type": "Bearer", "expires_in": 300,
    "refresh_token": "TVu-nmy7fNLhs7MzkvoRH3m0Y8ri9HJFCFe09yfCQZI", "refresh_expires_in": 2_592_000,
    "session_id": "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42", "user_id": "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10",
    "roles": ["user"], "device_token": "q3Z0mVb1xkq2Qy9Jw7tG5sYF6LhN8cRrUe4aTiDoPzA",
}))]
pub struct TokenResponse {
    /// A JWT (RFC 9068) for the `Authorization: Bearer` header.
    pub access_token: Secret,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds that the access token lives.
    pub expires_in: u64,
    /// Opaque; works once and gives the next one.
    pub refresh_token: Secret,
    /// Seconds that the refresh token lives.
    pub refresh_expires_in: u64,
    /// The session.
    pub session_id: SessionId,
    /// Who signed in.
    pub user_id: UserId,
    /// Role names at this moment.
    pub roles: Vec<String>,
    /// Given by a sign-in, to be sent with the next one from this device: who holds it is slowed down by failures of this
    /// device alone. It names the device among one's own; where the device was trusted, a sign-in with the password needs no
    /// second factor until that is over. Works for a year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_token: Option<Secret>,
}

/// Internal: the first administrator, ordered by the admin service's one-time link.
#[derive(Debug, Clone, Serialize, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateAdministrator {
    /// The administrator's address, taken as verified.
    #[garde(custom(of_person))]
    pub email: Email,
    /// The password; the usual policy applies.
    #[garde(skip)]
    pub password: Password,
    /// Name to show.
    #[garde(length(chars, max = 200), inner(custom(text::name)))]
    pub display_name: Option<String>,
}
