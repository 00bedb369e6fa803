//! Events between services: written to the outbox with the change, delivered at least once, taken once by each consumer.
//!
//! A service's outbox has lanes, each with a loop of its own ([`lane`]), so that a listener that is away holds up no other.
//! What arrives is tried at once by each of its consumers ([`Intake`]); what a consumer refuses, or nobody can read, is
//! parked as a job of the service ([`Consume`]) and tried again by it.

mod consume;
mod consumers;
pub mod dispatcher;
mod held;
mod inbox;
mod intake;
mod lane;
mod lease;
mod outbox;
mod peer_post;
pub mod rabbitmq;
mod watch;

pub use consume::Consume;
pub use consumers::{Consumer, Consumers, Handler, Refusal};
pub(crate) use held::{hold, release_held};
pub use intake::Intake;
pub use outbox::Outgoing;
pub(crate) use outbox::{Told, insert};
pub use peer_post::PeerPost;
pub use rabbitmq::RabbitMq;

use crate::peers::PeerError;
use async_trait::async_trait;
use orion_contracts::ServiceName;
use orion_contracts::events::{HEARS_EVERYTHING, RefusedEvent, kinds};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The lane of events that a broker fans out.
pub(crate) const BROKER_LANE: &str = "broker";
/// The lane of announcements over the bus that the committing process could not make itself.
pub(crate) const BUS_LANE: &str = "bus";
/// All lanes that there are: one for each service that events are posted to, the broker's, and the bus's.
pub(crate) const LANES: [&str; 7] = [
    ServiceName::Gateway.as_str(),
    ServiceName::Auth.as_str(),
    ServiceName::Users.as_str(),
    ServiceName::Notifications.as_str(),
    ServiceName::Admin.as_str(),
    BROKER_LANE,
    BUS_LANE,
];

/// How events travel.
#[async_trait]
pub trait EventTransport: Send + Sync {
    /// The lanes on which an event for these listeners leaves; each is tried on its own.
    fn lanes(&self, listeners: &[ServiceName]) -> Vec<&'static str>;

    /// Sends events of one lane, in order; returns when they are safe on the other side, but for those that it refused.
    async fn publish(&self, lane: &str, events: &[Outgoing]) -> Result<Vec<RefusedEvent>, PublishError>;

    /// Receives for a service until told to stop. Transports that are called by HTTP only wait here.
    async fn consume(&self, intake: Arc<Intake>, stop: CancellationToken);

    /// Whether the way is open; the text says why not.
    async fn check(&self) -> Result<(), String>;
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
    /// The bus is away.
    #[error("the bus cannot be reached")]
    Bus,
}

impl PublishError {
    /// Whether it was refused for what was sent: the same again would be refused again.
    fn is_about_the_batch(&self) -> bool {
        matches!(self, Self::Peer(PeerError::Problem { problem, .. }) if matches!(problem.status, 400 | 403 | 413 | 422))
    }
}

/// A service's way to tell events.
#[derive(Clone)]
pub struct Events {
    transport: Arc<dyn EventTransport>,
}

impl Events {
    /// Events that leave by the transport.
    pub fn new(transport: Arc<dyn EventTransport>) -> Self {
        Self { transport }
    }

    /// The transport.
    pub fn transport(&self) -> &Arc<dyn EventTransport> {
        &self.transport
    }
}

/// Who listens to an event, besides those who do by name.
fn listeners(named: &[ServiceName]) -> Vec<ServiceName> {
    named.iter().copied().chain([HEARS_EVERYTHING]).collect()
}

/// The services that listen to any event at all.
fn listening() -> impl Iterator<Item = ServiceName> {
    let listens = |service: &ServiceName| kinds().any(|kind| kind.named.contains(service));
    ServiceName::ALL.into_iter().filter(move |service| *service == HEARS_EVERYTHING || listens(service))
}
