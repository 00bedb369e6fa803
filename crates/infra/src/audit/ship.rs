//! Brings entries to the users service. Appending is idempotent, so that bringing one twice is harmless.

use super::entries::{self, Row};
use crate::events::dispatcher::GATHERING;
use crate::peers::PeerError;
use crate::{Change, DbError, Infra};
use orion_contracts::audit::{AuditBatch, MAX_ENTRY_BYTES, RefusedEntry, WrittenEntry};
use orion_contracts::internal::AppendAuditEntries;
use orion_contracts::{AuditEntryId, Author};
use prometheus::IntGauge;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How many entries travel at once.
const BATCH: u64 = 100;
/// How many bytes of entries travel at once, as long as that is one entry.
const BATCH_BYTES: usize = 256 * 1024;
/// Looks without being rung for.
const POLL: Duration = Duration::from_secs(5);
/// From this many failures in a row on it is more than a hiccup, and is said again each `WARN_EVERY` failures.
const WARN_FROM: u32 = 3;
const WARN_EVERY: u32 = 60;
/// How much is kept of why an entry was refused, in characters.
const REASON: usize = 500;

/// Ships entries until told to stop.
pub async fn ship(infra: Infra, stop: CancellationToken) {
    let mut shipper = Shipper::new(infra);
    let mut failures = 0;
    while !stop.is_cancelled() {
        match shipper.ship_batch().await {
            Ok(Shipped::Nothing) => failures = 0,
            Ok(Shipped::Some { more }) => {
                failures = 0;
                // Entries that follow closely travel together, as events do.
                if !more && stop.run_until_cancelled(shipper.infra.clock.sleep(GATHERING)).await.is_none() {
                    return;
                }
                continue;
            }
            Err(error) => {
                failures += 1;
                if failures % WARN_EVERY == WARN_FROM {
                    tracing::warn!(%error, failures, "audit entries could not be shipped; trying again");
                } else {
                    tracing::debug!(%error, "audit entries could not be shipped; trying again");
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = shipper.infra.db.doorbell().audit() => {}
            () = shipper.infra.clock.sleep(POLL) => {}
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum ShipError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Peer(#[from] PeerError),
}

/// What a look at the table came to.
enum Shipped {
    /// No entry waited.
    Nothing,
    /// Entries left the table; whether more waited than travel at once.
    Some { more: bool },
}

struct Shipper {
    infra: Infra,
    age: IntGauge,
    refused: IntGauge,
    /// How many entries travel at once: few after a batch was refused as a whole, to find the one that it is about.
    limit: u64,
    /// Whether the gauge of refused entries says what is in the table.
    counted: bool,
}

impl Shipper {
    fn new(infra: Infra) -> Self {
        let help = "Seconds since the oldest audit entry was written that is not in the audit log yet.";
        let age = infra.metrics.gauge("audit_unshipped_age_seconds", help);
        let help = "Audit entries that the audit log did not take, and that are set aside.";
        let refused = infra.metrics.gauge("audit_entries_refused", help);
        Self { infra, age, refused, limit: BATCH, counted: false }
    }

    /// Ships a few.
    async fn ship_batch(&mut self) -> Result<Shipped, ShipError> {
        self.count().await?;
        let rows = entries::waiting(self.infra.db.read(), self.limit).await?;
        let Some(oldest) = rows.first() else {
            self.age.set(0);
            return Ok(Shipped::Nothing);
        };
        self.age.set((self.infra.clock.now() - oldest.created_at).num_seconds().max(0));
        let waiting = rows.len();
        let (entries, mut refused) = batch(rows);
        let more = waiting as u64 == self.limit || entries.len() + refused.len() < waiting;
        let sent: Vec<_> = entries.iter().map(|entry| entry.id).collect();
        if !entries.is_empty() {
            match self.infra.peers.call(&AppendAuditEntries {}, &AuditBatch { entries }).await {
                Ok(appended) => refused.extend(appended.refused.into_iter().filter(|entry| sent.contains(&entry.id))),
                Err(PeerError::Problem { problem, .. }) if is_about_the_batch(problem.status) => match *sent {
                    [id] => refused.push(RefusedEntry { id, reason: problem.to_string() }),
                    _ => {
                        self.limit = 1;
                        return Ok(Shipped::Some { more: true });
                    }
                },
                Err(error) => return Err(error.into()),
            }
        }
        self.settle(&sent, &refused).await?;
        self.limit = (self.limit * 2).min(BATCH);
        Ok(Shipped::Some { more })
    }

    /// Removes what is in the log, and sets aside what it does not take.
    async fn settle(&mut self, sent: &[AuditEntryId], refused: &[RefusedEntry]) -> Result<(), DbError> {
        let is_refused = |id: &AuditEntryId| refused.iter().any(|entry| entry.id == *id);
        let taken: Vec<_> = sent.iter().copied().filter(|id| !is_refused(id)).collect();
        let taken = &taken;
        self.infra
            .write(Author::PLATFORM, async |change: &mut Change| {
                change.unaudited("an entry on its way is no change");
                entries::delete(change, taken).await?;
                for RefusedEntry { id, reason } in refused {
                    let reason: String = reason.chars().filter(|letter| !letter.is_control()).take(REASON).collect();
                    entries::set_aside(change, *id, &reason).await?;
                }
                Ok::<_, DbError>(())
            })
            .await?;
        for RefusedEntry { id, reason } in refused {
            tracing::error!(%id, reason, "the audit log did not take an entry; it is set aside in audit_entries");
            self.counted = false;
        }
        Ok(())
    }

    async fn count(&mut self) -> Result<(), DbError> {
        if !self.counted {
            self.refused.set(entries::set_aside_count(self.infra.db.read()).await?);
            self.counted = true;
        }
        Ok(())
    }
}

/// As many as travel at once, and those among them that are too large to travel at all.
fn batch(rows: Vec<Row>) -> (Vec<WrittenEntry>, Vec<RefusedEntry>) {
    let (mut entries, mut refused, mut bytes) = (Vec::new(), Vec::new(), 0);
    for Row { id, entry, mac, .. } in rows {
        if entry.len() > MAX_ENTRY_BYTES {
            refused.push(RefusedEntry { id, reason: format!("it has more than {MAX_ENTRY_BYTES} bytes") });
            continue;
        }
        bytes += entry.len();
        if bytes > BATCH_BYTES && !entries.is_empty() {
            break;
        }
        entries.push(WrittenEntry { id, entry, mac });
    }
    (entries, refused)
}

/// Whether a refusal is for what was sent, and the same again would be refused again.
fn is_about_the_batch(status: u16) -> bool {
    matches!(status, 400 | 409 | 413 | 422)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn rows(sizes: &[usize]) -> Vec<Row> {
        let row = |(at, size): (usize, &usize)| Row {
            id: AuditEntryId(Uuid::from_u128(at as u128)),
            entry: "x".repeat(*size),
            mac: String::new(),
            created_at: chrono::DateTime::UNIX_EPOCH,
        };
        sizes.iter().enumerate().map(row).collect()
    }

    #[test]
    fn a_batch_is_bounded_but_one_entry_always_fits_and_one_too_large_for_any_is_set_aside() {
        for (sizes, travels, aside) in [
            (&[10, 10][..], 2, 0),
            (&[200_000, 60_000, 60_000], 2, 0),
            (&[MAX_ENTRY_BYTES, 10], 1, 0),
            (&[10, MAX_ENTRY_BYTES + 1, 10], 2, 1),
            (&[MAX_ENTRY_BYTES + 1], 0, 1),
        ] {
            let (entries, refused) = batch(rows(sizes));
            assert_eq!((entries.len(), refused.len()), (travels, aside), "{sizes:?}");
        }
    }
}
