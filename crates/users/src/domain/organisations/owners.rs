//! Somebody always owns an organisation: whoever alone owns one is not deleted. Who is suspended owns it still, and comes back to it.

use crate::error::UsersError;
use crate::store;
use crate::store::organisation_members as members;
use crate::store::organisations::Model;
use orion_contracts::roles::ORGANISATION_OWNER;
use orion_contracts::{OrganisationId, UserId};
use orion_infra::Change;
use uuid::Uuid;

/// What a user owns for good, locked: before users, as every change inside an organisation locks it.
pub(in crate::domain) struct Owned {
    owner: Uuid,
    organisations: Vec<Model>,
}

/// Locks the organisations that a user owns for good.
pub(in crate::domain) async fn lock_owned(change: &Change, user: UserId) -> Result<Owned, UsersError> {
    let found = store::roles::by_names(change, &[ORGANISATION_OWNER]).await?;
    let owner = found.first().ok_or(UsersError::RoleNotFound)?.id;
    let mut organisations = Vec::new();
    for id in members::owned_for_good(change, user, owner).await? {
        organisations.extend(store::organisations::lock(change, id).await?);
    }
    Ok(Owned { owner, organisations })
}

/// Refuses to delete a user, who is locked, while nobody else owns one of these.
pub(in crate::domain) async fn keep_owners(change: &Change, user: UserId, owned: &Owned) -> Result<(), UsersError> {
    let mut left = Vec::new();
    for organisation in &owned.organisations {
        let id = OrganisationId(organisation.id);
        if members::lasting_holders_beside(change, id, user, owned.owner).await? == 0 {
            left.push(organisation.name.clone());
        }
    }
    if left.is_empty() { Ok(()) } else { Err(UsersError::LastOwnerOf(left)) }
}
