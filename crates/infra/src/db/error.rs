//! What went wrong in a database, in words that serve both.

use super::greeting;
use super::sqlite::SqliteError;
use orion_contracts::Problem;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};

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

    /// Whether a server has said so: it is there, and at work.
    pub(super) fn is_of_the_server(&self) -> bool {
        matches!(self.sqlx(), Some(sqlx::Error::Database(_)))
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

    /// Whether no change can be made at present, whatever it is: full, read-only, held, moved, or away.
    pub(super) fn is_standstill(&self) -> bool {
        match self.sqlite() {
            Some(error) => error.is_unavailable(),
            None => self.code().is_some_and(|code| code == "25006" || code == "53100" || code == "58030"),
        }
    }

    fn is_full(&self) -> bool {
        self.sqlite().is_some_and(SqliteError::is_full) || self.code().as_deref() == Some("53100")
    }

    /// What is the matter with a database that is unavailable, for a client.
    fn trouble(&self) -> &'static str {
        let is = |question: fn(&SqliteError) -> bool| self.sqlite().is_some_and(question);
        if self.is_full() {
            "The database's disk is full."
        } else if is(SqliteError::is_moved) {
            "The database's file is not in its place any more."
        } else if self.is_read_only() || is(SqliteError::is_read_only) {
            "The database can only be read at present."
        } else if is(SqliteError::is_held) {
            "Another program holds the database."
        } else if is(SqliteError::is_input_output) || self.code().as_deref() == Some("58030") {
            "The database's file cannot be read or written."
        } else if self.is_late() {
            "The database did not answer in time."
        } else {
            "The database cannot be reached."
        }
    }

    /// Whether a connection, a lock or a statement ran out of time.
    fn is_late(&self) -> bool {
        matches!(self.0, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
            || matches!(self.sqlx(), Some(sqlx::Error::PoolTimedOut))
            || matches!(self.code().as_deref(), Some("57014" | "55P03" | "25P03"))
    }

    /// Whether the file is no database, or not a whole one any more.
    pub(super) fn is_damaged(&self) -> bool {
        self.sqlite().is_some_and(SqliteError::is_damaged)
    }

    /// What is wrong, without the words in which libraries wrap it.
    pub(super) fn words(&self) -> String {
        match (&self.0, self.sqlx()) {
            (DbErr::Custom(words), _) => words.clone(),
            (_, Some(error)) => greeting::words(error),
            (other, None) => other.to_string(),
        }
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

/// 08: connection lost. 53: out of disk, memory or connections. 58030: the disk fails. 57P01..03: stopping or starting. 57014, 55P03, 25P03: a
/// statement, a lock or an idle transaction ran out of time. 25006: it only reads. 40001, 40P01: taken back too often.
fn is_unavailable_code(code: &str) -> bool {
    code.starts_with("08")
        || code.starts_with("53")
        || code.starts_with("57P0")
        || matches!(code, "58030" | "57014" | "55P03" | "25P03" | "25006" | "40001" | "40P01")
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        if error.is_full() {
            tracing::error!(%error, "the database's disk is full; nothing is written until there is room");
            return Problem::unavailable().detail(error.trouble()).retry_after(10);
        }
        if error.is_unavailable() {
            tracing::warn!(%error, "database unavailable");
            return Problem::unavailable().detail(error.trouble()).retry_after(1);
        }
        tracing::error!(%error, "database error");
        Problem::internal()
    }
}
