//! What changes of the gateway while it runs: the rules of a change, the history, and what each process has in force.

mod changes;
mod error;
mod history;
mod in_force;
mod instances;
mod make;
mod reading;
mod whole;

pub(crate) use error::GatewayError;
pub(crate) use in_force::{InForce, follow};
pub(crate) use instances::Instances;

use orion_infra::Infra;
use std::sync::Arc;

/// What the endpoints work with. Cloning shares it.
#[derive(Clone)]
pub(crate) struct Gateway {
    infra: Infra,
    /// What this process has in force.
    pub(crate) in_force: Arc<InForce>,
    /// What the processes that are there have applied.
    pub(crate) instances: Arc<Instances>,
}

impl Gateway {
    /// Of what this process has in force.
    pub(crate) fn new(infra: Infra, in_force: Arc<InForce>, instances: Arc<Instances>) -> Self {
        Self { infra, in_force, instances }
    }
}
