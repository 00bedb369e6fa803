//! Cuts what is too old from the audit log, and verifies the rest once a day, so that tampering is noticed without
//! somebody asking.

use crate::domain::{Users, audit};
use crate::error::UsersError;
use chrono::Duration as Days;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often old entries are looked for.
const CUT_EVERY: Duration = Duration::from_secs(3600);
/// How many cuts go by between two verifications.
const CUTS_PER_VERIFICATION: u32 = 24;

/// Works until told to stop.
pub(crate) async fn run(users: Users, stop: CancellationToken) {
    for round in 1_u32.. {
        tokio::select! {
            () = stop.cancelled() => return,
            () = users.infra().clock.sleep(CUT_EVERY) => {}
        }
        if let Err(error) = cut(&users).await {
            tracing::warn!(%error, "old audit entries could not be removed");
        }
        if round % CUTS_PER_VERIFICATION == 0
            && let Err(error) = verify(&users).await
        {
            tracing::warn!(%error, "the audit log could not be verified");
        }
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

async fn verify(users: &Users) -> Result<(), UsersError> {
    let infra = users.infra();
    let breaks = audit::verify(&infra.db, &infra.secrets).await?;
    if let Some(first) = breaks.first() {
        tracing::error!(breaks = breaks.len(), %first, "the audit log does not hold: it was tampered with");
    }
    Ok(())
}
