//! What all live sockets of this instance share: the topics, places for sockets, revocations, and the end.

use super::topic::Topic;
use crate::error::AdminError;
use orion_contracts::bus::{BusMessage, Revocation};
use orion_contracts::live::LiveTopic;
use orion_http::Context;
use orion_infra::tasks::Task;
use prometheus::IntGauge;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use tokio_util::sync::CancellationToken;

/// How many revocations a socket may fall behind; then it checks its session instead.
const REVOCATIONS: usize = 64;
/// How long sockets are waited for at the end.
const FAREWELL: Duration = Duration::from_secs(2);

/// Shared by all sockets.
pub(crate) struct Hub {
    context: Context,
    topics: Vec<Arc<dyn Topic>>,
    /// Revocations as they arrive; `None` when some were missed, and each session has to be looked at.
    pub(crate) revocations: broadcast::Sender<Option<Revocation>>,
    /// Cancelled when the service ends.
    pub(crate) closing: CancellationToken,
    places: Arc<Semaphore>,
    capacity: u32,
    open: IntGauge,
}

/// A socket's place, given back when dropped.
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    open: IntGauge,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open.dec();
    }
}

/// What runs for the sockets.
pub(crate) fn tasks(hub: &Arc<Hub>) -> Vec<Task> {
    let live = hub.clone();
    let topic = |topic: &Arc<dyn Topic>| {
        let topic = topic.clone();
        Task::new(format!("live topic {:?}", topic.name()).to_lowercase(), move |stop| topic.clone().run(stop))
    };
    let hub_itself = Task::new("live hub", move |stop| live.clone().run(stop));
    std::iter::once(hub_itself).chain(hub.topics.iter().map(topic)).collect()
}

impl Hub {
    /// Room for so many sockets, which watch these topics.
    pub(crate) fn new(context: Context, topics: Vec<Arc<dyn Topic>>, capacity: u32) -> Self {
        let infra = &context.infra;
        Self {
            topics,
            revocations: broadcast::Sender::new(REVOCATIONS),
            closing: CancellationToken::new(),
            places: Arc::new(Semaphore::new(capacity as usize)),
            capacity,
            open: infra.metrics.gauge("admin_live_sockets", "Live sockets that are open."),
            context,
        }
    }

    /// A topic.
    pub(super) fn topic(&self, name: LiveTopic) -> Option<Arc<dyn Topic>> {
        self.topics.iter().find(|topic| topic.name() == name).cloned()
    }

    /// A place for one more socket.
    pub(crate) fn place(&self) -> Result<Place, AdminError> {
        let permit = self.places.clone().try_acquire_owned().map_err(|_| AdminError::TooManySockets)?;
        self.open.inc();
        Ok(Place { _permit: permit, open: self.open.clone() })
    }

    /// Passes on what concerns sockets until told to stop; then tells them, and waits a little for their goodbye.
    async fn run(self: Arc<Self>, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.listen() => {}
        }
        self.closing.cancel();
        if tokio::time::timeout(FAREWELL, self.places.acquire_many(self.capacity)).await.is_err() {
            tracing::debug!("some live sockets did not say goodbye");
        }
    }

    async fn listen(&self) {
        let mut messages = self.context.infra.bus.subscribe();
        loop {
            let message = match messages.recv().await {
                Ok(message) => Some(message),
                Err(RecvError::Lagged(_)) => None,
                Err(RecvError::Closed) => return,
            };
            for topic in &self.topics {
                topic.hear(message.as_ref());
            }
            let revocation = match message {
                Some(BusMessage::Revoked(revocation)) => Some(revocation),
                Some(_) => continue,
                None => None,
            };
            // Nobody listening is fine.
            let _ = self.revocations.send(revocation);
        }
    }
}
