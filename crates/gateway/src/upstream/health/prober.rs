//! Whom to ask when, and what follows from the answers.

use super::probe;
use crate::upstream::changes::Change;
use crate::upstream::cluster::Cluster;
use crate::upstream::config::{HealthConfig, HealthKind};
use crate::upstream::endpoint::{Endpoint, EndpointId, Probed};
use ahash::AHashMap;
use orion_infra::tasks::Task;
use orion_infra::{Clock, Random};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Questions at once, of all upstreams together.
const AT_ONCE: usize = 64;
/// How often it is looked which endpoints there are.
const LOOK: Duration = Duration::from_secs(1);

/// Asks the endpoints of all upstreams that have `[health]`.
pub struct Prober<L, C> {
    clusters: L,
    connect: C,
    clock: Clock,
    random: Random,
}

/// An endpoint that is asked again and again.
struct Watched {
    cluster: Arc<Cluster>,
    endpoint: Arc<Endpoint>,
    /// When it is asked next.
    next: Duration,
    is_asked: bool,
    good: u32,
    bad: u32,
}

type Answers = JoinSet<(EndpointId, Result<(), String>)>;

impl<L, C, F, S> Prober<L, C>
where
    L: Fn() -> Vec<Arc<Cluster>> + Send + Sync + 'static,
    C: Fn(Arc<Cluster>, Arc<Endpoint>) -> F + Send + Sync + 'static,
    F: Future<Output = io::Result<S>> + Send + 'static,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    /// A prober of the upstreams that `clusters` gives, which is asked again each second. `connect` opens a connection to an endpoint, by
    /// TLS where it is spoken to by TLS; how long it may take is no concern of its.
    pub fn new(clusters: L, connect: C, clock: Clock, random: Random) -> Self {
        Self { clusters, connect, clock, random }
    }

    /// The task that asks.
    pub fn task(self) -> Task {
        let prober = Arc::new(self);
        Task::new("health checks of upstreams", move |stop| {
            let prober = prober.clone();
            async move { prober.run(stop).await }
        })
    }

    async fn run(&self, stop: CancellationToken) {
        let (mut watched, mut answers) = (AHashMap::new(), Answers::new());
        let mut looks_again = Duration::ZERO;
        while !stop.is_cancelled() {
            let now = self.clock.monotonic();
            if looks_again <= now {
                self.look(&mut watched, now);
                looks_again = now + LOOK;
            }
            let next = self.ask(&mut watched, &mut answers, now).map_or(looks_again, |next| next.min(looks_again));
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.clock.sleep_until(next) => {}
                Some(answer) = answers.join_next() => match answer {
                    Ok((id, answer)) => if let Some(watched) = watched.get_mut(&id) {
                        watched.is_asked = false;
                        watched.answered(answer, self.clock.monotonic());
                    },
                    // Whose it was is not known: all are asked anew.
                    Err(_) => watched.clear(),
                },
            }
        }
    }

    /// Begins with endpoints that have come, and ends with those that have gone.
    fn look(&self, watched: &mut AHashMap<EndpointId, Watched>, now: Duration) {
        let mut before = std::mem::take(watched);
        for cluster in (self.clusters)() {
            let Some(health) = &cluster.config().health else {
                // Nobody asks any more, so nobody would find them well again.
                let probed = cluster.endpoints().into_iter().filter(|endpoint| endpoint.probed() != Probed::Unknown);
                probed.for_each(|endpoint| endpoint.set_unknown());
                continue;
            };
            let interval = Duration::from_millis(health.interval_ms);
            for endpoint in cluster.endpoints() {
                let id = endpoint.id;
                let known = before.remove(&id);
                let cluster = cluster.clone();
                let next = match known {
                    Some(known) => Watched { cluster, ..known },
                    // Whoever comes is asked soon, but not all in one moment.
                    None => {
                        let next = now + interval.min(LOOK).mul_f64(self.random.fraction());
                        Watched { cluster, endpoint, next, is_asked: false, good: 0, bad: 0 }
                    }
                };
                watched.insert(id, next);
            }
        }
    }

    /// Asks those whose time has come, as many as may be asked at once. When the next one's has; `None` when an answer has to come
    /// first.
    fn ask(
        &self,
        watched: &mut AHashMap<EndpointId, Watched>,
        answers: &mut Answers,
        now: Duration,
    ) -> Option<Duration> {
        let mut due: Vec<_> = watched.values_mut().filter(|one| !one.is_asked && one.next <= now).collect();
        due.sort_unstable_by_key(|one| one.next);
        for one in due {
            if answers.len() >= AT_ONCE {
                return None;
            }
            let Some(health) = one.cluster.config().health.clone() else { continue };
            one.next = now + self.interval(&health);
            one.is_asked = true;
            let connected = (self.connect)(one.cluster.clone(), one.endpoint.clone());
            answers.spawn(answer(one.endpoint.clone(), health, connected));
        }
        watched.values().filter(|one| !one.is_asked).map(|one| one.next).min()
    }

    /// The time until the next question: the interval, a little more or less.
    fn interval(&self, health: &HealthConfig) -> Duration {
        let jitter = f64::from(health.jitter_percent) / 100.0;
        Duration::from_millis(health.interval_ms).mul_f64(1.0 + jitter * (self.random.fraction() - 0.5))
    }
}

async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
    endpoint: Arc<Endpoint>,
    health: HealthConfig,
    connected: impl Future<Output = io::Result<S>>,
) -> (EndpointId, Result<(), String>) {
    let limit = Duration::from_millis(health.timeout_ms);
    let answer = async {
        let stream = connected.await.map_err(|error| format!("no connection: {error}"))?;
        match health.kind {
            HealthKind::Tcp => Ok(()),
            HealthKind::Http => probe::get(stream, &endpoint.place, &health).await,
        }
    };
    // Real time: a test that moves its clock does not want all answers under way to be late.
    let answer = tokio::time::timeout(limit, answer).await;
    (endpoint.id, answer.unwrap_or_else(|_| Err(format!("no answer in {} ms", health.timeout_ms))))
}

impl Watched {
    /// Takes an answer down. The first one counts at once, others when there are as many as it takes.
    fn answered(&mut self, answer: Result<(), String>, now: Duration) {
        let Some(health) = &self.cluster.config().health else { return };
        let (endpoint, before) = (&self.endpoint, self.endpoint.probed());
        let (upstream, url) = (self.cluster.name().clone(), endpoint.place.to_string());
        match answer {
            Ok(()) => {
                (self.good, self.bad) = (self.good + 1, 0);
                if before == Probed::Unknown || before == Probed::Failing && self.good >= health.healthy {
                    endpoint.set_healthy(now);
                    if before == Probed::Failing {
                        self.cluster.tell(Change::Healthy { upstream, endpoint: url });
                    }
                }
            }
            Err(reason) => {
                (self.good, self.bad) = (0, self.bad + 1);
                if before == Probed::Unknown || before == Probed::Healthy && self.bad >= health.unhealthy {
                    endpoint.set_failing(reason.clone());
                    self.cluster.tell(Change::Failing { upstream, endpoint: url, reason });
                }
            }
        }
    }
}
