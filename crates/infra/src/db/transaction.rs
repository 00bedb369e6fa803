//! A transaction that may write.

use super::DbError;
use super::postgres::{PostgresTransaction, bounded};
use super::sqlite::SqliteTransaction;
use crate::Doorbell;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use std::sync::atomic::{AtomicBool, Ordering};

/// A transaction that may write. Dropping it takes it back; committing it rings for what it left to be done.
pub struct Transaction {
    inner: Inner,
    doorbell: Doorbell,
    /// The lanes of the outbox that it left something in.
    lanes: Vec<&'static str>,
    has_audit: bool,
    /// Whether a statement failed for another transaction's sake.
    conflict: AtomicBool,
}

enum Inner {
    Sqlite(SqliteTransaction),
    Postgres(PostgresTransaction),
}

impl Transaction {
    pub(super) fn sqlite(inner: SqliteTransaction, doorbell: Doorbell) -> Self {
        Self::new(Inner::Sqlite(inner), doorbell)
    }

    pub(super) fn postgres(inner: PostgresTransaction, doorbell: Doorbell) -> Self {
        Self::new(Inner::Postgres(inner), doorbell)
    }

    fn new(inner: Inner, doorbell: Doorbell) -> Self {
        Self { inner, doorbell, lanes: Vec::new(), has_audit: false, conflict: AtomicBool::new(false) }
    }

    /// Makes the changes durable, then rings.
    pub async fn commit(self) -> Result<(), DbError> {
        match self.inner {
            Inner::Sqlite(inner) => inner.commit().await?,
            Inner::Postgres(inner) => inner.commit().await?,
        }
        for lane in self.lanes {
            self.doorbell.ring_lane(lane);
        }
        if self.has_audit {
            self.doorbell.ring_audit();
        }
        Ok(())
    }

    /// Takes everything back.
    pub async fn rollback(self) -> Result<(), DbError> {
        match self.inner {
            Inner::Sqlite(inner) => Ok(inner.rollback().await?),
            Inner::Postgres(inner) => Ok(inner.rollback().await?),
        }
    }

    /// Itself, as what statements run on.
    pub fn connection(&self) -> &Self {
        self
    }

    /// Whether a statement failed for another transaction's sake: making the change again may well succeed.
    pub(crate) fn is_in_conflict(&self) -> bool {
        self.conflict.load(Ordering::Relaxed)
    }

    pub(crate) fn will_ring_lanes(&mut self, lanes: Vec<&'static str>) {
        self.lanes.extend(lanes);
    }

    pub(crate) fn will_ring_audit(&mut self) {
        self.has_audit = true;
    }

    fn seen<T>(&self, outcome: Result<T, DbErr>) -> Result<T, DbErr> {
        outcome.map_err(|error| {
            let error = DbError(error);
            if error.is_conflict() {
                self.conflict.store(true, Ordering::Relaxed);
            }
            if let Inner::Postgres(inner) = &self.inner
                && error.is_read_only()
            {
                inner.let_go();
            }
            error.0
        })
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        match &self.inner {
            Inner::Sqlite(_) => DbBackend::Sqlite,
            Inner::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.seen(match &self.inner {
            Inner::Sqlite(inner) => inner.execute(&statement).map(Into::into),
            Inner::Postgres(inner) => bounded(inner.connection().execute_raw(statement)).await,
        })
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.seen(match &self.inner {
            Inner::Sqlite(inner) => inner.script(sql).map(Into::into),
            // A migration takes as long as it takes; who is to wait less says so.
            Inner::Postgres(inner) => inner.connection().execute_unprepared(sql).await,
        })
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.seen(match &self.inner {
            Inner::Sqlite(inner) => inner.query(&statement, 1).map(|mut rows| rows.pop().map(Into::into)),
            Inner::Postgres(inner) => bounded(inner.connection().query_one_raw(statement)).await,
        })
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.seen(match &self.inner {
            Inner::Sqlite(inner) => {
                inner.query(&statement, usize::MAX).map(|rows| rows.into_iter().map(Into::into).collect())
            }
            Inner::Postgres(inner) => bounded(inner.connection().query_all_raw(statement)).await,
        })
    }
}
