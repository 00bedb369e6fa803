//! Who is not written to any more. Of somebody who may not sign in what waits is cancelled, and what comes later is refused: links lead
//! nowhere, and who was deleted is left alone. What was noticed about the security of their account they are told even so, for it may be
//! why they were suspended, or the work of whoever deleted them.

use super::delivery::{Failure, Verdict, is_ended, summary};
use super::{Addressee, Notifications};
use crate::error::NotificationsError;
use crate::store;
use orion_contracts::UserId;
use orion_contracts::notifications::{Channel, NotificationStatus};
use orion_contracts::users::UserStatus;
use orion_infra::Change;

/// How many deliveries are cancelled at once. Of what is beyond it each attempt is refused before it is made.
const AT_ONCE: u64 = 500;
/// What kinds of messages begin with that are about security.
const SECURITY: &str = "security.";
/// The kind of invitations.
pub(crate) const INVITED: &str = "account.invited";

/// Where somebody stands, as far as something has changed with them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) status: UserStatus,
    /// The user's version with which they came to it.
    pub(crate) version: i64,
    /// That of the last invitation that was mailed.
    pub(crate) invited_version: Option<i64>,
    /// That of the last withdrawal of one.
    pub(crate) withdrawn_version: Option<i64>,
}

impl Standing {
    const UNKNOWN: Self =
        Self { status: UserStatus::PendingVerification, version: 0, invited_version: None, withdrawn_version: None };
}

impl Notifications {
    /// Follows where a user is in their life. What is older than what is known says nothing.
    pub(crate) async fn follow_status(
        &self,
        change: &mut Change,
        user: UserId,
        status: UserStatus,
        version: i64,
    ) -> Result<(), NotificationsError> {
        change.unaudited(super::LEDGER);
        let found = store::addressees::lock(change, user).await?;
        let before = found.unwrap_or(Standing::UNKNOWN);
        if before.version >= version {
            return Ok(());
        }
        let standing = Standing { status, version, ..before };
        store::addressees::put(change, user, standing, found.is_none(), change.now()).await?;
        match reason(status) {
            Some(reason) => self.cancel(change, user, |kind| !is_told_to_all(kind), &reason).await,
            None => Ok(()),
        }
    }

    /// Whether the mail of an invitation is still to be sent, and notes that it was: not when it was withdrawn at a later version.
    pub(crate) async fn is_invited(
        &self,
        change: &Change,
        user: UserId,
        version: i64,
    ) -> Result<bool, NotificationsError> {
        let found = store::addressees::lock(change, user).await?;
        let before = found.unwrap_or(Standing::UNKNOWN);
        if before.withdrawn_version.is_some_and(|withdrawn| withdrawn > version) {
            return Ok(false);
        }
        let standing = Standing { invited_version: before.invited_version.max(Some(version)), ..before };
        store::addressees::put(change, user, standing, found.is_none(), change.now()).await?;
        Ok(true)
    }

    /// Cancels the mail of an invitation that was withdrawn, unless they were invited anew since.
    pub(crate) async fn withdraw_invitation(
        &self,
        change: &mut Change,
        user: UserId,
        version: i64,
    ) -> Result<(), NotificationsError> {
        change.unaudited(super::LEDGER);
        let found = store::addressees::lock(change, user).await?;
        let before = found.unwrap_or(Standing::UNKNOWN);
        let standing = Standing { withdrawn_version: before.withdrawn_version.max(Some(version)), ..before };
        store::addressees::put(change, user, standing, found.is_none(), change.now()).await?;
        if before.invited_version.is_some_and(|invited| invited > version) {
            return Ok(());
        }
        let reason = Failure::new("invitation_withdrawn", "the invitation was withdrawn before it left");
        self.cancel(change, user, |kind| kind == INVITED, &reason).await
    }

    /// Why somebody is not sent this, if so.
    pub(super) async fn refusal(
        &self,
        change: &Change,
        user: Option<UserId>,
        kind: &str,
        channel: Channel,
    ) -> Result<Option<Failure>, NotificationsError> {
        let Some(user) = user.filter(|_| !is_told_to_all(kind)) else { return Ok(None) };
        let standing = store::addressees::find(change, user).await?;
        // Who comes back finds in their inbox what happened meanwhile; a deleted person has none.
        let told = standing.filter(|found| channel != Channel::InApp || found.status == UserStatus::Deleted);
        Ok(told.and_then(|standing| reason(standing.status)))
    }

    /// The same of whom something is about to be accepted for.
    pub(super) async fn is_refused(
        &self,
        change: &Change,
        to: &Addressee,
        kind: &str,
        channel: Channel,
    ) -> Result<bool, NotificationsError> {
        let refusal = self.refusal(change, Some(to.user_id), kind, channel).await?;
        if let Some(failure) = &refusal {
            tracing::info!(kind, user_id = %to.user_id, reason = failure.message, "not sent");
        }
        Ok(refusal.is_some())
    }

    /// Cancels what waits for a user. What is being sent at this moment cannot be called back; it is not tried again.
    async fn cancel(
        &self,
        change: &mut Change,
        user: UserId,
        is_meant: impl Fn(&str) -> bool,
        reason: &Failure,
    ) -> Result<(), NotificationsError> {
        let verdict = Verdict::Cancelled { failure: reason.clone() };
        for waiting in store::deliveries::waiting_of(change, user, AT_ONCE).await? {
            if !is_meant(&waiting.kind) {
                continue;
            }
            let now = change.now();
            store::notifications::next_version(change, waiting.notification_id, now).await?;
            let mut states = store::deliveries::states(change, waiting.notification_id).await?;
            match states.get_mut(&waiting.id) {
                Some(state) if *state == NotificationStatus::Queued => *state = verdict.state(),
                _ => continue,
            }
            store::deliveries::settle(change, waiting.id, &verdict, None, now).await?;
            let states: Vec<_> = states.into_values().collect();
            let erase = states.iter().all(|state| is_ended(*state));
            store::notifications::set_status(change, waiting.notification_id, summary(&states), erase).await?;
            let (notifications, channel) = (self.clone(), waiting.channel);
            change.after_commit(move || notifications.metrics.ended(channel, NotificationStatus::Cancelled));
        }
        Ok(())
    }
}

/// Whether somebody is told of it wherever they stand.
fn is_told_to_all(kind: &str) -> bool {
    kind.starts_with(SECURITY)
}

/// Why nothing is sent to somebody who stands there.
fn reason(status: UserStatus) -> Option<Failure> {
    let (code, message) = match status {
        UserStatus::Active | UserStatus::PendingVerification => return None,
        UserStatus::Deleted => ("recipient_deleted", "the recipient was deleted before it left"),
        UserStatus::Suspended => ("recipient_suspended", "the recipient was suspended before it left"),
        UserStatus::Inactive => ("recipient_inactive", "the recipient was deactivated before it left"),
    };
    Some(Failure::new(code, message))
}
