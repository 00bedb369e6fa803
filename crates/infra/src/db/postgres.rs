//! PostgreSQL: a schema per service in one database. No statement, lock or idle transaction waits for ever, neither here nor
//! at the server: one process that stands still must not hold up the others.

use super::{DbError, PoolState, observe::QueryMetrics, trust::Trust};
use crate::config::DatabaseConfig;
use chrono::{DateTime, Utc};
use orion_contracts::ServiceName;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqlxPostgresConnector, Statement,
    TransactionTrait,
};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor};
use std::time::Duration;

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
    trust: Trust,
}

/// A transaction on a server.
pub(super) struct PostgresTransaction {
    inner: DatabaseTransaction,
    trust: Trust,
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
        let trust = Trust::new(options.clone());
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
                let trust = trust.clone();
                move |connection, about| {
                    let trust = trust.clone();
                    Box::pin(async move { Ok(trust.admits(connection, about).await) })
                }
            })
            // An error lets it go without a word to the other side.
            .after_release({
                let trust = trust.clone();
                move |connection, about| {
                    let trust = trust.clone();
                    Box::pin(async move { trust.takes_back(connection, about).await.map(|()| true) })
                }
            })
            .connect_with(options.application_name(&format!("orion {service}")))
            .await?;
        let mut connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
        connection.set_metric_callback(move |info| metrics.record(&info.statement.sql, info.elapsed));
        Ok(Self { connection, pool, max: config.max_connections, trust })
    }

    pub(super) fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// An answer of the server, or that it is silent.
    pub(super) async fn bounded<T>(&self, answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        self.trust.bounded(answer).await
    }

    #[allow(clippy::disallowed_methods, reason = "the one wrapper of begin")]
    pub(super) async fn begin(&self) -> Result<PostgresTransaction, DbErr> {
        let inner = self.bounded(self.connection.begin()).await?;
        Ok(PostgresTransaction { inner, trust: self.trust.clone() })
    }

    /// Asks for a sign of life, and whether the server only reads, as a primary does that is none any more: then no
    /// connection from before is used again.
    pub(super) async fn look(&self) -> Result<(), DbErr> {
        let sql = "SELECT current_setting('transaction_read_only') AS only_reads";
        let asked = Statement::from_string(DbBackend::Postgres, sql);
        let row = self.bounded(self.connection.query_one_raw(asked)).await?;
        let only_reads: String = row.map_or(Ok(String::new()), |row| row.try_get("", "only_reads"))?;
        if only_reads == "on" {
            self.trust.let_go();
            return Err(DbErr::Custom("the server can only be read at present, as after a fail-over".to_owned()));
        }
        Ok(())
    }

    /// What the server's clock shows.
    pub(super) async fn wall_time(&self) -> Result<DateTime<Utc>, DbErr> {
        let asked = Statement::from_string(DbBackend::Postgres, "SELECT clock_timestamp() AS now");
        let row = self.bounded(self.connection.query_one_raw(asked)).await?;
        row.ok_or_else(|| DbErr::RecordNotFound("the server's time".to_owned()))?.try_get("", "now")
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

    /// An answer of the server, or that it is silent.
    pub(super) async fn bounded<T>(&self, answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        self.trust.bounded(answer).await
    }

    pub(super) async fn commit(self) -> Result<(), DbErr> {
        let outcome = self.trust.bounded(self.inner.commit()).await;
        if outcome.as_ref().err().is_some_and(|error| DbError(error.clone()).is_read_only()) {
            self.trust.let_go();
        }
        outcome
    }

    pub(super) async fn rollback(self) -> Result<(), DbErr> {
        self.trust.bounded(self.inner.rollback()).await
    }

    /// The server only reads by now: no connection that was made before is used again, so that the next ones go to
    /// where the new primary is.
    pub(super) fn let_go(&self) {
        self.trust.let_go();
    }
}
