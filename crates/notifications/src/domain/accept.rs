//! Accepting what an event asks for: notification, delivery and job are one change, with the note that the event was
//! taken, so that it may come twice and nothing is forgotten. It writes no audit entry: the ledger itself is the record of what was sent,
//! and the change behind the event has its entry where it was made.

use super::Notifications;
use super::delivery::Delivery;
use super::notification::{Notification, SealedVariable, Variables};
use super::template::Template;
use crate::error::NotificationsError;
use crate::store::{self, notifications::Origin};
use orion_contracts::events::NotificationDelivered;
use orion_contracts::notifications::{Channel, NotificationStatus, Priority};
use orion_contracts::{DeliveryId, EventId, UserId};
use orion_infra::jobs::{self, NewJob};
use orion_infra::{Change, DbError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The kind of job that delivers.
pub(crate) const DELIVER: &str = "deliver";

/// The payload of such a job.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct DeliverJob {
    /// What is to be delivered.
    pub(crate) delivery_id: DeliveryId,
}

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
    /// Writes the order down, once; the in-app inbox has it with the commit, other channels get a job.
    pub(crate) async fn accept(&self, change: &mut Change, order: Order) -> Result<(), NotificationsError> {
        let template = self.template(change, order.template, order.channel, &order.locale).await?;
        let (notification, delivery) = self.draft(&order, &template);
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
        match &content {
            Some(_) => {
                let delivered = NotificationDelivered {
                    notification_id: notification.id,
                    user_id: notification.user_id,
                    kind: notification.kind.clone(),
                    channel: delivery.channel,
                };
                change.tell(notification.id.0, 1, delivered);
                let (ledger, channel, state) = (self.clone(), delivery.channel, delivery.state);
                change.after_commit(move || ledger.metrics.ended(channel, state));
            }
            None => self.enqueue(change, delivery.id, order.priority).await?,
        }
        Ok(())
    }

    fn draft(&self, order: &Order, template: &Template) -> (Notification, Delivery) {
        let (clock, random) = (&self.infra.clock, &self.infra.random);
        let variables: Variables =
            order.recipient_name.iter().map(|name| ("display_name".to_owned(), name.as_str().into())).collect();
        let notification = Notification {
            id: random.id(clock),
            user_id: Some(order.user_id),
            kind: order.kind.to_owned(),
            recipient_name: order.recipient_name.clone(),
            variables,
            sealed: order.sealed.clone(),
        };
        let delivery = Delivery {
            id: random.id(clock),
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

    async fn enqueue(&self, change: &Change, delivery_id: DeliveryId, priority: Priority) -> Result<(), DbError> {
        let payload = serde_json::json!(DeliverJob { delivery_id });
        let job = NewJob {
            kind: DELIVER,
            payload: &payload,
            priority: match priority {
                Priority::Low => -1,
                Priority::Normal => 0,
                Priority::High => 1,
                Priority::Urgent => 2,
            },
            due_at: self.infra.clock.now(),
            // The ledger counts the attempts. Were the job to die of a database that was away, a delivery would wait
            // for ever.
            max_attempts: i64::MAX,
        };
        jobs::enqueue(change.transaction(), &self.infra.clock, &self.infra.random, job).await?;
        Ok(())
    }
}
