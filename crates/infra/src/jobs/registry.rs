//! Which jobs a service does: a line per kind.

use super::enqueue::NewJob;
use super::{Job, JobContext, Outcome, Queue, QueueRunner};
use crate::Infra;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use orion_contracts::{JobId, Problem};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// The jobs of one service.
#[derive(Clone)]
pub struct Jobs {
    infra: Infra,
    queues: BTreeMap<&'static str, (Queue, Handlers)>,
}

/// What a queue's worker does, by kind.
pub(super) type Handlers = HashMap<&'static str, Handler>;
pub(super) type Attempt = BoxFuture<'static, Result<Outcome, Problem>>;
type Begin = dyn Fn(&str, JobContext) -> serde_json::Result<Attempt> + Send + Sync;

/// Does jobs of one kind.
#[derive(Clone)]
pub(super) struct Handler {
    /// Begins a try; fails when the payload cannot be read.
    pub(super) begin: Arc<Begin>,
    pub(super) limit: Duration,
    pub(super) schedule: Option<Schedule>,
}

/// What is done again and again. It is what this process registered, whatever an older one wrote into the row.
#[derive(Clone)]
pub(super) struct Schedule {
    pub(super) every: Duration,
    /// The row, where there is none yet.
    pub(super) first: Arc<dyn Fn(JobId) -> NewJob + Send + Sync>,
    pub(super) begin: Arc<dyn Fn(JobContext) -> Attempt + Send + Sync>,
}

impl Jobs {
    /// None yet.
    pub fn new(infra: &Infra) -> Self {
        Self { infra: infra.clone(), queues: BTreeMap::new() }
    }

    /// Jobs of this kind are done, with this state.
    #[must_use]
    pub fn handle<J: Job>(self, state: &J::State) -> Self {
        self.register::<J>(state, None)
    }

    /// This job is done again and again, on one node at a time: for the first time once the pause has passed, then each
    /// time so long after its end. One that fails is tried again as any other is, and then waits for its next time.
    #[must_use]
    pub fn every<J: Job + Clone + Sync>(self, pause: Duration, job: J, state: &J::State) -> Self {
        let (first, state_of_each) = (job.clone(), state.clone());
        let schedule = Schedule {
            every: pause,
            first: Arc::new(move |id| NewJob::scheduled(id, &first, pause)),
            begin: Arc::new(move |context| attempt(job.clone(), state_of_each.clone(), context)),
        };
        self.register::<J>(state, Some(schedule))
    }

    fn register<J: Job>(mut self, state: &J::State, schedule: Option<Schedule>) -> Self {
        let state = state.clone();
        let begin = move |payload: &str, context: JobContext| {
            serde_json::from_str(payload).map(|job: J| attempt(job, state.clone(), context))
        };
        let handler = Handler { begin: Arc::new(begin), limit: J::LIMIT, schedule };
        let is_known = self.queues.values().any(|(_, handlers)| handlers.contains_key(J::KIND));
        debug_assert!(!is_known, "two kinds of jobs are called {}", J::KIND);
        let (queue, handlers) = self.queues.entry(J::QUEUE.name).or_insert_with(|| (J::QUEUE, HashMap::new()));
        debug_assert_eq!(*queue, J::QUEUE, "two queues have the same name");
        handlers.insert(J::KIND, handler);
        self
    }

    /// What works through each queue; none of them waits for another.
    pub fn runners(self) -> Vec<QueueRunner> {
        let infra = self.infra;
        let kinds: Arc<[_]> = self.queues.values().flat_map(|(_, handlers)| handlers.keys().copied()).collect();
        let queues = self.queues.into_values().enumerate();
        queues
            .map(|(at, (queue, handlers))| {
                // One of them counts what belongs to none.
                let counts_unknown = (at == 0).then(|| kinds.clone());
                QueueRunner::new(infra.clone(), queue, handlers, counts_unknown)
            })
            .collect()
    }
}

fn attempt<J: Job>(job: J, state: J::State, context: JobContext) -> Attempt {
    async move { job.run(&state, &context).await }.boxed()
}
