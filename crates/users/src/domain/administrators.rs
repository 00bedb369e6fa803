//! Who administrates the platform, for somebody at the machine who wants to let one of them in again.

use crate::store;
use orion_contracts::roles::SUPER_ADMIN;
use orion_contracts::{Email, Problem, UserId};
use orion_infra::{Db, Infra};

/// How many are named at most.
const NAMED: u64 = 20;

/// What is known of an address.
pub enum Administrator {
    /// It is that of an active administrator.
    Found(UserId),
    /// It is not; these are, as far as they are few.
    Others(Vec<String>),
}

/// Looks for the active administrator with this address.
pub async fn administrator(infra: &Infra, email: &Email) -> Result<Administrator, Problem> {
    let (db, now) = (infra.db.read(), infra.clock.now());
    let with_address = store::user_roles::active_holders(db, SUPER_ADMIN, Some(email), now, 1).await?;
    if let Some(found) = with_address.first() {
        return Ok(Administrator::Found(UserId(found.id)));
    }
    let others = store::user_roles::active_holders(db, SUPER_ADMIN, None, now, NAMED).await?;
    Ok(Administrator::Others(others.into_iter().map(|holder| holder.email).collect()))
}

/// Those of these names that a role has which is valid everywhere.
pub async fn known_roles(db: &Db, names: &[&str]) -> Result<Vec<String>, Problem> {
    Ok(store::roles::by_names(db.read(), names).await?.into_iter().map(|role| role.name).collect())
}

/// The address of a user, for somebody at the machine who reads who did something; none when the user is gone.
pub async fn address_of(db: &Db, id: UserId) -> Result<Option<String>, Problem> {
    Ok(store::users::find(db.read(), id).await?.map(|user| user.email))
}
