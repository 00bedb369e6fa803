//! Deliveries, in a queue of their own.

use crate::domain::{Deliver, Notifications};
use orion_contracts::Problem;
use orion_infra::jobs::{Job, JobContext, Outcome, Queue};

/// Mails wait for nothing but other mails.
const MAIL: Queue = Queue::new("mail", 16);

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
