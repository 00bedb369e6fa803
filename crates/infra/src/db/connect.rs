//! Opens databases by the configured URL.

use super::observe::QueryMetrics;
use super::postgres::Postgres;
use super::sqlite::{Durability, Sqlite};
use super::{Db, DbError, Draft, Engine};
use crate::config::{DatabaseConfig, InfraConfig};
use crate::{Doorbell, Metrics};
use orion_contracts::ServiceName;
use sqlx::postgres::PgConnectOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// Where the services' databases are.
pub enum DbSource {
    /// SQLite files in a directory.
    Files(PathBuf),
    /// Schemas of one PostgreSQL database.
    Server(Box<PgConnectOptions>),
}

/// Why a database cannot be used. The message names the configuration key.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant is its message")]
pub enum OpenError {
    #[error("database.url (ORION_DATABASE_URL) must begin with postgres:// or be empty for SQLite")]
    Scheme,
    #[error("database.url (ORION_DATABASE_URL) is not valid: {0}")]
    Url(sqlx::Error),
    #[error("database.url (ORION_DATABASE_URL): the database of {service} cannot be reached: {error}")]
    Unreachable { service: ServiceName, error: sqlx::Error },
    #[error("data_dir (ORION_DATA_DIR): the database of {service} cannot be opened: {error}")]
    File { service: ServiceName, error: DbError },
    #[error("data_dir (ORION_DATA_DIR): {path} cannot be used: {error}")]
    Directory { path: String, error: std::io::Error },
}

impl DbSource {
    /// By the configuration.
    pub fn from(config: &InfraConfig) -> Result<Self, OpenError> {
        match config.database.url.expose() {
            "" => {
                let failed = |error| OpenError::Directory { path: config.data_dir.display().to_string(), error };
                std::fs::create_dir_all(&config.data_dir).map_err(failed)?;
                Ok(Self::Files(config.data_dir.clone()))
            }
            url if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(Self::Server(Box::new(PgConnectOptions::from_str(url).map_err(OpenError::Url)?)))
            }
            _ => Err(OpenError::Scheme),
        }
    }

    /// Whether several processes can share it.
    pub fn is_shared(&self) -> bool {
        self.postgres().is_some()
    }

    /// The server's options, when it is one.
    pub fn postgres(&self) -> Option<PgConnectOptions> {
        match self {
            Self::Files(_) => None,
            Self::Server(options) => Some((**options).clone()),
        }
    }

    /// Opens one service's database.
    pub async fn open(
        &self,
        service: ServiceName,
        config: &DatabaseConfig,
        doorbell: Doorbell,
        metrics: &Metrics,
    ) -> Result<Db, OpenError> {
        let metrics = QueryMetrics::new(metrics);
        let engine = match self {
            Self::Files(directory) => Engine::Sqlite(
                open_file(place(directory, service), Durability::Synced, service, config, metrics).await?,
            ),
            Self::Server(options) => Postgres::open(service, (**options).clone(), config, metrics)
                .await
                .map(Engine::Postgres)
                .map_err(|error| OpenError::Unreachable { service, error })?,
        };
        Ok(Db::new(engine, doorbell))
    }

    /// Begins a service's database where there is none yet. None when it is there, or a server makes it.
    pub async fn draft(
        &self,
        service: ServiceName,
        config: &DatabaseConfig,
        metrics: &Metrics,
    ) -> Result<Option<(Db, Draft)>, OpenError> {
        let Self::Files(directory) = self else { return Ok(None) };
        let place = place(directory, service);
        let failed = |error| OpenError::Directory { path: directory.display().to_string(), error };
        let draft = tokio::task::spawn_blocking(move || Draft::begin(&place)).await.map_err(io::Error::other);
        let Some(draft) = draft.flatten().map_err(failed)? else { return Ok(None) };
        let metrics = QueryMetrics::new(metrics);
        let sqlite = open_file(draft.file().to_owned(), Durability::Unsynced, service, config, metrics).await?;
        Ok(Some((Db::new(Engine::Sqlite(sqlite), Doorbell::default()), draft)))
    }
}

/// Opening reads and locks the file, which may take its time.
async fn open_file(
    file: PathBuf,
    durability: Durability,
    service: ServiceName,
    config: &DatabaseConfig,
    metrics: QueryMetrics,
) -> Result<Sqlite, OpenError> {
    let acquire = Duration::from_millis(config.acquire_timeout_ms);
    let opened = tokio::task::spawn_blocking(move || Sqlite::open(&file, durability, acquire, metrics)).await;
    let broken = |error: tokio::task::JoinError| sea_orm::DbErr::Custom(error.to_string());
    opened.map_err(broken).flatten().map_err(|error| OpenError::File { service, error: error.into() })
}

fn place(directory: &Path, service: ServiceName) -> PathBuf {
    directory.join(format!("{service}.db"))
}
