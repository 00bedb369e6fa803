//! Events without a broker: batches are posted to each listener's `/internal/v1/events`.

use super::{EventHandler, EventTransport, PublishError};
use crate::Random;
use crate::peers::Peers;
use async_trait::async_trait;
use orion_contracts::ServiceName;
use orion_contracts::events::{BatchAnswer, Event, EventBatch, RefusedEvent, listeners};
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
    fn lanes(&self, name: &str) -> Vec<&'static str> {
        listeners(name).map(ServiceName::as_str).collect()
    }

    async fn publish(&self, lane: &str, events: &[Event]) -> Result<Vec<RefusedEvent>, PublishError> {
        // A lane of another transport is left over from before the configuration changed: everyone concerned gets it.
        let Ok(listener) = lane.parse::<ServiceName>() else {
            let mut refused = Vec::new();
            for (position, event) in events.iter().enumerate() {
                for listener in listeners(event.body.name()) {
                    let answer = self.post(listener, std::slice::from_ref(event)).await?;
                    refused.extend(answer.into_iter().map(|refusal| RefusedEvent { position, ..refusal }));
                }
            }
            return Ok(refused);
        };
        self.post(listener, events).await
    }

    async fn consume(&self, _: ServiceName, _: Arc<dyn EventHandler>, _: Random, stop: CancellationToken) {
        stop.cancelled().await;
    }

    async fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

impl PeerPost {
    async fn post(&self, listener: ServiceName, events: &[Event]) -> Result<Vec<RefusedEvent>, PublishError> {
        let answer: BatchAnswer = self.peers.to(listener).post("/internal/v1/events", &EventBatch { events }).await?;
        Ok(answer.refused)
    }
}
