//! SQLite in place: a file per service, WAL, one writer and a few readers. Statements run on the calling task, for they take
//! microseconds; a commit waits for the disk and runs off it, for all changes that are ready at that moment.

mod bind;
mod connection;
mod error;
mod group;
mod place;
mod readers;
mod row;
mod run;
mod stored;
mod transaction;

pub(super) use error::SqliteError;
pub(super) use place::Durability;
pub(super) use readers::{KEPT, Readers};
pub(super) use stored::stored;
pub(super) use transaction::SqliteTransaction;

use super::observe::QueryMetrics;
use connection::Connection;
use group::Group;
use orion_contracts::ServiceName;
use place::Place;
use sea_orm::{DbErr, RuntimeErr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A service's database in a file. Cloning shares it.
#[derive(Clone)]
pub(super) struct Sqlite {
    place: Place,
    readers: Arc<Readers>,
    group: Arc<Group>,
}

impl Sqlite {
    /// Opens a service's file, which is there; one that is new becomes that service's.
    pub(super) fn open(
        file: &Path,
        service: ServiceName,
        durability: Durability,
        acquire: Duration,
        metrics: QueryMetrics,
    ) -> Result<Self, DbErr> {
        let place = Place::of(file, service, durability)?;
        let writer = place.open_writer()?;
        Ok(Self::new(place, Some(writer), acquire, metrics))
    }

    /// Opens a service's file to look at it: nothing is written before the first change, and reading leaves it as it is.
    pub(super) fn look(
        file: &Path,
        service: ServiceName,
        acquire: Duration,
        metrics: QueryMetrics,
    ) -> Result<Self, DbErr> {
        let place = Place::of(file, service, Durability::Synced)?.looked_at();
        place.owned(&place.open_reader()?)?;
        Ok(Self::new(place, None, acquire, metrics))
    }

    fn new(place: Place, writer: Option<Connection>, acquire: Duration, metrics: QueryMetrics) -> Self {
        Self {
            readers: Arc::new(Readers::new(place.clone(), metrics.clone())),
            group: Group::new(place.clone(), writer, acquire, metrics),
            place,
        }
    }

    pub(super) fn readers(&self) -> &Arc<Readers> {
        &self.readers
    }

    pub(super) async fn begin(&self) -> Result<SqliteTransaction, DbErr> {
        SqliteTransaction::begin(&self.group).await
    }

    /// Whether the file is still where it was opened.
    pub(super) fn check(&self) -> Result<(), DbErr> {
        self.place.check()
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

fn closed() -> DbErr {
    DbErr::Conn(RuntimeErr::Internal("the database is closed".to_owned()))
}
