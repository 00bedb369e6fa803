//! A connection, and what it has learnt of the statements that run on it.

use super::error;
use super::row::{Column, columns};
use crate::db::observe::{QueryMetrics, StatementMetrics};
use rusqlite::config::DbConfig;
use rusqlite::{CachedStatement, Connection as Raw, OpenFlags};
use sea_orm::DbErr;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

/// How many statements a connection keeps ready. There are more than that only in a migration.
const STATEMENTS: usize = 256;

/// A connection to a file. Used by one thread at a time.
pub(super) struct Connection {
    raw: Raw,
    known: RefCell<HashMap<String, Known>>,
}

/// What is the same each time that a statement runs.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) columns: Arc<[Column]>,
    pub(super) metrics: StatementMetrics,
}

impl Connection {
    /// Opens a file that is there; SQLite's own locks are left out, for one thread at a time uses a connection.
    pub(super) fn open(file: &Path) -> Result<Self, DbErr> {
        Self::open_with(file, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// Opens it so that nothing of it is ever written, also not when it is closed: its log stays where it is.
    pub(super) fn open_to_look(file: &Path) -> Result<Self, DbErr> {
        Self::open_with(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    fn open_with(file: &Path, access: OpenFlags) -> Result<Self, DbErr> {
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let raw = Raw::open_with_flags(file, flags).map_err(error::query)?;
        raw.set_prepared_statement_cache_capacity(STATEMENTS);
        // A plan holds for all values, so that binding others does not prepare a statement anew.
        raw.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(error::query)?;
        Ok(Self { raw, known: RefCell::default() })
    }

    /// The statement, ready to be bound, and what is known of it.
    pub(super) fn prepared(&self, sql: &str, metrics: &QueryMetrics) -> Result<(CachedStatement<'_>, Known), DbErr> {
        let statement = self.raw.prepare_cached(sql).map_err(error::query)?;
        if let Some(known) = self.known.borrow().get(sql) {
            return Ok((statement, known.clone()));
        }
        let known = Known { columns: columns(&statement)?.into(), metrics: metrics.of(sql) };
        let mut all = self.known.borrow_mut();
        if all.len() >= STATEMENTS {
            all.clear();
        }
        all.insert(sql.to_owned(), known.clone());
        Ok((statement, known))
    }

    /// Runs one of the few statements that have neither values nor rows.
    pub(super) fn run(&self, sql: &str) -> Result<(), DbErr> {
        let mut statement = self.raw.prepare_cached(sql).map_err(error::query)?;
        statement.raw_execute().map(drop).map_err(error::query)
    }
}

impl Deref for Connection {
    type Target = Raw;
    fn deref(&self) -> &Raw {
        &self.raw
    }
}
