//! A new account is sent the link that verifies its address.

use crate::domain::greeting::greeting_name;
use crate::domain::notification::SealedVariable;
use crate::domain::{Notifications, Order};
use crate::error::NotificationsError;
use orion_contracts::events::{Event, VerificationRequested};
use orion_contracts::notifications::{Channel, Priority};
use orion_infra::Change;
use std::collections::BTreeMap;

pub(super) async fn send_link(
    notifications: &Notifications,
    change: &mut Change,
    event: &Event,
    told: VerificationRequested,
) -> Result<(), NotificationsError> {
    let link = SealedVariable::verification_link(told.user_id, told.link);
    let order = Order {
        event: event.id,
        user_id: told.user_id,
        recipient: told.email.to_string(),
        recipient_name: greeting_name(told.display_name.as_deref()),
        kind: "account.welcome",
        template: "welcome",
        channel: Channel::Email,
        // Somebody sits there and waits for it.
        priority: Priority::High,
        locale: told.locale,
        sealed: BTreeMap::from([("link".to_owned(), link)]),
    };
    notifications.accept(change, order).await
}
