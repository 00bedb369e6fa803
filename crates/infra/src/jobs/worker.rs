//! One try of one job, and what becomes of the job then.

use super::registry::{Attempt, Handler};
use super::runner::QueueRunner;
use super::table::{End, Taken};
use super::{JobContext, Outcome};
use crate::DbError;
use crate::backoff::{Backoff, rounded};
use crate::tasks::panic_words;
use futures_util::FutureExt;
use orion_contracts::Author;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// The pauses between two tries.
const PAUSES: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(600));

impl QueueRunner {
    /// Tries a job, and writes what came of it.
    pub(super) async fn work(&self, taken: &Taken, handler: &Handler, context: &JobContext) {
        let (clock, metrics) = (&self.infra.clock, &self.infra.queues);
        let started = clock.monotonic();
        let outcome = match begin(taken, handler, context) {
            Ok(attempt) => self.attempt(attempt, handler.limit, context.attempt()).await,
            Err(refused) => refused,
        };
        let took = clock.monotonic().saturating_sub(started);
        metrics.duration.with_label_values(&[self.queue.name]).observe(took.as_secs_f64());
        if let Err(error) = self.settle(taken, context, outcome).await {
            // The lease runs out, and somebody tries again.
            tracing::warn!(job = %context.id(), kind = taken.kind, %error, "the outcome of a job could not be stored");
        }
    }

    async fn attempt(&self, attempt: Attempt, limit: Duration, number: i64) -> Outcome {
        tokio::select! {
            ended = AssertUnwindSafe(attempt).catch_unwind() => match ended {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(problem)) => Outcome::Retry {
                    reason: problem.to_string(),
                    // Meant for clients: a job that came so often would soon have no try left.
                    after: problem
                        .retry_after
                        .map(|seconds| PAUSES.pause(number, &self.infra.random).max(Duration::from_secs(seconds))),
                },
                Err(panic) => Outcome::Retry { reason: format!("it panicked: {}", panic_words(&*panic)), after: None },
            },
            () = self.infra.clock.sleep(limit) => {
                Outcome::Retry { reason: format!("it took longer than {} s", limit.as_secs()), after: None }
            }
        }
    }

    async fn settle(&self, taken: &Taken, context: &JobContext, outcome: Outcome) -> Result<(), DbError> {
        let failed = |what| self.infra.queues.failed.with_label_values(&[self.queue.name, what]).inc();
        let end = match &outcome {
            Outcome::Done => context.done(),
            _ if context.is_cancel_wanted() => End::Cancelled,
            Outcome::Stopped if context.is_cancelled() => End::PutBack,
            Outcome::Stopped => self.try_again(context, "it left off", None),
            Outcome::Retry { reason, after } => self.try_again(context, reason, *after),
            Outcome::Dead { reason } => give_up(context, reason),
        };
        match &end {
            End::Done { .. } | End::DoneUntil { failure: None, .. } => {
                self.infra.queues.consumed.with_label_values(&[self.queue.name]).inc();
            }
            End::DoneUntil { failure: Some(reason), next } => {
                failed("dead");
                tracing::error!(job = %context.id(), kind = taken.kind, reason, ?next, "a job failed until its next time");
            }
            End::Retry { reason, after } => {
                failed("retry");
                let attempt = context.attempt();
                let retry_in = rounded(*after);
                tracing::warn!(job = %context.id(), kind = taken.kind, attempt, reason, ?retry_in, "a job failed");
            }
            End::Dead { reason } => {
                failed("dead");
                tracing::error!(job = %context.id(), kind = taken.kind, reason, "a job is dead");
            }
            End::Cancelled => tracing::info!(job = %context.id(), kind = taken.kind, "a job was cancelled"),
            End::PutBack => tracing::info!(job = %context.id(), kind = taken.kind, "a job was put back at the end"),
        }
        if context.has_ended() {
            return Ok(());
        }
        let is_held = self
            .infra
            .write(Author::PLATFORM, async |change| {
                change.unaudited("the end of a job; what it did is audited where it did it");
                context.write_end(change, &end).await
            })
            .await?;
        if !is_held {
            tracing::warn!(job = %context.id(), kind = taken.kind, "another worker has taken this job over");
        }
        Ok(())
    }

    fn try_again<'a>(&self, context: &JobContext, reason: &'a str, after: Option<Duration>) -> End<'a> {
        if context.is_last_attempt() && !context.has_ended() {
            return give_up(context, reason);
        }
        End::Retry { after: after.unwrap_or_else(|| PAUSES.pause(context.attempt(), &self.infra.random)), reason }
    }
}

/// Begins a try. What is done again and again is what was registered here, whatever its row says.
fn begin(taken: &Taken, handler: &Handler, context: &JobContext) -> Result<Attempt, Outcome> {
    if let Some(schedule) = handler.schedule.as_ref().filter(|_| taken.is_scheduled()) {
        return Ok((schedule.begin)(context.clone()));
    }
    // The error itself may quote the payload, and a reason is shown.
    (handler.begin)(&taken.payload, context.clone()).map_err(|error| Outcome::Dead {
        reason: format!("the payload cannot be read: {:?} error, column {}", error.classify(), error.column()),
    })
}

fn give_up<'a>(context: &JobContext, reason: &'a str) -> End<'a> {
    match context.every() {
        Some(next) => End::DoneUntil { next, failure: Some(reason) },
        None => End::Dead { reason },
    }
}
