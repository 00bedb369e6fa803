//! Revocations: a line in the blacklist with the change, then the word to every node.

use super::Auth;
use crate::store::blacklist;
use chrono::TimeDelta;
use orion_contracts::bus::{BusMessage, Revocation, RevocationList, RevokedSubject};
use orion_infra::{DbError, Transaction};

/// How many lines are given at once.
const BATCH: usize = 1000;
/// How much longer than an access token a line lives, in seconds: clocks differ.
const SLACK: i64 = 60;

impl Auth {
    /// Adds a line in the transaction of the change. [`Auth::announce`] it after the commit.
    pub(super) async fn revoke(
        &self,
        txn: &Transaction,
        subject: RevokedSubject,
        reason: &str,
    ) -> Result<Revocation, DbError> {
        let now = self.infra.clock.now();
        let expires_at = now + TimeDelta::seconds(i64::from(self.config.access_token_seconds) + SLACK);
        blacklist::add(txn.connection(), subject, reason, now, expires_at).await
    }

    /// From now on this process refuses what was revoked; then all others are told.
    pub(super) async fn announce(&self, revocations: Vec<Revocation>) {
        for line in revocations {
            self.identity.revoke(&line);
            self.infra.bus.publish(BusMessage::Revoked(line)).await;
        }
    }

    /// The lines after the given one.
    pub(crate) async fn revocations(&self, after: i64) -> Result<RevocationList, DbError> {
        let mut items = blacklist::after(self.infra.db.read(), after, BATCH as u64 + 1).await?;
        let more = items.len() > BATCH;
        items.truncate(BATCH);
        Ok(RevocationList { items, more })
    }
}
