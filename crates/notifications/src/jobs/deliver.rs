//! The job that makes one attempt at a delivery.

use crate::domain::{DeliverJob, Notifications};
use async_trait::async_trait;
use orion_contracts::Problem;
use orion_infra::jobs::{Job, JobHandler, JobOutcome};

/// Delivers.
pub(crate) struct Deliver(pub(crate) Notifications);

#[async_trait]
impl JobHandler for Deliver {
    async fn run(&self, job: &Job) -> Result<JobOutcome, Problem> {
        match job.payload::<DeliverJob>() {
            Ok(DeliverJob { delivery_id }) => Ok(self.0.deliver(job, delivery_id).await?),
            Err(error) => Ok(JobOutcome::Dead { reason: format!("the payload cannot be read: {error}") }),
        }
    }
}
