//! Where events arrive in a service. Each consumer of an event is tried at once and on its own; one that fails, or an event
//! that cannot be read, is parked, so that it holds up nothing else. Only when not even that can be written down is an
//! event refused to its sender.

use super::consumers::{Consumer, Refusal, reason};
use super::inbox;
use super::parked::{self, ENVELOPE, Key, Parked};
use crate::Infra;
use crate::request::RequestContext;
use futures_util::{FutureExt, StreamExt, stream};
use orion_contracts::events::{Event, RefusedEvent};
use orion_contracts::{Author, Problem};
use serde::Deserialize;
use serde_json::Value;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use uuid::Uuid;

/// How many events of a batch are taken at once: on SQLite, writers that wait share a commit.
pub(super) const CONCURRENCY: usize = 8;
/// How long a consumer may take over an event that was parked. One that has just arrived has half of its sender's time at
/// most: it has to be parked before the sender gives up, or it would be sent for ever.
const LIMIT: Duration = Duration::from_secs(30);
/// How much is kept of what is no event.
const KEPT_BYTES: usize = 256 * 1024;

/// A service's consumers at work.
pub struct Intake {
    infra: Infra,
    consumers: Vec<Consumer>,
    /// Rung when something is parked.
    pub(super) bell: Notify,
}

impl Intake {
    /// The consumers over the service's database.
    pub fn new(infra: Infra, consumers: Vec<Consumer>) -> Self {
        for consumer in &consumers {
            debug_assert!(
                consumer.is_heard_by(infra.service),
                "{} is no listener of {}: its consumer {} would never be called",
                infra.service,
                consumer.kind.unwrap_or("everything"),
                consumer.name
            );
        }
        Self { infra, consumers, bell: Notify::new() }
    }

    /// The service.
    pub(super) fn infra(&self) -> &Infra {
        &self.infra
    }

    /// The consumers.
    pub fn consumers(&self) -> &[Consumer] {
        &self.consumers
    }

    /// Takes the events of a batch, some at once; what it refuses is to be sent again.
    pub async fn take_batch(&self, events: Vec<Value>) -> Vec<RefusedEvent> {
        let (away, begun) = (AtomicBool::new(false), tokio::time::Instant::now());
        let taking: Vec<_> = events
            .into_iter()
            .enumerate()
            .map(|(at, event)| self.take_in_batch(at, event, &away, begun).boxed())
            .collect();
        let mut refused: Vec<_> =
            stream::iter(taking).buffer_unordered(CONCURRENCY).filter_map(std::future::ready).collect().await;
        refused.sort_by_key(|refusal| refusal.position);
        refused
    }

    async fn take_in_batch(
        &self,
        position: usize,
        event: Value,
        away: &AtomicBool,
        begun: tokio::time::Instant,
    ) -> Option<RefusedEvent> {
        if begun.elapsed() > self.infra.peers.timeout() / 4 {
            // The sender must hear of what was taken until now.
            return Some(RefusedEvent { position, reason: "the events before it took too long".to_owned() });
        }
        // What this service needs is away: each further event would wait for it as long.
        let outcome = if away.load(Ordering::Relaxed) { Err(Problem::unavailable()) } else { self.take(event).await };
        let problem = outcome.err()?;
        away.store(true, Ordering::Relaxed);
        Some(RefusedEvent { position, reason: problem.to_string() })
    }

    /// Takes what a broker delivers.
    pub(super) async fn take_bytes(&self, bytes: &[u8]) -> Result<(), Problem> {
        match serde_json::from_slice(bytes) {
            Ok(event) => self.take(event).await,
            Err(error) => {
                let text = String::from_utf8_lossy(&bytes[..bytes.len().min(KEPT_BYTES)]).into_owned();
                self.park_unreadable(text_id(bytes), "", text, &reason(&error)).await
            }
        }
    }

    /// Takes an event; an error means "bring it again later".
    pub async fn take(&self, event: Value) -> Result<(), Problem> {
        let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
        if !kind.is_empty() && !self.consumers.iter().any(|consumer| consumer.takes(kind)) {
            // Nobody here listens to it, whatever is in it.
            return Ok(());
        }
        let event = match Event::deserialize(&event) {
            Ok(event) => event,
            Err(error) => {
                let text = event.to_string();
                let id =
                    event["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_else(|| text_id(text.as_bytes()));
                let kind: String = kind.chars().take(100).collect();
                return self.park_unreadable(id, &kind, text, &reason(&error)).await;
            }
        };
        for consumer in self.consumers.iter().filter(|consumer| consumer.takes(&event.kind)) {
            if let Err(refusal) = self.attempt(consumer, &event, None).await {
                self.park(consumer, &event, refusal).await?;
            }
        }
        self.infra.queues.consumed.with_label_values(&["events"]).inc();
        Ok(())
    }

    /// The consumer of this name for events of this kind.
    pub(super) fn find(&self, name: &str, kind: &str) -> Option<&Consumer> {
        self.consumers.iter().find(|consumer| consumer.name == name && consumer.takes(kind))
    }

    /// Lets a consumer take an event, once; a parked one is gone with it.
    pub(super) async fn attempt(
        &self,
        consumer: &Consumer,
        event: &Event,
        parked: Option<&Parked>,
    ) -> Result<(), Refusal> {
        let started = self.infra.clock.monotonic();
        let work = self.infra.write(Author::service(event.source), async |change| {
            if let Some(parked) = parked
                && !parked::lock(change, parked).await?
            {
                return Ok(());
            }
            change.unaudited("it follows from an event, and who told that has audited it");
            if inbox::record(change, event.id, consumer.name).await? {
                consumer.take(change, event).await?;
            }
            if let Some(parked) = parked {
                parked::remove(change, &parked.key).await?;
            }
            Ok::<_, Refusal>(())
        });
        let context = RequestContext { traceparent: event.traceparent.clone(), ..RequestContext::default() };
        let work = AssertUnwindSafe(context.scope(work)).catch_unwind();
        let limit = parked.map_or(self.infra.peers.timeout() / 2, |_| LIMIT);
        let outcome = match tokio::time::timeout(limit, work).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Refusal::Refused(Problem::internal().detail("The consumer panicked."))),
            Err(_) => Err(Refusal::Refused(Problem::unavailable().detail("The consumer took too long."))),
        };
        let took = self.infra.clock.monotonic() - started;
        self.infra.queues.duration.with_label_values(&["events"]).observe(took.as_secs_f64());
        outcome
    }

    async fn park(&self, consumer: &Consumer, event: &Event, refusal: Refusal) -> Result<(), Problem> {
        let (name, id) = (consumer.name, event.id);
        let (reason, is_dead) = match refusal {
            Refusal::Unreadable(reason) => {
                tracing::error!(consumer = name, event = %id, kind = event.kind, reason, "an event cannot be read; it is kept");
                (reason, true)
            }
            Refusal::Refused(problem) => {
                let reason = problem.to_string();
                tracing::warn!(consumer = name, event = %id, kind = event.kind, reason, "an event was not taken; trying again");
                (reason, false)
            }
        };
        let text = serde_json::to_string(event).map_err(|_| Problem::internal())?;
        let key = Key { event_id: id.0, consumer: name.to_owned() };
        self.keep(key, &event.kind, text, &reason, is_dead).await
    }

    async fn park_unreadable(&self, id: Uuid, kind: &str, text: String, reason: &str) -> Result<(), Problem> {
        tracing::error!(event = %id, kind, reason, "what arrived is no event; it is kept");
        let key = Key { event_id: id, consumer: ENVELOPE.to_owned() };
        // PostgreSQL's text holds no NUL.
        self.keep(key, &kind.replace('\0', " "), text.replace('\0', " "), reason, true).await
    }

    async fn keep(&self, key: Key, kind: &str, event: String, reason: &str, is_dead: bool) -> Result<(), Problem> {
        let label = if is_dead { "unreadable" } else { "parked" };
        self.infra.queues.failed.with_label_values(&["events", label]).inc();
        let kept = self.infra.write(Author::PLATFORM, async |change| {
            change.unaudited("an event is put aside, nothing is changed yet");
            parked::park(change, &key, kind, &event, reason, is_dead).await
        });
        kept.await?;
        self.bell.notify_one();
        Ok(())
    }
}

/// An id for what has none: the same for the same bytes, so that it is kept once however often it comes.
fn text_id(bytes: &[u8]) -> Uuid {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    let mut id = [0; 16];
    id.copy_from_slice(&digest.as_ref()[..16]);
    uuid::Builder::from_custom_bytes(id).into_uuid()
}
