//! The job that makes one attempt at a delivery.

use crate::domain::Notifications;
use orion_contracts::{DeliveryId, Problem};
use orion_infra::jobs::{Job, JobContext, Outcome, Queue};
use serde::{Deserialize, Serialize};

/// Mails wait for nothing but other mails.
const MAIL: Queue = Queue::new("mail", 16);

/// Delivers.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Deliver {
    /// What is to be delivered.
    pub(crate) delivery_id: DeliveryId,
}

impl Job for Deliver {
    const KIND: &'static str = "deliver";
    const QUEUE: Queue = MAIL;
    /// The ledger counts the attempts. Were the job to die of a database that was away, a delivery would wait for ever.
    const ATTEMPTS: i64 = i64::MAX;
    type State = Notifications;

    async fn run(self, notifications: &Notifications, context: &JobContext) -> Result<Outcome, Problem> {
        Ok(notifications.deliver(context, self.delivery_id).await?)
    }
}
