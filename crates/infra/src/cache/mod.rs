//! The cache and its shared counters. A cache that is away costs speed or accuracy, never correctness.

mod memory;
mod redis;

pub use memory::MemoryCache;
pub use redis::RedisCache;

use crate::metrics::{CacheLookups, Metrics};
use async_trait::async_trait;
use prometheus::IntCounterVec;
use std::sync::Arc;
use std::time::Duration;

/// Keeps bytes for a while.
#[async_trait]
pub trait CacheBackend: Send + Sync {
    /// The value, when it is still kept.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError>;
    /// Keeps a value for at most `ttl`.
    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError>;
    /// Forgets a value.
    async fn delete(&self, key: &str) -> Result<(), CacheError>;
    /// Adds one to a counter and gives its new value; a new counter lives for `window`.
    async fn increment(&self, key: &str, window: Duration) -> Result<u64, CacheError>;
    /// Whether the cache answers.
    async fn ping(&self) -> Result<(), CacheError>;
    /// Keys and bytes kept, when the backend can say it cheaply.
    fn size(&self) -> Option<(u64, u64)>;
}

/// The cache did not answer.
#[derive(Debug, thiserror::Error)]
#[error("cache: {0}")]
pub struct CacheError(pub String);

/// How long an operation may take: whoever asks can do without sooner than wait.
const LIMIT: Duration = Duration::from_secs(1);

async fn within<T>(asked: impl Future<Output = Result<T, CacheError>>) -> Result<T, CacheError> {
    let silent = |_| Err(CacheError(format!("no answer within {LIMIT:?}")));
    tokio::time::timeout(LIMIT, asked).await.unwrap_or_else(silent)
}

/// A service's handle to the cache: its own key space and its own counters.
#[derive(Clone)]
pub struct Cache {
    backend: Arc<dyn CacheBackend>,
    prefix: String,
    operations: IntCounterVec,
    lookups: CacheLookups,
}

impl Cache {
    /// The service's part of the cache.
    pub fn new(backend: Arc<dyn CacheBackend>, prefix: String, metrics: &Metrics) -> Self {
        Self {
            backend,
            prefix,
            operations: metrics.counter("cache_operations_total", "Cache operations.", &["operation"]),
            lookups: CacheLookups::new(metrics),
        }
    }

    fn key(&self, operation: &str, key: &str) -> String {
        self.operations.with_label_values(&[operation]).inc();
        format!("{}:{key}", self.prefix)
    }

    /// The value, when it is still kept.
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError> {
        let value = within(self.backend.get(&self.key("get", key))).await?;
        let count = if value.is_some() { &self.lookups.hits } else { &self.lookups.misses };
        count.inc();
        Ok(value)
    }

    /// The counters of what is looked up, for a memory of the service's own as well.
    pub fn lookups(&self) -> &CacheLookups {
        &self.lookups
    }

    /// Keeps a value for at most `ttl`.
    pub async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        within(self.backend.set(&self.key("set", key), value, ttl)).await
    }

    /// Forgets a value.
    pub async fn delete(&self, key: &str) -> Result<(), CacheError> {
        within(self.backend.delete(&self.key("delete", key))).await
    }

    /// Adds one to a counter and gives its new value; a new counter lives for `window`.
    pub async fn increment(&self, key: &str, window: Duration) -> Result<u64, CacheError> {
        within(self.backend.increment(&self.key("increment", key), window)).await
    }

    /// Whether the cache answers.
    pub async fn ping(&self) -> Result<(), CacheError> {
        within(self.backend.ping()).await
    }

    /// Keys and bytes kept, when known.
    pub fn size(&self) -> Option<(u64, u64)> {
        self.backend.size()
    }
}
