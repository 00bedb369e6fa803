//! Databases of a platform as commands open them: to change something, or only to look, beside whatever runs.

use super::Failure;
use crate::config::Config;
use crate::lock::{self, DataLock, LockError};
use crate::wiring::{self, AuditAtRest};
use orion_contracts::ServiceName;
use orion_infra::db::connect::DbSource;
use orion_infra::db::files;
use orion_infra::secrets::master_to_look;
use orion_infra::{Connections, Db, Infra, Metrics, Random};
use std::path::Path;

/// What is opened to be changed.
pub(super) struct Opened {
    connections: Connections,
    /// Whether the platform is stopped for as long as this is held: it is one on SQLite.
    pub(super) is_stopped: bool,
    _lock: Option<DataLock>,
}

impl Opened {
    /// What a service has, its schema looked at.
    pub(super) async fn service(&self, service: ServiceName) -> Result<Infra, Failure> {
        let infra = self.connections.service(service).await?;
        wiring::migrations(service).check(&infra).await?;
        Ok(infra)
    }
}

/// Opens the platform's databases for a change. A platform that runs on SQLite has the directory for itself: `otherwise`
/// says what whoever meets one has to do.
pub(super) async fn to_change(config: &Config, otherwise: &str) -> Result<Opened, Failure> {
    let is_embedded = config.database.url.expose().is_empty();
    if is_embedded && !files::check(&config.data_dir)? {
        let place = config.data_dir.display();
        return Err(format!("there is no platform in {place}; name its directory with --data-dir").into());
    }
    // The way out that the lock knows is another one for whoever starts, and none for whoever runs a command.
    let refused = |error| match error {
        LockError::Taken { path, holder } => {
            Failure::from(format!("ORION runs on {path} (process {holder}). {otherwise}"))
        }
        other => other.into(),
    };
    let lock = match is_embedded {
        true => Some(DataLock::take_in_turn(&config.data_dir, lock::MOMENT).await.map_err(refused)?),
        false => None,
    };
    let connections = wiring::connect_without_mail(config).await?;
    Ok(Opened { connections, is_stopped: is_embedded, _lock: lock })
}

/// Opens a service's database to look at it; none where no platform was ever started. Nothing is made or written.
pub(super) async fn to_look(config: &Config, service: ServiceName) -> Result<Option<Db>, Failure> {
    let source = DbSource::from(&config.infra())?;
    if !source.is_shared() && !files::check(&config.data_dir)? {
        return Ok(None);
    }
    source.greet(&config.database).await?;
    let db = source.look(service, &config.database, &Metrics::new(service)).await?;
    match wiring::migrations(service).check_fit(&db).await {
        Ok(()) => Ok(Some(db)),
        Err(error) => {
            db.close().await;
            Err(error.into())
        }
    }
}

/// Opens the audit log of a database that may be a copy, with the key that it was made with. Nothing is made or written.
pub(super) async fn audit_at_rest(config: &Config, key_file: Option<&Path>) -> Result<AuditAtRest, Failure> {
    let source = DbSource::from(&config.infra())?;
    if !source.is_shared() && !files::is_there(&config.data_dir, ServiceName::Users) {
        let place = config.data_dir.display();
        return Err(format!("there is no users.db in {place}; name the directory that has it with --data-dir").into());
    }
    let secrets = master_to_look(&config.secrets, key_file, &config.data_dir, Random::system())?;
    source.greet(&config.database).await?;
    let db = source.look(ServiceName::Users, &config.database, &Metrics::new(ServiceName::Users)).await?;
    if let Err(error) = wiring::migrations(ServiceName::Users).check_kept(&db, &secrets, ServiceName::Users).await {
        db.close().await;
        return Err(error.into());
    }
    Ok(AuditAtRest { db, secrets, retention_days: config.users.audit_retention_days })
}
