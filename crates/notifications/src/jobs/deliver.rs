//! Deliveries, in a queue of their own.

use crate::domain::{Deliver, Notifications};
use orion_contracts::Problem;
use orion_infra::jobs::{Job, JobContext, Outcome, Queue};
use std::time::Duration;

/// Mails wait for nothing but other mails. Most of those under way only wait for an answer: a mailer lets fewer speak.
const MAIL: Queue = Queue::new("mail", 64);

impl Job for Deliver {
    const KIND: &'static str = "deliver";
    const QUEUE: Queue = MAIL;
    /// The ledger counts the attempts. Were the job to die of a database that was away, a delivery would wait for ever.
    const ATTEMPTS: i64 = i64::MAX;
    /// Longer than mails ahead may take to have their turn, and a provider to answer.
    const LIMIT: Duration = Duration::from_secs(1200);
    type State = Notifications;

    async fn run(self, notifications: &Notifications, context: &JobContext) -> Result<Outcome, Problem> {
        Ok(notifications.deliver(context, self.delivery_id).await?)
    }
}
