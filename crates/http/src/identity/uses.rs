//! How often API keys were used. Counted in memory, and told to users once a minute for each key: never while somebody waits.

use super::Inner;
use chrono::{DateTime, Utc};
use orion_contracts::ApiKeyId;
use orion_contracts::api_keys::{ApiKeyUse, ApiKeyUses};
use orion_contracts::internal::NoteApiKeyUses;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often users are told.
const EVERY: Duration = Duration::from_secs(60);
/// How many keys are counted at once; what others are used for meanwhile is not counted.
const MOST: usize = 100_000;
/// How many are told of at once.
const SLICE: usize = 500;

/// Uses that users were not told of yet.
#[derive(Default)]
pub(super) struct Uses(Mutex<HashMap<ApiKeyId, (u32, DateTime<Utc>)>>);

impl Uses {
    pub(super) fn add(&self, id: ApiKeyId, now: DateTime<Utc>) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() >= MOST && !counted.contains_key(&id) {
            return;
        }
        let (count, last) = counted.entry(id).or_insert((0, now));
        *count = count.saturating_add(1);
        *last = now;
    }

    /// Takes what was counted, by id: what several processes tell at once is taken down in one order.
    fn take(&self) -> Vec<ApiKeyUse> {
        let counted = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut uses: Vec<_> = counted.into_iter().map(|(id, (count, last))| ApiKeyUse { id, count, last }).collect();
        uses.sort_unstable_by_key(|used| used.id);
        uses
    }
}

/// Tells users, each minute and once more at the end.
pub(super) async fn run(inner: &Inner, stop: CancellationToken) {
    while stop.run_until_cancelled(inner.infra.clock.sleep(EVERY)).await.is_some() {
        tell(inner).await;
    }
    tell(inner).await;
}

/// Statistics: what cannot be told is lost.
async fn tell(inner: &Inner) {
    let mut uses = inner.uses.take();
    while !uses.is_empty() {
        let rest = uses.split_off(uses.len().min(SLICE));
        let told = inner.infra.peers.call(&NoteApiKeyUses {}, &ApiKeyUses { items: uses }).await;
        if let Err(error) = told {
            tracing::warn!(%error, "uses of API keys were not taken down");
        }
        uses = rest;
    }
}
