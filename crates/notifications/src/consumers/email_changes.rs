//! Sending the links by which a change of somebody's address is confirmed.

use crate::domain::notification::SealedVariable;
use crate::domain::{Addressee, Notifications, Order};
use crate::error::NotificationsError;
use chrono::TimeDelta;
use orion_contracts::email_changes::EmailSide;
use orion_contracts::events::{EmailChangeRequested, Event};
use orion_contracts::notifications::{Channel, Priority};
use orion_infra::Change;

/// How many such mails an address is sent in a day. How many changes are asked for is bounded where they are, and told to who asks;
/// this keeps many accounts from filling one mailbox.
const AT_MOST: (u64, TimeDelta) = (40, TimeDelta::days(1));

/// Sends the mail to the address of now, which may refuse the change, or the one to the new address, which is told of nobody's.
pub(super) async fn send_link(
    notifications: &Notifications,
    change: &mut Change,
    event: &Event,
    told: EmailChangeRequested,
) -> Result<(), NotificationsError> {
    let (kind, template) = match told.side {
        EmailSide::Current => ("account.email_change_current", "email_change_current"),
        EmailSide::New => ("account.email_change_new", "email_change_new"),
    };
    let order = Order { kind, template, channel: Channel::Email, priority: Priority::High, at_most: Some(AT_MOST) };
    let link = SealedVariable::email_change_link(told.user_id, told.link);
    let addressee = Addressee::new(told.user_id, told.email, told.locale)
        .named(told.display_name.as_deref())
        .with("until", told.expires_at.format("%Y-%m-%d %H:%M UTC").to_string())
        .with_sealed("link", link);
    let addressee = match told.side {
        EmailSide::Current => addressee.with("new_email", told.new_email.as_str()),
        EmailSide::New => addressee,
    };
    notifications.accept(change, event.id, order, addressee).await
}
