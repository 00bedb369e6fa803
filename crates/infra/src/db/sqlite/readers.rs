//! The connections that read. A statement takes one, runs on the calling thread and gives it back: nobody waits for one, and
//! at most as many are open as threads read at once.

use super::connection::Connection;
use super::place::Place;
use super::run;
use crate::db::observe::QueryMetrics;
use sea_orm::{DbErr, ProxyRow, Statement};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many are kept open; each has a page cache.
pub(in crate::db) const KEPT: u32 = 4;

/// The readers of one database.
pub(in crate::db) struct Readers {
    place: Place,
    metrics: QueryMetrics,
    free: Mutex<Vec<Connection>>,
    active: AtomicU32,
    closed: AtomicBool,
}

impl Readers {
    pub(super) fn new(place: Place, metrics: QueryMetrics) -> Self {
        let (free, active, closed) = (Mutex::default(), AtomicU32::new(0), AtomicBool::new(false));
        Self { place, metrics, free, active, closed }
    }

    /// A statement's rows, at most `limit` of them.
    pub(in crate::db) fn query(&self, statement: &Statement, limit: usize) -> Result<Vec<ProxyRow>, DbErr> {
        if self.closed.load(Ordering::Acquire) {
            return Err(super::closed());
        }
        let taken = self.free().pop();
        let connection = match taken {
            Some(connection) => connection,
            None => self.place.open_reader()?,
        };
        self.active.fetch_add(1, Ordering::Relaxed);
        let outcome = run::query(&connection, &self.metrics, statement, limit);
        self.active.fetch_sub(1, Ordering::Relaxed);
        // One that failed may be the file's fault; the next statement begins with a new one.
        if outcome.is_ok() {
            let mut free = self.free();
            if free.len() < KEPT as usize && !self.closed.load(Ordering::Acquire) {
                free.push(connection);
            }
        }
        outcome
    }

    /// How many are at work, and how many are open and free.
    pub(in crate::db) fn state(&self) -> (u32, u32) {
        (self.active.load(Ordering::Relaxed), u32::try_from(self.free().len()).unwrap_or(u32::MAX))
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.free().clear();
    }

    fn free(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
