//! Erases users who were deleted long enough ago.

use crate::domain::Users;
use crate::domain::life_cycle::EraseDeleted;
use orion_contracts::Problem;
use orion_infra::jobs::{HOUSEKEEPING, Job, JobContext, Outcome, Queue};
use std::time::Duration;

impl EraseDeleted {
    /// How often they are looked for.
    pub(crate) const EVERY: Duration = Duration::from_secs(3600);
}

impl Job for EraseDeleted {
    const KIND: &'static str = "erase_deleted";
    const QUEUE: Queue = HOUSEKEEPING;
    const LIMIT: Duration = Duration::from_secs(3600);
    type State = Users;

    async fn run(self, users: &Users, context: &JobContext) -> Result<Outcome, Problem> {
        let erased = users.erase_deleted(|| context.is_cancelled()).await?;
        if erased > 0 {
            tracing::info!(erased, "users who were deleted long enough ago were erased");
        }
        Ok(if context.is_cancelled() { Outcome::Stopped } else { Outcome::Done })
    }
}
