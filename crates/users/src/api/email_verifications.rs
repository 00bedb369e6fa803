//! Internal: verifying addresses.

use crate::domain::Users;
use orion_contracts::internal::ConsumeEmailVerification;
use orion_contracts::users::User;
use orion_http::{ApiProblem, FromPeer};

/// Verifies the address that a token was sent to.
pub(super) async fn consume(users: Users, call: FromPeer<ConsumeEmailVerification>) -> Result<User, ApiProblem> {
    Ok(users.verify_email(&call.input).await?)
}
