//! Whom to look up when, and what follows from the answers.

use super::known::{self, Known};
use crate::upstream::cluster::Cluster;
use crate::upstream::config::DnsConfig;
use crate::upstream::endpoint::{EndpointSpec, Place};
use ahash::AHashMap;
use orion_infra::Clock;
use orion_infra::tasks::Task;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Names that are looked up at once.
const AT_ONCE: usize = 32;
/// How often it is looked which upstreams there are.
const LOOK: Duration = Duration::from_secs(1);
/// How long a look-up may take, whatever it has to ask.
const LIMIT: Duration = Duration::from_secs(20);

/// An address that a name has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Where it is.
    pub address: SocketAddr,
    /// Its share beside the others.
    pub weight: u32,
}

/// What DNS says of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// All addresses; none when it says that there is none.
    pub found: Vec<Found>,
    /// Whether all questions that it takes were answered.
    pub is_whole: bool,
    /// For how long it is good, if it says so.
    pub lasts: Option<Duration>,
}

/// Looks up where upstreams are that have `dns`.
pub struct Discovery<L, A> {
    clusters: L,
    look_up: A,
    clock: Clock,
}

/// An upstream that is looked up again and again.
struct Watched {
    cluster: Arc<Cluster>,
    known: Known,
    next: Duration,
    is_asked: bool,
    /// Whether the last look-up failed: only the first one of several is logged.
    failed: bool,
}

type Answers = JoinSet<(Arc<str>, DnsConfig, Result<Answer, String>)>;

impl<L, A, F> Discovery<L, A>
where
    L: Fn() -> Vec<Arc<Cluster>> + Send + Sync + 'static,
    A: Fn(DnsConfig) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Answer, String>> + Send + 'static,
{
    /// Of the upstreams that `clusters` gives, which is asked again each second. `look_up` asks DNS.
    pub fn new(clusters: L, look_up: A, clock: Clock) -> Self {
        Self { clusters, look_up, clock }
    }

    /// The task that looks up.
    pub fn task(self) -> Task {
        let discovery = Arc::new(self);
        Task::new("discovery of upstreams by DNS", move |stop| {
            let discovery = discovery.clone();
            async move { discovery.run(stop).await }
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
            self.ask(&mut watched, &mut answers, now);
            let due = watched.values().filter(|one| !one.is_asked && one.next > now).map(|one| one.next).min();
            let next = due.map_or(looks_again, |due| due.min(looks_again));
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.clock.sleep_until(next) => {}
                Some(answer) = answers.join_next() => match answer {
                    Ok((name, config, answer)) => if let Some(watched) = watched.get_mut(&name) {
                        watched.answered(&config, &answer, self.clock.monotonic());
                    },
                    // Whose it was is not known: all are looked up anew.
                    Err(_) => watched.values_mut().for_each(|one| one.is_asked = false),
                },
            }
        }
    }

    /// Begins with upstreams that have come or are defined otherwise, and ends with those that have gone.
    fn look(&self, watched: &mut AHashMap<Arc<str>, Watched>, now: Duration) {
        let mut before = std::mem::take(watched);
        for cluster in (self.clusters)() {
            if cluster.config().dns.is_none() {
                continue;
            }
            let name = cluster.name().clone();
            let known = before.remove(&name).filter(|known| known.cluster.config().dns == cluster.config().dns);
            let next = match known {
                Some(known) if Arc::ptr_eq(&known.cluster, &cluster) => known,
                // What is known holds for another definition as well.
                Some(known) => {
                    let next = Watched { cluster, ..known };
                    next.apply(now);
                    next
                }
                None => Watched { cluster, known: Known::default(), next: now, is_asked: false, failed: false },
            };
            watched.insert(name, next);
        }
    }

    /// Looks those up whose time has come, as many as may be at once.
    fn ask(&self, watched: &mut AHashMap<Arc<str>, Watched>, answers: &mut Answers, now: Duration) {
        for (name, one) in watched.iter_mut().filter(|(_, one)| !one.is_asked && one.next <= now) {
            if answers.len() >= AT_ONCE {
                return;
            }
            let Some(config) = one.cluster.config().dns.clone() else { continue };
            one.is_asked = true;
            let (name, answer) = (name.clone(), (self.look_up)(config.clone()));
            answers.spawn(async move {
                let answer = tokio::time::timeout(LIMIT, answer).await;
                (name, config, answer.unwrap_or_else(|_| Err("no answer in time".to_owned())))
            });
        }
    }
}

impl Watched {
    fn answered(&mut self, config: &DnsConfig, answer: &Result<Answer, String>, now: Duration) {
        self.is_asked = false;
        if self.cluster.config().dns.as_ref() != Some(config) {
            // It was asked before its definition changed.
            return;
        }
        if let Err(error) = answer
            && !self.failed
        {
            tracing::warn!(upstream = %self.cluster.name(), %error, "DNS gives no answer; what is known counts on for a while");
        }
        self.failed = answer.is_err();
        let answer = answer.as_ref().map_err(|_| ());
        self.next = now + known::pause(answer, config);
        if self.known.take(answer, config, now) {
            tracing::info!(upstream = %self.cluster.name(), endpoints = self.known.found.len(), "the endpoints changed");
            self.apply(now);
        }
    }

    /// Gives the upstream the endpoints that count now.
    fn apply(&self, now: Duration) {
        let url = self.cluster.config().dns.as_ref().map(|config| &config.url);
        let Some(Ok(place)) = url.map(Place::of_url) else { return };
        let spec = |found: &Found| {
            let address = found.address.to_string().into();
            EndpointSpec { place: Place { address, ..place.clone() }, weight: found.weight }
        };
        let specs: Vec<_> = self.known.found.iter().map(spec).collect();
        self.cluster.set_endpoints(&specs, now);
    }
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
