//! Statements over the jobs table. When a job is due, and when a lease runs out, is told by one clock only: on PostgreSQL
//! the server's, for a process whose own clock is ahead would take what others hold.

use crate::Clock;
use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use std::time::Duration;

/// A statement that is being put together, with its values.
pub(super) struct Sql<'a> {
    backend: DbBackend,
    clock: &'a Clock,
    values: Vec<Value>,
}

impl<'a> Sql<'a> {
    pub(super) fn new(connection: &impl ConnectionTrait, clock: &'a Clock) -> Self {
        Self { backend: connection.get_database_backend(), clock, values: Vec::new() }
    }

    /// Binds a value; gives its placeholder.
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// This moment.
    pub(super) fn now(&mut self) -> String {
        self.after(Duration::ZERO)
    }

    /// This moment and so much.
    pub(super) fn after(&mut self, delay: Duration) -> String {
        match self.backend {
            DbBackend::Postgres => {
                // A test's clock runs ahead of the server's.
                let ahead = self.clock.ahead().saturating_add(delay);
                let micros = self.bind(i64::try_from(ahead.as_micros()).unwrap_or(i64::MAX));
                format!("(now() + {micros} * interval '1 microsecond')")
            }
            _ => {
                let delay = TimeDelta::from_std(delay).unwrap_or(TimeDelta::MAX);
                let now = self.clock.now();
                self.bind(now.checked_add_signed(delay).unwrap_or(now))
            }
        }
    }

    /// The statement.
    pub(super) fn statement(self, text: impl Into<String>) -> Statement {
        Statement::from_sql_and_values(self.backend, text.into(), self.values)
    }
}
