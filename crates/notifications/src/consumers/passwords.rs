//! Sending the link by which somebody chooses another password.

use crate::domain::notification::SealedVariable;
use crate::domain::{Addressee, Notifications, Order};
use crate::error::NotificationsError;
use orion_contracts::events::{Event, PasswordResetRequested};
use orion_contracts::notifications::{Channel, Priority};
use orion_infra::Change;

/// How many orders of administrators are mailed to one address as long as a link is good.
const AT_ONCE: u64 = 5;

/// Sends the mail, which says whether somebody asked for the link or an administrator ordered a new password. How many links are
/// asked for is bounded where they are made, by how many are good: a mail that was sent may hold one that is void.
pub(super) async fn send_link(
    notifications: &Notifications,
    change: &mut Change,
    event: &Event,
    told: PasswordResetRequested,
) -> Result<(), NotificationsError> {
    let good_for = told.expires_at - event.occurred_at;
    let (kind, template, at_most) = match told.is_ordered {
        true => ("account.password_ordered", "password_ordered", Some((AT_ONCE, good_for))),
        false => ("account.password_reset", "password_reset", None),
    };
    let order = Order { kind, template, channel: Channel::Email, priority: Priority::High, at_most };
    let link = SealedVariable::password_reset_link(told.user_id, told.link);
    let addressee = Addressee::new(told.user_id, told.email, told.locale)
        .named(told.display_name.as_deref())
        .with("minutes", good_for.num_minutes().to_string())
        .with_sealed("link", link);
    notifications.accept(change, event.id, order, addressee).await
}
