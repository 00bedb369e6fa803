//! Wakes those who wait for work. Ringing twice before anybody looks is ringing once; polling stands behind it.

use std::sync::Arc;
use tokio::sync::Notify;

/// A doorbell of one service: rung after a commit that left something in its outbox or job table.
#[derive(Clone, Default)]
pub struct Doorbell {
    outbox: Arc<Notify>,
    jobs: Arc<Notify>,
    audit: Arc<Notify>,
}

impl Doorbell {
    /// Something is in the outbox.
    pub fn ring_outbox(&self) {
        self.outbox.notify_one();
    }

    /// A job is due.
    pub fn ring_jobs(&self) {
        self.jobs.notify_one();
    }

    /// An audit entry waits to be shipped.
    pub fn ring_audit(&self) {
        self.audit.notify_one();
    }

    /// Waits for something in the outbox.
    pub async fn outbox(&self) {
        self.outbox.notified().await;
    }

    /// Waits for a job.
    pub async fn jobs(&self) {
        self.jobs.notified().await;
    }

    /// Waits for an audit entry.
    pub async fn audit(&self) {
        self.audit.notified().await;
    }
}
