//! Verifies the audit log when somebody asks for it, and signs checkpoints of it.

use crate::domain::Users;
use crate::domain::audit::checkpoints::TakeCheckpoint;
use crate::domain::audit::verify::VerifyAudit;
use orion_contracts::Problem;
use orion_infra::jobs::{HOUSEKEEPING, Job, JobContext, Outcome, Queue};
use std::time::Duration;

/// Somebody waits for it.
const VERIFICATIONS: Queue = Queue::new("audit_verifications", 1);

impl Job for VerifyAudit {
    const KIND: &'static str = "verify_audit";
    const QUEUE: Queue = VERIFICATIONS;
    const LIMIT: Duration = Duration::from_secs(3600);
    type State = Users;

    fn dedupe_key(&self) -> Option<String> {
        Some("all".to_owned())
    }

    async fn run(self, users: &Users, _: &JobContext) -> Result<Outcome, Problem> {
        users.verify_audit().await?;
        Ok(Outcome::Done)
    }
}

impl TakeCheckpoint {
    /// How often one is taken, where the log has grown.
    pub(crate) const EVERY: Duration = Duration::from_secs(3600);
}

impl Job for TakeCheckpoint {
    const KIND: &'static str = "take_audit_checkpoint";
    const QUEUE: Queue = HOUSEKEEPING;
    type State = Users;

    async fn run(self, users: &Users, _: &JobContext) -> Result<Outcome, Problem> {
        if !users.take_checkpoint_when_grown().await? {
            tracing::error!("no checkpoint of the audit log was signed: it was tampered with");
        }
        Ok(Outcome::Done)
    }
}
