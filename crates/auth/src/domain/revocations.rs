//! Revocations: a line in the blacklist with the change, announced to every node after its commit.

use super::Auth;
use crate::config::MAX_ACCESS_TOKEN_SECONDS;
use crate::store::blacklist;
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::bus::{BusMessage, RevocationList, RevokedSubject};
use orion_http::identity::LEEWAY;
use orion_infra::{Change, DbError};

/// How many lines are given at once.
const BATCH: usize = 1000;
/// How much longer than the longest access token a line lives, in seconds. Tokens are taken a leeway longer than they say, and
/// by a clock that may be behind the one that removes the line.
const SLACK: i64 = 2 * LEEWAY;

impl Auth {
    /// Adds a line with the change, to be announced with it.
    pub(super) async fn revoke(
        &self,
        change: &mut Change,
        subject: RevokedSubject,
        reason: &str,
    ) -> Result<(), DbError> {
        let now = change.now();
        self.revoke_issued(change, subject, reason, now).await
    }

    /// The same of tokens of which the last one says that it was issued then. A clock that was ahead has given some that live as much
    /// longer: so much longer the line does.
    pub(super) async fn revoke_issued(
        &self,
        change: &mut Change,
        subject: RevokedSubject,
        reason: &str,
        issued_at: DateTime<Utc>,
    ) -> Result<(), DbError> {
        let now = change.now();
        let expires_at = now.max(issued_at) + TimeDelta::seconds(i64::from(MAX_ACCESS_TOKEN_SECONDS) + SLACK);
        let line = blacklist::add(change, subject, reason, now, expires_at).await?;
        change.announce(BusMessage::Revoked(line));
        Ok(())
    }

    /// The lines after the given one.
    pub(crate) async fn revocations(&self, after: i64) -> Result<RevocationList, DbError> {
        let mut items = blacklist::after(self.infra.db.read(), after, BATCH as u64 + 1).await?;
        let more = items.len() > BATCH;
        items.truncate(BATCH);
        Ok(RevocationList { items, more })
    }
}
