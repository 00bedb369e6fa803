//! What a product's own services are told of a token (RFC 7662).

use crate::claims::Actor;
use crate::{SessionId, UserId};
use serde::{Deserialize, Serialize};

/// The answer of `/oauth/introspect`. Of a token that is not good it says `active` alone.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Introspection {
    /// Whether it is one of ORION's, not expired, not revoked, and its session goes on.
    #[schema(example = true)]
    pub active: bool,
    /// `Bearer` for an access token, `refresh_token` for the other kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Bearer")]
    pub token_type: Option<String>,
    /// The user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<UserId>,
    /// The session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// The client that the token was given to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "orion")]
    pub client_id: Option<String>,
    /// Expiry, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 1_779_000_300)]
    pub exp: Option<i64>,
    /// Issued at, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 1_779_000_000)]
    pub iat: Option<i64>,
    /// Who issued it: the platform's public URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "http://localhost:3000")]
    pub iss: Option<String>,
    /// Whom it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "orion")]
    pub aud: Option<String>,
    /// What it is limited to, names with spaces between; everything that the subject may do when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "openid")]
    pub scope: Option<String>,
    /// Role names: those of an access token at its issue, those of now for a refresh token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["user"]))]
    pub roles: Option<Vec<String>>,
    /// How sure it is who the person is: `aal1` or `aal2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "aal1")]
    pub acr: Option<String>,
    /// How the person proved it (RFC 8176).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["pwd"]))]
    pub amr: Option<Vec<String>>,
    /// When, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 1_779_000_000)]
    pub auth_time: Option<i64>,
    /// Who really acts, where somebody acts as the user (RFC 8693). Absent, where it is the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
}

/// The form of `/oauth/introspect` and `/oauth/revoke`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TokenForm {
    /// An access token or a refresh token.
    #[schema(example = "TVu-nmy7fNLhs7MzkvoRH3m0Y8ri9HJFCFe09yfCQZI")]
    pub token: String,
    /// `access_token` or `refresh_token`; both kinds are looked for whatever it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "refresh_token")]
    pub token_type_hint: Option<String>,
}
