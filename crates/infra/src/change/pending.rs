//! What is written with a change, just before its commit.

use super::Change;
use crate::audit::AuditRecord;
use crate::audit::noted::Noted;
use crate::events::{self, Told};
use crate::jobs::{self, NewJob};
use crate::{DbError, audit};
use orion_contracts::bus::BusMessage;
use orion_contracts::{Author, EventId};

/// What belongs to a change and is not written yet.
#[derive(Default)]
pub(super) struct Pending {
    /// Each with who made the change when it was left, where that was known by then.
    pub(super) audit: Vec<(Option<Author>, AuditRecord)>,
    /// What the request has left until now, such as decisions; no account of this change.
    pub(super) noted: Vec<Noted>,
    pub(super) unaudited: bool,
    pub(super) events: Vec<Told>,
    pub(super) jobs: Vec<NewJob>,
    pub(super) announcements: Vec<BusMessage>,
    /// Rows that hold the announcements until they have been made.
    pub(super) held: Vec<EventId>,
    pub(super) after_commit: Vec<Box<dyn FnOnce() + Send + Sync>>,
    audited: bool,
}

impl Pending {
    /// Whether the change is audited, or says why not.
    pub(super) fn is_accounted_for(&self) -> bool {
        self.audited || self.unaudited
    }

    /// Whether it is audited and says why it is not.
    pub(super) fn is_contradictory(&self) -> bool {
        self.audited && self.unaudited
    }

    /// Whether an announcement or a hook follows the commit.
    pub(super) fn is_followed(&self) -> bool {
        !self.announcements.is_empty() || !self.after_commit.is_empty()
    }

    /// Runs the hooks.
    pub(super) fn run_hooks(&mut self) {
        for hook in self.after_commit.drain(..) {
            hook();
        }
    }
}

impl Change {
    /// Writes it into the transaction.
    pub(super) async fn flush(&mut self) -> Result<(), DbError> {
        let noted = std::mem::take(&mut self.pending.noted);
        if !noted.is_empty() {
            self.aside(audit::insert_noted(self, noted)).await?;
            self.transaction.will_ring_audit();
        }
        let records = std::mem::take(&mut self.pending.audit);
        if !records.is_empty() {
            self.pending.audited = true;
            audit::insert(self, records).await?;
            self.transaction.will_ring_audit();
        }
        for told in std::mem::take(&mut self.pending.events) {
            let lanes = events::insert(self, &self.infra, told).await?;
            self.transaction.will_ring_lanes(lanes);
        }
        for job in std::mem::take(&mut self.pending.jobs) {
            jobs::insert(self, job).await?;
        }
        if self.infra.bus.reaches_others() {
            for message in &self.pending.announcements {
                self.pending.held.push(events::hold(self, message).await?);
            }
        }
        Ok(())
    }
}
