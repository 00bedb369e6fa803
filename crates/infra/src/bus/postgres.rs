//! The bus over PostgreSQL's LISTEN/NOTIFY. Payloads are ids and stay far under NOTIFY's 8,000 bytes.

use super::{BusBackend, BusError, Inbound};
use crate::Clock;
use async_trait::async_trait;
use orion_contracts::bus::BusMessage;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Pause before listening again.
const PAUSE: Duration = Duration::from_millis(500);

/// LISTEN/NOTIFY on one channel per namespace.
pub struct PostgresBus {
    sender: PgPool,
    options: PgConnectOptions,
    channel: String,
    clock: Clock,
}

impl PostgresBus {
    /// A bus over this server; connects when needed.
    pub fn new(options: PgConnectOptions, namespace: &str, clock: Clock) -> Self {
        let sender = PgPoolOptions::new()
            .max_connections(2)
            .min_connections(0)
            .acquire_timeout(Duration::from_secs(1))
            .connect_lazy_with(options.clone());
        Self { sender, options, channel: format!("{namespace}_bus"), clock }
    }

    async fn listen(&self, inbound: &Inbound, stop: &CancellationToken) -> sqlx::Result<()> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(2))
            .connect_with(self.options.clone())
            .await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        // A silent reconnect would hide that messages were lost.
        listener.eager_reconnect(false);
        listener.listen(&self.channel).await?;
        loop {
            let received = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                received = listener.try_recv() => received?,
            };
            match received {
                Some(notification) => inbound.deliver_json(notification.payload().as_bytes()),
                None => return Ok(()),
            }
        }
    }
}

#[async_trait]
impl BusBackend for PostgresBus {
    async fn publish(&self, message: &BusMessage) -> Result<(), BusError> {
        let payload = serde_json::to_string(message).map_err(|error| BusError(error.to_string()))?;
        sqlx::query("SELECT pg_notify($1, $2)")
            .bind(&self.channel)
            .bind(payload)
            .execute(&self.sender)
            .await
            .map(drop)
            .map_err(|error| BusError(error.to_string()))
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
