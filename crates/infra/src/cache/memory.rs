//! The cache of a single process: bounded by bytes. With several processes, counters are each process's own.

use super::{CacheBackend, CacheError};
use crate::Clock;
use async_trait::async_trait;
use moka::sync::Cache;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How much is kept, in bytes.
const CAPACITY: u64 = 16 * 1024 * 1024;

#[derive(Clone)]
enum Entry {
    Value { bytes: Arc<[u8]>, expires: Duration },
    Counter { count: Arc<AtomicU64>, expires: Duration },
}

impl Entry {
    fn expires(&self) -> Duration {
        match self {
            Self::Value { expires, .. } | Self::Counter { expires, .. } => *expires,
        }
    }
}

/// Keeps values in this process.
pub struct MemoryCache {
    entries: Cache<String, Entry>,
    clock: Clock,
}

impl MemoryCache {
    /// An empty cache.
    pub fn new(clock: Clock) -> Self {
        let entries = Cache::builder()
            .max_capacity(CAPACITY)
            .weigher(|key: &String, entry: &Entry| {
                let bytes = if let Entry::Value { bytes, .. } = entry { bytes.len() } else { 8 };
                u32::try_from(key.len() + bytes + 64).unwrap_or(u32::MAX)
            })
            .build();
        Self { entries, clock }
    }

    fn live(&self, key: &str) -> Option<Entry> {
        self.entries.get(key).filter(|entry| entry.expires() > self.clock.monotonic())
    }
}

#[async_trait]
impl CacheBackend for MemoryCache {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError> {
        Ok(self.live(key).map(|entry| match entry {
            Entry::Value { bytes, .. } => bytes.to_vec(),
            Entry::Counter { count, .. } => count.load(Ordering::Relaxed).to_string().into_bytes(),
        }))
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let expires = self.clock.monotonic() + ttl;
        self.entries.insert(key.to_owned(), Entry::Value { bytes: value.into(), expires });
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), CacheError> {
        self.entries.invalidate(key);
        Ok(())
    }

    async fn increment(&self, key: &str, window: Duration) -> Result<u64, CacheError> {
        let now = self.clock.monotonic();
        let entry = self
            .entries
            .entry_by_ref(key)
            .or_insert_with_if(
                || Entry::Counter { count: Arc::default(), expires: now + window },
                |old| old.expires() <= now || matches!(old, Entry::Value { .. }),
            )
            .into_value();
        match entry {
            Entry::Counter { count, .. } => Ok(count.fetch_add(1, Ordering::Relaxed) + 1),
            Entry::Value { .. } => Err(CacheError(format!("{key} is not a counter"))),
        }
    }

    async fn ping(&self) -> Result<(), CacheError> {
        Ok(())
    }

    fn size(&self) -> Option<(u64, u64)> {
        Some((self.entries.entry_count(), self.entries.weighted_size()))
    }
}
