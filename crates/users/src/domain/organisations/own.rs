//! What somebody belongs to.

use crate::domain::Users;
use crate::error::UsersError;
use crate::store;
use orion_contracts::organisations::{Membership, MembershipList};
use orion_contracts::{OrganisationId, UserId};
use std::collections::HashMap;

impl Users {
    /// The organisations that somebody is a member of, by name, with the roles that they hold inside at the moment.
    pub(crate) async fn memberships(&self, user: UserId) -> Result<MembershipList, UsersError> {
        let db = self.infra.db.read();
        let joined: HashMap<_, _> = store::organisation_members::of_user(db, user)
            .await?
            .into_iter()
            .map(|member| (member.organisation_id, member.joined_at))
            .collect();
        let ids: Vec<_> = joined.keys().copied().collect();
        let now = self.infra.clock.now();
        let mut roles: HashMap<OrganisationId, Vec<String>> = HashMap::new();
        for held in store::user_roles::of_user(db, user).await? {
            let is_in_force = held.expires_at.is_none_or(|end| end > now);
            if let Some(inside) = held.organisation_id.filter(|_| is_in_force) {
                roles.entry(inside).or_default().push(held.role);
            }
        }
        let found = store::organisations::of_ids(db, &ids).await?.into_iter().filter_map(|row| {
            let joined_at = *joined.get(&row.id)?;
            let roles = roles.remove(&OrganisationId(row.id)).unwrap_or_default();
            Some(Membership { organisation: row.into(), roles, joined_at })
        });
        Ok(MembershipList { items: found.collect() })
    }

    /// The organisations of a user whom there is.
    pub(crate) async fn memberships_of(&self, user: UserId) -> Result<MembershipList, UsersError> {
        store::users::find(self.infra.db.read(), user).await?.ok_or(UsersError::UserNotFound)?;
        self.memberships(user).await
    }
}
