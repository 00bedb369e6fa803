//! Where a database is, whose it is, and how its connections are opened.

use super::connection::Connection;
use super::error;
use crate::db::files;
use orion_contracts::ServiceName;
use sea_orm::DbErr;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a statement waits, at most, for another process that holds the file; only the command line is one.
const BUSY: Duration = Duration::from_secs(2);

/// When a commit counts as durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::db) enum Durability {
    /// Once the disk has it.
    Synced,
    /// At once: for a file that is thrown away when its making is broken off.
    Unsynced,
}

/// Where a database is, and how its connections are opened.
#[derive(Debug, Clone)]
pub(super) struct Place {
    file: PathBuf,
    /// Which file that was at first: its device and its number there.
    identity: (u64, u64),
    service: ServiceName,
    durability: Durability,
    /// Whether it is only looked at.
    is_looked_at: bool,
}

impl Place {
    /// Of a file that is there.
    pub(super) fn of(file: &Path, service: ServiceName, durability: Durability) -> Result<Self, DbErr> {
        let identity = identity(file).ok_or_else(|| error::moved(file))?;
        Ok(Self { file: file.to_owned(), identity, service, durability, is_looked_at: false })
    }

    /// The same, to be looked at: whoever reads leaves the file as it is.
    pub(super) fn looked_at(self) -> Self {
        Self { is_looked_at: true, ..self }
    }

    /// Whether the file is still there. An open one can be moved or deleted: then all goes on, and nothing is kept.
    pub(super) fn check(&self) -> Result<(), DbErr> {
        if identity(&self.file) == Some(self.identity) { Ok(()) } else { Err(error::moved(&self.file)) }
    }

    pub(super) fn open_writer(&self) -> Result<Connection, DbErr> {
        let connection = self.open()?;
        let is_new = self.owned(&connection)?;
        // The journal's mode is kept in the file; setting it on a new one syncs, unless that was switched off before.
        let synchronous = match self.durability {
            Durability::Synced => "FULL",
            Durability::Unsynced => "OFF",
        };
        let pragmas = format!(
            "PRAGMA synchronous = {synchronous}; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; \
             PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2000; PRAGMA journal_size_limit = 67108864;"
        );
        connection.execute_batch(&pragmas).map_err(error::query)?;
        if is_new {
            let mark = format!("PRAGMA application_id = {}", files::mark(self.service));
            connection.execute_batch(&mark).map_err(error::query)?;
        }
        Ok(connection)
    }

    pub(super) fn open_reader(&self) -> Result<Connection, DbErr> {
        let connection = if self.is_looked_at { self.opened(Connection::open_to_look)? } else { self.open()? };
        connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -1000;").map_err(error::query)?;
        Ok(connection)
    }

    /// Refuses a file that is not this service's database; tells whether it is new, and nobody's yet.
    pub(super) fn owned(&self, connection: &Connection) -> Result<bool, DbErr> {
        let number = |sql| connection.query_row(sql, [], |row| row.get(0)).map_err(error::query);
        let mark: i32 = number("PRAGMA application_id")?;
        if mark == files::mark(self.service) {
            return Ok(false);
        }
        if mark == 0 && number("SELECT count(*) FROM sqlite_schema")? == 0 {
            return Ok(true);
        }
        let whose = match files::owner(mark) {
            Some(owner) => format!("that of {owner}"),
            None => "none of ORION's".to_owned(),
        };
        Err(DbErr::Custom(format!("it is not the database of {}, but {whose}; restore the right one", self.service)))
    }

    fn open(&self) -> Result<Connection, DbErr> {
        self.opened(Connection::open)
    }

    fn opened(&self, open: fn(&Path) -> Result<Connection, DbErr>) -> Result<Connection, DbErr> {
        self.check()?;
        let connection = open(&self.file)?;
        connection.busy_timeout(BUSY).map_err(error::query)?;
        Ok(connection)
    }
}

fn identity(file: &Path) -> Option<(u64, u64)> {
    let found = fs::metadata(file).ok()?;
    Some((found.dev(), found.ino()))
}
