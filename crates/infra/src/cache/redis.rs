//! The cache in Redis, shared by all processes.

use super::{CacheBackend, CacheError};
use async_trait::async_trait;
use redis::aio::ConnectionManager;
use redis::{AsyncCommands, RedisError, RedisResult, Script};
use std::time::Duration;

/// Adds one; a new counter gets its life in the same step, so that none lives for ever.
const INCREMENT: &str =
    "local n = redis.call('INCR', KEYS[1]) if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end return n";

/// How long a caller waits, connecting included: a cache that is away must not hold up what can do without it.
const LIMIT: Duration = Duration::from_millis(500);

/// Keeps values in Redis; the connection heals by itself.
pub struct RedisCache {
    connection: ConnectionManager,
    increment: Script,
}

impl RedisCache {
    /// A cache over this connection.
    pub fn new(connection: ConnectionManager) -> Self {
        Self { connection, increment: Script::new(INCREMENT) }
    }
}

impl From<RedisError> for CacheError {
    fn from(error: RedisError) -> Self {
        Self(error.to_string())
    }
}

async fn soon<T>(answer: impl Future<Output = RedisResult<T>>) -> Result<T, CacheError> {
    match tokio::time::timeout(LIMIT, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(CacheError("no answer in time".to_owned())),
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1)
}

#[async_trait]
impl CacheBackend for RedisCache {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError> {
        soon(self.connection.clone().get(key)).await
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        soon(self.connection.clone().pset_ex(key, value, millis(ttl))).await
    }

    async fn delete(&self, key: &str) -> Result<(), CacheError> {
        soon(self.connection.clone().del(key)).await
    }

    async fn increment(&self, key: &str, window: Duration) -> Result<u64, CacheError> {
        let mut connection = self.connection.clone();
        soon(self.increment.key(key).arg(millis(window)).invoke_async(&mut connection)).await
    }

    async fn ping(&self) -> Result<(), CacheError> {
        let mut connection = self.connection.clone();
        soon(redis::cmd("PING").query_async(&mut connection)).await
    }

    fn size(&self) -> Option<(u64, u64)> {
        None
    }
}
