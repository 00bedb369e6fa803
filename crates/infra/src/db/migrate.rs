//! Migrations: applied by `orion up` and `orion migrate up`, only checked by `orion serve`.

use super::{Db, DbError, platform_migrations};
use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::{MigrationStatus, MigrationTrait, migrator::MigratorTraitSelf};

/// A service's migrations, after those of the tables that every service has.
#[derive(Clone, Copy)]
pub struct Migrations(pub fn() -> Vec<Box<dyn MigrationTrait>>);

/// One migration and whether it is applied.
#[derive(Debug, Clone, serde::Serialize)]
pub struct MigrationState {
    /// Its name.
    pub name: String,
    /// Whether it is applied.
    pub applied: bool,
}

/// Why the schema cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The database did not answer.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Something is not applied yet.
    #[error("the schema lacks {0} migration(s); run `orion migrate up` with the same configuration")]
    Behind(usize),
}

#[async_trait::async_trait]
impl MigratorTraitSelf for Migrations {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        let mut all = platform_migrations();
        all.extend((self.0)());
        all
    }
}

/// The key of the advisory lock under which PostgreSQL migrates.
const LOCK: i64 = 0x6f72_696f_6e00_0001;

impl Migrations {
    /// Applies what is missing, all or nothing, one process at a time.
    pub async fn apply(&self, db: &Db) -> Result<(), DbError> {
        let txn = self.locked(db).await?;
        self.up(txn.sea_orm(), None).await?;
        txn.commit().await
    }

    /// Takes the last `steps` migrations back. For development.
    pub async fn revert(&self, db: &Db, steps: u32) -> Result<(), DbError> {
        let txn = self.locked(db).await?;
        self.down(txn.sea_orm(), Some(steps)).await?;
        txn.commit().await
    }

    /// Every migration and whether it is applied.
    pub async fn state(&self, db: &Db) -> Result<Vec<MigrationState>, DbError> {
        let all = self.get_migration_with_status_read_only(db.read()).await?;
        Ok(all
            .iter()
            .map(|migration| MigrationState {
                name: migration.name().to_owned(),
                applied: migration.status() == MigrationStatus::Applied,
            })
            .collect())
    }

    /// Refuses a schema that is older than this program.
    pub async fn check(&self, db: &Db) -> Result<(), SchemaError> {
        match self.state(db).await?.iter().filter(|migration| !migration.applied).count() {
            0 => Ok(()),
            missing => Err(SchemaError::Behind(missing)),
        }
    }

    async fn locked(&self, db: &Db) -> Result<super::Transaction, DbError> {
        let txn = db.begin().await?;
        // SQLite's immediate transaction is the lock itself.
        if txn.get_database_backend() == DbBackend::Postgres {
            txn.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
        }
        Ok(txn)
    }
}
