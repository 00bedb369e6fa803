//! Deletes pictures that nobody shows: those that another one took the place of, those of who was erased, and those whose upload ended
//! before they were shown.

use crate::domain::Users;
use crate::domain::avatars::DropAvatars;
use orion_contracts::Problem;
use orion_infra::jobs::{HOUSEKEEPING, Job, JobContext, Outcome, Queue};
use std::time::Duration;

impl DropAvatars {
    /// How often they are looked for.
    pub(crate) const EVERY: Duration = Duration::from_secs(3600);
}

impl Job for DropAvatars {
    const KIND: &'static str = "drop_avatars";
    const QUEUE: Queue = HOUSEKEEPING;
    type State = Users;

    fn dedupe_key(&self) -> Option<String> {
        Some("all".to_owned())
    }

    async fn run(self, users: &Users, context: &JobContext) -> Result<Outcome, Problem> {
        users.drop_avatars(|| context.is_cancelled()).await?;
        Ok(if context.is_cancelled() { Outcome::Stopped } else { Outcome::Done })
    }
}
