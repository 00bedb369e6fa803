//! Opens databases by the configured URL.

use super::observe::QueryMetrics;
use super::postgres::Postgres;
use super::sqlite::{Durability, Sqlite};
use super::{Db, DbError, Draft, Engine, files, greeting};
use crate::config::{DatabaseConfig, InfraConfig};
use crate::{Doorbell, Metrics};
use orion_contracts::ServiceName;
use sea_orm::DbErr;
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
    #[error("database.url (ORION_DATABASE_URL): PostgreSQL at {server} cannot be used: {error}")]
    Unreachable { server: String, error: String },
    #[error(
        "database.url (ORION_DATABASE_URL): what answers at {server} is a pooler in transaction mode (PgBouncer and its \
         like), in which a connection loses its settings. Set pool_mode = session there, or name PostgreSQL itself"
    )]
    Pooler { server: String },
    #[error("data_dir (ORION_DATA_DIR): {} cannot be used: {error}", file.display())]
    File { file: PathBuf, error: String },
    #[error("data_dir (ORION_DATA_DIR): {path} cannot be used: {error}")]
    Directory { path: String, error: std::io::Error },
}

impl DbSource {
    /// By the configuration. Nothing is looked at yet.
    pub fn from(config: &InfraConfig) -> Result<Self, OpenError> {
        match config.database.url.expose() {
            "" => Ok(Self::Files(config.data_dir.clone())),
            url if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                let options = PgConnectOptions::from_str(url).map_err(OpenError::Url)?;
                // A start-up option that PgBouncer refuses; servers write floats whole by themselves.
                Ok(Self::Server(Box::new(options.extra_float_digits(None))))
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

    /// Whether the server is there, and can be used; files need not be asked.
    pub async fn greet(&self, config: &DatabaseConfig) -> Result<(), OpenError> {
        match self {
            Self::Files(_) => Ok(()),
            Self::Server(options) => greeting::greet(options, acquire(config)).await,
        }
    }

    /// Opens one service's database. A file that is missing is made, empty.
    pub async fn open(
        &self,
        service: ServiceName,
        config: &DatabaseConfig,
        doorbell: Doorbell,
        metrics: &Metrics,
    ) -> Result<Db, OpenError> {
        let engine = match self {
            Self::Files(directory) => {
                let (acquire, metrics) = (acquire(config), QueryMetrics::new(metrics));
                let open = move |file: &Path| {
                    files::make(file)?;
                    Sqlite::open(file, service, Durability::Synced, acquire, metrics).map_err(Fault::Database)
                };
                open_file(files::place(directory, service), open).await?
            }
            Self::Server(options) => Self::open_server(service, options, config, metrics).await?,
        };
        Ok(Db::new(engine, doorbell))
    }

    /// Opens one service's database, which is there, to look at it: nothing is written.
    pub async fn look(
        &self,
        service: ServiceName,
        config: &DatabaseConfig,
        metrics: &Metrics,
    ) -> Result<Db, OpenError> {
        let engine = match self {
            Self::Files(directory) => {
                let (acquire, metrics) = (acquire(config), QueryMetrics::new(metrics));
                let look = move |file: &Path| Sqlite::look(file, service, acquire, metrics).map_err(Fault::Database);
                open_file(files::place(directory, service), look).await?
            }
            Self::Server(options) => Self::open_server(service, options, config, metrics).await?,
        };
        Ok(Db::new(engine, Doorbell::default()))
    }

    /// Begins a service's database where there is none yet. None when it is there, or a server makes it.
    pub async fn draft(
        &self,
        service: ServiceName,
        config: &DatabaseConfig,
        metrics: &Metrics,
    ) -> Result<Option<(Db, Draft)>, OpenError> {
        let Self::Files(directory) = self else { return Ok(None) };
        let place = files::place(directory, service);
        let failed = |error| OpenError::Directory { path: directory.display().to_string(), error };
        let draft = tokio::task::spawn_blocking(move || Draft::begin(&place)).await.map_err(io::Error::other);
        let Some(draft) = draft.flatten().map_err(failed)? else { return Ok(None) };
        let (acquire, metrics) = (acquire(config), QueryMetrics::new(metrics));
        let open = move |file: &Path| {
            Sqlite::open(file, service, Durability::Unsynced, acquire, metrics).map_err(Fault::Database)
        };
        let engine = open_file(draft.file().to_owned(), open).await?;
        Ok(Some((Db::new(engine, Doorbell::default()), draft)))
    }

    async fn open_server(
        service: ServiceName,
        options: &PgConnectOptions,
        config: &DatabaseConfig,
        metrics: &Metrics,
    ) -> Result<Engine, OpenError> {
        let opened = Postgres::open(service, options.clone(), config, QueryMetrics::new(metrics)).await;
        let failed = |error| OpenError::Unreachable { server: greeting::name(options), error: greeting::words(&error) };
        opened.map(Engine::Postgres).map_err(failed)
    }
}

/// Why a file cannot be opened.
enum Fault {
    System(io::Error),
    Database(DbErr),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

/// Opening reads and locks the file, which may take its time.
async fn open_file(
    file: PathBuf,
    open: impl FnOnce(&Path) -> Result<Sqlite, Fault> + Send + 'static,
) -> Result<Engine, OpenError> {
    let place = file.clone();
    let opened = tokio::task::spawn_blocking(move || open(&place)).await.map_err(|error| Fault::System(error.into()));
    opened.flatten().map(Engine::Sqlite).map_err(|fault| {
        let error = match fault {
            Fault::System(error) => error.to_string(),
            Fault::Database(error) => {
                let error = DbError(error);
                let next = if error.is_damaged() { "; restore it from a backup" } else { "" };
                // SQLite says no more than that it cannot be opened.
                let refused = std::fs::File::options().read(true).write(true).open(&file).err();
                match refused.filter(|error| error.kind() == std::io::ErrorKind::PermissionDenied) {
                    Some(refused) => crate::ownership::reason(&file, &refused),
                    None => error.words() + next,
                }
            }
        };
        OpenError::File { file, error }
    })
}

fn acquire(config: &DatabaseConfig) -> Duration {
    Duration::from_millis(config.acquire_timeout_ms)
}
