//! `health`: how all services are, once a second.

use crate::domain::health::{HealthMonitor, Snapshot};
use crate::live::frame::Frame;
use crate::live::topic::{Part, Told, Topic, Wish};
use crate::live::watchers::Watchers;
use futures_util::future::BoxFuture;
use futures_util::{StreamExt, stream};
use orion_contracts::Permission;
use orion_contracts::live::{HealthTold, LiveTopic};
use orion_contracts::permissions::{Demand, HealthRead};
use orion_infra::Clock;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often services are asked.
const EVERY: Duration = Duration::from_secs(1);
/// A message that is older is not shown to a new watcher; the next one is under way.
const STALE: Duration = Duration::from_secs(2);

/// The topic.
pub(super) struct Health {
    clock: Clock,
    monitor: Arc<HealthMonitor>,
    watchers: Watchers,
    latest: watch::Sender<Option<Published>>,
}

/// A message, and when it was true (monotonic).
#[derive(Clone)]
struct Published {
    frame: Arc<Frame>,
    taken_at: Duration,
}

impl Health {
    /// Has asked nobody yet.
    pub(super) fn new(clock: &Clock, monitor: &Arc<HealthMonitor>) -> Self {
        let (watchers, latest) = (Watchers::default(), watch::Sender::new(None));
        Self { clock: clock.clone(), monitor: monitor.clone(), watchers, latest }
    }

    async fn follow(&self) {
        loop {
            self.watchers.somebody().await;
            let Snapshot { taken_at, sequence, services } = &*self.monitor.current().await;
            match Frame::new(LiveTopic::Health, *sequence, &HealthTold { services: services.clone() }) {
                Ok(frame) => {
                    self.latest.send_replace(Some(Published { frame: Arc::new(frame), taken_at: *taken_at }));
                }
                Err(error) => tracing::error!(%error, "health cannot be written as JSON"),
            }
            self.clock.sleep(EVERY).await;
        }
    }
}

impl Topic for Health {
    fn name(&self) -> LiveTopic {
        LiveTopic::Health
    }

    fn permission(&self) -> Permission {
        HealthRead::PERMISSION
    }

    /// A socket that is too slow gets the latest; what was before is of no use to it.
    fn open(self: Arc<Self>, _: Wish) -> Told {
        let start = (self.watchers.watch(), self.latest.subscribe(), 0);
        let next = move |(watching, mut latest, seen): (_, watch::Receiver<Option<Published>>, u64)| {
            let clock = self.clock.clone();
            async move {
                loop {
                    let published = latest.borrow_and_update().clone();
                    // One from a time when nobody watched is not shown.
                    let fresh = published.filter(|one| clock.monotonic().saturating_sub(one.taken_at) < STALE);
                    if let Some(Published { frame, .. }) = fresh.filter(|one| one.frame.last > seen) {
                        let seen = frame.last;
                        return Some((Ok(Part::Frame(frame)), (watching, latest, seen)));
                    }
                    latest.changed().await.ok()?;
                }
            }
        };
        stream::unfold(start, next).boxed()
    }

    fn run(self: Arc<Self>, stop: CancellationToken) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let _ = stop.run_until_cancelled(self.follow()).await;
        })
    }
}
