//! PostgreSQL: a schema per service in one database.

use super::{Db, PoolState, observe::QueryMetrics};
use crate::{Doorbell, Metrics, config::DatabaseConfig};
use orion_contracts::ServiceName;
use sea_orm::SqlxPostgresConnector;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::sync::Arc;
use std::time::Duration;

/// The schema that belongs to the service is named as the service.
fn in_schema(options: PgConnectOptions, service: ServiceName) -> PgConnectOptions {
    options
        .application_name(&format!("orion {service}"))
        .options([("search_path", service.as_str()), ("timezone", "UTC")])
}

pub(super) async fn open(
    service: ServiceName,
    options: PgConnectOptions,
    config: &DatabaseConfig,
    doorbell: Doorbell,
    metrics: &Metrics,
) -> Result<Db, sqlx::Error> {
    let pool = PgPoolOptions::new()
        .max_connections(config.max_connections)
        .min_connections(0)
        .acquire_timeout(Duration::from_millis(config.acquire_timeout_ms))
        .test_before_acquire(false)
        .idle_timeout(Duration::from_secs(60))
        .connect_with(in_schema(options, service))
        .await?;
    let pools = {
        let (pool, max) = (pool.clone(), config.max_connections);
        Arc::new(move || {
            let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
            PoolState { active: pool.size().saturating_sub(idle), idle, max }
        })
    };
    let mut connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
    QueryMetrics::new(metrics).watch(&mut connection);
    Ok(Db { writer: connection.clone(), reader: connection, doorbell, pools })
}
