//! A request's way through a cluster: admitted, picked, ended. Each step is a value, and whoever drops it at any point has given back all
//! that belonged to it.

use super::breaker::Admitted;
use super::bulkhead::Queued as InLine;
use super::cluster::Cluster;
use super::endpoint::{Endpoint, EndpointId};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Why an upstream is not asked. Both are answered 503.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Its breaker is open.
    #[error("the breaker is open")]
    Open {
        /// When it makes sense to come back.
        retry_after: Duration,
    },
    /// It has all the requests that it may have, and as many wait.
    #[error("too many requests are under way")]
    Full,
}

/// Whether a request may go on.
pub enum Admission {
    /// It may.
    Permit(Permit),
    /// It waits for its turn.
    Queued(Queued),
}

/// A request that waits for its turn. Whoever drops it has left the line.
pub struct Queued {
    pub(super) cluster: Arc<Cluster>,
    pub(super) in_line: InLine,
}

impl Queued {
    /// How long it may wait at most.
    pub fn limit(&self) -> Duration {
        Duration::from_millis(self.cluster.config().queue_ms)
    }

    /// Waits for its turn, for as long as it takes. `now` is asked when it has come, for the breaker may have opened meanwhile.
    ///
    /// # Errors
    /// `Open` when the breaker has opened while it waited.
    pub async fn wait(self, now: impl FnOnce() -> Duration) -> Result<Permit, Refused> {
        self.in_line.await.ok_or(Refused::Full)?.take();
        Inside::new(self.cluster).admit(now())
    }
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was answered, whatever the answer was: also 404, and 500, which are the application's.
    Good,
    /// It was not: no connection, no answer in time, half an answer or none that can be read; or 502, 503 or 504, by which a server says
    /// that it cannot.
    Failed,
    /// The client has gone, sent nonsense or too much, or the gateway ended it for a reason of its own. It counts neither way.
    Cancelled,
}

/// What the choice of an endpoint depends on.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The time.
    pub now: Duration,
    /// A number by chance, of all 64 bits.
    pub random: u64,
    /// The [hash](super::hash_key) of what the upstream's `hash_by` names, if the request has it.
    pub key: Option<u64>,
    /// Where this request was before; another endpoint is preferred.
    pub tried: &'a [EndpointId],
}

/// A request that may go to an upstream.
pub struct Permit {
    inside: Inside,
    admitted: Admitted,
    /// Whether the breaker knows what became of it.
    is_judged: bool,
}

/// A request that has a place in its cluster, and gives it back.
pub(super) struct Inside {
    pub(super) cluster: Arc<Cluster>,
    /// Whether it still has it.
    has_place: bool,
}

impl Inside {
    /// A request that has just been given a place.
    pub(super) fn new(cluster: Arc<Cluster>) -> Self {
        Self { cluster, has_place: true }
    }

    fn leave(&mut self) {
        if std::mem::take(&mut self.has_place) {
            self.cluster.leave();
        }
    }

    /// Lets it pass, unless the breaker is open.
    pub(super) fn admit(self, now: Duration) -> Result<Permit, Refused> {
        let admitted = self.cluster.pass(now)?;
        Ok(Permit { inside: self, admitted, is_judged: false })
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Permit {
    /// Picks an endpoint. When none is there that may be used, the permit comes back.
    ///
    /// # Errors
    /// No endpoint may be used.
    pub fn pick(self, ask: &Ask<'_>) -> Result<Picked, Self> {
        match self.inside.cluster.choose(ask) {
            Some(endpoint) => Ok(Picked { under_way: UnderWay::new(endpoint), permit: self }),
            None => Err(self),
        }
    }

    /// Whether the request may be tried again, by the upstream's budget and its breaker; what is tried again is counted here.
    pub fn may_retry(&self, now: Duration) -> bool {
        self.inside.cluster.may_retry(now)
    }

    /// What it is for.
    pub fn cluster(&self) -> &Arc<Cluster> {
        &self.inside.cluster
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.is_judged {
            self.inside.cluster.breaker().give_back(self.admitted);
        }
    }
}

/// A request that is under way at an endpoint. One that is dropped without a word counts as cancelled.
pub struct Picked {
    permit: Permit,
    under_way: UnderWay,
}

impl Picked {
    /// Where it goes.
    pub fn endpoint(&self) -> &Arc<Endpoint> {
        &self.under_way.endpoint
    }

    /// Whether the request may be tried again, by the upstream's budget and its breaker; what is tried again is counted here.
    pub fn may_retry(&self, now: Duration) -> bool {
        self.cluster().may_retry(now)
    }

    /// What it belongs to.
    pub fn cluster(&self) -> &Arc<Cluster> {
        self.permit.cluster()
    }

    /// Says what has become of it so far, while it goes on: when the head of its answer is there, after `latency`. A stream of hours must
    /// not be over before it counts.
    pub fn judge(&mut self, verdict: Verdict, latency: Duration, now: Duration) {
        // What was good, and is so to its end, is counted once; what breaks off later is a failure beside it.
        if verdict == Verdict::Cancelled || self.under_way.is_judged && verdict == Verdict::Good {
            return;
        }
        self.under_way.is_judged = true;
        self.permit.judge(&self.under_way.endpoint, verdict == Verdict::Good, latency, now);
    }

    /// Gives its place in the upstream's bound back: the upstream has nothing more to do for it, or it has become a tunnel, which may
    /// last for days.
    pub fn leaves(&mut self) {
        self.permit.inside.leave();
    }

    /// It waits for its client: what comes of it says nothing of the upstream any more, and its place among those that try a breaker is
    /// another's. A client that trickles would keep the breaker open otherwise.
    pub fn waits_for_client(&mut self) {
        self.permit.is_no_probe();
    }

    /// Ends it, and gives the permit back for another try. `latency` is how long the head of the answer took, or the failure.
    pub fn ended(mut self, verdict: Verdict, latency: Duration, now: Duration) -> Permit {
        self.judge(verdict, latency, now);
        self.permit
    }
}

impl Permit {
    fn is_no_probe(&mut self) {
        if self.admitted.is_probe && !self.is_judged {
            self.inside.cluster.breaker().give_back(self.admitted);
            self.admitted.is_probe = false;
        }
    }

    fn judge(&mut self, endpoint: &Endpoint, is_good: bool, latency: Duration, now: Duration) {
        self.inside.cluster.judge(endpoint, self.admitted, is_good, latency, now);
        self.is_judged = true;
    }
}

/// Counts a request at its endpoint.
struct UnderWay {
    endpoint: Arc<Endpoint>,
    is_judged: bool,
}

impl UnderWay {
    fn new(endpoint: Arc<Endpoint>) -> Self {
        endpoint.hot.in_flight.fetch_add(1, Ordering::Relaxed);
        Self { endpoint, is_judged: false }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.endpoint.hot.in_flight.fetch_sub(1, Ordering::Relaxed);
        if !self.is_judged {
            self.endpoint.hot.cancelled.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
#[path = "permit_tests.rs"]
mod tests;
