//! Who is not written to any more, and whose invitation was withdrawn.

use crate::domain::addressees::INVITED;
use crate::domain::notification::SealedVariable;
use crate::domain::{Addressee, Notifications, Order};
use crate::error::NotificationsError;
use chrono::TimeDelta;
use orion_contracts::events::{Event, InvitationRequested, InvitationWithdrawn, TellsOfUser};
use orion_contracts::notifications::{Channel, Priority};
use orion_infra::Change;

/// How many invitations are mailed to one address in a day, whoever invites: what is sent for one organisation is bounded where it is asked
/// for, so that none keeps the mails of another back.
const INVITATIONS: (u64, TimeDelta) = (20, TimeDelta::days(1));

/// Follows a user who was suspended, deactivated, deleted, restored or erased.
pub(super) async fn follow<P: TellsOfUser>(
    notifications: &Notifications,
    change: &mut Change,
    event: &Event,
    told: P,
) -> Result<(), NotificationsError> {
    let facts = told.facts();
    notifications.follow_status(change, facts.user_id, facts.status, event.aggregate_version).await
}

/// Mails an invitation, unless it was withdrawn since. Auth tells of it at the version of the user with which they were invited.
pub(super) async fn invite(
    notifications: &Notifications,
    change: &mut Change,
    event: &Event,
    told: InvitationRequested,
) -> Result<(), NotificationsError> {
    if !notifications.is_invited(change, told.user_id, event.aggregate_version).await? {
        change.unaudited("an invitation that was withdrawn is not mailed");
        return Ok(());
    }
    let order = Order {
        kind: INVITED,
        template: "invitation",
        channel: Channel::Email,
        priority: Priority::High,
        at_most: Some(INVITATIONS),
    };
    let link = SealedVariable::verification_link(told.user_id, told.link);
    let until = told.expires_at.format("%Y-%m-%d %H:%M UTC").to_string();
    let addressee = Addressee::new(told.user_id, told.email, told.locale)
        .named(told.display_name.as_deref())
        .naming("invited_by", told.invited_by.as_deref())
        .naming("organisation", told.organisation.as_deref())
        .with("until", until)
        .with_sealed("link", link);
    notifications.accept(change, event.id, order, addressee).await
}

/// Cancels the mail of an invitation that was withdrawn.
pub(super) async fn withdraw(
    notifications: &Notifications,
    change: &mut Change,
    event: &Event,
    told: InvitationWithdrawn,
) -> Result<(), NotificationsError> {
    notifications.withdraw_invitation(change, told.user_id, event.aggregate_version).await
}
