//! The bus of a single process.

use super::{BusBackend, BusError, Inbound};
use async_trait::async_trait;
use orion_contracts::bus::BusMessage;

/// Hands messages to the subscribers of this process; there is nothing between sender and receiver.
pub struct MemoryBus(Inbound);

impl MemoryBus {
    /// Delivers into `inbound`.
    pub fn new(inbound: Inbound) -> Self {
        Self(inbound)
    }
}

#[async_trait]
impl BusBackend for MemoryBus {
    async fn publish(&self, message: &BusMessage) -> Result<(), BusError> {
        self.0.deliver(message.clone());
        Ok(())
    }

    async fn receive(&self, _: &Inbound) -> Result<(), BusError> {
        std::future::pending().await
    }

    fn reaches_others(&self) -> bool {
        false
    }
}
