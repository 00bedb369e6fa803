//! Accepting what an event asks for: notification, delivery and job are one change with the note that the event was taken,
//! so that it may come twice and nothing is forgotten.

use super::deliver::Deliver;
use super::delivery::Delivery;
use super::notification::Notification;
use super::{Addressee, Notifications, Order};
use crate::error::NotificationsError;
use crate::store::{self, notifications::Origin};
use orion_contracts::events::NotificationDelivered;
use orion_contracts::notifications::{Channel, NotificationStatus, Priority};
use orion_contracts::{EventId, TemplateId};
use orion_infra::Change;
use orion_infra::jobs::JobOptions;

impl Notifications {
    /// Writes down what the event asks for; the in-app inbox has it with the change, other channels get a job. One event
    /// is served once. A recipient who was sent enough of the kind is sent no more.
    pub(crate) async fn accept(
        &self,
        change: &mut Change,
        event: EventId,
        order: Order,
        addressee: Addressee,
    ) -> Result<(), NotificationsError> {
        change.unaudited(super::LEDGER);
        if self.is_refused(change, &addressee, order.kind, order.channel).await? {
            return Ok(());
        }
        if self.has_enough(change, &order, &addressee).await? {
            tracing::info!(kind = order.kind, user_id = %addressee.user_id, "sent often enough of late; dropped");
            return Ok(());
        }
        let template = self.template(change, order.template, order.channel, &addressee.locale).await?;
        let (notification, delivery) = draft(change, &order, addressee, template);
        let content = match delivery.state {
            NotificationStatus::Delivered => {
                let compiled = self.compiled(change, template).await??;
                Some(self.renderer.render(&compiled, &notification.variables)?)
            }
            _ => None,
        };
        let now = change.now();
        let origin =
            Origin { event, priority: order.priority, template_name: order.template, status: delivery.state, now };
        store::notifications::insert(change, &notification, &origin).await?;
        store::deliveries::insert(change, &delivery, content.as_ref(), now).await?;
        if content.is_none() {
            let options = JobOptions { priority: Some(priority(order.priority)), ..JobOptions::default() };
            change.enqueue_with(Deliver { delivery_id: delivery.id }, options);
            return Ok(());
        }
        let delivered = NotificationDelivered {
            notification_id: notification.id,
            user_id: notification.user_id,
            kind: notification.kind,
            channel: delivery.channel,
        };
        change.tell(notification.id.0, 1, delivered);
        let notifications = self.clone();
        change.after_commit(move || notifications.metrics.ended(delivery.channel, delivery.state));
        Ok(())
    }
}

impl Notifications {
    /// Whether the recipient was sent as many of this kind of late as anybody is.
    async fn has_enough(&self, change: &Change, order: &Order, to: &Addressee) -> Result<bool, NotificationsError> {
        let Some((times, within)) = order.at_most else { return Ok(false) };
        let since = change.now() - within;
        let recipient = to.recipient(order.channel);
        Ok(store::deliveries::count_since(change, &recipient, order.kind, since).await? >= times)
    }
}

fn draft(change: &Change, order: &Order, addressee: Addressee, template_id: TemplateId) -> (Notification, Delivery) {
    let recipient = addressee.recipient(order.channel);
    let notification = Notification {
        id: change.id(),
        user_id: Some(addressee.user_id),
        kind: order.kind.to_owned(),
        recipient_name: addressee.name,
        variables: addressee.variables,
        sealed: addressee.sealed,
    };
    let delivery = Delivery {
        id: change.id(),
        notification_id: notification.id,
        channel: order.channel,
        recipient,
        // The in-app inbox is this very database: what is committed has arrived.
        state: match order.channel {
            Channel::InApp => NotificationStatus::Delivered,
            _ => NotificationStatus::Queued,
        },
        template_id,
        attempts: 0,
    };
    (notification, delivery)
}

fn priority(priority: Priority) -> i64 {
    match priority {
        Priority::Low => -1,
        Priority::Normal => 0,
        Priority::High => 1,
        Priority::Urgent => 2,
    }
}
