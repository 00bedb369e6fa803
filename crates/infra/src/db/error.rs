//! What went wrong in a database, in words that serve both.

use super::sqlite::SqliteError;
use orion_contracts::Problem;
use sea_orm::{DbErr, RuntimeErr};

/// Why the database did not do it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct DbError(#[from] pub DbErr);

impl DbError {
    /// Whether a unique index refused it.
    pub fn is_unique_violation(&self) -> bool {
        self.sqlx().and_then(|error| error.as_database_error()).is_some_and(|error| error.is_unique_violation())
    }

    /// Whether it was taken back for another transaction's sake: a serialization failure (40001) or a deadlock (40P01).
    pub fn is_conflict(&self) -> bool {
        matches!(self.code().as_deref(), Some("40001" | "40P01"))
    }

    /// Whether the server only reads by now, as after a fail-over (25006): the connection leads to the wrong one.
    pub(super) fn is_read_only(&self) -> bool {
        self.code().as_deref() == Some("25006")
    }

    /// Whether the database is away, full or too busy, rather than the statement wrong.
    pub fn is_unavailable(&self) -> bool {
        match &self.0 {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
            _ => self.sqlx().is_some_and(is_unavailable),
        }
    }

    fn is_full(&self) -> bool {
        self.sqlite().is_some_and(SqliteError::is_full) || self.code().as_deref() == Some("53100")
    }

    fn sqlx(&self) -> Option<&sqlx::Error> {
        match &self.0 {
            DbErr::Conn(RuntimeErr::SqlxError(error))
            | DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
            _ => None,
        }
    }

    fn sqlite(&self) -> Option<&SqliteError> {
        self.sqlx().and_then(|error| error.as_database_error()).and_then(|error| error.try_downcast_ref())
    }

    /// PostgreSQL's SQLSTATE.
    fn code(&self) -> Option<String> {
        self.sqlx().and_then(|error| error.as_database_error()).and_then(|error| error.code()).map(String::from)
    }
}

fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => true,
        sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => match error.try_downcast_ref::<SqliteError>() {
            Some(error) => error.is_unavailable(),
            None => error.code().is_some_and(|code| is_unavailable_code(&code)),
        },
        _ => false,
    }
}

/// 08: connection lost. 53: out of disk, memory or connections. 57P01..03: stopping or starting. 57014, 55P03, 25P03: a
/// statement, a lock or an idle transaction ran out of time. 25006: it only reads. 40001, 40P01: taken back too often.
fn is_unavailable_code(code: &str) -> bool {
    code.starts_with("08")
        || code.starts_with("53")
        || code.starts_with("57P0")
        || matches!(code, "57014" | "55P03" | "25P03" | "25006" | "40001" | "40P01")
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        if error.is_full() {
            tracing::error!(%error, "the database's disk is full; nothing is written until there is room");
            return Problem::unavailable().detail("The database's disk is full.").retry_after(10);
        }
        if error.is_unavailable() {
            tracing::warn!(%error, "database unavailable");
            return Problem::unavailable().detail("The database cannot be reached.").retry_after(1);
        }
        tracing::error!(%error, "database error");
        Problem::internal()
    }
}
