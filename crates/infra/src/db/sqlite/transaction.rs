//! One change on the writer: a savepoint of the group's transaction.

use super::group::{Group, Turn, lost};
use super::{closed, run};
use sea_orm::{DbErr, ProxyExecResult, ProxyRow, Statement};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A change that is being made. Dropping it takes it back.
pub(in crate::db) struct SqliteTransaction {
    group: Arc<Group>,
    /// None once the change has ended, or SQLite has taken it back. The lock is never waited for: a change runs one
    /// statement at a time.
    turn: Mutex<Option<Turn>>,
}

impl SqliteTransaction {
    pub(super) async fn begin(group: &Arc<Group>) -> Result<Self, DbErr> {
        let turn = group.turn().await?;
        Ok(Self { group: group.clone(), turn: Mutex::new(Some(turn)) })
    }

    pub(in crate::db) fn query(&self, statement: &Statement, limit: usize) -> Result<Vec<ProxyRow>, DbErr> {
        self.with(|turn| run::query(turn.connection()?, &self.group.metrics, statement, limit))
    }

    pub(in crate::db) fn execute(&self, statement: &Statement) -> Result<ProxyExecResult, DbErr> {
        self.with(|turn| run::execute(turn.connection()?, &self.group.metrics, statement))
    }

    pub(in crate::db) fn script(&self, sql: &str) -> Result<ProxyExecResult, DbErr> {
        self.with(|turn| run::script(turn.connection()?, sql))
    }

    /// Makes the change durable, together with others that are ready.
    pub(in crate::db) async fn commit(self) -> Result<(), DbErr> {
        let mut turn = self.take().ok_or_else(closed)?;
        if let Err(error) = turn.run("RELEASE change") {
            self.take_back(turn);
            return Err(error);
        }
        let outcome = turn.join();
        self.group.leave(turn);
        outcome.await.unwrap_or_else(|_| Err(lost("the commit was broken off; whether it was made is not known")))
    }

    /// Takes the change back. It may have seen what others did and is not durable yet, so its answer waits for that, and
    /// fails when that was lost.
    pub(in crate::db) async fn rollback(self) -> Result<(), DbErr> {
        let Some(mut turn) = self.take() else { return Ok(()) };
        let undone = turn.run("ROLLBACK TO change").and_then(|()| turn.run("RELEASE change"));
        if undone.is_err() {
            self.take_back(turn);
            return undone;
        }
        let seen = (!turn.is_alone()).then(|| turn.join());
        self.group.leave(turn);
        match seen {
            Some(seen) => seen.await.unwrap_or_else(|_| Err(lost("what this change had seen was lost"))),
            None => Ok(()),
        }
    }

    fn with<T>(&self, work: impl FnOnce(&Turn) -> Result<T, DbErr>) -> Result<T, DbErr> {
        let mut slot = self.slot();
        let turn = slot.as_mut().ok_or_else(|| lost("the database has taken this change back"))?;
        let outcome = work(turn);
        if outcome.is_err() && turn.was_taken_back() {
            // What follows would run outside any transaction.
            if let Some(turn) = slot.take() {
                self.group.leave(turn);
            }
        }
        outcome
    }

    /// Ends a turn whose savepoint cannot be ended: nobody knows what the connection holds.
    fn take_back(&self, mut turn: Turn) {
        turn.throw_away();
        self.group.leave(turn);
    }

    fn slot(&self) -> MutexGuard<'_, Option<Turn>> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Turn> {
        self.slot().take()
    }
}

impl Drop for SqliteTransaction {
    fn drop(&mut self) {
        let Some(turn) = self.take() else { return };
        if turn.run("ROLLBACK TO change").and_then(|()| turn.run("RELEASE change")).is_err() {
            self.take_back(turn);
        } else {
            self.group.leave(turn);
        }
    }
}
