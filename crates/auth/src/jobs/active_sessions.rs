//! Keeps the gauge of sessions.

use crate::domain::Auth;
use orion_infra::tasks::Task;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(30);

/// Counts them twice a minute.
pub(crate) fn task(auth: Auth) -> Task {
    let clock = auth.infra.clock.clone();
    Task::every("active sessions", &clock, EVERY, move || count(auth.clone()))
}

async fn count(auth: Auth) {
    match auth.count_active_sessions().await {
        Ok(count) => auth.metrics.active_sessions.set(i64::try_from(count).unwrap_or(i64::MAX)),
        Err(error) => tracing::debug!(%error, "sessions are not counted"),
    }
}
