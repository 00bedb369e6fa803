//! Cuts what is too old from the audit log, and verifies the rest once a day, so that tampering is noticed without
//! somebody asking.

use crate::domain::{Users, audit};
use crate::error::UsersError;
use crate::store::audit_chain;
use chrono::{DateTime, Duration as Days, Utc};
use orion_infra::tasks::Task;
use std::time::Duration;

/// How often old entries are looked for, and whether a verification is due.
const EVERY: Duration = Duration::from_secs(3600);
/// How long after a verification the next one is due.
const VERIFY_AFTER: Days = Days::hours(24);

/// Cuts and verifies every hour.
pub(crate) fn task(users: Users) -> Task {
    let clock = users.infra().clock.clone();
    Task::every("audit chain", &clock, EVERY, move || look_after(users.clone()))
}

async fn look_after(users: Users) {
    if let Err(error) = cut(&users).await {
        tracing::warn!(%error, "old audit entries could not be removed");
    }
    if let Err(error) = verify_when_due(&users).await {
        tracing::warn!(%error, "the audit log could not be verified");
    }
}

async fn cut(users: &Users) -> Result<(), UsersError> {
    let infra = users.infra();
    let before = infra.clock.now() - Days::days(i64::from(users.config().audit_retention_days));
    match audit::cut(&infra.db, &infra.secrets, before).await? {
        0 => {}
        entries => tracing::info!(entries, "old audit entries removed"),
    }
    Ok(())
}

/// Whether it is due is said by the database: restarts must not put it off, and one process of several is enough.
async fn verify_when_due(users: &Users) -> Result<(), UsersError> {
    let infra = users.infra();
    let now = infra.clock.now();
    // A time in the future is nobody's honest note.
    let recent = |last: DateTime<Utc>| last <= now && now - last < VERIFY_AFTER;
    if audit_chain::verified_at(infra.db.read()).await?.is_some_and(recent) {
        return Ok(());
    }
    let breaks = audit::verify(&infra.db, &infra.secrets).await?;
    if let Some(first) = breaks.first() {
        tracing::error!(breaks = breaks.len(), %first, "the audit log does not hold: it was tampered with");
    }
    let txn = infra.db.begin().await?;
    audit_chain::verified(&txn, now).await?;
    Ok(txn.commit().await?)
}
