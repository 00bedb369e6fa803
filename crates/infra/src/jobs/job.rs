//! What a kind of job says of itself.

use super::JobContext;
use orion_contracts::Problem;
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// A kind of job: what it needs to know, and how it is done. Its fields are what is stored, so a new one has a default.
pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    /// Its name, unique in the service.
    const KIND: &'static str;
    /// Where it waits for its turn.
    const QUEUE: Queue;
    /// How often it is tried before it is dead. A try that a drain cut short does not count.
    const ATTEMPTS: i64 = 8;
    /// How long one try may take; it is then broken off.
    const LIMIT: Duration = Duration::from_secs(600);
    /// What it works with.
    type State: Clone + Send + Sync + 'static;

    /// Says what is to be done. One that is due already is not wanted a second time; one that runs runs once more after
    /// that, for it may have looked before the new reason came.
    fn dedupe_key(&self) -> Option<String> {
        None
    }

    /// Higher goes first, within its queue.
    fn priority(&self) -> i64 {
        0
    }

    /// Does it. It may be done twice, so what it changes is one change together with [`JobContext::complete`], or may be
    /// changed again. What takes long looks at [`JobContext::is_cancelled`] between its steps.
    fn run(self, state: &Self::State, context: &JobContext) -> impl Future<Output = Result<Outcome, Problem>> + Send;
}

/// What came of a try. A [`Problem`] is a failure that another try may not have.
#[derive(Debug)]
pub enum Outcome {
    /// It is done; also when its end has been written already, with the work.
    Done,
    /// Try again, by default after a growing pause.
    Retry {
        /// Why.
        reason: String,
        /// Not before.
        after: Option<Duration>,
    },
    /// No later try can do it.
    Dead {
        /// Why.
        reason: String,
    },
    /// It saw that it was cancelled, and left off.
    Stopped,
}

/// A queue of one service: its jobs wait for each other and for nobody else's. Declared once, as a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// Its name, unique in the service.
    pub name: &'static str,
    /// How many of its jobs run at once, in each process.
    pub concurrency: usize,
    /// How often it is looked at without being rung for: what another process wrote, or what has become due.
    pub poll: Duration,
}

/// Work that nobody waits for.
pub const HOUSEKEEPING: Queue = Queue::new("housekeeping", 2).polled(Duration::from_secs(10));

impl Queue {
    /// A queue that is looked at each second.
    pub const fn new(name: &'static str, concurrency: usize) -> Self {
        assert!(concurrency > 0, "a queue without workers");
        Self { name, concurrency, poll: Duration::from_secs(1) }
    }

    /// Says how often it is looked at.
    #[must_use]
    pub const fn polled(self, poll: Duration) -> Self {
        Self { poll, ..self }
    }
}
