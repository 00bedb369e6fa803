//! Kinds of jobs that do as they are told.

use orion_contracts::{Author, Problem};
use orion_infra::jobs::{Job, JobContext, Jobs, Outcome, Queue};
use orion_infra::{DbError, Infra};
use orion_testkit::eventually;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;

pub(super) const WORK: Queue = Queue::new("work", 16);
const NARROW: Queue = Queue::new("narrow", 1);

/// Begins what it is given; ends it when it may.
#[derive(Clone)]
pub(super) struct Worker(Arc<Inner>);

struct Inner {
    infra: Infra,
    begun: Mutex<Vec<i64>>,
    done: Mutex<Vec<i64>>,
    failures: AtomicU32,
    gate: Semaphore,
}

impl Worker {
    pub(super) fn new(infra: &Infra) -> Self {
        Self(Arc::new(Inner {
            infra: infra.clone(),
            begun: Mutex::default(),
            done: Mutex::default(),
            failures: AtomicU32::new(0),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        }))
    }

    /// One that ends nothing until [`Worker::open`].
    pub(super) fn stuck(infra: &Infra) -> Self {
        let worker = Self::new(infra);
        worker.0.gate.forget_permits(Semaphore::MAX_PERMITS);
        worker
    }

    /// Fails so many times.
    pub(super) fn fail(&self, times: u32) {
        self.0.failures.store(times, Ordering::SeqCst);
    }

    pub(super) fn open(&self) {
        self.open_for(1000);
    }

    /// Lets so many end.
    pub(super) fn open_for(&self, jobs: usize) {
        self.0.gate.add_permits(jobs);
    }

    /// The numbers of the jobs that were begun.
    pub(super) fn begun(&self) -> Vec<i64> {
        self.0.begun.lock().unwrap().clone()
    }

    /// The numbers of the jobs whose end was written with their work.
    pub(super) fn done(&self) -> Vec<i64> {
        self.0.done.lock().unwrap().clone()
    }

    pub(super) async fn has_begun(&self, count: usize) {
        eventually("the beginning", || async { (self.begun().len() >= count).then_some(()) }).await;
    }

    pub(super) async fn has_done(&self, count: usize) {
        eventually("the end", || async { (self.done().len() >= count).then_some(()) }).await;
    }

    pub(super) fn jobs(&self) -> Jobs {
        Jobs::new(&self.0.infra)
            .handle::<Work>(self)
            .handle::<Once>(self)
            .handle::<Narrow>(self)
            .handle::<Patient>(self)
            .handle::<Panics>(self)
            .handle::<Endless>(self)
    }

    async fn work(&self, number: i64, context: &JobContext) -> Result<Outcome, Problem> {
        self.0.begun.lock().unwrap().push(number);
        let left = self.0.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_ok() {
            return Ok(Outcome::Retry { reason: "told to".to_owned(), after: Some(Duration::from_millis(10)) });
        }
        self.0.gate.acquire().await.unwrap().forget();
        let work = self.0.infra.write(context.author(), async |change| {
            change.unaudited("a test");
            context.complete(change).await
        });
        work.await?;
        self.0.done.lock().unwrap().push(number);
        Ok(Outcome::Done)
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident($queue:ident, attempts $attempts:literal) $rest:tt)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Serialize, Deserialize)]
        pub(super) struct $name(pub(super) i64);

        impl Job for $name {
            const KIND: &'static str = stringify!($name);
            const QUEUE: Queue = $queue;
            const ATTEMPTS: i64 = $attempts;
            const LIMIT: Duration = Duration::from_secs(3600);
            type State = Worker;
            kinds! { @ $rest }
        }
    )*};
    (@ { $($item:item)* }) => { $($item)* };
}

kinds! {
    /// Is done when the worker may.
    Work(WORK, attempts 3) {
        async fn run(self, worker: &Worker, context: &JobContext) -> Result<Outcome, Problem> {
            worker.work(self.0, context).await
        }
    }
    /// Is wanted once.
    Once(WORK, attempts 3) {
        fn dedupe_key(&self) -> Option<String> {
            Some("key".to_owned())
        }

        async fn run(self, worker: &Worker, context: &JobContext) -> Result<Outcome, Problem> {
            worker.work(self.0, context).await
        }
    }
    /// One at a time; its number is its priority.
    Narrow(NARROW, attempts 3) {
        fn priority(&self) -> i64 {
            self.0
        }

        async fn run(self, worker: &Worker, context: &JobContext) -> Result<Outcome, Problem> {
            worker.work(self.0, context).await
        }
    }
    /// Says how far it is, and goes on until it is cancelled.
    Patient(WORK, attempts 3) {
        async fn run(self, worker: &Worker, context: &JobContext) -> Result<Outcome, Problem> {
            worker.0.begun.lock().unwrap().push(self.0);
            context.progress(self.0, 100);
            context.cancelled().await;
            Ok(Outcome::Stopped)
        }
    }
    /// Panics at the first try.
    Panics(WORK, attempts 3) {
        async fn run(self, worker: &Worker, context: &JobContext) -> Result<Outcome, Problem> {
            assert!(context.attempt() > 1, "the first try");
            worker.work(self.0, context).await
        }
    }
    /// Never ends.
    Endless(WORK, attempts 1) {
        async fn run(self, worker: &Worker, _: &JobContext) -> Result<Outcome, Problem> {
            worker.0.begun.lock().unwrap().push(self.0);
            std::future::pending().await
        }
    }
}

/// Is done again and again.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Tick(pub(super) i64);

impl Job for Tick {
    const KIND: &'static str = "tick";
    const QUEUE: Queue = WORK;
    const ATTEMPTS: i64 = 2;
    type State = Worker;

    async fn run(self, worker: &Worker, context: &JobContext) -> Result<Outcome, Problem> {
        worker.work(self.0, context).await
    }
}

/// Has the name of another kind, in another queue.
#[cfg(debug_assertions)]
#[derive(Serialize, Deserialize)]
pub(super) struct Namesake;

#[cfg(debug_assertions)]
impl Job for Namesake {
    const KIND: &'static str = Work::KIND;
    const QUEUE: Queue = NARROW;
    type State = Worker;

    async fn run(self, _: &Worker, _: &JobContext) -> Result<Outcome, Problem> {
        Ok(Outcome::Done)
    }
}

/// Fails to be written.
pub(super) async fn want_and_take_back(infra: &Infra, number: i64) {
    let failed: Result<(), DbError> = infra
        .write(Author::PLATFORM, async |change| {
            change.enqueue(Work(number));
            Err(sea_orm::DbErr::Custom("told to".to_owned()).into())
        })
        .await;
    failed.unwrap_err();
}
