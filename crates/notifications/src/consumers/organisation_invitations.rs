//! The mail by which somebody who has an account is invited to an organisation.

use crate::domain::{Addressee, Notifications, Order};
use crate::error::NotificationsError;
use chrono::TimeDelta;
use orion_contracts::events::{Event, OrganisationInvited};
use orion_contracts::notifications::{Channel, Priority};
use orion_contracts::organisations::invitation_page;
use orion_infra::Change;

/// How many such mails an address is sent in a day. How many are sent for one organisation is bounded where they are asked for, and told to
/// who asks; this keeps many organisations from filling one mailbox.
const AT_MOST: (u64, TimeDelta) = (20, TimeDelta::days(1));

/// Sends the link to the page where it is answered. It is no secret: whoever opens it signs in, and has to be who was invited.
pub(super) async fn send_link(
    notifications: &Notifications,
    change: &mut Change,
    event: &Event,
    told: OrganisationInvited,
) -> Result<(), NotificationsError> {
    let order = Order {
        kind: "organisation.invited",
        template: "organisation_invitation",
        channel: Channel::Email,
        priority: Priority::Normal,
        at_most: Some(AT_MOST),
    };
    let addressee = Addressee::new(told.user.user_id, told.user.email, told.user.locale)
        .named(told.user.display_name.as_deref())
        .naming("invited_by", told.invited_by.as_deref())
        .naming("organisation", Some(&told.organisation_name))
        .with("until", told.expires_at.format("%Y-%m-%d %H:%M UTC").to_string());
    // A version of before has not told which invitation it is.
    let addressee = match told.invitation_id {
        Some(id) => addressee.with("link", notifications.page(&invitation_page(id))),
        None => addressee,
    };
    notifications.accept(change, event.id, order, addressee).await
}
