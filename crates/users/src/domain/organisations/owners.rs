//! Somebody always owns an organisation: whoever alone owns one is not deleted. Who is suspended owns it still, and comes back to it.

use crate::error::UsersError;
use crate::store;
use crate::store::organisation_members as members;
use crate::store::organisations::Model;
use orion_contracts::permissions::{Demand, OrganisationsRead};
use orion_contracts::roles::ORGANISATION_OWNER;
use orion_contracts::{OrganisationId, UserId};
use orion_http::Permitted;
use orion_http::identity::Object;
use orion_infra::Change;
use uuid::Uuid;

/// The most organisations that a refusal names.
const NAMED: usize = 5;

/// What a user owns for good, locked: before users, as every change inside an organisation locks it.
pub(in crate::domain) struct Owned {
    owner: Uuid,
    /// All that were found, also such as are deleted and not emptied yet.
    found: Vec<OrganisationId>,
    organisations: Vec<Model>,
}

/// Locks the role of owners, which comes before organisations: nobody is made one by name, or makes an organisation, until the change
/// ends. Who accepts an invitation becomes one without that lock.
pub(in crate::domain) async fn lock_owner_role(change: &Change) -> Result<Uuid, UsersError> {
    Ok(store::roles::lock(change, ORGANISATION_OWNER).await?.ok_or(UsersError::RoleNotFound)?.id)
}

/// Locks the organisations that a user owns for good by that role.
pub(in crate::domain) async fn lock_owned(change: &Change, user: UserId, owner: Uuid) -> Result<Owned, UsersError> {
    let found = members::owned_for_good(change, user, owner).await?;
    let mut organisations = Vec::new();
    for id in &found {
        organisations.extend(store::organisations::lock(change, *id).await?);
    }
    Ok(Owned { owner, found, organisations })
}

/// Refuses to delete a user, who is locked, while nobody else owns one of these. Their names are for who may see organisations.
pub(in crate::domain) async fn keep_owners(
    change: &Change,
    caller: &Permitted,
    user: UserId,
    owned: &Owned,
) -> Result<(), UsersError> {
    // Nobody becomes an owner without the lock on themselves: what they own at this moment is all, and what was not found before is not
    // locked, so that another owner of it might be leaving.
    let now_owned = members::owned_for_good(change, user, owned.owner).await?;
    if now_owned.iter().any(|id| !owned.found.contains(id)) {
        return Err(UsersError::OwnsMeanwhile);
    }
    let mut left = Vec::new();
    for organisation in &owned.organisations {
        let id = OrganisationId(organisation.id);
        if members::lasting_holders_beside(change, id, user, owned.owner).await? == 0 {
            left.push(organisation.name.clone());
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    let sees = caller.also_holds(OrganisationsRead::PERMISSION, &Object::PLATFORM);
    let named: Vec<_> = left.iter().take(NAMED).filter(|_| sees).cloned().collect();
    Err(UsersError::LastOwnerOf { others: left.len() - named.len(), named })
}
