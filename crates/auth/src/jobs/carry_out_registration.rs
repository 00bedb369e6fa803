//! Registrations that were answered, in a queue of their own: people wait for their mails.

use crate::domain::{Auth, CarryOutRegistration};
use orion_contracts::Problem;
use orion_infra::jobs::{Job, JobContext, Outcome, Queue};
use std::time::Duration;

const REGISTRATIONS: Queue = Queue::new("registrations", 32);

impl Job for CarryOutRegistration {
    const KIND: &'static str = "carry_out_registration";
    const QUEUE: Queue = REGISTRATIONS;
    /// For about a week, should the users service be away: whoever was answered gets a mail.
    const ATTEMPTS: i64 = 2000;
    const LIMIT: Duration = Duration::from_secs(60);
    type State = Auth;

    async fn run(self, auth: &Auth, context: &JobContext) -> Result<Outcome, Problem> {
        Ok(auth.carry_out(context, &self).await?)
    }
}
