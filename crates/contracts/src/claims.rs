//! The claims of an access token (RFC 9068).

use crate::{OrganisationId, SessionId, TokenId, UserId};
use serde::{Deserialize, Serialize};

/// The `typ` header of an access token (RFC 9068, section 2.1).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";
/// The `client_id` of tokens that ORION's own sign-in gives.
pub const FIRST_PARTY_CLIENT: &str = "orion";

/// What an access token says. `roles` inform outside readers; inside ORION permissions decide, never these names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Issuer: the platform's public URL.
    pub iss: String,
    /// The user.
    pub sub: UserId,
    /// Whom the token is for.
    pub aud: String,
    /// Expiry, seconds since 1970.
    pub exp: i64,
    /// Issued at, seconds since 1970.
    pub iat: i64,
    /// Not before, seconds since 1970. ORION's own tokens have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// This token.
    pub jti: TokenId,
    /// The client that the token was given to (RFC 9068, section 2.2).
    pub client_id: String,
    /// What the token is limited to, names with spaces between; everything that the subject may do when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The session that it belongs to; whoever acts without having signed in has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// Role names at the time of issue; for outside readers.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The organisation that the session acts in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<OrganisationId>,
    /// Who really acts, while impersonating (RFC 8693).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
    /// How the person proved who they are (RFC 8176).
    #[serde(default)]
    pub amr: Vec<String>,
    /// How sure that makes: `aal1` for one factor, `aal2` for two (NIST SP 800-63B).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// When they did, seconds since 1970.
    pub auth_time: i64,
}

/// The acting party of an impersonation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Actor {
    /// The administrator behind the token.
    pub sub: UserId,
}
