//! What a job may ask while it runs.

use super::table::{self, End, Ended, Lease, Taken};
use crate::{Change, DbError, Infra};
use orion_contracts::{Author, JobId};
use sea_orm::DbErr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// One try of one job. Cloning shares it.
#[derive(Clone)]
pub struct JobContext(Arc<Inner>);

struct Inner {
    infra: Infra,
    lease: Lease,
    attempt: i64,
    max_attempts: i64,
    owner: Option<Author>,
    /// How long after its end it is due again.
    every: Option<Duration>,
    taken_at: Duration,
    waited: Duration,
    cancelled: CancellationToken,
    is_cancel_wanted: AtomicBool,
    /// Whether its end was written with its work.
    has_ended: Arc<AtomicBool>,
    /// Written once with an end after which it is not over.
    due_again: OnceLock<Duration>,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    done: i64,
    total: i64,
    is_written: bool,
}

impl JobContext {
    pub(super) fn new(infra: &Infra, taken: &Taken, every: Option<Duration>) -> Self {
        Self(Arc::new(Inner {
            infra: infra.clone(),
            lease: taken.lease,
            attempt: taken.attempt,
            max_attempts: taken.max_attempts,
            owner: taken.owner,
            every,
            taken_at: infra.clock.monotonic(),
            waited: taken.waited,
            cancelled: CancellationToken::new(),
            is_cancel_wanted: AtomicBool::new(false),
            has_ended: Arc::new(AtomicBool::new(false)),
            due_again: OnceLock::new(),
            progress: Mutex::new(Progress { is_written: true, ..Progress::default() }),
        }))
    }

    /// The job.
    pub fn id(&self) -> JobId {
        self.0.lease.id
    }

    /// Which try this is, from 1.
    pub fn attempt(&self) -> i64 {
        self.0.attempt
    }

    /// How long it was due before a worker took it.
    pub fn waited(&self) -> Duration {
        self.0.waited
    }

    /// Whether there is no try after this one.
    pub fn is_last_attempt(&self) -> bool {
        self.0.attempt >= self.0.max_attempts
    }

    /// For whom it is done, when it is for somebody.
    pub fn owner(&self) -> Option<Author> {
        self.0.owner
    }

    /// By whom its changes are made.
    pub fn author(&self) -> Author {
        self.0.owner.unwrap_or(Author::PLATFORM)
    }

    /// Whether the job is still held, by what is there in the change. If so, nobody takes it over before the change is made:
    /// whoever writes what only its worker may asks first.
    pub async fn holds(&self, change: &mut Change) -> Result<bool, DbError> {
        change.aside(table::holds(change, &self.0.infra.clock, self.0.lease)).await
    }

    /// Writes the job's end into the change that is its work, so that both are there or neither. Fails when somebody else
    /// has taken the job over: then the change fails too, for the other one makes it.
    pub async fn complete(&self, change: &mut Change) -> Result<(), DbError> {
        self.end_with(change, &self.done()).await
    }

    /// Writes into the change that the job is to be tried again. Return [`Outcome::Retry`](super::Outcome::Retry) as well.
    pub async fn retry(&self, change: &mut Change, after: Duration, reason: &str) -> Result<(), DbError> {
        self.end_with(change, &End::Retry { after, reason }).await
    }

    /// Whether a change failed because somebody else has taken the job over.
    pub fn was_given_on(error: &DbError) -> bool {
        matches!(error.0, DbErr::RecordNotFound(_))
    }

    async fn end_with(&self, change: &mut Change, end: &End<'_>) -> Result<(), DbError> {
        if !self.write_end(change, end).await? {
            return Err(DbErr::RecordNotFound(format!("the lease of job {}: it was given on", self.id())).into());
        }
        let has_ended = self.0.has_ended.clone();
        change.after_commit(move || has_ended.store(true, Ordering::Relaxed));
        Ok(())
    }

    /// Writes the end into the change; `false` when the lease has been given on.
    pub(super) async fn write_end(&self, change: &mut Change, end: &End<'_>) -> Result<bool, DbError> {
        let ended = change.aside(table::end(change, &self.0.infra.clock, self.0.lease, end)).await?;
        if ended == Ended::DueAgain {
            let (context, pause) = (self.clone(), end.pause());
            change.after_commit(move || {
                context.0.due_again.get_or_init(|| pause);
            });
        }
        Ok(ended != Ended::GivenOn)
    }

    /// After which pause the job is due again, when it is.
    pub(super) fn due_again(&self) -> Option<Duration> {
        self.0.due_again.get().copied()
    }

    pub(super) fn done(&self) -> End<'static> {
        match self.0.every {
            Some(next) => End::DoneUntil { next, failure: None },
            None => End::Done { is_kept: self.0.owner.is_some() },
        }
    }

    /// Says how far it is. Cheap: it is written about once a second.
    pub fn progress(&self, done: i64, total: i64) {
        *self.lock_progress() = Progress { done, total, is_written: false };
    }

    /// How far it is, unless that is written.
    pub(super) fn take_progress(&self) -> Option<(Lease, i64, i64)> {
        let mut progress = self.lock_progress();
        let is_new = !std::mem::replace(&mut progress.is_written, true);
        is_new.then_some((self.0.lease, progress.done, progress.total))
    }

    fn lock_progress(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.0.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it should leave off: somebody cancelled it, the process ends, or somebody else has taken it over.
    pub async fn cancelled(&self) {
        self.0.cancelled.cancelled().await;
    }

    /// Waits for something; nothing when it should leave off before that.
    pub async fn unless_cancelled<T>(&self, wanted: impl Future<Output = T>) -> Option<T> {
        self.0.cancelled.run_until_cancelled(wanted).await
    }

    /// Whether it should leave off, with [`Outcome::Stopped`](super::Outcome::Stopped).
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.is_cancelled()
    }

    /// Tells it to leave off.
    pub(super) fn cancel(&self) {
        self.0.cancelled.cancel();
    }

    /// Tells it to leave off for good: somebody wants it so.
    pub(super) fn cancel_for_good(&self) {
        self.0.is_cancel_wanted.store(true, Ordering::Relaxed);
        self.cancel();
    }

    pub(super) fn is_cancel_wanted(&self) -> bool {
        self.0.is_cancel_wanted.load(Ordering::Relaxed)
    }

    pub(super) fn has_ended(&self) -> bool {
        self.0.has_ended.load(Ordering::Relaxed)
    }

    pub(super) fn lease(&self) -> Lease {
        self.0.lease
    }

    pub(super) fn every(&self) -> Option<Duration> {
        self.0.every
    }

    pub(super) fn taken_at(&self) -> Duration {
        self.0.taken_at
    }
}
