//! Users who registered and never verified their address are removed: nobody has proven to be them, and their address
//! may be somebody else's, who wants to register one day.

use super::{Users, avatars};
use crate::error::UsersError;
use crate::store;
use crate::store::users::Model;
use chrono::{DateTime, Duration, Utc};
use orion_contracts::audit::AuditAction;
use orion_contracts::bus::BusMessage;
use orion_contracts::events::{UserDeleted, UserFacts};
use orion_contracts::users::{RemovedUser, UserStatus};
use orion_contracts::{Author, UserId};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use serde::{Deserialize, Serialize};

/// How many are looked for at once.
const SLICE: u64 = 200;

/// The job that removes them, again and again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RemoveUnverified {}

impl Users {
    /// Removes those who did not verify their address in time, unless a link to them still works; how many. Who cannot be
    /// removed does not keep the others: it is told at the end.
    pub(crate) async fn remove_unverified(&self, is_stopped: impl Fn() -> bool) -> Result<u64, UsersError> {
        let before = self.infra.believed_now().await? - Duration::days(i64::from(self.config.get().unverified_days));
        let (mut removed, mut after, mut failure) = (0, None, None);
        loop {
            let found = store::users::unverified(self.infra.db.read_aside(), before, after, SLICE).await?;
            let Some(last) = found.last() else { return failure.map_or(Ok(removed), Err) };
            after = Some((last.created_at, UserId(last.id)));
            for user in found {
                if is_stopped() {
                    return Ok(removed);
                }
                match self.remove(UserId(user.id), before).await {
                    Ok(is_removed) => removed += u64::from(is_removed),
                    Err(error) => {
                        tracing::error!(user_id = %user.id, %error, "an unverified user cannot be removed");
                        failure = Some(error);
                    }
                }
            }
        }
    }

    /// Removes a user who is still unverified, and whose invitation, if they have one, ended before that moment; whether they were.
    async fn remove(&self, id: UserId, before: DateTime<Utc>) -> Result<bool, UsersError> {
        let now = self.infra.believed_now().await?;
        self.infra
            .write(Author::PLATFORM, async |change| {
                let Some(user) = store::users::lock(change, id).await? else { return Ok(false) };
                let is_pending = user.status()? == UserStatus::PendingVerification;
                if !is_pending || store::email_verifications::is_awaited(change, id, now).await? {
                    return Ok(false);
                }
                if store::invitations::find(change, id).await?.is_some_and(|invitation| waits(&invitation, before)) {
                    return Ok(false);
                }
                let description = "Removed a user who never verified their address";
                remove_from(change, user, description).await?;
                Ok(true)
            })
            .await
    }
}

/// Whether an invitation keeps somebody: who was created and is not invited yet has had no link to open, and one that ran out or was
/// withdrawn can be sent again for as long as who registers has time to verify their address.
fn waits(invitation: &store::invitations::Model, before: DateTime<Utc>) -> bool {
    let end = invitation.withdrawn_at.or(invitation.expires_at);
    end.is_none_or(|end| end >= before)
}

/// Removes a user as part of a change; what there is to say of them now.
pub(super) async fn remove_from(
    change: &mut Change,
    user: Model,
    description: impl Into<String>,
) -> Result<RemovedUser, UsersError> {
    let (version, grants_version) = (user.version + 1, user.grants_version + 1);
    let is_person = !user.is_service_account;
    avatars::forget(change, user.avatar.as_deref()).await?;
    let old = store::users::complete(change, user, change.now()).await?;
    store::users::delete(change, old.id).await?;
    // Without values: what is erased shall not stand in the log once more.
    change.audit(AuditRecord::new(AuditAction::Delete, "user", description).on(old.id));
    let facts = UserFacts { status: UserStatus::Deleted, roles: Vec::new(), ..UserFacts::from(&old) };
    if is_person {
        change.tell(old.id.0, version, UserDeleted { user: facts.clone() });
    }
    change.announce(BusMessage::GrantsChanged { user_id: old.id, version: grants_version });
    Ok(RemovedUser { facts, version })
}
