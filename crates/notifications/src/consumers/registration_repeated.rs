//! The owner of an address is told that somebody tried to register it again.

use crate::domain::{Notifications, Order};
use crate::error::NotificationsError;
use orion_contracts::events::{Event, RegistrationRepeated};
use orion_contracts::notifications::{Channel, Priority};
use orion_infra::Change;
use std::collections::BTreeMap;

pub(super) async fn warn_owner(
    notifications: &Notifications,
    change: &mut Change,
    event: &Event,
    told: RegistrationRepeated,
) -> Result<(), NotificationsError> {
    let order = Order {
        event: event.id,
        user_id: told.user_id,
        recipient: told.email.to_string(),
        recipient_name: None,
        kind: "account.registration_repeated",
        template: "already_registered",
        channel: Channel::Email,
        priority: Priority::Normal,
        locale: told.locale,
        sealed: BTreeMap::new(),
    };
    notifications.accept(change, order).await
}
