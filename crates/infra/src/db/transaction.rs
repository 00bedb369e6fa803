//! A transaction that may write.

use super::DbError;
use super::postgres::PostgresTransaction;
use super::sqlite::SqliteTransaction;
use super::standstill::Standstill;
use crate::Doorbell;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use std::sync::OnceLock;

/// A transaction that may write. Dropping it takes it back; committing it rings for what it left to be done.
pub struct Transaction {
    inner: Inner,
    doorbell: Doorbell,
    standstill: Standstill,
    /// The lanes of the outbox that it left something in.
    lanes: Vec<&'static str>,
    has_audit: bool,
    /// Why the first statement failed that did.
    failure: OnceLock<DbErr>,
}

enum Inner {
    Sqlite(SqliteTransaction),
    Postgres(PostgresTransaction),
}

impl Transaction {
    pub(super) fn sqlite(inner: SqliteTransaction, doorbell: Doorbell, standstill: Standstill) -> Self {
        Self::new(Inner::Sqlite(inner), doorbell, standstill)
    }

    pub(super) fn postgres(inner: PostgresTransaction, doorbell: Doorbell, standstill: Standstill) -> Self {
        Self::new(Inner::Postgres(inner), doorbell, standstill)
    }

    fn new(inner: Inner, doorbell: Doorbell, standstill: Standstill) -> Self {
        Self { inner, doorbell, standstill, lanes: Vec::new(), has_audit: false, failure: OnceLock::new() }
    }

    /// Makes the changes durable, then rings. When a statement has failed, everything is taken back and its error given,
    /// whatever was thought of it: PostgreSQL has forgotten all that came before it, and answers to the commit as if it had not.
    pub async fn commit(mut self) -> Result<(), DbError> {
        if let Some(error) = self.failure.take() {
            if let Err(error) = self.rollback().await {
                tracing::debug!(%error, "a transaction could not be taken back; its connection is let go");
            }
            return Err(error.into());
        }
        let committed = match self.inner {
            Inner::Sqlite(inner) => inner.commit().await,
            Inner::Postgres(inner) => inner.commit().await,
        };
        if let Err(error) = committed {
            self.standstill.note(&error);
            return Err(error.into());
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
        self.failure.get().is_some_and(|error| DbError(error.clone()).is_conflict())
    }

    pub(crate) fn will_ring_lanes(&mut self, lanes: Vec<&'static str>) {
        self.lanes.extend(lanes);
    }

    /// Whether somebody is to be rung for after the commit.
    pub(crate) fn has_bells(&self) -> bool {
        self.has_audit || !self.lanes.is_empty()
    }

    pub(crate) fn will_ring_audit(&mut self) {
        self.has_audit = true;
    }

    fn seen<T>(&self, outcome: Result<T, DbErr>) -> Result<T, DbErr> {
        outcome.map_err(|error| {
            let error = DbError(error);
            // What fails after the first one fails because of it.
            let _ = self.failure.set(error.0.clone());
            self.standstill.note(&error.0);
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
            Inner::Postgres(inner) => inner.bounded(inner.connection().execute_raw(statement)).await,
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
            Inner::Postgres(inner) => inner.bounded(inner.connection().query_one_raw(statement)).await,
        })
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.seen(match &self.inner {
            Inner::Sqlite(inner) => {
                inner.query(&statement, usize::MAX).map(|rows| rows.into_iter().map(Into::into).collect())
            }
            Inner::Postgres(inner) => inner.bounded(inner.connection().query_all_raw(statement)).await,
        })
    }
}
