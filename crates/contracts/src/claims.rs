//! The claims of an access token (RFC 9068).

use crate::{OrganisationId, SessionId, TokenId, UserId};
use serde::{Deserialize, Serialize};

/// The method (`amr`) of a sign-in in which a trusted device stood in for the second factor: it counts as fresh for nothing.
pub const TRUSTED_DEVICE: &str = "trusted_device";

/// The `typ` header of an access token (RFC 9068, section 2.1).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";
/// The `client_id` of tokens that ORION's own sign-in gives.
pub const FIRST_PARTY_CLIENT: &str = "orion";
/// How many bytes of role names a token holds, with a comma after each. Tokens travel in a header, of which servers take 8 KiB, and
/// these names once more in one of their own.
pub const MAX_ROLES_BYTES: usize = 4096;

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
    /// Role names at the time of issue; for outside readers. As many as [`MAX_ROLES_BYTES`] hold.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Whether the subject has more roles than the token names; the users service knows all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub roles_truncated: bool,
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

/// The first of these roles, as many as a token holds, and whether that leaves some out.
pub fn roles_that_fit(mut roles: Vec<String>) -> (Vec<String>, bool) {
    let mut bytes = 0;
    let fits = |role: &&String| {
        bytes += role.len() + 1;
        bytes <= MAX_ROLES_BYTES
    };
    let held = roles.iter().take_while(fits).count();
    let is_truncated = held < roles.len();
    roles.truncate(held);
    (roles, is_truncated)
}

/// The acting party of an impersonation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Actor {
    /// The administrator behind the token.
    pub sub: UserId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_roles_up_to_its_room_and_says_when_there_are_more() {
        let few = vec!["user".to_owned(), "admin".to_owned()];
        assert_eq!(roles_that_fit(few.clone()), (few, false));
        let full = vec!["x".repeat(127); 32];
        assert_eq!(roles_that_fit(full.clone()), (full.clone(), false));
        let more = [full.clone(), vec!["y".to_owned()]].concat();
        assert_eq!(roles_that_fit(more), (full, true));
    }
}
