//! A database that answers and takes no change: full, read-only, held by somebody else. Whoever looks after the service is
//! to see that, so the first change that fails is remembered, until a trial succeeds.

use super::dialect::statement;
use super::{Db, DbError};
use sea_orm::{ConnectionTrait, DbErr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;

/// How long a trial may take: a database that is held makes it wait.
const LIMIT: Duration = Duration::from_millis(500);
/// How much a trial writes, in bytes: more than most changes, so that room for nothing but the smallest is no room.
const WEIGHT: usize = 65536;

/// Why changes fail at present, if they do. Cloning shares it.
#[derive(Clone, Default)]
pub(super) struct Standstill(Arc<Mutex<Option<String>>>);

impl Standstill {
    /// Notes that a change failed, when the database is at fault.
    pub(super) fn note(&self, error: &DbErr) {
        let error = DbError(error.clone());
        if error.is_standstill() {
            self.state().get_or_insert_with(|| error.to_string());
        }
    }

    fn why(&self) -> Option<String> {
        self.state().clone()
    }

    fn is_over(&self) {
        *self.state() = None;
    }

    fn state(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Db {
    /// Whether it answers, and keeps what is written. Only after a change failed for the database's sake something is
    /// written, as a trial.
    ///
    /// # Errors
    /// What is wrong, for an operator.
    pub async fn check(&self) -> Result<(), String> {
        self.look().await.map_err(|error| error.to_string())?;
        let Some(why) = self.standstill.why() else { return Ok(()) };
        let db = self.clone();
        // Off the tasks: SQLite waits in place for a file that is held.
        let trial = tokio::task::spawn_blocking(move || Handle::current().block_on(db.try_to_write()));
        match tokio::time::timeout(LIMIT, trial).await {
            Ok(Ok(Ok(()))) => {
                self.standstill.is_over();
                tracing::info!(before = why, "the database takes changes again");
                Ok(())
            }
            Ok(Ok(Err(error))) => Err(format!("no change can be made: {error}")),
            Ok(Err(_)) | Err(_) => Err(format!("no change can be made: {why}")),
        }
    }

    async fn try_to_write(&self) -> Result<(), DbError> {
        for weight in [WEIGHT, 0] {
            let trial = self.transaction().await?;
            let sql = "INSERT INTO trial_writes (id, weight) VALUES (1, $1) \
                       ON CONFLICT (id) DO UPDATE SET weight = excluded.weight";
            trial.execute_raw(statement(&trial, sql, ["x".repeat(weight).into()])).await?;
            trial.commit().await?;
        }
        Ok(())
    }
}
