//! The connection to Redis that cache and bus share. The client makes it anew when it breaks; a server that refuses it, as
//! one does while a password is changed, would be believed for ever: then it is given up here, and another one begun.

use arc_swap::ArcSwap;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, ErrorKind, RedisResult};
use std::sync::Arc;
use std::time::Duration;

/// A connection that is made when it is needed. Cloning shares it.
#[derive(Clone)]
pub struct RedisLink {
    client: Client,
    current: Arc<ArcSwap<ConnectionManager>>,
}

impl RedisLink {
    /// A link to this server. One that is away delays no start, and is there for the process once it is back.
    pub fn new(url: &str) -> RedisResult<Self> {
        let client = Client::open(url)?;
        let current = Arc::new(ArcSwap::from_pointee(connection(&client)?));
        Ok(Self { client, current })
    }

    /// How the server is reached by whoever needs a connection for themselves.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Asks the server.
    pub async fn ask<T, F: Future<Output = RedisResult<T>>>(
        &self,
        question: impl FnOnce(ConnectionManager) -> F,
    ) -> RedisResult<T> {
        let used = self.current.load_full();
        let outcome = question(ConnectionManager::clone(&used)).await;
        if outcome.as_ref().is_err_and(|error| error.kind() == ErrorKind::AuthenticationFailed) {
            self.renew(&used);
        }
        outcome
    }

    /// Puts a new connection in the place of one that was refused, unless somebody else has.
    fn renew(&self, refused: &Arc<ConnectionManager>) {
        match connection(&self.client) {
            Ok(fresh) => drop(self.current.compare_and_swap(refused, Arc::new(fresh))),
            Err(error) => tracing::warn!(%error, "no connection to Redis could be begun"),
        }
    }
}

fn connection(client: &Client) -> RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(Duration::from_secs(2)))
        .set_response_timeout(Some(Duration::from_millis(500)))
        .set_number_of_retries(1);
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}

#[cfg(test)]
mod tests {
    use super::RedisLink;

    #[tokio::test]
    async fn a_redis_that_is_away_delays_no_start_and_a_malformed_url_is_refused() {
        assert!(RedisLink::new("redis://127.0.0.1:1").is_ok());
        for malformed in ["localhost:6379", "http://localhost", "redis://localhost:port"] {
            assert!(RedisLink::new(malformed).is_err(), "{malformed}");
        }
    }
}
