//! PostgreSQL: a schema per service in one database. No statement, lock or idle transaction waits for ever, neither here nor
//! at the server: one process that stands still must not hold up the others.

use super::{DbError, PoolState, observe::QueryMetrics};
use crate::config::DatabaseConfig;
use chrono::{DateTime, Utc};
use orion_contracts::ServiceName;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqlxPostgresConnector,
    Statement, TransactionTrait,
};
use sqlx::pool::PoolConnectionMetadata;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::io::ErrorKind::TimedOut;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a statement may take here; longer than the server's own limit, for a server that is silent. One that waits
/// while another connection is found to be dead is given up within [`WELL`]: its host is gone, too. So it is when nobody
/// at all has had an answer for twice as long, for somebody asks each second.
const SILENT: Duration = Duration::from_secs(35);
/// How long a connection that comes back to the pool has for saying that it is well. Meanwhile its place in the pool is
/// taken, and sqlx itself would wait for as long as the network believes in a host that is gone: a quarter of an hour.
const WELL: Duration = Duration::from_secs(2);
/// A connection that has rested so long is asked whether somebody is still there,
const RESTED: Duration = Duration::from_secs(2);
/// and has so long for its answer.
const AWAKE: Duration = Duration::from_millis(500);
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
    /// How often a connection did not answer.
    silences: Arc<AtomicU64>,
    /// When the last statement was answered, like `before`.
    answered: Arc<AtomicU64>,
}

/// A transaction on a server.
pub(super) struct PostgresTransaction {
    inner: DatabaseTransaction,
    stale: Stale,
}

impl Stale {
    #[allow(clippy::disallowed_methods, reason = "compared with the age that the pool measures")]
    fn new() -> Self {
        Self { origin: Instant::now(), before: Arc::default(), silences: Arc::default(), answered: Arc::default() }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn is(&self, age: Duration) -> bool {
        let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        self.now().saturating_sub(age) < self.before.load(Ordering::Relaxed)
    }

    /// No connection that was made until now is used again.
    fn let_go(&self) {
        self.before.store(self.now(), Ordering::Relaxed);
    }

    /// Whether a connection may be used. One that does not answer had nothing to do: its host is gone, and so is that of
    /// all others.
    async fn admits(&self, connection: &mut PgConnection, about: PoolConnectionMetadata) -> bool {
        if self.is(about.age) {
            return false;
        }
        about.idle_for < RESTED || self.answers(connection, AWAKE).await.is_ok()
    }

    /// Whether a connection may come back to the pool. One that is too old is not asked, for its host may be gone.
    async fn takes_back(
        &self,
        connection: &mut PgConnection,
        about: PoolConnectionMetadata,
    ) -> Result<(), sqlx::Error> {
        if self.is(about.age) {
            return Err(sqlx::Error::Io(TimedOut.into()));
        }
        self.answers(connection, WELL).await
    }

    /// Asks a connection for a sign of life; what was left unread on it is read first. If there is none
    /// in time, no other one is trusted either.
    async fn answers(&self, connection: &mut PgConnection, limit: Duration) -> Result<(), sqlx::Error> {
        // One that fails at once was ended by a host that is there, and is alone in that.
        tokio::time::timeout(limit, connection.ping()).await.unwrap_or_else(|_| {
            self.found_silent();
            Err(sqlx::Error::Io(TimedOut.into()))
        })
    }

    fn found_silent(&self) {
        self.let_go();
        self.silences.fetch_add(1, Ordering::Relaxed);
    }

    /// An answer of the server, or that it is silent.
    async fn bounded<T>(&self, answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let mut answer = pin!(answer);
        let (known, begun, mut waited) = (self.silences.load(Ordering::Relaxed), self.now(), Duration::ZERO);
        while waited < SILENT && self.silences.load(Ordering::Relaxed) == known {
            if let Ok(answer) = tokio::time::timeout(WELL, &mut answer).await {
                // Who got no connection at all was not answered.
                if answer.is_ok() {
                    self.answered.store(self.now(), Ordering::Relaxed);
                }
                return answer;
            }
            waited += WELL;
            if waited >= 2 * WELL && self.answered.load(Ordering::Relaxed) < begun {
                self.found_silent();
            }
        }
        Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
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
                move |connection, about| {
                    let stale = stale.clone();
                    Box::pin(async move { Ok(stale.admits(connection, about).await) })
                }
            })
            // An error lets it go without a word to the other side.
            .after_release({
                let stale = stale.clone();
                move |connection, about| {
                    let stale = stale.clone();
                    Box::pin(async move { stale.takes_back(connection, about).await.map(|()| true) })
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

    /// An answer of the server, or that it is silent.
    pub(super) async fn bounded<T>(&self, answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        self.stale.bounded(answer).await
    }

    #[allow(clippy::disallowed_methods, reason = "the one wrapper of begin")]
    pub(super) async fn begin(&self) -> Result<PostgresTransaction, DbErr> {
        let inner = self.bounded(self.connection.begin()).await?;
        Ok(PostgresTransaction { inner, stale: self.stale.clone() })
    }

    /// Asks for a sign of life, and whether the server only reads, as a primary does that is none any more: then no
    /// connection from before is used again.
    pub(super) async fn look(&self) -> Result<(), DbErr> {
        let sql = "SELECT current_setting('transaction_read_only') AS only_reads";
        let asked = Statement::from_string(DbBackend::Postgres, sql);
        let row = self.bounded(self.connection.query_one_raw(asked)).await?;
        let only_reads: String = row.map_or(Ok(String::new()), |row| row.try_get("", "only_reads"))?;
        if only_reads == "on" {
            self.stale.let_go();
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
        self.stale.bounded(answer).await
    }

    pub(super) async fn commit(self) -> Result<(), DbErr> {
        let outcome = self.stale.bounded(self.inner.commit()).await;
        if outcome.as_ref().err().is_some_and(|error| DbError(error.clone()).is_read_only()) {
            self.stale.let_go();
        }
        outcome
    }

    pub(super) async fn rollback(self) -> Result<(), DbErr> {
        self.stale.bounded(self.inner.rollback()).await
    }

    /// The server only reads by now: no connection that was made before is used again, so that the next ones go to
    /// where the new primary is.
    pub(super) fn let_go(&self) {
        self.stale.let_go();
    }
}
