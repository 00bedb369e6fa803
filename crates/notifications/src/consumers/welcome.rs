//! A new user finds a welcome in the in-app inbox.

use crate::domain::greeting::greeting_name;
use crate::domain::{Notifications, Order};
use crate::error::NotificationsError;
use orion_contracts::events::{Event, UserCreated};
use orion_contracts::notifications::{Channel, Priority};
use orion_infra::Change;
use std::collections::BTreeMap;

pub(super) async fn greet(
    notifications: &Notifications,
    change: &mut Change,
    event: &Event,
    UserCreated { user }: UserCreated,
) -> Result<(), NotificationsError> {
    let order = Order {
        event: event.id,
        user_id: user.user_id,
        recipient: user.user_id.to_string(),
        recipient_name: greeting_name(user.display_name.as_deref()),
        kind: "account.welcome",
        template: "welcome",
        channel: Channel::InApp,
        priority: Priority::Normal,
        locale: user.locale,
        sealed: BTreeMap::new(),
    };
    notifications.accept(change, order).await
}
