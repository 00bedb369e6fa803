//! SQLite in place: a file per service, WAL, one writer and a few readers. Statements run on the calling task, for they take
//! microseconds; a commit waits for the disk and runs off it, for all changes that are ready at that moment.

mod bind;
mod connection;
mod error;
mod group;
mod readers;
mod row;
mod run;
mod transaction;

pub(super) use error::SqliteError;
pub(super) use readers::{KEPT, Readers};
pub(super) use transaction::SqliteTransaction;

use super::observe::QueryMetrics;
use connection::Connection;
use group::Group;
use sea_orm::{DbErr, RuntimeErr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long a statement waits, at most, for another process that holds the file; only the command line is one.
const BUSY: Duration = Duration::from_secs(2);

/// When a commit counts as durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// Once the disk has it.
    Synced,
    /// At once: for a file that is thrown away when its making is broken off.
    Unsynced,
}

/// Where a database is, and how its connections are opened.
#[derive(Debug, Clone)]
pub(super) struct Place {
    file: PathBuf,
    durability: Durability,
}

/// A service's database in a file. Cloning shares it.
#[derive(Clone)]
pub(super) struct Sqlite {
    readers: Arc<Readers>,
    group: Arc<Group>,
}

impl Sqlite {
    /// Opens the file, and makes it when it is missing.
    pub(super) fn open(
        file: &Path,
        durability: Durability,
        acquire: Duration,
        metrics: QueryMetrics,
    ) -> Result<Self, DbErr> {
        let place = Place { file: file.to_owned(), durability };
        let writer = place.open_writer()?;
        Ok(Self {
            readers: Arc::new(Readers::new(place.clone(), metrics.clone())),
            group: Group::new(place, writer, acquire, metrics),
        })
    }

    pub(super) fn readers(&self) -> &Arc<Readers> {
        &self.readers
    }

    pub(super) async fn begin(&self) -> Result<SqliteTransaction, DbErr> {
        SqliteTransaction::begin(&self.group).await
    }

    /// Connections at work, and open and free.
    pub(super) fn state(&self) -> (u32, u32) {
        let (active, free) = self.readers.state();
        let writing = u32::from(self.group.is_busy());
        (active + writing, free + 1 - writing)
    }

    /// Closes all connections: the last one writes the log back into the file.
    pub(super) async fn close(&self) {
        self.readers.close();
        self.group.close().await;
    }
}

impl Place {
    fn open_writer(&self) -> Result<Connection, DbErr> {
        let connection = Connection::open(&self.file, true)?;
        // The journal's mode is kept in the file; setting it on a new one syncs, unless that was switched off before.
        let synchronous = match self.durability {
            Durability::Synced => "FULL",
            Durability::Unsynced => "OFF",
        };
        let pragmas = format!(
            "PRAGMA synchronous = {synchronous}; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; \
             PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2000; PRAGMA journal_size_limit = 67108864;"
        );
        connection.busy_timeout(BUSY).map_err(error::query)?;
        connection.execute_batch(&pragmas).map_err(error::query)?;
        Ok(connection)
    }

    fn open_reader(&self) -> Result<Connection, DbErr> {
        let connection = Connection::open(&self.file, false)?;
        connection.busy_timeout(BUSY).map_err(error::query)?;
        connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -1000;").map_err(error::query)?;
        Ok(connection)
    }
}

fn closed() -> DbErr {
    DbErr::Conn(RuntimeErr::Internal("the database is closed".to_owned()))
}
