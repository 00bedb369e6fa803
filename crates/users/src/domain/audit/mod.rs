//! The audit log: every service's entries in one keyed hash chain.
//!
//! Each link carries an HMAC of its entry and of the columns that it is found by, and a hash over the hash before it,
//! that HMAC, its position and the time of appending. The ends of the chain, and what the last verification found, are
//! sealed with a MAC as well, so that links missing at the end show. The chain is over HMACs and not over entries, so
//! that an entry can be redacted without breaking it: a redaction has a MAC of its own, bound to the link.

mod append;
pub(crate) mod at_rest;
pub(crate) mod checkpoints;
mod cut;
mod detail;
pub(crate) mod export;
mod facets;
mod keys;
mod list;
mod redact;
#[cfg(test)]
mod tests;
pub(crate) mod verify;
mod witness;

use keys::ChainKeys;
pub(crate) use witness::Witness;

use super::Users;
use crate::error::UsersError;
use chrono::Duration;

impl Users {
    /// Removes entries that are older than they are kept.
    pub(crate) async fn cut_audit(&self) -> Result<(), UsersError> {
        let keep = Duration::days(self.config.get().audit_retention_days.into());
        let cut = cut::cut(&self.infra, &self.witness, keep).await?;
        if cut.removed > 0 {
            tracing::info!(entries = cut.removed, "old audit entries removed");
        }
        if let Some(reason) = cut.stop {
            tracing::error!(%reason, "old audit entries are not removed");
        }
        Ok(())
    }

    /// Verifies the log once a day; how many breaks are known.
    pub(crate) async fn verify_audit_when_due(&self) -> Result<i64, UsersError> {
        verify::verify_when_due(&self.infra, &self.witness).await
    }
}
