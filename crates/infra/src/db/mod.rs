//! One database per service: SQLite (one writer, many readers) or PostgreSQL (a schema of its own).

pub mod connect;
pub mod dialect;
mod draft;
pub mod migrate;
mod observe;
mod platform_tables;
mod postgres;
pub mod schema;
mod sqlite;

pub use draft::Draft;
pub use migrate::Migrations;

use crate::Doorbell;
use orion_contracts::Problem;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, SqlErr,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A service's database.
#[derive(Clone)]
pub struct Db {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    doorbell: Doorbell,
    pools: Arc<dyn Fn() -> PoolState + Send + Sync>,
}

/// How full a database's connection pools are.
#[derive(Debug, Clone, Copy)]
pub struct PoolState {
    /// Connections at work.
    pub active: u32,
    /// Connections open and free.
    pub idle: u32,
    /// Connections at most.
    pub max: u32,
}

/// A transaction that may write. Dropping it rolls back; committing it rings for what it left to be done.
pub struct Transaction {
    inner: DatabaseTransaction,
    doorbell: Doorbell,
    outbox: AtomicBool,
    jobs: AtomicBool,
    audit: AtomicBool,
    conflict: AtomicBool,
}

/// Why the database did not do it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct DbError(#[from] pub DbErr);

impl Db {
    /// For queries outside a transaction; on SQLite it cannot write.
    pub fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Begins a transaction that may write (`BEGIN IMMEDIATE` on SQLite, so that it cannot fail half-way as "locked").
    #[allow(clippy::disallowed_methods, reason = "the one wrapper of begin")]
    pub async fn begin(&self) -> Result<Transaction, DbError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        Ok(Transaction {
            inner: self.writer.begin_with_options(options).await?,
            doorbell: self.doorbell.clone(),
            outbox: AtomicBool::new(false),
            jobs: AtomicBool::new(false),
            audit: AtomicBool::new(false),
            conflict: AtomicBool::new(false),
        })
    }

    /// The bell that commits ring.
    pub fn doorbell(&self) -> &Doorbell {
        &self.doorbell
    }

    /// How full its pools are at this moment.
    pub fn pool_state(&self) -> PoolState {
        (self.pools)()
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.reader.execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    /// Closes all connections.
    pub async fn close(&self) {
        for connection in [self.writer.clone(), self.reader.clone()] {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, "database did not close cleanly");
            }
        }
    }
}

impl Transaction {
    /// Makes the changes durable, then rings.
    pub async fn commit(self) -> Result<(), DbError> {
        self.inner.commit().await?;
        if self.outbox.into_inner() {
            self.doorbell.ring_outbox();
        }
        if self.jobs.into_inner() {
            self.doorbell.ring_jobs();
        }
        if self.audit.into_inner() {
            self.doorbell.ring_audit();
        }
        Ok(())
    }

    /// Takes everything back.
    pub async fn rollback(self) -> Result<(), DbError> {
        Ok(self.inner.rollback().await?)
    }

    /// The connection that statements of this transaction run on.
    pub fn connection(&self) -> &Self {
        self
    }

    pub(super) fn sea_orm(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Whether a statement failed for another transaction's sake: making the change again may well succeed.
    pub(crate) fn is_in_conflict(&self) -> bool {
        self.conflict.load(Ordering::Relaxed)
    }

    pub(crate) fn will_ring_outbox(&self) {
        self.outbox.store(true, Ordering::Relaxed);
    }

    pub(crate) fn will_ring_jobs(&self) {
        self.jobs.store(true, Ordering::Relaxed);
    }

    pub(crate) fn will_ring_audit(&self) {
        self.audit.store(true, Ordering::Relaxed);
    }
}

impl Transaction {
    fn seen<T>(&self, outcome: Result<T, DbErr>) -> Result<T, DbErr> {
        outcome.map_err(|error| {
            let error = DbError(error);
            if error.is_conflict() {
                self.conflict.store(true, Ordering::Relaxed);
            }
            error.0
        })
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.seen(self.inner.execute_raw(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.seen(self.inner.execute_unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.seen(self.inner.query_one_raw(statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.seen(self.inner.query_all_raw(statement).await)
    }
}

impl DbError {
    /// Whether a unique index refused it.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self.0.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
    }

    /// Whether it was taken back for another transaction's sake: a serialization failure (40001) or a deadlock (40P01).
    pub fn is_conflict(&self) -> bool {
        match &self.0 {
            DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
                let code = error.as_database_error().and_then(|error| error.code());
                matches!(code.as_deref(), Some("40001" | "40P01"))
            }
            _ => false,
        }
    }

    /// Whether the database is away or too busy, rather than the statement wrong.
    pub fn is_unavailable(&self) -> bool {
        match &self.0 {
            DbErr::ConnectionAcquire(_) => true,
            DbErr::Conn(_) => true,
            DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
                is_connection_error(error)
            }
            _ => false,
        }
    }
}

fn is_connection_error(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => true,
        sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
        // 57P01..03: the server is stopping or starting; 53300: too many connections; 08xxx: connection lost.
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| code.starts_with("08") || code.starts_with("57P0") || code == "53300" || code == "5"),
        _ => false,
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        if error.is_unavailable() {
            tracing::warn!(%error, "database unavailable");
            return Problem::unavailable().detail("The database cannot be reached.").retry_after(1);
        }
        tracing::error!(%error, "database error");
        Problem::internal()
    }
}
