//! Tells others that roles have ended.

use crate::domain::Users;
use orion_infra::tasks::Task;
use std::time::Duration;

/// How often ended roles are looked for. Within the platform each decision asks what is held at that moment; this is for tokens, and what
/// is open.
const EVERY: Duration = Duration::from_secs(5);

/// Looks for ended roles.
pub(crate) fn task(users: Users) -> Task {
    let clock = users.infra().clock.clone();
    Task::every("role ends", &clock, EVERY, move || tell(users.clone()))
}

async fn tell(users: Users) {
    if let Err(error) = users.tell_ended_roles().await {
        tracing::warn!(%error, "others could not be told of ended roles; tried again soon");
    }
}
