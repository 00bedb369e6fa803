//! Where is it, and why: a notification's ways out with every attempt.

use super::Notifications;
use crate::error::NotificationsError;
use crate::store;
use orion_contracts::notifications::DeliveryTimeline;
use orion_contracts::{DeliveryId, NotificationId};

impl Notifications {
    /// The ways out of a notification, first to last, after the given one.
    pub(crate) async fn deliveries(
        &self,
        id: NotificationId,
        after: Option<DeliveryId>,
        limit: u64,
    ) -> Result<Vec<DeliveryTimeline>, NotificationsError> {
        let connection = self.infra.db.read();
        let mut deliveries = store::deliveries::list(connection, id, after, limit).await?;
        if deliveries.is_empty() && after.is_none() {
            return Err(NotificationsError::NotFound);
        }
        let ids: Vec<DeliveryId> = deliveries.iter().map(|delivery| delivery.id).collect();
        for (id, attempt) in store::attempts::of(connection, &ids).await? {
            if let Some(delivery) = deliveries.iter_mut().find(|delivery| delivery.id == id) {
                delivery.attempts.push(attempt);
            }
        }
        Ok(deliveries)
    }
}
