//! Removes users who never verified their address.

use crate::domain::Users;
use crate::domain::unverified::RemoveUnverified;
use orion_contracts::Problem;
use orion_infra::jobs::{HOUSEKEEPING, Job, JobContext, Outcome, Queue};
use std::time::Duration;

impl RemoveUnverified {
    /// How often they are looked for.
    pub(crate) const EVERY: Duration = Duration::from_secs(3600);
}

impl Job for RemoveUnverified {
    const KIND: &'static str = "remove_unverified";
    const QUEUE: Queue = HOUSEKEEPING;
    const LIMIT: Duration = Duration::from_secs(3600);
    type State = Users;

    async fn run(self, users: &Users, context: &JobContext) -> Result<Outcome, Problem> {
        let removed = users.remove_unverified(|| context.is_cancelled()).await?;
        if removed > 0 {
            tracing::info!(removed, "users who never verified their address were removed");
        }
        Ok(if context.is_cancelled() { Outcome::Stopped } else { Outcome::Done })
    }
}
