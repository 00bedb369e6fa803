//! What changes behind the gateway, told to whoever counts, logs or passes it on. Nobody who serves a request waits for them.

use orion_contracts::upstreams::CircuitState;
use std::fmt::{self, Display};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;

/// Changes that wait for a listener that is slow. One that falls further behind is told that it did, and reads the state instead.
const WAITING: usize = 1024;

/// Who changed a breaker by hand, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Why a breaker changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BreakerCause {
    /// Too many of those in the window failed.
    Failures {
        /// So many.
        failed: u64,
        /// Of so many.
        total: u64,
    },
    /// So many failed one after the other.
    InARow(u32),
    /// Too many of those in the window were slow.
    Slow {
        /// So many.
        slow: u64,
        /// Of so many.
        total: u64,
    },
    /// It was open for long enough.
    Rested,
    /// The requests that passed while it was half-open were good.
    ProbesGood,
    /// One of them was not.
    ProbeFailed,
    /// They did not end in time.
    ProbesLate,
    /// Somebody did it.
    ByHand(Held),
}

impl Display for BreakerCause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failures { failed, total } => write!(formatter, "{failed} of {total} requests failed"),
            Self::InARow(failed) => write!(formatter, "{failed} requests failed one after the other"),
            Self::Slow { slow, total } => write!(formatter, "{slow} of {total} requests were slow"),
            Self::Rested => formatter.write_str("it was open for long enough"),
            Self::ProbesGood => formatter.write_str("the requests that tried it were good"),
            Self::ProbeFailed => formatter.write_str("a request that tried it failed"),
            Self::ProbesLate => formatter.write_str("the requests that tried it did not end in time"),
            Self::ByHand(Held { by, reason }) => write!(formatter, "{by}: {reason}"),
        }
    }
}

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A breaker's state.
    Breaker {
        /// Whose.
        upstream: Arc<str>,
        /// What it was.
        from: CircuitState,
        /// What it is.
        to: CircuitState,
        /// Why.
        cause: BreakerCause,
        /// Rises with each change of this breaker: two cores may tell two of them in either order.
        number: u32,
    },
    /// An endpoint is left out, for its requests failed.
    Ejected {
        /// Whose.
        upstream: Arc<str>,
        /// Its URL.
        endpoint: String,
        /// For how long.
        time: Duration,
    },
    /// Probes found an endpoint well that was failing.
    Healthy {
        /// Whose.
        upstream: Arc<str>,
        /// Its URL.
        endpoint: String,
    },
    /// Probes found an endpoint failing.
    Failing {
        /// Whose.
        upstream: Arc<str>,
        /// Its URL.
        endpoint: String,
        /// Why.
        reason: String,
    },
}

/// Where changes are told; cheap to clone.
#[derive(Clone)]
pub struct Changes(broadcast::Sender<Change>);

impl Changes {
    /// Hears what is told from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.0.subscribe()
    }

    /// Tells whoever listens; nobody has to.
    pub(super) fn tell(&self, change: Change) {
        let _ = self.0.send(change);
    }
}

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::Sender::new(WAITING))
    }
}
