//! Works through the jobs table.

use super::queue::{self, Job};
use crate::events::dispatcher::{QueueMetrics, backoff};
use crate::{Clock, Db, DbError, Random};
use async_trait::async_trait;
use chrono::TimeDelta;
use orion_contracts::Problem;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long a worker holds a job; longer than any job may take.
const LEASE: Duration = Duration::from_secs(120);
/// Looks without being rung for.
const POLL: Duration = Duration::from_secs(1);
/// How many jobs run at once.
const CONCURRENCY: u32 = 16;
/// How often dead jobs are counted.
const COUNT_EVERY: TimeDelta = TimeDelta::minutes(1);

/// What became of a job.
#[derive(Debug)]
pub enum JobOutcome {
    /// The handler has completed it, in the transaction of its work.
    Completed,
    /// Try again, by default after a growing pause.
    Retry {
        /// Why.
        reason: String,
        /// When the other side said when.
        after: Option<Duration>,
    },
    /// No later try can do it.
    Dead {
        /// Why.
        reason: String,
    },
}

/// Does jobs of one kind. Call `jobs::complete` in the transaction of the work.
#[async_trait]
pub trait JobHandler: Send + Sync {
    /// Does one job.
    async fn run(&self, job: &Job) -> Result<JobOutcome, Problem>;
}

/// One service's worker.
#[derive(Clone)]
pub struct Runner {
    db: Db,
    clock: Clock,
    random: Random,
    metrics: QueueMetrics,
    handlers: HashMap<&'static str, Arc<dyn JobHandler>>,
}

impl Runner {
    /// A worker without handlers.
    pub fn new(db: Db, clock: Clock, random: Random, metrics: QueueMetrics) -> Self {
        Self { db, clock, random, metrics, handlers: HashMap::new() }
    }

    /// Jobs of this kind are done by this handler.
    #[must_use]
    pub fn handle(mut self, kind: &'static str, handler: Arc<dyn JobHandler>) -> Self {
        self.handlers.insert(kind, handler);
        self
    }

    /// Works until told to stop, then finishes what it holds.
    pub async fn run(self, stop: CancellationToken) {
        let worker = Arc::new(self);
        let mut running = JoinSet::new();
        let mut counted = None;
        while !stop.is_cancelled() {
            let free = CONCURRENCY.saturating_sub(u32::try_from(running.len()).unwrap_or(u32::MAX));
            match queue::claim(&worker.db, worker.clock.now(), LEASE, free).await {
                Ok(jobs) => {
                    for job in jobs {
                        let worker = worker.clone();
                        running.spawn(async move { worker.work(job).await });
                    }
                }
                Err(error) => tracing::warn!(%error, "jobs cannot be read; trying again"),
            }
            let now = worker.clock.now();
            if counted.is_none_or(|last| now - last >= COUNT_EVERY) {
                counted = Some(now);
                worker.count_dead().await;
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = worker.db.doorbell().jobs() => {}
                Some(_) = running.join_next(), if !running.is_empty() => {}
                () = worker.clock.sleep(POLL) => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    async fn count_dead(&self) {
        match queue::dead(&self.db).await {
            Ok(kinds) => {
                self.metrics.dead.reset();
                for (kind, jobs) in kinds {
                    self.metrics.dead.with_label_values(&[kind]).set(jobs);
                }
            }
            Err(error) => tracing::debug!(%error, "dead jobs cannot be counted"),
        }
    }

    async fn work(&self, job: Job) {
        let started = self.clock.monotonic();
        let outcome = match self.handlers.get(job.kind.as_str()) {
            Some(handler) => handler.run(&job).await.unwrap_or_else(|problem| JobOutcome::Retry {
                reason: problem.to_string(),
                after: problem.retry_after.map(Duration::from_secs),
            }),
            None => JobOutcome::Dead { reason: format!("no handler for jobs of kind {}", job.kind) },
        };
        self.metrics.duration.with_label_values(&["jobs"]).observe((self.clock.monotonic() - started).as_secs_f64());
        if let Err(error) = self.settle(&job, outcome).await {
            // The lease runs out and somebody tries again.
            tracing::warn!(job = %job.id, %error, "the outcome of a job could not be stored");
        }
    }

    async fn settle(&self, job: &Job, outcome: JobOutcome) -> Result<(), DbError> {
        let (reason, after, dead) = match outcome {
            JobOutcome::Completed => {
                self.metrics.consumed.with_label_values(&["jobs"]).inc();
                return Ok(());
            }
            JobOutcome::Retry { reason, after } => (reason, after, job.attempt >= job.max_attempts),
            JobOutcome::Dead { reason } => (reason, None, true),
        };
        self.metrics.failed.with_label_values(&["jobs", if dead { "dead" } else { "retry" }]).inc();
        tracing::warn!(job = %job.id, kind = job.kind, attempt = job.attempt, dead, reason, "job failed");
        let pause = after.unwrap_or_else(|| backoff(job.attempt, &self.random));
        queue::retry(&self.db, job, self.clock.now() + pause, dead, &reason).await
    }
}
