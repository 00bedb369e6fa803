//! Wakes those who wait for work. Ringing twice before anybody looks is ringing once; polling stands behind it.

use crate::events::LANES;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// A doorbell of one service: rung after a commit that left something in its outbox or job table.
#[derive(Clone)]
pub struct Doorbell {
    lanes: Arc<HashMap<&'static str, Notify>>,
    queues: Arc<Mutex<HashMap<&'static str, Arc<Notify>>>>,
    audit: Arc<Notify>,
}

impl Default for Doorbell {
    fn default() -> Self {
        let lanes = LANES.into_iter().map(|lane| (lane, Notify::new())).collect();
        Self { lanes: Arc::new(lanes), queues: Arc::default(), audit: Arc::default() }
    }
}

impl Doorbell {
    /// Something is in a lane of the outbox.
    pub fn ring_lane(&self, lane: &str) {
        if let Some(bell) = self.lanes.get(lane) {
            bell.notify_one();
        }
    }

    /// A job is due in this queue. Nobody hears it where nobody works through it.
    pub fn ring_queue(&self, name: &str) {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.get(name).into_iter().for_each(|bell| bell.notify_one());
    }

    /// An audit entry waits to be shipped.
    pub fn ring_audit(&self) {
        self.audit.notify_one();
    }

    /// Waits for something in a lane of the outbox.
    pub async fn lane(&self, lane: &str) {
        match self.lanes.get(lane) {
            Some(bell) => bell.notified().await,
            None => std::future::pending().await,
        }
    }

    /// The bell of a queue of jobs.
    pub fn queue(&self, name: &'static str) -> Arc<Notify> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default().clone()
    }

    /// Waits for an audit entry.
    pub async fn audit(&self) {
        self.audit.notified().await;
    }
}
