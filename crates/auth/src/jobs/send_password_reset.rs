//! Requests for a link that were answered, in a queue of their own: people wait for their mails.

use crate::domain::{Auth, SendPasswordReset};
use orion_contracts::Problem;
use orion_infra::jobs::{Job, JobContext, Outcome, Queue};
use std::time::Duration;

const RESETS: Queue = Queue::new("password_resets", 8);

impl Job for SendPasswordReset {
    const KIND: &'static str = "send_password_reset";
    const QUEUE: Queue = RESETS;
    const ATTEMPTS: i64 = 100;
    const LIMIT: Duration = Duration::from_secs(60);
    type State = Auth;

    async fn run(self, auth: &Auth, context: &JobContext) -> Result<Outcome, Problem> {
        Ok(auth.send_reset(context, &self).await?)
    }
}
