//! SQLite's errors in sqlx's words, so that one set of questions serves both databases.

use rusqlite::ffi;
use sea_orm::{DbErr, RuntimeErr};
use sqlx::error::{DatabaseError, ErrorKind};
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// An error of SQLite.
#[derive(Debug)]
pub(in crate::db) struct SqliteError {
    /// The extended result code.
    code: i32,
    message: String,
}

impl SqliteError {
    /// Whether the disk, the file or another process is at fault, not the statement: full, unreadable, read-only, held.
    pub(in crate::db) fn is_unavailable(&self) -> bool {
        matches!(
            self.code & 0xff,
            ffi::SQLITE_FULL
                | ffi::SQLITE_IOERR
                | ffi::SQLITE_BUSY
                | ffi::SQLITE_LOCKED
                | ffi::SQLITE_READONLY
                | ffi::SQLITE_CANTOPEN
                | ffi::SQLITE_NOMEM
                | ffi::SQLITE_INTERRUPT
        )
    }

    /// Whether the disk is full.
    pub(in crate::db) fn is_full(&self) -> bool {
        self.code & 0xff == ffi::SQLITE_FULL
    }

    /// Whether another program holds the file.
    pub(in crate::db) fn is_held(&self) -> bool {
        matches!(self.code & 0xff, ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED)
    }

    /// Whether the file is not in its place any more.
    pub(in crate::db) fn is_moved(&self) -> bool {
        self.code == ffi::SQLITE_READONLY_DBMOVED
    }

    /// Whether the file only reads.
    pub(in crate::db) fn is_read_only(&self) -> bool {
        self.code & 0xff == ffi::SQLITE_READONLY
    }

    /// Whether the file cannot be read or written, for a reason that the operating system knows.
    pub(in crate::db) fn is_input_output(&self) -> bool {
        matches!(self.code & 0xff, ffi::SQLITE_IOERR | ffi::SQLITE_CANTOPEN)
    }

    /// Whether it is not a database, or not a whole one any more.
    pub(in crate::db) fn is_damaged(&self) -> bool {
        matches!(self.code & 0xff, ffi::SQLITE_NOTADB | ffi::SQLITE_CORRUPT)
    }
}

impl fmt::Display for SqliteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (SQLite error {})", self.message, self.code)
    }
}

impl StdError for SqliteError {}

impl DatabaseError for SqliteError {
    fn message(&self) -> &str {
        &self.message
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Owned(self.code.to_string()))
    }

    fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        match self.code {
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => ErrorKind::UniqueViolation,
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => ErrorKind::ForeignKeyViolation,
            ffi::SQLITE_CONSTRAINT_NOTNULL => ErrorKind::NotNullViolation,
            ffi::SQLITE_CONSTRAINT_CHECK => ErrorKind::CheckViolation,
            _ => ErrorKind::Other,
        }
    }
}

/// An error of rusqlite as one of SeaORM.
pub(super) fn query(error: rusqlite::Error) -> DbErr {
    let (code, message) = match &error {
        rusqlite::Error::SqliteFailure(failure, message) => {
            (failure.extended_code, message.clone().unwrap_or_else(|| failure.to_string()))
        }
        other => (ffi::SQLITE_ERROR, other.to_string()),
    };
    of(SqliteError { code, message })
}

/// The file is not in its place any more: what is written to it would be lost.
pub(super) fn moved(file: &Path) -> DbErr {
    let message = format!(
        "{} was moved, deleted or replaced while it was in use: put it back, or stop ORION and restore it",
        file.display()
    );
    of(SqliteError { code: ffi::SQLITE_READONLY_DBMOVED, message })
}

fn of(error: SqliteError) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(sqlx::Error::Database(Box::new(error)))))
}
