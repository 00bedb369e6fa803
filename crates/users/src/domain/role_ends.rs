//! Roles that end by their time. Nobody brings that about, so it is told afterwards: whoever keeps a person's roles, as auth does for their
//! tokens, would go on with one that has ended.

use super::Users;
use crate::error::UsersError;
use crate::store;
use orion_contracts::Author;
use orion_contracts::UserId;
use orion_contracts::bus::BusMessage;
use orion_contracts::events::UserRoleChanged;
use std::collections::BTreeMap;

/// How many are read at once.
const SLICE: u64 = 500;

impl Users {
    /// Tells of each role that has ended since it was looked last, once.
    pub(crate) async fn tell_ended_roles(&self) -> Result<(), UsersError> {
        // A clock that is ahead for a while would take a role from who holds it, and nobody would give it back.
        let now = self.infra.believed_now().await?;
        let mut failure = None;
        loop {
            let ended = store::user_roles::ended_untold(self.infra.db.read_aside(), now, SLICE).await?;
            let is_last = u64::try_from(ended.len()).unwrap_or(u64::MAX) < SLICE;
            let (mut of_users, mut is_told): (BTreeMap<_, Vec<_>>, _) = (BTreeMap::new(), false);
            for held in ended {
                of_users.entry(held.user_id).or_default().push(held);
            }
            for (user, ended) in of_users {
                // One who cannot be read holds up nobody else.
                match self.tell_ended_roles_of(UserId(user), ended).await {
                    Ok(is_theirs) => is_told |= is_theirs,
                    Err(error) => failure = Some(error),
                }
            }
            // What could not be told of is read again: a slice of nothing else is left for the next time.
            if is_last || !is_told {
                return failure.map_or(Ok(()), Err);
            }
        }
    }

    /// Tells of somebody's; whether any still had to be told of.
    async fn tell_ended_roles_of(&self, id: UserId, ended: Vec<store::user_roles::Model>) -> Result<bool, UsersError> {
        let ended = &ended;
        self.infra
            .write(Author::PLATFORM, async |change| {
                change.unaudited("the end of each is in the entry that it was given with");
                let Some(mut user) = store::users::lock(change, id).await? else { return Ok(false) };
                let mut is_told = false;
                for held in ended {
                    // Somebody else may have told it meanwhile, or prolonged it.
                    is_told |= store::user_roles::note_told(change, held).await?;
                }
                if !is_told {
                    return Ok(false);
                }
                user.version += 1;
                user.grants_version += 1;
                user.updated_at = change.now();
                let version = user.grants_version;
                store::users::update(change, &user).await?;
                let is_person = !user.is_service_account;
                let user = store::users::complete(change, user, change.now()).await?;
                if is_person {
                    change.tell(user.id.0, user.version, UserRoleChanged { user: (&user).into() });
                }
                change.announce(BusMessage::GrantsChanged { user_id: user.id, version });
                Ok(true)
            })
            .await
    }
}
