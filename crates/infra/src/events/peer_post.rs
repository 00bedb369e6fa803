//! Events without a broker: batches are posted to each listener.

use super::{EventTransport, Intake, Outgoing, PublishError};
use crate::peers::Peers;
use async_trait::async_trait;
use orion_contracts::ServiceName;
use orion_contracts::events::{EventBatch, RefusedEvent};
use orion_contracts::internal::TakeEvents;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Posts to peers; a lane per listener.
pub struct PeerPost {
    peers: Peers,
}

impl PeerPost {
    /// A transport over these peers.
    pub fn new(peers: Peers) -> Self {
        Self { peers }
    }
}

#[async_trait]
impl EventTransport for PeerPost {
    fn lanes(&self, listeners: &[ServiceName]) -> Vec<&'static str> {
        listeners.iter().map(|listener| listener.as_str()).collect()
    }

    async fn publish(&self, lane: &str, events: &[Outgoing]) -> Result<Vec<RefusedEvent>, PublishError> {
        let listener: ServiceName = lane.parse().map_err(|_| PublishError::Broker(format!("no lane {lane} here")))?;
        let events = events.iter().map(|outgoing| &*outgoing.event).collect::<Vec<_>>();
        let answer = self.peers.to(listener).call(&TakeEvents {}, &EventBatch { events }).await?;
        Ok(answer.refused)
    }

    async fn consume(&self, _: Arc<Intake>, stop: CancellationToken) {
        stop.cancelled().await;
    }

    async fn check(&self) -> Result<(), String> {
        Ok(())
    }
}
