//! Wanting a job done: written with the change, so that a job is there exactly when its reason is.

use super::sql::Sql;
use super::table::cut;
use super::{Job, Queue};
use crate::{Change, DbError};
use chrono::{DateTime, Utc};
use orion_contracts::{Author, JobId};
use sea_orm::{ConnectionTrait, DbErr};
use std::time::Duration;

/// What a single job has otherwise than its kind.
#[derive(Debug, Clone, Copy, Default)]
pub struct JobOptions {
    /// When it is to be done.
    pub due: Due,
    /// Higher goes first.
    pub priority: Option<i64>,
    /// For whom it is done: who may see it, and who its changes are made by. Such a job can be seen for a day after its end.
    pub owner: Option<Author>,
}

/// When a job is to be done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Due {
    /// As soon as its turn comes.
    #[default]
    Now,
    /// Not before so much time has passed.
    After(Duration),
    /// Not before.
    At(DateTime<Utc>),
}

/// A job that is not written yet.
pub(crate) struct NewJob {
    pub(super) id: JobId,
    pub(super) kind: &'static str,
    pub(super) queue: Queue,
    payload: serde_json::Result<String>,
    dedupe_key: Option<String>,
    attempts: i64,
    priority: i64,
    due: Due,
    owner: Option<Author>,
    failure: Option<Failure>,
}

/// That it was tried before it was a job, and in vain.
struct Failure {
    reason: String,
    is_dead: bool,
}

impl NewJob {
    pub(crate) fn new<J: Job>(id: JobId, job: &J, options: JobOptions) -> Self {
        Self {
            id,
            kind: J::KIND,
            queue: J::QUEUE,
            payload: serde_json::to_string(job),
            dedupe_key: job.dedupe_key(),
            attempts: J::ATTEMPTS.max(1),
            priority: options.priority.unwrap_or_else(|| job.priority()),
            due: options.due,
            owner: options.owner,
            failure: None,
        }
    }

    /// Says why it was not done when it was tried before it was a job; dead when no later try can do it. One that cannot
    /// stand beside it stays as it is.
    pub(crate) fn failed(self, reason: &str, is_dead: bool) -> Self {
        Self { failure: Some(Failure { reason: cut(reason), is_dead }), ..self }
    }

    /// The job that is put back with its next time after each run; there is one of its kind.
    pub(super) fn scheduled<J: Job>(id: JobId, job: &J, first: Duration) -> Self {
        let options = JobOptions { due: Due::After(first), ..JobOptions::default() };
        Self { dedupe_key: Some(SCHEDULE.to_owned()), ..Self::new(id, job, options) }
    }
}

/// The dedupe key of what is done again and again.
pub(super) const SCHEDULE: &str = "schedule";

/// Where a kind and its key may stand once; as the index over the table says it.
pub(super) const ALIVE: &str = "state IN ('due', 'running')";

/// Writes a job into the change.
pub(crate) async fn insert(change: &mut Change, job: NewJob) -> Result<(), DbError> {
    let payload = job.payload.map_err(|error| DbErr::Json(error.to_string()))?;
    let owner = job.owner.map(|owner| serde_json::to_string(&owner)).transpose();
    let owner = owner.map_err(|error| DbErr::Json(error.to_string()))?;
    let infra = change.infra().clone();
    let mut sql = Sql::new(change, &infra.clock);
    let due_at = match job.due {
        Due::Now => sql.now(),
        Due::After(delay) => sql.after(delay),
        Due::At(moment) => sql.bind(moment),
    };
    let is_dead = job.failure.as_ref().is_some_and(|failure| failure.is_dead);
    let values = [
        sql.bind(job.id.0),
        sql.bind(job.queue.name),
        sql.bind(job.kind),
        sql.bind(job.dedupe_key.clone()),
        sql.bind(payload),
        sql.bind(owner),
        sql.bind(job.priority),
        sql.bind(job.attempts),
        sql.bind(change.now()),
        due_at,
        sql.bind(job.failure.as_ref().map(|failure| failure.reason.as_str())),
        if is_dead { sql.now() } else { "NULL".to_owned() },
        sql.bind(if is_dead { "dead" } else { "due" }),
    ];
    let once = match &job.dedupe_key {
        _ if job.failure.is_some() => "ON CONFLICT DO NOTHING".to_owned(),
        None => String::new(),
        Some(_) => format!(
            "ON CONFLICT (kind, dedupe_key) WHERE {ALIVE} DO UPDATE SET again_at = excluded.due_at, \
             payload = excluded.payload WHERE jobs.state = 'running'"
        ),
    };
    let text = format!(
        "INSERT INTO jobs (id, queue, kind, dedupe_key, payload, owner, priority, max_attempts, created_at, due_at, \
         last_error, finished_at, state) VALUES ({}) {once}",
        values.join(", ")
    );
    let insert = sql.statement(text);
    change.execute_raw(insert).await?;
    if job.due == Due::Now {
        change.after_commit(move || infra.db.doorbell().ring_queue(job.queue.name));
    }
    Ok(())
}
