//! Cuts what is too old from the audit log, and verifies the rest once a day, so that tampering is noticed without
//! somebody asking.

use crate::domain::Users;
use orion_infra::tasks::Task;
use prometheus::IntGauge;
use std::time::Duration;

/// How often old entries are looked for, and whether a verification is due.
const EVERY: Duration = Duration::from_secs(3600);

/// Cuts and verifies every hour.
pub(crate) fn task(users: Users) -> Task {
    let help = "In how many places the audit log did not hold when it was verified last.";
    let breaks = users.infra().metrics.gauge("audit_chain_breaks", help);
    let clock = users.infra().clock.clone();
    Task::every("audit chain", &clock, EVERY, move || look_after(users.clone(), breaks.clone()))
}

async fn look_after(users: Users, breaks: IntGauge) {
    if let Err(error) = users.cut_audit().await {
        tracing::warn!(%error, "old audit entries could not be removed");
    }
    match users.verify_audit_when_due().await {
        Ok(found) => breaks.set(found),
        Err(error) => tracing::warn!(%error, "the audit log could not be verified"),
    }
}
