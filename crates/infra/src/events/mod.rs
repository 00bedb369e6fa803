//! Events between services: written to the outbox with the change, delivered at least once, taken once.

pub mod dispatcher;
pub mod inbox;
pub(crate) mod outbox;
mod peer_post;
pub mod rabbitmq;

pub use peer_post::PeerPost;
pub use rabbitmq::RabbitMq;

use crate::db::dialect::statement;
use crate::peers::PeerError;
use crate::request::RequestContext;
use crate::{Change, Clock, DbError, Random, Transaction};
use async_trait::async_trait;
use orion_contracts::bus::BusMessage;
use orion_contracts::events::{Event, EventBody, RefusedEvent, listeners};
use orion_contracts::{EventId, Problem, ServiceName};
use sea_orm::{ConnectionTrait, DbErr};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Takes events that a service listens to. Must be idempotent: record `inbox` in the transaction of the work.
#[async_trait]
pub trait EventHandler: Send + Sync {
    /// Takes one event; an error means "bring it again later".
    async fn handle(&self, event: &Event) -> Result<(), Problem>;
}

/// How events travel.
#[async_trait]
pub trait EventTransport: Send + Sync {
    /// The lanes on which an event of this name leaves; each is retried on its own.
    fn lanes(&self, name: &str) -> Vec<&'static str>;

    /// Sends events of one lane, in order; returns when they are safe on the other side, but for those that it refused.
    async fn publish(&self, lane: &str, events: &[Event]) -> Result<Vec<RefusedEvent>, PublishError>;

    /// Receives for a service until told to stop. Transports that are called by HTTP only wait here.
    async fn consume(
        &self,
        service: ServiceName,
        handler: Arc<dyn EventHandler>,
        random: Random,
        stop: CancellationToken,
    );

    /// Whether the way is open; the text says why not.
    async fn check(&self) -> Result<(), String>;
}

/// Reads an event that arrived for a service; `None` when it is of a kind that the service does not listen to, and is
/// skipped whatever is in it.
pub fn read(service: ServiceName, event: serde_json::Value) -> serde_json::Result<Option<Event>> {
    let name = event.get("type").and_then(serde_json::Value::as_str);
    if name.is_some_and(|name| listeners(name).all(|listener| listener != service)) {
        return Ok(None);
    }
    serde_json::from_value(event).map(Some)
}

/// Why events did not leave; they stay in the outbox.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// A peer did not take them.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// The broker did not take them.
    #[error("broker: {0}")]
    Broker(String),
}

/// Writes a service's events.
#[derive(Clone)]
pub struct Events {
    source: ServiceName,
    transport: Arc<dyn EventTransport>,
    clock: Clock,
    random: Random,
}

impl Events {
    /// Events of the service, leaving by the transport.
    pub fn new(source: ServiceName, transport: Arc<dyn EventTransport>, clock: Clock, random: Random) -> Self {
        Self { source, transport, clock, random }
    }

    /// Writes an event to the outbox in the transaction of the change that it tells of.
    pub async fn record(
        &self,
        txn: &Transaction,
        aggregate_id: impl Into<Uuid>,
        aggregate_version: i64,
        body: EventBody,
    ) -> Result<EventId, DbError> {
        let event = Event {
            id: self.random.id(&self.clock),
            source: self.source,
            aggregate_id: aggregate_id.into(),
            aggregate_version,
            occurred_at: self.clock.now(),
            traceparent: RequestContext::current().traceparent.clone(),
            body,
        };
        for lane in self.transport.lanes(event.body.name()) {
            outbox::insert(txn, lane, &event).await?;
        }
        txn.will_ring_outbox();
        Ok(event.id)
    }

    /// The transport.
    pub fn transport(&self) -> &Arc<dyn EventTransport> {
        &self.transport
    }
}

/// The lane of announcements over the bus that the committing process could not make itself.
pub(crate) const BUS_LANE: &str = "bus";
/// How long the committing process has for making an announcement, before the dispatcher does.
const HELD: Duration = Duration::from_secs(5);

/// Writes an event into the change that it tells of.
pub(crate) async fn insert(
    change: &Change,
    aggregate_id: Uuid,
    aggregate_version: i64,
    body: EventBody,
) -> Result<(), DbError> {
    let events = &change.infra().events;
    let event = Event {
        id: change.id(),
        source: events.source,
        aggregate_id,
        aggregate_version,
        occurred_at: change.now(),
        traceparent: RequestContext::current().traceparent.clone(),
        body,
    };
    for lane in events.transport.lanes(event.body.name()) {
        outbox::insert(change, lane, &event).await?;
    }
    change.transaction().will_ring_outbox();
    Ok(())
}

/// Keeps an announcement with the change until it has been made.
pub(crate) async fn hold(change: &Change, message: &BusMessage) -> Result<EventId, DbError> {
    let id: EventId = change.id();
    let text = serde_json::to_string(message).map_err(|error| DbErr::Custom(error.to_string()))?;
    let insert = statement(
        change,
        "INSERT INTO outbox (event_id, lane, kind, event, due_at) VALUES ($1, $2, $3, $4, $5)",
        [id.0.into(), BUS_LANE.into(), BUS_LANE.into(), text.into(), (change.now() + HELD).into()],
    );
    change.execute_raw(insert).await?;
    Ok(id)
}

/// The announcements have been made.
pub(crate) async fn release_held(connection: &impl ConnectionTrait, held: &[EventId]) -> Result<(), DbError> {
    for id in held {
        let delete = statement(
            connection,
            "DELETE FROM outbox WHERE event_id = $1 AND lane = $2",
            [id.0.into(), BUS_LANE.into()],
        );
        connection.execute_raw(delete).await?;
    }
    Ok(())
}
