//! What the notifications service tells.

use super::kind::events;
use crate::notifications::Channel;
use crate::{NotificationId, UserId};

events! {
    /// A provider has taken a notification; whether it arrived is not known yet.
    NotificationSent = "notification.sent" for [] {
        /// Which.
        notification_id: NotificationId,
        /// To whom, when it is a user.
        user_id: Option<UserId>,
        /// Its kind.
        kind: String,
        /// The way out.
        channel: Channel,
    }
    /// A notification reached its recipient on one channel.
    NotificationDelivered = "notification.delivered" for [] {
        /// Which.
        notification_id: NotificationId,
        /// To whom, when it is a user.
        user_id: Option<UserId>,
        /// Its kind.
        kind: String,
        /// The way out.
        channel: Channel,
    }
    /// A notification could not be delivered on one channel.
    NotificationFailed = "notification.failed" for [] {
        /// Which.
        notification_id: NotificationId,
        /// To whom, when it is a user.
        user_id: Option<UserId>,
        /// Its kind.
        kind: String,
        /// The way out.
        channel: Channel,
        /// Why, without secrets.
        reason: String,
    }
}
