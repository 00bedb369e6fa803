//! Internal: what a subject holds.

use crate::domain::Users;
use orion_contracts::internal::FindGrants;
use orion_contracts::users::Grants;
use orion_http::{ApiProblem, FromPeer};

/// Reads what a subject holds.
pub(super) async fn find(users: Users, call: FromPeer<FindGrants>) -> Result<Grants, ApiProblem> {
    Ok(users.grants(call.at.sub).await?)
}
