//! The bus over Redis pub/sub.

use super::{BusBackend, BusError, Inbound};
use crate::redis_link::RedisLink;
use async_trait::async_trait;
use futures_util::StreamExt;
use orion_contracts::bus::BusMessage;
use redis::AsyncCommands;
use redis::aio::ConnectionManager;

/// Pub/sub on one channel per namespace.
pub struct RedisBus {
    link: RedisLink,
    channel: String,
    place: String,
}

impl RedisBus {
    /// A bus over the server at `place`.
    pub fn new(link: RedisLink, namespace: &str, place: String) -> Self {
        Self { link, channel: format!("{namespace}:bus"), place }
    }

    async fn listen(&self, inbound: &Inbound) -> redis::RedisResult<()> {
        let mut subscription = self.link.client().get_async_pubsub().await?;
        subscription.subscribe(&self.channel).await?;
        inbound.connected();
        let mut messages = subscription.into_on_message();
        while let Some(message) = messages.next().await {
            inbound.deliver_json(message.get_payload_bytes());
        }
        Ok(())
    }
}

#[async_trait]
impl BusBackend for RedisBus {
    fn place(&self) -> String {
        format!("Redis at {}", self.place)
    }

    async fn publish(&self, message: &BusMessage) -> Result<(), BusError> {
        let payload = serde_json::to_vec(message).map_err(|error| BusError(error.to_string()))?;
        let publish =
            |mut redis: ConnectionManager| async move { redis.publish::<_, _, ()>(&self.channel, payload).await };
        self.link.ask(publish).await.map_err(|error| BusError(error.to_string()))
    }

    async fn receive(&self, inbound: &Inbound) -> Result<(), BusError> {
        self.listen(inbound).await.map_err(|error| BusError(error.to_string()))
    }
}
