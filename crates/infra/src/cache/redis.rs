//! The cache in Redis, shared by all processes.

use super::{CacheBackend, CacheError};
use crate::redis_link::RedisLink;
use async_trait::async_trait;
use redis::aio::ConnectionManager;
use redis::{AsyncCommands, RedisError, RedisResult, Script};
use std::time::Duration;

/// Adds one; a new counter gets its life in the same step, so that none lives for ever.
const INCREMENT: &str =
    "local n = redis.call('INCR', KEYS[1]) if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end return n";

/// How long a caller waits, connecting included: a cache that is away must not hold up what can do without it.
const LIMIT: Duration = Duration::from_millis(500);

/// Keeps values in Redis.
pub struct RedisCache {
    link: RedisLink,
    increment: Script,
}

impl RedisCache {
    /// A cache over this link.
    pub fn new(link: RedisLink) -> Self {
        Self { link, increment: Script::new(INCREMENT) }
    }

    async fn soon<T, F: Future<Output = RedisResult<T>>>(
        &self,
        question: impl FnOnce(ConnectionManager) -> F,
    ) -> Result<T, CacheError> {
        match tokio::time::timeout(LIMIT, self.link.ask(question)).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(CacheError("no answer in time".to_owned())),
        }
    }
}

impl From<RedisError> for CacheError {
    fn from(error: RedisError) -> Self {
        Self(error.to_string())
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1)
}

#[async_trait]
impl CacheBackend for RedisCache {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError> {
        self.soon(|mut redis| async move { redis.get(key).await }).await
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        self.soon(|mut redis| async move { redis.pset_ex(key, value, millis(ttl)).await }).await
    }

    async fn delete(&self, key: &str) -> Result<(), CacheError> {
        self.soon(|mut redis| async move { redis.del(key).await }).await
    }

    async fn increment(&self, key: &str, window: Duration) -> Result<u64, CacheError> {
        let mut increment = self.increment.key(key);
        increment.arg(millis(window));
        self.soon(|mut redis| async move { increment.invoke_async(&mut redis).await }).await
    }

    async fn ping(&self) -> Result<(), CacheError> {
        self.soon(|mut redis| async move { redis::cmd("PING").query_async(&mut redis).await }).await
    }

    fn size(&self) -> Option<(u64, u64)> {
        None
    }
}
