//! Spells anew what a version before has spelt otherwise than this one searches and sorts.

use crate::domain::Users;
use crate::domain::spelling::Respell;
use orion_contracts::Problem;
use orion_infra::jobs::{HOUSEKEEPING, Job, JobContext, Outcome, Queue};
use std::time::Duration;

impl Respell {
    /// How often it is looked for. Where there is none that is three looks into indexes of nothing.
    pub(crate) const EVERY: Duration = Duration::from_secs(600);
}

impl Job for Respell {
    const KIND: &'static str = "respell";
    const QUEUE: Queue = HOUSEKEEPING;
    const LIMIT: Duration = Duration::from_secs(3600);
    type State = Users;

    async fn run(self, users: &Users, context: &JobContext) -> Result<Outcome, Problem> {
        let spelt = users.respell(|| context.is_cancelled()).await?;
        if spelt > 0 {
            tracing::info!(spelt, "names were spelt anew that a version before had spelt");
        }
        Ok(if context.is_cancelled() { Outcome::Stopped } else { Outcome::Done })
    }
}
