//! Where events arrive in a service. Each consumer of an event is tried at once and on its own; one that fails, or an event
//! that cannot be read, is parked as a job, so that it holds up nothing else. Only when not even that can be written down
//! is an event refused to its sender.

use super::consume::{Consume, pause};
use super::consumers::{Consumer, Refusal, reason};
use super::inbox;
use crate::jobs::{Due, JobContext, JobOptions, NewJob};
use crate::request::RequestContext;
use crate::{DbError, Infra};
use futures_util::{FutureExt, StreamExt, stream};
use orion_contracts::events::{Event, RefusedEvent};
use orion_contracts::{Author, Problem};
use serde::Deserialize;
use serde_json::Value;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How many events are taken at once: on SQLite, writers that wait share a commit.
pub(super) const CONCURRENCY: usize = 8;
/// How long a consumer may take over an event that was parked. One that has just arrived has half of its sender's time at
/// most: it has to be parked before the sender gives up, or it would be sent for ever.
const LIMIT: Duration = Duration::from_secs(30);
/// How much is kept of what is no JSON.
const KEPT_BYTES: usize = 256 * 1024;

/// A service's consumers at work.
pub struct Intake {
    infra: Infra,
    consumers: Vec<Consumer>,
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
        Self { infra, consumers }
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
        let (away, begun) = (AtomicBool::new(false), self.infra.clock.monotonic());
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
        begun: Duration,
    ) -> Option<RefusedEvent> {
        if self.infra.clock.monotonic().saturating_sub(begun) > self.infra.peers.timeout() / 4 {
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
                self.park(&Consume::by_everybody(text.into()), Refusal::Unreadable(reason(&error))).await
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
        let read = match Event::deserialize(&event) {
            Ok(read) => read,
            Err(error) => {
                return self.park(&Consume::by_everybody(event), Refusal::Unreadable(reason(&error))).await;
            }
        };
        let (clock, queues) = (&self.infra.clock, &self.infra.queues);
        for consumer in self.consumers.iter().filter(|consumer| consumer.takes(&read.kind)) {
            let started = clock.monotonic();
            let outcome = self.attempt(consumer, &read, None).await;
            let took = clock.monotonic().saturating_sub(started);
            queues.duration.with_label_values(&["events"]).observe(took.as_secs_f64());
            if let Err(refusal) = outcome {
                self.park(&Consume::by(consumer.name, event.clone()), refusal).await?;
            }
        }
        queues.consumed.with_label_values(&["events"]).inc();
        Ok(())
    }

    /// The consumer of this name for events of this kind.
    pub(super) fn find(&self, name: &str, kind: &str) -> Option<&Consumer> {
        self.consumers.iter().find(|consumer| consumer.name == name && consumer.takes(kind))
    }

    /// Lets a consumer take an event, once; the job that it was parked as ends with that.
    pub(super) async fn attempt(
        &self,
        consumer: &Consumer,
        event: &Event,
        job: Option<&JobContext>,
    ) -> Result<(), Refusal> {
        let work = self.infra.write(Author::service(event.source), async |change| {
            // The consumer answers for what it changes; that it was there is noted aside.
            if change.aside(inbox::record(change, event.id, consumer.name)).await? {
                consumer.take(change, event).await?;
            }
            if let Some(job) = job {
                job.complete(change).await?;
            }
            Ok::<_, Refusal>(())
        });
        let context = RequestContext { traceparent: event.traceparent.clone(), ..RequestContext::default() };
        let work = AssertUnwindSafe(context.scope(work)).catch_unwind();
        let limit = job.map_or(self.infra.peers.timeout() / 2, |_| LIMIT);
        match tokio::time::timeout(limit, work).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Refusal::Refused(Problem::internal().detail("The consumer panicked."))),
            Err(_) => Err(Refusal::Refused(Problem::unavailable().detail("The consumer took too long."))),
        }
    }

    /// Writes down what was not taken, to be tried again, or dead when no later try will take it either.
    async fn park(&self, parked: &Consume, refusal: Refusal) -> Result<(), Problem> {
        let (label, reason, is_dead) = match refusal {
            Refusal::Unreadable(why) => ("unreadable", parked.reason(&why), true),
            Refusal::Refused(problem) => ("parked", parked.reason(&problem.to_string()), false),
        };
        if is_dead {
            tracing::error!(reason, "an event cannot be read; it is kept");
        } else {
            tracing::warn!(reason, "an event was not taken; trying again");
        }
        self.infra.queues.failed.with_label_values(&["events", label]).inc();
        let options = JobOptions { due: Due::After(pause(1, &self.infra.random)), ..JobOptions::default() };
        let kept = self.infra.write(Author::PLATFORM, async |change| {
            change.unaudited("an event is put aside, nothing is changed yet");
            let job = NewJob::new(change.id(), parked, options);
            change.enqueue_new(job.failed(&reason, is_dead));
            Ok::<_, DbError>(())
        });
        Ok(kept.await?)
    }
}
