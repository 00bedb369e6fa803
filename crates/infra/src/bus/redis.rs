//! The bus over Redis pub/sub.

use super::{BusBackend, BusError, Inbound};
use crate::Clock;
use async_trait::async_trait;
use futures_util::StreamExt;
use orion_contracts::bus::BusMessage;
use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Pause before subscribing again.
const PAUSE: Duration = Duration::from_millis(500);

/// Pub/sub on one channel per namespace.
pub struct RedisBus {
    client: redis::Client,
    sender: ConnectionManager,
    channel: String,
    clock: Clock,
}

impl RedisBus {
    /// A bus over this server; `sender` reconnects by itself.
    pub fn new(client: redis::Client, sender: ConnectionManager, namespace: &str, clock: Clock) -> Self {
        Self { client, sender, channel: format!("{namespace}:bus"), clock }
    }

    async fn listen(&self, inbound: &Inbound, stop: &CancellationToken) -> redis::RedisResult<()> {
        let mut subscription = self.client.get_async_pubsub().await?;
        subscription.subscribe(&self.channel).await?;
        let mut messages = subscription.into_on_message();
        loop {
            let message = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                message = messages.next() => message,
            };
            match message {
                Some(message) => inbound.deliver_json(message.get_payload_bytes()),
                None => return Ok(()),
            }
        }
    }
}

#[async_trait]
impl BusBackend for RedisBus {
    async fn publish(&self, message: &BusMessage) -> Result<(), BusError> {
        let payload = serde_json::to_vec(message).map_err(|error| BusError(error.to_string()))?;
        let mut sender = self.sender.clone();
        sender.publish::<_, _, ()>(&self.channel, payload).await.map_err(|error| BusError(error.to_string()))
    }

    async fn receive(&self, inbound: &Inbound, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.listen(inbound, &stop).await {
                tracing::warn!(%error, "bus connection lost; connecting again");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.clock.sleep(PAUSE) => {}
            }
        }
    }
}
