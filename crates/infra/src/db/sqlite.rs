//! SQLite: a file per service; WAL, one writer, a pool of readers.

use super::{Db, PoolState, observe::QueryMetrics};
use crate::{Doorbell, Metrics, config::DatabaseConfig};
use sea_orm::SqlxSqliteConnector;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Executor, SqliteConnection};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How many connections read at once, at most; more than the cores gains nothing, and each has a thread and a page cache.
const MOST_READERS: u32 = 4;

/// Makes an empty database without a sync. The mode of the journal is kept in the file, and setting it syncs four times
/// unless that was switched off on the connection before.
pub(super) async fn create(file: &Path) -> Result<(), sqlx::Error> {
    let options =
        SqliteConnectOptions::new().filename(file).create_if_missing(true).synchronous(SqliteSynchronous::Off);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    connection.execute("PRAGMA journal_mode = WAL").await?;
    connection.close().await
}

pub(super) async fn open(
    file: &Path,
    durability: SqliteSynchronous,
    config: &DatabaseConfig,
    doorbell: Doorbell,
    metrics: &Metrics,
) -> Result<Db, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(durability)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5));
    let acquire = Duration::from_millis(config.acquire_timeout_ms);
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(acquire)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.clone())
        .await?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let readers = u32::try_from(cores).map_or(MOST_READERS, |cores| cores.min(MOST_READERS));
    let reader = SqlitePoolOptions::new()
        .max_connections(readers)
        .min_connections(0)
        .acquire_timeout(acquire)
        .test_before_acquire(false)
        .idle_timeout(Duration::from_secs(60))
        .max_lifetime(None)
        .connect_lazy_with(options.pragma("query_only", "ON"));
    let pools = {
        let (writer, reader) = (writer.clone(), reader.clone());
        Arc::new(move || {
            let idle = u32::try_from(writer.num_idle() + reader.num_idle()).unwrap_or(u32::MAX);
            let active = (writer.size() + reader.size()).saturating_sub(idle);
            PoolState { active, idle, max: 1 + readers }
        })
    };
    let mut writer = SqlxSqliteConnector::from_sqlx_sqlite_pool(writer);
    let mut reader = SqlxSqliteConnector::from_sqlx_sqlite_pool(reader);
    let watched = QueryMetrics::new(metrics);
    watched.watch(&mut writer);
    watched.watch(&mut reader);
    Ok(Db { writer, reader, doorbell, pools })
}
