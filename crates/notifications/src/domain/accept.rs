//! Accepting what an event asks for: notification, delivery and job are one change with the note that the event was taken,
//! so that it may come twice and nothing is forgotten.

use super::Notifications;
use super::deliver::Deliver;
use super::delivery::Delivery;
use super::notification::{Notification, SealedVariable, Variables};
use super::template::Template;
use crate::error::NotificationsError;
use crate::store::{self, notifications::Origin};
use orion_contracts::events::NotificationDelivered;
use orion_contracts::notifications::{Channel, NotificationStatus, Priority};
use orion_contracts::{EventId, UserId};
use orion_infra::Change;
use orion_infra::jobs::JobOptions;
use std::collections::BTreeMap;

/// What an event asks to be sent.
pub(crate) struct Order {
    /// The event; it is served once.
    pub(crate) event: EventId,
    /// To whom.
    pub(crate) user_id: UserId,
    /// Address, or user id for the in-app inbox.
    pub(crate) recipient: String,
    /// Name to greet, fit for a mail.
    pub(crate) recipient_name: Option<String>,
    /// What preferences are set on.
    pub(crate) kind: &'static str,
    /// The template's name.
    pub(crate) template: &'static str,
    /// The way out.
    pub(crate) channel: Channel,
    /// How urgent it is.
    pub(crate) priority: Priority,
    /// The person's language.
    pub(crate) locale: String,
    /// Secrets, as sealed as they came.
    pub(crate) sealed: BTreeMap<String, SealedVariable>,
}

impl Notifications {
    /// Writes the order down; the in-app inbox has it with the change, other channels get a job.
    pub(crate) async fn accept(&self, change: &mut Change, order: Order) -> Result<(), NotificationsError> {
        change.unaudited(super::LEDGER);
        let template = self.template(change, order.template, order.channel, &order.locale).await?;
        let (notification, delivery) = draft(change, &order, &template);
        let content = match delivery.state {
            NotificationStatus::Delivered => Some(self.renderer.render(&template, &notification.variables)?),
            _ => None,
        };
        let now = change.now();
        let origin = Origin {
            event: order.event,
            priority: order.priority,
            template_name: order.template,
            status: delivery.state,
            now,
        };
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

fn draft(change: &Change, order: &Order, template: &Template) -> (Notification, Delivery) {
    let variables: Variables =
        order.recipient_name.iter().map(|name| ("display_name".to_owned(), name.as_str().into())).collect();
    let notification = Notification {
        id: change.id(),
        user_id: Some(order.user_id),
        kind: order.kind.to_owned(),
        recipient_name: order.recipient_name.clone(),
        variables,
        sealed: order.sealed.clone(),
    };
    let delivery = Delivery {
        id: change.id(),
        notification_id: notification.id,
        channel: order.channel,
        recipient: order.recipient.clone(),
        // The in-app inbox is this very database: what is committed has arrived.
        state: match order.channel {
            Channel::InApp => NotificationStatus::Delivered,
            _ => NotificationStatus::Queued,
        },
        template_id: template.id,
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
