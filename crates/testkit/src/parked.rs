//! Events that a consumer did not take, and the time until they are tried again.

use orion_contracts::jobs::{JobInfo, JobQuery, JobState};
use orion_infra::Infra;
use orion_infra::events::Consume;
use orion_infra::jobs::{self, Job};
use std::time::Duration;

/// The longest pause between two looks at a queue.
const POLL: Duration = Duration::from_secs(1);

/// A service's parked events, newest first.
pub async fn parked(infra: &Infra) -> Vec<JobInfo> {
    let query = JobQuery { kind: Some(Consume::KIND.to_owned()), ..JobQuery::default() };
    jobs::list(infra, &query, None, 100).await.unwrap()
}

/// How much time has to pass until the next of them is tried; nothing while one is, for it would be broken off.
pub fn until_next_try(infra: &Infra, parked: &[JobInfo]) -> Option<Duration> {
    if parked.iter().any(|job| job.state == JobState::Running) {
        return None;
    }
    let due = parked.iter().filter(|job| job.state == JobState::Due).map(|job| job.due_at).min()?;
    let until = (due - infra.clock.now()).to_std().ok()?;
    Some(until.max(POLL) + Duration::from_millis(10))
}
