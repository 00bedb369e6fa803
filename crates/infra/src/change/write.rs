//! Making changes: begin, replay, work, commit, and once more when the database asks for it.

use super::{Change, Pending};
use crate::audit::noted;
use crate::backoff::Backoff;
use crate::idempotency::IdempotencyKey;
use crate::{DbError, Infra};
use orion_contracts::{Author, Problem};
use sea_orm::DbErr;
use serde::{Serialize, de::DeserializeOwned};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often a change is made at most, when the database takes it back for another's sake.
const TRIES: i64 = 5;
/// The pauses between them.
const PAUSES: Backoff =
    Backoff::new(Duration::from_millis(8), Duration::from_millis(64)).at_least(Duration::from_millis(1));

tokio::task_local! {
    /// Set while a change is being made: a second one inside it would wait for the first for ever.
    static CHANGING: ();
}

impl Infra {
    /// Makes a change: all of it, or nothing when `work` fails. It is made again, from the start, when the database took
    /// it back for another's sake (a serialization failure or a deadlock), so `work` does nothing but statements.
    pub async fn write<T, E: From<DbError>>(
        &self,
        author: impl Into<Author>,
        work: impl AsyncFnOnce(&mut Change) -> Result<T, E> + Clone,
    ) -> Result<T, E> {
        let author = author.into();
        let mut tries = 1;
        loop {
            let mut change = self.begin(author).await?;
            let (error, again) = match CHANGING.scope((), work.clone()(&mut change)).await {
                Ok(answer) => {
                    let noted = noted::take(&change);
                    change.pending.noted.clone_from(&noted);
                    match change.finish().await {
                        Ok(()) => return Ok(answer),
                        Err(error) => {
                            noted::give_back(noted);
                            let again = error.is_conflict();
                            (error.into(), again)
                        }
                    }
                }
                Err(error) => {
                    let again = change.transaction.is_in_conflict();
                    change.take_back().await;
                    (error, again)
                }
            };
            if !again || tries == TRIES {
                return Err(error);
            }
            tracing::debug!(tries, "the database took a change back for another's sake; it is made again");
            tokio::time::sleep(PAUSES.pause(tries, &self.random)).await;
            tries += 1;
        }
    }

    /// Makes a change once per idempotency key: the same call again is given the same answer, and changes nothing.
    pub async fn write_once<T, E>(
        &self,
        author: impl Into<Author>,
        key: &IdempotencyKey,
        work: impl AsyncFnOnce(&mut Change) -> Result<T, E> + Clone,
    ) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
        E: From<DbError> + From<Problem>,
    {
        let author = author.into();
        let Some(bound) = key.bind(&author) else { return self.write(author, work).await };
        self.write(author, async |change: &mut Change| {
            if let Some(answer) = bound.replay(change, &self.secrets).await? {
                return Ok(answer);
            }
            let answer = work.clone()(change).await?;
            bound.remember(change, &self.secrets, &answer).await?;
            Ok(answer)
        })
        .await
    }

    /// The answer that was given to this key before; for work that is too dear to be done before [`Infra::write_once`]
    /// looks.
    pub async fn answered<T: DeserializeOwned>(
        &self,
        author: impl Into<Author>,
        key: &IdempotencyKey,
    ) -> Result<Option<T>, Problem> {
        match key.bind(&author.into()) {
            Some(bound) => bound.replay(self.db.read(), &self.secrets).await,
            None => Ok(None),
        }
    }

    async fn begin(&self, author: Author) -> Result<Change, DbError> {
        if CHANGING.try_with(|()| ()).is_ok() {
            debug_assert!(false, "a change inside a change waits for itself");
            return Err(DbErr::Custom("a change inside a change".to_owned()).into());
        }
        Ok(Change {
            transaction: self.db.transaction().await?,
            infra: self.clone(),
            author,
            now: self.clock.now(),
            pending: Pending::default(),
            wrote: AtomicBool::new(false),
            changed: AtomicBool::new(false),
        })
    }
}

impl Change {
    /// Takes everything back.
    async fn take_back(self) {
        if let Err(error) = self.transaction.rollback().await {
            tracing::debug!(%error, "a change could not be taken back; its connection is let go");
        }
    }

    /// Writes what belongs to the change, and makes all of it durable.
    async fn finish(mut self) -> Result<(), DbError> {
        self.flush().await?;
        // On a bus within the process an announcement leaves no row, and is a change all the same.
        let announces = !self.pending.announcements.is_empty();
        debug_assert!(!self.pending.is_contradictory(), "a change that audits, and says why it does not");
        if !self.wrote.load(Ordering::Relaxed) && !announces {
            self.pending.run_hooks();
            return self.transaction.rollback().await;
        }
        let changed = self.changed.load(Ordering::Relaxed) || announces;
        debug_assert!(!changed || self.pending.is_accounted_for(), "a change that neither audits nor says why not");
        if !self.pending.is_followed() && !self.transaction.has_bells() {
            // Whether the client hears of it or not, a commit that has begun ends, or takes the change back whole.
            return self.transaction.commit().await;
        }
        // The client may go at any moment, and this future with it; the commit and what follows it must not.
        match tokio::spawn(self.commit()).await {
            Ok(outcome) => outcome,
            Err(error) => Err(DbErr::Custom(format!("the commit ended badly: {error}")).into()),
        }
    }
}
