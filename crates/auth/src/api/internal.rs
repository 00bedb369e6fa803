//! For the other services.

use crate::domain::{Auth, ReturnTo};
use orion_contracts::auth::ProviderVisit;
use orion_contracts::bus::RevocationList;
use orion_contracts::internal::{BeginProviderVisit, ListRevocations, MakeAdministrator};
use orion_contracts::users::User;
use orion_http::{ApiProblem, FromPeer, Valid};

/// What was revoked, for those who missed it on the bus.
pub(super) async fn revocations(auth: Auth, call: FromPeer<ListRevocations>) -> Result<RevocationList, ApiProblem> {
    Ok(auth.revocations(call.input.after).await?)
}

/// Makes an administrator, whose name and password a person has just typed.
pub(super) async fn put_administrator(auth: Auth, call: FromPeer<MakeAdministrator>) -> Result<User, ApiProblem> {
    let order = Valid::checked(call.input)?;
    Ok(auth.put_administrator(call.at.id, &order).await?)
}

/// Says where a step-up sends a browser that the console waits for.
pub(super) async fn begin_provider_visit(
    auth: Auth,
    call: FromPeer<BeginProviderVisit>,
) -> Result<ProviderVisit, ApiProblem> {
    let order = Valid::checked(call.input)?;
    Ok(auth.step_provider_visit(call.at.id, &order, ReturnTo::OfPeer).await?)
}
