//! The one way to change a service's data. What belongs to a change cannot be forgotten: its audit entry, events, jobs and
//! the answer to its idempotency key are one transaction with it, and what every node must hear is announced after the
//! commit, also when the client has gone.
//!
//! ```ignore
//! infra.write(caller, async |change| {
//!     let mut user = users::lock(change, id).await?.ok_or(UsersError::UserNotFound)?;
//!     user.suspend(change.now());
//!     users::update(change, &user).await?;
//!     change.audit(AuditRecord::new(AuditAction::AccountSuspend, "user", "Suspended").on(user.id));
//!     Ok(user)
//! })
//! ```

mod commit;
mod pending;
mod write;

use crate::audit::AuditRecord;
use crate::events::Told;
use crate::jobs::{Job, JobOptions, NewJob};
use crate::{Infra, Transaction};
use chrono::{DateTime, Utc};
use orion_contracts::bus::BusMessage;
use orion_contracts::events::EventPayload;
use orion_contracts::{Author, EventId, JobId};
use pending::Pending;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

/// A change that is being made: a transaction, and what is to be written and told with it. Statements run on it as on a
/// connection. It must wait for nothing but the database, for on SQLite everybody else waits for it.
pub struct Change {
    transaction: Transaction,
    infra: Infra,
    author: Author,
    now: DateTime<Utc>,
    pending: Pending,
    /// Whether a statement has changed a row, so that there is something to commit.
    wrote: AtomicBool,
    /// Whether one has that was not a note of the platform's own: then somebody has to answer for it.
    changed: AtomicBool,
}

impl Change {
    /// When it happens: one moment for all of its rows.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// By whom it is made.
    pub fn author(&self) -> Author {
        self.author
    }

    /// Says by whom it is made from here on, where that was found out in the change itself, such as at sign-in.
    pub fn made_by(&mut self, author: Author) {
        self.author = author;
    }

    /// A new id.
    pub fn id<T: From<Uuid>>(&self) -> T {
        self.infra.random.id(&self.infra.clock)
    }

    /// The service's adapters.
    pub fn infra(&self) -> &Infra {
        &self.infra
    }

    /// Writes an audit entry with the change, signed by who makes it at this moment; while that is nobody yet, by who it turns out to be.
    pub fn audit(&mut self, record: AuditRecord) {
        let known = Some(self.author).filter(|author| *author != Author::ANONYMOUS);
        self.pending.audit.push((known, record));
    }

    /// Says why the change has no audit entry. A change that neither audits nor says so fails its tests, and so does one
    /// that does both: an excuse speaks for the whole change, so it is made where nothing else is audited.
    pub fn unaudited(&mut self, why: &'static str) {
        debug_assert!(!why.is_empty(), "say why the change is not audited");
        self.pending.unaudited = true;
    }

    /// Whether something in the change is audited by now: then there is nothing to excuse.
    pub fn is_audited(&self) -> bool {
        !self.pending.audit.is_empty()
    }

    /// Tells an event with the change: to everyone who listens, at least once. Ignores order; `version` counts the
    /// aggregate's changes, so that projections can.
    pub fn tell(&mut self, aggregate_id: impl Into<Uuid>, version: i64, payload: impl EventPayload) -> EventId {
        let told = Told::of(&self.infra, self.now, (aggregate_id.into(), version), &payload);
        let id = told.id();
        self.pending.events.push(told);
        id
    }

    /// Wants a job done, once the change is there.
    pub fn enqueue<J: Job>(&mut self, job: J) -> JobId {
        self.enqueue_with(job, JobOptions::default())
    }

    /// Wants a job done, otherwise than its kind usually is. Its id says nothing when one with its key is due already.
    pub fn enqueue_with<J: Job>(&mut self, job: J, options: JobOptions) -> JobId {
        let id = self.id();
        self.enqueue_new(NewJob::new(id, &job, options));
        id
    }

    pub(crate) fn enqueue_new(&mut self, job: NewJob) {
        self.pending.jobs.push(job);
    }

    /// Tells every node after the commit, this process first. Nobody is told of what was not committed, and what was
    /// committed is told also after a crash.
    pub fn announce(&mut self, message: BusMessage) {
        self.pending.announcements.push(message);
    }

    /// Runs once the change is durable, also when the client has gone. For counters; what must happen is a job.
    pub fn after_commit(&mut self, hook: impl FnOnce() + Send + Sync + 'static) {
        self.pending.after_commit.push(Box::new(hook));
    }

    /// Runs statements that are the platform's own notes, such as that an event was taken or a job has ended. They are
    /// committed with the change, and nobody has to answer for them: who changes something besides still has to.
    pub(crate) async fn aside<T>(&self, notes: impl Future<Output = T>) -> T {
        let before = self.changed.load(Ordering::Relaxed);
        let outcome = notes.await;
        self.changed.store(before, Ordering::Relaxed);
        outcome
    }

    fn note(&self, is_write: bool, rows: u64) {
        if is_write && rows > 0 {
            self.wrote.store(true, Ordering::Relaxed);
            self.changed.store(true, Ordering::Relaxed);
        }
    }
}

fn is_write(statement: &Statement) -> bool {
    !statement.sql.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("select"))
}

#[async_trait::async_trait]
impl ConnectionTrait for Change {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let is_write = is_write(&statement);
        let result = self.transaction.execute_raw(statement).await?;
        self.note(is_write, result.rows_affected());
        Ok(result)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.note(true, 1);
        self.transaction.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let is_write = is_write(&statement);
        let row = self.transaction.query_one_raw(statement).await?;
        self.note(is_write, row.iter().len() as u64);
        Ok(row)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let is_write = is_write(&statement);
        let rows = self.transaction.query_all_raw(statement).await?;
        self.note(is_write, rows.len() as u64);
        Ok(rows)
    }
}
