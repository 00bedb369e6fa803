//! The writer, and the changes that share a commit.
//!
//! SQLite has one writer, and a durable commit waits for the disk. A change is a savepoint; when it is done and another
//! waits for the writer, the commit is left to that one. Whoever finds nobody waiting commits for all, off the task. Each
//! change is answered once its commit is durable, and all of a group share its fate.

use super::closed;
use super::connection::Connection;
use super::place::Place;
use crate::db::observe::QueryMetrics;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

/// How many changes share a commit at most.
const MOST: usize = 32;

/// How a change of a group ended.
pub(super) type Outcome = Result<(), DbErr>;

/// The writer of one database.
pub(super) struct Group {
    place: Place,
    acquire: Duration,
    pub(super) metrics: QueryMetrics,
    writer: Arc<Mutex<Writer>>,
    /// How many wait for the writer.
    waiting: AtomicUsize,
    closed: AtomicBool,
}

/// The writing connection, and the changes on it that are done and not yet durable.
pub(super) struct Writer {
    /// None before the first change, and after a commit failed: a connection whose state is not sure is thrown away.
    connection: Option<Connection>,
    /// Whether a transaction is open.
    is_open: bool,
    members: Vec<oneshot::Sender<Outcome>>,
}

/// The writer, for as long as one change takes.
pub(super) type Turn = OwnedMutexGuard<Writer>;

impl Group {
    /// Without a connection one is opened for the first change.
    pub(super) fn new(
        place: Place,
        connection: Option<Connection>,
        acquire: Duration,
        metrics: QueryMetrics,
    ) -> Arc<Self> {
        let writer = Writer { connection, is_open: false, members: Vec::new() };
        let writer = Arc::new(Mutex::new(writer));
        let (waiting, closed) = (AtomicUsize::new(0), AtomicBool::new(false));
        Arc::new(Self { place, acquire, metrics, writer, waiting, closed })
    }

    /// Waits for the writer.
    pub(super) async fn turn(self: &Arc<Self>) -> Result<Turn, DbErr> {
        let waiting = Waiting::join(self);
        let turn = tokio::time::timeout(self.acquire, self.writer.clone().lock_owned()).await;
        let mut turn = turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        waiting.done();
        if self.closed.load(Ordering::Acquire) {
            return Err(closed());
        }
        if let Err(error) = turn.enter(&self.place) {
            self.leave(turn);
            return Err(error);
        }
        Ok(turn)
    }

    /// Ends a turn: commits for all who are done, or leaves that to who waits.
    pub(super) fn leave(self: &Arc<Self>, mut turn: Turn) {
        if turn.members.is_empty() {
            turn.give_up();
            return;
        }
        if self.waiting.load(Ordering::SeqCst) == 0 || turn.members.len() >= MOST {
            commit(turn);
            return;
        }
        drop(turn);
        self.commit_if_left();
    }

    /// Commits what was left to somebody who has gone away meanwhile.
    fn commit_if_left(&self) {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            return;
        }
        // Whoever holds the writer looks after the group when they leave.
        if let Ok(turn) = self.writer.clone().try_lock_owned()
            && !turn.members.is_empty()
        {
            commit(turn);
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.writer.try_lock().is_err()
    }

    pub(super) async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        let mut writer = self.writer.lock().await;
        if !writer.members.is_empty() {
            writer.commit();
        }
        writer.connection = None;
    }
}

impl Writer {
    /// The connection, in a savepoint of its own.
    fn enter(&mut self, place: &Place) -> Result<(), DbErr> {
        if !self.is_open {
            place.check()?;
        }
        if self.connection.is_none() {
            self.connection = Some(place.open_writer()?);
        }
        if !self.is_open {
            self.run("BEGIN IMMEDIATE")?;
            self.is_open = true;
        }
        self.run("SAVEPOINT change")
    }

    pub(super) fn connection(&self) -> Result<&Connection, DbErr> {
        self.connection.as_ref().ok_or_else(closed)
    }

    pub(super) fn run(&self, sql: &str) -> Result<(), DbErr> {
        self.connection()?.run(sql)
    }

    /// The change is done; how its commit ends is told.
    pub(super) fn join(&mut self) -> oneshot::Receiver<Outcome> {
        let (told, outcome) = oneshot::channel();
        self.members.push(told);
        outcome
    }

    /// Whether SQLite has taken back the whole group by itself, as it does when the disk is full: then nobody's change is
    /// there any more.
    pub(super) fn was_taken_back(&mut self) -> bool {
        if !self.is_open || self.connection.as_ref().is_some_and(|connection| !connection.is_autocommit()) {
            return false;
        }
        self.is_open = false;
        self.tell(&Err(lost("the database took a group of changes back")));
        true
    }

    /// Whether nobody else's change waits for the commit.
    pub(super) fn is_alone(&self) -> bool {
        self.members.is_empty()
    }

    /// Lets the connection go, with all that is not durable on it.
    pub(super) fn throw_away(&mut self) {
        self.connection = None;
        self.is_open = false;
        self.tell(&Err(lost("the database lost a group of changes")));
    }

    /// Takes back a transaction in which nobody is done.
    fn give_up(&mut self) {
        if self.is_open && self.run("ROLLBACK").is_err() {
            self.connection = None;
        }
        self.is_open = false;
    }

    /// Makes the group's changes durable. A commit that fails has failed for all.
    fn commit(&mut self) {
        let outcome = self.run("COMMIT");
        self.is_open = false;
        if outcome.is_err() {
            // It may hold a transaction still; closing takes that back.
            self.connection = None;
        }
        self.tell(&outcome);
    }

    fn tell(&mut self, outcome: &Outcome) {
        for member in self.members.drain(..) {
            // Nobody listens where the client has gone.
            let _ = member.send(outcome.clone());
        }
    }
}

/// Commits off the task: the disk takes its time.
fn commit(mut turn: Turn) {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(move || turn.commit())),
        Err(_) => turn.commit(),
    }
}

/// What a change is told whose fate is not known, or that was lost.
pub(super) fn lost(why: &str) -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(why.to_owned()))
}

/// Somebody who waits for the writer. One who goes away must not leave a group behind that trusted in them.
struct Waiting<'a> {
    group: &'a Group,
    has_turn: bool,
}

impl<'a> Waiting<'a> {
    fn join(group: &'a Group) -> Self {
        group.waiting.fetch_add(1, Ordering::SeqCst);
        Self { group, has_turn: false }
    }

    fn done(mut self) {
        self.has_turn = true;
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.group.waiting.fetch_sub(1, Ordering::SeqCst);
        if !self.has_turn {
            self.group.commit_if_left();
        }
    }
}
