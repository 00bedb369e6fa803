//! Takes from the members of a deleted organisation what they hold inside.

use crate::domain::Users;
use crate::domain::organisations::EmptyOrganisation;
use orion_contracts::Problem;
use orion_infra::jobs::{HOUSEKEEPING, Job, JobContext, Outcome, Queue};
use std::time::Duration;

impl Job for EmptyOrganisation {
    const KIND: &'static str = "empty_organisation";
    const QUEUE: Queue = HOUSEKEEPING;
    const LIMIT: Duration = Duration::from_secs(3600);
    type State = Users;

    fn dedupe_key(&self) -> Option<String> {
        Some(self.id.to_string())
    }

    async fn run(self, users: &Users, context: &JobContext) -> Result<Outcome, Problem> {
        users.empty_organisation(context.author(), self.id, || context.is_cancelled()).await?;
        Ok(if context.is_cancelled() { Outcome::Stopped } else { Outcome::Done })
    }
}
