//! PostgreSQL: a schema per service in one database. No statement, lock or idle transaction waits for ever, neither here nor
//! at the server: one process that stands still must not hold up the others.

use super::{DbError, PoolState, observe::QueryMetrics};
use crate::config::DatabaseConfig;
use orion_contracts::ServiceName;
use sea_orm::{
    ConnAcquireErr, DatabaseConnection, DatabaseTransaction, DbErr, SqlxPostgresConnector, TransactionTrait,
};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a statement may take here; longer than the server's own limit, for a server that is silent.
const SILENT: Duration = Duration::from_secs(35);
/// What each connection is told at its beginning. Not by start-up options, which PgBouncer refuses. Keepalives let the
/// server notice within a minute that a client's host is gone, and free what it held.
const SESSION: &str = "SET timezone = 'UTC'; SET statement_timeout = '30s'; SET lock_timeout = '5s'; \
    SET idle_in_transaction_session_timeout = '10s'; SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; \
    SET tcp_keepalives_count = 3";

/// A service's schema on a server. Cloning shares it.
#[derive(Clone)]
pub(super) struct Postgres {
    connection: DatabaseConnection,
    pool: PgPool,
    max: u32,
    stale: Stale,
}

/// Which connections are too old to be used: those from before the server was found to only read.
#[derive(Clone)]
struct Stale {
    origin: Instant,
    /// Milliseconds after `origin`.
    before: Arc<AtomicU64>,
}

/// A transaction on a server.
pub(super) struct PostgresTransaction {
    inner: DatabaseTransaction,
    stale: Stale,
}

impl Stale {
    #[allow(clippy::disallowed_methods, reason = "compared with the age that the pool measures")]
    fn new() -> Self {
        Self { origin: Instant::now(), before: Arc::default() }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn is(&self, age: Duration) -> bool {
        let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        self.now().saturating_sub(age) < self.before.load(Ordering::Relaxed)
    }
}

impl Postgres {
    /// Connects to the server; the schema is named as the service.
    pub(super) async fn open(
        service: ServiceName,
        options: PgConnectOptions,
        config: &DatabaseConfig,
        metrics: QueryMetrics,
    ) -> Result<Self, sqlx::Error> {
        let session = format!("SET search_path = \"{service}\"; {SESSION}");
        let stale = Stale::new();
        let pool = PgPoolOptions::new()
            .max_connections(config.max_connections)
            .min_connections(0)
            .acquire_timeout(Duration::from_millis(config.acquire_timeout_ms))
            .test_before_acquire(false)
            .idle_timeout(Duration::from_secs(60))
            .after_connect(move |connection, _| {
                let session = session.clone();
                Box::pin(async move { connection.execute(AssertSqlSafe(session)).await.map(drop) })
            })
            .before_acquire({
                let stale = stale.clone();
                move |_, about| {
                    let fresh = !stale.is(about.age);
                    Box::pin(async move { Ok(fresh) })
                }
            })
            .connect_with(options.application_name(&format!("orion {service}")))
            .await?;
        let mut connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
        connection.set_metric_callback(move |info| metrics.record(&info.statement.sql, info.elapsed));
        Ok(Self { connection, pool, max: config.max_connections, stale })
    }

    pub(super) fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    #[allow(clippy::disallowed_methods, reason = "the one wrapper of begin")]
    pub(super) async fn begin(&self) -> Result<PostgresTransaction, DbErr> {
        let inner = bounded(self.connection.begin()).await?;
        Ok(PostgresTransaction { inner, stale: self.stale.clone() })
    }

    pub(super) fn state(&self) -> PoolState {
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX);
        PoolState { active: self.pool.size().saturating_sub(idle), idle, max: self.max }
    }

    pub(super) async fn close(&self) {
        if let Err(error) = self.connection.close_by_ref().await {
            tracing::warn!(%error, "the database did not close cleanly");
        }
    }
}

impl PostgresTransaction {
    pub(super) fn connection(&self) -> &DatabaseTransaction {
        &self.inner
    }

    pub(super) async fn commit(self) -> Result<(), DbErr> {
        let outcome = bounded(self.inner.commit()).await;
        if outcome.as_ref().err().is_some_and(|error| DbError(error.clone()).is_read_only()) {
            self.stale.before.store(self.stale.now(), Ordering::Relaxed);
        }
        outcome
    }

    pub(super) async fn rollback(self) -> Result<(), DbErr> {
        bounded(self.inner.rollback()).await
    }

    /// The server only reads by now: no connection that was made before is used again, so that the next ones go to
    /// where the new primary is.
    pub(super) fn let_go(&self) {
        self.stale.before.store(self.stale.now(), Ordering::Relaxed);
    }
}

/// An answer of the server, or that it is silent.
pub(super) async fn bounded<T>(answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
    let silent = || DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
    tokio::time::timeout(SILENT, answer).await.unwrap_or_else(|_| Err(silent()))
}
