//! The bus over PostgreSQL's LISTEN/NOTIFY. Payloads are ids and stay far under NOTIFY's 8,000 bytes.

use super::{BusBackend, BusError, Inbound};
use async_trait::async_trait;
use orion_contracts::bus::BusMessage;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use std::time::Duration;

/// LISTEN/NOTIFY on one channel per namespace.
pub struct PostgresBus {
    sender: PgPool,
    options: PgConnectOptions,
    channel: String,
}

impl PostgresBus {
    /// A bus over this server; connects when needed.
    pub fn new(options: PgConnectOptions, namespace: &str) -> Self {
        let sender = PgPoolOptions::new()
            .max_connections(2)
            .min_connections(0)
            .acquire_timeout(Duration::from_secs(1))
            .connect_lazy_with(options.clone());
        Self { sender, options, channel: format!("{namespace}_bus") }
    }

    async fn listen(&self, inbound: &Inbound) -> sqlx::Result<()> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(2))
            .connect_with(self.options.clone())
            .await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        // A silent reconnect would hide that messages were lost.
        listener.eager_reconnect(false);
        listener.listen(&self.channel).await?;
        inbound.connected();
        while let Some(notification) = listener.try_recv().await? {
            inbound.deliver_json(notification.payload().as_bytes());
        }
        Ok(())
    }
}

#[async_trait]
impl BusBackend for PostgresBus {
    fn place(&self) -> String {
        format!("the bus on PostgreSQL at {}:{}", self.options.get_host(), self.options.get_port())
    }

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

    async fn receive(&self, inbound: &Inbound) -> Result<(), BusError> {
        self.listen(inbound).await.map_err(|error| BusError(error.to_string()))
    }
}
