//! What can be watched: a file per topic, and a line here.

mod events;
mod health;

use super::topic::Topic;
use crate::domain::health::HealthMonitor;
use orion_http::Context;
use std::sync::Arc;

/// All topics.
pub(crate) fn all(context: &Context, health: &Arc<HealthMonitor>) -> Vec<Arc<dyn Topic>> {
    vec![Arc::new(health::Health::new(&context.infra.clock, health)), Arc::new(events::Events::new(&context.infra))]
}
