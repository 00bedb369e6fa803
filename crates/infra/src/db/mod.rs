//! One database per service: SQLite (one writer, many readers) or PostgreSQL (a schema of its own).

pub mod connect;
pub mod dialect;
mod draft;
mod error;
pub mod files;
mod greeting;
pub mod migrate;
mod observe;
mod platform_tables;
mod postgres;
mod read;
pub mod schema;
mod seal;
mod sqlite;
mod standstill;
pub mod stored;
mod transaction;
mod trust;

pub use draft::Draft;
pub use error::DbError;
pub use migrate::Migrations;
pub use read::Read;
pub use transaction::Transaction;

use crate::{Clock, Doorbell};
use chrono::{DateTime, Utc};
use postgres::Postgres;
use sea_orm::ConnectionTrait;
use sqlite::Sqlite;
use standstill::Standstill;

/// A service's database. Cloning shares it.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    read: Read,
    aside: Read,
    doorbell: Doorbell,
    standstill: Standstill,
}

#[derive(Clone)]
enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// How full a database's connection pools are.
#[derive(Debug, Clone, Copy)]
pub struct PoolState {
    /// Connections at work.
    pub active: u32,
    /// Connections open and free.
    pub idle: u32,
    /// Connections at most.
    pub max: u32,
}

impl Db {
    fn new(engine: Engine, doorbell: Doorbell) -> Self {
        let (read, aside) = match &engine {
            Engine::Sqlite(sqlite) => (Read::in_place(sqlite), Read::aside(sqlite)),
            Engine::Postgres(postgres) => (Read::server(postgres), Read::server(postgres)),
        };
        Self { engine, read, aside, doorbell, standstill: Standstill::default() }
    }

    /// For look-ups outside a change: what takes microseconds. It cannot write.
    pub fn read(&self) -> &Read {
        &self.read
    }

    /// For what may take longer than a millisecond, such as a search, an export or a count: it runs beside the tasks, so
    /// that no other request waits for it. It cannot write.
    pub fn read_aside(&self) -> &Read {
        &self.aside
    }

    /// Begins a transaction to which nothing belongs: no audit entry, event or job. clippy.toml bans it; services make
    /// their changes with [`Infra::write`](crate::Infra::write), and tests hold locks with it.
    pub async fn begin(&self) -> Result<Transaction, DbError> {
        self.transaction().await
    }

    /// Begins a transaction that may write (`BEGIN IMMEDIATE` on SQLite, so that it cannot fail half-way as "locked").
    pub(crate) async fn transaction(&self) -> Result<Transaction, DbError> {
        let (doorbell, standstill) = (self.doorbell.clone(), self.standstill.clone());
        let begun = match &self.engine {
            Engine::Sqlite(sqlite) => {
                sqlite.begin().await.map(|inner| Transaction::sqlite(inner, doorbell, standstill))
            }
            Engine::Postgres(postgres) => {
                postgres.begin().await.map(|inner| Transaction::postgres(inner, doorbell, standstill))
            }
        };
        begun.map_err(|error| {
            self.standstill.note(&error);
            error.into()
        })
    }

    /// The bell that commits ring.
    pub fn doorbell(&self) -> &Doorbell {
        &self.doorbell
    }

    /// How full its pools are at this moment.
    pub fn pool_state(&self) -> PoolState {
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                let (active, idle) = sqlite.state();
                PoolState { active, idle, max: 1 + sqlite::KEPT }
            }
            Engine::Postgres(postgres) => postgres.state(),
        }
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.read.query_one_raw(dialect::statement(&self.read, "SELECT 1 AS alive", [])).await?;
        Ok(())
    }

    /// The wall time where processes share this database: the server's; else that of this process.
    pub(crate) async fn wall_time(&self, clock: &Clock) -> Result<DateTime<Utc>, DbError> {
        match &self.engine {
            Engine::Sqlite(_) => Ok(clock.now()),
            Engine::Postgres(postgres) => Ok(clock.moved(postgres.wall_time().await?)),
        }
    }

    /// Looks whether it is there, and whether it takes changes as far as can be seen without making one.
    async fn look(&self) -> Result<(), DbError> {
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                sqlite.check()?;
                self.ping().await
            }
            Engine::Postgres(postgres) => Ok(postgres.look().await?),
        }
    }

    /// Closes all connections.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.close().await,
            Engine::Postgres(postgres) => postgres.close().await,
        }
    }
}
