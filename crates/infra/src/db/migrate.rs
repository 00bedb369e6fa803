//! Migrations: applied by `orion up` and `orion migrate up`, only checked by `orion serve`.

use super::schema::{Migration, Schema, boolean, string_len, timestamp_with_time_zone};
use super::{Db, DbError, Transaction, platform_tables, seal};
use crate::Infra;
use crate::db::dialect::statement;
use crate::secrets::Secrets;
use chrono::{DateTime, Utc};
use orion_contracts::ServiceName;
use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use std::collections::BTreeMap;

/// A service's migrations, after those of the tables that every service has.
#[derive(Clone, Copy)]
pub struct Migrations(pub fn() -> Vec<Migration>);

/// One migration and whether it is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationState {
    /// Its name.
    pub name: String,
    /// Whether it is applied.
    pub applied: bool,
    /// Whether this version has it; if not, a newer one has applied it.
    pub known: bool,
    /// Whether versions that do not have it cannot run on its schema.
    pub contracting: bool,
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
    /// A newer version took away what this one uses.
    #[error(
        "a newer ORION has applied the migration {0}, after which this version cannot run; run a version that has it, or \
         restore the database from before it"
    )]
    Contracted(String),
    /// A newer version builds on what would be taken back.
    #[error("a newer ORION has applied the migration {0}; take that back first, by that version")]
    Newer(String),
    /// The database was made with another master key.
    #[error(
        "secrets.master_key is not the one this database was sealed with. Nothing was changed; set \
         ORION_SECRETS_MASTER_KEY (embedded: or put back master.key in data_dir) as it was when the database was made"
    )]
    Key,
    /// What the master key is known again by is not as it was made.
    #[error("the seal of the master key (table key_seals) was changed: {0}; restore the database from a backup")]
    Seal(&'static str),
}

impl From<DbErr> for SchemaError {
    fn from(error: DbErr) -> Self {
        Self::Db(error.into())
    }
}

/// The key of the advisory lock under which PostgreSQL migrates.
const LOCK: i64 = 0x6f72_696f_6e00_0001;
/// Which migrations are applied.
const TABLE: &str = "schema_migrations";

/// The applied migrations, and whether each is contracting. None while even their table is missing.
type Applied = Option<BTreeMap<String, bool>>;

impl Migrations {
    /// Applies what is missing to a service's database, all or nothing, one process at a time: one script in one
    /// transaction, which on PostgreSQL makes the service's schema too, and seals a new database with the master key. One
    /// that was sealed with another is left alone.
    pub async fn apply(&self, infra: &Infra) -> Result<(), SchemaError> {
        let txn = locked(&infra.db).await?;
        let applied = read(txn.connection()).await?;
        let state = self.compare(&applied);
        refuse_contracted(&state)?;
        let is_sealed = is_applied(&applied, platform_tables::SEALED);
        if is_sealed {
            seal::check(txn.connection(), &infra.secrets, infra.service).await?;
        }
        if state.iter().all(|migration| migration.applied) {
            return Ok(txn.rollback().await?);
        }
        let missing = self.all().into_iter().filter(|migration| !is_applied(&applied, migration.name));
        let backend = txn.get_database_backend();
        let mut schema = make(missing, infra.clock.now());
        if !is_sealed {
            seal::row(&mut schema, &infra.secrets, infra.service);
        }
        let script = begin(&applied, backend) + &schema.script(backend);
        txn.execute_unprepared(&script).await?;
        Ok(txn.commit().await?)
    }

    /// Takes the last `steps` migrations back. For development: what is in their tables is lost.
    pub async fn revert(&self, db: &Db, steps: u32) -> Result<(), SchemaError> {
        let txn = locked(db).await?;
        let applied = read(txn.connection()).await?;
        if let Some(newer) = self.compare(&applied).into_iter().find(|migration| !migration.known) {
            return Err(SchemaError::Newer(newer.name));
        }
        let last = self.all().into_iter().rev().filter(|migration| is_applied(&applied, migration.name));
        for migration in last.take(usize::try_from(steps).unwrap_or(usize::MAX)) {
            txn.execute_unprepared(&migration.schema().undo_script(txn.get_database_backend())).await?;
            let delete = format!("DELETE FROM {TABLE} WHERE name = $1");
            txn.execute_raw(statement(txn.connection(), &delete, [migration.name.into()])).await?;
        }
        Ok(txn.commit().await?)
    }

    /// Every migration and whether it is applied; after those of this version, those that a newer one has applied.
    pub async fn state(&self, db: &Db) -> Result<Vec<MigrationState>, DbError> {
        Ok(self.compare(&read(db.read()).await?))
    }

    /// Refuses a schema that is older than this program, or that a newer one made unfit for it. What a newer one merely
    /// added is none of this one's business: both run on it while a platform is upgraded, or taken back. A database that
    /// was sealed with another master key is refused as well.
    pub async fn check(&self, infra: &Infra) -> Result<(), SchemaError> {
        self.check_fit(&infra.db).await?;
        seal::check(infra.db.read(), &infra.secrets, infra.service).await
    }

    /// The same for a database that no service works on, such as a copy that is looked at.
    pub async fn check_kept(&self, db: &Db, secrets: &Secrets, service: ServiceName) -> Result<(), SchemaError> {
        self.check_fit(db).await?;
        seal::check(db.read(), secrets, service).await
    }

    /// The same, but for the master key, of which somebody who only reads what is not sealed has no need.
    pub async fn check_fit(&self, db: &Db) -> Result<(), SchemaError> {
        let state = self.state(db).await?;
        refuse_contracted(&state)?;
        match state.iter().filter(|migration| !migration.applied).count() {
            0 => Ok(()),
            missing => Err(SchemaError::Behind(missing)),
        }
    }

    /// All that they make.
    pub fn schema(&self) -> Schema {
        let mut schema = Schema::default();
        self.all().iter().for_each(|migration| schema.extend(migration.schema()));
        schema
    }

    fn all(&self) -> Vec<Migration> {
        let mut all = platform_tables::ALL.to_vec();
        all.extend((self.0)());
        all
    }

    fn compare(&self, applied: &Applied) -> Vec<MigrationState> {
        let all = self.all();
        let newer = applied.iter().flatten().filter(|(name, _)| all.iter().all(|known| known.name != name.as_str()));
        let newer = newer.map(|(name, contracting)| MigrationState {
            name: name.clone(),
            applied: true,
            known: false,
            contracting: *contracting,
        });
        let known = all.iter().map(|migration| MigrationState {
            name: migration.name.to_owned(),
            applied: is_applied(applied, migration.name),
            known: true,
            contracting: migration.contracting,
        });
        known.chain(newer).collect()
    }
}

impl MigrationState {
    /// Whether this version cannot run on what it made.
    pub fn is_refused(&self) -> bool {
        !self.known && self.contracting
    }
}

async fn locked(db: &Db) -> Result<Transaction, DbError> {
    let txn = db.transaction().await?;
    // SQLite's immediate transaction is the lock itself.
    if txn.get_database_backend() == DbBackend::Postgres {
        // Others may be migrating, and some migrations take long: here it is right to wait.
        let patience = "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0";
        txn.execute_unprepared(&format!("{patience}; SELECT pg_advisory_xact_lock({LOCK})")).await?;
    }
    Ok(txn)
}

async fn read(connection: &impl ConnectionTrait) -> Result<Applied, DbError> {
    let there = match connection.get_database_backend() {
        DbBackend::Postgres => "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1",
        _ => "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = $1",
    };
    if connection.query_one_raw(statement(connection, there, [TABLE.into()])).await?.is_none() {
        return Ok(None);
    }
    let select = statement(connection, &format!("SELECT name, contracting FROM {TABLE}"), []);
    let rows = connection.query_all_raw(select).await?;
    let applied = rows.iter().map(|row| Ok::<_, DbErr>((row.try_get("", "name")?, row.try_get("", "contracting")?)));
    Ok(Some(applied.collect::<Result<_, _>>()?))
}

fn is_applied(applied: &Applied, name: &str) -> bool {
    applied.as_ref().is_some_and(|applied| applied.contains_key(name))
}

fn refuse_contracted(state: &[MigrationState]) -> Result<(), SchemaError> {
    match state.iter().find(|migration| migration.is_refused()) {
        Some(refused) => Err(SchemaError::Contracted(refused.name.clone())),
        None => Ok(()),
    }
}

/// What an empty database needs before its first migration.
fn begin(applied: &Applied, backend: DbBackend) -> String {
    if applied.is_some() {
        return String::new();
    }
    let mut schema = Schema::default();
    let columns =
        [string_len("name", 100).primary_key(), boolean("contracting"), timestamp_with_time_zone("applied_at")];
    schema.table(TABLE, columns);
    // The search path names the service's schema, and nothing else. Where it is there, no right to make one is needed.
    let place = match backend {
        DbBackend::Postgres => {
            "DO $$ BEGIN IF current_schema() IS NULL THEN \
             EXECUTE format('CREATE SCHEMA %I', current_setting('search_path')); END IF; END $$;\n"
        }
        _ => "",
    };
    place.to_owned() + &schema.script(backend)
}

/// The migrations, each with the row that says that it is applied.
fn make(missing: impl Iterator<Item = Migration>, now: DateTime<Utc>) -> Schema {
    let mut schema = Schema::default();
    for migration in missing {
        schema.extend(migration.schema());
        let applied = [
            ("name", migration.name.into()),
            ("contracting", migration.contracting.into()),
            // As text, in the form in which bound times are written.
            ("applied_at", now.to_rfc3339().into()),
        ];
        schema.row(TABLE, applied);
    }
    schema
}
