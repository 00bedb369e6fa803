//! Internal: what a subject holds.

use crate::domain::Users;
use orion_contracts::internal::{FindGrants, FindStanding};
use orion_contracts::users::{Grants, Standing};
use orion_http::{ApiProblem, FromPeer};

/// Reads what a subject holds.
pub(super) async fn find(users: Users, call: FromPeer<FindGrants>) -> Result<Grants, ApiProblem> {
    Ok(users.grants(call.at.sub).await?)
}

/// Says whether somebody stands above who would act as them.
pub(super) async fn standing(users: Users, call: FromPeer<FindStanding>) -> Result<Standing, ApiProblem> {
    Ok(users.standing(call.at.subject, call.at.actor).await?)
}
